//! The public key, to which amounts are encrypted, and the server key, with which the verdict is
//! computed.

use crate::ciphertext::EncryptedEnergy;
use crate::parameters::{config, decode, encode, encryption, DIGITS, DIGIT_BITS, DIGIT_VALUES};
use crate::Error;
use protocol::ids::BlobHash;
use protocol::units::Energy;
use rand_core::{CryptoRng, RngCore};
use tfhe::prelude::ParameterSetConformant;
use tfhe::{CompactPublicKey, CompressedServerKey, ServerKey};
use zeroize::Zeroizing;

/// Bytes of an encoded public key.
pub const PUBLIC_KEY_BYTES: usize = 33_034;
/// Bytes of an encoded server key, compressed as on disk. In memory it takes about three times as
/// much.
pub const SERVER_KEY_BYTES: usize = 30_147_061;

/// The public key, to which amounts are encrypted.
#[derive(Clone, PartialEq)]
pub struct DeviationPublicKey(CompactPublicKey);

impl DeviationPublicKey {
    #[cfg(feature = "decrypt")]
    pub(crate) fn new(key: CompactPublicKey) -> Self {
        DeviationPublicKey(key)
    }
    /// The canonical encoding, [`PUBLIC_KEY_BYTES`] long.
    pub fn to_bytes(&self) -> Vec<u8> {
        encode(&self.0, PUBLIC_KEY_BYTES)
    }
    /// Decodes exactly the canonical encoding. Error: [`Error::Encoding`].
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, Error> {
        Ok(DeviationPublicKey(decode(bytes, PUBLIC_KEY_BYTES, &encryption(), "a public key")?))
    }

    /// Encrypts a trade's [threshold](crate::threshold). Error: [`Error::TooMuch`] unless it is
    /// below 2^16 Wh.
    pub fn encrypt_threshold<R: RngCore + CryptoRng>(
        &self,
        rng: &mut R,
        threshold: Energy,
    ) -> Result<EncryptedEnergy, Error> {
        let value = u16::try_from(threshold.get()).map_err(|_| Error::TooMuch(threshold.get()))?;
        Ok(self.encrypt(rng, value))
    }
    /// Encrypts one side's reading. One of 2^16 Wh or more is encrypted as 2^16 - 1, which every
    /// threshold is at most.
    pub fn encrypt_delivery<R: RngCore + CryptoRng>(&self, rng: &mut R, delivered: Energy) -> EncryptedEnergy {
        self.encrypt(rng, u16::try_from(delivered.get()).unwrap_or(u16::MAX))
    }

    fn encrypt<R: RngCore + CryptoRng>(&self, rng: &mut R, value: u16) -> EncryptedEnergy {
        let mut seed = Zeroizing::new([0; 32]);
        rng.fill_bytes(seed.as_mut());
        let key = self.0.clone().into_raw_parts().0.into_raw_parts();
        let digits = (0..DIGITS as u32).map(|i| u64::from(value >> (DIGIT_BITS * i)) % DIGIT_VALUES);
        let list = key.encrypt_iter_with_modulus_seeded(digits, DIGIT_VALUES, seed.as_ref());
        let (list, ..) = list.expect("the seed has more than 16 bytes").into_raw_parts();
        EncryptedEnergy(list.into_container())
    }
}

/// The server key, with which the verdict is computed. It cannot decrypt.
#[derive(Clone)]
pub struct DeviationServerKey(ServerKey);

impl DeviationServerKey {
    /// Decodes the key from its file, which takes seconds and hundreds of megabytes. Errors:
    /// [`Error::OtherKey`] unless it has the digest that a genesis names, [`Error::Encoding`].
    pub fn from_bytes(bytes: &[u8], named: BlobHash) -> Result<Self, Error> {
        if bytes.len() != SERVER_KEY_BYTES || BlobHash::of(bytes) != named {
            return Err(Error::OtherKey);
        }
        let set = <CompressedServerKey as ParameterSetConformant>::ParameterSet::from(config());
        let key: CompressedServerKey = decode(bytes, SERVER_KEY_BYTES, &set, "a server key")?;
        Ok(DeviationServerKey(key.decompress()))
    }

    /// The key in the form that computes on single blocks.
    pub(crate) fn key(&self) -> &tfhe::shortint::ServerKey {
        let integers: &tfhe::integer::ServerKey = self.0.as_ref();
        integers.as_ref()
    }
}
