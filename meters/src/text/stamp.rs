//! Times as files write them.

use crate::options::DateOrder;
use crate::source::When;

/// A time that was read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Stamp {
    /// Seconds since 1970-01-01T00:00:00 on the wall clock that the file shows.
    pub(crate) local: i64,
    /// Seconds that this wall clock is ahead of UTC, if the file says it.
    pub(crate) offset: Option<i32>,
    /// Whether it is a whole second.
    pub(crate) whole: bool,
    /// Whether a time of day is there. Without one it is midnight.
    pub(crate) timed: bool,
}

impl Stamp {
    /// The time as a sample has it.
    pub(crate) fn when(self) -> When {
        match self.offset {
            Some(offset) => When::Utc(self.local - i64::from(offset)),
            None => When::Local(self.local),
        }
    }
}

impl Stamp {
    /// Seconds by which times of one file are compared: UTC where the offset is known.
    pub(crate) fn seconds(self) -> i64 {
        self.local - i64::from(self.offset.unwrap_or(0))
    }
}

/// The first and last year that are read.
const YEARS: std::ops::RangeInclusive<i64> = 1970..=2200;
/// Seconds of a day.
pub(crate) const DAY: i64 = 86_400;

/// Days since 1970-01-01 of a date of the Gregorian calendar. None: there is no such date.
pub(crate) fn days(year: i64, month: u32, day: u32) -> Option<i64> {
    let leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
    let longest = match month {
        1 | 3 | 5 | 7 | 8 | 10 | 12 => 31,
        4 | 6 | 9 | 11 => 30,
        2 if leap => 29,
        2 => 28,
        _ => return None,
    };
    if day == 0 || day > longest || !YEARS.contains(&year) {
        return None;
    }
    // Years that begin in March, in eras of 400 years (Hinnant, chrono-compatible low-level date
    // algorithms).
    let year = year - i64::from(month <= 2);
    let era = year.div_euclid(400);
    let of_era = year.rem_euclid(400);
    let of_year = (153 * i64::from((month + 9) % 12) + 2) / 5 + i64::from(day) - 1;
    Some(era * 146_097 + of_era * 365 + of_era / 4 - of_era / 100 + of_year - 719_468)
}

/// A date before it is known which number is the day.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Written {
    /// The form itself says what is what.
    Certain(i64, u32, u32),
    /// Three numbers, the last of which has two or four digits.
    Numbers { numbers: [u32; 3], short: bool, mark: u8 },
}

/// The orders in which three numbers may be a date.
pub(crate) const ORDERS: [DateOrder; 3] = [DateOrder::DayMonthYear, DateOrder::MonthDayYear, DateOrder::YearMonthDay];

impl Written {
    fn days(self, order: DateOrder) -> Option<i64> {
        let (numbers, short) = match self {
            Self::Certain(year, month, day) => return days(year, month, day),
            Self::Numbers { numbers, short, .. } => (numbers, short),
        };
        let (year, month, day) = match order {
            DateOrder::DayMonthYear => (numbers[2], numbers[1], numbers[0]),
            DateOrder::MonthDayYear => (numbers[2], numbers[0], numbers[1]),
            DateOrder::YearMonthDay if short => (numbers[0], numbers[1], numbers[2]),
            DateOrder::YearMonthDay => return None,
        };
        days(if short { century(year) } else { i64::from(year) }, month, day)
    }
}

/// The year that two digits stand for.
fn century(short: u32) -> i64 {
    i64::from(short) + if short < 70 { 2000 } else { 1900 }
}

const MONTHS: [&[u8; 3]; 12] =
    [b"jan", b"feb", b"mar", b"apr", b"may", b"jun", b"jul", b"aug", b"sep", b"oct", b"nov", b"dec"];

/// What is left of a text that is being read from its front.
struct Rest<'t>(&'t [u8]);

impl<'t> Rest<'t> {
    /// Takes a number of one to `most` digits: its value and how many they are.
    fn number(&mut self, most: usize) -> Option<(u32, usize)> {
        let digits = self.0.iter().take(most + 1).take_while(|byte| byte.is_ascii_digit()).count();
        if digits == 0 || digits > most {
            return None;
        }
        let value = self.0[..digits].iter().fold(0, |value, byte| value * 10 + u32::from(byte - b'0'));
        self.0 = &self.0[digits..];
        Some((value, digits))
    }

    /// Takes this byte if it is next.
    fn eat(&mut self, byte: u8) -> Option<()> {
        self.0 = self.0.strip_prefix(&[byte])?;
        Some(())
    }

    /// Takes the next byte if it is one of these.
    fn one_of(&mut self, bytes: &[u8]) -> Option<u8> {
        let (first, rest) = self.0.split_first().filter(|(first, _)| bytes.contains(first))?;
        self.0 = rest;
        Some(*first)
    }

    /// Takes letters.
    fn letters(&mut self) -> &'t [u8] {
        let letters = self.0.iter().take_while(|byte| byte.is_ascii_alphabetic()).count();
        let (taken, rest) = self.0.split_at(letters);
        self.0 = rest;
        taken
    }

    fn blanks(&mut self) {
        self.0 = self.0.trim_ascii_start();
    }

    fn date(&mut self) -> Option<Written> {
        let (first, digits) = self.number(8)?;
        if digits == 8 {
            return Some(Written::Certain(i64::from(first / 10_000), first / 100 % 100, first % 100));
        }
        let mark = self.one_of(b"-/. ")?;
        if digits <= 2 && self.0.first().is_some_and(u8::is_ascii_alphabetic) {
            let name = self.letters().get(..3)?.to_ascii_lowercase();
            let month = MONTHS.iter().position(|month| month[..] == name[..])? as u32 + 1;
            self.eat(mark)?;
            return match self.number(4)? {
                (year, 2) => Some(Written::Certain(century(year), month, first)),
                (year, 4) => Some(Written::Certain(i64::from(year), month, first)),
                _ => None,
            };
        }
        if mark == b' ' {
            return None;
        }
        let (second, _) = self.number(2)?;
        self.eat(mark)?;
        let (third, last) = self.number(4)?;
        match (digits, last) {
            (4, 1 | 2) => Some(Written::Certain(i64::from(first), second, third)),
            (1 | 2, 2 | 4) => Some(Written::Numbers { numbers: [first, second, third], short: last == 2, mark }),
            _ => None,
        }
    }

    /// A time of day in seconds, and whether it is a whole second. `24:00` closes a day.
    fn time(&mut self) -> Option<(i64, bool)> {
        let (hour, _) = self.number(2)?;
        self.eat(b':')?;
        let (minute, 2) = self.number(2)? else { return None };
        let (mut second, mut whole) = (0, true);
        if self.eat(b':').is_some() {
            let (value, 2) = self.number(2)? else { return None };
            second = value;
            if matches!(self.0, [b'.' | b',', b'0'..=b'9', ..]) {
                let digits = self.0[1..].iter().take_while(|byte| byte.is_ascii_digit()).count();
                whole = self.0[1..=digits].iter().all(|byte| *byte == b'0');
                self.0 = &self.0[1 + digits..];
            }
        }
        let hour = self.half_of_day(hour)?;
        let seconds = i64::from(hour * 3600 + minute * 60 + second);
        let fits = minute < 60 && second < 60 && (hour < 24 || (seconds == DAY && whole));
        fits.then_some((seconds, whole))
    }

    /// `AM` and `PM` after a time.
    fn half_of_day(&mut self, hour: u32) -> Option<u32> {
        let after = self.0.trim_ascii_start();
        let later = match after {
            [b'a' | b'A', b'm' | b'M', ..] => 0,
            [b'p' | b'P', b'm' | b'M', ..] => 12,
            _ => return Some(hour),
        };
        self.0 = &after[2..];
        (1..=12).contains(&hour).then_some(hour % 12 + later)
    }

    /// `Z`, `+01:00`, `+0100`, `-06`: seconds ahead of UTC.
    fn offset(&mut self) -> Option<i32> {
        if self.one_of(b"Zz").is_some() {
            return Some(0);
        }
        let sign = if self.one_of(b"+-")? == b'-' { -1 } else { 1 };
        let (hours, minutes) = match self.number(4)? {
            (hours, 2) if self.eat(b':').is_some() => match self.number(2)? {
                (minutes, 2) => (hours, minutes),
                _ => return None,
            },
            (hours, 2) => (hours, 0),
            (both, 4) => (both / 100, both % 100),
            _ => return None,
        };
        let fits = hours <= 18 && minutes < 60;
        fits.then_some(sign * (hours as i32 * 3600 + minutes as i32 * 60))
    }
}

/// Why a text is no time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum NoStamp {
    /// It has another form, or there is no such day or time.
    NoTime,
    /// It may be several dates, and the order is not known.
    Order,
}

/// Reads a time. `order` is needed only where the form does not say which number is the day.
pub(crate) fn parse(text: &[u8], order: Option<DateOrder>) -> Result<Stamp, NoStamp> {
    let mut rest = Rest(text);
    let written = rest.date().ok_or(NoStamp::NoTime)?;
    let days = match (written, order) {
        (Written::Certain(..), _) => written.days(DateOrder::YearMonthDay),
        (Written::Numbers { .. }, Some(order)) => written.days(order),
        (Written::Numbers { .. }, None) => return Err(NoStamp::Order),
    };
    let midnight = days.ok_or(NoStamp::NoTime)? * DAY;
    let parted = rest.one_of(b"Tt,").is_some();
    rest.blanks();
    if rest.0.is_empty() && !parted {
        return Ok(Stamp { local: midnight, offset: None, whole: true, timed: false });
    }
    let (seconds, whole) = rest.time().ok_or(NoStamp::NoTime)?;
    rest.blanks();
    let offset = match rest.0 {
        [] => None,
        _ => Some(rest.offset().filter(|_| rest.0.is_empty()).ok_or(NoStamp::NoTime)?),
    };
    Ok(Stamp { local: midnight + seconds, offset, whole, timed: true })
}

/// Whether a field is a time of day alone.
pub(crate) fn is_time(text: &[u8]) -> bool {
    let mut rest = Rest(text);
    rest.time().is_some() && (rest.0.is_empty() || (rest.offset().is_some() && rest.0.is_empty()))
}

/// The orders in which a field may be a date, by their places in [`ORDERS`]. None: its form says
/// it, or it is no date.
pub(crate) fn orders(text: &[u8]) -> Option<[bool; 3]> {
    match Rest(text).date()? {
        Written::Certain(..) => None,
        // Nobody writes the month first with points.
        written @ Written::Numbers { mark: b'.', .. } => {
            Some([written.days(DateOrder::DayMonthYear).is_some(), false, false])
        }
        written => Some(ORDERS.map(|order| written.days(order).is_some())),
    }
}

/// Whether a field is a time in some order of day and month, and whether it has a time of day.
pub(crate) fn is_stamp(text: &[u8]) -> Option<bool> {
    ORDERS.iter().find_map(|order| parse(text, Some(*order)).ok()).map(|stamp| stamp.timed)
}

/// Whether the form of a date says which number is the day.
pub(crate) fn is_certain(text: &[u8]) -> bool {
    matches!(Rest(text).date(), Some(Written::Certain(..)))
}

#[cfg(test)]
mod tests;
