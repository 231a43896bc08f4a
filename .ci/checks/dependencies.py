#!/usr/bin/env python3
"""Which crate may depend on which. docs/ARCHITECTURE.md says what these rules protect.

A rule about a crate that is not in the workspace yet has nothing to check.
"""

import json
import re
import subprocess

from common import blanked, expect, is_test, made_up, main, without_tests

# No asynchronous runtime below the node: what these crates do depends on nothing but what they are given.
NO_RUNTIME = ["protocol", "market", "ledger", "threshold"]
# Neither proves nor decrypts nor breaks disks on purpose, whatever features its dependencies have.
NO_SECRETS = ["ledger", "fhe-matcher", "deviation"]
SECRET_FEATURES = ["prove", "witness", "decrypt", "simulated"]
PROVERS = ["ark-groth16", "ark-r1cs-std"]
# What a crate never links, directly or through another.
NEVER = {
    "market": ["fhe-matcher", "deviation", "circuits", "disk", "ledger", "wallets", "tfhe", "tfhe-ntt"],
    "wallets": ["ledger"],
    "lab": ["veilgrid"],
}
# Crates at the bottom: they depend on no other crate of the repository.
BOTTOM = ["terminal", "disk", "protocol", "meters"]
# `testkit` is for tests. The fuzz targets are tests too, but cargo knows no targets of that kind.
FOR_TESTS = "testkit"
MAY_LINK_TESTS = ["fuzz"]
# Market code takes bytes and gives bytes.
FILES = re.compile(r"\bstd\s*::\s*(?:fs|path|\{[^}]*\b(?:fs|path)\b)")
NO_FILES = ["market"]


def check(tree):
    """The faults of a checkout."""
    command = ["cargo", "metadata", "--locked", "--no-deps", "--format-version", "1"]
    found = json.loads(subprocess.run(command, cwd=tree.root, check=True, stdout=subprocess.PIPE).stdout)
    packages = {package["name"]: package for package in found["packages"]}
    ours = {folder: f"veilgrid-{folder}" for folder in all_folders() if f"veilgrid-{folder}" in packages}
    ours["veilgrid"] = "veilgrid"
    faults = check_declared(packages)
    for folder in sorted(set(NO_RUNTIME + NO_SECRETS + BOTTOM + list(NEVER))):
        if folder in ours:
            faults += check_linked(folder, linked(tree.root, ours[folder]), set(packages))
    return faults + check_files(tree)


def all_folders():
    """Every folder that a rule is about."""
    return {*NO_RUNTIME, *NO_SECRETS, *BOTTOM, *NEVER, *MAY_LINK_TESTS, FOR_TESTS}


def linked(root, package):
    """What `cargo tree` says that a package links: names, and features as `name feature "x"`."""
    command = ["cargo", "tree", "--locked", "-q", "-p", package, "-e", "normal,features", "--prefix", "none"]
    text = subprocess.run(command, cwd=root, check=True, stdout=subprocess.PIPE).stdout.decode()
    return set(re.sub(r" \(.*?\)", "", line).strip() for line in text.split("\n") if line.strip())


def check_linked(folder, lines, workspace):
    """Faults of what one crate links. `workspace`: the names of the repository's packages."""
    own = f"veilgrid-{folder}"
    names = {line.split()[0] for line in lines}
    if own not in names:
        return [f"cargo shows no tree of {own}"]
    faults = []
    if folder in NO_RUNTIME and "tokio" in names:
        faults.append(f"{own} links tokio")
    if folder in NO_SECRETS:
        for line in sorted(lines):
            feature = re.search(r'feature "(\w+)"', line)
            if feature and feature.group(1) in SECRET_FEATURES:
                faults.append(f"{own} links code that a node must not have: {line}")
        faults += [f"{own} links a prover: {name}" for name in PROVERS if name in names]
    for other in NEVER.get(folder, []):
        for name in (other, f"veilgrid-{other}"):
            if name in names:
                faults.append(f"{own} links {name}")
    if folder in BOTTOM:
        faults += [f"{own} links {name}, and is at the bottom" for name in sorted(names & workspace - {own})]
    return faults


def check_declared(packages):
    """Faults of what the manifests ask for."""
    faults = []
    for name, package in sorted(packages.items()):
        for dependency in package["dependencies"]:
            # The kind of a normal dependency is null.
            if dependency["name"] == f"veilgrid-{FOR_TESTS}" and dependency["kind"] is None:
                if name not in [f"veilgrid-{folder}" for folder in MAY_LINK_TESTS]:
                    faults.append(f"{name} links veilgrid-{FOR_TESTS}, which is for tests")
    return faults


def check_files(tree):
    """Uses of files where there may be none."""
    faults = []
    for path in tree.ending(".rs"):
        folder, _, rest = path.partition("/")
        if folder in NO_FILES and rest.startswith("src/") and not is_test(path):
            text = without_tests(blanked(tree.read(path)))
            for found in FILES.finditer(text):
                faults.append(f"{path}: {' '.join(found.group().split())} is not for {folder}")
    return faults


def self_test():
    """Each rule broken once."""
    workspace = {f"veilgrid-{folder}" for folder in ("ledger", "wallets", "protocol", "disk", "market", "circuits", "lab")}
    good = {"veilgrid-ledger v0.1.0", "veilgrid-circuits v0.1.0", 'veilgrid-disk feature "default"', "redb v4.0.0"}
    expect(check_linked("ledger", good, workspace))
    expect(check_linked("ledger", set(), workspace), "no tree of veilgrid-ledger")
    expect(check_linked("ledger", good | {"tokio v1.0.0"}, workspace), "veilgrid-ledger links tokio")
    for feature in SECRET_FEATURES:
        bad = good | {f'veilgrid-circuits feature "{feature}"'}
        expect(check_linked("ledger", bad, workspace), f'veilgrid-circuits feature "{feature}"')
    expect(check_linked("ledger", good | {"ark-groth16 v0.6.0"}, workspace), "a prover: ark-groth16")
    expect(check_linked("wallets", {"veilgrid-wallets v0.1.0", "veilgrid-ledger v0.1.0"}, workspace), "links veilgrid-ledger")
    expect(check_linked("lab", {"veilgrid-lab v0.1.0", "veilgrid v0.1.0"}, workspace), "veilgrid-lab links veilgrid")
    expect(check_linked("market", {"veilgrid-market v0.1.0", "tfhe-ntt v0.7.1"}, workspace), "veilgrid-market links tfhe-ntt")
    expect(check_linked("disk", {"veilgrid-disk v0.1.0", "veilgrid-protocol v0.1.0"}, workspace), "links veilgrid-protocol")

    def package(kind):
        return {"dependencies": [{"name": "veilgrid-testkit", "kind": kind}]}

    expect(check_declared({"veilgrid": package("dev"), "veilgrid-fuzz": package(None)}))
    expect(check_declared({"veilgrid-wallets": package(None)}), "veilgrid-wallets links veilgrid-testkit")

    files = {
        "market/src/a.rs": "use std::sync::Arc;\n// std::fs\n#[cfg(test)]\nmod tests {\n    use std::fs;\n}\n",
        "market/src/a/tests.rs": "use std::path::Path;\n",
        "market/tests/b.rs": "use std::fs::read;\n",
        "disk/src/lib.rs": "use std::fs::File;\n",
    }
    expect(check_files(made_up(files)))
    files["market/src/a.rs"] += "use std::{fmt, fs};\nfn f() { std::path::Path::new(\"a\"); }\n"
    expect(check_files(made_up(files)), "std::{fmt, fs", "std::path")


if __name__ == "__main__":
    main(check, self_test)
