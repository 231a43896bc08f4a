#!/usr/bin/env python3
"""Links of the documentation: each names a file, a folder or a heading that is there.

Checked are relative links in every Markdown file, and what Rust comments, scripts and manifests say of the form
`docs/PAGE.md` or `docs/PAGE.md#heading`. In CONTRIBUTING.md, whose recipes are followed to the letter, every path in
backticks must exist too; a path with a word in capitals, as NAME, stands for many and is not checked.
"""

import posixpath
import re

from common import expect, made_up, main

# The first group is what counts: it may stand in angle brackets and have a title after it.
INLINE = re.compile(r"\]\(\s*<?([^)\s>]+)>?(?:\s+[\"'][^)]*)?\)")
DEFINED = re.compile(r"^ {0,3}\[[^\]]+\]:\s+<?(\S+?)>?(?:\s|$)", re.MULTILINE)
EXTERNAL = re.compile(r"^[a-z][a-z0-9+.-]*:|^//", re.IGNORECASE)
MENTION = re.compile(r"(?<![\w/.-])((?:docs/)[\w./-]+?\.md)(#[\w-]+)?")
FENCE = re.compile(r"^ {0,3}(```+|~~~+)")
TICKS = re.compile(r"(`+)(.+?)\1", re.DOTALL)
RECIPES = "CONTRIBUTING.md"


def check(tree):
    """The faults of a checkout."""
    anchors = {path: anchors_of(tree.read(path) or "") for path in tree.ending(".md")}
    faults = []
    for path in anchors:
        text = without_code(tree.read(path) or "")
        for found in [*INLINE.finditer(text), *DEFINED.finditer(text)]:
            target = found.group(1)
            if not EXTERNAL.match(target):
                faults += resolve(tree, anchors, path, line_of(text, found), target, posixpath.dirname(path))
    for path in tree.ending(".rs", ".toml", ".py", "/run", "/full", "/fuzz", "justfile"):
        if path.startswith(".ci/checks/"):
            continue
        text = tree.read(path) or ""
        for found in MENTION.finditer(text):
            faults += resolve(tree, anchors, path, line_of(text, found), found.group(1) + (found.group(2) or ""), "")
    return faults + check_recipes(tree)


def resolve(tree, anchors, path, line, target, folder):
    """A fault if `target`, as it stands at a line of `path` and relative to `folder`, leads nowhere."""
    name, _, anchor = target.partition("#")
    whole = posixpath.normpath(posixpath.join(folder, name)) if name else path
    if whole.startswith("../") or not (whole == "." or tree.exists(whole)):
        return [f"{path}:{line}: {target} leads to no file"]
    if anchor and whole in anchors and anchor not in anchors[whole]:
        return [f"{path}:{line}: {target} leads to no heading of {whole}"]
    return []


def check_recipes(tree):
    """Paths in backticks that do not exist."""
    text = tree.read(RECIPES) if RECIPES in tree.known else ""
    faults = []
    folders = {path.split("/")[0] for path in tree.files}
    for found in TICKS.finditer(without_fences(text)):
        name = found.group(2)
        if "/" in name and re.fullmatch(r"[\w./-]+", name) and name.split("/")[0] in folders:
            if not re.search(r"[A-Z]{4,}", name.removesuffix(".md")) and not tree.exists(name):
                faults.append(f"{RECIPES}:{line_of(text, found)}: there is no {name}")
    return faults


def line_of(text, found):
    """The number of the line on which something was found."""
    return text.count("\n", 0, found.start()) + 1


def without_fences(text):
    """Markdown whose fenced code is blank."""
    lines, fence = [], None
    for line in text.split("\n"):
        mark = FENCE.match(line)
        if fence is None and mark:
            fence = mark.group(1)
            line = ""
        elif fence is not None:
            if mark and mark.group(1).startswith(fence) and line.strip() == mark.group(1):
                fence = None
            line = ""
        lines.append(line)
    return "\n".join(lines)


def without_code(text):
    """Markdown whose code is blank. A heading's or a link's text may lose its code: what leads somewhere does not."""
    return TICKS.sub(lambda code: "\n" * code.group().count("\n"), without_fences(text))


def anchors_of(text):
    """The anchors of a page, by GitHub's rules."""
    taken, anchors = {}, set()
    lines = without_fences(text).split("\n")
    for index, line in enumerate(lines):
        found = re.match(r"^ {0,3}#{1,6}\s+(.*?)(?:\s+#+)?\s*$", line)
        under = index > 0 and lines[index - 1].strip() and re.fullmatch(r" {0,3}(=+|-{3,})\s*", line)
        if found:
            heading = found.group(1)
        elif under and not lines[index - 1].lstrip().startswith(("|", "#", "-", ">")):
            heading = lines[index - 1].strip()
        else:
            continue
        name = slug(heading)
        again = taken.get(name, 0)
        taken[name] = again + 1
        anchors.add(f"{name}-{again}" if again else name)
    return anchors | set(re.findall(r"<a\s+(?:id|name)=\"([^\"]+)\"", text))


def slug(heading):
    """A heading's anchor: small letters, spaces as hyphens, no other marks."""
    plain = re.sub(r"!?\[([^\]]*)\]\([^)]*\)", r"\1", heading)
    plain = re.sub(r"(?<!\w)_+(\S(?:.*?\S)?)_+(?!\w)", r"\1", plain)
    return re.sub(r"[^\w\- ]", "", plain.strip().lower()).replace(" ", "-")


def self_test():
    """A page with every kind of link, good and bad."""
    assert slug("What a `Market` is, and *why*: K_t (v2)") == "what-a-market-is-and-why-k_t-v2"
    assert slug("See [the book](book.md) _now_") == "see-the-book-now"
    assert anchors_of("# A\n\n## A\n\nB c\n---\n\n```\n# no\n```\n<a id=\"x\"></a>\n") == {"a", "a-1", "b-c", "x"}
    page = "# One\n\n[a](two.md) [b](two.md#two-words) [c](#one) [d](../README.md \"t\") [e](https://x.org/y.md#z) [f](.)\n"
    good = {
        "README.md": "[docs](docs/one.md) `[not](a/link.md)`\n\n```\n[nor](this.md)\n```\n\n[r]: docs/two.md\n",
        "docs/one.md": page,
        "docs/two.md": "# Two\n\n## Two words\n",
        "src/lib.rs": "//! See docs/two.md#two-words, and docs/one.md.\n",
        "CONTRIBUTING.md": "`src/lib.rs`, `src/NAME.rs`, `docs/`, `a/b`\n",
    }
    expect(check(made_up(good)))
    bad = {
        "docs/one.md": page + "[a](three.md)\n[b](two.md#three)\n[c](#two)\n[d](../../out.md)\n\n[e]: four.md\n",
        "src/lib.rs": "//! See docs/two.md#gone\n// and docs/gone.md.\n",
        "CONTRIBUTING.md": "`src/gone.rs`\n",
    }
    where = ["docs/one.md:4: three.md", "docs/one.md:5: two.md#three", "docs/one.md:6: #two", "docs/one.md:7: ../../out.md"]
    where += ["docs/one.md:9: four.md", "src/lib.rs:1: docs/two.md#gone", "src/lib.rs:2: docs/gone.md", "no src/gone.rs"]
    expect(check(made_up(good | bad)), *where)


if __name__ == "__main__":
    main(check, self_test)
