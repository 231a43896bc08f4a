//! Verifying keys: canonical bytes, and an id that is their hash.
//!
//! The encoding, with all points compressed as in a proof, is alpha (48), beta (96), gamma (96),
//! delta (96), number of inputs n (4, little end first), then n + 1 points (48 each) for the
//! constant one and the inputs. A key with an identity in it is refused, since an input whose point
//! is the identity would not be bound.

use crate::{
    blst_ffi::{G1, G2},
    error::PointError,
    parallel::map_chunks,
    proof::part,
};
use sha2::{Digest, Sha256};

/// The greatest number of public inputs of a relation.
pub const MAX_INPUTS: usize = 8192;
const HEAD: usize = 48 + 3 * 96 + 4;

/// SHA-256 of a verifying key's bytes.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct KeyId(pub [u8; 32]);

impl std::fmt::Display for KeyId {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.0.iter().try_for_each(|b| write!(f, "{b:02x}"))
    }
}

impl std::fmt::Debug for KeyId {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "KeyId({self})")
    }
}

/// The key that proofs are verified with.
#[derive(Clone, PartialEq, Eq)]
pub struct VerifyingKey {
    pub(crate) alpha: G1,
    pub(crate) beta: G2,
    pub(crate) gamma: G2,
    pub(crate) delta: G2,
    /// The points of the constant one and of each input.
    pub(crate) inputs: Vec<G1>,
}

impl VerifyingKey {
    /// Decodes a key. Error: [`PointError`] for any bytes but the one encoding of usable points.
    pub fn decode(bytes: &[u8]) -> Result<Self, PointError> {
        if bytes.len() < HEAD {
            return Err(PointError::Length);
        }
        let n = u32::from_le_bytes(*part(bytes, HEAD - 4)) as usize;
        if n == 0 || n > MAX_INPUTS {
            return Err(PointError::InputCount);
        }
        if bytes.len() != HEAD + 48 * (n + 1) {
            return Err(PointError::Length);
        }
        Ok(VerifyingKey {
            alpha: G1::decode(part(bytes, 0))?,
            beta: G2::decode(part(bytes, 48))?,
            gamma: G2::decode(part(bytes, 144))?,
            delta: G2::decode(part(bytes, 240))?,
            inputs: input_points(&bytes[HEAD..])?,
        })
    }

    /// The canonical encoding.
    pub fn encode(&self) -> Vec<u8> {
        let mut out = Vec::with_capacity(HEAD + 48 * self.inputs.len());
        out.extend(self.alpha.encode());
        for p in [&self.beta, &self.gamma, &self.delta] {
            out.extend(p.encode());
        }
        let n = u32::try_from(self.input_count()).expect("at most MAX_INPUTS");
        out.extend(n.to_le_bytes());
        for p in &self.inputs {
            out.extend(p.encode());
        }
        out
    }

    /// The hash of the encoding, which names the key everywhere.
    pub fn id(&self) -> KeyId {
        KeyId(Sha256::digest(self.encode()).into())
    }

    /// Number of public inputs of a proof under this key.
    pub fn input_count(&self) -> usize {
        self.inputs.len() - 1
    }
}

/// Decodes the points of the inputs over all threads. Each takes a square root and a check of its
/// order.
fn input_points(bytes: &[u8]) -> Result<Vec<G1>, PointError> {
    let (points, _) = bytes.as_chunks::<48>();
    let decoded = map_chunks(points, 64, |chunk| chunk.iter().map(G1::decode).collect::<Result<Vec<_>, _>>());
    Ok(decoded.into_iter().collect::<Result<Vec<_>, _>>()?.concat())
}

impl std::fmt::Debug for VerifyingKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "VerifyingKey({})", self.id())
    }
}
