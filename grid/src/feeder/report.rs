//! The solution and its JSON.

use super::model::{lost, Flow, Used};
use super::{Feeder, Parts, Rent, Solution};
use crate::measure::{power, price, rounded};
use crate::plans::Plan;
use serde_json::{json, Map, Value};

pub(super) fn solution(feeder: &Feeder, flow: Flow, prices: Vec<Parts>) -> Solution {
    let powers = |used: &[Used]| used.iter().map(|used| used.power).collect::<Vec<f64>>();
    let (sold, bought) = (powers(&flow.sold), powers(&flow.bought));
    // What each bus takes out, net.
    let mut taken = vec![0.0; feeder.buses.count()];
    feeder.loads.iter().for_each(|load| taken[load.bus] += load.active.float());
    feeder.plans.offers.iter().zip(&sold).for_each(|(plan, power)| taken[plan.bus] -= power);
    feeder.plans.bids.iter().zip(&bought).for_each(|(plan, power)| taken[plan.bus] += power);
    // Flows anew from what buses take out, so that they balance to the rounding of floats.
    let active = feeder.radial.flows(&taken);
    let of_line = |line: usize| lost(feeder, line, 1.0) * (active[line].powi(2) + flow.reactive[line].powi(2));
    let loss = if feeder.losses { (0..active.len()).map(of_line).sum() } else { 0.0 };
    let from_grid = taken.iter().sum::<f64>() + loss;
    let grid_price = feeder.grid_price.get() as f64;
    let value = |plans: &[Plan], powers: &[f64]| {
        plans.iter().zip(powers).map(|(plan, power)| plan.price.get() as f64 * power).sum::<f64>()
    };
    let root = grid_price * from_grid;
    let cost = value(&feeder.plans.offers, &sold) - value(&feeder.plans.bids, &bought) + root;
    let sum = |part: fn(&Parts) -> f64| prices.iter().zip(&taken).map(|(parts, taken)| part(parts) * taken).sum();
    let marginal: f64 = sum(|parts| parts.loss);
    let rent = Rent {
        income: sum(|parts| parts.price),
        root,
        loss: marginal - grid_price * loss,
        line: sum(|parts| parts.congestion),
        voltage: sum(|parts| parts.voltage),
    };
    let voltages = flow.squares.iter().map(|square| square.max(0.0).sqrt()).collect();
    Solution {
        cost,
        sold,
        bought,
        from_grid,
        loss,
        flows: active,
        reactive_flows: flow.reactive,
        voltages,
        prices,
        rent,
    }
}

pub(super) fn json(feeder: &Feeder, solution: &Solution) -> Value {
    let by_id = |plans: &[Plan], powers: &[f64]| -> Map<String, Value> {
        plans.iter().zip(powers).map(|(plan, watts)| (plan.id.clone(), power(*watts))).collect()
    };
    let powers = |powers: &[f64]| powers.iter().map(|watts| power(*watts)).collect::<Vec<Value>>();
    let names = || feeder.buses.names().iter().cloned();
    let voltages: Map<String, Value> = names().zip(solution.voltages.iter().map(|mv| power(*mv))).collect();
    let parts = |parts: &Parts| {
        json!({
            "energy": price(parts.energy),
            "loss": price(parts.loss),
            "congestion": price(parts.congestion),
            "voltage": price(parts.voltage),
            "price": price(parts.price),
            "loss_factor": rounded(parts.loss_factor, 1e9),
        })
    };
    let prices: Map<String, Value> = names().zip(solution.prices.iter().map(parts)).collect();
    json!({
        "format": "veilgrid-grid-feeder-result/1",
        "cost": rounded(solution.cost, 1e3),
        "sold": by_id(&feeder.plans.offers, &solution.sold),
        "bought": by_id(&feeder.plans.bids, &solution.bought),
        "from_grid": power(solution.from_grid),
        "loss": power(solution.loss),
        "flows": powers(&solution.flows),
        "reactive_flows": powers(&solution.reactive_flows),
        "voltages_mv": voltages,
        "prices": prices,
    })
}
