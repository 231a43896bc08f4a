//! Transactions that are held for the next block, in memory only: a transaction is acknowledged
//! when the block that has it is on disk. A sender offers it again after a crash, which is
//! harmless.

use crate::admission::{blob_of, check_blob, decode, NotAdmitted};
use crate::block::MAX_TRANSACTIONS;
use crate::chain::Chain;
use crate::receipt::{Receipt, TransactionDigest};
use crate::Refusal;
use protocol::ids::{BlobHash, Height, TransactionId};
use protocol::transaction::Body;
use std::collections::BTreeSet;

/// A transaction that waits.
struct HeldTransaction {
    bytes: Vec<u8>,
    digest: TransactionDigest,
    /// The blob that it names.
    blob: Option<BlobHash>,
    /// Whether it contests scores.
    contests: bool,
}

/// The transactions that are held for the next block, in the order in which they came.
#[derive(Default)]
pub struct Mempool {
    pending: Vec<HeldTransaction>,
    held: BTreeSet<TransactionDigest>,
}

impl Mempool {
    /// Takes a transaction for the next block. Sending one again that is accepted, or held, changes
    /// nothing.
    ///
    /// # Errors
    /// The refusal of a transaction that no later block could accept, [`Refusal::UnknownBlob`] for
    /// a blob that is not here, and [`Refusal::Busy`] when [`MAX_TRANSACTIONS`] are held. Whether
    /// the transaction is accepted is in its block's receipts.
    pub fn submit(&mut self, bytes: &[u8], chain: &Chain) -> Result<TransactionId, Refusal> {
        let tx = decode(bytes)?;
        let id = tx.id();
        let digest = TransactionDigest::of(bytes);
        if self.held.contains(&digest) || chain.receipt(&id).ok().flatten().is_some() {
            return Ok(id);
        }
        let state = chain.state();
        state.precheck(&tx, &id, Height(state.height().0 + 1))?;
        // If the regulator sealed it, this program cannot execute a block with it; if not, no block
        // has a use for it.
        if let Body::ActivateKey(b) = &tx.body {
            if !chain.verifier().knows(b.relation, b.key) {
                return Err(Refusal::UnknownKey);
            }
            if state.distrusts(b.relation, b.key, chain.verifier()) {
                return Err(Refusal::InsecureKey);
            }
        }
        check_blob(&tx.body, chain.blobs()).map_err(|not| match not {
            NotAdmitted::Refused(refusal) => refusal,
            NotAdmitted::Missing(_) => Refusal::UnknownBlob,
            NotAdmitted::UnknownKey(_) => Refusal::UnknownKey,
        })?;
        if self.pending.len() >= MAX_TRANSACTIONS {
            return Err(Refusal::Busy);
        }
        let (blob, contests) = (blob_of(&tx.body), matches!(tx.body, Body::Contest(_)));
        self.pending.push(HeldTransaction { bytes: bytes.to_vec(), digest, blob, contests });
        self.held.insert(digest);
        Ok(id)
    }
    /// The full bytes of everything held, in order.
    pub fn transactions(&self) -> Vec<Vec<u8>> {
        self.pending.iter().map(|p| p.bytes.clone()).collect()
    }
    /// How many transactions are held.
    pub fn len(&self) -> usize {
        self.pending.len()
    }
    /// Whether none is held.
    pub fn is_empty(&self) -> bool {
        self.pending.is_empty()
    }
    /// Drops the transactions that need a blob whose file has vanished since they were submitted,
    /// so that the chain goes on. These are the transactions that name the blob. Where none names
    /// it, every contest is dropped, since this node cannot judge a contest without the file.
    /// Returns whether any transaction was dropped.
    pub fn evict(&mut self, missing: &BlobHash) -> bool {
        let names = self.pending.iter().any(|p| p.blob == Some(*missing));
        let before = self.pending.len();
        self.retain(|p| match names {
            true => p.blob != Some(*missing),
            false => !p.contests,
        });
        self.pending.len() < before
    }
    /// Drops the transactions that a block has.
    pub fn committed(&mut self, receipts: &[Receipt]) {
        let stored: BTreeSet<TransactionDigest> = receipts.iter().map(|r| r.transaction).collect();
        self.retain(|p| !stored.contains(&p.digest));
    }
    fn retain(&mut self, keep: impl Fn(&HeldTransaction) -> bool) {
        self.pending.retain(keep);
        self.held = self.pending.iter().map(|p| p.digest).collect();
    }
}
