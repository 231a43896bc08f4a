//! Tests of scalars' spellings that only a dishonest prover would choose: their points are compared
//! with arkworks' curve, and nothing in them is free.

use super::*;
use crate::gadget::testing::{cs, satisfied, unforced, witness};
use ark_ff::{BigInt, Zero};
use ark_r1cs_std::GR1CSVar;

type Spelling = BigInt<4>;

fn r() -> Spelling {
    Scalar::MODULUS
}

fn plus(mut a: Spelling, b: Spelling) -> Spelling {
    assert!(!a.add_with_carry(&b));
    a
}

fn minus(mut a: Spelling, b: Spelling) -> Spelling {
    assert!(!a.sub_with_borrow(&b));
    a
}

fn power(n: u32) -> Spelling {
    BigInt::from(1u64) << n
}

/// The scalar that T spells, straight from the definition: doubling and adding signs.
fn scalar(t: Spelling) -> Scalar {
    (0..BITS).rev().fold(Scalar::from(2u64), |sum, i| {
        let sum = sum.double();
        if t.get_bit(i) {
            sum + Scalar::ONE
        } else {
            sum - Scalar::ONE
        }
    })
}

/// All 0, all 1, around r, and the spellings of 0, 1 and -1, which meet the identity on the way.
fn extremes() -> Vec<Spelling> {
    let one = BigInt::from(1u64);
    let top = minus(power(BITS as u32), one);
    let (unit, minus_unit) = (signs(Scalar::ONE), signs(-Scalar::ONE));
    let mut all = vec![BigInt::zero(), one, top, minus(top, one), minus(r(), one), r(), plus(r(), one)];
    all.extend([power(251), minus(power(251), one), signs(Scalar::zero()), unit, minus_unit]);
    // The second spelling of those that have one.
    let second: Vec<Spelling> = all.iter().filter(|t| **t < minus(top, r())).map(|t| plus(*t, r())).collect();
    all.extend(second);
    all
}

struct Multiples {
    cs: Cs,
    fixed: PointVar,
    variable: PointVar,
}

fn multiples(t: Spelling, key: EdwardsAffine) -> Multiples {
    let cs = cs();
    let e = ScalarVar::spelled(&cs, t).unwrap();
    let k = PointVar::new(witness(&cs, key.x), witness(&cs, key.y));
    let (fixed, variable) = (fixed_base(&cs, &e).unwrap(), variable_base(&cs, &e, &k).unwrap());
    Multiples { cs, fixed, variable }
}

fn value(p: &PointVar) -> (Fr, Fr) {
    (p.x.value().unwrap(), p.y.value().unwrap())
}

#[test]
fn every_spelling_is_its_scalar_for_both_bases() {
    for key in [generator(), -generator(), (generator() * Scalar::from(77u64)).into_affine()] {
        for t in extremes() {
            let (all, e) = (multiples(t, key), scalar(t));
            let (g, k) = ((generator() * e).into_affine(), (key * e).into_affine());
            assert_eq!(value(&all.fixed), (g.x, g.y), "{t}");
            assert_eq!(value(&all.variable), (k.x, k.y), "{t}");
            assert!(satisfied(&all.cs), "{t}");
        }
    }
}

#[test]
fn an_honest_spelling_is_of_its_scalar() {
    let two = Scalar::from(2u64);
    for e in [Scalar::ZERO, Scalar::ONE, -Scalar::ONE, two, two.inverse().unwrap(), two.pow([251])] {
        assert_eq!(scalar(signs(e)), e);
        assert!(signs(e) < r());
    }
}

/// Given the signs and the key everything else is forced, also where a late step meets the
/// identity.
#[test]
fn no_spelling_leaves_a_witness_free() {
    let key = (generator() * Scalar::from(77u64)).into_affine();
    for t in extremes() {
        let all = multiples(t, key);
        assert!(satisfied(&all.cs));
        assert_eq!(unforced(&all.cs, BITS + 2), Vec::<usize>::new(), "{t}");
    }
}

/// Shows that the arguments about integers are needed: Montgomery's formulas do leave a slope free
/// where p = q, and the check above sees it; so the sum must not begin at K, whose first step could
/// be (K + K) + K.
#[test]
fn the_check_sees_a_free_slope() {
    let unforced_after = |start: fn(&Cs, &montgomery::Point) -> montgomery::Point| {
        let cs = cs();
        let bit = Bit::new_witness(cs.clone(), || Ok(true)).unwrap();
        let k = PointVar::new(witness(&cs, generator().x), witness(&cs, generator().y));
        let k = montgomery::Point::from_edwards(&cs, &edwards::Point::of(&cs, &k).unwrap()).unwrap();
        let sum = start(&cs, &k);
        montgomery::double_and_add(&cs, &sum, &k.signed(&cs, &bit).unwrap(), [Fr::ZERO; 2]).unwrap();
        (satisfied(&cs), unforced(&cs, 3).len())
    };
    assert_eq!(unforced_after(|cs, k| montgomery::double(cs, k).unwrap()), (true, 0));
    // The slope, and the four witnesses that hang on it.
    assert_eq!(unforced_after(|_, k| k.clone()), (true, 5));
}

/// After 250 signs of this spelling of 1 the sum is (r - 1) / 2 times the key, and one more step on
/// Montgomery's curve would divide by zero: no witness satisfies it, so that scalar could not be
/// proved.
#[test]
fn one_more_step_on_montgomerys_curve_would_have_no_witness() {
    let holds_after = |steps: usize| {
        let cs = cs();
        let e = ScalarVar::spelled(&cs, signs(Scalar::ONE)).unwrap();
        let k = PointVar::new(witness(&cs, generator().x), witness(&cs, generator().y));
        let base = montgomery::Point::from_edwards(&cs, &edwards::Point::of(&cs, &k).unwrap()).unwrap();
        let mut sum = montgomery::double(&cs, &base).unwrap();
        for bit in e.bits.iter().rev().take(steps) {
            sum = montgomery::double_and_add(&cs, &sum, &base.signed(&cs, bit).unwrap(), [Fr::ZERO; 2]).unwrap();
        }
        satisfied(&cs)
    };
    assert!(holds_after(SAFE) && !holds_after(SAFE + 1));
}

/// The bounds of the two functions' arguments, as numbers.
#[test]
fn the_integers_stay_below_the_order() {
    let shifted = |a: u64, n: u32| BigInt::<4>::from(a) << n;
    assert!(shifted(6, SAFE as u32 - 1) <= r(), "the last step on Montgomery's curve is safe");
    assert!(shifted(6, SAFE as u32) > r(), "the next is not");
    assert!(shifted(1, 2 * (WINDOWS as u32 - 1)) <= r(), "the last window but one is safe");
    assert!(shifted(1, 2 * WINDOWS as u32) > r(), "the last is not");
    assert!(r() < power(BITS as u32), "252 bits spell every scalar");
}
