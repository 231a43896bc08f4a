//! The scenarios of data/cases, made by an independent program, with their expected outcomes.

use market::rules::play;
use market::scenario::Scenario;
use serde_json::Value;
use std::path::Path;
use veilgrid::report::Report;

fn agrees(name: &str) {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../data/cases");
    let scenario = Scenario::parse(&std::fs::read(folder.join(format!("{name}.scenario.json"))).unwrap()).unwrap();
    let outcome = play(&scenario, &mut |_| ()).unwrap();
    let report = serde_json::to_value(Report::new(outcome, None, Default::default())).unwrap();
    let expected = std::fs::read(folder.join(format!("{name}.expected.json"))).unwrap();
    let expected: Value = serde_json::from_slice(&expected).unwrap();
    for part in ["trades", "grid", "households"] {
        assert!(expected[part].is_array(), "{name}: {part} is expected");
        assert_eq!(report[part], expected[part], "{name}: {part}");
    }
    assert_eq!(report["rejected"], Value::Array(vec![]), "{name}");
}

#[test]
fn two_households() {
    agrees("two-households");
}

#[test]
fn ten_households() {
    agrees("ten-households");
}

#[test]
fn thirty_households_two_cycles() {
    agrees("thirty-households-two-cycles");
}

#[test]
fn ties() {
    agrees("ties");
}

#[test]
fn tolerance_edge() {
    agrees("tolerance-edge");
}

#[test]
fn no_case_is_left_out() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../data/cases");
    let cases = std::fs::read_dir(folder).unwrap().filter_map(Result::ok);
    let cases = cases.filter(|entry| entry.file_name().to_string_lossy().ends_with(".scenario.json"));
    assert_eq!(cases.count(), 5, "a case was added: test it here");
}
