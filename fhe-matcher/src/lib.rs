//! Matching on GLWE ciphertexts: the encrypted twin of the matching that the `market` crate does in the clear.
//!
//! A plan is encrypted once, by the wallet that lists it ([`ciphertext`]). Whoever holds the ledger's ciphertexts can
//! compute the encrypted score of every pair of a bid and an offer ([`score`], [`matching_node`]); the computation is
//! exact integer arithmetic, so anybody's recomputation gives the same bits. Only the regulator can open the scores,
//! and only those that it has recomputed itself (`decrypt`, behind the cargo feature of the same name, which only the
//! regulator's wallet turns on).
//!
//! The path through the code: [`parameters`] (the numbers and why they are safe) -> [`block`] (how a plan becomes a
//! polynomial whose product with another is the score) -> [`key`] -> [`ciphertext`] -> [`score`] -> `decrypt`.
//! [`ring`] has the arithmetic below all of them. `docs/protocol/30-matching.md` is the chapter of the protocol book.
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
