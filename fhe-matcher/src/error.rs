//! Errors of encrypted matching, each with a stable code.

/// Why an input, an encoding or an opening was refused.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Error {
    /// A quantised attribute, weight or type outside its range.
    #[error("{what} is above {max}")]
    OutOfBounds {
        /// Which value.
        what: &'static str,
        /// Its greatest value.
        max: u8,
    },
    /// Bytes that are not the canonical encoding of anything.
    #[error("not a canonical encoding: {0}")]
    Encoding(&'static str),
    /// A pack holds between 1 and 64 offers.
    #[error("a pack holds 1 to 64 offers, not {0}")]
    PackSize(usize),
    /// The same plan is listed twice in a round.
    #[error("a plan is listed twice in the round")]
    ListedTwice,
    /// The scores that were posted are not those that follow from the ciphertexts.
    #[error("the posted digest is not that of the recomputed scores")]
    DigestMismatch,
    /// At least one ciphertext of the vector does not decrypt to a score. Which one, and to what, is not said.
    #[error("the score vector does not decrypt to scores")]
    NotAScore,
}

impl Error {
    /// A code that stays the same across versions, for machines.
    pub const fn code(&self) -> &'static str {
        match self {
            Error::OutOfBounds { .. } => "out-of-bounds",
            Error::Encoding(_) => "encoding",
            Error::PackSize(_) => "pack-size",
            Error::ListedTwice => "listed-twice",
            Error::DigestMismatch => "digest-mismatch",
            Error::NotAScore => "not-a-score",
        }
    }
}
