//! The public key, to which amounts are encrypted, and the server key, with which the verdict is
//! computed.

use crate::ciphertext::{EncryptedDelivery, EncryptedMatch, EncryptedVerdict};
use crate::parameters::{config, decode, encode, SET};
use crate::Error;
use protocol::ids::BlobHash;
use protocol::units::Energy;
use rand_core::{CryptoRng, RngCore};
use tfhe::prelude::{CiphertextList, FheMin, FheOrd, ParameterSetConformant};
use tfhe::shortint::parameters::CompactPublicKeyEncryptionParameters;
use tfhe::{
    with_server_key_as_context, CompactCiphertextList, CompactPublicKey, CompressedServerKey, FheUint32, ServerKey,
};
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
        let set = CompactPublicKeyEncryptionParameters::try_from(SET).expect("its ring dimension is a power of two");
        Ok(DeviationPublicKey(decode(bytes, PUBLIC_KEY_BYTES, &set, "a public key")?))
    }

    /// Encrypts the matched volume and how much of it may be missing, both below 2^32 Wh.
    pub fn encrypt_match<R: RngCore + CryptoRng>(&self, rng: &mut R, matched: Energy, sigma: Energy) -> EncryptedMatch {
        EncryptedMatch(self.encrypt(rng, &[matched, sigma]))
    }
    /// Encrypts one side's reading, below 2^32 Wh.
    pub fn encrypt_delivery<R: RngCore + CryptoRng>(&self, rng: &mut R, delivered: Energy) -> EncryptedDelivery {
        EncryptedDelivery(self.encrypt(rng, &[delivered]))
    }

    fn encrypt<R: RngCore + CryptoRng>(&self, rng: &mut R, values: &[Energy]) -> CompactCiphertextList {
        let mut seed = Zeroizing::new([0; 32]);
        rng.fill_bytes(seed.as_mut());
        let mut builder = CompactCiphertextList::builder(&self.0);
        for value in values {
            builder.push(u32::try_from(value.get()).expect("energy is below 2^32 Wh"));
        }
        builder.build_packed_seeded(seed.as_ref()).expect("a carry has as many bits as a message, and the seed has 256")
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

    /// Computes the encrypted bit: whether `v_m - min(a_s, a_b, v_m) <= sigma`. The ciphertext
    /// differs from run to run, the encrypted bit does not. Error: [`Error::Library`].
    pub fn evaluate(
        &self,
        amounts: &EncryptedMatch,
        sold: &EncryptedDelivery,
        bought: &EncryptedDelivery,
    ) -> Result<EncryptedVerdict, Error> {
        with_server_key_as_context(self.0.clone(), || {
            let [matched, sigma] = values(&amounts.0)?;
            let ([sold], [bought]) = (values(&sold.0)?, values(&bought.0)?);
            let least = sold.min(&bought).min(&matched);
            Ok(EncryptedVerdict((matched - least).le(&sigma)))
        })
    }
}

/// Expands a list to its values. Each block is bootstrapped, so it holds nothing but its two bits.
fn values<const N: usize>(list: &CompactCiphertextList) -> Result<[FheUint32; N], Error> {
    let refused = |e: tfhe::Error| Error::Library(e.to_string());
    let all = list.expand().map_err(refused)?;
    let values = (0..N).map(|i| all.get(i).map_err(refused)?.ok_or(Error::Library("too short a list".into())));
    let values: Vec<FheUint32> = values.collect::<Result<_, Error>>()?;
    values.try_into().map_err(|_| Error::Library("too short a list".into()))
}
