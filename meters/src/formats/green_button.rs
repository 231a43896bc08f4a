//! Green Button: usage data as an Atom feed, by the NAESB ESPI schema.
//!
//! Entries point to each other by links, in any order: a block of intervals to its meter reading,
//! this to its reading type and usage point. A first pass finds who is who, a second reads the
//! values.

mod feed;
mod links;

use super::reading::Reading;
use crate::options::Unit;
use crate::refused::shown;
use crate::source::{Column, Habits, Kind, Mark, Sample, Series, SeriesId, Stamps, Step, Target, When};
use crate::text::Input;
use crate::{Problem, Refused, Said};
use feed::{Content, Interval, ReadingType};
use links::Links;
use std::collections::BTreeMap;

/// The unit of measure of the schema that is Wh.
const WATT_HOURS: i64 = 72;
/// Values of the schema's accumulation behaviour that are no totals: none, and delta.
const DELTAS: [i64; 2] = [0, 4];
/// Qualities of the schema that are measured: valid, raw, validated, verified, revenue quality.
const MEASURED: [i64; 5] = [0, 14, 17, 18, 19];

/// What is known of the values of a meter reading.
#[derive(Clone, Copy)]
struct Known {
    series: SeriesId,
    power: i32,
    length: Option<i64>,
    quality: Option<i64>,
}

pub(super) fn read(input: &Input, reading: &mut Reading) -> Result<(), Refused> {
    let text = reading.open_quietly(input)?;
    let mut links = Links::default();
    let limits = reading.options.limits;
    let mut seen = false;
    feed::entries(text, reading, false, &mut |entry, _| {
        seen = true;
        links.add(entry, &limits)
    })?;
    if !seen {
        let why = "it has no Atom entry".into();
        return Err(input.refuse(Problem::NotThisFormat { format: "green-button", why }));
    }
    links.resolve();
    check_unit(input, reading)?;
    let several = links.usage_points() > 1;
    if several && reading.options.meter.is_some() {
        let why = format!("the feed has {} usage points, each of which is a meter", links.usage_points());
        return Err(input.refuse(Problem::OptionUnfit { option: "--meter", format: "green-button", why }));
    }
    let text = reading.open(input)?;
    let mut known: BTreeMap<usize, Option<Known>> = BTreeMap::new();
    let mut skipped = 0;
    feed::entries(text, reading, true, &mut |entry, reading| {
        let Content::Intervals(intervals) = &entry.content else { return Ok(()) };
        let Some(of) = links.meter_reading_of(&entry) else {
            let what = "a block of intervals is linked to no MeterReading".to_owned();
            return Err(Refused::new(Problem::Structure(what)).at_row(entry.row));
        };
        let of_reading = match known.get(&of) {
            Some(known) => *known,
            None => {
                let made = announce(input, &links, of, reading)?;
                known.insert(of, made);
                made
            }
        };
        match of_reading {
            Some(of_reading) => intervals.iter().try_for_each(|interval| push(interval, of_reading, reading)),
            None => {
                skipped += 1;
                Ok(())
            }
        }
    })?;
    if skipped > 0 {
        reading.say(input, Said::dropped("a block whose unit is not Wh").times(skipped));
    }
    Ok(())
}

/// The unit is Wh, times a power of ten that the feed names.
fn check_unit(input: &Input, reading: &Reading) -> Result<(), Refused> {
    reading.check_unit(input, "uom 72", Unit::Wh)
}

/// Announces the series of a meter reading. None: its values are no energy.
fn announce(input: &Input, links: &Links, of: usize, reading: &mut Reading) -> Result<Option<Known>, Refused> {
    let meter_reading = links.meter_reading(of);
    let Some((kind, row)) = links.reading_type_of(of) else {
        let what = format!("the MeterReading {} is linked to no ReadingType", shown(&meter_reading.name()));
        return Err(Refused::new(Problem::Structure(what)).at_row(meter_reading.row));
    };
    let refuse = |problem: Problem| Err(Refused::new(problem).at_row(row));
    match kind.unit {
        Some(WATT_HOURS) => {}
        Some(_) => return Ok(None),
        None => {
            return refuse(Problem::UnitNeeded("the ReadingType has no uom, and --unit cannot stand for it".into()))
        }
    }
    let column = match kind.direction {
        Some(1) => Column::Import,
        Some(19) => Column::Export,
        other => {
            let text =
                other.map_or_else(|| "no flowDirection".into(), |direction| format!("flowDirection {direction}"));
            return refuse(Problem::BadField { text, expected: "1 (import) or 19 (export)".into() });
        }
    };
    if let Some(behaviour) = kind.accumulation.filter(|behaviour| !DELTAS.contains(behaviour)) {
        let why = "only energy of intervals (accumulationBehaviour 4) is read, and no totals".into();
        return refuse(Problem::Unsupported { what: format!("accumulationBehaviour {behaviour}"), why });
    }
    let power = match kind.multiplier.unwrap_or(0) {
        power @ -12..=12 => power as i32,
        other => {
            let text = format!("powerOfTenMultiplier {other}");
            return refuse(Problem::BadField { text, expected: "-12 to 12".into() });
        }
    };
    let meter = match (&reading.options.meter, links.usage_point_name(of)) {
        (Some(meter), _) => meter.clone(),
        (None, Some(name)) => name,
        (None, None) => reading.meter(input)?,
    };
    let series = reading.sink.series(Series {
        meter,
        register: meter_reading.name(),
        target: Target::Column(column),
        kind: Kind::Energy,
        step: Step::Each,
        stamps: Stamps::Start,
        habits: Habits::default(),
    })?;
    let ReadingType { length, quality, .. } = *kind;
    Ok(Some(Known { series, power, length, quality }))
}

/// Hands over an interval.
fn push(interval: &Interval, known: Known, reading: &mut Reading) -> Result<(), Refused> {
    let broken = |what: &str| Refused::new(Problem::Structure(what.into())).at_row(interval.row);
    let start = interval.start.ok_or_else(|| broken("an IntervalReading has no start"))?;
    let seconds = interval
        .duration
        .or(known.length)
        .and_then(|seconds| u32::try_from(seconds).ok())
        .and_then(std::num::NonZeroU32::new)
        .ok_or_else(|| broken("an IntervalReading has no duration above zero"))?;
    let value = interval.value.map(|value| value.times_ten_to(known.power)).transpose();
    let value = value.map_err(|error| Refused::new(error.into()).at_row(interval.row))?;
    let measured = match interval.qualities.is_empty() {
        true => known.quality.is_none_or(|quality| MEASURED.contains(&quality)),
        false => interval.qualities.iter().all(|quality| MEASURED.contains(quality)),
    };
    let mark = if measured { Mark::Measured } else { Mark::Estimated };
    let when = When::Utc(start);
    reading.sink.push(known.series, Sample { row: interval.row, when, seconds: Some(seconds), value, mark, device: 0 })
}
