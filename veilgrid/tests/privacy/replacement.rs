//! Two markets that differ only in hidden values: everybody else sees transcripts of the same shape.

use super::{office, shape};
use crate::support::*;
use serde_json::json;
use std::fs;
use veilgrid::audit::office::Office;

/// The small case with every hidden value another: volumes, prices, wishes, weights, places, reputations, balances,
/// readings. Who trades with whom and who falls short stays.
fn other_values() -> serde_json::Value {
    let mut scenario = json(&scenario(SMALL));
    for household in scenario["households"].as_array_mut().unwrap() {
        household["x"] = json!(111);
        household["y"] = json!(9999);
        household["reputation"] = json!(12);
        household["balance"] = json!(household["balance"].as_u64().unwrap() / 3 + 12_345_678);
    }
    for plan in scenario["cycles"][0]["plans"].as_array_mut().unwrap() {
        match plan["side"].as_str().unwrap() {
            "sell" => {
                for (field, value) in [("generated", 3100), ("volume", 990), ("injected", 3050), ("price", 330_000)] {
                    plan[field] = json!(value);
                }
                plan["energy_type"] = json!(if plan["energy_type"] == "wind" { "solar" } else { "wind" });
            }
            _ => {
                for (field, value) in [("volume", 1100), ("consumed", 1200), ("limit", 405_000)] {
                    plan[field] = json!(value);
                }
                plan["wanted"] = json!({ "price": 322_500, "volume": 7, "reputation": 3, "x": 5, "y": 6 });
                plan["weights"]["price"] = json!(1);
                plan["weights"]["place"] = json!(14);
            }
        }
    }
    scenario
}

fn played(scenario: &serde_json::Value) -> Vec<String> {
    let folder = tempfile::tempdir().unwrap();
    let [path, directory, report] = ["scenario.json", "data", "report.json"].map(|name| folder.path().join(name));
    fs::write(&path, scenario.to_string()).unwrap();
    let output = veilgrid(&market(&path, &directory, &report));
    assert!(output.status.success(), "{}", stderr(&output));
    shape(&Office::open(&directory, 0).unwrap(), &directory)
}

#[test]
fn other_hidden_values_give_a_transcript_of_the_same_shape() {
    let (_folder, directory, office) = office();
    let reference = shape(&office, &directory);
    assert!(reference.len() > 15, "there is something to compare");
    let simulated = |scenario: &serde_json::Value| {
        let folder = tempfile::tempdir().unwrap();
        let [path, report] = ["scenario.json", "report.json"].map(|name| folder.path().join(name));
        fs::write(&path, scenario.to_string()).unwrap();
        assert!(veilgrid(&["simulate", "--scenario", text(&path), "--report", text(&report)]).status.success());
        json(&report)
    };
    let (one, other) = (simulated(&json(&scenario(SMALL))), simulated(&other_values()));
    assert_ne!(one["trades"], other["trades"], "the values are others");
    assert_eq!(played(&other_values()), reference);
}
