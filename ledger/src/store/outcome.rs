//! What is stored of a block beside its own bytes: root and digest of the state after it, its
//! receipts, and where its accepted transactions are.

use crate::receipt::{Receipt, TransactionDigest};
use crate::state::StateRoot;
use crate::Refusal;
use protocol::compact::CompactBlock;
use protocol::ids::{Height, TransactionId};
use std::collections::BTreeMap;

/// Bytes of a receipt: the transaction's digest and the number of its outcome.
const RECEIPT: usize = 33;

/// Where accepted transactions are: height, place in the block.
pub(crate) type Places = BTreeMap<TransactionId, (u64, u32)>;

/// The places of a block's accepted transactions.
pub(crate) fn places(height: Height, receipts: &[Receipt], compact: &CompactBlock) -> Places {
    let accepted = (0u32..).zip(receipts).filter(|(_, receipt)| receipt.outcome.is_ok());
    let ids = compact.transactions.iter().map(|tx| tx.id);
    ids.zip(accepted).map(|(id, (place, _))| (id, (height.0, place))).collect()
}

/// The outcome of a block.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Outcome {
    /// The state root after it.
    pub root: StateRoot,
    /// The digest of the state itself after it, a part of the root.
    pub state: [u8; 32],
    /// The outcome of each transaction, in the block's order.
    pub receipts: Vec<Receipt>,
}

impl Outcome {
    pub fn encode(&self) -> Vec<u8> {
        let mut out = [self.root.0, self.state].concat();
        self.receipts.iter().for_each(|r| out.extend(r.encode()));
        out
    }
    pub fn decode(bytes: &[u8]) -> Option<Self> {
        let (root, rest) = bytes.split_first_chunk::<32>()?;
        let (state, rest) = rest.split_first_chunk::<32>()?;
        let receipts = rest.chunks(RECEIPT).map(|chunk| {
            let (transaction, number) = chunk.split_first_chunk::<32>()?;
            let outcome = match number {
                [0] => Ok(()),
                [n] => Err(Refusal::from_u8(*n)?),
                _ => return None,
            };
            Some(Receipt { transaction: TransactionDigest(*transaction), outcome })
        });
        Some(Outcome { root: StateRoot(*root), state: *state, receipts: receipts.collect::<Option<_>>()? })
    }
}
