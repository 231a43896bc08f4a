#!/usr/bin/env python3
"""Tests that the documentation names: each is there, is a test, and is run.

A page under docs/ names tests in an item of a list: the file in backticks, a colon, and the functions in backticks.
"""

import re

from common import blanked, expect, made_up, main

ITEM = re.compile(r"^- `([\w./-]+\.rs)`:\s*((?:`\w+`,?\s*)+)", re.MULTILINE)
NAME = re.compile(r"`(\w+)`")
# A test with its attributes, and comments between them.
TEST = re.compile(r"((?:#\[[^\]]*\]\s*)+)(?:async\s+)?fn\s+(\w+)\s*\(")


def check(tree):
    """The faults of a checkout."""
    tests = {}
    faults = []
    for page in tree.ending(".md"):
        if not page.startswith("docs/"):
            continue
        text = tree.read(page) or ""
        for item in ITEM.finditer(text):
            path = item.group(1)
            place = f"{page}:{text.count(chr(10), 0, item.start()) + 1}"
            if path not in tree.known:
                faults.append(f"{place}: {path} is no file")
                continue
            there = tests.setdefault(path, tests_of(tree.read(path) or ""))
            for name in NAME.findall(item.group(2)):
                if name not in there:
                    faults.append(f"{place}: {path} has no test {name}")
                elif "#[ignore" in there[name]:
                    faults.append(f"{place}: {path}: {name} is ignored")
    return faults


def tests_of(text):
    """The tests of a file by name, each with its attributes."""
    code = re.sub(r"//[^\n]*", "", blanked(text))
    return {name: attributes for attributes, name in TEST.findall(code) if re.search(r"#\[(?:\w+::)?test\b", attributes)}


def self_test():
    page = "Words.\n\n- `a.rs`:\n  `good`,\n  `none`, `no_test`,\n  `left_out`, `commented`\n- `b.rs`: `good`\n\nSee `none`.\n"
    code = (
        "#[test]\n/// Words.\nfn good() {}\nfn no_test() {}\n#[test]\n#[ignore]\nfn left_out() {}\n"
        "// #[test]\n// fn commented() {}\n"
    )
    tree = made_up({"docs/page.md": page, "a.rs": code, "other.md": "- `a.rs`: `none`\n"})
    expect(
        check(tree),
        "a.rs has no test none",
        "a.rs has no test no_test",
        "left_out is ignored",
        "a.rs has no test commented",
        "b.rs is no file",
    )


if __name__ == "__main__":
    main(check, self_test)
