//! Blocks that are executed and not committed: those that this node proposes, and those that it
//! judges.

use super::Chain;
use crate::admission::decode;
use crate::block::{check_header, check_size, transactions_root, BadBlock, BlockHash, Header};
use crate::error::NodeError;
use crate::execute::{execute, BlockInput, ExecuteError, Executed};
use crate::receipt::{LeftOut, Receipt};
use crate::state::StateRoot;
use protocol::compact::CompactBlock;
use protocol::ids::{BlobHash, Height, Time};
use std::collections::BTreeSet;

/// A block without a certificate, and the result of executing it on the head. [`Chain::propose`]
/// and [`Chain::verify`] make one, [`Chain::finalise`] takes it.
#[derive(Clone, Debug)]
pub struct Proposal {
    pub(super) header: Header,
    pub(super) transactions: Vec<Vec<u8>>,
    pub(super) executed: Executed,
    pub(super) left_out: Vec<LeftOut>,
}

impl Proposal {
    /// The header.
    pub fn header(&self) -> &Header {
        &self.header
    }
    /// The hash, which a certificate is of.
    pub fn hash(&self) -> BlockHash {
        self.header.hash()
    }
    /// The transactions' full bytes, in the block's order.
    pub fn transactions(&self) -> &[Vec<u8>] {
        &self.transactions
    }
    /// The outcome of each transaction, in the block's order.
    pub fn receipts(&self) -> &[Receipt] {
        &self.executed.receipts
    }
    /// The candidates that the block does not have, because they would be refused in it.
    pub fn left_out(&self) -> &[LeftOut] {
        &self.left_out
    }
    /// The block as wallets would scan it.
    pub fn compact(&self) -> &CompactBlock {
        &self.executed.compact
    }
    /// The state root that the block would lead to.
    pub fn root(&self) -> StateRoot {
        self.executed.state.root()
    }
}

/// The judgement of [`Chain::verify`] on a block that another node made.
#[derive(Debug)]
pub enum Judgement {
    /// The block follows on the head and can be executed. Transactions in it may be refused: their
    /// receipts say so.
    Good(Box<Proposal>),
    /// No certificate can make this a block of the chain after the head.
    Bad(BadBlock),
    /// These blobs are not here, so the block cannot be judged yet. Fetch them and ask again. At
    /// least one of them is needed; each is named by a transaction of the block, or by the contest
    /// of scores that needs it.
    Missing(BTreeSet<BlobHash>),
}

impl Chain {
    /// Makes a block of those of these transactions that execute, in this order, at this time in
    /// seconds since 1970. Commits nothing.
    ///
    /// # Errors
    /// A time before the last block's, a blob that is not here, a verifying key that this version
    /// does not have; [`BadBlock::Size`] for more transactions than a block holds.
    pub fn propose(&self, candidates: Vec<Vec<u8>>, time: Time) -> Result<Proposal, NodeError> {
        check_size(&candidates)?;
        let tried = self.run(self.next_header(&candidates, time), candidates)?;
        let refusal = |receipt: &Receipt| Some((receipt.transaction, receipt.outcome.err()?));
        let left_out: Vec<LeftOut> = (tried.receipts().iter().filter_map(refusal))
            .map(|(transaction, refusal)| LeftOut { transaction, refusal })
            .collect();
        if left_out.is_empty() {
            return Ok(tried);
        }
        // A refused transaction has no effect, so the others are accepted without it too.
        let outcomes = tried.executed.receipts.iter().map(|receipt| receipt.outcome.is_ok());
        let kept = tried.transactions.into_iter().zip(outcomes).filter(|(_, accepted)| *accepted);
        let kept: Vec<Vec<u8>> = kept.map(|(bytes, _)| bytes).collect();
        Ok(Proposal { left_out, ..self.run(self.next_header(&kept, time), kept)? })
    }

    /// The header of a block of these transactions after the head.
    fn next_header(&self, transactions: &[Vec<u8>], time: Time) -> Header {
        Header {
            chain: self.state.chain(),
            height: Height(self.state.height().0 + 1),
            parent: self.parent,
            parent_state: self.state.root(),
            transactions: transactions_root(transactions),
            time,
            next_validators: self.validators.hash(),
        }
    }

    /// Judges a block that another node made, against the head. Executes it and commits nothing;
    /// the proofs in it are verified.
    ///
    /// # Errors
    /// [`ExecuteError::UnknownKey`]: the block activates a verifying key that this version of the
    /// program does not have, so this version cannot judge it.
    pub fn verify(&self, header: Header, transactions: Vec<Vec<u8>>) -> Result<Judgement, NodeError> {
        if let Err(bad) = check_header(&header, &transactions, &self.state, self.parent, &self.validators) {
            return Ok(Judgement::Bad(bad));
        }
        let missing = match self.run(header, transactions.clone()) {
            Ok(proposal) => return Ok(Judgement::Good(Box::new(proposal))),
            Err(ExecuteError::MissingBlob(hash)) => hash,
            Err(ExecuteError::Time { .. }) => return Ok(Judgement::Bad(BadBlock::Time)),
            Err(ExecuteError::Height { .. }) => return Ok(Judgement::Bad(BadBlock::Height)),
            Err(error @ ExecuteError::UnknownKey(_)) => return Err(error.into()),
        };
        let named = transactions.iter().filter_map(|bytes| decode(bytes).ok()?.body.blob());
        let absent = named.filter(|hash| !self.blobs.contains(hash));
        Ok(Judgement::Missing(absent.chain([missing]).collect()))
    }

    fn run(&self, header: Header, transactions: Vec<Vec<u8>>) -> Result<Proposal, ExecuteError> {
        let input = BlockInput { height: header.height, time: header.time, transactions: &transactions };
        let executed = execute(&self.state, input, self.verifier.as_ref(), &self.blobs)?;
        Ok(Proposal { header, transactions, executed, left_out: Vec::new() })
    }
}
