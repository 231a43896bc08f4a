//! `simulate` with rules and figures, as a user meets it.

mod program;
#[path = "program/refusal.rs"]
mod refusal;

use program::*;
use refusal::refused;
use serde_json::Value;
use std::fs;

const FILES: [&str; 7] =
    ["bills.csv", "measures.csv", "trades.csv", "intervals.csv", "figures.json", "figures.md", "index.html"];

fn ten() -> std::path::PathBuf {
    data("cases/ten-households.scenario.json")
}

#[test]
fn figures_are_written_and_never_overwritten_without_force() {
    let folder = tempfile::tempdir().unwrap();
    let out = folder.path().join("figures");
    let run = |more: &[&str]| {
        veilgrid(&[&["simulate", "--scenario", text(&ten()), "--rule", "all", "--out", text(&out)], more].concat())
    };
    let first = run(&[]);
    assert!(first.status.success(), "{}", String::from_utf8_lossy(&first.stderr));
    let summary = String::from_utf8_lossy(&first.stdout);
    assert!(summary.contains("shares") && summary.contains("are left out: self-consumption"), "{summary}");
    let read = || FILES.map(|name| fs::read(out.join(name)).unwrap());
    let before = read();
    assert_eq!(fs::read_dir(&out).unwrap().count(), FILES.len());
    assert_eq!(run(&[]).status.code(), Some(2));
    assert_eq!(run(&["--force"]).status.code(), Some(0));
    assert_eq!(read(), before, "the same input gives the same bytes");
    let json: Value = serde_json::from_slice(&before[4]).unwrap();
    let rules: Vec<&str> =
        json["rules"].as_array().unwrap().iter().map(|rule| rule["rule"].as_str().unwrap()).collect();
    assert_eq!(rules, ["k-prototypes", "uniform-price", "pay-as-bid", "cmap", "shares"]);

    // An input is not overwritten, not even with --force.
    let trap = folder.path().join("trap");
    fs::create_dir(&trap).unwrap();
    let input = trap.join("figures.json");
    fs::copy(ten(), &input).unwrap();
    let output = veilgrid(&["simulate", "--scenario", text(&input), "--out", text(&trap), "--force"]);
    assert_eq!(output.status.code(), Some(2));
    assert_eq!(fs::read(&input).unwrap(), fs::read(ten()).unwrap());
    assert_eq!(fs::read_dir(&trap).unwrap().count(), 1);
}

#[test]
fn a_report_has_one_rule() {
    let report = |rules: &[&str]| {
        let scenario = ten();
        let mut arguments = vec!["simulate", "--scenario", text(&scenario), "--report", "-"];
        rules.iter().for_each(|rule| arguments.extend(["--rule", rule]));
        veilgrid(&arguments)
    };
    let trades = |output: &std::process::Output| {
        let json: Value = serde_json::from_slice(&output.stdout).unwrap();
        json["trades"].clone()
    };
    let expected: Value =
        serde_json::from_slice(&fs::read(data("cases/ten-households.expected.json")).unwrap()).unwrap();
    assert_eq!(trades(&report(&[])), expected["trades"]);
    assert_eq!(trades(&report(&["k-prototypes"])), expected["trades"]);
    let uniform = trades(&report(&["uniform-price"]));
    let prices: std::collections::BTreeSet<u64> =
        uniform.as_array().unwrap().iter().map(|trade| trade["price"].as_u64().unwrap()).collect();
    assert_eq!(prices.len(), 1, "all trades are at one price");
    refused(
        &report(&["k-prototypes", "shares"]),
        "--report has the outcome of one rule, but 2 were chosen; --out DIR has the figures of all",
    );
    let unknown = veilgrid(&["simulate", "--scenario", text(&ten()), "--rule", "vickrey"]);
    assert_eq!(unknown.status.code(), Some(2));
    assert!(String::from_utf8_lossy(&unknown.stderr).contains("uniform-price"));
}

#[test]
fn json_on_standard_output_is_the_file() {
    let folder = tempfile::tempdir().unwrap();
    let scenario = ten();
    let arguments = ["simulate", "--scenario", text(&scenario), "--json", "--out", text(folder.path())];
    let output = veilgrid(&arguments);
    assert_eq!(output.stdout, fs::read(folder.path().join("figures.json")).unwrap());
    let json: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(
        (&json["format"], &json["source"]),
        (&"veilgrid-figures/1".into(), &"ten-households.scenario.json".into())
    );
}

/// A market description names the currency, fees and the days' clock.
#[test]
fn a_market_description_gives_currency_and_fees() {
    let folder = tempfile::tempdir().unwrap();
    let market = folder.path().join("market.toml");
    let made = veilgrid(&["market", "init", "--output", text(&market)]);
    assert!(made.status.success(), "{}", String::from_utf8_lossy(&made.stderr));
    let readings = folder.path().join("readings.csv");
    let mut rows = String::from("meter,start,end,import_wh,export_wh,generation_wh,consumption_wh,quality\n");
    for quarter in 0..8 {
        let (from, to) = (quarter * 15, quarter * 15 + 15);
        let at = |minutes: u32| format!("2025-06-10T{:02}:{:02}:00Z", 10 + minutes / 60, minutes % 60);
        rows += &format!("A,{},{},,,900,300,measured\nB,{},{},,,0,400,measured\n", at(from), at(to), at(from), at(to));
    }
    fs::write(&readings, rows).unwrap();
    let out = folder.path().join("out");
    let output = veilgrid(&[
        "simulate",
        "--readings",
        text(&readings),
        "--market",
        text(&market),
        "--rule",
        "k-prototypes",
        "--rule",
        "shares",
        "--out",
        text(&out),
    ]);
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let json: Value = serde_json::from_slice(&fs::read(out.join("figures.json")).unwrap()).unwrap();
    assert_eq!(json["left_out"], serde_json::json!([]));
    assert_eq!((&json["households"], &json["cycles"]), (&2.into(), &8.into()));
    let total = &json["rules"][1]["totals"][0];
    // 300 Wh of own use, 600 Wh given; B takes 400 Wh, all of which A can give.
    assert_eq!(
        (&total["own_use_wh"], &total["consumption_wh"], &total["generation_wh"]),
        (&2400.into(), &5600.into(), &7200.into())
    );
    assert_eq!(
        (&total["bought_wh"], &total["from_grid_wh"], &total["to_grid_wh"]),
        (&3200.into(), &0.into(), &1600.into())
    );
    let share =
        json["measures"].as_array().unwrap().iter().find(|measure| measure["measure"] == "local_share").unwrap();
    assert_eq!(share["by_rule"]["shares"], 1.0);
}
