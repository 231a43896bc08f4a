//! Everything that holds a secret key: household, issuer, regulator.
//!
//! Wallets never ask the ledger about themselves: they scan [`protocol::compact::CompactBlock`]s, fetch ciphertexts
//! through [`Blobs`], and produce [`protocol::transaction::Transaction`]s. Each role keeps its own view of the ledger, as
//! far as it needs one. All randomness is passed in.
#![forbid(unsafe_code)]
#![deny(missing_docs)]

#[cfg(feature = "deviation")]
pub mod deviation;
pub mod household;
pub mod issuer;
mod issuing;
pub mod masked;
pub mod note;
pub mod order_book;
pub mod payout;
pub mod prover;
pub mod regulator;
pub mod seal;
pub mod storage;
#[cfg(test)]
mod testing;

use protocol::ids::BlobHash;

/// Where ciphertexts are read from. What it answers is checked against the hash by whoever asks.
pub trait Blobs {
    /// The bytes with this hash, if they are at hand.
    fn blob(&self, hash: BlobHash) -> Option<Vec<u8>>;
}
