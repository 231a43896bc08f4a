# The short ways: `just --list`. Each recipe is one plain command, so that `just` itself is not needed.

# Builds the program.
build:
    cargo build --release

# All tests, or those of one crate: `just test veilgrid-ledger`.
test crate="":
    cargo test --release {{ if crate == "" { "--workspace" } else { "-p " + crate } }}

# Everything that a change must pass.
ci:
    .ci/run

# The quick part of it: the checks of text and manifests, and formatting.
check:
    for check in licences links prose tests_named dependencies imports; do .ci/checks/$check.py || exit 1; done
    cargo fmt --all --check

# A market of the default scenario; more arguments are passed on.
market *arguments:
    cargo run --release -- market {{ arguments }}

# The documentation of the code, with warnings denied.
docs:
    RUSTDOCFLAGS="-D warnings" cargo doc --no-deps --release --workspace

# An example: `just example verify_inclusion`.
example name:
    cargo run --release -p veilgrid-examples --example {{ name }}

# Each fuzz target, or those named, for so many seconds; takes a nightly compiler and cargo-fuzz.
fuzz seconds="60" *targets:
    .ci/fuzz {{ seconds }} {{ targets }}

# The market experiments in the clear, written into docs/results/ with their plots.
results:
    cargo run --release -- experiment week --replay --out docs/results/week --write-results docs/results --force
    cargo run --release -- experiment matching --out docs/results/matching --write-results docs/results --force
