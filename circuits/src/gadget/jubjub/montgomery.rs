//! Montgomery's form `B v^2 = u^3 + A u^2 + u` of the same curve, A = 40962, B = -40964, by `u = (1 + y) / (1 - y)`,
//! `v = u / x`.
//!
//! All points here are nonzero multiples of a point of odd prime order: they are not at infinity and not of order 2, which are
//! the points with u = 0, v = 0 or, on the other side, x = 0 or y = +-1. Each function says what else keeps its divisions
//! from being by zero.

use super::{edwards, Bit, Cs, EdwardsAffine, Fr, JubjubConfig, Lin, SynthesisError};
use crate::gadget::lin::{enforce, product, quotient, witness};
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
        let u = quotient(cs, &p.y.clone().plus(Fr::ONE, &Lin::one()), &Lin::one().plus(-Fr::ONE, &p.y))?;
        let v = quotient(cs, &u, &p.x)?;
        Ok(Point { u, v })
    }

    /// Two constraints. v = 0 is of order 2; u = -1 is on the curve for no v, since then v^2 = (A - 2) / B, which is d, and d is
    /// not a square.
    pub fn to_edwards(&self, cs: &Cs) -> Result<edwards::Point, SynthesisError> {
        let x = quotient(cs, &self.u, &self.v)?;
        let y = quotient(cs, &self.u.clone().plus(-Fr::ONE, &Lin::one()), &self.u.clone().plus(Fr::ONE, &Lin::one()))?;
        Ok(edwards::Point { x, y })
    }

    /// Plus or minus the point: one constraint.
    pub fn signed(&self, cs: &Cs, bit: &Bit) -> Result<Self, SynthesisError> {
        Ok(Point { u: self.u.clone(), v: super::signed(cs, &self.v, bit)? })
    }
}

/// The point of a row of points of prime order that two bits name: one constraint.
pub(super) fn lookup(cs: &Cs, bits: &[Bit], row: &[EdwardsAffine; 4]) -> Result<Point, SynthesisError> {
    let inverse = |x: Fr| x.inverse().expect("no point of prime order has x = 0 or y = 1");
    let [u, v] = super::lookup(
        cs,
        bits,
        row.map(|p| {
            let u = (Fr::ONE + p.y) * inverse(Fr::ONE - p.y);
            [u, u * inverse(p.x)]
        }),
    )?;
    Ok(Point { u, v })
}

/// The third u of the line of this slope through two points: `B slope^2 - A - u1 - u2`, one constraint. A witness of its
/// own, lest sums grow with every addition.
fn third(cs: &Cs, slope: &Lin, u1: &Lin, u2: &Lin) -> Result<Lin, SynthesisError> {
    let sum = u1.clone().plus(Fr::ONE, u2).plus(A, &Lin::one());
    let u = witness(cs, B * slope.value.square() - sum.value)?;
    enforce(cs, slope, &slope.clone().scaled(B), &u.clone().plus(Fr::ONE, &sum))?;
    Ok(u)
}

/// The point with this u opposite to the third of the line of this slope through p: `v = slope (p.u - u) - p.v`, one
/// constraint.
fn opposite(cs: &Cs, p: &Point, slope: &Lin, u: Lin) -> Result<Point, SynthesisError> {
    let run = p.u.clone().plus(-Fr::ONE, &u);
    let v = witness(cs, run.value * slope.value - p.v.value)?;
    enforce(cs, &run, slope, &v.clone().plus(Fr::ONE, &p.v))?;
    Ok(Point { u, v })
}

/// `p + q`: 3 constraints. The caller knows that p is neither q nor -q, whose u are equal; no other two points' are.
pub(super) fn add(cs: &Cs, p: &Point, q: &Point) -> Result<Point, SynthesisError> {
    let slope = chord(cs, p, q)?;
    let u = third(cs, &slope, &p.u, &q.u)?;
    opposite(cs, p, &slope, u)
}

fn chord(cs: &Cs, p: &Point, q: &Point) -> Result<Lin, SynthesisError> {
    quotient(cs, &q.v.clone().plus(-Fr::ONE, &p.v), &q.u.clone().plus(-Fr::ONE, &p.u))
}

/// `2 p`: 4 constraints. p is not of order 2, so v is not 0.
pub(super) fn double(cs: &Cs, p: &Point) -> Result<Point, SynthesisError> {
    let rise = product(cs, &p.u, &p.u)?.scaled(Fr::from(3u64)).plus(A.double(), &p.u).plus(Fr::ONE, &Lin::one());
    let slope = quotient(cs, &rise, &p.v.clone().scaled(B.double()))?;
    let u = third(cs, &slope, &p.u, &p.u)?;
    opposite(cs, p, &slope, u)
}

/// `(p + q) + p`: 5 constraints. The v of r = p + q is not needed: the second slope is that of the chord from p to r,
/// `(p.v - r.v) / (p.u - r.u)` with `r.v = first (p.u - r.u) - p.v`, so the slopes sum to `2 p.v / (p.u - r.u)`.
///
/// The caller knows that p is neither q nor -q, and that p + q is neither p (q is not the identity) nor -p.
pub(super) fn double_and_add(cs: &Cs, p: &Point, q: &Point) -> Result<Point, SynthesisError> {
    let first = chord(cs, p, q)?;
    let r = third(cs, &first, &p.u, &q.u)?;
    let both = quotient(cs, &p.v.clone().scaled(Fr::from(2u64)), &p.u.clone().plus(-Fr::ONE, &r))?;
    let second = both.plus(-Fr::ONE, &first);
    let u = third(cs, &second, &p.u, &r)?;
    opposite(cs, p, &second, u)
}
