//! What `execute` asks the outside: whether proofs verify, and whether a plan's matching ciphertext is one. Both answers
//! are functions of bytes alone, so `execute` stays deterministic.

mod inputs;

use circuits::{map_chunks, pins, verify_batch, Item, PinError, PreparedVerifyingKey, Proof, VerifyingKey};
use fhe_matcher::ciphertext::PlanCiphertext;
use fhe_matcher::key::MatchingPublicKey;
use fhe_matcher::score::OfferBook;
use inputs::KnownInputs;
use protocol::encoding::digest;
use protocol::ids::{BlobHash, VerifyingKeyId};
use protocol::record::Handle;
use protocol::relation::plan_ciphertext::Scale;
use protocol::relation::RelationKind;
use protocol::transaction::PROOF_BYTES;
use protocol::units::Side;
use protocol::Fr;
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

/// A proof and what it claims.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ProofClaim {
    /// The relation.
    pub relation: RelationKind,
    /// The verifying key: one that the verifier knows for this relation.
    pub key: VerifyingKeyId,
    /// Its public inputs.
    pub inputs: PublicInputs,
    /// The proof's bytes, not decoded yet.
    pub proof: [u8; PROOF_BYTES],
}

/// The public inputs of a claim.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum PublicInputs {
    /// In the circuit's order.
    Listed(Vec<Fr>),
    /// Those of relation 11, of which most follow from a blob.
    Ciphertext(Box<CiphertextInputs>),
}

/// What the public inputs of relation 11 (PlanCiphertext) follow from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CiphertextInputs {
    /// The plan's side.
    pub side: Side,
    /// The plan.
    pub handle: Handle,
    /// How its cycle quantises it.
    pub scale: Scale,
    /// The two commitments beside the proof.
    pub commitments: [Fr; 2],
    /// Everything else in the transaction.
    pub binding: Fr,
    /// The ciphertext.
    pub ciphertext: BlobHash,
    /// The chain's matching key.
    pub matching_key: BlobHash,
}

/// What a score vector follows from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ScoreClaim {
    /// The ciphertexts of the round's offers, in ledger order.
    pub offers: Vec<BlobHash>,
    /// The bid's.
    pub bid: BlobHash,
}

/// Verifies what transactions claim.
pub trait ProofVerifier: Send + Sync {
    /// The id of the key that proofs of this relation are verified under from the genesis on.
    fn key_id(&self, relation: RelationKind) -> VerifyingKeyId;
    /// Whether this is a key of this relation, the genesis's or another version's.
    fn knows(&self, relation: RelationKind, key: VerifyingKeyId) -> bool;
    /// For each claim whether it holds; as many answers as claims, each the answer that the claim alone would get.
    /// Error: a blob that a claim is about and that is not among `blobs`.
    fn verify(&self, claims: &[ProofClaim], blobs: &dyn Blobs) -> Result<Vec<bool>, BlobHash>;
    /// The digest of a bid's encrypted scores with a round's offers: what an honest matching node posts. Error: a blob that
    /// is not among `blobs`.
    fn score_digest(&self, scores: &ScoreClaim, blobs: &dyn Blobs) -> Result<[u8; 32], BlobHash>;
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
    /// The matching key last used, decoded.
    matching_key: Mutex<Option<(BlobHash, Arc<MatchingPublicKey>)>>,
    /// The rounds whose scores were last asked for, the newest last.
    rounds: Mutex<Vec<Round>>,
}

/// A round's offers, packed, and what bids' scores with them have come to: whoever contests right scores, again and again,
/// is answered without scoring again.
struct Round {
    hashes: Vec<BlobHash>,
    offers: OfferBook,
    digests: BTreeMap<BlobHash, [u8; 32]>,
}

/// Rounds that are kept: cycles overlap, and with them rounds, but not many at once.
const ROUNDS: usize = 2;

/// Claims that are verified together: the inputs of one about a ciphertext take 140 KB.
const BATCH: usize = 256;

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
        let mut verifier = Groth16Verifier {
            genesis: BTreeMap::new(),
            keys: BTreeMap::new(),
            matching_key: Mutex::new(None),
            rounds: Mutex::new(Vec::new()),
        };
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

    /// The matching key. Error: it is not here, or none.
    fn matching_key(&self, hash: &BlobHash, blobs: &dyn Blobs) -> Result<Arc<MatchingPublicKey>, BlobHash> {
        // Whoever panicked here left an old key or a new one.
        let mut last = self.matching_key.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((_, key)) = last.as_ref().filter(|(of, _)| of == hash) {
            return Ok(key.clone());
        }
        let bytes = blobs.get(hash).ok_or(*hash)?;
        let key = Arc::new(MatchingPublicKey::from_bytes(&bytes).map_err(|_| *hash)?);
        *last = Some((*hash, key.clone()));
        Ok(key)
    }

    /// A round's offers. Error: one is not here, or none.
    fn round(&self, hashes: &[BlobHash], blobs: &dyn Blobs) -> Result<Round, BlobHash> {
        let offers = map_chunks(hashes, 16, |chunk| {
            chunk.iter().map(|hash| ciphertext(hash, blobs)).collect::<Result<Vec<_>, _>>()
        });
        let offers: Vec<PlanCiphertext> = offers.into_iter().collect::<Result<Vec<_>, _>>()?.concat();
        Ok(Round { hashes: hashes.to_vec(), offers: OfferBook::new(&offers), digests: BTreeMap::new() })
    }

    /// The inputs of a claim.
    fn inputs(&self, claim: &ProofClaim, blobs: &dyn Blobs) -> Result<KnownInputs, BlobHash> {
        match &claim.inputs {
            PublicInputs::Listed(inputs) => Ok(KnownInputs::Listed(inputs.clone())),
            PublicInputs::Ciphertext(short) => {
                let key = self.matching_key(&short.matching_key, blobs)?;
                Ok(short.fold(claim.key, key, &ciphertext(&short.ciphertext, blobs)?))
            }
        }
    }

    fn verify_together(&self, claims: &[ProofClaim], blobs: &dyn Blobs) -> Result<Vec<bool>, BlobHash> {
        let bytes: Vec<&[u8]> = claims.iter().map(|c| c.proof.as_slice()).collect();
        let proofs = Proof::decode_all(&bytes);
        let inputs = map_chunks(claims, 1, |chunk| {
            chunk.iter().map(|claim| self.inputs(claim, blobs)).collect::<Result<Vec<_>, _>>()
        });
        let inputs = inputs.into_iter().collect::<Result<Vec<_>, _>>()?.into_iter().flatten();
        let inputs: Vec<KnownInputs> = inputs.collect();
        let items: Vec<Option<Item<'_, KnownInputs>>> = (claims.iter().zip(&proofs).zip(&inputs))
            .map(|((c, proof), inputs)| {
                let (key, proof) = (self.keys.get(&(c.relation, c.key))?, proof.as_ref().ok()?);
                Some(Item { key, inputs, proof })
            })
            .collect();
        let mut verdicts = verify_batch(&items.iter().flatten().copied().collect::<Vec<_>>()).into_iter();
        Ok(items.iter().map(|item| item.is_some() && verdicts.next().is_some_and(|v| v.is_ok())).collect())
    }
}

impl ProofVerifier for Groth16Verifier {
    fn key_id(&self, relation: RelationKind) -> VerifyingKeyId {
        *self.genesis.get(&relation).expect("new takes a key for every relation")
    }
    fn knows(&self, relation: RelationKind, key: VerifyingKeyId) -> bool {
        self.keys.contains_key(&(relation, key))
    }
    fn verify(&self, claims: &[ProofClaim], blobs: &dyn Blobs) -> Result<Vec<bool>, BlobHash> {
        Ok(claims.chunks(BATCH).map(|c| self.verify_together(c, blobs)).collect::<Result<Vec<_>, _>>()?.concat())
    }
    fn score_digest(&self, scores: &ScoreClaim, blobs: &dyn Blobs) -> Result<[u8; 32], BlobHash> {
        // Whoever panicked here left rounds that are whole.
        let mut rounds = self.rounds.lock().unwrap_or_else(PoisonError::into_inner);
        let known = rounds.iter().position(|round| round.hashes == scores.offers);
        let mut round = match known {
            Some(at) => rounds.remove(at),
            None => self.round(&scores.offers, blobs)?,
        };
        let digest = match round.digests.get(&scores.bid) {
            Some(digest) => Ok(*digest),
            None => ciphertext(&scores.bid, blobs).map(|bid| round.offers.score_digest(&bid).0),
        };
        if let Ok(digest) = digest {
            round.digests.insert(scores.bid, digest);
        }
        let oldest = rounds.len().saturating_sub(ROUNDS - 1);
        rounds.drain(..oldest);
        rounds.push(round);
        digest
    }
}

/// A plan's ciphertext. Error: it is not here, or none.
fn ciphertext(hash: &BlobHash, blobs: &dyn Blobs) -> Result<PlanCiphertext, BlobHash> {
    PlanCiphertext::from_bytes(&blobs.get(hash).ok_or(*hash)?).map_err(|_| *hash)
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
pub trait Blobs: Sync {
    /// What is known of this one.
    fn plan_ciphertext(&self, hash: &BlobHash) -> CiphertextStatus;
    /// What is known of a blob of which only the length can be judged: a ciphertext of the encrypted deviation.
    fn of_length(&self, hash: &BlobHash, bytes: usize) -> CiphertextStatus {
        match self.get(hash) {
            Some(found) if found.len() == bytes => CiphertextStatus::Canonical,
            Some(_) => CiphertextStatus::Malformed,
            None => CiphertextStatus::Missing,
        }
    }
    /// Its bytes; None if it is not here.
    fn get(&self, hash: &BlobHash) -> Option<Vec<u8>>;
}
