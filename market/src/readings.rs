//! Meter readings of households, from the bytes of a CSV file: a row per slot, a column per
//! household, whole Wh.

use crate::household_id;
use std::collections::BTreeSet;

/// Largest CSV file that is read, in bytes.
pub const MAX_BYTES: u64 = 64 << 20;

/// Most households of a file.
const MAX_HOUSEHOLDS: usize = 10_000;

/// Readings of all households in all slots.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Readings {
    /// Name of the first column.
    slot_header: String,
    /// Ids, in the order of their columns.
    pub households: Vec<String>,
    /// Names of the slots, in the order of their rows.
    pub slots: Vec<String>,
    /// For each slot and each household its energy in Wh.
    pub energy: Vec<Vec<u32>>,
    /// The line of each slot in the file.
    rows: Vec<u64>,
}

/// Why a CSV file was refused, and where.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{}{}{problem}", .row.map_or(String::new(), |row| format!("row {row}, ")), .column.as_ref().map_or(String::new(), |column| format!("column {column}: ")))]
pub struct Refused {
    /// The row, as an editor counts lines: the headers are row 1. None: the whole file.
    pub row: Option<u64>,
    /// The column, by its header, or by its number if it has none. None: the whole row.
    pub column: Option<String>,
    /// What is wrong.
    pub problem: Problem,
}

/// What is wrong with a CSV file.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Problem {
    /// A cell that is no reading.
    #[error("{found:?} is not a whole number of Wh from 0 to 4294967295")]
    Reading {
        /// The text in this file.
        found: String,
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
    /// A household or slot that occurs twice.
    #[error("{found:?} occurs twice")]
    Twice {
        /// The name of the household or slot.
        found: String,
    },
    /// No readings at all.
    #[error("no headers, no households or no slots")]
    Empty,
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

impl Refused {
    /// A code that stays the same across versions, for machines.
    pub const fn code(&self) -> &'static str {
        "meters"
    }
}

fn refused(row: Option<u64>, column: Option<&str>, problem: Problem) -> Refused {
    Refused { row, column: column.map(str::to_string), problem }
}

impl Readings {
    /// Reads the bytes of a file and checks all of them.
    pub fn parse(bytes: &[u8]) -> Result<Readings, Refused> {
        let mut reader = csv::ReaderBuilder::new().has_headers(false).flexible(true).from_reader(bytes);
        let mut records = reader.records();
        let headers = match records.next() {
            Some(record) => {
                record.map_err(|error| unreadable(&error, None, &mut Lines { bytes, offset: 0, line: 1 }))?
            }
            None => return Err(refused(None, None, Problem::Empty)),
        };
        let mut cells = headers.iter().map(str::to_string);
        let slot_header = cells.next().unwrap_or_default();
        let households: Vec<String> = cells.collect();
        check_headers(&households)?;
        let mut meters = Readings { slot_header, households, slots: vec![], energy: vec![], rows: vec![] };
        let mut seen = BTreeSet::new();
        let mut lines = Lines { bytes, offset: 0, line: 1 };
        for record in records {
            let record = record.map_err(|error| unreadable(&error, Some(&headers), &mut lines))?;
            let row = record.position().map(|position| lines.of(position));
            if record.len() != headers.len() {
                let problem = Problem::Length { found: record.len(), expected: headers.len() };
                return Err(refused(row, Some(headers.iter().nth(record.len()).unwrap_or("after the last")), problem));
            }
            let slot = record.get(0).unwrap_or_default();
            if !seen.insert(slot.to_string()) {
                return Err(refused(row, Some(&meters.slot_header), Problem::Twice { found: slot.into() }));
            }
            let readings = record.iter().skip(1).zip(&meters.households).map(|(cell, household)| {
                let digits = !cell.is_empty() && cell.bytes().all(|b| b.is_ascii_digit());
                let reading = if digits { cell.parse().ok() } else { None };
                reading.ok_or_else(|| refused(row, Some(household), Problem::Reading { found: cell.into() }))
            });
            meters.energy.push(readings.collect::<Result<_, _>>()?);
            meters.slots.push(slot.to_string());
            meters.rows.push(row.unwrap_or_default());
        }
        if meters.slots.is_empty() {
            return Err(refused(None, None, Problem::Empty));
        }
        Ok(meters)
    }

    /// Checks that the households and slots equal those of another file, whose name is `file`.
    /// Error: [`Problem::Differs`].
    pub fn same_shape_as(&self, other: &Readings, file: &str) -> Result<(), Refused> {
        let differs = |found: Option<&String>, expected: Option<&String>| {
            let text = |cell: Option<&String>| cell.cloned().unwrap_or_else(|| "nothing".into());
            Problem::Differs { found: text(found), file: file.into(), expected: text(expected) }
        };
        for h in 0..self.households.len().max(other.households.len()) {
            let (found, expected) = (self.households.get(h), other.households.get(h));
            if found != expected {
                return Err(refused(Some(1), Some(&(h + 2).to_string()), differs(found, expected)));
            }
        }
        for s in 0..self.slots.len().max(other.slots.len()) {
            let (found, expected) = (self.slots.get(s), other.slots.get(s));
            if found != expected {
                let row = self.rows.get(s).copied().unwrap_or_else(|| self.rows.last().map_or(1, |last| last + 1));
                return Err(refused(Some(row), Some(&self.slot_header), differs(found, expected)));
            }
        }
        Ok(())
    }

    /// The number of the slot of that name. Errors: [`Problem::NoSlot`]; [`Problem::TooFew`] when
    /// the file has fewer than `count` slots from it on.
    pub fn slot(&self, name: &str, count: usize) -> Result<usize, Refused> {
        let end = |slot: Option<&String>| slot.cloned().unwrap_or_default();
        let missing =
            || Problem::NoSlot { wanted: name.into(), first: end(self.slots.first()), last: end(self.slots.last()) };
        let in_slots = |problem| refused(None, Some(&self.slot_header), problem);
        let first = self.slots.iter().position(|slot| slot == name).ok_or_else(|| in_slots(missing()))?;
        let found = self.slots.len() - first;
        if found < count {
            return Err(in_slots(Problem::TooFew { what: "slots from the start on", wanted: count, found }));
        }
        Ok(first)
    }

    /// `count`, if the file has so many households; the number of all without it. Error:
    /// [`Problem::TooFew`].
    pub fn first_households(&self, count: Option<usize>) -> Result<usize, Refused> {
        let (found, wanted) = (self.households.len(), count.unwrap_or(self.households.len()));
        if wanted > found {
            return Err(refused(Some(1), None, Problem::TooFew { what: "households", wanted, found }));
        }
        Ok(wanted)
    }
}

fn check_headers(households: &[String]) -> Result<(), Refused> {
    if households.is_empty() {
        return Err(refused(Some(1), None, Problem::Empty));
    }
    if households.len() > MAX_HOUSEHOLDS {
        return Err(refused(Some(1), None, Problem::TooMany { found: households.len() }));
    }
    let mut seen = BTreeSet::new();
    for (h, id) in households.iter().enumerate() {
        let number = (h + 2).to_string();
        if !household_id::is_valid(id) {
            return Err(refused(Some(1), Some(&number), Problem::Id { found: id.clone() }));
        }
        if !seen.insert(id) {
            return Err(refused(Some(1), Some(&number), Problem::Twice { found: id.clone() }));
        }
    }
    Ok(())
}

/// Counts lines as an editor does. The count of the CSV reader is one too low after `\r\n` and
/// after empty lines.
struct Lines<'a> {
    bytes: &'a [u8],
    offset: usize,
    line: u64,
}

impl Lines<'_> {
    /// The line of a record. Positions must be asked for in order. The reader may give a position
    /// before the line ends in front of the record.
    fn of(&mut self, position: &csv::Position) -> u64 {
        let start = position.byte() as usize;
        while let Some(byte) = self.bytes.get(self.offset) {
            let ends = match byte {
                b'\n' => true,
                b'\r' => self.bytes.get(self.offset + 1) != Some(&b'\n'),
                _ => false,
            };
            if self.offset >= start && !ends && *byte != b'\r' {
                break;
            }
            self.line += u64::from(ends);
            self.offset += 1;
        }
        self.line
    }
}

fn unreadable(error: &csv::Error, headers: Option<&csv::StringRecord>, lines: &mut Lines) -> Refused {
    let row = error.position().map(|position| lines.of(position));
    match error.kind() {
        csv::ErrorKind::Utf8 { err, .. } => {
            let number = (err.field() + 1).to_string();
            let column = headers.and_then(|headers| headers.get(err.field())).unwrap_or(&number);
            refused(row, Some(column), Problem::Csv("not UTF-8".into()))
        }
        _ => refused(row, None, Problem::Csv(error.to_string())),
    }
}

#[cfg(test)]
mod tests;
