//! Why a scenario was refused, and where.

use super::format::FORMAT;
use crate::household_id::MAX_BYTES;
use crate::utc::{NotUtc, Utc};

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
    /// A field that is unknown, missing, of a wrong type, or occurs twice.
    #[error("{0}")]
    Shape(String),
    /// The file names another format.
    #[error("the format is {found:?}, not {FORMAT:?}")]
    Format {
        /// The format that the file names.
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
    /// A volume below the market's least lot.
    #[error("{volume} Wh is below {least_lot} Wh, the least lot of this market (market.least_lot)")]
    BelowLeastLot {
        /// The volume.
        volume: u64,
        /// The least lot.
        least_lot: u64,
    },
    /// Energy above the greatest that a household may have in a cycle.
    #[error(
        "{value} Wh is above {greatest_energy} Wh, the greatest energy of a household in a cycle of this market; \
         a scenario may state another as market.greatest_energy"
    )]
    AboveGreatestEnergy {
        /// The energy.
        value: u64,
        /// The greatest energy.
        greatest_energy: u64,
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
    /// A plan offers more energy than its household generated.
    #[error("{volume} Wh are on offer, but only {generated} Wh were generated")]
    AboveGenerated {
        /// Volume on offer.
        volume: u64,
        /// Energy generated.
        generated: u64,
    },
    /// An id that is empty, too long, or has control characters.
    #[error("{id:?} is not an id: it must be 1 to {MAX_BYTES} bytes without control characters")]
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
    /// A plan of a household that the scenario does not list.
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
    /// A household that has an earlier entry of unplanned energy in a cycle.
    #[error("{id:?} already has unplanned[{earlier}] in this cycle")]
    SecondUnplanned {
        /// The household.
        id: String,
        /// Index of its first entry.
        earlier: usize,
    },
    /// Energy that the household's plan covers.
    #[error("{id:?} has a {side} plan in this cycle, and all that it {verb} stands there")]
    Planned {
        /// The household.
        id: String,
        /// The plan's side.
        side: &'static str,
        /// What the plan's reading says: injected or consumed.
        verb: &'static str,
    },
    /// A start that is no time.
    #[error("{found:?} is {}", NotUtc)]
    Starts {
        /// The text in this file.
        found: String,
    },
    /// A start that is not later than that of an earlier cycle.
    #[error("{starts} is not after {before}, when an earlier cycle starts")]
    StartsOrder {
        /// The cycle's start.
        starts: Utc,
        /// The start of the earlier cycle.
        before: Utc,
    },
    /// Cycles whose numbers do not increase.
    #[error("{cycle} is not above {before}, the number of the cycle before it")]
    CycleOrder {
        /// The cycle's number.
        cycle: u64,
        /// The number of the cycle before it.
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
            Problem::BelowLeastLot { .. } => "scenario-below-least-lot",
            Problem::AboveGreatestEnergy { .. } => "scenario-above-greatest-energy",
            Problem::OffGrid { .. } => "scenario-off-grid",
            Problem::Range { .. } => "scenario-range",
            Problem::AboveGenerated { .. } => "scenario-above-generated",
            Problem::Id { .. } => "scenario-id",
            Problem::DuplicateId { .. } => "scenario-duplicate-id",
            Problem::UnknownHousehold { .. } => "scenario-unknown-household",
            Problem::SecondPlan { .. } => "scenario-second-plan",
            Problem::SecondUnplanned { .. } => "scenario-second-unplanned",
            Problem::Planned { .. } => "scenario-planned",
            Problem::Starts { .. } => "scenario-starts",
            Problem::StartsOrder { .. } => "scenario-starts-order",
            Problem::CycleOrder { .. } => "scenario-cycle-order",
        }
    }
}
