//! The command as a user meets it: outputs, refusals, exit codes.

mod program;
#[path = "program/refusal.rs"]
mod refusal;

use program::*;
use refusal::refused;
use serde_json::Value;
use std::path::Path;
use std::process::Output;

fn from_meters(load: &Path, pv: &Path, start: &str, out: &Path) -> Output {
    let files = ["scenario", "from-meters", "--load", text(load), "--pv", text(pv), "--out", text(out)];
    veilgrid(&[&files[..], &["--start", start, "--households", "10"]].concat())
}

const LOAD: &str = "simbench_100hh_7d_15min_load_Wh.csv";
const PV: &str = "simbench_100hh_7d_15min_pv_Wh.csv";

#[test]
fn the_default_scenario_is_made_from_the_household_data() {
    let folder = tempfile::tempdir().unwrap();
    let out = folder.path().join("made.json");
    assert!(from_meters(&data(LOAD), &data(PV), "2016-06-15T08:00", &out).status.success());
    assert_eq!(std::fs::read(out).unwrap(), std::fs::read(data("default.scenario.json")).unwrap());
}

#[test]
fn the_default_scenario_shows_what_a_market_does() {
    let output = veilgrid(&["simulate", "--scenario", text(&data("default.scenario.json")), "--report", "-"]);
    assert!(output.status.success());
    let report: Value = serde_json::from_slice(&output.stdout).unwrap();
    let keys: Vec<&str> = report.as_object().unwrap().keys().map(String::as_str).collect();
    assert_eq!(keys, ["format", "trades", "grid", "households", "rejected", "ledger", "timings"]);
    let trades = report["trades"].as_array().unwrap();
    assert!(trades.len() >= 5);
    assert!(trades.iter().any(|trade| trade["round"].as_u64() > Some(0)), "something is listed again");
    assert!(trades.iter().any(|trade| trade["within"] == false), "somebody falls short");
    let grid = report["grid"].as_array().unwrap();
    assert!(grid.iter().any(|row| row["surplus_wh"].as_u64() > Some(0)));
    assert!(grid.iter().any(|row| row["shortfall_wh"].as_u64() > Some(0)));
    assert!(String::from_utf8_lossy(&output.stderr).contains("Settled with the grid"));
}

#[test]
fn the_summary_and_the_report_file() {
    let folder = tempfile::tempdir().unwrap();
    let report = folder.path().join("report.json");
    let scenario = data("cases/two-households.scenario.json");
    let output = veilgrid(&["simulate", "--scenario", text(&scenario), "--report", text(&report)]);
    assert!(output.status.success() && output.stderr.is_empty());
    let summary = String::from_utf8_lossy(&output.stdout).into_owned();
    assert!(summary.contains("1.0556") && summary.contains("H001"), "{summary}");
    let report: Value = serde_json::from_slice(&std::fs::read(report).unwrap()).unwrap();
    assert_eq!(report["format"], "veilgrid-report/1");
    assert_eq!(report["ledger"], Value::Null);
}

#[test]
fn a_bad_scenario_is_one_line_and_exit_code_2() {
    let folder = tempfile::tempdir().unwrap();
    let (bad, report) = (folder.path().join("bad.json"), folder.path().join("report.json"));
    let good = std::fs::read_to_string(data("cases/two-households.scenario.json")).unwrap();
    let run = |scenario: &str| {
        std::fs::write(&bad, scenario).unwrap();
        veilgrid(&["simulate", "--scenario", text(&bad), "--report", text(&report)])
    };
    let line = |what: &str| format!("{}: {what}", bad.display());
    let off = "cycles[0].plans[1].price: 547501 is not on the tick grid (300000 + 7500 x 0..47)";
    refused(&run(&good.replace("547500", "547501")), &line(off));
    let syntax = "not JSON: expected `:` at line 2 column 12";
    refused(&run(&good.replacen(':', " ", 1)), &line(syntax));
    // The message stays one line, whatever text the file puts into it.
    let output = run(&good.replacen("\"format\"", "\"for\\nmat\"", 1));
    assert_eq!(String::from_utf8_lossy(&output.stderr).lines().count(), 1);
    let overflow = "in cycle 1 the balance of household \"H001\" reaches 2^64 nano-currency";
    refused(&run(&good.replace("37000000000", "18446744073709551615")), &line(overflow));
    assert!(!report.exists());
    std::fs::remove_file(&bad).unwrap();
    assert_eq!(veilgrid(&["simulate", "--scenario", text(&bad)]).status.code(), Some(2));
    assert_eq!(veilgrid(&["simulate"]).status.code(), Some(2));
}

/// The case with two households, changed, as a file in `folder`.
fn two_households(folder: &Path, change: impl FnOnce(&mut Value)) -> std::path::PathBuf {
    let bytes = std::fs::read(data("cases/two-households.scenario.json")).unwrap();
    let mut scenario: Value = serde_json::from_slice(&bytes).unwrap();
    change(&mut scenario);
    let path = folder.join("changed.scenario.json");
    std::fs::write(&path, scenario.to_string()).unwrap();
    path
}

/// A register's total, or a negative number that wrapped round, is no energy of a household.
#[test]
fn energy_that_no_household_can_have_is_refused_by_simulate_and_market() {
    let folder = tempfile::tempdir().unwrap();
    let run = folder.path().join("run");
    let scenario = two_households(folder.path(), |scenario| {
        let plan = &mut scenario["cycles"][0]["plans"][1];
        (plan["generated"], plan["injected"]) = (4_294_967_295u64.into(), 4_294_967_286u64.into());
    });
    let line = format!(
        "{}: cycles[0].plans[1].generated: 4294967295 Wh is above 12500 Wh, the greatest energy of a household in a \
         cycle of this market; a scenario may state another as market.greatest_energy",
        scenario.display()
    );
    refused(&veilgrid(&["simulate", "--scenario", text(&scenario)]), &line);
    refused(&veilgrid(&["market", "--scenario", text(&scenario), "--data-dir", text(&run)]), &line);
    assert!(!run.exists());
}

#[test]
fn a_market_refuses_what_its_proofs_cannot_do_before_any_work() {
    let folder = tempfile::tempdir().unwrap();
    let run = folder.path().join("run");
    let unplanned = serde_json::json!([{ "household": "H000", "injected": 4, "consumed": 0 }]);
    let with_unplanned = |scenario: &mut Value| scenario["cycles"][0]["unplanned"] = unplanned.clone();
    // One seller whose offer fills one bid after another, each in a round of its own.
    let many_rounds = |scenario: &mut Value| {
        scenario["market"]["max_rounds"] = 20.into();
        let (household, plans) = (scenario["households"][0].clone(), scenario["cycles"][0]["plans"].clone());
        let (buy, sell) = match plans[0]["side"] == "buy" {
            true => (&plans[0], &plans[1]),
            false => (&plans[1], &plans[0]),
        };
        let (mut sell, mut all) = (sell.clone(), Vec::new());
        (sell["generated"], sell["volume"], sell["injected"]) = (17.into(), 17.into(), 17.into());
        (sell["price"], sell["confirm"]) = (300_000.into(), "yes".into());
        for n in 0..17 {
            let id = format!("B{n}");
            let (mut household, mut buy) = (household.clone(), buy.clone());
            (household["id"], buy["household"]) = (id.clone().into(), id.into());
            household["balance"] = 1_000_000_000u64.into();
            (buy["volume"], buy["consumed"], buy["limit"]) = (1.into(), 1.into(), 450_000.into());
            buy["confirm"] = "yes".into();
            scenario["households"].as_array_mut().unwrap().push(household);
            all.push(buy);
        }
        all.push(sell);
        scenario["cycles"][0]["plans"] = all.into();
    };
    type Change<'a> = &'a dyn Fn(&mut Value);
    let changes: [(&str, Change<'_>); 2] =
        [("cycles[0].unplanned: ", &with_unplanned), ("market.max_rounds: ", &many_rounds)];
    for (path, change) in changes {
        let scenario = two_households(folder.path(), change);
        assert!(veilgrid(&["simulate", "--scenario", text(&scenario)]).status.success(), "{path}");
        let output = veilgrid(&["market", "--scenario", text(&scenario), "--data-dir", text(&run)]);
        let line = String::from_utf8_lossy(&output.stderr).into_owned();
        assert!(line.contains(path) && line.contains("veilgrid simulate") && line.lines().count() == 1, "{line}");
        assert!(output.status.code() == Some(2) && output.stdout.is_empty() && !run.exists(), "{path}");
    }
}

#[test]
fn the_summary_shows_what_each_side_owes_where_there_is_a_penalty() {
    let scenario = data("cases/revision-2/penalty-and-lots.scenario.json");
    let output = veilgrid(&["simulate", "--scenario", text(&scenario), "--report", "-"]);
    let report: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(report["trades"][8]["buyer_owes"], 35_000_000);
    let summary = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(summary.contains("seller owes  buyer owes") && summary.contains("0.286"), "{summary}");
}

#[test]
fn a_bad_meter_file_is_one_line_and_nothing_is_written() {
    let folder = tempfile::tempdir().unwrap();
    let [load, pv, out] = ["load.csv", "pv.csv", "out.json"].map(|name| folder.path().join(name));
    let all = std::fs::read_to_string(data(LOAD)).unwrap();
    std::fs::write(&load, all.replacen(",92,", ",9x2,", 1)).unwrap();
    std::fs::copy(data(PV), &pv).unwrap();
    let reading = "row 2, column H000: \"9x2\" is not a whole number of Wh";
    refused(&from_meters(&load, &pv, "2016-06-13T00:00", &out), &format!("{}: {reading}", load.display()));
    let slot = "column slot_start_local: no slot is named \"noon\"; the first is \"2016-06-13T00:00\" and the last \"2016-06-19T23:45\"";
    refused(&from_meters(&data(LOAD), &pv, "noon", &out), &format!("{}: {slot}", data(LOAD).display()));
    assert!(!out.exists());
}

#[test]
fn a_random_scenario_of_any_size_is_played() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("random.json");
    for (households, cycles) in [("1", "1"), ("3000", "2")] {
        let made = veilgrid(&[
            "scenario",
            "random",
            "--households",
            households,
            "--cycles",
            cycles,
            "--out",
            text(&path),
            "--force",
        ]);
        assert!(made.status.success());
        assert!(veilgrid(&["simulate", "--scenario", text(&path)]).status.success());
    }
    assert_eq!(veilgrid(&["scenario", "random", "--households", "1000", "--cycles", "501"]).status.code(), Some(2));
}

#[test]
fn the_help_teaches() {
    for (command, words) in [
        (&["simulate", "--help"][..], &["--report", "Examples", "Exit codes"][..]),
        (&["scenario", "from-meters", "--help"], &["tick", "forecast", "Example", "seed"]),
        (&["scenario", "random", "--help"], &["100,000 plans"]),
    ] {
        let help = String::from_utf8(veilgrid(command).stdout).unwrap();
        assert!(words.iter().all(|word| help.contains(word)), "{help}");
    }
}
