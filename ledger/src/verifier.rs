//! What `execute` asks the outside: whether proofs verify, and whether a plan's matching ciphertext is one. Both answers
//! are functions of bytes alone, so `execute` stays deterministic.

use circuits::{pins, verify_batch, Item, PinError, PreparedVerifyingKey, Proof, VerifyingKey};
use protocol::encoding::digest;
use protocol::relation::RelationKind;
use protocol::transaction::{BlobHash, VerifyingKeyId, PROOF_BYTES};
use protocol::Fr;
use std::collections::BTreeMap;

/// A proof and what it claims.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ProofClaim {
    /// The relation.
    pub relation: RelationKind,
    /// Its public inputs, in the circuit's order.
    pub inputs: Vec<Fr>,
    /// The proof's bytes, not decoded yet.
    pub proof: [u8; PROOF_BYTES],
}

/// Verifies proofs.
pub trait ProofVerifier: Send + Sync {
    /// The id of the key that proofs of this relation are verified under.
    fn key_id(&self, relation: RelationKind) -> VerifyingKeyId;
    /// For each claim whether it holds; as many answers as claims, each the answer that the claim alone would get.
    fn verify(&self, claims: &[ProofClaim]) -> Vec<bool>;
}

/// What a genesis pins: the digest of all verifying keys' ids, in the order of their relations' numbers.
pub fn verifying_keys_digest(verifier: &dyn ProofVerifier) -> [u8; 32] {
    let ids: Vec<u8> = RelationKind::ALL.iter().flat_map(|r| verifier.key_id(*r).0).collect();
    digest("veilgrid/verifying-keys/1", &ids)
}

/// Groth16 under one verifying key a relation, batched.
pub struct Groth16Verifier {
    keys: BTreeMap<RelationKind, PreparedVerifyingKey>,
}

impl Groth16Verifier {
    /// Under the keys that this version pins. Error: a relation without one.
    pub fn pinned() -> Result<Self, PinError> {
        Self::new(|relation| pins::verifying_key(relation.name()))
    }
    /// Under these keys.
    pub fn new<E>(key: impl Fn(RelationKind) -> Result<VerifyingKey, E>) -> Result<Self, E> {
        let keys = RelationKind::ALL.iter().map(|r| Ok((*r, key(*r)?.into()))).collect::<Result<_, E>>()?;
        Ok(Groth16Verifier { keys })
    }
    fn key(&self, relation: RelationKind) -> &PreparedVerifyingKey {
        self.keys.get(&relation).expect("new takes a key for every relation")
    }
}

impl ProofVerifier for Groth16Verifier {
    fn key_id(&self, relation: RelationKind) -> VerifyingKeyId {
        VerifyingKeyId(self.key(relation).id().0)
    }
    fn verify(&self, claims: &[ProofClaim]) -> Vec<bool> {
        let bytes: Vec<&[u8]> = claims.iter().map(|c| c.proof.as_slice()).collect();
        let proofs = Proof::decode_all(&bytes);
        let items: Vec<Item> = (claims.iter().zip(&proofs))
            .filter_map(|(c, proof)| {
                let proof = proof.as_ref().ok()?;
                Some(Item { key: self.key(c.relation), inputs: &c.inputs, proof })
            })
            .collect();
        let mut verdicts = verify_batch(&items).into_iter();
        proofs.iter().map(|proof| proof.is_ok() && verdicts.next().is_some_and(|v| v.is_ok())).collect()
    }
}

/// What is known of a blob that a plan names.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CiphertextStatus {
    /// It is here and is a canonical matching ciphertext.
    Canonical,
    /// It is here and is none.
    Malformed,
    /// It is not here.
    Missing,
}

/// The blobs at hand.
pub trait Blobs {
    /// What is known of this one.
    fn plan_ciphertext(&self, hash: &BlobHash) -> CiphertextStatus;
}
