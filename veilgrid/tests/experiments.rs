//! `experiment` as a user meets it: its files, refusals and exit codes.

mod program;
#[path = "program/refusal.rs"]
mod refusal;

use program::*;
use refusal::refused;
use serde_json::Value;
use std::path::Path;
use std::process::Output;

const LOAD: &str = "simbench_100hh_7d_15min_load_Wh.csv";
const PV: &str = "simbench_100hh_7d_15min_pv_Wh.csv";

#[test]
fn the_help_teaches() {
    for (command, words) in [
        (["experiment", "matching", "--help"], ["APET", "Examples", "regret", "--combinations", "docs/market.md"]),
        (["experiment", "week", "--help"], ["672 slots", "Lerner", "--replay", "Examples", "Exit codes"]),
    ] {
        let help = String::from_utf8(veilgrid(&command).stdout).unwrap();
        assert!(words.iter().all(|word| help.contains(word)), "{help}");
    }
}

/// The experiment over the two files of a folder.
fn week(folder: &Path, more: &[&str]) -> Output {
    let (load, pv) = (folder.join(LOAD), folder.join(PV));
    veilgrid(&[&["experiment", "week", "--load", text(&load), "--pv", text(&pv)], more].concat())
}

#[test]
fn a_week_is_measured_by_every_rule() {
    let folder = tempfile::tempdir().unwrap();
    let (out, results) = (folder.path().join("results/week"), folder.path().join("results"));
    let run = || week(&data(""), &["--json", "--out", text(&out), "--write-results", text(&results), "--force"]);
    let output = run();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let json: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(std::fs::read(out.join("week.json")).unwrap(), output.stdout);
    assert_eq!((&json["households"], &json["cycles"]), (&100.into(), &672.into()));
    let number = |value: &Value| value.as_f64().unwrap_or_else(|| panic!("{value} is a number"));
    for rule in json["rules"].as_array().unwrap() {
        // The households' bills are the bill.
        let bills = rule["households"].as_array().unwrap().iter().map(|row| row["bill_nano"].as_i64().unwrap());
        assert!((number(&rule["bill"]) - bills.sum::<i64>() as f64 / 1e9).abs() < 1e-6);
        assert!((number(&rule["bill"]) + number(&rule["gain"]) - number(&json["no_market"]["bill"])).abs() < 1e-6);
        for share in ["self_consumption", "local_share", "clean_share", "delivered_of_possible", "hhi", "jain"] {
            assert!((0.0..=1.0).contains(&number(&rule[share])), "{share} of {}", rule["rule"]);
        }
        assert!(number(&rule["local_share"]) > number(&json["no_market"]["local_share"]));
    }
    assert_eq!(json["replay"]["agrees"], true);

    let written = std::fs::read_to_string(results.join("week.md")).unwrap();
    assert!(written.starts_with("<!-- written by veilgrid: week -->\n# 100 households in 672 cycles"), "{written}");
    assert!(written.contains(&format!("    veilgrid experiment week --load {}", text(&data(LOAD)))), "{written}");
    for plot in ["energy", "prices", "gains", "shares"] {
        let file = format!("week-{plot}.svg");
        assert!(std::fs::read_to_string(out.join(&file)).unwrap().starts_with("<svg "));
        assert!(written.contains(&format!("(week/{file})")), "{written}");
    }
    // The same seed gives the same bytes; another seed gives another week.
    let before: Vec<_> = ["week-gains.svg", "week.json"].map(|file| std::fs::read(out.join(file)).unwrap()).into();
    assert_eq!(run().stdout, before[1]);
    assert_eq!(std::fs::read(out.join("week-gains.svg")).unwrap(), before[0]);
    assert_eq!(std::fs::read_to_string(results.join("week.md")).unwrap(), written);
    assert_ne!(week(&data(""), &["--json", "--seed", "2"]).stdout, before[1]);
    // Without files it is the week in the program, wherever the command is started.
    let own = veilgrid(&["experiment", "week", "--json"]);
    let own: Value = serde_json::from_slice(&own.stdout).unwrap();
    assert_eq!(own["rules"], json["rules"]);

    // The cycle played again is a scenario like any other.
    assert!(veilgrid(&["simulate", "--scenario", text(&out.join("week-replay.scenario.json"))]).status.success());
}

#[test]
fn a_week_of_bad_data_is_one_line_and_nothing_is_written() {
    let folder = tempfile::tempdir().unwrap();
    let (load, pv, page) = (folder.path().join(LOAD), folder.path().join(PV), folder.path().join("week.md"));
    let good = std::fs::read_to_string(data(LOAD)).unwrap();
    std::fs::copy(data(PV), &pv).unwrap();
    let bad = |load_says: &str, what: &str| {
        std::fs::write(&load, load_says).unwrap();
        refused(&week(folder.path(), &[]), &format!("{}: {what}", load.display()));
    };
    let reading = |found| format!("row 2, column H000: {found:?} is not a whole number of Wh");
    for cell in ["9x2", "-92", ""] {
        bad(&good.replacen(",92,", &format!(",{cell},"), 1), &reading(cell));
    }
    bad("", "the file is empty: it needs a row of headers and a row for each slot");
    std::fs::write(&load, &good).unwrap();
    std::fs::write(&pv, std::fs::read_to_string(&pv).unwrap().replacen(",H001,", ",H0O1,", 1)).unwrap();
    let differs = format!("{}: row 1, column 3: \"H0O1\" where {} has \"H001\"", pv.display(), load.display());
    refused(&week(folder.path(), &[]), &differs);
    refused(
        &week(&data(""), &["--households", "101"]),
        &format!("{}: row 1, 101 households were asked for, but the file has 100", data(LOAD).display()),
    );
    assert_eq!(week(&folder.path().join("none"), &[]).status.code(), Some(2));
    // Readings whose amounts no balance can hold.
    let rows = |cell: &str| (0..15_000).map(|slot| format!("{slot},{cell}\n")).collect::<String>();
    std::fs::write(&load, format!("slot,A,B\n{}", rows("1,0"))).unwrap();
    std::fs::write(&pv, format!("slot,A,B\n{}", rows("0,4294967295"))).unwrap();
    assert!(String::from_utf8_lossy(&week(folder.path(), &[]).stderr).contains("is 17 GW: more than 12500 Wh (50 kW)"));
    let output = week(folder.path(), &["--greatest-energy", "4294967295"]);
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    let line = said.lines().last().unwrap_or_default().to_string();
    assert_eq!(output.status.code(), Some(2), "{said}");
    assert!(line.contains(PV) && line.contains("the balance of household \"B\" reaches 2^64"), "{line}");
    // A page that was written by hand is left alone.
    std::fs::write(&page, "# By hand\n").unwrap();
    let output = week(&data(""), &["--write-results", text(folder.path())]);
    assert_eq!((output.status.code(), std::fs::read_to_string(&page).unwrap().as_str()), (Some(2), "# By hand\n"));
    assert!(output.stdout.is_empty() && String::from_utf8_lossy(&output.stderr).contains("written by veilgrid: week"));
}

#[test]
fn the_matching_experiment_writes_what_it_finds_and_the_same_again() {
    let folder = tempfile::tempdir().unwrap();
    let (out, page) = (folder.path().join("found"), folder.path().join("matching.md"));
    std::fs::write(&page, "<!-- written by veilgrid: matching -->\nwhat was here\n").unwrap();
    let few = ["experiment", "matching", "--runs", "1", "--no-ciphertexts", "--json"];
    let output = veilgrid(&[&few[..], &["--out", text(&out), "--write-results", text(folder.path())]].concat());
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let found: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(found["format"], "veilgrid-experiment-matching/1");
    assert_eq!(found["published"]["prototypes"]["matched_kwh"], 7237.0);
    assert_eq!(found["base_runs"]["auction"].as_array().unwrap().len(), 1);
    let bits = |row: &Value| row["attribute_bits"].as_u64();
    let regret: Vec<_> = found["regret"].as_array().unwrap().iter().filter_map(bits).collect();
    assert_eq!(regret, [4, 5, 6, 7, 8, 4, 5, 6, 7, 8]);
    for row in ["prototypes", "auctions", "rules"].iter().flat_map(|part| found[part].as_array().unwrap()) {
        let clean = row["mean"]["clean_percent"].as_f64().unwrap();
        assert!((0.0..=100.0).contains(&clean) && row["mean"]["apet"].as_f64().unwrap() > 0.4, "{row}");
    }
    assert_eq!(std::fs::read(out.join("matching.json")).unwrap(), output.stdout);
    let plots = std::fs::read_dir(&out).unwrap().filter(|entry| {
        let path = entry.as_ref().unwrap().path();
        path.extension().is_some_and(|end| end == "svg") && std::fs::read_to_string(path).unwrap().contains("</svg>")
    });
    assert_eq!(plots.count(), 14);
    let written = std::fs::read_to_string(&page).unwrap();
    assert!(!written.contains("what was here") && written.contains("| K-prototypes, published | 80 (78.15)"));
    assert!(written.contains("(found/matching-clean.svg)"), "{written}");
    assert_eq!(veilgrid(&few).stdout, output.stdout);
}

#[test]
fn the_matching_experiments_flags_are_refused_before_any_work() {
    for wrong in [&["--runs", "0"][..], &["--runs", "101"], &["--seed", "x"], &["--bits", "6"]] {
        let output = veilgrid(&[&["experiment", "matching"], wrong].concat());
        assert_eq!(output.status.code(), Some(2), "{wrong:?}");
        assert!(output.stdout.is_empty());
    }
    let folder = tempfile::tempdir().unwrap();
    let page = folder.path().join("matching.md");
    std::fs::write(&page, "# By hand\n").unwrap();
    let output = veilgrid(&["experiment", "matching", "--write-results", text(folder.path())]);
    assert!(!output.status.success() && output.stdout.is_empty());
    assert_eq!(String::from_utf8_lossy(&output.stderr).lines().count(), 1);
    assert_eq!(std::fs::read_to_string(&page).unwrap(), "# By hand\n");
}
