//! The problems that are timed, drawn from a seed: the same at every run.

use rand_chacha::ChaCha20Rng;
use rand_core::{RngCore, SeedableRng};
use serde_json::{json, Value};

const SEED: u64 = 1;

/// Draws whole numbers.
struct Draws(ChaCha20Rng);

impl Draws {
    fn new(size: usize) -> Draws {
        Draws(ChaCha20Rng::seed_from_u64(SEED + size as u64))
    }

    /// A number of `least..=most`; the bias of the remainder does not matter here.
    fn number(&mut self, least: u64, most: u64) -> u64 {
        least + self.0.next_u64() % (most - least + 1)
    }
}

fn bytes(problem: &Value) -> Vec<u8> {
    serde_json::to_vec(problem).expect("a value is JSON")
}

/// A market by many attributes, with the ranges of the published experiment.
pub(super) fn cmap(size: usize) -> Vec<u8> {
    const TYPES: [&str; 5] = ["wind", "hydro", "fossil", "solar", "biomass"];
    let mut draws = Draws::new(size);
    let mut of = |side: &str, number: usize| {
        json!({
            "id": format!("{side}{number}"),
            "price": draws.number(302_300, 1_416_700),
            "volume": draws.number(48_960, 453_620),
            "reputation": draws.number(60, 100),
            "x": draws.number(0, 51_100),
            "y": draws.number(0, 51_100),
            "refuse_below": 0,
            "type": TYPES[draws.number(0, 4) as usize],
        })
    };
    let mut sellers: Vec<Value> = (0..size).map(|number| of("S", number)).collect();
    let mut buyers: Vec<Value> = (0..size).map(|number| of("B", number)).collect();
    for seller in &mut sellers {
        seller["weights"] = json!({ "price": 500, "demand": 300, "loss": 200 });
        seller["after_refusal"] = json!("again");
    }
    for buyer in &mut buyers {
        buyer["weights"] = json!({ "price": 500, "loss": 300, "environment": 200 });
        // Only buyers who mind the type name one.
        buyer.as_object_mut().expect("it was made as an object").remove("type");
    }
    bytes(&json!({
        "format": "veilgrid-cmap/1",
        "market": {
            "price_min": 302_300, "price_max": 1_416_700, "reach": 15_000, "pairs": "all", "side_weights": [1, 1],
            "max_rounds": 1, "feed_in": 300_000, "retail": 650_000,
        },
        "sellers": sellers,
        "buyers": buyers,
    }))
}

/// A market on a feeder of 50 buses in branches of ten, of which every third line has a limit.
pub(super) fn nodal(plans: usize) -> Vec<u8> {
    const BUSES: usize = 50;
    let mut draws = Draws::new(plans);
    let bus = |number: usize| format!("bus-{number}");
    let line = |number: usize, draws: &mut Draws| {
        let from = if number % 10 == 1 { 0 } else { number - 1 };
        let limit = if number.is_multiple_of(3) { json!(draws.number(2_000, 20_000)) } else { Value::Null };
        json!({ "from": bus(from), "to": bus(number), "limit": limit })
    };
    let lines: Vec<Value> = (1..BUSES).map(|number| line(number, &mut draws)).collect();
    let mut plan = |side: &str, price: &str, number: usize| {
        let mut plan =
            json!({ "id": format!("{side}{number}"), "bus": bus(draws.number(0, BUSES as u64 - 1) as usize) });
        plan["wh"] = json!(draws.number(50, 3_000));
        plan[price] = json!(draws.number(60, 120) * 5_000);
        plan
    };
    let offers: Vec<Value> = (0..plans / 2).map(|number| plan("offer-", "ask", number)).collect();
    let bids: Vec<Value> = (0..plans - plans / 2).map(|number| plan("bid-", "limit", number)).collect();
    bytes(&json!({
        "format": "veilgrid-grid-nodal/1",
        "cycle_seconds": 900,
        "buses": (0..BUSES).map(bus).collect::<Vec<_>>(),
        "lines": lines,
        "base": [],
        "offers": offers,
        "bids": bids,
    }))
}

/// A meshed network: a ring with a chord for every second bus. Two offers and a load at each bus.
pub(super) fn dcopf(buses: usize) -> Vec<u8> {
    let mut draws = Draws::new(buses);
    let bus = |number: usize| format!("bus-{number}");
    let mut lines = Vec::new();
    let line = |from: usize, to: usize, draws: &mut Draws| {
        let limit = draws.number(40_000, 150_000);
        json!({ "from": bus(from), "to": bus(to), "x": draws.number(50, 200), "limit": limit })
    };
    for from in 0..buses {
        if from + 1 < buses || buses > 2 {
            lines.push(line(from, (from + 1) % buses, &mut draws));
        }
        let far = (from + buses / 3 + 1) % buses;
        if from % 2 == 0 && far != from {
            lines.push(line(from, far, &mut draws));
        }
    }
    let (mut offers, mut bids) = (Vec::new(), Vec::new());
    for at in 0..buses {
        for step in 0..2 {
            let (max, ask) = (draws.number(5_000, 60_000), draws.number(10, 60) * 5_000);
            offers.push(json!({ "id": format!("offer-{at}-{step}"), "bus": bus(at), "max": max, "ask": ask }));
        }
        let (max, limit) = (draws.number(5_000, 40_000), draws.number(40, 130) * 5_000);
        bids.push(json!({ "id": format!("load-{at}"), "bus": bus(at), "max": max, "limit": limit }));
    }
    bytes(&json!({
        "format": "veilgrid-grid-dcopf/1",
        "buses": (0..buses).map(bus).collect::<Vec<_>>(),
        "lines": lines,
        "offers": offers,
        "bids": bids,
    }))
}
