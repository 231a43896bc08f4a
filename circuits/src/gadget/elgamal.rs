//! Hashed ElGamal (docs/protocol/10-records-and-keys.md): `c1 = e G`,
//! `c2_i = m_i + keystream(role, context, c1, e K)_i`, the twin of the protocol's `elgamal`. One
//! `e` may serve several keys: the role is in the key stream, and the keys are never equal.

use super::{
    jubjub::{fixed_base, variable_base, PointVar, ScalarVar},
    poseidon::keystream,
    variable_of_bit, Cs, Var,
};
use ark_bls12_381::Fr;
use ark_ed_on_bls12_381::Fr as Scalar;
use ark_relations::gr1cs::{SynthesisError, Variable};

/// The most messages under one key stream.
pub const MAX_MESSAGES: usize = 5;

/// The ephemeral part, shared by the ciphertexts of one statement: `e` and `c1 = e G`.
pub struct Ephemeral {
    scalar: ScalarVar,
    /// The point `c1`, which the caller constrains to equal the public input.
    pub point: PointVar,
}

impl Ephemeral {
    /// Allocates `e` and computes `c1`: 758 constraints.
    pub fn witness(cs: &Cs, e: impl FnOnce() -> Result<Scalar, SynthesisError>) -> Result<Self, SynthesisError> {
        let scalar = ScalarVar::witness(cs, e)?;
        let point = fixed_base(cs, &scalar)?;
        Ok(Ephemeral { scalar, point })
    }

    /// The variables that the prover chose: the bits of `e`.
    pub fn chosen(&self) -> Vec<Variable> {
        self.scalar.bits().iter().filter_map(variable_of_bit).collect()
    }

    /// `c2` under the key `k`: 1,532 constraints and a permutation of width 7. `role` is the number
    /// of the key's role (terms 1, audit 2, metering 3). Panics on more than [`MAX_MESSAGES`]: the
    /// number is fixed in the source.
    pub fn encrypt(
        &self,
        cs: &Cs,
        k: &PointVar,
        role: u64,
        context: &Var,
        messages: &[Var],
    ) -> Result<Vec<Var>, SynthesisError> {
        assert!(messages.len() <= MAX_MESSAGES, "{} messages under one key stream", messages.len());
        let shared = variable_base(cs, &self.scalar, k)?;
        let c1 = &self.point;
        let inputs = [Var::Constant(Fr::from(role)), context.clone(), c1.x.clone(), c1.y.clone(), shared.x, shared.y];
        let stream = keystream(cs, &inputs)?;
        Ok(messages.iter().zip(&stream).map(|(m, s)| m + s).collect())
    }
}
