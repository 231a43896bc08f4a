//! The scenarios of data/cases, with the outcomes that independent programs gave them.

use market::rules::play;
use market::scenario::Scenario;
use serde_json::{json, Value};
use std::path::{Path, PathBuf};

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../data/cases")
}

fn agrees(name: &str) {
    let read = |kind: &str| std::fs::read(folder().join(format!("{name}.{kind}.json"))).unwrap();
    let outcome = play(&Scenario::parse(&read("scenario")).unwrap(), &mut |_| ()).unwrap();
    let expected: Value = serde_json::from_slice(&read("expected")).unwrap();
    let found = json!({ "trades": outcome.trades, "grid": outcome.grid, "households": outcome.households });
    for part in ["trades", "grid", "households"] {
        assert!(expected[part].is_array(), "{name}: {part} is expected");
        assert_eq!(found[part], expected[part], "{name}: {part}");
    }
    // A case that says nothing of rejections has none.
    let rejected = expected.get("rejected").cloned().unwrap_or(json!([]));
    assert_eq!(json!(outcome.rejected), rejected, "{name}: rejected");
}

macro_rules! cases {
    ($($test:ident: $name:literal,)*) => {
        $(#[test] fn $test() { agrees($name); })*

        #[test]
        fn no_case_is_left_out() {
            let tested = [$($name),*];
            let mut found = 0;
            for below in ["", "revision-2/"] {
                for entry in std::fs::read_dir(folder().join(below)).unwrap() {
                    let file = entry.unwrap().file_name().into_string().unwrap();
                    let Some(name) = file.strip_suffix(".scenario.json") else { continue };
                    assert!(tested.contains(&format!("{below}{name}").as_str()), "{below}{name}: test it here");
                    found += 1;
                }
            }
            assert_eq!(found, tested.len());
        }
    };
}

cases! {
    two_households: "two-households",
    ten_households: "ten-households",
    thirty_households_two_cycles: "thirty-households-two-cycles",
    ties: "ties",
    tolerance_edge: "tolerance-edge",
    imbalance_household: "revision-2/imbalance-household",
    penalty_and_lots: "revision-2/penalty-and-lots",
    penalties_at_their_bounds: "revision-2/penalties-at-their-bounds",
    midpoint_and_both_sides_owe: "revision-2/midpoint-and-both-sides-owe",
    rests_below_the_least_lot: "revision-2/rests-below-the-least-lot",
    both_sides_bear_an_imbalance: "revision-2/both-sides-bear-an-imbalance",
    imbalance_that_stays_unpaid: "revision-2/imbalance-that-stays-unpaid",
    unplanned_energy_and_tariffs: "revision-2/unplanned-energy-and-tariffs",
    a_small_greatest_energy: "revision-2/a-small-greatest-energy",
    energy_near_its_bound: "revision-2/energy-near-its-bound",
}
