//! Whether a block follows on a state: everything that the header and the certificate tell without
//! executing the block.

use super::{transactions_root, Block, BlockHash, Header, MAX_TRANSACTIONS};
use crate::state::State;
use protocol::certificate::ValidatorSet;
use protocol::transaction::MAX_BYTES;

/// What is wrong with a block. The messages complete the sentence "block 5: ...".
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BadBlock {
    /// The header is of another chain.
    #[error("its header is of another chain")]
    Chain,
    /// The header's height is not the next one.
    #[error("its header has another height")]
    Height,
    /// The header does not name the last block as its parent.
    #[error("its header names another parent")]
    Parent,
    /// The header does not name the state root after the last block.
    #[error("its header names another parent state")]
    ParentState,
    /// The header's root is not that of the block's transactions.
    #[error("its header has another root of transactions")]
    Transactions,
    /// The header names another validator set for the next block.
    #[error("its header names another validator set for the next block")]
    Validators,
    /// The header's time is before the last block's.
    #[error("its time is before its parent's")]
    Time,
    /// The block has more than [`MAX_TRANSACTIONS`] transactions, or one that is longer than
    /// [`MAX_BYTES`].
    #[error("it has more transactions than any block, or one longer than any")]
    Size,
    /// The validator set did not certify the block.
    #[error("its certificate is not the orderer's")]
    Certificate,
}

impl BadBlock {
    /// A code that stays the same across versions.
    pub const fn code(self) -> &'static str {
        match self {
            BadBlock::Chain => "block-chain",
            BadBlock::Height => "block-height",
            BadBlock::Parent => "block-parent",
            BadBlock::ParentState => "block-parent-state",
            BadBlock::Transactions => "block-transactions",
            BadBlock::Validators => "block-validators",
            BadBlock::Time => "block-time",
            BadBlock::Size => "block-size",
            BadBlock::Certificate => "block-certificate",
        }
    }
}

/// Whether transactions fit into a block.
///
/// # Errors
/// [`BadBlock::Size`].
pub(crate) fn check_size(transactions: &[Vec<u8>]) -> Result<(), BadBlock> {
    match transactions.len() > MAX_TRANSACTIONS || transactions.iter().any(|bytes| bytes.len() > MAX_BYTES) {
        true => Err(BadBlock::Size),
        false => Ok(()),
    }
}

/// Whether a header with these transactions follows on a state, `parent` being the hash of the
/// block that the state is after. The time is left to `execute`.
///
/// # Errors
/// Every [`BadBlock`] but [`BadBlock::Time`] and [`BadBlock::Certificate`].
pub(crate) fn check_header(
    header: &Header,
    transactions: &[Vec<u8>],
    state: &State,
    parent: BlockHash,
    validators: &ValidatorSet,
) -> Result<(), BadBlock> {
    if header.chain != state.chain() {
        return Err(BadBlock::Chain);
    }
    if state.height().0.checked_add(1) != Some(header.height.0) {
        return Err(BadBlock::Height);
    }
    if header.parent != parent {
        return Err(BadBlock::Parent);
    }
    if header.parent_state != state.root() {
        return Err(BadBlock::ParentState);
    }
    // No transaction changes the set.
    if header.next_validators != validators.hash() {
        return Err(BadBlock::Validators);
    }
    check_size(transactions)?;
    if header.transactions != transactions_root(transactions) {
        return Err(BadBlock::Transactions);
    }
    Ok(())
}

/// The same of a certified block, with its certificate.
///
/// # Errors
/// Those of [`check_header`], and [`BadBlock::Certificate`].
pub(crate) fn check_block(
    block: &Block,
    state: &State,
    parent: BlockHash,
    validators: &ValidatorSet,
) -> Result<(), BadBlock> {
    check_header(&block.header, &block.transactions, state, parent, validators)?;
    block.check_certificate(validators).map_err(|_| BadBlock::Certificate)
}
