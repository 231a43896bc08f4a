//! Scalars cut in short pieces: first in base z, the parameter of the curve's family, by which the
//! curves have maps that multiply for a field multiplication or two; then in signed windows.

use ark_bls12_381::Fr;
use ark_ff::PrimeField;
use zeroize::{Zeroize, ZeroizeOnDrop};

/// The absolute value of the parameter of BLS12-381, z: the groups' order is z^4 - z^2 + 1.
pub(super) const Z: u64 = 0xd201_0000_0001_0000;

/// The reciprocal for divisions by [`Z`]: `floor((2^128 - 1) / Z) - 2^64` (Möller and Granlund,
/// "Improved division by invariant integers", 2011).
const RECIPROCAL: u64 = (u128::MAX / Z as u128 - (1 << 64)) as u64;

/// Scalars, each as its four digits in base z, the least first. Wiped on drop.
#[derive(Default, Zeroize, ZeroizeOnDrop)]
pub(crate) struct Scalars(pub(super) Vec<[u64; 4]>);

impl Scalars {
    /// The digits of `xs`.
    pub fn new<'a>(xs: impl Iterator<Item = &'a Fr>) -> Self {
        Scalars(xs.map(digits).collect())
    }
}

fn digits(x: &Fr) -> [u64; 4] {
    let mut limbs = x.into_bigint().0;
    let mut out = [0; 4];
    for digit in &mut out[..3] {
        let mut rest = 0;
        for limb in limbs.iter_mut().rev() {
            (*limb, rest) = divide(rest, *limb);
        }
        *digit = rest;
    }
    // The order is below z^4, so the third quotient is below z.
    out[3] = limbs[0];
    out
}

/// Quotient and rest of `(high 2^64 + low) / z`, for `high` below z.
fn divide(high: u64, low: u64) -> (u64, u64) {
    let product = u128::from(RECIPROCAL) * u128::from(high) + (u128::from(high) << 64 | u128::from(low));
    let (mut quotient, fraction) = (((product >> 64) as u64).wrapping_add(1), product as u64);
    let mut rest = low.wrapping_sub(quotient.wrapping_mul(Z));
    if rest > fraction {
        quotient = quotient.wrapping_sub(1);
        rest = rest.wrapping_add(Z);
    }
    if rest >= Z {
        quotient = quotient.wrapping_add(1);
        rest -= Z;
    }
    (quotient, rest)
}

/// A way to cut pieces into windows.
#[derive(Clone, Copy)]
pub(super) struct Windows {
    /// Bits of a window, 2 to 15.
    pub width: u32,
    /// Number of windows of a piece.
    pub count: usize,
}

impl Windows {
    /// Windows of this width for pieces below `2^bits`.
    pub fn new(width: u32, bits: u32) -> Self {
        // One bit more, for the carry that signed digits leave.
        Windows { width, count: (bits + 1).div_ceil(width) as usize }
    }

    /// The windows that take the fewest additions for `pieces` numbers below `2^bits`: each window
    /// puts every piece in a bucket, and adds up its buckets in rows and in columns.
    pub fn of(pieces: usize, bits: u32) -> Self {
        let cost = |w: &Windows| w.count * (pieces + (2 << (w.width - 1)) + (w.width << (w.width / 2)) as usize);
        (2..=15).map(|width| Self::new(width, bits)).min_by_key(cost).expect("the range is not empty")
    }

    /// The greatest absolute value of a digit.
    pub fn most(self) -> usize {
        1 << (self.width - 1)
    }

    /// The signed digits of a piece, the least first.
    pub fn digits(self, mut piece: u128) -> impl Iterator<Item = i16> {
        let base = 1i32 << self.width;
        let mut carry = 0;
        (0..self.count).map(move |_| {
            let digit = (piece & (base as u128 - 1)) as i32 + carry;
            piece >>= self.width;
            carry = i32::from(digit > base / 2);
            (digit - carry * base) as i16
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use ark_ff::{AdditiveGroup, Field, UniformRand};
    use rand_chacha::ChaCha20Rng;
    use rand_core::{RngCore, SeedableRng};

    #[test]
    fn digits_in_base_z() {
        let mut rng = ChaCha20Rng::seed_from_u64(1);
        let z = Fr::from(Z);
        let powers = [Fr::ONE, z, z * z, z * z * z];
        let mut xs = vec![Fr::ZERO, Fr::ONE, -Fr::ONE, -Fr::from(2), z, -z, z - Fr::ONE, powers[2], powers[3]];
        xs.extend([powers[2] - Fr::ONE, powers[3] - Fr::ONE, -powers[3], Fr::from(u64::MAX), Fr::from(u128::MAX)]);
        xs.extend((0..200).map(|_| Fr::rand(&mut rng)));
        for x in xs {
            let d = digits(&x);
            assert!(d.iter().all(|d| *d < Z));
            assert_eq!(d.iter().zip(powers).map(|(d, p)| Fr::from(*d) * p).sum::<Fr>(), x);
        }
    }

    #[test]
    fn division() {
        let mut rng = ChaCha20Rng::seed_from_u64(2);
        let edges = [0, 1, 2, Z - 2, Z - 1, Z, Z + 1, u64::MAX - 1, u64::MAX];
        let random: Vec<u64> = (0..100).map(|_| rng.next_u64()).collect();
        for high in edges.iter().chain(&random).map(|x| x % Z) {
            for low in edges.iter().chain(&random) {
                let n = u128::from(high) << 64 | u128::from(*low);
                let z = u128::from(Z);
                assert_eq!(divide(high, *low), ((n / z) as u64, (n % z) as u64));
            }
        }
    }

    #[test]
    fn windows_hold_every_piece() {
        let mut rng = ChaCha20Rng::seed_from_u64(3);
        for (bits, width) in [64, 128].into_iter().flat_map(|b| (2..=15).map(move |w| (b, w))) {
            let windows = Windows::new(width, bits);
            let most = u128::MAX >> (128 - bits);
            let half = windows.most() as u128;
            let mut pieces = vec![0, 1, half, half + 1, most, most - 1, most / 2, most / 2 + 1, most / 3, most / 3 * 2];
            pieces.extend((0..20).map(|_| (u128::from(rng.next_u64()) << 64 | u128::from(rng.next_u64())) & most));
            for piece in pieces {
                let digits: Vec<i16> = windows.digits(piece).collect();
                assert!(digits.iter().all(|d| d.unsigned_abs() as usize <= windows.most()));
                let value = digits.iter().rev().fold(Fr::ZERO, |sum, d| sum * Fr::from(1u64 << width) + Fr::from(*d));
                assert_eq!(value, Fr::from(piece), "{bits} bits in windows of {width}");
            }
        }
    }
}
