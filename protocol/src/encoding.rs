//! Canonical encodings: each value has exactly one byte string, and decoding refuses all others.
//! Every type here has a fixed size. So lengths are known before anything is allocated, and the
//! size of a transaction tells its kind and nothing more (docs/protocol/40-ledger.md).

use crate::units::{Cycle, Energy, Epoch, IssuerId, Money, PerMille, Price, Side};
use crate::Error;
use ark_bls12_381::Fr;
use ark_ff::{BigInteger, PrimeField};

/// A type whose values all have an encoding of the same size.
pub trait Canonical: Sized {
    /// Bytes of every value's encoding.
    const SIZE: usize;
    /// Appends the encoding to `out`.
    fn write(&self, out: &mut Vec<u8>);
    /// Reads one value from the front of `input`. Error: [`Error::Encoding`], or the bound that the
    /// value breaks.
    fn read(input: &mut Reader<'_>) -> Result<Self, Error>;

    /// The encoding as a byte string of its own.
    fn to_bytes(&self) -> Vec<u8> {
        let mut out = Vec::with_capacity(Self::SIZE);
        self.write(&mut out);
        debug_assert_eq!(out.len(), Self::SIZE);
        out
    }
    /// Decodes exactly these bytes. Errors as for [`Self::read`].
    fn from_bytes(bytes: &[u8]) -> Result<Self, Error> {
        if bytes.len() != Self::SIZE {
            return Err(Error::Encoding("wrong length"));
        }
        Self::read(&mut Reader(bytes))
    }
}

/// The bytes that are still to be read.
pub struct Reader<'a>(pub &'a [u8]);

impl<'a> Reader<'a> {
    /// Takes the next `n` bytes. Error: [`Error::Encoding`] when there are fewer.
    pub fn take(&mut self, n: usize) -> Result<&'a [u8], Error> {
        if n > self.0.len() {
            return Err(Error::Encoding("too short"));
        }
        let (head, tail) = self.0.split_at(n);
        self.0 = tail;
        Ok(head)
    }
}

impl<const N: usize> Canonical for [u8; N] {
    const SIZE: usize = N;
    fn write(&self, out: &mut Vec<u8>) {
        out.extend_from_slice(self);
    }
    fn read(input: &mut Reader<'_>) -> Result<Self, Error> {
        Ok(input.take(N)?.try_into().expect("take returns N bytes"))
    }
}

impl<const N: usize> Canonical for [Fr; N] {
    const SIZE: usize = 32 * N;
    fn write(&self, out: &mut Vec<u8>) {
        self.iter().for_each(|x| x.write(out));
    }
    fn read(input: &mut Reader<'_>) -> Result<Self, Error> {
        let mut all = [Fr::from(0u64); N];
        for x in &mut all {
            *x = Fr::read(input)?;
        }
        Ok(all)
    }
}

macro_rules! integer {
    ($($t:ty),*) => {$(
        impl Canonical for $t {
            const SIZE: usize = core::mem::size_of::<$t>();
            fn write(&self, out: &mut Vec<u8>) { out.extend_from_slice(&self.to_le_bytes()); }
            fn read(input: &mut Reader<'_>) -> Result<Self, Error> {
                Ok(<$t>::from_le_bytes(<[u8; core::mem::size_of::<$t>()]>::read(input)?))
            }
        }
    )*};
}
integer!(u8, u16, u32, u64);

/// 32 bytes, little end first, below the modulus r.
impl Canonical for Fr {
    const SIZE: usize = 32;
    fn write(&self, out: &mut Vec<u8>) {
        out.extend_from_slice(&self.into_bigint().to_bytes_le());
    }
    fn read(input: &mut Reader<'_>) -> Result<Self, Error> {
        let bytes = <[u8; 32]>::read(input)?;
        let mut limbs = [0u64; 4];
        for (limb, chunk) in limbs.iter_mut().zip(bytes.chunks_exact(8)) {
            *limb = u64::from_le_bytes(chunk.try_into().expect("chunks of 8"));
        }
        Fr::from_bigint(ark_ff::BigInt(limbs)).ok_or(Error::Encoding("field element not below the modulus"))
    }
}

impl Canonical for bool {
    const SIZE: usize = 1;
    fn write(&self, out: &mut Vec<u8>) {
        out.push(u8::from(*self));
    }
    fn read(input: &mut Reader<'_>) -> Result<Self, Error> {
        match u8::read(input)? {
            0 => Ok(false),
            1 => Ok(true),
            _ => Err(Error::Encoding("a boolean is 0 or 1")),
        }
    }
}

impl Canonical for Side {
    const SIZE: usize = 1;
    fn write(&self, out: &mut Vec<u8>) {
        out.push(*self as u8);
    }
    fn read(input: &mut Reader<'_>) -> Result<Self, Error> {
        Side::from_u8(u8::read(input)?)
    }
}

macro_rules! newtype {
    ($($t:ident as $inner:ty),*) => {$(
        impl Canonical for $t {
            const SIZE: usize = <$inner>::SIZE;
            fn write(&self, out: &mut Vec<u8>) { self.get().write(out); }
            fn read(input: &mut Reader<'_>) -> Result<Self, Error> { $t::new(<$inner>::read(input)?) }
        }
    )*};
}
newtype!(Energy as u64, Price as u64, Money as u64, Cycle as u32, Epoch as u32, IssuerId as u32, PerMille as u16);

/// Declares a struct whose encoding is that of its fields, in order.
#[macro_export]
macro_rules! canonical_struct {
    ($(#[$doc:meta])* pub struct $name:ident { $($(#[$fdoc:meta])* pub $field:ident : $t:ty),* $(,)? }) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub struct $name { $($(#[$fdoc])* pub $field: $t),* }
        impl $crate::encoding::Canonical for $name {
            const SIZE: usize = 0 $(+ <$t as $crate::encoding::Canonical>::SIZE)*;
            fn write(&self, out: &mut Vec<u8>) { $(self.$field.write(out);)* }
            fn read(input: &mut $crate::encoding::Reader<'_>) -> Result<Self, $crate::Error> {
                Ok($name { $($field: $crate::encoding::Canonical::read(input)?),* })
            }
        }
    };
}

/// Declares a newtype of a field element that is public: a commitment, a nullifier, a handle.
#[macro_export]
macro_rules! field_newtype {
    ($($(#[$doc:meta])* $name:ident),* $(,)?) => {$(
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name(pub $crate::Fr);
        impl $crate::encoding::Canonical for $name {
            const SIZE: usize = 32;
            fn write(&self, out: &mut Vec<u8>) { self.0.write(out); }
            fn read(input: &mut $crate::encoding::Reader<'_>) -> Result<Self, $crate::Error> {
                Ok($name($crate::encoding::Canonical::read(input)?))
            }
        }
        impl core::fmt::Display for $name {
            /// The encoding as 64 lower-case hexadecimal digits.
            fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
                $crate::encoding::Canonical::to_bytes(self).iter().try_for_each(|b| write!(f, "{b:02x}"))
            }
        }
    )*};
}

/// A field element from a domain-separated SHA-512: `le(SHA-512(domain || 0x00 || bytes)) mod r`.
/// The 512 bits leave a bias below 2^-256.
pub fn hash_to_field(domain: &str, bytes: &[u8]) -> Fr {
    use sha2::{Digest, Sha512};
    let digest = Sha512::new().chain_update(domain).chain_update([0]).chain_update(bytes).finalize();
    Fr::from_le_bytes_mod_order(&digest)
}

/// A 32-byte digest: `SHA-256(domain || 0x00 || bytes)`.
pub fn digest(domain: &str, bytes: &[u8]) -> [u8; 32] {
    use sha2::{Digest, Sha256};
    Sha256::new().chain_update(domain).chain_update([0]).chain_update(bytes).finalize().into()
}
