//! Why a problem of the grid was refused, and where.

use crate::horizon_fault::Fault as HorizonFault;
use crate::program::Unsolved;
use market::json::{Fault, Unread};

/// Why a file was refused, and where.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{}{}{problem}", .path, if .path.is_empty() { "" } else { ": " })]
pub struct Refused {
    /// Path of the field, as `lines[3].from`. Empty: the file as a whole.
    pub path: String,
    /// What is wrong with it.
    pub problem: Problem,
}

/// What is wrong with a field.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Problem {
    /// Not JSON.
    #[error("not JSON: {0}")]
    Syntax(String),
    /// A field that is unknown, missing, of a wrong type, or occurs twice.
    #[error("{0}")]
    Shape(String),
    /// The file names a format that nothing here reads.
    #[error("the format is {found:?}, not one of {known}")]
    Format {
        /// What the file says.
        found: String,
        /// What it may say.
        known: String,
    },
    /// A number outside its bounds.
    #[error("{value} is not in {least}..={most}")]
    Bounds {
        /// The number.
        value: i128,
        /// Its least value.
        least: i128,
        /// Its greatest value.
        most: i128,
    },
    /// A cycle that does not divide an hour.
    #[error("a cycle of {0} seconds does not divide an hour of 3600")]
    CycleSeconds(u64),
    /// A band of voltages without any voltage.
    #[error("the least voltage is {least} mV, above the greatest, {most} mV")]
    EmptyBand {
        /// The least voltage.
        least: u64,
        /// The greatest voltage.
        most: u64,
    },
    /// A result that does not fit into the numbers of a file.
    #[error("the result {0} does not fit into 64 bits")]
    TooGreat(i128),
    /// A household's horizon that is none, or that no schedule fits.
    #[error(transparent)]
    Schedule(#[from] HorizonFault),
    /// An id that is empty.
    #[error("an id has at least one letter or digit")]
    EmptyId,
    /// An id that stands in the file before.
    #[error("{id:?} is also the id of {earlier}")]
    SecondId {
        /// The id.
        id: String,
        /// The path of the earlier one.
        earlier: String,
    },
    /// A bus that the network does not have.
    #[error("there is no bus {0:?}; `buses` lists them")]
    UnknownBus(String),
    /// A household that has no place.
    #[error("there is no household {0:?}; `places` lists them")]
    UnknownHousehold(String),
    /// A slot that is not after the one before it.
    #[error("slot {slot:?} is not after {earlier:?}; `base` lists slots in their order")]
    SlotOrder {
        /// The slot.
        slot: String,
        /// The slot of the entry before it.
        earlier: String,
    },
    /// A slot before the first one of the base.
    #[error("no entry says what flows in slot {0:?}; the first one is after it")]
    NoBase(String),
    /// A network without buses.
    #[error("a network has at least one bus")]
    NoBus,
    /// A line from a bus to itself.
    #[error("the line goes from bus {0:?} to itself")]
    ToItself(String),
    /// A bus that no chain of lines connects with the first one.
    #[error("no line connects bus {bus:?} with bus {first:?}")]
    Unconnected {
        /// The bus.
        bus: String,
        /// The first bus.
        first: String,
    },
    /// A bus of a feeder that two lines feed.
    #[error("bus {bus:?} is fed by `lines[{earlier}]` already; on a feeder one line feeds each bus")]
    FedTwice {
        /// The bus.
        bus: String,
        /// The other line, by its index.
        earlier: usize,
    },
    /// A line that feeds the root of a feeder.
    #[error("bus {0:?} is the root, the first of `buses`; no line feeds it")]
    FeedsRoot(String),
    /// More of something than is read.
    #[error("there are {count}, and at most {most} are read")]
    TooMany {
        /// How many there are.
        count: usize,
        /// The most that are read.
        most: usize,
    },
    /// A problem that is well stated, and has no answer.
    #[error("{0}")]
    Unsolved(#[from] Unsolved),
    /// A feeder whose loads cannot be served within its limits.
    #[error("{0}")]
    Unserved(String),
}

impl Problem {
    /// A code that stays the same across versions, for machines.
    pub const fn code(&self) -> &'static str {
        match self {
            Problem::Syntax(_) => "grid-syntax",
            Problem::Shape(_) => "grid-shape",
            Problem::Format { .. } => "grid-format",
            Problem::Bounds { .. } | Problem::TooGreat(_) => "grid-bounds",
            Problem::SlotOrder { .. } | Problem::NoBase(_) => "grid-slot",
            Problem::CycleSeconds(_) => "grid-cycle",
            Problem::EmptyBand { .. } => "grid-band",
            Problem::Schedule(fault) => fault.code(),
            Problem::EmptyId | Problem::SecondId { .. } => "grid-id",
            Problem::UnknownBus(_) => "grid-unknown-bus",
            Problem::UnknownHousehold(_) => "grid-unknown-household",
            Problem::NoBus | Problem::Unconnected { .. } => "grid-unconnected",
            Problem::TooMany { .. } => "grid-too-many",
            Problem::Unsolved(unsolved) => unsolved.code(),
            Problem::Unserved(_) => "grid-unserved",
            Problem::ToItself(_) | Problem::FedTwice { .. } | Problem::FeedsRoot(_) => "grid-not-radial",
        }
    }
}

impl Refused {
    /// A refusal of the field at `path`.
    pub fn at(path: impl Into<String>, problem: Problem) -> Refused {
        Refused { path: path.into(), problem }
    }

    /// A code that stays the same across versions, for machines.
    pub const fn code(&self) -> &'static str {
        self.problem.code()
    }
}

impl From<Unsolved> for Refused {
    fn from(unsolved: Unsolved) -> Refused {
        Refused::at("", Problem::Unsolved(unsolved))
    }
}

impl From<Unread> for Refused {
    fn from(unread: Unread) -> Refused {
        let problem = match unread.fault {
            Fault::Syntax => Problem::Syntax(unread.message),
            Fault::Shape => Problem::Shape(unread.message),
        };
        Refused { path: unread.path, problem }
    }
}

/// Gives a [`Problem`] the path of its field.
pub trait At<T> {
    /// The refusal of the field at the path.
    fn at(self, path: impl FnOnce() -> String) -> Result<T, Refused>;
}

impl<T> At<T> for Result<T, Problem> {
    fn at(self, path: impl FnOnce() -> String) -> Result<T, Refused> {
        self.map_err(|problem| Refused { path: path(), problem })
    }
}

impl<T> At<T> for Result<T, protocol::Error> {
    fn at(self, path: impl FnOnce() -> String) -> Result<T, Refused> {
        self.map_err(|error| Refused { path: path(), problem: Problem::Shape(error.to_string()) })
    }
}
