//! Range checks: every quantity passes one where it enters a relation.

use super::{
    lin::{enforce, product, quotient, value, Lin},
    Bit, Cs, Var,
};
use ark_bls12_381::Fr;
use ark_ff::{AdditiveGroup, BigInteger, Field, PrimeField};
use ark_r1cs_std::alloc::AllocVar;
use ark_relations::gr1cs::SynthesisError;

/// The longest range: sums and differences of a few such values never wrap in the field.
pub const MAX_BITS: usize = 128;

/// Enforces `x < 2^n` and returns the bits, little end first: n + 1 constraints. Panics if n is 0
/// or above [`MAX_BITS`]: it is fixed in the source.
pub fn bits(cs: &Cs, x: &Var, n: usize) -> Result<Vec<Bit>, SynthesisError> {
    let x = Lin::of(cs, x)?;
    let bits = free_bits(cs, x.value, n)?;
    enforce(cs, &Lin::one(), &packed(cs, &bits)?, &x)?;
    Ok(bits)
}

/// A fresh witness of n bits: n constraints, one less than allocating and then checking it. A value
/// too large loses its high bits, so the caller's other constraints refuse it.
pub fn witness(
    cs: &Cs,
    x: impl FnOnce() -> Result<u64, SynthesisError>,
    n: usize,
) -> Result<(Var, Vec<Bit>), SynthesisError> {
    let x = if cs.is_in_setup_mode() { 0 } else { x()? };
    let bits = free_bits(cs, Fr::from(x), n)?;
    let var = packed(cs, &bits)?.var(cs)?;
    Ok((var, bits))
}

/// Enforces `0 <= x < 48`, a tick of the price grid: 8 constraints. Returns the six bits.
pub fn tick(cs: &Cs, x: &Var) -> Result<Vec<Bit>, SynthesisError> {
    let bits = bits(cs, x, 6)?;
    // 48 = 110000b: below it, not both top bits are set.
    enforce(cs, &Lin::bit(cs, &bits[4])?, &Lin::bit(cs, &bits[5])?, &Lin::constant(Fr::ZERO))?;
    Ok(bits)
}

/// Enforces `a <= b` for a and b that are **known to be below 2^n**: n + 1 constraints.
pub fn less_or_equal(cs: &Cs, a: &Var, b: &Var, n: usize) -> Result<(), SynthesisError> {
    bits(cs, &(b - a), n).map(|_| ())
}

/// Whether `a <= b`, for a and b that are **known to be below 2^n**: n + 2 constraints.
pub fn is_less_or_equal(cs: &Cs, a: &Var, b: &Var, n: usize) -> Result<Bit, SynthesisError> {
    // 2^n + b - a is in (0, 2^(n+1)), and its bit n is set exactly when b >= a.
    let mut all = bits(cs, &(b - a + Var::Constant(Fr::from(2u64).pow([n as u64]))), n + 1)?;
    Ok(all.pop().expect("n + 1 is at least 1"))
}

/// The lesser of a and b, both **known to be below 2^n**: n + 3 constraints.
pub fn minimum(cs: &Cs, a: &Var, b: &Var, n: usize) -> Result<Var, SynthesisError> {
    let take_a = is_less_or_equal(cs, a, b, n)?;
    select(cs, &take_a, a, b)
}

/// `yes` if the bit is set, else `no`: one constraint.
pub fn select(cs: &Cs, bit: &Bit, yes: &Var, no: &Var) -> Result<Var, SynthesisError> {
    let no = Lin::of(cs, no)?;
    let difference = Lin::of(cs, yes)?.plus(-Fr::ONE, &no);
    no.plus(Fr::ONE, &product(cs, &Lin::bit(cs, bit)?, &difference)?).var(cs)
}

/// Enforces `x != 0`: one constraint, `x * inverse = 1`.
pub fn is_nonzero(cs: &Cs, x: &Var) -> Result<(), SynthesisError> {
    let x = Lin::of(cs, x)?;
    if x.is_constant() {
        // A constant zero must be refused too, and not by a panic.
        return enforce(cs, &x, &Lin::constant(x.value.inverse().unwrap_or(Fr::ZERO)), &Lin::one());
    }
    quotient(cs, &Lin::one(), &x).map(|_| ())
}

/// Enforces `a = b`: one constraint.
pub fn equal(cs: &Cs, a: &Var, b: &Var) -> Result<(), SynthesisError> {
    enforce(cs, &Lin::one(), &Lin::of(cs, a)?, &Lin::of(cs, b)?)
}

/// Enforces `a = b` when the bit is set: one constraint.
pub fn equal_if(cs: &Cs, bit: &Bit, a: &Var, b: &Var) -> Result<(), SynthesisError> {
    let difference = Lin::of(cs, a)?.plus(-Fr::ONE, &Lin::of(cs, b)?);
    enforce(cs, &Lin::bit(cs, bit)?, &difference, &Lin::constant(Fr::ZERO))
}

/// The number that the bits spell, little end first: no constraint.
pub fn pack(cs: &Cs, bits: &[Bit]) -> Result<Var, SynthesisError> {
    packed(cs, bits)?.var(cs)
}

fn free_bits(cs: &Cs, x: Fr, n: usize) -> Result<Vec<Bit>, SynthesisError> {
    assert!((1..=MAX_BITS).contains(&n), "a range of {n} bits");
    let x = x.into_bigint();
    (0..n).map(|i| Bit::new_witness(cs.clone(), || Ok(x.get_bit(i)))).collect()
}

fn packed(cs: &Cs, bits: &[Bit]) -> Result<Lin, SynthesisError> {
    let mut sum = Lin::constant(Fr::ZERO);
    let mut weight = Fr::ONE;
    for b in bits {
        sum = sum.plus(weight, &Lin::bit(cs, b)?);
        weight.double_in_place();
    }
    Ok(sum)
}

/// The value of a variable for callers outside the gadgets; zero while keys are made.
pub fn value_of(cs: &Cs, x: &Var) -> Result<Fr, SynthesisError> {
    value(cs, x)
}
