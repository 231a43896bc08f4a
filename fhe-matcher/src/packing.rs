//! Residues packed without gaps, 52 bits each, least significant bit first. This is the canonical
//! encoding of all polynomials.

use crate::parameters::{DEGREE, PRIMES, RESIDUE_BITS};
use crate::ring::Coefficients;
use crate::Error;

/// Bytes of a polynomial: 2 primes x 4096 coefficients x 52 bits.
pub(crate) const POLYNOMIAL_BYTES: usize = 2 * DEGREE * RESIDUE_BITS as usize / 8;

/// Appends the residues, an even number of them: two take 13 bytes.
pub(crate) fn pack<'a>(residues: impl Iterator<Item = &'a u64>, bytes: &mut Vec<u8>) {
    let (mut pending, mut bits) = (0u128, 0);
    for residue in residues {
        pending |= u128::from(*residue) << bits;
        bits += RESIDUE_BITS;
        if bits >= 64 {
            bytes.extend_from_slice(&(pending as u64).to_le_bytes());
            pending >>= 64;
            bits -= 64;
        }
    }
    bytes.extend_from_slice(&pending.to_le_bytes()[..bits as usize / 8]);
}

pub(crate) fn pack_polynomial(polynomial: &Coefficients, bytes: &mut Vec<u8>) {
    for residues in polynomial.0.iter().flat_map(|residues| residues.chunks_exact(32)) {
        // They take 26 words, and the 27th stays zero.
        let mut words = [0u64; 27];
        for (index, residue) in residues.iter().enumerate() {
            let start = index * RESIDUE_BITS as usize;
            let (word, bit) = (start / 64, start % 64);
            words[word] |= residue << bit;
            words[word + 1] |= residue >> 1 >> (63 - bit);
        }
        words[..26].iter().for_each(|word| bytes.extend_from_slice(&word.to_le_bytes()));
    }
}

/// The residues that [`pack`] made `bytes` of, `counts[i]` modulo prime i. Error:
/// [`Error::Encoding`] for any other length and for a residue that is not below its prime.
pub(crate) fn unpack_residues(bytes: &[u8], counts: [usize; 2]) -> Result<[Vec<u64>; 2], Error> {
    let bits = (counts[0] + counts[1]) * RESIDUE_BITS as usize;
    if 8 * bytes.len() != bits {
        return Err(Error::Encoding("a wrong number of residues"));
    }
    let mut next = bytes.iter();
    let (mut pending, mut held) = (0u64, 0);
    let mut residue = || {
        while held < RESIDUE_BITS {
            pending |= u64::from(*next.next()?) << held;
            held += 8;
        }
        let residue = pending & ((1 << RESIDUE_BITS) - 1);
        pending >>= RESIDUE_BITS;
        held -= RESIDUE_BITS;
        Some(residue)
    };
    let mut residues = [Vec::with_capacity(counts[0]), Vec::with_capacity(counts[1])];
    for ((residues, q), count) in residues.iter_mut().zip(PRIMES).zip(counts) {
        for _ in 0..count {
            let value = residue().filter(|value| *value < q);
            residues.push(value.ok_or(Error::Encoding("a residue is not below its prime"))?);
        }
    }
    Ok(residues)
}

/// Two polynomials, from exactly their encoding. Error: [`Error::Encoding`] for any other length
/// and for a residue that is not below its prime.
pub(crate) fn unpack_pair(bytes: &[u8]) -> Result<(Coefficients, Coefficients), Error> {
    if bytes.len() != 2 * POLYNOMIAL_BYTES {
        return Err(Error::Encoding("two polynomials take 106,496 bytes"));
    }
    let (first, second) = bytes.split_at(POLYNOMIAL_BYTES);
    Ok((unpack(first)?, unpack(second)?))
}

/// `bytes` must hold [`POLYNOMIAL_BYTES`].
fn unpack(bytes: &[u8]) -> Result<Coefficients, Error> {
    let mut polynomial = Coefficients::zero();
    for ((residues, q), half) in polynomial.0.iter_mut().zip(PRIMES).zip(bytes.chunks_exact(POLYNOMIAL_BYTES / 2)) {
        // Four residues take 26 bytes.
        for (four, packed) in residues.chunks_exact_mut(4).zip(half.chunks_exact(26)) {
            for (k, residue) in four.iter_mut().enumerate() {
                let start = k * RESIDUE_BITS as usize;
                let mut word = [0; 8];
                let window = &packed[start / 8..(start / 8 + 8).min(26)];
                word[..window.len()].copy_from_slice(window);
                *residue = (u64::from_le_bytes(word) >> (start % 8)) & ((1 << RESIDUE_BITS) - 1);
                if *residue >= q {
                    return Err(Error::Encoding("a residue is not below its prime"));
                }
            }
        }
    }
    Ok(polynomial)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sampling;
    use rand_chacha::ChaCha20Rng;
    use rand_core::SeedableRng;

    fn encoded(pair: &(Coefficients, Coefficients)) -> Vec<u8> {
        let mut bytes = Vec::new();
        pack_polynomial(&pair.0, &mut bytes);
        pack_polynomial(&pair.1, &mut bytes);
        bytes
    }

    #[test]
    fn pairs_survive_encoding_and_other_lengths_are_refused() {
        let mut rng = ChaCha20Rng::seed_from_u64(4);
        let pair = (sampling::uniform(&mut rng), sampling::uniform(&mut rng));
        let mut bytes = encoded(&pair);
        assert_eq!(bytes.len(), 106_496);
        assert!(unpack_pair(&bytes).unwrap() == pair);
        bytes.push(0);
        for length in [0, 1, 53_248, 106_495, 106_497] {
            assert!(matches!(unpack_pair(&bytes[..length]), Err(Error::Encoding(_))));
        }
    }

    #[test]
    fn a_residue_at_its_prime_is_refused_wherever_it_stands() {
        for (which, prime) in [(0, 0), (0, 1), (1, 0), (1, 1)] {
            for k in [0, 1, 2, 3, 4, DEGREE - 1] {
                for (value, accepted) in
                    [(PRIMES[prime] - 1, true), (PRIMES[prime], false), ((1 << RESIDUE_BITS) - 1, false)]
                {
                    let mut pair = (Coefficients::zero(), Coefficients::zero());
                    [&mut pair.0, &mut pair.1][which].0[prime][k] = value;
                    let decoded = unpack_pair(&encoded(&pair));
                    assert_eq!(decoded.is_ok(), accepted);
                    assert!(!accepted || decoded.unwrap() == pair);
                }
            }
        }
    }
}
