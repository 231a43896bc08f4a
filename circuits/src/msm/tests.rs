//! The sums are compared with arkworks', for lists that are made to meet every exception.

use super::*;
use ark_ec::VariableBaseMSM;
use ark_ff::UniformRand;
use rand_chacha::ChaCha20Rng;
use rand_core::SeedableRng;

/// Lists of n points: at random with identities, repetitions and opposites among them; one point
/// again and again; a point and its opposite in turn; and a point with its image and their
/// opposites, which meet in the same buckets.
fn lists<C: Curve>(n: usize, rng: &mut ChaCha20Rng) -> Vec<Vec<Affine<C>>> {
    let mut random: Vec<Affine<C>> = (0..n).map(|_| Affine::rand(rng)).collect();
    for i in (0..n).step_by(3) {
        random[i] = [Affine::identity(), random[n / 2], -random[n / 3]][i % 9 / 3];
    }
    let p = Affine::<C>::rand(rng);
    let image = (p * Fr::from(Z).pow([C::DIGITS as u64])).into_affine();
    let cycle = |points: &[Affine<C>]| points.iter().copied().cycle().take(n).collect();
    vec![random, cycle(&[p]), cycle(&[p, -p]), cycle(&[p, image, -p, -image]), cycle(&[Affine::identity()])]
}

/// Scalars: equal ones of all sizes (so that all points are in one bucket), at random, mixed, and
/// one alone.
fn scalars(n: usize, rng: &mut ChaCha20Rng) -> Vec<Vec<Fr>> {
    let z = Fr::from(Z);
    let equal =
        [Fr::ZERO, Fr::ONE, -Fr::ONE, Fr::from(2), Fr::from(u64::MAX), -Fr::from(u64::MAX), z, -z, z * z - Fr::ONE];
    let mut kinds: Vec<Vec<Fr>> = equal.into_iter().chain([Fr::rand(rng)]).map(|x| vec![x; n]).collect();
    let random: Vec<Fr> = (0..n).map(|_| Fr::rand(rng)).collect();
    kinds.push((0..n).map(|i| [Fr::ZERO, Fr::ONE, -Fr::ONE, Fr::from(i as u64), random[i]][i % 5]).collect());
    kinds.push((0..n).map(|i| if i % 2 == 0 { random[0] } else { -random[0] }).collect());
    kinds.push((0..n).map(|i| if i + 1 == n { random[i] } else { Fr::ZERO }).collect());
    kinds.push(random);
    kinds
}

fn agrees<C: Curve>(sizes: &[usize]) {
    let mut rng = ChaCha20Rng::seed_from_u64(1);
    for n in sizes {
        for list in lists::<C>(*n, &mut rng) {
            let bases = Bases::new(list.iter());
            assert!(bases.len() == *n && bases.to_ark() == list);
            for xs in scalars(*n, &mut rng) {
                assert_eq!(bases.combine(&Scalars::new(xs.iter())), Projective::<C>::msm(&list, &xs).unwrap());
                // Fewer scalars than points.
                let half = Projective::<C>::msm(&list[..n / 2], &xs[..n / 2]).unwrap();
                assert_eq!(bases.combine(&Scalars::new(xs[..n / 2].iter())), half);
            }
        }
    }
}

#[test]
fn agrees_with_arkworks_in_the_first_group() {
    agrees::<g1::Config>(&[0, 1, 2, 3, 5, 31, 33, 200]);
    // Several groups of lists and batches of additions.
    agrees::<g1::Config>(&[5000]);
}

#[test]
fn agrees_with_arkworks_in_the_second_group() {
    agrees::<g2::Config>(&[0, 1, 2, 3, 5, 31, 33, 200]);
}

/// Every width of window gives the same sum.
#[test]
fn any_width() {
    let mut rng = ChaCha20Rng::seed_from_u64(2);
    let list: Vec<_> = (0..50).map(|_| Affine::<g1::Config>::rand(&mut rng)).collect();
    let xs: Vec<_> = (0..50).map(|_| Fr::rand(&mut rng)).collect();
    let (bases, scalars) = (Bases::new(list.iter()), Scalars::new(xs.iter()));
    let want = Projective::msm(&list, &xs).unwrap();
    for width in 2..=15 {
        assert_eq!(bases.combine_in(&scalars, |_, bits| Windows::new(width, bits)), want, "{width}");
    }
}
