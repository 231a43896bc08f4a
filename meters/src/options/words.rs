//! The words that options take.

use crate::source::{Column, Stamps, Target};
use crate::unit::Unit;
use std::num::NonZeroU32;
use std::str::FromStr;

/// A word that an option does not know.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("expected {expected}")]
pub struct Unknown {
    /// What the option takes.
    pub expected: &'static str,
}

impl FromStr for Unit {
    type Err = Unknown;

    /// Upper and lower case alike.
    fn from_str(text: &str) -> Result<Self, Unknown> {
        match text.trim().to_ascii_lowercase().as_str() {
            "w" => Ok(Self::W),
            "kw" => Ok(Self::KW),
            "mw" => Ok(Self::MW),
            "wh" => Ok(Self::Wh),
            "kwh" => Ok(Self::KWh),
            "mwh" => Ok(Self::MWh),
            _ => Err(Unknown { expected: "W, kW, MW, Wh, kWh or MWh" }),
        }
    }
}

/// What values are, for formats that do not say it: `--quantity`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Quantity {
    /// Energy taken from the grid.
    Import,
    /// Energy given to the grid.
    Export,
    /// Energy generated behind the meter, gross.
    Generation,
    /// Energy used behind the meter, gross.
    Consumption,
    /// Import where positive, export where negative.
    Grid,
}

impl Quantity {
    /// Where such values go.
    pub const fn target(self) -> Target {
        match self {
            Self::Import => Target::Column(Column::Import),
            Self::Export => Target::Column(Column::Export),
            Self::Generation => Target::Column(Column::Generation),
            Self::Consumption => Target::Column(Column::Consumption),
            Self::Grid => Target::SignedGrid,
        }
    }
}

impl FromStr for Quantity {
    type Err = Unknown;

    fn from_str(text: &str) -> Result<Self, Unknown> {
        match text.trim().to_ascii_lowercase().as_str() {
            "import" => Ok(Self::Import),
            "export" => Ok(Self::Export),
            "generation" => Ok(Self::Generation),
            "consumption" => Ok(Self::Consumption),
            "grid" => Ok(Self::Grid),
            _ => Err(Unknown { expected: "import, export, generation, consumption or grid" }),
        }
    }
}

/// What fills a gap: `--gaps`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Gaps {
    /// A gap is an error.
    Refuse,
    /// Zero.
    Zero,
    /// The last value before.
    Hold,
    /// A line between the values before and after.
    Interpolate,
}

impl Gaps {
    /// The word that `--gaps` takes.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Refuse => "refuse",
            Self::Zero => "zero",
            Self::Hold => "hold",
            Self::Interpolate => "interpolate",
        }
    }
}

impl FromStr for Gaps {
    type Err = Unknown;

    fn from_str(text: &str) -> Result<Self, Unknown> {
        match text.trim().to_ascii_lowercase().as_str() {
            "refuse" => Ok(Self::Refuse),
            "zero" => Ok(Self::Zero),
            "hold" => Ok(Self::Hold),
            "interpolate" => Ok(Self::Interpolate),
            _ => Err(Unknown { expected: "refuse, zero, hold or interpolate" }),
        }
    }
}

/// What stands between fields: `--separator`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Separator {
    /// `,`
    Comma,
    /// `;`
    Semicolon,
    /// A tabulator.
    Tab,
    /// `|`
    Bar,
}

impl Separator {
    /// All separators, in the order in which they are tried.
    pub const ALL: [Self; 4] = [Self::Semicolon, Self::Tab, Self::Comma, Self::Bar];

    /// The byte between fields.
    pub const fn byte(self) -> u8 {
        match self {
            Self::Comma => b',',
            Self::Semicolon => b';',
            Self::Tab => b'\t',
            Self::Bar => b'|',
        }
    }

    /// The separator's name, for people.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Comma => "comma",
            Self::Semicolon => "semicolon",
            Self::Tab => "tab",
            Self::Bar => "bar",
        }
    }
}

impl FromStr for Separator {
    type Err = Unknown;

    fn from_str(text: &str) -> Result<Self, Unknown> {
        match text {
            "," | "comma" => Ok(Self::Comma),
            ";" | "semicolon" => Ok(Self::Semicolon),
            "\t" | "\\t" | "tab" => Ok(Self::Tab),
            "|" | "bar" | "pipe" => Ok(Self::Bar),
            _ => Err(Unknown { expected: "',', ';', '|', comma, semicolon, bar or tab" }),
        }
    }
}

/// What stands before decimals: `--decimal`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Decimal {
    /// `.`
    Point,
    /// `,`
    Comma,
}

impl Decimal {
    /// The mark as a byte.
    pub const fn byte(self) -> u8 {
        match self {
            Self::Point => b'.',
            Self::Comma => b',',
        }
    }

    /// The mark's name, for people.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Point => "point",
            Self::Comma => "comma",
        }
    }
}

impl FromStr for Decimal {
    type Err = Unknown;

    fn from_str(text: &str) -> Result<Self, Unknown> {
        match text {
            "." | "point" => Ok(Self::Point),
            "," | "comma" => Ok(Self::Comma),
            _ => Err(Unknown { expected: "'.', ',', point or comma" }),
        }
    }
}

/// How a file writes characters: `--encoding`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Encoding {
    /// UTF-8, with or without a byte order mark.
    Utf8,
    /// UTF-16, low byte first.
    Utf16Le,
    /// UTF-16, high byte first.
    Utf16Be,
    /// Latin-1 in its Windows form.
    Latin1,
}

impl Encoding {
    /// The encoding's name.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Utf8 => "UTF-8",
            Self::Utf16Le => "UTF-16LE",
            Self::Utf16Be => "UTF-16BE",
            Self::Latin1 => "Latin-1",
        }
    }
}

impl FromStr for Encoding {
    type Err = Unknown;

    fn from_str(text: &str) -> Result<Self, Unknown> {
        match text.trim().to_ascii_lowercase().as_str() {
            "utf-8" | "utf8" => Ok(Self::Utf8),
            "utf-16" | "utf16" | "utf-16le" | "utf16le" => Ok(Self::Utf16Le),
            "utf-16be" | "utf16be" => Ok(Self::Utf16Be),
            "latin-1" | "latin1" | "iso-8859-1" | "windows-1252" | "cp1252" => Ok(Self::Latin1),
            _ => Err(Unknown { expected: "utf-8, utf-16, utf-16be or latin-1" }),
        }
    }
}

/// In which order a date names day, month and year: `--date-format`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum DateOrder {
    /// `26/10/2025`
    DayMonthYear,
    /// `10/26/2025`
    MonthDayYear,
    /// `2025-10-26`
    YearMonthDay,
}

impl DateOrder {
    /// The order as `--date-format` takes it.
    pub const fn name(self) -> &'static str {
        match self {
            Self::DayMonthYear => "dmy",
            Self::MonthDayYear => "mdy",
            Self::YearMonthDay => "ymd",
        }
    }
}

impl FromStr for DateOrder {
    type Err = Unknown;

    /// `dmy`, `dd/mm/yyyy`, `%d.%m.%Y`: the order of the letters counts.
    fn from_str(text: &str) -> Result<Self, Unknown> {
        let mut order = String::new();
        for letter in text.to_ascii_lowercase().chars().filter(|c| matches!(c, 'd' | 'm' | 'y' | 't' | ' ' | 'h')) {
            match letter {
                // A time of day may follow; its minutes are no month.
                't' | ' ' | 'h' => break,
                letter if !order.contains(letter) => order.push(letter),
                _ => {}
            }
        }
        match order.as_str() {
            "dmy" => Ok(Self::DayMonthYear),
            "mdy" => Ok(Self::MonthDayYear),
            "ymd" => Ok(Self::YearMonthDay),
            _ => Err(Unknown { expected: "dmy, mdy or ymd, or a pattern such as dd/mm/yyyy" }),
        }
    }
}

impl FromStr for Stamps {
    type Err = Unknown;

    fn from_str(text: &str) -> Result<Self, Unknown> {
        match text.trim().to_ascii_lowercase().as_str() {
            "start" => Ok(Self::Start),
            "end" => Ok(Self::End),
            _ => Err(Unknown { expected: "start or end" }),
        }
    }
}

/// A length of time as `--step` takes it: `15m`, `30min`, `1h`, `900s`, `15` (minutes).
pub fn parse_step(text: &str) -> Result<NonZeroU32, Unknown> {
    let unknown = Unknown { expected: "a length of time such as 5m, 15m, 30m, 1h or 900s, of an hour at most" };
    let text = text.trim().to_ascii_lowercase();
    let digits = text.bytes().take_while(u8::is_ascii_digit).count();
    let (number, unit) = text.split_at(digits);
    let number: u32 = number.parse().map_err(|_| unknown)?;
    let factor = match unit.trim() {
        "" | "m" | "min" | "minutes" => 60,
        "h" | "hour" => 3600,
        "s" | "sec" | "seconds" => 1,
        _ => return Err(unknown),
    };
    let seconds = number.checked_mul(factor).filter(|seconds| *seconds <= 3600).ok_or(unknown)?;
    NonZeroU32::new(seconds).ok_or(unknown)
}
