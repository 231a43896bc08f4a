//! Why an input of a settlement was refused, and where.

use market::json::{Fault, Unread};

/// Why an input was refused, and where.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{}{}{problem}", .path, if .path.is_empty() { "" } else { ": " })]
pub struct Refused {
    /// Path of the field, as `supply[3].wh`. Empty: the file as a whole.
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
    /// The file names another format.
    #[error("the format is {found:?}, not {expected:?}")]
    Format {
        /// What the file says.
        found: String,
        /// What it must say.
        expected: &'static str,
    },
    /// A number above its bound.
    #[error("{0}")]
    Bound(protocol::Error),
    /// A user that occurs twice in one list.
    #[error("user {0:?} occurs twice")]
    Twice(String),
    /// A name that no user may have: `grid`, or an empty one.
    #[error("{0:?} cannot be a user's name")]
    Name(String),
    /// A user that the market does not list.
    #[error("user {0:?} is not among the market's users")]
    Unknown(String),
    /// Data of a cycle that has not begun yet.
    #[error("cycle {0} has not begun yet")]
    Future(u32),
    /// The number in the file of a cycle differs from the number of its name or place, or a file is
    /// missing between others.
    #[error("the file says cycle {found}, but its name and place say {expected}")]
    Order {
        /// What the file says.
        found: u32,
        /// What it must say.
        expected: u32,
    },
}

impl Refused {
    pub(super) fn at(path: impl Into<String>, problem: Problem) -> Self {
        Refused { path: path.into(), problem }
    }
    /// A code that stays the same across versions, for machines.
    pub const fn code(&self) -> &'static str {
        match self.problem {
            Problem::Syntax(_) => "settlement-syntax",
            Problem::Shape(_) => "settlement-shape",
            Problem::Format { .. } => "settlement-format",
            Problem::Bound(_) => "settlement-bound",
            Problem::Twice(_) => "settlement-twice",
            Problem::Name(_) => "settlement-name",
            Problem::Unknown(_) => "settlement-unknown-user",
            Problem::Future(_) => "settlement-future",
            Problem::Order { .. } => "settlement-order",
        }
    }
}

impl From<Unread> for Refused {
    fn from(unread: Unread) -> Refused {
        let problem = match unread.fault {
            Fault::Syntax => Problem::Syntax(unread.message),
            Fault::Shape => Problem::Shape(unread.message),
        };
        Refused::at(unread.path, problem)
    }
}
