//! Home Assistant: exported long-term statistics.

use super::reading::{option, Reading};
use super::table::{check_count, text, Table};
use crate::options::Unit;
use crate::refused::shown;
use crate::source::{Column, Habits, Kind, Mark, Sample, Series, SeriesId, Stamps, Step, Target};
use crate::text::header::Wanted;
use crate::text::Input;
use crate::{Problem, Refused, Said};
use std::collections::BTreeSet;
use std::num::NonZeroU32;

const WANTED: [Wanted; 4] = [
    Wanted { names: &["statistic id"], shown: "statistic_id", required: true },
    Wanted { names: &["unit"], shown: "unit", required: true },
    Wanted { names: &["start"], shown: "start", required: true },
    Wanted { names: &["sum"], shown: "sum", required: true },
];

/// The columns by which the format is known.
pub(super) const COLUMNS: &[Wanted] = &WANTED;

const HOUR: NonZeroU32 = NonZeroU32::new(3600).unwrap();
/// The most identifiers that a message lists.
const LISTED: usize = 12;

/// A statistic that was asked for.
struct Asked {
    id: String,
    column: Column,
    series: Option<SeriesId>,
}

pub(super) fn read(input: &Input, reading: &mut Reading) -> Result<(), Refused> {
    let mut asked: Vec<Asked> = reading
        .options
        .named
        .all()
        .map(|(column, id)| Asked { id: id.trim().to_owned(), column, series: None })
        .collect();
    if asked.is_empty() {
        let why = "it names the statistic that counts what comes from the grid; --export and --generation name others";
        return Err(input.refuse(Problem::OptionNeeded { option: "--import", why: why.into() }));
    }
    let table = Table::open(input, reading, &WANTED, 1)?;
    let [id, unit, start, sum] = [0, 1, 2, 3].map(|column| table.place(column));
    let is_asked = |asked: &[Asked], found: &[u8]| asked.iter().any(|asked| asked.id.as_bytes() == found);
    let evidence = table.evidence(reading);
    let fields = table.survey(input, reading, evidence, &mut |record, evidence| {
        if is_asked(&asked, record.get(id)) {
            evidence.date(record.row, record.get(start));
            evidence.number(record.row, record.get(sum));
        }
    })?;
    let meter = reading.meter(input)?;
    let (columns, last) = (table.header.names().len(), id.max(unit).max(start).max(sum));
    let mut others: BTreeSet<String> = BTreeSet::new();
    table.each(reading, &mut |record, sink| {
        let found = record.get(id);
        if !is_asked(&asked, found) {
            if others.len() < LISTED {
                others.insert(String::from_utf8_lossy(found).into_owned());
            }
            return Ok(());
        }
        check_count(record, columns, last)?;
        let unit = energy(text(record.get(unit))?)?;
        let when = fields.stamp(record.get(start))?.when();
        let value = fields.scaled(record.get(sum), unit.power_of_ten())?;
        for asked in asked.iter_mut().filter(|asked| asked.id.as_bytes() == found) {
            let series = match asked.series {
                Some(series) => series,
                None => sink.series(Series {
                    meter: meter.clone(),
                    register: asked.id.clone(),
                    target: Target::Column(asked.column),
                    kind: Kind::Register { may_be_negative: true, unit },
                    step: Step::Fixed(HOUR),
                    // The hour that is stamped ends with this total.
                    stamps: Stamps::Start,
                    habits: Habits::default(),
                })?,
            };
            asked.series = Some(series);
            sink.push(series, Sample { row: record.row, when, seconds: None, value, mark: Mark::Measured, device: 0 })?;
        }
        Ok(())
    })?;
    if let Some(lost) = asked.iter().find(|asked| asked.series.is_none()) {
        let listed: Vec<String> = others.iter().map(|other| shown(other)).collect();
        let why = format!("there is no statistic {} (the file has {})", shown(&lost.id), listed.join(", "));
        let problem = Problem::OptionUnfit { option: option(lost.column), format: "home-assistant", why };
        return Err(input.refuse(problem));
    }
    if !others.is_empty() {
        reading.say(input, Said::detected("statistics that were not asked for are not read"));
    }
    Ok(())
}

/// The unit of a row, which has to be one of energy.
fn energy(shown: &str) -> Result<Unit, Refused> {
    match shown.parse::<Unit>() {
        Ok(unit) if unit.kind() == Kind::Energy => Ok(unit),
        _ => Err(Problem::BadField { text: shown.into(), expected: "Wh, kWh or MWh".into() }.into()),
    }
}
