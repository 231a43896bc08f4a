//! What the API asks of the node behind it. Every call may wait for a disk; the API makes them on
//! threads that may wait.

use crate::wire::GenesisFile;
use ledger::{Source, State};
use protocol::header::BlockHash;
use protocol::ids::{Height, Time, TransactionId};
use tokio::sync::watch;
use wallets::ledger_access::{AccessError, LedgerAccess};

/// The last block of a node.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Tip {
    /// Its height; 0 before the first block.
    pub height: Height,
    /// Its hash.
    pub block: BlockHash,
    /// Its time, in seconds since 1970.
    pub time: Time,
}

/// How far a transaction has come.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Standing {
    /// Accepted in the block of this height, at this place from 0.
    Accepted(Height, u32),
    /// Held for a later block.
    Held,
    /// Thrown out, for this reason.
    ThrownOut(AccessError),
    /// Neither accepted nor held, and nothing is remembered of it.
    Unknown,
}

/// A transaction as a client sent it.
#[derive(Clone, Debug)]
pub struct Submission {
    /// Its full bytes.
    pub transaction: Vec<u8>,
    /// The blob that it names, where it names one and the client sent it along.
    pub blob: Option<Vec<u8>>,
    /// The client.
    pub source: Source,
}

/// A node.
pub trait Service: LedgerAccess + Send + Sync + 'static {
    /// What the node's chain begins with.
    fn genesis(&self) -> &GenesisFile;
    /// The last block.
    fn tip(&self) -> Tip;
    /// The state after the last block. A copy shares most of what it has with the original.
    fn state(&self) -> State;
    /// How many transactions are held for later blocks.
    fn held(&self) -> usize;
    /// Takes a transaction for a later block, and keeps its blob until the listing's own proof has
    /// verified.
    ///
    /// # Errors
    /// [`AccessError::Refused`] for a reason for which no later block could accept it, or `busy`.
    fn accept(&self, submission: Submission) -> Result<TransactionId, AccessError>;
    /// How far a transaction has come.
    ///
    /// # Errors
    /// [`AccessError::Failed`] of the node's store.
    fn standing(&self, id: &TransactionId) -> Result<Standing, AccessError>;
    /// A block's full bytes. None beyond the last.
    ///
    /// # Errors
    /// [`AccessError::Failed`] of the node's store.
    fn block(&self, height: Height) -> Result<Option<Vec<u8>>, AccessError>;
    /// Tells of every new block.
    fn heights(&self) -> watch::Receiver<Height>;
}
