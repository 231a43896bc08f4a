//! The parts that both circuits of relation 11 (PlanCiphertext) share. The twin of
//! `protocol::relation::plan_ciphertext`.
//!
//! The equation of condition 5 is a running sum, one constraint a term, so that no combination is
//! longer than a packed field element. Digits, entries and carries are shifted to be small
//! non-negative numbers: that keeps the prover's sums of points cheap.

pub mod bid;
pub mod offer;

use super::{Builder, Synthesis};
use crate::gadget::lin::{enforce, product, witness, Lin};
use crate::gadget::{poseidon::hash, range, Var};
use ark_bls12_381::Fr;
use ark_ff::{AdditiveGroup, Field};
use protocol::poseidon::Tag;
use protocol::relation::check::Condition;
pub use protocol::relation::plan_ciphertext::PlanCiphertext as Statement;
use protocol::relation::plan_ciphertext::{
    Encryption, BLOCK, CARRY_BITS, DEGREE, DIGITS, LINK, MODULUS, NORM_BITS, PLAINTEXT_BITS, PROJECTED_BITS, ROWS,
    ROWS_PACKED,
};

/// The public inputs.
struct Inputs {
    handle: Var,
    first: Var,
    step: Var,
    /// The ends lo and hi of the ranges of volume, reputation and place.
    ranges: [[Var; 2]; 3],
    commitments: [Var; 2],
    constant: Var,
    key: Vec<Var>,
    block: Vec<Var>,
    rows: Vec<Var>,
}

impl Inputs {
    fn new(b: &mut Builder, s: &Statement) -> Synthesis<Self> {
        let mut all = b.input_list(s)?.into_iter();
        let mut next = || all.next().expect("the statement has this many inputs");
        let [handle, first, step] = [next(), next(), next()];
        let ranges = [[next(), next()], [next(), next()], [next(), next()]];
        let (commitments, constant) = ([next(), next()], next());
        let mut many = |n: usize| (0..n).map(|_| next()).collect::<Vec<Var>>();
        let (key, block, rows) = (many(DEGREE), many(BLOCK), many(ROWS));
        Ok(Inputs { handle, first, step, ranges, commitments, constant, key, block, rows })
    }
}

/// A sum to which each term is added with one constraint.
struct Sum(Lin);

impl Sum {
    /// `self += x y`.
    fn add(&mut self, b: &Builder, x: &Lin, y: &Lin) -> Synthesis {
        let sum = witness(b.cs(), self.0.value + x.value * y.value)?;
        enforce(b.cs(), x, y, &sum.clone().plus(-Fr::ONE, &self.0))?;
        self.0 = sum;
        Ok(())
    }
}

/// `constant + sum of terms`, all of different variables.
fn combination(constant: Fr, terms: impl IntoIterator<Item = (Fr, Lin)>) -> Lin {
    let mut sum = Lin::constant(constant);
    for (k, x) in terms {
        sum.append(k, &x);
    }
    sum
}

fn powers(base: u64) -> impl Iterator<Item = Fr> {
    std::iter::successors(Some(Fr::ONE), move |x| Some(*x * Fr::from(base)))
}

/// The chain of hashes over items, see the native `chain`.
fn chain(b: &mut Builder, tag: Tag, blinding: Fr, items: &[Lin]) -> Synthesis<Var> {
    let mut link = b.witness(blinding)?;
    for next in items.chunks(LINK) {
        let mut inputs = vec![link];
        for item in next {
            inputs.push(item.var(b.cs())?);
        }
        inputs.resize(LINK + 1, Var::Constant(Fr::ZERO));
        link = hash(b.cs(), tag, &inputs)?;
    }
    Ok(link)
}

/// Conditions 3 to 5.
fn encryption(b: &mut Builder, public: &Inputs, w: &Encryption, block: &[Lin]) -> Synthesis {
    assert_eq!((w.digits.len(), w.projected.len(), w.carries.len(), block.len()), (DEGREE, ROWS, ROWS, BLOCK));
    let lins = |b: &Builder, xs: &[Var]| xs.iter().map(|x| Lin::of(b.cs(), x)).collect::<Synthesis<Vec<_>>>();
    let mut sum = Sum(Lin::constant(Fr::ZERO));

    let digits: Vec<Var> = w.digits.iter().map(|d| b.witness(*d)).collect::<Synthesis<_>>()?;
    let digits = lins(b, &digits)?;
    let less = |x: &Lin, k: u64| x.clone().plus(-Fr::from(k), &Lin::one());
    if b.enforces("3.ternary") {
        for d in &digits {
            let twice = product(b.cs(), d, &less(d, 1))?;
            enforce(b.cs(), &twice, &less(d, 2), &Lin::constant(Fr::ZERO))?;
        }
    }
    let packed = |items: &[Lin], base: u64, each: usize| -> Vec<Lin> {
        items.chunks(each).map(|c| combination(Fr::ZERO, powers(base).zip(c.iter().cloned()))).collect()
    };
    let first = chain(b, Tag::CiphertextRandomness, w.blindings[0], &packed(&digits, 3, DIGITS))?;
    b.equal("3.randomness", &first, &public.commitments[0])?;
    for (z, d) in lins(b, &public.key)?.iter().zip(&digits) {
        sum.add(b, z, &less(d, 1))?;
    }

    let projected: Vec<Var> = w.projected.iter().map(|p| b.witness(*p)).collect::<Synthesis<_>>()?;
    let carries: Vec<Var> = w.carries.iter().map(|k| b.witness(*k)).collect::<Synthesis<_>>()?;
    for p in &projected {
        b.range("4.range", p, PROJECTED_BITS)?;
    }
    for k in &carries {
        b.range("4.carry", k, CARRY_BITS)?;
    }
    let (projected, carries) = (lins(b, &projected)?, lins(b, &carries)?);
    let centred: Vec<Lin> = projected.iter().map(|p| less(p, 1 << (PROJECTED_BITS - 1))).collect();
    if b.enforces("4.norm") {
        let mut squares = Vec::with_capacity(ROWS);
        for p in &centred {
            squares.push((-Fr::ONE, product(b.cs(), p, p)?));
        }
        let rest = combination(Fr::from(1u64 << NORM_BITS), squares).var(b.cs())?;
        range::bits(b.cs(), &rest, NORM_BITS + 1)?;
    }
    let low = Fr::from(1u64 << PROJECTED_BITS);
    let both: Vec<Lin> = projected.iter().zip(&carries).map(|(p, k)| p.clone().plus(low, k)).collect();
    let second = packed(&both, 1 << (PROJECTED_BITS + CARRY_BITS), ROWS_PACKED);
    let second = chain(b, Tag::CiphertextProjection, w.blindings[1], &second)?;
    b.equal("4.projection", &second, &public.commitments[1])?;

    let (t, q) = (Fr::from(1u64 << PLAINTEXT_BITS), Fr::from(MODULUS));
    for ((gamma, p), k) in lins(b, &public.rows)?.iter().zip(&centred).zip(&carries) {
        let row = p.clone().scaled(t).plus(q, &less(k, 1 << (CARRY_BITS - 1)));
        sum.add(b, gamma, &row)?;
    }
    for (z, m) in lins(b, &public.block)?.iter().zip(block) {
        sum.add(b, z, m)?;
    }
    let sum = sum.0.var(b.cs())?;
    b.equal("5.equation", &sum, &public.constant)
}

/// Condition: `level` is the level of `value`, which is below 2^32, in the range from lo to hi.
/// With `y = 63 (value - lo)` and `w = hi - lo`, it is the one number of six bits with
/// `level w <= y` unless it is 0, and `y < (level + 1) w` unless it is 63: below the range and
/// above it, the ends.
fn level(b: &mut Builder, condition: Condition, value: &Var, [lo, hi]: &[Var; 2], level: Fr) -> Synthesis<Lin> {
    let level = b.witness(level)?;
    if b.enforces(condition) {
        let bits = range::bits(b.cs(), &level, 6)?;
        let (mut lowest, mut highest) = (Lin::one(), Lin::one());
        for bit in &bits {
            let bit = Lin::bit(b.cs(), bit)?;
            lowest = product(b.cs(), &lowest, &Lin::one().plus(-Fr::ONE, &bit))?;
            highest = product(b.cs(), &highest, &bit)?;
        }
        let (value, lo, hi) = (Lin::of(b.cs(), value)?, Lin::of(b.cs(), lo)?, Lin::of(b.cs(), hi)?);
        let width = hi.plus(-Fr::ONE, &lo);
        let y = value.plus(-Fr::ONE, &lo).scaled(Fr::from(63u64));
        let start = product(b.cs(), &Lin::of(b.cs(), &level)?, &width)?;
        let above = y.clone().plus(-Fr::ONE, &start);
        let below = start.plus(Fr::ONE, &width).plus(-Fr::ONE, &y).plus(-Fr::ONE, &Lin::one());
        for (free, rest) in [(lowest, above), (highest, below)] {
            let rest = product(b.cs(), &Lin::one().plus(-Fr::ONE, &free), &rest)?;
            range::bits(b.cs(), &rest.var(b.cs())?, 39)?;
        }
    }
    Lin::of(b.cs(), &level)
}

/// Condition: each is 0 or 1.
fn boolean(b: &mut Builder, condition: Condition, bits: &[Lin]) -> Synthesis {
    if b.enforces(condition) {
        for x in bits {
            enforce(b.cs(), x, &x.clone().plus(-Fr::ONE, &Lin::one()), &Lin::constant(Fr::ZERO))?;
        }
    }
    Ok(())
}

/// Condition: `a x = y`.
fn equal(b: &mut Builder, condition: Condition, a: &Lin, x: &Lin, y: &Lin) -> Synthesis {
    if b.enforces(condition) {
        enforce(b.cs(), a, x, y)?;
    }
    Ok(())
}

/// Fresh witnesses, as combinations.
fn chosen(b: &mut Builder, values: &[Fr]) -> Synthesis<Vec<Lin>> {
    let mut all = Vec::with_capacity(values.len());
    for value in values {
        let var = b.witness(*value)?;
        all.push(Lin::of(b.cs(), &var)?);
    }
    Ok(all)
}

/// `sum of i bit_i`.
fn number(bits: &[Lin]) -> Lin {
    combination(Fr::ZERO, (0u64..).map(Fr::from).zip(bits.iter().cloned()))
}
