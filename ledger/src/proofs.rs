//! Proofs for light verifiers ([`protocol::light`]), as a node's chain and an archive both make
//! them.

use crate::error::NodeError;
use crate::receipt::receipts_root;
use crate::state::{State, StateRoot};
use crate::store::{Outcome, Store};
use protocol::compact::{changes_digest, CompactBlock};
use protocol::ids::{Height, TransactionId};
use protocol::light::{AcceptanceProof, RecordProof, StateOpening, TransactionProof};
use protocol::merkle::MerkleProof;
use protocol::tree::Position;

/// The source of proofs: a stored chain, the state after its last block, and its compact blocks
/// from block 1.
#[derive(Clone, Copy)]
pub(crate) struct Source<'a> {
    pub store: &'a Store,
    pub state: &'a State,
    pub compact: &'a [CompactBlock],
}

impl Source<'_> {
    /// Proof that an accepted transaction is in its block. None for an id that was not accepted.
    pub fn transaction(&self, id: &TransactionId) -> Result<Option<TransactionProof>, NodeError> {
        Ok(self.included(id)?.map(|(proof, _)| proof))
    }

    /// The proof that an accepted transaction is in its block, and that block's outcome.
    fn included(&self, id: &TransactionId) -> Result<Option<(TransactionProof, Outcome)>, NodeError> {
        let Some((height, place)) = self.store.place(id)? else { return Ok(None) };
        let Some((block, outcome)) = self.store.block(height)? else { return Ok(None) };
        let path = MerkleProof::new(&block.transactions, place as usize);
        let bytes = block.transactions.into_iter().nth(place as usize);
        Ok(path.zip(bytes).map(|(path, bytes)| (TransactionProof { height, path, bytes }, outcome)))
    }

    /// Proof that a transaction was accepted. None for an id that was not accepted.
    pub fn acceptance(&self, id: &TransactionId) -> Result<Option<AcceptanceProof>, NodeError> {
        let Some((included, outcome)) = self.included(id)? else { return Ok(None) };
        let receipts: Vec<Vec<u8>> = outcome.receipts.iter().map(|r| r.encode()).collect();
        let receipt = MerkleProof::new(&receipts, included.path.index as usize);
        let state = self.opening(included.height, &outcome)?;
        Ok(receipt.zip(state).map(|(receipt, state)| AcceptanceProof { included, state, receipt: receipt.neighbours }))
    }

    /// Proof that the tree after a block has a record at a position. None for a position or a block
    /// that is not there.
    pub fn record(&self, position: Position, height: Height) -> Result<Option<RecordProof>, NodeError> {
        let upto = usize::try_from(height.0).unwrap_or(usize::MAX);
        let leaves: usize = self.compact.iter().take(upto).flat_map(|b| &b.transactions).map(|t| t.leaves.len()).sum();
        let Some(path) = self.state.tree().path_at(position, leaves as u64) else { return Ok(None) };
        Ok(self.state_opening(height)?.map(|state| RecordProof::new(height, &path, state)))
    }

    /// A block as wallets scan it, with the parts of the state root after it. None beyond the last
    /// block, and at height 0.
    pub fn compact_block(&self, height: Height) -> Result<Option<(CompactBlock, StateOpening)>, NodeError> {
        let opening = self.state_opening(height)?;
        Ok(self.compact(height).cloned().zip(opening))
    }

    fn compact(&self, height: Height) -> Option<&CompactBlock> {
        let place = height.0.checked_sub(1).and_then(|place| usize::try_from(place).ok())?;
        self.compact.get(place)
    }

    /// The parts of the state root after a block. None beyond the last block, and at height 0.
    fn state_opening(&self, height: Height) -> Result<Option<StateOpening>, NodeError> {
        let Some((_, outcome)) = self.store.block(height)? else { return Ok(None) };
        self.opening(height, &outcome)
    }

    /// The parts of the state root after a block with this outcome.
    fn opening(&self, height: Height, outcome: &Outcome) -> Result<Option<StateOpening>, NodeError> {
        let Some(compact) = self.compact(height) else { return Ok(None) };
        let previous = match height.0 {
            0 | 1 => StateRoot::genesis(self.state.chain()),
            n => match self.store.block(Height(n - 1))? {
                Some((_, before)) => before.root,
                None => return Ok(None),
            },
        };
        let receipts = receipts_root(&outcome.receipts);
        let (state, tree, changes) = (outcome.state, compact.root, changes_digest(compact));
        Ok(Some(StateOpening { previous: previous.0, state, tree, changes, receipts }))
    }
}
