//! The best dispatch of a network that may have loops, and what energy is worth at each bus.
//!
//! Flows follow the DC power flow: around each loop the flows, weighted by the lines' reactances,
//! sum to zero. [`solve`] finds a dispatch of greatest welfare, all prices that are consistent with
//! it, and among them one that no solver's accident decides. `docs/grid.md` has the formulas.

mod dispatch;
mod face;
mod file;
mod flows;
mod report;

use crate::network::Buses;
use crate::plans::Plans;
use crate::program::Unsolved;
use crate::refused::Refused;
use crate::units::Power;
use dispatch::Dispatch;
use face::Face;
pub use face::Interval;
pub use flows::Ptdf;
use serde_json::Value;

/// The format of a file.
pub const FORMAT: &str = "veilgrid-grid-dcopf/1";
/// Most buses of a network: the work grows with their cube.
pub const MAX_BUSES: usize = 2_000;
/// Most lines of a network.
pub const MAX_LINES: usize = 6_000;

/// A line between two buses.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Line {
    /// Indices of its ends. Flow from the first to the second is positive.
    pub ends: (usize, usize),
    /// Reactance; only ratios between lines count. At least 1.
    pub reactance: u32,
    /// Most flow in either direction.
    pub limit: Option<Power>,
}

/// A network with its plans. The first bus is the reference.
#[derive(Clone, Debug)]
pub struct Network {
    buses: Buses,
    lines: Vec<Line>,
    plans: Plans,
}

/// The answer: a dispatch of greatest welfare, and the prices that are consistent with it.
#[derive(Clone, Debug)]
pub struct Outcome {
    /// What served bids are worth less what served offers ask, in nano-currency per hour.
    pub welfare: f64,
    /// Power of each offer, in W.
    pub sold: Vec<f64>,
    /// Power of each bid, in W.
    pub bought: Vec<f64>,
    /// Flow of each line, in W.
    pub flows: Vec<f64>,
    /// The lines whose flow is at their limit.
    pub binding: Vec<usize>,
    /// Each bus's prices, in micro-currency per kWh.
    pub prices: Vec<Interval>,
    /// Whether each bus has but one price that is consistent with the dispatch.
    pub unique_prices: bool,
    /// What the network earns: what buyers pay less what sellers earn, in nano-currency per hour.
    pub rent: f64,
    /// How each line's flow depends on what buses feed in.
    pub ptdf: Ptdf,
}

impl Network {
    /// Reads a file. Error: [`Refused`], with the path of the field.
    pub fn read(bytes: &[u8]) -> Result<Network, Refused> {
        file::read(bytes)
    }

    /// The buses.
    pub fn buses(&self) -> &Buses {
        &self.buses
    }

    /// The lines.
    pub fn lines(&self) -> &[Line] {
        &self.lines
    }

    /// The offers and bids.
    pub fn plans(&self) -> &Plans {
        &self.plans
    }
}

/// Solves a network. Errors: [`Unsolved::NotConverged`] when no dispatch could be found that its own
/// prices prove to be best. A network always has a dispatch: that of nothing.
pub fn solve(network: &Network) -> Result<Outcome, Unsolved> {
    let ptdf = Ptdf::of(network)?;
    for attempt in dispatch::Attempt::all() {
        let Some(dispatch) = Dispatch::find(network, &ptdf, attempt) else { continue };
        let Some(face) = Face::of(network, &ptdf, &dispatch) else { continue };
        let Some((prices, worths)) = face.prices() else { continue };
        if let Some(outcome) = report::outcome(network, &ptdf, dispatch, prices, &worths) {
            return Ok(outcome);
        }
    }
    Err(Unsolved::NotConverged)
}

pub(crate) fn answer(bytes: &[u8]) -> Result<Value, Refused> {
    let network = Network::read(bytes)?;
    Ok(report::json(&network, &solve(&network)?))
}

#[cfg(test)]
mod tests;
