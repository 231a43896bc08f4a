//! Times of the calendar in UTC, in whole seconds, as scenarios write them: `2025-06-10T12:00:00Z`.
//!
//! Nothing is decided by such a time. It says to people, and to figures, when a cycle starts.

use std::fmt;
use std::str::FromStr;

const DAY: i64 = 86_400;
const LENGTH: usize = "1970-01-01T00:00:00Z".len();

/// A second of the years 0000 to 9999 in UTC. Leap seconds do not exist, as in Unix time.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Utc(i64);

/// The text is not a time in the one form that is read.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not a time as 2025-06-10T12:00:00Z (RFC 3339, in UTC, in whole seconds)")]
pub struct NotUtc;

impl Utc {
    /// The time of this many seconds since the start of 1970. None outside the years 0000 to 9999.
    pub fn from_seconds(seconds: i64) -> Option<Utc> {
        let years = days(0, 1, 1) * DAY..days(10_000, 1, 1) * DAY;
        years.contains(&seconds).then_some(Utc(seconds))
    }

    /// Seconds since the start of 1970; negative before it.
    pub const fn seconds(self) -> i64 {
        self.0
    }
}

impl FromStr for Utc {
    type Err = NotUtc;

    fn from_str(text: &str) -> Result<Utc, NotUtc> {
        let bytes = text.as_bytes();
        let separators = [(4, b'-'), (7, b'-'), (10, b'T'), (13, b':'), (16, b':'), (19, b'Z')];
        if bytes.len() != LENGTH || separators.iter().any(|(at, byte)| bytes[*at] != *byte) {
            return Err(NotUtc);
        }
        let number = |from: usize, to: usize| {
            bytes[from..to].iter().try_fold(0i64, |number, byte| match byte {
                b'0'..=b'9' => Ok(number * 10 + i64::from(byte - b'0')),
                _ => Err(NotUtc),
            })
        };
        let (year, month, day) = (number(0, 4)?, number(5, 7)?, number(8, 10)?);
        let (hour, minute, second) = (number(11, 13)?, number(14, 16)?, number(17, 19)?);
        let in_calendar = (1..=12).contains(&month) && (1..=days_of_month(year, month)).contains(&day);
        if !in_calendar || hour > 23 || minute > 59 || second > 59 {
            return Err(NotUtc);
        }
        Ok(Utc(days(year, month, day) * DAY + hour * 3600 + minute * 60 + second))
    }
}

impl fmt::Display for Utc {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (year, month, day) = date(self.0.div_euclid(DAY));
        let second = self.0.rem_euclid(DAY);
        let (hour, minute, second) = (second / 3600, second / 60 % 60, second % 60);
        write!(f, "{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}Z")
    }
}

fn days_of_month(year: i64, month: i64) -> i64 {
    days(year + month / 12, month % 12 + 1, 1) - days(year, month, 1)
}

/// Days from the start of 1970 to a date of the Gregorian calendar. Years are counted from March
/// on, so that the leap day is a year's last (Hinnant, "chrono-compatible low-level date
/// algorithms").
fn days(year: i64, month: i64, day: i64) -> i64 {
    let (year, month) = if month > 2 { (year, month - 3) } else { (year - 1, month + 9) };
    let (era, year_of_era) = (year.div_euclid(400), year.rem_euclid(400));
    let day_of_year = (153 * month + 2) / 5 + day - 1;
    let day_of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;
    era * 146_097 + day_of_era - 719_468
}

/// The year, month and day of a day counted from the start of 1970; the inverse of [`days`].
fn date(day: i64) -> (i64, i64, i64) {
    let day = day + 719_468;
    let (era, day_of_era) = (day.div_euclid(146_097), day.rem_euclid(146_097));
    let year_of_era = (day_of_era - day_of_era / 1_460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let month = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * month + 2) / 5 + 1;
    let year = year_of_era + era * 400;
    if month < 10 {
        (year, month + 3, day)
    } else {
        (year + 1, month - 9, day)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn known_times() {
        for (text, seconds) in [
            ("1970-01-01T00:00:00Z", 0),
            ("1969-12-31T23:59:59Z", -1),
            ("2000-02-29T12:34:56Z", 951_827_696),
            ("2025-06-10T12:00:00Z", 1_749_556_800),
            ("2038-01-19T03:14:08Z", 1 << 31),
            ("0000-01-01T00:00:00Z", -62_167_219_200),
            ("9999-12-31T23:59:59Z", 253_402_300_799),
        ] {
            let time: Utc = text.parse().expect(text);
            assert_eq!((time.seconds(), time.to_string().as_str()), (seconds, text));
            assert_eq!(Utc::from_seconds(seconds), Some(time));
        }
        assert_eq!(Utc::from_seconds(253_402_300_800), None);
        assert_eq!(Utc::from_seconds(-62_167_219_201), None);
    }

    #[test]
    fn every_day_of_eight_centuries_is_read_as_it_is_written() {
        for day in days(1600, 1, 1)..days(2400, 1, 1) {
            let time = Utc(day * DAY + 3_723);
            assert_eq!(time.to_string().parse(), Ok(time));
        }
    }

    #[test]
    fn other_texts_are_no_times() {
        for text in [
            "",
            "2025-06-10",
            "2025-06-10T12:00Z",
            "2025-06-10T12:00:00",
            "2025-06-10T12:00:00z",
            "2025-06-10 12:00:00Z",
            "2025-06-10T12:00:00.0Z",
            "2025-06-10T12:00:00+00:00",
            "2025-13-10T12:00:00Z",
            "2025-00-10T12:00:00Z",
            "2025-02-29T12:00:00Z",
            "1900-02-29T12:00:00Z",
            "2025-06-31T12:00:00Z",
            "2025-06-00T12:00:00Z",
            "2025-06-10T24:00:00Z",
            "2025-06-10T12:60:00Z",
            "2016-12-31T23:59:60Z",
            "+025-06-10T12:00:00Z",
            "２025-06-10T12:00:0Z",
        ] {
            assert_eq!(text.parse::<Utc>(), Err(NotUtc), "{text}");
        }
    }
}
