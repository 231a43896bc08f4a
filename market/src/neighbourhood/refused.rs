//! Why readings make no neighbourhood.

use crate::household_id;
use crate::quarter_hour::QuarterHour;

/// Two rows that say different things of the same meter and quarter hour.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Conflict {
    /// The column.
    pub column: &'static str,
    /// What the earlier row says, in Wh.
    pub earlier: u32,
    /// What this row says, in Wh.
    pub found: u32,
}

/// Why readings make no neighbourhood.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Refused {
    /// A meter's name cannot be a household's id.
    #[error(
        "meter {meter:?} cannot be a household's id: it must be 1 to {} bytes without control characters",
        household_id::MAX_BYTES
    )]
    Id {
        /// The meter.
        meter: String,
    },
    /// Two rows conflict.
    #[error(
        "meter {meter:?}, {start}: {} is {} here, but an earlier row says {}; leave one of the two files out",
        .conflict.column, .conflict.found, .conflict.earlier
    )]
    Conflict {
        /// The meter.
        meter: String,
        /// The quarter hour.
        start: QuarterHour,
        /// What conflicts.
        conflict: Conflict,
    },
    /// A reading that is too large to be one.
    #[error("meter {meter:?}, {start}: {found} Wh are no reading of a quarter hour")]
    TooLarge {
        /// The meter.
        meter: String,
        /// The quarter hour.
        start: QuarterHour,
        /// The reading.
        found: u32,
    },
    /// No readings at all.
    #[error("there are no readings")]
    Empty,
    /// A household that was asked for has no reading.
    #[error("there is no meter {name:?} in the readings; the meters are {known}")]
    NoHousehold {
        /// The household.
        name: String,
        /// Some of those that are there.
        known: String,
    },
    /// A household that was asked for twice.
    #[error("meter {name:?} is asked for twice")]
    HouseholdTwice {
        /// The household.
        name: String,
    },
    /// Fewer households than were asked for.
    #[error("{wanted} households were asked for, but the readings have {found}")]
    TooFew {
        /// How many were asked for.
        wanted: usize,
        /// How many there are.
        found: usize,
    },
    /// The period is empty, or not within the data.
    #[error("the period from {start} to {end} is not within the readings, which go from {first} to {last}")]
    Period {
        /// The first quarter hour that was asked for.
        start: QuarterHour,
        /// The quarter hour before which it ends.
        end: QuarterHour,
        /// The first quarter hour of the data.
        first: QuarterHour,
        /// The quarter hour before which the data end.
        last: QuarterHour,
    },
    /// More than is held in memory.
    #[error("more than {most} readings: choose a shorter period, or fewer meters")]
    TooMany {
        /// The bound.
        most: usize,
    },
}

impl Refused {
    /// A code that stays the same across versions, for machines.
    pub const fn code(&self) -> &'static str {
        match self {
            Refused::Conflict { .. } => "readings-conflict",
            Refused::Period { .. } => "readings-period",
            Refused::NoHousehold { .. } | Refused::HouseholdTwice { .. } | Refused::TooFew { .. } => {
                "readings-household"
            }
            _ => "readings",
        }
    }
}

/// A reading above the greatest energy of a household in a cycle.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "household {household:?}, cycle {cycle}: {wh} Wh are above market.greatest_energy, {greatest} Wh; correct the \
     reading, or set a greater bound in the market description"
)]
pub struct AboveGreatest {
    /// The household.
    pub household: String,
    /// The number of the cycle.
    pub cycle: u32,
    /// The reading in Wh.
    pub wh: u64,
    /// The bound in Wh.
    pub greatest: u64,
}
