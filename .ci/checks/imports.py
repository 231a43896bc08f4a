#!/usr/bin/env python3
"""No circle of imports between the modules of a crate.

A file imports another when it names something that the other defines: in `use`, or by a path from `crate`, `super`,
`self` or a module at hand. A name that a module passes on (`pub use`) is followed to where it is defined. A module may
use its own submodules, and they may use it. But of the submodules of one module, each taken with all that is below it,
none may import itself by way of its siblings. Tests are left out.
"""

import re

from common import blanked, end_of_item, expect, is_test, made_up, main, without_tests

# Imports that may close a circle: (file, file that it imports, reason).
ALLOWED = []

MODULE = re.compile(r"\bmod\s+(\w+)\s*;")
USE = re.compile(r"\buse\s+(?!<)")
PATH = re.compile(r"(?<![\w:])((?:r#)?[A-Za-z_]\w*(?:\s*::\s*[A-Za-z_]\w*)+)")
IN_TREE = re.compile(r"::|[{},*]|\w+")


class Crate:
    """The modules of a crate's library or command: from a module's path, a tuple of names, to its file."""

    def __init__(self, tree, top):
        self.files, self.text, self.uses, self.children = {}, {}, {}, {}
        self.add(tree, (), top, top.rpartition("/")[0])

    def add(self, tree, module, path, folder):
        """Takes in a module and what it declares."""
        self.files[module] = path
        text = self.text[module] = without_tests(blanked(tree.read(path)))
        self.children[module] = []
        for found in MODULE.finditer(text):
            for name in (f"{folder}/{found.group(1)}.rs", f"{folder}/{found.group(1)}/mod.rs"):
                if name in tree.known and not is_test(name):
                    self.children[module].append(found.group(1))
                    self.add(tree, (*module, found.group(1)), name, f"{folder}/{found.group(1)}")
        self.uses[module] = list(uses(text))

    def absolute(self, module, path):
        """A path as seen from the crate's root; None if it leads out of the crate."""
        first, rest = path[0], path[1:]
        if first == "crate":
            return rest
        if first == "self":
            return (*module, *rest)
        base = module
        if first == "super":
            while first == "super":
                base, first, rest = base[:-1], (rest or ("",))[0], rest[1:]
            return (*base, first, *rest)
        return (*module, *path) if first in self.children[module] else None

    def defines(self, path, seen=()):
        """The module that defines what a path from the root names: the longest module on it, or where that has it from."""
        module = ()
        while len(module) < len(path) and (*module, path[len(module)]) in self.files:
            module = path[: len(module) + 1]
        rest = path[len(module) :]
        if rest and (module, rest[0]) not in seen:
            for name, target in self.uses[module]:
                whole = self.absolute(module, target) if name == rest[0] else None
                if whole is not None:
                    return self.defines((*whole, *rest[1:]), (*seen, (module, rest[0])))
        return module

    def imports(self):
        """From each module the modules that it imports, its own submodules left out."""
        edges = {}
        for module, text in self.text.items():
            paths = [target for _, target in self.uses[module]]
            paths += [tuple(re.split(r"\s*::\s*", found.group(1))) for found in PATH.finditer(text)]
            whole = [self.absolute(module, path) for path in paths]
            targets = {self.defines(path) for path in whole if path is not None}
            edges[module] = {other for other in targets if other[: len(module)] != module}
        return edges


def uses(text):
    """What a text's `use` items bind: pairs of a name and the path that it stands for; the name `*` for all."""
    for found in USE.finditer(text):
        item = text[found.end() : end_of_item(text, found.end())]
        # A tree in braces ends with its brace: the semicolon is not needed.
        yield from use_tree(IN_TREE.findall(item), [0], ())


def use_tree(tokens, at, prefix):
    """One branch of a `use`, from the token at `at[0]` on."""
    path = prefix
    while at[0] < len(tokens):
        token = tokens[at[0]]
        if token == "{":
            at[0] += 1
            while at[0] < len(tokens) and tokens[at[0]] != "}":
                yield from use_tree(tokens, at, path)
                if at[0] < len(tokens) and tokens[at[0]] == ",":
                    at[0] += 1
            at[0] += 1
            return
        if token in (",", "}"):
            break
        if token == "as":
            yield tokens[at[0] + 1], path
            at[0] += 2
            return
        if token == "*":
            yield "*", path
            at[0] += 1
            return
        if token != "::" and not (token == "self" and path):
            path = (*path, token)
        at[0] += 1
    if path:
        yield path[-1], path


def circles(edges):
    """The strongly connected components of more than one node (Tarjan 1972), each sorted."""
    index, low, stack, found = {}, {}, [], []

    def visit(node):
        index[node] = low[node] = len(index)
        stack.append(node)
        for other in sorted(edges[node]):
            if other not in index:
                visit(other)
                low[node] = min(low[node], low[other])
            elif other in stack:
                low[node] = min(low[node], index[other])
        if low[node] == index[node]:
            circle = stack[stack.index(node) :]
            del stack[stack.index(node) :]
            if len(circle) > 1:
                found.append(sorted(circle))

    for node in sorted(edges):
        if node not in index:
            visit(node)
    return found


def between_siblings(crate, parent, imports):
    """The imports between the submodules of one module: from a submodule, by another, the pairs of files."""
    depth = len(parent)
    edges = {child: {} for child in crate.children[parent]}
    for module, others in imports.items():
        if len(module) > depth and module[:depth] == parent:
            for other in others:
                if len(other) > depth and other[:depth] == parent and other[depth] != module[depth]:
                    pair = (crate.files[module], crate.files[other])
                    edges[module[depth]].setdefault(other[depth], []).append(pair)
    return edges


def check(tree, allowed=ALLOWED):
    """The faults of a checkout."""
    allowed = {(path, other) for path, other, _ in allowed}
    tops = [path for path in tree.files if re.fullmatch(r"(?:[\w-]+/)+src/(?:lib|main)\.rs", path) and not is_test(path)]
    faults, unused = [], set(allowed)
    for top in tops:
        crate = Crate(tree, top)
        imports = {}
        for module, others in crate.imports().items():
            pairs = {(crate.files[module], crate.files[other]): other for other in others}
            unused -= set(pairs)
            imports[module] = {other for pair, other in pairs.items() if pair not in allowed}
        for parent in sorted(crate.files):
            edges = between_siblings(crate, parent, imports)
            for circle in circles(edges):
                inside = ""
                for name, other in ((name, other) for name in circle for other in sorted(edges[name]) if other in circle):
                    pairs = sorted(edges[name][other])
                    more = f", and {len(pairs) - 1} more" if len(pairs) > 1 else ""
                    inside += f"\n    {name} -> {other}: {pairs[0][0]} imports {pairs[0][1]}{more}"
                faults.append(f"{crate.files[parent]}: {', '.join(circle)} import each other in a circle:{inside}")
    for path, other in sorted(unused):
        faults.append(f".ci/checks/imports.py: {path} no longer imports {other}: take it from the list ALLOWED")
    return faults


def self_test():
    """Circles by each way of naming, and what is none."""
    assert list(uses("use a::{b, c::{self, d as e}, f::*};\npub(crate) use g;")) == [
        ("b", ("a", "b")),
        ("c", ("a", "c")),
        ("e", ("a", "c", "d")),
        ("*", ("a", "f")),
        ("g", ("g",)),
    ]
    good = {
        "a/src/lib.rs": "mod failure;\nmod market;\nmod unit;\npub use failure::Failure;\n#[cfg(test)]\nmod tests;\n",
        "a/src/failure.rs": "use std::fmt;\n// crate::market\npub struct Failure;\n#[cfg(test)]\nmod tests { use crate::market::M; }\n",
        "a/src/market.rs": "mod cycle;\npub use cycle::Cycle;\nuse crate::Failure;\npub struct M;\n",
        "a/src/market/cycle.rs": "use super::M;\npub struct Cycle;\nfn f() -> crate::unit::U { crate::unit::U }\n",
        "a/src/unit.rs": "pub struct U;\n",
        "a/src/tests.rs": "use crate::market::M;\n",
    }
    expect(check(made_up(good), []))
    two = "circle:\n    failure -> market: a/src/failure.rs imports a/src/market.rs\n    market -> failure: a/src/market.rs imports"
    for change in [
        {"a/src/failure.rs": "use crate::market::M;\n"},
        {"a/src/failure.rs": "fn f(m: super::market::M) {}\n"},
        {"a/src/failure.rs": "use crate::{market::{self, M as N}, unit};\n"},
        {"a/src/failure.rs": "use crate::G;\n", "a/src/lib.rs": good["a/src/lib.rs"] + "pub use market::M as G;\n"},
    ]:
        expect(check(made_up(good | change), []), two)
    # A submodule closes the circle of its parent: market.rs uses failure.rs, which uses market/cycle.rs.
    below = "circle:\n    failure -> market: a/src/failure.rs imports a/src/market/cycle.rs"
    expect(check(made_up(good | {"a/src/failure.rs": "use crate::market::Cycle;\n"}), []), below)
    siblings = {"a/src/market.rs": "mod cycle;\nmod plan;\n", "a/src/market/plan.rs": "use super::cycle;\n"}
    siblings["a/src/market/cycle.rs"] = "fn f() { super::plan::g() }\n"
    expect(check(made_up(good | siblings), []), "a/src/market.rs: cycle, plan import each other")
    pair = ("a/src/market/cycle.rs", "a/src/market/plan.rs", "a reason")
    expect(check(made_up(good | siblings), [pair]))
    expect(check(made_up(good), [pair]), "no longer imports")


if __name__ == "__main__":
    main(check, self_test)
