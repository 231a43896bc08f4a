//! A cycle of the week of households, played again by the market.

use super::support::*;
use serde_json::Value;

#[test]
fn a_cycle_of_the_week_comes_out_the_same_with_real_proofs() {
    keys();
    let output = veilgrid(&["experiment", "week", "--households", "3", "--replay", "--json"]);
    assert!(output.status.success(), "{}", stderr(&output));
    let json: Value = serde_json::from_slice(&output.stdout).unwrap();
    let replay = &json["replay"];
    assert!(replay["trades"].as_u64() > Some(0) && replay["agrees"] == true);
    assert!(replay["proofs"].as_u64() > Some(10), "{replay}");
}
