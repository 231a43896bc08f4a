//! Octopus Energy: the supplier's download, or its interface's answer as CSV.

use super::reading::Reading;
use super::table::{check_count, minutes, Table};
use crate::options::{Decimal, Quantity, Unit};
use crate::source::{Habits, Kind, Mark, Sample, Series, Stamps, Step};
use crate::text::header::Wanted;
use crate::text::Input;
use crate::{Problem, Refused};
use std::num::NonZeroU32;

const WANTED: [Wanted; 3] = [
    Wanted { names: &["consumption kwh", "consumption"], shown: "Consumption (kwh)", required: true },
    Wanted { names: &["start", "interval start"], shown: "Start", required: true },
    Wanted { names: &["end", "interval end"], shown: "End", required: true },
];

const HALF_HOUR: NonZeroU32 = NonZeroU32::new(1800).unwrap();

/// The columns by which the format is known.
pub(super) const COLUMNS: &[Wanted] = &WANTED;

pub(super) fn read(input: &Input, reading: &mut Reading) -> Result<(), Refused> {
    let table = Table::open(input, reading, &WANTED, 1)?;
    reading.check_unit(input, "Consumption (kwh)", Unit::KWh)?;
    let evidence = table.evidence(reading).with_mark(Decimal::Point, reading.options);
    let [value, start, end] = [0, 1, 2].map(|column| table.place(column));
    let fields = table.survey(input, reading, evidence, &mut |record, evidence| {
        evidence.date(record.row, record.get(start));
        evidence.number(record.row, record.get(value));
    })?;
    let quantity = reading.options.quantity.unwrap_or(Quantity::Import);
    let meter = reading.meter(input)?;
    let series = reading.sink.series(Series {
        meter: meter.clone(),
        register: "consumption".into(),
        target: quantity.target(),
        kind: Kind::Energy,
        step: Step::Fixed(HALF_HOUR),
        stamps: Stamps::Start,
        habits: Habits::default(),
    })?;
    let (columns, last) = (table.header.names().len(), value.max(start).max(end));
    table.each(reading, &mut |record, sink| {
        check_count(record, columns, last)?;
        let (from, until) = (fields.stamp(record.get(start))?, fields.stamp(record.get(end))?);
        let seconds = until.seconds() - from.seconds();
        if seconds != i64::from(HALF_HOUR.get()) {
            let problem = Problem::WrongStep {
                found: minutes(seconds),
                start: String::from_utf8_lossy(record.get(start)).into_owned(),
                declared: minutes(1800),
                by: "octopus has half hours".into(),
            };
            return Err(Refused::new(problem).of_meter(meter.clone()));
        }
        let value = fields.scaled(record.get(value), 3)?;
        sink.push(
            series,
            Sample { row: record.row, when: from.when(), seconds: None, value, mark: Mark::Measured, device: 0 },
        )
    })
}
