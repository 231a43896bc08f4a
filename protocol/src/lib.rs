#![doc = include_str!("../README.md")]
#![forbid(unsafe_code)]
#![deny(missing_docs)]

pub mod certificate;
pub mod compact;
pub mod elgamal;
pub mod encoding;
mod error;
pub mod header;
pub mod hexadecimal;
pub mod ids;
pub mod key_schedule;
pub mod keys;
pub mod light;
pub mod market_parameters;
pub mod merkle;
pub mod plan;
pub mod poseidon;
pub mod record;
pub mod relation;
pub mod settlement;
pub mod signing;
pub mod terms;
pub mod transaction;
pub mod tree;
pub mod units;

pub use ark_bls12_381::Fr;
pub use error::Error;
