//! Intervals, and where in the files they are.

use crate::clock::{Clock, Utc};
use crate::exact::NotExact;
use crate::options::Options;
use crate::ratio::Ratio;
use crate::refused::shown;
use crate::source::Series;
use crate::store::{FileOf, Packed};
use crate::{Problem, Refused};

/// The energy of a stretch of time.
#[derive(Clone, Copy, Debug)]
pub(super) struct Interval {
    /// Its first second, UTC.
    pub(super) start: i64,
    /// Its length in seconds.
    pub(super) seconds: u32,
    /// The file that it is from, or the file of a neighbour if it is filled.
    pub(super) file: u32,
    /// The row that it is from, or the row of a neighbour.
    pub(super) row: u64,
    /// Its energy in Wh. None: the row has no value.
    pub(super) value: Option<Ratio>,
    /// Whether it is estimated, by the source or by a rule.
    pub(super) estimated: bool,
    /// Whether it is the known energy of missing readings, spread over all of its quarters.
    pub(super) spread: bool,
    /// Whether it is shorter than the step of its register: the time before or after a meter was
    /// changed. It lies in one quarter hour.
    pub(super) piece: bool,
}

impl Interval {
    /// The first second after it.
    pub(super) fn end(&self) -> i64 {
        self.start + i64::from(self.seconds)
    }
}

/// A sample with its time in UTC.
#[derive(Clone, Copy, Debug)]
pub(super) struct Timed {
    pub(super) at: i64,
    pub(super) packed: Packed,
}

/// What every rule needs: the options, the zone, the files.
#[derive(Clone, Copy)]
pub(crate) struct Rules<'a> {
    pub(crate) options: &'a Options,
    /// The zone of stamps without offset, if one is known.
    pub(crate) clock: Option<&'a Clock>,
    pub(crate) files: &'a [FileOf],
}

/// The series that a rule looks at, for messages.
#[derive(Clone, Copy)]
pub(super) struct Place<'a> {
    pub(super) rules: Rules<'a>,
    pub(super) series: &'a Series,
    /// Whether its stamps are local time.
    pub(super) local: bool,
}

impl Place<'_> {
    /// A refusal at a row of a file.
    pub(super) fn refuse(&self, problem: Problem, file: u32, row: u64) -> Refused {
        let mut refused = Refused::new(problem).at_row(row).of_meter(&self.series.meter);
        if let Some(file) = self.rules.files.get(file as usize) {
            refused = refused.in_file(&file.name);
        }
        if self.series.register != self.series.meter {
            refused = refused.in_column(&self.series.register);
        }
        refused
    }

    /// A refusal at an interval.
    pub(super) fn refuse_at(&self, problem: Problem, at: &Interval) -> Refused {
        self.refuse(problem, at.file, at.row)
    }

    /// A refusal of a number that exact arithmetic cannot keep.
    pub(super) fn too_long(&self, at: &Interval) -> impl Fn(NotExact) -> Refused + '_ {
        let (file, row) = (at.file, at.row);
        move |error| self.refuse(Problem::TooManyDigits(error), file, row)
    }

    /// A time for messages: with the local time where the file has local times.
    pub(super) fn time(&self, utc: i64) -> String {
        match self.rules.clock {
            Some(clock) if self.local => clock.shown(utc),
            _ => Utc(utc).to_string(),
        }
    }

    /// Two rows for messages, with their files if these differ.
    pub(super) fn rows(&self, first: (u32, u64), second: (u32, u64)) -> String {
        let name = |file: u32| self.rules.files.get(file as usize).map_or_else(String::new, |file| shown(&file.name));
        if first.0 == second.0 {
            return format!("row {} and row {}", first.1, second.1);
        }
        format!("row {} of {} and row {} of {}", first.1, name(first.0), second.1, name(second.0))
    }
}

/// Seconds as minutes for messages: `15`, `0.5`.
pub(super) fn minutes(seconds: i64) -> String {
    Ratio::new(i128::from(seconds), 60).text()
}
