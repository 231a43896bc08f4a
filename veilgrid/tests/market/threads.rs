//! A chain replayed with another number of threads gives the same roots, block by block.
//!
//! `RAYON_NUM_THREADS` bounds rayon's pool and `circuits::threads`, by which proofs are verified
//! (`circuits/src/parallel.rs` shows that it does). Statements are put together in chunks of any
//! size, proofs in chunks of eight or more. Only blocks of larger markets give several chunks of
//! proofs: `cases.rs` verifies a market of ten households that way.

use super::support::*;
use std::path::Path;

/// Verifies a ledger with these numbers of threads: `ledger verify` executes every block anew,
/// proofs included, and compares each root with the stored one. Gives the last root.
#[track_caller]
pub fn verified_on<const N: usize>(directory: &Path, threads: [&str; N]) -> [String; N] {
    threads.map(|threads| {
        let mut verify = command(&["ledger", "verify", text(directory)]);
        let output = verify.env("RAYON_NUM_THREADS", threads).output().unwrap();
        assert_eq!(output.status.code(), Some(0), "{threads} threads: {}", stderr(&output));
        let out = String::from_utf8(output.stdout).unwrap();
        out.lines().find_map(|line| line.strip_prefix("state root ").map(str::to_string)).unwrap()
    })
}

#[test]
fn the_same_chain_has_the_same_roots_with_any_number_of_threads() {
    let [one, others @ ..] = verified_on(&reference().directory, ["1", "2", "3", "16"]);
    assert_eq!(others, [(); 3].map(|()| one.clone()));
}
