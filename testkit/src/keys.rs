//! Keys from plain numbers: a test says which key by a number, and the same number gives the same
//! key everywhere.

use ark_ed_on_bls12_381::Fr as Scalar;
use ed25519_dalek::Signer;
use protocol::elgamal::dleq::Equality;
use protocol::elgamal::{EncryptionKey, Point, Possession};
use protocol::ids::TransactionId;
use protocol::record::metered::{serial_key, SerialKey};
use protocol::signing::SigningKey;
use protocol::transaction::body::Operator;
use protocol::transaction::Seal;
use protocol::Fr;

/// Number of the regulator's signing key.
pub const REGULATOR: u8 = 1;
/// Number of the matching node's signing key.
pub const MATCHER: u8 = 2;
/// Number of the orderer's signing key.
pub const ORDERER: u8 = 3;
/// Number of the key that may replace the regulator's.
pub const RECOVERY: u8 = 4;
/// Number of the key that contests are signed with. It is also the validator's in mode masked.
pub const CHALLENGER: u8 = 90;
/// Number of the key that plans' terms are encrypted under.
pub const TERMS: u64 = 101;
/// Number of the key that audit data are encrypted under.
pub const AUDIT: u64 = 102;
/// Number of the key of every plan.
pub const PLAN: u64 = 103;

/// Number of an issuer's first signing key.
pub const fn signer_of_issuer(issuer: u32) -> u8 {
    10 + issuer as u8
}

/// Number of an operator's signing key after so many replacements. Few of them differ from all others.
pub const fn signer_of(operator: Operator, generation: u32) -> u8 {
    match (operator, generation) {
        (Operator::Regulator, 0) => REGULATOR,
        (Operator::Regulator, _) => 200u8.wrapping_add(generation as u8),
        (Operator::Matcher, 0) => MATCHER,
        (Operator::Matcher, _) => 220u8.wrapping_add(generation as u8),
        (Operator::Issuer(issuer), _) => {
            signer_of_issuer(issuer.get()).wrapping_add(30u8.wrapping_mul(generation as u8))
        }
    }
}

/// Number of an issuer's first encryption key.
pub fn encryption_of_issuer(issuer: u32) -> u64 {
    encryption_of(issuer, 0)
}

/// Number of an issuer's encryption key after so many replacements.
pub fn encryption_of(issuer: u32, generation: u32) -> u64 {
    200 + u64::from(issuer) + 1000 * u64::from(generation)
}

/// The first public serial key of a metering service.
pub fn serial_key_of_issuer(issuer: u32) -> SerialKey {
    serial_key_of(issuer, 0)
}

/// The public serial key of a metering service after so many replacements. The secret is the number
/// of its encryption key.
pub fn serial_key_of(issuer: u32, generation: u32) -> SerialKey {
    serial_key(Fr::from(encryption_of(issuer, generation)))
}

/// The secret signing key of a number.
pub fn signer(n: u8) -> ed25519_dalek::SigningKey {
    ed25519_dalek::SigningKey::from_bytes(&[n; 32])
}

/// The public half of [`signer`].
pub fn public(n: u8) -> SigningKey {
    SigningKey(signer(n).verifying_key().to_bytes())
}

/// A transaction's signature by the key of this number.
pub fn sign(n: u8, id: TransactionId) -> Seal {
    Seal::Signature(signer(n).sign(&SigningKey::message(id)).to_bytes())
}

/// The public encryption key whose secret is this number. 0 is no secret.
pub fn encryption(n: u64) -> EncryptionKey {
    EncryptionKey::of_secret(&Scalar::from(n)).expect("not 0")
}

/// The point that the key of this number shares with the maker of `base`, and the proof of it in a
/// context. A base that is not of prime order is taken for the generator.
pub fn shared(n: u64, base: Point, context: &[u8]) -> (Point, Equality) {
    let base = base.checked().map_or_else(|_| encryption(1).point(), Point::from);
    let made = Equality::prove(&Scalar::from(n), base, &Scalar::from(n * 7919 + 2), context);
    let (shared, proof) = made.expect("not 0");
    (shared.point, proof)
}

/// The proof that somebody has the secret of [`encryption`], made for a context.
pub fn possession(n: u64, context: &[u8]) -> Possession {
    Possession::prove(&Scalar::from(n), &Scalar::from(n * 7919 + 1), context)
}
