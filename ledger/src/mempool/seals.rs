//! The verification of the seals of what waits.

use super::held::{Held, Standing};
use super::source::Source;
use super::{next_block, Mempool, ThrownOut};
use crate::admission::{check_blob, decode, NotAdmitted, Proofs, SealClaim};
use crate::chain::Chain;
use crate::verifier::ProofClaim;
use crate::Refusal;
use protocol::ids::BlobHash;
use std::collections::BTreeSet;

/// What is left to be verified of a transaction.
enum Left {
    /// Its proofs.
    Proofs(Box<Proofs>),
    /// Nothing: it has its standing, or is refused.
    Nothing(Result<Standing, Refusal>),
}

impl Mempool {
    /// Verifies the seals of what waits: of all sources that are not suspect together, then of each
    /// suspect source one by one up to its first bad one, which takes its others along. Returns
    /// what is thrown out.
    pub fn verify(&mut self, chain: &Chain) -> Vec<ThrownOut> {
        let trusted = |pool: &Self, held: &Held| !pool.suspects.contains_key(&held.source);
        let mut thrown_out = self.verify_together(chain, &self.waiting(|held| trusted(self, held)));
        let suspects: BTreeSet<Source> = self.suspects.keys().copied().collect();
        for source in suspects {
            let waiting = self.waiting(|held| held.source == source);
            for (n, place) in waiting.iter().enumerate() {
                let found = self.verify_together(chain, std::slice::from_ref(place));
                let bad = found.iter().any(|(_, refusal)| *refusal == Refusal::BadProof);
                thrown_out.extend(found);
                if bad {
                    let rest = waiting[n + 1..].iter();
                    thrown_out.extend(rest.filter_map(|place| self.throw_out(*place, Refusal::Busy)));
                    break;
                }
            }
        }
        thrown_out
    }

    /// The places of what is not verified yet.
    fn waiting(&self, of: impl Fn(&Held) -> bool) -> Vec<u64> {
        let waits = |held: &Held| matches!(held.standing, Standing::Waiting | Standing::WithoutBlob);
        self.held.iter().filter(|(_, held)| waits(held) && of(held)).map(|(place, _)| *place).collect()
    }

    fn verify_together(&mut self, chain: &Chain, places: &[u64]) -> Vec<ThrownOut> {
        let mut proofs = Vec::new();
        let mut judged: Vec<(u64, Result<Standing, Refusal>)> = Vec::new();
        for place in places {
            let Some(held) = self.held.get(place) else { continue };
            match left(held, chain) {
                Left::Proofs(of) => proofs.push((*place, of)),
                Left::Nothing(result) => judged.push((*place, result)),
            }
        }
        let firsts = verdicts(chain, proofs.iter().map(|(_, proofs)| proofs.first.clone()).collect());
        let mut seconds = Vec::new();
        for ((place, proofs), good) in proofs.into_iter().zip(firsts) {
            match (good, proofs.second) {
                (Err(_), _) => judged.push((place, Ok(Standing::WithoutBlob))),
                (Ok(false), _) => judged.push((place, Err(Refusal::BadProof))),
                (Ok(true), None) => judged.push((place, Ok(Standing::Verified))),
                (Ok(true), Some(second)) => match self.blob_status(place, chain) {
                    Ok(Standing::Verified) => seconds.push((place, second)),
                    other => judged.push((place, other)),
                },
            }
        }
        let claims = seconds.iter().map(|(_, claim)| claim.clone()).collect();
        for ((place, _), good) in seconds.into_iter().zip(verdicts(chain, claims)) {
            judged.push(match good {
                Ok(true) => (place, Ok(Standing::Verified)),
                Ok(false) => (place, Err(Refusal::BadProof)),
                Err(_) => (place, Ok(Standing::WithoutBlob)),
            });
        }
        let mut thrown_out = Vec::new();
        for (place, result) in judged {
            match (result, self.held.get_mut(&place)) {
                (Ok(standing), Some(held)) => held.standing = standing,
                (Err(refusal), _) => thrown_out.extend(self.throw_out(place, refusal)),
                (Ok(_), None) => {}
            }
        }
        thrown_out
    }

    /// The standing of a transaction whose proofs hold as far as they can be told without its blob.
    fn blob_status(&self, place: u64, chain: &Chain) -> Result<Standing, Refusal> {
        let tx = self.held.get(&place).map(|held| decode(&held.bytes)).ok_or(Refusal::Encoding)??;
        with_blob(check_blob(&tx.body, chain.blobs()))
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
fn left(held: &Held, chain: &Chain) -> Left {
    let judge = || -> Result<Left, Refusal> {
        let tx = decode(&held.bytes)?;
        let admitted = match chain.state().admit_without_blob(&tx, next_block(chain), chain.verifier()) {
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

/// For each claim whether it holds, all verified together. Error, for all of them: a blob that is
/// not here.
fn verdicts(chain: &Chain, claims: Vec<ProofClaim>) -> Vec<Result<bool, BlobHash>> {
    let count = claims.len();
    if count == 0 {
        return Vec::new();
    }
    match chain.verifier().verify(&claims, chain.blobs()) {
        Ok(verdicts) => verdicts.into_iter().map(Ok).collect(),
        Err(missing) => vec![Err(missing); count],
    }
}
