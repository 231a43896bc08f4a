//! Exact inner products over the integers, and the exact correlation of weights with a key, by
//! transforms modulo four primes.

use crate::ring::Coefficients;
use ark_ff::{BigInteger256, PrimeField};
use protocol::relation::plan_ciphertext::DEGREE as N;
use protocol::Fr;
use std::sync::OnceLock;
use tfhe_ntt::prime64::Plan as NttPlan;

/// The four greatest primes below 2^62 that are 1 mod 2N. A correlation's values are below 2^244 in
/// absolute value: 2N products of a weight below 2^127 and a coefficient below 2^104.
const PRIMES: [u64; 4] =
    [4_611_686_018_427_322_369, 4_611_686_018_427_289_601, 4_611_686_018_427_215_873, 4_611_686_018_427_199_489];

/// The field element of an integer.
pub(crate) fn signed(x: i128) -> Fr {
    let magnitude = Fr::from(x.unsigned_abs());
    if x < 0 {
        -magnitude
    } else {
        magnitude
    }
}

/// Number of products that [`inner_product`] sums without reduction.
const SUMMED: usize = 1 << 11;

/// `<weights, values>` with weights below 2^127 in absolute value and values below Q, each by its
/// two digits to the base of the first of Q's primes.
pub(crate) fn inner_product(weights: &[i128], mut values: impl Iterator<Item = [u64; 2]>) -> Fr {
    weights.chunks(SUMMED).map(|weights| short_inner_product(weights, values.by_ref().take(weights.len()))).sum()
}

/// [`inner_product`] of at most [`SUMMED`] weights.
///
/// A weight is `2^64 high + low`, high signed; products with a digit, which is below 2^52, are
/// summed without reduction. The sums of the low halves stay below 2^127, those of the high ones
/// below 2^126.
fn short_inner_product(weights: &[i128], values: impl Iterator<Item = [u64; 2]>) -> Fr {
    let (mut low, mut high) = ([0u128; 2], [0i128; 2]);
    for (weight, value) in weights.iter().zip(values) {
        for (digit, (low, high)) in value.into_iter().zip(low.iter_mut().zip(&mut high)) {
            *low += u128::from(*weight as u64) * u128::from(digit);
            *high += (weight >> 64) * i128::from(digit);
        }
    }
    let sum = |i: usize| Fr::from(low[i]) + Fr::from(1u128 << 64) * signed(high[i]);
    sum(0) + Fr::from(crate::parameters::PRIMES[0]) * sum(1)
}

fn transforms() -> &'static [NttPlan; 4] {
    static TRANSFORMS: OnceLock<[NttPlan; 4]> = OnceLock::new();
    TRANSFORMS
        .get_or_init(|| PRIMES.map(|p| NttPlan::try_new(N, p).expect("the primes are 1 mod 2N (checked in tests)")))
}

const fn multiply(x: u64, y: u64, p: u64) -> u64 {
    (x as u128 * y as u128 % p as u128) as u64
}

/// `x^(p - 2)` modulo the prime p.
const fn inverse(x: u64, p: u64) -> u64 {
    let (mut result, mut square, mut left) = (1, x % p, p - 2);
    while left > 0 {
        if left & 1 == 1 {
            result = multiply(result, square, p);
        }
        square = multiply(square, square, p);
        left >>= 1;
    }
    result
}

/// `x y`, which must fit.
const fn times(x: [u64; 4], y: u64) -> [u64; 4] {
    let (mut product, mut carry, mut i) = ([0; 4], 0u128, 0);
    while i < 4 {
        carry += x[i] as u128 * y as u128;
        product[i] = carry as u64;
        carry >>= 64;
        i += 1;
    }
    assert!(carry == 0, "the product of the primes is below 2^256");
    product
}

/// The product of all primes but the i-th.
const fn others(i: usize) -> [u64; 4] {
    let (mut product, mut j) = ([1, 0, 0, 0], 0);
    while j < 4 {
        if j != i {
            product = times(product, PRIMES[j]);
        }
        j += 1;
    }
    product
}

/// M, the product of the primes, and M / p for each.
const PRODUCT: [u64; 4] = times(others(0), PRIMES[0]);
const OTHERS: [[u64; 4]; 4] = [others(0), others(1), others(2), others(3)];

/// `floor(2^126 / p)`, below 2^65.
const RECIPROCALS: [u128; 4] = [
    (1 << 126) / PRIMES[0] as u128,
    (1 << 126) / PRIMES[1] as u128,
    (1 << 126) / PRIMES[2] as u128,
    (1 << 126) / PRIMES[3] as u128,
];

/// The inverse of M / p modulo p.
const fn scale(i: usize) -> u64 {
    let (mut x, mut j) = (1, 0);
    while j < 4 {
        if j != i {
            x = multiply(x, PRIMES[j] % PRIMES[i], PRIMES[i]);
        }
        j += 1;
    }
    inverse(x, PRIMES[i])
}
const SCALES: [u64; 4] = [scale(0), scale(1), scale(2), scale(3)];

/// A key prepared for correlations: `a(X^-1)` and `b(X^-1)`, each times the inverse of M / p,
/// transformed modulo each prime p.
#[derive(Clone)]
pub(crate) struct Correlation {
    a: [Vec<u64>; 4],
    b: [Vec<u64>; 4],
}

/// `x(X^-1)`: the constant coefficient stays, coefficient N - k goes to k with the other sign.
fn reversed(x: &Coefficients) -> [Vec<u64>; 4] {
    core::array::from_fn(|i| {
        let p = PRIMES[i];
        let coefficient = |k: usize| multiply((x.lift(k) % u128::from(p)) as u64, SCALES[i], p);
        let mut residues: Vec<u64> =
            std::iter::once(coefficient(0)).chain((1..N).rev().map(|k| (p - coefficient(k)) % p)).collect();
        transforms()[i].fwd(&mut residues);
        residues
    })
}

impl Correlation {
    pub fn new(a: &Coefficients, b: &Coefficients) -> Self {
        Correlation { a: reversed(a), b: reversed(b) }
    }

    /// For each j, `<upper, a X^j> + <lower, b X^j>` over the integers, a and b in `0..Q`; weights
    /// below 2^127 in absolute value.
    pub fn apply(&self, upper: &[i128], lower: &[i128]) -> Vec<Fr> {
        let shares: [Vec<u64>; 4] = core::array::from_fn(|i| {
            let (p, transform) = (PRIMES[i], &transforms()[i]);
            let transformed = |weights: &[i128]| {
                let mut residues: Vec<u64> = weights.iter().map(|w| residue(*w, p)).collect();
                transform.fwd(&mut residues);
                residues
            };
            let mut sum = vec![0; N];
            transform.mul_accumulate(&mut sum, &transformed(upper), &self.a[i]);
            transform.mul_accumulate(&mut sum, &transformed(lower), &self.b[i]);
            transform.inv(&mut sum);
            transform.normalize(&mut sum);
            sum
        });
        (0..N).map(|j| lift([shares[0][j], shares[1][j], shares[2][j], shares[3][j]])).collect()
    }
}

/// x, below 2^127 in absolute value, modulo a prime p that is below 2^62 by less than 2^18: 2^62 is
/// the difference, twice.
fn residue(x: i128, p: u64) -> u64 {
    let (difference, low) = (u128::from((1 << 62) - p), (1 << 62) - 1);
    // Below 2^83, then below 2^62 + 2^39.
    let once = (x.unsigned_abs() & low) + (x.unsigned_abs() >> 62) * difference;
    let twice = ((once & low) + (once >> 62) * difference) as u64;
    let magnitude = twice.min(twice.wrapping_sub(p));
    if x < 0 && magnitude > 0 {
        p - magnitude
    } else {
        magnitude
    }
}

/// The integer `sum of share_i M / p_i` modulo M, nearest to zero, as a field element. It must be
/// below 2^244 in absolute value, 2^-4 of M: then the multiple of M to take off is the sum of the
/// `share_i / p_i`, rounded, and 2^-58 of error in each does no harm.
fn lift(shares: [u64; 4]) -> Fr {
    let (mut sum, mut fraction) = ([0u64; 4], 1u128 << 63);
    for ((share, others), reciprocal) in shares.into_iter().zip(&OTHERS).zip(RECIPROCALS) {
        let mut carry = 0u128;
        for (limb, other) in sum.iter_mut().zip(others) {
            carry += u128::from(*other) * u128::from(share) + u128::from(*limb);
            *limb = carry as u64;
            carry >>= 64;
        }
        fraction += (u128::from(share) * reciprocal) >> 62;
    }
    let (mut borrow, multiple) = (0i128, (fraction >> 64) as u64);
    let taken = times(PRODUCT, multiple);
    for (limb, taken) in sum.iter_mut().zip(taken) {
        borrow += i128::from(*limb) - i128::from(taken);
        *limb = borrow as u64;
        borrow >>= 64;
    }
    let negative = borrow < 0;
    if negative {
        let mut carry = 1u128;
        for limb in &mut sum {
            carry += u128::from(!*limb);
            *limb = carry as u64;
            carry >>= 64;
        }
    }
    let magnitude = Fr::from_bigint(BigInteger256::new(sum)).expect("below 2^244, so below the modulus");
    if negative {
        -magnitude
    } else {
        magnitude
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::parameters::MODULUS;
    use crate::sampling;
    use ark_ff::AdditiveGroup;
    use rand_chacha::ChaCha20Rng;
    use rand_core::{RngCore, SeedableRng};

    fn weights(rng: &mut ChaCha20Rng, extreme: bool) -> Vec<i128> {
        (0..2 * N)
            .map(|_| {
                let w =
                    if extreme { (1 << 127) - 1 } else { (u128::from(rng.next_u64()) << 63) >> (rng.next_u32() % 127) };
                if rng.next_u32() & 1 == 0 {
                    w as i128
                } else {
                    -(w as i128)
                }
            })
            .collect()
    }

    #[test]
    fn the_primes_have_roots_and_leave_room() {
        assert!(PRIMES.iter().all(|p| p % (2 * N as u64) == 1 && p >> 62 == 0 && (1 << 62) - p < 1 << 18));
        assert_eq!(transforms().len(), 4);
        // M / 2 is above 2^246.
        assert!(PRODUCT[3] >> (246 - 192 + 1) != 0);
    }

    #[test]
    fn residues_are_those_of_division() {
        let mut rng = ChaCha20Rng::seed_from_u64(13);
        for p in PRIMES {
            let near = [0, 1, u128::from(p) - 1, u128::from(p), u128::from(p) + 1, (1 << 62) - 1, 1 << 62, 1 << 83];
            let multiples = (0..64).map(|n| (u128::from(p) << n) % (1 << 127));
            let ends = [(1 << 127) - 1, (1 << 127) - u128::from(p)];
            let drawn = (0..10_000).map(|_| (u128::from(rng.next_u64()) << 64 | u128::from(rng.next_u64())) >> 1);
            for x in near.into_iter().chain(multiples).chain(ends).chain(drawn.collect::<Vec<_>>()) {
                let expected = (x % u128::from(p)) as u64;
                assert_eq!(residue(x as i128, p), expected);
                assert_eq!(residue(-(x as i128), p), (p - expected) % p);
            }
        }
    }

    /// Against the definition, in the field.
    #[test]
    fn correlation_is_the_definition() {
        let mut rng = ChaCha20Rng::seed_from_u64(11);
        for extreme in [false, true] {
            let (mut a, b) = (sampling::uniform(&mut rng), sampling::uniform(&mut rng));
            if extreme {
                a = Coefficients(crate::parameters::PRIMES.map(|q| vec![q - 1; N]));
            }
            let w = weights(&mut rng, extreme);
            let found = Correlation::new(&a, &b).apply(&w[..N], &w[N..]);
            for j in [0, 1, 17, N / 2, N - 1] {
                let coefficient = |x: &Coefficients, l: usize| {
                    if l >= j {
                        Fr::from(x.lift(l - j))
                    } else {
                        -Fr::from(x.lift(N + l - j))
                    }
                };
                let expected: Fr =
                    (0..N).map(|l| signed(w[l]) * coefficient(&a, l) + signed(w[N + l]) * coefficient(&b, l)).sum();
                assert_eq!(found[j], expected, "{j}");
            }
        }
    }

    #[test]
    fn inner_product_is_the_definition() {
        let mut rng = ChaCha20Rng::seed_from_u64(12);
        for extreme in [false, true] {
            let w = weights(&mut rng, extreme);
            let values: Vec<u128> =
                w.iter().map(|_| if extreme { MODULUS - 1 } else { u128::from(rng.next_u64()) << 39 }).collect();
            let expected: Fr = w.iter().zip(&values).map(|(w, x)| signed(*w) * Fr::from(*x)).sum();
            let base = u128::from(crate::parameters::PRIMES[0]);
            assert_eq!(inner_product(&w, values.iter().map(|x| [x % base, x / base].map(|d| d as u64))), expected);
        }
        assert_eq!(inner_product(&[], std::iter::empty()), Fr::ZERO);
    }
}
