#!/usr/bin/env python3
"""Licences and sources of every dependency, by the lists in deny.toml and without a network.

Sources and bans are checked for every package in Cargo.lock. Licences are checked for the packages that cargo fetches
for this machine; cargo-deny, in `.ci/full`, reads the same lists and checks those of every platform.
"""

import json
import re
import subprocess
import tomllib

from common import expect, main, made_up

CRATES_IO = "registry+https://github.com/rust-lang/crates.io-index"


def check(tree):
    """The faults of a checkout."""
    rules = tomllib.loads(tree.read("deny.toml"))
    lock = tomllib.loads(tree.read("Cargo.lock"))
    faults = check_lock(rules, lock)
    for manifest in tree.ending("Cargo.toml"):
        faults += check_manifest(manifest, tomllib.loads(tree.read(manifest)))
    # A lock file that does not fit the manifests stops cargo: then these faults say more.
    return faults or check_licences(rules, metadata(tree.root)["packages"])


def metadata(root):
    """What cargo knows of the packages for this machine. It fetches none that a build has fetched."""
    version = subprocess.run(["rustc", "-vV"], cwd=root, check=True, stdout=subprocess.PIPE).stdout.decode()
    host = re.search(r"^host: (\S+)$", version, re.MULTILINE).group(1)
    command = ["cargo", "metadata", "--locked", "--format-version", "1", "--filter-platform", host]
    return json.loads(subprocess.run(command, cwd=root, check=True, stdout=subprocess.PIPE).stdout)


def check_lock(rules, lock):
    """Packages from a source that is not allowed, and packages that are banned."""
    registries = ["registry+" + url for url in rules["sources"]["allow-registry"]]
    banned = {entry["crate"] for entry in rules["bans"]["deny"]}
    faults = []
    for package in lock["package"]:
        # A package of the repository has no source.
        source = package.get("source")
        if source is not None and source not in registries:
            faults.append(f"Cargo.lock: {package['name']} comes from {source}, which deny.toml does not allow")
        if source in registries and "checksum" not in package:
            faults.append(f"Cargo.lock: {package['name']} has no checksum")
        if package["name"] in banned:
            faults.append(f"Cargo.lock: deny.toml bans {package['name']}")
    return faults


def check_manifest(path, manifest):
    """Dependencies of any version."""
    tables = [manifest, manifest.get("workspace", {}), *manifest.get("target", {}).values()]
    faults = []
    for table in tables:
        for kind in ("dependencies", "dev-dependencies", "build-dependencies"):
            for name, wanted in table.get(kind, {}).items():
                version = wanted if isinstance(wanted, str) else wanted.get("version")
                local = not isinstance(wanted, str) and ("path" in wanted or wanted.get("workspace"))
                if version is None and not local or version is not None and "*" in version:
                    faults.append(f"{path}: {name} is wanted in any version")
    return faults


def check_licences(rules, packages):
    """Packages whose licence the lists do not allow, and exceptions that no package needs."""
    allowed = set(rules["licenses"]["allow"])
    exceptions = {entry["crate"]: set(entry["allow"]) for entry in rules["licenses"].get("exceptions", [])}
    faults = []
    for package in packages:
        name, licence = package["name"], package.get("license")
        if not licence:
            faults.append(f"{name} {package['version']} names no licence")
        elif not allows(licence, allowed | exceptions.get(name, set())):
            faults.append(f"{name} {package['version']} is under {licence}, which deny.toml does not allow")
    for unused in sorted(set(exceptions) - {package["name"] for package in packages}):
        faults.append(f"deny.toml: the exception for {unused} is for no package")
    return faults


def allows(expression, allowed):
    """Whether a licence expression (SPDX, with the older `/` for OR) can be met by allowed licences."""
    tokens = re.findall(r"\(|\)|[^\s()/]+|/", expression)
    value, rest = either(tokens, allowed)
    return value and not rest


def either(tokens, allowed):
    """Alternatives, of which one suffices."""
    value, tokens = both(tokens, allowed)
    while tokens and tokens[0] in ("OR", "/"):
        other, tokens = both(tokens[1:], allowed)
        value = value or other
    return value, tokens


def both(tokens, allowed):
    """Licences that all hold."""
    value, tokens = one(tokens, allowed)
    while tokens and tokens[0] == "AND":
        other, tokens = one(tokens[1:], allowed)
        value = value and other
    return value, tokens


def one(tokens, allowed):
    """A licence, perhaps with an exception to it, or alternatives in parentheses."""
    if not tokens:
        return False, []
    if tokens[0] == "(":
        value, rest = either(tokens[1:], allowed)
        return (value, rest[1:]) if rest and rest[0] == ")" else (False, rest)
    if tokens[1:2] == ["WITH"]:
        return " ".join(tokens[:3]) in allowed, tokens[3:]
    return tokens[0] in allowed, tokens[1:]


def self_test():
    """Every kind of fault, and what is no fault."""
    rules = {
        "licenses": {"allow": ["MIT", "Unicode-3.0"], "exceptions": [{"crate": "odd", "allow": ["Odd-1.0"]}]},
        "sources": {"allow-registry": [CRATES_IO.removeprefix("registry+")]},
        "bans": {"deny": [{"crate": "openssl"}]},
    }

    def package(name, licence):
        return {"name": name, "version": "1.0.0", "license": licence}

    good = [package("odd", "Odd-1.0"), package("a", "Odd-1.0/MIT"), package("b", "(MIT OR Odd-1.0) AND Unicode-3.0")]
    expect(check_licences(rules, good))
    bad = ["Odd-1.0", "MIT AND Odd-1.0", "Odd-1.0 OR MIT WITH odd-exception", "(MIT", "MIT MIT", "MIT AND", None]
    faults = check_licences(rules, good + [package(f"bad{number}", licence) for number, licence in enumerate(bad)])
    expect(faults, *[f"bad{number} " for number in range(len(bad))])
    expect(check_licences(rules, good[1:]), "the exception for odd")

    lock = [{"name": "ours"}, {"name": "good", "source": CRATES_IO, "checksum": "00"}]
    expect(check_lock(rules, {"package": lock}))
    lock += [
        {"name": "elsewhere", "source": "git+https://example.org/elsewhere"},
        {"name": "registry", "source": "registry+https://example.org/index", "checksum": "00"},
        {"name": "unsummed", "source": CRATES_IO},
        {"name": "openssl", "source": CRATES_IO, "checksum": "00"},
    ]
    expect(check_lock(rules, {"package": lock}), "elsewhere", "registry", "unsummed", "bans openssl")

    wanted = {"a": "1", "b": {"path": "b"}, "c": {"workspace": True}, "d": {"version": "=1.2"}}
    expect(check_manifest("Cargo.toml", {"dependencies": wanted}))
    wild = {"dev-dependencies": {"e": "*"}, "workspace": {"dependencies": {"f": {"git": "https://example.org/f"}}}}
    expect(check_manifest("Cargo.toml", wild), "e is wanted", "f is wanted")
    on_target = {"target": {"cfg(unix)": {"dependencies": {"g": {"version": "1.*"}}}}}
    expect(check_manifest("Cargo.toml", on_target), "g is wanted")

    # The lists of the repository are read as they stand.
    rules = tomllib.loads(made_up({"deny.toml": '[licenses]\nallow = ["MIT"]\n'}).read("deny.toml"))
    expect(check_licences(rules, [package("a", "Zlib")]), "a 1.0.0 is under Zlib")


if __name__ == "__main__":
    main(check, self_test)
