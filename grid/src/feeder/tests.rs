use super::*;
use crate::refused::Problem;
use serde_json::json;

const EVENING: &str = include_str!("../../../data/cases/grid/feeder-evening.input.json");

fn changed(pointer: &str, value: Value) -> Result<Feeder, Refused> {
    let mut file: Value = serde_json::from_str(EVENING).unwrap();
    *file.pointer_mut(pointer).unwrap_or_else(|| panic!("{pointer}")) = value;
    Feeder::read(&serde_json::to_vec(&file).unwrap())
}

fn solved(pointer: &str, value: Value) -> Result<Solution, Unserved> {
    solve(&changed(pointer, value).unwrap())
}

/// The worked example: in the evening a line and a voltage are at their limits.
#[test]
fn the_evenings_rent_is_told_by_its_causes() {
    let rent = solve(&Feeder::read(EVENING.as_bytes()).unwrap()).unwrap().rent;
    let near = |found: f64, expected: f64| assert!((found - expected).abs() < 0.0006e9, "{found} is not {expected}");
    near(rent.income, 24.393e9);
    near(rent.root, 18.039e9);
    near(rent.income - rent.root, 6.354e9);
    near(rent.loss, 0.647e9 - 0.339e9);
    near(rent.line, 2.200e9);
    near(rent.voltage, 3.845e9);
    near(rent.loss + rent.line + rent.voltage, rent.income - rent.root);
}

#[test]
fn without_losses_a_price_has_no_part_for_them() {
    let solution = solved("/losses", false.into()).unwrap();
    assert_eq!(solution.loss, 0.0);
    assert!(solution.prices.iter().all(|parts| parts.loss == 0.0 && parts.loss_factor == 1.0));
    assert!((solution.prices[2].price - 420_000.0).abs() < 1.0);
    assert!((solution.from_grid - solution.flows[0]).abs() < 1e-6);
}

#[test]
fn a_feeder_without_full_limits_has_the_grids_price_and_losses() {
    let mut file: Value = serde_json::from_str(EVENING).unwrap();
    file["v_min_mv"] = 300_000.into();
    file["lines"][1]["limit"] = Value::Null;
    let solution = solve(&Feeder::read(&serde_json::to_vec(&file).unwrap()).unwrap()).unwrap();
    for parts in &solution.prices {
        assert_eq!((parts.congestion, parts.voltage), (0.0, 0.0));
        assert!((parts.price - 300_000.0 * parts.loss_factor).abs() < 1e-6);
    }
    assert!(solution.sold[0] < 1e-3 && solution.sold[1] < 1e-3 && (solution.sold[2] - 3_000.0).abs() < 1e-3);
}

/// Two limits end together, and many worths fit: the parts are the smallest.
#[test]
fn of_several_worths_the_smallest_parts_are_taken() {
    let file = json!({
        "format": FORMAT, "nominal_mv": 400_000, "root_mv": 400_000, "v_min_mv": 390_000, "v_max_mv": 410_000,
        "grid_price": 300_000, "losses": false, "buses": ["T", "A"],
        "lines": [{ "from": "T", "to": "A", "r": 100, "x": 0, "limit": 0 }],
        "loads": [{ "bus": "A", "p": 5_000, "q": 0 }],
        "offers": [{ "id": "O", "bus": "A", "max": 5_000, "ask": 400_000 }],
        "bids": [{ "id": "B", "bus": "A", "max": 5_000, "limit": 100_000 }],
    });
    let solution = solve(&Feeder::read(&serde_json::to_vec(&file).unwrap()).unwrap()).unwrap();
    // The offer is used up and the line carries nothing: A's price is 400,000 or more.
    assert!((solution.sold[0] - 5_000.0).abs() < 1e-3 && solution.bought[0] < 1e-3);
    let parts = solution.prices[1];
    assert!((parts.congestion - 100_000.0).abs() < 0.1 && parts.voltage.abs() < 1e-6, "{parts:?}");
}

#[test]
fn a_load_that_limits_leave_unserved_names_the_limit() {
    let unserved = solved("/loads/3/p", 900_000.into()).unwrap_err();
    assert!(
        matches!(&unserved, Unserved::Voltage { bus, voltage } if bus == "D" && *voltage < 388_000.0),
        "{unserved:?}"
    );
    let mut file: Value = serde_json::from_str(EVENING).unwrap();
    file["lines"][3]["limit"] = 1_000.into();
    let unserved = solve(&Feeder::read(&serde_json::to_vec(&file).unwrap()).unwrap()).unwrap_err();
    assert!(matches!(unserved, Unserved::Line { line: 3, over } if (over - 8_000.0).abs() < 1.0), "{unserved:?}");
    assert_eq!(unserved.code(), "grid-unserved");
    let refused = answer(&serde_json::to_vec(&file).unwrap()).unwrap_err();
    assert_eq!((refused.path.as_str(), refused.code()), ("", "grid-unserved"));
}

#[test]
fn a_bad_field_is_refused_with_its_path() {
    for (pointer, value, path, code) in [
        ("/nominal_mv", json!(0), "nominal_mv", "grid-bounds"),
        ("/nominal_mv", json!(1u64 << 31), "nominal_mv", "grid-bounds"),
        ("/root_mv", json!(387_999), "root_mv", "grid-bounds"),
        ("/root_mv", json!(420_001), "root_mv", "grid-bounds"),
        ("/v_min_mv", json!(420_001), "v_max_mv", "grid-bounds"),
        ("/grid_price", json!(1u64 << 32), "grid_price", "grid-bounds"),
        ("/grid_price", json!(-1), "grid_price", "grid-shape"),
        ("/losses", json!(1), "losses", "grid-shape"),
        ("/lines/1/from", json!("X"), "lines[1].from", "grid-unknown-bus"),
        ("/lines/1/to", json!("A"), "lines[1].to", "grid-not-radial"),
        ("/lines/1/r", json!(1u64 << 31), "lines[1].r", "grid-bounds"),
        ("/lines/1/x", json!(1u64 << 31), "lines[1].x", "grid-bounds"),
        ("/lines/1/limit", json!(1u64 << 40), "lines[1].limit", "grid-bounds"),
        ("/lines/1/limit", json!(-1), "lines[1].limit", "grid-shape"),
        ("/lines/1", json!({ "from": "A", "to": "B", "r": 1, "x": 1 }), "lines[1].limit", "grid-shape"),
        ("/loads/0/bus", json!("X"), "loads[0].bus", "grid-unknown-bus"),
        ("/loads/0/p", json!(1u64 << 40), "loads[0].p", "grid-bounds"),
        ("/loads/0/q", json!(-(1i64 << 40)), "loads[0].q", "grid-bounds"),
        ("/offers/1/id", json!("battery-B"), "offers[1].id", "grid-id"),
        ("/offers/1/bus", json!("X"), "offers[1].bus", "grid-unknown-bus"),
        ("/offers/1/max", json!(1u64 << 40), "offers[1].max", "grid-bounds"),
        ("/offers/1/ask", json!(1u64 << 32), "offers[1].ask", "grid-bounds"),
        ("/buses/1", json!("T"), "buses[1]", "grid-id"),
    ] {
        let refused = changed(pointer, value.clone()).unwrap_err();
        assert_eq!((refused.path.as_str(), refused.code()), (path, code), "{pointer} {value}");
    }
    let mut file: Value = serde_json::from_str(EVENING).unwrap();
    file["more"] = 1.into();
    let refused = Feeder::read(&serde_json::to_vec(&file).unwrap()).unwrap_err();
    assert!(refused.path == "more" && matches!(refused.problem, Problem::Shape(_)));
}
