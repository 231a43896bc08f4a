//! The Low Carbon London trial of 2011 to 2014.

use super::reading::{KnownSeries, Reading};
use super::table::{check_count, name, Table};
use crate::options::{Decimal, Unit};
use crate::source::{Column, Habits, Kind, Mark, Sample, Series, Step, Target};
use crate::text::header::Wanted;
use crate::text::stamp;
use crate::text::Input;
use crate::{Refused, Said};
use std::num::NonZeroU32;

const WANTED: [Wanted; 3] = [
    Wanted { names: &["lclid"], shown: "LCLid", required: true },
    Wanted { names: &["datetime"], shown: "DateTime", required: true },
    Wanted { names: &["kwh hh per half hour"], shown: "KWH/hh (per half hour) ", required: true },
];

/// The columns by which the format is known.
pub(super) const COLUMNS: &[Wanted] = &WANTED;

const HALF_HOUR: NonZeroU32 = NonZeroU32::new(1800).unwrap();

pub(super) fn read(input: &Input, reading: &mut Reading) -> Result<(), Refused> {
    let table = Table::open(input, reading, &WANTED, 1)?;
    reading.check_unit(input, "KWH/hh (per half hour) ", Unit::KWh)?;
    let [id, time, value] = [0, 1, 2].map(|column| table.place(column));
    let evidence = table.evidence(reading).with_mark(Decimal::Point, reading.options);
    let fields = table.survey(input, reading, evidence, &mut |record, evidence| {
        evidence.date(record.row, record.get(time));
    })?;
    let stamps = reading.assumed_stamps(input);
    let (columns, last) = (table.header.names().len(), id.max(time).max(value));
    let mut known = KnownSeries::default();
    let mut dropped = 0;
    table.each(reading, &mut |record, sink| {
        check_count(record, columns, last)?;
        let value = fields.scaled(record.get(value), 3)?;
        // The trial's files have rows without value beside the half hours.
        if value.is_none() {
            let beside = stamp::parse(record.get(time), fields.order)
                .is_ok_and(|stamp| !stamp.whole || stamp.seconds() % i64::from(HALF_HOUR.get()) != 0);
            if beside {
                dropped += 1;
                return Ok(());
            }
        }
        let when = fields.stamp(record.get(time))?.when();
        let series = known.get(record.get(id), || {
            sink.series(Series {
                meter: name(record.get(id))?,
                register: "KWH/hh".into(),
                target: Target::Column(Column::Import),
                kind: Kind::Energy,
                step: Step::Fixed(HALF_HOUR),
                stamps,
                habits: Habits::default(),
            })
        })?;
        sink.push(series, Sample { row: record.row, when, seconds: None, value, mark: Mark::Measured, device: 0 })
    })?;
    if dropped > 0 {
        let said = Said::dropped("a row without value beside the half hours").times(dropped);
        reading.say(input, said);
    }
    Ok(())
}
