//! The complete law: -1 is a square and d is not, so it has no exception **for points on the
//! curve**, whatever their order, and no denominator is ever zero.

use super::{Bit, Cs, EdwardsAffine, Fr, JubjubConfig, Lin, PointVar, SynthesisError, TECurveConfig};
use crate::gadget::{
    lin::{inverses, product, quotient_by},
    memo::remembered,
};
use ark_ff::Field;

/// A point of the Edwards form, the identity (0, 1) too.
#[derive(Clone)]
pub(super) struct Point {
    pub x: Lin,
    pub y: Lin,
}

impl Point {
    pub fn of(cs: &Cs, p: &PointVar) -> Result<Self, SynthesisError> {
        Ok(Point { x: Lin::of(cs, &p.x)?, y: Lin::of(cs, &p.y)? })
    }

    /// [`remembered`] of a gadget that makes a point.
    pub fn remembered(
        cs: &Cs,
        gadget: &'static str,
        inputs: &[&Lin],
        make: impl FnOnce() -> Result<Point, SynthesisError>,
    ) -> Result<Self, SynthesisError> {
        let made = remembered(cs, gadget, inputs, || make().map(|p| vec![p.x, p.y]))?;
        let [x, y] = made.try_into().unwrap_or_else(|_| unreachable!("two coordinates"));
        Ok(Point { x, y })
    }

    pub fn var(&self, cs: &Cs) -> Result<PointVar, SynthesisError> {
        Ok(PointVar { x: self.x.var(cs)?, y: self.y.var(cs)? })
    }

    /// Plus or minus the point: one constraint.
    pub fn signed(&self, cs: &Cs, bit: &Bit) -> Result<Self, SynthesisError> {
        Ok(Point { x: super::signed(cs, &self.x, bit)?, y: self.y.clone() })
    }
}

/// The point of the row that two bits name: one constraint.
pub(super) fn lookup(cs: &Cs, bits: &[Bit], row: &[EdwardsAffine; 4]) -> Result<Point, SynthesisError> {
    let [x, y] = super::lookup(cs, bits, row.map(|p| [p.x, p.y]))?;
    Ok(Point { x, y })
}

/// `p + q`: 6 constraints.
pub(super) fn add(cs: &Cs, p: &Point, q: &Point) -> Result<Point, SynthesisError> {
    let cross = product(cs, &p.x.clone().plus(Fr::ONE, &p.y), &q.x.clone().plus(Fr::ONE, &q.y))?;
    let (a, b) = (product(cs, &p.x, &q.y)?, product(cs, &p.y, &q.x)?);
    // (x1 + y1)(x2 + y2) - x1 y2 - y1 x2 = x1 x2 + y1 y2
    let sum = a.clone().plus(Fr::ONE, &b);
    let straight = cross.plus(-Fr::ONE, &sum);
    divide(cs, &sum, &straight, &product(cs, &a, &b)?)
}

/// `2 p`: 5 constraints.
pub(super) fn double(cs: &Cs, p: &Point) -> Result<Point, SynthesisError> {
    let s = p.x.clone().plus(Fr::ONE, &p.y);
    let square = product(cs, &s, &s)?;
    let a = product(cs, &p.x, &p.y)?;
    let sum = a.clone().scaled(Fr::from(2u64));
    let straight = square.plus(-Fr::ONE, &sum);
    divide(cs, &sum, &straight, &product(cs, &a, &a)?)
}

/// `(sum / (1 + d ab), straight / (1 - d ab))`.
fn divide(cs: &Cs, sum: &Lin, straight: &Lin, ab: &Lin) -> Result<Point, SynthesisError> {
    let d = JubjubConfig::COEFF_D;
    let (under_x, under_y) = (Lin::one().plus(d, ab), Lin::one().plus(-d, ab));
    let [for_x, for_y] = inverses(&under_x, &under_y);
    let x = quotient_by(cs, sum, &under_x, for_x)?;
    let y = quotient_by(cs, straight, &under_y, for_y)?;
    Ok(Point { x, y })
}
