//! The headers: which separator, which households, and which unit.

use super::cell::Unit;
use super::refused::{refused, Problem, Refused};
use super::MAX_HOUSEHOLDS;
use crate::household_id;
use std::collections::BTreeSet;

/// What the first row says.
pub(super) struct Header {
    pub slot: String,
    pub households: Vec<String>,
    pub unit: Unit,
    pub notes: Vec<String>,
}

/// The byte that separates columns: a comma, unless the first line has none and has semicolons or
/// tabs.
pub(super) fn separator(bytes: &[u8]) -> u8 {
    let line = bytes.split(|byte| matches!(byte, b'\n' | b'\r')).next().unwrap_or_default();
    let has = |of: u8| line.contains(&of);
    match () {
        () if has(b',') => b',',
        () if has(b';') => b';',
        () if has(b'\t') => b'\t',
        () => b',',
    }
}

impl Header {
    pub fn read(headers: &csv::StringRecord, separator: u8, unit: Option<Unit>) -> Result<Header, Refused> {
        let mut cells = headers.iter();
        let slot = cells.next().unwrap_or_default().to_string();
        let columns: Vec<&str> = cells.collect();
        if columns.is_empty() {
            return Err(refused(Some(1), None, Problem::NoHouseholds { found: slot }));
        }
        if columns.len() > MAX_HOUSEHOLDS {
            return Err(refused(Some(1), None, Problem::TooMany { found: columns.len() }));
        }
        let mut notes = Vec::new();
        if separator != b',' {
            let name = if separator == b';' { "semicolons" } else { "tabs" };
            notes.push(format!("columns are separated by {name}"));
        }
        let mut households = Vec::with_capacity(columns.len());
        let mut seen = BTreeSet::new();
        for (h, header) in columns.iter().enumerate() {
            let number = (h + 2).to_string();
            let (id, found) = split_unit(header);
            check_unit(header, found, unit).map_err(|problem| refused(Some(1), Some(&number), problem))?;
            if !household_id::is_valid(id) {
                return Err(refused(Some(1), Some(&number), Problem::Id { found: id.into() }));
            }
            if !seen.insert(id) {
                return Err(refused(Some(1), Some(&number), Problem::Twice { found: id.into() }));
            }
            if found.is_some() {
                notes.push(format!("the header {header:?} is the household {id:?}, with its unit"));
            }
            households.push(id.to_string());
        }
        Ok(Header { slot, households, unit: unit.unwrap_or(Unit::Wh), notes })
    }
}

/// The unit in a header must be the one in which cells are read.
fn check_unit(header: &str, found: Option<&str>, unit: Option<Unit>) -> Result<(), Problem> {
    let Some(found) = found else { return Ok(()) };
    let known = Unit::named(found);
    match (known, unit) {
        (Some(found), Some(unit)) if found == unit => Ok(()),
        (Some(Unit::Wh), None) => Ok(()),
        (_, Some(unit)) => Err(Problem::OtherUnit { header: header.into(), found: found.into(), unit: unit.name() }),
        (known, None) => {
            Err(Problem::Unit { header: header.into(), found: found.into(), option: known.map(Unit::name) })
        }
    }
}

/// Words that name a unit of power or energy which this program does not read.
const OTHER_UNITS: [&str; 8] = ["mw", "mwh", "mj", "kj", "j", "va", "kva", "gwh"];

/// Splits `NAME (UNIT)`, `NAME [UNIT]`, `NAME UNIT` or `NAME_UNIT` into name and unit.
fn split_unit(header: &str) -> (&str, Option<&str>) {
    let text = header.trim();
    let is_unit = |word: &str| Unit::named(word).is_some() || OTHER_UNITS.contains(&word.to_ascii_lowercase().as_str());
    for (open, close) in [('(', ')'), ('[', ']')] {
        if let Some((name, unit)) = text.strip_suffix(close).and_then(|text| text.rsplit_once(open)) {
            if is_unit(unit.trim()) {
                return (name.trim_end(), Some(unit.trim()));
            }
        }
    }
    match text.rsplit_once([' ', '_']) {
        Some((name, unit)) if is_unit(unit) && unit.len() > 1 && !name.is_empty() => (name.trim_end(), Some(unit)),
        _ => (header, None),
    }
}
