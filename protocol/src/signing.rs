//! Ed25519 (RFC 8032) as this protocol uses it: one encoding for each public key, strict
//! verification, and a domain in front of every message.

use crate::encoding::{Canonical, Reader};
use crate::ids::TransactionId;
use crate::Error;

/// Bytes of a signature.
pub const SIGNATURE_BYTES: usize = 64;

/// A public key of Ed25519. Decoding checks it: it is on the curve, canonical, and not of small
/// order.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SigningKey(pub [u8; 32]);

impl SigningKey {
    /// Checks a signature of a transaction's id, strictly: no small-order keys, no malleable
    /// encodings. Errors: [`Error::Signature`], [`Error::Key`].
    pub fn verify(&self, id: TransactionId, signature: &[u8; SIGNATURE_BYTES]) -> Result<(), Error> {
        self.verify_message(&Self::message(id), signature)
    }
    /// Checks a signature of a message, which begins with the domain that it is for. Errors as for
    /// [`Self::verify`].
    pub(crate) fn verify_message(&self, message: &[u8], signature: &[u8; SIGNATURE_BYTES]) -> Result<(), Error> {
        let key = ed25519_dalek::VerifyingKey::from_bytes(&self.0).map_err(|_| Error::Key("not an Ed25519 key"))?;
        key.verify_strict(message, &ed25519_dalek::Signature::from_bytes(signature)).map_err(|_| Error::Signature)
    }
    /// The message that is signed for a transaction's id: a domain, then the id.
    pub fn message(id: TransactionId) -> Vec<u8> {
        [b"veilgrid/signature/1\0".as_slice(), &id.0].concat()
    }
}

/// Whether a compressed point's y, the sign of x left out, is below 2^255 - 19. The library takes
/// `y + p` for y. So a point would have two encodings. The only other ambiguity, the sign of x = 0,
/// is that of points of small order, which decoding refuses anyway.
fn is_below_25519(bytes: &[u8; 32]) -> bool {
    bytes[31] & 0x7f != 0x7f || bytes[1..31].iter().any(|b| *b != 0xff) || bytes[0] < 0xed
}

impl Canonical for SigningKey {
    const SIZE: usize = 32;
    fn write(&self, out: &mut Vec<u8>) {
        self.0.write(out);
    }
    fn read(input: &mut Reader<'_>) -> Result<Self, Error> {
        let bytes = <[u8; 32]>::read(input)?;
        match ed25519_dalek::VerifyingKey::from_bytes(&bytes) {
            Ok(key) if !key.is_weak() && is_below_25519(&bytes) => Ok(SigningKey(bytes)),
            _ => Err(Error::Key("not an Ed25519 key")),
        }
    }
}
