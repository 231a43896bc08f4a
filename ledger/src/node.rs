//! A single-node orderer in the same process: takes transactions, seals blocks, keeps them.
//!
//! A transaction is acknowledged when the block that has it is on disk; until then it is only held in memory, and a
//! wallet sends it again after a crash (sending twice is harmless).

use crate::admission::decode;
use crate::blobs::BlobStore;
use crate::block::{transactions_root, Block, BlockHash, Header, MAX_TRANSACTIONS};
use crate::execute::{execute, execute_again, BlockInput, ExecuteError, Executed};
use crate::receipt::{Receipt, TransactionDigest};
use crate::state::{Opening, State, StateRoot};
use crate::store::{Outcome, Store, StoreError};
use crate::verifier::{verifying_keys_digest, Blobs, CiphertextStatus, ProofVerifier};
use crate::Refusal;
use ed25519_dalek::Signer;
use protocol::compact::CompactBlock;
use protocol::transaction::genesis::Genesis;
use protocol::transaction::{BlobHash, Body, Height, SigningKey, Time, TransactionId, SIGNATURE_BYTES};
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
    fn certify(&self, block: &BlockHash) -> [u8; SIGNATURE_BYTES] {
        self.0.sign(&block.certificate_message()).to_bytes()
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
    ciphertext: Option<BlobHash>,
}

/// What a ciphertext was found to be when its block was sealed.
struct Remembered {
    malformed: BTreeSet<BlobHash>,
}

impl Blobs for Remembered {
    fn plan_ciphertext(&self, hash: &BlobHash) -> CiphertextStatus {
        if self.malformed.contains(hash) {
            CiphertextStatus::Malformed
        } else {
            CiphertextStatus::Canonical
        }
    }
}

const BLOBS: &str = "blobs";

pub(crate) fn open_parts(directory: &Path) -> Result<(Store, BlobStore, Genesis, SigningKey), StoreError> {
    let store = Store::open(directory)?;
    let blobs = BlobStore::open(&directory.join(BLOBS))?;
    let (genesis, orderer) = store.meta()?;
    Ok((store, blobs, genesis, orderer))
}

fn ciphertext_of(body: &Body) -> Option<BlobHash> {
    match body {
        Body::SellPlan(b) | Body::BuyPlan(b) => Some(b.ciphertext),
        _ => None,
    }
}

impl Node {
    /// Whether there is a ledger in a directory.
    pub fn exists(directory: &Path) -> bool {
        Store::exists(directory)
    }
    /// A new ledger. It appears in the directory complete or not at all.
    pub fn create(
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
        if Store::exists(directory) {
            return Err(StoreError::Exists(directory.to_path_buf()).into());
        }
        std::fs::create_dir_all(directory).map_err(StoreError::file(directory))?;
        BlobStore::open(&directory.join(BLOBS))?.put(matching_key)?;
        drop(Store::create(directory, genesis, &orderer.public())?);
        Self::open(directory, orderer, verifier)
    }
    /// An existing ledger: executes its blocks again, taking its own word for their seals ([`crate::verify`] does not).
    pub fn open(directory: &Path, orderer: OrdererKey, verifier: Arc<dyn ProofVerifier>) -> Result<Self, NodeError> {
        let (store, blobs, genesis, ordered_by) = open_parts(directory)?;
        if ordered_by != orderer.public() {
            return Err(NodeError::Orderer);
        }
        check_keys(&genesis, verifier.as_ref())?;
        let mut node = Node {
            state: State::new(&genesis),
            parent: BlockHash::genesis(&genesis, &ordered_by),
            store,
            blobs,
            verifier,
            orderer,
            compact: Vec::new(),
            pending: Vec::new(),
            held: BTreeSet::new(),
        };
        let last = node.store.height()?;
        while node.state.height() < last {
            node.replay_one()?;
        }
        Ok(node)
    }

    fn replay_one(&mut self) -> Result<(), NodeError> {
        let height = Height(self.state.height().0 + 1);
        let damaged = |what: &str| StoreError::damaged(height, what);
        let (block, outcome) = self.store.block(height)?.ok_or_else(|| damaged("missing"))?;
        self.check_header(&block).map_err(damaged)?;
        let outcomes: Vec<_> = outcome.receipts.iter().map(|r| r.outcome).collect();
        let input = BlockInput { height, time: block.header.time, transactions: &block.transactions };
        let malformed = block.transactions.iter().zip(&outcomes);
        let malformed = malformed.filter(|(_, o)| **o == Err(Refusal::MalformedCiphertext));
        let malformed = malformed.filter_map(|(bytes, _)| ciphertext_of(&decode(bytes).ok()?.body)).collect();
        let blobs = Remembered { malformed };
        let executed = execute_again(&self.state, input, &outcomes, self.verifier.as_ref(), &blobs)?;
        if executed.state.root() != outcome.root || executed.receipts != outcome.receipts {
            return Err(damaged("executing it gives another state than was stored").into());
        }
        self.adopt(&block, executed);
        Ok(())
    }

    fn check_header(&self, block: &Block) -> Result<(), &'static str> {
        check_header(block, &self.state, self.parent, &self.orderer.public())
    }

    fn adopt(&mut self, block: &Block, executed: Executed) {
        self.parent = block.header.hash();
        self.compact.push(executed.compact);
        self.state = executed.state;
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
        let ciphertext = ciphertext_of(&tx.body);
        if let Some(hash) = ciphertext {
            match self.blobs.plan_ciphertext(&hash) {
                CiphertextStatus::Canonical => {}
                CiphertextStatus::Malformed => return Err(Refusal::MalformedCiphertext),
                CiphertextStatus::Missing => return Err(Refusal::UnknownBlob),
            }
        }
        if self.pending.len() >= MAX_TRANSACTIONS {
            return Err(Refusal::Busy);
        }
        self.pending.push(Pending { bytes: bytes.to_vec(), id, ciphertext });
        self.held.insert(digest);
        Ok(id)
    }

    /// Seals a block of everything held, at this time. On an error nothing has changed and everything is still held.
    pub fn seal_block(&mut self, time: Time) -> Result<Sealed, NodeError> {
        let height = Height(self.state.height().0 + 1);
        let transactions: Vec<Vec<u8>> = self.pending.iter().map(|p| p.bytes.clone()).collect();
        let input = BlockInput { height, time, transactions: &transactions };
        let executed = match execute(&self.state, input, self.verifier.as_ref(), &self.blobs) {
            // Somebody removed the file since it was submitted: let go of what names it, so that the chain goes on.
            Err(ExecuteError::MissingBlob(hash)) => {
                self.pending.retain(|p| p.ciphertext != Some(hash));
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
        let ids: Vec<TransactionId> = self.pending.iter().map(|p| p.id).collect();
        let accepted: Vec<(TransactionId, u32)> = (0u32..)
            .zip(ids.iter().zip(&outcome.receipts))
            .filter(|(_, (_, receipt))| receipt.outcome.is_ok())
            .map(|(place, (id, _))| (*id, place))
            .collect();
        self.store.commit(&block, &outcome, &accepted)?;
        let compact = executed.compact.clone();
        let executed = Executed { receipts: Vec::new(), ..executed };
        self.adopt(&block, executed);
        self.pending.clear();
        self.held.clear();
        Ok(Sealed { header, root: outcome.root, compact, receipts: outcome.receipts, ids })
    }

    /// How many transactions are held for the next block.
    pub fn held(&self) -> usize {
        self.pending.len()
    }
    /// The state after the last block.
    pub fn state(&self) -> &State {
        &self.state
    }
    /// The orderer's public key.
    pub fn orderer(&self) -> SigningKey {
        self.orderer.public()
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
    /// A block with its receipts; None beyond the last.
    pub(crate) fn outcome(&self, height: Height) -> Result<Option<(Block, Outcome)>, NodeError> {
        Ok(self.store.block(height)?)
    }
}

fn check_keys(genesis: &Genesis, verifier: &dyn ProofVerifier) -> Result<(), NodeError> {
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
    orderer: &SigningKey,
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
    block.check_certificate(orderer).map_err(|_| "its certificate is not the orderer's")
}
