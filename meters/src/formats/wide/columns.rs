//! The columns of a wide file that are meters.

use super::layout::Layout;
use crate::formats::reading::Reading;
use crate::options::Unit;
use crate::refused::shown;
use crate::text::number::{foreign_unit, is_quantity, unit_of};
use crate::text::Input;
use crate::{Problem, Refused, Said};
use std::collections::BTreeMap;

/// A column that is a meter.
pub(super) struct Meter {
    pub(super) place: usize,
    /// The header as the file has it.
    pub(super) header: String,
    pub(super) meter: String,
    pub(super) unit: Unit,
}

/// The columns that are read.
pub(super) struct Columns {
    pub(super) meters: Vec<Meter>,
    /// The place of the last one.
    pub(super) last: usize,
}

impl Columns {
    /// The columns beside those of the time.
    pub(super) fn of(layout: &Layout, input: &Input, reading: &mut Reading) -> Result<Self, Refused> {
        let first = layout.times.columns();
        let mut headers: Vec<(usize, String)> = match &layout.names {
            Some(names) => names.iter().cloned().enumerate().skip(first).collect(),
            None => (first..layout.fields).map(|place| (place, String::new())).collect(),
        };
        if headers.len() > 1 && layout.names.is_some() {
            let unnamed = headers.iter().filter(|(_, header)| header.is_empty()).count();
            headers.retain(|(_, header)| !header.is_empty());
            if unnamed > 0 {
                reading.say(input, Said::dropped("a column without a name").times(unnamed as u64));
            }
        }
        let refuse =
            |problem: Problem| Refused::new(problem).in_file(input.name.clone()).at_row(layout.header_row.max(1));
        let count = headers.len();
        let mut meters = Vec::with_capacity(count);
        let mut places: BTreeMap<String, usize> = BTreeMap::new();
        for (place, header) in headers {
            if let Some(unit) = foreign_unit(&header) {
                return Err(refuse(no_energy(&header, unit, reading.options.unit)));
            }
            let (name, unit) = unit_of(&header);
            let unit = match (unit, reading.options.unit) {
                (Some(unit), Some(option)) if unit != option => {
                    let problem =
                        Problem::UnitConflict { text: header.clone(), header: unit.name(), option: option.name() };
                    return Err(refuse(problem));
                }
                (Some(unit), _) | (None, Some(unit)) => unit,
                (None, None) => return Err(refuse(Problem::UnitNeeded(named(&header)))),
            };
            let meter = match is_quantity(name) {
                false => name.to_owned(),
                true if count == 1 => reading.meter(input)?,
                true => return Err(refuse(no_meter(&header, place))),
            };
            if let Some(before) = places.insert(meter.clone(), place) {
                return Err(refuse(Problem::ColumnTwice { name: meter, first: before + 1, second: place + 1 }));
            }
            meters.push(Meter { place, header, meter, unit });
        }
        let last = meters.iter().map(|column| column.place).max().unwrap_or_default();
        if meters.is_empty() {
            let why = "no column beside the time has a name".into();
            return Err(refuse(Problem::NotThisFormat { format: "wide", why }));
        }
        Ok(Self { meters, last })
    }
}

/// A column, for a message.
fn named(header: &str) -> String {
    match header {
        "" => "the column has no header".into(),
        header => format!("the header {} names none", shown(header)),
    }
}

/// Why a column of another quantity cannot be read.
fn no_energy(header: &str, unit: &str, option: Option<Unit>) -> Problem {
    let option = option.map_or_else(String::new, |option| format!(", and --unit says {option}"));
    let what = format!("the column {}", shown(header));
    Problem::Unsupported { what, why: format!("its header names the unit {unit}{option}; leave the column out") }
}

/// Why a column among several is no meter.
fn no_meter(header: &str, place: usize) -> Problem {
    let what = match header {
        "" => format!("column {}", place + 1),
        header => format!("column {} ({})", place + 1, shown(header)),
    };
    let why = "its header names no meter, and there are other columns; give it a name, or leave it out (--meter names \
               the meter of a file with one column)";
    Problem::Unsupported { what, why: why.into() }
}
