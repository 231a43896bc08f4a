//! The worked cases, refusals, and the plain rule; the properties are in `properties`.

use super::*;
use crate::network::{Radial, Way};
use crate::refused::Problem;
use market::mechanism::curves;
use proptest::prelude::*;
use protocol::units::{Energy, Price};
use serde_json::json;

mod properties;
mod rule;

const FREE: &str = include_str!("../../../data/cases/grid/nodal-seed004-free.input.json");
const LINE: &str = include_str!("../../../data/cases/grid/nodal-seed004-line-of-6-kw.input.json");

fn read(text: &str) -> Value {
    serde_json::from_str(text).unwrap()
}

fn solved(case: &Value) -> Result<Value, Refused> {
    crate::problem::solve(case.to_string().as_bytes())
}

fn refused(change: impl FnOnce(&mut Value)) -> Refused {
    let mut case = read(LINE);
    case["base"] = json!([{ "bus": "B", "p": -2000 }]);
    change(&mut case);
    solved(&case).unwrap_err()
}

#[test]
fn the_worked_cases_come_out_to_the_last_digit() {
    let free = include_str!("../../../data/cases/grid/nodal-seed004-free.expected.json");
    let line = include_str!("../../../data/cases/grid/nodal-seed004-line-of-6-kw.expected.json");
    for (case, expected) in [(FREE, free), (LINE, line)] {
        assert_eq!(solved(&read(case)).unwrap(), read(expected));
    }
}

#[test]
fn each_bad_field_is_refused_with_its_path() {
    for (path, value, code) in [
        ("cycle_seconds", json!(1000), "grid-cycle"),
        ("lines[1].limit", json!(1u64 << 40), "grid-bounds"),
        ("lines[1].limit", json!(-1), "grid-shape"),
        ("lines[1].from", json!("X"), "grid-unknown-bus"),
        ("lines[1].to", json!("T"), "grid-not-radial"),
        ("lines[1].to", json!("A"), "grid-not-radial"),
        ("base[0].bus", json!("X"), "grid-unknown-bus"),
        ("base[0].p", json!(1i64 << 40), "grid-bounds"),
        ("base[0].p", json!(0.5), "grid-shape"),
        ("offers[2].id", json!("a1"), "grid-id"),
        ("offers[2].id", json!(""), "grid-id"),
        ("offers[2].bus", json!("X"), "grid-unknown-bus"),
        ("offers[2].wh", json!(1u64 << 32), "grid-shape"),
        ("offers[2].wh", json!(-1), "grid-shape"),
        ("offers[2].ask", json!(1u64 << 32), "grid-bounds"),
        ("offers[2].ask", json!(-1), "grid-shape"),
        ("bids[1].id", json!("b1"), "grid-id"),
        ("bids[1].bus", json!("X"), "grid-unknown-bus"),
        ("bids[1].limit", json!(1u64 << 32), "grid-bounds"),
        ("buses[2]", json!("A"), "grid-id"),
    ] {
        let pointer = format!("/{}", path.replace(['.', '['], "/").replace(']', ""));
        let refused = refused(|case| *case.pointer_mut(&pointer).unwrap() = value.clone());
        assert_eq!((refused.path.as_str(), refused.code()), (path, code), "{value}: {refused}");
    }
    let cut = refused(|case| case["lines"] = json!([{ "from": "T", "to": "A", "limit": null }]));
    assert_eq!((cut.path.as_str(), cut.code()), ("buses[2]", "grid-unconnected"));
    let many = refused(|case| case["buses"] = (0..70_000).map(|bus| bus.to_string()).collect());
    assert_eq!((many.path.as_str(), many.problem), ("buses", Problem::TooMany { count: 70_000, most: 65_536 }));
}

#[test]
fn every_field_is_required_and_no_other_is_known() {
    for (object, fields) in [
        ("", &["cycle_seconds", "buses", "lines", "base", "offers", "bids"][..]),
        ("/lines/0", &["from", "to", "limit"]),
        ("/base/0", &["bus", "p"]),
        ("/offers/0", &["id", "bus", "wh", "ask"]),
        ("/bids/0", &["id", "bus", "wh", "limit"]),
    ] {
        let at = object.replace("/0", "[0].").replace('/', "");
        for field in fields {
            let missing = refused(|case| {
                case.pointer_mut(object).unwrap().as_object_mut().unwrap().remove(*field);
            });
            assert_eq!((missing.path.as_str(), missing.code()), (&*format!("{at}{field}"), "grid-shape"));
        }
        // A line of this format has no impedances, and a load no reactive power.
        for more in ["more", "r", "x", "q"] {
            let unknown = refused(|case| case.pointer_mut(object).unwrap()[more] = json!(1));
            assert_eq!((unknown.path.as_str(), unknown.code()), (&*format!("{at}{more}"), "grid-shape"));
        }
    }
}

#[test]
fn an_offer_and_a_bid_share_no_id_and_loads_of_a_bus_are_summed() {
    let mut case = read(LINE);
    case["bids"][0]["id"] = json!("a1");
    let refused = solved(&case).unwrap_err();
    assert_eq!((refused.path.as_str(), refused.code()), ("bids[0].id", "grid-id"));
    let mut case = read(LINE);
    case["base"] = json!([{ "bus": "B", "p": 2000 }, { "bus": "B", "p": 1000 }, { "bus": "B", "p": -1000 }]);
    let answer = solved(&case).unwrap();
    // Of 6,000 W the base takes 2,000 outward: 4,000 W are 1,000 Wh of a quarter hour.
    assert_eq!(answer["line_room"][1], json!({ "forward": 1000, "backward": 2000 }));
}

#[test]
fn room_is_rounded_down_and_a_line_that_the_base_overloads_has_none_outward() {
    let seconds = crate::units::CycleSeconds::new(900).unwrap();
    let room = |base: i128, limit: u64| {
        let room = Room::beside(base, Some(crate::units::Power::size(limit).unwrap()), seconds);
        (room.forward.unwrap(), room.backward.unwrap())
    };
    assert_eq!(room(0, 6003), (1500, 1500));
    assert_eq!(room(1, 6000), (1499, 1500));
    assert_eq!(room(-3, 6000), (1500, 1499));
    assert_eq!(room(7000, 6000), (0, 3250));
    assert_eq!(room(-7000, 6000), (3250, 0));
    assert_eq!(Room::beside(7000, None, seconds), Room::default());
}

#[test]
fn what_nothing_bounds_is_null_and_an_open_end_counts_as_the_other() {
    let mut case = read(LINE);
    (case["offers"], case["bids"]) = (json!([]), json!([]));
    let answer = solved(&case).unwrap();
    let none = json!({ "low": null, "high": null, "price": null });
    assert_eq!(answer["prices"], json!({ "T": none, "A": none, "B": none }));
    assert_eq!((&answer["trades"], &answer["hhi"], &answer["rent"]), (&json!([]), &json!([]), &json!(0)));
    // B's line is shut: an offer there bounds B from above, a bid at A all else from below.
    case["lines"][1]["limit"] = json!(0);
    case["offers"] = json!([{ "id": "a", "bus": "B", "wh": 5, "ask": 7 }]);
    case["bids"] = json!([{ "id": "b", "bus": "A", "wh": 5, "limit": 4 }]);
    let answer = solved(&case).unwrap();
    let (low, high) = (json!({ "low": 4, "high": null, "price": 4 }), json!({ "low": null, "high": 7, "price": 7 }));
    assert_eq!(answer["prices"], json!({ "T": low, "A": low, "B": high }));
}

/// A pair whose line fills trades again when another trade of the same gain has given room back.
/// The list of trades has both.
#[test]
fn a_pair_that_trades_twice_has_two_trades() {
    let case = json!({
        "format": FORMAT,
        "cycle_seconds": 3600,
        "buses": ["T", "A", "B", "C", "D"],
        "lines": [
            { "from": "T", "to": "A", "limit": 4 }, { "from": "A", "to": "B", "limit": 10 },
            { "from": "T", "to": "C", "limit": 10 }, { "from": "A", "to": "D", "limit": 0 },
        ],
        "base": [],
        "offers": [
            { "id": "o1", "bus": "T", "wh": 6, "ask": 1 }, { "id": "o2", "bus": "A", "wh": 2, "ask": 1 },
        ],
        "bids": [
            { "id": "b1", "bus": "B", "wh": 6, "limit": 9 }, { "id": "b2", "bus": "C", "wh": 2, "limit": 9 },
        ],
    });
    let answer = solved(&case).unwrap();
    let trades: Vec<_> =
        answer["trades"].as_array().unwrap().iter().map(|t| (&t["seller"], &t["buyer"], &t["wh"])).collect();
    assert_eq!(
        trades,
        [
            (&json!("o1"), &json!("b1"), &json!(4)),
            (&json!("o1"), &json!("b2"), &json!(2)),
            (&json!("o2"), &json!("b1"), &json!(2))
        ]
    );
}

/// A feeder and a market on it, as random tests make them.
#[derive(Clone, Debug)]
pub(super) struct Random {
    pub(super) radial: Radial,
    pub(super) room: Vec<Room>,
    pub(super) offers: Vec<Plan>,
    pub(super) bids: Vec<Plan>,
}

impl Random {
    pub(super) fn market(&self) -> Market<'_> {
        Market { radial: &self.radial, room: &self.room, offers: &self.offers, bids: &self.bids }
    }
}

pub(super) fn radial(parents: &[usize]) -> Radial {
    let names: Vec<String> = (0..=parents.len()).map(|bus| bus.to_string()).collect();
    let buses = crate::network::Buses::new(names.clone()).unwrap();
    let lines = parents.iter().enumerate();
    Radial::new(&buses, lines.map(|(bus, parent)| (names[parent % (bus + 1)].as_str(), names[bus + 1].as_str())))
        .unwrap()
}

fn plan(buses: usize, (bus, wh, price): (usize, u64, u64)) -> Plan {
    Plan { bus: bus % buses, energy: Energy::new(wh).unwrap(), price: Price::new(price).unwrap() }
}

prop_compose! {
    /// Small numbers, so that equal prices, full lines and exact fits are common.
    pub(super) fn markets()(
        parents in prop::collection::vec(0usize..100, 0..7),
        room in prop::collection::vec((prop::option::of(0i128..9), prop::option::of(0i128..9)), 7),
        levels in 2u64..12,
        offers in prop::collection::vec((0usize..100, 0u64..7, 0u64..100), 0..9),
        bids in prop::collection::vec((0usize..100, 0u64..7, 0u64..100), 0..9),
    ) -> Random {
        let buses = parents.len() + 1;
        let plans = |plans: Vec<(usize, u64, u64)>| {
            plans.into_iter().map(|(bus, wh, price)| plan(buses, (bus, wh, price % levels))).collect()
        };
        Random {
            radial: radial(&parents),
            room: room[..parents.len()].iter().map(|(forward, backward)| Room { forward: *forward, backward: *backward }).collect(),
            offers: plans(offers),
            bids: plans(bids),
        }
    }
}

/// The rule as it is written, pair by pair.
pub(super) fn plainly(market: &Market<'_>) -> Cleared {
    let mut room = market.room.to_vec();
    let left = |plans: &[Plan]| plans.iter().map(|plan| plan.energy.get()).collect::<Vec<_>>();
    let (mut unsold, mut unserved) = (left(market.offers), left(market.bids));
    let way = |from: usize, to: usize| market.radial.between(from, to).collect::<Vec<(usize, Way)>>();
    let fits = |room: &[Room], from: usize, to: usize| {
        way(from, to).into_iter().filter_map(|(line, way)| room[line].on(way)).min().unwrap_or(i128::MAX)
    };
    let (mut trades, mut flows) = (Vec::new(), vec![0; market.radial.lines()]);
    loop {
        let mut best: Option<(u64, usize, usize)> = None;
        for (o, offer) in market.offers.iter().enumerate().filter(|(o, _)| unsold[*o] > 0) {
            for (b, bid) in market.bids.iter().enumerate().filter(|(b, _)| unserved[*b] > 0) {
                let Some(gain) = bid.price.get().checked_sub(offer.price.get()) else { continue };
                if fits(&room, offer.bus, bid.bus) > 0 && best.is_none_or(|(most, _, _)| gain > most) {
                    best = Some((gain, o, b));
                }
            }
        }
        let Some((_, offer, bid)) = best else { break };
        let (from, to) = (market.offers[offer].bus, market.bids[bid].bus);
        let energy = fits(&room, from, to).min(unsold[offer].min(unserved[bid]).into());
        for (line, way) in way(from, to) {
            room[line].take(way, energy);
            flows[line] += way.sign() * energy;
        }
        unsold[offer] -= energy as u64;
        unserved[bid] -= energy as u64;
        trades.push(Trade { offer, bid, energy: Energy::new(energy as u64).unwrap() });
    }
    let buses = market.radial.buses();
    let interval = |n: usize| {
        let (mut low, mut high) = (Vec::new(), Vec::new());
        for (plans, left, offers) in [(market.offers, &unsold, true), (market.bids, &unserved, false)] {
            for (plan, left) in plans.iter().zip(left) {
                let (some, open) = (*left < plan.energy.get(), *left > 0);
                if fits(&room, n, plan.bus) > 0 && if offers { some } else { open } {
                    low.push(plan.price);
                }
                if fits(&room, plan.bus, n) > 0 && if offers { open } else { some } {
                    high.push(plan.price);
                }
            }
        }
        Interval { low: low.into_iter().max(), high: high.into_iter().min() }
    };
    Cleared { trades, flows, prices: (0..buses).map(interval).collect() }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2000))]

    /// Choosing by buses gives the trades, in their order, and the prices of the plain rule.
    #[test]
    fn choosing_by_buses_is_the_plain_rule(random in markets()) {
        prop_assert_eq!(Cleared::of(&random.market()), plainly(&random.market()));
    }

    /// The pairs of the clearing rule have the volumes of the trades as made, and none pays less than
    /// it earns, so the network loses nothing by what is not delivered.
    #[test]
    fn pairs_have_the_same_volumes_and_none_runs_against_the_prices(random in markets()) {
        let market = random.market();
        let cleared = Cleared::of(&market);
        let trades = paired::trades(&market, &cleared);
        let volumes = |trades: &[Trade]| {
            let mut of = (vec![0; market.offers.len()], vec![0; market.bids.len()]);
            for trade in trades {
                of.0[trade.offer] += trade.energy.get();
                of.1[trade.bid] += trade.energy.get();
            }
            of
        };
        prop_assert_eq!(volumes(&trades), volumes(&cleared.trades));
        for trade in &trades {
            let (offer, bid) = (&market.offers[trade.offer], &market.bids[trade.bid]);
            prop_assert!(trade.energy > Energy::ZERO && offer.price <= bid.price);
            prop_assert!(cleared.price_of(bid) >= cleared.price_of(offer));
        }
    }

    /// Without limits it is the uniform-price auction: the same trades in the same order, and
    /// everywhere its interval.
    #[test]
    fn without_limits_it_equals_the_uniform_price(random in markets()) {
        let room = vec![Room::default(); random.room.len()];
        let cleared = Cleared::of(&Market { room: &room, ..random.market() });
        let steps = |plans: &[Plan]| plans.iter().map(|plan| (plan.energy, plan.price)).collect::<Vec<_>>();
        let crossing = curves::cross(&steps(&random.offers), &steps(&random.bids));
        let trades: Vec<_> = cleared.trades.iter().map(|trade| (trade.offer, trade.bid, trade.energy)).collect();
        prop_assert_eq!(trades, crossing.pairs);
        if let Some((low, high)) = crossing.interval {
            let one = Interval { low: Some(low), high: Some(high) };
            prop_assert!(cleared.prices.iter().all(|interval| *interval == one));
        }
    }
}

/// A market of 1,000 plans on 50 buses with many full lines is cleared in well under a second.
#[test]
fn a_thousand_plans_on_fifty_buses_take_well_under_a_second() {
    let mut seed = 1u64;
    let mut draw = |below: u64| {
        seed = seed.wrapping_mul(6364136223846793005).wrapping_add(1442695040888963407);
        (seed >> 33) % below
    };
    let parents: Vec<usize> = (0..49).map(|bus| (bus as u64).saturating_sub(draw(4)) as usize).collect();
    let room: Vec<Room> =
        (0..49).map(|_| Room { forward: Some(draw(6000) as i128), backward: Some(draw(6000) as i128) }).collect();
    let offers: Vec<Plan> = (0..500).map(|_| plan(50, (draw(50) as usize, draw(2000), draw(600_000)))).collect();
    let bids: Vec<Plan> = (0..500).map(|_| plan(50, (draw(50) as usize, draw(2000), draw(900_000)))).collect();
    let radial = radial(&parents);
    let market = Market { radial: &radial, room: &room, offers: &offers, bids: &bids };
    let start = std::time::Instant::now();
    let cleared = Cleared::of(&market);
    let took = start.elapsed();
    println!("{} trades in {took:?}", cleared.trades.len());
    assert!(took < std::time::Duration::from_secs(1), "{took:?}");
    assert!(cleared.prices.windows(2).any(|two| two[0] != two[1]), "some line is full");
}
