//! Scenarios for the tests of figures, and what is made of them.
#![allow(dead_code, reason = "each test program uses a part")]

use figures::{files, Figures, Known};
use market::mechanism::{Mechanism, ALL};
use market::play::{play, Played};
use market::scenario::Scenario;
use serde_json::{json, Value};
use std::collections::BTreeMap;

/// A market with a tolerance of 5 %, feed-in 0.30 and retail 0.65.
pub fn market() -> Value {
    json!({ "tolerance_permille": 50, "price_rule": "ask", "max_rounds": 8, "feed_in": 300_000, "retail": 650_000,
            "price_grid": { "first": 300_000, "step": 7_500 },
            "ranges": { "volume": [0, 5000], "reputation": [0, 100], "place": [0, 10_000] } })
}

/// A household at a place, with a balance of 100.
pub fn household(id: &str, x: u64) -> Value {
    json!({ "id": id, "x": x, "y": 0, "reputation": 100, "balance": 100_000_000_000u64 })
}

/// A plan that sells so many Wh at an ask, and injects them.
pub fn sell(id: &str, wh: u64, ask: u64) -> Value {
    json!({ "household": id, "side": "sell", "energy_type": "solar", "generated": wh, "volume": wh, "price": ask,
            "injected": wh, "confirm": "yes" })
}

/// A plan that buys so many Wh within a limit, and consumes them.
pub fn buy(id: &str, wh: u64, limit: u64) -> Value {
    json!({ "household": id, "side": "buy", "volume": wh, "limit": limit, "consumed": wh, "confirm": "yes",
            "wanted": { "price": limit, "volume": wh, "reputation": 100, "x": 0, "y": 0 },
            "weights": { "price": 1, "volume": 1, "reputation": 1, "place": 1,
                         "types": { "wind": 0, "hydro": 0, "fossil": 0, "solar": 0, "biomass": 0 } } })
}

/// The scenario of a market, households and cycles.
pub fn scenario(market: Value, households: Vec<Value>, cycles: Vec<Value>) -> Scenario {
    let file = json!({ "format": "veilgrid-scenario/1", "market": market, "households": households, "cycles": cycles });
    Scenario::parse(file.to_string().as_bytes()).unwrap()
}

/// The scenario by each of these rules.
pub fn played(scenario: &Scenario, rules: &[&'static dyn Mechanism]) -> Vec<Played> {
    rules.iter().map(|rule| play(scenario, *rule, &mut || ()).unwrap()).collect()
}

/// The scenario by every mechanism.
pub fn by_all(scenario: &Scenario) -> Vec<Played> {
    played(scenario, &ALL)
}

/// All files of the figures, as text by name.
pub fn written(scenario: &Scenario, known: &Known, played: &[Played]) -> BTreeMap<String, String> {
    let figures = Figures::new(("veilgrid 0.0.0", "test.scenario.json"), scenario, known, played);
    let mut all = BTreeMap::new();
    files::each(&figures, |name, bytes| {
        all.insert(name.to_string(), String::from_utf8(bytes.to_vec()).map_err(drop)?);
        Ok::<(), ()>(())
    })
    .unwrap();
    all
}

/// The rows of a CSV file, by header.
pub fn rows(text: &str) -> Vec<BTreeMap<String, String>> {
    let mut reader = csv::Reader::from_reader(text.as_bytes());
    let head = reader.headers().unwrap().clone();
    let row = |record: Result<csv::StringRecord, csv::Error>| {
        head.iter().map(str::to_string).zip(record.unwrap().iter().map(str::to_string)).collect()
    };
    reader.records().map(row).collect()
}

/// An amount with nine decimals as nano-currency.
pub fn nano(text: &str) -> i128 {
    let (whole, decimals) = text.split_once('.').unwrap();
    assert_eq!(decimals.len(), 9, "{text}");
    format!("{whole}{decimals}").parse().unwrap()
}
