//! Receipts: what became of each transaction of a block. Their root is part of the state root.

use crate::merkle;
use crate::Refusal;
use protocol::encoding::digest;

/// Digest of a transaction's full bytes, seal included.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct TransactionDigest(pub [u8; 32]);

impl TransactionDigest {
    /// Of these bytes.
    pub fn of(bytes: &[u8]) -> Self {
        TransactionDigest(digest("veilgrid/full-transaction/1", bytes))
    }
}

/// What became of a transaction in a block.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Receipt {
    /// Its full bytes' digest.
    pub transaction: TransactionDigest,
    /// Accepted, or why it had no effect.
    pub outcome: Result<(), Refusal>,
}

impl Receipt {
    /// `digest 32 | outcome 1`, outcome 0 for accepted, else the refusal's number.
    pub fn encode(&self) -> Vec<u8> {
        let mut out = self.transaction.0.to_vec();
        out.push(self.outcome_number());
        out
    }
    /// 0 for accepted, else the refusal's number.
    pub fn outcome_number(&self) -> u8 {
        match self.outcome {
            Ok(()) => 0,
            Err(refusal) => refusal as u8,
        }
    }
}

/// Root of a block's receipts.
pub fn receipts_root(receipts: &[Receipt]) -> [u8; 32] {
    merkle::root(receipts.iter().map(Receipt::encode))
}
