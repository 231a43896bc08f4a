//! The public inputs of relation 11 in the form that a verifier of many proofs needs.
//!
//! Nearly all of a statement's inputs are the correlation of its weights `w = gamma Pi` with the
//! matching key: linear in w, by the same function for all statements. For a batch the verifier
//! needs only the sum of the inputs, each statement's times a random number. So it sums the
//! weights, as integers, and correlates once for the batch. For each proof it still draws Pi, folds
//! it, and computes one inner product.

use super::{constant, first_seed, place, second_seed, Context, Folded, N, USED};
use crate::ciphertext::PlanCiphertext;
use crate::key::MatchingPublicKey;
use ark_ff::{AdditiveGroup, PrimeField};
use protocol::relation::plan_ciphertext::{head, HEAD, ROWS};
use protocol::units::Side;
use protocol::Fr;

/// Number of limbs of a sum of weights. Each term is below 2^127 x 2^128, so 2^63 of them fit with
/// their sign.
const LIMBS: usize = 5;
/// Bits of the three pieces that a field element is cut into to be correlated.
const PIECE_BITS: u32 = 85;

/// The short values that a statement's public inputs follow from, with the matching key.
pub struct FoldedInputs {
    name: [u8; 32],
    side: Side,
    head: [Fr; HEAD],
    constant: Fr,
    weights: Vec<i128>,
    rows: Vec<u128>,
    binding: Fr,
}

/// A sum of the inputs of statements of one side under one matching key, each times a weight.
#[derive(Clone)]
pub struct FoldedSum {
    side: Side,
    head: [Fr; HEAD],
    constant: Fr,
    /// In two's complement, least limb first.
    weights: Vec<[u64; LIMBS]>,
    rows: Vec<Fr>,
    binding: Fr,
}

impl FoldedInputs {
    /// The inputs of the statement that the ciphertext is its plan's: those of
    /// [`PlanCiphertext`](protocol::relation::plan_ciphertext::PlanCiphertext) with
    /// [`challenge`](super::challenge).
    pub fn new(context: &Context<'_>, ciphertext: &PlanCiphertext, commitments: &[Fr; 2]) -> Self {
        let seed = first_seed(context, ciphertext, commitments[0]);
        let name = second_seed(seed, commitments[1]);
        let Folded { weights, rows } = Folded::from_seeds(seed, name);
        FoldedInputs {
            name,
            side: context.side,
            head: head(context.handle, &context.scale, commitments),
            constant: constant(&weights, ciphertext),
            weights,
            rows,
            binding: context.binding,
        }
    }

    /// The second seed: the hash of everything that the inputs follow from.
    pub fn name(&self) -> [u8; 32] {
        self.name
    }

    /// The plan's side: statements of one side are summed together.
    pub fn side(&self) -> Side {
        self.side
    }

    /// The empty sum.
    pub fn none(&self) -> FoldedSum {
        FoldedSum {
            side: self.side,
            head: [Fr::ZERO; HEAD],
            constant: Fr::ZERO,
            weights: vec![[0; LIMBS]; 2 * N],
            rows: vec![Fr::ZERO; ROWS],
            binding: Fr::ZERO,
        }
    }

    /// `sum += factor x inputs`.
    pub fn add(&self, sum: &mut FoldedSum, factor: u128) {
        let field = Fr::from(factor);
        sum.head.iter_mut().zip(&self.head).for_each(|(s, x)| *s += field * x);
        sum.constant += field * self.constant;
        sum.rows.iter_mut().zip(&self.rows).for_each(|(s, x)| *s += field * Fr::from(*x));
        sum.binding += field * self.binding;
        sum.weights.iter_mut().zip(&self.weights).for_each(|(s, w)| add_product(s, *w, factor));
    }
}

impl FoldedSum {
    /// `self += other`.
    pub fn join(&mut self, other: &FoldedSum) {
        self.head.iter_mut().zip(&other.head).for_each(|(s, x)| *s += x);
        self.constant += other.constant;
        self.rows.iter_mut().zip(&other.rows).for_each(|(s, x)| *s += x);
        self.binding += other.binding;
        for (sum, other) in self.weights.iter_mut().zip(&other.weights) {
            let mut carry = 0u128;
            for (s, x) in sum.iter_mut().zip(other) {
                carry += u128::from(*s) + u128::from(*x);
                *s = carry as u64;
                carry >>= 64;
            }
        }
    }

    /// The sum written out, in the circuit's order.
    pub fn list(self, key: &MatchingPublicKey) -> Vec<Fr> {
        let weights: Vec<Fr> = self.weights.iter().map(field).collect();
        // The correlation is of integers below 2^127.
        let mut correlated = vec![Fr::ZERO; N];
        for piece in (0..3).rev() {
            let part: Vec<i128> = weights.iter().map(|w| cut(w, piece)).collect();
            let (upper, lower) = part.split_at(N);
            let shift = Fr::from(1u128 << PIECE_BITS);
            let apply = key.correlation().apply(upper, lower);
            correlated.iter_mut().zip(apply).for_each(|(sum, x)| *sum = *sum * shift + x);
        }
        let block = (0..USED).map(|k| weights[N + place(self.side, k)]);
        let before = self.head.into_iter().chain([self.constant]).chain(correlated);
        before.chain(block).chain(self.rows).chain([self.binding]).collect()
    }
}

/// `sum += x y`.
fn add_product(sum: &mut [u64; LIMBS], x: i128, y: u128) {
    let limbs = |x: u128| [x as u64, (x >> 64) as u64];
    let ([x0, x1], [y0, y1]) = (limbs(x as u128).map(u128::from), limbs(y).map(u128::from));
    let mut product = [0u64; 4];
    let mut carry = x0 * y0;
    product[0] = carry as u64;
    carry = x1 * y0 + (carry >> 64);
    let next = x0 * y1 + u128::from(carry as u64);
    product[1] = next as u64;
    carry = x1 * y1 + (carry >> 64) + (next >> 64);
    product[2..].copy_from_slice(&limbs(carry));
    // As an unsigned number a negative x is 2^128 too great.
    let excess = if x < 0 { y } else { 0 };
    let (high, borrow) = (carry.overflowing_sub(excess).0, u64::from(carry < excess));
    product[2..].copy_from_slice(&limbs(high));
    let mut carry = 0u128;
    for (s, p) in sum.iter_mut().zip(product) {
        carry += u128::from(*s) + u128::from(p);
        *s = carry as u64;
        carry >>= 64;
    }
    sum[4] = sum[4].wrapping_add(carry as u64).wrapping_sub(borrow);
}

/// The field element of a sum of weights.
fn field(sum: &[u64; LIMBS]) -> Fr {
    let shift = Fr::from(1u128 << 64);
    let top = sum[LIMBS - 1] as i64;
    let top = if top < 0 { -Fr::from(top.unsigned_abs()) } else { Fr::from(top as u64) };
    sum[..LIMBS - 1].iter().rev().fold(top, |value, limb| value * shift + Fr::from(*limb))
}

/// Bits 85 i to 85 i + 84 of a field element, which has 255.
fn cut(x: &Fr, i: u32) -> i128 {
    let limbs = x.into_bigint().0;
    let (first, shift) = ((i * PIECE_BITS / 64) as usize, i * PIECE_BITS % 64);
    let at = |k: usize| limbs.get(k).map_or(0, |limb| u128::from(*limb));
    // Every piece begins in one limb and ends in the next.
    let two = (at(first) | at(first + 1) << 64) >> shift;
    (two & ((1 << PIECE_BITS) - 1)) as i128
}

#[cfg(test)]
mod tests {
    use super::*;
    use ark_ff::{Field, UniformRand};
    use proptest::prelude::*;
    use rand_chacha::ChaCha20Rng;
    use rand_core::SeedableRng;

    proptest! {
        #[test]
        fn sums_are_those_of_the_field(terms in proptest::collection::vec((any::<i128>(), any::<u128>()), 0..8)) {
            let (mut sum, mut expected) = ([0; LIMBS], Fr::ZERO);
            for (x, y) in terms {
                let x = x >> 1;
                add_product(&mut sum, x, y);
                expected += crate::correlate::signed(x) * Fr::from(y);
            }
            prop_assert_eq!(field(&sum), expected);
        }
    }

    #[test]
    fn sums_at_the_ends_of_their_range() {
        let ends = [(i128::MAX >> 1, u128::MAX), (-(i128::MAX >> 1), u128::MAX), (-1, 0), (0, 1), (-1, 1), (1, 1)];
        for (x, y) in ends {
            let (mut sum, mut expected) = ([0; LIMBS], Fr::ZERO);
            for _ in 0..1000 {
                add_product(&mut sum, x, y);
                expected += crate::correlate::signed(x) * Fr::from(y);
            }
            assert_eq!(field(&sum), expected, "{x} x {y}");
        }
    }

    #[test]
    fn pieces_make_up_the_element() {
        let mut rng = ChaCha20Rng::seed_from_u64(3);
        let drawn = (0..1000).map(|_| Fr::rand(&mut rng));
        for x in [Fr::ZERO, Fr::ONE, -Fr::ONE].into_iter().chain(drawn.collect::<Vec<_>>()) {
            let shift = Fr::from(1u128 << PIECE_BITS);
            let sum = (0..3).rev().fold(Fr::ZERO, |sum, i| sum * shift + Fr::from(cut(&x, i) as u128));
            assert_eq!(sum, x);
        }
    }
}
