//! A node whose ledger lies in this process and is ordered by one key.

mod blobs;
mod refusals;

use crate::metrics::Metrics;
use crate::service::{Service, Standing, Submission, Tip};
use crate::wire::GenesisFile;
use blobs::WaitingBlobs;
use ledger::{Node, NodeError, Refusal, Sealed, Source, State};
use protocol::compact::CompactBlock;
use protocol::ids::{BlobHash, Height, Time, TransactionId};
use protocol::light::{AcceptanceProof, RecordProof};
use protocol::transaction::Transaction;
use protocol::tree::Position;
use refusals::Refusals;
use std::ops::RangeInclusive;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard};
use std::time::Instant;
use tokio::sync::watch;
use wallets::ledger_access::{AccessError, CertifiedHeader, LedgerAccess, OpenedBlock};

/// A node with its ledger, behind the calls of the API.
pub struct Embedded {
    node: RwLock<Node>,
    genesis: GenesisFile,
    blobs: Mutex<WaitingBlobs>,
    refusals: Mutex<Refusals>,
    heights: watch::Sender<Height>,
    pace: Pace,
    metrics: Arc<Metrics>,
}

/// When a node seals a block.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Pace {
    /// How many seconds may pass without a block. Deadlines that nobody acts on are noticed with
    /// the next block, so this bounds how late they are.
    pub idle_seconds: u64,
}

impl Default for Pace {
    fn default() -> Self {
        Pace { idle_seconds: 10 }
    }
}

impl Embedded {
    /// Serves this node, and counts what it does.
    pub fn new(node: Node, pace: Pace, metrics: Arc<Metrics>) -> Self {
        let genesis = GenesisFile { genesis: *node.state().genesis(), validators: node.validators().clone() };
        let (heights, _) = watch::channel(node.state().height());
        metrics.at(node.state().height().0, node.state().time().0);
        Embedded {
            node: RwLock::new(node),
            genesis,
            blobs: Mutex::default(),
            refusals: Mutex::default(),
            heights,
            pace,
            metrics,
        }
    }
    // A thread that panics leaves no node half changed: blocks are committed whole, and what is
    // held is in memory only.
    fn node(&self) -> RwLockReadGuard<'_, Node> {
        self.node.read().unwrap_or_else(PoisonError::into_inner)
    }
    fn node_mut(&self) -> RwLockWriteGuard<'_, Node> {
        self.node.write().unwrap_or_else(PoisonError::into_inner)
    }

    /// Seals a block if one is due at this time: if a transaction is held, if the last block has
    /// transactions (the next header commits to their outcome), or if the node was idle for long
    /// enough. A time before the last block's counts as the last block's. None where no block was
    /// due.
    ///
    /// # Errors
    /// The store's. What is held stays held.
    pub fn seal_if_due(&self, now: Time) -> Result<Option<Height>, NodeError> {
        let last = self.tip();
        let idle = last.height.0 == 0 || now.0 >= last.time.0.saturating_add(self.pace.idle_seconds);
        if !idle && self.held() == 0 && !self.last_block_is_full() {
            return Ok(None);
        }
        self.seal(Time(now.0.max(last.time.0))).map(|sealed| Some(sealed.header.height))
    }
    fn last_block_is_full(&self) -> bool {
        let node = self.node();
        let height = node.state().height();
        node.compact_blocks(height).first().is_some_and(|block: &CompactBlock| !block.transactions.is_empty())
    }

    /// Seals a block of what is held, at this time.
    ///
    /// # Errors
    /// A time before the last block's; the store's. What is held stays held.
    pub fn seal(&self, time: Time) -> Result<Sealed, NodeError> {
        let start = Instant::now();
        let mut node = self.node_mut();
        node.verify_held(time);
        let wanted = node.wanted();
        for blob in lock(&self.blobs).take(&wanted) {
            node.put_blob(&blob)?;
        }
        let sealed = node.seal_block(time)?;
        let held = node.held_ids();
        drop(node);
        lock(&self.blobs).retain(|id| held.contains(id));
        lock(&self.refusals).note(sealed.left_out.iter().filter(|(id, _)| !held.contains(id)));
        self.metrics.sealed(&sealed, start.elapsed(), held.len());
        self.heights.send_replace(sealed.header.height);
        Ok(sealed)
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    // Each of these maps is valid after every single change.
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

fn failed(error: NodeError) -> AccessError {
    AccessError::Failed { code: error.code(), message: error.to_string() }
}

fn refused(refusal: Refusal) -> AccessError {
    AccessError::Refused { code: refusal.code(), message: refusal.to_string() }
}

impl Service for Embedded {
    fn genesis(&self) -> &GenesisFile {
        &self.genesis
    }
    fn tip(&self) -> Tip {
        let node = self.node();
        let head = node.head();
        Tip { height: head.height, block: head.block, time: node.state().time() }
    }
    fn state(&self) -> State {
        self.node().state().clone()
    }
    fn held(&self) -> usize {
        self.node().held()
    }
    fn accept(&self, Submission { transaction, blob, source }: Submission) -> Result<TransactionId, AccessError> {
        let tx = Transaction::decode(&transaction).map_err(|_| refused(Refusal::Encoding))?;
        let blob = match (tx.body.blob(), blob) {
            (Some(named), Some(bytes)) if BlobHash::of(&bytes) == named => Some((named, bytes)),
            (_, None) => None,
            _ => return Err(refused(Refusal::UnknownBlob)),
        };
        let submitted = self.node_mut().submit_from(&transaction, source);
        let id = submitted.inspect_err(|refusal| self.metrics.refused(*refusal)).map_err(refused)?;
        match blob {
            // Anybody can send a listing, so its blob waits until the listing's proof has verified.
            Some((named, bytes)) if tx.body.kind().is_listing() => {
                lock(&self.blobs).keep(id, named, bytes, source).map_err(refused)?;
            }
            // An operator's signature has been checked.
            Some((_, bytes)) => {
                self.node().put_blob(&bytes).map_err(failed)?;
            }
            None => {}
        }
        Ok(id)
    }
    fn standing(&self, id: &TransactionId) -> Result<Standing, AccessError> {
        let node = self.node();
        if let Some((height, place)) = node.receipt(id).map_err(failed)? {
            return Ok(Standing::Accepted(height, place));
        }
        if node.is_held(id) {
            return Ok(Standing::Held);
        }
        Ok(lock(&self.refusals).get(id).map_or(Standing::Unknown, |refusal| Standing::ThrownOut(refused(refusal))))
    }
    fn block(&self, height: Height) -> Result<Option<Vec<u8>>, AccessError> {
        Ok(self.node().block(height).map_err(failed)?.map(|block| block.encode()))
    }
    fn heights(&self) -> watch::Receiver<Height> {
        self.heights.subscribe()
    }
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

impl LedgerAccess for Embedded {
    fn headers(&self, range: RangeInclusive<u64>) -> Result<Vec<CertifiedHeader>, AccessError> {
        let node = self.node();
        let headers = each(range, |height| node.header(height))?.into_iter();
        Ok(headers.map(|(header, certificate)| CertifiedHeader { header, certificate }).collect())
    }
    fn compact_blocks(&self, range: RangeInclusive<u64>) -> Result<Vec<OpenedBlock>, AccessError> {
        let node = self.node();
        let blocks = each(range, |height| node.compact_block(height))?.into_iter();
        Ok(blocks.map(|(block, state)| OpenedBlock { block, state }).collect())
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
        self.node_mut().submit_from(transaction, Source::OWN).map_err(refused)
    }
}
