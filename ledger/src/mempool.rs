//! Transactions that are held for a later block, in memory only: a transaction is acknowledged when
//! the block that has it is on disk. A sender offers it again after a crash, which is harmless.
//!
//! What comes in is checked against the state of the last block, cheapest first, and then waits for
//! its seal to be verified. Proofs are verified together, over all sources. A source with a bad one
//! is suspect for a while: its transactions are then verified after all others, one by one, up to
//! the next bad one. A listing's own proof is verified before its blob is asked for. What needs an
//! earlier step waits for the block that has it, for a while.

mod held;
mod room;
mod seals;
mod source;

pub use source::Source;

use crate::admission::{decode, Moment, SealClaim};
use crate::block::MAX_TRANSACTIONS;
use crate::chain::Chain;
use crate::receipt::{LeftOut, TransactionDigest};
use crate::Refusal;
use held::{Failed, Held, Standing};
use protocol::ids::{BlobHash, Height, Time, TransactionId};
use protocol::transaction::Body;
use std::collections::{BTreeMap, BTreeSet};

/// For how many blocks a source with a bad seal is suspect, and bytes that failed are refused at
/// once. A proof can be bad only because a key was changed after it was made, so not for ever.
const SUSPECT_BLOCKS: u64 = 64;
/// For how many blocks another source's transaction may wait for an earlier step or for its blob.
const PATIENCE_BLOCKS: u64 = 256;

/// A transaction that was thrown out, and why.
pub type ThrownOut = (TransactionId, Refusal);

/// The transactions that are held for a later block, in the order in which they came.
#[derive(Default)]
pub struct Mempool {
    held: BTreeMap<u64, Held>,
    next: u64,
    digests: BTreeMap<TransactionDigest, u64>,
    /// Transactions whose seals did not verify.
    failed: Failed,
    /// Suspect sources, each with the last height at which it is one.
    suspects: BTreeMap<Source, Height>,
    /// The suspect source whose transactions were verified last.
    served: Source,
}

impl Mempool {
    /// Takes a transaction for a later block. Sending one again that is accepted, or held, changes
    /// nothing. A listing is held without its blob; [`Mempool::wanted`] names the blob once the
    /// listing's own proof has verified.
    ///
    /// # Errors
    /// The refusal of a transaction that no later block could accept, and [`Refusal::Busy`] when
    /// there is no place for it. That none is given is no promise: the seal is verified later.
    pub fn submit(&mut self, bytes: &[u8], source: Source, chain: &Chain) -> Result<TransactionId, Refusal> {
        let digest = TransactionDigest::of(bytes);
        let tx = decode(bytes)?;
        let id = tx.id();
        if let Some(held) = self.digests.get(&digest).and_then(|place| self.held.get_mut(place)) {
            held.sent_by(source);
            held.choose_source(|of| self.suspects.contains_key(of));
            return Ok(id);
        }
        if chain.receipt(&id).ok().flatten().is_some() {
            return Ok(id);
        }
        if let Some(refusal) = self.failed.get(&digest) {
            return Err(refusal);
        }
        let (state, at) = (chain.state(), next_block(chain, Time(0)));
        state.precheck(&tx, &id, at.height)?;
        // If the regulator sealed it, this program cannot execute a block with it; if not, no block
        // has a use for it.
        if let Body::ActivateKey(b) = &tx.body {
            if !chain.verifier().knows(b.relation, b.key) {
                return Err(Refusal::UnknownKey);
            }
            if state.distrusts(b.relation, b.key, chain.verifier()) {
                return Err(Refusal::InsecureKey);
            }
        }
        match state.admit_without_blob(&tx, at, chain.verifier()) {
            Ok(admitted) => match admitted.seal {
                SealClaim::Signature(signature) => signature.verify()?,
                SealClaim::Contest(contest) => contest.0.verify()?,
                SealClaim::Proofs(proofs) => proofs.signed()?,
                // Verified with the proofs, since it costs half a millisecond.
                SealClaim::Shared(_) => {}
            },
            Err(refusal) if refusal.may_pass() => {}
            Err(refusal) => return Err(refusal),
        }
        let by_operator = state.signed_by_operator(&tx, id);
        self.make_room(source, by_operator)?;
        let (standing, since, proven) = (Standing::Waiting, state.height(), false);
        let (bytes, sources) = (bytes.to_vec(), vec![source]);
        let held = Held { bytes, tx, digest, id, sources, by_operator, standing, since, proven };
        self.digests.insert(digest, self.next);
        self.held.insert(self.next, held);
        self.next += 1;
        Ok(id)
    }

    /// The full bytes of what may be in the next block, in the order in which they came. If there
    /// is more than a block takes, operators' transactions go first. What waits for its seal to be
    /// verified is not among them, nor is a listing without its blob. Of what needs an earlier step
    /// only this node's own is, since the step may be in the same block.
    pub fn candidates(&self) -> Vec<Vec<u8>> {
        let ready = |held: &Held| {
            held.standing == Standing::Verified || held.standing == Standing::Early && held.source() == Source::OWN
        };
        let mut places: Vec<(u64, &Held)> =
            self.held.iter().filter(|(_, held)| ready(held)).map(|(place, held)| (*place, held)).collect();
        places.sort_by_key(|(place, held)| (!held.by_operator, held.standing == Standing::Early, *place));
        places.truncate(MAX_TRANSACTIONS);
        places.sort_by_key(|(place, _)| *place);
        places.into_iter().map(|(_, held)| held.bytes.clone()).collect()
    }

    /// The blobs that listings wait for whose own proofs have verified.
    pub fn wanted(&self) -> BTreeSet<BlobHash> {
        let wanting = self.held.values().filter(|held| held.standing == Standing::WithoutBlob);
        wanting.filter_map(Held::blob).collect()
    }

    /// The ids of the transactions that are held.
    pub fn ids(&self) -> impl Iterator<Item = &TransactionId> {
        self.held.values().map(|held| &held.id)
    }

    /// How many transactions are held.
    pub fn len(&self) -> usize {
        self.held.len()
    }

    /// Whether none is held.
    pub fn is_empty(&self) -> bool {
        self.held.is_empty()
    }

    /// Whether a source's transactions are verified after all others, because one was bad.
    pub fn is_suspect(&self, source: Source) -> bool {
        self.suspects.contains_key(&source)
    }

    /// Drops the transactions that need a blob whose file has vanished since they were verified, so
    /// that the chain goes on. These are the transactions that name the blob. Where none names it,
    /// every contest is dropped, since this node cannot judge a contest without the file. Returns
    /// what was dropped.
    pub fn evict(&mut self, missing: &BlobHash) -> Vec<ThrownOut> {
        let names = self.held.values().any(|held| held.blob() == Some(*missing));
        let gone: Vec<u64> = (self.held.iter())
            .filter(|(_, held)| if names { held.blob() == Some(*missing) } else { held.contests() })
            .map(|(place, _)| *place)
            .collect();
        let gone = gone.into_iter().filter_map(|place| self.remove(place));
        gone.map(|held| (held.id, Refusal::UnknownBlob)).collect()
    }

    /// The ids of transactions that this block does not have and a later one may have, each with
    /// the reason: candidates that were left out, and what waits for its blob.
    pub fn refusals(&self, left_out: &[LeftOut]) -> Vec<ThrownOut> {
        let held = |digest: &TransactionDigest| self.held.get(self.digests.get(digest)?);
        let may_pass = left_out.iter().filter(|out| out.refusal.may_pass());
        let early = may_pass.filter_map(|out| Some((held(&out.transaction)?.id, out.refusal)));
        let without_blob = self.held.values().filter(|held| held.standing == Standing::WithoutBlob);
        early.chain(without_blob.map(|held| (held.id, Refusal::UnknownBlob))).collect()
    }

    /// Takes note of a block: drops the transactions that it has, those that can be in no later
    /// one, and those left out of it for good. Returns the last two.
    pub fn committed(&mut self, chain: &Chain, stored: &[TransactionDigest], left_out: &[LeftOut]) -> Vec<ThrownOut> {
        let mut thrown_out = Vec::new();
        let stored: Vec<u64> = stored.iter().filter_map(|digest| self.digests.get(digest).copied()).collect();
        for place in stored {
            self.remove(place);
        }
        let last = chain.state().height();
        for LeftOut { transaction, refusal } in left_out {
            let Some(place) = self.digests.get(transaction).copied() else { continue };
            if refusal.may_pass() {
                self.stands(place, Standing::Early, last);
            } else {
                thrown_out.extend(self.throw_out(place, *refusal, last));
            }
        }
        let gone = |held: &Held| {
            let impatient = held.standing != Standing::Verified
                && held.source() != Source::OWN
                && last.0 > held.since.0 + PATIENCE_BLOCKS;
            let refusal = chain.state().precheck(&held.tx, &held.id, Height(last.0 + 1)).err();
            refusal.or(impatient.then_some(Refusal::Busy))
        };
        let gone: Vec<(u64, Refusal)> =
            self.held.iter().filter_map(|(place, held)| Some((*place, gone(held)?))).collect();
        for (place, refusal) in gone {
            thrown_out.extend(self.throw_out(place, refusal, last));
        }
        self.suspects.retain(|_, until| *until > last);
        self.failed.forget(last);
        thrown_out
    }

    fn remove(&mut self, place: u64) -> Option<Held> {
        let held = self.held.remove(&place)?;
        self.digests.remove(&held.digest);
        Some(held)
    }

    fn stands(&mut self, place: u64, standing: Standing, last: Height) {
        if let Some(held) = self.held.get_mut(&place) {
            if held.standing != standing {
                (held.standing, held.since) = (standing, last);
            }
            held.proven |= standing == Standing::Verified;
        }
    }

    /// Drops a transaction. If its seal is bad it is remembered for a while, and whoever sent it is
    /// suspect; but not if it was good once, since then another's change made it bad.
    fn throw_out(&mut self, place: u64, refusal: Refusal, last: Height) -> Option<ThrownOut> {
        let held = self.remove(place)?;
        if !held.proven && is_bad(refusal) {
            let until = Height(last.0 + SUSPECT_BLOCKS);
            self.failed.remember(held.digest, refusal, until);
            self.suspect(held.sources, until);
        }
        Some((held.id, refusal))
    }

    /// Makes sources suspect up to a height; the node's own process never is. What others have sent
    /// too is no longer theirs to answer for.
    fn suspect(&mut self, sources: Vec<Source>, until: Height) {
        let others = sources.into_iter().filter(|source| *source != Source::OWN);
        let known = self.suspects.len();
        self.suspects.extend(others.map(|source| (source, until)));
        if self.suspects.len() > known {
            self.held.values_mut().for_each(|held| held.choose_source(|of| self.suspects.contains_key(of)));
        }
    }
}

/// Whether a refusal says that the transaction's seal is bad, which costs the node its verification.
const fn is_bad(refusal: Refusal) -> bool {
    matches!(refusal, Refusal::BadProof | Refusal::BadSignature | Refusal::ScoresRight)
}

/// Height of the next block, and its time if it is made at this time or, failing that, at once.
fn next_block(chain: &Chain, time: Time) -> Moment {
    Moment { height: Height(chain.state().height().0 + 1), time: chain.state().time().max(time) }
}
