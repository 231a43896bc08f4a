//! [`LedgerAccess`] to a ledger of this process: over a node, and over a stored ledger that is only
//! read.

use ledger::{Archive, Node, NodeError, Refusal, Sealed};
use protocol::certificate::Certificate;
use protocol::compact::CompactBlock;
use protocol::header::Header;
use protocol::ids::{BlobHash, Height, Time, TransactionId};
use protocol::light::{AcceptanceProof, HeaderChain, RecordProof, StateOpening};
use protocol::tree::Position;
use std::ops::RangeInclusive;
use std::sync::{Mutex, MutexGuard, PoisonError};
use wallets::follower::Follower;
use wallets::ledger_access::{AccessError, CertifiedHeader, LedgerAccess, OpenedBlock};

fn failed(error: NodeError) -> AccessError {
    AccessError::Failed { code: error.code(), message: error.to_string() }
}

/// A refusal in the form in which a role learns of it.
fn refused(refusal: Refusal) -> AccessError {
    AccessError::Refused { code: refusal.code(), message: refusal.to_string() }
}

/// Collects a part of each block in a range of heights. The result ends at the first block that
/// does not exist.
fn each<T>(
    range: RangeInclusive<u64>,
    block: impl Fn(Height) -> Result<Option<T>, NodeError>,
) -> Result<Vec<T>, AccessError> {
    let found = range.map_while(|height| block(Height(height)).transpose());
    found.collect::<Result<_, _>>().map_err(failed)
}

fn headers(
    range: RangeInclusive<u64>,
    header: impl Fn(Height) -> Result<Option<(Header, Certificate)>, NodeError>,
) -> Result<Vec<CertifiedHeader>, AccessError> {
    let found = each(range, header)?.into_iter();
    Ok(found.map(|(header, certificate)| CertifiedHeader { header, certificate }).collect())
}

fn blocks(
    range: RangeInclusive<u64>,
    block: impl Fn(Height) -> Result<Option<(CompactBlock, StateOpening)>, NodeError>,
) -> Result<Vec<OpenedBlock>, AccessError> {
    let found = each(range, block)?.into_iter();
    Ok(found.map(|(block, state)| OpenedBlock { block, state }).collect())
}

/// A node of this process. Roles reach it through [`LedgerAccess`]; the orderer's own acts, sealing
/// and the check of posted scores, are on the node itself.
pub struct InProcess(Mutex<Node>);

impl InProcess {
    /// Access to the ledger of this node.
    pub fn new(node: Node) -> Self {
        InProcess(Mutex::new(node))
    }
    /// The node itself, for what the orderer does.
    pub fn node(&self) -> MutexGuard<'_, Node> {
        // A thread that panics ends the run, and no method of a node leaves the node half changed.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
    /// Follows this ledger from its own genesis. In a network, a role must know the genesis from
    /// elsewhere.
    pub fn follower(&self) -> Follower {
        let node = self.node();
        Follower::new(HeaderChain::new(node.state().genesis(), node.validators().clone()))
    }
    /// Height of the last block; 0 before the first.
    pub fn height(&self) -> Height {
        self.node().state().height()
    }
    /// Seals a block of everything that was submitted, then an empty block with the same time,
    /// whose header commits to the outcome of the first. Gives the first block.
    pub fn seal(&self, time: Time) -> Result<Sealed, NodeError> {
        let mut node = self.node();
        let sealed = node.seal_block(time)?;
        node.seal_block(sealed.header.time)?;
        Ok(sealed)
    }
    /// The outcome of a transaction that was submitted before this block: accepted in this block, or
    /// in an earlier one, or the refusal for which it is not in it.
    pub fn outcome(&self, sealed: &Sealed, id: &TransactionId) -> Result<(), AccessError> {
        match sealed.outcome(id) {
            Some(outcome) => outcome.map_err(refused),
            None => match self.node().receipt(id).map_err(failed)? {
                Some(_) => Ok(()),
                None => Err(refused(Refusal::Busy)),
            },
        }
    }
    /// Seals the empty block after a block, unless it exists. It is missing when a process stopped
    /// between the two blocks.
    pub fn prove_block(&self, height: Height) -> Result<(), NodeError> {
        let mut node = self.node();
        if node.state().height() == height {
            let time = node.state().time();
            node.seal_block(time)?;
        }
        Ok(())
    }
    /// Seals an empty block if the last block has transactions, so that a header commits to their
    /// outcome.
    pub fn finish_block(&self) -> Result<(), NodeError> {
        let height = self.height();
        let full = self.node().compact_blocks(height).first().is_some_and(|block| !block.transactions.is_empty());
        if full {
            self.prove_block(height)?;
        }
        Ok(())
    }
}

impl LedgerAccess for InProcess {
    fn headers(&self, range: RangeInclusive<u64>) -> Result<Vec<CertifiedHeader>, AccessError> {
        let node = self.node();
        headers(range, |height| node.header(height))
    }
    fn compact_blocks(&self, range: RangeInclusive<u64>) -> Result<Vec<OpenedBlock>, AccessError> {
        let node = self.node();
        blocks(range, |height| node.compact_block(height))
    }
    fn blob(&self, hash: BlobHash) -> Result<Option<Vec<u8>>, AccessError> {
        self.node().blob(&hash).map_err(failed)
    }
    fn put_blob(&self, bytes: &[u8]) -> Result<BlobHash, AccessError> {
        self.node().put_blob(bytes).map_err(failed)
    }
    fn acceptance_proof(&self, id: &TransactionId) -> Result<Option<AcceptanceProof>, AccessError> {
        self.node().acceptance_proof(id).map_err(failed)
    }
    fn record_proof(&self, position: Position, height: Height) -> Result<Option<RecordProof>, AccessError> {
        self.node().record_proof(position, height).map_err(failed)
    }
    fn submit(&self, transaction: &[u8]) -> Result<TransactionId, AccessError> {
        self.node().submit(transaction).map_err(refused)
    }
}

/// Access to a stored ledger that is only read.
pub struct Stored<'a>(pub &'a Archive);

impl LedgerAccess for Stored<'_> {
    fn headers(&self, range: RangeInclusive<u64>) -> Result<Vec<CertifiedHeader>, AccessError> {
        let header = |height| Ok(self.0.block(height)?.map(|(block, _)| (block.header, block.certificate)));
        headers(range, header)
    }
    fn compact_blocks(&self, range: RangeInclusive<u64>) -> Result<Vec<OpenedBlock>, AccessError> {
        blocks(range, |height| self.0.compact_block(height))
    }
    /// Only the matching key is there: a ledger that is only read is opened without its other
    /// blobs.
    fn blob(&self, hash: BlobHash) -> Result<Option<Vec<u8>>, AccessError> {
        let key = &self.0.ledger.matching_key;
        Ok((BlobHash::of(key) == hash).then(|| key.clone()))
    }
    fn put_blob(&self, _: &[u8]) -> Result<BlobHash, AccessError> {
        Err(AccessError::ReadOnly)
    }
    fn acceptance_proof(&self, id: &TransactionId) -> Result<Option<AcceptanceProof>, AccessError> {
        self.0.acceptance_proof(id).map_err(failed)
    }
    fn record_proof(&self, position: Position, height: Height) -> Result<Option<RecordProof>, AccessError> {
        self.0.record_proof(position, height).map_err(failed)
    }
    fn submit(&self, _: &[u8]) -> Result<TransactionId, AccessError> {
        Err(AccessError::ReadOnly)
    }
}
