#![doc = include_str!("../README.md")]
#![forbid(unsafe_code)]
#![deny(missing_docs)]

pub mod binding;
pub mod block;
pub mod ciphertext;
mod columns;
mod correlate;
#[cfg(feature = "decrypt")]
pub mod decrypt;
mod error;
pub mod key;
mod lanes;
pub mod mask;
pub mod matching_node;
mod packing;
pub mod pairing;
pub mod parameters;
pub mod ring;
mod sampling;
pub mod score;

pub use error::Error;

/// Matching in the clear, with which the encrypted scores and pairings agree: the oracle of the tests.
pub mod plaintext {
    pub use market::{matching, score};
}
