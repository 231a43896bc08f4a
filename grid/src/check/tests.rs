use super::*;
use crate::refused::Problem;
use proptest::prelude::*;
use protocol::units::Energy;
use serde_json::{json, Value};

const VISIBLE: &str = include_str!("../../../data/cases/grid/check-line-and-voltage.input.json");

fn visible() -> Value {
    serde_json::from_str(VISIBLE).unwrap()
}

fn solved(case: &Value) -> Result<Value, Refused> {
    crate::problem::solve(case.to_string().as_bytes())
}

fn refused(change: impl FnOnce(&mut Value)) -> Refused {
    let mut case = visible();
    change(&mut case);
    solved(&case).unwrap_err()
}

#[test]
fn the_worked_case_comes_out_to_the_last_digit() {
    let expected = include_str!("../../../data/cases/grid/check-line-and-voltage.expected.json");
    assert_eq!(solved(&visible()).unwrap(), serde_json::from_str::<Value>(expected).unwrap());
}

#[test]
fn each_bad_field_is_refused_with_its_path() {
    for (path, value, code) in [
        ("/cycle_seconds", json!(0), "grid-cycle"),
        ("/cycle_seconds", json!(7), "grid-cycle"),
        ("/cycle_seconds", json!(7200), "grid-cycle"),
        ("/cycle_seconds", json!(900.5), "grid-shape"),
        ("/root_mv", json!(1u64 << 31), "grid-bounds"),
        ("/v_min_mv", json!(1u64 << 31), "grid-bounds"),
        ("/v_max_mv", json!(1u64 << 31), "grid-bounds"),
        ("/v_max_mv", json!(387_999), "grid-band"),
        ("/lines/1/r", json!(1u64 << 31), "grid-bounds"),
        ("/lines/1/x", json!(-1), "grid-shape"),
        ("/lines/1/x", json!(1u64 << 31), "grid-bounds"),
        ("/lines/1/limit", json!(1u64 << 40), "grid-bounds"),
        ("/lines/1/limit", json!(-1), "grid-shape"),
        ("/lines/1/from", json!("X"), "grid-unknown-bus"),
        ("/lines/1/to", json!("T"), "grid-not-radial"),
        ("/lines/1/to", json!("C"), "grid-not-radial"),
        ("/base/2/bus", json!("X"), "grid-unknown-bus"),
        ("/base/2/p", json!(1i64 << 40), "grid-bounds"),
        ("/base/2/q", json!(-(1i64 << 40)), "grid-bounds"),
        ("/base/2/q", json!(null), "grid-shape"),
        ("/places/H3", json!("X"), "grid-unknown-bus"),
        ("/places", json!([["H0", "A"]]), "grid-shape"),
        ("/trades/4/seller", json!("H9"), "grid-unknown-household"),
        ("/trades/4/buyer", json!("H9"), "grid-unknown-household"),
        ("/trades/4/wh", json!(-1), "grid-shape"),
        ("/trades/4/wh", json!(1u64 << 32), "grid-shape"),
        ("/buses/3", json!("A"), "grid-id"),
    ] {
        let refused = refused(|case| *case.pointer_mut(path).unwrap() = value.clone());
        let mut dotted = String::new();
        for part in path.split('/').skip(1) {
            dotted += &part.parse::<usize>().map_or_else(|_| format!(".{part}"), |index| format!("[{index}]"));
        }
        // A loop is refused where its second line feeds the bus, a bus fed twice likewise.
        let dotted = if path == "/lines/1/to" && value == json!("C") { ".lines[2].to".into() } else { dotted };
        assert_eq!((refused.path.as_str(), refused.code()), (&dotted[1..], code), "{path} {value}: {refused}");
    }
}

#[test]
fn every_field_is_required_and_no_other_is_known() {
    for (object, fields) in [
        ("", &["cycle_seconds", "root_mv", "v_min_mv", "v_max_mv", "buses", "lines", "base", "places", "trades"][..]),
        ("/lines/0", &["from", "to", "r", "x", "limit"]),
        ("/base/0", &["bus", "p", "q"]),
        ("/trades/0", &["seller", "buyer", "wh"]),
    ] {
        let at = object.replace("/0", "[0].").replace('/', "");
        for field in fields {
            let missing = refused(|case| {
                case.pointer_mut(object).unwrap().as_object_mut().unwrap().remove(*field);
            });
            assert_eq!((missing.path, missing.problem.code()), (format!("{at}{field}"), "grid-shape"));
        }
        let unknown = refused(|case| case.pointer_mut(object).unwrap()["more"] = json!(1));
        assert_eq!((unknown.path, unknown.problem.code()), (format!("{at}more"), "grid-shape"));
    }
    let twice = VISIBLE.replace("\"H1\": \"C\",", "\"H1\": \"C\", \"H1\": \"C\",");
    let refused = crate::problem::solve(twice.as_bytes()).unwrap_err();
    assert_eq!((refused.path.as_str(), refused.code()), ("places.H1", "grid-shape"));
    assert_eq!(refused_format().code(), "grid-format");
    let nobody = refused_nobody();
    assert_eq!((nobody.path.as_str(), nobody.problem), ("places.", Problem::EmptyId));
}

fn refused_format() -> Refused {
    refused(|case| case["format"] = json!("veilgrid-grid-check/2"))
}

fn refused_nobody() -> Refused {
    refused(|case| case["places"][""] = json!("A"))
}

#[test]
fn an_unlimited_line_carries_all_and_a_result_beyond_64_bits_is_refused() {
    let mut case = visible();
    for line in case["lines"].as_array_mut().unwrap() {
        line["limit"] = Value::Null;
    }
    case["v_min_mv"] = json!(0);
    let answer = solved(&case).unwrap();
    assert!(answer["admitted"].as_array().unwrap().iter().all(|row| row["cut"] == 0 && row["by"].is_null()));
    case["lines"][0]["r"] = json!((1u64 << 31) - 1);
    case["base"][0]["p"] = json!((1i64 << 40) - 1);
    let refused = solved(&case).unwrap_err();
    assert_eq!((refused.path.as_str(), refused.code()), ("buses[1]", "grid-bounds"));
}

#[test]
fn loads_of_one_bus_are_summed_and_a_trade_with_oneself_flows_nowhere() {
    let mut case = visible();
    let half = json!({ "bus": "C", "p": 4500, "q": 750 });
    case["base"][2] = half.clone();
    case["base"].as_array_mut().unwrap().push(half);
    let (summed, plain) = (solved(&case).unwrap(), solved(&visible()).unwrap());
    assert_eq!(summed, plain);
    case["trades"] =
        json!([{ "seller": "H1", "buyer": "H1", "wh": 4_294_967_295u64 }, { "seller": "H0", "buyer": "H1", "wh": 0 }]);
    let answer = solved(&case).unwrap();
    assert_eq!(answer["after"], answer["base"]);
    assert_eq!(answer["as_matched"], answer["base"]);
    let row =
        |wh: u64| json!({ "seller": if wh > 0 { "H1" } else { "H0" }, "buyer": "H1", "wh": wh, "cut": 0, "by": null });
    assert_eq!(answer["admitted"], json!([row(4_294_967_295), row(0)]));
}

fn feeder(limits: [Option<u64>; 2], band: (u64, u64)) -> Feeder {
    let line = |from: &str, to: &str, limit| LineFields { from: from.into(), to: to.into(), r: 1, x: 0, limit };
    let lines = vec![line("T", "A", limits[0]), line("A", "B", limits[1])];
    let buses = ["T", "A", "B"].map(String::from).to_vec();
    let (v_min_mv, v_max_mv) = band;
    Feeder::new(Shape { cycle_seconds: 3600, root_mv: 1000, v_min_mv, v_max_mv, buses, lines }).unwrap()
}

fn trade(seller: usize, buyer: usize, wh: u64) -> Trade {
    Trade { seller, buyer, energy: Energy::new(wh).unwrap() }
}

fn name(feeder: &Feeder, of: &Admitted) -> Option<String> {
    of.by.map(|limit| limit.name(feeder))
}

#[test]
fn of_equally_tight_limits_the_first_is_named() {
    let none = [Load::default(); 3];
    let only = |feeder: &Feeder, trade: Trade| {
        let of = admit(feeder, &none, [trade].into_iter()).admitted[0];
        (of.energy.get(), name(feeder, &of))
    };
    let both = feeder([Some(3), Some(3)], (0, 2000));
    assert_eq!(only(&both, trade(0, 2, 9)), (3, Some("line 0".into())));
    // Each Wh takes 2000 mV^2 off bus A and 4000 off bus B: there B is as tight as line 1.
    let square = 1000 * 1000 - 3 * 4000u64;
    let least = square.isqrt() + u64::from(square.isqrt().pow(2) < square);
    let tight = feeder([None, Some(2)], (least, 2000));
    assert_eq!(only(&tight, trade(0, 2, 9)), (2, Some("line 1".into())));
    let tight = feeder([None, None], (least, 2000));
    assert_eq!(only(&tight, trade(0, 2, 9)), (2, Some("bus B low".into())));
    let narrow = feeder([None, None], (1000, 1000));
    assert_eq!(only(&narrow, trade(0, 2, 9)), (0, Some("bus A low".into())));
    assert_eq!(only(&narrow, trade(2, 0, 9)), (0, Some("bus A high".into())));
}

#[test]
fn a_limit_that_is_exceeded_cuts_no_trade_that_relieves_it() {
    let feeder = feeder([Some(10), Some(10)], (0, 2000));
    let base = [Load::default(), Load::default(), Load { active: 15, reactive: 0 }];
    let found = admit(&feeder, &base, [trade(0, 2, 1), trade(2, 0, 4), trade(0, 2, 1)].into_iter());
    let energies: Vec<u64> = found.admitted.iter().map(|of| of.energy.get()).collect();
    // After the second trade the flow is 11: still above the limit.
    assert_eq!(energies, [0, 4, 0]);
    assert_eq!(found.after.flows, [11, 11]);
}

/// How far each limit is exceeded; below zero: its slack. A line has one in each direction.
fn excess(feeder: &Feeder, loads: &[Load]) -> Vec<i128> {
    let state = State::of(feeder, loads);
    let (least, most) = feeder.band();
    let lines = feeder.limits().iter().zip(&state.flows);
    let lines =
        lines.flat_map(|(limit, flow)| limit.map(|limit| [1, -1].map(|way| way * flow - i128::from(limit.get()))));
    let lines = lines.flatten();
    let buses = state.squared.iter().flat_map(|w| [w - most.squared(), least.squared() - w]);
    lines.chain(buses).collect()
}

prop_compose! {
    fn feeders()(
        parents in prop::collection::vec((0usize..100, 0u64..60, 0u64..60, prop::option::of(0u64..3000)), 0..7),
        seconds in prop::sample::select(vec![300u64, 900, 3600]),
        band in (385_000u64..400_000, 400_000u64..415_000),
    ) -> Feeder {
        let buses = (0..=parents.len()).map(|bus| bus.to_string()).collect();
        let line = |(bus, (parent, r, x, limit)): (usize, &(usize, u64, u64, Option<u64>))| {
            LineFields { from: (parent % (bus + 1)).to_string(), to: (bus + 1).to_string(), r: *r * 100, x: *x * 100, limit: *limit }
        };
        let lines = parents.iter().enumerate().map(line).collect();
        Feeder::new(Shape { cycle_seconds: seconds, root_mv: 400_000, v_min_mv: band.0, v_max_mv: band.1, buses, lines }).unwrap()
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(300))]

    /// A trade gets the greatest volume that exceeds no limit further, found by trying, with flows
    /// and voltages computed from the loads each time.
    #[test]
    fn a_trade_gets_the_greatest_volume_that_fits(
        feeder in feeders(),
        base in prop::collection::vec((-2000i128..2000, -500i128..500), 8),
        trades in prop::collection::vec((0usize..8, 0usize..8, 0u64..1500), 0..8),
    ) {
        let buses = feeder.buses().count();
        let mut loads: Vec<Load> =
            base[..buses].iter().map(|(active, reactive)| Load { active: *active, reactive: *reactive }).collect();
        let trades: Vec<Trade> = trades.iter().map(|(s, b, wh)| trade(s % buses, b % buses, *wh)).collect();
        let found = admit(&feeder, &loads, trades.iter().copied());
        prop_assert_eq!(&found.base, &State::of(&feeder, &loads));
        let watts = feeder.cycle().watts_per_wh();
        let with = |loads: &[Load], trade: &Trade, wh: u64| {
            let mut loads = loads.to_vec();
            loads[trade.seller].active -= watts * i128::from(wh);
            loads[trade.buyer].active += watts * i128::from(wh);
            loads
        };
        let mut all = loads.clone();
        for (trade, of) in trades.iter().zip(&found.admitted) {
            all = with(&all, trade, trade.energy.get());
            let before = excess(&feeder, &loads);
            let fits = |wh: u64| {
                excess(&feeder, &with(&loads, trade, wh)).iter().zip(&before).all(|(now, before)| *now <= (*before).max(0))
            };
            let most = (0..=trade.energy.get()).rev().find(|wh| fits(*wh)).unwrap();
            prop_assert_eq!(of.energy.get(), most);
            prop_assert_eq!(of.cut.get(), trade.energy.get() - most);
            prop_assert_eq!(of.by.is_some(), most < trade.energy.get());
            loads = with(&loads, trade, most);
        }
        prop_assert_eq!(&found.after, &State::of(&feeder, &loads));
        prop_assert_eq!(&found.as_matched, &State::of(&feeder, &all));
        // A base that fits stays so.
        prop_assert!(!found.base.exceeded(&feeder).is_empty() || found.after.exceeded(&feeder).is_empty());
    }
}
