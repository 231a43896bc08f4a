//! Errors of the protocol's types, each with a stable code.

/// Why a value, an encoding or a witness was refused.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Error {
    /// A quantity above its bound.
    #[error("{what} is above its bound {max}")]
    OutOfBounds {
        /// The quantity, with its unit.
        what: &'static str,
        /// The greatest value of the quantity.
        max: u64,
    },
    /// Arithmetic whose result would be out of bounds.
    #[error("{0}")]
    Arithmetic(&'static str),
    /// A price that is not on the market's tick grid.
    #[error("price is not on the tick grid: it must be first + step x tick with tick in 0..48")]
    OffGrid,
    /// Bytes that are not the canonical encoding of any value.
    #[error("not a canonical encoding: {0}")]
    Encoding(&'static str),
    /// A point that is not in the prime-order subgroup, or is the identity.
    #[error("not a usable public key: {0}")]
    Key(&'static str),
    /// A signature or proof of possession that does not verify.
    #[error("signature does not verify")]
    Signature,
}

impl Error {
    /// A code that stays the same across versions, for machines.
    pub const fn code(&self) -> &'static str {
        match self {
            Error::OutOfBounds { .. } => "out-of-bounds",
            Error::Arithmetic(_) => "arithmetic",
            Error::OffGrid => "off-grid",
            Error::Encoding(_) => "encoding",
            Error::Key(_) => "key",
            Error::Signature => "signature",
        }
    }
}
