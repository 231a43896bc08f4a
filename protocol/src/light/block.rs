//! Compact blocks that headers prove.
//!
//! The header of block `h + 1` commits to the state after block `h`. The parts of that state root
//! ([`StateOpening`]) are the root before it, the digest of the state, the record tree's root, the
//! receipts' root and the digest of what block `h` changed. That last digest covers height, time,
//! ids, leaves with their positions, and events, in their order. Each id is the digest of chain,
//! expiry and body. So nothing of a [`CompactBlock`] is left that its sender could choose.

use super::{Error, HeaderChain, StateOpening};
use crate::compact::{changes_digest, CompactBlock};
use crate::header::{BlockHash, StateRoot};
use crate::ids::ChainId;
use std::ops::Deref;

/// A compact block that a chain of headers proved. Only [`HeaderChain::verify`] makes one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct VerifiedBlock {
    chain: ChainId,
    hash: BlockHash,
    state: StateRoot,
    block: CompactBlock,
}

impl VerifiedBlock {
    /// The chain that the block is of. A reader of one chain compares it before it uses the block.
    pub fn chain(&self) -> ChainId {
        self.chain
    }
    /// The block's hash, which also commits to the validator set and to every earlier block.
    pub fn hash(&self) -> BlockHash {
        self.hash
    }
    /// The state root after the block.
    pub fn state(&self) -> StateRoot {
        self.state
    }
    /// The compact block.
    pub fn compact(&self) -> &CompactBlock {
        &self.block
    }
}

impl Deref for VerifiedBlock {
    type Target = CompactBlock;
    fn deref(&self) -> &CompactBlock {
        &self.block
    }
}

impl HeaderChain {
    /// Checks a compact block against its own header and the one after it. The opening is that of
    /// the state after the block.
    ///
    /// # Errors
    /// [`Error::Truncated`] while one of the two headers is missing, [`Error::Block`] for a block
    /// or an opening that the headers do not commit to, [`Error::Contents`] for a transaction whose
    /// body or expiry is not what its id is of.
    pub fn verify(&self, block: CompactBlock, opening: &StateOpening) -> Result<VerifiedBlock, Error> {
        let height = block.height;
        let header = self.header(height)?;
        let state = self.state_after(height)?;
        let differs = |what| Err(Error::Block { height, what });
        if opening.previous != header.parent_state.0 {
            return differs("its state opening does not start from the state before it");
        }
        if opening.root() != state {
            return differs("its state opening does not lead to the next header");
        }
        if block.time != header.time {
            return differs("its time is not the header's");
        }
        if block.root != opening.tree {
            return differs("its root of the record tree is not the state's");
        }
        if changes_digest(&block) != opening.changes {
            return differs("its ids, leaves or events are not those of the state");
        }
        let other = block.transactions.iter().position(|tx| !tx.has_its_id(self.chain()));
        match other {
            Some(place) => Err(Error::Contents { height, place }),
            None => Ok(VerifiedBlock { chain: self.chain(), hash: header.hash(), state, block }),
        }
    }
}

#[cfg(test)]
mod tests;
