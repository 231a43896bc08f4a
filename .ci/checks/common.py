"""What the checks share: the list of the repository's files, reading Rust without its comments and tests, reporting.

A check is a script of its own. It prints each fault on one line and ends with exit code 1 if it found one. With
`--self-test` it runs on small inputs with known faults instead, and fails if it does not find them. With `--root FOLDER`
it looks at another checkout.
"""

import argparse
import os
import re
import subprocess
import sys
import tempfile

HERE = os.path.dirname(os.path.abspath(__file__))


class Tree:
    """The tracked files of a checkout, or made-up files for a self-test."""

    def __init__(self, root, files=None):
        self.root = root
        self.files = sorted(files if files is not None else tracked(root))
        self.known = set(self.files)

    def read(self, path):
        """The text of a file. A file that is not UTF-8 has no text: None."""
        try:
            with open(os.path.join(self.root, path), encoding="utf-8") as file:
                return file.read()
        except (UnicodeDecodeError, FileNotFoundError):
            return None

    def ending(self, *endings):
        """The paths with one of these endings."""
        return [path for path in self.files if path.endswith(endings)]

    def exists(self, path):
        """Whether a tracked file or a folder of tracked files has this path."""
        return path in self.known or any(name.startswith(path.rstrip("/") + "/") for name in self.files)


def tracked(root):
    """The paths that git tracks, with slashes, relative to the root."""
    # The folder may belong to another user than the one who runs the check, as it does in some containers.
    command = ["git", "-c", "safe.directory=*", "-C", root, "ls-files", "-z"]
    listed = subprocess.run(command, check=True, stdout=subprocess.PIPE).stdout.decode()
    # A file that is deleted and not yet committed is still listed.
    return [path for path in listed.split("\0") if path and os.path.exists(os.path.join(root, path))]


def made_up(files):
    """A tree of made-up files, in a folder that is removed when the program ends."""
    folder = tempfile.TemporaryDirectory()
    for path, text in files.items():
        whole = os.path.join(folder.name, path)
        os.makedirs(os.path.dirname(whole), exist_ok=True)
        with open(whole, "w", encoding="utf-8") as file:
            file.write(text)
    tree = Tree(folder.name, list(files))
    tree.folder = folder
    return tree


def main(check, self_test):
    """Runs `check(tree)`, which gives a list of faults, or `self_test()`, which raises AssertionError."""
    arguments = argparse.ArgumentParser()
    arguments.add_argument("--self-test", action="store_true")
    arguments.add_argument("--root", default=os.path.dirname(os.path.dirname(HERE)))
    given = arguments.parse_args()
    name = os.path.basename(sys.argv[0])
    if given.self_test:
        self_test()
        print(f"{name}: the self-test found what it must find")
        return
    try:
        faults = check(Tree(given.root))
    except subprocess.CalledProcessError as failed:
        # What failed has said why on standard error.
        sys.exit(f"{name}: {' '.join(failed.cmd)} ended with {failed.returncode}")
    for fault in faults:
        print(fault)
    if faults:
        sys.exit(f"{name}: {len(faults)} faults")
    print(f"{name}: no fault")


def expect(faults, *needles):
    """Fails unless there are as many faults as needles, and each fault contains the needle of its place."""
    assert len(faults) == len(needles), f"expected {len(needles)} faults, found {faults}"
    for fault, needle in zip(faults, needles):
        assert needle in fault, f"expected {needle!r} in {fault!r}"


# Longest first: a raw string, a string, a character, a comment of a line, a comment of a block.
RUST_TOKEN = re.compile(
    r'b?r(?P<hashes>#*)".*?"(?P=hashes)'
    r'|b?"(?:\\.|[^"\\])*"'
    r"|'(?:\\u\{[0-9a-fA-F]+\}|\\.|[^'\\])'"
    r"|//[^\n]*"
    r"|/\*.*?\*/",
    re.DOTALL,
)


def blanked(text):
    """Rust without what strings and comments say. The lines stay where they are."""

    def blank(token):
        kept = "\n" * token.group().count("\n")
        return kept if token.group().startswith("/") else '""' + kept

    return RUST_TOKEN.sub(blank, text)


TEST_ITEM = re.compile(r"#\[cfg\((?:test|all\(test\b[^\]]*)\)\]\s*(?:#\[[^\]]*\]\s*)*")


def without_tests(text):
    """Blanked Rust without the items that only tests see."""
    out = []
    at = 0
    while found := TEST_ITEM.search(text, at):
        out.append(text[at : found.start()])
        at = end_of_item(text, found.end())
    out.append(text[at:])
    return "".join(out)


def end_of_item(text, at):
    """Where the item that begins at `at` ends: at its semicolon, or at the brace that closes its body."""
    depth = 0
    for place in range(at, len(text)):
        letter = text[place]
        if letter in "{[(":
            depth += 1
        elif letter in "}])":
            depth -= 1
            # A field or a statement in a block may end where the block does.
            if depth < 0:
                return place
            if depth == 0 and letter == "}":
                return place + 1
        elif depth == 0 and letter in ";,":
            return place + 1
    return len(text)


def is_test(path):
    """Whether a path is of code that only tests see, by the names that the repository has for it."""
    parts = path.split("/")
    # The crate `testkit` is for tests only, as `testing.rs` of a crate is.
    return parts[0] == "testkit" or "tests" in parts or parts[-1] in ("tests.rs", "testing.rs")
