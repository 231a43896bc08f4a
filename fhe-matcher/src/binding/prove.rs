//! The wallet's part: the witness of an encryption. Nothing here branches on a secret, but for the
//! rare second attempt.

use super::projection::{Projection, COLUMN};
use super::{first_seed, fold, second_seed, Context};
use crate::block::Block;
use crate::ciphertext::{PlanCiphertext, Randomness};
use crate::parameters::{BLOCK, MODULUS, PLAINTEXT_MODULUS};
use protocol::relation::plan_ciphertext::{
    commit_projection, commit_randomness, Challenge, Encryption, CARRY_BITS, DEGREE as N, NORM_BITS, PROJECTED_BITS,
    ROWS,
};
use protocol::Fr;
use zeroize::Zeroizing;

/// The encryption's part of relation 11's statement and witness.
pub struct Proved {
    /// Commitments to r and to the projection.
    pub commitments: [Fr; 2],
    /// The challenge that the verifier will compute.
    pub challenge: Challenge,
    /// The witness.
    pub encryption: Encryption,
}

/// Computes the parts of statement and witness that concern the encryption. None if the projection
/// is too long, which happens once in some ten million times; the caller then encrypts again with
/// fresh randomness.
///
/// The ciphertext must encrypt the block with this randomness, or the proof will not be accepted.
pub fn prove(
    context: &Context<'_>,
    ciphertext: &PlanCiphertext,
    block: &Block,
    randomness: &Randomness,
    blindings: [Fr; 2],
) -> Option<Proved> {
    let digits: Vec<Fr> = randomness.r().iter().map(|r| Fr::from((r + 1) as u8)).collect();
    let first = commit_randomness(&digits, blindings[0]);
    let seed = first_seed(context, ciphertext, first);
    let projection = Projection::from_seed(seed);
    let projected =
        Zeroizing::new(projection.apply(randomness.e1().iter().chain(randomness.e2()).map(|e| i64::from(*e))));
    let carries = Zeroizing::new(projection.apply(carries(context, ciphertext, block, randomness).iter().copied()));
    let (entry, carry) = (1i64 << (PROJECTED_BITS - 1), 1i64 << (CARRY_BITS - 1));
    let short = projected.iter().all(|p| (-entry..entry).contains(p))
        && carries.iter().all(|k| (-carry..carry).contains(k))
        && projected.iter().map(|p| p * p).sum::<i64>() <= 1 << NORM_BITS;
    if !short {
        return None;
    }
    let shifted = |values: &[i64], by: i64| values.iter().map(|x| Fr::from((x + by) as u64)).collect::<Vec<Fr>>();
    let encryption =
        Encryption { digits, projected: shifted(&projected, entry), carries: shifted(&carries, carry), blindings };
    let second = commit_projection(&encryption.projected, &encryption.carries, blindings[1]);
    let challenge = fold(context, ciphertext, [seed, second_seed(seed, second)]);
    Some(Proved { commitments: [first, second], challenge, encryption })
}

impl Projection {
    /// `Pi v`, for small v: no branch and no address depends on it.
    fn apply(&self, v: impl Iterator<Item = i64>) -> Vec<i64> {
        let mut sums = vec![0; ROWS];
        for ((x, plus), minus) in v.zip(&self.plus).zip(&self.minus) {
            for (i, sum) in sums.iter_mut().enumerate() {
                let bit = |column: &[u8; COLUMN]| i64::from(column[i / 8] >> (i % 8) & 1);
                *sum += x * (bit(plus) - bit(minus));
            }
        }
        sums
    }
}

/// Q's inverse modulo 2^64.
const MODULUS_INVERSE: u64 = {
    let (q, mut inverse, mut i) = (MODULUS as u64, 1u64, 0);
    // Newton: each step doubles the number of right bits.
    while i < 6 {
        inverse = inverse.wrapping_mul(2u64.wrapping_sub(q.wrapping_mul(inverse)));
        i += 1;
    }
    assert!(q.wrapping_mul(inverse) == 1, "Q is odd");
    inverse
};

/// For each coefficient the integer k with `c - key r - block = t e + Q k`, c and key in `0..Q`.
fn carries(context: &Context<'_>, ciphertext: &PlanCiphertext, block: &Block, w: &Randomness) -> Zeroizing<Vec<i64>> {
    let mut all = Zeroizing::new(Vec::with_capacity(2 * N));
    let halves = [(context.key.a(), ciphertext.a(), w.e1()), (context.key.b(), ciphertext.b(), w.e2())];
    for (half, (key, c, e)) in halves.into_iter().enumerate() {
        let key: Vec<i128> = (0..N).map(|j| key.lift(j) as i128).collect();
        let product = Zeroizing::new(negacyclic(&key, w.r()));
        for j in 0..N {
            let plain = if half == 1 && j < BLOCK { i128::from(block.coefficients()[j]) } else { 0 };
            let rest = c.lift(j) as i128 - product[j] - plain - i128::from(e[j]) * i128::from(PLAINTEXT_MODULUS);
            // An exact division of a multiple of Q by less than 2^63, in constant time.
            all.push((rest as u64).wrapping_mul(MODULUS_INVERSE) as i64);
        }
    }
    all
}

/// `a r` in Z[X]/(X^N + 1), by the definition: sums of at most N numbers below 2^104.
fn negacyclic(a: &[i128], r: &[i8; N]) -> Vec<i128> {
    let mut product = vec![0i128; N];
    for (shift, r) in r.iter().enumerate() {
        let (one, minus) = (-i128::from(i8::from(*r == 1)), -i128::from(i8::from(*r == -1)));
        let (wrapped, straight) = product.split_at_mut(shift);
        for (sum, x) in straight.iter_mut().zip(a) {
            *sum += (x & one) - (x & minus);
        }
        for (sum, x) in wrapped.iter_mut().zip(&a[N - shift..]) {
            *sum -= (x & one) - (x & minus);
        }
    }
    product
}
