//! The schedule of at most one battery, without a linear program.
//!
//! With one battery and nothing else that ties cycles together, what the cycles from `t` on cost is a
//! convex function of what is stored when cycle `t` begins, made of straight pieces. It is found from
//! the last cycle to the first by merging pieces; the schedule is then read off from the first cycle
//! to the last. That takes some microseconds a cycle, and a linear program some hundred. Of several
//! schedules of least cost this is the one that stores the most, the earliest.

use super::horizon::{Battery, Efficiency, Horizon};
use super::pieces::Pieces;
use super::worth::Worth;
use super::{Schedule, Stored};
use crate::horizon_fault::Fault;
use protocol::units::{Energy, Price};

/// Whether a horizon is one of these.
pub(super) fn fits(horizon: &Horizon) -> bool {
    let free = |generator: &super::Generator| generator.ramp.is_none();
    horizon.batteries.len() <= 1 && horizon.flexible.is_empty() && horizon.generator.as_ref().is_none_or(free)
}

/// The battery that a household without one has.
fn none() -> Battery {
    Battery {
        capacity: Energy::ZERO,
        minimum: Energy::ZERO,
        initial: Energy::ZERO,
        r#final: Energy::ZERO,
        charge: crate::units::Power::default(),
        discharge: crate::units::Power::default(),
        charge_efficiency: Efficiency::WHOLE,
        discharge_efficiency: Efficiency::WHOLE,
        wear: Price::ZERO,
        away: Vec::new(),
        drive: None,
    }
}

/// A schedule of least cost, and what a Wh is worth in its first cycle. Error: [`Fault::Infeasible`].
pub(super) fn solve(horizon: &Horizon) -> Result<(Schedule, Worth), Fault> {
    let no_battery = none();
    let battery = horizon.batteries.first().unwrap_or(&no_battery);
    let mut away = vec![false; horizon.cycles()];
    battery.away.iter().for_each(|cycle| away[*cycle] = true);
    let cycles: Vec<Cycle> =
        (0..horizon.cycles()).map(|cycle| Cycle::new(horizon, battery, cycle, away[cycle])).collect();
    let after = costs_after(battery, &cycles)?;
    let mut schedule = Schedule::default();
    let mut of = Stored::default();
    let mut stored = battery.initial.get() as f64;
    let mut worth = Worth { low: None, high: None };
    for (at, (cycle, after)) in cycles.iter().zip(&after).enumerate() {
        let change = cycle.change.as_ref().ok_or(Fault::Infeasible)?;
        let rest = after.clone().shifted(cycle.drive - stored);
        let change = change.greatest_least(&rest).ok_or(Fault::Infeasible)?;
        stored += change - cycle.drive;
        let drawn = cycle.drawn(change);
        if at == 0 {
            worth = cycle.worth(drawn, after.slopes(stored));
        }
        let supply = cycle.supplied(cycle.load + drawn);
        let wear = cycle.wear * drawn.abs();
        schedule.cost += cycle.supply.at(cycle.load + drawn) + wear;
        schedule.net.push(supply.net);
        schedule.generated.push(supply.generated);
        of.charge.push(drawn.max(0.0));
        of.discharge.push((-drawn).max(0.0));
        of.stored.push(stored);
    }
    if !horizon.batteries.is_empty() {
        schedule.batteries.push(of);
    }
    if horizon.generator.is_none() {
        schedule.generated.clear();
    }
    Ok((schedule, worth))
}

/// What all cycles after each cycle cost, by what is stored at its end.
fn costs_after(battery: &Battery, cycles: &[Cycle]) -> Result<Vec<Pieces>, Fault> {
    let (minimum, capacity) = (battery.minimum.get() as f64, battery.capacity.get() as f64);
    let last = minimum.max(battery.r#final.get() as f64);
    let mut after = vec![Pieces::new(last, 0.0, vec![(capacity - last, 0.0)])];
    for cycle in cycles.iter().skip(1).rev() {
        let next = after[after.len() - 1].clone().shifted(cycle.drive);
        let change = cycle.change.as_ref().ok_or(Fault::Infeasible)?;
        after.push(next.merged(&change.mirrored()).clipped(minimum, capacity).ok_or(Fault::Infeasible)?);
    }
    after.reverse();
    Ok(after)
}

/// One cycle. Energy in Wh, cost in nano-currency.
struct Cycle {
    load: f64,
    drive: f64,
    wear: f64,
    into: f64,
    out: f64,
    charge: f64,
    discharge: f64,
    export: f64,
    available: f64,
    efficiency: f64,
    /// Whether a generated Wh is dearer than what its sale earns.
    dear: bool,
    /// The price of a generated kWh after conversion, and that of a bought one.
    generate: f64,
    buy: f64,
    /// What it costs to supply an energy to the load and to the battery.
    supply: Pieces,
    /// What it costs to change what is stored, before what is used on the road. None: no change lets
    /// the load be supplied.
    change: Option<Pieces>,
}

/// What comes from where.
struct Supply {
    net: f64,
    generated: f64,
}

impl Cycle {
    fn new(horizon: &Horizon, battery: &Battery, cycle: usize, away: bool) -> Cycle {
        let load = horizon.load[cycle].get() as f64;
        let most = |power| if away { 0.0 } else { horizon.energy(power) };
        let (charge, discharge) = (most(battery.charge), most(battery.discharge));
        let (sell, buy) = (horizon.sell[cycle].get() as f64, horizon.buy[cycle].get() as f64);
        let (available, efficiency, cost) = match &horizon.generator {
            None => (0.0, 1.0, 0.0),
            Some(of) => (of.available[cycle].get() as f64, of.efficiency.share(), of.cost.get() as f64),
        };
        let generated = available * efficiency;
        // No more than these can be given or taken, but for the Wh of load more or less whose worth is
        // asked for.
        let limit = |of: Option<crate::units::Power>, most: f64| of.map_or(most, |of| horizon.energy(of).min(most));
        let (export, import) =
            (limit(horizon.export, generated + discharge + 1.0), limit(horizon.import, load + charge + 1.0));
        let generate = cost / efficiency;
        // Where both cost the same, energy is generated and sold.
        let supply = Pieces::new(-export, -sell * export, vec![(generated, generate), (export, sell), (import, buy)]);
        let mut of = Cycle {
            load,
            drive: battery.drive(cycle).get() as f64,
            wear: battery.wear.get() as f64,
            into: battery.charge_efficiency.share(),
            out: battery.discharge_efficiency.share(),
            charge,
            discharge,
            export,
            available,
            efficiency,
            dear: generate > sell,
            generate,
            buy,
            supply,
            change: None,
        };
        of.change = of.cost_of_change();
        of
    }

    fn cost_of_change(&self) -> Option<Pieces> {
        let least = (-self.discharge).max(-self.export - self.load);
        let most = self.charge.min(self.supply.end() - self.load);
        if least > most + 1e-7 {
            return None;
        }
        let most = most.max(least);
        let drawn = |place: f64| place - self.load;
        let mut pieces = Vec::new();
        for (begin, end, slope) in self.supply.within(least + self.load, 0f64.min(most) + self.load) {
            pieces.push(((drawn(end) - drawn(begin)) / self.out, (slope - self.wear) * self.out));
        }
        for (begin, end, slope) in self.supply.within(0f64.max(least) + self.load, most + self.load) {
            pieces.push(((drawn(end) - drawn(begin)) * self.into, (slope + self.wear) / self.into));
        }
        let value = self.supply.at(self.load + least) + self.wear * least.abs();
        Some(Pieces::new(self.stored(least), value, pieces))
    }

    /// What a draw from the household changes in the store.
    fn stored(&self, drawn: f64) -> f64 {
        match drawn > 0.0 {
            true => drawn * self.into,
            false => drawn / self.out,
        }
    }

    /// What is drawn from the household for a change of the store.
    fn drawn(&self, change: f64) -> f64 {
        match change > 0.0 {
            true => change / self.into,
            false => change * self.out,
        }
    }

    fn supplied(&self, supply: f64) -> Supply {
        let most = self.available * self.efficiency;
        // Generation comes before sales are given up, or after them, and before energy is bought.
        let generated = match (self.dear, self.generate > self.buy) {
            (_, true) => supply - (self.supply.end() - most),
            (false, _) => supply + self.export,
            (true, false) => supply,
        };
        let generated = generated.clamp(0.0, most);
        Supply { net: generated - supply, generated: generated / self.efficiency }
    }

    /// What a Wh of load is worth: where the slopes of supply and those of the store overlap.
    /// `after` has the slopes of what later cycles cost by what is stored at this cycle's end.
    fn worth(&self, drawn: f64, after: (Option<f64>, Option<f64>)) -> Worth {
        const SAME: f64 = 1e-7;
        let (left, right) = self.supply.slopes(self.load + drawn);
        // What the battery saves when it draws one Wh less, and what it costs when it draws one more.
        let of_store = |slope: Option<f64>, charging: bool| {
            slope.map(|slope| if charging { -self.wear - slope * self.into } else { self.wear - slope / self.out })
        };
        let (at_most, at_least) = (drawn >= self.charge - SAME, drawn <= SAME - self.discharge);
        let low = if at_most { None } else { of_store(after.1, drawn >= -SAME) };
        let high = if at_least { None } else { of_store(after.0, drawn > SAME) };
        let greater = |one: Option<f64>, other: Option<f64>| match (one, other) {
            (Some(one), Some(other)) => Some(one.max(other)),
            (one, other) => one.or(other),
        };
        let less = |one: Option<f64>, other: Option<f64>| match (one, other) {
            (Some(one), Some(other)) => Some(one.min(other)),
            (one, other) => one.or(other),
        };
        Worth { low: greater(left, low), high: less(right, high) }
    }
}
