//! The command's refusals: one line, an exit code, and no file left behind.

use super::support::*;
use rand_chacha::rand_core::{RngCore, SeedableRng};
use rand_chacha::ChaCha20Rng;
use std::fs;
use std::process::Stdio;

#[test]
fn a_bad_scenario_leaves_no_folder_no_ledger_and_no_report() {
    let good = fs::read_to_string(scenario(SMALL)).unwrap();
    let at = |pointer: &str, value: serde_json::Value| {
        let mut scenario: serde_json::Value = serde_json::from_str(&good).unwrap();
        let (parent, field) = pointer.rsplit_once('/').unwrap();
        scenario.pointer_mut(parent).unwrap()[field] = value;
        scenario.to_string()
    };
    let cases = [
        (String::new(), "not JSON"),
        ("{".into(), "not JSON"),
        ("[".repeat(100_000), "invalid type"),
        ("{}".into(), "format"),
        (at("/format", "veilgrid-scenario/2".into()), "format"),
        (at("/market/colour", 1.into()), "market"),
        (at("/market/price_rule", "bid".into()), "market.price_rule"),
        (at("/market/max_rounds", 0.into()), "market.max_rounds"),
        (at("/market/ranges/place", serde_json::json!([5, 5])), "market.ranges.place"),
        (at("/market/feed_in", (-1).into()), "market.feed_in"),
        (at("/households", serde_json::json!({})), "households"),
        (at("/cycles/0/cycle", "one".into()), "cycles[0].cycle"),
        (good.replace("547500", "547501"), "cycles[0].plans[1].price"),
        (good.replacen("\"x\"", "\"x\": 1, \"x\"", 1), "households[0]"),
        (good.replace("37000000000", "18446744073709551615"), "2^64"),
    ];
    for (bad, words) in cases {
        let folder = tempfile::tempdir().unwrap();
        let [path, directory, report] = ["bad.json", "data", "report.json"].map(|name| folder.path().join(name));
        fs::write(&path, bad).unwrap();
        refused(&veilgrid(&market(&path, &directory, &report)), 2, &[text(&path), words]);
        let simulate = ["simulate", "--scenario", text(&path), "--report", text(&report)];
        refused(&veilgrid(&simulate), 2, &[text(&path), words]);
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1, "{words}: only the scenario is there");
    }
}

#[test]
fn what_cannot_begin_leaves_nothing_behind() {
    let folder = tempfile::tempdir().unwrap();
    let [missing, directory, report] = ["none.json", "data", "report.json"].map(|name| folder.path().join(name));
    refused(&veilgrid(&market(&missing, &directory, &report)), 2, &[text(&missing), "cannot be read"]);
    // The refusal comes before minutes of proving.
    let case = scenario(SMALL);
    let nowhere = folder.path().join("none/report.json");
    refused(&veilgrid(&market(&case, &directory, &nowhere)), 2, &[text(&nowhere), "cannot be written"]);
    refused(&veilgrid(&market(&case, &directory, folder.path())), 2, &["cannot be written"]);
    for mode in ["mask", "sealed", "none", ""] {
        let match_id = [&market(&case, &directory, &report)[..], &["--matching", mode]].concat();
        let output = veilgrid(&match_id);
        assert_eq!(output.status.code(), Some(2), "{mode}");
        assert!(stderr(&output).contains("--matching") && stderr(&output).contains("open"));
    }
    if !cfg!(feature = "deviation") {
        let deviation = [&market(&case, &directory, &report)[..], &["--deviation"]].concat();
        refused(&veilgrid(&deviation), 2, &["built without", "--features deviation"]);
    }
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 0);
}

#[test]
fn verify_names_a_blob_that_is_damaged_or_missing() {
    let (_folder, copy) = copy_of_reference();
    verified(&copy);
    let blobs: Vec<_> = contents(&copy.join("blobs"));
    assert!(blobs.len() >= 3, "the matching key and two plans");
    for (path, bytes) in &blobs {
        let name = path.file_name().unwrap().to_str().unwrap();
        for at in [0, bytes.len() / 2, bytes.len() - 1] {
            let mut damaged = bytes.clone();
            damaged[at] ^= 1;
            fs::write(path, damaged).unwrap();
            refused(&veilgrid(&["ledger", "verify", text(&copy)]), 1, &["blob", name, "damaged"]);
        }
        fs::remove_file(path).unwrap();
        refused(&veilgrid(&["ledger", "verify", text(&copy)]), 1, &["blob", name, "missing"]);
        fs::write(path, bytes).unwrap();
    }
    verified(&copy);
}

#[test]
fn verify_names_the_block_of_a_flipped_bit_in_the_database() {
    let (_folder, copy) = copy_of_reference();
    let database = copy.join("ledger.redb");
    let good = fs::read(&database).unwrap();
    // A blob's name stands in the plan that refers to it, which marks the block's bytes in the
    // file.
    let plans = contents(&copy.join("blobs"));
    let mut found = 0;
    for (path, _) in &plans {
        let name = path.file_name().unwrap().to_str().unwrap();
        let hash: Vec<u8> = (0..32).map(|i| u8::from_str_radix(&name[2 * i..2 * i + 2], 16).unwrap()).collect();
        let places = good.windows(32).enumerate().filter(|(_, window)| *window == hash).map(|(at, _)| at);
        let mut damaged = good.clone();
        for at in places {
            damaged[at] ^= 1;
            found += 1;
        }
        fs::write(&database, damaged).unwrap();
        let output = veilgrid(&["ledger", "verify", text(&copy)]);
        let line = error_line(&output);
        assert_eq!(output.status.code(), Some(1), "{line}");
        assert!(line.contains("block") || line.contains("genesis"), "{line}");
    }
    assert!(found >= plans.len(), "every blob's name is in the database");
}

#[test]
fn a_database_that_is_no_database_is_one_line() {
    let (_folder, copy) = copy_of_reference();
    let database = copy.join("ledger.redb");
    let good = fs::read(&database).unwrap();
    for length in [0, 1, 100, 4096, good.len() / 2] {
        fs::write(&database, &good[..length]).unwrap();
        refused(&veilgrid(&["ledger", "verify", text(&copy)]), 1, &["ledger"]);
    }
    // Any flipped bit: the ledger verifies (the page is unused), or one line says why it does not.
    let mut rng = ChaCha20Rng::seed_from_u64(4);
    let used: Vec<usize> = (0..good.len()).filter(|at| good[*at] != 0).collect();
    let mut refusals = 0;
    for _ in 0..40 {
        let mut damaged = good.clone();
        damaged[used[rng.next_u64() as usize % used.len()]] ^= 1 << (rng.next_u64() % 8);
        fs::write(&database, damaged).unwrap();
        let output = veilgrid(&["ledger", "verify", text(&copy)]);
        match output.status.code() {
            Some(0) => {}
            _ => {
                refused(&output, 1, &[text(&copy)]);
                refusals += 1;
            }
        }
    }
    assert!(refusals >= 10, "{refusals}");
}

#[test]
fn a_reader_that_goes_away_stops_nothing() {
    keys();
    let folder = tempfile::tempdir().unwrap();
    let nothing = folder.path().join("scenario.json");
    let mut scenario = json(&scenario(SMALL));
    scenario["cycles"] = serde_json::json!([]);
    fs::write(&nothing, scenario.to_string()).unwrap();
    let (directory, report) = (folder.path().join("data"), folder.path().join("report.json"));
    let mut child =
        command(&market(&nothing, &directory, &report)).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    drop((child.stdout.take(), child.stderr.take()));
    assert!(child.wait().unwrap().success());
    assert_eq!(json(&report)["households"].as_array().unwrap().len(), 2);
}

#[test]
fn every_help_teaches_by_an_example() {
    for (command, words) in [
        (
            &["market", "--help"][..],
            &["Examples", "--data-dir", "--seed", "--report", "stopped", "one process plays"][..],
        ),
        (&["ledger", "verify", "--help"], &["Example", "Exit code"]),
        (&["ledger", "show", "--help"], &["Examples", "--block"]),
        (&["ledger", "headers", "--help"], &["Example"]),
        (&["ledger", "prove", "--help"], &["Examples", "--transaction", "--record", "last block"]),
        (&["ledger", "check", "--help"], &["Examples", "--genesis", "Exit code"]),
        (&["setup", "--help"], &["Examples", "--insecure-seed", "forge"]),
        (&["--help"], &["market", "simulate", "scenario", "ledger", "setup"]),
    ] {
        let output = veilgrid(command);
        assert!(output.status.success());
        let help = String::from_utf8(output.stdout).unwrap();
        assert!(words.iter().all(|word| help.contains(word)), "{help}");
    }
}
