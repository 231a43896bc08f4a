//! Ausgrid's 300 solar homes: a row a day, a column a half hour.

use super::reading::{KnownSeries, Reading};
use super::table::{check_count, name, Table};
use crate::options::{DateOrder, Decimal, Unit};
use crate::refused::shown;
use crate::source::{Column, Habits, Kind, Mark, Sample, Series, Stamps, Step, Target, When};
use crate::text::header::Wanted;
use crate::text::stamp::DAY;
use crate::text::{Header, Input};
use crate::{Problem, Refused};
use std::num::NonZeroU32;

const WANTED: [Wanted; 4] = [
    Wanted { names: &["customer"], shown: "Customer", required: true },
    Wanted { names: &["consumption category"], shown: "Consumption Category", required: true },
    Wanted { names: &["date"], shown: "date", required: true },
    Wanted { names: &["row quality"], shown: "Row Quality", required: false },
];

/// The columns by which the format is known.
pub(super) const COLUMNS: &[Wanted] = &WANTED;

const HALF_HOUR: NonZeroU32 = NonZeroU32::new(1800).unwrap();
const HALVES: usize = 48;

/// The places of the 48 columns, in the order of the day. A column is named after its end, and
/// `0:00` closes the day.
fn halves(header: &Header) -> Result<Vec<usize>, Refused> {
    (1..=HALVES)
        .map(|half| {
            let (hour, minute) = (half / 2 % 24, half % 2 * 30);
            let names = [
                format!("{hour} {minute:02}"),
                format!("{hour:02} {minute:02}"),
                format!("{hour} {minute:02} 00"),
                format!("{hour:02} {minute:02} 00"),
                format!("{} {minute:02}", half / 2),
            ];
            let names = names.each_ref().map(String::as_str);
            header.find(&names)?.ok_or_else(|| {
                let why = format!("it has no column {} (one of the 48 half hours)", shown(&column_name(half - 1)));
                Refused::new(Problem::NotThisFormat { format: "ausgrid", why }).at_row(header.row)
            })
        })
        .collect()
}

pub(super) fn read(input: &Input, reading: &mut Reading) -> Result<(), Refused> {
    let table = Table::open(input, reading, &WANTED, 5)?;
    reading.check_unit(input, "GC, CL, GG", Unit::KWh)?;
    let [customer, category, date] = [0, 1, 2].map(|column| table.place(column));
    let quality = table.places[3];
    let halves = halves(&table.header).map_err(|refused| refused.in_file(input.name.clone()))?;
    let evidence = table
        .evidence(reading)
        .with_order(DateOrder::DayMonthYear, reading.options)
        .with_mark(Decimal::Point, reading.options);
    let fields = table.survey(input, reading, evidence, &mut |record, evidence| {
        evidence.date(record.row, record.get(date));
    })?;
    let columns = table.header.names().len();
    let last = halves.iter().copied().chain([customer, category, date]).max().unwrap_or_default();
    let mut known = KnownSeries::default();
    table.each(reading, &mut |record, sink| {
        check_count(record, columns, last)?;
        let key = [record.get(customer), b"\n", record.get(category)].concat();
        let series = known.get(&key, || {
            let column = match record.get(category) {
                b"GC" | b"CL" => Column::Consumption,
                b"GG" => Column::Generation,
                other => {
                    let text = String::from_utf8_lossy(other).into_owned();
                    return Err(Problem::BadField { text, expected: "GC, CL or GG".into() }.into());
                }
            };
            sink.series(Series {
                meter: name(record.get(customer))?,
                register: String::from_utf8_lossy(record.get(category)).into_owned(),
                target: Target::Column(column),
                kind: Kind::Energy,
                step: Step::Fixed(HALF_HOUR),
                // The columns are handed over by their start, which lies in the hour that a clock
                // leaves out where the whole half hour does.
                stamps: Stamps::Start,
                // There is no row of the controlled load on a day without such a load.
                habits: Habits { whole_clock: true, takes_turns: record.get(category) == b"CL" },
            })
        })?;
        let day = fields.stamp(record.get(date))?;
        let midnight = day.local.div_euclid(DAY) * DAY;
        let mark = match quality.map(|place| record.get(place)) {
            Some(b"NA") => Mark::Estimated,
            _ => Mark::Measured,
        };
        for (half, place) in halves.iter().enumerate() {
            let when = When::Local(midnight + half as i64 * i64::from(HALF_HOUR.get()));
            let value = fields.scaled(record.get(*place), 3);
            let value = value.map_err(|refused| refused.in_column(column_name(half)))?;
            sink.push(series, Sample { row: record.row, when, seconds: None, value, mark, device: 0 })?;
        }
        Ok(())
    })
}

/// The name of a half hour's column.
fn column_name(half: usize) -> String {
    format!("{}:{:02}", half.div_ceil(2) % 24, (half + 1) % 2 * 30)
}
