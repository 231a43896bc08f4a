//! Why bytes are no proof or key, and why a proof is refused; each with a stable code.

/// Bytes that are not the canonical encoding of usable points.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PointError {
    /// The wrong number of bytes.
    #[error("wrong length")]
    Length,
    /// Not the canonical encoding of a pair of coordinates.
    #[error("not a canonical encoding of a point")]
    Encoding,
    /// Coordinates off the curve.
    #[error("point is not on the curve")]
    NotOnCurve,
    /// A point outside the subgroup of prime order.
    #[error("point is not in the subgroup of prime order")]
    NotInSubgroup,
    /// The identity, which no honest proof or key contains.
    #[error("point is the identity")]
    Identity,
    /// A verifying key with no or too many inputs.
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

/// A proof that is refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum VerifyError {
    /// More or fewer public inputs than the key takes.
    #[error("the key takes {expected} public inputs, not {found}")]
    InputCount {
        /// What the key takes.
        expected: usize,
        /// What was given.
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

/// Pins that cannot be read or do not fit.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PinError {
    /// A line that is no pin.
    #[error("not a pin: {0}")]
    Line(String),
    /// Two pins of one relation.
    #[error("relation {0} is pinned twice")]
    Repeated(String),
    /// A relation that is not pinned, or whose key is not embedded.
    #[error("no key of relation {0} is known")]
    Missing(String),
    /// A verifying key that is not the pinned one.
    #[error("the verifying key of {0} is not the pinned one")]
    Mismatch(String),
    /// A verifying key that is none.
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

/// Keys that cannot be made, kept or trusted.
#[cfg(feature = "prove")]
#[derive(Debug, thiserror::Error)]
pub enum KeyError {
    /// A relation without a pin.
    #[error("no key of relation {0} is known")]
    NotPinned(String),
    /// A key that is not the pinned one: the relation, the seed or the setup has changed.
    #[error("the key of relation {0} is not the pinned one")]
    PinMismatch(String),
    /// Bytes that are no key, under a hash that says they are.
    #[error("not a proving key")]
    Encoding,
    /// A key with unusable points.
    #[error(transparent)]
    Point(#[from] PointError),
    /// The relation cannot be synthesised.
    #[error("synthesis: {0}")]
    Synthesis(#[from] ark_relations::gr1cs::SynthesisError),
    /// The folder of keys cannot be used.
    #[error("{path}: {source}")]
    Io {
        /// Which file.
        path: std::path::PathBuf,
        /// Why.
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
            KeyError::Encoding => "key-encoding",
            KeyError::Point(e) => e.code(),
            KeyError::Synthesis(_) => "synthesis",
            KeyError::Io { .. } => "key-io",
        }
    }
}

/// A proof that cannot be made.
#[cfg(feature = "prove")]
#[derive(Debug, thiserror::Error)]
pub enum ProveError {
    /// The witness does not satisfy the relation.
    #[error("the witness does not satisfy the relation")]
    Unsatisfied,
    /// The key is of a circuit of another shape.
    #[error("the key is not of this circuit")]
    Shape,
    /// The relation cannot be synthesised.
    #[error("synthesis: {0}")]
    Synthesis(#[from] ark_relations::gr1cs::SynthesisError),
    /// A degenerate proof (probability 2^-255): prove again.
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
