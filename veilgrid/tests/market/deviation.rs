//! A market with encrypted deviations: one trade just inside the tolerance, one 1 Wh outside; the
//! run is stopped on the way and continued, although no two computations on ciphertexts give the
//! same bits.

use super::support::*;
use serde_json::{json, Value};
use std::fs;

/// The small case twice over: 1928 Wh matched, of which 5 % are 96.
fn two_cycles() -> Value {
    let mut scenario = json(&scenario(SMALL));
    let mut second = scenario["cycles"][0].clone();
    second["cycle"] = json!(2);
    scenario["cycles"].as_array_mut().unwrap().push(second);
    for (cycle, injected) in [(0, 1928 - 96), (1, 1928 - 97)] {
        scenario["cycles"][cycle]["plans"][1]["injected"] = json!(injected);
    }
    scenario
}

#[test]
fn verdicts_are_what_trades_settle_with() {
    keys();
    let folder = tempfile::tempdir().unwrap();
    let (directory, report, file) =
        (folder.path().join("data"), folder.path().join("report.json"), folder.path().join("scenario.json"));
    fs::write(&file, two_cycles().to_string()).unwrap();
    let plain = market(&file, &directory, &report);
    let arguments = [&plain[..], &["--deviation"]].concat();
    let mut running = Running::start(&arguments);
    while let Some(line) = running.line() {
        // The first cycle's verdict is on the ledger.
        if line.contains("cycle 1") && line.contains("settle or take back") {
            break;
        }
    }
    assert!(running.kill(), "it was stopped on the way");
    // Without `--deviation` the folder belongs to another market.
    let other = veilgrid(&plain);
    assert_eq!(other.status.code(), Some(2), "{}", stderr(&other));
    assert!(stderr(&other).contains("another run"), "{}", stderr(&other));

    let output = veilgrid(&arguments);
    assert!(output.status.success(), "{}", stderr(&output));
    assert!(stderr(&output).contains("on the ledger already"));
    let found = json(&report);
    let within: Vec<&Value> = found["trades"].as_array().unwrap().iter().map(|trade| &trade["within"]).collect();
    assert_eq!(within, [&json!(true), &json!(false)]);
    assert_eq!(found["deviation"], json!({ "verdicts": 2, "within": 1 }));
    let sent = &found["ledger"]["transactions"];
    let count = |kind: &str| sent[kind].as_u64().unwrap_or(0);
    assert_eq!(["match_threshold", "delivery_amount", "deviation", "verdict"].map(count), [2, 4, 2, 2]);
    let root = verified(&directory);

    // A snapshot includes the ciphertexts; a ledger without one of them is damaged.
    let (snapshot, restored) = (folder.path().join("snapshot"), folder.path().join("restored"));
    let taken = veilgrid(&["ledger", "snapshot", text(&directory), text(&snapshot)]);
    assert!(taken.status.success(), "{}", stderr(&taken));
    let back = veilgrid(&["ledger", "restore", text(&snapshot), text(&restored)]);
    assert!(back.status.success(), "{}", stderr(&back));
    assert_eq!(verified(&restored), root);
    let of_a_deviation = |path: &std::path::Path| {
        let length = fs::metadata(path).unwrap().len() as usize;
        length == protocol::transaction::body::DEVIATION_BYTES
    };
    let blobs = fs::read_dir(restored.join("blobs")).unwrap().map(|entry| entry.unwrap().path());
    let blobs: Vec<_> = blobs.filter(|path| of_a_deviation(path)).collect();
    assert_eq!(blobs.len(), 2);
    fs::remove_file(&blobs[0]).unwrap();
    let broken = veilgrid(&["ledger", "verify", text(&restored)]);
    assert_eq!(broken.status.code(), Some(1), "{}", stderr(&broken));
}
