//! The names of the formats.

use super::Unknown;
use std::fmt;
use std::str::FromStr;

/// A format of meter data: `--format`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Format {
    /// Octopus Energy: the supplier's download, or its interface's answer as CSV.
    Octopus,
    /// The Low Carbon London trial of 2011 to 2014.
    LowCarbonLondon,
    /// Fluvius, the Flemish operator: quarter hours.
    Fluvius,
    /// Enedis, the French operator: load curve.
    Enedis,
    /// Ausgrid's 300 solar homes.
    Ausgrid,
    /// The Australian market's interval file.
    Nem12,
    /// The SimBench grids, a folder.
    SimBench,
    /// Pecan Street's Dataport.
    PecanStreet,
    /// The SMART* homes of the University of Massachusetts.
    SmartStar,
    /// Home Assistant: long-term statistics.
    HomeAssistant,
    /// Green Button: ESPI XML.
    GreenButton,
    /// A column a meter.
    Wide,
    /// A row a reading of a register.
    Registers,
}

impl Format {
    /// All formats, in the order of the documentation.
    pub const ALL: [Self; 13] = [
        Self::Octopus,
        Self::LowCarbonLondon,
        Self::Fluvius,
        Self::Enedis,
        Self::Ausgrid,
        Self::Nem12,
        Self::SimBench,
        Self::PecanStreet,
        Self::SmartStar,
        Self::HomeAssistant,
        Self::GreenButton,
        Self::Wide,
        Self::Registers,
    ];

    /// The name that `--format` takes.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Octopus => "octopus",
            Self::LowCarbonLondon => "low-carbon-london",
            Self::Fluvius => "fluvius",
            Self::Enedis => "enedis",
            Self::Ausgrid => "ausgrid",
            Self::Nem12 => "nem12",
            Self::SimBench => "simbench",
            Self::PecanStreet => "pecan-street",
            Self::SmartStar => "smart-star",
            Self::HomeAssistant => "home-assistant",
            Self::GreenButton => "green-button",
            Self::Wide => "wide",
            Self::Registers => "registers",
        }
    }
}

impl fmt::Display for Format {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl FromStr for Format {
    type Err = Unknown;

    fn from_str(text: &str) -> Result<Self, Unknown> {
        let wanted = text.trim().to_ascii_lowercase();
        Self::ALL
            .into_iter()
            .find(|format| format.name() == wanted)
            .ok_or(Unknown { expected: "one of the names that `veilgrid meters formats` lists" })
    }
}
