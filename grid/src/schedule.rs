//! A household's schedule: what its battery, car, generator and flexible loads do in the next cycles
//! so that energy costs it as little as the prices allow, and what one Wh is worth to it now.
//!
//! In each cycle of h hours, in Wh:
//!
//! ```text
//! net = efficiency generated - load - flexible - charge + discharge
//! stored = stored before + efficiency charge - discharge / efficiency - drive
//! ```
//!
//! What is above zero in `net` is sold to the network at the cycle's price, what is below is bought.
//! The cost is the energy's, the wear of batteries and that of the generator. [`plan`] finds a schedule
//! of least cost, by a linear program or, for one battery alone, by a shorter way. Everything here is a measure in floats; a wallet rounds it to
//! whole Wh and to prices of the grid before it lists it ([`Listing`]).

mod check;
mod file;
mod horizon;
mod listing;
mod model;
mod one_battery;
mod pieces;
mod result;
mod solved;
mod worth;

pub use crate::horizon_fault::Fault;
pub use file::FORMAT;
pub use horizon::{Battery, Efficiency, Flexible, Generator, Horizon, MOST_CYCLES, MOST_DEVICES};
pub use listing::{price_down, price_up, Listing};
pub use worth::Worth;

use crate::refused::{Problem, Refused};
use protocol::market_parameters::PriceGrid;
use protocol::units::Energy;
use serde_json::Value;
use solved::Solved;

/// A schedule of least cost. Energy in Wh; every list has an entry for each cycle.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Schedule {
    /// What the horizon costs, in nano-currency.
    pub cost: f64,
    /// What goes into the network; below zero, what is taken from it.
    pub net: Vec<f64>,
    /// What each battery does.
    pub batteries: Vec<Stored>,
    /// What is generated, before conversion. Empty without a generator.
    pub generated: Vec<f64>,
    /// What each flexible load takes.
    pub flexible: Vec<Vec<f64>>,
}

/// What a battery does, in Wh.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Stored {
    /// What goes in, before losses.
    pub charge: Vec<f64>,
    /// What comes out, after losses.
    pub discharge: Vec<f64>,
    /// What is stored at each cycle's end.
    pub stored: Vec<f64>,
}

/// A horizon with a schedule of least cost.
pub struct Planned {
    schedule: Schedule,
    worth: Known,
}

/// What is known of a Wh's worth.
enum Known {
    /// What it is.
    Worth(Worth),
    /// The program that says it.
    Solved(Box<Solved>),
}

/// Finds a schedule of least cost. Errors: [`Refused`]: a horizon that is none, one that no schedule
/// fits ([`Fault::Infeasible`]).
pub fn plan(horizon: &Horizon) -> Result<Planned, Refused> {
    check::check(horizon, &|index| format!("batteries[{index}]"))?;
    match one_battery::fits(horizon) {
        true => by_merging(horizon),
        false => Solved::new(horizon).map(by_program),
    }
    .map_err(whole)
}

fn by_merging(horizon: &Horizon) -> Result<Planned, Fault> {
    let (schedule, worth) = one_battery::solve(horizon)?;
    Ok(Planned { schedule, worth: Known::Worth(worth) })
}

fn by_program(solved: Solved) -> Planned {
    Planned { schedule: solved.schedule(), worth: Known::Solved(Box::new(solved)) }
}

impl Planned {
    /// The schedule.
    pub fn schedule(&self) -> &Schedule {
        &self.schedule
    }

    /// What one Wh is worth in the first cycle. Error: [`Fault::Unsolved`].
    pub fn value_now(&self) -> Result<Worth, Fault> {
        match &self.worth {
            Known::Worth(worth) => Ok(*worth),
            Known::Solved(solved) => solved.value_now(),
        }
    }

    /// What a wallet lists: the whole Wh of the first cycle's net energy, at the price of the grid next
    /// to what a Wh is worth. None: nothing. Error: [`Fault::Unsolved`].
    pub fn listing(&self, grid: &PriceGrid) -> Result<Option<Listing>, Fault> {
        let net = self.schedule.net.first().copied().unwrap_or(0.0);
        match listing::volume(net) {
            Energy::ZERO => Ok(None),
            volume => Ok(Listing::of(net, volume, &self.value_now()?, grid)),
        }
    }
}

/// Answers a file of the format [`FORMAT`].
pub(crate) fn answer(bytes: &[u8]) -> Result<Value, Refused> {
    let horizon = file::read(bytes)?;
    // The program knows whether the schedule is unique; of one battery, the shorter way knows the rest
    // more exactly.
    let solved = Solved::new(&horizon).map_err(whole)?;
    let unique = solved.unique_net().map_err(whole)?;
    let planned = match one_battery::fits(&horizon) {
        true => by_merging(&horizon),
        false => Ok(by_program(solved)),
    }
    .map_err(whole)?;
    result::written(&horizon, &planned, unique).map_err(whole)
}

/// A refusal of the horizon as a whole.
fn whole(fault: Fault) -> Refused {
    Refused::at("", Problem::Schedule(fault))
}

#[cfg(test)]
mod tests;
