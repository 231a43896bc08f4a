#!/usr/bin/env python3
"""What a reader meets: short files, lines of prose that fit a screen, and no reference to papers that he does not have."""

import re

from common import blanked, expect, is_test, made_up, main, without_tests
from links import without_fences

# A Rust file has at most so many lines, without the tests in it.
LINES = 450
# Files that may be longer, with their bound and the reason.
LONGER = {}

# A line of Markdown prose has at most so many columns.
COLUMNS = 100
# Pages that keep to it. The aim is all of them: a page that is rewrapped is added here.
NARROW = [
    "CHANGELOG.md",
    "CONTRIBUTING.md",
    "SECURITY.md",
    "examples/README.md",
]

# "Spec" or "seed" with a number: papers of the authors, which are not published. A break of the line may lie between.
# Written so that it does not match itself.
BREAK = r"(?:\s|\n\s*(?://[/!]?|#|>)?\s*)"
UNPUBLISHED = re.compile(rf"(?:spec|seed)s?{BREAK}+(?:document{BREAK}+)?[0-9]{{2,3}}", re.IGNORECASE)


def check(tree):
    """The faults of a checkout."""
    return check_lines(tree) + check_columns(tree) + check_references(tree)


def check_lines(tree):
    """Rust files that are too long."""
    faults = []
    for path in tree.ending(".rs"):
        if is_test(path):
            continue
        length = without_tests(blanked(tree.read(path))).rstrip("\n").count("\n") + 1
        bound, why = LONGER.get(path, (LINES, ""))
        if length > bound:
            faults.append(f"{path}: {length} lines without its tests, at most {bound}")
        elif why and length <= LINES:
            faults.append(f".ci/checks/prose.py: {path} has become short: take it from the list LONGER")
    return faults


def check_columns(tree):
    """Lines of prose that are too wide, in the pages that keep to it."""
    faults = []
    for path in NARROW:
        text = tree.read(path) if path in tree.known else ""
        for number, line in enumerate(without_fences(text).split("\n"), 1):
            if len(line) > COLUMNS and not exempt(line):
                faults.append(f"{path}:{number}: {len(line)} columns, at most {COLUMNS}")
    return faults


def exempt(line):
    """Whether a line is a table's, code, or too long only by a link that cannot be broken."""
    return line.lstrip().startswith("|") or line.startswith("    ") or len(re.sub(r"\]\([^)]*\)", "]", line)) <= COLUMNS


def check_references(tree):
    """References to unpublished papers."""
    faults = []
    for path in tree.files:
        # What fuzzing found says what it says.
        if path.startswith("fuzz/corpus/"):
            continue
        for found in UNPUBLISHED.finditer(tree.read(path) or ""):
            line = tree.read(path).count("\n", 0, found.start()) + 1
            what = " ".join(found.group().split())
            faults.append(f"{path}:{line}: {what!r} is a paper that nobody outside has")
    return faults


def self_test():
    """Each kind of fault, and its bound from both sides."""
    tests = "#[cfg(test)]\nmod tests {\n" + "    fn one() {}\n" * 500 + "}\n"
    lines = {
        "a/src/short.rs": "fn one() {}\n" * LINES + tests,
        "a/src/long.rs": "fn one() {}\n" * LINES + "fn two() {}\n",
        "a/tests/long.rs": "fn one() {}\n" * 1000,
        "a/src/tests.rs": "fn one() {}\n" * 1000,
    }
    expect(check_lines(made_up(lines)), "a/src/long.rs: 451 lines")

    fits, wide = "a" * COLUMNS, "a" * (COLUMNS + 1)
    page = f"{fits}\n| {wide} |\n    {wide}\n```\n{wide}\n```\n[{fits[:50]}](https://example.org/{wide})\n"
    expect(check_columns(made_up({NARROW[0]: page, "other.md": wide})))
    expect(check_columns(made_up({NARROW[0]: page + wide + "\n"})), f"{NARROW[0]}:8: {COLUMNS + 1} columns")

    good = "The seed has 32 bytes. A spec sheet. `\"seed\": 42`, specification 30, seeded 1000 times."
    expect(check_references(made_up({"a.md": good, "b.rs": "// the seed\n// of 30 houses\n"})))
    paper = "spec" + " 30"
    broken = "// " + "seed" + "\n//! 002 says so\n"
    longer = "SEED" + " document 004; " + "specs" + " 10 and 20"
    expect(check_references(made_up({"a.md": paper, "b.rs": broken, "c.md": longer})), "a.md:1", "b.rs:1", "c.md:1", "c.md:1")


if __name__ == "__main__":
    main(check, self_test)
