//! Two markets that differ only in hidden values: all other parties see transcripts of the same
//! shape.

use super::{office, office_of, shape};
use crate::support::*;
use serde_json::json;
use std::fs;
use std::path::Path;
use std::sync::OnceLock;

/// The small case with other hidden values throughout: volumes, prices, wishes, weights, places,
/// reputations, balances, readings. The trading pairs and the sides that fall short are unchanged.
/// Quantities are large and rare enough to be searched for.
fn other_values() -> serde_json::Value {
    let mut scenario = json(&scenario(SMALL));
    // Large enough to be told from other numbers, and far above what a household's connection bears.
    scenario["market"]["greatest_energy"] = json!(u32::MAX);
    for (household, balance) in
        scenario["households"].as_array_mut().unwrap().iter_mut().zip([73_939_133_941_117u64, 82_589_933_243_112_609])
    {
        household["x"] = json!(111);
        household["y"] = json!(9999);
        household["reputation"] = json!(12);
        household["balance"] = json!(balance);
    }
    for plan in scenario["cycles"][0]["plans"].as_array_mut().unwrap() {
        match plan["side"].as_str().unwrap() {
            "sell" => {
                let values =
                    [("generated", 48_271_593), ("volume", 31_415_927), ("injected", 47_182_939), ("price", 337_500)];
                values.iter().for_each(|(field, value)| plan[field] = json!(value));
                plan["energy_type"] = json!(if plan["energy_type"] == "wind" { "solar" } else { "wind" });
            }
            _ => {
                let values = [("volume", 35_791_413), ("consumed", 39_916_801), ("limit", 412_500)];
                values.iter().for_each(|(field, value)| plan[field] = json!(value));
                plan["wanted"] = json!({ "price": 322_500, "volume": 7, "reputation": 3, "x": 5, "y": 6 });
                plan["weights"]["price"] = json!(1);
                plan["weights"]["place"] = json!(14);
            }
        }
    }
    scenario
}

/// The scenario of other values as a file, and a market of it.
pub(super) fn other() -> &'static (serde_json::Value, Reference) {
    static RUN: OnceLock<(serde_json::Value, Reference)> = OnceLock::new();
    RUN.get_or_init(|| {
        let scenario = other_values();
        let path = Path::new(env!("CARGO_TARGET_TMPDIR")).join("other-values.json");
        fs::write(&path, scenario.to_string()).unwrap();
        (scenario, played("market-other-values", &path))
    })
}

#[test]
fn other_hidden_values_give_a_transcript_of_the_same_shape() {
    let (_folder, directory, office) = office();
    let reference_shape = shape(&office, &directory);
    assert!(reference_shape.len() > 15, "there is something to compare");
    let (_, other) = other();
    assert_ne!(other.report["trades"], reference().report["trades"], "the values are others");
    let (_folder, directory, office) = office_of(other);
    assert_eq!(shape(&office, &directory), reference_shape);
}
