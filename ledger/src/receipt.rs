//! Receipts: the outcome of each transaction of a block. Their Merkle root is part of the state
//! root.

use crate::Refusal;
use protocol::header::receipt_bytes;
use protocol::merkle;

pub use protocol::header::TransactionDigest;

/// The outcome of a transaction in a block.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Receipt {
    /// The digest of its full bytes, seal included.
    pub transaction: TransactionDigest,
    /// Accepted, or why it had no effect.
    pub outcome: Result<(), Refusal>,
}

impl Receipt {
    /// `digest 32 | outcome 1`, outcome 0 for accepted, otherwise the refusal's number.
    pub fn encode(&self) -> Vec<u8> {
        receipt_bytes(self.transaction, self.outcome_number())
    }
    /// 0 for accepted, otherwise the refusal's number.
    pub fn outcome_number(&self) -> u8 {
        match self.outcome {
            Ok(()) => 0,
            Err(refusal) => refusal as u8,
        }
    }
}

/// Merkle root of a block's receipts.
pub fn receipts_root(receipts: &[Receipt]) -> [u8; 32] {
    merkle::root(receipts.iter().map(Receipt::encode))
}

/// A candidate that a proposal left out, and why.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LeftOut {
    /// The candidate, by its full bytes.
    pub transaction: TransactionDigest,
    /// Why the block does not have it.
    pub refusal: Refusal,
}
