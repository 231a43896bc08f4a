//! The inverses that the slopes of a multiple are made with, all by one inversion of the field,
//! where each would take its own: the points on the way are computed beforehand in projective
//! coordinates.
//!
//! They decide nothing: [`quotient_by`](crate::gadget::lin::quotient_by) computes an inverse itself
//! if the given value is not one.

use super::{EdwardsAffine, EdwardsProjective, Row, SAFE};
use ark_bls12_381::Fr;
use ark_ec::AffineRepr;
use ark_ff::{serial_batch_inversion_and_mul, AdditiveGroup, Field};
use zeroize::Zeroizing;

/// Inverses of `p.u - q.u` on Montgomery's curve for many pairs of points. They follow from a
/// secret scalar.
struct Differences {
    numerators: Zeroizing<Vec<Fr>>,
    denominators: Zeroizing<Vec<Fr>>,
}

impl Differences {
    fn with_capacity(n: usize) -> Self {
        let list = || Zeroizing::new(Vec::with_capacity(n));
        Differences { numerators: list(), denominators: list() }
    }

    /// With `u = (Z + Y) / (Z - Y)` the difference is `2 (Yp Zq - Yq Zp) / ((Zp - Yp) (Zq - Yq))`.
    fn push(&mut self, p: &EdwardsProjective, q: &EdwardsProjective) {
        self.numerators.push((p.z - p.y) * (q.z - q.y));
        self.denominators.push((p.y * q.z - q.y * p.z).double());
    }

    /// In the order of the pairs; zero where the difference is zero.
    fn inverses(mut self) -> Zeroizing<Vec<Fr>> {
        serial_batch_inversion_and_mul(&mut self.denominators, &Fr::ONE);
        self.denominators.iter_mut().zip(self.numerators.iter()).for_each(|(d, n)| *d *= n);
        self.denominators
    }
}

/// `1 / (term.u - sum.u)` for every window of the fixed base, the first of which has nothing to be
/// added to.
pub(super) fn of_windows(rows: &[Row], signs: &[bool]) -> Zeroizing<Vec<Fr>> {
    let mut differences = Differences::with_capacity(rows.len());
    let mut sum = EdwardsProjective::ZERO;
    for (bits, row) in signs.chunks_exact(2).zip(rows) {
        let term = row.edwards[usize::from(bits[0]) + 2 * usize::from(bits[1])];
        differences.push(&term.into_group(), &sum);
        sum += term;
    }
    differences.inverses()
}

/// For every sign of the variable base, from the top, as
/// [`double_and_add`](super::montgomery::double_and_add) wants them.
pub(super) fn of_signs(k: EdwardsAffine, signs: &[bool]) -> Zeroizing<Vec<Fr>> {
    let mut differences = Differences::with_capacity(2 * SAFE);
    let mut sum = k.into_group().double();
    for sign in signs.iter().rev().take(SAFE) {
        let term = if *sign { k } else { -k };
        let half_way = sum + term;
        differences.push(&term.into_group(), &sum);
        differences.push(&sum, &half_way);
        sum += half_way;
    }
    differences.inverses()
}

#[cfg(test)]
mod tests {
    use super::super::*;
    use super::{of_signs, of_windows};

    /// Of pseudo-random signs, every inverse is the one wanted.
    #[test]
    fn inverses_are_of_the_differences_in_their_order() {
        let u = |p: EdwardsProjective| montgomery::coordinates(&p.into_affine())[0];
        let signs: Vec<bool> = (0..BITS).map(|i| i * i % 7 < 3).collect();
        let mut sum = EdwardsProjective::ZERO;
        let rows = &table()[..WINDOWS - 1];
        for (w, inverse) in of_windows(rows, &signs).iter().enumerate() {
            let term = rows[w].edwards[usize::from(signs[2 * w]) + 2 * usize::from(signs[2 * w + 1])].into_group();
            assert!(w == 0 || *inverse * (u(term) - u(sum)) == Fr::ONE, "window {w}");
            sum += term;
        }
        let k = generator();
        let mut sum = k.into_group().double();
        for (j, inverses) in of_signs(k, &signs).chunks_exact(2).enumerate() {
            let term = if signs[BITS - 1 - j] { k.into_group() } else { -k.into_group() };
            assert_eq!(inverses[0] * (u(term) - u(sum)), Fr::ONE, "sign {j}");
            assert_eq!(inverses[1] * (u(sum) - u(sum + term)), Fr::ONE, "sign {j}");
            sum = sum.double() + term;
        }
    }
}
