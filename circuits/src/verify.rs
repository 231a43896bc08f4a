//! Verification of one proof: `e(A, B) = e(alpha, beta) e(inputs, gamma) e(C, delta)`.

use crate::{
    blst_ffi::{G1Sum, Lines, Miller, Weight},
    error::VerifyError,
    inputs::Inputs,
    proof::Proof,
    verifying_key::{KeyId, VerifyingKey},
};
use ark_bls12_381::Fr;
use ark_ff::Field;

/// A verifying key, with the values that every verification under it shares.
#[derive(Clone)]
pub struct PreparedVerifyingKey {
    pub(crate) key: VerifyingKey,
    id: KeyId,
    alpha_beta: Miller,
    beta: Lines,
    gamma: Lines,
    delta: Lines,
}

impl From<VerifyingKey> for PreparedVerifyingKey {
    fn from(key: VerifyingKey) -> Self {
        let (beta, gamma, delta) = (key.beta.lines(), key.gamma.lines(), key.delta.lines());
        let alpha_beta = Miller::pairs(&[key.alpha], &[key.beta]);
        PreparedVerifyingKey { id: key.id(), alpha_beta, beta, gamma, delta, key }
    }
}

impl PreparedVerifyingKey {
    /// The id of the verifying key.
    pub fn id(&self) -> KeyId {
        self.id
    }

    /// The verifying key.
    pub fn key(&self) -> &VerifyingKey {
        &self.key
    }

    /// Checks that the number of inputs is the one that the key takes. arkworks does not check it:
    /// it takes missing inputs for zero and ignores further ones. Error: [`VerifyError`].
    pub(crate) fn check_count(&self, found: usize) -> Result<(), VerifyError> {
        let expected = self.key.input_count();
        if expected == found {
            Ok(())
        } else {
            Err(VerifyError::InputCount { expected, found })
        }
    }

    /// The right side of the equation for a sum of proofs,
    /// `e(alpha, beta)^one e(x, gamma) e(c, delta)`, where x is `one` times point 0 plus the sum of
    /// `inputs[i]` times point `i + 1`.
    pub(crate) fn right_side(&self, one: Fr, inputs: &[Fr], c: &G1Sum) -> Miller {
        let alpha_beta = if one == Fr::ONE {
            self.alpha_beta
        } else {
            Miller::lines(&G1Sum::combination(&[self.key.alpha], &[one]), &self.beta)
        };
        let scalars: Vec<Fr> = std::iter::once(one).chain(inputs.iter().copied()).collect();
        let inputs = Miller::lines(&G1Sum::combination(&self.key.inputs, &scalars), &self.gamma);
        alpha_beta.times(&inputs).times(&Miller::lines(c, &self.delta))
    }
}

/// Verifies one proof. Error: [`VerifyError`].
pub fn verify(key: &PreparedVerifyingKey, inputs: &[Fr], proof: &Proof) -> Result<(), VerifyError> {
    verify_alone(key, inputs, proof)
}

/// [`verify`] for inputs in any form.
pub(crate) fn verify_alone<I: Inputs + ?Sized>(
    key: &PreparedVerifyingKey,
    inputs: &I,
    proof: &Proof,
) -> Result<(), VerifyError> {
    key.check_count(inputs.count())?;
    let (mut sum, one) = (inputs.none(), Weight::new(1));
    inputs.add(&mut sum, one);
    let right = key.right_side(Fr::ONE, &I::list(sum), &G1Sum::weighted(&[(proof.c, one)]));
    if Miller::pairs(&[proof.a], &[proof.b]).same(&right) {
        Ok(())
    } else {
        Err(VerifyError::Refused)
    }
}
