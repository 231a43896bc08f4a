//! Errors of the encrypted deviation, each with a stable code.

/// The reason why bytes or a key are refused.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Error {
    /// The bytes are not the canonical encoding of the expected type under this crate's parameters.
    #[error("not a canonical encoding of {0}")]
    Encoding(&'static str),
    /// The server key is not the one whose digest is given.
    #[error("the server key has another digest than the one named")]
    OtherKey,
    /// A threshold is too great for a ciphertext, because more was matched than the genesis of a
    /// market with encrypted deviations allows.
    #[error("a threshold of {0} Wh is not below 2^16 Wh: no plan may offer or want that much here")]
    TooMuch(u64),
}

impl Error {
    /// A code that stays the same across versions, for machines.
    pub const fn code(&self) -> &'static str {
        match self {
            Error::Encoding(_) => "encoding",
            Error::OtherKey => "other-key",
            Error::TooMuch(_) => "too-much-energy",
        }
    }
}
