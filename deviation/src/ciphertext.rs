//! The two kinds of ciphertext: an amount of energy, and the bit that is computed from three of
//! them.
//!
//! Both are ciphertexts of LWE modulo 2^64, in which every 64-bit word is a possible value. So the
//! encoding is the words, each with its little end first, and nothing else has the same encoding.

use crate::Error;

pub use protocol::transaction::body::{DEVIATION_BYTES, ENCRYPTED_ENERGY_BYTES};

/// Bytes of a word.
const WORD: usize = 8;

fn write(words: &[u64]) -> Vec<u8> {
    words.iter().flat_map(|word| word.to_le_bytes()).collect()
}

fn read(bytes: &[u8], length: usize, what: &'static str) -> Result<Vec<u64>, Error> {
    match bytes.as_chunks::<WORD>() {
        (words, []) if bytes.len() == length => Ok(words.iter().map(|word| u64::from_le_bytes(*word)).collect()),
        _ => Err(Error::Encoding(what)),
    }
}

/// An amount of energy below 2^16 Wh: the regulator's threshold of a trade, or what a side's
/// metering service read. It has four digits of four bits, the least first, under one mask.
#[derive(Clone)]
pub struct EncryptedEnergy(pub(crate) Vec<u64>);

impl EncryptedEnergy {
    /// The encoding, [`ENCRYPTED_ENERGY_BYTES`] long.
    pub fn to_bytes(&self) -> Vec<u8> {
        write(&self.0)
    }
    /// Decodes a ciphertext. Error: [`Error::Encoding`] for any other length.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, Error> {
        Ok(EncryptedEnergy(read(bytes, ENCRYPTED_ENERGY_BYTES, "an encrypted amount of energy")?))
    }
}

/// One encrypted bit: whether the deviation is within tolerance.
#[derive(Clone)]
pub struct EncryptedVerdict(pub(crate) Vec<u64>);

impl EncryptedVerdict {
    /// The encoding, [`DEVIATION_BYTES`] long.
    pub fn to_bytes(&self) -> Vec<u8> {
        write(&self.0)
    }
    /// Decodes a ciphertext. Error: [`Error::Encoding`] for any other length.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, Error> {
        Ok(EncryptedVerdict(read(bytes, DEVIATION_BYTES, "an encrypted verdict")?))
    }
}
