//! What a format's reader hands over: series of values, each with its row in the file.
//!
//! A reader knows its format: which cells are values, their unit, and what a stamp means. It does
//! no arithmetic over time. Zones, clock changes, order, gaps, steps, resampling and plausibility
//! are the business of `assemble`, and are therefore the same for every format.

use crate::exact::Exact;
use crate::unit::Unit;
use std::num::NonZeroU32;

/// A column of the normal form.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Column {
    /// Energy taken from the grid.
    Import,
    /// Energy given to the grid.
    Export,
    /// Energy generated behind the meter, gross.
    Generation,
    /// Energy used behind the meter, gross.
    Consumption,
}

/// Where the values of a series go.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Target {
    /// Into one column. Several series of a meter with the same target are added.
    Column(Column),
    /// Positive values are import, negative ones export, split in the source's own step.
    SignedGrid,
}

/// What a value of a series is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Kind {
    /// Energy of the interval, in Wh.
    Energy,
    /// Mean power of the interval, in W.
    Power,
    /// A counter's reading, in Wh. The energy is the difference of two readings. With
    /// [`Stamps::Start`] and a fixed step the stamp is the start of the interval at whose end the
    /// counter was read (Home Assistant); otherwise the counter was read at the stamp.
    Register {
        /// Whether a reading may be below zero (totals that began elsewhere).
        may_be_negative: bool,
        /// The unit that the counter counts in: what its digits mean, and how messages write it.
        unit: Unit,
    },
}

impl Unit {
    /// Power or energy: what a value in this unit is, if it is none of a register.
    pub const fn kind(self) -> Kind {
        match self {
            Self::W | Self::KW | Self::MW => Kind::Power,
            Self::Wh | Self::KWh | Self::MWh => Kind::Energy,
        }
    }
}

/// How long the intervals of a series are.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Step {
    /// Every interval is this many seconds long. A stamp that does not fit is refused.
    Fixed(NonZeroU32),
    /// Each sample says how long it is ([`Sample::seconds`]).
    Each,
    /// The least distance of two stamps that the series shows throughout; nothing declared it.
    Detect,
    /// The distances of the stamps say it, and it may change within the series: two equal
    /// distances in a row begin a new step, a single longer one is a gap (Enedis).
    Changing {
        /// The step that the file's head names, if it does.
        first: Option<NonZeroU32>,
    },
}

/// Which end of its interval a stamp names. For registers see [`Kind::Register`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Stamps {
    /// The start.
    Start,
    /// The end.
    End,
}

/// Where the series of a format differ from the rule for all.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Habits {
    /// Series of the same meter and target take turns (registers of day and night): an interval
    /// that one of them lacks is a gap only where all of them lack it. Where several have it,
    /// they are added.
    pub takes_turns: bool,
    /// The file has a column for every hour of a clock's day (Ausgrid): a value at a time that
    /// does not exist is dropped where it is zero or empty, and refused where it is not.
    pub whole_clock: bool,
}

/// One series of one meter: what all of its samples have in common.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Series {
    /// The meter's name.
    pub meter: String,
    /// The register, column or stream, as the file names it: for messages, and because clock
    /// changes are resolved within one register.
    pub register: String,
    /// Where its values go.
    pub target: Target,
    /// What its values are.
    pub kind: Kind,
    /// How long its intervals are.
    pub step: Step,
    /// What its stamps name.
    pub stamps: Stamps,
    /// Where it differs from the rule for all.
    pub habits: Habits,
}

/// A number that a [`Sink`] gave to a series.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct SeriesId(pub(crate) u32);

/// When a sample is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum When {
    /// Seconds since 1970-01-01T00:00:00Z.
    Utc(i64),
    /// Seconds since 1970-01-01T00:00:00 on a wall clock, in the zone of the import.
    Local(i64),
}

/// What the source says of a value.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Mark {
    /// Measured, or nothing is said.
    Measured,
    /// Estimated by the source.
    Estimated,
}

/// One value of a series.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Sample {
    /// The line of the file, the header being row 1.
    pub row: u64,
    /// Its stamp.
    pub when: When,
    /// Length of the interval in seconds, for [`Step::Each`].
    pub seconds: Option<NonZeroU32>,
    /// The value in W or Wh by the series' [`Kind`]. None: the row says that it has no value.
    pub value: Option<Exact>,
    /// What the source says of it.
    pub mark: Mark,
    /// For registers: a number for the device's serial number, given by the reader. Only readings
    /// of the same device are subtracted.
    pub device: u32,
}

/// Takes what a reader finds. Errors end the reading.
pub trait Sink {
    /// Announces that what follows comes from this file. The name is what messages show.
    fn file(&mut self, name: &str);
    /// Announces a series. Two series of the same meter, register and target are one.
    fn series(&mut self, series: Series) -> Result<SeriesId, crate::Refused>;
    /// Hands over a sample. Rows must rise within a series, as the file has them.
    fn push(&mut self, series: SeriesId, sample: Sample) -> Result<(), crate::Refused>;
    /// Something that was detected, dropped or assumed, to be said in the end.
    fn say(&mut self, what: crate::Said);
}
