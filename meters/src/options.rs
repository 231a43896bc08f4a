//! What a person can say about an import. What is not said here is detected, or is an error.

mod format;
mod limits;
mod words;

pub use crate::unit::Unit;
pub use format::Format;
pub use limits::Limits;
pub use words::{parse_step, DateOrder, Decimal, Encoding, Gaps, Quantity, Separator, Unknown};

use crate::exact::Exact;
use crate::source::Stamps;
use std::num::NonZeroU32;

/// The columns or identifiers that feed each column of the normal form, as the person named them.
/// Each may be named more than once: what they give is added.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Named {
    /// `--import`.
    pub import: Vec<String>,
    /// `--export`.
    pub export: Vec<String>,
    /// `--generation`.
    pub generation: Vec<String>,
    /// `--consumption`.
    pub consumption: Vec<String>,
}

impl Named {
    /// Whether nothing is named.
    pub fn is_empty(&self) -> bool {
        self.import.is_empty() && self.export.is_empty() && self.generation.is_empty() && self.consumption.is_empty()
    }

    /// Everything named, with the column of the normal form that it feeds.
    pub fn all(&self) -> impl Iterator<Item = (crate::source::Column, &str)> {
        use crate::source::Column;
        self.import
            .iter()
            .map(|name| (Column::Import, name.as_str()))
            .chain(self.export.iter().map(|name| (Column::Export, name.as_str())))
            .chain(self.generation.iter().map(|name| (Column::Generation, name.as_str())))
            .chain(self.consumption.iter().map(|name| (Column::Consumption, name.as_str())))
    }
}

/// Everything that a person can say about an import.
#[derive(Clone, Debug)]
pub struct Options {
    /// `--format`. None: detected where it is certain.
    pub format: Option<Format>,
    /// `--zone`: a name of the time zone database, for stamps without offset. None: the format's.
    pub zone: Option<String>,
    /// `--unit`. None: the header's, or the format's.
    pub unit: Option<Unit>,
    /// `--quantity`: what the values of a format with one kind of value are. None: the format's.
    pub quantity: Option<Quantity>,
    /// `--step`, in seconds. None: the format's, or detected.
    pub step: Option<NonZeroU32>,
    /// `--stamps`: which end of its interval a stamp names. None: the format's.
    pub stamps: Option<Stamps>,
    /// `--separator`. None: detected.
    pub separator: Option<Separator>,
    /// `--decimal`. None: detected.
    pub decimal: Option<Decimal>,
    /// `--encoding`. None: detected.
    pub encoding: Option<Encoding>,
    /// `--date-format`: the order of day, month and year. None: detected where it is certain.
    pub date_format: Option<DateOrder>,
    /// `--header yes|no`: whether the first line names the columns. None: detected.
    pub header: Option<bool>,
    /// `--meter`: the meter's name where the file gives none.
    pub meter: Option<String>,
    /// `--import`, `--export`, `--generation`, `--consumption`.
    pub named: Named,
    /// `--register-digits`: digits before the decimal mark, for registers that wrap around.
    pub register_digits: Option<u32>,
    /// `--max-power`, in kW: nothing above it is plausible.
    pub max_power: Exact,
    /// `--gaps`.
    pub gaps: Gaps,
    /// What bounds memory and disk.
    pub limits: Limits,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            format: None,
            zone: None,
            unit: None,
            quantity: None,
            step: None,
            stamps: None,
            separator: None,
            decimal: None,
            encoding: None,
            date_format: None,
            header: None,
            meter: None,
            named: Named::default(),
            register_digits: None,
            max_power: Exact::whole(50),
            gaps: Gaps::Refuse,
            limits: Limits::default(),
        }
    }
}
