//! `kill -9` and a full disk at any write of a run: the files on disk verify, and the same command
//! goes on to the same end.
//!
//! The run that is killed is this test binary, started again, which plays the market on a disk that
//! is watched: at the chosen write it prints a line and stops, and is killed there, before the
//! write or when half of its bytes are written. An operation without bytes (a sync, a rename) has
//! no half, and the run is killed before it. The real command does everything else. By default a
//! sample of the writes is drawn, a dozen at least; with `VEILGRID_THOROUGH=1` every write is
//! tried.

use super::support::*;
use clap::Parser;
use disk::watched::{Change, Verdict, Watched};
use rand_chacha::rand_core::{RngCore, SeedableRng};
use rand_chacha::ChaCha20Rng;
use std::collections::BTreeMap;
use std::fs;
use std::io::{BufRead, BufReader, Write};
use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::{Arc, Mutex};
use veilgrid::demonstration::demonstration_passphrase;

const SEED: u64 = 9;
/// The approximate number of writes between two blocks.
const WRITES: u64 = 16;
/// The default sample goes on with one of so many next blocks. Every second block is empty.
const SKIPPED: u64 = 6;
/// The variable that tells the run where to stop: `kind height index`, then its arguments, a line
/// each.
const CHILD: &str = "VEILGRID_CRASH_TEST";

/// The point at which a run is stopped: the write of this number since the ledger reached this
/// height, or the first one after it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Point {
    height: u64,
    write: u64,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Kind {
    /// The run is killed before the write.
    Before,
    /// The run is killed in the middle of the write, or before it if it has no bytes.
    Torn,
    /// From the write on the disk is full.
    Full,
}

#[derive(Parser)]
struct Arguments {
    #[command(flatten)]
    market: veilgrid::demonstration::Arguments,
}

/// The height in a `ledger.head`.
fn height_of(head: &[u8]) -> u64 {
    head.get(15..23).map_or(0, |bytes| u64::from_le_bytes(bytes.try_into().unwrap()))
}

fn say(what: &str) {
    let mut out = std::io::stdout().lock();
    writeln!(out, "\n{what}").and_then(|()| out.flush()).unwrap();
}

/// This is no test of its own: it is the run that the next test stops, in a separate process. It
/// does nothing unless the variable is set.
#[test]
fn child() {
    let Ok(told) = std::env::var(CHILD) else { return };
    let mut lines = told.lines();
    let mut point = lines.next().unwrap().split(' ');
    let kind = match point.next().unwrap() {
        "Before" => Kind::Before,
        "Torn" => Kind::Torn,
        _ => Kind::Full,
    };
    let mut number = || point.next().unwrap().parse().unwrap();
    let stop = Point { height: number(), write: number() };
    let directory = lines.next().unwrap();
    let arguments = Arguments::parse_from(lines);
    let height = fs::read(Path::new(directory).join("ledger.head")).map_or(0, |head| height_of(&head));
    let at = Mutex::new((Point { height, write: 0 }, false));
    let watcher = move |change: Change<'_>| {
        let mut at = at.lock().unwrap();
        let (here, full) = &mut *at;
        if change.operation == "torn" {
            say(&format!("stopped {} {} torn {}", here.height, here.write - 1, change.path.display()));
            loop {
                std::thread::park();
            }
        }
        if change.path.to_string_lossy().ends_with("ledger.head.part") && change.operation == "write" {
            *here = Point { height: height_of(change.bytes), write: 0 };
        }
        let now = *here;
        here.write += 1;
        if *full {
            return match change.operation {
                "remove" => Verdict::Go,
                _ => Verdict::Fail(std::io::ErrorKind::StorageFull.into()),
            };
        }
        if now < stop {
            return Verdict::Go;
        }
        if kind == Kind::Torn && !change.bytes.is_empty() {
            return Verdict::Half;
        }
        say(&format!("stopped {} {} {} {}", now.height, now.write, change.operation, change.path.display()));
        if kind == Kind::Full {
            *full = true;
            return Verdict::Fail(std::io::ErrorKind::StorageFull.into());
        }
        loop {
            std::thread::park();
        }
    };
    let disk = Watched::new(Arc::new(disk::System), Arc::new(watcher));
    match veilgrid::demonstration::run_on(Arc::new(disk), &arguments.market) {
        Ok(()) => say("done"),
        Err(failure) => say(&format!("failed {} {}", failure.code(), failure.line())),
    }
}

/// The end of a run.
enum Ended {
    /// The run stopped at this point, at the write described.
    At(Point, String),
    /// The run ended before the point.
    Done,
}

fn stopped_at(point: Point, kind: Kind, arguments: &[&str], directory: &Path) -> Ended {
    let Point { height, write } = point;
    let told = format!("{kind:?} {height} {write}\n{}\n{}", text(directory), arguments.join("\n"));
    let this = std::env::current_exe().unwrap();
    let mut child = Command::new(this)
        .args(["crash::child", "--exact", "--nocapture"])
        .env(CHILD, told)
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let mut ended = None;
    let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
    for line in &mut lines {
        let line = line.unwrap();
        if let Some(rest) = line.strip_prefix("stopped ") {
            let (place, what) = rest.split_at(rest.match_indices(' ').nth(1).unwrap().0);
            let (height, write) = place.split_once(' ').unwrap();
            let at = Point { height: height.parse().unwrap(), write: write.parse().unwrap() };
            let file = what.rsplit('/').next().unwrap_or_default();
            ended = Some(Ended::At(at, format!("{} {file}", what.trim().split(' ').next().unwrap_or_default())));
            if kind != Kind::Full {
                break;
            }
        } else if let Some(said) = line.strip_prefix("failed ") {
            assert!(kind == Kind::Full && said.starts_with("disk-full ") && said.contains("disk is full"), "{said}");
        } else if line == "done" {
            // A report may be there although the last write, closing the database, failed.
            ended = ended.filter(|_| kind == Kind::Full).or(Some(Ended::Done));
        }
    }
    child.kill().unwrap();
    child.wait().unwrap();
    ended.expect("it says how it ends")
}

/// Every wallet's file is whole.
fn wallets_open(directory: &Path) -> usize {
    let files = fs::read_dir(directory.join("wallets")).map_or(vec![], |all| all.map(|e| e.unwrap().path()).collect());
    let vaults = files.iter().filter(|path| path.extension().is_some_and(|e| e == "vault"));
    vaults.map(|path| wallets::storage::Vault::open(path, &demonstration_passphrase(0)).map(drop).unwrap()).count()
}

#[test]
fn stopped_at_any_write_the_ledger_holds_and_the_run_goes_on_to_the_same_end() {
    let whole = reference();
    let thorough = std::env::var_os("VEILGRID_THOROUGH").is_some_and(|set| set == "1");
    let (case, folder) = (scenario(SMALL), tempfile::tempdir().unwrap());
    let (directory, report) = (folder.path().join("data"), folder.path().join("report.json"));
    let arguments = market(&case, &directory, &report);
    let mut rng = ChaCha20Rng::seed_from_u64(SEED);
    eprintln!("points drawn from seed {SEED}");
    let mut next = Point { height: 0, write: 0 };
    let mut stopped: BTreeMap<(Kind, String), usize> = BTreeMap::new();
    let mut points = 0;
    loop {
        let kind = [Kind::Before, Kind::Torn, Kind::Before, Kind::Full][(rng.next_u64() % 4) as usize];
        let Ended::At(at, what) = stopped_at(next, kind, &arguments, &directory) else { break };
        points += 1;
        let kind = if kind == Kind::Torn && !what.starts_with("torn ") { Kind::Before } else { kind };
        let what = if what.len() > 60 { format!("{} blob", what.split(' ').next().unwrap_or_default()) } else { what };
        let holds = if directory.join("ledger.redb").exists() {
            verified(&directory)[..8].to_string()
        } else {
            let none = veilgrid(&["ledger", "verify", text(&directory)]);
            refused(&none, 2, &["there is no ledger here"]);
            "no ledger".into()
        };
        let vaults = wallets_open(&directory);
        eprintln!("{kind:?} {what} at height {}, write {}: {holds}, {vaults} wallets", at.height, at.write);
        *stopped.entry((kind, what)).or_default() += 1;
        next = match thorough || rng.next_u64() % 3 == 0 {
            true => Point { write: at.write + 1, ..at },
            false => Point { height: at.height + 1 + rng.next_u64() % SKIPPED, write: rng.next_u64() % WRITES },
        };
    }
    let times = |of: Kind| stopped.iter().filter(|((kind, _), _)| *kind == of).map(|(_, times)| times).sum::<usize>();
    let [before, torn, full] = [Kind::Before, Kind::Torn, Kind::Full].map(times);
    eprintln!("stopped at {points} writes ({before} before, {torn} in the middle, {full} disk full): {stopped:?}");
    assert!(points >= if thorough { 200 } else { 12 }, "{points} points");
    assert!(before > 0 && torn > 0 && full > 0);
    let end = veilgrid(&arguments);
    assert!(end.status.success(), "{}", stderr(&end));
    assert!(stderr(&end).contains("going on with it"));
    let report = json(&report);
    same_outcome(&report, &whole.report);
    assert_eq!(report["ledger"], whole.report["ledger"], "height, root of records, transactions");
    // Two households, the regulator, three holders of the audit key and their public shares, the
    // metering service, the desk.
    assert_eq!(wallets_open(&directory), 9);
    // The run once more, with nothing left to do. (Roots of the whole state cover the proofs, which
    // no two runs share.)
    let root = verified(&directory);
    assert!(veilgrid(&arguments).status.success());
    assert_eq!(verified(&directory), root);
}

#[test]
fn one_process_at_a_time_uses_a_folder() {
    keys();
    let (case, folder) = (scenario(SMALL), tempfile::tempdir().unwrap());
    let (directory, report) = (folder.path().join("data"), folder.path().join("report.json"));
    let arguments = market(&case, &directory, &report);
    let mut running = Running::start(&arguments);
    // The first line comes after the folder is taken, the first step's after the ledger is there.
    running.line().unwrap();
    refused(&veilgrid(&arguments), 2, &[text(&directory), "another process"]);
    while running.line().is_some_and(|line| !line.contains("an epoch starts")) {}
    refused(&veilgrid(&arguments), 2, &[text(&directory), "another process"]);
    refused(&veilgrid(&["ledger", "verify", text(&directory)]), 2, &[text(&directory), "another process"]);
    let (file, phrase) = (folder.path().join("snapshot"), folder.path().join("phrase"));
    refused(&veilgrid(&["ledger", "snapshot", text(&directory), text(&file)]), 2, &["another process"]);
    fs::write(&phrase, "abandon ".repeat(23) + "art").unwrap();
    let restore = ["wallet", "restore", "--data-dir", text(&directory), "--phrase-file", text(&phrase)];
    refused(&veilgrid(&restore), 2, &["another process"]);
    assert!(!file.exists());
    assert!(running.kill(), "it ended before the others were refused");
    verified(&directory);
    assert!(!report.exists());
}

#[test]
fn a_folder_of_another_run_or_of_somebody_else_stays_as_it_is() {
    let (_folder, copy) = copy_of_reference();
    let before = contents(&copy);
    let report = copy.with_file_name("report.json");
    let other = scenario("ties");
    refused(&veilgrid(&market(&other, &copy, &report)), 2, &[text(&copy), "holds another run"]);
    let same = scenario(SMALL);
    let seeded = [&market(&same, &copy, &report)[..], &["--seed", "1"]].concat();
    refused(&veilgrid(&seeded), 2, &[text(&copy), "holds another run"]);
    assert!(before == contents(&copy) && !report.exists());

    let foreign = tempfile::tempdir().unwrap();
    fs::write(foreign.path().join("letter"), "dear").unwrap();
    refused(&veilgrid(&market(&same, foreign.path(), &report)), 2, &[text(foreign.path()), "holds another run"]);
    refused(&veilgrid(&["ledger", "verify", text(foreign.path())]), 2, &["there is no ledger here"]);
    assert_eq!(contents(foreign.path()), [(foreign.path().join("letter"), b"dear".to_vec())]);
    let file = foreign.path().join("letter");
    assert_eq!(veilgrid(&market(&same, &file, &report)).status.code(), Some(2));
}
