//! What is wrong with a household's horizon.

use crate::program::Unsolved;

/// What is wrong with a household's horizon.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Fault {
    /// A list that is too long or too short.
    #[error("{count} {what} are not {least} to {most}")]
    Count {
        /// What the list holds.
        what: &'static str,
        /// How many there are.
        count: usize,
        /// How few there may be.
        least: usize,
        /// How many there may be.
        most: usize,
    },
    /// A list that has not one entry for each cycle.
    #[error("{found} entries, and `load` has {cycles}: there is one for each cycle")]
    Length {
        /// How many entries there are.
        found: usize,
        /// How many there should be.
        cycles: usize,
    },
    /// A price at which energy earns more than it costs.
    #[error("energy sold earns {sell}, more than the {buy} that energy bought costs")]
    SellAboveBuy {
        /// What a kWh earns, in micro-currency.
        sell: u64,
        /// What a kWh costs, in micro-currency.
        buy: u64,
    },
    /// An efficiency beyond its bounds.
    #[error("{0} per mille are not 1 to 1000")]
    Efficiency(u64),
    /// A cycle that stands in a list twice.
    #[error("cycle {0} is in the list before")]
    CycleTwice(usize),
    /// A window that ends before it begins.
    #[error("the window begins with cycle {from} and ends before cycle {until}: it has no cycle")]
    Window {
        /// The first cycle.
        from: usize,
        /// The cycle before which it ends.
        until: usize,
    },
    /// A flexible load whose window is too short for its energy.
    #[error("{energy} Wh do not fit into the window, which has room for {most} Wh")]
    NoRoom {
        /// The energy in Wh.
        energy: u64,
        /// The most that fits, in Wh.
        most: u128,
    },
    /// No schedule keeps to all limits.
    #[error("no schedule keeps to every limit of power, energy and the connection in every cycle")]
    Infeasible,
    /// The linear program has no answer.
    #[error(transparent)]
    Unsolved(Unsolved),
}

impl Fault {
    /// A code that stays the same across versions, for machines.
    pub const fn code(&self) -> &'static str {
        match self {
            Fault::Count { .. } | Fault::Length { .. } => "grid-length",
            Fault::SellAboveBuy { .. } => "grid-sell-above-buy",
            Fault::Efficiency(_) => "grid-bounds",
            Fault::CycleTwice(_) => "grid-id",
            Fault::Window { .. } | Fault::NoRoom { .. } => "grid-window",
            Fault::Infeasible => "grid-infeasible",
            Fault::Unsolved(unsolved) => unsolved.code(),
        }
    }
}
