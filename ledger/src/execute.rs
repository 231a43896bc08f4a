//! `execute`: the state machine (docs/protocol/40-ledger.md). A block's outcome is that of its
//! transactions one after another; but its proofs are verified together.
//!
//! First the block is run as if every proof held, and each claim is noted; the claims are verified
//! in one batch. If all hold, that run was right. If not, the block is run once more. Now each seal
//! is judged at its transaction's turn, by the batch's verdict where there is one. Only a
//! transaction that the first run had refused for another reason, because it stood behind the
//! effects of a bad one, has a claim that is not verified yet. So a block costs at most two runs,
//! and each proof at most two verifications, however its bad proofs are arranged.

use crate::admission::{decode, Moment, NotAdmitted, Proofs, SealClaim, SignatureClaim};
use crate::changes::Traces;
use crate::receipt::{receipts_root, Receipt, TransactionDigest};
use crate::state::State;
use crate::verifier::{Blobs, ProofClaim, ProofVerifier, ScoreClaim};
use crate::Refusal;
use protocol::compact::{changes_digest, CompactBlock, CompactTransaction};
use protocol::ids::{BlobHash, Height, Time, VerifyingKeyId};
use protocol::transaction::Body;
use protocol::tree::Root;
use std::collections::BTreeMap;

/// The parts of a block that `execute` needs.
#[derive(Clone, Copy, Debug)]
pub struct BlockInput<'a> {
    /// Its height: the state's plus 1.
    pub height: Height,
    /// Its time: not before the state's.
    pub time: Time,
    /// Its transactions' full bytes.
    pub transactions: &'a [Vec<u8>],
}

/// The effects of a block.
#[derive(Clone, Debug)]
pub struct Executed {
    /// The state after it, which holds the new state root.
    pub state: State,
    /// The outcome of each transaction, in the block's order.
    pub receipts: Vec<Receipt>,
    /// The block as wallets scan it.
    pub compact: CompactBlock,
}

/// Why a block cannot be executed at all. An invalid transaction is no reason: it gets a receipt.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ExecuteError {
    /// Not the next height.
    #[error("block {} does not follow block {}", found.0, last.0)]
    Height {
        /// The state's.
        last: Height,
        /// The block's.
        found: Height,
    },
    /// Time never goes back.
    #[error("a block's time, {}, is before its parent's, {}", found.0, last.0)]
    Time {
        /// The state's.
        last: Time,
        /// The block's.
        found: Time,
    },
    /// A listing depends on a blob that is not here: get it, then execute again.
    #[error("blob {0} is missing")]
    MissingBlob(BlobHash),
    /// The regulator activates a verifying key that this version of the program does not have: a
    /// newer one is needed.
    #[error(
        "the regulator activates verifying key {0}, which this version of Veilgrid does not have: use a newer one"
    )]
    UnknownKey(VerifyingKeyId),
}

impl ExecuteError {
    /// A code that stays the same across versions.
    pub const fn code(&self) -> &'static str {
        match self {
            ExecuteError::Height { .. } => "block-height",
            ExecuteError::Time { .. } => "block-time",
            ExecuteError::MissingBlob(_) => "missing-blob",
            ExecuteError::UnknownKey(_) => "unknown-key",
        }
    }
}

/// Executes a block on a state. Pure, and deterministic in its arguments.
pub fn execute(
    state: &State,
    block: BlockInput<'_>,
    verifier: &dyn ProofVerifier,
    blobs: &dyn Blobs,
) -> Result<Executed, ExecuteError> {
    let mut claims: BTreeMap<usize, Proofs> = BTreeMap::new();
    let executed = run(state, block, verifier, blobs, &mut |place, seal| match seal {
        SealClaim::Signature(signature) => Ok(signature.verify()?),
        SealClaim::Shared(shared) => Ok(shared.verify()?),
        SealClaim::Contest(contest) => contested(contest, verifier, blobs),
        SealClaim::Proofs(proofs) => {
            proofs.signed()?;
            claims.insert(place, (**proofs).clone());
            Ok(())
        }
    })?;
    let (places, claims): (Vec<usize>, Vec<Proofs>) = claims.into_iter().unzip();
    let verdicts = judge(verifier, &claims, blobs).map_err(ExecuteError::MissingBlob)?;
    if verdicts.iter().all(|good| *good) {
        return Ok(executed);
    }
    let known: BTreeMap<usize, (Proofs, bool)> = places.into_iter().zip(claims.into_iter().zip(verdicts)).collect();
    run(state, block, verifier, blobs, &mut |place, seal| match seal {
        SealClaim::Signature(signature) => Ok(signature.verify()?),
        SealClaim::Shared(shared) => Ok(shared.verify()?),
        SealClaim::Contest(contest) => contested(contest, verifier, blobs),
        SealClaim::Proofs(proofs) => {
            proofs.signed()?;
            let good = match known.get(&place) {
                Some((same, verdict)) if same == proofs.as_ref() => *verdict,
                _ => {
                    judge(verifier, std::slice::from_ref(proofs.as_ref()), blobs).map_err(NotAdmitted::Missing)?
                        == [true]
                }
            };
            Ok(good.then_some(()).ok_or(Refusal::BadProof)?)
        }
    })
}

/// For each of several transactions, whether all of its proofs hold. A second proof is verified
/// only where the first one holds: finding that a second proof is bad costs far more, and its
/// sender has then at least shown a credential and a record of its own.
fn judge(verifier: &dyn ProofVerifier, all: &[Proofs], blobs: &dyn Blobs) -> Result<Vec<bool>, BlobHash> {
    let together = |claims: Vec<ProofClaim>| match claims.len() {
        0 => Ok(Vec::new()),
        count => {
            let verdicts = verifier.verify(&claims, blobs)?;
            assert_eq!(verdicts.len(), count, "a verifier answers each claim");
            Ok(verdicts)
        }
    };
    let mut verdicts = together(all.iter().map(|proofs| proofs.first.clone()).collect())?;
    let seconds = (0..all.len()).filter(|i| verdicts[*i]).filter_map(|i| Some((i, all[i].second.clone()?)));
    let (places, claims): (Vec<usize>, Vec<ProofClaim>) = seconds.unzip();
    for (i, good) in places.into_iter().zip(together(claims)?) {
        verdicts[i] = good;
    }
    Ok(verdicts)
}

/// Whether contested scores are wrong: they are recomputed.
fn contested(
    contest: &(SignatureClaim, ScoreClaim, [u8; 32]),
    verifier: &dyn ProofVerifier,
    blobs: &dyn Blobs,
) -> Result<(), NotAdmitted> {
    let (signature, scores, posted) = contest;
    signature.verify()?;
    let right = verifier.score_digest(scores, blobs).map_err(NotAdmitted::Missing)?;
    if right == *posted {
        return Err(Refusal::ScoresRight.into());
    }
    Ok(())
}

/// Executes a block that this node has executed before. The stored outcomes decide which seals are
/// bad; everything else is done anew.
pub(crate) fn execute_again(
    state: &State,
    block: BlockInput<'_>,
    outcomes: &[Result<(), Refusal>],
    verifier: &dyn ProofVerifier,
    blobs: &dyn Blobs,
) -> Result<Executed, ExecuteError> {
    run(state, block, verifier, blobs, &mut |i, _| match outcomes.get(i) {
        Some(Err(bad @ (Refusal::BadProof | Refusal::BadSignature | Refusal::ScoresRight))) => Err((*bad).into()),
        _ => Ok(()),
    })
}

/// Runs one transaction after another; `seal` judges the seals.
fn run(
    state: &State,
    block: BlockInput<'_>,
    verifier: &dyn ProofVerifier,
    blobs: &dyn Blobs,
    seal: &mut dyn FnMut(usize, &SealClaim) -> Result<(), NotAdmitted>,
) -> Result<Executed, ExecuteError> {
    let (height, time) = (block.height, block.time);
    if state.height.0.checked_add(1) != Some(height.0) {
        return Err(ExecuteError::Height { last: state.height, found: height });
    }
    if time < state.time {
        return Err(ExecuteError::Time { last: state.time, found: time });
    }
    let mut next = state.clone();
    let mut clock = Traces::default();
    next.pass_time(time, &mut clock);
    let mut receipts = Vec::with_capacity(block.transactions.len());
    let mut accepted = Vec::new();
    for (i, bytes) in block.transactions.iter().enumerate() {
        let outcome = match step(&mut next, bytes, Moment { height, time }, verifier, blobs, &mut |c| seal(i, c)) {
            Ok(transaction) => {
                accepted.push(transaction);
                Ok(())
            }
            Err(NotAdmitted::Refused(refusal)) => Err(refusal),
            Err(NotAdmitted::Missing(blob)) => return Err(ExecuteError::MissingBlob(blob)),
            Err(NotAdmitted::UnknownKey(key)) => return Err(ExecuteError::UnknownKey(key)),
        };
        receipts.push(Receipt { transaction: TransactionDigest::of(bytes), outcome });
    }
    let root = next.end_block(height, time, state.tree.len());
    let compact = CompactBlock { height, time, events: clock.events, transactions: accepted, root };
    next.root = state.root.next(next.digest(), root, changes_digest(&compact), receipts_root(&receipts));
    Ok(Executed { state: next, receipts, compact })
}

/// Takes one transaction into the state. Error: the reason why it is not admitted.
fn step(
    state: &mut State,
    bytes: &[u8],
    at: Moment,
    verifier: &dyn ProofVerifier,
    blobs: &dyn Blobs,
    seal: &mut dyn FnMut(&SealClaim) -> Result<(), NotAdmitted>,
) -> Result<CompactTransaction, NotAdmitted> {
    let tx = decode(bytes)?;
    let admitted = state.admit(&tx, at, verifier, blobs)?;
    seal(&admitted.seal)?;
    if let Body::ActivateKey(b) = &tx.body {
        if !verifier.knows(b.relation, b.key) {
            return Err(NotAdmitted::UnknownKey(b.key));
        }
        if state.distrusts(b.relation, b.key, verifier) {
            return Err(Refusal::InsecureKey.into());
        }
    }
    let mut traces = Traces::default();
    for change in admitted.changes {
        state.apply(change, at.time, &mut traces);
    }
    let id = tx.id();
    state.accepted.add((tx.expiry, id));
    Ok(CompactTransaction { id, expiry: tx.expiry, body: tx.body, leaves: traces.leaves, events: traces.events })
}

impl State {
    /// Keeps the block's last root as an anchor, forgets the ids that expiry alone now keeps out,
    /// and brings the digest up to date. `leaves` is the number of leaves before the block.
    fn end_block(&mut self, height: Height, time: Time, leaves: u64) -> Root {
        (self.height, self.time) = (height, time);
        // A root costs 16 hashes, which an empty block saves.
        let root = match self.tree.len() == leaves {
            true => self.last_root(),
            false => self.tree.root(),
        };
        self.block_roots.insert(height, root);
        while self.block_roots.len() > self.genesis.anchor_blocks as usize {
            let oldest = self.block_roots.first().map(|(height, _)| *height);
            oldest.into_iter().for_each(|oldest| self.block_roots.remove(&oldest));
        }
        while let Some(gone) = self.accepted.first().map(|(key, ())| *key).filter(|(expiry, _)| *expiry <= height) {
            self.accepted.remove(&gone);
        }
        self.update_sum();
        root
    }
}
