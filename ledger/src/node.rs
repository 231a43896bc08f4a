//! A node in one process: a chain and the single orderer over it, behind the calls that roles use.

use crate::chain::{Chain, Sealed};
use crate::error::NodeError;
use crate::mempool::Source;
use crate::orderer::{Orderer, OrdererKey, SingleNodeOrderer};
use crate::store::Store;
use crate::verifier::ProofVerifier;
use crate::Refusal;
use disk::Disk;
use protocol::ids::{BlobHash, Time, TransactionId};
use protocol::transaction::genesis::Genesis;
use std::collections::BTreeSet;
use std::ops::Deref;
use std::path::Path;
use std::sync::Arc;

/// A node. A node dereferences to its [`Chain`], which answers questions about blocks and state.
pub struct Node {
    orderer: SingleNodeOrderer,
}

impl Deref for Node {
    type Target = Chain;
    fn deref(&self) -> &Chain {
        self.orderer.chain()
    }
}

impl Node {
    /// Whether there is a ledger in a directory.
    pub fn exists(directory: &Path) -> bool {
        Store::exists(&disk::System, directory)
    }
    /// A new ledger. It appears in the directory complete or not at all.
    ///
    /// # Errors
    /// Those of [`Chain::create_on`].
    pub fn create(
        directory: &Path,
        genesis: &Genesis,
        matching_key: &[u8],
        orderer: OrdererKey,
        verifier: Arc<dyn ProofVerifier>,
    ) -> Result<Self, NodeError> {
        Self::create_on(Arc::new(disk::System), directory, genesis, matching_key, orderer, verifier)
    }
    /// [`Node::create`] on another disk than the system's.
    ///
    /// # Errors
    /// Those of [`Chain::create_on`].
    pub fn create_on(
        disk: Arc<dyn Disk>,
        directory: &Path,
        genesis: &Genesis,
        matching_key: &[u8],
        orderer: OrdererKey,
        verifier: Arc<dyn ProofVerifier>,
    ) -> Result<Self, NodeError> {
        let chain = Chain::create_on(disk, directory, genesis, matching_key, &orderer.validators(), verifier)?;
        Ok(Node { orderer: SingleNodeOrderer::new(orderer, chain)? })
    }
    /// The ledger in a directory: see [`Chain::open_on`].
    ///
    /// # Errors
    /// Those of [`Chain::open_on`].
    pub fn open(directory: &Path, orderer: OrdererKey, verifier: Arc<dyn ProofVerifier>) -> Result<Self, NodeError> {
        Self::open_on(Arc::new(disk::System), directory, orderer, verifier)
    }
    /// [`Node::open`] on another disk than the system's.
    ///
    /// # Errors
    /// Those of [`Chain::open_on`].
    pub fn open_on(
        disk: Arc<dyn Disk>,
        directory: &Path,
        orderer: OrdererKey,
        verifier: Arc<dyn ProofVerifier>,
    ) -> Result<Self, NodeError> {
        let chain = Chain::open_on(disk, directory, &orderer.validators(), verifier)?;
        Ok(Node { orderer: SingleNodeOrderer::new(orderer, chain)? })
    }
    /// The chain that the node keeps.
    pub fn chain(&self) -> &Chain {
        self.orderer.chain()
    }
    /// Takes a transaction of the node's own process for the next block: see
    /// [`crate::Mempool::submit`].
    ///
    /// # Errors
    /// Those of [`crate::Mempool::submit`].
    pub fn submit(&mut self, bytes: &[u8]) -> Result<TransactionId, Refusal> {
        self.submit_from(bytes, Source::OWN)
    }
    /// Takes a transaction that a peer sent for the next block: see [`crate::Mempool::submit`].
    ///
    /// # Errors
    /// Those of [`crate::Mempool::submit`].
    pub fn submit_from(&mut self, bytes: &[u8], source: Source) -> Result<TransactionId, Refusal> {
        self.orderer.submit(bytes, source)
    }
    /// Seals a block of everything held, at this time: see [`Orderer::seal`].
    ///
    /// # Errors
    /// Those of [`Orderer::seal`].
    pub fn seal_block(&mut self, time: Time) -> Result<Sealed, NodeError> {
        self.orderer.seal(time)
    }
    /// The blobs that listings wait for whose own proofs have verified: see
    /// [`crate::Mempool::wanted`].
    pub fn wanted(&self) -> BTreeSet<BlobHash> {
        self.orderer.mempool().wanted()
    }
    /// Verifies the seals of what is held, as far as it can be: see [`SingleNodeOrderer::verify`].
    pub fn verify_held(&mut self, time: Time) {
        self.orderer.verify(time);
    }
    /// Whether a transaction is held for a later block.
    pub fn is_held(&self, id: &TransactionId) -> bool {
        self.orderer.mempool().ids().any(|held| held == id)
    }
    /// The transactions that are held.
    pub fn held_ids(&self) -> BTreeSet<TransactionId> {
        self.orderer.mempool().ids().copied().collect()
    }
    /// How many transactions are held for the next block.
    pub fn held(&self) -> usize {
        self.orderer.mempool().len()
    }
}
