//! A chain as one node keeps it: the store, the blobs, the state after the last block, and what
//! wallets scan.
//!
//! A block passes through three steps. [`Chain::propose`] makes one of transactions,
//! [`Chain::verify`] judges one that another node made; both execute it and commit nothing.
//! [`Chain::finalise`] takes such a proposal together with its certificate, makes it durable and
//! moves the head. The certificates and the order of transactions are an
//! [`Orderer`](crate::Orderer)'s business.

mod finalise;
mod propose;

pub use finalise::Sealed;
pub use propose::{Judgement, Proposal};

use crate::blobs::{BlobStore, BLOBS};
use crate::block::{Block, BlockHash};
use crate::error::NodeError;
use crate::execute::ExecuteError;
use crate::proofs::Source;
use crate::replay::Replay;
use crate::score_audit::{wrong_scores, WrongScores};
use crate::state::{Opening, State};
use crate::store::{Head, Store, StoreError};
use crate::verifier::{insecure_key, verifying_keys_digest, ProofVerifier, Remembered};
use disk::Disk;
use protocol::certificate::{Certificate, ValidatorSet};
use protocol::compact::CompactBlock;
use protocol::header::Header;
use protocol::ids::{BlobHash, Height, TransactionId};
use protocol::light::{AcceptanceProof, Error as LightError, HeaderChain, RecordProof, StateOpening, TransactionProof};
use protocol::transaction::genesis::Genesis;
use protocol::tree::Position;
use rand_core::RngCore;
use std::path::Path;
use std::sync::Arc;

/// A chain, durable in a directory, and its last state in memory.
pub struct Chain {
    store: Store,
    blobs: BlobStore,
    verifier: Arc<Remembered>,
    validators: ValidatorSet,
    state: State,
    /// The last block's hash.
    parent: BlockHash,
    /// The blocks as wallets scan them, from block 1.
    compact: Vec<CompactBlock>,
}

impl Chain {
    /// A new chain in a directory, whose blocks these validators certify. It appears there complete
    /// or not at all.
    ///
    /// # Errors
    /// A genesis that contradicts itself, other verifying keys, another matching key; a chain that
    /// is there already; the store's.
    pub fn create_on(
        disk: Arc<dyn Disk>,
        directory: &Path,
        genesis: &Genesis,
        matching_key: &[u8],
        validators: &ValidatorSet,
        verifier: Arc<dyn ProofVerifier>,
    ) -> Result<Self, NodeError> {
        genesis.check().map_err(NodeError::Genesis)?;
        check_keys(genesis, verifier.as_ref())?;
        if BlobHash::of(matching_key) != genesis.matching_key {
            return Err(NodeError::MatchingKey);
        }
        if Store::exists(disk.as_ref(), directory) {
            return Err(StoreError::Exists(directory.to_path_buf()).into());
        }
        disk::create_directories(disk.as_ref(), directory).map_err(StoreError::file(directory))?;
        BlobStore::open_on(disk.clone(), &directory.join(BLOBS))?.put(matching_key)?;
        Store::create(disk.clone(), directory, genesis, validators)?.finish()?;
        Self::open_on(disk, directory, validators, verifier)
    }
    /// The chain in a directory. Its blocks are executed again without checking their seals a
    /// second time ([`crate::verify`] checks them).
    ///
    /// # Errors
    /// With nothing changed: [`NodeError::Orderer`] for a chain of other validators, other
    /// verifying keys, a database that is damaged anywhere.
    pub fn open_on(
        disk: Arc<dyn Disk>,
        directory: &Path,
        validators: &ValidatorSet,
        verifier: Arc<dyn ProofVerifier>,
    ) -> Result<Self, NodeError> {
        let mut store = Store::open(disk.clone(), directory)?;
        let (genesis, stored) = store.meta()?;
        if stored != *validators {
            return Err(NodeError::Orderer);
        }
        check_keys(&genesis, verifier.as_ref())?;
        let head = store.head()?;
        let mut replay = Replay::new(&genesis, stored, head);
        let mut compact = Vec::new();
        while let Some((_, adopted)) = replay.next(&store, verifier.as_ref())? {
            compact.push(adopted.compact);
        }
        replay.finish(&mut store)?;
        store.begin_writing()?;
        let blobs = BlobStore::open_on(disk, &directory.join(BLOBS))?;
        let Replay { state, parent, validators, .. } = replay;
        let verifier = Arc::new(Remembered::new(verifier));
        let chain = Chain { store, blobs, verifier, validators, state, parent, compact };
        if chain.state.height() > head.map_or(Height(0), |head| head.height) {
            chain.store.set_head(chain.head())?;
        }
        Ok(chain)
    }

    /// The last block; before the first one, height 0 and the hash that block 1 names as its
    /// parent.
    pub fn head(&self) -> Head {
        Head { height: self.state.height(), block: self.parent }
    }
    /// The state after the last block.
    pub fn state(&self) -> &State {
        &self.state
    }
    /// The validators that certify the chain's blocks.
    pub fn validators(&self) -> &ValidatorSet {
        &self.validators
    }
    /// The compact blocks from a height on.
    pub fn compact_blocks(&self, from: Height) -> &[CompactBlock] {
        let skipped = usize::try_from(from.0.saturating_sub(1)).unwrap_or(usize::MAX);
        self.compact.get(skipped..).unwrap_or_default()
    }
    /// Everything that the regulator announced to open.
    pub fn openings(&self) -> impl DoubleEndedIterator<Item = &Opening> + ExactSizeIterator {
        self.state.openings()
    }
    /// A block as it is stored; None beyond the last.
    ///
    /// # Errors
    /// The store's.
    pub fn block(&self, height: Height) -> Result<Option<Block>, NodeError> {
        Ok(self.store.block(height)?.map(|(block, _)| block))
    }
    /// Where a transaction was accepted: its block, and its place there from 0. None if it was not.
    ///
    /// # Errors
    /// The store's.
    pub fn receipt(&self, id: &TransactionId) -> Result<Option<(Height, u32)>, NodeError> {
        Ok(self.store.place(id)?)
    }

    /// Keeps a blob, so that a transaction can name it; durable when this returns.
    ///
    /// # Errors
    /// A blob that is too long; the store's.
    pub fn put_blob(&self, bytes: &[u8]) -> Result<BlobHash, NodeError> {
        Ok(self.blobs.put(bytes)?)
    }
    /// A blob; None if it is not here.
    ///
    /// # Errors
    /// A damaged blob; the store's.
    pub fn blob(&self, hash: &BlobHash) -> Result<Option<Vec<u8>>, NodeError> {
        Ok(self.blobs.get(hash)?)
    }
    /// The blobs that are here.
    pub(crate) fn blobs(&self) -> &BlobStore {
        &self.blobs
    }
    /// The verifier of proofs, with the verifying keys that the program has.
    pub(crate) fn verifier(&self) -> &dyn ProofVerifier {
        self.verifier.as_ref()
    }

    /// The wrong ones among those score vectors of a block that this node draws to recompute. The
    /// block is its last.
    ///
    /// # Errors
    /// A ciphertext that is not here.
    pub fn wrong_scores(&self, block: &CompactBlock, rng: &mut dyn RngCore) -> Result<Vec<WrongScores>, NodeError> {
        Ok(wrong_scores(&self.state, block, self.verifier.as_ref(), &self.blobs, rng)
            .map_err(ExecuteError::MissingBlob)?)
    }

    fn source(&self) -> Source<'_> {
        Source { store: &self.store, state: &self.state, compact: &self.compact }
    }
    /// A block's header and certificate, by which a light verifier follows the chain. None beyond
    /// the last block.
    ///
    /// # Errors
    /// The store's, here and in the five functions below.
    pub fn header(&self, height: Height) -> Result<Option<(Header, Certificate)>, NodeError> {
        Ok(self.block(height)?.map(|block| (block.header, block.certificate)))
    }
    /// The compact block and the state opening. A light verifier makes a
    /// [`protocol::light::VerifiedBlock`] of them and the next header ([`HeaderChain::verify`]).
    /// None beyond the last block.
    pub fn compact_block(&self, height: Height) -> Result<Option<(CompactBlock, StateOpening)>, NodeError> {
        self.source().compact_block(height)
    }
    /// Brings a chain of headers up to the last block. A header that does not hold is
    /// [`StoreError::Damaged`].
    pub fn follow(&self, headers: &mut HeaderChain) -> Result<(), NodeError> {
        while headers.height() < self.state.height() {
            let height = Height(headers.height().0 + 1);
            let missing = || StoreError::damaged(height, "missing");
            let (header, certificate) = self.header(height)?.ok_or_else(missing)?;
            let damaged = |e: LightError| StoreError::damaged(height, e.to_string());
            headers.extend(header, &certificate).map_err(damaged)?;
        }
        Ok(())
    }
    /// Proof that an accepted transaction is in its block. None if it was not accepted.
    pub fn transaction_proof(&self, id: &TransactionId) -> Result<Option<TransactionProof>, NodeError> {
        self.source().transaction(id)
    }
    /// Proof that a transaction was accepted. It can be checked once the block after its own is
    /// there.
    pub fn acceptance_proof(&self, id: &TransactionId) -> Result<Option<AcceptanceProof>, NodeError> {
        self.source().acceptance(id)
    }
    /// Proof that the record at `position` is in the tree as it was after block `height`. None if
    /// it was not there yet. It can be checked once the block after that is there.
    pub fn record_proof(&self, position: Position, height: Height) -> Result<Option<RecordProof>, NodeError> {
        self.source().record(position, height)
    }
}

/// Whether a genesis pins the verifying keys of this version, and on network `main` whether none of
/// them is from the public seed.
///
/// # Errors
/// [`NodeError::VerifyingKeys`], [`NodeError::InsecureKey`].
pub(crate) fn check_keys(genesis: &Genesis, verifier: &dyn ProofVerifier) -> Result<(), NodeError> {
    if verifying_keys_digest(verifier) != genesis.verifying_keys {
        return Err(NodeError::VerifyingKeys);
    }
    match insecure_key(genesis, verifier) {
        Some(relation) => Err(NodeError::InsecureKey(relation)),
        None => Ok(()),
    }
}
