//! Sums of multiples of a proving key's points: four fifths of a prover's work.
//!
//! A witness is mostly bits, and most points of a query are the identity (a variable that is not in the matrix). So the
//! identities are left out once, when a key is loaded; zeros are skipped, ones are plain additions, and only what
//! remains goes to Pippenger's algorithm. All on one thread: callers that have several proofs to make run them at once.

use ark_bls12_381::Fr;
use ark_ec::AffineRepr;
use ark_ff::PrimeField;

/// A group of the pairing, as the prover uses it.
pub(crate) trait Group: Sized {
    /// arkworks' points of it.
    type Ark: AffineRepr<ScalarField = Fr>;

    /// The same point; none if it is the identity.
    fn from_ark(p: &Self::Ark) -> Option<Self>;
    /// The same point.
    fn to_ark(&self) -> Self::Ark;
    /// The sum of the points.
    fn sum(points: &[&Self]) -> Self::Ark;
    /// The sum of the points' multiples; lists of different lengths are a caller's mistake and panic.
    fn combination(points: &[&Self], scalars: &[&[u8; 32]]) -> Self::Ark;
}

/// Numbers to multiply points with: integers below the group's order, least byte first.
pub(crate) struct Scalars(Vec<[u8; 32]>);

impl Scalars {
    pub fn new(xs: &[Fr]) -> Self {
        let bytes = |x: &Fr| {
            let mut out = [0; 32];
            for (chunk, limb) in out.chunks_exact_mut(8).zip(x.into_bigint().0) {
                chunk.copy_from_slice(&limb.to_le_bytes());
            }
            out
        };
        Scalars(xs.iter().map(bytes).collect())
    }

    /// All of them.
    pub fn all(&self) -> &[[u8; 32]] {
        &self.0
    }
}

/// A list of points that is combined again and again with other scalars.
pub(crate) struct Bases<G> {
    len: usize,
    /// The points that are not the identity, and where in the list they are.
    points: Vec<(usize, G)>,
}

impl<G: Group> Bases<G> {
    pub fn new(list: &[G::Ark]) -> Self {
        let points = list.iter().enumerate().filter_map(|(i, p)| Some((i, G::from_ark(p)?))).collect();
        Bases { len: list.len(), points }
    }

    pub fn len(&self) -> usize {
        self.len
    }

    /// The list it was made from.
    pub fn to_ark(&self) -> Vec<G::Ark> {
        let mut list = vec![G::Ark::zero(); self.len];
        for (i, p) in &self.points {
            list[*i] = p.to_ark();
        }
        list
    }
}

const ZERO: [u8; 32] = [0; 32];
const ONE: [u8; 32] = {
    let mut one = ZERO;
    one[0] = 1;
    one
};

/// The sum of `scalar x point` over all parts. A list may be longer than its scalars: the rest counts as zero.
pub(crate) fn combine<G: Group>(parts: &[(&Bases<G>, &[[u8; 32]])]) -> <G::Ark as AffineRepr>::Group {
    let (mut ones, mut points, mut scalars) = (Vec::new(), Vec::new(), Vec::new());
    for (bases, list) in parts {
        for (i, point) in &bases.points {
            match list.get(*i) {
                None | Some(&ZERO) => {}
                Some(&ONE) => ones.push(point),
                Some(scalar) => {
                    points.push(point);
                    scalars.push(scalar);
                }
            }
        }
    }
    G::combination(&points, &scalars).into_group() + G::sum(&ones)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::blst_ffi::{G1, G2};
    use ark_ec::{CurveGroup, VariableBaseMSM};
    use ark_ff::{AdditiveGroup, Field, UniformRand};
    use rand_chacha::ChaCha20Rng;
    use rand_core::SeedableRng;

    /// Held to arkworks for every kind of scalar, over points with identities, repetitions and opposites among them.
    fn agrees<G: Group>()
    where
        <G::Ark as AffineRepr>::Group: VariableBaseMSM<MulBase = G::Ark, ScalarField = Fr>,
    {
        let mut rng = ChaCha20Rng::seed_from_u64(1);
        for n in [0usize, 1, 2, 3, 5, 31, 32, 33, 200] {
            let mut list: Vec<G::Ark> = (0..n).map(|_| G::Ark::rand(&mut rng)).collect();
            for i in (0..n).step_by(7) {
                list[i] = [G::Ark::zero(), list[n / 2], (-list[n / 3].into_group()).into_affine()][i % 3];
            }
            let bases = Bases::<G>::new(&list);
            assert!(bases.len() == n && bases.to_ark() == list);
            let constant = |x: Fr| vec![x; n];
            let mut kinds = vec![
                constant(Fr::ZERO),
                constant(Fr::ONE),
                constant(-Fr::ONE),
                constant(Fr::from(2)),
                constant(Fr::from(u64::MAX)),
                (0..n).map(|_| Fr::rand(&mut rng)).collect(),
            ];
            let random = kinds[5].clone();
            kinds.push((0..n).map(|i| [Fr::ZERO, Fr::ONE, -Fr::ONE, random[i]][i % 4]).collect());
            // One scalar that counts, alone.
            kinds.push((0..n).map(|i| if i == n - 1 { random[i] } else { Fr::ZERO }).collect());
            for xs in &kinds {
                let want = <G::Ark as AffineRepr>::Group::msm(&list, xs).unwrap();
                let scalars = Scalars::new(xs);
                assert_eq!(combine(&[(&bases, scalars.all())]), want);
                assert_eq!(combine(&[(&bases, scalars.all()), (&bases, scalars.all())]), want + want);
                let half = <G::Ark as AffineRepr>::Group::msm(&list[..n / 2], &xs[..n / 2]).unwrap();
                assert_eq!(combine(&[(&bases, &scalars.all()[..n / 2]), (&bases, &[])]), half);
            }
        }
    }

    #[test]
    fn agrees_with_arkworks() {
        agrees::<G1>();
        agrees::<G2>();
    }
}
