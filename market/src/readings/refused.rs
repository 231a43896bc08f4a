//! Why a CSV file was refused, and where.

use super::MAX_HOUSEHOLDS;
use crate::household_id;

/// Why a CSV file was refused, and where.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{}{}{problem}", .row.map_or(String::new(), |row| format!("row {row}, ")), .column.as_ref().map_or(String::new(), |column| format!("column {column}: ")))]
pub struct Refused {
    /// The row, as an editor counts lines: the headers are row 1. None: the whole file.
    pub row: Option<u64>,
    /// The column, by its header, or by its number if it has none. None: the whole row.
    pub column: Option<String>,
    /// What is wrong.
    pub problem: Box<Problem>,
}

/// What is wrong with a CSV file.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Problem {
    /// A cell that is no reading.
    #[error("{found:?} is not a whole number of Wh")]
    Reading {
        /// The text in this file.
        found: String,
    },
    /// A cell that is a number, but not a whole one.
    #[error("{found:?} is not a whole number of Wh; if the file is in another unit, name it with --unit (kWh, W, kW)")]
    NotWhole {
        /// The text in this file.
        found: String,
    },
    /// A cell that is no number.
    #[error("{found:?} is not a number of {unit} of 0 or more with at most 9 decimals")]
    NoNumber {
        /// The text in this file.
        found: String,
        /// The unit in which cells are read.
        unit: &'static str,
    },
    /// A reading that no household's connection bears.
    #[error(
        "{found:?} is {}: more than {greatest} Wh ({}) in 15 minutes, so it may be a counter or in another unit; \
         a greater bound is set with --greatest-energy",
        power(*.wh), power(u128::from(*.greatest))
    )]
    TooGreat {
        /// The text in this file.
        found: String,
        /// The energy in Wh.
        wh: u128,
        /// The bound in Wh.
        greatest: u64,
    },
    /// A row with another number of columns than the headers.
    #[error("{found} columns, but the headers have {expected}")]
    Length {
        /// Number of columns of the row.
        found: usize,
        /// Number of columns of the headers.
        expected: usize,
    },
    /// A header that cannot be a household's id.
    #[error(
        "{found:?} is not a household's id: it must be 1 to {} bytes without control characters",
        household_id::MAX_BYTES
    )]
    Id {
        /// The text in this file.
        found: String,
    },
    /// A header that names a unit other than Wh, while no unit was named.
    #[error(
        "the header {header:?} names the unit {found}, but cells are read as Wh; {}",
        .option.map_or("convert the file to Wh".to_string(), |unit| format!("say --unit {unit} if they are in {unit}"))
    )]
    Unit {
        /// The header.
        header: String,
        /// The unit in it.
        found: String,
        /// What `--unit` would have to say. None: a unit that is not read.
        option: Option<&'static str>,
    },
    /// A header that names another unit than the one that was named.
    #[error("the header {header:?} names the unit {found}, but --unit says {unit}")]
    OtherUnit {
        /// The header.
        header: String,
        /// The unit in it.
        found: String,
        /// The unit that was named.
        unit: &'static str,
    },
    /// A household that occurs twice.
    #[error("{found:?} occurs twice")]
    Twice {
        /// The name of the household.
        found: String,
    },
    /// A slot that occurs twice.
    #[error(
        "{found:?} is there twice; in the hour that comes twice when summer time ends, slots stand in the order of \
         time, one hour after the other, or are named with an offset (2025-10-26T02:00+02:00, then +01:00){}",
        .zone.as_ref().map_or(String::new(), |zone| format!("; in {zone} this hour does not come twice"))
    )]
    SlotTwice {
        /// The name of the slot.
        found: String,
        /// The zone, if one was named.
        zone: Option<String>,
    },
    /// A slot that comes later than 15 minutes after the one before it.
    #[error(
        "{found} does not come 15 minutes after {before}: {missing} slots are missing; --gaps skip leaves them out"
    )]
    Gap {
        /// The slot.
        found: String,
        /// The slot before it.
        before: String,
        /// How many slots are missing between them.
        missing: u64,
    },
    /// The hour that comes twice is there once.
    #[error(
        "{found} does not come 15 minutes after {before}: in {zone} the hour before it comes twice, when daylight \
         saving time ends, and it is here once; --gaps skip leaves it out"
    )]
    OnceNotTwice {
        /// The slot.
        found: String,
        /// The slot before it.
        before: String,
        /// The zone.
        zone: String,
    },
    /// An hour that does not exist.
    #[error("{found} does not exist in {zone}: clocks go forward over it")]
    NotThere {
        /// The slot.
        found: String,
        /// The zone.
        zone: String,
    },
    /// A step other than 15 minutes.
    #[error(
        "{found} does not come 15 minutes after {before}, but {minutes}: slots are 15 minutes; \
         `veilgrid meters import` reads other steps"
    )]
    Step {
        /// The slot.
        found: String,
        /// The slot before it.
        before: String,
        /// The distance.
        minutes: String,
    },
    /// A slot that comes before the one before it.
    #[error(
        "{found} comes after {before}, but is earlier: slots must be in the order of time, or newest first throughout"
    )]
    Backwards {
        /// The slot.
        found: String,
        /// The slot before it.
        before: String,
    },
    /// Slots that are named in different ways.
    #[error("the slot {found:?} is not written like {first:?}, the first of the file")]
    Style {
        /// The slot.
        found: String,
        /// The first slot.
        first: String,
    },
    /// No headers.
    #[error("the file is empty: it needs a row of headers and a row for each slot")]
    Empty,
    /// No columns beside the first.
    #[error(
        "there is one column, {found:?}, and none for a household; columns are separated by commas, semicolons or tabs"
    )]
    NoHouseholds {
        /// The only header.
        found: String,
    },
    /// No rows.
    #[error("the file has headers and no slots")]
    NoRows,
    /// Too many columns.
    #[error("{found} households, more than {MAX_HOUSEHOLDS}")]
    TooMany {
        /// Number of households in the file.
        found: usize,
    },
    /// Not UTF-8, or not CSV.
    #[error("{0}")]
    Csv(String),
    /// A household or slot that differs from the other file.
    #[error("{found:?} where {file} has {expected:?}")]
    Differs {
        /// The text in this file.
        found: String,
        /// The name of the other file.
        file: String,
        /// The text in the other file.
        expected: String,
    },
    /// A slot that the file does not have.
    #[error("no slot is named {wanted:?}; the first is {first:?} and the last {last:?}")]
    NoSlot {
        /// What was asked for.
        wanted: String,
        /// Name of the first slot.
        first: String,
        /// Name of the last slot.
        last: String,
    },
    /// The file has fewer slots or households than the caller wants.
    #[error("{wanted} {what} were asked for, but the file has {found}")]
    TooFew {
        /// What was counted: slots from the start on, or households.
        what: &'static str,
        /// How many were asked for.
        wanted: usize,
        /// How many the file has.
        found: usize,
    },
}

/// The mean power of an energy in 15 minutes, as people say it.
fn power(wh: u128) -> String {
    match wh.saturating_mul(4) {
        watts if watts < 10_000 => format!("{watts} W"),
        watts if watts < 10_000_000 => format!("{} kW", watts / 1000),
        watts if watts < 10_000_000_000 => format!("{} MW", watts / 1_000_000),
        watts => format!("{} GW", watts / 1_000_000_000),
    }
}

impl Refused {
    /// A code that stays the same across versions, for machines.
    pub const fn code(&self) -> &'static str {
        "meters"
    }
}

/// A refusal of a row and a column.
pub(super) fn refused(row: Option<u64>, column: Option<&str>, problem: Problem) -> Refused {
    Refused { row, column: column.map(str::to_string), problem: Box::new(problem) }
}
