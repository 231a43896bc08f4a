//! Relation 11 (PlanCiphertext), both sides: a plan's matching ciphertext encrypts exactly what the
//! plan's handle commits to.
//!
//! A ciphertext `(c1, c2)` under the matching key `(a, b)` is `(a r + t e1, b r + t e2 + block)`
//! modulo Q, where r is ternary, (e1, e2) is short and the block is the quantised plan.
//! docs/protocol/31-matching-proof.md has the whole argument. It has three steps, which hashing
//! makes one message:
//!
//! 1. The wallet commits to r. A matrix Pi of [`ROWS`] rows with entries -1, 0, 1 is drawn.
//! 2. The wallet commits to `p = Pi (e1, e2)` and to the carries k of
//!    `t p = Pi (c - (a, b) r - block) - Q k`, all integers. Weights gamma are drawn, one for each
//!    row.
//! 3. The wallet proves that the weighted sum of those 256 equations holds, that p is short, and
//!    that the block is the plan's.
//!
//! The circuit never sees Pi: the verifier folds it with gamma into [`Challenge`], one public
//! coefficient for each coefficient of r, of the block and of the rows.

use super::{Inputs, Statement};
use crate::market_parameters::{MarketParameters, Range};
use crate::record::Handle;
use crate::units::Price;
use crate::Fr;

/// Number of coefficients of r: the dimension N of the matching ring.
pub const DEGREE: usize = 4096;
/// Number of coefficients of a block that are not always zero.
pub const BLOCK: usize = 61;
/// Number of rows of the projection Pi.
pub const ROWS: usize = 256;
/// log2 of the plaintext modulus t.
pub const PLAINTEXT_BITS: u32 = 22;
/// The modulus Q of matching ciphertexts: the product of the two primes.
pub const MODULUS: u128 = 4_503_599_627_149_313 * 4_503_599_627_124_737;
/// An entry of p is in `-2^11 .. 2^11`: this many bits once 2^11 is added.
pub const PROJECTED_BITS: usize = 12;
/// A carry is in `-2^14 .. 2^14`: this many bits once 2^14 is added.
pub const CARRY_BITS: usize = 15;
/// log2 of the greatest squared Euclidean norm of p.
pub const NORM_BITS: usize = 24;
/// Number of public inputs before the challenge: the handle, the scale, the commitments.
pub const HEAD: usize = 1 + 8 + 2;
/// Number of public inputs.
pub const INPUTS: usize = HEAD + 1 + DEGREE + BLOCK + ROWS + 1;

/// The part of a cycle's parameters by which a plan is quantised.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Scale {
    /// Price of tick 0, in micro-currency per kWh.
    pub first: Price,
    /// Difference of neighbouring ticks, in micro-currency per kWh.
    pub step: Price,
    /// Declared ranges of volume, reputation and both coordinates.
    pub ranges: [Range; 3],
}

impl From<&MarketParameters> for Scale {
    fn from(market: &MarketParameters) -> Self {
        let ranges = [market.ranges.volume, market.ranges.reputation, market.ranges.place];
        Scale { first: market.grid.first(), step: market.grid.step(), ranges }
    }
}

/// The public coefficients that the verifier computes from ciphertext, key, Pi and gamma. Here
/// `w = gamma Pi`.
#[derive(Clone, PartialEq, Eq)]
pub struct Challenge {
    /// `<w, (c1, c2)>`.
    pub constant: Fr,
    /// For each j, `<w, (a X^j, b X^j)>`: [`DEGREE`] of them.
    pub key: Vec<Fr>,
    /// The first [`BLOCK`] entries of w's second half.
    pub block: Vec<Fr>,
    /// The weights gamma, [`ROWS`] of them.
    pub rows: Vec<Fr>,
}

/// Public inputs of relation 11.
#[derive(Clone, PartialEq, Eq)]
pub struct PlanCiphertext {
    /// The plan's handle. Each side has a circuit of its own, which fixes the side.
    pub handle: Handle,
    /// The grid and ranges by which the plan is quantised.
    pub scale: Scale,
    /// The commitment to r, and the commitment to p with the carries.
    pub commitments: [Fr; 2],
    /// The coefficients that the verifier computes.
    pub challenge: Challenge,
    /// Ties the proof to the rest of its transaction: see `transaction::binding`.
    pub binding: Fr,
}

/// The first public inputs of relation 11: handle, scale and commitments.
pub fn head(handle: Handle, scale: &Scale, commitments: &[Fr; 2]) -> [Fr; HEAD] {
    let [volume, reputation, place] = &scale.ranges;
    let numbers = [scale.first.get(), scale.step.get()].map(Fr::from);
    let ranges = [volume, reputation, place].map(|range| [range.lo(), range.hi()].map(Fr::from));
    let mut head = [handle.0; HEAD];
    head[1..3].copy_from_slice(&numbers);
    head[3..9].copy_from_slice(ranges.as_flattened());
    head[9..].copy_from_slice(commitments);
    head
}

impl Statement for PlanCiphertext {
    fn inputs(&self) -> Vec<Fr> {
        let c = &self.challenge;
        Inputs::default()
            .with_all(&head(self.handle, &self.scale, &self.commitments))
            .with(c.constant)
            .with_all(&c.key)
            .with_all(&c.block)
            .with_all(&c.rows)
            .with(self.binding)
            .done()
    }
}

#[cfg(feature = "witness")]
mod witness;
#[cfg(feature = "witness")]
pub use witness::{
    commit_projection, commit_randomness, tick_level, BidOpening, BuyCiphertextWitness, Encryption, OfferOpening,
    SellCiphertextWitness, BIG, DIGITS, LINK, ROWS_PACKED, TYPE_UNIT,
};
