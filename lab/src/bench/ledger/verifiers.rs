//! Verifiers for made-up transactions: one that believes everything, and one that checks real
//! proofs in place of the made-up ones.

use crate::bench::verify::claims::Claims;
use ledger::{Blobs, CiphertextStatus, Groth16Verifier, ProofClaim, ProofVerifier, PublicInputs, ScoreClaim};
use protocol::ids::{BlobHash, VerifyingKeyId};
use protocol::relation::RelationKind;

/// The key of every relation, as far as made-up transactions go.
pub(super) const KEY: VerifyingKeyId = VerifyingKeyId([1; 32]);

/// Blobs of which all are here, and none has bytes.
pub(super) struct AllHere;

impl Blobs for AllHere {
    fn plan_ciphertext(&self, _: &BlobHash) -> CiphertextStatus {
        CiphertextStatus::Canonical
    }
    fn get(&self, _: &BlobHash) -> Option<Vec<u8>> {
        None
    }
}

/// Believes every proof.
pub(super) struct Believing;

impl ProofVerifier for Believing {
    fn key_id(&self, _: RelationKind) -> VerifyingKeyId {
        KEY
    }
    fn knows(&self, _: RelationKind, _: VerifyingKeyId) -> bool {
        true
    }
    fn is_insecure(&self, _: RelationKind, _: VerifyingKeyId) -> bool {
        true
    }
    fn verify(&self, claims: &[ProofClaim], _: &dyn Blobs) -> Result<Vec<bool>, BlobHash> {
        Ok(vec![true; claims.len()])
    }
    fn score_digest(&self, _: &ScoreClaim, _: &dyn Blobs) -> Result<[u8; 32], BlobHash> {
        Ok([0; 32])
    }
}

/// For each made-up claim checks a real one: about a listing's ciphertext where the claim is about
/// one, otherwise one with listed inputs.
pub(super) struct InPlace<'a> {
    pub verifier: &'a Groth16Verifier,
    pub listed: &'a Claims,
    pub ciphertext: &'a Claims,
    /// How many of the claims with listed inputs do not hold.
    pub bad: usize,
}

impl InPlace<'_> {
    fn real(&self, claims: &Claims, count: usize, bad: usize) -> Vec<bool> {
        let mut real: Vec<ProofClaim> = claims.claims.iter().cycle().take(count).cloned().collect();
        // The bad ones are spread evenly, which is the worst case of a search by halves.
        for n in 0..bad.min(count) {
            if let PublicInputs::Listed(inputs) = &mut real[n * count / bad.min(count)].inputs {
                inputs.swap(0, 1);
            }
        }
        self.verifier.verify(&real, &claims.blobs).expect("the blobs of real claims are here")
    }
}

impl ProofVerifier for InPlace<'_> {
    fn key_id(&self, _: RelationKind) -> VerifyingKeyId {
        KEY
    }
    fn knows(&self, _: RelationKind, _: VerifyingKeyId) -> bool {
        true
    }
    fn is_insecure(&self, _: RelationKind, _: VerifyingKeyId) -> bool {
        true
    }
    fn verify(&self, claims: &[ProofClaim], _: &dyn Blobs) -> Result<Vec<bool>, BlobHash> {
        // A block's first proofs come in one call, its listings' second proofs in another.
        let second = claims.iter().any(|claim| matches!(claim.inputs, PublicInputs::Ciphertext(_)));
        Ok(match second {
            true => self.real(self.ciphertext, claims.len(), 0),
            false => self.real(self.listed, claims.len(), self.bad),
        })
    }
    fn score_digest(&self, _: &ScoreClaim, _: &dyn Blobs) -> Result<[u8; 32], BlobHash> {
        Ok([0; 32])
    }
}
