//! Errors of the encrypted deviation, each with a stable code.

/// Why bytes or a key were refused.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Error {
    /// Bytes that are not the canonical encoding of what is asked for, under this crate's parameters.
    #[error("not a canonical encoding of {0}")]
    Encoding(&'static str),
    /// A server key that is not the one that was named.
    #[error("the server key has another digest than the one named")]
    OtherKey,
    /// The library refused to compute.
    #[error("the library refused: {0}")]
    Library(String),
}

impl Error {
    /// A code that stays the same across versions, for machines.
    pub const fn code(&self) -> &'static str {
        match self {
            Error::Encoding(_) => "encoding",
            Error::OtherKey => "other-key",
            Error::Library(_) => "library",
        }
    }
}
