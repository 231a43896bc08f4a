//! Blocks that are executed and not committed: those that this node proposes, and those that it
//! judges.

use super::Chain;
use crate::admission::{blob_of, decode};
use crate::block::{check_header, check_size, transactions_root, BadBlock, BlockHash, Header};
use crate::error::NodeError;
use crate::execute::{execute, BlockInput, ExecuteError, Executed};
use crate::receipt::Receipt;
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
    /// Makes a block of these transactions, in this order, at this time in seconds since 1970.
    /// Executes it and commits nothing.
    ///
    /// # Errors
    /// A time before the last block's, a blob that is not here, a verifying key that this version
    /// does not have; [`BadBlock::Size`] for more transactions than a block holds.
    pub fn propose(&self, transactions: Vec<Vec<u8>>, time: Time) -> Result<Proposal, NodeError> {
        check_size(&transactions)?;
        let header = Header {
            chain: self.state.chain(),
            height: Height(self.state.height().0 + 1),
            parent: self.parent,
            parent_state: self.state.root(),
            transactions: transactions_root(&transactions),
            time,
            next_validators: self.validators.hash(),
        };
        Ok(self.run(header, transactions)?)
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
        let named = transactions.iter().filter_map(|bytes| blob_of(&decode(bytes).ok()?.body));
        let absent = named.filter(|hash| !self.blobs.contains(hash));
        Ok(Judgement::Missing(absent.chain([missing]).collect()))
    }

    fn run(&self, header: Header, transactions: Vec<Vec<u8>>) -> Result<Proposal, ExecuteError> {
        let input = BlockInput { height: header.height, time: header.time, transactions: &transactions };
        let executed = execute(&self.state, input, self.verifier.as_ref(), &self.blobs)?;
        Ok(Proposal { header, transactions, executed })
    }
}
