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
    /// The verifying key: one that the verifier knows for this relation.
    pub key: VerifyingKeyId,
    /// Its public inputs, in the circuit's order.
    pub inputs: Vec<Fr>,
    /// The proof's bytes, not decoded yet.
    pub proof: [u8; PROOF_BYTES],
}

/// Verifies proofs.
pub trait ProofVerifier: Send + Sync {
    /// The id of the key that proofs of this relation are verified under from the genesis on.
    fn key_id(&self, relation: RelationKind) -> VerifyingKeyId;
    /// Whether this is a key of this relation, the genesis's or another version's.
    fn knows(&self, relation: RelationKind, key: VerifyingKeyId) -> bool;
    /// For each claim whether it holds; as many answers as claims, each the answer that the claim alone would get.
    fn verify(&self, claims: &[ProofClaim]) -> Vec<bool>;
}

/// What a genesis pins: the digest of all verifying keys' ids, in the order of their relations' numbers.
pub fn verifying_keys_digest(verifier: &dyn ProofVerifier) -> [u8; 32] {
    let ids: Vec<u8> = RelationKind::ALL.iter().flat_map(|r| verifier.key_id(*r).0).collect();
    digest("veilgrid/verifying-keys/1", &ids)
}

/// Groth16, batched, under every version of each relation's verifying key.
pub struct Groth16Verifier {
    genesis: BTreeMap<RelationKind, VerifyingKeyId>,
    keys: BTreeMap<(RelationKind, VerifyingKeyId), PreparedVerifyingKey>,
}

impl Groth16Verifier {
    /// Under the keys that the program pins, of all versions. Error: a relation without one.
    pub fn pinned() -> Result<Self, PinError> {
        let mut verifier = Self::new(|relation| pins::verifying_key(relation.name()))?;
        for relation in RelationKind::ALL {
            for key in pins::later_verifying_keys(relation.name())? {
                verifier.add(relation, key);
            }
        }
        Ok(verifier)
    }
    /// Under these keys, one a relation: the genesis's.
    pub fn new<E>(key: impl Fn(RelationKind) -> Result<VerifyingKey, E>) -> Result<Self, E> {
        let mut verifier = Groth16Verifier { genesis: BTreeMap::new(), keys: BTreeMap::new() };
        for relation in RelationKind::ALL {
            let id = verifier.add(relation, key(relation)?);
            verifier.genesis.insert(relation, id);
        }
        Ok(verifier)
    }
    /// Takes another version of a relation's key. Returns its id.
    pub fn add(&mut self, relation: RelationKind, key: VerifyingKey) -> VerifyingKeyId {
        let id = VerifyingKeyId(key.id().0);
        self.keys.insert((relation, id), key.into());
        id
    }
}

impl ProofVerifier for Groth16Verifier {
    fn key_id(&self, relation: RelationKind) -> VerifyingKeyId {
        *self.genesis.get(&relation).expect("new takes a key for every relation")
    }
    fn knows(&self, relation: RelationKind, key: VerifyingKeyId) -> bool {
        self.keys.contains_key(&(relation, key))
    }
    fn verify(&self, claims: &[ProofClaim]) -> Vec<bool> {
        let bytes: Vec<&[u8]> = claims.iter().map(|c| c.proof.as_slice()).collect();
        let proofs = Proof::decode_all(&bytes);
        let items: Vec<Option<Item>> = (claims.iter().zip(&proofs))
            .map(|(c, proof)| {
                let (key, proof) = (self.keys.get(&(c.relation, c.key))?, proof.as_ref().ok()?);
                Some(Item { key, inputs: &c.inputs, proof })
            })
            .collect();
        let mut verdicts = verify_batch(&items.iter().flatten().copied().collect::<Vec<_>>()).into_iter();
        items.iter().map(|item| item.is_some() && verdicts.next().is_some_and(|v| v.is_ok())).collect()
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
