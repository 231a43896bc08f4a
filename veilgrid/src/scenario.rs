//! Scenarios, `veilgrid-scenario/1` (spec 80): read strictly, checked whole, and held in the market's own types, so that
//! whatever has a [`Scenario`] need not check again.

mod check;
pub mod file;

use protocol::market::MarketParameters;
use protocol::plan::{Bid, Offer};
use protocol::units::{Cycle, Energy, EnergyType, Money, Place, Price, Reputation, Side};
use std::path::Path;
use terminal::output::read_limited;
use terminal::Failure;

/// The format's name, in the file's first field.
pub const FORMAT: &str = "veilgrid-scenario/1";

/// Largest scenario file that is read: some 500,000 plans.
pub const MAX_BYTES: u64 = 256 << 20;

/// A market to play: its parameters, its households, and what they post cycle by cycle.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Scenario {
    /// The market's parameters, the same in every cycle.
    pub market: MarketParameters,
    /// The households, their ids all different.
    pub households: Vec<Household>,
    /// The cycles, their numbers strictly increasing.
    pub cycles: Vec<CyclePlans>,
}

/// A household at the start.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Household {
    /// Its name in scenario and report.
    pub id: String,
    /// Where it is.
    pub place: Place,
    /// Its reputation at the start.
    pub reputation: Reputation,
    /// Its money at the start.
    pub balance: Money,
}

/// A cycle's plans in list order, at most one per household.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CyclePlans {
    /// The cycle's number.
    pub cycle: Cycle,
    /// The plans.
    pub plans: Vec<Plan>,
}

/// What a household posts in a cycle, what its meter will show, and what it says to its first match.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Plan {
    /// Index of the household in [`Scenario::households`].
    pub household: usize,
    /// The plan's terms and the meter's reading.
    pub intent: Intent,
    /// What it answers to a match.
    pub confirm: Confirm,
}

/// The two sides of a plan.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Intent {
    /// It sells.
    Sell(Sell),
    /// It buys.
    Buy(Buy),
}

/// A sell plan. Place and reputation are the household's.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Sell {
    /// What the energy is made from.
    pub energy_type: EnergyType,
    /// Energy of its generation record.
    pub generated: Energy,
    /// Volume on offer, 1..=generated.
    pub volume: Energy,
    /// Least acceptable price, on the grid.
    pub ask: Price,
    /// What the meter will show as injected.
    pub injected: Energy,
}

/// A buy plan.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Buy {
    /// Its contents.
    pub bid: Bid,
    /// What the meter will show as consumed.
    pub consumed: Energy,
}

/// What a household answers to a match.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Confirm {
    /// It confirms.
    Yes,
    /// It refuses, and its plan leaves the market for the cycle.
    Refuse,
}

impl Sell {
    /// The plan's contents, with the household's place and its reputation in force.
    pub fn offer(&self, place: Place, reputation: Reputation) -> Offer {
        Offer { volume: self.volume, ask: self.ask, energy_type: self.energy_type, place, reputation }
    }
}

impl Buy {
    /// The money that backs the plan: volume at the limit.
    pub fn lock(&self) -> Money {
        self.bid.volume.at(self.bid.limit)
    }
}

impl Plan {
    /// Its side.
    pub const fn side(&self) -> Side {
        match self.intent {
            Intent::Sell(_) => Side::Sell,
            Intent::Buy(_) => Side::Buy,
        }
    }

    /// The volume that it lists.
    pub const fn volume(&self) -> Energy {
        match &self.intent {
            Intent::Sell(sell) => sell.volume,
            Intent::Buy(buy) => buy.bid.volume,
        }
    }
}

impl Scenario {
    /// Reads and checks a file.
    pub fn read(path: &Path) -> Result<Scenario, Failure> {
        let bytes = read_limited(path, MAX_BYTES)?;
        Scenario::parse(&bytes).map_err(|refused| Failure::refused(path.display(), refused.code(), refused))
    }

    /// Reads and checks a file's bytes.
    pub fn parse(bytes: &[u8]) -> Result<Scenario, Refused> {
        check::check(file::File::parse(bytes)?)
    }

    /// Checks what a file would say.
    pub fn checked(file: file::File) -> Result<Scenario, Refused> {
        check::check(file)
    }

    /// Number of plans in all cycles.
    pub fn plans(&self) -> usize {
        self.cycles.iter().map(|cycle| cycle.plans.len()).sum()
    }
}

/// Why a scenario was refused, and where.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{}{}{problem}", .path, if .path.is_empty() { "" } else { ": " })]
pub struct Refused {
    /// Path of the field, as `cycles[0].plans[3].price`. Empty: the file as a whole.
    pub path: String,
    /// What is wrong with it.
    pub problem: Problem,
}

impl Refused {
    /// A code that stays the same across versions, for machines.
    pub const fn code(&self) -> &'static str {
        self.problem.code()
    }
}

/// What is wrong with a field.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Problem {
    /// Not JSON.
    #[error("not JSON: {0}")]
    Syntax(String),
    /// A field unknown, missing, twice there, or of a wrong type.
    #[error("{0}")]
    Shape(String),
    /// Another format.
    #[error("{found:?} is not a format known here, which is {FORMAT:?}")]
    Format {
        /// What the file says it is.
        found: String,
    },
    /// A field of the other side's plans.
    #[error("a {side} plan has no such field")]
    Foreign {
        /// The plan's side.
        side: &'static str,
    },
    /// A field that plans of this side need.
    #[error("a {side} plan needs the field `{field}`")]
    Missing {
        /// The plan's side.
        side: &'static str,
        /// The field.
        field: &'static str,
    },
    /// A number outside its bounds.
    #[error("{value} is not in {least}..={most}")]
    Bounds {
        /// The number.
        value: u64,
        /// Its least value.
        least: u64,
        /// Its greatest value.
        most: u64,
    },
    /// A price between ticks, below the first or above the last.
    #[error("{price} is not on the tick grid ({first} + {step} x 0..47)")]
    OffGrid {
        /// The price.
        price: u64,
        /// Price of tick 0.
        first: u64,
        /// Difference of ticks.
        step: u64,
    },
    /// A range whose ends are not in order.
    #[error("[{lo}, {hi}] is not a range: its first number must be below its second")]
    Range {
        /// First number.
        lo: u64,
        /// Second number.
        hi: u64,
    },
    /// More on offer than was generated.
    #[error("{volume} is more than the {generated} generated")]
    AboveGenerated {
        /// Volume on offer.
        volume: u64,
        /// Energy generated.
        generated: u64,
    },
    /// An id that is empty, too long, or has control characters.
    #[error("{id:?} is not an id: it must be 1 to {} bytes without control characters", file::MAX_ID)]
    Id {
        /// The id.
        id: String,
    },
    /// An id that an earlier household has.
    #[error("{id:?} is already the id of households[{earlier}]")]
    DuplicateId {
        /// The id.
        id: String,
        /// Index of the household that has it.
        earlier: usize,
    },
    /// A plan of nobody.
    #[error("{id:?} is not the id of a household")]
    UnknownHousehold {
        /// The id.
        id: String,
    },
    /// A household's second plan in a cycle.
    #[error("{id:?} already has plans[{earlier}] in this cycle")]
    SecondPlan {
        /// The household.
        id: String,
        /// Index of its first plan.
        earlier: usize,
    },
    /// Cycles out of order.
    #[error("{cycle} does not come after cycle {before} in front of it")]
    CycleOrder {
        /// The cycle's number.
        cycle: u64,
        /// The number of the one in front.
        before: u32,
    },
}

impl Problem {
    /// A code that stays the same across versions, for machines.
    pub const fn code(&self) -> &'static str {
        match self {
            Problem::Syntax(_) => "scenario-syntax",
            Problem::Shape(_) | Problem::Foreign { .. } | Problem::Missing { .. } => "scenario-shape",
            Problem::Format { .. } => "scenario-format",
            Problem::Bounds { .. } => "scenario-bounds",
            Problem::OffGrid { .. } => "scenario-off-grid",
            Problem::Range { .. } => "scenario-range",
            Problem::AboveGenerated { .. } => "scenario-above-generated",
            Problem::Id { .. } => "scenario-id",
            Problem::DuplicateId { .. } => "scenario-duplicate-id",
            Problem::UnknownHousehold { .. } => "scenario-unknown-household",
            Problem::SecondPlan { .. } => "scenario-second-plan",
            Problem::CycleOrder { .. } => "scenario-cycle-order",
        }
    }
}

#[cfg(test)]
mod tests;
