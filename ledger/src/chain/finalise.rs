//! Making a block durable and moving the head. After a crash, or a write that failed, what the disk
//! holds decides: a block that reached it is the chain's, and no second block of its height ever
//! replaces it.

use super::{Chain, Proposal};
use crate::admission::decode;
use crate::block::{check_block, Block};
use crate::error::NodeError;
use crate::execute::Executed;
use crate::receipt::Receipt;
use crate::replay::again;
use crate::state::StateRoot;
use crate::store::{places, Head, Outcome};
use crate::verifier::ProofVerifier;
use crate::Refusal;
use protocol::certificate::Certificate;
use protocol::compact::CompactBlock;
use protocol::header::Header;
use protocol::ids::{Height, TransactionId};

/// A block that was just committed, and its effects.
#[derive(Clone, Debug)]
pub struct Sealed {
    /// Its header.
    pub header: Header,
    /// The state root after it.
    pub root: StateRoot,
    /// The block as wallets scan it.
    pub compact: CompactBlock,
    /// The outcome of each transaction, in the block's order.
    pub receipts: Vec<Receipt>,
    /// The transactions' ids, in the same order; zeros for bytes that are no transaction.
    pub ids: Vec<TransactionId>,
    /// The transactions that were held and are not in this block, each with the reason: those that
    /// can be in no later block, and at the end those that may be in one.
    pub left_out: Vec<(TransactionId, Refusal)>,
}

impl Sealed {
    /// The outcome of a transaction: that in this block (if the block has it more than once, the
    /// best), else the refusal for which it was left out. None for a transaction that was not held,
    /// or had no turn yet.
    pub fn outcome(&self, id: &TransactionId) -> Option<Result<(), Refusal>> {
        let inside = self.ids.iter().zip(&self.receipts).map(|(i, receipt)| (i, receipt.outcome));
        let outside = self.left_out.iter().map(|(i, refusal)| (i, Err(*refusal)));
        let outcomes = inside.chain(outside).filter(|(i, _)| *i == id).map(|(_, outcome)| outcome);
        outcomes.min_by_key(|o| o.is_err())
    }
}

impl Chain {
    /// Commits a proposal that is certified: durable when this returns, and then the head.
    ///
    /// # Errors
    /// With the head where it was: [`NodeError::Block`] for a proposal that does not follow on the
    /// head, or a certificate that is not the validators'; the store's. After an error of the store
    /// the block may have reached the disk all the same. Finalising it again, or
    /// [`Chain::recover`], tells. If recovery finds another block of that height on the disk, that
    /// block is the head from then on, and the proposal is refused.
    pub fn finalise(&mut self, proposal: Proposal, certificate: Certificate) -> Result<Sealed, NodeError> {
        let hash = proposal.hash();
        if let Some(stored) = self.recover()?.filter(|stored| stored.header.hash() == hash) {
            return Ok(stored);
        }
        let Proposal { header, transactions, executed, .. } = proposal;
        let block = Block { header, certificate, transactions };
        check_block(&block, &self.state, self.parent, &self.validators)?;
        let Executed { state, receipts, compact } = executed;
        let accepted = places(header.height, &receipts, &compact);
        let outcome = Outcome { root: state.root(), state: state.digest(), receipts };
        self.store.commit(&block, &outcome, &accepted)?;
        self.acknowledge(block, outcome, Executed { state, receipts: Vec::new(), compact })
    }

    /// Opens the database again if a write failed. A block that could not be acknowledged then may
    /// have been stored all the same: if so, it becomes the head and is returned.
    ///
    /// # Errors
    /// The store's; a stored block that is damaged.
    pub fn recover(&mut self) -> Result<Option<Sealed>, NodeError> {
        self.store.reopen()?;
        let height = Height(self.state.height().0 + 1);
        let Some((block, outcome)) = self.store.block(height)? else { return Ok(None) };
        let executed = again(&self.state, self.parent, &self.validators, &block, &outcome, self.verifier.as_ref())?;
        self.acknowledge(block, outcome, executed).map(Some)
    }

    /// A block is stored: notes how far the chain has come, and only then moves the head.
    fn acknowledge(&mut self, block: Block, outcome: Outcome, executed: Executed) -> Result<Sealed, NodeError> {
        let (header, hash) = (block.header, block.header.hash());
        self.store.set_head(Head { height: header.height, block: hash })?;
        let id = |bytes: &Vec<u8>| decode(bytes).map(|tx| tx.id()).unwrap_or(TransactionId([0; 32]));
        let ids = block.transactions.iter().map(id).collect();
        let compact = executed.compact.clone();
        self.parent = hash;
        self.compact.push(executed.compact);
        self.state = executed.state;
        self.verifier.keep_rounds(&self.state.scored_cycles());
        Ok(Sealed { header, root: outcome.root, compact, receipts: outcome.receipts, ids, left_out: Vec::new() })
    }
}
