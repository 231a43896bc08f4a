use super::*;
use protocol::units::{Money, Side};
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
            ("/market/ranges/place/1", "market.ranges.place[1]"),
            ("/households/0/balance", "households[0].balance"),
        ] {
            let refused = parse(&with(pointer, value.clone())).expect_err(pointer);
            assert_eq!((refused.code(), refused.path.as_str()), ("scenario-shape", path), "{value}");
        }
    }
    for (pointer, word) in [
        ("/market/price_rule", "ask"),
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
        ("/households/0/x", "households[0].x", 0, (1 << 20) - 1),
        ("/households/0/y", "households[0].y", 0, (1 << 20) - 1),
        ("/households/0/reputation", "households[0].reputation", 0, 100),
        ("/cycles/0/plans/0/generated", "cycles[0].plans[0].generated", 1200, u32::MAX as u64),
        ("/cycles/0/plans/0/volume", "cycles[0].plans[0].volume", 1, 1500),
        ("/cycles/0/plans/0/injected", "cycles[0].plans[0].injected", 0, u32::MAX as u64),
        ("/cycles/0/plans/1/volume", "cycles[0].plans[1].volume", 1, u32::MAX as u64),
        ("/cycles/0/plans/1/consumed", "cycles[0].plans[1].consumed", 0, u32::MAX as u64),
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
            let own = [path.to_string(), path.replace("generated", "volume")];
            assert!(own.contains(&refused.path) && refused.code() != "scenario-shape", "{path} {outside}: {refused}");
        }
    }
    refused(&with("/market/max_rounds", 0.into()), "scenario-bounds", "market.max_rounds: 0 is not in 1..=255");
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
    // A key that occurs twice, with any value.
    for (once, path) in [("\"volume\":1200", "cycles[0].plans[0]"), ("\"x\":900", "cycles[0].plans[1].wanted")] {
        let refused = Scenario::parse(text.replacen(once, &format!("{once},{once}"), 1).as_bytes()).unwrap_err();
        assert_eq!((refused.code(), refused.path.as_str()), ("scenario-shape", path), "{refused}");
        assert!(refused.to_string().contains("duplicate field"), "{refused}");
    }
    // Too deep.
    Scenario::parse(&[b'['; 100_000]).unwrap_err();
}
