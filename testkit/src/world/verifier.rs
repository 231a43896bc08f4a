//! The parts that the world's ledger takes from outside: a verifier of stamps, and blobs that are
//! only names.

use crate::proof::{key_id, right_scores, second_key, stamp};
use ledger::{Blobs, CiphertextInputs, CiphertextStatus, ProofClaim, ProofVerifier, PublicInputs, ScoreClaim};
use protocol::encoding::hash_to_field;
use protocol::ids::{BlobHash, VerifyingKeyId};
use protocol::relation::RelationKind;
use protocol::Fr;
use std::collections::BTreeMap;

/// Verifies [`stamp`]s, under two versions of every relation's key.
pub struct TestVerifier;

impl ProofVerifier for TestVerifier {
    fn key_id(&self, relation: RelationKind) -> VerifyingKeyId {
        key_id(relation)
    }
    fn knows(&self, relation: RelationKind, key: VerifyingKeyId) -> bool {
        [key_id(relation), second_key(relation)].contains(&key)
    }
    fn is_insecure(&self, _: RelationKind, _: VerifyingKeyId) -> bool {
        true
    }
    fn verify(&self, claims: &[ProofClaim], _: &dyn Blobs) -> Result<Vec<bool>, BlobHash> {
        let good = |c: &ProofClaim| match &c.inputs {
            PublicInputs::Listed(inputs) => stamp(c.relation, inputs) == c.proof,
            PublicInputs::Ciphertext(inputs) => stamp(c.relation, &written_out(inputs)) == c.proof,
        };
        Ok(claims.iter().map(good).collect())
    }
    fn score_digest(&self, scores: &ScoreClaim, _: &dyn Blobs) -> Result<[u8; 32], BlobHash> {
        Ok(right_scores(&scores.offers, &scores.bid))
    }
}

/// The statement of a claim about a ciphertext, as a list. A real verifier computes further inputs
/// from the blobs; they are left out here.
pub(super) fn written_out(c: &CiphertextInputs) -> Vec<Fr> {
    let (first, step, ranges) = (c.scale.first, c.scale.step, c.scale.ranges);
    let mut list = vec![Fr::from(c.side as u8), c.handle.0, Fr::from(first.get()), Fr::from(step.get())];
    ranges.iter().for_each(|r| list.extend([Fr::from(r.lo()), Fr::from(r.hi())]));
    list.extend(c.commitments);
    list.extend([c.binding, hash_to_field("blob", &c.ciphertext.0), hash_to_field("blob", &c.matching_key.0)]);
    list
}

/// The status of each blob. A blob that is not listed is missing, and no blob has bytes.
#[derive(Clone, Default)]
pub struct TestBlobs(pub BTreeMap<BlobHash, CiphertextStatus>);

impl Blobs for TestBlobs {
    fn plan_ciphertext(&self, hash: &BlobHash) -> CiphertextStatus {
        self.0.get(hash).copied().unwrap_or(CiphertextStatus::Missing)
    }
    fn of_length(&self, hash: &BlobHash, _: usize) -> CiphertextStatus {
        self.plan_ciphertext(hash)
    }
    fn get(&self, _: &BlobHash) -> Option<Vec<u8>> {
        None
    }
}
