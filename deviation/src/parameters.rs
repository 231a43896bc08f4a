//! The parameters, and the encoding of keys. It is `tfhe`'s versioned serialisation. A decoder accepts only bytes of exactly the type's length that conform with the
//! parameters and equal what this crate would write itself.
//!
//! The set is `PARAM_MESSAGE_2_CARRY_2_KS_PBS_TUNIFORM_2M128`, the library's default: two bits of
//! message and two of carry in a block, LWE dimension 918, ring dimension 2048 over 64-bit
//! integers, at least 128 bits of security (the library's claim) and a probability of a wrong
//! bootstrap of 2^-129.6.

use crate::Error;
use tfhe::conformance::ParameterSetConformant;
use tfhe::named::Named;
use tfhe::safe_serialization::{safe_deserialize_conformant, safe_serialize};
use tfhe::shortint::parameters::{
    ClassicPBSParameters, CompactPublicKeyEncryptionParameters, PARAM_MESSAGE_2_CARRY_2_KS_PBS_TUNIFORM_2M128,
};
use tfhe::{Config, ConfigBuilder, Unversionize, Versionize};

/// Number of bits of a digit of an encrypted amount: a block's message and carry.
pub(crate) const DIGIT_BITS: u32 = 4;
/// Number of values of a digit.
pub(crate) const DIGIT_VALUES: u64 = 1 << DIGIT_BITS;
/// Number of digits of an encrypted amount, which has 16 bits.
pub(crate) const DIGITS: usize = 4;

pub(crate) const SET: ClassicPBSParameters = PARAM_MESSAGE_2_CARRY_2_KS_PBS_TUNIFORM_2M128;

/// Keys without the parts that this crate does not need.
pub(crate) fn config() -> Config {
    ConfigBuilder::with_custom_parameters(SET).use_dedicated_oprf_key(false).build()
}

/// The part of the set by which amounts are encrypted to the public key.
pub(crate) fn encryption() -> CompactPublicKeyEncryptionParameters {
    CompactPublicKeyEncryptionParameters::try_from(SET).expect("its ring dimension is a power of two")
}

/// The encoding of a value that has one length.
pub(crate) fn encode<T: serde::Serialize + Versionize + Named>(value: &T, length: usize) -> Vec<u8> {
    let mut out = Vec::with_capacity(length);
    safe_serialize(value, &mut out, length as u64).expect("memory takes all that has its kind's length");
    out
}

/// Decodes exactly the encoding. Error: [`Error::Encoding`].
pub(crate) fn decode<T>(bytes: &[u8], length: usize, set: &T::ParameterSet, what: &'static str) -> Result<T, Error>
where
    T: serde::Serialize + serde::de::DeserializeOwned + Versionize + Unversionize + Named + ParameterSetConformant,
{
    if bytes.len() != length {
        return Err(Error::Encoding(what));
    }
    let value: T = safe_deserialize_conformant(bytes, length as u64, set).map_err(|_| Error::Encoding(what))?;
    let mut again = Vec::with_capacity(length);
    let written = safe_serialize(&value, &mut again, length as u64);
    if written.is_err() || again != bytes {
        return Err(Error::Encoding(what));
    }
    Ok(value)
}
