//! The matching key: the public half, to which wallets encrypt plans, and the regulator's secret
//! half.
//!
//! [`MatchingPublicKey`] is always there. `MatchingSecretKey` exists only under the cargo feature
//! `decrypt`: a matching node or a wallet built without it has no code that could hold one.

#[cfg(feature = "decrypt")]
mod secret;

#[cfg(feature = "decrypt")]
pub use secret::{MatchingSecretKey, SECRET_KEY_BYTES};

use crate::correlate::Correlation;
use crate::packing::{pack_polynomial, unpack_pair, POLYNOMIAL_BYTES};
use crate::ring::{Coefficients, Transformed};
use crate::Error;
use sha2::{Digest, Sha256};
use std::sync::OnceLock;

/// Bytes of an encoded public key.
pub const PUBLIC_KEY_BYTES: usize = 2 * POLYNOMIAL_BYTES;

/// `(a, b)` with `b = a s + t e`.
#[derive(Clone)]
pub struct MatchingPublicKey {
    a: Coefficients,
    b: Coefficients,
    /// Both polynomials, transformed once for all encryptions.
    transformed: (Transformed, Transformed),
    /// Both polynomials, prepared for verifying relation 11. Computed when they are first needed.
    correlation: OnceLock<Correlation>,
    /// The digest, computed when it is first asked for.
    digest: OnceLock<[u8; 32]>,
}

impl PartialEq for MatchingPublicKey {
    /// Two keys are equal when their polynomials are; the other fields follow from them.
    fn eq(&self, other: &Self) -> bool {
        self.a == other.a && self.b == other.b
    }
}

impl Eq for MatchingPublicKey {}

impl MatchingPublicKey {
    pub(crate) fn new(a: Coefficients, b: Coefficients) -> Self {
        let transformed = (a.clone().transform(), b.clone().transform());
        MatchingPublicKey { a, b, transformed, correlation: OnceLock::new(), digest: OnceLock::new() }
    }

    /// A key whose secret nobody knows: two uniform polynomials, which look like a key. For tests
    /// and for the shapes of circuits.
    #[cfg(feature = "prove")]
    pub fn random<R: rand_core::RngCore + rand_core::CryptoRng>(rng: &mut R) -> Self {
        MatchingPublicKey::new(crate::sampling::uniform(rng), crate::sampling::uniform(rng))
    }

    /// The uniform half a.
    pub fn a(&self) -> &Coefficients {
        &self.a
    }

    /// The half b = a s + t e.
    pub fn b(&self) -> &Coefficients {
        &self.b
    }

    pub(crate) fn correlation(&self) -> &Correlation {
        self.correlation.get_or_init(|| Correlation::new(&self.a, &self.b))
    }

    pub(crate) fn transformed(&self) -> &(Transformed, Transformed) {
        &self.transformed
    }

    /// The canonical encoding: a, then b, each residue in 52 bits.
    pub fn to_bytes(&self) -> Vec<u8> {
        let mut bytes = Vec::with_capacity(PUBLIC_KEY_BYTES);
        pack_polynomial(&self.a, &mut bytes);
        pack_polynomial(&self.b, &mut bytes);
        bytes
    }

    /// Decodes a key. Error: [`Error::Encoding`] unless `bytes` is what [`Self::to_bytes`] gives
    /// for some key.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, Error> {
        let (a, b) = unpack_pair(bytes)?;
        Ok(MatchingPublicKey::new(a, b))
    }

    /// SHA-256 of a tag and the encoding: the key's name in proofs about its ciphertexts. Computed
    /// once.
    pub fn digest(&self) -> [u8; 32] {
        let tag = b"veilgrid/matching-public-key/1";
        *self.digest.get_or_init(|| Sha256::new().chain_update(tag).chain_update(self.to_bytes()).finalize().into())
    }
}

impl std::fmt::Debug for MatchingPublicKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("MatchingPublicKey").finish_non_exhaustive()
    }
}
