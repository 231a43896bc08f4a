//! A transaction that is held, and the memory of those whose seals were bad.

use super::source::Source;
use crate::receipt::TransactionDigest;
use crate::Refusal;
use protocol::ids::{BlobHash, Height, TransactionId};
use protocol::transaction::{Body, Transaction};
use std::collections::{BTreeMap, VecDeque};

/// How far a held transaction has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Standing {
    /// Its seal is not verified yet.
    Waiting,
    /// Its own proof holds. It is a listing whose blob is not here.
    WithoutBlob,
    /// A step before it is missing, so nobody can tell yet whether its seal is good.
    Early,
    /// Its seal holds on the state after the last block.
    Verified,
}

/// A transaction that is held.
pub(super) struct Held {
    pub bytes: Vec<u8>,
    /// The same, decoded.
    pub tx: Transaction,
    pub digest: TransactionDigest,
    pub id: TransactionId,
    /// Who sent these very bytes, whoever answers for it first; never empty, at most [`SENDERS`].
    pub sources: Vec<Source>,
    /// Whether an operator signed it.
    pub by_operator: bool,
    pub standing: Standing,
    /// The last block when it came to its standing.
    pub since: Height,
    /// Whether its seal was good once.
    pub proven: bool,
}

impl Held {
    /// The source that answers for it.
    pub fn source(&self) -> Source {
        self.sources[0]
    }
    /// The blob that it names.
    pub fn blob(&self) -> Option<BlobHash> {
        self.tx.body.blob()
    }
    /// Whether it contests scores.
    pub fn contests(&self) -> bool {
        matches!(self.tx.body, Body::Contest(_))
    }
    /// Notes that another source sent the same bytes. The node's own process is always noted.
    pub fn sent_by(&mut self, source: Source) {
        if self.sources.contains(&source) {
            return;
        }
        match source == Source::OWN {
            true => self.sources.insert(0, source),
            false => self.sources.push(source),
        }
        self.sources.truncate(SENDERS);
    }
    /// Lets the node's own process answer for it if it has sent it, else a source that is not
    /// suspect, else the one that sent it first.
    pub fn choose_source(&mut self, suspect: impl Fn(&Source) -> bool) {
        self.sources.sort_by_key(|source| (*source != Source::OWN, suspect(source)));
    }
    /// Lets the next source that sent it answer for it, and says whether there is one.
    pub fn hand_over(&mut self) -> bool {
        if self.sources.len() > 1 {
            self.sources.remove(0);
            return true;
        }
        false
    }
}

/// How many sources of the same bytes are noted.
const SENDERS: usize = 32;

/// How many transactions with bad seals are remembered.
const REMEMBERED: usize = 1 << 16;

/// The transactions whose seals did not verify, and why. They are forgotten in the order in which
/// they came.
#[derive(Default)]
pub(super) struct Failed {
    known: BTreeMap<TransactionDigest, Refusal>,
    order: VecDeque<(TransactionDigest, Height)>,
}

impl Failed {
    /// The refusal of a transaction that failed.
    pub fn get(&self, transaction: &TransactionDigest) -> Option<Refusal> {
        self.known.get(transaction).copied()
    }
    /// Remembers a transaction up to a height, and forgets the oldest one if there are too many.
    pub fn remember(&mut self, transaction: TransactionDigest, refusal: Refusal, until: Height) {
        if self.known.insert(transaction, refusal).is_none() {
            self.order.push_back((transaction, until));
        }
        if self.order.len() > REMEMBERED {
            self.forget_oldest();
        }
    }
    /// Forgets what is remembered up to this height.
    pub fn forget(&mut self, height: Height) {
        while self.order.front().is_some_and(|(_, until)| *until <= height) {
            self.forget_oldest();
        }
    }
    fn forget_oldest(&mut self) {
        if let Some((oldest, _)) = self.order.pop_front() {
            self.known.remove(&oldest);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn digest(n: u32) -> TransactionDigest {
        TransactionDigest::of(&n.to_le_bytes())
    }

    #[test]
    fn what_failed_is_remembered_up_to_its_height_and_up_to_a_number() {
        let mut failed = Failed::default();
        failed.remember(digest(0), Refusal::BadProof, Height(5));
        failed.remember(digest(0), Refusal::BadProof, Height(9));
        failed.remember(digest(1), Refusal::ScoresRight, Height(6));
        failed.forget(Height(5));
        assert_eq!((failed.get(&digest(0)), failed.get(&digest(1))), (None, Some(Refusal::ScoresRight)));
        for n in 2..REMEMBERED as u32 + 2 {
            failed.remember(digest(n), Refusal::BadProof, Height(7));
        }
        assert_eq!((failed.get(&digest(1)), failed.get(&digest(2))), (None, Some(Refusal::BadProof)));
        assert_eq!((failed.known.len(), failed.order.len()), (REMEMBERED, REMEMBERED));
    }
}
