//! Random polynomials. Secret ones are drawn without a branch or a table on secret values, from a
//! cryptographic generator; only the uniform public polynomial uses rejection, which depends on
//! public values alone.

use crate::parameters::{DEGREE, ETA, PRIMES, RESIDUE_BITS};
use crate::ring::Coefficients;
use rand_core::{CryptoRng, RngCore};
use zeroize::Zeroizing;

/// Small signed coefficients of a secret polynomial, wiped on drop.
pub(crate) type Small = Box<Zeroizing<[i8; DEGREE]>>;

fn small<R: RngCore + CryptoRng>(rng: &mut R, draw: impl Fn(u64) -> i8) -> Small {
    let mut values = Box::new(Zeroizing::new([0i8; DEGREE]));
    values.iter_mut().for_each(|value| *value = draw(rng.next_u64()));
    values
}

/// Uniform in {-1, 0, 1}: the upper word of three times 64 random bits. The bias of a value is
/// below 2^-63.
pub(crate) fn ternary<R: RngCore + CryptoRng>(rng: &mut R) -> Small {
    small(rng, |word| ((u128::from(word) * 3) >> 64) as i8 - 1)
}

/// Centred binomial: the difference of the weights of two strings of `ETA` random bits.
pub(crate) fn error<R: RngCore + CryptoRng>(rng: &mut R) -> Small {
    const MASK: u64 = (1 << ETA) - 1;
    small(rng, |word| (word & MASK).count_ones() as i8 - ((word >> ETA) & MASK).count_ones() as i8)
}

/// Uniform modulo Q. The polynomial is public.
pub(crate) fn uniform<R: RngCore + CryptoRng>(rng: &mut R) -> Coefficients {
    let mut draw = |q: u64| loop {
        let candidate = rng.next_u64() >> (64 - RESIDUE_BITS);
        if candidate < q {
            return candidate;
        }
    };
    Coefficients(PRIMES.map(|q| (0..DEGREE).map(|_| draw(q)).collect()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use rand_chacha::ChaCha20Rng;
    use rand_core::SeedableRng;

    #[test]
    fn distributions_have_their_moments() {
        let mut rng = ChaCha20Rng::seed_from_u64(3);
        let (mut counts, mut sum, mut squares, draws) = ([0i64; 3], 0i64, 0i64, 50 * DEGREE as i64);
        for _ in 0..50 {
            ternary(&mut rng).iter().for_each(|x| counts[(x + 1) as usize] += 1);
            for &x in error(&mut rng).iter() {
                assert!(x.unsigned_abs() as u32 <= ETA);
                sum += i64::from(x);
                squares += i64::from(x) * i64::from(x);
            }
        }
        // five sigmas: sqrt(draws * 2/9) = 213, sqrt(draws * 10.5) = 1466, variance within 2 %
        assert!(counts.iter().all(|c| (c - draws / 3).abs() < 1100), "{counts:?}");
        assert!(sum.abs() < 7400, "{sum}");
        assert!((squares * 2 - draws * 21).abs() < draws * 21 / 50, "{squares}");
    }
}
