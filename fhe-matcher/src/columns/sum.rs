//! Sums of products of residues, reduced once at their end.

use super::form::{lowest, Form, LIMB};
use super::VECTORS;
use crate::lanes::Lanes;
use crate::parameters::RESIDUE_BITS;

/// Number of bits of a residue above its 32 lowest.
const UPPER: u32 = RESIDUE_BITS - 32;
const _: () = assert!(VECTORS <= 1 << 9, "what sums of products count on");
const _: () = assert!(RESIDUE_BITS == 52, "whole residues are multiplied 52 by 52 bits");

/// Sums of products, lane by lane: of limbs, `low + 2^26 middle + 2^52 high`; of whole residues,
/// `low + 2^52 high`.
#[derive(Clone, Copy)]
pub(super) struct Sum<L: Lanes> {
    pub(super) low: L::Register,
    pub(super) middle: L::Register,
    pub(super) high: L::Register,
}

impl<L: Lanes> Sum<L> {
    #[inline(always)]
    pub(super) fn zero(lanes: L) -> Self {
        let zero = lanes.splat(0);
        Sum { low: zero, middle: zero, high: zero }
    }

    /// Adds `x y`. It may be called at most 2^9 times in a row, which is once for each vector of a
    /// polynomial: limbs are below 2^26, so the greatest part of their products stays below 2^62;
    /// of whole residues both parts stay below 2^61.
    #[inline(always)]
    pub(super) fn add(&mut self, lanes: L, x: L::Register, y: L::Register) {
        if L::FUSED {
            [self.low, self.high] = lanes.multiply_add(self.low, self.high, x, y);
            return;
        }
        let (x1, y1) = (lanes.shr(x, 32), lanes.shr(y, 32));
        self.low = lanes.add(self.low, lanes.mul_low(x, y));
        self.middle = lanes.add(self.middle, lanes.mul_low(x, y1));
        self.middle = lanes.add(self.middle, lanes.mul_low(x1, y));
        self.high = lanes.add(self.high, lanes.mul_low(x1, y1));
    }

    /// Reduces the sum modulo the prime `2^52 - delta`, without a branch. Parts must be below 2^62.
    #[inline(always)]
    pub(super) fn reduce(&self, lanes: L, delta: u32) -> L::Register {
        let delta = lanes.splat(u64::from(delta));
        // Now the sum is low + 2^52 high, each below 2^62 + 2^52.
        let (low, high) = match Form::of::<L>() {
            Form::Limbs => (
                lanes.add(self.low, lanes.shl(lowest(lanes, self.middle, LIMB), LIMB)),
                lanes.add(self.high, lanes.shr(self.middle, LIMB)),
            ),
            Form::Whole => (self.low, self.high),
        };
        // 2^52 high is delta high modulo the prime. It may take 81 bits, so it is added in two
        // halves, and what the upper half has from 2^52 on counts delta again.
        let top = lanes.mul_low(lanes.shr(high, 32), delta);
        let sum = lanes.add(low, lanes.mul_low(high, delta));
        let sum = lanes.add(sum, lanes.shl(lowest(lanes, top, UPPER), 32));
        let sum = lanes.add(sum, lanes.mul_low(lanes.shr(top, UPPER), delta));
        // The sum is below 2^63. Its bits above 2^52 count delta again, after which it is below
        // 2^52 + 2^29.
        let folded = lanes.add(lowest(lanes, sum, RESIDUE_BITS), lanes.mul_low(lanes.shr(sum, RESIDUE_BITS), delta));
        let prime = lanes.sub(lanes.splat(1 << RESIDUE_BITS), delta);
        // The prime is subtracted, and added again where the result is negative.
        let less = lanes.sub(folded, prime);
        let below = lanes.sub(lanes.splat(0), lanes.shr(less, 63));
        lanes.add(less, lanes.and(below, prime))
    }
}
