//! Blobs that came with listings, in memory, until the listing's own proof has verified. So a
//! listing without a good proof never reaches the disk.

use ledger::blobs::MAX_BLOB_BYTES;
use ledger::{Refusal, Source};
use protocol::ids::{BlobHash, TransactionId};
use std::collections::{BTreeMap, BTreeSet};

/// How many bytes of blobs may wait, over all sources.
const MAX_WAITING: usize = 128 << 20;
/// How many bytes of blobs one source may have waiting.
const MAX_OF_SOURCE: usize = 32 << 20;

struct Waiting {
    named: BlobHash,
    bytes: Vec<u8>,
    source: Source,
}

/// The blobs that wait, by the listing that each came with.
#[derive(Default)]
pub struct WaitingBlobs {
    blobs: BTreeMap<TransactionId, Waiting>,
}

impl WaitingBlobs {
    /// Keeps the blob of a listing. Errors: [`Refusal::Busy`] where there is no room,
    /// [`Refusal::MalformedCiphertext`] for more bytes than any blob has.
    pub fn keep(&mut self, of: TransactionId, named: BlobHash, bytes: Vec<u8>, source: Source) -> Result<(), Refusal> {
        if bytes.len() > MAX_BLOB_BYTES {
            return Err(Refusal::MalformedCiphertext);
        }
        if self.blobs.contains_key(&of) {
            return Ok(());
        }
        let size = |of: &dyn Fn(&Waiting) -> bool| -> usize {
            self.blobs.values().filter(|waiting| of(waiting)).map(|waiting| waiting.bytes.len()).sum()
        };
        let (all, own) = (size(&|_| true), size(&|waiting| waiting.source == source));
        if all + bytes.len() > MAX_WAITING || own + bytes.len() > MAX_OF_SOURCE {
            return Err(Refusal::Busy);
        }
        self.blobs.insert(of, Waiting { named, bytes, source });
        Ok(())
    }
    /// Hands over those blobs that are wanted by now.
    pub fn take(&mut self, wanted: &BTreeSet<BlobHash>) -> Vec<Vec<u8>> {
        let ids: Vec<TransactionId> =
            self.blobs.iter().filter(|(_, waiting)| wanted.contains(&waiting.named)).map(|(id, _)| *id).collect();
        ids.into_iter().filter_map(|id| self.blobs.remove(&id)).map(|waiting| waiting.bytes).collect()
    }
    /// Forgets the blobs of listings that are held no more.
    pub fn retain(&mut self, held: impl Fn(&TransactionId) -> bool) {
        self.blobs.retain(|id, _| held(id));
    }
}
