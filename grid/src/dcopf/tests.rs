use super::*;
use serde_json::json;

const RADIAL: &str = include_str!("../../../data/cases/grid/dcopf-seed000-radial.input.json");
const MESHED: &str = include_str!("../../../data/cases/grid/dcopf-three-bus-congested.input.json");

fn read(file: &Value) -> Result<Network, Refused> {
    Network::read(&serde_json::to_vec(file).unwrap())
}

fn file(text: &str) -> Value {
    serde_json::from_str(text).unwrap()
}

fn prices(outcome: &Outcome) -> Vec<f64> {
    outcome.prices.iter().map(|interval| interval.price.unwrap()).collect()
}

fn near(found: &[f64], expected: &[f64]) {
    let same = found.iter().zip(expected).all(|(found, expected)| (found - expected).abs() < 1e-3);
    assert!(same && found.len() == expected.len(), "{found:?} instead of {expected:?}");
}

/// 147.37 MW are fed in at N1, 138.16 and 9.21 MW are taken out at N2 and N3.
#[test]
fn a_radial_network_has_one_price_of_12_370() {
    let outcome = solve(&read(&file(RADIAL)).unwrap()).unwrap();
    near(&outcome.flows, &[147_370_000.0, 9_210_000.0]);
    near(&prices(&outcome), &[12_370.0; 3]);
    assert!(outcome.unique_prices && outcome.binding.is_empty() && outcome.rent == 0.0);
}

/// With 100 MW on the line N1 to N2 the second offer sets the price behind it.
#[test]
fn a_full_line_splits_it_into_12_370_and_15_000_with_a_rent_of_263_an_hour() {
    let mut congested = file(RADIAL);
    congested["lines"][0]["limit"] = 100_000_000.into();
    let outcome = solve(&read(&congested).unwrap()).unwrap();
    near(&prices(&outcome), &[12_370.0, 15_000.0, 15_000.0]);
    assert_eq!(outcome.binding, [0]);
    assert!((outcome.rent / 1e9 - 263.0).abs() < 1e-6);
}

#[test]
fn a_full_line_of_a_loop_gives_three_prices() {
    let outcome = solve(&read(&file(MESHED)).unwrap()).unwrap();
    near(&outcome.sold, &[135_000.0, 15_000.0]);
    near(&outcome.flows, &[50_000.0, 35_000.0, 85_000.0]);
    near(&prices(&outcome), &[20_000.0, 40_000.0, 30_000.0]);
    assert!((outcome.rent - 30_000.0 * 50_000.0).abs() < 1.0);
}

/// One bus is an auction: its price is the middle of what the last and the next W are worth.
#[test]
fn a_single_bus_has_the_auctions_midpoint() {
    let auction = json!({
        "format": FORMAT, "buses": ["A"], "lines": [],
        "offers": [{ "id": "a", "bus": "A", "max": 1000, "ask": 5 }, { "id": "b", "bus": "A", "max": 1000, "ask": 7 },
                   { "id": "c", "bus": "A", "max": 1000, "ask": 9 }],
        "bids": [{ "id": "d", "bus": "A", "max": 1000, "limit": 12 }, { "id": "e", "bus": "A", "max": 1000, "limit": 10 },
                 { "id": "f", "bus": "A", "max": 1000, "limit": 8 }],
    });
    let outcome = solve(&read(&auction).unwrap()).unwrap();
    let Interval { low, high, price } = outcome.prices[0];
    near(&[low.unwrap(), high.unwrap(), price.unwrap()], &[8.0, 9.0, 8.5]);
    near(&outcome.sold, &[1000.0, 1000.0, 0.0]);
}

#[test]
fn ends_that_nothing_bounds_are_null() {
    let of = |offers: Value, bids: Value| {
        let file = json!({
            "format": FORMAT, "buses": ["A", "B"],
            "lines": [{ "from": "A", "to": "B", "x": 1, "limit": 0 }, { "from": "B", "to": "A", "x": 7, "limit": null }],
            "offers": offers, "bids": bids,
        });
        solve(&read(&file).unwrap()).unwrap().prices
    };
    let none = Interval { low: None, high: None, price: None };
    let high = |found: Interval, price: f64| {
        assert!(found.low.is_none() && found.high == found.price, "{found:?}");
        near(&[found.high.unwrap()], &[price]);
    };
    let low = |found: Interval, price: f64| {
        assert!(found.high.is_none() && found.low == found.price, "{found:?}");
        near(&[found.low.unwrap()], &[price]);
    };
    let offer = json!([{ "id": "O", "bus": "A", "max": 10, "ask": 3 }]);
    let bid = json!([{ "id": "D", "bus": "B", "max": 10, "limit": 9 }]);
    assert_eq!(of(json!([]), json!([])), [none, none]);
    let found = of(offer.clone(), json!([]));
    high(found[0], 3.0);
    assert_eq!(found[1], none);
    let found = of(offer, bid);
    high(found[0], 3.0);
    low(found[1], 9.0);
    // A plan of nothing says nothing.
    assert_eq!(of(json!([{ "id": "O", "bus": "A", "max": 0, "ask": 3 }]), json!([])), [none, none]);
}

#[test]
fn a_bad_field_is_refused_with_its_path() {
    for (pointer, value, path, code) in [
        ("/buses", json!([]), "buses", "grid-unconnected"),
        ("/buses", json!(["N1", "N2", "N3", "N4"]), "buses[3]", "grid-unconnected"),
        ("/buses/1", json!("N1"), "buses[1]", "grid-id"),
        ("/buses/1", json!(""), "buses[1]", "grid-id"),
        ("/lines/1/from", json!("X"), "lines[1].from", "grid-unknown-bus"),
        ("/lines/1/to", json!("N2"), "lines[1].to", "grid-not-radial"),
        ("/lines/1/x", json!(0), "lines[1].x", "grid-bounds"),
        ("/lines/1/x", json!(1u64 << 31), "lines[1].x", "grid-bounds"),
        ("/lines/1/x", json!(1.5), "lines[1].x", "grid-shape"),
        ("/lines/1/limit", json!(1u64 << 40), "lines[1].limit", "grid-bounds"),
        ("/lines/1/limit", json!(-5), "lines[1].limit", "grid-shape"),
        ("/lines/1", json!({ "from": "N2", "to": "N3", "x": 1 }), "lines[1].limit", "grid-shape"),
        ("/lines/1", json!({ "from": "N2", "to": "N3", "x": 1, "limit": 1, "r": 1 }), "lines[1].r", "grid-shape"),
        ("/offers/1/id", json!("G1"), "offers[1].id", "grid-id"),
        ("/bids/0/id", json!("G1"), "bids[0].id", "grid-id"),
        ("/offers/1/max", json!(1u64 << 40), "offers[1].max", "grid-bounds"),
        ("/offers/1/ask", json!(1u64 << 32), "offers[1].ask", "grid-bounds"),
        ("/bids/1/limit", json!(1u64 << 32), "bids[1].limit", "grid-bounds"),
        ("/bids/1/bus", json!("X"), "bids[1].bus", "grid-unknown-bus"),
    ] {
        let mut changed = file(MESHED);
        *changed.pointer_mut(pointer).unwrap() = value.clone();
        let refused = read(&changed).unwrap_err();
        assert_eq!((refused.path.as_str(), refused.code()), (path, code), "{pointer} {value}");
    }
    let mut many = file(MESHED);
    many["buses"] = (0..=MAX_BUSES).map(|bus| format!("N{bus}")).collect::<Vec<_>>().into();
    assert_eq!(read(&many).unwrap_err().code(), "grid-too-many");
    let mut many = file(MESHED);
    many["lines"] = vec![many["lines"][0].clone(); MAX_LINES + 1].into();
    assert_eq!(read(&many).unwrap_err().code(), "grid-too-many");
}
