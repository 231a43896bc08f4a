//! A column a meter, the time in the first column, or a date and a time in the first two.

mod columns;
mod layout;

use super::reading::Reading;
use super::table::{check_count, Fields};
use crate::options::{Quantity, Separator};
use crate::source::{Habits, Mark, Sample, Series, Stamps, Step};
use crate::text::{Evidence, Input, Record, Records, Stamp};
use crate::{Refused, Said};
use columns::Columns;
use layout::{Layout, Times};

pub(super) fn read(input: &Input, reading: &mut Reading) -> Result<(), Refused> {
    let text = reading.open(input)?;
    let layout = layout::find(&text, reading.options).map_err(|refused| refused.in_file(input.name.clone()))?;
    reading.say(input, Said::detected(layout.said()));
    let Layout { separator, times, .. } = layout;
    let columns = Columns::of(&layout, input, reading)?;
    let mut evidence = Evidence::new(reading.options).comma_separated(separator == Separator::Comma);
    let after = layout.header_row;
    reading.survey(input, &text, separator.byte(), after, &mut evidence, &mut |record, evidence| {
        evidence.date(record.row, record.get(times.date()));
        columns.meters.iter().for_each(|column| evidence.number(record.row, record.get(column.place)));
    })?;
    let found = evidence.finish().map_err(|refused| refused.in_file(input.name.clone()))?;
    for said in evidence.said(found) {
        reading.say(input, said);
    }
    let fields = Fields::from(found);
    let mut series = Vec::with_capacity(columns.meters.len());
    for column in &columns.meters {
        let announced = reading.sink.series(Series {
            meter: column.meter.clone(),
            register: column.header.clone(),
            target: reading.options.quantity.unwrap_or(Quantity::Consumption).target(),
            kind: column.unit.kind(),
            step: reading.options.step.map_or(Step::Detect, Step::Fixed),
            stamps: reading.options.stamps.unwrap_or(Stamps::Start),
            habits: Habits::default(),
        })?;
        series.push((column, announced));
    }
    let records = Records::new(text, separator.byte(), &reading.options.limits);
    reading.each(records, after, &mut |record, sink| {
        check_count(record, layout.fields, columns.last)?;
        let when = stamp(record, times, fields)?.when();
        for (column, series) in &series {
            let value = fields.scaled(record.get(column.place), column.unit.power_of_ten());
            let value = value.map_err(|refused| refused.of_meter(column.meter.clone()))?;
            sink.push(
                *series,
                Sample { row: record.row, when, seconds: None, value, mark: Mark::Measured, device: 0 },
            )?;
        }
        Ok(())
    })
}

/// The time of a record.
fn stamp(record: &Record, times: Times, fields: Fields) -> Result<Stamp, Refused> {
    match times {
        Times::One => fields.stamp(record.get(0)),
        Times::Two { date, time } => fields.stamp_of_two(record.get(date), record.get(time)),
    }
}
