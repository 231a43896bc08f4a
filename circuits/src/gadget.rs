//! Gadgets, of which the relations are built. Each is the twin of a native function, and a test
//! holds the two equal.
//!
//! Everything is built from direct linear combinations (`lin`) rather than from operators on
//! `FpVar`: fewer constraints where a combination serves as a factor, and no chains of symbolic
//! combinations to inline afterwards.

pub mod elgamal;
pub mod jubjub;
pub(crate) mod lin;
mod memo;
pub mod merkle;
pub mod poseidon;
pub mod range;
pub mod testing;

use ark_bls12_381::Fr;
use ark_r1cs_std::fields::fp::FpVar;
use ark_relations::gr1cs::{ConstraintSystemRef, Variable};

/// A variable of the scalar field of BLS12-381.
pub type Var = FpVar<Fr>;
/// A constraint system over that field.
pub type Cs = ConstraintSystemRef<Fr>;
/// A variable that is constrained to be 0 or 1.
pub type Bit = ark_r1cs_std::boolean::Boolean<Fr>;

/// The index of a variable; None for a constant.
pub fn variable_of(x: &Var) -> Option<Variable> {
    match x {
        Var::Constant(_) => None,
        Var::Var(a) => Some(a.variable),
    }
}

/// The index of a bit's variable; None for a constant.
pub fn variable_of_bit(x: &Bit) -> Option<Variable> {
    match x {
        Bit::Constant(_) => None,
        Bit::Var(a) => Some(a.variable()),
    }
}
