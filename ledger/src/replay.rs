//! Executing a stored ledger again from its genesis, believing the stored receipts about seals
//! ([`crate::verify`] does not). Opening a node, reading a ledger and restoring a snapshot all do
//! it.

use crate::admission::{blob_and_length, decode};
use crate::block::{check_block, Block, BlockHash};
use crate::error::NodeError;
use crate::execute::{execute_again, BlockInput, Executed};
use crate::receipt::Receipt;
use crate::state::State;
use crate::store::{places, Head, Outcome, Places, Store, StoreError};
use crate::verifier::{Blobs, CiphertextStatus, ProofVerifier};
use crate::Refusal;
use protocol::certificate::ValidatorSet;
use protocol::compact::CompactBlock;
use protocol::ids::{BlobHash, Height};
use protocol::transaction::genesis::Genesis;
use std::collections::BTreeSet;

/// The status of a block's ciphertexts when the block was sealed.
struct Remembered {
    /// Each malformed blob, with the length that it had to have, or None where it had to be a
    /// plan's ciphertext. A blob that is malformed as one of these may be well formed as another.
    malformed: BTreeSet<(BlobHash, Option<usize>)>,
}

impl Remembered {
    fn status(&self, hash: &BlobHash, length: Option<usize>) -> CiphertextStatus {
        match self.malformed.contains(&(*hash, length)) {
            true => CiphertextStatus::Malformed,
            false => CiphertextStatus::Canonical,
        }
    }
}

impl Blobs for Remembered {
    fn plan_ciphertext(&self, hash: &BlobHash) -> CiphertextStatus {
        self.status(hash, None)
    }
    fn of_length(&self, hash: &BlobHash, bytes: usize) -> CiphertextStatus {
        self.status(hash, Some(bytes))
    }
    fn get(&self, _: &BlobHash) -> Option<Vec<u8>> {
        None
    }
}

/// The effects of a block, beside the state after it.
pub(crate) struct Adopted {
    /// The outcome of each transaction, in the block's order.
    pub receipts: Vec<Receipt>,
    /// The block as wallets scan it.
    pub compact: CompactBlock,
    /// Where its accepted transactions are.
    pub places: Places,
}

/// The progress of executing a stored ledger, and the values that are compared with the rest of the
/// store at the end.
pub(crate) struct Replay {
    pub state: State,
    pub parent: BlockHash,
    pub validators: ValidatorSet,
    places: Places,
    head: Option<Head>,
}

impl Replay {
    /// Before the first block.
    pub fn new(genesis: &Genesis, validators: ValidatorSet, head: Option<Head>) -> Self {
        let parent = BlockHash::genesis(genesis, &validators);
        Replay { state: State::new(genesis), parent, validators, places: Places::new(), head }
    }
    /// Moves on to the state after an executed block, and returns the block's other effects. Error:
    /// the block is not the one that `ledger.head` names.
    pub fn adopt(&mut self, block: &Block, executed: Executed) -> Result<Adopted, StoreError> {
        let Executed { state, receipts, compact, .. } = executed;
        let height = block.header.height;
        self.parent = block.header.hash();
        self.state = state;
        let places = places(height, &receipts, &compact);
        self.places.extend(&places);
        match self.head {
            Some(head) if head.height == height && head.block != self.parent => {
                Err(StoreError::damaged(height, "it is another than ledger.head names"))
            }
            _ => Ok(Adopted { receipts, compact, places }),
        }
    }
    /// Executes the next stored block; None beyond the last.
    pub fn next(&mut self, store: &Store, verifier: &dyn ProofVerifier) -> Result<Option<(Block, Adopted)>, NodeError> {
        let height = Height(self.state.height().0 + 1);
        match store.block(height)? {
            None => Ok(None),
            Some((block, outcome)) => {
                let executed = again(&self.state, self.parent, &self.validators, &block, &outcome, verifier)?;
                let adopted = self.adopt(&block, executed)?;
                Ok(Some((block, adopted)))
            }
        }
    }
    /// To be called after the last block: checks that no acknowledged block is missing after it,
    /// and that the rest of the database is sound.
    pub fn finish(&self, store: &mut Store) -> Result<(), StoreError> {
        let (last, stored) = (self.state.height(), store.height()?);
        if stored != last {
            return Err(StoreError::damaged(Height(last.0 + 1), "missing"));
        }
        if let Some(head) = self.head.filter(|head| head.height > last) {
            return Err(StoreError::LostBlocks { expected: head.height });
        }
        store.check_rest(&self.places)
    }
}

/// Executes a stored block on the state before it. Error: its header, certificate, receipts or root
/// are not those that executing it gives.
pub(crate) fn again(
    state: &State,
    parent: BlockHash,
    validators: &ValidatorSet,
    block: &Block,
    outcome: &Outcome,
    verifier: &dyn ProofVerifier,
) -> Result<Executed, NodeError> {
    let height = Height(state.height().0 + 1);
    let damaged = |what: &str| StoreError::damaged(height, what);
    check_block(block, state, parent, validators).map_err(|bad| damaged(&bad.to_string()))?;
    let outcomes: Vec<_> = outcome.receipts.iter().map(|r| r.outcome).collect();
    let input = BlockInput { height, time: block.header.time, transactions: &block.transactions };
    let malformed = block.transactions.iter().zip(&outcomes);
    let malformed = malformed.filter(|(_, o)| **o == Err(Refusal::MalformedCiphertext));
    let malformed = malformed.filter_map(|(bytes, _)| blob_and_length(&decode(bytes).ok()?.body)).collect();
    let executed = execute_again(state, input, &outcomes, verifier, &Remembered { malformed })?;
    let reached = (executed.state.root(), executed.state.digest());
    if reached != (outcome.root, outcome.state) || executed.receipts != outcome.receipts {
        return Err(damaged("executing it gives another state than was stored").into());
    }
    Ok(executed)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_malformed_as_one_thing_is_not_so_as_another() {
        let hash = BlobHash([1; 32]);
        let remembered = Remembered { malformed: BTreeSet::from([(hash, Some(100))]) };
        assert_eq!(remembered.of_length(&hash, 100), CiphertextStatus::Malformed);
        assert_eq!(remembered.of_length(&hash, 99), CiphertextStatus::Canonical);
        assert_eq!(remembered.plan_ciphertext(&hash), CiphertextStatus::Canonical);
    }
}
