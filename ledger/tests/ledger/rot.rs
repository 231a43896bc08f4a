//! A ledger whose files rot: a bit is flipped, or the whole database is of an earlier moment.
//!
//! By default a seeded sample of bytes is tried; with `VEILGRID_THOROUGH=1` every byte in use.

use crate::disk::{built, check, create, dir, drive_one, history, new_disk, thorough, SEED};
use crate::node::{ciphertext, open_on, MATCHING_KEY};
use crate::world::TestVerifier;
use disk::simulated::{Kept, Simulated};
use disk::Disk;
use ledger::Node;
use protocol::ids::BlobHash;
use rand_chacha::ChaCha20Rng;
use rand_core::{RngCore, SeedableRng};
use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;

/// redb's panics are caught. Printing each with its backtrace would take longer than the rest of
/// the test.
fn quiet() {
    static ONCE: std::sync::Once = std::sync::Once::new();
    ONCE.call_once(|| {
        let usual = std::panic::take_hook();
        std::panic::set_hook(Box::new(move |info| {
            if !info.location().is_some_and(|place| place.file().contains("redb-")) {
                usual(info);
            }
        }));
    });
}

/// The header of the ledger's snapshot, which covers blocks, outcomes and blobs to the byte. None
/// where the ledger is damaged.
fn holds(disk: &Simulated) -> Option<ledger::SnapshotHeader> {
    // On a copy: a simulated disk keeps the bytes of removed files too.
    let copy = disk.crash(Kept::Everything, &mut || 0);
    ledger::snapshot(Arc::new(copy), dir(), b"", Path::new("/d/snapshot"), &TestVerifier).ok()
}

/// The outcomes of flipped bits: how many were found, how many had no effect, and the messages
/// about those found.
#[derive(Default)]
struct Rot {
    found: usize,
    without_effect: usize,
    said: BTreeMap<String, usize>,
}

impl Rot {
    /// Flips a bit of a sound ledger's file, checks the ledger, and flips the bit back.
    fn flip(
        &mut self,
        disk: &Simulated,
        before: ledger::SnapshotHeader,
        file: &Path,
        (at, bit): (u64, u8),
        name: &str,
    ) {
        disk.flip(file, at, bit).unwrap();
        match check(disk) {
            Ok(_) => {
                assert_eq!(holds(disk), Some(before), "byte {at} of {}: verify saw nothing", file.display());
                self.without_effect += 1;
            }
            Err(error) => {
                let text = error.to_string();
                let named = [name, "block ", "genesis: "].iter().any(|place| text.contains(place));
                assert!(named, "byte {at}: {text} names no place");
                let place = text.split([':', '[']).next().unwrap_or_default();
                let place: String = place.chars().filter(|c| !c.is_ascii_digit()).collect();
                *self.said.entry(place).or_default() += 1;
                self.found += 1;
                assert!(error.code() != "ledger-locked", "{text}");
                // Opening the ledger for writing must not take it for sound either, nor panic, nor
                // change the file. (Blobs are checked when they are used.)
                if name == "ledger" && self.found % 10 == 1 {
                    let copy = disk.crash(Kept::Everything, &mut || 0);
                    let broken = copy.read(file, 1 << 30).unwrap();
                    if open_on(Arc::new(copy.clone()), dir()).is_err() {
                        assert!(copy.read(file, 1 << 30).unwrap() == broken, "byte {at}");
                    } else {
                        panic!("byte {at}: {text}, but it opens");
                    }
                }
            }
        }
        disk.flip(file, at, bit).unwrap();
    }
}

/// Flips a bit of bytes of a file; each flip is found, or has no effect at all.
fn rot(disk: &Simulated, file: &Path, most: usize, must_name: &str) -> BTreeMap<String, usize> {
    quiet();
    let before = holds(disk).expect("it is sound");
    let bytes = disk.read(file, 1 << 30).unwrap();
    // Most pages were never written. All bytes in use are tried, or as many of them are drawn as of
    // all others.
    let used: Vec<usize> = (0..bytes.len()).filter(|at| bytes[*at] != 0).collect();
    let mut rng = ChaCha20Rng::seed_from_u64(SEED);
    let (in_use, anywhere) = if thorough() { (used.len(), 5000) } else { (most / 2, most / 2) };
    let mut at: Vec<usize> = match in_use < used.len() {
        true => (0..in_use).map(|_| used[rng.next_u64() as usize % used.len()]).collect(),
        false => used,
    };
    at.extend((0..anywhere).map(|_| rng.next_u64() as usize % bytes.len()));
    let flips: Vec<(u64, u8)> = at.iter().map(|at| (*at as u64, 1 << (rng.next_u64() % 8))).collect();
    // Each thread has its own disk.
    let threads = std::thread::available_parallelism().map_or(1, |n| n.get());
    let parts = std::thread::scope(|scope| {
        let parts: Vec<_> = flips
            .chunks(flips.len().div_ceil(threads))
            .map(|part| {
                let disk = disk.crash(Kept::Everything, &mut || 0);
                let bytes = &bytes;
                scope.spawn(move || {
                    let mut rot = Rot::default();
                    for flip in part {
                        rot.flip(&disk, before, file, *flip, must_name);
                    }
                    assert!(disk.read(file, 1 << 30).unwrap() == *bytes, "looking changes nothing");
                    rot
                })
            })
            .collect();
        parts.into_iter().map(|part| part.join().expect("it has said what is wrong")).collect::<Vec<_>>()
    });
    let mut all = Rot::default();
    for part in parts {
        all.found += part.found;
        all.without_effect += part.without_effect;
        for (place, times) in part.said {
            *all.said.entry(place).or_default() += times;
        }
    }
    let Rot { found, without_effect, said } = all;
    eprintln!(
        "{}: {} bytes; {found} flipped bits found, {without_effect} without effect; {said:?}",
        file.display(),
        bytes.len()
    );
    assert!(found > 0);
    said
}

/// A ledger of the history's first blocks, a plan among them: enough to have every part, and quick
/// to verify.
fn beginning() -> (Simulated, Node) {
    let disk = new_disk();
    let mut node = create(Arc::new(disk.clone())).unwrap();
    for step in &history().steps[..5] {
        drive_one(&mut node, step).unwrap();
    }
    (disk, node)
}

#[test]
fn a_flipped_bit_anywhere_is_found_or_without_effect() {
    let (disk, node) = beginning();
    drop(node);
    check(&disk).unwrap();
    let said = rot(&disk, &dir().join("ledger.redb"), 240, "ledger");
    // Damage outside of all blocks: only the pages' checksums find it.
    assert!(said.keys().any(|place| place.contains("its own pages")), "{said:?}");
    rot(&disk, &dir().join("ledger.head"), 100, "ledger");
    for hash in [BlobHash::of(MATCHING_KEY), BlobHash::of(&ciphertext(1))] {
        rot(&disk, &dir().join("blobs").join(hash.to_string()), 40, &hash.to_string());
    }
}

#[test]
fn a_flipped_bit_in_a_database_that_was_not_closed_is_found_too() {
    let (disk, _node) = beginning();
    let killed = disk.crash(Kept::Everything, &mut || 0);
    check(&killed).unwrap();
    rot(&killed, &dir().join("ledger.redb"), 240, "ledger");
}

#[test]
fn a_database_that_fell_back_is_found_by_the_head() {
    let disk = built();
    // The database of an earlier moment, whole in itself.
    let earlier = new_disk();
    let mut node = create(Arc::new(earlier.clone())).unwrap();
    for step in &history().steps[..9] {
        drive_one(&mut node, step).unwrap();
    }
    drop(node);
    let file = dir().join("ledger.redb");
    disk.write(&file, &earlier.read(&file, 1 << 30).unwrap(), disk::Access::Usual).unwrap();
    let error = check(&disk).unwrap_err();
    assert_eq!((error.code(), error.to_string().contains("block 14")), ("ledger-lost-blocks", true), "{error}");
    let opened = open_on(Arc::new(disk.clone()), dir());
    assert!(matches!(opened, Err(error) if error.code() == "ledger-lost-blocks"));
}
