//! A stored ledger that is read without a node. Nothing there changes, and its seals are believed
//! ([`crate::verify`] checks them).

use crate::blobs::{BlobStore, BLOBS};
use crate::block::Block;
use crate::chain::check_keys;
use crate::error::NodeError;
use crate::proofs::Source;
use crate::receipt::Receipt;
use crate::replay::Replay;
use crate::state::State;
use crate::store::{Store, StoreError};
use crate::verifier::ProofVerifier;
use disk::Disk;
use protocol::certificate::ValidatorSet;
use protocol::compact::CompactBlock;
use protocol::ids::{Height, TransactionId};
use protocol::light::{AcceptanceProof, RecordProof, StateOpening};
use protocol::transaction::genesis::Genesis;
use protocol::tree::Position;
use std::path::Path;
use std::sync::Arc;

/// A ledger as it was read, with the blocks that a wallet scans.
pub struct Ledger {
    /// Its genesis.
    pub genesis: Genesis,
    /// The validators that certify its blocks.
    pub validators: ValidatorSet,
    /// The matching key's bytes.
    pub matching_key: Vec<u8>,
    /// The blocks as wallets scan them, from block 1.
    pub compact: Vec<CompactBlock>,
    /// The state after the last block.
    pub state: State,
}

/// A ledger that is kept open for reading, so that its blocks can be read and proofs be made. Others
/// can read it meanwhile, and nobody can write it.
pub struct Archive {
    /// The ledger as it was read.
    pub ledger: Ledger,
    store: Store,
}

/// The genesis of the ledger in a directory, before anything of the ledger is checked. None where no
/// ledger is.
pub fn genesis_of(directory: &Path) -> Result<Option<Genesis>, StoreError> {
    match Store::exists(&disk::System, directory) {
        true => Ok(Some(Store::open_to_read(Arc::new(disk::System), directory)?.meta()?.0)),
        false => Ok(None),
    }
}

impl Archive {
    /// Opens the ledger in a directory. Errors: the store's, among them that another process is
    /// writing it; [`NodeError::VerifyingKeys`], [`NodeError::MatchingKey`].
    pub fn open(directory: &Path, verifier: &dyn ProofVerifier) -> Result<Self, NodeError> {
        Self::open_on(Arc::new(disk::System), directory, verifier)
    }
    /// [`Archive::open`] on another disk than the system's.
    pub fn open_on(disk: Arc<dyn Disk>, directory: &Path, verifier: &dyn ProofVerifier) -> Result<Self, NodeError> {
        let mut store = Store::open_to_read(disk.clone(), directory)?;
        let (genesis, validators) = store.meta()?;
        check_keys(&genesis, verifier)?;
        let mut replay = Replay::new(&genesis, validators.clone(), store.head()?);
        let mut compact = Vec::new();
        while let Some((_, adopted)) = replay.next(&store, verifier)? {
            compact.push(adopted.compact);
        }
        replay.finish(&mut store)?;
        let blobs = BlobStore::read(disk, &directory.join(BLOBS));
        let matching_key = blobs.get(&genesis.matching_key)?.ok_or(NodeError::MatchingKey)?;
        let ledger = Ledger { genesis, validators, matching_key, compact, state: replay.state };
        Ok(Archive { ledger, store })
    }

    /// A block, and the outcome of each of its transactions in order. None beyond the last block.
    pub fn block(&self, height: Height) -> Result<Option<(Block, Vec<Receipt>)>, NodeError> {
        Ok(self.store.block(height)?.map(|(block, outcome)| (block, outcome.receipts)))
    }

    fn source(&self) -> Source<'_> {
        Source { store: &self.store, state: &self.ledger.state, compact: &self.ledger.compact }
    }
    /// [`crate::Chain::acceptance_proof`].
    pub fn acceptance_proof(&self, id: &TransactionId) -> Result<Option<AcceptanceProof>, NodeError> {
        self.source().acceptance(id)
    }
    /// [`crate::Chain::compact_block`].
    pub fn compact_block(&self, height: Height) -> Result<Option<(CompactBlock, StateOpening)>, NodeError> {
        self.source().compact_block(height)
    }
    /// [`crate::Chain::record_proof`].
    pub fn record_proof(&self, position: Position, height: Height) -> Result<Option<RecordProof>, NodeError> {
        self.source().record(position, height)
    }
}

/// Reads the ledger in a directory, and closes it. Errors: those of [`Archive::open`].
pub fn read(directory: &Path, verifier: &dyn ProofVerifier) -> Result<Ledger, NodeError> {
    Ok(Archive::open(directory, verifier)?.ledger)
}
