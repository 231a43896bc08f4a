//! The hunt works: it reports a planted hole of each sort, and nothing where none is planted.

use ark_ff::{AdditiveGroup, Field};
use ark_relations::gr1cs::{LinearCombination, Variable};
use circuits::gadget::{Cs, Var};
use circuits::hunt::{Alone, Depth, Hole, Others, Second, System};
use circuits::relation::{Builder, Synthesis};
use circuits::Fr;

fn fr(x: i64) -> Fr {
    Fr::from(x)
}
/// A variable that is computed, not declared.
fn computed(cs: &Cs, x: Fr) -> Variable {
    cs.new_witness_variable(|| Ok(x)).unwrap()
}
fn declared(b: &mut Builder, x: Fr) -> Variable {
    match b.witness(x).unwrap() {
        Var::Var(a) => a.variable,
        Var::Constant(_) => unreachable!("a witness is no constant"),
    }
}
type Terms<'a> = &'a [(i64, Variable)];
fn row(cs: &Cs, a: Terms, b: Terms, c: Terms) {
    let lc = |terms: Terms| LinearCombination(terms.iter().map(|(k, v)| (fr(*k), *v)).collect());
    cs.enforce_r1cs_constraint(|| lc(a), || lc(b), || lc(c)).unwrap();
}
const ONE: Variable = Variable::One;

fn holes(build: impl FnOnce(&mut Builder) -> Synthesis) -> Vec<Hole> {
    System::build(build).unwrap().holes(Depth::Pairs)
}

/// 5 as three bits, of which only `bits` are said to be bits.
fn spelled(bits: usize) -> Vec<Hole> {
    holes(|b| {
        let cs = b.cs();
        let v = [1, 0, 1].map(|bit| computed(cs, fr(bit)));
        for v in &v[..bits] {
            row(cs, &[(1, *v)], &[(1, ONE), (-1, *v)], &[]);
        }
        row(cs, &[(1, ONE)], &[(1, v[0]), (2, v[1]), (4, v[2])], &[(5, ONE)]);
        Ok(())
    })
}

#[test]
fn a_missing_bit_constraint() {
    assert_eq!(spelled(3), []);
    let found = spelled(2);
    // 0 or 1 in place of 1 or 0, and the number that is no bit makes up for it.
    let quarter = fr(4).inverse().unwrap();
    assert!(found.contains(&Hole::Pair(Second { variables: [1, 3], by: [fr(-1), quarter] })), "{found:?}");
    assert!(found.contains(&Hole::Pair(Second { variables: [2, 3], by: [fr(1), -quarter.double()] })), "{found:?}");
    // To first order all is well: which is why that alone is not enough.
    assert!(found.contains(&Hole::Rank(3)), "{found:?}");
}

/// q = x / y, unchecked that y is not 0.
fn divided(x: i64, y: i64) -> Vec<Hole> {
    holes(|b| {
        let (x, y, value) = (declared(b, fr(x)), declared(b, fr(y)), fr(x) * fr(y).inverse().unwrap_or(Fr::ZERO));
        let cs = b.cs();
        let q = computed(cs, value);
        let squares = [x, y].map(|v| (v, cs.assigned_value(v).unwrap())).map(|(v, z)| (v, computed(cs, z * z)));
        for (v, square) in squares {
            row(cs, &[(1, v)], &[(1, v)], &[(1, square)]);
        }
        row(cs, &[(1, q)], &[(1, y)], &[(1, x)]);
        Ok(())
    })
}

#[test]
fn a_quotient_by_zero() {
    let found = divided(0, 0);
    assert!(found.contains(&Hole::Alone(Alone { variable: 3, by: Others::Any })), "{found:?}");
    assert!(found.contains(&Hole::Left(3)), "{found:?}");
    // With another divisor the quotient is determined.
    assert!(divided(6, 2).iter().all(|h| !matches!(h, Hole::Left(_))), "{:?}", divided(6, 2));
}

/// The sum of two points of `y^2 = x^3 + A x^2 + x` by the formula for different points: slope, x,
/// y.
fn sum(p: [i64; 2], q: [i64; 2], slope: i64) -> Vec<Hole> {
    const A: i64 = 5;
    holes(|b| {
        let [x1, y1, x2, y2] = [p[0], p[1], q[0], q[1]].map(|v| declared(b, fr(v)));
        let cs = b.cs();
        let (l, x3) = (fr(slope), fr(slope * slope - A - p[0] - q[0]));
        let y3 = l * (fr(p[0]) - x3) - fr(p[1]);
        let (l, x3, y3) = (computed(cs, l), computed(cs, x3), computed(cs, y3));
        row(cs, &[(1, l)], &[(1, x2), (-1, x1)], &[(1, y2), (-1, y1)]);
        row(cs, &[(1, l)], &[(1, l)], &[(A, ONE), (1, x1), (1, x2), (1, x3)]);
        row(cs, &[(1, l)], &[(1, x1), (-1, x3)], &[(1, y3), (1, y1)]);
        Ok(())
    })
}

#[test]
fn a_free_slope() {
    // Different points: the slope is 3.
    assert!(sum([1, 4], [2, 7], 3).iter().all(|h| !matches!(h, Hole::Left(_))));
    // The same point twice: any slope does, and gives any sum. No pair sees it: slope and both
    // coordinates go together.
    let found = sum([1, 4], [1, 4], 3);
    let left: Vec<_> = found.into_iter().filter(|h| matches!(h, Hole::Left(_))).collect();
    assert_eq!(left, [5, 6, 7].map(Hole::Left));
}

#[test]
fn an_output_that_nothing_holds() {
    let output = |constrained: bool| {
        holes(|b| {
            let x = declared(b, fr(3));
            let y = computed(b.cs(), fr(9));
            row(b.cs(), &[(1, x)], &[(1, x)], &[(9, ONE)]);
            if constrained {
                row(b.cs(), &[(1, x)], &[(1, ONE)], &[(1, y), (-6, ONE)]);
            }
            Ok(())
        })
    };
    let found = output(false);
    assert!(found.contains(&Hole::Alone(Alone { variable: 2, by: Others::Any })), "{found:?}");
    assert!(found.contains(&Hole::Still(2)) && found.contains(&Hole::Left(2)), "{found:?}");
    assert!(output(true).iter().all(|h| !matches!(h, Hole::Left(_) | Hole::Still(_))), "{:?}", output(true));
}

#[test]
fn two_that_only_their_sum_holds() {
    let found = holes(|b| {
        let x = declared(b, fr(3));
        let (y, z) = (computed(b.cs(), fr(1)), computed(b.cs(), fr(2)));
        row(b.cs(), &[(1, x)], &[(1, x)], &[(9, ONE)]);
        row(b.cs(), &[(1, y), (1, z)], &[(1, ONE)], &[(1, x)]);
        Ok(())
    });
    assert!(found.contains(&Hole::Pair(Second { variables: [2, 3], by: [fr(1), fr(-1)] })), "{found:?}");
    assert!(found.contains(&Hole::Parallel([2, 3])), "{found:?}");
    assert!(found.contains(&Hole::Left(2)) && found.contains(&Hole::Left(3)), "{found:?}");
}

/// Three at once: beyond pairs, not beyond propagation.
#[test]
fn three_that_only_their_sum_and_one_product_hold() {
    let found = holes(|b| {
        let cs = b.cs();
        let v = [1, 2, 3].map(|x| computed(cs, fr(x)));
        row(cs, &[(1, v[0]), (1, v[1]), (1, v[2])], &[(1, ONE)], &[(6, ONE)]);
        row(cs, &[(1, v[0])], &[(1, v[1])], &[(2, ONE)]);
        Ok(())
    });
    assert_eq!(found.iter().filter(|h| matches!(h, Hole::Left(_))).count(), 3, "{found:?}");
}

/// A coefficient that is no power of two makes spelling ambiguous.
#[test]
fn bits_that_do_not_spell() {
    let found = holes(|b| {
        let x = declared(b, fr(3));
        let cs = b.cs();
        let v = [1, 1, 0].map(|bit| computed(cs, fr(bit)));
        for v in &v {
            row(cs, &[(1, *v)], &[(1, ONE), (-1, *v)], &[]);
        }
        row(cs, &[(1, ONE)], &[(1, v[0]), (2, v[1]), (3, v[2])], &[(1, x)]);
        Ok(())
    });
    // 1 + 2 = 3: three bits change at once, which only the propagation refuses to believe.
    assert!(found.contains(&Hole::Rank(3)), "{found:?}");
}
