//! The inner loops over a polynomial's vectors, each compiled for every set of instructions (see
//! [`Work`]).

use super::form::Form;
use super::sum::Sum;
#[cfg(feature = "decrypt")]
use super::DELTAS;
use super::{Scores, LANES, VECTORS};
use crate::lanes::{Eight, Lanes, Work};
use crate::parameters::BLOCK;
#[cfg(feature = "decrypt")]
use crate::parameters::PRIMES;
#[cfg(feature = "decrypt")]
use crate::ring::reduce_once;

/// Writes to `sums`, value by value, the sum of the products of the terms.
pub(super) struct SumOfProducts<'a, const TERMS: usize> {
    pub(super) sums: &'a mut [Eight],
    pub(super) terms: [(&'a [Eight; VECTORS], &'a [Eight; VECTORS]); TERMS],
    pub(super) delta: u32,
}

impl<const TERMS: usize> Work for SumOfProducts<'_, TERMS> {
    type Output = ();

    #[inline(always)]
    fn run<L: Lanes>(self, lanes: L) {
        for (at, product) in self.sums.iter_mut().enumerate() {
            let mut sum = Sum::zero(lanes);
            for (left, right) in self.terms {
                sum.add(lanes, lanes.load(&left[at]), lanes.load(&right[at]));
            }
            *product = lanes.store(Form::words(lanes, sum.reduce(lanes, self.delta)));
        }
    }
}

/// Multiplies `pack` with each of `folded`, of which the values of one y are added up, and forms
/// its inner product with each of `projected`.
pub(super) struct FoldAndProject<'a, const FOLDED: usize, const PROJECTED: usize> {
    pub(super) pack: &'a [Eight; VECTORS],
    pub(super) folded: [&'a [Eight; VECTORS]; FOLDED],
    pub(super) projected: [&'a [Eight; VECTORS]; PROJECTED],
    pub(super) delta: u32,
}

impl<const FOLDED: usize, const PROJECTED: usize> Work for FoldAndProject<'_, FOLDED, PROJECTED> {
    /// 64 S(y) for each y, and each inner product in eight parts.
    type Output = ([Scores; FOLDED], [Eight; PROJECTED]);

    #[inline(always)]
    fn run<L: Lanes>(self, lanes: L) -> Self::Output {
        let mut values = [[0; BLOCK]; FOLDED];
        let (mut projections, mut projected) = ([Sum::zero(lanes); PROJECTED], [Eight([0; LANES]); PROJECTED]);
        for group in 0..BLOCK / LANES {
            let mut folds = [Sum::zero(lanes); FOLDED];
            for at in BLOCK * group..BLOCK * (group + 1) {
                let x = lanes.load(&self.pack[at]);
                for (fold, other) in folds.iter_mut().zip(self.folded) {
                    fold.add(lanes, x, lanes.load(&other[at]));
                }
                for (projection, other) in projections.iter_mut().zip(self.projected) {
                    projection.add(lanes, x, lanes.load(&other[at]));
                }
            }
            for (values, fold) in values.iter_mut().zip(folds) {
                let eight = lanes.store(fold.reduce(lanes, self.delta));
                values[LANES * group..LANES * (group + 1)].copy_from_slice(&eight.0);
            }
        }
        for (projected, sum) in projected.iter_mut().zip(projections) {
            *projected = lanes.store(sum.reduce(lanes, self.delta));
        }
        (values, projected)
    }
}

/// The values, summed for each y, of the first products less those of the second, modulo prime `i`.
#[cfg(feature = "decrypt")]
pub(super) struct FoldDifference<'a, const TERMS: usize> {
    pub(super) terms: [[(&'a [Eight; VECTORS], &'a [Eight; VECTORS]); TERMS]; 2],
    pub(super) i: usize,
}

#[cfg(feature = "decrypt")]
impl<const TERMS: usize> Work for FoldDifference<'_, TERMS> {
    /// 64 S(y) for each y.
    type Output = Scores;

    #[inline(always)]
    fn run<L: Lanes>(self, lanes: L) -> Scores {
        let mut values = [0; BLOCK];
        for (group, values) in values.chunks_exact_mut(LANES).enumerate() {
            let mut sums = [Sum::zero(lanes); 2];
            for at in BLOCK * group..BLOCK * (group + 1) {
                for (sum, terms) in sums.iter_mut().zip(self.terms) {
                    for (left, right) in terms {
                        sum.add(lanes, lanes.load(&left[at]), lanes.load(&right[at]));
                    }
                }
            }
            let plus = lanes.store(sums[0].reduce(lanes, DELTAS[self.i]));
            let minus = lanes.store(sums[1].reduce(lanes, DELTAS[self.i]));
            for ((value, plus), minus) in values.iter_mut().zip(plus.0).zip(minus.0) {
                *value = reduce_once(plus + PRIMES[self.i] - minus, PRIMES[self.i]);
            }
        }
        values
    }
}
