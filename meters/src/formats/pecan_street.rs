//! Pecan Street's Dataport: quarter hours or minutes of homes.

use super::reading::{Known, Reading};
use super::table::{check_count, name, Table};
use crate::options::{Decimal, Unit};
use crate::source::{Column, Habits, Kind, Mark, Sample, Series, SeriesId, Step, Target};
use crate::text::header::Wanted;
use crate::text::Input;
use crate::Refused;
use std::num::NonZeroU32;

const WANTED: [Wanted; 6] = [
    Wanted { names: &["dataid"], shown: "dataid", required: true },
    Wanted { names: &["local 15min", "localminute"], shown: "local_15min", required: true },
    Wanted { names: &["grid"], shown: "grid", required: true },
    Wanted { names: &["solar"], shown: "solar", required: false },
    Wanted { names: &["solar2"], shown: "solar2", required: false },
    Wanted { names: &["localminute"], shown: "localminute", required: false },
];

/// The columns by which the format is known.
pub(super) const COLUMNS: &[Wanted] = &WANTED;

/// The columns of values, by their places among the wanted ones.
const VALUES: [usize; 3] = [2, 3, 4];

pub(super) fn read(input: &Input, reading: &mut Reading) -> Result<(), Refused> {
    let table = Table::open(input, reading, &WANTED, 1)?;
    reading.check_unit(input, "grid, solar, solar2", Unit::KW)?;
    let (id, time) = (table.place(0), table.place(1));
    let seconds = if table.places[5] == Some(time) { 60 } else { 900 };
    let step = NonZeroU32::new(seconds).map_or(Step::Detect, Step::Fixed);
    let values: Vec<(usize, &'static str)> =
        VALUES.iter().filter_map(|column| table.places[*column].map(|place| (place, WANTED[*column].shown))).collect();
    let evidence = table.evidence(reading).with_mark(Decimal::Point, reading.options);
    let fields = table.survey(input, reading, evidence, &mut |record, evidence| {
        evidence.date(record.row, record.get(time));
    })?;
    let stamps = reading.assumed_stamps(input);
    let columns = table.header.names().len();
    let last = values.iter().map(|(place, _)| *place).max().unwrap_or_default().max(id).max(time);
    let mut known: Known<[Option<SeriesId>; 3]> = Known::default();
    table.each(reading, &mut |record, sink| {
        check_count(record, columns, last)?;
        let series = known.get(record.get(id), || {
            let mut series = [None; 3];
            for (place, (_, column)) in values.iter().enumerate() {
                series[place] = Some(sink.series(Series {
                    meter: name(record.get(id))?,
                    register: (*column).into(),
                    target: match *column {
                        "grid" => Target::SignedGrid,
                        _ => Target::Column(Column::Generation),
                    },
                    kind: Kind::Power,
                    step,
                    stamps,
                    habits: Habits::default(),
                })?);
            }
            Ok(series)
        })?;
        let when = fields.stamp(record.get(time))?.when();
        for ((place, column), series) in values.iter().zip(series) {
            let value = fields.scaled(record.get(*place), 3).map_err(|refused| refused.in_column(*column))?;
            let Some(series) = series else { continue };
            sink.push(series, Sample { row: record.row, when, seconds: None, value, mark: Mark::Measured, device: 0 })?;
        }
        Ok(())
    })?;
    Ok(())
}
