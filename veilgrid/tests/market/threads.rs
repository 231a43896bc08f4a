//! A chain replayed with another number of threads gives the same roots, block by block.

use super::support::*;

#[test]
fn the_same_chain_has_the_same_roots_with_any_number_of_threads() {
    // `ledger verify` executes every block anew, proofs included, and compares each root with the one that was stored.
    let root = |threads: &str| {
        let mut verify = command(&["ledger", "verify", text(&reference().directory)]);
        let output = verify.env("RAYON_NUM_THREADS", threads).output().unwrap();
        assert_eq!(output.status.code(), Some(0), "{threads} threads: {}", stderr(&output));
        let out = String::from_utf8(output.stdout).unwrap();
        out.lines().find_map(|line| line.strip_prefix("state root ").map(str::to_string)).unwrap()
    };
    let one = root("1");
    assert!(["2", "3", "16"].iter().all(|threads| root(threads) == one));
}
