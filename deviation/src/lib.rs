//! The deviation of a trade on TFHE ciphertexts (spec 30, "Deviation").
//!
//! The regulator encrypts what it matched, v_m, and the tolerance in Wh, sigma; each side's metering service encrypts its
//! reading. Whoever has the `DeviationServerKey` computes from these ciphertexts one encrypted bit, whether
//! `v_m - min(a_s, a_b, v_m) <= sigma`: the `within` of relations 5 and 6. Only the holder of the secret key can open it
//! (`decrypt`, behind the cargo feature of the same name, which only the regulator's wallet turns on).
//!
//! The path through the code: `parameters` (the named set, sizes, encoding) -> `ciphertext` -> `key` (encryption and
//! evaluation) -> `decrypt`. `docs/protocol/32-deviation.md` is the chapter of the protocol book.
//!
//! Without the cargo feature `tfhe` there is nothing here.
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

/// sigma: how many Wh may be missing of a matched volume, rounded down.
///
/// With it `missing <= sigma` says the same as the relations' `missing x 1000 <= tolerance x v_m`: both sides of the latter
/// are integers, so it is `missing <= tolerance x v_m / 1000`, and `missing` is an integer, so rounding down takes nothing.
pub fn sigma(tolerance: PerMille, matched: Energy) -> Energy {
    // The product is below 2^42, and sigma below v_m, since the tolerance is below 1000.
    Energy::new(u64::from(tolerance.get()) * matched.get() / 1000).expect("sigma is not above v_m")
}

/// What the circuit on ciphertexts computes, in the clear.
pub fn is_within(matched: Energy, sigma: Energy, sold: Energy, bought: Energy) -> bool {
    matched.get() - sold.min(bought).min(matched).get() <= sigma.get()
}
