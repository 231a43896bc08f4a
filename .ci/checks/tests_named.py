#!/usr/bin/env python3
"""Tests that the documentation names: each is there, is a test, and is run; and no attack is without one.

A page under docs/ names tests in an item of a list: the file in backticks, a colon, and the functions in backticks with
commas between them, and nothing else. A section of a page that has an attack (in bold) names a test.
"""

import re

from common import blanked, expect, made_up, main
from links import without_fences

# An item that begins with a Rust file and a colon, up to an empty line, the next item or heading, or the end.
ITEM = re.compile(r"^- `([^`\s]+\.rs)`:(.*?)(?=\n\s*\n|\n[-#]|\Z)", re.MULTILINE | re.DOTALL)
NAMES = re.compile(r"\s*`\w+`(?:,\s*`\w+`)*\s*")
ATTACK = re.compile(r"^\*\*Attack\.\*\*", re.MULTILINE)
# A function with its attributes.
FUNCTION = re.compile(r"((?:#\[[^\]]*\]\s*)+)(?:async\s+)?fn\s+(\w+)\s*[(<]")
IS_TEST = re.compile(r"#\[\s*(?:\w+::)?test\s*[\](]")


def check(tree):
    """The faults of a checkout."""
    tests = {}
    faults = []
    for page in tree.ending(".md"):
        if not page.startswith("docs/"):
            continue
        text = without_fences(tree.read(page) or "")
        for item in ITEM.finditer(text):
            path, names = item.groups()
            place = f"{page}:{line_of(text, item.start())}"
            if not NAMES.fullmatch(names):
                faults.append(f"{place}: after {path} stands more than names of tests and commas")
            elif path not in tree.known:
                faults.append(f"{place}: {path} is no file")
            else:
                there = tests.setdefault(path, tests_of(tree.read(path) or ""))
                for name in re.findall(r"\w+", names):
                    if name not in there:
                        faults.append(f"{place}: {path} has no test {name}")
                    elif re.search(r"\bignore\b", there[name]):
                        faults.append(f"{place}: {path}: {name} is ignored")
        for start, section in sections(text):
            if ATTACK.search(section) and not ITEM.search(section):
                faults.append(f"{page}:{line_of(text, start)}: an attack without a test")
    return faults


def line_of(text, at):
    """The number of the line of a place."""
    return text.count("\n", 0, at) + 1


def sections(text):
    """The parts of a page between headings of the second level, each with where it begins."""
    starts = [0, *(found.start() for found in re.finditer(r"^## ", text, re.MULTILINE)), len(text)]
    return [(start, text[start:end]) for start, end in zip(starts, starts[1:])]


def tests_of(text):
    """The tests of a file by name, each with its attributes; those of one name in two modules together."""
    tests = {}
    for attributes, name in FUNCTION.findall(blanked(text)):
        if IS_TEST.search(attributes):
            tests[name] = tests.get(name, "") + attributes
    return tests


def self_test():
    """Each kind of fault, and what only looks like one."""
    code = (
        "#[test]\n/// Words.\nfn good() {}\n#[tokio::test]\nasync fn later() {}\nfn no_test() {}\n"
        "#[test]\n#[ignore]\nfn left_out() {}\n#[ignore = \"it is slow\"]\n#[test]\nfn slow() {}\n"
        "#[cfg_attr(windows, ignore)]\n#[test]\nfn elsewhere() {}\n// #[test]\n// fn commented() {}\n"
        "#[test_case]\nfn case() {}\nconst TEXT: &str = \"#[test] fn said() {}\";\n"
    )
    good = "# Page\n\n## One\n\n**Attack.** Words.\n\n- `a.rs`:\n  `good`,\n  `later`\n- `a.rs`: `good`\n\n## Two\n\n`none`: words.\n"
    expect(check(made_up({"docs/page.md": good, "a.rs": code, "other.md": "- `a.rs`: `none`\n"})))
    fenced = "```\n- `a.rs`: `none`\n```\n"
    expect(check(made_up({"docs/page.md": good + fenced, "a.rs": code})))

    bad = "- `a.rs`:\n  `none`, `no_test`, `commented`,\n  `case`, `said`, `left_out`, `slow`,\n  `elsewhere`\n- `b.rs`: `good`\n"
    absent = [f"a.rs has no test {name}" for name in ("none", "no_test", "commented", "case", "said")]
    ignored = [f"a.rs: {name} is ignored" for name in ("left_out", "slow", "elsewhere")]
    expect(check(made_up({"docs/page.md": bad, "a.rs": code})), *absent, *ignored, "b.rs is no file")
    # What would be passed over: a name behind a word, without a comma or with a mark, and no name at all.
    for names in ["`good` and `none`", "`good` `none`", "`good`, `a-b`", "`good`,", "`good`. See `none`", ""]:
        expect(check(made_up({"docs/page.md": f"Words.\n\n- `a.rs`: {names}\n", "a.rs": code})), "docs/page.md:3: after a.rs")
    alone = good.replace("## Two\n", "## Two\n\n**Attack.** Words.\n")
    expect(check(made_up({"docs/page.md": alone, "a.rs": code})), "docs/page.md:12: an attack without a test")


if __name__ == "__main__":
    main(check, self_test)
