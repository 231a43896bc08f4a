//! What a household's meter showed in a slot.

use crate::net_energy::NetEnergy;
use protocol::units::Energy;

/// How a reading came about. The qualities are those of the normal form of meter data, and one more
/// for readings that the household has not checked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Quality {
    /// Measured in this slot.
    Measured,
    /// Measured over a longer interval and split evenly.
    Split,
    /// Estimated, by the metering service or by a rule for gaps. A forecast uses it and counts it.
    Estimated,
    /// Not checked by the household. A forecast never uses it.
    Unchecked,
}

impl Quality {
    /// Whether errors of forecasts are measured against such a reading.
    pub const fn is_measured(self) -> bool {
        matches!(self, Quality::Measured | Quality::Split)
    }
}

/// What a meter showed in a slot. A slot without a reading has none of these.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Reading {
    /// What the household gave, less what it took.
    pub net: NetEnergy,
    /// How the reading came about.
    pub quality: Quality,
}

impl Reading {
    /// The reading of a meter of gross generation and load, or of export and import.
    pub fn new(given: Energy, taken: Energy, quality: Quality) -> Reading {
        Reading { net: NetEnergy::of(given, taken), quality }
    }
}
