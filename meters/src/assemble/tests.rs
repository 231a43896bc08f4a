use super::*;
use crate::clock::{parse_utc, Clock};
use crate::options::{Gaps, Options, Unit};
use crate::source::{Habits, Mark, Sample, Series, Sink, Stamps, Step, When};
use crate::store::Store;
use crate::Exact;
use proptest::prelude::*;
use std::num::NonZeroU32;

mod columns;
mod gaps;
mod local_time;
mod order;
mod registers;
mod resampling;

/// A series for tests: import of meter `m`, energies in steps that are detected.
fn test_series() -> Series {
    Series {
        meter: "m".into(),
        register: "r".into(),
        target: IMPORT,
        kind: Kind::Energy,
        step: Step::Detect,
        stamps: Stamps::Start,
        habits: Habits::default(),
    }
}

/// A value of a test: time, value (None: the row has none), and whatever a test changes.
#[derive(Clone, Copy)]
struct Value {
    row: u64,
    when: When,
    value: Option<Exact>,
    mark: Mark,
    seconds: Option<NonZeroU32>,
    device: u32,
}

fn exact(text: &str) -> Exact {
    Exact::parse(text, '.').unwrap()
}

fn at(text: &str) -> i64 {
    parse_utc(format!("2025-{text}Z").as_bytes()).unwrap()
}

/// Values of one day, `06-10`, from a list such as `10:00 1.5, 10:15 -, 10:30 2e`: `-` is a row
/// without a value, `e` marks an estimate, `w` before the time a wall clock, `10:00/30` a length in
/// minutes, `10:00#2` a device.
fn values(list: &str) -> Vec<Value> {
    list.split(',')
        .map(str::trim)
        .filter(|item| !item.is_empty())
        .enumerate()
        .map(|(nth, item)| {
            let (time, value) = item.split_once(' ').unwrap();
            let (time, device) = time.split_once('#').map_or((time, 0), |(time, d)| (time, d.parse().unwrap()));
            let (time, length) = time.split_once('/').map_or((time, None), |(time, m)| (time, Some(m)));
            let (local, time) = time.strip_prefix('w').map_or((false, time), |time| (true, time));
            let (date, time) = time.split_once('T').unwrap_or(("06-10", time));
            let seconds = if time.len() == 5 { ":00" } else { "" };
            let time = at(&format!("{date}T{time}{seconds}"));
            let (value, mark) = value.strip_suffix('e').map_or((value, Mark::Measured), |v| (v, Mark::Estimated));
            Value {
                row: nth as u64 + 2,
                when: if local { When::Local(time) } else { When::Utc(time) },
                value: (value != "-").then(|| exact(value)),
                mark,
                seconds: length.and_then(|m| NonZeroU32::new(m.parse::<u32>().unwrap() * 60)),
                device,
            }
        })
        .collect()
}

/// A series of the test's meter.
fn series(register: &str, target: Target, kind: Kind, step: Step) -> Series {
    Series { register: register.into(), target, kind, step, ..test_series() }
}

fn fixed(minutes: u32) -> Step {
    Step::Fixed(NonZeroU32::new(minutes * 60).unwrap())
}

const IMPORT: Target = Target::Column(Column::Import);
const EXPORT: Target = Target::Column(Column::Export);
const GENERATION: Target = Target::Column(Column::Generation);
const KWH_REGISTER: Kind = Kind::Register { may_be_negative: false, unit: Unit::KWh };

/// What an import of some series of one meter gives.
struct Given {
    options: Options,
    zone: Option<&'static str>,
    series: Vec<(Series, Vec<Value>)>,
}

impl Given {
    fn new(series: Series, list: &str) -> Self {
        Self { options: Options::default(), zone: None, series: vec![(series, values(list))] }
    }

    /// Import in Wh, in steps that are detected.
    fn energy(list: &str) -> Self {
        Self::new(test_series(), list)
    }

    fn and(mut self, series: Series, list: &str) -> Self {
        self.series.push((series, values(list)));
        self
    }

    fn gaps(mut self, gaps: Gaps) -> Self {
        self.options.gaps = gaps;
        self
    }

    fn zone(mut self, zone: &'static str) -> Self {
        self.zone = Some(zone);
        self
    }

    fn assembled(&self) -> Result<Assembled, Refused> {
        let mut store = Store::new(&self.options.limits);
        store.file("file.csv");
        for (series, values) in &self.series {
            let id = store.series(series.clone())?;
            for value in values {
                store.push(
                    id,
                    Sample {
                        row: value.row,
                        when: value.when,
                        seconds: value.seconds,
                        value: value.value,
                        mark: value.mark,
                        device: value.device,
                    },
                )?;
            }
        }
        let stored = store.finish();
        let clock = self.zone.map(|zone| Clock::of_zone(zone).unwrap());
        let rules = Rules { options: &self.options, clock: clock.as_ref(), files: &stored.files };
        assemble(&stored, 0, rules)
    }

    /// The rows, short: `10:00 import,export,generation,consumption quality`.
    fn rows(&self) -> Vec<String> {
        let text = String::from_utf8(self.assembled().unwrap().text).unwrap();
        text.lines()
            .map(|line| {
                let fields: Vec<&str> = line.split(',').collect();
                format!("{} {} {}", &fields[1][11..16], fields[3..7].join(","), fields[7])
            })
            .collect()
    }

    /// The import column's rows, shorter: `10:00 5 measured`.
    fn imports(&self) -> Vec<String> {
        self.rows()
            .iter()
            .map(|row| {
                let (time, rest) = row.split_once(' ').unwrap();
                let (energies, quality) = rest.split_once(' ').unwrap();
                format!("{time} {} {quality}", energies.split(',').next().unwrap())
            })
            .collect()
    }

    fn refused(&self) -> Refused {
        match self.assembled() {
            Err(refused) => refused,
            Ok(assembled) => panic!("not refused: {}", String::from_utf8_lossy(&assembled.text)),
        }
    }

    /// The refusal's code and message, which names the file, a row, the meter and all of `words`.
    fn is_refused(&self, code: &str, row: u64, words: &[&str]) {
        let refused = self.refused();
        let message = refused.to_string();
        assert_eq!(refused.code(), code, "{message}");
        assert_eq!(refused.row, Some(row), "{message}");
        for word in ["file.csv", "\"m\""].iter().chain(words) {
            assert!(message.contains(word), "{word} is not in: {message}");
        }
    }
}
