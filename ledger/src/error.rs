//! Why a request to a chain, or to a node over it, fails.

use crate::block::BadBlock;
use crate::execute::ExecuteError;
use crate::store::StoreError;
use protocol::relation::RelationKind;

/// Why a request to a node fails.
#[derive(Debug, thiserror::Error)]
pub enum NodeError {
    /// The store fails.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// A block cannot be executed.
    #[error(transparent)]
    Execute(#[from] ExecuteError),
    /// A block that does not follow on the last one, or that is not certified.
    #[error("the block cannot be taken: {0}")]
    Block(#[from] BadBlock),
    /// The genesis contradicts itself.
    #[error("genesis: {0}")]
    Genesis(protocol::Error),
    /// The genesis pins other verifying keys than this version has.
    #[error("the genesis pins other verifying keys than this version has")]
    VerifyingKeys,
    /// The network is `main`, and a key that the genesis pins is from the public seed.
    #[error("the chain is of network main, and its verifying key of relation {} is from the public seed, whose trapdoor everybody knows", .0.name())]
    InsecureKey(RelationKind),
    /// The blob given is not the matching key of the genesis.
    #[error("the matching key is not the one that the genesis names")]
    MatchingKey,
    /// The ledger was ordered under another key.
    #[error("this ledger is ordered under another key: give the one it was made with")]
    Orderer,
}

impl NodeError {
    /// A code that stays the same across versions.
    pub const fn code(&self) -> &'static str {
        match self {
            NodeError::Store(e) => e.code(),
            NodeError::Execute(e) => e.code(),
            NodeError::Block(e) => e.code(),
            NodeError::Genesis(_) => "genesis",
            NodeError::VerifyingKeys => "verifying-keys",
            NodeError::InsecureKey(_) => "insecure-key",
            NodeError::MatchingKey => "matching-key",
            NodeError::Orderer => "orderer-key",
        }
    }
    /// The exit code of a command. 1 when the ledger was looked at and does not hold. 2 when it could
    /// not be looked at, or does not go with what was given: another program's keys, another
    /// orderer's key.
    pub const fn exit_code(&self) -> u8 {
        match self {
            NodeError::Store(e) => e.exit_code(),
            NodeError::VerifyingKeys | NodeError::Orderer => 2,
            NodeError::Execute(_)
            | NodeError::Block(_)
            | NodeError::Genesis(_)
            | NodeError::InsecureKey(_)
            | NodeError::MatchingKey => 1,
        }
    }
    /// Whether the message names the file or directory.
    pub const fn names_path(&self) -> bool {
        matches!(self, NodeError::Store(e) if e.names_path())
    }
}
