//! Why a policy file was refused, and where.

/// Why a policy file was refused, and where.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{}{}{problem}", .path, if .path.is_empty() { "" } else { ": " })]
pub struct Refused {
    /// Path of the key, as `sell.floor`. Empty: the file as a whole.
    pub path: String,
    /// What is wrong with it.
    pub problem: Problem,
}

/// What is wrong with a key.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Problem {
    /// Longer than a policy file may be.
    #[error("the file has {bytes} bytes, more than {most}")]
    TooLong {
        /// Length of the text in bytes.
        bytes: usize,
        /// Greatest length in bytes.
        most: usize,
    },
    /// Not TOML.
    #[error("line {line} is not TOML: {message}")]
    Syntax {
        /// The line, from 1 on.
        line: usize,
        /// What the TOML parser says.
        message: String,
    },
    /// A format that this version does not read.
    #[error("{found:?} is not {expected:?}, the only format that this version reads")]
    Format {
        /// The format of the file.
        found: String,
        /// The format that is read.
        expected: &'static str,
    },
    /// A key that no version has.
    #[error("unknown key; the keys here are {known}")]
    Unknown {
        /// The keys that may stand here.
        known: String,
    },
    /// A key that has no default.
    #[error("this key is needed here")]
    Needed,
    /// More entries of a list than there may be.
    #[error("{found} entries are more than {most}")]
    Many {
        /// How many there are.
        found: usize,
        /// How many there may be.
        most: usize,
    },
    /// A value of the wrong kind.
    #[error("{found} where {expected} is needed")]
    Kind {
        /// The kind of value in the file.
        found: &'static str,
        /// What is needed.
        expected: &'static str,
    },
    /// A number or text that is no exact amount.
    #[error("{found} is not {expected} with at most {places} decimals, from 0 to {most}")]
    Decimal {
        /// The number, as the file writes it.
        found: String,
        /// What is needed.
        expected: &'static str,
        /// How many decimals it may have.
        places: u32,
        /// The greatest value.
        most: String,
    },
    /// A whole number outside its bounds.
    #[error("{found} is not in {least}..={most}")]
    Bounds {
        /// The number, as the file writes it.
        found: String,
        /// Its least value.
        least: u64,
        /// Its greatest value.
        most: u64,
    },
    /// A word that is none of the choices.
    #[error("{found:?} is none of {choices}")]
    Choice {
        /// The word.
        found: String,
        /// The words that are possible.
        choices: String,
    },
    /// A least value above its greatest.
    #[error("it is above {most_key}, so nothing lies between them")]
    Order {
        /// The key of the greatest value.
        most_key: &'static str,
    },
}

impl Refused {
    /// A code that stays the same across versions, for machines.
    pub const fn code(&self) -> &'static str {
        match self.problem {
            Problem::TooLong { .. } => "policy-too-long",
            Problem::Syntax { .. } => "policy-syntax",
            Problem::Format { .. } => "policy-format",
            Problem::Unknown { .. } => "policy-unknown-key",
            Problem::Needed => "policy-needed-key",
            Problem::Many { .. } => "policy-many",
            Problem::Kind { .. } => "policy-kind",
            Problem::Decimal { .. } => "policy-decimal",
            Problem::Bounds { .. } => "policy-bounds",
            Problem::Choice { .. } => "policy-choice",
            Problem::Order { .. } => "policy-order",
        }
    }
}
