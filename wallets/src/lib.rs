#![doc = include_str!("../README.md")]
#![forbid(unsafe_code)]
#![deny(missing_docs)]

mod announcement;
pub mod bank;
#[cfg(feature = "deviation")]
pub mod deviation;
pub mod follower;
pub mod household;
pub mod issuer;
mod issuing;
pub mod ledger_access;
pub mod masked;
pub mod matching_node;
pub mod note;
pub mod opening;
pub mod order_book;
pub mod payout;
pub mod phrase;
pub mod prover;
pub mod recovery;
pub mod regulator;
pub mod seal;
pub mod serials;
mod service_keys;
pub mod storage;
#[cfg(test)]
mod testing;
pub mod trusted_keys;
pub mod validator;

use protocol::ids::BlobHash;

/// Where ciphertexts are read from. Each reader checks the answer against the hash.
pub trait Blobs {
    /// The bytes with this hash, if they are at hand.
    fn blob(&self, hash: BlobHash) -> Option<Vec<u8>>;
}
