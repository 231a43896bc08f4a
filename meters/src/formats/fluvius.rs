//! Fluvius, the Flemish operator: quarter hours, in Dutch or English.

use super::reading::{KnownSeries, Reading};
use super::table::{check_count, minutes, name, text, Fields, Table};
use crate::options::{DateOrder, Unit};
use crate::source::{Column, Habits, Kind, Mark, Sample, Series, Stamps, Step, Target};
use crate::text::fold::fold;
use crate::text::header::Wanted;
use crate::text::stamp::DAY;
use crate::text::{Input, Record, Stamp};
use crate::{Problem, Refused, Said};
use std::num::NonZeroU32;

const WANTED: [Wanted; 9] = [
    Wanted { names: &["van datum", "from date"], shown: "Van (datum)", required: true },
    Wanted { names: &["van tijdstip", "from time"], shown: "Van (tijdstip)", required: true },
    Wanted { names: &["ean code", "ean"], shown: "EAN-code", required: true },
    Wanted { names: &["register"], shown: "Register", required: true },
    Wanted { names: &["volume"], shown: "Volume", required: true },
    Wanted { names: &["eenheid", "unit"], shown: "Eenheid", required: true },
    Wanted { names: &["validatiestatus", "validation status"], shown: "Validatiestatus", required: true },
    Wanted { names: &["tot datum", "until date", "to date"], shown: "Tot (datum)", required: false },
    Wanted { names: &["tot tijdstip", "until time", "to time"], shown: "Tot (tijdstip)", required: false },
];

/// The columns by which the format is known.
pub(super) const COLUMNS: &[Wanted] = &WANTED;

const QUARTER: NonZeroU32 = NonZeroU32::new(900).unwrap();

/// The direction of a register.
fn direction(register: &str) -> Option<Column> {
    match fold(register).split(' ').next() {
        Some("afname" | "offtake") => Some(Column::Import),
        Some("injectie" | "injection") => Some(Column::Export),
        _ => None,
    }
}

/// What a status says of a value.
fn mark(status: &str) -> Option<Mark> {
    match fold(status).as_str() {
        "gevalideerd" | "uitgelezen" | "read" | "validated" => Some(Mark::Measured),
        "geen verbruik" | "no consumption" => None,
        _ => Some(Mark::Estimated),
    }
}

/// Refuses what is no quarter hour: the operator offers days and hours as well. On a Sunday the
/// clock may change within the interval.
fn check_length(from: Stamp, until: Stamp, shown: &[u8]) -> Result<(), Refused> {
    let quarter = i64::from(QUARTER.get());
    let seconds = until.seconds() - from.seconds();
    // 1970-01-01 was a Thursday.
    let sunday = (from.local.div_euclid(DAY) + 4).rem_euclid(7) == 0;
    if seconds == quarter || (sunday && (seconds - quarter).abs() == 3600) {
        return Ok(());
    }
    Err(Problem::WrongStep {
        found: minutes(seconds),
        start: String::from_utf8_lossy(shown).into_owned(),
        declared: minutes(quarter),
        by: "fluvius has quarter hours".into(),
    }
    .into())
}

/// An identifier that a spreadsheet is kept from taking for a number: `="5414"`.
fn unwrapped(field: &[u8]) -> &[u8] {
    match field {
        [b'=', b'"', inner @ .., b'"'] => inner,
        other => other,
    }
}

/// The places of the columns.
struct Places {
    from: (usize, usize),
    until: Option<(usize, usize)>,
    ean: usize,
    register: usize,
    volume: usize,
    unit: usize,
    status: usize,
}

pub(super) fn read(input: &Input, reading: &mut Reading) -> Result<(), Refused> {
    let table = Table::open(input, reading, &WANTED, 1)?;
    reading.check_unit(input, "Eenheid", Unit::KWh)?;
    let at = |column| table.place(column);
    let until = table.places[7].zip(table.places[8]);
    let (from, until) = ((at(0), at(1)), until);
    let places = Places { from, until, ean: at(2), register: at(3), volume: at(4), unit: at(5), status: at(6) };
    let evidence = table.evidence(reading).with_order(DateOrder::DayMonthYear, reading.options);
    let fields = table.survey(input, reading, evidence, &mut |record, evidence| {
        evidence.date(record.row, record.get(places.from.0));
        evidence.number(record.row, record.get(places.volume));
    })?;
    let columns = table.header.names().len();
    let last = (0..7).map(at).max().unwrap_or_default();
    let mut known = KnownSeries::default();
    let mut others = 0;
    table.each(reading, &mut |record, sink| {
        let register = text(record.get(places.register))?;
        let Some(column) = direction(register) else {
            others += 1;
            return Ok(());
        };
        check_count(record, columns, last)?;
        let key = [record.get(places.ean), b"\n", record.get(places.register)].concat();
        let series = known.get(&key, || {
            sink.series(Series {
                meter: name(unwrapped(record.get(places.ean)))?,
                register: name(record.get(places.register))?,
                target: Target::Column(column),
                kind: Kind::Energy,
                step: Step::Fixed(QUARTER),
                stamps: Stamps::Start,
                habits: Habits { takes_turns: true, ..Habits::default() },
            })
        })?;
        sink.push(series, sample(record, &places, fields)?)
    })?;
    if others > 0 {
        let said = Said::dropped("a row of a register that is neither Afname, Offtake nor Injectie, Injection");
        reading.say(input, said.times(others));
    }
    Ok(())
}

fn sample(record: &Record, places: &Places, fields: Fields) -> Result<Sample, Refused> {
    let (date, time) = (record.get(places.from.0), record.get(places.from.1));
    let from = fields.stamp_of_two(date, time)?;
    if let Some((date_of_end, time_of_end)) = places.until {
        let until = fields.stamp_of_two(record.get(date_of_end), record.get(time_of_end))?;
        check_length(from, until, &[date, b" ", time].concat())?;
    }
    let unit = text(record.get(places.unit))?;
    let unit: Unit = match unit.parse::<Unit>() {
        Ok(unit) if unit.kind() == Kind::Energy => unit,
        _ => return Err(Problem::BadField { text: unit.into(), expected: "kWh".into() }.into()),
    };
    let mark = mark(text(record.get(places.status))?);
    let value = match mark {
        Some(_) => fields.scaled(record.get(places.volume), unit.power_of_ten())?,
        None => None,
    };
    let mark = mark.unwrap_or(Mark::Measured);
    Ok(Sample { row: record.row, when: from.when(), seconds: None, value, mark, device: 0 })
}
