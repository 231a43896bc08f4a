//! The normal form: one row for each quarter hour and meter.

mod dense;
mod read;
mod verify;
mod write;

pub use dense::{load, Dense, Period};
pub use read::{Reader, Source};
pub use verify::{verify, Broken, Verified};
pub(crate) use write::{push_row, push_text};

use std::fmt;
use std::str::FromStr;

/// The first line of a file in the normal form.
pub const HEADER: &str = "meter,start,end,import_wh,export_wh,generation_wh,consumption_wh,quality";

/// Energy in whole Wh.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct WattHours(pub u64);

/// A quarter hour: the second in which it starts, since 1970 UTC, a multiple of 900.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Quarter(i64);

impl Quarter {
    /// Length of a quarter hour in seconds.
    pub const SECONDS: i64 = 900;

    /// The quarter hour that starts at this second, if one does.
    pub const fn starting_at(seconds: i64) -> Option<Self> {
        if seconds % Self::SECONDS == 0 {
            Some(Self(seconds))
        } else {
            None
        }
    }

    /// The second in which it starts.
    pub const fn start(self) -> i64 {
        self.0
    }

    /// The second in which it ends.
    pub const fn end(self) -> i64 {
        self.0 + Self::SECONDS
    }

    /// The next one.
    pub const fn next(self) -> Self {
        Self(self.0 + Self::SECONDS)
    }
}

impl fmt::Display for Quarter {
    /// Its start: `2025-10-26T00:15:00Z`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        crate::clock::Utc(self.0).fmt(f)
    }
}

/// How a row's values came about: the worst of its parts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Quality {
    /// Measured in quarter hours or finer.
    Measured,
    /// Measured in longer intervals, and split by rule.
    Split,
    /// Estimated by the source, or filled by a rule for gaps.
    Estimated,
    /// A column that the meter has is empty here.
    Missing,
}

impl Quality {
    /// All, from best to worst.
    pub const ALL: [Self; 4] = [Self::Measured, Self::Split, Self::Estimated, Self::Missing];

    /// The word of the normal form.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Measured => "measured",
            Self::Split => "split",
            Self::Estimated => "estimated",
            Self::Missing => "missing",
        }
    }
}

impl FromStr for Quality {
    type Err = crate::options::Unknown;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Self::ALL
            .into_iter()
            .find(|quality| quality.name() == text)
            .ok_or(crate::options::Unknown { expected: "measured, split, estimated or missing" })
    }
}

/// The energies of a row. None: not measured.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Energies {
    /// Taken from the grid.
    pub import: Option<WattHours>,
    /// Given to the grid.
    pub export: Option<WattHours>,
    /// Generated behind the meter, gross.
    pub generation: Option<WattHours>,
    /// Used behind the meter, gross.
    pub consumption: Option<WattHours>,
}

impl Energies {
    /// The columns in the order of the file.
    pub const fn columns(&self) -> [Option<WattHours>; 4] {
        [self.import, self.export, self.generation, self.consumption]
    }

    /// The energies from columns in the order of the file.
    pub const fn from_columns([import, export, generation, consumption]: [Option<WattHours>; 4]) -> Self {
        Self { import, export, generation, consumption }
    }
}

/// The names of the columns in the order of the file.
pub const COLUMNS: [&str; 4] = ["import_wh", "export_wh", "generation_wh", "consumption_wh"];

/// One row.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Row {
    /// The meter. Rows of one meter share its name.
    pub meter: std::sync::Arc<str>,
    /// The quarter hour.
    pub quarter: Quarter,
    /// Its energies.
    pub energies: Energies,
    /// How they came about.
    pub quality: Quality,
}

#[cfg(test)]
mod tests;
