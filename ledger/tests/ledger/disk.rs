//! A ledger on a disk that loses what was not synced, tears writes, or fills up.
//!
//! One history is driven over and over on a simulated disk. By default a seeded sample of points is
//! tried. With `VEILGRID_THOROUGH=1` every operation is tried, in several ways.

use crate::node::{ciphertext, open_on, orderer, MATCHING_KEY};
use crate::world::*;
use disk::simulated::{Kept, Simulated};
use disk::watched::{Change, Verdict, Watched};
use disk::Disk;
use ledger::{verify_on, Node, NodeError, StateRoot, VerifyError};
use protocol::ids::{BlobHash, Height, Time};
use protocol::transaction::body::IssuerRole;
use protocol::transaction::*;
use protocol::units::Side;
use rand_chacha::ChaCha20Rng;
use rand_core::{RngCore, SeedableRng};
use std::collections::BTreeMap;
use std::io::{Error, ErrorKind};
use std::path::Path;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, OnceLock};

pub const SEED: u64 = 12;
const DIR: &str = "/d/ledger";

pub fn thorough() -> bool {
    std::env::var_os("VEILGRID_THOROUGH").is_some_and(|set| set == "1")
}

pub fn dir() -> &'static Path {
    Path::new(DIR)
}

/// A block as a node is driven to it.
pub struct Step {
    blobs: Vec<Vec<u8>>,
    transaction: Vec<u8>,
    time: Time,
}

pub struct History {
    pub steps: Vec<Step>,
    /// State root after each block, the genesis's first.
    roots: Vec<StateRoot>,
    disk: Simulated,
    operations: usize,
}

pub fn new_disk() -> Simulated {
    Simulated::new(Path::new("/d"))
}

pub fn create(disk: Arc<dyn Disk>) -> Result<Node, NodeError> {
    Node::create_on(disk, dir(), &genesis(MATCHING_KEY), MATCHING_KEY, orderer(), Arc::new(TestVerifier))
}

/// A disk on which every change is counted. `judge` tells by a change's number whether it is
/// refused or halved.
pub fn watched(
    disk: &Simulated,
    judge: impl Fn(usize, Change<'_>) -> Verdict + Send + Sync + 'static,
) -> Arc<dyn Disk> {
    let count = AtomicUsize::new(0);
    Arc::new(Watched::new(
        Arc::new(disk.clone()),
        Arc::new(move |change: Change<'_>| judge(count.fetch_add(1, Ordering::SeqCst), change)),
    ))
}

/// The history, made once: a trade from listing to settlement.
pub fn history() -> &'static History {
    static HISTORY: OnceLock<History> = OnceLock::new();
    HISTORY.get_or_init(|| {
        let mut world = World::empty();
        let disk = new_disk();
        let total = Arc::new(AtomicUsize::new(0));
        let counter = total.clone();
        let counted = watched(&disk, move |n, _| {
            counter.store(n + 1, Ordering::SeqCst);
            Verdict::Go
        });
        let mut node = create(counted).unwrap();
        let (mut steps, mut roots) = (Vec::new(), vec![node.state().root()]);
        let mut seal = |seconds: u64, blobs: Vec<Vec<u8>>, make: &dyn Fn(&mut World) -> Body| {
            world.state = node.state().clone();
            let body = make(&mut world);
            let step = Step { blobs, transaction: world.bytes(body), time: Time(START + seconds) };
            roots.push(drive_one(&mut node, &step).unwrap());
            steps.push(step);
            body
        };
        seal(0, vec![], &|w| w.epoch_start(1));
        seal(0, vec![], &|w| w.cycle_start(1, START));
        seal(0, vec![], &|w| w.register(0, IssuerRole::MeteringService));
        seal(0, vec![], &|w| w.register(1, IssuerRole::MeteringService));
        let list = |side: Side, n: u8| {
            move |w: &mut World| {
                let mut body = w.plan(side);
                if let Body::SellPlan(b) | Body::BuyPlan(b) = &mut body {
                    b.ciphertext = BlobHash::of(&ciphertext(n));
                }
                body
            }
        };
        let Body::SellPlan(sell) = seal(1, vec![ciphertext(1)], &list(Side::Sell, 1)) else { panic!() };
        let Body::BuyPlan(buy) = seal(2, vec![ciphertext(2)], &list(Side::Buy, 2)) else { panic!() };
        let round = u64::from(ROUND);
        seal(round, vec![], &|w| w.transcript(0));
        let Body::Match(m) = seal(round, vec![], &|w| w.pairing(0, sell.handle, buy.handle)) else { panic!() };
        seal(round, vec![], &|w| w.confirm(Side::Sell, m.match_id, sell.handle));
        seal(round, vec![], &|w| w.confirm(Side::Buy, m.match_id, buy.handle));
        seal(round, vec![], &|w| w.deliver(Side::Sell, m.match_id));
        seal(round, vec![], &|w| w.deliver(Side::Buy, m.match_id));
        seal(round, vec![], &|w| w.settle(Side::Sell, m.match_id, sell.handle));
        seal(round, vec![], &|w| w.settle(Side::Buy, m.match_id, buy.handle));
        drop(node);
        History { steps, roots, disk, operations: total.load(Ordering::SeqCst) }
    })
}

/// A fresh disk with the history's ledger.
pub fn built() -> Simulated {
    history().disk.crash(Kept::Everything, &mut || 0)
}

pub fn drive_one(node: &mut Node, step: &Step) -> Result<StateRoot, NodeError> {
    for blob in &step.blobs {
        node.put_blob(blob)?;
    }
    let id = node.submit(&step.transaction).unwrap();
    let sealed = node.seal_block(step.time)?;
    assert_eq!(sealed.outcome(&id), Some(Ok(())));
    Ok(sealed.root)
}

/// Opens or creates the ledger and drives it to the end, noting how many blocks are acknowledged.
fn drive(disk: &Arc<dyn Disk>, acknowledged: &mut usize) -> Result<(), NodeError> {
    let mut node = match disk.is_file(&dir().join("ledger.redb")) {
        true => open_on(disk.clone(), dir())?,
        false => create(disk.clone())?,
    };
    let history = history();
    let at = node.state().height().0 as usize;
    assert_eq!(node.state().root(), history.roots[at], "what is there is a part of the history");
    assert!(at >= *acknowledged, "block {acknowledged} was acknowledged, and is gone");
    *acknowledged = at;
    for step in &history.steps[at..] {
        let root = drive_one(&mut node, step)?;
        *acknowledged += 1;
        assert_eq!(root, history.roots[*acknowledged]);
    }
    Ok(())
}

pub fn check(disk: &Simulated) -> Result<ledger::Summary, VerifyError> {
    verify_on(Arc::new(disk.clone()), dir(), &TestVerifier, &mut |_| {})
}

/// Checks that the disk after a crash verifies, has every acknowledged block, and goes on to the
/// same end.
fn survives(disk: Simulated, mut acknowledged: usize, what: &str) {
    if disk.is_file(&dir().join("ledger.redb")) {
        let summary = check(&disk).unwrap_or_else(|error| panic!("{what}: {error}"));
        assert!(summary.height.0 as usize >= acknowledged, "{what}: acknowledged blocks are gone");
    } else {
        assert_eq!(acknowledged, 0, "{what}: the ledger is gone");
    }
    let system: Arc<dyn Disk> = Arc::new(disk.clone());
    drive(&system, &mut acknowledged).unwrap_or_else(|error| panic!("{what}: {error}"));
    assert_eq!(check(&disk).unwrap().root, *history().roots.last().unwrap(), "{what}");
}

/// The points to try: all of them when thorough, otherwise at most `most`, drawn from the seed.
pub fn points(all: usize, most: usize) -> Vec<usize> {
    if thorough() || all <= most {
        return (0..all).collect();
    }
    let mut rng = ChaCha20Rng::seed_from_u64(SEED);
    (0..most).map(|_| rng.next_u64() as usize % all).collect()
}

#[test]
fn a_crash_at_any_write_loses_nothing_acknowledged() {
    let operations = history().operations;
    let mut kinds: BTreeMap<(&'static str, String), usize> = BTreeMap::new();
    let (points, ways) = (points(operations, 40), if thorough() { 12 } else { 1 });
    for point in &points {
        for way in 0..ways {
            let mut rng = ChaCha20Rng::seed_from_u64(SEED + (*point * 100 + way) as u64);
            let (half, kept) = match rng.next_u64() % 8 {
                0 => (false, Kept::Nothing),
                1 => (true, Kept::Everything),
                n => (n % 2 == 0, Kept::Some),
            };
            let disk = new_disk();
            let what = Arc::new(std::sync::Mutex::new(None));
            let (note, point) = (what.clone(), *point);
            let dying = watched(&disk, move |n, change| {
                if n == point {
                    let name = change.path.extension().or(change.path.file_name()).unwrap_or_default();
                    *note.lock().unwrap() = Some((change.operation, name.to_string_lossy().into_owned()));
                }
                match n {
                    n if n < point => Verdict::Go,
                    n if n == point && half => Verdict::Half,
                    _ => Verdict::Fail(Error::from(ErrorKind::Other)),
                }
            });
            let mut acknowledged = 0;
            // Closing the database is the last write, and no error reports that it was cut short.
            let _ = drive(&dying, &mut acknowledged);
            let (operation, name) = what.lock().unwrap().clone().expect("the point was reached");
            let left = disk.crash(kept, &mut || rng.next_u64());
            survives(left, acknowledged, &format!("operation {point} ({operation} {name}), half {half}, {kept:?}"));
            *kinds.entry((operation, name)).or_default() += 1;
        }
    }
    eprintln!("{} crashes at {} of {operations} operations: {kinds:?}", points.len() * ways, points.len());
    assert!(kinds.keys().any(|(o, _)| *o == "sync") && kinds.keys().any(|(o, _)| *o == "write_at"));
}

#[test]
fn crashes_during_recovery_from_crashes_lose_nothing_either() {
    let mut rng = ChaCha20Rng::seed_from_u64(SEED);
    let mut crashes = 0;
    for _ in 0..if thorough() { 200 } else { 4 } {
        let (mut disk, mut acknowledged) = (new_disk(), 0);
        loop {
            let point = (rng.next_u64() % 60) as usize;
            let dying = watched(&disk, move |n, _| match n {
                n if n < point => Verdict::Go,
                n if n == point => Verdict::Half,
                _ => Verdict::Fail(Error::from(ErrorKind::Other)),
            });
            let done = drive(&dying, &mut acknowledged).is_ok();
            drop(dying);
            disk = disk.crash(Kept::Some, &mut || rng.next_u64());
            crashes += 1;
            if done {
                break;
            }
        }
        survives(disk, acknowledged, "after many crashes");
    }
    eprintln!("{crashes} crashes, one after another");
}

#[test]
fn a_full_disk_is_said_and_once_there_is_room_the_same_node_goes_on() {
    let operations = history().operations;
    let mut said = 0;
    for point in points(operations, 16) {
        for half in [false, true] {
            let disk = new_disk();
            let full = Arc::new(AtomicUsize::new(0));
            let room = full.clone();
            // From the point on the disk is full; 1 means that room was made.
            let filling = watched(&disk, move |n, change| {
                if n < point || room.load(Ordering::SeqCst) == 1 || change.operation == "remove" {
                    return Verdict::Go;
                }
                match n == point && half {
                    true => Verdict::Half,
                    false => Verdict::Fail(Error::from(ErrorKind::StorageFull)),
                }
            });
            let history = history();
            let mut node = create(filling.clone());
            if let Err(error) = &node {
                assert_eq!(error.code(), "disk-full", "{point}: {error}");
                said += 1;
                full.store(1, Ordering::SeqCst);
                node = match disk.is_file(&dir().join("ledger.redb")) {
                    true => open_on(filling.clone(), dir()),
                    false => create(filling.clone()),
                };
            }
            let mut node = node.unwrap();
            for (n, step) in history.steps.iter().enumerate() {
                let root = match drive_one(&mut node, step) {
                    Ok(root) => root,
                    Err(error) => {
                        assert_eq!(error.code(), "disk-full", "{point}: {error}");
                        assert!(error.to_string().contains("disk is full"));
                        assert_eq!(node.state().root(), history.roots[n]);
                        // The disk is still full: the same error again.
                        assert_eq!(drive_one(&mut node, step).unwrap_err().code(), "disk-full");
                        said += 1;
                        full.store(1, Ordering::SeqCst);
                        drive_one(&mut node, step).unwrap()
                    }
                };
                assert_eq!(root, history.roots[n + 1]);
            }
            drop(node);
            full.store(1, Ordering::SeqCst);
            survives(disk.crash(Kept::Everything, &mut || 0), history.steps.len(), &format!("full at {point}"));
        }
    }
    eprintln!("{said} times full, of {operations} operations");
    assert!(said > 16);
}

/// Whatever fails while a block is written, no second block of its height ever replaces one that
/// reached the disk.
#[test]
fn a_block_whose_last_write_failed_is_the_one_that_is_sealed_again() {
    let (mut stored, mut lost) = (0, 0);
    for point in 0.. {
        let disk = new_disk();
        drop(create(Arc::new(disk.clone())).unwrap());
        let state = Arc::new(AtomicUsize::new(usize::MAX));
        let limit = state.clone();
        let failing = watched(&disk, move |_, change| match limit.load(Ordering::SeqCst) {
            usize::MAX => Verdict::Go,
            0 if change.operation != "remove" => Verdict::Fail(Error::from(ErrorKind::StorageFull)),
            n => {
                limit.store(n.saturating_sub(1), Ordering::SeqCst);
                Verdict::Go
            }
        });
        let mut node = open_on(failing, dir()).unwrap();
        let step = &history().steps[0];
        node.submit(&step.transaction).unwrap();
        state.store(point, Ordering::SeqCst);
        let sealed = node.seal_block(step.time);
        state.store(usize::MAX, Ordering::SeqCst);
        let Err(error) = sealed else { break };
        assert_eq!((error.code(), node.state().height()), ("disk-full", Height(0)));
        let there = check(&disk.crash(Kept::Everything, &mut || 0)).unwrap().height == Height(1);
        let later = Time(step.time.0 + 7);
        let sealed = node.seal_block(later).unwrap();
        assert_eq!(sealed.header.time, if there { step.time } else { later }, "operation {point}");
        assert_eq!(node.held(), 0);
        if there {
            stored += 1;
        } else {
            lost += 1;
        }
        drop(node);
        assert_eq!(check(&disk).unwrap().height, Height(1));
    }
    assert!(stored > 1 && lost > 1, "{stored} had reached the disk, {lost} had not");
}

/// The time that this thread has used a core for, where the system tells it: other processes use
/// the machine too.
fn cpu_seconds() -> Option<f64> {
    let used = std::fs::read_to_string("/proc/thread-self/schedstat").ok()?;
    Some(used.split(' ').next()?.parse::<u64>().ok()? as f64 / 1e9)
}

/// Opening executes every block again, which gives the same state. The test prints how long that
/// takes. (Signatures and proofs are not checked again.)
#[test]
fn opening_a_long_chain_gives_its_state() {
    let blocks = if thorough() { 1000 } else { 30 };
    let folder = tempfile::tempdir().unwrap();
    let mut node = create_at(folder.path());
    let mut world = World::empty();
    for block in 0..blocks {
        world.state = node.state().clone();
        for _ in 0..10 {
            let merge = world.merge();
            node.submit(&world.bytes(merge)).unwrap();
        }
        let sealed = node.seal_block(Time(START + block)).unwrap();
        assert!(sealed.receipts.iter().all(|receipt| receipt.outcome.is_ok()));
    }
    let state = node.state().clone();
    drop(node);
    let (start, used) = (std::time::Instant::now(), cpu_seconds());
    let node = open_on(Arc::new(disk::System), folder.path()).unwrap();
    let took = start.elapsed().as_secs_f64();
    assert_eq!(node.state(), &state);
    let used = cpu_seconds().zip(used).map_or("unknown".into(), |(now, then)| format!("{:.2} s", now - then));
    eprintln!("opened {blocks} blocks of 10 transactions each in {took:.2} s, {used} of one core");
}

fn create_at(directory: &Path) -> Node {
    let (disk, verifier) = (Arc::new(disk::System), Arc::new(TestVerifier));
    Node::create_on(disk, directory, &genesis(MATCHING_KEY), MATCHING_KEY, orderer(), verifier).unwrap()
}
