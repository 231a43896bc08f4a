//! A verifier that remembers its verdicts. A proof is verified when its transaction comes in, when
//! a block is proposed, and when a block is judged: with the same claim, only the first of them
//! costs anything. A verdict is a function of the claim alone, because blobs are named by their
//! hashes.

use super::{Blobs, ProofClaim, ProofVerifier, PublicInputs, ScoreClaim};
use protocol::encoding::{digest, Canonical};
use protocol::ids::{BlobHash, VerifyingKeyId};
use protocol::relation::RelationKind;
use protocol::units::Cycle;
use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// How many verdicts are remembered: those of eight full blocks, some 10 MB.
const REMEMBERED: usize = 1 << 16;

/// A claim's digest, which nobody can give two claims.
type Name = [u8; 32];

/// Verdicts by claim, the oldest forgotten first.
#[derive(Default)]
struct Verdicts {
    known: BTreeMap<Name, bool>,
    order: VecDeque<Name>,
}

impl Verdicts {
    fn remember(&mut self, name: Name, verdict: bool) {
        if self.known.insert(name, verdict).is_none() {
            self.order.push_back(name);
        }
        if self.order.len() > REMEMBERED {
            if let Some(oldest) = self.order.pop_front() {
                self.known.remove(&oldest);
            }
        }
    }
}

/// Another verifier, and the verdicts that it gave.
pub(crate) struct Remembered {
    verifier: Arc<dyn ProofVerifier>,
    verdicts: Mutex<Verdicts>,
}

impl Remembered {
    pub fn new(verifier: Arc<dyn ProofVerifier>) -> Self {
        Remembered { verifier, verdicts: Mutex::default() }
    }
    fn verdicts(&self) -> MutexGuard<'_, Verdicts> {
        // A thread that panicked here left verdicts that are whole; at worst one is forgotten late.
        self.verdicts.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn name(claim: &ProofClaim) -> Name {
    let mut bytes = Vec::new();
    claim.relation.write(&mut bytes);
    claim.key.write(&mut bytes);
    claim.proof.write(&mut bytes);
    match &claim.inputs {
        PublicInputs::Listed(inputs) => {
            0u8.write(&mut bytes);
            inputs.iter().for_each(|x| x.write(&mut bytes));
        }
        PublicInputs::Ciphertext(of) => {
            1u8.write(&mut bytes);
            of.side.write(&mut bytes);
            of.handle.write(&mut bytes);
            of.scale.first.write(&mut bytes);
            of.scale.step.write(&mut bytes);
            of.scale.ranges.iter().for_each(|range| range.write(&mut bytes));
            of.commitments.iter().for_each(|c| c.write(&mut bytes));
            of.binding.write(&mut bytes);
            of.ciphertext.write(&mut bytes);
            of.matching_key.write(&mut bytes);
        }
    }
    digest("veilgrid/proof-claim/1", &bytes)
}

impl ProofVerifier for Remembered {
    fn key_id(&self, relation: RelationKind) -> VerifyingKeyId {
        self.verifier.key_id(relation)
    }
    fn knows(&self, relation: RelationKind, key: VerifyingKeyId) -> bool {
        self.verifier.knows(relation, key)
    }
    fn is_insecure(&self, relation: RelationKind, key: VerifyingKeyId) -> bool {
        self.verifier.is_insecure(relation, key)
    }
    fn verify(&self, claims: &[ProofClaim], blobs: &dyn Blobs) -> Result<Vec<bool>, BlobHash> {
        let names: Vec<Name> = claims.iter().map(name).collect();
        let known: Vec<Option<bool>> = {
            let verdicts = self.verdicts();
            names.iter().map(|name| verdicts.known.get(name).copied()).collect()
        };
        let unknown = claims.iter().zip(&known).filter(|(_, verdict)| verdict.is_none());
        let unknown: Vec<ProofClaim> = unknown.map(|(claim, _)| claim.clone()).collect();
        let mut found = match unknown.is_empty() {
            true => Vec::new(),
            false => self.verifier.verify(&unknown, blobs)?,
        }
        .into_iter();
        let mut verdicts = self.verdicts();
        let all = names.into_iter().zip(known).map(|(name, verdict)| {
            verdict.unwrap_or_else(|| {
                let verdict = found.next().expect("a verifier answers each claim");
                verdicts.remember(name, verdict);
                verdict
            })
        });
        Ok(all.collect())
    }
    fn score_digest(&self, scores: &ScoreClaim, blobs: &dyn Blobs) -> Result<[u8; 32], BlobHash> {
        self.verifier.score_digest(scores, blobs)
    }
    fn keep_rounds(&self, open: &BTreeSet<Cycle>) {
        self.verifier.keep_rounds(open);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use protocol::Fr;
    use std::sync::atomic::{AtomicUsize, Ordering};

    /// Holds every claim whose first input is even, and counts what it is asked.
    #[derive(Default)]
    struct Even(AtomicUsize);

    impl ProofVerifier for Even {
        fn key_id(&self, _: RelationKind) -> VerifyingKeyId {
            VerifyingKeyId([1; 32])
        }
        fn knows(&self, _: RelationKind, _: VerifyingKeyId) -> bool {
            true
        }
        fn is_insecure(&self, _: RelationKind, _: VerifyingKeyId) -> bool {
            true
        }
        fn verify(&self, claims: &[ProofClaim], _: &dyn Blobs) -> Result<Vec<bool>, BlobHash> {
            self.0.fetch_add(claims.len(), Ordering::Relaxed);
            let even = |c: &ProofClaim| matches!(&c.inputs, PublicInputs::Listed(x) if x[0].to_bytes()[0] % 2 == 0);
            Ok(claims.iter().map(even).collect())
        }
        fn score_digest(&self, _: &ScoreClaim, _: &dyn Blobs) -> Result<[u8; 32], BlobHash> {
            Ok([0; 32])
        }
    }

    struct None;

    impl Blobs for None {
        fn plan_ciphertext(&self, _: &BlobHash) -> super::super::CiphertextStatus {
            super::super::CiphertextStatus::Missing
        }
        fn get(&self, _: &BlobHash) -> Option<Vec<u8>> {
            Option::None
        }
    }

    fn claim(x: u64, proof: u8) -> ProofClaim {
        ProofClaim {
            relation: RelationKind::Merge,
            key: VerifyingKeyId([1; 32]),
            inputs: PublicInputs::Listed(vec![Fr::from(x)]),
            proof: [proof; protocol::transaction::PROOF_BYTES],
        }
    }

    #[test]
    fn a_claim_is_verified_once_and_any_other_claim_by_itself() {
        let even = Arc::new(Even::default());
        let remembered = Remembered::new(even.clone());
        let asked = || even.0.load(Ordering::Relaxed);
        let claims = [claim(2, 1), claim(3, 1), claim(2, 2)];
        assert_eq!(remembered.verify(&claims, &None), Ok(vec![true, false, true]));
        assert_eq!(asked(), 3);
        let again = [claim(3, 1), claim(5, 1), claim(2, 2), claim(2, 1)];
        assert_eq!(remembered.verify(&again, &None), Ok(vec![false, false, true, true]));
        assert_eq!(asked(), 4);
        let other = ProofClaim { relation: RelationKind::Release, ..claim(2, 1) };
        let another = ProofClaim { key: VerifyingKeyId([2; 32]), ..claim(2, 1) };
        assert_eq!(remembered.verify(&[other, another], &None), Ok(vec![true, true]));
        assert_eq!(asked(), 6);
    }

    #[test]
    fn the_oldest_verdicts_are_forgotten_first() {
        let mut verdicts = Verdicts::default();
        for i in 0..REMEMBERED as u64 + 2 {
            let mut name = [0; 32];
            name[..8].copy_from_slice(&i.to_le_bytes());
            verdicts.remember(name, true);
            verdicts.remember(name, true);
        }
        assert_eq!((verdicts.known.len(), verdicts.order.len()), (REMEMBERED, REMEMBERED));
        assert!(!verdicts.known.contains_key(&[0; 32]));
    }
}
