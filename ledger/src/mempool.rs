//! Transactions that are held for a later block, in memory only: a transaction is acknowledged when
//! the block that has it is on disk. A sender offers it again after a crash, which is harmless.
//!
//! What comes in is checked against the state of the last block, cheapest first, and then waits for
//! its seal to be verified. Proofs are verified together, over all sources. A source with a bad one
//! is suspect for a while: its transactions are then verified after all others, one by one, up to
//! the next bad one. A listing's own proof is verified before its blob is asked for. What needs an
//! earlier step is kept for the block that has it, and its proof is verified then.

mod held;
mod seals;
mod source;

pub use source::Source;

use crate::admission::{blob_of, decode, Moment, SealClaim};
use crate::block::MAX_TRANSACTIONS;
use crate::chain::Chain;
use crate::receipt::{LeftOut, TransactionDigest};
use crate::Refusal;
use held::{Forgetful, Held, Standing};
use protocol::ids::{BlobHash, Height, TransactionId};
use protocol::transaction::{Authority, Body};
use std::collections::{BTreeMap, BTreeSet};

/// Places that only operators' transactions can take.
const FOR_OPERATORS: usize = 1024;
/// For how many of the next blocks a source with a bad seal is suspect.
const SUSPECT_BLOCKS: u32 = 64;
/// How many transactions a suspect source can have held.
const FROM_SUSPECT: usize = 16;
/// How many transactions with bad seals are remembered.
const REMEMBERED: usize = 1 << 16;

/// A transaction that was thrown out, and why.
pub type ThrownOut = (TransactionId, Refusal);

/// The transactions that are held for a later block, in the order in which they came.
#[derive(Default)]
pub struct Mempool {
    held: BTreeMap<u64, Held>,
    next: u64,
    digests: BTreeSet<TransactionDigest>,
    /// Transactions whose seals did not verify.
    bad: Forgetful<TransactionDigest>,
    /// Suspect sources, and for how many more blocks.
    suspects: BTreeMap<Source, u32>,
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
        if self.digests.contains(&digest) || chain.receipt(&id).ok().flatten().is_some() {
            return Ok(id);
        }
        if self.bad.contains(&digest) {
            return Err(Refusal::BadProof);
        }
        let (state, at) = (chain.state(), next_block(chain));
        state.precheck(&tx, &id, at.height)?;
        // If the regulator sealed it, this program cannot execute a block with it; if not, no block
        // has a use for it.
        if let Body::ActivateKey(b) = &tx.body {
            if !chain.verifier().knows(b.relation, b.key) {
                return Err(Refusal::UnknownKey);
            }
        }
        match state.admit_without_blob(&tx, at, chain.verifier()) {
            Ok(admitted) => match admitted.seal {
                SealClaim::Signature(signature) => signature.verify()?,
                SealClaim::Contest(contest) => contest.0.verify()?,
                SealClaim::Proofs(proofs) => proofs.signed()?,
            },
            Err(refusal) if refusal.may_pass() => {}
            Err(refusal) => return Err(refusal),
        }
        let by_operator = !matches!(tx.kind().authority(), Authority::Relation(_) | Authority::Challenger);
        self.make_room(source, by_operator)?;
        let (blob, contests) = (blob_of(&tx.body), matches!(tx.body, Body::Contest(_)));
        let standing = Standing::Waiting;
        let held = Held { bytes: bytes.to_vec(), digest, id, source, by_operator, blob, contests, standing };
        self.digests.insert(digest);
        self.held.insert(self.next, held);
        self.next += 1;
        Ok(id)
    }

    /// Makes room for one more from this source. The source that has most held loses its oldest
    /// transaction if it has more than this one. Error: [`Refusal::Busy`].
    fn make_room(&mut self, source: Source, by_operator: bool) -> Result<(), Refusal> {
        let of = |source: Source| self.held.values().filter(|held| held.source == source).count();
        if self.suspects.contains_key(&source) && of(source) >= FROM_SUSPECT {
            return Err(Refusal::Busy);
        }
        let full = match by_operator {
            true => self.held.len() >= MAX_TRANSACTIONS + FOR_OPERATORS,
            false => self.held.values().filter(|held| !held.by_operator).count() >= MAX_TRANSACTIONS,
        };
        if !full {
            return Ok(());
        }
        let mut counts: BTreeMap<Source, usize> = BTreeMap::new();
        let evictable = || self.held.iter().filter(|(_, held)| by_operator || !held.by_operator);
        evictable().for_each(|(_, held)| *counts.entry(held.source).or_default() += 1);
        let own = counts.get(&source).copied().unwrap_or_default();
        let (greediest, count) = counts.into_iter().max_by_key(|(_, count)| *count).ok_or(Refusal::Busy)?;
        if count <= own + 1 {
            return Err(Refusal::Busy);
        }
        let oldest = evictable().find(|(_, held)| held.source == greediest).map(|(place, _)| *place);
        self.remove(oldest.ok_or(Refusal::Busy)?);
        Ok(())
    }

    /// The full bytes of everything that may be in the next block, in order: what waits for its
    /// seal to be verified is not, nor is a listing without its blob.
    pub fn candidates(&self) -> Vec<Vec<u8>> {
        let ready = |held: &&Held| matches!(held.standing, Standing::Verified | Standing::Early);
        self.held.values().filter(ready).take(MAX_TRANSACTIONS).map(|held| held.bytes.clone()).collect()
    }

    /// The blobs that listings wait for whose own proofs have verified.
    pub fn wanted(&self) -> BTreeSet<BlobHash> {
        let wanting = self.held.values().filter(|held| held.standing == Standing::WithoutBlob);
        wanting.filter_map(|held| held.blob).collect()
    }

    /// How many transactions are held.
    pub fn len(&self) -> usize {
        self.held.len()
    }

    /// Whether none is held.
    pub fn is_empty(&self) -> bool {
        self.held.is_empty()
    }

    /// Drops the transactions that need a blob whose file has vanished since they were verified, so
    /// that the chain goes on. These are the transactions that name the blob. Where none names it,
    /// every contest is dropped, since this node cannot judge a contest without the file. Returns
    /// whether any transaction was dropped.
    pub fn evict(&mut self, missing: &BlobHash) -> bool {
        let names = self.held.values().any(|held| held.blob == Some(*missing));
        let gone: Vec<u64> = (self.held.iter())
            .filter(|(_, held)| if names { held.blob == Some(*missing) } else { held.contests })
            .map(|(place, _)| *place)
            .collect();
        gone.iter().for_each(|place| self.remove(*place));
        !gone.is_empty()
    }

    /// The ids of candidates that were left out and may be in a later block, each with the reason.
    pub fn refusals(&self, left_out: &[LeftOut]) -> Vec<ThrownOut> {
        let id = |digest: &TransactionDigest| self.held.values().find(|held| held.digest == *digest);
        let may_pass = left_out.iter().filter(|out| out.refusal.may_pass());
        may_pass.filter_map(|out| Some((id(&out.transaction)?.id, out.refusal))).collect()
    }

    /// Takes note of a block: drops the transactions that it has, those that can be in no later
    /// one, and those left out of it for good. Returns the last ones.
    pub fn committed(&mut self, chain: &Chain, stored: &[TransactionDigest], left_out: &[LeftOut]) -> Vec<ThrownOut> {
        let mut thrown_out = Vec::new();
        let by_digest: BTreeMap<TransactionDigest, u64> =
            self.held.iter().map(|(place, held)| (held.digest, *place)).collect();
        stored.iter().filter_map(|digest| by_digest.get(digest)).for_each(|place| self.remove(*place));
        for LeftOut { transaction, refusal } in left_out {
            let Some(place) = by_digest.get(transaction) else { continue };
            if refusal.may_pass() {
                if let Some(held) = self.held.get_mut(place) {
                    held.standing = Standing::Early;
                }
            } else {
                thrown_out.extend(self.throw_out(*place, *refusal));
            }
        }
        let height = Height(chain.state().height().0 + 1);
        let gone = |held: &Held| {
            let tx = decode(&held.bytes).ok()?;
            chain.state().precheck(&tx, &held.id, height).err()
        };
        let gone: Vec<(u64, Refusal)> =
            self.held.iter().filter_map(|(place, held)| Some((*place, gone(held)?))).collect();
        for (place, refusal) in gone {
            thrown_out.extend(self.throw_out(place, refusal));
        }
        self.suspects.retain(|_, blocks| {
            *blocks -= 1;
            *blocks > 0
        });
        thrown_out
    }

    fn remove(&mut self, place: u64) {
        if let Some(held) = self.held.remove(&place) {
            self.digests.remove(&held.digest);
        }
    }

    /// Drops a transaction. If its seal is bad it is remembered, and its source is suspect.
    fn throw_out(&mut self, place: u64, refusal: Refusal) -> Option<ThrownOut> {
        let held = self.held.remove(&place)?;
        self.digests.remove(&held.digest);
        if matches!(refusal, Refusal::BadProof | Refusal::BadSignature | Refusal::ScoresRight) {
            self.bad.remember(held.digest, REMEMBERED);
            if held.source != Source::OWN {
                self.suspects.insert(held.source, SUSPECT_BLOCKS);
            }
        }
        Some((held.id, refusal))
    }
}

/// Height and time of the earliest block that a transaction can be in now.
fn next_block(chain: &Chain) -> Moment {
    Moment { height: Height(chain.state().height().0 + 1), time: chain.state().time() }
}
