//! Why a market description was refused, and where.

/// Why a market description was refused, and where.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{}{}{problem}", .line.map_or(String::new(), |line| format!("line {line}, ")), if .path.is_empty() { String::new() } else { format!("{}: ", .path) })]
pub struct Refused {
    /// The line of the file, from 1. None: the file as a whole.
    pub line: Option<usize>,
    /// Path of the key, as `tariff.retail.bands[0].from`. Empty: the file as a whole.
    pub path: String,
    /// What is wrong with it.
    pub problem: Problem,
}

impl Refused {
    /// A code that stays the same across versions, for machines.
    pub const fn code(&self) -> &'static str {
        match self.problem {
            Problem::Syntax(_) => "market-syntax",
            Problem::Unknown { .. } | Problem::Missing { .. } | Problem::Type { .. } => "market-shape",
            Problem::Negative => "market-negative-price",
            _ => "market-value",
        }
    }
}

/// What is wrong with a key.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Problem {
    /// Not TOML, or not UTF-8.
    #[error("not TOML: {0}")]
    Syntax(String),
    /// A key that a description does not have.
    #[error("there is no such key here; the keys are {known}")]
    Unknown {
        /// The keys that may stand there.
        known: String,
    },
    /// A key that must be there.
    #[error("the key `{key}` is missing")]
    Missing {
        /// The key.
        key: &'static str,
    },
    /// A value of another kind.
    #[error("{found} stands here, but it must be {wanted}")]
    Type {
        /// The kind of the value.
        found: String,
        /// The kind that it must have.
        wanted: &'static str,
    },
    /// A price below zero.
    #[error("negative prices are not supported: prices in scenarios and on the ledger are 0 or more")]
    Negative,
    /// A value that breaks a rule.
    #[error("{0}")]
    Value(String),
}
