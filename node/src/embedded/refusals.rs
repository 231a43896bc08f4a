//! Why transactions were thrown out, for the clients that ask. The newest are remembered.

use ledger::Refusal;
use protocol::ids::TransactionId;
use std::collections::{BTreeMap, VecDeque};

/// How many are remembered.
const REMEMBERED: usize = 16_384;

/// The newest transactions that were thrown out.
#[derive(Default)]
pub struct Refusals {
    why: BTreeMap<TransactionId, Refusal>,
    /// In the order in which they came.
    order: VecDeque<TransactionId>,
}

impl Refusals {
    /// Remembers these.
    pub fn note<'a>(&mut self, thrown_out: impl Iterator<Item = &'a (TransactionId, Refusal)>) {
        for (id, refusal) in thrown_out {
            if self.why.insert(*id, *refusal).is_none() {
                self.order.push_back(*id);
            }
        }
        while self.order.len() > REMEMBERED {
            self.order.pop_front().map(|id| self.why.remove(&id));
        }
    }
    /// Why a transaction was thrown out; None if that is not remembered.
    pub fn get(&self, id: &TransactionId) -> Option<Refusal> {
        self.why.get(id).copied()
    }
}
