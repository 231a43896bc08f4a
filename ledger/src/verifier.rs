//! The questions of `execute` to the outside: whether proofs verify, and whether a plan's matching
//! ciphertext is well formed. Both answers are functions of bytes alone, so `execute` stays
//! deterministic.

mod inputs;
mod remembered;

pub(crate) use remembered::Remembered;

use circuits::pins::{self, Origin, Pins};
use circuits::{map_chunks, verify_batch, Item, PinError, PreparedVerifyingKey, Proof, VerifyingKey};
use fhe_matcher::ciphertext::PlanCiphertext;
use fhe_matcher::key::MatchingPublicKey;
use fhe_matcher::score::OfferBook;
use inputs::KnownInputs;
use protocol::ids::{BlobHash, VerifyingKeyId};
use protocol::key_schedule::genesis_keys_digest;
use protocol::keys::Network;
use protocol::record::Handle;
use protocol::relation::plan_ciphertext::Scale;
use protocol::relation::RelationKind;
use protocol::transaction::genesis::Genesis;
use protocol::transaction::PROOF_BYTES;
use protocol::units::{Cycle, Side};
use protocol::Fr;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex, PoisonError};

/// A proof and its claim.
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
    /// The inputs of relation 11, most of which follow from a blob.
    Ciphertext(Box<CiphertextInputs>),
}

/// The values from which the public inputs of relation 11 (PlanCiphertext) follow; see
/// docs/protocol/31-matching-proof.md.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CiphertextInputs {
    /// The plan's side.
    pub side: Side,
    /// The plan.
    pub handle: Handle,
    /// The scale by which its cycle quantises volumes and prices.
    pub scale: Scale,
    /// The two commitments beside the proof.
    pub commitments: [Fr; 2],
    /// `binding`, which ties the proof to everything else in the transaction.
    pub binding: Fr,
    /// The ciphertext.
    pub ciphertext: BlobHash,
    /// The chain's matching key.
    pub matching_key: BlobHash,
}

/// The ciphertexts that a score vector follows from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ScoreClaim {
    /// The cycle of the bid and the offers.
    pub cycle: Cycle,
    /// The ciphertexts of the round's offers, in ledger order.
    pub offers: Vec<BlobHash>,
    /// The ciphertext of the bid.
    pub bid: BlobHash,
}

/// Verifies the claims of transactions.
pub trait ProofVerifier: Send + Sync {
    /// The id of the key that proofs of this relation are verified under from the genesis on.
    fn key_id(&self, relation: RelationKind) -> VerifyingKeyId;
    /// Whether this is a key of this relation, the genesis's or another version's.
    fn knows(&self, relation: RelationKind, key: VerifyingKeyId) -> bool;
    /// Whether a key that is known is from the public seed, so that everybody can prove anything
    /// under it. What is said of a key never changes.
    fn is_insecure(&self, relation: RelationKind, key: VerifyingKeyId) -> bool;
    /// For each claim whether it holds; as many answers as claims, each the answer that the claim
    /// alone would get. Error: a blob that a claim is about and that is not among `blobs`.
    fn verify(&self, claims: &[ProofClaim], blobs: &dyn Blobs) -> Result<Vec<bool>, BlobHash>;
    /// The digest of a bid's encrypted scores with a round's offers: an honest matching node posts
    /// it. Error: a blob that is not among `blobs`.
    fn score_digest(&self, scores: &ScoreClaim, blobs: &dyn Blobs) -> Result<[u8; 32], BlobHash>;
    /// Lets the verifier forget what it keeps of rounds whose cycles are not among these.
    fn keep_rounds(&self, _open: &BTreeSet<Cycle>) {}
}

/// The digest that a genesis pins, of all verifying keys' ids.
pub fn verifying_keys_digest(verifier: &dyn ProofVerifier) -> [u8; 32] {
    genesis_keys_digest(|relation| verifier.key_id(relation))
}

/// A relation of whose key in the genesis the trapdoor is public, where the network is `main`.
pub(crate) fn insecure_key(genesis: &Genesis, verifier: &dyn ProofVerifier) -> Option<RelationKind> {
    let insecure = |relation: &RelationKind| verifier.is_insecure(*relation, verifier.key_id(*relation));
    RelationKind::ALL.into_iter().filter(|_| genesis.network == Network::Main).find(insecure)
}

/// Groth16, batched, under every version of each relation's verifying key.
pub struct Groth16Verifier {
    genesis: BTreeMap<RelationKind, VerifyingKeyId>,
    keys: BTreeMap<(RelationKind, VerifyingKeyId), PreparedVerifyingKey>,
    /// The keys that a ceremony made.
    from_ceremony: BTreeSet<VerifyingKeyId>,
    /// The matching key last used, decoded.
    matching_key: Mutex<Option<(BlobHash, Arc<MatchingPublicKey>)>>,
    /// For each cycle the round whose scores were last asked for.
    rounds: Mutex<BTreeMap<Cycle, ScoredRound>>,
}

/// A round's offers, packed, and the score digests of bids with them. A node answers repeated
/// contests of right scores from here, without scoring again.
struct ScoredRound {
    hashes: Vec<BlobHash>,
    offers: OfferBook,
    digests: BTreeMap<BlobHash, [u8; 32]>,
}

/// How many claims are verified together. The inputs of one about a ciphertext take 140 KB.
const BATCH: usize = 256;

impl Groth16Verifier {
    /// A verifier under the keys that the program pins, of all versions. Error: a relation without
    /// a key.
    pub fn pinned() -> Result<Self, PinError> {
        let mut verifier = Self::new(|relation| pins::verifying_key(relation.name()))?;
        for relation in RelationKind::ALL {
            for key in pins::later_verifying_keys(relation.name())? {
                verifier.add(relation, key);
            }
        }
        let ceremonies = Pins::embedded();
        let ceremonies = ceremonies.iter().filter(|pin| pin.origin != Origin::Insecure);
        verifier.from_ceremony = ceremonies.map(|pin| VerifyingKeyId(pin.key.0)).collect();
        Ok(verifier)
    }
    /// A verifier under these keys, one for each relation: those of the genesis. They count as
    /// insecure, as does every key that is added.
    pub fn new<E>(key: impl Fn(RelationKind) -> Result<VerifyingKey, E>) -> Result<Self, E> {
        let mut verifier = Groth16Verifier {
            genesis: BTreeMap::new(),
            keys: BTreeMap::new(),
            from_ceremony: BTreeSet::new(),
            matching_key: Mutex::new(None),
            rounds: Mutex::new(BTreeMap::new()),
        };
        for relation in RelationKind::ALL {
            let id = verifier.add(relation, key(relation)?);
            verifier.genesis.insert(relation, id);
        }
        Ok(verifier)
    }
    /// Adds another version of a relation's key. Returns its id.
    pub fn add(&mut self, relation: RelationKind, key: VerifyingKey) -> VerifyingKeyId {
        let id = VerifyingKeyId(key.id().0);
        self.keys.insert((relation, id), key.into());
        id
    }

    /// The matching key. Error: the hash of a blob that is not here, or that is no matching key.
    fn matching_key(&self, hash: &BlobHash, blobs: &dyn Blobs) -> Result<Arc<MatchingPublicKey>, BlobHash> {
        // A thread that panicked here left an old key or a new one, both whole.
        let mut last = self.matching_key.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((_, key)) = last.as_ref().filter(|(of, _)| of == hash) {
            return Ok(key.clone());
        }
        let bytes = blobs.get(hash).ok_or(*hash)?;
        let key = Arc::new(MatchingPublicKey::from_bytes(&bytes).map_err(|_| *hash)?);
        *last = Some((*hash, key.clone()));
        Ok(key)
    }

    /// A round's offers. Error: the hash of one that is not here, or that is no ciphertext.
    fn round(&self, hashes: &[BlobHash], blobs: &dyn Blobs) -> Result<ScoredRound, BlobHash> {
        let offers = map_chunks(hashes, 16, |chunk| {
            chunk.iter().map(|hash| ciphertext(hash, blobs)).collect::<Result<Vec<_>, _>>()
        });
        let offers: Vec<PlanCiphertext> = offers.into_iter().collect::<Result<Vec<_>, _>>()?.concat();
        Ok(ScoredRound { hashes: hashes.to_vec(), offers: OfferBook::new(&offers), digests: BTreeMap::new() })
    }

    /// The inputs of a claim. Error: the hash of a blob that is not here.
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
    fn is_insecure(&self, _: RelationKind, key: VerifyingKeyId) -> bool {
        !self.from_ceremony.contains(&key)
    }
    fn verify(&self, claims: &[ProofClaim], blobs: &dyn Blobs) -> Result<Vec<bool>, BlobHash> {
        Ok(claims.chunks(BATCH).map(|c| self.verify_together(c, blobs)).collect::<Result<Vec<_>, _>>()?.concat())
    }
    fn score_digest(&self, scores: &ScoreClaim, blobs: &dyn Blobs) -> Result<[u8; 32], BlobHash> {
        // A thread that panicked here left rounds that are whole.
        let mut rounds = self.rounds.lock().unwrap_or_else(PoisonError::into_inner);
        let kept = rounds.remove(&scores.cycle).filter(|round| round.hashes == scores.offers);
        let mut round = match kept {
            Some(round) => round,
            None => self.round(&scores.offers, blobs)?,
        };
        let digest = match round.digests.get(&scores.bid) {
            Some(digest) => Ok(*digest),
            None => ciphertext(&scores.bid, blobs).map(|bid| round.offers.score_digest(&bid).0),
        };
        if let Ok(digest) = digest {
            round.digests.insert(scores.bid, digest);
        }
        rounds.insert(scores.cycle, round);
        digest
    }
    fn keep_rounds(&self, open: &BTreeSet<Cycle>) {
        let mut rounds = self.rounds.lock().unwrap_or_else(PoisonError::into_inner);
        rounds.retain(|cycle, _| open.contains(cycle));
    }
}

/// A plan's ciphertext. Error: its hash, if it is not here or is no ciphertext.
fn ciphertext(hash: &BlobHash, blobs: &dyn Blobs) -> Result<PlanCiphertext, BlobHash> {
    PlanCiphertext::from_bytes(&blobs.get(hash).ok_or(*hash)?).map_err(|_| *hash)
}

/// The status of a blob that a transaction names.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CiphertextStatus {
    /// The blob is here and well formed: a canonical matching ciphertext, or of the right length.
    Canonical,
    /// The blob is here and not well formed.
    Malformed,
    /// The blob is not here.
    Missing,
}

/// The blobs at hand.
pub trait Blobs: Sync {
    /// The status of a blob that has to be a plan's matching ciphertext.
    fn plan_ciphertext(&self, hash: &BlobHash) -> CiphertextStatus;
    /// The status of a blob of which only the length can be judged, a ciphertext of the encrypted
    /// deviation.
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
