#![doc = include_str!("../README.md")]
#![cfg(feature = "tfhe")]
#![forbid(unsafe_code)]
#![deny(missing_docs)]

pub mod ciphertext;
#[cfg(feature = "decrypt")]
pub mod decrypt;
mod error;
pub mod key;
mod parameters;

pub use error::Error;

use protocol::units::{Energy, PerMille};

/// sigma: the energy in Wh that may be missing of a matched volume, rounded down.
///
/// With it `missing <= sigma` says the same as the relations' `missing x 1000 <= tolerance x v_m`:
/// both sides of the latter are integers, so it is `missing <= tolerance x v_m / 1000`, and
/// `missing` is an integer, so rounding down takes nothing.
pub fn sigma(tolerance: PerMille, matched: Energy) -> Energy {
    // The product is below 2^42, and sigma below v_m, since the tolerance is below 1000.
    Energy::new(u64::from(tolerance.get()) * matched.get() / 1000).expect("sigma is not above v_m")
}

/// The predicate that the circuit on ciphertexts computes, in the clear.
pub fn is_within(matched: Energy, sigma: Energy, sold: Energy, bought: Energy) -> bool {
    matched.get() - sold.min(bought).min(matched).get() <= sigma.get()
}
