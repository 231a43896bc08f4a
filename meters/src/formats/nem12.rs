//! The Australian market's interval file, by AEMO's Meter Data File Format Specification.

use super::reading::Reading;
use super::table::{name, text};
use crate::options::{Decimal, Unit};
use crate::source::{Column, Habits, Kind, Mark, Sample, Series, SeriesId, Sink, Stamps, Step, Target, When};
use crate::text::number;
use crate::text::stamp;
use crate::text::{Input, Record, Records};
use crate::{Exact, Problem, Refused, Said};
use std::num::NonZeroU32;

/// Seconds by which the market's clock is ahead of UTC, all year.
const AHEAD: i64 = 36_000;
/// Minutes of a day.
const DAY_MINUTES: u32 = 1440;

/// A stream that a 200 record announces. None: it is neither import nor export.
type Stream = Option<Announced>;

/// A stream that is read.
#[derive(Clone, Copy)]
struct Announced {
    series: SeriesId,
    power: i32,
    step: NonZeroU32,
}

impl Announced {
    fn intervals(self) -> usize {
        (DAY_MINUTES * 60 / self.step.get()) as usize
    }
}

/// A day whose 400 records may follow.
struct Day {
    row: u64,
    stream: Announced,
    midnight: i64,
    values: Vec<Option<Exact>>,
    /// What the 300 record says of all intervals. None: its 400 records say it.
    quality: Option<Quality>,
    /// What 400 records say.
    qualities: Vec<Option<Quality>>,
}

/// What a quality flag says.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Quality {
    Known(Mark),
    NoValue,
}

/// The quality that a flag such as `A`, `F14` or `V` begins with. None within: see 400 records.
fn quality(flag: &[u8]) -> Option<Option<Quality>> {
    match flag.first()?.to_ascii_uppercase() {
        b'A' => Some(Some(Quality::Known(Mark::Measured))),
        b'E' | b'F' | b'S' => Some(Some(Quality::Known(Mark::Estimated))),
        b'N' => Some(Some(Quality::NoValue)),
        b'V' => Some(None),
        _ => None,
    }
}

fn broken(what: impl Into<String>) -> Refused {
    Problem::Structure(what.into()).into()
}

/// What was read so far.
#[derive(Default)]
struct State {
    begun: bool,
    ended: bool,
    stream: Option<Stream>,
    day: Option<Day>,
    others: u64,
}

pub(super) fn read(input: &Input, reading: &mut Reading) -> Result<(), Refused> {
    let text = reading.open(input)?;
    let mut state = State::default();
    let unit = reading.options.unit;
    let records = Records::new(text, b',', &reading.options.limits);
    reading.each(records, 0, &mut |record, sink| state.take(record, sink, unit))?;
    if !state.begun {
        let why = "it does not begin with a record 100,NEM12".into();
        return Err(input.refuse(Problem::NotThisFormat { format: "nem12", why }));
    }
    if !state.ended {
        return Err(input.refuse(Problem::Structure("there is no record 900 at the end: the file is cut off".into())));
    }
    if state.others > 0 {
        let said = Said::dropped("a stream that is neither import (E) nor export (B)").times(state.others);
        reading.say(input, said);
    }
    Ok(())
}

impl State {
    fn take(&mut self, record: &Record, sink: &mut dyn Sink, unit: Option<Unit>) -> Result<(), Refused> {
        let kind = record.get(0);
        if !self.begun && kind != b"100" {
            let why = "it does not begin with a record 100,NEM12".into();
            return Err(Problem::NotThisFormat { format: "nem12", why }.into());
        }
        if self.ended && kind != b"100" {
            return Err(broken("a record follows the record 900, which ends the file"));
        }
        if kind != b"400" {
            self.close(sink)?;
        }
        match kind {
            b"100" if self.begun && !self.ended => Err(broken("a record 100 before the record 900 of the data before")),
            b"100" => self.begin(record),
            b"200" => self.announce(record, sink, unit),
            b"300" => self.day(record),
            b"400" => self.quality_of_some(record),
            b"500" => Ok(()),
            b"900" => {
                self.ended = true;
                Ok(())
            }
            other => Err(broken(format!(
                "a record of the kind {:?}; NEM12 has 100, 200, 300, 400, 500 and 900",
                String::from_utf8_lossy(&other[..other.len().min(20)])
            ))),
        }
    }

    fn begin(&mut self, record: &Record) -> Result<(), Refused> {
        if !record.get(1).eq_ignore_ascii_case(b"NEM12") {
            let text = String::from_utf8_lossy(record.get(1)).into_owned();
            return Err(Problem::NotThisFormat { format: "nem12", why: format!("its record 100 says {text:?}") }.into());
        }
        (self.begun, self.ended, self.stream) = (true, false, None);
        Ok(())
    }

    fn announce(&mut self, record: &Record, sink: &mut dyn Sink, option: Option<Unit>) -> Result<(), Refused> {
        let suffix = text(record.get(4))?;
        let column = match suffix.bytes().next().map(|letter| letter.to_ascii_uppercase()) {
            Some(b'E') => Column::Import,
            Some(b'B') => Column::Export,
            Some(_) => {
                self.stream = Some(None);
                self.others += 1;
                return Ok(());
            }
            None => return Err(broken("the record 200 names no stream (field 5, NMISuffix)")),
        };
        let shown = text(record.get(7))?;
        let unit: Unit = match shown.parse::<Unit>() {
            Ok(unit) if unit.kind() == Kind::Energy => unit,
            _ => return Err(Problem::BadField { text: shown.into(), expected: "Wh, kWh or MWh".into() }.into()),
        };
        if let Some(option) = option.filter(|option| *option != unit) {
            let text = "UOM".into();
            return Err(Problem::UnitConflict { text, header: unit.name(), option: option.name() }.into());
        }
        let minutes = text(record.get(8))?;
        let step = match minutes.parse::<u32>() {
            Ok(minutes @ (5 | 15 | 30)) => NonZeroU32::new(minutes * 60),
            _ => None,
        };
        let Some(step) = step else {
            let expected = "an interval of 5, 15 or 30 minutes".into();
            return Err(Problem::BadField { text: minutes.into(), expected }.into());
        };
        let series = sink.series(Series {
            meter: name(record.get(1))?,
            register: name(suffix.as_bytes())?,
            target: Target::Column(column),
            kind: Kind::Energy,
            // The market changed from 30 to 5 minutes, and a file may reach over the change.
            step: Step::Each,
            stamps: Stamps::Start,
            habits: Habits::default(),
        })?;
        self.stream = Some(Some(Announced { series, power: unit.power_of_ten(), step }));
        Ok(())
    }

    fn day(&mut self, record: &Record) -> Result<(), Refused> {
        let stream = match self.stream {
            Some(Some(stream)) => stream,
            Some(None) => return Ok(()),
            None => return Err(broken("a record 300 before any record 200")),
        };
        let expected = stream.intervals();
        // The values end where a flag begins, which is a letter.
        let flags = (2..record.len()).find(|place| record.get(*place).first().is_some_and(u8::is_ascii_alphabetic));
        let found = flags.unwrap_or(record.len()).saturating_sub(2);
        if flags.is_none() || found != expected {
            let minutes = stream.step.get() / 60;
            let no_flag = if flags.is_none() { " and no quality flag" } else { "" };
            return Err(broken(format!(
                "the record 300 has {found} values{no_flag}; a day of {minutes} minutes has {expected} values and then a flag"
            )));
        }
        let flag = record.get(2 + expected);
        let Some(quality) = quality(flag) else {
            let text = String::from_utf8_lossy(flag).into_owned();
            return Err(Problem::BadField { text, expected: "a quality flag A, E, F, N, S or V".into() }.into());
        };
        let date = record.get(1);
        let midnight = match stamp::parse(date, None) {
            Ok(day) if date.len() == 8 && !day.timed => day.local,
            _ => {
                let text = String::from_utf8_lossy(date).into_owned();
                return Err(Problem::BadTime { text, expected: "a date such as 20250131".into() }.into());
            }
        };
        let values = (2..2 + expected)
            .map(|place| match number::parse_or_none(record.get(place), Decimal::Point)? {
                Some(value) => value.times_ten_to(stream.power).map(Some).map_err(Problem::from),
                None => Ok(None),
            })
            .collect::<Result<_, Problem>>()?;
        let qualities = vec![None; expected];
        self.day = Some(Day { row: record.row, stream, midnight, values, quality, qualities });
        Ok(())
    }

    fn quality_of_some(&mut self, record: &Record) -> Result<(), Refused> {
        let Some(day) = &mut self.day else {
            return match self.stream {
                Some(None) => Ok(()),
                _ => Err(broken("a record 400 without a record 300 before it")),
            };
        };
        let intervals = day.values.len();
        let bound = |place: usize| -> Option<usize> {
            text(record.get(place)).ok()?.parse().ok().filter(|interval| (1..=intervals).contains(interval))
        };
        let (Some(first), Some(last)) = (bound(1), bound(2)) else {
            return Err(broken(format!("a record 400 names intervals that are not from 1 to {intervals}")));
        };
        let flag = record.get(3);
        let Some(Some(quality)) = quality(flag) else {
            let text = String::from_utf8_lossy(flag).into_owned();
            return Err(Problem::BadField { text, expected: "a quality flag A, E, F, N or S".into() }.into());
        };
        if first > last {
            return Err(broken(format!("a record 400 names the intervals {first} to {last}, which are none")));
        }
        for place in &mut day.qualities[first - 1..last] {
            if place.replace(quality).is_some() {
                return Err(broken("two records 400 name the same interval"));
            }
        }
        Ok(())
    }

    /// Hands over the day that was kept.
    fn close(&mut self, sink: &mut dyn Sink) -> Result<(), Refused> {
        let Some(day) = self.day.take() else { return Ok(()) };
        let seconds = day.stream.step;
        for (place, (value, own)) in day.values.iter().zip(&day.qualities).enumerate() {
            let Some(quality) = own.or(day.quality) else {
                let what = format!("its quality is V, and no record 400 after it names interval {}", place + 1);
                return Err(broken(what).at_row(day.row));
            };
            let (value, mark) = match quality {
                Quality::Known(mark) => (*value, mark),
                Quality::NoValue => (None, Mark::Measured),
            };
            let when = When::Utc(day.midnight - AHEAD + place as i64 * i64::from(seconds.get()));
            sink.push(
                day.stream.series,
                Sample { row: day.row, when, seconds: Some(seconds), value, mark, device: 0 },
            )?;
        }
        Ok(())
    }
}
