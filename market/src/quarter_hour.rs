//! Quarter hours of time, by which meters read and markets trade.

use crate::utc::Utc;
use std::fmt;

/// Seconds of a quarter hour.
pub const SECONDS: i64 = 900;

/// A quarter hour, by the number of quarter hours from 1970-01-01T00:00:00Z to its start. It is
/// written as its start in RFC 3339, UTC: `2025-10-26T00:15:00Z`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct QuarterHour(u32);

/// Why a text names no quarter hour.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Fault {
    /// The text is no time with an offset.
    #[error("is no time with an offset, like 2025-10-26T00:15:00Z or 2025-10-26T02:15:00+02:00")]
    NoTime,
    /// The time is not a multiple of 15 minutes.
    #[error("does not begin a quarter hour")]
    Between,
    /// The time is before 1970 or too far ahead.
    #[error("is before 1970 or after the year 9999")]
    OutOfBounds,
}

impl QuarterHour {
    /// The quarter hour of that number.
    pub const fn new(number: u32) -> QuarterHour {
        QuarterHour(number)
    }

    /// The number of quarter hours from 1970-01-01T00:00:00Z on.
    pub const fn number(self) -> u32 {
        self.0
    }

    /// The quarter hour that starts so many seconds after 1970-01-01T00:00:00Z.
    pub fn starting_at(seconds: i64) -> Result<QuarterHour, Fault> {
        if seconds % SECONDS != 0 {
            return Err(Fault::Between);
        }
        let number = u32::try_from(seconds / SECONDS).map_err(|_| Fault::OutOfBounds)?;
        Utc::from_seconds(seconds).map(|_| QuarterHour(number)).ok_or(Fault::OutOfBounds)
    }

    /// Seconds from 1970-01-01T00:00:00Z to the start.
    pub const fn seconds(self) -> i64 {
        self.0 as i64 * SECONDS
    }

    /// The quarter hour that is `count` later. None beyond the last that has a number.
    pub const fn plus(self, count: u32) -> Option<QuarterHour> {
        match self.0.checked_add(count) {
            Some(number) => Some(QuarterHour(number)),
            None => None,
        }
    }

    /// How many quarter hours this one is after `other`; below zero when it is before it.
    pub const fn since(self, other: QuarterHour) -> i64 {
        self.0 as i64 - other.0 as i64
    }

    /// Reads a time with an offset.
    pub fn parse(text: &str) -> Result<QuarterHour, Fault> {
        let (local, offset) = split_offset(text).ok_or(Fault::NoTime)?;
        let seconds = local_seconds(local).ok_or(Fault::NoTime)?;
        QuarterHour::starting_at(seconds - offset)
    }
}

impl fmt::Display for QuarterHour {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match Utc::from_seconds(self.seconds()) {
            Some(start) => write!(f, "{start}"),
            // The last numbers are far beyond the year 9999.
            None => write!(f, "quarter hour {}", self.0),
        }
    }
}

/// Splits a time into its local part and its offset in seconds.
fn split_offset(text: &str) -> Option<(&str, i64)> {
    if let Some(local) = text.strip_suffix(['Z', 'z']) {
        return Some((local, 0));
    }
    let at = text.len().checked_sub(6).filter(|at| text.is_char_boundary(*at))?;
    let (local, offset) = text.split_at(at);
    let sign = match offset.as_bytes()[0] {
        b'+' => 1,
        b'-' => -1,
        _ => return None,
    };
    let (hours, minutes) = offset[1..].split_once(':')?;
    let (hours, minutes) = (digits(hours, 2)?, digits(minutes, 2)?);
    (hours < 24 && minutes < 60).then_some((local, sign * (hours * 3600 + minutes * 60)))
}

/// Seconds of a local time, `YYYY-MM-DD`, `T` or a blank, `HH:MM` or `HH:MM:SS`, as if it were UTC.
pub(crate) fn local_seconds(text: &str) -> Option<i64> {
    let (date, time) = text.split_once(['T', 't', ' '])?;
    let (time, rest) = time.split_once('.').unwrap_or((time, ""));
    if rest.bytes().any(|byte| byte != b'0') {
        return None;
    }
    let seconds = if time.len() == "12:00".len() { ":00" } else { "" };
    format!("{date}T{time}{seconds}Z").parse::<Utc>().ok().map(Utc::seconds)
}

fn digits(text: &str, count: usize) -> Option<i64> {
    (text.len() == count && text.bytes().all(|byte| byte.is_ascii_digit())).then(|| text.parse().ok()).flatten()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_time_is_read_and_written() {
        for (text, written) in [
            ("1970-01-01T00:00:00Z", "1970-01-01T00:00:00Z"),
            ("2025-10-26T02:15:00+02:00", "2025-10-26T00:15:00Z"),
            ("2025-10-26T02:15+01:00", "2025-10-26T01:15:00Z"),
            ("2024-02-29 23:45:00.000-00:30", "2024-03-01T00:15:00Z"),
            ("2000-12-31T23:45:00z", "2000-12-31T23:45:00Z"),
        ] {
            assert_eq!(QuarterHour::parse(text).map(|slot| slot.to_string()), Ok(written.into()), "{text}");
        }
        let first = QuarterHour::parse("2025-10-26T00:00:00Z").unwrap();
        assert_eq!(first.plus(4).unwrap().to_string(), "2025-10-26T01:00:00Z");
        assert_eq!(first.since(first.plus(4).unwrap()), -4);
        assert_eq!(QuarterHour::new(u32::MAX).plus(1), None);
    }

    #[test]
    fn what_names_no_quarter_hour_is_refused() {
        for text in [
            "",
            "Z",
            "2025-10-26",
            "2025-10-26T00:15:00",
            "2025-02-29T00:00:00Z",
            "2025-13-01T00:00:00Z",
            "2025-01-01T24:00:00Z",
            "2025-01-01T00:60:00Z",
            "2025-1-01T00:00:00Z",
            "2025-01-01T00:00:00+2:00",
            "é-01-01T00:00:00Z",
            "2025-01-01T00:00:00+25:00",
            "2025-01-01T00:00:00.5Z",
            "ééé",
        ] {
            assert_eq!(QuarterHour::parse(text), Err(Fault::NoTime), "{text}");
        }
        assert_eq!(QuarterHour::parse("2025-01-01T00:10:00Z"), Err(Fault::Between));
        assert_eq!(QuarterHour::parse("1969-12-31T23:45:00Z"), Err(Fault::OutOfBounds));
    }
}
