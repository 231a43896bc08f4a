//! Multiples of points of Jubjub (the twisted Edwards curve `ark-ed-on-bls12-381`,
//! `-x^2 + y^2 = 1 + d x^2 y^2` over the scalar field of BLS12-381), for the hashed ElGamal. r is
//! the prime order of the subgroup that matters.
//!
//! The fixed base is ark's constant `GENERATOR`, of order r. A variable base is a public key that
//! is a public input. The ledger checks at registration that it is on the curve, of order r and not
//! the identity. The circuit does not check it again, and **everything below rests on it**.
//!
//! **Signed scalars.** A scalar is 252 bits, read as signs `s_i = +-1`:
//! `e = 2 * 2^252 + sum of s_i 2^i mod r`. With `T = sum of bit_i 2^i` that is
//! `e = 2 T + 2^252 + 1 mod r`: as r is odd and below 2^252, every e has a T below r, and whatever
//! the bits, they are some scalar, the same one for every base it multiplies. A few scalars have
//! two spellings (T and T + r), which give the same points. No digit is zero, and a negative costs
//! one product.
//!
//! **Two forms of the curve.** Nearly all additions are made on Montgomery's
//! `B v^2 = u^3 + A u^2 + u` (`montgomery`), 3 constraints each, by formulas that divide by a
//! difference of two u. Where that is zero the quotient is a witness that no constraint holds, so
//! these formulas are used only where it cannot be, **whatever bits a prover chooses**: the points
//! are multiples a K and b K with integers a, b that are proved to be neither equal nor opposite
//! modulo r. Where the integers may reach r, at the end of a scalar, the complete law of the
//! Edwards form takes over (`edwards`).

mod differences;
mod edwards;
mod montgomery;
#[cfg(test)]
mod tests;

use super::{
    lin::{product, Lin},
    Bit, Cs, Var,
};
use ark_bls12_381::Fr;
use ark_ec::{twisted_edwards::TECurveConfig, AffineRepr, CurveGroup};
use ark_ed_on_bls12_381::{EdwardsAffine, EdwardsProjective, Fr as Scalar, JubjubConfig};
use ark_ff::{AdditiveGroup, BigInteger, Field, PrimeField};
use ark_r1cs_std::{alloc::AllocVar, GR1CSVar};
use ark_relations::gr1cs::SynthesisError;
use std::sync::OnceLock;
use zeroize::Zeroizing;

/// Signs of a scalar.
const BITS: usize = 252;
/// Windows of two signs for the fixed base.
const WINDOWS: usize = BITS / 2;
/// Signs, from the top, that the variable base may take on Montgomery's curve: see
/// [`variable_base`].
const SAFE: usize = 250;

/// The fixed generator of the subgroup of prime order.
pub fn generator() -> EdwardsAffine {
    JubjubConfig::GENERATOR
}

/// A secret scalar as the bits of its signs, little end first.
pub struct ScalarVar {
    bits: Vec<Bit>,
}

impl ScalarVar {
    /// A fresh witness: 252 constraints.
    pub fn witness(cs: &Cs, e: impl FnOnce() -> Result<Scalar, SynthesisError>) -> Result<Self, SynthesisError> {
        Self::spelled(cs, signs(if cs.is_in_setup_mode() { Scalar::ZERO } else { e()? }))
    }

    fn spelled(cs: &Cs, t: <Scalar as PrimeField>::BigInt) -> Result<Self, SynthesisError> {
        let bit = |i| Bit::new_witness(cs.clone(), || Ok(t.get_bit(i)));
        Ok(ScalarVar { bits: (0..BITS).map(bit).collect::<Result<_, _>>()? })
    }

    /// The bits of the signs, little end first.
    pub fn bits(&self) -> &[Bit] {
        &self.bits
    }

    /// T as a value, to tell scalars apart.
    fn number(&self, cs: &Cs) -> Result<Lin, SynthesisError> {
        let t = BigInteger::from_bits_le(&self.values(cs)?);
        Ok(Lin::constant(Fr::from_bigint(t).expect("252 bits are below the field's order")))
    }

    /// Their values; all unset while keys are made.
    fn values(&self, cs: &Cs) -> Result<Zeroizing<Vec<bool>>, SynthesisError> {
        let value = |b: &Bit| if cs.is_in_setup_mode() { Ok(false) } else { b.value() };
        Ok(Zeroizing::new(self.bits.iter().map(value).collect::<Result<_, _>>()?))
    }
}

/// The T of `e = 2 T + 2^252 + 1 mod r`.
fn signs(e: Scalar) -> <Scalar as PrimeField>::BigInt {
    let two = Scalar::from(2u64);
    let half = two.inverse().expect("2 is not 0 in a field of odd order");
    ((e - two.pow([BITS as u64]) - Scalar::ONE) * half).into_bigint()
}

/// An affine point of the Edwards form.
#[derive(Clone)]
pub struct PointVar {
    /// The coordinate x.
    pub x: Var,
    /// The coordinate y.
    pub y: Var,
}

impl PointVar {
    /// The point with these coordinates, which the caller knows to be on the curve.
    pub fn new(x: Var, y: Var) -> Self {
        PointVar { x, y }
    }
}

/// `e G`: 506 constraints.
///
/// Windows of two signs from the low end, `d_w = s_2w + 2 s_(2w+1)` in {-3, -1, 1, 3}. When window
/// w is added, the sum so far is c G with `|c| <= 4^w - 1`, the term is d G with
/// `4^w <= |d| <= 3 * 4^w`: so c - d and c + d are not zero, and below 4^(w+1) in absolute value,
/// hence not zero modulo r as long as `4^(w+1) <= r`: for all windows but the last (4^125 = 2^250).
/// The last, with the scalar's `2 * 2^252`, is added by the complete law.
pub fn fixed_base(cs: &Cs, e: &ScalarVar) -> Result<PointVar, SynthesisError> {
    let spelled = e.number(cs)?;
    edwards::Point::remembered(cs, "fixed base", &[&spelled], || fixed_base_point(cs, e))?.var(cs)
}

fn fixed_base_point(cs: &Cs, e: &ScalarVar) -> Result<edwards::Point, SynthesisError> {
    let (last, rest) = table().split_last().expect("there are windows");
    let (bits, last_bits) = e.bits.split_at(BITS - 2);
    let inverses = differences::of_windows(rest, &e.values(cs)?);
    let mut sum: Option<montgomery::Point> = None;
    for ((bits, row), inverse) in bits.chunks_exact(2).zip(rest).zip(inverses.iter()) {
        let term = montgomery::lookup(cs, bits, row.montgomery)?;
        sum = Some(match sum {
            None => term,
            Some(s) => montgomery::add(cs, &s, &term, *inverse)?,
        });
    }
    let top = edwards::lookup(cs, last_bits, &last.edwards)?;
    let sum = sum.expect("there is more than one window").to_edwards(cs)?;
    edwards::add(cs, &sum, &top)
}

/// `e K`: 1,532 constraints.
///
/// From `2 K`, each sign from the top takes the sum to twice it plus or minus K. After j signs the
/// sum is c K with `2^j + 1 <= c <= 3 * 2^j - 1` (c = 2 for j = 0). The step, `(c K + s K) + c K`,
/// is exceptional where c is 1 or -1 modulo r, which may leave its slope free, and where 2 c + s is
/// 0, which has no witness. As `2 <= c` and `2 c + 1 <= 6 * 2^j - 1`, neither can be while
/// `6 * 2^j <= r`: for j <= 249 (r is 1.81 * 2^251), which is the first 250 steps. The last two are
/// made by the complete law: step 251 meets `2 c + s = r` in a spelling of 1 and of -1, step 252
/// meets 3 r in one of 0.
pub fn variable_base(cs: &Cs, e: &ScalarVar, k: &PointVar) -> Result<PointVar, SynthesisError> {
    let (spelled, k) = (e.number(cs)?, edwards::Point::of(cs, k)?);
    edwards::Point::remembered(cs, "variable base", &[&spelled, &k.x, &k.y], || variable_base_point(cs, e, &k))?.var(cs)
}

fn variable_base_point(cs: &Cs, e: &ScalarVar, k: &edwards::Point) -> Result<edwards::Point, SynthesisError> {
    let base = montgomery::Point::from_edwards(cs, k)?;
    let mut sum = montgomery::double(cs, &base)?;
    let inverses = differences::of_signs(EdwardsAffine::new_unchecked(k.x.value, k.y.value), &e.values(cs)?);
    let mut bits = e.bits.iter().rev();
    for (bit, inverses) in bits.by_ref().take(SAFE).zip(inverses.chunks_exact(2)) {
        let term = base.signed(cs, bit)?;
        sum = montgomery::double_and_add(cs, &sum, &term, [inverses[0], inverses[1]])?;
    }
    let mut sum = sum.to_edwards(cs)?;
    for bit in bits {
        let term = k.signed(cs, bit)?;
        sum = edwards::add(cs, &edwards::double(cs, &sum)?, &term)?;
    }
    Ok(sum)
}

/// `+-p`, as the bit says, for a coordinate that changes its sign: one constraint, none for a
/// constant coordinate.
fn signed(cs: &Cs, coordinate: &Lin, bit: &Bit) -> Result<Lin, SynthesisError> {
    product(cs, coordinate, &sign(cs, bit)?)
}

/// `2 b - 1`.
fn sign(cs: &Cs, b: &Bit) -> Result<Lin, SynthesisError> {
    Ok(Lin::constant(-Fr::ONE).plus(Fr::from(2u64), &Lin::bit(cs, b)?))
}

/// The pair of the row that two bits, low then high, name: one constraint, their product.
fn lookup(cs: &Cs, bits: &[Bit], row: [[Fr; 2]; 4]) -> Result<[Lin; 2], SynthesisError> {
    let (low, high) = (Lin::bit(cs, &bits[0])?, Lin::bit(cs, &bits[1])?);
    let both = product(cs, &low, &high)?;
    Ok([0, 1].map(|i| {
        let [none, l, h, all] = row.map(|pair| pair[i]);
        Lin::constant(none).plus(l - none, &low).plus(h - none, &high).plus(all - h - l + none, &both)
    }))
}

/// A window's four points.
struct Row {
    edwards: [EdwardsAffine; 4],
    montgomery: [[Fr; 2]; 4],
}

/// `4^w x {-3, -1, 1, 3} x G` for every w; in the last the scalar's `2 * 2^252` too.
fn table() -> &'static [Row] {
    static TABLE: OnceLock<Vec<Row>> = OnceLock::new();
    TABLE.get_or_init(|| {
        let mut base = generator().into_group();
        let mut rows = Vec::with_capacity(WINDOWS);
        for w in 0..WINDOWS {
            let twice = base.double();
            let (three, next) = (base + twice, twice.double());
            // 2 * 2^252 = 8 * 4^125
            let constant = if w == WINDOWS - 1 { next.double() } else { EdwardsProjective::ZERO };
            let edwards = [-three, -base, base, three].map(|p| (p + constant).into_affine());
            rows.push(Row { edwards, montgomery: edwards.map(|p| montgomery::coordinates(&p)) });
            base = next;
        }
        rows
    })
}
