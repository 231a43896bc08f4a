//! Random networks: the dispatch and the prices of `grid::dcopf` against `microlp`, an independent
//! solver, on formulations of their own.

use grid::dcopf::{solve, Network, Outcome};
use microlp::{ComparisonOp, OptimizationDirection, Problem, Variable};
use proptest::prelude::*;
use proptest::test_runner::FileFailurePersistence;
use serde_json::{json, Value};

/// W in one unit of the reference's power, and micro-currency per kWh in one unit of its prices.
const KILO: f64 = 1e3;
const TENTH: f64 = 1e5;
/// A price beyond all that plans and limits bring about, in tenths of the currency per kWh.
const ENDLESS: f64 = 1e6;

fn max(plan: &grid::plans::Plan) -> f64 {
    plan.max.float() / KILO
}

fn asked(plan: &grid::plans::Plan) -> f64 {
    plan.price.get() as f64 / TENTH
}

/// The greatest welfare with angles as variables, when `extra` W more are taken out at a bus; in
/// nano-currency per hour. None: no dispatch takes them out.
fn greatest_welfare(network: &Network, extra: Option<(usize, f64)>) -> Option<f64> {
    let mut problem = Problem::new(OptimizationDirection::Maximize);
    let buses = network.buses().count();
    let mut balance: Vec<Vec<(Variable, f64)>> = vec![vec![]; buses];
    for (plans, sign) in [(&network.plans().offers, 1.0), (&network.plans().bids, -1.0)] {
        for plan in plans {
            balance[plan.bus].push((problem.add_var(-sign * asked(plan), (0.0, max(plan))), sign));
        }
    }
    let infinite = (f64::NEG_INFINITY, f64::INFINITY);
    let angles: Vec<Variable> = (0..buses).map(|_| problem.add_var(0.0, infinite)).collect();
    for line in network.lines() {
        let limit = line.limit.map_or(f64::INFINITY, |limit| limit.float() / KILO);
        let flow = problem.add_var(0.0, (-limit, limit));
        let factor = f64::from(line.reactance) / 100.0;
        let drop = [(flow, factor), (angles[line.ends.0], -1.0), (angles[line.ends.1], 1.0)];
        problem.add_constraint(drop, ComparisonOp::Eq, 0.0);
        balance[line.ends.0].push((flow, -1.0));
        balance[line.ends.1].push((flow, 1.0));
    }
    problem.add_constraint([(angles[0], 1.0)], ComparisonOp::Eq, 0.0);
    for (bus, row) in balance.into_iter().enumerate() {
        let out = extra.filter(|(at, _)| *at == bus).map_or(0.0, |(_, watts)| watts / KILO);
        if row.is_empty() {
            if out != 0.0 {
                return None;
            }
            continue;
        }
        problem.add_constraint(&row[..], ComparisonOp::Eq, out);
    }
    match problem.solve() {
        Ok(solved) => Some(solved.into_solution().unwrap().objective() * KILO * TENTH),
        Err(microlp::Error::Infeasible) => None,
        Err(error) => panic!("{error}"),
    }
}

/// The least of a sum of the buses' prices over all prices that are consistent with the outcome's
/// dispatch; in micro-currency per kWh. Prices are variables here, and loops are equations at buses.
/// None: there is no least.
fn least_price(network: &Network, outcome: &Outcome, factors: &[f64]) -> Option<f64> {
    // Prices lie within wide bounds, since without any the reference solver runs out of bases at
    // times. What moves when the bounds are wider has no end.
    let [near, far] = [ENDLESS, 2.0 * ENDLESS].map(|bound| least_price_within(bound, network, outcome, factors));
    ((near - far).abs() <= 1e-6 * (1.0 + near.abs())).then_some(near * TENTH)
}

/// The same, in 0.1 of currency, with all prices and worths within a bound of either sign.
fn least_price_within(endless: f64, network: &Network, outcome: &Outcome, factors: &[f64]) -> f64 {
    let mut problem = Problem::new(OptimizationDirection::Minimize);
    let prices: Vec<Variable> = factors.iter().map(|factor| problem.add_var(*factor, (-endless, endless))).collect();
    let mut bound = |bus: usize, op: ComparisonOp, price: f64| {
        problem.add_constraint([(prices[bus], 1.0)], op, price);
    };
    for (plan, power) in network.plans().offers.iter().zip(&outcome.sold) {
        if *power > 1e-4 {
            bound(plan.bus, ComparisonOp::Ge, asked(plan));
        }
        if *power < plan.max.float() - 1e-4 {
            bound(plan.bus, ComparisonOp::Le, asked(plan));
        }
    }
    for (plan, power) in network.plans().bids.iter().zip(&outcome.bought) {
        if *power > 1e-4 {
            bound(plan.bus, ComparisonOp::Le, asked(plan));
        }
        if *power < plan.max.float() - 1e-4 {
            bound(plan.bus, ComparisonOp::Ge, asked(plan));
        }
    }
    // For each bus: the sum over its lines of (difference of prices - worth of the limit) / x is zero.
    let mut loops: Vec<Vec<(Variable, f64)>> = vec![vec![]; prices.len()];
    for (line, flow) in network.lines().iter().zip(&outcome.flows) {
        let limit = line.limit.map_or(f64::INFINITY, |limit| limit.float());
        let up = if *flow >= limit - 1e-4 { endless } else { 0.0 };
        let down = if *flow <= 1e-4 - limit { -endless } else { 0.0 };
        let worth = problem.add_var(0.0, (down, up));
        let factor = 100.0 / f64::from(line.reactance);
        for (bus, sign) in [(line.ends.0, -factor), (line.ends.1, factor)] {
            loops[bus].extend([(prices[line.ends.1], sign), (prices[line.ends.0], -sign), (worth, -sign)]);
        }
    }
    // The equations of all buses sum to nothing, so the first bus's follows from the others.
    for row in loops.into_iter().skip(1) {
        let mut sums = std::collections::BTreeMap::<usize, (Variable, f64)>::new();
        row.into_iter()
            .for_each(|(variable, factor)| sums.entry(variable.idx()).or_insert((variable, 0.0)).1 += factor);
        let row: Vec<(Variable, f64)> = sums.into_values().filter(|(_, factor)| *factor != 0.0).collect();
        if !row.is_empty() {
            problem.add_constraint(&row[..], ComparisonOp::Eq, 0.0);
        }
    }
    match problem.solve() {
        Ok(solved) => solved.into_solution().unwrap().objective(),
        Err(error) => panic!("{error}"),
    }
}

fn network(value: &Value) -> Network {
    Network::read(&serde_json::to_vec(value).unwrap()).unwrap()
}

fn close(found: Option<f64>, expected: Option<f64>, within: f64, what: &str) -> Result<(), TestCaseError> {
    let same = match (found, expected) {
        (Some(found), Some(expected)) => (found - expected).abs() <= within + 1e-6 * expected.abs(),
        (found, expected) => found.is_none() && expected.is_none(),
    };
    prop_assert!(same, "{what}: {found:?} instead of {expected:?}");
    Ok(())
}

/// Holds an outcome to the definition of each of its fields.
fn hold(value: &Value) -> Result<(), TestCaseError> {
    let network = network(value);
    let outcome = solve(&network).map_err(|error| TestCaseError::fail(error.to_string()))?;
    let (plans, buses) = (network.plans(), network.buses().count());

    // The dispatch is within bounds and limits, and its flows follow from it.
    let mut fed = vec![0.0; buses];
    for (plans, powers, sign) in [(&plans.offers, &outcome.sold, 1.0), (&plans.bids, &outcome.bought, -1.0)] {
        for (plan, power) in plans.iter().zip(powers) {
            prop_assert!((0.0..=plan.max.float()).contains(power));
            fed[plan.bus] += sign * power;
        }
    }
    for (at, (line, flow)) in network.lines().iter().zip(&outcome.flows).enumerate() {
        let room = line.limit.map_or(f64::INFINITY, |limit| limit.float() - flow.abs());
        prop_assert!(room >= -1e-4);
        prop_assert_eq!(outcome.binding.contains(&at), room <= 1e-4);
        fed[line.ends.0] -= flow;
        fed[line.ends.1] += flow;
    }
    prop_assert!(fed.iter().all(|rest| rest.abs() < 1e-3), "what is left at buses: {fed:?}");

    // It is best.
    let best = greatest_welfare(&network, None);
    close(Some(outcome.welfare), best, 1e3, "welfare")?;

    // Prices: their ends, and the one that is reported.
    let axis = |bus: usize, sign: f64| {
        let mut factors = vec![0.0; buses];
        factors[bus] = sign;
        factors
    };
    let mut away = vec![0.0; buses];
    for (bus, prices) in outcome.prices.iter().enumerate() {
        close(prices.low, least_price(&network, &outcome, &axis(bus, 1.0)), 1.0, "low")?;
        let high = least_price(&network, &outcome, &axis(bus, -1.0)).map(|price| -price);
        close(prices.high, high, 1.0, "high")?;
        let (low, high) = (prices.low.or(prices.high), prices.high.or(prices.low));
        prop_assert_eq!(prices.price.is_none(), low.is_none());
        if let (Some(low), Some(high), Some(price)) = (low, high, prices.price) {
            away[bus] = price - (low + high) / 2.0;
        }
    }
    // Of the face's points none is nearer to the middles: the face lies on the far side of the plane
    // through the reported prices, square to the way from the middles.
    let far = away.iter().fold(0.0, |far: f64, away| far.max(away.abs()));
    if far > 1e-3 {
        let unit: Vec<f64> = away.iter().map(|away| away / far).collect();
        let here: f64 = outcome.prices.iter().zip(&unit).map(|(prices, unit)| unit * prices.price.unwrap_or(0.0)).sum();
        close(Some(here), least_price(&network, &outcome, &unit), 2.0, "nearest")?;
    }
    // What the network earns is what buyers pay less what sellers earn.
    let paid = |plans: &[grid::plans::Plan], powers: &[f64]| -> f64 {
        plans.iter().zip(powers).map(|(plan, power)| power * outcome.prices[plan.bus].price.unwrap_or(0.0)).sum()
    };
    let earned = paid(&plans.offers, &outcome.sold);
    let rent = paid(&plans.bids, &outcome.bought) - earned;
    prop_assert!((rent - outcome.rent).abs() <= 1e-6 * earned + 1e3 && outcome.rent >= 0.0, "{rent} {}", outcome.rent);
    Ok(())
}

/// What a W more or less is worth, by solving again with it.
fn hold_by_perturbation(value: &Value) -> Result<(), TestCaseError> {
    let network = network(value);
    let outcome = solve(&network).map_err(|error| TestCaseError::fail(error.to_string()))?;
    let best = greatest_welfare(&network, None).unwrap();
    for (bus, prices) in outcome.prices.iter().enumerate() {
        let next = greatest_welfare(&network, Some((bus, 1.0))).map(|welfare| best - welfare);
        let last = greatest_welfare(&network, Some((bus, -1.0))).map(|welfare| welfare - best);
        close(prices.high, next, 20.0, "the next W")?;
        close(prices.low, last, 20.0, "the last W")?;
    }
    Ok(())
}

/// A network of up to nine buses: a tree and some lines more, with few different numbers, so that
/// many steps end together.
fn networks() -> impl Strategy<Value = Value> {
    let limit =
        prop_oneof![3 => Just(Value::Null), 1 => Just(json!(0)), 5 => (1u64..9).prop_map(|n| json!(10_000 * n))];
    let price = prop_oneof![Just(0u64), 1u64..12].prop_map(|step| 50_000 * step);
    let power = prop_oneof![1 => Just(0u64), 9 => 1u64..8].prop_map(|step| 10_000 * step);
    let x = prop_oneof![3 => Just(100u64), 1 => 1u64..400];
    let line = (any::<prop::sample::Index>(), any::<prop::sample::Index>(), x, limit);
    let plan = (any::<prop::sample::Index>(), power, price);
    (
        1usize..9,
        prop::collection::vec(line, 13),
        0usize..5,
        prop::collection::vec(plan.clone(), 0..9),
        prop::collection::vec(plan, 0..9),
    )
        .prop_map(|(buses, drawn, more, offers, bids)| {
            let name = |bus: usize| format!("N{bus}");
            let mut lines = Vec::new();
            for (at, (from, to, x, limit)) in drawn.into_iter().enumerate() {
                let ends = match at + 1 {
                    bus if bus < buses => (from.index(bus), bus),
                    bus if buses > 1 && bus < buses + more => {
                        let from = from.index(buses);
                        (from, (from + 1 + to.index(buses - 1)) % buses)
                    }
                    _ => continue,
                };
                let ends = if at % 3 == 0 { (ends.1, ends.0) } else { ends };
                lines.push(json!({ "from": name(ends.0), "to": name(ends.1), "x": x, "limit": limit }));
            }
            let plans = |plans: Vec<(prop::sample::Index, u64, u64)>, letter: &str, price: &str| -> Vec<Value> {
                let plan = |(at, (bus, max, of)): (usize, (prop::sample::Index, u64, u64))| {
                    json!({ "id": format!("{letter}{at}"), "bus": name(bus.index(buses)), "max": max, price: of })
                };
                plans.into_iter().enumerate().map(plan).collect()
            };
            json!({
                "format": grid::dcopf::FORMAT,
                "buses": (0..buses).map(name).collect::<Vec<_>>(),
                "lines": lines,
                "offers": plans(offers, "S", "ask"),
                "bids": plans(bids, "D", "limit"),
            })
        })
}

proptest! {
    #![proptest_config(ProptestConfig {
        cases: 400,
        failure_persistence: Some(Box::new(FileFailurePersistence::WithSource("regressions"))),
        ..ProptestConfig::default()
    })]
    #[test]
    fn dispatch_and_prices_are_what_they_are_defined_to_be(value in networks()) {
        hold(&value)?;
    }

    #[test]
    fn the_ends_of_a_price_are_what_one_more_watt_costs_and_one_less_is_worth(value in networks()) {
        hold_by_perturbation(&value)?;
    }
}

/// A network of a ring with chords, with plans at every bus, drawn from a seed.
fn large(buses: u64, lines: u64, seed: u64) -> Value {
    let mut state = seed;
    let mut draw = |below: u64| {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (state >> 33) % below
    };
    let name = |bus: u64| format!("N{bus}");
    let lines: Vec<Value> = (0..lines)
        .map(|at| {
            let (from, step) = if at < buses { (at, 1) } else { (draw(buses), 2 + draw(buses / 8)) };
            let limit = if draw(3) == 0 { Value::Null } else { json!(5_000 + 1_000 * draw(40)) };
            json!({ "from": name(from), "to": name((from + step) % buses), "x": 50 + draw(200), "limit": limit })
        })
        .collect();
    let mut offers = Vec::new();
    let mut bids = Vec::new();
    for bus in 0..buses {
        offers.push(json!({ "id": format!("S{bus}"), "bus": name(bus), "max": 1_000 * draw(60), "ask": 200_000 + 1_000 * draw(300) }));
        bids.push(json!({ "id": format!("D{bus}"), "bus": name(bus), "max": 1_000 * draw(60), "limit": 200_000 + 1_000 * draw(400) }));
    }
    let buses: Vec<String> = (0..buses).map(name).collect();
    json!({ "format": grid::dcopf::FORMAT, "buses": buses, "lines": lines, "offers": offers, "bids": bids })
}

/// Prices and their ends of a network as large as a region's. The time that it takes is printed.
#[test]
fn three_hundred_buses_have_their_welfare_and_prices() {
    for seed in 1..4 {
        let network = network(&large(300, 450, seed));
        let start = std::time::Instant::now();
        let outcome = solve(&network).unwrap();
        println!("seed {seed}: {:?}, {} lines at their limits", start.elapsed(), outcome.binding.len());
        let best = greatest_welfare(&network, None).unwrap();
        assert!((outcome.welfare - best).abs() <= 1e-6 * best, "{} instead of {best}", outcome.welfare);
        assert!(outcome.binding.len() >= 5 && outcome.rent > 0.0);
    }
}
