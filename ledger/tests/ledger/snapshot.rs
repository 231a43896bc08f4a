//! Snapshots on a disk that fails: the file is whole or not there, and so is the ledger restored
//! from it.

use crate::disk::{built, create, dir, new_disk, points, watched};
use crate::node::{ciphertext, foreign_block_on};
use crate::world::{second_key, spoil, TestVerifier, World, START};
use disk::simulated::{Kept, Simulated};
use disk::watched::Verdict;
use disk::{Access, Disk};
use ledger::{verify_on, Refusal, SnapshotError, SnapshotHeader};
use protocol::ids::BlobHash;
use protocol::relation::RelationKind;
use protocol::transaction::body::ListPlan;
use protocol::transaction::{Body, Transaction, PROOF_BYTES};
use protocol::tree::Root;
use protocol::units::Side;
use rand_chacha::ChaCha20Rng;
use rand_core::{RngCore, SeedableRng};
use std::io::{Error, ErrorKind};
use std::path::Path;
use std::sync::Arc;

const FILE: &str = "/d/ledger.snapshot";

fn take(disk: Arc<dyn Disk>) -> Result<SnapshotHeader, SnapshotError> {
    ledger::snapshot(disk, dir(), b"mark", Path::new(FILE), &TestVerifier)
}

fn restore(disk: Arc<dyn Disk>, to: &Path) -> Result<(SnapshotHeader, Vec<u8>), SnapshotError> {
    ledger::restore(disk, Path::new(FILE), to, &TestVerifier)
}

/// A disk with the history's ledger and a snapshot of it.
fn taken() -> (Simulated, SnapshotHeader) {
    let disk = built();
    let header = take(Arc::new(disk.clone())).unwrap();
    (disk, header)
}

#[test]
fn what_is_restored_is_what_was_there() {
    let (disk, header) = taken();
    let disk: Arc<dyn Disk> = Arc::new(disk);
    let to = Path::new("/d/other");
    assert_eq!(restore(disk.clone(), to).unwrap(), (header, b"mark".to_vec()));
    let summary = verify_on(disk.clone(), to, &TestVerifier, &mut |_| {}).unwrap();
    assert_eq!((summary.height, summary.root), (header.height, header.root));
    assert_eq!(restore(disk.clone(), to).unwrap_err().code(), "not-empty");
    assert_eq!(take(disk).unwrap_err().code(), "snapshot-exists");
}

#[test]
fn stopped_anywhere_a_snapshot_and_a_restored_ledger_are_whole_or_not_there() {
    let source = taken();
    let to = Path::new("/d/other");
    let (mut whole, mut absent) = (0, 0);
    // Restoring takes some 170 operations, taking a snapshot some 70.
    for (point, full) in points(170, 20).into_iter().zip([false, true].into_iter().cycle()) {
        for taking in [true, false] {
            let mut rng = ChaCha20Rng::seed_from_u64(point as u64);
            let disk = match taking {
                true => built(),
                false => source.0.crash(Kept::Everything, &mut || 0),
            };
            let failing = watched(&disk, move |n, change| match n {
                n if n < point || full && change.operation == "remove" => Verdict::Go,
                n if n == point && n % 3 == 0 => Verdict::Half,
                _ => Verdict::Fail(Error::from(if full { ErrorKind::StorageFull } else { ErrorKind::Other })),
            });
            let failed = match taking {
                true => take(failing).err(),
                false => restore(failing, to).err(),
            };
            if let Some(error) = failed.filter(|_| full) {
                assert_eq!(error.code(), "disk-full", "{point}: {error}");
                assert!(!taking || disk.list(Path::new("/d")).unwrap().len() <= 2, "the unfinished file is gone");
            }
            let left = disk.crash(if full { Kept::Everything } else { Kept::Some }, &mut || rng.next_u64());
            let there = left.is_file(&if taking { FILE.into() } else { to.join("ledger.redb") });
            let left: Arc<dyn Disk> = Arc::new(left);
            if !there {
                // The rest of the interrupted attempt does not prevent another.
                let again =
                    if taking { take(left.clone()) } else { restore(left.clone(), to).map(|(header, _)| header) };
                assert_eq!(again.unwrap(), source.1, "{point}");
                absent += 1;
            } else {
                whole += 1;
            }
            if taking {
                restore(left.clone(), to).unwrap();
            }
            verify_on(left, to, &TestVerifier, &mut |_| {}).unwrap();
        }
    }
    assert!(whole > 2 && absent > 5, "{whole} whole, {absent} absent");
}

#[test]
fn any_flipped_bit_of_a_snapshot_is_found() {
    let (disk, _) = taken();
    let shared: Arc<dyn Disk> = Arc::new(disk.clone());
    let length = disk.read(Path::new(FILE), 1 << 30).unwrap().len();
    let mut at: Vec<usize> = (0..183).collect();
    at.extend(points(length, 30));
    for at in at {
        disk.flip(Path::new(FILE), at as u64, 1 << (at % 8)).unwrap();
        let error = restore(shared.clone(), Path::new("/d/other")).unwrap_err();
        assert_eq!(error.code(), "snapshot-damaged", "byte {at}");
        assert!(error.to_string().starts_with(FILE) && !disk.exists(Path::new("/d/other")));
        disk.flip(Path::new(FILE), at as u64, 1 << (at % 8)).unwrap();
    }
    // A correct digest over contents that are no ledger.
    disk.write(Path::new(FILE), b"veilgrid-snapshot/2", Access::Usual).unwrap();
    assert_eq!(restore(shared, Path::new("/d/other")).unwrap_err().code(), "snapshot-damaged");
}

/// A snapshot has the ciphertext of a listing that was refused for its proof: the ledger judged the
/// two together, and everyone who verifies it judges them again. It has no ciphertext of a listing
/// that was refused before that.
#[test]
fn what_verifying_refused_listings_takes_goes_with_the_snapshot() {
    let disk = new_disk();
    let mut node = Some(create(Arc::new(disk.clone())).unwrap());
    let mut w = World::empty();
    let mut seal = |w: &mut World, tx: Transaction, outcome: Result<(), Refusal>| {
        let (disk, verifier) = (Arc::new(disk.clone()), Arc::new(TestVerifier));
        let (made, sealed) = foreign_block_on(disk, node.take().unwrap(), dir(), verifier, &[tx.encode()]);
        let node = node.insert(made);
        assert_eq!(sealed.receipts[0].outcome, outcome);
        w.state = node.state().clone();
        node.put_blob(&ciphertext(w.state.height().0 as u8)).unwrap()
    };
    let epoch = w.seal(w.epoch_start(1));
    seal(&mut w, epoch, Ok(()));
    let cycle = w.seal(w.cycle_start(1, START));
    let mut blob = seal(&mut w, cycle, Ok(()));
    let mut named = Vec::new();
    for outcome in [Refusal::BadProof, Refusal::UnknownKey, Refusal::UnknownAnchor] {
        let body = match w.plan(Side::Sell) {
            Body::SellPlan(b) => Body::SellPlan(ListPlan { ciphertext: blob, ..b }),
            _ => panic!("a sell plan"),
        };
        let tx = match (outcome, body) {
            (Refusal::BadProof, _) => {
                let mut tx = w.seal(body);
                spoil(&mut tx, [1; PROOF_BYTES]);
                tx
            }
            (Refusal::UnknownKey, _) => w.seal_under(second_key(RelationKind::SellPlan), body),
            (_, Body::SellPlan(b)) => {
                let root = Root(w.fr());
                w.seal(Body::SellPlan(ListPlan { root, ..b }))
            }
            _ => panic!("a sell plan"),
        };
        named.push(blob);
        blob = seal(&mut w, tx, Err(outcome));
    }
    drop(node);
    let (disk, to): (Arc<dyn Disk>, _) = (Arc::new(disk), Path::new("/d/other"));
    let header = take(disk.clone()).unwrap();
    assert_eq!(restore(disk.clone(), to).unwrap().0, header);
    let summary = verify_on(disk.clone(), to, &TestVerifier, &mut |_| {}).unwrap();
    assert_eq!((summary.height, summary.root), (header.height, header.root));
    let there = |hash: &BlobHash| disk.is_file(&to.join("blobs").join(hash.to_string()));
    assert_eq!(named.iter().map(there).collect::<Vec<_>>(), [true, false, false]);
    // Without one, it is the place that is named.
    disk.remove(&dir().join("blobs").join(named[0].to_string())).unwrap();
    let error = verify_on(disk, dir(), &TestVerifier, &mut |_| {}).unwrap_err();
    assert_eq!(error.code(), "verify-blob", "{error}");
}
