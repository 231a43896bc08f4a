//! Multiples of points of Jubjub (the twisted Edwards curve `ark-ed-on-bls12-381`, `-x^2 + y^2 = 1 + d x^2 y^2` over
//! the scalar field of BLS12-381), for the hashed ElGamal.
//!
//! Only complete formulas: -1 is a square and d is not, so the addition law has no exception **for points on the
//! curve**, whatever their order, and no denominator is ever zero. The fixed base is ark's constant `GENERATOR`, which
//! generates the subgroup of prime order r. A variable base is a public key that is a public input: that it is on the
//! curve, of prime order and not the identity is the ledger's check at registration, not made again here.
//!
//! **Recoded scalars.** A scalar e is written as 84 signed odd digits, `e = sum of d_w 8^w mod r`, `d_w` in {-7, -5, ..,
//! 7}; the witness is three bits a digit, `d = (2 s - 1)(1 + 2 a + 4 b)`. Every e has such digits (those of the integer
//! `(e + 2^252 - 1) / 2 mod r`, read as bits +-1), and every choice of bits is some scalar, the same one for every base
//! it multiplies. A negative is then a change of sign of x: 7 constraints for a lookup among variable points and 2
//! among constant ones, and no digit zero.

use super::{
    lin::{product, quotient, Lin},
    Bit, Cs, Var,
};
use ark_bls12_381::Fr;
use ark_ec::{twisted_edwards::TECurveConfig, AffineRepr, CurveGroup};
use ark_ed_on_bls12_381::{EdwardsAffine, EdwardsProjective, Fr as Scalar, JubjubConfig};
use ark_ff::{AdditiveGroup, BigInteger, Field, PrimeField};
use ark_r1cs_std::alloc::AllocVar;
use ark_relations::gr1cs::SynthesisError;
use std::sync::OnceLock;

const WINDOWS: usize = 84;

/// The fixed generator of the subgroup of prime order.
pub fn generator() -> EdwardsAffine {
    JubjubConfig::GENERATOR
}

/// A secret scalar as bits: three a digit (a, b and the sign s), the lowest digit first.
pub struct ScalarVar {
    digits: Vec<[Bit; 3]>,
}

impl ScalarVar {
    /// A fresh witness: 252 constraints.
    pub fn witness(cs: &Cs, e: impl FnOnce() -> Result<Scalar, SynthesisError>) -> Result<Self, SynthesisError> {
        let bits = recode(if cs.is_in_setup_mode() { Scalar::ZERO } else { e()? });
        let mut digits = Vec::with_capacity(WINDOWS);
        for [a, b, s] in bits {
            let bit = |x: bool| Bit::new_witness(cs.clone(), || Ok(x));
            digits.push([bit(a)?, bit(b)?, bit(s)?]);
        }
        Ok(ScalarVar { digits })
    }

    /// Its bits, digit by digit.
    pub fn bits(&self) -> impl Iterator<Item = &Bit> {
        self.digits.iter().flatten()
    }
}

/// The signed odd digits of `e`, as (a, b, s).
fn recode(e: Scalar) -> [[bool; 3]; WINDOWS] {
    let two = Scalar::from(2u64);
    let half = two.inverse().expect("2 is not 0 in a field of odd order");
    let t = ((e + two.pow([252]) - Scalar::ONE) * half).into_bigint();
    core::array::from_fn(|w| {
        let unit = |i: usize| if t.get_bit(3 * w + i) { 1i8 } else { -1 };
        let d = unit(0) + 2 * unit(1) + 4 * unit(2);
        let magnitude = (d.unsigned_abs() - 1) / 2;
        [magnitude & 1 == 1, magnitude & 2 == 2, d > 0]
    })
}

/// An affine point.
#[derive(Clone)]
pub struct PointVar {
    /// First coordinate.
    pub x: Var,
    /// Second coordinate.
    pub y: Var,
}

impl PointVar {
    /// The point with these coordinates, which the caller knows to be on the curve.
    pub fn new(x: Var, y: Var) -> Self {
        PointVar { x, y }
    }
}

#[derive(Clone)]
struct Point {
    x: Lin,
    y: Lin,
}

impl Point {
    fn var(&self, cs: &Cs) -> Result<PointVar, SynthesisError> {
        Ok(PointVar { x: self.x.var(cs)?, y: self.y.var(cs)? })
    }
}

/// `e G`: 666 constraints.
pub fn fixed_base(cs: &Cs, e: &ScalarVar) -> Result<PointVar, SynthesisError> {
    let mut sum: Option<Point> = None;
    for (digit, table) in e.digits.iter().zip(table()) {
        let term = constant_lookup(cs, digit, table)?;
        sum = Some(match sum {
            None => term,
            Some(s) => add(cs, &s, &term)?,
        });
    }
    sum.expect("a scalar has digits").var(cs)
}

/// `e K`: 2,354 constraints.
pub fn variable_base(cs: &Cs, e: &ScalarVar, k: &PointVar) -> Result<PointVar, SynthesisError> {
    let k1 = Point { x: Lin::of(cs, &k.x)?, y: Lin::of(cs, &k.y)? };
    let k2 = double(cs, &k1)?;
    let k3 = add(cs, &k1, &k2)?;
    let k5 = add(cs, &k3, &k2)?;
    let k7 = add(cs, &k5, &k2)?;
    let table = [k1, k3, k5, k7];
    let mut sum: Option<Point> = None;
    for digit in e.digits.iter().rev() {
        let term = lookup(cs, digit, &table)?;
        sum = Some(match sum {
            None => term,
            Some(mut s) => {
                for _ in 0..3 {
                    s = double(cs, &s)?;
                }
                add(cs, &s, &term)?
            }
        });
    }
    sum.expect("a scalar has digits").var(cs)
}

/// `8^w x {1, 3, 5, 7} x G` for every w.
fn table() -> &'static [[EdwardsAffine; 4]] {
    static TABLE: OnceLock<Vec<[EdwardsAffine; 4]>> = OnceLock::new();
    TABLE.get_or_init(|| {
        let mut base = generator().into_group();
        let mut rows = Vec::with_capacity(WINDOWS);
        for _ in 0..WINDOWS {
            let twice = base.double();
            let mut point = base;
            let row: [EdwardsProjective; 4] = core::array::from_fn(|_| {
                let this = point;
                point += twice;
                this
            });
            rows.push(row.map(|p| p.into_affine()));
            base = twice.double().double();
        }
        rows
    })
}

/// The point of the row that the digit names: a product of two bits, and the sign.
fn constant_lookup(cs: &Cs, digit: &[Bit; 3], row: &[EdwardsAffine; 4]) -> Result<Point, SynthesisError> {
    let (a, b) = (Lin::bit(cs, &digit[0])?, Lin::bit(cs, &digit[1])?);
    let both = product(cs, &a, &b)?;
    let pick = |c: [Fr; 4]| {
        Lin::constant(c[0]).plus(c[1] - c[0], &a).plus(c[2] - c[0], &b).plus(c[3] - c[2] - c[1] + c[0], &both)
    };
    let x = product(cs, &sign(cs, &digit[2])?, &pick(row.map(|p| p.x)))?;
    Ok(Point { x, y: pick(row.map(|p| p.y)) })
}

fn lookup(cs: &Cs, digit: &[Bit; 3], table: &[Point; 4]) -> Result<Point, SynthesisError> {
    let (a, b) = (Lin::bit(cs, &digit[0])?, Lin::bit(cs, &digit[1])?);
    let pick = |bit: &Lin, no: &Lin, yes: &Lin| -> Result<Lin, SynthesisError> {
        Ok(no.clone().plus(Fr::ONE, &product(cs, bit, &yes.clone().plus(-Fr::ONE, no))?))
    };
    let pick4 = |c: [&Lin; 4]| pick(&b, &pick(&a, c[0], c[1])?, &pick(&a, c[2], c[3])?);
    let [p0, p1, p2, p3] = table;
    let x = pick4([&p0.x, &p1.x, &p2.x, &p3.x])?;
    let y = pick4([&p0.y, &p1.y, &p2.y, &p3.y])?;
    Ok(Point { x: product(cs, &sign(cs, &digit[2])?, &x)?, y })
}

/// `2 s - 1`.
fn sign(cs: &Cs, s: &Bit) -> Result<Lin, SynthesisError> {
    Ok(Lin::constant(-Fr::ONE).plus(Fr::from(2u64), &Lin::bit(cs, s)?))
}

/// The complete addition law: 6 constraints.
fn add(cs: &Cs, p: &Point, q: &Point) -> Result<Point, SynthesisError> {
    let cross = product(cs, &p.x.clone().plus(Fr::ONE, &p.y), &q.x.clone().plus(Fr::ONE, &q.y))?;
    let (a, b) = (product(cs, &p.x, &q.y)?, product(cs, &p.y, &q.x)?);
    // (x1 + y1)(x2 + y2) - x1 y2 - y1 x2 = x1 x2 + y1 y2
    let sum = a.clone().plus(Fr::ONE, &b);
    let straight = cross.plus(-Fr::ONE, &sum);
    divide(cs, &sum, &straight, &product(cs, &a, &b)?)
}

/// The same for twice a point: 5 constraints.
fn double(cs: &Cs, p: &Point) -> Result<Point, SynthesisError> {
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
    let x = quotient(cs, sum, &Lin::one().plus(d, ab))?;
    let y = quotient(cs, straight, &Lin::one().plus(-d, ab))?;
    Ok(Point { x, y })
}
