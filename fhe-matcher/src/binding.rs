//! The binding of a plan's ciphertext to its commitment, relation 11: the challenges, drawn by
//! hashing, and what wallet and verifier compute from them. Statement and native check are in
//! `protocol::relation::plan_ciphertext`; docs/protocol/31-matching-proof.md has the argument with
//! its bounds.
//!
//! ```text
//! seed 1  = SHA-256(label, verifying key, matching key, scale, binding, handle, side, commitment 1, ciphertext)
//! Pi      = the 256 x 2N matrix of differences of two random bits, by ChaCha12 from seed 1
//! seed 2  = SHA-256(label, seed 1, commitment 2)
//! gamma   = 256 integers below 2^119, by ChaCha12 from seed 2
//! ```
//!
//! Every value that a wallet can choose enters a seed before anything is drawn that must not depend
//! on it.

mod folded;
mod projection;
#[cfg(feature = "prove")]
mod prove;

pub use folded::{FoldedInputs, FoldedSum};
#[cfg(feature = "prove")]
pub use prove::{prove, Proved};

use crate::ciphertext::PlanCiphertext;
use crate::correlate::{self, inner_product};
use crate::key::MatchingPublicKey;
use projection::Folded;
use protocol::record::Handle;
use protocol::relation::plan_ciphertext::{Challenge, Scale, BLOCK as USED, DEGREE as N, MODULUS as Q};
use protocol::units::Side;
use protocol::Fr;
use sha2::{Digest, Sha256};

const _: () = assert!(N == crate::parameters::DEGREE && Q == crate::parameters::MODULUS, "one parameter set");
const _: () = assert!(USED == crate::block::USED, "one block");
const _: () = assert!(protocol::relation::plan_ciphertext::PLAINTEXT_BITS == crate::parameters::PLAINTEXT_BITS);

/// The values that a ciphertext is bound to, beside its own bytes and the commitments.
#[derive(Clone, Copy)]
pub struct Context<'a> {
    /// The id of the proof's verifying key.
    pub verifying_key: [u8; 32],
    /// The matching key that the plan is encrypted to.
    pub key: &'a MatchingPublicKey,
    /// The grid and ranges by which the plan is quantised.
    pub scale: Scale,
    /// The public input `binding`, which ties the proof to its transaction and chain.
    pub binding: Fr,
    /// The plan's handle.
    pub handle: Handle,
    /// The plan's side.
    pub side: Side,
}

/// The seed of Pi.
fn first_seed(context: &Context<'_>, ciphertext: &PlanCiphertext, commitment: Fr) -> [u8; 32] {
    let Scale { first, step, ranges } = context.scale;
    let mut hash = Sha256::new()
        .chain_update(b"veilgrid/plan-ciphertext/projection/1")
        .chain_update(context.verifying_key)
        .chain_update(context.key.digest())
        .chain_update(first.get().to_le_bytes())
        .chain_update(step.get().to_le_bytes());
    for range in ranges {
        hash.update(range.lo().to_le_bytes());
        hash.update(range.hi().to_le_bytes());
    }
    hash.chain_update(bytes(context.binding))
        .chain_update(bytes(context.handle.0))
        .chain_update([context.side as u8])
        .chain_update(bytes(commitment))
        .chain_update(ciphertext.digest())
        .finalize()
        .into()
}

/// The seed of gamma.
fn second_seed(first: [u8; 32], commitment: Fr) -> [u8; 32] {
    Sha256::new()
        .chain_update(b"veilgrid/plan-ciphertext/weights/1")
        .chain_update(first)
        .chain_update(bytes(commitment))
        .finalize()
        .into()
}

/// The canonical 32 bytes of a field element, little end first.
fn bytes(x: Fr) -> Vec<u8> {
    protocol::encoding::Canonical::to_bytes(&x)
}

/// The verifier's part: computes the public coefficients of the relation's one equation.
pub fn challenge(context: &Context<'_>, ciphertext: &PlanCiphertext, commitments: [Fr; 2]) -> Challenge {
    let seed = first_seed(context, ciphertext, commitments[0]);
    fold(context, ciphertext, [seed, second_seed(seed, commitments[1])])
}

fn fold(context: &Context<'_>, ciphertext: &PlanCiphertext, seeds: [[u8; 32]; 2]) -> Challenge {
    let Folded { weights, rows } = Folded::from_seeds(seeds[0], seeds[1]);
    let (upper, lower) = weights.split_at(N);
    Challenge {
        constant: constant(&weights, ciphertext),
        key: context.key.correlation().apply(upper, lower),
        block: (0..USED).map(|k| correlate::signed(lower[place(context.side, k)])).collect(),
        rows: rows.into_iter().map(Fr::from).collect(),
    }
}

/// `<w, (c1, c2)>`.
fn constant(weights: &[i128], ciphertext: &PlanCiphertext) -> Fr {
    inner_product(weights, ciphertext.a().digits().chain(ciphertext.b().digits()))
}

/// The coefficient of a ciphertext's second half that the k-th of the block's is in.
fn place(side: Side, k: usize) -> usize {
    match side {
        Side::Sell => k,
        Side::Buy => crate::parameters::BLOCK - 1 - k,
    }
}

#[cfg(all(test, feature = "prove"))]
mod tests;
