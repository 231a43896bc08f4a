//! The least cost by another solver and another formulation: stored energy is no variable but a sum
//! of all that went in and out.

use crate::schedule::{Battery, Horizon};
use microlp::{ComparisonOp, Error, OptimizationDirection, Problem, SolveOutcome, Variable};

/// The least cost of a horizon whose first cycle has so much more load, in nano-currency. None: no
/// schedule keeps to all limits.
pub fn cost(horizon: &Horizon, more: f64) -> Option<f64> {
    least(horizon, more, 0.0)
}

/// The same, when the household sells so much of the first cycle in a market (bought: below zero),
/// without its price. What it sells there takes room of its connection, too.
pub fn matched(horizon: &Horizon, sold: f64) -> Option<f64> {
    least(horizon, sold, sold)
}

fn least(horizon: &Horizon, more: f64, sold: f64) -> Option<f64> {
    let mut problem = Problem::new(OptimizationDirection::Minimize);
    let cycles = horizon.cycles();
    let limit = |of: Option<crate::units::Power>| of.map_or(1e9, |of| horizon.energy(of));
    let mut balance: Vec<Vec<(Variable, f64)>> = (0..cycles)
        .map(|cycle| {
            let (buy, sell) = (horizon.buy[cycle].get() as f64, horizon.sell[cycle].get() as f64);
            let sold = if cycle == 0 { sold } else { 0.0 };
            vec![
                (problem.add_var(buy, (0.0, limit(horizon.import) - (-sold).max(0.0))), 1.0),
                (problem.add_var(-sell, (0.0, limit(horizon.export) - sold.max(0.0))), -1.0),
            ]
        })
        .collect();
    for of in &horizon.batteries {
        battery(&mut problem, horizon, of, &mut balance);
    }
    if let Some(of) = &horizon.generator {
        let mut last = None;
        for (cycle, balance) in balance.iter_mut().enumerate() {
            let now = problem.add_var(of.cost.get() as f64, (0.0, of.available[cycle].get() as f64));
            balance.push((now, of.efficiency.share()));
            if let Some(ramp) = of.ramp.map(|ramp| horizon.energy(ramp)) {
                let (terms, before) = match last {
                    Some(last) => (vec![(now, 1.0), (last, -1.0)], 0.0),
                    None => (vec![(now, 1.0)], of.before.get() as f64),
                };
                problem.add_constraint(terms.as_slice(), ComparisonOp::Le, before + ramp);
                problem.add_constraint(terms.as_slice(), ComparisonOp::Ge, before - ramp);
            }
            last = Some(now);
        }
    }
    for of in &horizon.flexible {
        let takes: Vec<Variable> =
            (of.from..of.until).map(|_| problem.add_var(0.0, (0.0, horizon.energy(of.most)))).collect();
        for (cycle, take) in (of.from..of.until).zip(&takes) {
            balance[cycle].push((*take, -1.0));
        }
        let sum: Vec<(Variable, f64)> = takes.iter().map(|take| (*take, 1.0)).collect();
        problem.add_constraint(sum.as_slice(), ComparisonOp::Eq, of.energy.get() as f64);
    }
    for (cycle, terms) in balance.iter().enumerate() {
        let load = horizon.load[cycle].get() as f64 + if cycle == 0 { more } else { 0.0 };
        problem.add_constraint(terms.as_slice(), ComparisonOp::Eq, load);
    }
    match problem.solve() {
        Ok(SolveOutcome::Solution(solution)) => Some(solution.objective()),
        Ok(SolveOutcome::Interrupted(_)) => panic!("no limit of time or nodes is set"),
        Err(Error::Infeasible) => None,
        Err(other) => panic!("{other}"),
    }
}

fn battery(problem: &mut Problem, horizon: &Horizon, of: &Battery, balance: &mut [Vec<(Variable, f64)>]) {
    let mut stored: Vec<(Variable, f64)> = Vec::new();
    let mut begin = of.initial.get() as f64;
    for (cycle, balance) in balance.iter_mut().enumerate() {
        let most = |power| if of.away.contains(&cycle) { 0.0 } else { horizon.energy(power) };
        let wear = of.wear.get() as f64;
        let charge = problem.add_var(wear, (0.0, most(of.charge)));
        let discharge = problem.add_var(wear, (0.0, most(of.discharge)));
        balance.extend([(charge, -1.0), (discharge, 1.0)]);
        stored.extend([(charge, of.charge_efficiency.share()), (discharge, -1.0 / of.discharge_efficiency.share())]);
        begin -= of.drive(cycle).get() as f64;
        let last = cycle + 1 == horizon.cycles();
        let least = if last { of.minimum.max(of.r#final) } else { of.minimum }.get() as f64;
        problem.add_constraint(stored.as_slice(), ComparisonOp::Ge, least - begin);
        problem.add_constraint(stored.as_slice(), ComparisonOp::Le, of.capacity.get() as f64 - begin);
    }
}
