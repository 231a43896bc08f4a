//! The verification of the seals of what waits.

use super::held::{Held, Standing};
use super::source::Source;
use super::{is_bad, next_block, Mempool, ThrownOut};
use crate::admission::{check_blob, Moment, NotAdmitted, Proofs, SealClaim};
use crate::chain::Chain;
use crate::verifier::{ProofClaim, PublicInputs};
use crate::Refusal;
use protocol::ids::{BlobHash, Time, TransactionId};
use std::collections::{BTreeMap, BTreeSet};
use std::ops::Bound::{Excluded, Unbounded};

/// What is left to be verified of a transaction.
enum Left {
    /// Its proofs.
    Proofs(Box<Proofs>),
    /// Nothing: it has its standing, or is refused.
    Nothing(Result<Standing, Refusal>),
}

/// How many transactions of one source are verified together with others at first. The number
/// doubles whenever all were good, so a source costs few verifications before it is suspect.
const FIRST_SHARE: usize = 16;
/// How many transactions of suspect sources are verified for one block, those of all together.
const OF_SUSPECTS: usize = 256;

impl Mempool {
    /// Verifies the seals of what waits, for a block at this time: first of all sources that are not
    /// suspect, together. Then each suspect source has its turn, up to 256 transactions of theirs in
    /// all. They are verified one by one up to a source's first bad one, which takes its others
    /// along. Returns what is thrown out.
    pub fn verify(&mut self, chain: &Chain, time: Time) -> Vec<ThrownOut> {
        let at = next_block(chain, time);
        let (mut thrown_out, mut tried) = (Vec::new(), BTreeSet::new());
        let mut share = FIRST_SHARE;
        loop {
            let mut taken: BTreeMap<Source, usize> = BTreeMap::new();
            let trusted = self.waiting(|held| !self.suspects.contains_key(&held.source()));
            let places: Vec<u64> = (trusted.into_iter())
                .filter(|(place, source)| {
                    let taken = taken.entry(*source).or_default();
                    let next = !tried.contains(place) && (*source == Source::OWN || *taken < share);
                    *taken += usize::from(next);
                    next
                })
                .map(|(place, _)| place)
                .collect();
            if places.is_empty() {
                break;
            }
            thrown_out.extend(self.verify_together(chain, at, &places));
            tried.extend(places);
            share = share.saturating_mul(2);
        }
        thrown_out.extend(self.verify_suspects(chain, at, &tried));
        thrown_out
    }

    /// Verifies what suspect sources have sent and is not tried yet. The turn goes on behind the
    /// source with which it ended for the last block, so that none keeps another from it.
    fn verify_suspects(&mut self, chain: &Chain, at: Moment, tried: &BTreeSet<u64>) -> Vec<ThrownOut> {
        let mut sent: BTreeMap<Source, Vec<u64>> = BTreeMap::new();
        for (place, source) in self.waiting(|held| self.is_suspect(held.source())) {
            if !tried.contains(&place) {
                sent.entry(source).or_default().push(place);
            }
        }
        let after: Vec<Source> = sent.range((Excluded(self.served), Unbounded)).map(|(source, _)| *source).collect();
        let turns: Vec<Source> =
            after.into_iter().chain(sent.range(..=self.served).map(|(source, _)| *source)).collect();
        let (mut thrown_out, mut left) = (Vec::new(), OF_SUSPECTS);
        for source in turns {
            if left == 0 {
                break;
            }
            self.served = source;
            let (mut places, mut bad) = (sent.remove(&source).unwrap_or_default().into_iter(), false);
            for place in places.by_ref().take(left) {
                left -= 1;
                let found = self.verify_together(chain, at, &[place]);
                bad = found.iter().any(|(_, refusal)| is_bad(*refusal));
                thrown_out.extend(found);
                if bad {
                    break;
                }
            }
            if bad {
                thrown_out.extend(places.filter_map(|place| self.give_up(place, chain)));
            }
        }
        thrown_out
    }

    /// Drops a suspect source's transaction, unless another source sent the same bytes.
    fn give_up(&mut self, place: u64, chain: &Chain) -> Option<ThrownOut> {
        match self.held.get_mut(&place)?.hand_over() {
            true => None,
            false => self.throw_out(place, Refusal::Busy, chain.state().height()),
        }
    }

    /// The places of what is not verified yet, each with its source. A copy of a transaction that
    /// is verified under another seal waits without costing anything: anybody can make proofs anew
    /// from one that holds. It stays, in case the other has to go.
    fn waiting(&self, of: impl Fn(&Held) -> bool) -> Vec<(u64, Source)> {
        let verified = self.held.values().filter(|held| held.standing == Standing::Verified);
        let verified: BTreeSet<TransactionId> = verified.map(|held| held.id).collect();
        let waits = |held: &Held| held.standing != Standing::Verified && !verified.contains(&held.id) && of(held);
        self.held.iter().filter(|(_, held)| waits(held)).map(|(place, held)| (*place, held.source())).collect()
    }

    fn verify_together(&mut self, chain: &Chain, at: Moment, places: &[u64]) -> Vec<ThrownOut> {
        let mut proofs = Vec::new();
        let mut judged: Vec<(u64, Result<Standing, Refusal>)> = Vec::new();
        for place in places {
            let Some(held) = self.held.get(place) else { continue };
            match left(held, chain, at) {
                Left::Proofs(of) => proofs.push((*place, of)),
                Left::Nothing(result) => judged.push((*place, result)),
            }
        }
        let firsts = verdicts(chain, proofs.iter().map(|(_, proofs)| proofs.first.clone()).collect());
        let mut seconds = Vec::new();
        for ((place, proofs), good) in proofs.into_iter().zip(firsts) {
            match (good, proofs.second) {
                // Impossible: a transaction's own proof is about no blob.
                (None, _) => {}
                (Some(false), _) => judged.push((place, Err(Refusal::BadProof))),
                (Some(true), None) => judged.push((place, Ok(Standing::Verified))),
                (Some(true), Some(second)) => match self.blob_status(place, chain) {
                    Ok(Standing::Verified) => seconds.push((place, second)),
                    other => judged.push((place, other)),
                },
            }
        }
        let claims = seconds.iter().map(|(_, claim)| claim.clone()).collect();
        for ((place, _), good) in seconds.into_iter().zip(verdicts(chain, claims)) {
            let standing = match good {
                Some(true) => Ok(Standing::Verified),
                Some(false) => Err(Refusal::BadProof),
                None => Ok(Standing::WithoutBlob),
            };
            judged.push((place, standing));
        }
        let (mut thrown_out, last) = (Vec::new(), chain.state().height());
        for (place, result) in judged {
            match result {
                Ok(Standing::Early | Standing::WithoutBlob) if !self.may_wait(place) => {
                    thrown_out.extend(self.throw_out(place, Refusal::Busy, last));
                }
                Ok(standing) => self.stands(place, standing, last),
                Err(refusal) => thrown_out.extend(self.throw_out(place, refusal, last)),
            }
        }
        thrown_out
    }

    /// The standing of a transaction whose proofs hold as far as they can be told without its blob.
    fn blob_status(&self, place: u64, chain: &Chain) -> Result<Standing, Refusal> {
        let held = self.held.get(&place).ok_or(Refusal::Encoding)?;
        with_blob(check_blob(&held.tx.body, chain.blobs()))
    }
}

/// The standing that follows from the check of a transaction's blob.
fn with_blob(checked: Result<(), NotAdmitted>) -> Result<Standing, Refusal> {
    match checked {
        Ok(()) => Ok(Standing::Verified),
        Err(NotAdmitted::Missing(_)) => Ok(Standing::WithoutBlob),
        Err(NotAdmitted::Refused(refusal)) => Err(refusal),
        Err(NotAdmitted::UnknownKey(_)) => Err(Refusal::UnknownKey),
    }
}

/// What is left to be verified of a transaction on the state after the last block.
fn left(held: &Held, chain: &Chain, at: Moment) -> Left {
    let judge = || -> Result<Left, Refusal> {
        let tx = &held.tx;
        let admitted = match chain.state().admit_without_blob(tx, at, chain.verifier()) {
            Ok(admitted) => admitted,
            Err(refusal) if refusal.may_pass() => return Ok(Left::Nothing(Ok(Standing::Early))),
            Err(refusal) => return Err(refusal),
        };
        let standing = match admitted.seal {
            SealClaim::Proofs(proofs) => {
                proofs.signed()?;
                return Ok(Left::Proofs(proofs));
            }
            SealClaim::Signature(signature) => {
                signature.verify()?;
                with_blob(check_blob(&tx.body, chain.blobs()))?
            }
            SealClaim::Shared(shared) => {
                shared.verify()?;
                Standing::Verified
            }
            SealClaim::Contest(contest) => {
                let (signature, scores, posted) = *contest;
                signature.verify()?;
                match chain.verifier().score_digest(&scores, chain.blobs()) {
                    Ok(right) if right == posted => return Err(Refusal::ScoresRight),
                    Ok(_) => Standing::Verified,
                    // This node cannot judge it without the ciphertext.
                    Err(_) => Standing::Early,
                }
            }
        };
        Ok(Left::Nothing(Ok(standing)))
    };
    judge().unwrap_or_else(|refusal| Left::Nothing(Err(refusal)))
}

/// For each claim whether it holds, all verified together; None where its blob is not here, which
/// keeps no other from being verified.
fn verdicts(chain: &Chain, claims: Vec<ProofClaim>) -> Vec<Option<bool>> {
    let mut missing: BTreeSet<BlobHash> = BTreeSet::new();
    loop {
        let lacks = |claim: &ProofClaim| match &claim.inputs {
            PublicInputs::Ciphertext(of) => missing.contains(&of.ciphertext) || missing.contains(&of.matching_key),
            PublicInputs::Listed(_) => false,
        };
        let lacking: Vec<bool> = claims.iter().map(lacks).collect();
        let asked: Vec<ProofClaim> =
            claims.iter().zip(&lacking).filter(|(_, lacks)| !**lacks).map(|(claim, _)| claim.clone()).collect();
        let found = match asked.is_empty() {
            true => Ok(Vec::new()),
            false => chain.verifier().verify(&asked, chain.blobs()),
        };
        match found {
            Ok(found) => {
                let mut found = found.into_iter();
                return lacking.into_iter().map(|lacks| if lacks { None } else { found.next() }).collect();
            }
            // A verifier that names a blob of no claim has no answer to any of them.
            Err(blob) if !missing.insert(blob) => return vec![None; claims.len()],
            Err(_) => {}
        }
    }
}
