//! Proofs without proving: a hash of the relation and its public inputs stands where a proof would.
//!
//! Anybody can make one, so a stamp shows nothing about a witness. It shows which statement the
//! maker meant: a verifier that puts the inputs together by itself refuses a stamp of any other
//! statement. Tests of a ledger or of a wallet rely on nothing more.

use protocol::encoding::{digest, Canonical};
use protocol::ids::{BlobHash, VerifyingKeyId};
use protocol::relation::RelationKind;
use protocol::transaction::PROOF_BYTES;
use protocol::Fr;

/// The name of a relation's verifying key.
pub fn key_id(relation: RelationKind) -> VerifyingKeyId {
    VerifyingKeyId(digest("test-key", &[relation as u8]))
}

/// The name of another version of a relation's key.
pub fn second_key(relation: RelationKind) -> VerifyingKeyId {
    VerifyingKeyId(digest("test-key-2", &[relation as u8]))
}

/// The bytes that stand in the place of a proof of a relation with these public inputs.
pub fn stamp(relation: RelationKind, inputs: &[Fr]) -> [u8; PROOF_BYTES] {
    let mut bytes = vec![relation as u8];
    inputs.iter().for_each(|x| x.write(&mut bytes));
    let mut proof = [0; PROOF_BYTES];
    for (i, chunk) in proof.chunks_mut(32).enumerate() {
        bytes.push(i as u8);
        chunk.copy_from_slice(&digest("test-proof", &bytes));
    }
    proof
}

/// The digest of the scores of these offers for a bid, which verifiers of stamps take for the right
/// one. It is made up, like the stamps.
pub fn right_scores(offers: &[BlobHash], bid: &BlobHash) -> [u8; 32] {
    digest("test-scores", &offers.iter().chain([bid]).flat_map(|hash| hash.0).collect::<Vec<_>>())
}
