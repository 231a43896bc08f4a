//! The hash `H_tag(x1..xn)`: Poseidon over the scalar field of BLS12-381 (Grassi et al., ePrint
//! 2019/458; docs/protocol/10-records-and-keys.md).
//!
//! S-box x^5, 128-bit security, round constants and MDS matrix from the paper's Grain LFSR, as
//! `ark-crypto-primitives` derives them. A hash of n inputs, 1 to 8, is one permutation of width
//! `n + 1`. The state starts as `[capacity, x1, .., xn]` with `capacity = tag * 2^8 + n`, so
//! neither two kinds nor two lengths can collide. The result is lane 0, for [`keystream`] lanes 1
//! to 5. A tree node is not such a hash but [`compress`] (docs/decisions/0007-smaller-circuits.md).
//!
//! Tests compare the permutation with the textbook form and with the published vectors of
//! `hadeshash`, and recompute the numbers of rounds from the attacks' inequalities.

mod permutation;
#[cfg(test)]
mod rounds;
#[cfg(test)]
mod tests;

use ark_bls12_381::Fr;
pub use permutation::{sbox, Poseidon};
use std::sync::OnceLock;

/// Full rounds, half before and half after the partial ones, in every width.
pub const FULL_ROUNDS: usize = 8;

/// The kind of thing that is hashed. Its number goes into the hash first, and so into every frozen
/// vector.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u64)]
pub enum Tag {
    /// Nullifier key `nk = H_nk(sk)`.
    NullifierKey = 1,
    /// Owner address `addr = H_addr(nk)`.
    Address = 2,
    /// Generation record G.
    Generation = 3,
    /// Metered rest S.
    Metered = 4,
    /// Balance record B.
    Balance = 5,
    /// Credential C.
    Credential = 6,
    /// Nullifier of a record.
    Nullifier = 7,
    /// Sell plan `P_s`.
    SellPlan = 8,
    /// Buy plan `P_p`. It must be [`Tag::SellPlan`] + 1: relations that take either side treat the
    /// side as a bit of the tag.
    BuyPlan = 9,
    /// Match record MR.
    Match = 10,
    /// Delivery record AR.
    Delivery = 11,
    /// Trace key commitment kappa.
    TraceKey = 12,
    /// Trace tag T.
    TraceTag = 13,
    /// Key stream of the hashed ElGamal.
    KeyStream = 14,
    /// Digest of a cycle's parameters.
    Parameters = 16,
    /// Commitment to the randomness of a matching ciphertext.
    CiphertextRandomness = 17,
    /// Commitment to the projection of a matching ciphertext's noise.
    CiphertextProjection = 18,
    /// Public half `Y_m = H_Y(k_m)` of a metering service's serial key.
    SerialKey = 19,
    /// Serial of a metered record, `H_serial(k_m, addr, cycle, sign)`.
    RecordSerial = 20,
}

/// The capacity lane's initial value for a hash of `len` inputs.
pub fn capacity(tag: Tag, len: usize) -> Fr {
    Fr::from(((tag as u64) << 8) + len as u64)
}

macro_rules! widths {
    ($($name:ident: $t:literal lanes, $rounds:literal partial rounds;)*) => {
        /// Width and number of partial rounds of every permutation.
        pub const WIDTHS: &[(usize, usize)] = &[$(($t, $rounds)),*];
        $(
            #[doc = concat!("The permutation of ", $t, " lanes: ", $rounds, " partial rounds. Made at the first use.")]
            pub fn $name() -> &'static Poseidon<$t> {
                static P: OnceLock<Poseidon<$t>> = OnceLock::new();
                P.get_or_init(|| Poseidon::new(FULL_ROUNDS, $rounds))
            }
        )*
    };
}

// The least numbers of rounds that resist the known attacks, with the authors' margin, rounded up
// to a multiple of the width. They are the reference's table; `rounds.rs` recomputes them.
widths! {
    width2: 2 lanes, 56 partial rounds;
    width3: 3 lanes, 57 partial rounds;
    width4: 4 lanes, 56 partial rounds;
    width5: 5 lanes, 60 partial rounds;
    width6: 6 lanes, 60 partial rounds;
    width7: 7 lanes, 63 partial rounds;
    width8: 8 lanes, 64 partial rounds;
    width9: 9 lanes, 63 partial rounds;
}

fn state<const T: usize>(p: &Poseidon<T>, tag: Tag, inputs: &[Fr]) -> [Fr; T] {
    let mut s = core::array::from_fn(|i| if i == 0 { capacity(tag, inputs.len()) } else { inputs[i - 1] });
    p.permute(&mut s);
    s
}

/// The hash `H_tag(inputs)` of 1 to 8 inputs. It panics on other lengths, since every caller's
/// number of inputs is fixed in the source.
pub fn hash(tag: Tag, inputs: &[Fr]) -> Fr {
    match inputs.len() {
        1 => state(width2(), tag, inputs)[0],
        2 => state(width3(), tag, inputs)[0],
        3 => state(width4(), tag, inputs)[0],
        4 => state(width5(), tag, inputs)[0],
        5 => state(width6(), tag, inputs)[0],
        6 => state(width7(), tag, inputs)[0],
        7 => state(width8(), tag, inputs)[0],
        8 => state(width9(), tag, inputs)[0],
        n => panic!("H takes 1 to 8 inputs, not {n}"),
    }
}

/// The key stream of the hashed ElGamal: lanes 1..=5 of one permutation of 6 inputs. Lanes 0 and 6
/// stay unused, and nothing else is ever output under this tag, so each lane acts as an independent
/// random function of the inputs.
pub fn keystream(inputs: &[Fr; 6]) -> [Fr; 5] {
    let s = state(width7(), Tag::KeyStream, inputs);
    core::array::from_fn(|i| s[i + 1])
}

/// Compresses four field elements into one, for the nodes of the tree: `P4(c)[0] + c0` (Grassi,
/// Khovratovich, Schofnegger, ePrint 2023/323, section 3.2). It has no capacity lane and no tag.
/// docs/decisions/0007-smaller-circuits.md says why it cannot collide with a hash of three inputs,
/// which uses the same permutation.
pub fn compress(children: &[Fr; 4]) -> Fr {
    let mut s = *children;
    width4().permute(&mut s);
    s[0] + children[0]
}
