//! Errors of encrypted matching, each with a stable code.

/// The reason why an input, an encoding or an opening is refused.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Error {
    /// A quantised attribute, weight or type outside its range.
    #[error("{what} is above {max}")]
    OutOfBounds {
        /// The value's name.
        what: &'static str,
        /// The greatest value.
        max: u8,
    },
    /// The bytes are not the canonical encoding of any value.
    #[error("not a canonical encoding: {0}")]
    Encoding(&'static str),
    /// A pack holds between 1 and 64 offers.
    #[error("a pack holds 1 to 64 offers, not {0}")]
    PackSize(usize),
    /// The same plan is listed twice in a round.
    #[error("a plan is listed twice in the round")]
    ListedTwice,
    /// The posted scores do not follow from the ciphertexts.
    #[error("the posted digest is not that of the recomputed scores")]
    DigestMismatch,
    /// At least one ciphertext of the vector does not decrypt to a score. The error does not say
    /// which one.
    #[error("the score vector does not decrypt to scores")]
    NotAScore,
    /// Masking takes 1 to 4095 offers: with the reference, as many slots as one vector may have.
    #[error("a masked vector holds 1 to 4095 offers, not {0}")]
    VectorSize(usize),
    /// The slots cannot be the least of a vector: there are none, or they are out of order or out
    /// of range.
    #[error("not the least slots of a vector: {0}")]
    Slots(&'static str),
    /// The pairs do not follow from the answers.
    #[error("the pairs are not those that follow from the answers")]
    PairsMismatch,
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
            Error::VectorSize(_) => "vector-size",
            Error::Slots(_) => "slots",
            Error::PairsMismatch => "pairs-mismatch",
        }
    }
}
