//! Verification of one proof: `e(A, B) = e(alpha, beta) e(inputs, gamma) e(C, delta)`.

use crate::{
    blst_ffi::{G1Sum, Lines, Miller, Weight},
    error::VerifyError,
    proof::Proof,
    verifying_key::{KeyId, VerifyingKey},
};
use ark_bls12_381::Fr;
use ark_ff::Field;

/// A verifying key with what every verification under it shares.
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
    /// The key's id.
    pub fn id(&self) -> KeyId {
        self.id
    }

    /// The key.
    pub fn key(&self) -> &VerifyingKey {
        &self.key
    }

    /// Refuses any other number of inputs than the key takes (arkworks does not: it takes what is missing for zero, and
    /// ignores what is too much).
    pub(crate) fn check_count(&self, inputs: &[Fr]) -> Result<(), VerifyError> {
        let (expected, found) = (self.key.input_count(), inputs.len());
        if expected == found {
            Ok(())
        } else {
            Err(VerifyError::InputCount { expected, found })
        }
    }

    /// The right side of the equation, of a sum of proofs: `e(alpha, beta)^s[0] e(sum of s[i] input point i, gamma)
    /// e(c, delta)`.
    pub(crate) fn right_side(&self, s: &[Fr], c: &G1Sum) -> Miller {
        let alpha_beta = if s[0] == Fr::ONE {
            self.alpha_beta
        } else {
            Miller::lines(&G1Sum::combination(&[self.key.alpha], &s[..1]), &self.beta)
        };
        let inputs = Miller::lines(&G1Sum::combination(&self.key.inputs, s), &self.gamma);
        alpha_beta.times(&inputs).times(&Miller::lines(c, &self.delta))
    }
}

/// Verifies one proof.
pub fn verify(key: &PreparedVerifyingKey, inputs: &[Fr], proof: &Proof) -> Result<(), VerifyError> {
    key.check_count(inputs)?;
    let s: Vec<Fr> = std::iter::once(Fr::ONE).chain(inputs.iter().copied()).collect();
    let right = key.right_side(&s, &G1Sum::weighted(&[(proof.c, Weight::new(1))]));
    if Miller::pairs(&[proof.a], &[proof.b]).same(&right) {
        Ok(())
    } else {
        Err(VerifyError::Refused)
    }
}
