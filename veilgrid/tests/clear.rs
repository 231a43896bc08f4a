//! `clear` and `grid solve` as a person runs them. The crates `market` and `grid` compare the
//! answers of every case; here the commands' own part is tested.

mod program;

use program::*;
use serde_json::Value;

fn json(bytes: &[u8]) -> Value {
    serde_json::from_slice(bytes).unwrap()
}

fn file(name: &str) -> Value {
    json(&std::fs::read(data(name)).unwrap())
}

#[test]
fn a_market_by_attributes_is_cleared_as_its_case_says() {
    let expected = file("cases/cmap/split_demand.expected.json");
    let input = data("cases/cmap/split_demand.input.json");
    let with = veilgrid(&["clear", "cmap", "--input", text(&input), "--scores"]);
    assert_eq!(json(&with.stdout), expected);
    let folder = tempfile::tempdir().unwrap();
    let output = folder.path().join("report.json");
    let without = veilgrid(&["clear", "cmap", "--input", text(&input), "--output", text(&output)]);
    assert!(without.status.success());
    let report = json(&std::fs::read(&output).unwrap());
    assert!(report["rounds"][0].get("scores").is_none(), "only --scores asks for them");
    assert_eq!(report["trades"], expected["trades"]);
    assert!(String::from_utf8(without.stdout).unwrap().contains("Rounds"), "a table for people");
}

#[test]
fn a_problem_of_the_grid_is_answered_as_its_case_says() {
    for name in ["check-line-and-voltage", "nodal-seed004-line-of-6-kw"] {
        let input = data(&format!("cases/grid/{name}.input.json"));
        let solved = veilgrid(&["grid", "solve", "--input", text(&input)]);
        assert_eq!(json(&solved.stdout), file(&format!("cases/grid/{name}.expected.json")), "{name}");
    }
}

#[test]
fn every_rule_is_listed_with_its_properties_and_reasons() {
    let listed = veilgrid(&["clear", "rules", "--json"]);
    let rules = json(&listed.stdout)["rules"].as_array().unwrap().clone();
    let names: Vec<&str> = rules.iter().map(|rule| rule["rule"].as_str().unwrap()).collect();
    assert_eq!(names, ["k-prototypes", "uniform-price", "pay-as-bid", "cmap", "shares", "nodal"]);
    for rule in &rules {
        let properties = rule.as_object().unwrap().values().filter(|value| value.is_object());
        let reasons: Vec<&str> = properties.map(|property| property["why"].as_str().unwrap()).collect();
        assert_eq!(reasons.len(), 5);
        assert!(reasons.iter().all(|why| !why.is_empty()));
    }
    let text = String::from_utf8(veilgrid(&["clear", "rules"]).stdout).unwrap();
    assert!(names.iter().all(|name| text.contains(name)), "{text}");
}

#[test]
fn bad_input_is_refused_with_the_path_of_the_field() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("input.json");
    for (command, name, from, to, says) in [
        (["clear", "cmap"], "cases/cmap/simple_2x2", "\"reach\"", "\"reech\"", "market.reech: unknown field"),
        (
            ["grid", "solve"],
            "cases/grid/nodal-seed004-free",
            "\"cycle_seconds\": 900",
            "\"cycle_seconds\": 700",
            "cycle_seconds: ",
        ),
        (["grid", "solve"], "cases/grid/nodal-seed004-free", "-nodal/1", "-nodal/2", "format: the format is"),
    ] {
        let honest = std::fs::read_to_string(data(&format!("{name}.input.json"))).unwrap();
        let wrong = honest.replacen(from, to, 1);
        assert_ne!(wrong, honest, "{from} is in the case");
        std::fs::write(&path, wrong).unwrap();
        let output = veilgrid(&[command[0], command[1], "--input", text(&path)]);
        let line = String::from_utf8(output.stderr).unwrap();
        assert_eq!(output.status.code(), Some(2), "{line}");
        assert!(output.stdout.is_empty() && line.lines().count() == 1, "{line}");
        assert!(line.contains(says), "{line} should contain {says}");
    }
}
