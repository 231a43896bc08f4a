use super::*;
use protocol::units::{Money, Price, Side};
use serde_json::{json, Value};

fn good() -> Value {
    json!({
        "format": "veilgrid-scenario/1",
        "market": { "tolerance_permille": 50, "price_rule": "ask", "max_rounds": 8, "feed_in": 300000, "retail": 650000,
            "price_grid": { "first": 300000, "step": 7500 },
            "ranges": { "volume": [0, 5000], "reputation": [0, 100], "place": [0, 10000] } },
        "households": [
            { "id": "H000", "x": 1200, "y": 8100, "reputation": 100, "balance": 5000000000u64 },
            { "id": "H001", "x": 0, "y": 1048575, "reputation": 0, "balance": u64::MAX } ],
        "cycles": [ { "cycle": 7, "plans": [
            { "household": "H000", "side": "sell", "energy_type": "solar", "generated": 1500, "volume": 1200,
              "price": 450000, "injected": 1450, "confirm": "yes" },
            { "household": "H001", "side": "buy", "volume": 800, "limit": 600000, "consumed": 820, "confirm": "refuse",
              "wanted": { "price": 420000, "volume": 800, "reputation": 100, "x": 900, "y": 8000 },
              "weights": { "price": 12, "volume": 3, "reputation": 2, "place": 8,
                  "types": { "wind": 0, "hydro": 0, "fossil": 15, "solar": 0, "biomass": 4 } } } ] },
            { "cycle": 8, "plans": [] } ]
    })
}

fn parse(value: &Value) -> Result<Scenario, Refused> {
    Scenario::parse(value.to_string().as_bytes())
}

/// A copy of the good scenario with the field at a JSON pointer set.
fn with(pointer: &str, value: Value) -> Value {
    let mut scenario = good();
    let (parent, field) = pointer.rsplit_once('/').unwrap();
    match scenario.pointer_mut(parent).unwrap() {
        Value::Object(object) => object.insert(field.into(), value),
        Value::Array(array) => Some(std::mem::replace(&mut array[field.parse::<usize>().unwrap()], value)),
        _ => panic!("{pointer} is no field"),
    };
    scenario
}

fn without(pointer: &str) -> Value {
    let mut scenario = good();
    let (parent, field) = pointer.rsplit_once('/').unwrap();
    scenario.pointer_mut(parent).unwrap().as_object_mut().unwrap().remove(field).unwrap();
    scenario
}

#[track_caller]
fn refused(value: &Value, code: &str, line: &str) {
    let refused = parse(value).expect_err("must be refused");
    // Where in the text it is depends on how the test prints it.
    let text = refused.to_string();
    let text = text.split(" at line ").next().unwrap();
    assert_eq!((refused.code(), text), (code, line));
}

#[test]
fn the_example_is_read() {
    let scenario = parse(&good()).unwrap();
    assert_eq!(scenario.plans(), 2);
    assert_eq!(scenario.households[1].balance, Money::MAX);
    let Intent::Buy(buy) = &scenario.cycles[0].plans[1].intent else { panic!("it buys") };
    assert_eq!(buy.lock().get(), 800 * 600_000);
    assert_eq!(buy.bid.weights.types.map(|weight| weight.get()), [0, 0, 15, 0, 4]);
    assert_eq!(scenario.cycles[0].plans[1].confirm, Confirm::Refuse);
    assert_eq!(scenario.cycles[0].plans[0].side(), Side::Sell);
    assert_eq!(scenario.cycles[0].plans[0].volume().get(), 1200);
}

#[test]
fn what_is_written_is_read_again() {
    let file = file::File::parse(good().to_string().as_bytes()).unwrap();
    assert_eq!(file::File::parse(file.to_json().as_bytes()).unwrap(), file);
}

#[test]
fn wanted_values_are_clamped_by_their_range_and_not_refused() {
    for (field, value) in [("volume", u64::MAX), ("reputation", 1000), ("x", 1 << 40), ("y", 10_001)] {
        parse(&with(&format!("/cycles/0/plans/1/wanted/{field}"), value.into())).unwrap();
    }
}

#[test]
fn every_field_is_required() {
    let object_paths = [
        "",
        "/market",
        "/market/price_grid",
        "/market/ranges",
        "/households/1",
        "/cycles/0",
        "/cycles/0/plans/0",
        "/cycles/0/plans/1",
        "/cycles/0/plans/1/wanted",
        "/cycles/0/plans/1/weights",
        "/cycles/0/plans/1/weights/types",
    ];
    let mut count = 0;
    for parent in object_paths {
        let fields: Vec<String> = good().pointer(parent).unwrap().as_object().unwrap().keys().cloned().collect();
        for field in fields {
            let refused = parse(&without(&format!("{parent}/{field}"))).expect_err(&field);
            assert_eq!(refused.code(), "scenario-shape", "{parent}/{field}");
            assert!(refused.to_string().contains(&format!("`{field}`")), "{refused}");
            count += 1;
        }
        // And no other is allowed, and none may be null, and no object may be an array of its
        // values.
        let unknown = parse(&with(&format!("{parent}/surprise"), json!(1))).unwrap_err();
        assert!(unknown.code() == "scenario-shape" && unknown.path.ends_with("surprise"), "{unknown}");
        let mut scenario = good();
        let object = scenario.pointer_mut(parent).unwrap();
        *object = object.as_object().unwrap().values().cloned().collect();
        assert_eq!(parse(&scenario).expect_err(parent).code(), "scenario-shape", "{parent} as an array");
    }
    assert_eq!(count, 4 + 7 + 2 + 3 + 5 + 2 + 8 + 8 + 5 + 5 + 5);
}

#[test]
fn wrong_types_are_refused_with_their_path() {
    for value in [json!(null), json!("1200"), json!(1.5), json!(-1), json!(1e3), json!([1]), json!({}), json!(true)] {
        for (pointer, path) in [
            ("/cycles/0/plans/0/volume", "cycles[0].plans[0].volume"),
            ("/cycles/0/plans/0/price", "cycles[0].plans[0].price"),
            ("/cycles/0/plans/1/weights/types/wind", "cycles[0].plans[1].weights.types.wind"),
            ("/market/penalty", "market.penalty"),
            ("/market/greatest_energy", "market.greatest_energy"),
            ("/market/ranges/place/1", "market.ranges.place[1]"),
            ("/households/0/balance", "households[0].balance"),
        ] {
            let refused = parse(&with(pointer, value.clone())).expect_err(pointer);
            assert_eq!((refused.code(), refused.path.as_str()), ("scenario-shape", path), "{value}");
        }
    }
    for (pointer, word) in [
        ("/market/price_rule", "ask"),
        ("/market/imbalance", "operator"),
        ("/cycles/0/plans/0/side", "sell"),
        ("/cycles/0/plans/0/energy_type", "wind"),
        ("/cycles/0/plans/0/confirm", "yes"),
    ] {
        for value in [json!("other"), json!({ word: null }), json!(word.to_uppercase()), json!(0), json!(null)] {
            assert_eq!(parse(&with(pointer, value)).expect_err(pointer).code(), "scenario-shape");
        }
    }
    for count in [0, 1, 3] {
        let line = format!("market.ranges.place: invalid length {count}, expected two numbers, [lo, hi]");
        refused(&with("/market/ranges/place", json!(vec![0; count])), "scenario-shape", &line);
    }
}

#[test]
fn bounds() {
    for (pointer, path, least, most) in [
        ("/market/tolerance_permille", "market.tolerance_permille", 0, 999),
        ("/market/max_rounds", "market.max_rounds", 1, 255),
        ("/market/feed_in", "market.feed_in", 0, u32::MAX as u64),
        ("/market/retail", "market.retail", 0, u32::MAX as u64),
        ("/market/penalty", "market.penalty", 0, u32::MAX as u64),
        ("/market/least_lot", "market.least_lot", 1, 800),
        ("/market/greatest_energy", "market.greatest_energy", 1500, u32::MAX as u64),
        ("/households/0/x", "households[0].x", 0, (1 << 20) - 1),
        ("/households/0/y", "households[0].y", 0, (1 << 20) - 1),
        ("/households/0/reputation", "households[0].reputation", 0, 100),
        ("/cycles/0/plans/0/generated", "cycles[0].plans[0].generated", 1200, 12_500),
        ("/cycles/0/plans/0/volume", "cycles[0].plans[0].volume", 1, 1500),
        ("/cycles/0/plans/0/injected", "cycles[0].plans[0].injected", 0, 12_500),
        ("/cycles/0/plans/1/volume", "cycles[0].plans[1].volume", 1, 12_500),
        ("/cycles/0/plans/1/consumed", "cycles[0].plans[1].consumed", 0, 12_500),
        ("/cycles/0/plans/1/weights/price", "cycles[0].plans[1].weights.price", 0, 15),
        ("/cycles/0/plans/1/weights/volume", "cycles[0].plans[1].weights.volume", 0, 15),
        ("/cycles/0/plans/1/weights/reputation", "cycles[0].plans[1].weights.reputation", 0, 15),
        ("/cycles/0/plans/1/weights/place", "cycles[0].plans[1].weights.place", 0, 15),
        ("/cycles/0/plans/1/weights/types/solar", "cycles[0].plans[1].weights.types.solar", 0, 15),
        ("/cycles/1/cycle", "cycles[1].cycle", 8, u32::MAX as u64),
    ] {
        for inside in [least, most] {
            parse(&with(pointer, inside.into())).expect(path);
        }
        for outside in [least.checked_sub(1), Some(most + 1)].into_iter().flatten() {
            let refused = parse(&with(pointer, outside.into())).expect_err(path);
            // A bound that another field sets is refused there.
            let own = match path {
                "cycles[0].plans[0].generated" => "cycles[0].plans[0].volume",
                "market.least_lot" if outside > 0 => "cycles[0].plans[1].volume",
                "market.greatest_energy" => "cycles[0].plans[0].generated",
                path => path,
            };
            assert!(
                [path, own].contains(&refused.path.as_str()) && refused.code() != "scenario-shape",
                "{path} {outside}: {refused}"
            );
        }
    }
    refused(&with("/market/max_rounds", 0.into()), "scenario-bounds", "market.max_rounds: 0 is not in 1..=255");
}

#[test]
fn terms_have_defaults_and_a_default_is_not_written() {
    let scenario = parse(&good()).unwrap();
    assert_eq!(scenario.terms, Terms::default());
    let mut stated = good();
    for (field, value) in [
        ("penalty", json!(0)),
        ("least_lot", json!(1)),
        ("greatest_energy", json!(12_500)),
        ("imbalance", json!("operator")),
    ] {
        stated["market"][field] = value;
    }
    for c in 0..2 {
        stated["cycles"][c]["unplanned"] = json!([]);
    }
    assert_eq!(parse(&stated).unwrap(), scenario);
    let file = |value: &Value| file::File::parse(value.to_string().as_bytes()).unwrap();
    assert_eq!(file(&stated).to_json(), file(&good()).to_json());
    assert!(!file(&good()).to_json().contains("penalty"));

    let mut other = good();
    for (field, value) in [
        ("penalty", json!(u32::MAX)),
        ("least_lot", json!(200)),
        ("greatest_energy", json!(1500)),
        ("imbalance", json!("household")),
    ] {
        other["market"][field] = value;
    }
    other["cycles"][0]["starts"] = json!("2025-06-10T12:00:00Z");
    other["cycles"][1]["tariff"] = json!({ "feed_in": 0, "retail": 7 });
    other["cycles"][1]["unplanned"] = json!([{ "household": "H001", "injected": 1500, "consumed": 0 }]);
    assert_eq!(file::File::parse(file(&other).to_json().as_bytes()).unwrap(), file(&other));
    let scenario = parse(&other).unwrap();
    let terms = &scenario.terms;
    assert_eq!((terms.penalty, terms.imbalance), (Price::MAX, Imbalance::Household));
    assert_eq!((terms.least_lot.get(), terms.greatest_energy.get()), (200, 1500));
    assert_eq!(scenario.cycles[0].starts.unwrap().seconds(), 1_749_556_800);
    let tariffs = [0, 1].map(|c| scenario.tariff(&scenario.cycles[c])).map(|t| (t.feed_in.get(), t.retail.get()));
    assert_eq!(tariffs, [(300_000, 650_000), (0, 7)]);
    assert_eq!(scenario.cycles[1].unplanned[0].injected.get(), 1500);
}

#[test]
fn lots_and_the_greatest_energy_bound_plans_and_readings() {
    let terms = |least_lot: u64, greatest_energy: u64| {
        let mut scenario = good();
        scenario["market"]["least_lot"] = least_lot.into();
        scenario["market"]["greatest_energy"] = greatest_energy.into();
        scenario
    };
    parse(&terms(800, 1500)).unwrap();
    let line = "cycles[0].plans[1].volume: 800 Wh is below 801 Wh, the least lot of this market (market.least_lot)";
    refused(&terms(801, 1500), "scenario-below-least-lot", line);
    let above = |path: &str, value: u64, greatest: u64| {
        format!(
            "{path}: {value} Wh is above {greatest} Wh, the greatest energy of a household in a cycle of this market; \
             a scenario may state another as market.greatest_energy"
        )
    };
    const CODE: &str = "scenario-above-greatest-energy";
    refused(&terms(1, 1499), CODE, &above("cycles[0].plans[0].generated", 1500, 1499));
    refused(&terms(1, 1199), CODE, &above("cycles[0].plans[0].volume", 1200, 1199));
    refused(&terms(12_501, 12_500), CODE, &above("market.least_lot", 12_501, 12_500));
    refused(&with("/market/least_lot", 12_501.into()), CODE, &above("market.least_lot", 12_501, 12_500));
    for (pointer, path) in [
        ("/cycles/0/plans/0/volume", "cycles[0].plans[0].volume"),
        ("/cycles/0/plans/0/generated", "cycles[0].plans[0].generated"),
        ("/cycles/0/plans/0/injected", "cycles[0].plans[0].injected"),
        ("/cycles/0/plans/1/volume", "cycles[0].plans[1].volume"),
        ("/cycles/0/plans/1/consumed", "cycles[0].plans[1].consumed"),
    ] {
        for value in [12_501, u64::from(u32::MAX), 1 << 32, u64::MAX] {
            refused(&with(pointer, value.into()), CODE, &above(path, value, 12_500));
        }
    }
}

#[test]
fn what_a_cycle_may_state() {
    let refused_with = |pointer: &str, value: Value, code: &str, line: &str| refused(&with(pointer, value), code, line);
    let not =
        "cycles[0].starts: \"2025-06-10\" is not a time as 2025-06-10T12:00:00Z (RFC 3339, in UTC, in whole seconds)";
    refused_with("/cycles/0/starts", json!("2025-06-10"), "scenario-starts", not);
    let mut late = with("/cycles/0/starts", json!("2025-06-10T12:00:00Z"));
    late["cycles"][1]["starts"] = json!("2025-06-10T12:00:00Z");
    let order =
        "cycles[1].starts: 2025-06-10T12:00:00Z is not after 2025-06-10T12:00:00Z, when an earlier cycle starts";
    refused(&late, "scenario-starts-order", order);
    let price = "cycles[0].tariff.retail: 4294967296 is not in 0..=4294967295";
    refused_with("/cycles/0/tariff", json!({ "feed_in": 0, "retail": 1u64 << 32 }), "scenario-bounds", price);
    let missing = parse(&with("/cycles/0/tariff", json!({ "feed_in": 0 }))).unwrap_err();
    assert_eq!((missing.code(), missing.path.as_str()), ("scenario-shape", "cycles[0].tariff.retail"));

    let unplanned = |entries: Value| with("/cycles/0/unplanned", entries);
    let entry = |household: &str, injected: u64, consumed: u64| json!({ "household": household, "injected": injected, "consumed": consumed });
    parse(&unplanned(json!([entry("H000", 0, 7), entry("H001", 12_500, 0)]))).unwrap();
    for (entries, code, line) in [
        (
            json!([entry("H000", 1, 7)]),
            "scenario-planned",
            "cycles[0].unplanned[0].injected: \"H000\" has a sell plan in this cycle, and all that it injected stands there",
        ),
        (
            json!([entry("H001", 0, 1)]),
            "scenario-planned",
            "cycles[0].unplanned[0].consumed: \"H001\" has a buy plan in this cycle, and all that it consumed stands there",
        ),
        (
            json!([entry("H000", 0, 1), entry("H000", 0, 1)]),
            "scenario-second-unplanned",
            "cycles[0].unplanned[1].household: \"H000\" already has unplanned[0] in this cycle",
        ),
        (
            json!([entry("H002", 0, 1)]),
            "scenario-unknown-household",
            "cycles[0].unplanned[0].household: \"H002\" is not the id of a household",
        ),
        (
            json!([entry("H000", 0, 12_501)]),
            "scenario-above-greatest-energy",
            "cycles[0].unplanned[0].consumed: 12501 Wh is above 12500 Wh, the greatest energy of a household in a \
             cycle of this market; a scenario may state another as market.greatest_energy",
        ),
    ] {
        refused(&unplanned(entries), code, line);
    }
}

#[test]
fn prices_are_on_the_grid() {
    let line = |path: &str, price: u64| format!("{path}: {price} is not on the tick grid (300000 + 7500 x 0..47)");
    for (pointer, path) in [
        ("/cycles/0/plans/0/price", "cycles[0].plans[0].price"),
        ("/cycles/0/plans/1/limit", "cycles[0].plans[1].limit"),
        ("/cycles/0/plans/1/wanted/price", "cycles[0].plans[1].wanted.price"),
    ] {
        for price in [0, 299_999, 292_500, 451_000, 660_000, 1 << 32, u64::MAX] {
            refused(&with(pointer, price.into()), "scenario-off-grid", &line(path, price));
        }
        parse(&with(pointer, 300_000.into())).unwrap();
        parse(&with(pointer, 652_500.into())).unwrap();
    }
    refused(
        &with("/market/price_grid/step", 0.into()),
        "scenario-bounds",
        "market.price_grid.step: 0 is not in 1..=91375899",
    );
    assert_eq!(parse(&with("/market/price_grid/step", 91_375_900.into())).unwrap_err().path, "market.price_grid.step");
}

#[test]
fn ranges_are_in_order_and_within_bounds() {
    let line = "market.ranges.volume: [5, 5] is not a range: its first number must be below its second";
    refused(&with("/market/ranges/volume", json!([5, 5])), "scenario-range", line);
    refused(
        &with("/market/ranges/reputation", json!([0, 101])),
        "scenario-bounds",
        "market.ranges.reputation: 101 is not in 0..=100",
    );
    assert_eq!(parse(&with("/market/ranges/place", json!([0, 1 << 20]))).unwrap_err().path, "market.ranges.place");
    assert_eq!(parse(&with("/market/ranges/place", json!([9, 3]))).unwrap_err().code(), "scenario-range");
}

#[test]
fn rules_between_fields() {
    let refused_with = |pointer: &str, value: Value, code: &str, line: &str| refused(&with(pointer, value), code, line);
    let format = "format: the format is \"veilgrid-scenario/2\", not \"veilgrid-scenario/1\"";
    refused_with("/format", json!("veilgrid-scenario/2"), "scenario-format", format);
    let more = "cycles[0].plans[0].volume: 1501 Wh are on offer, but only 1500 Wh were generated";
    refused_with("/cycles/0/plans/0/volume", json!(1501), "scenario-above-generated", more);
    let twice = "households[1].id: \"H000\" is already the id of households[0]";
    refused_with("/households/1/id", json!("H000"), "scenario-duplicate-id", twice);
    let nobody = "cycles[0].plans[1].household: \"H002\" is not the id of a household";
    refused_with("/cycles/0/plans/1/household", json!("H002"), "scenario-unknown-household", nobody);
    let second = "cycles[0].plans[1].household: \"H000\" already has plans[0] in this cycle";
    refused_with("/cycles/0/plans/1/household", json!("H000"), "scenario-second-plan", second);
    let order = "cycles[1].cycle: 7 is not above 7, the number of the cycle before it";
    refused_with("/cycles/1/cycle", json!(7), "scenario-cycle-order", order);
    let foreign = "cycles[0].plans[0].limit: a sell plan has no such field";
    refused_with("/cycles/0/plans/0/limit", json!(600_000), "scenario-shape", foreign);
    let foreign = "cycles[0].plans[1].injected: a buy plan has no such field";
    refused_with("/cycles/0/plans/1/injected", json!(0), "scenario-shape", foreign);
    let missing = "cycles[0].plans[0]: a sell plan needs the field `price`";
    refused(&without("/cycles/0/plans/0/price"), "scenario-shape", missing);
    for id in ["", "a\nb", &"x".repeat(65)] {
        assert_eq!(parse(&with("/households/1/id", json!(id))).unwrap_err().code(), "scenario-id");
    }
}

#[test]
fn json_itself() {
    let text = good().to_string();
    let syntax = |bytes: &[u8]| {
        let refused = Scenario::parse(bytes).unwrap_err();
        assert_eq!(refused.code(), "scenario-syntax", "{refused}");
        assert!(refused.to_string().contains("line 1 column "), "{refused}");
    };
    syntax(b"");
    syntax(b"{");
    syntax(&text.as_bytes()[..text.len() - 1]);
    syntax(format!("{text} x").as_bytes());
    syntax(format!("{text}{text}").as_bytes());
    syntax(&[text.as_bytes(), b"\xff"].concat());
    syntax(text.replace("H000", "H\u{1}").as_bytes());
    syntax(text.replacen(':', ";", 1).as_bytes());
    // Between fields the path ends at the object.
    let refused = Scenario::parse(text.replacen("\"H000\",", "\"H000\"", 1).as_bytes()).unwrap_err();
    assert_eq!((refused.code(), refused.path.as_str()), ("scenario-syntax", "households[0]"));
    // A key that occurs twice, with any value. The path is the key's own.
    for (once, path) in [("\"volume\":1200", "cycles[0].plans[0].volume"), ("\"x\":900", "cycles[0].plans[1].wanted.x")]
    {
        let refused = Scenario::parse(text.replacen(once, &format!("{once},{once}"), 1).as_bytes()).unwrap_err();
        assert_eq!((refused.code(), refused.path.as_str()), ("scenario-shape", path), "{refused}");
        assert!(refused.to_string().contains("duplicate field"), "{refused}");
    }
    // Too deep.
    Scenario::parse(&[b'['; 100_000]).unwrap_err();
}
