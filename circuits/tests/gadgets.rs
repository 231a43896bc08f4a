//! Tests of each gadget: its native twin, its number of constraints, and the values that it
//! refuses.

use ark_bls12_381::Fr;
use ark_ec::{AffineRepr, CurveGroup};
use ark_ed_on_bls12_381::Fr as Scalar;
use ark_ff::{AdditiveGroup, Field, PrimeField, UniformRand};
use ark_r1cs_std::{alloc::AllocVar, GR1CSVar};
use circuits::gadget::testing::*;
use circuits::gadget::{elgamal::Ephemeral, jubjub, merkle, poseidon, range, Bit, Var};
use proptest::prelude::*;
use protocol::poseidon as native;
use protocol::poseidon::Tag;
use rand_chacha::ChaCha20Rng;
use rand_core::SeedableRng;

fn rng(seed: u64) -> ChaCha20Rng {
    ChaCha20Rng::seed_from_u64(seed)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    #[test]
    fn hash_is_its_twin(seed: u64, n in 1usize..=8, constant in 0usize..8, symbolic in 0usize..8) {
        let mut rng = rng(seed);
        let xs: Vec<Fr> = (0..n).map(|_| Fr::rand(&mut rng)).collect();
        let cs = cs();
        let vars: Vec<Var> = xs.iter().enumerate().map(|(i, x)| {
            if i == constant { Var::Constant(*x) }
            // A sum of a variable, a multiple and a constant: nothing but a symbolic combination.
            else if i == symbolic { witness(&cs, *x - Fr::from(5u64)) + witness(&cs, Fr::from(4u64)) + Var::Constant(Fr::ONE) }
            else { witness(&cs, *x) }
        }).collect();
        let h = poseidon::hash(&cs, Tag::Credential, &vars).unwrap();
        prop_assert_eq!(h.value().unwrap(), native::hash(Tag::Credential, &xs));
        range::equal(&cs, &h, &Var::Constant(native::hash(Tag::Credential, &xs))).unwrap();
        prop_assert!(satisfied(&cs));
    }

    #[test]
    fn hash_of_a_plan_has_the_tag_of_its_side(seed: u64, buy: bool) {
        let mut rng = rng(seed);
        let xs: Vec<Fr> = (0..7).map(|_| Fr::rand(&mut rng)).collect();
        let cs = cs();
        let vars: Vec<Var> = xs.iter().map(|x| witness(&cs, *x)).collect();
        let side = Bit::new_witness(cs.clone(), || Ok(buy)).unwrap();
        let h = poseidon::hash_plan(&cs, &side, &vars).unwrap();
        let tag = if buy { Tag::BuyPlan } else { Tag::SellPlan };
        prop_assert_eq!(h.value().unwrap(), native::hash(tag, &xs));
        range::equal(&cs, &h, &Var::Constant(native::hash(tag, &xs))).unwrap();
        prop_assert!(satisfied(&cs));
    }

    #[test]
    fn keystream_is_its_twin(seed: u64) {
        let mut rng = rng(seed);
        let xs: [Fr; 6] = core::array::from_fn(|_| Fr::rand(&mut rng));
        let cs = cs();
        let stream = poseidon::keystream(&cs, &xs.map(|x| witness(&cs, x))).unwrap();
        prop_assert_eq!(stream.map(|x| x.value().unwrap()), native::keystream(&xs));
        prop_assert!(satisfied(&cs));
    }

    #[test]
    fn membership_follows_the_selectors(seed: u64, position: u32) {
        let (leaf, path, root) = tree(seed, position);
        let cs = cs();
        let merkle::Climb { root: r, position: p, .. } = merkle::climb(&cs, &witness(&cs, leaf), &path).unwrap();
        prop_assert_eq!(r.value().unwrap(), root);
        prop_assert_eq!(p.value().unwrap(), Fr::from(position));
        range::equal(&cs, &r, &Var::Constant(root)).unwrap();
        range::equal(&cs, &p, &Var::Constant(Fr::from(position))).unwrap();
        prop_assert!(satisfied(&cs));
    }

    #[test]
    fn range_takes_what_is_below_and_nothing_else(x: u64, n in 1usize..=64) {
        let (holds, cs) = (n == 64 || x >> n == 0, cs());
        let bits = range::bits(&cs, &witness(&cs, Fr::from(x)), n).unwrap();
        prop_assert_eq!(bits.len(), n);
        prop_assert_eq!(satisfied(&cs), holds);
    }

    #[test]
    fn comparison_is_its_twin(a: u32, b: u32) {
        let cs = cs();
        let (x, y) = (witness(&cs, Fr::from(a)), witness(&cs, Fr::from(b)));
        prop_assert_eq!(range::is_less_or_equal(&cs, &x, &y, 32).unwrap().value().unwrap(), a <= b);
        prop_assert_eq!(range::minimum(&cs, &x, &y, 32).unwrap().value().unwrap(), Fr::from(a.min(b)));
        prop_assert!(satisfied(&cs));
        range::less_or_equal(&cs, &x, &y, 32).unwrap();
        prop_assert_eq!(satisfied(&cs), a <= b);
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(6))]

    #[test]
    fn multiples_are_their_twins(seed: u64) {
        let mut rng = rng(seed);
        multiples(Scalar::rand(&mut rng), Scalar::rand(&mut rng));
    }

    #[test]
    fn elgamal_is_its_twin(seed: u64, role in 1u64..=3, n in 1usize..=5) {
        let mut rng = rng(seed);
        let g = jubjub::generator();
        let (e, key) = (Scalar::rand(&mut rng), (g * Scalar::rand(&mut rng)).into_affine());
        let context = Fr::rand(&mut rng);
        let messages: Vec<Fr> = (0..n).map(|_| Fr::rand(&mut rng)).collect();
        let cs = cs();
        let k = jubjub::PointVar::new(witness(&cs, key.x), witness(&cs, key.y));
        let ephemeral = Ephemeral::witness(&cs, || Ok(e)).unwrap();
        let ms: Vec<Var> = messages.iter().map(|m| witness(&cs, *m)).collect();
        let c2 = ephemeral.encrypt(&cs, &k, role, &witness(&cs, context), &ms).unwrap();
        let (c1, s) = ((g * e).into_affine(), (key * e).into_affine());
        let stream = native::keystream(&[Fr::from(role), context, c1.x, c1.y, s.x, s.y]);
        prop_assert_eq!(ephemeral.point.x.value().unwrap(), c1.x);
        prop_assert_eq!(ephemeral.point.y.value().unwrap(), c1.y);
        prop_assert_eq!(c2.len(), n);
        for ((c, m), s) in c2.iter().zip(&messages).zip(&stream) {
            prop_assert_eq!(c.value().unwrap(), *m + s);
        }
        prop_assert!(satisfied(&cs));
    }
}

fn multiples(e: Scalar, k: Scalar) {
    let g = jubjub::generator();
    let key = (g * k).into_affine();
    let cs = cs();
    let scalar = jubjub::ScalarVar::witness(&cs, || Ok(e)).unwrap();
    let fixed = jubjub::fixed_base(&cs, &scalar).unwrap();
    let var = jubjub::PointVar::new(witness(&cs, key.x), witness(&cs, key.y));
    let variable = jubjub::variable_base(&cs, &scalar, &var).unwrap();
    for (p, expected) in [(fixed, g * e), (variable, key * e)] {
        let expected = expected.into_affine();
        assert_eq!((p.x.value().unwrap(), p.y.value().unwrap()), (expected.x, expected.y));
        range::equal(&cs, &p.x, &Var::Constant(expected.x)).unwrap();
        range::equal(&cs, &p.y, &Var::Constant(expected.y)).unwrap();
    }
    assert!(satisfied(&cs));
}

#[test]
fn the_fixed_generator_is_on_the_curve_and_of_prime_order() {
    let g = jubjub::generator();
    assert!(g.is_on_curve() && g.is_in_correct_subgroup_assuming_on_curve() && !g.is_zero());
}

/// 0, 1, -1 meet the exceptions of the incomplete formulas: their last steps must be complete.
#[test]
fn multiples_at_the_edges() {
    let two = Scalar::from(2u64);
    for e in [Scalar::ZERO, Scalar::ONE, -Scalar::ONE, two, two.inverse().unwrap(), two.pow([251])] {
        for k in [Scalar::ONE, -Scalar::ONE, two.inverse().unwrap()] {
            multiples(e, k);
        }
    }
}

fn tree(seed: u64, position: u32) -> (Fr, merkle::Path, Fr) {
    let mut rng = rng(seed);
    let leaf = Fr::rand(&mut rng);
    let mut current = leaf;
    let mut children = [[Fr::ZERO; 4]; 16];
    for (level, c) in children.iter_mut().enumerate() {
        *c = core::array::from_fn(|_| Fr::rand(&mut rng));
        c[(position >> (2 * level) & 3) as usize] = current;
        current = native::compress(c);
    }
    (leaf, merkle::Path { position, children }, current)
}

#[test]
fn a_path_with_a_wrong_leaf_child_or_position_is_refused() {
    let (leaf, path, _) = tree(1, 0x89ab_cdef);
    let holds = |leaf: Fr, path: &merkle::Path| {
        let cs = cs();
        let _ = merkle::climb(&cs, &witness(&cs, leaf), path).unwrap();
        satisfied(&cs)
    };
    assert!(holds(leaf, &path));
    assert!(!holds(leaf + Fr::ONE, &path));
    for level in 0..16 {
        let mut other = path.clone();
        other.position ^= 1 << (2 * level);
        assert!(!holds(leaf, &other), "low bit of level {level}");
        other.position ^= 3 << (2 * level);
        assert!(!holds(leaf, &other), "high bit of level {level}");
        let mut other = path.clone();
        other.children[level][(path.position >> (2 * level) & 3) as usize] += Fr::ONE;
        assert!(!holds(leaf, &other), "child on the path at level {level}");
    }
}

#[test]
fn ticks_are_0_to_47() {
    for x in 0..130u64 {
        let cs = cs();
        range::tick(&cs, &witness(&cs, Fr::from(x))).unwrap();
        assert_eq!(satisfied(&cs), x < 48, "{x}");
    }
}

#[test]
fn ranges_refuse_negative_numbers_and_constants_too() {
    for (x, holds) in [(Fr::from(255u64), true), (Fr::from(256u64), false), (-Fr::ONE, false), (Fr::ZERO, true)] {
        for constant in [false, true] {
            let cs = cs();
            let x = if constant { Var::Constant(x) } else { witness(&cs, x) };
            range::bits(&cs, &x, 8).unwrap();
            assert_eq!(satisfied(&cs), holds);
        }
    }
}

#[test]
fn nonzero_refuses_zero() {
    for (x, holds) in [(Fr::ZERO, false), (Fr::ONE, true), (-Fr::ONE, true)] {
        for constant in [false, true] {
            let cs = cs();
            let x = if constant { Var::Constant(x) } else { witness(&cs, x) };
            range::is_nonzero(&cs, &x).unwrap();
            assert_eq!(satisfied(&cs), holds);
        }
    }
}

#[test]
fn equality_refuses_what_differs_unless_switched_off() {
    for (on, a, b, holds) in [(true, 1u64, 1u64, true), (true, 1, 2, false), (false, 1, 2, true)] {
        let cs = cs();
        let bit = Bit::new_witness(cs.clone(), || Ok(on)).unwrap();
        range::equal_if(&cs, &bit, &witness(&cs, a.into()), &witness(&cs, b.into())).unwrap();
        assert_eq!(satisfied(&cs), holds);
        let cs = circuits::gadget::testing::cs();
        range::equal(&cs, &witness(&cs, a.into()), &witness(&cs, b.into())).unwrap();
        assert_eq!(satisfied(&cs), a == b);
    }
}

#[test]
fn a_number_allocated_by_its_bits_is_that_number() {
    let cs = cs();
    let (x, bits) = range::witness(&cs, || Ok(0xdead_beef), 32).unwrap();
    assert_eq!(x.value().unwrap(), Fr::from(0xdead_beefu64));
    assert_eq!(bits.len(), 32);
    range::equal(&cs, &x, &Var::Constant(Fr::from(0xdead_beefu64))).unwrap();
    assert!(satisfied(&cs));
}

#[test]
fn constraint_counts() {
    let hash = |n: usize| {
        cost(|cs| {
            let xs: Vec<Var> = (0..n).map(|i| witness(cs, Fr::from(i as u64))).collect();
            poseidon::hash(cs, Tag::Balance, &xs).map(|_| ())
        })
    };
    assert_eq!([1, 2, 3, 4, 5, 6, 7, 8].map(hash), [213, 240, 261, 297, 321, 354, 381, 402]);
    let x = Fr::from(7u64);
    assert_eq!(cost(|cs| poseidon::keystream(cs, &[x; 6].map(|x| witness(cs, x))).map(|_| ())), 354);
    assert_eq!(
        cost(|cs| {
            let side = Bit::new_witness(cs.clone(), || Ok(true))?;
            poseidon::hash_plan(cs, &side, &[witness(cs, x), witness(cs, x)]).map(|_| ())
        }),
        1 + 243
    );
    let (leaf, path, _) = tree(5, 99);
    assert_eq!(cost(|cs| merkle::climb(cs, &witness(cs, leaf), &path).map(|_| ())), 16 * 269);
    assert_eq!(cost(|cs| range::bits(cs, &witness(cs, x), 32).map(|_| ())), 33);
    assert_eq!(cost(|cs| range::witness(cs, || Ok(7), 32).map(|_| ())), 32);
    assert_eq!(cost(|cs| range::tick(cs, &witness(cs, x)).map(|_| ())), 8);
    assert_eq!(cost(|cs| range::is_nonzero(cs, &witness(cs, x))), 1);
    let pair = |cs: &circuits::gadget::Cs| (witness(cs, x), witness(cs, x.double()));
    assert_eq!(cost(|cs| pair(cs).let_(|(a, b)| range::less_or_equal(cs, &a, &b, 32))), 33);
    assert_eq!(cost(|cs| pair(cs).let_(|(a, b)| range::minimum(cs, &a, &b, 32).map(|_| ()))), 35);
    let e = Scalar::from(1234567u64);
    assert_eq!(cost(|cs| jubjub::ScalarVar::witness(cs, || Ok(e)).map(|_| ())), 252);
    assert_eq!(cost(|cs| Ephemeral::witness(cs, || Ok(e)).map(|_| ())), 252 + 506);
    let g = jubjub::generator();
    assert_eq!(
        cost(|cs| {
            let k = jubjub::PointVar::new(witness(cs, g.x), witness(cs, g.y));
            let ephemeral = Ephemeral::witness(cs, || Ok(e))?;
            ephemeral.encrypt(cs, &k, 1, &witness(cs, x), &[witness(cs, x)]).map(|_| ())
        }),
        // The role is constant: three less to hash.
        252 + 506 + 1532 + 351
    );
}

trait Let: Sized {
    fn let_<R>(self, f: impl FnOnce(Self) -> R) -> R {
        f(self)
    }
}
impl<T> Let for T {}

/// No witness of a gadget is free to take another value, so that only what is meant to be chosen is
/// chosen.
#[test]
fn no_witness_is_left_free() {
    let cs = cs();
    let x = witness(&cs, Fr::from(77u64));
    let side = Bit::new_witness(cs.clone(), || Ok(true)).unwrap();
    let h = poseidon::hash_plan(&cs, &side, &[x.clone(), x.clone(), x.clone(), x.clone(), x.clone()]).unwrap();
    let _ = poseidon::compress(&cs, &[h.clone(), x.clone(), x.clone(), x.clone()]).unwrap();
    let _ = poseidon::hash(&cs, Tag::Address, &[h]).unwrap();
    let _ = range::minimum(&cs, &x, &x, 8).unwrap();
    range::tick(&cs, &witness(&cs, Fr::from(40u64))).unwrap();
    let g = (jubjub::generator() * Scalar::from(99u64)).into_affine();
    let k = jubjub::PointVar::new(witness(&cs, g.x), witness(&cs, g.y));
    let mut rng = rng(3);
    let e = Ephemeral::witness(&cs, || Ok(Scalar::rand(&mut rng))).unwrap();
    e.encrypt(&cs, &k, 2, &x, std::slice::from_ref(&x)).unwrap();
    assert!(satisfied(&cs));
    assert_eq!(undetermined(&cs), Vec::<usize>::new());
}

/// Setup sees the same circuit as proving: without values, with the same number of constraints and
/// variables.
#[test]
fn shape_does_not_depend_on_values() {
    use ark_relations::gr1cs::{SynthesisError, SynthesisMode};
    let build = |setup: bool| {
        let cs = cs();
        if setup {
            cs.set_mode(SynthesisMode::Setup);
        }
        let missing = || if setup { Err(SynthesisError::AssignmentMissing) } else { Ok(Fr::from(3u64)) };
        let x = Var::new_witness(cs.clone(), missing).unwrap();
        let h = poseidon::hash(&cs, Tag::Balance, &[x.clone(), &x + &x, x.clone()]).unwrap();
        let (leaf, path, _) = tree(5, 99);
        let _ = merkle::climb(&cs, &witness(&cs, leaf), &path).unwrap();
        let _ = range::minimum(&cs, &x, &x, 8).unwrap();
        range::tick(&cs, &x).unwrap();
        range::is_nonzero(&cs, &x).unwrap();
        let e = || if setup { Err(SynthesisError::AssignmentMissing) } else { Ok(Scalar::from(3u64)) };
        let e = Ephemeral::witness(&cs, e).unwrap();
        let k = jubjub::PointVar::new(x.clone(), x.clone());
        // Not a point of the curve: only the shape counts here.
        e.encrypt(&cs, &k, 1, &h, &[x]).unwrap();
        cs.finalize();
        (cs.num_constraints(), cs.num_witness_variables(), cs.to_matrices().unwrap().remove("R1CS").unwrap())
    };
    assert!(build(true) == build(false));
}

#[test]
fn modulus_is_that_of_the_other_curve() {
    assert_eq!(<ark_ed_on_bls12_381::Fq as PrimeField>::MODULUS, Fr::MODULUS);
}
