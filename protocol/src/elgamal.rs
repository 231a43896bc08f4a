//! Hashed ElGamal on Jubjub: `c1 = e G`, `c2_i = m_i + H_ks(role, context, c1, e K)_i`
//! (docs/protocol/10-records-and-keys.md, "Ciphertexts to the regulator and to meters").
//!
//! Points are affine (x, y) on ark's `ed-on-bls12-381` (Jubjub), and G is its subgroup generator.
//! The stream is five lanes of one Poseidon permutation, where one hash for each message would cost
//! five times the constraints; the random-oracle argument is the same
//! (docs/decisions/0003-key-stream.md).

pub mod dleq;

use crate::encoding::{Canonical, Reader};
use crate::poseidon::keystream;
use crate::units::Side;
use crate::Error;
use ark_bls12_381::Fr;
use ark_ec::{AffineRepr, CurveGroup};
use ark_ed_on_bls12_381::{EdwardsAffine, Fr as Scalar};
use ark_ff::{BigInteger, PrimeField};
use sha2::{Digest, Sha512};

/// The key that a ciphertext is for. The role enters the key stream, so one scalar e can serve
/// several keys.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub enum Role {
    /// The regulator's key for terms, K_t.
    Terms = 1,
    /// The audit key, K_a.
    Audit = 2,
    /// A metering service's key K_m, in a confirmation.
    Metering = 3,
    /// K_t, in a delivery. A delivery's keys have roles of their own, which no other ciphertext
    /// has, so that equal keys in two places give different streams.
    DeliveryTerms = 4,
    /// The seller's plan key D_s, in a delivery.
    DeliverySeller = 5,
    /// The buyer's plan key D_b, in a delivery.
    DeliveryBuyer = 6,
    /// The key K_m of the other side's metering service, in a delivery.
    DeliveryMeter = 7,
    /// The seller's plan key D_s, in a match.
    MatchSeller = 8,
    /// The buyer's plan key D_b, in a match.
    MatchBuyer = 9,
    /// The audit key, K_a, for the opening of a metered record.
    Metered = 10,
}

crate::canonical_struct! {
    /// An affine point's coordinates. Decoding does not check that it is on the curve;
    /// [`Point::checked`] does.
    pub struct Point {
        /// The coordinate x.
        pub x: Fr,
        /// The coordinate y.
        pub y: Fr,
    }
}

impl From<EdwardsAffine> for Point {
    fn from(p: EdwardsAffine) -> Self {
        let (x, y) = p.xy().unwrap_or((Fr::from(0u64), Fr::from(1u64)));
        Point { x, y }
    }
}

impl Point {
    /// Whether this is the identity. A ciphertext with this first half is no ciphertext, since
    /// every secret times it is the identity.
    pub fn is_identity(&self) -> bool {
        (self.x, self.y) == (Fr::from(0u64), Fr::from(1u64))
    }
    /// The point as arkworks has it. Error: [`Error::Key`] unless it is on the curve, of prime
    /// order, and not the identity.
    pub fn checked(&self) -> Result<EdwardsAffine, Error> {
        let p = EdwardsAffine::new_unchecked(self.x, self.y);
        if !p.is_on_curve() {
            return Err(Error::Key("not on the curve"));
        }
        if !p.is_in_correct_subgroup_assuming_on_curve() || p.is_zero() {
            return Err(Error::Key("not of prime order"));
        }
        Ok(p)
    }
}

/// A public encryption key: a point of prime order, not the identity.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct EncryptionKey(Point);

impl EncryptionKey {
    /// Checks the point. Error: [`Error::Key`].
    pub fn new(point: Point) -> Result<Self, Error> {
        point.checked().map(|_| EncryptionKey(point))
    }
    /// The key's coordinates.
    pub fn point(&self) -> Point {
        self.0
    }
    /// The public key of a secret scalar. Error: [`Error::Key`] for zero.
    pub fn of_secret(secret: &Scalar) -> Result<Self, Error> {
        EncryptionKey::new((EdwardsAffine::generator() * secret).into_affine().into())
    }
}

impl Canonical for EncryptionKey {
    const SIZE: usize = 64;
    fn write(&self, out: &mut Vec<u8>) {
        self.0.write(out);
    }
    fn read(input: &mut Reader<'_>) -> Result<Self, Error> {
        EncryptionKey::new(Point::read(input)?)
    }
}

impl Role {
    /// The role of a plan's key in the match that the plan is in.
    pub const fn in_match(side: Side) -> Self {
        match side {
            Side::Sell => Role::MatchSeller,
            Side::Buy => Role::MatchBuyer,
        }
    }
    /// The role of a plan's key in the deliveries of its trade.
    pub const fn in_delivery(side: Side) -> Self {
        match side {
            Side::Sell => Role::DeliverySeller,
            Side::Buy => Role::DeliveryBuyer,
        }
    }
}

/// The messages of a ciphertext, from the point `e K = k c1` that its maker and the key's holder
/// share: `c2 - stream`.
pub fn decrypt<const N: usize>(role: Role, context: Fr, c1: Point, shared: Point, c2: &[Fr; N]) -> [Fr; N] {
    let pad = stream(role, context, c1, shared);
    core::array::from_fn(|i| c2[i] - pad[i])
}

/// A scalar from a domain-separated SHA-512: `le(SHA-512(domain || 0x00 || bytes)) mod q`. The 512
/// bits leave a bias below 2^-256.
pub fn hash_to_scalar(domain: &str, bytes: &[u8]) -> Scalar {
    let digest = Sha512::new().chain_update(domain).chain_update([0]).chain_update(bytes).finalize();
    Scalar::from_le_bytes_mod_order(&digest)
}

/// The key stream of a ciphertext, from the shared point `e K = k c1`.
pub fn stream(role: Role, context: Fr, c1: Point, shared: Point) -> [Fr; 5] {
    keystream(&[Fr::from(role as u64), context, c1.x, c1.y, shared.x, shared.y])
}

/// The first half of a ciphertext, `c1 = e G`.
#[cfg(feature = "witness")]
pub fn ephemeral(e: &Scalar) -> Point {
    (EdwardsAffine::generator() * e).into_affine().into()
}

/// The second half of a ciphertext to `key` with ephemeral scalar `e`: `m_i + stream_i` for at most
/// five messages. More make it panic.
#[cfg(feature = "witness")]
pub fn encrypt<const N: usize>(role: Role, key: &Point, context: Fr, e: &Scalar, messages: &[Fr; N]) -> [Fr; N] {
    let k = EdwardsAffine::new_unchecked(key.x, key.y);
    let shared = (k * e).into_affine().into();
    let pad = stream(role, context, ephemeral(e), shared);
    core::array::from_fn(|i| messages[i] + pad[i])
}

crate::canonical_struct! {
    /// A Schnorr proof that its maker knows the secret of an [`EncryptionKey`], with the challenge
    /// from SHA-512.
    pub struct Possession {
        /// The commitment `R = k G`.
        pub nonce: Point,
        /// The response `s = k + c x`, little end first, below the group order.
        pub response: [u8; 32],
    }
}

fn challenge(key: &Point, nonce: &Point, context: &[u8]) -> Scalar {
    let digest = Sha512::new()
        .chain_update(b"veilgrid/possession/1\0")
        .chain_update(key.to_bytes())
        .chain_update(nonce.to_bytes())
        .chain_update(context)
        .finalize();
    Scalar::from_le_bytes_mod_order(&digest)
}

impl Possession {
    /// Makes the proof. `k` must be fresh and uniform: two proofs with one `k` reveal the secret.
    pub fn prove(secret: &Scalar, k: &Scalar, context: &[u8]) -> Self {
        let g = EdwardsAffine::generator();
        let nonce: Point = (g * k).into_affine().into();
        let key: Point = (g * secret).into_affine().into();
        let s = *k + challenge(&key, &nonce, context) * secret;
        let response = s.into_bigint().to_bytes_le().try_into().expect("the order has 252 bits");
        Possession { nonce, response }
    }
    /// Checks the proof for a key and a context. Errors: [`Error::Signature`], [`Error::Key`],
    /// [`Error::Encoding`].
    pub fn verify(&self, key: &EncryptionKey, context: &[u8]) -> Result<(), Error> {
        let nonce = self.nonce.checked()?;
        let s = Scalar::from_le_bytes_mod_order(&self.response);
        if s.into_bigint().to_bytes_le() != self.response {
            return Err(Error::Encoding("scalar not below the group order"));
        }
        let k = key.point().checked()?;
        let c = challenge(&key.point(), &self.nonce, context);
        if EdwardsAffine::generator() * s == nonce + k * c {
            Ok(())
        } else {
            Err(Error::Signature)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn possession_verifies_only_for_its_key_and_context() {
        let (x, k) = (Scalar::from(77u64), Scalar::from(1234567u64));
        let key = EncryptionKey::of_secret(&x).unwrap();
        let proof = Possession::prove(&x, &k, b"terms");
        assert_eq!(proof.verify(&key, b"terms"), Ok(()));
        assert_eq!(proof.verify(&key, b"audit"), Err(Error::Signature));
        let other = EncryptionKey::of_secret(&Scalar::from(78u64)).unwrap();
        assert_eq!(proof.verify(&other, b"terms"), Err(Error::Signature));
        let mut bad = proof;
        bad.response = [0xff; 32];
        assert_eq!(bad.verify(&key, b"terms"), Err(Error::Encoding("scalar not below the group order")));
    }

    #[test]
    fn identity_low_order_and_off_curve_points_are_no_keys() {
        let (zero, one) = (Fr::from(0u64), Fr::from(1u64));
        assert!(EncryptionKey::new(Point { x: zero, y: one }).is_err());
        assert!(EncryptionKey::new(Point { x: zero, y: -one }).is_err());
        assert!(EncryptionKey::new(Point { x: one, y: one }).is_err());
        assert!(EncryptionKey::of_secret(&Scalar::from(0u64)).is_err());
    }
}
