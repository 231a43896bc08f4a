//! The SMART* homes and apartments of the University of Massachusetts: a file a home.

use super::reading::Reading;
use super::table::{check_count, Fields, Table};
use crate::options::{Decimal, Unit};
use crate::source::{Column, Habits, Kind, Mark, Sample, Series, SeriesId, Stamps, Step, Target};
use crate::text::header::{self, Wanted};
use crate::text::{stamp, Evidence, Input, Record, Records, Text};
use crate::{Refused, Said};
use std::num::NonZeroU32;

const WANTED: [Wanted; 4] = [
    Wanted { names: &["date time"], shown: "Date & Time", required: true },
    Wanted { names: &["use kw"], shown: "use [kW]", required: true },
    Wanted { names: &["gen kw"], shown: "gen [kW]", required: false },
    Wanted { names: &["grid kw"], shown: "Grid [kW]", required: false },
];

/// The columns by which the format is known.
pub(super) const COLUMNS: &[Wanted] = &WANTED;

const MINUTE: NonZeroU32 = NonZeroU32::new(60).unwrap();

pub(super) fn read(input: &Input, reading: &mut Reading) -> Result<(), Refused> {
    reading.check_unit(input, "use [kW]", Unit::KW)?;
    let text = reading.open(input)?;
    match apartment(&text, reading) {
        Some(separator) => read_apartment(input, reading, text, separator),
        None => read_home(input, reading, text),
    }
}

/// The separator of an apartment's file, which has no header: a time and kW.
fn apartment(text: &Text, reading: &Reading) -> Option<u8> {
    if reading.options.header == Some(true) {
        return None;
    }
    header::separators(text, reading.options).into_iter().map(|separator| (separator, separator.byte())).find_map(
        |(separator, byte)| {
            let head = header::head(text, separator, &reading.options.limits, 1);
            let first = head.first().filter(|first| first.len() == 2)?;
            stamp::is_stamp(first.get(0)).map(|_| byte)
        },
    )
}

fn series(
    reading: &mut Reading,
    meter: &str,
    register: &str,
    target: Target,
    stamps: Stamps,
) -> Result<SeriesId, Refused> {
    reading.sink.series(Series {
        meter: meter.to_owned(),
        register: register.to_owned(),
        target,
        kind: Kind::Power,
        step: Step::Fixed(reading.options.step.unwrap_or(MINUTE)),
        stamps,
        habits: Habits::default(),
    })
}

fn sample(record: &Record, fields: Fields, time: usize, value: usize) -> Result<Sample, Refused> {
    let when = fields.stamp(record.get(time))?.when();
    let value = fields.scaled(record.get(value), 3)?;
    Ok(Sample { row: record.row, when, seconds: None, value, mark: Mark::Measured, device: 0 })
}

fn read_home(input: &Input, reading: &mut Reading, text: Text) -> Result<(), Refused> {
    let table = Table::of(text, input, reading, &WANTED, 1)?;
    let time = table.place(0);
    let columns: Vec<(usize, usize)> =
        (1..WANTED.len()).filter_map(|column| table.places[column].map(|place| (place, column))).collect();
    let evidence = table.evidence(reading).with_mark(Decimal::Point, reading.options);
    let fields = table.survey(input, reading, evidence, &mut |record, evidence| {
        evidence.date(record.row, record.get(time));
    })?;
    let meter = reading.meter(input)?;
    let stamps = reading.assumed_stamps(input);
    let mut read = Vec::new();
    for (place, column) in columns {
        let target = match column {
            1 => Target::Column(Column::Consumption),
            2 => Target::Column(Column::Generation),
            _ => Target::SignedGrid,
        };
        read.push((place, column, series(reading, &meter, WANTED[column].shown, target, stamps)?));
    }
    let (columns, last) =
        (table.header.names().len(), read.iter().map(|(place, ..)| *place).max().unwrap_or_default().max(time));
    table.each(reading, &mut |record, sink| {
        check_count(record, columns, last)?;
        for (place, column, series) in &read {
            let sample = sample(record, fields, time, *place);
            sink.push(*series, sample.map_err(|refused| refused.in_column(WANTED[*column].shown))?)?;
        }
        Ok(())
    })
}

fn read_apartment(input: &Input, reading: &mut Reading, text: Text, separator: u8) -> Result<(), Refused> {
    reading.say(input, Said::detected("no header: an apartment's times and kW"));
    let mut evidence = Evidence::new(reading.options).with_mark(Decimal::Point, reading.options);
    reading.survey(input, &text, separator, 0, &mut evidence, &mut |record, evidence| {
        evidence.date(record.row, record.get(0));
    })?;
    let found = evidence.finish().map_err(|refused| refused.in_file(input.name.clone()))?;
    for said in evidence.said(found) {
        reading.say(input, said);
    }
    let meter = reading.meter(input)?;
    let stamps = reading.assumed_stamps(input);
    let series = series(reading, &meter, "use", Target::Column(Column::Consumption), stamps)?;
    let records = Records::new(text, separator, &reading.options.limits);
    reading.each(records, 0, &mut |record, sink| {
        check_count(record, 2, 1)?;
        sink.push(series, sample(record, found.into(), 0, 1)?)
    })
}
