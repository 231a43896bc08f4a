//! Wall clocks: from local time to UTC and back, with every clock change of a zone.

mod stamp;

pub use stamp::{parse_utc, Utc};
pub(crate) use stamp::{push_utc, write_local};

use crate::{Problem, Refused};
use jiff::{tz::TimeZone, Timestamp};

/// Times outside of 1900 to 2200 are refused: no meter data are from there.
const FIRST: i64 = -2_208_988_800;
const LAST: i64 = 7_258_118_400;

/// Refuses a time outside of the years that clocks are computed for.
pub(crate) fn within_reach(utc: i64) -> Result<(), Refused> {
    if (FIRST + 86_400..LAST - 86_400).contains(&utc) {
        return Ok(());
    }
    Err(Problem::TimeOutOfRange.into())
}

/// A stretch of time in which the clock has one offset from UTC.
#[derive(Clone, Copy, Debug)]
struct Stretch {
    /// First second, UTC.
    from: i64,
    /// First second after it, UTC.
    to: i64,
    /// Local time less UTC, in seconds.
    offset: i64,
}

impl Stretch {
    fn has_local(&self, local: i64) -> bool {
        self.from + self.offset <= local && local < self.to + self.offset
    }
}

/// What a local time means.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Meaning {
    /// One time, in seconds since 1970 UTC.
    One(i64),
    /// Two: the clock shows it twice, first in summer time.
    Two(i64, i64),
    /// None: clocks go forward over it.
    None,
}

/// A time zone: its clock changes from 1900 to 2200, computed once.
#[derive(Clone, Debug)]
pub struct Clock {
    name: String,
    stretches: Vec<Stretch>,
}

impl Clock {
    /// The zone of this name in the time zone database that the program carries.
    pub fn of_zone(name: &str) -> Result<Self, Refused> {
        let no_such_zone = || Problem::NoSuchZone(name.to_owned());
        let zone = match name {
            "UTC" | "utc" | "Z" => TimeZone::UTC,
            _ => fixed_offset(name).map_or_else(|| TimeZone::get(name), Ok).map_err(|_| no_such_zone())?,
        };
        let first = Timestamp::from_second(FIRST).map_err(|_| no_such_zone())?;
        let mut stretches = Vec::new();
        let mut from = FIRST;
        let mut offset = i64::from(zone.to_offset(first).seconds());
        for change in zone.following(first) {
            let at = change.timestamp().as_second();
            if at >= LAST {
                break;
            }
            let next = i64::from(change.offset().seconds());
            if next != offset {
                stretches.push(Stretch { from, to: at, offset });
                (from, offset) = (at, next);
            }
        }
        stretches.push(Stretch { from, to: LAST, offset });
        Ok(Self { name: name.to_owned(), stretches })
    }

    /// The zone's name.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// What a local time means, in seconds since 1970-01-01T00:00:00 on this clock. `near` is kept
    /// by the caller between calls, starts at 0, and makes the next call fast.
    pub fn meaning(&self, local: i64, near: &mut usize) -> Result<Meaning, Refused> {
        within_reach(local)?;
        let mut at = (*near).min(self.stretches.len() - 1);
        if !self.stretches[at].has_local(local) {
            // The last stretch whose local start is not after the time. Local starts rise.
            at = self.stretches.partition_point(|stretch| stretch.from + stretch.offset <= local);
            at = at.saturating_sub(1);
        }
        *near = at;
        // A time shown twice lies in two neighbouring stretches.
        let mut found = [None; 2];
        let mut count = 0;
        for stretch in &self.stretches[at.saturating_sub(1)..(at + 2).min(self.stretches.len())] {
            if stretch.has_local(local) && count < 2 {
                found[count] = Some(local - stretch.offset);
                count += 1;
            }
        }
        Ok(match found {
            [Some(first), Some(second)] => Meaning::Two(first, second),
            [Some(only), None] => Meaning::One(only),
            _ => Meaning::None,
        })
    }

    /// Local time less UTC at a time, in seconds.
    pub fn offset_at(&self, utc: i64) -> i64 {
        let at = self.stretches.partition_point(|stretch| stretch.from <= utc);
        self.stretches[at.saturating_sub(1)].offset
    }

    /// Whether the clock shows some time of `[from, to)` twice.
    pub fn goes_back_within(&self, from: i64, to: i64) -> bool {
        self.stretches.windows(2).any(|pair| {
            let back = pair[0].offset - pair[1].offset;
            back > 0 && from < pair[1].from + back && pair[1].from - back < to
        })
    }

    /// The time for a message: `2025-06-10T07:15:00Z (2025-06-10 09:15 in Europe/Berlin)`.
    pub fn shown(&self, utc: i64) -> String {
        let mut text = Utc(utc).to_string();
        let offset = self.offset_at(utc);
        if self.name != "UTC" {
            text.push_str(&format!(" ({} in {})", write_local(utc + offset), self.name));
        }
        text
    }
}

/// `+10:00`, `UTC+10`: a zone without clock changes.
fn fixed_offset(name: &str) -> Option<TimeZone> {
    let text = name.strip_prefix("UTC").unwrap_or(name);
    let (sign, digits) = match text.split_at_checked(1)? {
        ("+", digits) => (1, digits),
        ("-", digits) => (-1, digits),
        _ => return None,
    };
    let (hours, minutes) = digits.split_once(':').unwrap_or((digits, "0"));
    let hours: i32 = hours.parse().ok().filter(|hours| (0..=14).contains(hours))?;
    let minutes: i32 = minutes.parse().ok().filter(|minutes| (0..60).contains(minutes))?;
    let offset = jiff::tz::Offset::from_seconds(sign * (hours * 3600 + minutes * 60)).ok()?;
    Some(TimeZone::fixed(offset))
}

#[cfg(test)]
mod tests;
