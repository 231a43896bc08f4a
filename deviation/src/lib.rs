#![doc = include_str!("../README.md")]
#![cfg(feature = "tfhe")]
#![forbid(unsafe_code)]
#![deny(missing_docs)]

pub mod ciphertext;
#[cfg(feature = "decrypt")]
pub mod decrypt;
mod error;
mod evaluate;
pub mod key;
mod parameters;

pub use error::Error;

use protocol::units::{Energy, PerMille};

/// tau: what each side must have delivered, in Wh, for a trade to be within tolerance. It is the
/// matched volume less sigma, the energy that may be missing, rounded down.
///
/// With it `v_a >= tau` says the same as the relations' `missing x 1000 <= tolerance x v_m`, where
/// `missing = v_m - min(v_a, v_m)`: both sides of the latter are integers, so it is
/// `missing <= tolerance x v_m / 1000`, and `missing` is an integer, so rounding down takes nothing.
/// And as tau is at most v_m, `v_a >= tau` whenever nothing is missing.
pub fn threshold(tolerance: PerMille, matched: Energy) -> Energy {
    // The product is below 2^42, and sigma is below v_m, or 0, since the tolerance is below 1000.
    let sigma = u64::from(tolerance.get()) * matched.get() / 1000;
    Energy::new(matched.get() - sigma).expect("it is not above v_m")
}

/// The predicate that is computed on ciphertexts, in the clear.
pub fn is_within(threshold: Energy, sold: Energy, bought: Energy) -> bool {
    sold >= threshold && bought >= threshold
}
