//! The ring Z_Q\[X\]/(X^N + 1). A polynomial is kept as its residues modulo the two primes, either
//! of its coefficients or of its transform.
//!
//! The transform is exact integer arithmetic (`tfhe-ntt`), and every value that leaves this module
//! is reduced to `0..q`. So the same inputs give the same bits on every processor and with any
//! number of threads; a floating-point transform would not.

#[cfg(feature = "decrypt")]
use crate::parameters::MODULUS;
use crate::parameters::{DEGREE, PRIMES, RESIDUE_BITS};
use std::sync::OnceLock;
use tfhe_ntt::prime64::Plan as NttPlan;
use zeroize::Zeroize;

/// A polynomial's coefficients in standard order, modulo each prime.
#[derive(Clone, PartialEq, Eq)]
pub struct Coefficients(pub(crate) [Vec<u64>; 2]);

/// A polynomial's values at the odd powers of a root of unity, in the transform's (bit-reversed)
/// order, modulo each prime. Products are pointwise.
#[derive(Clone, PartialEq, Eq)]
pub struct Transformed(pub(crate) [Vec<u64>; 2]);

fn transforms() -> &'static [NttPlan; 2] {
    static TRANSFORMS: OnceLock<[NttPlan; 2]> = OnceLock::new();
    TRANSFORMS.get_or_init(|| {
        PRIMES.map(|q| NttPlan::try_new(DEGREE, q).expect("both primes are 1 mod 2N (checked in tests)"))
    })
}

/// `x` modulo q for `|x| < q`, without a branch on `x`.
fn signed_residue(x: i64, q: u64) -> u64 {
    (x + ((x >> 63) & q as i64)) as u64
}

/// `x` modulo q for `x < 2q`, without a branch on `x`.
#[inline(always)]
pub(crate) fn reduce_once(x: u64, q: u64) -> u64 {
    x.min(x.wrapping_sub(q))
}

impl Coefficients {
    pub(crate) fn zero() -> Self {
        Coefficients([vec![0; DEGREE], vec![0; DEGREE]])
    }

    /// The polynomial with these small signed coefficients, without a branch on them.
    pub(crate) fn from_small(small: &[i8; DEGREE]) -> Self {
        Coefficients(PRIMES.map(|q| small.iter().map(|&x| signed_residue(i64::from(x), q)).collect()))
    }

    /// Adds `factor * values`, coefficient by coefficient from the constant one on;
    /// `|factor * value| < q`.
    pub(crate) fn add_signed(&mut self, factor: i64, values: impl Iterator<Item = i64> + Clone) {
        for (residues, q) in self.0.iter_mut().zip(PRIMES) {
            for (residue, value) in residues.iter_mut().zip(values.clone()) {
                *residue = reduce_once(*residue + signed_residue(factor * value, q), q);
            }
        }
    }

    /// The residues modulo prime `i` (0 or 1), each below it.
    pub fn residues(&self, i: usize) -> &[u64] {
        &self.0[i]
    }

    /// The coefficients as integers in `0..Q`, by their two digits to the base of the first prime,
    /// the lower one first.
    pub(crate) fn digits(&self) -> impl Iterator<Item = [u64; 2]> + '_ {
        self.0[0].iter().zip(&self.0[1]).map(|(first, second)| digits(*first, *second))
    }

    /// Coefficient `k` as an integer in `0..Q`.
    pub fn lift(&self, k: usize) -> u128 {
        lift(self.0[0][k], self.0[1][k])
    }

    pub(crate) fn transform(mut self) -> Transformed {
        for (residues, transform) in self.0.iter_mut().zip(transforms()) {
            transform.fwd(residues);
        }
        Transformed(self.0)
    }
}

impl Transformed {
    pub(crate) fn zero() -> Self {
        Transformed([vec![0; DEGREE], vec![0; DEGREE]])
    }

    /// [`Coefficients::transform`] into this memory.
    pub(crate) fn fill(&mut self, polynomial: &Coefficients) {
        for ((values, residues), transform) in self.0.iter_mut().zip(&polynomial.0).zip(transforms()) {
            values.copy_from_slice(residues);
            transform.fwd(values);
        }
    }

    /// Adds the product of the two.
    pub(crate) fn add_product(&mut self, left: &Transformed, right: &Transformed) {
        for (i, transform) in transforms().iter().enumerate() {
            transform.mul_accumulate(&mut self.0[i], &left.0[i], &right.0[i]);
        }
    }

    /// Subtracts the other.
    #[cfg(feature = "decrypt")]
    pub(crate) fn subtract(&mut self, other: &Transformed) {
        for (i, q) in PRIMES.into_iter().enumerate() {
            for (x, y) in self.0[i].iter_mut().zip(&other.0[i]) {
                *x = reduce_once(*x + q - y, q);
            }
        }
    }

    pub(crate) fn product(left: &Transformed, right: &Transformed) -> Transformed {
        let mut product = Transformed::zero();
        product.add_product(left, right);
        product
    }

    pub(crate) fn inverse(mut self) -> Coefficients {
        for (residues, transform) in self.0.iter_mut().zip(transforms()) {
            transform.inv(residues);
            transform.normalize(residues);
        }
        Coefficients(self.0)
    }
}

impl Zeroize for Coefficients {
    fn zeroize(&mut self) {
        self.0.iter_mut().for_each(Zeroize::zeroize);
    }
}

impl Zeroize for Transformed {
    fn zeroize(&mut self) {
        self.0.iter_mut().for_each(Zeroize::zeroize);
    }
}

/// `PRIMES[0]^-1` modulo `PRIMES[1]`.
const FIRST_INVERSE: u64 = inverse(PRIMES[0], PRIMES[1]);

/// `x^(q - 2)` modulo the prime q.
const fn inverse(x: u64, q: u64) -> u64 {
    let (mut result, mut square, mut left) = (1u128, x as u128 % q as u128, q - 2);
    while left > 0 {
        if left & 1 == 1 {
            result = result * square % q as u128;
        }
        square = square * square % q as u128;
        left >>= 1;
    }
    result as u64
}

/// `x`, below 2^104, modulo prime `i`. Without a branch, and without a division, whose time would
/// depend on the value.
fn reduce(x: u128, i: usize) -> u64 {
    let (delta, low) = ((1 << RESIDUE_BITS) - u128::from(PRIMES[i]), (1 << RESIDUE_BITS) - 1);
    // 2^52 is delta modulo the prime, below 2^18. Replacing it twice leaves a value below 2^52 +
    // 2^37.
    let x = (x & low) + (x >> RESIDUE_BITS) * delta;
    let x = (x & low) + (x >> RESIDUE_BITS) * delta;
    reduce_once(x as u64, PRIMES[i])
}

/// The integer in `0..Q` with these residues (Garner). Without a branch.
fn lift(first: u64, second: u64) -> u128 {
    let [low, high] = digits(first, second);
    u128::from(low) + u128::from(PRIMES[0]) * u128::from(high)
}

/// The integer's digits to the base of the first prime, the lower one first.
fn digits(first: u64, second: u64) -> [u64; 2] {
    // The first prime is the greater one, and their difference is less than either.
    let difference = reduce_once(second + PRIMES[1] - reduce_once(first, PRIMES[1]), PRIMES[1]);
    [first, reduce(u128::from(difference) * u128::from(FIRST_INVERSE), 1)]
}

/// The integer in `-Q/2..Q/2` with these residues. Without a branch.
#[cfg(feature = "decrypt")]
pub(crate) fn lift_centred(first: u64, second: u64) -> i128 {
    let lifted = lift(first, second) as i128;
    let above = ((MODULUS / 2) as i128 - lifted) >> 127;
    lifted - (above & MODULUS as i128)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sampling;
    use rand_chacha::ChaCha20Rng;
    use rand_core::SeedableRng;

    /// The product by the definition, modulo prime `i`.
    fn schoolbook(left: &Coefficients, right: &Coefficients, i: usize) -> Vec<u64> {
        let q = u128::from(PRIMES[i]);
        let mut wide = vec![0u128; 2 * DEGREE];
        for (j, x) in left.0[i].iter().enumerate() {
            for (k, y) in right.0[i].iter().enumerate() {
                // 2^104 * 2^12 terms stay below 2^128
                wide[j + k] += u128::from(*x) * u128::from(*y);
            }
        }
        (0..DEGREE).map(|k| ((wide[k] % q + q - wide[k + DEGREE] % q) % q) as u64).collect()
    }

    #[test]
    fn transformed_product_is_the_negacyclic_product() {
        let mut rng = ChaCha20Rng::seed_from_u64(1);
        let greatest = Coefficients(PRIMES.map(|q| vec![q - 1; DEGREE]));
        let pairs = [
            (sampling::uniform(&mut rng), sampling::uniform(&mut rng)),
            (greatest.clone(), greatest.clone()),
            (greatest, sampling::uniform(&mut rng)),
        ];
        for (left, right) in pairs {
            let product = Transformed::product(&left.clone().transform(), &right.clone().transform()).inverse();
            for i in 0..2 {
                assert_eq!(product.0[i], schoolbook(&left, &right, i));
            }
        }
    }

    #[test]
    fn every_transformed_value_is_reduced() {
        let mut rng = ChaCha20Rng::seed_from_u64(2);
        let transformed = sampling::uniform(&mut rng).transform();
        let square = Transformed::product(&transformed, &transformed);
        for (i, q) in PRIMES.into_iter().enumerate() {
            assert!(transformed.0[i].iter().chain(&square.0[i]).all(|x| *x < q));
        }
    }

    #[test]
    fn lift_inverts_the_residues() {
        for x in [0, 1, u128::from(PRIMES[0]), u128::from(PRIMES[1]), MODULUS / 2, MODULUS / 2 + 1, MODULUS - 1] {
            let residues = PRIMES.map(|q| (x % u128::from(q)) as u64);
            assert_eq!(lift(residues[0], residues[1]), x);
            let centred = if x > MODULUS / 2 { x as i128 - MODULUS as i128 } else { x as i128 };
            assert_eq!(lift_centred(residues[0], residues[1]), centred);
        }
    }
}
