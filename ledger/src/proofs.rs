//! Proofs that a node, or an archive, makes for light verifiers ([`protocol::light`]).

use crate::archive::Archive;
use crate::node::{Node, NodeError};
use crate::receipt::receipts_root;
use crate::state::{State, StateRoot};
use crate::store::{Store, StoreError};
use protocol::certificate::Certificate;
use protocol::compact::{changes_digest, CompactBlock};
use protocol::header::Header;
use protocol::ids::{Height, TransactionId};
use protocol::light::{AcceptanceProof, Error as LightError, HeaderChain, RecordProof, StateOpening, TransactionProof};
use protocol::merkle::MerkleProof;
use protocol::tree::Position;

/// What proofs are made from: a node's chain, or an [`Archive`]'s.
#[derive(Clone, Copy)]
struct Chain<'a> {
    store: &'a Store,
    state: &'a State,
    compact: &'a [CompactBlock],
}

impl Chain<'_> {
    fn transaction(&self, id: &TransactionId) -> Result<Option<TransactionProof>, NodeError> {
        let Some((height, place)) = self.store.place(id)? else { return Ok(None) };
        let Some((block, _)) = self.store.block(height)? else { return Ok(None) };
        let path = MerkleProof::new(&block.transactions, place as usize);
        let bytes = block.transactions.into_iter().nth(place as usize);
        Ok(path.zip(bytes).map(|(path, bytes)| TransactionProof { height, path, bytes }))
    }

    fn acceptance(&self, id: &TransactionId) -> Result<Option<AcceptanceProof>, NodeError> {
        let Some(included) = self.transaction(id)? else { return Ok(None) };
        let Some((_, outcome)) = self.store.block(included.height)? else { return Ok(None) };
        let receipts: Vec<Vec<u8>> = outcome.receipts.iter().map(|r| r.encode()).collect();
        let receipt = MerkleProof::new(&receipts, included.path.index as usize);
        let state = self.state_opening(included.height)?;
        Ok(receipt.zip(state).map(|(receipt, state)| AcceptanceProof { included, state, receipt: receipt.neighbours }))
    }

    fn record(&self, position: Position, height: Height) -> Result<Option<RecordProof>, NodeError> {
        let upto = usize::try_from(height.0).unwrap_or(usize::MAX);
        let leaves: usize = self.compact.iter().take(upto).flat_map(|b| &b.transactions).map(|t| t.leaves.len()).sum();
        let Some(path) = self.state.tree().path_at(position, leaves as u64) else { return Ok(None) };
        Ok(self.state_opening(height)?.map(|state| RecordProof::new(height, &path, state)))
    }

    fn compact_block(&self, height: Height) -> Result<Option<(CompactBlock, StateOpening)>, NodeError> {
        let opening = self.state_opening(height)?;
        Ok(self.compact(height).cloned().zip(opening))
    }

    fn compact(&self, height: Height) -> Option<&CompactBlock> {
        let place = height.0.checked_sub(1).and_then(|place| usize::try_from(place).ok())?;
        self.compact.get(place)
    }

    /// What the state root after a block is made of. None beyond the last, and at height 0.
    fn state_opening(&self, height: Height) -> Result<Option<StateOpening>, NodeError> {
        let Some((_, outcome)) = self.store.block(height)? else { return Ok(None) };
        let Some(compact) = self.compact(height) else { return Ok(None) };
        let previous = match height.0 {
            0 | 1 => StateRoot::genesis(self.state.chain()),
            n => match self.store.block(Height(n - 1))? {
                Some((_, before)) => before.root,
                None => return Ok(None),
            },
        };
        Ok(Some(opening(previous, compact, receipts_root(&outcome.receipts))))
    }
}

impl Node {
    fn chain(&self) -> Chain<'_> {
        Chain { store: self.store(), state: self.state(), compact: self.compact_blocks(Height(1)) }
    }

    /// A block's header and certificate: what a light verifier follows the chain by. None beyond the last.
    pub fn header(&self, height: Height) -> Result<Option<(Header, Certificate)>, NodeError> {
        Ok(self.block(height)?.map(|block| (block.header, block.certificate)))
    }

    /// Brings a chain of headers up to the last block. Errors: the node's; a header that does not hold is
    /// [`StoreError::Damaged`].
    pub fn follow(&self, headers: &mut HeaderChain) -> Result<(), NodeError> {
        while headers.height() < self.state().height() {
            let height = Height(headers.height().0 + 1);
            let missing = || StoreError::damaged(height, "missing");
            let (header, certificate) = self.header(height)?.ok_or_else(missing)?;
            let damaged = |e: LightError| StoreError::damaged(height, e.to_string());
            headers.extend(header, &certificate).map_err(damaged)?;
        }
        Ok(())
    }

    /// What a light verifier makes a [`protocol::light::VerifiedBlock`] of, together with the header
    /// after it ([`HeaderChain::verify`]): the compact block and the state opening. None beyond the last
    /// block.
    pub fn compact_block(&self, height: Height) -> Result<Option<(CompactBlock, StateOpening)>, NodeError> {
        self.chain().compact_block(height)
    }

    /// Proof that an accepted transaction is in its block.
    pub fn transaction_proof(&self, id: &TransactionId) -> Result<Option<TransactionProof>, NodeError> {
        self.chain().transaction(id)
    }

    /// Proof that a transaction was accepted. It can be checked once the block after its own is there.
    pub fn acceptance_proof(&self, id: &TransactionId) -> Result<Option<AcceptanceProof>, NodeError> {
        self.chain().acceptance(id)
    }

    /// Proof that the record at `position` is in the tree as it was after block `height`. None if it was not there yet.
    /// It can be checked once the block after that is there.
    pub fn record_proof(&self, position: Position, height: Height) -> Result<Option<RecordProof>, NodeError> {
        self.chain().record(position, height)
    }
}

impl Archive {
    fn chain(&self) -> Chain<'_> {
        Chain { store: self.store(), state: &self.ledger.state, compact: &self.ledger.compact }
    }

    /// [`Node::acceptance_proof`].
    pub fn acceptance_proof(&self, id: &TransactionId) -> Result<Option<AcceptanceProof>, NodeError> {
        self.chain().acceptance(id)
    }

    /// [`Node::compact_block`].
    pub fn compact_block(&self, height: Height) -> Result<Option<(CompactBlock, StateOpening)>, NodeError> {
        self.chain().compact_block(height)
    }

    /// [`Node::record_proof`].
    pub fn record_proof(&self, position: Position, height: Height) -> Result<Option<RecordProof>, NodeError> {
        self.chain().record(position, height)
    }
}

fn opening(previous: StateRoot, compact: &CompactBlock, receipts: [u8; 32]) -> StateOpening {
    StateOpening { previous: previous.0, tree: compact.root, changes: changes_digest(compact), receipts }
}
