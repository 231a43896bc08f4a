//! Units of power and energy.

use std::fmt;

/// A unit of power or energy.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Unit {
    /// Watt.
    W,
    /// Kilowatt.
    KW,
    /// Megawatt.
    MW,
    /// Watt-hour.
    Wh,
    /// Kilowatt-hour.
    KWh,
    /// Megawatt-hour.
    MWh,
}

impl Unit {
    /// The unit as it is written.
    pub const fn name(self) -> &'static str {
        match self {
            Self::W => "W",
            Self::KW => "kW",
            Self::MW => "MW",
            Self::Wh => "Wh",
            Self::KWh => "kWh",
            Self::MWh => "MWh",
        }
    }

    /// A value in this unit is `value * 10^power_of_ten` W or Wh.
    pub const fn power_of_ten(self) -> i32 {
        match self {
            Self::W | Self::Wh => 0,
            Self::KW | Self::KWh => 3,
            Self::MW | Self::MWh => 6,
        }
    }
}

impl fmt::Display for Unit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}
