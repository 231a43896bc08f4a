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
# Pages that do not keep to it yet. The aim is none: a page that is rewrapped is taken from this list.
WIDE = []

# "Spec" or "seed" with a number: papers of the authors, which are not published. A break of the line may lie between.
# Written so that it does not match itself.
BREAK = r"(?:\s|\n\s*(?://[/!]?|#|>)?\s*)"
UNPUBLISHED = re.compile(rf"(?:spec|seed)s?{BREAK}+(?:document{BREAK}+)?[0-9]{{2,3}}", re.IGNORECASE)


def check(tree):
    """The faults of a checkout."""
    return check_lines(tree) + check_columns(tree) + check_references(tree)


def check_lines(tree):
    """Rust files that are too long, and files that are exempt without need."""
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


def check_columns(tree, exempted=WIDE):
    """Lines of prose that are too wide, and pages that are exempt without need."""
    faults = []
    for path in tree.ending(".md"):
        lines = enumerate(without_fences(tree.read(path)).split("\n"), 1)
        wide = [(number, len(line)) for number, line in lines if len(line) > COLUMNS and not exempt(line)]
        if path not in exempted:
            faults += [f"{path}:{number}: {columns} columns, at most {COLUMNS}" for number, columns in wide]
        elif not wide:
            faults.append(f".ci/checks/prose.py: {path} keeps to {COLUMNS} columns: take it from the list WIDE")
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
    expect(check_columns(made_up({"a.md": page, "b.md": wide, "a.txt": wide}), ["b.md"]))
    expect(check_columns(made_up({"a.md": page + wide + "\n"})), f"a.md:8: {COLUMNS + 1} columns")
    expect(check_columns(made_up({"b.md": fits}), ["b.md"]), "take it from the list WIDE")

    good = "The seed has 32 bytes. A spec sheet. `\"seed\": 42`, specification 30, seeded 1000 times."
    expect(check_references(made_up({"a.md": good, "b.rs": "// the seed\n// of 30 houses\n"})))
    paper = "spec" + " 30"
    broken = "// " + "seed" + "\n//! 002 says so\n"
    longer = "SEED" + " document 004; " + "specs" + " 10 and 20"
    expect(check_references(made_up({"a.md": paper, "b.rs": broken, "c.md": longer})), "a.md:1", "b.rs:1", "c.md:1", "c.md:1")


if __name__ == "__main__":
    main(check, self_test)
