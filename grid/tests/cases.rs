//! Every case of `data/cases/grid`: what `grid::problem::solve` must answer.
//!
//! Results of `check` and `nodal` are whole numbers and must be equal. The others are measures, in
//! floats, and each kind of measure has its tolerance.

use serde_json::Value;
use std::path::{Path, PathBuf};

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../data/cases/grid")
}

/// How far a number may be from the expected one: a constant, and a part of the expected number.
#[derive(Clone, Copy)]
struct Tolerance(f64, f64);

/// Nothing but the number itself.
const EXACT: Tolerance = Tolerance(0.0, 0.0);
/// Prices, in micro-currency per kWh.
const PRICE: Tolerance = Tolerance(5.0, 1e-4);
/// Powers in W, energies in Wh, voltages in mV.
const POWER: Tolerance = Tolerance(0.5, 1e-4);
/// Sums of money, in nano-currency.
const MONEY: Tolerance = Tolerance(1.0, 1e-6);
/// Factors without a unit.
const FACTOR: Tolerance = Tolerance(1e-6, 1e-6);

/// The tolerance of a field by the names on its path.
fn tolerance(format: &str, path: &[String]) -> Tolerance {
    let named = |name: &str| path.iter().any(|part| part == name);
    match format {
        "veilgrid-grid-check-result/1" | "veilgrid-grid-nodal-result/1" => EXACT,
        _ if named("loss_factor") || named("ptdf") => FACTOR,
        _ if named("prices") || named("value_now") => PRICE,
        _ if ["binding", "plan"].iter().any(|name| named(name)) => EXACT,
        _ if ["welfare", "cost", "rent"].iter().any(|name| named(name)) => MONEY,
        _ => POWER,
    }
}

/// Collects every difference, with its path.
fn compare(format: &str, path: &mut Vec<String>, found: &Value, expected: &Value, differences: &mut Vec<String>) {
    let mut below = |step: String, found: &Value, expected: &Value| {
        path.push(step);
        compare(format, path, found, expected, differences);
        path.pop();
    };
    match (found, expected) {
        (Value::Object(left), Value::Object(right)) if left.keys().eq(right.keys()) => {
            left.iter().zip(right.values()).for_each(|((key, left), right)| below(key.clone(), left, right));
        }
        (Value::Array(left), Value::Array(right)) if left.len() == right.len() => {
            left.iter().zip(right).enumerate().for_each(|(at, (left, right))| below(at.to_string(), left, right));
        }
        (Value::Number(left), Value::Number(right)) => {
            let Tolerance(constant, part) = tolerance(format, path);
            let (left, right) = (left.as_f64().unwrap(), right.as_f64().unwrap());
            if (left - right).abs() > constant + part * right.abs() {
                differences.push(format!("{}: {found} instead of {expected}", path.join(".")));
            }
        }
        _ if found == expected => {}
        _ => differences.push(format!("{}: {found} instead of {expected}", path.join("."))),
    }
}

fn differences(found: &Value, expected: &Value) -> Vec<String> {
    let mut differences = Vec::new();
    let format = expected["format"].as_str().unwrap_or_default().to_string();
    compare(&format, &mut Vec::new(), found, expected, &mut differences);
    differences
}

fn read(name: &str) -> Vec<u8> {
    std::fs::read(folder().join(name)).unwrap_or_else(|error| panic!("{name}: {error}"))
}

#[test]
fn every_case_has_its_result() {
    let mut names: Vec<String> = std::fs::read_dir(folder())
        .unwrap()
        .filter_map(|entry| Some(entry.unwrap().file_name().to_str()?.strip_suffix(".input.json")?.to_string()))
        .collect();
    names.sort();
    assert!(names.len() >= 6, "the cases are in {}", folder().display());
    let mut wrong = Vec::new();
    for name in &names {
        let expected: Value = serde_json::from_slice(&read(&format!("{name}.expected.json"))).unwrap();
        match grid::problem::solve(&read(&format!("{name}.input.json"))) {
            Ok(found) => {
                wrong.extend(differences(&found, &expected).iter().map(|difference| format!("{name}: {difference}")))
            }
            Err(refused) => wrong.push(format!("{name}: refused: {refused}")),
        }
    }
    assert!(wrong.is_empty(), "\n{}", wrong.join("\n"));
}

/// A comparison that accepted anything would hide every fault.
#[test]
fn the_comparison_sees_each_kind_of_difference() {
    let expected: Value = serde_json::from_slice(&read("dcopf-degenerate-prices.expected.json")).unwrap();
    assert!(differences(&expected, &expected).is_empty());
    for (pointer, near, far) in [
        ("/welfare", 92_700_050_000.0, 92_701_000_000.0),
        ("/sold/G1", 60_006.0, 60_007.0),
        ("/prices/N2/high", 70_011.0, 70_013.0),
        ("/ptdf/0/1", -0.666667, -0.6667),
    ] {
        for (value, same) in [(near, true), (far, false)] {
            let mut changed = expected.clone();
            *changed.pointer_mut(pointer).unwrap() = value.into();
            assert_eq!(differences(&changed, &expected).is_empty(), same, "{pointer} {value}");
        }
    }
    for (pointer, value) in
        [("/binding", serde_json::json!([0])), ("/unique_prices", true.into()), ("/flows/0", Value::Null)]
    {
        let mut changed = expected.clone();
        *changed.pointer_mut(pointer).unwrap() = value;
        assert_eq!(differences(&changed, &expected).len(), 1, "{pointer}");
    }
    let mut more = expected.clone();
    more["sold"]["G4"] = 0.0.into();
    assert_eq!(differences(&more, &expected).len(), 1);
}
