//! Random feeders: `grid::feeder` against what its answer is defined to be.

use grid::feeder::{solve, Feeder, Solution, Unserved};
use proptest::prelude::*;
use proptest::test_runner::FileFailurePersistence;
use serde_json::{json, Value};

fn feeder(value: &Value) -> Feeder {
    Feeder::read(&serde_json::to_vec(value).unwrap()).unwrap()
}

/// The least cost when one load is larger by this many W. None: it cannot be served.
fn cost_with(value: &Value, load: usize, more: i64) -> Option<f64> {
    let mut changed = value.clone();
    let power = &mut changed["loads"][load]["p"];
    *power = (power.as_i64().unwrap() + more).into();
    solve(&feeder(&changed)).ok().map(|solution| solution.cost)
}

/// Flows, voltages and limits.
fn hold_flows(feeder: &Feeder, solution: &Solution) -> Result<(), TestCaseError> {
    let mut taken = vec![0.0; feeder.buses.count()];
    feeder.loads.iter().for_each(|load| taken[load.bus] += load.active.float());
    for (plans, powers, sign) in
        [(&feeder.plans.offers, &solution.sold, -1.0), (&feeder.plans.bids, &solution.bought, 1.0)]
    {
        for (plan, power) in plans.iter().zip(powers) {
            prop_assert!((0.0..=plan.max.float()).contains(power));
            taken[plan.bus] += sign * power;
        }
    }
    let root: f64 = taken.iter().sum();
    prop_assert!((solution.from_grid - root - solution.loss).abs() < 1e-3);
    for (at, line) in feeder.lines.iter().enumerate() {
        let (near, far) = feeder.radial.ends(at);
        let (active, reactive) = (solution.flows[at], solution.reactive_flows[at]);
        prop_assert!(active.abs() <= line.limit.map_or(f64::INFINITY, |limit| limit.float()) + 0.1);
        let drop = 2e3 * (line.resistance.get() as f64 * active + line.reactance.get() as f64 * reactive);
        let fallen = solution.voltages[near].powi(2) - solution.voltages[far].powi(2);
        prop_assert!((fallen - drop).abs() <= 0.1 * 2.0 * solution.voltages[far], "{fallen} {drop}");
        let (least, most) = (feeder.least.get() as f64, feeder.most.get() as f64);
        prop_assert!((least - 0.1..=most + 0.1).contains(&solution.voltages[far]));
    }
    Ok(())
}

/// A feeder of up to eight buses, with limits that now and then bind or leave loads unserved.
fn feeders() -> impl Strategy<Value = Value> {
    let limit = prop_oneof![2 => Just(Value::Null), 1 => (1u64..8).prop_map(|n| json!(5_000 * n))];
    let line = (any::<prop::sample::Index>(), 0u64..150, 0u64..60, limit);
    let load = (any::<prop::sample::Index>(), -10i64..20, -3i64..6);
    let plan = (any::<prop::sample::Index>(), 0u64..10, 0u64..14);
    (
        prop::collection::vec(line, 1..8),
        prop::collection::vec(load, 1..8),
        prop::collection::vec(plan.clone(), 0..6),
        prop::collection::vec(plan, 0..6),
        any::<bool>(),
        0u64..9,
    )
        .prop_map(|(lines, loads, offers, bids, losses, price)| {
            let buses = lines.len() + 1;
            let name = |bus: usize| format!("B{bus}");
            let lines: Vec<Value> = lines
                .into_iter()
                .enumerate()
                .map(|(at, (from, r, x, limit))| {
                    json!({ "from": name(from.index(at + 1)), "to": name(at + 1), "r": r, "x": x, "limit": limit })
                })
                .collect();
            let load = |(bus, p, q): (prop::sample::Index, i64, i64)| json!({ "bus": name(bus.index(buses)), "p": 1_000 * p, "q": 1_000 * q });
            let plans = |plans: Vec<(prop::sample::Index, u64, u64)>, letter: &str, price: &str| -> Vec<Value> {
                let plan = |(at, (bus, max, of)): (usize, (prop::sample::Index, u64, u64))| {
                    json!({ "id": format!("{letter}{at}"), "bus": name(bus.index(buses)), "max": 2_000 * max, price: 50_000 * of })
                };
                plans.into_iter().enumerate().map(plan).collect()
            };
            json!({
                "format": grid::feeder::FORMAT,
                "nominal_mv": 400_000, "root_mv": 402_000, "v_min_mv": 388_000, "v_max_mv": 412_000,
                "grid_price": 60_000 * price, "losses": losses,
                "buses": (0..buses).map(name).collect::<Vec<_>>(), "lines": lines,
                "loads": loads.into_iter().map(load).collect::<Vec<_>>(),
                "offers": plans(offers, "O", "ask"), "bids": plans(bids, "D", "limit"),
            })
        })
}

/// Holds a solution to its definition. The least cost is convex in the loads, so a price is one of a
/// bus exactly if the cost of every other load is at least what the price says.
fn hold(value: &Value) -> Result<(), TestCaseError> {
    let feeder = feeder(value);
    let solution = match solve(&feeder) {
        Ok(solution) => solution,
        Err(Unserved::Unsolved(unsolved)) => return Err(TestCaseError::fail(unsolved.to_string())),
        Err(_) => return Ok(()),
    };
    hold_flows(&feeder, &solution)?;
    for parts in &solution.prices {
        let sum = parts.energy + parts.loss + parts.congestion + parts.voltage;
        prop_assert!((parts.price - sum).abs() < 1e-3);
        prop_assert!((parts.loss - parts.energy * (parts.loss_factor - 1.0)).abs() < 1e-3);
    }
    for (at, load) in feeder.loads.iter().enumerate() {
        for more in [-2_000, -100, 100, 2_000] {
            let Some(cost) = cost_with(value, at, more) else { continue };
            let least = solution.cost + solution.prices[load.bus].price * more as f64;
            prop_assert!(cost >= least - 1e-7 * solution.cost.abs() - 1e4 - 5.0 * more.abs() as f64, "{cost} {least}");
        }
    }
    let rent = solution.rent;
    let causes = rent.loss + rent.line + rent.voltage;
    prop_assert!((rent.income - rent.root - causes).abs() <= 1e-6 * rent.income.abs() + 1e4, "{rent:?}");
    Ok(())
}

/// Numbers of any size within their bounds: an answer or a typed error, never a panic.
fn wild() -> impl Strategy<Value = (Value, Value)> {
    let number = |most: u32| (0..=most, any::<u64>()).prop_map(|(bits, value)| value & ((1u64 << bits) - 1));
    let line = (number(31), number(31), prop::option::of(number(40)));
    let plan = (0usize..4, number(40), number(32));
    let plans = || prop::collection::vec(plan.clone(), 0..5);
    (prop::collection::vec(line, 4), plans(), plans(), number(31), number(32)).prop_map(|(lines, offers, bids, volts, price)| {
        let name = |bus: usize| format!("N{bus}");
        let plans = |plans: Vec<(usize, u64, u64)>, letter: &str, field: &str| -> Vec<Value> {
            let plan = |(at, (bus, max, of)): (usize, (usize, u64, u64))| {
                json!({ "id": format!("{letter}{at}"), "bus": name(bus), "max": max, field: of })
            };
            plans.into_iter().enumerate().map(plan).collect()
        };
        let (offers, bids) = (plans(offers, "O", "ask"), plans(bids, "D", "limit"));
        let buses: Vec<String> = (0..4).map(name).collect();
        let ends = |at: usize| (name(at), name((at + 1) % 4));
        let meshed: Vec<Value> = lines
            .iter()
            .enumerate()
            .map(|(at, (_, x, limit))| json!({ "from": ends(at).0, "to": ends(at).1, "x": (*x).max(1), "limit": limit }))
            .collect();
        let radial: Vec<Value> = lines[..3]
            .iter()
            .enumerate()
            .map(|(at, (r, x, limit))| json!({ "from": ends(at).0, "to": ends(at).1, "r": r, "x": x, "limit": limit }))
            .collect();
        let volts = volts.max(1);
        (
            json!({ "format": grid::dcopf::FORMAT, "buses": buses, "lines": meshed, "offers": offers, "bids": bids }),
            json!({
                "format": grid::feeder::FORMAT, "nominal_mv": volts, "root_mv": volts, "v_min_mv": volts / 2,
                "v_max_mv": volts, "grid_price": price, "losses": true, "buses": buses, "lines": radial,
                "loads": [{ "bus": "N3", "p": volts, "q": 5 }], "offers": offers, "bids": bids,
            }),
        )
    })
}

proptest! {
    #![proptest_config(ProptestConfig {
        cases: 250,
        failure_persistence: Some(Box::new(FileFailurePersistence::WithSource("regressions"))),
        ..ProptestConfig::default()
    })]

    #[test]
    fn flows_voltages_and_prices_are_what_they_are_defined_to_be(value in feeders()) {
        hold(&value)?;
    }

    #[test]
    fn numbers_of_any_size_never_panic((network, feeder) in wild()) {
        for value in [network, feeder] {
            if let Err(refused) = grid::problem::solve(&serde_json::to_vec(&value).unwrap()) {
                let known = ["grid-not-converged", "grid-unserved", "grid-infeasible", "grid-unbounded"];
                prop_assert!(known.contains(&refused.code()), "{refused}");
            }
        }
    }
}
