//! The three kinds of ciphertext: a match's two amounts, a side's reading, and the bit that is
//! computed from them.

use crate::parameters::{decode, encode, SET};
use crate::Error;
use tfhe::conformance::ListSizeConstraint;
use tfhe::shortint::parameters::CompactPublicKeyEncryptionParameters;
use tfhe::{
    CompactCiphertextList, CompactCiphertextListConformanceParams, FheBool, FheBoolConformanceParams, FheTypes,
};

pub use protocol::transaction::body::{DELIVERY_AMOUNT_BYTES, DEVIATION_BYTES, MATCH_AMOUNTS_BYTES};

/// A list of this many 32-bit values. Each has 16 blocks, two to a coefficient.
fn read_list(bytes: &[u8], length: usize, values: usize, what: &'static str) -> Result<CompactCiphertextList, Error> {
    let encryption = CompactPublicKeyEncryptionParameters::try_from(SET).expect("its ring dimension is a power of two");
    let size = ListSizeConstraint::exact_size(values);
    let set = CompactCiphertextListConformanceParams::from_parameters_and_size_constraint(encryption, size);
    let list: CompactCiphertextList = decode(bytes, length, &set, what)?;
    match (0..values).all(|i| list.get_kind_of(i) == Some(FheTypes::Uint32)) {
        true => Ok(list),
        false => Err(Error::Encoding(what)),
    }
}

/// The matched volume v_m and the tolerated shortage sigma, encrypted by the regulator.
#[derive(Clone)]
pub struct EncryptedMatch(pub(crate) CompactCiphertextList);

impl EncryptedMatch {
    /// The canonical encoding, [`MATCH_AMOUNTS_BYTES`] long.
    pub fn to_bytes(&self) -> Vec<u8> {
        encode(&self.0, MATCH_AMOUNTS_BYTES)
    }
    /// Decodes exactly the canonical encoding. Error: [`Error::Encoding`].
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, Error> {
        Ok(EncryptedMatch(read_list(bytes, MATCH_AMOUNTS_BYTES, 2, "a match's amounts")?))
    }
}

/// One side's reading, encrypted by its metering service.
#[derive(Clone)]
pub struct EncryptedDelivery(pub(crate) CompactCiphertextList);

impl EncryptedDelivery {
    /// The canonical encoding, [`DELIVERY_AMOUNT_BYTES`] long.
    pub fn to_bytes(&self) -> Vec<u8> {
        encode(&self.0, DELIVERY_AMOUNT_BYTES)
    }
    /// Decodes exactly the canonical encoding. Error: [`Error::Encoding`].
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, Error> {
        Ok(EncryptedDelivery(read_list(bytes, DELIVERY_AMOUNT_BYTES, 1, "a delivered amount")?))
    }
}

/// One encrypted bit: whether the deviation is within tolerance.
#[derive(Clone)]
pub struct EncryptedVerdict(pub(crate) FheBool);

impl EncryptedVerdict {
    /// The canonical encoding, [`DEVIATION_BYTES`] long.
    pub fn to_bytes(&self) -> Vec<u8> {
        encode(&self.0, DEVIATION_BYTES)
    }
    /// Decodes exactly the canonical encoding. Error: [`Error::Encoding`].
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, Error> {
        let set = FheBoolConformanceParams::from(SET);
        Ok(EncryptedVerdict(decode(bytes, DEVIATION_BYTES, &set, "an encrypted verdict")?))
    }
}
