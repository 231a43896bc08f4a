//! A plan under the matching key: one GLWE ciphertext, and its encryption by the wallet.

use crate::block::Block;
use crate::key::MatchingPublicKey;
use crate::packing::{pack_polynomial, unpack_pair, POLYNOMIAL_BYTES};
use crate::parameters::{DEGREE, PLAINTEXT_MODULUS};
use crate::ring::{Coefficients, Transformed};
use crate::sampling::{self, Small};
use crate::Error;
use market::score::{QuantisedBid, QuantisedOffer};
use rand_core::{CryptoRng, RngCore};
use std::sync::OnceLock;
use zeroize::Zeroizing;

/// Bytes of an encoded ciphertext.
pub const CIPHERTEXT_BYTES: usize = 2 * POLYNOMIAL_BYTES;

/// `(a, b)` with `b - a s = block + t (...)`.
#[derive(Clone)]
pub struct PlanCiphertext {
    a: Coefficients,
    b: Coefficients,
    /// The digest, computed when it is first asked for.
    digest: OnceLock<[u8; 32]>,
}

/// The randomness of an encryption: r is ternary, e1 and e2 are centred binomial. Wiped on drop.
///
/// Its holder can open the ciphertext. The wallet keeps it until it has proved that the ciphertext
/// holds what the plan's commitment holds.
pub struct Randomness {
    r: Small,
    e1: Small,
    e2: Small,
}

impl Randomness {
    /// Draws the randomness for one encryption.
    pub fn sample<R: RngCore + CryptoRng>(rng: &mut R) -> Self {
        let (r, e1, e2) = (sampling::ternary(rng), sampling::error(rng), sampling::error(rng));
        Randomness { r, e1, e2 }
    }

    #[cfg(test)]
    pub(crate) fn from_parts(r: [i8; DEGREE], e1: [i8; DEGREE], e2: [i8; DEGREE]) -> Self {
        let [r, e1, e2] = [r, e1, e2].map(|values| Box::new(Zeroizing::new(values)));
        Randomness { r, e1, e2 }
    }

    /// r, constant coefficient first.
    pub fn r(&self) -> &[i8; DEGREE] {
        &self.r
    }

    /// e1, the error of the ciphertext's a.
    pub fn e1(&self) -> &[i8; DEGREE] {
        &self.e1
    }

    /// e2, the error of the ciphertext's b.
    pub fn e2(&self) -> &[i8; DEGREE] {
        &self.e2
    }
}

/// Encrypts an offer. Error: [`Error::OutOfBounds`].
pub fn encrypt_offer<R: RngCore + CryptoRng>(
    key: &MatchingPublicKey,
    offer: &QuantisedOffer,
    rng: &mut R,
) -> Result<PlanCiphertext, Error> {
    Ok(encrypt_with_randomness(key, &Block::offer(offer)?, rng).0)
}

/// Encrypts a bid. Error: [`Error::OutOfBounds`].
pub fn encrypt_bid<R: RngCore + CryptoRng>(
    key: &MatchingPublicKey,
    bid: &QuantisedBid,
    rng: &mut R,
) -> Result<PlanCiphertext, Error> {
    Ok(encrypt_with_randomness(key, &Block::bid(bid)?, rng).0)
}

/// Encrypts a block and returns the randomness, too, for the proof that binds the ciphertext to a
/// commitment.
pub fn encrypt_with_randomness<R: RngCore + CryptoRng>(
    key: &MatchingPublicKey,
    block: &Block,
    rng: &mut R,
) -> (PlanCiphertext, Randomness) {
    let randomness = Randomness::sample(rng);
    (encrypt_block(key, block, &randomness), randomness)
}

/// `(a r + t e1, b r + t e2 + block)` under the key `(a, b)`. The same randomness must never serve
/// two blocks.
pub fn encrypt_block(key: &MatchingPublicKey, block: &Block, randomness: &Randomness) -> PlanCiphertext {
    let (key_a, key_b) = key.transformed();
    let t = PLAINTEXT_MODULUS as i64;
    let r = Zeroizing::new(Coefficients::from_small(&randomness.r).transform());
    let mut a = Transformed::product(key_a, &r).inverse();
    a.add_signed(t, randomness.e1.iter().map(|&e| i64::from(e)));
    let mut b = Transformed::product(key_b, &r).inverse();
    b.add_signed(t, randomness.e2.iter().map(|&e| i64::from(e)));
    b.add_signed(1, block.coefficients().iter().map(|&m| i64::from(m)));
    PlanCiphertext::from_halves(a, b)
}

impl PlanCiphertext {
    /// The half that decryption multiplies by the secret.
    pub fn a(&self) -> &Coefficients {
        &self.a
    }

    /// The half that carries the block.
    pub fn b(&self) -> &Coefficients {
        &self.b
    }

    /// The canonical encoding: a, then b, each residue in 52 bits.
    pub fn to_bytes(&self) -> Vec<u8> {
        let mut bytes = Vec::with_capacity(CIPHERTEXT_BYTES);
        pack_polynomial(&self.a, &mut bytes);
        pack_polynomial(&self.b, &mut bytes);
        bytes
    }

    /// Decodes a ciphertext. Error: [`Error::Encoding`] unless `bytes` is what [`Self::to_bytes`]
    /// gives for some ciphertext.
    ///
    /// Any two polynomials are a well-formed ciphertext. Only a proof shows that it holds a block.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, Error> {
        let (a, b) = unpack_pair(bytes)?;
        // The encoding is unique, so these bytes give the digest, which every reader of a
        // ciphertext needs.
        Ok(PlanCiphertext { a, b, digest: OnceLock::from(tagged(bytes)) })
    }

    /// BLAKE3 of a tag and the encoding. Computed once.
    pub fn digest(&self) -> [u8; 32] {
        *self.digest.get_or_init(|| tagged(&self.to_bytes()))
    }

    pub(crate) fn from_halves(a: Coefficients, b: Coefficients) -> Self {
        PlanCiphertext { a, b, digest: OnceLock::new() }
    }
}

/// A ciphertext's digest.
fn tagged(encoding: &[u8]) -> [u8; 32] {
    *blake3::Hasher::new().update(b"veilgrid/plan-ciphertext/2").update(encoding).finalize().as_bytes()
}

/// The digest follows from the halves.
impl PartialEq for PlanCiphertext {
    fn eq(&self, other: &Self) -> bool {
        self.a == other.a && self.b == other.b
    }
}

impl Eq for PlanCiphertext {}

impl AsRef<PlanCiphertext> for PlanCiphertext {
    fn as_ref(&self) -> &PlanCiphertext {
        self
    }
}

impl std::fmt::Debug for PlanCiphertext {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("PlanCiphertext").finish_non_exhaustive()
    }
}
