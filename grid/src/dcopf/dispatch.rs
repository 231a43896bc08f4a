//! A dispatch of greatest welfare.
//!
//! The solver's answer lies inside the set of the best dispatches, a little off every bound. What a
//! bound is worth tells whether the bound binds. A plan at a bound is then put on it, a flow at a
//! limit on its limit, and the other plans are moved as little as possible to fit. What is left is
//! exact but for the rounding of floats.

use super::{Network, Ptdf};
use crate::plans::Plan;
use crate::program::{Program, Tight, Variable, TOLERANCE};
use crate::span::Span;

/// Power that is within this of a bound is at the bound, in W.
const AT_BOUND: f64 = 1e-4;
/// Rounding of floats, relative to the power that is traded.
const ROUNDING: f64 = 1e-12;

/// How to look for a dispatch: a stricter solver, or another reading of its answer. The first attempt
/// nearly always succeeds.
#[derive(Clone, Copy, Debug)]
pub(super) struct Attempt {
    tolerance: f64,
    /// A bound binds if it is worth this much more than it leaves free.
    ratio: f64,
}

impl Attempt {
    pub(super) fn all() -> impl Iterator<Item = Attempt> {
        let readings = [1.0, 1e-2, 1e2];
        [TOLERANCE, 1e-11, 1e-7]
            .into_iter()
            .flat_map(move |tolerance| readings.map(|ratio| Attempt { tolerance, ratio }))
    }

    fn binds(self, tight: Tight) -> bool {
        tight.worth > self.ratio * tight.slack
    }
}

/// Power of a plan, and whether it is at a bound.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Used {
    /// In W.
    pub power: f64,
    /// Some of it is used.
    pub some: bool,
    /// Some of it is left.
    pub left: bool,
}

/// A dispatch within all limits.
#[derive(Clone, Debug)]
pub(super) struct Dispatch {
    /// The offers.
    pub sold: Vec<Used>,
    /// The bids.
    pub bought: Vec<Used>,
    /// Flow of each line, in W.
    pub flows: Vec<f64>,
    /// The lines at their limit.
    pub binding: Vec<usize>,
}

/// What the solver says of a plan: it is at a bound, or near a power.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Found {
    Nothing,
    Everything,
    Near(f64),
}

/// A line at its limit, with its flow in W.
#[derive(Clone, Copy, Debug)]
struct Full {
    line: usize,
    flow: f64,
}

impl Dispatch {
    /// None: the attempt fails.
    pub fn find(network: &Network, ptdf: &Ptdf, attempt: Attempt) -> Option<Dispatch> {
        let plans = &network.plans;
        let total = |plans: &[Plan]| plans.iter().map(|plan| plan.max.float()).sum::<f64>();
        let most = total(&plans.offers).min(total(&plans.bids));
        let (found, binding) = match most > 0.0 {
            true => linear_program(network, most, attempt)?,
            false => (vec![Found::Nothing; plans.offers.len() + plans.bids.len()], vec![]),
        };
        Dispatch::fit(network, ptdf, &found, &binding, AT_BOUND.max(most * ROUNDING))
    }

    /// Puts plans and flows on the bounds that bind. None: nothing within the limits does so.
    fn fit(network: &Network, ptdf: &Ptdf, found: &[Found], binding: &[Full], within: f64) -> Option<Dispatch> {
        let plans = &network.plans;
        let all = || plans.offers.iter().map(|plan| (plan, 1.0)).chain(plans.bids.iter().map(|plan| (plan, -1.0)));
        let mut powers: Vec<f64> = all()
            .zip(found)
            .map(|((plan, _), found)| match found {
                Found::Nothing => 0.0,
                Found::Everything => plan.max.float(),
                Found::Near(power) => *power,
            })
            .collect();
        let fed = |powers: &[f64]| {
            let mut fed = vec![0.0; network.buses.count()];
            all().zip(powers).for_each(|((plan, sign), power)| fed[plan.bus] += sign * power);
            fed
        };
        let before = fed(&powers);
        let free: Vec<usize> = (0..found.len()).filter(|at| matches!(found[*at], Found::Near(_))).collect();
        let ends: Vec<(usize, f64)> = all().map(|(plan, sign)| (plan.bus, sign)).collect();
        let ends: Vec<(usize, f64)> = free.iter().map(|at| ends[*at]).collect();
        let mut span = Span::default();
        let everywhere = vec![1.0; network.buses.count()];
        let equations = std::iter::once((&everywhere[..], 0.0));
        for (factors, value) in equations.chain(binding.iter().map(|full| (ptdf.line(full.line), full.flow))) {
            let row: Vec<f64> = ends.iter().map(|(bus, sign)| sign * factors[*bus]).collect();
            let missed = span.add(&row, value - crate::span::dot(factors, &before));
            if missed.is_some_and(|missed| missed.abs() > within) {
                return None;
            }
        }
        for (at, change) in free.iter().zip(span.point(free.len())) {
            powers[*at] += change;
        }
        let flows = ptdf.flows(&fed(&powers));
        Dispatch::within(network, powers, flows, within)
    }

    /// Checks bounds and limits. None: one of them does not hold.
    fn within(network: &Network, powers: Vec<f64>, flows: Vec<f64>, within: f64) -> Option<Dispatch> {
        let plans = &network.plans;
        let mut used = Vec::with_capacity(powers.len());
        for (plan, power) in plans.offers.iter().chain(&plans.bids).zip(powers) {
            let max = plan.max.float();
            if power < -within || power > max + within {
                return None;
            }
            let (some, left) = (power > within, power < max - within);
            used.push(Used { power: power.clamp(0.0, max), some, left });
        }
        let mut binding = Vec::new();
        for (at, line) in network.lines.iter().enumerate() {
            let Some(limit) = line.limit else { continue };
            let room = limit.float() - flows[at].abs();
            if room < -within {
                return None;
            }
            if room <= within {
                binding.push(at);
            }
        }
        let bought = used.split_off(plans.offers.len());
        Some(Dispatch { sold: used, bought, flows, binding })
    }
}

/// What the solver finds: the plans, and the lines at their limit with their flow. `most` is the most
/// power that can be traded, in W. None: it does not converge.
fn linear_program(network: &Network, most: f64, attempt: Attempt) -> Option<(Vec<Found>, Vec<Full>)> {
    let plans = &network.plans;
    // Near 1: power relative to what can be traded, prices relative to the one in the middle.
    let power_unit = most / 100.0;
    let mut prices: Vec<u64> = plans.offers.iter().chain(&plans.bids).map(|plan| plan.price.get()).collect();
    prices.retain(|price| *price > 0);
    prices.sort_unstable();
    let price_unit = prices.get(prices.len() / 2).map_or(1.0, |price| *price as f64);
    let mut program = Program::new();
    let mut rows = vec![Vec::new(); network.buses.count()];
    // No plan can use more than `most`; a bound beyond twice that never binds.
    let bound = |plan: &Plan| plan.max.float().min(2.0 * most) / power_unit;
    let mut variables: Vec<Option<Variable>> = Vec::new();
    for plan in &plans.offers {
        let variable = (plan.max.get() > 0).then(|| {
            let variable = program.variable(0.0, bound(plan), plan.price.get() as f64 / price_unit);
            rows[plan.bus].push((variable, 1.0));
            variable
        });
        variables.push(variable);
    }
    // A bid's variable is what it does not get: so the cost has no great numbers that cancel.
    let mut missing = vec![0.0; network.buses.count()];
    for plan in &plans.bids {
        let variable = (plan.max.get() > 0).then(|| {
            let variable = program.variable(0.0, bound(plan), plan.price.get() as f64 / price_unit);
            rows[plan.bus].push((variable, 1.0));
            missing[plan.bus] += bound(plan);
            variable
        });
        variables.push(variable);
    }
    let least = network.lines.iter().map(|line| line.reactance).min().unwrap_or(1);
    let angles: Vec<Option<Variable>> = (0..network.buses.count())
        .map(|bus| (bus > 0).then(|| program.variable(f64::NEG_INFINITY, f64::INFINITY, 0.0)))
        .collect();
    let mut limits = Vec::new();
    for (at, line) in network.lines.iter().enumerate() {
        let conductance = f64::from(least) / f64::from(line.reactance);
        let ends = [(line.ends.0, conductance), (line.ends.1, -conductance)];
        let flow: Vec<(Variable, f64)> =
            ends.iter().filter_map(|(bus, factor)| angles[*bus].map(|angle| (angle, *factor))).collect();
        let back = || flow.iter().map(|(angle, factor)| (*angle, -factor));
        rows[line.ends.0].extend(back());
        rows[line.ends.1].extend(&flow);
        let Some(limit) = line.limit.map(|limit| limit.float()).filter(|limit| *limit <= most) else { continue };
        match limit > 0.0 {
            true => {
                limits
                    .push((Full { line: at, flow: limit }, program.at_most(flow.iter().copied(), limit / power_unit)));
                limits.push((Full { line: at, flow: -limit }, program.at_most(back(), limit / power_unit)));
            }
            false => limits.push((Full { line: at, flow: 0.0 }, program.equal(flow, 0.0))),
        }
    }
    for (row, missing) in rows.into_iter().zip(missing) {
        program.equal(row, missing);
    }
    let solution = program.solve_within(attempt.tolerance).ok()?;
    let read = |at: usize, plan: &Plan| {
        let Some(variable) = variables[at] else { return Found::Nothing };
        let (value, offer) = (solution.value(variable), at < plans.offers.len());
        match (attempt.binds(solution.lower(variable)), attempt.binds(solution.upper(variable))) {
            (true, _) => {
                if offer {
                    Found::Nothing
                } else {
                    Found::Everything
                }
            }
            (_, true) => {
                if offer {
                    Found::Everything
                } else {
                    Found::Nothing
                }
            }
            _ if offer => Found::Near(value * power_unit),
            _ => Found::Near((bound(plan) - value) * power_unit),
        }
    };
    let found = plans.offers.iter().chain(&plans.bids).enumerate().map(|(at, plan)| read(at, plan)).collect();
    let binding = limits.into_iter().filter(|(_, row)| attempt.binds(solution.row(*row)));
    Some((found, binding.map(|(full, _)| full).collect()))
}
