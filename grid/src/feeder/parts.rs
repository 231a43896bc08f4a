//! Prices at the buses, in parts.

use super::model::{lost, Flow, PRICE};
use super::{Feeder, Parts};
use crate::program::{Program, Unsolved, Variable};

/// How far a price may be from what a plan asks, since flows are known to a tolerance; in units of
/// the program.
const ROUNDING: f64 = 1e-7;

/// The prices at least cost. Energy and loss follow from the flows. What limits add is worth of lines
/// and voltages that are at their limits, such that served offers get their asks, and so on. Of all
/// such worths those are taken whose parts are smallest.
pub(super) fn prices(feeder: &Feeder, flow: &Flow) -> Result<Vec<Parts>, Unsolved> {
    let energy = feeder.grid_price.get() as f64;
    let mut prices = vec![Parts { energy, price: energy, loss_factor: 1.0, ..Parts::default() }; feeder.buses.count()];
    for &line in feeder.radial.outward() {
        let (near, far) = feeder.radial.ends(line);
        let more = if feeder.losses { 2.0 * lost(feeder, line, 1.0) * flow.active[line] } else { 0.0 };
        prices[far].loss_factor = prices[near].loss_factor + more;
        prices[far].loss = energy * (prices[far].loss_factor - 1.0);
        prices[far].price = energy + prices[far].loss;
    }
    if !flow.full.is_empty() || !flow.held.is_empty() {
        limits(feeder, flow, &mut prices)?;
    }
    Ok(prices)
}

/// Adds what limits add.
fn limits(feeder: &Feeder, flow: &Flow, prices: &mut [Parts]) -> Result<(), Unsolved> {
    let mut program = Program::new();
    let mut worth = |sign: f64| match sign {
        0.0 => program.variable(f64::NEG_INFINITY, f64::INFINITY, 0.0),
        sign if sign > 0.0 => program.variable(0.0, f64::INFINITY, 0.0),
        _ => program.variable(f64::NEG_INFINITY, 0.0, 0.0),
    };
    let count = feeder.buses.count();
    let (mut congestion, mut voltage) = (vec![Vec::new(); count], vec![Vec::new(); count]);
    let mut on = vec![None; feeder.lines.len()];
    flow.full.iter().for_each(|(line, sign)| on[*line] = Some(worth(*sign)));
    for &line in feeder.radial.outward() {
        let (near, far) = feeder.radial.ends(line);
        congestion[far] = congestion[near].clone();
        congestion[far].extend(on[line].map(|worth: Variable| (worth, 1.0)));
    }
    for (bus, sign) in &flow.held {
        let (worth, common) = (worth(*sign), common(feeder, *bus));
        let greatest = common.iter().fold(f64::MIN_POSITIVE, |greatest: f64, milliohms| greatest.max(*milliohms));
        for (terms, milliohms) in voltage.iter_mut().zip(common) {
            if milliohms > 0.0 {
                terms.push((worth, milliohms / greatest));
            }
        }
    }
    let part = |program: &mut Program, terms: Vec<(Variable, f64)>| {
        let part = program.variable(f64::NEG_INFINITY, f64::INFINITY, 0.0);
        program.square(part, 1.0);
        program.equal(terms.into_iter().chain([(part, -1.0)]), 0.0);
        part
    };
    let mut parts = Vec::new();
    for (congestion, voltage) in congestion.into_iter().zip(voltage) {
        parts.push([part(&mut program, congestion), part(&mut program, voltage)]);
    }
    let plans = [(&feeder.plans.offers, &flow.sold, 1.0), (&feeder.plans.bids, &flow.bought, -1.0)];
    for (plans, used, sign) in plans {
        for (plan, used) in plans.iter().zip(used) {
            let away = (plan.price.get() as f64 - prices[plan.bus].price) / PRICE;
            let mut at_most = |sign: f64| {
                program.at_most(parts[plan.bus].map(|part| (part, sign)), sign * away + ROUNDING);
            };
            // A served offer gets its ask at least, one with power left at most; bids the reverse.
            if used.some {
                at_most(-sign);
            }
            if used.left {
                at_most(sign);
            }
        }
    }
    let solution = program.solve()?;
    for (prices, [congestion, voltage]) in prices.iter_mut().zip(parts) {
        prices.congestion = solution.value(congestion) * PRICE;
        prices.voltage = solution.value(voltage) * PRICE;
        prices.price += prices.congestion + prices.voltage;
    }
    Ok(())
}

/// The resistance of the common path of a bus and each bus, in milliohm.
fn common(feeder: &Feeder, bus: usize) -> Vec<f64> {
    let mut on_path = vec![false; feeder.lines.len()];
    feeder.radial.path(bus).for_each(|line| on_path[line] = true);
    let mut common = vec![0.0; feeder.buses.count()];
    for &line in feeder.radial.outward() {
        let (near, far) = feeder.radial.ends(line);
        let more = if on_path[line] { feeder.lines[line].resistance.get() as f64 } else { 0.0 };
        common[far] = common[near] + more;
    }
    common
}
