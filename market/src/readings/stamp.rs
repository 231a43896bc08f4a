//! Names of slots, as times. The style of all names of a file is one.

use crate::utc::Utc;

/// Seconds of a day.
pub(super) const DAY: i64 = 86_400;

/// How a file writes times.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Style {
    /// `2025-06-10T12:00`, with or without seconds and offset.
    YearFirst,
    /// `10/06/2025 12:00` or `10.06.2025 12:00`.
    DayFirst,
    /// `06/10/2025 12:00`.
    MonthFirst,
    /// `12:00`, without a date.
    Clock,
}

/// Every style. Where a file can be read in several, the one in which its slots follow each other
/// counts, or else the first.
pub(super) const STYLES: [Style; 4] = [Style::YearFirst, Style::DayFirst, Style::MonthFirst, Style::Clock];

/// A time of a slot.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Stamp {
    /// Seconds on the wall clock, as if it were UTC; of a day where there is no date.
    pub local: i64,
    /// Local time less UTC in seconds, where it is written.
    pub offset: Option<i64>,
}

impl Stamp {
    /// Reads a name in a style.
    pub fn read(text: &str, style: Style) -> Option<Stamp> {
        let text = text.trim();
        let (text, offset) = split_offset(text);
        if style == Style::Clock {
            return match offset {
                Some(_) => None,
                None => Some(Stamp { local: time(text)?, offset: None }),
            };
        }
        let (date, clock) = text.split_once(['T', 't', ' '])?;
        let mut parts = date.split(['-', '/', '.']);
        let (a, b, c) = (parts.next()?, parts.next()?, parts.next()?);
        let (year, month, day) = match style {
            Style::YearFirst => (a, b, c),
            Style::DayFirst => (c, b, a),
            Style::MonthFirst => (c, a, b),
            Style::Clock => return None,
        };
        if parts.next().is_some() || year.len() != 4 || month.len() > 2 || day.len() > 2 {
            return None;
        }
        let midnight: Utc = format!("{year}-{month:0>2}-{day:0>2}T00:00:00Z").parse().ok()?;
        Some(Stamp { local: midnight.seconds() + time(clock.trim())?, offset })
    }

    /// Whether the text has a time of the day in it, in whatever style.
    pub fn looks_like_time(text: &str) -> bool {
        let bytes = text.as_bytes();
        bytes.windows(3).any(|three| three[0].is_ascii_digit() && three[1] == b':' && three[2].is_ascii_digit())
            || STYLES.iter().any(|style| Stamp::read(text, *style).is_some())
    }

    /// Seconds by which slots are ordered: UTC where the offset is written.
    pub fn seconds(&self) -> i64 {
        self.local - self.offset.unwrap_or(0)
    }
}

/// The first slot of the time that a text names.
pub(super) fn find(slots: &[String], text: &str) -> Option<usize> {
    let of = |style: &Style| {
        let wanted = Stamp::read(text, *style)?;
        let same = |stamp: Stamp| match (wanted.offset, stamp.offset) {
            (Some(_), Some(_)) => wanted.seconds() == stamp.seconds(),
            _ => wanted.local == stamp.local,
        };
        slots.iter().position(|slot| Stamp::read(slot, *style).is_some_and(same))
    };
    STYLES.iter().find_map(of)
}

/// A time of the day in seconds: `12:00` or `12:00:00`, with zeros after a point.
fn time(text: &str) -> Option<i64> {
    let (text, rest) = text.split_once('.').unwrap_or((text, ""));
    let mut parts = text.split(':');
    let mut part = |least: usize, most: i64| {
        let part = parts.next()?;
        let digits = (least..=2).contains(&part.len()) && part.bytes().all(|byte| byte.is_ascii_digit());
        (if digits { part.parse().ok() } else { None }).filter(|value: &i64| *value <= most)
    };
    let (hours, minutes) = (part(1, 23)?, part(2, 59)?);
    let seconds = if text.matches(':').count() == 2 { part(2, 59)? } else { 0 };
    let whole = rest.bytes().all(|byte| byte == b'0') && text.matches(':').count() <= 2;
    whole.then_some(hours * 3600 + minutes * 60 + seconds)
}

/// Splits `Z`, `+02:00`, `+0200` or `+02` off a time.
fn split_offset(text: &str) -> (&str, Option<i64>) {
    if let Some(local) = text.strip_suffix(['Z', 'z']) {
        return (local, Some(0));
    }
    let Some(colon) = text.find(':') else { return (text, None) };
    let Some(at) = text[colon..].find(['+', '-']).map(|at| colon + at) else { return (text, None) };
    let (local, offset) = text.split_at(at);
    let digits: String = offset[1..].chars().filter(|c| *c != ':').collect();
    if !digits.bytes().all(|byte| byte.is_ascii_digit()) || !(digits.len() == 2 || digits.len() == 4) {
        return (text, None);
    }
    let (hours, minutes) = digits.split_at(2);
    let (hours, minutes): (i64, i64) = (hours.parse().unwrap_or(99), minutes.parse().unwrap_or(0));
    let sign = if offset.starts_with('-') { -1 } else { 1 };
    match hours < 24 && minutes < 60 {
        true => (local.trim_end(), Some(sign * (hours * 3600 + minutes * 60))),
        false => (text, None),
    }
}
