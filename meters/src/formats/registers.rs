//! Readings of registers: a row a reading.

use super::reading::{option, Known, Reading};
use super::table::{check_count, name, Table};
use crate::options::Unit;
use crate::refused::shown;
use crate::source::{Column, Habits, Kind, Mark, Sample, Series, SeriesId, Stamps, Step, Target};
use crate::text::fold::fold;
use crate::text::header::Wanted;
use crate::text::number::unit_of;
use crate::text::{Header, Input};
use crate::{Options, Problem, Refused};

const WANTED: [Wanted; 4] = [
    Wanted { names: &["timestamp", "date"], shown: "timestamp", required: true },
    Wanted { names: &["serial"], shown: "serial", required: true },
    Wanted { names: &["meter"], shown: "meter", required: false },
    Wanted { names: &["time"], shown: "time", required: false },
];

/// The columns by which the format is known: all of them, as others have such names too.
pub(super) const COLUMNS: &[Wanted] = &[
    Wanted { names: &["timestamp"], shown: "timestamp", required: true },
    Wanted { names: &["meter"], shown: "meter", required: true },
    Wanted { names: &["serial"], shown: "serial", required: true },
];

/// A column that was asked for.
struct Asked {
    place: usize,
    shown: String,
    column: Column,
    unit: Unit,
}

pub(super) fn read(input: &Input, reading: &mut Reading) -> Result<(), Refused> {
    let table = Table::open(input, reading, &WANTED, 1)?;
    let in_header = |refused: Refused| refused.in_file(input.name.clone()).at_row(table.header.row);
    let asked = asked(&table.header, reading.options).map_err(in_header)?;
    let (date, serial, meter) = (table.place(0), table.place(1), table.places[2]);
    // A column of times stands beside a column of dates.
    let time = table.places[3].filter(|_| fold(&table.header.names()[date]) == "date");
    let evidence = table.evidence(reading);
    let fields = table.survey(input, reading, evidence, &mut |record, evidence| {
        evidence.date(record.row, record.get(date));
        asked.iter().for_each(|asked| evidence.number(record.row, record.get(asked.place)));
    })?;
    let named = match meter {
        Some(_) => None,
        None => Some(reading.meter(input)?),
    };
    let step = reading.options.step.map_or(Step::Detect, Step::Fixed);
    let columns = table.header.names().len();
    let read = asked.iter().map(|asked| asked.place).chain([date, serial]).chain(meter).chain(time);
    let last = read.max().unwrap_or_default();
    let mut known: Known<usize> = Known::default();
    let mut series: Vec<Vec<SeriesId>> = Vec::new();
    let mut devices: Known<u32> = Known::default();
    let (mut device_count, most) = (0u32, reading.options.limits.most_meters);
    table.each(reading, &mut |record, sink| {
        check_count(record, columns, last)?;
        let key = meter.map_or(&b""[..], |place| record.get(place));
        let place = known.get(key, || {
            let meter = match &named {
                Some(named) => named.clone(),
                None => name(key)?,
            };
            let mut all = Vec::new();
            for asked in &asked {
                all.push(sink.series(Series {
                    meter: meter.clone(),
                    register: asked.shown.clone(),
                    target: Target::Column(asked.column),
                    kind: Kind::Register { may_be_negative: false, unit: asked.unit },
                    step,
                    stamps: Stamps::End,
                    habits: Habits::default(),
                })?);
            }
            series.push(all);
            Ok(series.len() - 1)
        })?;
        let device = devices.get(record.get(serial), || {
            if device_count as usize >= most {
                return Err(Problem::TooManyMeters(most).into());
            }
            device_count += 1;
            Ok(device_count)
        })?;
        let stamp = match time {
            Some(time) => fields.stamp_of_two(record.get(date), record.get(time))?,
            None => fields.stamp(record.get(date))?,
        };
        for (asked, series) in asked.iter().zip(&series[place]) {
            let value = fields.scaled(record.get(asked.place), asked.unit.power_of_ten());
            let value = value.map_err(|refused| refused.in_column(asked.shown.clone()))?;
            let when = stamp.when();
            sink.push(*series, Sample { row: record.row, when, seconds: None, value, mark: Mark::Measured, device })?;
        }
        Ok(())
    })
}

/// The columns that the options name.
fn asked(header: &Header, options: &Options) -> Result<Vec<Asked>, Refused> {
    if options.named.is_empty() {
        let why = format!("it names the column of what comes from the grid (the file has {})", header.listed());
        return Err(Problem::OptionNeeded { option: "--import", why }.into());
    }
    let mut asked: Vec<Asked> = Vec::new();
    for (column, wanted) in options.named.all() {
        let place = find(header, wanted)?;
        let header_shown = &header.names()[place];
        let unit = match (unit_of(header_shown).1, options.unit) {
            (Some(unit), Some(option)) if unit != option => {
                let problem =
                    Problem::UnitConflict { text: header_shown.clone(), header: unit.name(), option: option.name() };
                return Err(problem.into());
            }
            (Some(unit), _) | (None, Some(unit)) => unit,
            (None, None) => {
                return Err(Problem::UnitNeeded(format!("the column {} names none", shown(header_shown))).into());
            }
        };
        if unit.kind() != Kind::Energy {
            let why = format!("the column {} is in {unit}, and a register counts energy", shown(header_shown));
            return Err(Problem::OptionUnfit { option: option(column), format: "registers", why }.into());
        }
        if asked.iter().any(|other| other.place == place) {
            let why = format!("the column {} is named twice", shown(header_shown));
            return Err(Problem::OptionUnfit { option: option(column), format: "registers", why }.into());
        }
        asked.push(Asked { place, shown: header_shown.clone(), column, unit });
    }
    Ok(asked)
}

/// The column that an option names: by its whole header, or by its header without the unit.
fn find(header: &Header, wanted: &str) -> Result<usize, Refused> {
    let by = |like: &dyn Fn(&str) -> bool| -> Result<Option<usize>, Refused> {
        let mut places = header.names().iter().enumerate().filter(|(_, name)| like(name)).map(|(place, _)| place);
        match (places.next(), places.next()) {
            (Some(first), Some(second)) => {
                let name = wanted.to_owned();
                Err(Problem::ColumnTwice { name, first: first + 1, second: second + 1 }.into())
            }
            (first, _) => Ok(first),
        }
    };
    let wanted = wanted.trim();
    if let Some(place) = by(&|name| name == wanted)? {
        return Ok(place);
    }
    if let Some(place) = by(&|name| unit_of(name).0 == wanted)? {
        return Ok(place);
    }
    Err(Problem::NoColumn { wanted: wanted.to_owned(), found: header.listed() }.into())
}
