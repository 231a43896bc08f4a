//! A radial feeder with voltages and losses: what its offers and bids do at least cost, and what
//! energy is worth at each bus, in parts.
//!
//! Flows and voltages follow the linearised equations of a radial feeder (LinDistFlow). Losses enter
//! the cost, not the flows. [`solve`] takes a [`Feeder`] built in code as well as one read from a
//! file. `docs/grid.md` has the formulas.

mod file;
mod model;
mod parts;
mod report;

use crate::network::{Buses, Radial};
use crate::plans::Plans;
use crate::refused::Refused;
use crate::units::{Milliohms, Millivolts, Power};
pub use model::Unserved;
use protocol::units::Price;
use serde_json::Value;

/// The format of a file.
pub const FORMAT: &str = "veilgrid-grid-feeder/1";

/// A line of a feeder. Its index is that of [`Radial`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Line {
    /// Resistance.
    pub resistance: Milliohms,
    /// Reactance.
    pub reactance: Milliohms,
    /// Most active power in either direction; not negative.
    pub limit: Option<Power>,
}

/// A load that must be served.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Load {
    /// Index of its bus.
    pub bus: usize,
    /// Active power; negative where more is fed in than used.
    pub active: Power,
    /// Reactive power.
    pub reactive: Power,
}

/// A feeder with its loads and plans. The grid buys and sells at the root, at one price, without
/// limit.
#[derive(Clone, Debug)]
pub struct Feeder {
    /// The voltage that losses are reckoned with; at least 1.
    pub nominal: Millivolts,
    /// The voltage of the root. It is within the two limits.
    pub root: Millivolts,
    /// The least voltage of a bus.
    pub least: Millivolts,
    /// The greatest voltage of a bus.
    pub most: Millivolts,
    /// The grid's price.
    pub grid_price: Price,
    /// Whether losses cost anything.
    pub losses: bool,
    /// The buses.
    pub buses: Buses,
    /// Which line feeds which bus.
    pub radial: Radial,
    /// The lines.
    pub lines: Vec<Line>,
    /// The loads.
    pub loads: Vec<Load>,
    /// The offers and bids, at unity power factor.
    pub plans: Plans,
}

/// What energy is worth at a bus, in micro-currency per kWh. The parts sum to the price.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Parts {
    /// The grid's price at the root.
    pub energy: f64,
    /// What one W more loses on its way.
    pub loss: f64,
    /// What the limits of the lines on the way add.
    pub congestion: f64,
    /// What the limits of voltages add.
    pub voltage: f64,
    /// The sum.
    pub price: f64,
    /// How much the root must feed in for one W more at the bus; without a unit.
    pub loss_factor: f64,
}

/// What all buses' prices bring in, less what the root is paid, in nano-currency per hour. It is the
/// feeder's: its causes are told apart.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Rent {
    /// What all buses pay, net of what they earn.
    pub income: f64,
    /// What the grid is paid at the root, losses included.
    pub root: f64,
    /// What the loss part brings in beyond what the losses cost.
    pub loss: f64,
    /// What the congestion part brings in.
    pub line: f64,
    /// What the voltage part brings in.
    pub voltage: f64,
}

/// The answer.
#[derive(Clone, Debug, PartialEq)]
pub struct Solution {
    /// What offers cost, less what served bids are worth, and what the grid is paid; in nano-currency
    /// per hour.
    pub cost: f64,
    /// Power of each offer, in W.
    pub sold: Vec<f64>,
    /// Power of each bid, in W.
    pub bought: Vec<f64>,
    /// What the grid feeds in at the root, in W, losses included.
    pub from_grid: f64,
    /// What is lost, in W; zero when losses are left out.
    pub loss: f64,
    /// Active power of each line, in W; positive away from the root.
    pub flows: Vec<f64>,
    /// Reactive power of each line, in var.
    pub reactive_flows: Vec<f64>,
    /// Voltage of each bus, in mV.
    pub voltages: Vec<f64>,
    /// Each bus's price.
    pub prices: Vec<Parts>,
    /// What the feeder earns at these prices.
    pub rent: Rent,
}

impl Feeder {
    /// Reads a file. Error: [`Refused`], with the path of the field.
    pub fn read(bytes: &[u8]) -> Result<Feeder, Refused> {
        file::read(bytes)
    }
}

/// Solves a feeder. Errors: [`Unserved`].
///
/// Where several price vectors are consistent with the least cost, the parts are the smallest: the
/// sum of the squares of all buses' congestion and voltage parts is least.
pub fn solve(feeder: &Feeder) -> Result<Solution, Unserved> {
    let flow = model::solve(feeder)?;
    let prices = parts::prices(feeder, &flow)?;
    Ok(report::solution(feeder, flow, prices))
}

pub(crate) fn answer(bytes: &[u8]) -> Result<Value, Refused> {
    let feeder = Feeder::read(bytes)?;
    Ok(report::json(&feeder, &solve(&feeder)?))
}

#[cfg(test)]
mod tests;
