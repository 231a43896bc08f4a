//! A series of prices from the bytes of a CSV file: a row for each interval, with its start in the
//! first column.

use super::table::PRICE_PLACES;
use crate::decimal;
use crate::quarter_hour::{Fault, QuarterHour};
use protocol::units::Price;

/// Largest file of prices that is read, in bytes.
pub const MAX_BYTES: u64 = 64 << 20;

/// Longest interval of a series, in quarter hours: a day.
const LONGEST: i64 = 96;

/// Prices of intervals of one length, without a gap.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Series {
    first: QuarterHour,
    /// Quarter hours of each interval.
    step: u32,
    prices: Vec<Price>,
}

/// Why a file of prices was refused, and where.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{}{problem}", .row.map_or(String::new(), |row| format!("row {row}, ")))]
pub struct Refused {
    /// The row, as an editor counts lines: the headers are row 1. None: the whole file.
    pub row: Option<u64>,
    /// What is wrong.
    pub problem: Problem,
}

impl Refused {
    /// A code that stays the same across versions, for machines.
    pub const fn code(&self) -> &'static str {
        "market-series"
    }
}

/// What is wrong with a file of prices.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Problem {
    /// Not UTF-8, or not CSV.
    #[error("{0}")]
    Csv(String),
    /// No header, or no prices.
    #[error("the file has no prices: it needs a header, and a row with time and price for each interval")]
    Empty,
    /// The column is not there, or several columns might be meant.
    #[error("{found}; the columns are {columns}: name one as `column` in the market description")]
    Column {
        /// What was looked for.
        found: String,
        /// The headers.
        columns: String,
    },
    /// A row with too few cells.
    #[error("the row has {found} cells, but the header has {expected}")]
    Length {
        /// Cells of the row.
        found: usize,
        /// Cells of the header.
        expected: usize,
    },
    /// A time that is none.
    #[error("the time {found:?} {fault}")]
    Time {
        /// The text in the file.
        found: String,
        /// Why it is none.
        fault: Fault,
    },
    /// An interval that does not follow the one before it.
    #[error(
        "{found} does not come {minutes} minutes after {before}: a series has no gaps, no repetitions and one step"
    )]
    Gap {
        /// The time of this row.
        found: QuarterHour,
        /// The time of the row before.
        before: QuarterHour,
        /// The step of the series.
        minutes: i64,
    },
    /// A price below zero.
    #[error("negative prices are not supported: prices in scenarios and on the ledger are 0 or more, but this one is {found}")]
    Negative {
        /// The text in the file.
        found: String,
    },
    /// A price that is none.
    #[error("the price {found:?} {fault}")]
    Price {
        /// The text in the file.
        found: String,
        /// Why it is none.
        fault: decimal::Fault,
    },
}

fn refused(row: u64, problem: Problem) -> Refused {
    Refused { row: Some(row), problem }
}

impl Series {
    /// Reads the bytes of a file. `column` is the header of the prices' column; without it the file
    /// must have two columns. Columns are separated by commas, or by semicolons; with semicolons a
    /// price may have a decimal comma.
    pub fn parse(bytes: &[u8], column: Option<&str>) -> Result<Series, Refused> {
        let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
        let header = bytes.split(|byte| *byte == b'\n').next().unwrap_or_default();
        let semicolons = header.contains(&b';');
        let separator = if semicolons { b';' } else { b',' };
        let mut reader =
            csv::ReaderBuilder::new().has_headers(false).flexible(true).delimiter(separator).from_reader(bytes);
        let mut records = reader.records().enumerate();
        let unreadable = |error: csv::Error| Refused { row: None, problem: Problem::Csv(error.to_string()) };
        let empty = Refused { row: None, problem: Problem::Empty };
        let (_, headers) = records.next().ok_or(empty.clone())?;
        let headers = headers.map_err(unreadable)?;
        let of = price_column(&headers, column)?;
        let mut slots = Vec::new();
        let mut prices = Vec::new();
        for (index, record) in records {
            let record = record.map_err(unreadable)?;
            let row = record.position().map_or(index as u64 + 1, csv::Position::line);
            let cell = |at: usize| record.get(at).map(str::trim);
            let (Some(time), Some(price)) = (cell(0), cell(of)) else {
                return Err(refused(row, Problem::Length { found: record.len(), expected: headers.len() }));
            };
            let slot =
                QuarterHour::parse(time).map_err(|fault| refused(row, Problem::Time { found: time.into(), fault }))?;
            check_step(&slots, slot, row)?;
            slots.push(slot);
            prices.push(read_price(price, semicolons, row)?);
        }
        let first = *slots.first().ok_or(empty)?;
        let step = slots.get(1).map_or(1, |second| second.since(first)) as u32;
        Ok(Series { first, step, prices })
    }

    /// The price in a quarter hour. None before the first interval and after the last.
    pub fn at(&self, slot: QuarterHour) -> Option<Price> {
        let since = u32::try_from(slot.since(self.first)).ok()?;
        self.prices.get((since / self.step) as usize).copied()
    }

    /// Every quarter hour that has a price.
    pub fn slots(&self) -> impl Iterator<Item = QuarterHour> + '_ {
        let count = self.prices.len() as u32 * self.step;
        (0..count).filter_map(|nth| self.first.plus(nth))
    }

    /// The first price.
    pub fn first_price(&self) -> Price {
        self.prices[0]
    }
}

fn price_column(headers: &csv::StringRecord, column: Option<&str>) -> Result<usize, Refused> {
    let columns = || headers.iter().skip(1).map(|header| format!("{header:?}")).collect::<Vec<_>>().join(", ");
    let unclear = |found: String| refused(1, Problem::Column { found, columns: columns() });
    match column {
        Some(name) => {
            let place = headers.iter().skip(1).position(|header| header.trim() == name);
            place.map(|place| place + 1).ok_or_else(|| unclear(format!("no column is called {name:?}")))
        }
        None if headers.len() == 2 => Ok(1),
        None => Err(unclear("it is not said which column has the prices".into())),
    }
}

fn check_step(slots: &[QuarterHour], slot: QuarterHour, row: u64) -> Result<(), Refused> {
    let Some(before) = slots.last().copied() else { return Ok(()) };
    let step = slots.get(1).map_or_else(|| slot.since(before), |second| second.since(slots[0]));
    if slot.since(before) == step && (1..=LONGEST).contains(&step) {
        return Ok(());
    }
    let minutes = if (1..=LONGEST).contains(&step) { step * 15 } else { 15 };
    Err(refused(row, Problem::Gap { found: slot, before, minutes }))
}

fn read_price(text: &str, comma: bool, row: u64) -> Result<Price, Refused> {
    let plain = if comma { text.replacen(',', ".", 1) } else { text.to_string() };
    let fault = |fault| match fault {
        decimal::Fault::Negative => refused(row, Problem::Negative { found: text.into() }),
        fault => refused(row, Problem::Price { found: text.into(), fault }),
    };
    let value = decimal::parse(&plain, PRICE_PLACES).map_err(fault)?;
    Price::new(value).map_err(|_| fault(decimal::Fault::TooLarge))
}
