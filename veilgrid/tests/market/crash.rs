//! `kill -9` anywhere in a run: what is on disk holds, and the same command goes on to the same end.

use super::support::*;
use rand_chacha::rand_core::{RngCore, SeedableRng};
use rand_chacha::ChaCha20Rng;
use std::fs;
use std::path::Path;
use std::time::{Duration, Instant, SystemTime};

const SEED: u64 = 9;
const KILLS: usize = 24;

/// What changes in a folder while a run writes to it.
fn traces(directory: &Path) -> (Option<SystemTime>, usize) {
    let written = fs::metadata(directory.join("ledger.redb")).and_then(|meta| meta.modified()).ok();
    let count = |folder: &Path| fs::read_dir(folder).map_or(0, Iterator::count);
    (written, count(directory) + count(&directory.join("blobs")) + count(&directory.join("wallets")))
}

/// Where a run is killed: after a line of its standard error, then after a share of what the step took in the run that
/// nothing interrupted, or as soon as it writes something.
#[derive(Debug)]
struct Point {
    line: usize,
    delay: Duration,
    at_next_write: bool,
}

/// One point while keys are loaded, and one in each of `KILLS - 1` stretches of a run's steps, so that they lie all over
/// its life, the storing of the wallets included.
fn points(run: &Reference, rng: &mut ChaCha20Rng) -> Vec<Point> {
    let times = &run.times;
    let steps = times.len() - 1 - run.first_step;
    let mut below = |n: u64| rng.next_u64() % n.max(1);
    let mut points = Vec::with_capacity(KILLS);
    for kill in 0..KILLS {
        let line = match kill {
            0 => below(run.first_step as u64) as usize,
            _ => run.first_step + (kill - 1) * steps / (KILLS - 1),
        };
        let step = times[line + 1].saturating_sub(times[line]);
        let delay = step * below(90) as u32 / 100;
        points.push(Point { line, delay, at_next_write: below(3) == 0 });
    }
    points
}

/// Runs until the point and kills there. Whether it was killed, or had come to its end before.
fn killed_at(point: &Point, arguments: &[&str], directory: &Path) -> bool {
    let mut running = Running::start(arguments);
    for _ in 0..=point.line {
        if running.line().is_none() {
            return running.kill();
        }
    }
    std::thread::sleep(point.delay);
    let (before, start) = (traces(directory), Instant::now());
    while point.at_next_write && !running.ended() && traces(directory) == before {
        // On the ledger already, and nothing to write: no need to wait for the end.
        if start.elapsed() > Duration::from_secs(20) {
            break;
        }
        std::thread::sleep(Duration::from_micros(200));
    }
    running.kill()
}

#[test]
fn killed_anywhere_the_ledger_holds_and_the_run_goes_on_to_the_same_end() {
    let whole = reference();
    let (case, folder) = (scenario(SMALL), tempfile::tempdir().unwrap());
    let mut rng = ChaCha20Rng::seed_from_u64(SEED);
    eprintln!("crash points drawn from seed {SEED}");
    let (mut kills, mut rounds) = (0, 0);
    // On a machine whose speed changes a run may end before its point: then once more, in a new folder.
    while kills < 20 {
        rounds += 1;
        assert!(rounds <= 5, "runs end before they are killed");
        let (directory, report) = (folder.path().join(format!("data-{rounds}")), folder.path().join("report.json"));
        let arguments = market(&case, &directory, &report);
        for point in points(whole, &mut rng) {
            let killed = killed_at(&point, &arguments, &directory);
            kills += usize::from(killed);
            if directory.join("ledger.redb").exists() {
                let root = verified(&directory);
                eprintln!("{point:?}: killed {killed}, holds at {}", &root[..8]);
            } else {
                let none = veilgrid(&["ledger", "verify", text(&directory)]);
                refused(&none, 1, &["there is no ledger here"]);
                eprintln!("{point:?}: killed {killed}, no ledger yet");
            }
        }
        let end = veilgrid(&arguments);
        assert!(end.status.success(), "{}", stderr(&end));
        assert!(stderr(&end).contains("going on with it"));
        let report = json(&report);
        same_outcome(&report, &whole.report);
        assert_eq!(report["ledger"], whole.report["ledger"], "height, root of records, transactions");
        // And once more, with nothing left to do. (Roots of the whole state cover the proofs, which no two runs share.)
        let root = verified(&directory);
        assert!(veilgrid(&arguments).status.success());
        assert_eq!(verified(&directory), root);
    }
    eprintln!("killed {kills} times");
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
    refused(&veilgrid(&arguments), 1, &[text(&directory), "another process"]);
    while running.line().is_some_and(|line| !line.contains("an epoch starts")) {}
    refused(&veilgrid(&arguments), 1, &[text(&directory), "another process"]);
    refused(&veilgrid(&["ledger", "verify", text(&directory)]), 1, &["another process"]);
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
    refused(&veilgrid(&market(&other, &copy, &report)), 2, &["holds another run"]);
    let same = scenario(SMALL);
    let seeded = [&market(&same, &copy, &report)[..], &["--seed", "1"]].concat();
    refused(&veilgrid(&seeded), 2, &["holds another run"]);
    assert!(before == contents(&copy) && !report.exists());

    let foreign = tempfile::tempdir().unwrap();
    fs::write(foreign.path().join("letter"), "dear").unwrap();
    refused(&veilgrid(&market(&same, foreign.path(), &report)), 2, &["holds another run"]);
    refused(&veilgrid(&["ledger", "verify", text(foreign.path())]), 1, &["there is no ledger here"]);
    assert_eq!(contents(foreign.path()), [(foreign.path().join("letter"), b"dear".to_vec())]);
    let file = foreign.path().join("letter");
    assert_eq!(veilgrid(&market(&same, &file, &report)).status.code(), Some(1));
}
