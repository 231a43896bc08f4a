//! What energy is worth at the far end of the feeder, in parts, by the hour of the day: the prices of
//! a feeder with voltages and losses ([`grid::feeder`]), when the meters' flows stand beside the base
//! and the network sells at retail at the root.

use super::feeder::Feeder;
use super::found::Week;
use figures::plot::{lines, Labels, Line};
use grid::feeder::{self, Load, Parts};
use grid::plans::Plans;
use grid::units::Power;
use market::rules::meters;
use market::scenario::CyclePlans;

const HOURS: usize = 24;

/// The hour of the day that a slot's name has behind its date.
fn hour(slot: &str) -> Option<usize> {
    let time = slot.split(['T', ' ']).nth(1)?;
    time.get(..2)?.parse().ok().filter(|hour| *hour < HOURS)
}

/// The bus with the most resistance between it and the root.
fn far_end(feeder: &Feeder) -> usize {
    let grid = feeder.week.feeder();
    let resistance = |bus: usize| grid.radial().path(bus).map(|line| grid.impedance(line).0.get()).sum::<u64>();
    (0..grid.buses().count()).max_by_key(|bus| resistance(*bus)).unwrap_or(0)
}

/// What each bus takes out in a cycle: the base, and what the meters show.
fn loads(feeder: &Feeder, index: usize, cycle: &CyclePlans) -> Option<Vec<Load>> {
    let seconds = i128::from(feeder.week.feeder().cycle().get());
    let mut active: Vec<i128> = feeder.bases[index].iter().map(|load| load.active).collect();
    for meter in meters(cycle) {
        let net = i128::from(meter.consumed.get()) - i128::from(meter.injected.get());
        active[feeder.bus(meter.household)] += net * 3600 / seconds;
    }
    let power = |number: i128| Power::new(i64::try_from(number).ok()?).ok();
    let load = |(bus, active): (usize, i128)| {
        Some(Load { bus, active: power(active)?, reactive: power(feeder.bases[index][bus].reactive)? })
    };
    active.into_iter().enumerate().map(load).collect()
}

/// The parts of the price at a bus in a cycle. None where the feeder cannot carry what the meters
/// show, so that its energy has no price.
fn parts(week: &Week, feeder: &Feeder, (index, cycle): (usize, &CyclePlans), bus: usize) -> Option<Parts> {
    let grid = feeder.week.feeder();
    let (least, most) = grid.band();
    let line = |line: usize| {
        let (resistance, reactance) = grid.impedance(line);
        feeder::Line { resistance, reactance, limit: grid.limits()[line] }
    };
    let problem = feeder::Feeder {
        nominal: grid.root(),
        root: grid.root(),
        least,
        most,
        grid_price: week.scenario.tariff(cycle).retail,
        losses: true,
        buses: grid.buses().clone(),
        radial: grid.radial().clone(),
        lines: (0..grid.radial().lines()).map(line).collect(),
        loads: loads(feeder, index, cycle)?,
        plans: Plans::default(),
    };
    Some(feeder::solve(&problem).ok()?.prices[bus])
}

/// The plot: means over all days, of the parts beyond the price at the root. None where slots have no
/// time of day.
pub(super) fn by_hour(week: &Week, feeder: &Feeder) -> Option<String> {
    let bus = far_end(feeder);
    let mut sums = [(0u32, Parts::default()); HOURS];
    for (index, cycle) in week.scenario.cycles.iter().enumerate() {
        let hour = hour(&week.slots[index])?;
        let Some(found) = parts(week, feeder, (index, cycle), bus) else { continue };
        let (count, sum) = &mut sums[hour];
        *count += 1;
        sum.loss += found.loss;
        sum.congestion += found.congestion;
        sum.voltage += found.voltage;
    }
    let line = |name: &str, of: fn(&Parts) -> f64| {
        let mean = |(count, sum): &(u32, Parts)| of(sum) / f64::from(*count) / 1e6;
        let points = sums.iter().enumerate().map(|(hour, sum)| (hour as f64, mean(sum)));
        Line { name: name.into(), points: points.collect() }
    };
    let series = [
        line("loss", |parts| parts.loss),
        line("congestion", |parts| parts.congestion),
        line("voltage", |parts| parts.voltage),
    ];
    let title = format!("What a kWh is worth at {} beyond its price at the root", grid_name(feeder, bus));
    let hours: Vec<(f64, String)> = (0..HOURS).step_by(4).map(|hour| (hour as f64, format!("{hour}:00"))).collect();
    Some(lines(
        &Labels { title: &title, x: "hour of the day that begins, mean of all days", y: "currency per kWh" },
        &hours,
        &series,
    ))
}

fn grid_name(feeder: &Feeder, bus: usize) -> &str {
    &feeder.week.feeder().buses().names()[bus]
}
