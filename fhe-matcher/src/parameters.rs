//! The one parameter set of encrypted matching, and why it is secure and correct.
//!
//! # The set
//!
//! | | value |
//! |---|---|
//! | ring | Z\[X\]/(X^N + 1), N = [`DEGREE`] = 4096, GLWE dimension 1 |
//! | modulus | Q = [`PRIMES`]\[0\] x [`PRIMES`]\[1\]: the two greatest primes below 2^52 that are 1 mod 2N; log2 Q < 104 |
//! | plaintext modulus | t = [`PLAINTEXT_MODULUS`] = 2^22, in the low bits: errors are multiples of t |
//! | secret s | uniform ternary, or the sum of up to [`SHARES`] = 3 such, each with its own e |
//! | encryption's r | uniform ternary |
//! | errors e, e1, e2 | centred binomial, eta = [`ETA`] = 21: variance 21/2, sigma 3.24, never beyond 21 |
//! | block | [`BLOCK`] = 64 coefficients a plan, [`PACK`] = 64 offers a pack |
//!
//! Public key `(a, a s + t e)`. Ciphertext of m: `(a r + t e1, (a s + t e) r + t e2 + m)`.
//!
//! # Security
//!
//! t is prime to Q, so `a s + t e` is an ordinary RLWE sample times t. For uniform ternary secrets,
//! sigma about 3.2 and N = 4096, 128 bits of security against classical attacks hold up to
//! - log2 Q = 109 by the Homomorphic Encryption Standard (Albrecht et al. 2018, ePrint 2019/939,
//!   table of ternary secrets);
//! - log2 Q = 106 by the stricter Security Guidelines for Implementing Homomorphic Encryption
//!   (Bossuat et al. 2024, ePrint 2024/463), whose tables come from the Lattice Estimator of 2023.
//!
//! log2 Q = 103.99... is inside both. The guidelines' table for **quantum** attackers allows 80 bits
//! at N = 4096: this set does not claim 128 bits there.
//!
//! # Correctness: no failure, whatever the wallets do
//!
//! A ciphertext's phase is `b - a s = m + t v` with `v = e r + e2 - e1 s`. Key and wallet are
//! bounded coefficient by coefficient, and a sum of N products is at most N times the greatest. The
//! key may be a sum of three: then |s| <= 3 and |e| <= 3 eta.
//! - `|e r| <= 3 N eta` (e by construction of the key, r ternary);
//! - `|e1 s| <= 3 |e1|_1`, and |e1|_1 is at most [`ERROR_SUM_MAX`] = 31 N, `|e2| <=`
//!   [`ERROR_MAX`] = 1024: both hold for honest errors (at most 21), and for (e1, e2) of Euclidean
//!   norm below 1024, which is what each plan's proof shows (docs/protocol/31-matching-proof.md;
//!   then `|e1|_1 <= sqrt(N) 1024 = 65,536`).
//!
//! So `|v| <=` [`PLAN_NOISE_MAX`] = 640,000. 64 offers add up in a pack, and a score is one
//! coefficient of the product of a pack's phase with a bid's: its absolute value is at most
//! [`SCORE_PHASE_MAX`] < 2^100.6. That is below Q/2 > 2^102.9, so the phase is the integer
//! `score + t (...)` without any wrap: **the probability of a wrong score is zero**, over all keys
//! and even if all wallets collude, as long as each keeps its bounds.
//!
//! What is left holds the floods of those who open with a share of the key each: together at most
//! t [`OPENING_FLOOD_MAX`] < 2^102.6, which is what three shares take whose floods are sums of four
//! values of 78 bits, from -2^77 to 2^77 each. Phase and floods together stay below Q/2. The
//! compiler checks these inequalities below.
//!
//! In practice the phase is far smaller. For honest wallets v has variance `w = 10.5 (1 + 4N/3)`,
//! and the phase of a score is close to normal with sigma `t^2 sqrt(3/2 * 64 N) w`, about 2^69.1.
//! (The factor 3/2: key and secret are the same on both sides, and e^2 and s^2 have twice the
//! variance that a product of independent polynomials has; they carry half of the product.) That
//! leaves 2^33 sigmas of room. Tests measure it.

use market::score::BIG;

/// The ring dimension N.
pub const DEGREE: usize = 4096;
/// The two greatest primes below 2^52 that are 1 mod 2N: 2^52 - 221,183 and 2^52 - 245,759.
pub const PRIMES: [u64; 2] = [4_503_599_627_149_313, 4_503_599_627_124_737];
/// Number of bits of a residue in an encoding.
pub const RESIDUE_BITS: u32 = 52;
/// The modulus Q, the product of the primes.
pub const MODULUS: u128 = PRIMES[0] as u128 * PRIMES[1] as u128;
/// The binary logarithm of t.
pub const PLAINTEXT_BITS: u32 = 22;
/// The plaintext modulus t.
pub const PLAINTEXT_MODULUS: u64 = 1 << PLAINTEXT_BITS;
/// Parameter of the centred binomial distribution of errors.
pub const ETA: u32 = 21;
/// Number of coefficients of a plan's block.
pub const BLOCK: usize = 64;
/// Number of offers in a full pack.
pub const PACK: usize = DEGREE / BLOCK;

/// Greatest number of ternary secrets, each with an error of its own, that add up to a matching key
/// within the noise bound. A key that one party holds is one of them.
pub const SHARES: u64 = 3;
/// Greatest absolute value of a coefficient of e1 or e2 that the noise bound tolerates.
pub const ERROR_MAX: u64 = 1024;
/// Greatest sum of the absolute values of e1's coefficients that the noise bound tolerates.
pub const ERROR_SUM_MAX: u64 = 31 * DEGREE as u64;
/// Greatest noise of a ciphertext, in units of t.
pub const PLAN_NOISE_MAX: u64 = SHARES * (DEGREE as u64 * ETA as u64 + ERROR_SUM_MAX) + ERROR_MAX;
/// Greatest absolute value in an offer's block: x^2 + y^2.
pub const OFFER_COEFFICIENT_MAX: u64 = 2 * 63 * 63;
/// Greatest absolute value of the phase of a score.
pub const SCORE_PHASE_MAX: u128 = DEGREE as u128
    * (OFFER_COEFFICIENT_MAX as u128 + PLAINTEXT_MODULUS as u128 * PACK as u128 * PLAN_NOISE_MAX as u128)
    * (BIG as u128 + PLAINTEXT_MODULUS as u128 * PLAN_NOISE_MAX as u128);

/// Greatest absolute value, in units of t, of the floods that the holders of a key's shares add
/// when they open a score together: of each share four values of up to 2^77.
pub const OPENING_FLOOD_MAX: u128 = SHARES as u128 * 4 * (1 << 77);

/// Greatest score of a feasible pair: six weights of 15 times 63^2.
pub const FEASIBLE_MAX: u32 = 6 * 15 * 63 * 63;
/// Greatest score of an infeasible pair: the price's term is BIG, the five others are as large as
/// can be.
pub const INFEASIBLE_MAX: u32 = BIG + 5 * 15 * 63 * 63;

/// Greatest offset that masking adds to all scores of a bid: none wraps modulo t.
pub const OFFSET_MAX: u32 = PLAINTEXT_MODULUS as u32 - 1 - INFEASIBLE_MAX;
/// Greatest absolute value that masking's re-randomisation adds to a phase:
/// `t (e (g - h s) - f1 s + f2 s^2)` with g and h ternary, f1 and f2 at most eta, and s and e sums
/// of [`SHARES`] ternary values and errors.
pub const REFRESH_PHASE_MAX: u128 =
    PLAINTEXT_MODULUS as u128 * ETA as u128 * 2 * (KEY_SUM_MAX + KEY_SUM_MAX * KEY_SUM_MAX);
/// Greatest sum of the absolute values of s's coefficients.
const KEY_SUM_MAX: u128 = SHARES as u128 * DEGREE as u128;
/// Greatest absolute value of masking's flood, in units of t: all that is left below Q/2 when every
/// wallet is at its bounds, re-randomisation at its own, and the offset is greatest.
pub const FLOOD_MAX: u128 =
    (MODULUS / 2 - SCORE_PHASE_MAX - REFRESH_PHASE_MAX - PLAINTEXT_MODULUS as u128) / PLAINTEXT_MODULUS as u128;

const _: () = assert!(
    SCORE_PHASE_MAX + PLAINTEXT_MODULUS as u128 * OPENING_FLOOD_MAX < MODULUS / 2,
    "a score's phase must not wrap, with the floods of its openers neither"
);
const _: () = assert!(
    SCORE_PHASE_MAX + REFRESH_PHASE_MAX + PLAINTEXT_MODULUS as u128 * (1 + FLOOD_MAX) <= MODULUS / 2,
    "a masked score's phase must not wrap"
);
const _: () = assert!(FLOOD_MAX > 1 << 80, "what the flood's budget table says");
const _: () = assert!(OFFSET_MAX + INFEASIBLE_MAX < PLAINTEXT_MODULUS as u32, "an offset score must not wrap modulo t");
const _: () = assert!((INFEASIBLE_MAX as u64) < PLAINTEXT_MODULUS / 2, "a score must not wrap modulo t");
const _: () = assert!(FEASIBLE_MAX < BIG, "feasible and infeasible scores must not meet");
const _: () = assert!(PRIMES[0] < 1 << RESIDUE_BITS && PRIMES[1] < PRIMES[0], "primes are distinct, below 2^52");
const _: () = assert!(PRIMES[0] % (2 * DEGREE as u64) == 1 && PRIMES[1] % (2 * DEGREE as u64) == 1, "NTT-friendly");

#[cfg(test)]
mod tests {
    use super::*;

    fn power(base: u64, exponent: u64, modulus: u64) -> u64 {
        let multiply = |a: u64, b: u64| (u128::from(a) * u128::from(b) % u128::from(modulus)) as u64;
        let (mut result, mut square, mut left) = (1, base % modulus, exponent);
        while left > 0 {
            if left & 1 == 1 {
                result = multiply(result, square);
            }
            square = multiply(square, square);
            left >>= 1;
        }
        result
    }

    /// Miller-Rabin to the twelve first prime bases: deterministic below 2^64.
    fn is_prime(n: u64) -> bool {
        let twos = (n - 1).trailing_zeros();
        [2u64, 3, 5, 7, 11, 13, 17, 19, 23, 29, 31, 37].iter().all(|&base| {
            let mut x = power(base, (n - 1) >> twos, n);
            let mut passes = x == 1 || x == n - 1;
            for _ in 1..twos {
                x = (u128::from(x) * u128::from(x) % u128::from(n)) as u64;
                passes |= x == n - 1;
            }
            passes
        })
    }

    #[test]
    fn primes_are_the_two_greatest_that_suit() {
        let step = 2 * DEGREE as u64;
        let mut candidate = ((1u64 << RESIDUE_BITS) - 2) / step * step + 1;
        let mut found = Vec::new();
        while found.len() < 2 {
            if is_prime(candidate) {
                found.push(candidate);
            }
            candidate -= step;
        }
        assert_eq!(found, PRIMES);
        assert!(!is_prime(PRIMES[0] - step) || PRIMES[0] - step == PRIMES[1]);
    }

    #[test]
    fn documented_figures_are_the_computed_ones() {
        assert_eq!(PLAN_NOISE_MAX, 640_000);
        let log = |x: u128| (x as f64).log2();
        assert!(log(SCORE_PHASE_MAX) < 100.6 && log(MODULUS / 2) > 102.9 && log(MODULUS) < 104.0);
        assert_eq!(PRIMES.map(|q| (1 << 52) - q), [221_183, 245_759]);
        assert_eq!((FEASIBLE_MAX, INFEASIBLE_MAX - BIG), (357_210, 297_675));
        // the budget of masking
        assert_eq!(OFFSET_MAX, 3_372_340);
        let near = |x: u128, expected: f64| assert!((log(x) - expected).abs() < 0.05, "{} {expected}", log(x));
        near(REFRESH_PHASE_MAX, 54.6);
        near(PLAINTEXT_MODULUS as u128 * FLOOD_MAX, 102.7);
        near(PLAINTEXT_MODULUS as u128 * OPENING_FLOOD_MAX, 102.6);
    }
}
