//! Why a CMAP market was refused, and where.

use super::format::FORMAT;
use crate::household_id::MAX_BYTES;
use crate::json::{Fault, Unread};

/// Why a market was refused, and where.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{}{}{problem}", .path, if .path.is_empty() { "" } else { ": " })]
pub struct Refused {
    /// Path of the field, as `sellers[3].weights.price`. Empty: the file as a whole.
    pub path: String,
    /// What is wrong with it.
    pub problem: Problem,
}

impl Refused {
    /// A code that stays the same across versions, for machines.
    pub const fn code(&self) -> &'static str {
        self.problem.code()
    }
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
    /// The file names another format.
    #[error("the format is {0:?}, not {FORMAT:?}")]
    Format(String),
    /// A number outside its bounds.
    #[error("{value} is not in {least}..={most}")]
    Bounds {
        /// The number.
        value: u64,
        /// Its least value.
        least: u64,
        /// Its greatest value.
        most: u64,
    },
    /// A range of prices that ends before it begins.
    #[error("{price_max} is below {price_min}, the `price_min` of this market")]
    Prices {
        /// The least believable ask.
        price_min: u64,
        /// The end of believable limits.
        price_max: u64,
    },
    /// Sides that both count nothing.
    #[error("both weights are 0; at least one side counts")]
    SideWeights,
    /// An id that is empty, too long, or has control characters.
    #[error("{0:?} is not an id: it must be 1 to {MAX_BYTES} bytes without control characters")]
    Id(String),
    /// An id that stands in the file before.
    #[error("{id:?} is already the id of {earlier}")]
    SecondId {
        /// The id.
        id: String,
        /// Path of the plan or router that has it.
        earlier: String,
    },
    /// Weights that do not sum to 1000.
    #[error("the weights sum to {0}, not to 1000")]
    WeightSum(u64),
    /// A buyer that minds the type and does not say which it wants.
    #[error("the weights have `type`, so the buyer says which `type` it wants")]
    NoType,
    /// A buyer that wants a type and does not mind it.
    #[error("the weights have no `type`, so the buyer wants none")]
    UnusedType,
    /// A side whose volumes are too large together.
    #[error("with this plan the volumes of the side sum to {0} Wh, and not to less than 2^40")]
    Volumes(u64),
    /// The end of a line that is nothing in the file.
    #[error("{0:?} is not the id of a seller, a buyer or a router")]
    UnknownEnd(String),
    /// A line that begins at a buyer.
    #[error("{0:?} is a buyer; a line begins at a seller or a router")]
    FromBuyer(String),
    /// A line that ends at a seller.
    #[error("{0:?} is a seller; a line ends at a router or a buyer")]
    ToSeller(String),
}

impl Problem {
    /// A code that stays the same across versions, for machines.
    pub const fn code(&self) -> &'static str {
        match self {
            Problem::Syntax(_) => "cmap-syntax",
            Problem::Shape(_) | Problem::NoType | Problem::UnusedType => "cmap-shape",
            Problem::Format(_) => "cmap-format",
            Problem::Bounds { .. } | Problem::Prices { .. } => "cmap-bounds",
            Problem::SideWeights | Problem::WeightSum(_) => "cmap-weights",
            Problem::Id(_) | Problem::SecondId { .. } => "cmap-id",
            Problem::Volumes(_) => "cmap-volumes",
            Problem::UnknownEnd(_) | Problem::FromBuyer(_) | Problem::ToSeller(_) => "cmap-line",
        }
    }
}

/// Gives a [`Problem`] the path of its field, which is made only when there is a problem.
pub(super) trait At<T> {
    fn at(self, path: impl FnOnce() -> String) -> Result<T, Refused>;
}

impl<T> At<T> for Result<T, Problem> {
    fn at(self, path: impl FnOnce() -> String) -> Result<T, Refused> {
        self.map_err(|problem| Refused { path: path(), problem })
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
