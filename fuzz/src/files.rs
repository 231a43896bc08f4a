//! Targets for whole files, on a disk in memory. Where a digest protects the bytes of a decoder,
//! the target also writes the right digest for the bytes that it is given, so that the decoder is
//! reached.

use crate::world::{self, TestVerifier, World};
use disk::simulated::{Kept, Simulated};
use disk::{Access, Disk};
use ledger::{Node, OrdererKey};
use protocol::encoding::digest;
use protocol::ids::Time;
use protocol::transaction::body::{Issued, IssuerRole};
use protocol::transaction::Body;
use rand_chacha::ChaCha20Rng;
use rand_core::SeedableRng;
use sha2::{Digest, Sha256};
use std::path::Path;
use std::sync::{Arc, OnceLock};
use wallets::storage::{Cost, Passphrase, Vault};

const ROOT: &str = "/d";
const LEDGER: &str = "/d/ledger";
const HEAD: &str = "/d/ledger/ledger.head";
const SNAPSHOT: &str = "/d/snapshot";
const VAULT: &str = "/d/vault";

fn empty() -> Simulated {
    Simulated::new(Path::new(ROOT))
}

fn read(disk: &dyn Disk, path: &str) -> Vec<u8> {
    disk.read(Path::new(path), 1 << 20).expect("it was written")
}

fn write(disk: &dyn Disk, path: &str, bytes: &[u8]) {
    disk.write(Path::new(path), bytes, Access::Usual).expect("a disk in memory takes everything");
}

/// A disk with a ledger of a few blocks, one of which has a refused transaction, and with a
/// snapshot of the ledger.
fn built() -> &'static Simulated {
    static BUILT: OnceLock<Simulated> = OnceLock::new();
    BUILT.get_or_init(|| {
        let (simulated, key) = (empty(), b"matching key");
        let disk: Arc<dyn Disk> = Arc::new(simulated.clone());
        let orderer = OrdererKey::from_secret(&[world::ORDERER; 32]);
        let directory = Path::new(LEDGER);
        let node = Node::create_on(disk.clone(), directory, &world::genesis(key), key, orderer, Arc::new(TestVerifier));
        let mut node = node.expect("nothing is there yet");
        let mut w = World::empty();
        let mut seal = |seconds: u64, make: &dyn Fn(&mut World) -> Vec<Body>| {
            w.state = node.state().clone();
            for body in make(&mut w) {
                node.submit(&w.bytes(body)).expect("a block may hold it");
            }
            node.seal_block(Time(world::START + seconds)).expect("the disk takes it");
        };
        seal(0, &|w| vec![w.epoch_start(1)]);
        seal(1, &|w| vec![w.cycle_start(1, world::START)]);
        seal(2, &|w| vec![w.register(0, IssuerRole::MeteringService)]);
        // The second one is refused in its block, because its serial is used.
        seal(2, &|w| vec![w.register(2, IssuerRole::Desk), w.register(3, IssuerRole::Desk)]);
        seal(3, &|w| vec![w.issue(0, Issued::Generation), w.credential(1)]);
        seal(9, &|_| vec![]);
        drop(node);
        ledger::snapshot(disk, directory, b"mark", Path::new(SNAPSHOT), &TestVerifier).expect("it is whole");
        simulated
    })
}

/// A snapshot with the length of its body and both digests set to fit:
/// `veilgrid-snapshot/2 19 | 104 | length of the body 8 | its digest 32 | digest of all before 32`.
fn resealed_snapshot(bytes: &[u8]) -> Option<Vec<u8>> {
    const LENGTH: usize = 19 + 32 + 8 + 32 + 32;
    let (header, body) = bytes.split_at_checked(LENGTH + 8 + 32 + 32)?;
    let length = (body.len() as u64).to_le_bytes();
    let fields = [&header[..LENGTH], &length, &Sha256::digest(body)].concat();
    Some([&fields[..], &digest("veilgrid/snapshot-header/1", &fields), body].concat())
}

/// A snapshot of a ledger. A snapshot that restores verifies to the root that it names, or is
/// refused for its signatures.
pub(crate) fn snapshot(bytes: &[u8]) {
    for bytes in [Some(bytes.to_vec()), resealed_snapshot(bytes)].into_iter().flatten() {
        let disk: Arc<dyn Disk> = Arc::new(empty());
        write(disk.as_ref(), SNAPSHOT, &bytes);
        let Ok((header, _)) = ledger::restore(disk.clone(), Path::new(SNAPSHOT), Path::new(LEDGER), &TestVerifier)
        else {
            continue;
        };
        if let Ok(summary) = ledger::verify_on(disk, Path::new(LEDGER), &TestVerifier, &mut |_| {}) {
            assert_eq!((summary.height, summary.root), (header.height, header.root));
        }
    }
}

/// A head file with its digest set to fit: `veilgrid-head/1 15 | height 8 | hash 32 | digest of all
/// before 32`.
fn resealed_head(bytes: &[u8]) -> Option<Vec<u8>> {
    let fields = bytes.get(..55)?;
    Some([fields, &digest("veilgrid/head/1", fields)].concat())
}

/// The file `ledger.head`, beside a database whose last block it may or may not name.
pub(crate) fn head(bytes: &[u8]) {
    for bytes in [Some(bytes.to_vec()), resealed_head(bytes)].into_iter().flatten() {
        let disk: Arc<dyn Disk> = Arc::new(built().crash(Kept::Everything, &mut || 0));
        write(disk.as_ref(), HEAD, &bytes);
        if let Ok(summary) = ledger::verify_on(disk, Path::new(LEDGER), &TestVerifier, &mut |_| {}) {
            assert_eq!(summary.height.0, 6, "only the whole ledger verifies");
        }
    }
}

fn passphrase() -> Passphrase {
    Passphrase::new("a passphrase".into())
}

/// A vault with the digest of its header set to fit: `veilgrid 8 | version, costs, salt, check 45 |
/// digest of all before 32`, then the encrypted contents.
fn resealed_vault(bytes: &[u8]) -> Option<Vec<u8>> {
    let (header, rest) = bytes.split_at_checked(85)?;
    let fields = &header[..53];
    Some([fields, &digest("veilgrid/state-file-header/1", fields), rest].concat())
}

/// An encrypted state file. Headers that ask for more than 64 KiB of memory are left out, since
/// they only take long.
pub(crate) fn vault(bytes: &[u8]) {
    for bytes in [Some(bytes.to_vec()), resealed_vault(bytes)].into_iter().flatten() {
        let kibibytes = bytes.get(9..13).and_then(|b| b.try_into().ok()).map_or(0, u32::from_le_bytes);
        if (65..=1 << 20).contains(&kibibytes) {
            continue;
        }
        let disk: Arc<dyn Disk> = Arc::new(empty());
        write(disk.as_ref(), VAULT, &bytes);
        if let Ok((_, contents)) = Vault::open_on(disk, VAULT, &passphrase()) {
            assert_eq!(contents.as_slice(), b"contents", "nobody else knows the passphrase");
        }
    }
}

/// The first inputs of the targets of this module.
pub(crate) fn seeds(target: &str) -> Vec<Vec<u8>> {
    match target {
        "snapshot" => vec![read(built(), SNAPSHOT)],
        "head" => {
            let head = read(built(), HEAD);
            let mut behind = head.clone();
            behind[15] -= 1;
            vec![head, behind]
        }
        "vault" => {
            let (disk, mut rng) = (empty(), ChaCha20Rng::seed_from_u64(7));
            let vault = Vault::create_on(Arc::new(disk.clone()), VAULT, &passphrase(), Cost::INSECURE, &mut rng);
            vault.and_then(|v| v.save(b"contents", &mut rng)).expect("a disk in memory takes everything");
            vec![read(&disk, VAULT)]
        }
        _ => vec![],
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// If a digest were computed wrongly, the fuzzer would never reach the decoder.
    #[test]
    fn resealing_what_is_whole_changes_nothing_and_what_is_whole_is_accepted() {
        let snapshot = seeds("snapshot").remove(0);
        assert_eq!(resealed_snapshot(&snapshot).as_ref(), Some(&snapshot));
        let disk: Arc<dyn Disk> = Arc::new(empty());
        write(disk.as_ref(), SNAPSHOT, &snapshot);
        ledger::restore(disk, Path::new(SNAPSHOT), Path::new(LEDGER), &TestVerifier).unwrap();
        // The other head is that of the block before the last.
        let head = seeds("head").remove(0);
        assert_eq!(resealed_head(&head).as_ref(), Some(&head));
        let disk: Arc<dyn Disk> = Arc::new(built().crash(Kept::Everything, &mut || 0));
        write(disk.as_ref(), HEAD, &head);
        ledger::verify_on(disk, Path::new(LEDGER), &TestVerifier, &mut |_| {}).unwrap();
        let vault = seeds("vault").remove(0);
        assert_eq!(resealed_vault(&vault).as_ref(), Some(&vault));
        let disk: Arc<dyn Disk> = Arc::new(empty());
        write(disk.as_ref(), VAULT, &vault);
        assert!(Vault::open_on(disk, VAULT, &passphrase()).is_ok());
    }
}
