//! The scenarios of data/cases, and random ones, played with every proof: exactly the expected
//! outcome.

use super::support::*;
use serde_json::{json, Value};
use std::fs;
use std::path::Path;
use std::time::Instant;

/// Every case, and whether it is played by default.
const CASES: [(&str, bool); 14] = [
    (SMALL, true),
    ("ten-households", true),
    ("ties", false),
    ("tolerance-edge", false),
    ("thirty-households-two-cycles", false),
    ("revision-2/penalty-and-lots", false),
    ("revision-2/imbalance-household", false),
    ("revision-2/penalties-at-their-bounds", false),
    ("revision-2/midpoint-and-both-sides-owe", false),
    ("revision-2/rests-below-the-least-lot", false),
    ("revision-2/both-sides-bear-an-imbalance", false),
    ("revision-2/imbalance-that-stays-unpaid", false),
    ("revision-2/a-small-greatest-energy", false),
    ("revision-2/energy-near-its-bound", false),
];

/// A case that `market` refuses, since it has unplanned energy.
const REFUSED: &str = "revision-2/unplanned-energy-and-tariffs";

fn thorough() -> bool {
    std::env::var_os("VEILGRID_THOROUGH").is_some_and(|set| set == "1")
}

/// Plays a scenario, verifies its ledger and audits every household. Gives the report.
fn play(scenario: &Path) -> Value {
    keys();
    let folder = tempfile::tempdir().unwrap();
    let (directory, report) = (folder.path().join("data"), folder.path().join("report.json"));
    let start = Instant::now();
    let output = veilgrid(&market(scenario, &directory, &report));
    assert!(output.status.success(), "{}: {}", scenario.display(), stderr(&output));
    let [one, three] = crate::threads::verified_on(&directory, ["1", "3"]);
    assert_eq!(one, three);
    let (opened, closed) = crate::audit::every_household(&directory, &json(scenario), &json(&report));
    assert!(opened > 0 && closed > opened, "{opened} opened, {closed} left closed");
    eprintln!("played {} in {:.1} s", scenario.display(), start.elapsed().as_secs_f32());
    json(&report)
}

#[test]
fn the_cases_come_out_as_expected() {
    for (name, default) in CASES {
        if !default && !thorough() {
            eprintln!("not played: {name} (VEILGRID_THOROUGH=1 plays it)");
            continue;
        }
        let report = if name == SMALL { reference().report.clone() } else { play(&scenario(name)) };
        let expected = json(&case(&format!("{name}.expected.json")));
        same_outcome(&report, &expected);
        assert_eq!(rejected(&report), rejected(&expected), "{name}");
    }
}

/// What was rejected, in one order.
fn rejected(report: &Value) -> Vec<String> {
    let rows = report["rejected"].as_array().into_iter().flatten();
    let mut rows: Vec<String> = rows.map(Value::to_string).collect();
    rows.sort();
    rows
}

/// In mode masked the trades are the expected ones of `simulate` too; no score is posted or opened.
#[test]
fn masked_the_cases_come_out_the_same() {
    for (name, _) in CASES {
        if name != SMALL && !thorough() {
            eprintln!("not played masked: {name} (VEILGRID_THOROUGH=1 plays it)");
            continue;
        }
        keys();
        let folder = tempfile::tempdir().unwrap();
        let (directory, report) = (folder.path().join("data"), folder.path().join("report.json"));
        let case_file = scenario(name);
        let arguments = [market(&case_file, &directory, &report), vec!["--matching", "masked"]].concat();
        let output = veilgrid(&arguments);
        assert!(output.status.success(), "{name}: {}", stderr(&output));
        verified(&directory);
        let report = json(&report);
        same_outcome(&report, &json(&case(&format!("{name}.expected.json"))));
        let transactions = &report["ledger"]["transactions"];
        assert!(transactions["mask"].as_u64() > Some(0) && transactions["scores"].is_null(), "{transactions}");
        // The folder holds a masked market: in the other mode it is another run.
        let other = veilgrid(&market(&case_file, &directory, &folder.path().join("other.json")));
        assert_eq!(other.status.code(), Some(2), "{}", stderr(&other));
        assert!(stderr(&other).contains("another run"), "{}", stderr(&other));
    }
}

#[test]
fn no_case_is_left_out() {
    let of = |folder: &str| -> Vec<String> {
        let all = fs::read_dir(case(folder)).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap());
        all.filter_map(|f| Some(format!("{folder}{}", f.strip_suffix(".scenario.json")?))).collect()
    };
    let mut all = [of(""), of("revision-2/")].concat();
    let mut known: Vec<String> = CASES.iter().map(|(name, _)| name.to_string()).collect();
    known.push(REFUSED.to_string());
    all.sort();
    known.sort();
    assert_eq!(all, known);
}

/// A random scenario in which things go wrong: a plan refused, a buyer without money, one that can
/// pay for its plan but not for what it takes beyond it.
fn troubled(households: &str, seed: &str) -> Value {
    let sizes = ["--households", households, "--cycles", "2", "--seed", seed];
    let made = veilgrid(&[&["scenario", "random"][..], &sizes].concat());
    let mut scenario: Value = serde_json::from_slice(&made.stdout).unwrap();
    scenario["market"]["max_rounds"] = json!(3);
    let (mut poor, mut balances) = (0, Vec::new());
    for (c, cycle) in scenario["cycles"].as_array_mut().unwrap().iter_mut().enumerate() {
        for plan in cycle["plans"].as_array_mut().unwrap() {
            // Most plans can be matched.
            match plan["limit"].as_u64() {
                Some(limit) => plan["limit"] = json!(limit.max(532_500)),
                None => plan["price"] = json!(plan["price"].as_u64().unwrap().min(547_500)),
            }
            if c == 0 && plan["side"] == "buy" {
                let lock = plan["volume"].as_u64().unwrap() * plan["limit"].as_u64().unwrap();
                match poor {
                    0 => balances.push((plan["household"].clone(), 0)),
                    1 => {
                        plan["consumed"] = json!(plan["volume"].as_u64().unwrap() * 3);
                        balances.push((plan["household"].clone(), lock));
                    }
                    _ => {}
                }
                poor += 1;
            }
        }
    }
    scenario["cycles"][0]["plans"][0]["confirm"] = json!("refuse");
    for household in scenario["households"].as_array_mut().unwrap() {
        if let Some((_, balance)) = balances.iter().find(|(id, _)| *id == household["id"]) {
            household["balance"] = json!(balance);
        }
    }
    scenario
}

/// `market` has the same outcome as `simulate`, rejections included.
fn as_simulated(value: &Value, name: &str) {
    let folder = tempfile::tempdir().unwrap();
    let (path, clear) = (folder.path().join(name), folder.path().join("clear.json"));
    fs::write(&path, value.to_string()).unwrap();
    let simulated = veilgrid(&["simulate", "--scenario", text(&path), "--report", text(&clear)]);
    assert!(simulated.status.success(), "{}", stderr(&simulated));
    let clear = json(&clear);
    let reasons: Vec<&str> =
        clear["rejected"].as_array().unwrap().iter().filter_map(|r| r["reason"].as_str()).collect();
    for reason in ["lock-exceeds-balance", "shortfall-unpaid"] {
        assert!(reasons.contains(&reason), "{name} has no {reason}");
    }
    assert!(!clear["trades"].as_array().unwrap().is_empty());
    let report = play(&path);
    same_outcome(&report, &clear);
    assert_eq!(report["rejected"].as_array().unwrap().len(), reasons.len());
}

#[test]
fn cycle_zero_the_widest_step_an_empty_cycle_and_a_household_without_a_plan() {
    let mut scenario = troubled("4", "4");
    let cycles = scenario["cycles"].as_array_mut().unwrap();
    cycles[0]["cycle"] = json!(0);
    cycles[1]["cycle"] = json!(7 + 1024);
    cycles[1]["plans"].as_array_mut().unwrap().pop();
    cycles.insert(1, json!({ "cycle": 7, "plans": [] }));
    as_simulated(&scenario, "numbers.json");
}

#[test]
fn random_markets_come_out_as_simulated() {
    for (households, seed, rule) in [("5", "2", "midpoint"), ("6", "3", "ask")] {
        if !thorough() {
            eprintln!("not played: {households} random households (VEILGRID_THOROUGH=1 plays them)");
            continue;
        }
        let scenario = troubled(households, seed);
        assert_eq!(scenario["market"]["price_rule"], rule);
        as_simulated(&scenario, "random.json");
    }
}

/// A finished market goes on with withdrawals: the outcome reported stays, all money leaves, and
/// the ledger holds it.
#[test]
fn in_the_end_everybody_can_take_the_money_home() {
    let (root, directory) = copy_of_reference();
    let (case, report) = (scenario(SMALL), root.path().join("report.json"));
    let arguments = [market(&case, &directory, &report), vec!["--withdraw"]].concat();
    let withdrawn = veilgrid(&arguments);
    assert!(withdrawn.status.success(), "{}", stderr(&withdrawn));
    let found = json(&report);
    same_outcome(&found, &reference().report);
    let holders = found["households"].as_array().unwrap().iter().filter(|h| h["balance"].as_u64() > Some(0)).count();
    assert!(holders > 0);
    assert_eq!(found["ledger"]["transactions"]["withdraw"], json!(holders));
    let summary = String::from_utf8_lossy(&withdrawn.stdout).into_owned();
    assert!(summary.contains(&format!("withdrawn: {holders} households took ")), "{summary}");
    let before = verified(&directory);
    // Run again without `--withdraw`: the withdrawals are on the ledger.
    let again = veilgrid(&market(&case, &directory, &report));
    assert!(again.status.success(), "{}", stderr(&again));
    assert_eq!((json(&report)["ledger"].clone(), verified(&directory)), (found["ledger"].clone(), before));
}
