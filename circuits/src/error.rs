//! Errors of proofs and keys, each with a stable code.

/// The reason why bytes are not the canonical encoding of usable points.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PointError {
    /// The number of bytes is wrong.
    #[error("wrong length")]
    Length,
    /// The bytes are not the canonical encoding of a pair of coordinates.
    #[error("not a canonical encoding of a point")]
    Encoding,
    /// The coordinates are not on the curve.
    #[error("point is not on the curve")]
    NotOnCurve,
    /// The point is outside the subgroup of prime order.
    #[error("point is not in the subgroup of prime order")]
    NotInSubgroup,
    /// The point is the identity, which no honest proof or key contains.
    #[error("point is the identity")]
    Identity,
    /// The verifying key has no inputs or too many.
    #[error("number of inputs is out of bounds")]
    InputCount,
}

impl PointError {
    /// A code that stays the same across versions, for machines.
    pub const fn code(&self) -> &'static str {
        match self {
            PointError::Length => "point-length",
            PointError::Encoding => "point-encoding",
            PointError::NotOnCurve => "point-not-on-curve",
            PointError::NotInSubgroup => "point-not-in-subgroup",
            PointError::Identity => "point-identity",
            PointError::InputCount => "key-input-count",
        }
    }
}

/// The reason why a proof is refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum VerifyError {
    /// There are more or fewer public inputs than the key takes.
    #[error("the key takes {expected} public inputs, not {found}")]
    InputCount {
        /// The number that the key takes.
        expected: usize,
        /// The number that was given.
        found: usize,
    },
    /// The pairing equation does not hold.
    #[error("proof does not verify")]
    Refused,
}

impl VerifyError {
    /// A code that stays the same across versions, for machines.
    pub const fn code(&self) -> &'static str {
        match self {
            VerifyError::InputCount { .. } => "proof-input-count",
            VerifyError::Refused => "proof-refused",
        }
    }
}

/// The reason why pins are refused.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PinError {
    /// A line is not a pin.
    #[error("not a pin: {0}")]
    Line(String),
    /// A relation has two pins.
    #[error("relation {0} is pinned twice")]
    Repeated(String),
    /// The relation is not pinned, or its key is not embedded in this program.
    #[error("no key of relation {0} is known")]
    Missing(String),
    /// The verifying key is not the pinned one.
    #[error("the verifying key of {0} is not the pinned one")]
    Mismatch(String),
    /// The bytes are not a verifying key.
    #[error(transparent)]
    Point(#[from] PointError),
}

impl PinError {
    /// A code that stays the same across versions, for machines.
    pub const fn code(&self) -> &'static str {
        match self {
            PinError::Line(_) => "pin-line",
            PinError::Repeated(_) => "pin-repeated",
            PinError::Missing(_) => "key-not-pinned",
            PinError::Mismatch(_) => "key-pin-mismatch",
            PinError::Point(e) => e.code(),
        }
    }
}

/// The reason why a key cannot be made, kept or trusted.
#[cfg(feature = "prove")]
#[derive(Debug, thiserror::Error)]
pub enum KeyError {
    /// The relation has no pin.
    #[error("no key of relation {0} is known")]
    NotPinned(String),
    /// The key is not the pinned one: the relation, the seed or the setup has changed.
    #[error("the key of relation {0} is not the pinned one")]
    PinMismatch(String),
    /// The key was made by a ceremony, and the file that has it is missing or not the pinned one.
    #[error("{}: put the ceremony's proving key there: it cannot be made from a seed", .0.display())]
    FromCeremony(std::path::PathBuf),
    /// The bytes have the pinned hash and are not a key.
    #[error("not a proving key")]
    Encoding,
    /// The key has unusable points.
    #[error(transparent)]
    Point(#[from] PointError),
    /// The relation cannot be synthesised.
    #[error("synthesis: {0}")]
    Synthesis(#[from] ark_relations::gr1cs::SynthesisError),
    /// The folder of keys cannot be read or written.
    #[error("{path}: {source}")]
    Io {
        /// The file.
        path: std::path::PathBuf,
        /// The system's error.
        source: std::io::Error,
    },
}

#[cfg(feature = "prove")]
impl KeyError {
    pub(crate) fn io(path: &std::path::Path, source: std::io::Error) -> Self {
        KeyError::Io { path: path.to_owned(), source }
    }

    /// A code that stays the same across versions, for machines.
    pub const fn code(&self) -> &'static str {
        match self {
            KeyError::NotPinned(_) => "key-not-pinned",
            KeyError::PinMismatch(_) => "key-pin-mismatch",
            KeyError::FromCeremony(_) => "key-from-ceremony",
            KeyError::Encoding => "key-encoding",
            KeyError::Point(e) => e.code(),
            KeyError::Synthesis(_) => "synthesis",
            KeyError::Io { .. } => "key-io",
        }
    }
}

/// The reason why a proof cannot be made.
#[cfg(feature = "prove")]
#[derive(Debug, thiserror::Error)]
pub enum ProveError {
    /// The witness does not satisfy the relation.
    #[error("the witness does not satisfy the relation")]
    Unsatisfied,
    /// The key is that of a circuit of another shape.
    #[error("the key is not of this circuit")]
    Shape,
    /// The relation cannot be synthesised.
    #[error("synthesis: {0}")]
    Synthesis(#[from] ark_relations::gr1cs::SynthesisError),
    /// The proof has an identity in it, with probability 2^-255. The caller can prove again.
    #[error(transparent)]
    Point(#[from] PointError),
}

#[cfg(feature = "prove")]
impl ProveError {
    /// A code that stays the same across versions, for machines.
    pub const fn code(&self) -> &'static str {
        match self {
            ProveError::Unsatisfied => "witness-unsatisfied",
            ProveError::Shape => "key-shape",
            ProveError::Synthesis(_) => "synthesis",
            ProveError::Point(e) => e.code(),
        }
    }
}
