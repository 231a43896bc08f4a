//! Names of things: the digests that stand for a chain, a transaction, a blob, a verifying key;
//! block heights and times. Every other module may import this one, which imports only the
//! encoding.

use crate::encoding::{Canonical, Reader};
use crate::Error;

macro_rules! digests {
    ($($(#[$doc:meta])* $name:ident),* $(,)?) => {$(
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name(pub [u8; 32]);
        impl Canonical for $name {
            const SIZE: usize = 32;
            fn write(&self, out: &mut Vec<u8>) { self.0.write(out); }
            fn read(input: &mut Reader<'_>) -> Result<Self, Error> { Ok($name(Canonical::read(input)?)) }
        }
        impl core::fmt::Display for $name {
            /// 64 lower-case hexadecimal digits.
            fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
                self.0.iter().try_for_each(|b| write!(f, "{b:02x}"))
            }
        }
    )*};
}
digests! {
    /// A chain's id: the digest of its genesis.
    ChainId,
    /// A transaction's id: digest of all but its seal.
    TransactionId,
    /// A blob's content address: its plain SHA-256.
    BlobHash,
    /// A verifying key's id: the plain SHA-256 of its canonical bytes.
    VerifyingKeyId,
}

impl BlobHash {
    /// The content address of these bytes.
    pub fn of(bytes: &[u8]) -> Self {
        use sha2::Digest;
        BlobHash(sha2::Sha256::digest(bytes).into())
    }
}

/// A block's height. The first block has height 1.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Height(pub u64);

/// Seconds since 1970, UTC, as block headers carry them. They never decrease along a chain.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Time(pub u64);

/// The number of an operator's transaction, from 1. The operator uses each number once, in any
/// order. The ledger takes a number only within [`Serial::WINDOW`] of the highest one used, so it
/// remembers few of them.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Serial(pub u64);

impl Serial {
    /// How far a serial may lie above or below the highest one that its operator has used.
    pub const WINDOW: u64 = 4096;
}

impl core::fmt::Display for Serial {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        self.0.fmt(f)
    }
}

/// How often the keys of an operator were replaced: 0 for those that the genesis or its registration
/// names.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Generation(pub u32);

impl Canonical for Generation {
    const SIZE: usize = 4;
    fn write(&self, out: &mut Vec<u8>) {
        self.0.write(out);
    }
    fn read(input: &mut Reader<'_>) -> Result<Self, Error> {
        Ok(Generation(u32::read(input)?))
    }
}

macro_rules! counters {
    ($($t:ident),*) => {$(
        impl Canonical for $t {
            const SIZE: usize = 8;
            fn write(&self, out: &mut Vec<u8>) { self.0.write(out); }
            fn read(input: &mut Reader<'_>) -> Result<Self, Error> { Ok($t(u64::read(input)?)) }
        }
    )*};
}
counters!(Height, Time, Serial);
