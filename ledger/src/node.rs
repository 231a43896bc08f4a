//! A single-node orderer in the same process: takes transactions, seals blocks, keeps them.
//!
//! A transaction is acknowledged when the block that has it is on disk; until then it is only held in memory, and a
//! wallet sends it again after a crash (sending twice is harmless).

use crate::admission::{blob_of, check_blob, decode, NotAdmitted};
use crate::blobs::BlobStore;
use crate::block::{transactions_root, Block, BlockHash, Header, MAX_TRANSACTIONS};
use crate::execute::{execute, BlockInput, ExecuteError, Executed};
use crate::receipt::{Receipt, TransactionDigest};
use crate::replay::{again, Replay};
use crate::state::{Opening, State, StateRoot};
use crate::store::{Head, Outcome, Store, StoreError};
use crate::verifier::{verifying_keys_digest, ProofVerifier};
use crate::watch::{wrong_scores, WrongScores};
use crate::Refusal;
use disk::Disk;
use ed25519_dalek::Signer;
use protocol::certificate::{Certificate, ValidatorSet};
use protocol::compact::CompactBlock;
use protocol::ids::{BlobHash, Height, Time, TransactionId};
use protocol::signing::SigningKey;
use protocol::transaction::genesis::Genesis;
use protocol::transaction::Body;
use rand_core::RngCore;
use std::collections::BTreeSet;
use std::path::Path;
use std::sync::Arc;

/// The orderer's signing key. Wiped on drop, never printed.
pub struct OrdererKey(ed25519_dalek::SigningKey);

impl OrdererKey {
    /// From its secret.
    pub fn from_secret(secret: &[u8; 32]) -> Self {
        OrdererKey(ed25519_dalek::SigningKey::from_bytes(secret))
    }
    /// The public key.
    pub fn public(&self) -> SigningKey {
        SigningKey(self.0.verifying_key().to_bytes())
    }
    /// The validator set of a chain that it alone certifies.
    pub fn validators(&self) -> ValidatorSet {
        ValidatorSet::single(self.public())
    }
    fn certify(&self, block: &BlockHash) -> Certificate {
        Certificate::single(self.0.sign(&block.certificate_message()).to_bytes())
    }
}

/// Why a node cannot do what it is asked.
#[derive(Debug, thiserror::Error)]
pub enum NodeError {
    /// The store fails.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// A block cannot be executed.
    #[error(transparent)]
    Execute(#[from] ExecuteError),
    /// The genesis is not one.
    #[error("genesis: {0}")]
    Genesis(protocol::Error),
    /// The genesis pins other verifying keys than this version has.
    #[error("the genesis pins other verifying keys than this version has")]
    VerifyingKeys,
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
            NodeError::Genesis(_) => "genesis",
            NodeError::VerifyingKeys => "verifying-keys",
            NodeError::MatchingKey => "matching-key",
            NodeError::Orderer => "orderer-key",
        }
    }
    /// Whether the message names the file or directory.
    pub const fn names_path(&self) -> bool {
        matches!(self, NodeError::Store(e) if e.names_path())
    }
}

/// A block that was just sealed, and what came of it.
#[derive(Clone, Debug)]
pub struct Sealed {
    /// Its header.
    pub header: Header,
    /// The state root after it.
    pub root: StateRoot,
    /// What wallets scan.
    pub compact: CompactBlock,
    /// What became of each transaction.
    pub receipts: Vec<Receipt>,
    /// Their ids.
    pub ids: Vec<TransactionId>,
}

impl Sealed {
    /// What became of a transaction in this block; if it is in there more than once, its best outcome.
    pub fn outcome(&self, id: &TransactionId) -> Option<Result<(), Refusal>> {
        let outcomes = self.ids.iter().zip(&self.receipts).filter(|(i, _)| *i == id).map(|(_, r)| r.outcome);
        outcomes.min_by_key(|o| o.is_err())
    }
}

/// A node.
pub struct Node {
    store: Store,
    blobs: BlobStore,
    verifier: Arc<dyn ProofVerifier>,
    orderer: OrdererKey,
    state: State,
    parent: BlockHash,
    compact: Vec<CompactBlock>,
    pending: Vec<Pending>,
    held: BTreeSet<TransactionDigest>,
}

struct Pending {
    bytes: Vec<u8>,
    id: TransactionId,
    /// The blob that it names.
    blob: Option<BlobHash>,
    /// Whether it contests scores.
    contests: bool,
}

pub(crate) const BLOBS: &str = "blobs";

impl Node {
    /// Whether there is a ledger in a directory.
    pub fn exists(directory: &Path) -> bool {
        Store::exists(&disk::System, directory)
    }
    /// A new ledger. It appears in the directory complete or not at all.
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
    pub fn create_on(
        disk: Arc<dyn Disk>,
        directory: &Path,
        genesis: &Genesis,
        matching_key: &[u8],
        orderer: OrdererKey,
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
        Store::create(disk.clone(), directory, genesis, &orderer.validators())?.finish()?;
        Self::open_on(disk, directory, orderer, verifier)
    }
    /// An existing ledger: executes its blocks again, taking its own word for their seals ([`crate::verify`] does not),
    /// and refuses, with nothing changed, a database that is damaged anywhere.
    pub fn open(directory: &Path, orderer: OrdererKey, verifier: Arc<dyn ProofVerifier>) -> Result<Self, NodeError> {
        Self::open_on(Arc::new(disk::System), directory, orderer, verifier)
    }
    /// [`Node::open`] on another disk than the system's.
    pub fn open_on(
        disk: Arc<dyn Disk>,
        directory: &Path,
        orderer: OrdererKey,
        verifier: Arc<dyn ProofVerifier>,
    ) -> Result<Self, NodeError> {
        let mut store = Store::open(disk.clone(), directory)?;
        let (genesis, ordered_by) = store.meta()?;
        if ordered_by != orderer.validators() {
            return Err(NodeError::Orderer);
        }
        check_keys(&genesis, verifier.as_ref())?;
        let head = store.head()?;
        let mut replay = Replay::new(&genesis, ordered_by, head);
        let mut compact = Vec::new();
        while let Some((_, adopted)) = replay.next(&store, verifier.as_ref())? {
            compact.push(adopted.compact);
        }
        replay.finish(&mut store)?;
        store.begin_writing()?;
        let blobs = BlobStore::open_on(disk, &directory.join(BLOBS))?;
        let Replay { state, parent, .. } = replay;
        let (pending, held) = (Vec::new(), BTreeSet::new());
        let node = Node { store, blobs, verifier, orderer, state, parent, compact, pending, held };
        if node.state.height() > head.map_or(Height(0), |head| head.height) {
            node.set_head()?;
        }
        Ok(node)
    }

    fn adopt(&mut self, block: &Block, executed: Executed) {
        self.parent = block.header.hash();
        self.compact.push(executed.compact);
        self.state = executed.state;
    }

    fn set_head(&self) -> Result<(), StoreError> {
        self.store.set_head(Head { height: self.state.height(), block: self.parent })
    }

    /// Opens the database again if a write failed. What could not be acknowledged then may be stored all the same: the
    /// block that it was, if so.
    fn recover(&mut self) -> Result<Option<Sealed>, NodeError> {
        self.store.reopen()?;
        let height = Height(self.state.height().0 + 1);
        let Some((block, outcome)) = self.store.block(height)? else { return Ok(None) };
        let validators = self.orderer.validators();
        let executed = again(&self.state, self.parent, &validators, &block, &outcome, self.verifier.as_ref())?;
        self.acknowledge(block, outcome, executed).map(Some)
    }

    /// A block is stored: notes how far the ledger has come, and only then takes it for its own.
    fn acknowledge(&mut self, block: Block, outcome: Outcome, executed: Executed) -> Result<Sealed, NodeError> {
        let header = block.header;
        self.store.set_head(Head { height: header.height, block: header.hash() })?;
        let compact = executed.compact.clone();
        let stored: BTreeSet<TransactionDigest> = outcome.receipts.iter().map(|r| r.transaction).collect();
        let ids = |bytes: &Vec<u8>| decode(bytes).map(|tx| tx.id()).unwrap_or(TransactionId([0; 32]));
        let ids = block.transactions.iter().map(ids).collect();
        self.adopt(&block, executed);
        self.pending.retain(|p| !stored.contains(&TransactionDigest::of(&p.bytes)));
        self.held.retain(|digest| !stored.contains(digest));
        Ok(Sealed { header, root: outcome.root, compact, receipts: outcome.receipts, ids })
    }

    /// Keeps a blob, so that a plan can name it; durable when this returns.
    pub fn put_blob(&self, bytes: &[u8]) -> Result<BlobHash, NodeError> {
        Ok(self.blobs.put(bytes)?)
    }
    /// A blob; None if it is not here.
    pub fn blob(&self, hash: &BlobHash) -> Result<Option<Vec<u8>>, NodeError> {
        Ok(self.blobs.get(hash)?)
    }

    /// Takes a transaction for the next block. Refuses at once only what no later block could accept; whether it is
    /// accepted is in its block's receipts. Sending one again that is accepted, or held, changes nothing.
    pub fn submit(&mut self, bytes: &[u8]) -> Result<TransactionId, Refusal> {
        let tx = decode(bytes)?;
        let id = tx.id();
        let digest = TransactionDigest::of(bytes);
        if self.held.contains(&digest) || self.receipt(&id).ok().flatten().is_some() {
            return Ok(id);
        }
        self.state.precheck(&tx, &id, Height(self.state.height().0 + 1))?;
        // If it is the regulator's, this program cannot execute a block with it; if not, no block has a use for it.
        if let Body::ActivateKey(b) = &tx.body {
            if !self.verifier.knows(b.relation, b.key) {
                return Err(Refusal::UnknownKey);
            }
        }
        let blob = blob_of(&tx.body);
        check_blob(&tx.body, &self.blobs).map_err(|not| match not {
            NotAdmitted::Refused(refusal) => refusal,
            NotAdmitted::Missing(_) => Refusal::UnknownBlob,
            NotAdmitted::UnknownKey(_) => Refusal::UnknownKey,
        })?;
        if self.pending.len() >= MAX_TRANSACTIONS {
            return Err(Refusal::Busy);
        }
        let contests = matches!(tx.body, Body::Contest(_));
        self.pending.push(Pending { bytes: bytes.to_vec(), id, blob, contests });
        self.held.insert(digest);
        Ok(id)
    }

    /// Seals a block of everything held, at this time. On an error nothing has changed and everything is still held; it
    /// may be tried again. Where a block was written and only that could not be said, trying again gives that block, with
    /// the time that it has.
    pub fn seal_block(&mut self, time: Time) -> Result<Sealed, NodeError> {
        if let Some(sealed) = self.recover()? {
            return Ok(sealed);
        }
        let height = Height(self.state.height().0 + 1);
        let transactions: Vec<Vec<u8>> = self.pending.iter().map(|p| p.bytes.clone()).collect();
        let input = BlockInput { height, time, transactions: &transactions };
        let executed = match execute(&self.state, input, self.verifier.as_ref(), &self.blobs) {
            // Somebody removed the file since it was submitted: let go of what names it, so that the chain goes on.
            Err(ExecuteError::MissingBlob(hash)) => {
                let all = self.pending.len();
                self.pending.retain(|p| p.blob != Some(hash));
                if self.pending.len() == all {
                    // Then a contest is about it: without the file this node cannot say who is right.
                    self.pending.retain(|p| !p.contests);
                }
                if self.pending.len() == all {
                    return Err(ExecuteError::MissingBlob(hash).into());
                }
                self.held = self.pending.iter().map(|p| TransactionDigest::of(&p.bytes)).collect();
                return self.seal_block(time);
            }
            other => other?,
        };
        let header = Header {
            chain: self.state.chain(),
            height,
            parent: self.parent,
            parent_state: self.state.root(),
            transactions: transactions_root(&transactions),
            time,
        };
        let block = Block { header, certificate: self.orderer.certify(&header.hash()), transactions };
        let outcome = Outcome { root: executed.state.root(), receipts: executed.receipts };
        let accepted = (0u32..).zip(self.pending.iter().zip(&outcome.receipts));
        let accepted = accepted.filter(|(_, (_, receipt))| receipt.outcome.is_ok());
        let accepted = accepted.map(|(place, (pending, _))| (pending.id, (height.0, place))).collect();
        self.store.commit(&block, &outcome, &accepted)?;
        let executed = Executed { receipts: Vec::new(), ..executed };
        self.acknowledge(block, outcome, executed)
    }

    /// The wrong ones among those score vectors of a block that this node draws to recompute. The block is its last.
    ///
    /// # Errors
    /// A ciphertext that is not here.
    pub fn wrong_scores(&self, block: &CompactBlock, rng: &mut dyn RngCore) -> Result<Vec<WrongScores>, NodeError> {
        Ok(wrong_scores(&self.state, block, self.verifier.as_ref(), &self.blobs, rng)
            .map_err(ExecuteError::MissingBlob)?)
    }

    /// How many transactions are held for the next block.
    pub fn held(&self) -> usize {
        self.pending.len()
    }
    /// The state after the last block.
    pub fn state(&self) -> &State {
        &self.state
    }
    /// Who certifies the chain's blocks.
    pub fn validators(&self) -> ValidatorSet {
        self.orderer.validators()
    }
    /// The compact blocks from a height on.
    pub fn compact_blocks(&self, from: Height) -> &[CompactBlock] {
        let skipped = usize::try_from(from.0.saturating_sub(1)).unwrap_or(usize::MAX);
        self.compact.get(skipped..).unwrap_or_default()
    }
    /// Everything that the regulator announced to open.
    pub fn openings(&self) -> &[Opening] {
        self.state.openings()
    }
    /// A block as it is stored; None beyond the last.
    pub fn block(&self, height: Height) -> Result<Option<Block>, NodeError> {
        Ok(self.store.block(height)?.map(|(block, _)| block))
    }
    /// Where a transaction was accepted: its block and its place there.
    pub fn receipt(&self, id: &TransactionId) -> Result<Option<(Height, u32)>, NodeError> {
        Ok(self.store.place(id)?)
    }
    pub(crate) fn store(&self) -> &Store {
        &self.store
    }
}

pub(crate) fn check_keys(genesis: &Genesis, verifier: &dyn ProofVerifier) -> Result<(), NodeError> {
    if verifying_keys_digest(verifier) != genesis.verifying_keys {
        return Err(NodeError::VerifyingKeys);
    }
    Ok(())
}

/// Whether a block follows on a state and a parent.
pub(crate) fn check_header(
    block: &Block,
    state: &State,
    parent: BlockHash,
    validators: &ValidatorSet,
) -> Result<(), &'static str> {
    let header = &block.header;
    if header.chain != state.chain() {
        return Err("its header is of another chain");
    }
    if header.height.0 != state.height().0 + 1 {
        return Err("its header has another height");
    }
    if header.parent != parent {
        return Err("its header names another parent");
    }
    if header.parent_state != state.root() {
        return Err("its header names another parent state");
    }
    if header.transactions != transactions_root(&block.transactions) {
        return Err("its header has another root of transactions");
    }
    block.check_certificate(validators).map_err(|_| "its certificate is not the orderer's")
}
