//! The regulator's secret half of the matching key.

use super::MatchingPublicKey;
use crate::parameters::{DEGREE, ETA, PLAINTEXT_MODULUS};
use crate::ring::{lift_centred, Coefficients, Transformed};
use crate::sampling::{self, Small};
use crate::Error;
use rand_core::{CryptoRng, RngCore};
use zeroize::Zeroizing;

/// Bytes of an encoded secret key: two bits for each coefficient.
pub const SECRET_KEY_BYTES: usize = DEGREE / 4;

/// The ternary secret s. Wiped on drop; it cannot be printed, compared or cloned.
pub struct MatchingSecretKey {
    s: Small,
    transformed: Zeroizing<Transformed>,
}

impl MatchingSecretKey {
    /// Generates a key pair.
    pub fn generate<R: RngCore + CryptoRng>(rng: &mut R) -> (MatchingSecretKey, MatchingPublicKey) {
        let secret = MatchingSecretKey::new(sampling::ternary(rng));
        let a = sampling::uniform(rng);
        let error = sampling::error(rng);
        let mut b = Transformed::product(&a.clone().transform(), &secret.transformed).inverse();
        b.add_signed(PLAINTEXT_MODULUS as i64, error.iter().map(|&e| i64::from(e)));
        (secret, MatchingPublicKey::new(a, b))
    }

    fn new(s: Small) -> Self {
        let transformed = Zeroizing::new(Coefficients::from_small(&s).transform());
        MatchingSecretKey { s, transformed }
    }

    pub(crate) fn transformed(&self) -> &Transformed {
        &self.transformed
    }

    /// Whether `public` is this key's public half: `b - a s` is t times small errors. A caller
    /// checks this before it opens anything with a key that was read from disk.
    pub fn fits(&self, public: &MatchingPublicKey) -> bool {
        let (a, b) = public.transformed();
        let mut difference = b.clone();
        difference.subtract(&Transformed::product(a, &self.transformed));
        let errors = Zeroizing::new(difference.inverse());
        let t = i128::from(PLAINTEXT_MODULUS);
        (0..DEGREE).all(|k| {
            let value = lift_centred(errors.0[0][k], errors.0[1][k]);
            value % t == 0 && (value / t).unsigned_abs() <= u128::from(ETA)
        })
    }

    /// The encoding: two bits for each coefficient, least significant first: 0, 1, and 2 for -1. It
    /// must be stored encrypted.
    pub fn to_bytes(&self) -> Zeroizing<Vec<u8>> {
        let code = |s: &i8| ((s & 1) - (s >> 7)) as u8;
        Zeroizing::new(
            self.s.chunks_exact(4).map(|four| four.iter().rev().fold(0, |byte, s| byte << 2 | code(s))).collect(),
        )
    }

    /// Decodes a key. Error: [`Error::Encoding`] unless `bytes` is what [`Self::to_bytes`] gives
    /// for some key.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, Error> {
        if bytes.len() != SECRET_KEY_BYTES {
            return Err(Error::Encoding("a matching secret key takes 1024 bytes"));
        }
        let mut s = Box::new(Zeroizing::new([0i8; DEGREE]));
        let mut malformed = 0;
        for (four, byte) in s.chunks_exact_mut(4).zip(bytes) {
            for (k, value) in four.iter_mut().enumerate() {
                let (low, high) = ((byte >> (2 * k)) & 1, (byte >> (2 * k + 1)) & 1);
                malformed |= low & high;
                *value = low as i8 - high as i8;
            }
        }
        if malformed != 0 {
            return Err(Error::Encoding("a coefficient of the secret key is not ternary"));
        }
        Ok(MatchingSecretKey::new(s))
    }
}
