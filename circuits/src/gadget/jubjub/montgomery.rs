//! Montgomery's form `B v^2 = u^3 + A u^2 + u` of the same curve, A = 40962, B = -40964, by
//! `u = (1 + y) / (1 - y)`, `v = u / x`.
//!
//! All points here are nonzero multiples of a point of odd prime order: they are not at infinity
//! and not of order 2, which are the points with u = 0, v = 0 or, on the other side, x = 0 or y =
//! +-1. Each function says what else keeps its divisions from being by zero.

use super::{edwards, Bit, Cs, EdwardsAffine, Fr, JubjubConfig, Lin, SynthesisError};
use crate::gadget::lin::{enforce, inverses, product, quotient, quotient_by, witness};
use ark_ec::twisted_edwards::MontCurveConfig;
use ark_ff::{AdditiveGroup, Field};

const A: Fr = <JubjubConfig as MontCurveConfig>::COEFF_A;
const B: Fr = <JubjubConfig as MontCurveConfig>::COEFF_B;

/// A point of prime order.
#[derive(Clone)]
pub(super) struct Point {
    u: Lin,
    v: Lin,
}

impl Point {
    /// Two constraints. On the curve x = 0 has y = +-1, and y = 1 has x = 0: orders 1 and 2 alone.
    pub fn from_edwards(cs: &Cs, p: &edwards::Point) -> Result<Self, SynthesisError> {
        let under_u = Lin::one().plus(-Fr::ONE, &p.y);
        let [for_u, for_v] = inverses(&under_u, &p.x);
        let u = quotient_by(cs, &p.y.clone().plus(Fr::ONE, &Lin::one()), &under_u, for_u)?;
        let v = quotient_by(cs, &u, &p.x, for_v)?;
        Ok(Point { u, v })
    }

    /// Two constraints. v = 0 is of order 2; u = -1 is on the curve for no v, since then
    /// `v^2 = (A - 2) / B`, which is d, and d is not a square.
    pub fn to_edwards(&self, cs: &Cs) -> Result<edwards::Point, SynthesisError> {
        let under_y = self.u.clone().plus(Fr::ONE, &Lin::one());
        let [for_x, for_y] = inverses(&self.v, &under_y);
        let x = quotient_by(cs, &self.u, &self.v, for_x)?;
        let y = quotient_by(cs, &self.u.clone().plus(-Fr::ONE, &Lin::one()), &under_y, for_y)?;
        Ok(edwards::Point { x, y })
    }

    /// Plus or minus the point: one constraint.
    pub fn signed(&self, cs: &Cs, bit: &Bit) -> Result<Self, SynthesisError> {
        Ok(Point { u: self.u.clone(), v: super::signed(cs, &self.v, bit)? })
    }
}

/// u and v of a point of prime order.
pub(super) fn coordinates(p: &EdwardsAffine) -> [Fr; 2] {
    let inverse = |x: Fr| x.inverse().expect("no point of prime order has x = 0 or y = 1");
    let u = (Fr::ONE + p.y) * inverse(Fr::ONE - p.y);
    [u, u * inverse(p.x)]
}

/// The point of a row of points of prime order that two bits name: one constraint.
pub(super) fn lookup(cs: &Cs, bits: &[Bit], row: [[Fr; 2]; 4]) -> Result<Point, SynthesisError> {
    let [u, v] = super::lookup(cs, bits, row)?;
    Ok(Point { u, v })
}

/// The third u of the line of this slope through two points: `B slope^2 - A - u1 - u2`, one
/// constraint. A witness of its own, lest sums grow with every addition.
fn third(cs: &Cs, slope: &Lin, u1: &Lin, u2: &Lin) -> Result<Lin, SynthesisError> {
    let sum = u1.clone().plus(Fr::ONE, u2).plus(A, &Lin::one());
    let u = witness(cs, B * slope.value.square() - sum.value)?;
    enforce(cs, slope, &slope.clone().scaled(B), &u.clone().plus(Fr::ONE, &sum))?;
    Ok(u)
}

/// The point with this u opposite to the third of the line of this slope through p:
/// `v = slope (p.u - u) - p.v`, one constraint.
fn opposite(cs: &Cs, p: &Point, slope: &Lin, u: Lin) -> Result<Point, SynthesisError> {
    let run = p.u.clone().plus(-Fr::ONE, &u);
    let v = witness(cs, run.value * slope.value - p.v.value)?;
    enforce(cs, &run, slope, &v.clone().plus(Fr::ONE, &p.v))?;
    Ok(Point { u, v })
}

/// `p + q`: 3 constraints. The caller knows that p is neither q nor -q, whose u are equal; no other
/// two points' are. `inverse` is `1 / (q.u - p.u)`, see [`quotient_by`].
pub(super) fn add(cs: &Cs, p: &Point, q: &Point, inverse: Fr) -> Result<Point, SynthesisError> {
    let slope = chord(cs, p, q, inverse)?;
    let u = third(cs, &slope, &p.u, &q.u)?;
    opposite(cs, p, &slope, u)
}

fn chord(cs: &Cs, p: &Point, q: &Point, inverse: Fr) -> Result<Lin, SynthesisError> {
    quotient_by(cs, &q.v.clone().plus(-Fr::ONE, &p.v), &q.u.clone().plus(-Fr::ONE, &p.u), inverse)
}

/// `2 p`: 4 constraints. p is not of order 2, so v is not 0.
pub(super) fn double(cs: &Cs, p: &Point) -> Result<Point, SynthesisError> {
    let rise = product(cs, &p.u, &p.u)?.scaled(Fr::from(3u64)).plus(A.double(), &p.u).plus(Fr::ONE, &Lin::one());
    let slope = quotient(cs, &rise, &p.v.clone().scaled(B.double()))?;
    let u = third(cs, &slope, &p.u, &p.u)?;
    opposite(cs, p, &slope, u)
}

/// `(p + q) + p`: 5 constraints. The v of r = p + q is not needed: the second slope is that of the
/// chord from p to r, `(p.v - r.v) / (p.u - r.u)` with `r.v = first (p.u - r.u) - p.v`, so the
/// slopes sum to `2 p.v / (p.u - r.u)`.
///
/// The caller knows that p is neither q nor -q, and that p + q is neither p (q is not the identity)
/// nor -p. `inverses` are `1 / (q.u - p.u)` and `1 / (p.u - (p + q).u)`, see [`quotient_by`].
pub(super) fn double_and_add(cs: &Cs, p: &Point, q: &Point, inverses: [Fr; 2]) -> Result<Point, SynthesisError> {
    let first = chord(cs, p, q, inverses[0])?;
    let r = third(cs, &first, &p.u, &q.u)?;
    let run = p.u.clone().plus(-Fr::ONE, &r);
    let both = quotient_by(cs, &p.v.clone().scaled(Fr::from(2u64)), &run, inverses[1])?;
    let second = both.plus(-Fr::ONE, &first);
    let u = third(cs, &second, &p.u, &r)?;
    opposite(cs, p, &second, u)
}
