//! Relation 11 (PlanCiphertext), both sides: a plan's matching ciphertext encrypts exactly what its commitment holds.
//!
//! A ciphertext `(c1, c2)` under the matching key `(a, b)` is to be `(a r + t e1, b r + t e2 + block)` modulo Q with r
//! ternary, (e1, e2) short and the block what the plan quantises to (docs/protocol/31-matching-proof.md has the whole
//! argument). Three messages, made one by hashing:
//!
//! 1. the wallet commits to r; a matrix Pi of [`ROWS`] rows with entries -1, 0, 1 is drawn;
//! 2. it commits to `p = Pi (e1, e2)` and to the carries k of `t p = Pi (c - (a, b) r - block) - Q k`, all integers;
//!    weights gamma, one a row, are drawn;
//! 3. it proves that the weighted sum of those 256 equations holds, that p is short, and the rest.
//!
//! The circuit never sees Pi: the verifier folds it with gamma into [`Challenge`], one public coefficient for each
//! coefficient of r, of the block and of the rows.

use super::{Inputs, Statement};
use crate::market::{MarketParameters, Range};
use crate::record::Handle;
use crate::units::Price;
use crate::Fr;

/// Coefficients of r: the dimension N of the matching ring.
pub const DEGREE: usize = 4096;
/// Coefficients of a block that are not always zero.
pub const BLOCK: usize = 61;
/// Rows of the projection.
pub const ROWS: usize = 256;
/// log2 of the plaintext modulus t.
pub const PLAINTEXT_BITS: u32 = 22;
/// The modulus Q.
pub const MODULUS: u128 = 1_125_899_906_826_241 * 1_125_899_906_629_633;
/// Bits of an entry of p above -2^11.
pub const PROJECTED_BITS: usize = 12;
/// Bits of a carry above -2^14.
pub const CARRY_BITS: usize = 15;
/// log2 of the greatest squared Euclidean norm of p.
pub const NORM_BITS: usize = 24;
/// Public inputs of the relation before the challenge: the handle, the scale, the commitments.
pub const HEAD: usize = 1 + 8 + 2;
/// Public inputs of the relation.
pub const INPUTS: usize = HEAD + 1 + DEGREE + BLOCK + ROWS + 1;

/// What of a cycle's parameters decides how a plan is quantised.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Scale {
    /// Price of tick 0.
    pub first: Price,
    /// Step of the grid.
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

/// What the verifier makes of ciphertext, key, Pi and gamma. With `w = gamma Pi`:
#[derive(Clone, PartialEq, Eq)]
pub struct Challenge {
    /// `<w, (c1, c2)>`.
    pub constant: Fr,
    /// For each j, `<w, (a X^j, b X^j)>`: [`DEGREE`] of them.
    pub key: Vec<Fr>,
    /// The first [`BLOCK`] entries of w's second half.
    pub block: Vec<Fr>,
    /// gamma: [`ROWS`] of them.
    pub rows: Vec<Fr>,
}

/// Public inputs of relation 11.
#[derive(Clone, PartialEq, Eq)]
pub struct PlanCiphertext {
    /// The plan's handle; its side is fixed by which of the two circuits it is.
    pub handle: Handle,
    /// How the plan is quantised.
    pub scale: Scale,
    /// Commitments to r, and to p with the carries.
    pub commitments: [Fr; 2],
    /// What the verifier computes.
    pub challenge: Challenge,
    /// Everything else in the transaction.
    pub binding: Fr,
}

/// The first inputs of relation 11: what it says besides the challenge and the binding.
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
