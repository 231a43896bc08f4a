//! Times as text, written and read by hand: a year of a thousand meters has 70 million of them.

use std::fmt;

/// A time in seconds since 1970-01-01T00:00:00Z. It is shown as `2025-10-26T00:15:00Z`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Utc(pub i64);

/// Year, month and day of a day since 1970-01-01 (proleptic Gregorian, by Howard Hinnant's
/// `civil_from_days`).
fn civil(day: i64) -> (i64, u8, u8) {
    let shifted = day + 719_468;
    let era = shifted.div_euclid(146_097);
    let of_era = shifted.rem_euclid(146_097);
    let year_of_era = (of_era - of_era / 1460 + of_era / 36_524 - of_era / 146_096) / 365;
    let of_year = of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let month_from_march = (5 * of_year + 2) / 153;
    let day = of_year - (153 * month_from_march + 2) / 5 + 1;
    let month = if month_from_march < 10 { month_from_march + 3 } else { month_from_march - 9 };
    (year_of_era + era * 400 + i64::from(month <= 2), month as u8, day as u8)
}

/// The day since 1970-01-01, the other way round.
fn day_of(year: i64, month: i64, day: i64) -> i64 {
    let year = year - i64::from(month <= 2);
    let era = year.div_euclid(400);
    let year_of_era = year.rem_euclid(400);
    let of_year = (153 * (if month > 2 { month - 3 } else { month + 9 }) + 2) / 5 + day - 1;
    era * 146_097 + year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + of_year - 719_468
}

fn two(number: u8) -> [u8; 2] {
    [b'0' + number / 10, b'0' + number % 10]
}

/// `2025-10-26T00:15:00Z` in bytes, for years of four digits.
fn bytes(seconds: i64) -> [u8; 20] {
    let (year, month, day) = civil(seconds.div_euclid(86_400));
    let of_day = seconds.rem_euclid(86_400);
    let mut text = *b"0000-00-00T00:00:00Z";
    let year = year.clamp(0, 9999);
    text[0..2].copy_from_slice(&two((year / 100) as u8));
    text[2..4].copy_from_slice(&two((year % 100) as u8));
    text[5..7].copy_from_slice(&two(month));
    text[8..10].copy_from_slice(&two(day));
    text[11..13].copy_from_slice(&two((of_day / 3600) as u8));
    text[14..16].copy_from_slice(&two((of_day / 60 % 60) as u8));
    text[17..19].copy_from_slice(&two((of_day % 60) as u8));
    text
}

/// Appends a time as the normal form writes it.
pub(crate) fn push_utc(out: &mut Vec<u8>, seconds: i64) {
    out.extend_from_slice(&bytes(seconds));
}

/// A local time for messages: `2025-06-10 09:15`.
pub(crate) fn write_local(local: i64) -> String {
    let text = bytes(local);
    let end = if text[17..19] == *b"00" { 16 } else { 19 };
    String::from_utf8_lossy(&text[..end]).replace('T', " ")
}

/// Reads a time as the normal form writes it, and nothing else.
pub fn parse_utc(text: &[u8]) -> Option<i64> {
    let text: &[u8; 20] = text.try_into().ok()?;
    if [text[4], text[7], text[10], text[13], text[16], text[19]] != *b"--T::Z" {
        return None;
    }
    let number = |from: usize, to: usize| {
        text[from..to]
            .iter()
            .try_fold(0i64, |sum, byte| byte.is_ascii_digit().then(|| sum * 10 + i64::from(byte - b'0')))
    };
    let (year, month, day) = (number(0, 4)?, number(5, 7)?, number(8, 10)?);
    let (hour, minute, second) = (number(11, 13)?, number(14, 16)?, number(17, 19)?);
    let days = day_of(year, month, day);
    let real = (1..=12).contains(&month) && civil(days) == (year, month as u8, day as u8);
    (real && hour < 24 && minute < 60 && second < 60).then(|| days * 86_400 + hour * 3600 + minute * 60 + second)
}

impl fmt::Display for Utc {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&String::from_utf8_lossy(&bytes(self.0)))
    }
}
