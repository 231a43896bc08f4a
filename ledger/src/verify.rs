//! `ledger verify`: replays a stored ledger from its genesis and believes nothing. Every hash,
//! certificate, signature, proof, root, receipt and blob is checked again.

use crate::admission::{decode, looked_at_blob};
use crate::blobs::{BlobStore, BLOBS};
use crate::block::check_block;
use crate::execute::{execute, BlockInput, ExecuteError};
use crate::receipt::TransactionDigest;
use crate::replay::Replay;
use crate::state::StateRoot;
use crate::store::{Store, StoreError};
use crate::verifier::{insecure_key, verifying_keys_digest, ProofVerifier};
use crate::Refusal;
use disk::Disk;
use protocol::ids::{BlobHash, Height};
use protocol::relation::RelationKind;
use protocol::transaction::Kind;
use protocol::tree::Root;
use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::sync::Arc;

/// What a verified ledger holds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Summary {
    /// Height of the last block.
    pub height: Height,
    /// State root after it.
    pub root: StateRoot,
    /// Record root after it: the root of the record tree.
    pub record_root: Root,
    /// How many transactions of each kind were accepted.
    pub accepted: BTreeMap<Kind, u64>,
    /// How many transactions were refused for each reason.
    pub refused: BTreeMap<Refusal, u64>,
    /// How many proofs its accepted transactions have.
    pub proofs: u64,
    /// How many blobs the ledger refers to.
    pub blobs: u64,
}

/// What is wrong with a stored ledger.
#[derive(Debug, thiserror::Error)]
pub enum VerifyError {
    /// The store cannot be read.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The genesis contradicts itself, or is for another version.
    #[error("genesis: {0}")]
    Genesis(String),
    /// The network is `main`, and a key that the genesis pins is from the public seed.
    #[error("genesis: its network is main, and its verifying key of relation {} is from the public seed", .0.name())]
    InsecureKey(RelationKind),
    /// A block is wrong.
    #[error("block {}: {what}", height.0)]
    Block {
        /// Its height.
        height: Height,
        /// What is wrong.
        what: String,
    },
    /// A transaction is wrong.
    #[error("block {}, transaction {place}: {what}", height.0)]
    Transaction {
        /// Its block.
        height: Height,
        /// Its place there, from 0.
        place: usize,
        /// What is wrong.
        what: String,
    },
    /// A blob is missing or damaged.
    #[error("block {}: blob {hash}: {what}", height.0)]
    Blob {
        /// The block that refers to it; 0 for the genesis.
        height: Height,
        /// The hash that names it.
        hash: BlobHash,
        /// What is wrong.
        what: &'static str,
    },
}

impl VerifyError {
    /// A code that stays the same across versions.
    pub const fn code(&self) -> &'static str {
        match self {
            VerifyError::Store(e) => e.code(),
            VerifyError::Genesis(_) => "verify-genesis",
            VerifyError::InsecureKey(_) => "insecure-key",
            VerifyError::Block { .. } => "verify-block",
            VerifyError::Transaction { .. } => "verify-transaction",
            VerifyError::Blob { .. } => "verify-blob",
        }
    }
    /// The exit code of a command: 2 when the ledger could not be looked at, 1 when it does not hold.
    pub const fn exit_code(&self) -> u8 {
        match self {
            VerifyError::Store(e) => e.exit_code(),
            VerifyError::Genesis(_) | VerifyError::InsecureKey(_) => 1,
            VerifyError::Block { .. } | VerifyError::Transaction { .. } | VerifyError::Blob { .. } => 1,
        }
    }
}

/// How far a verification is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Checked {
    /// The last block that holds.
    pub height: Height,
    /// The last block of the ledger.
    pub last: Height,
}

/// Verifies the ledger in a directory, and calls `progress` after each block. The files are opened
/// for reading alone, so nothing there changes.
pub fn verify(
    directory: &Path,
    verifier: &dyn ProofVerifier,
    progress: &mut dyn FnMut(Checked),
) -> Result<Summary, VerifyError> {
    verify_on(Arc::new(disk::System), directory, verifier, progress)
}

/// [`verify`] on another disk than the system's.
pub fn verify_on(
    disk: Arc<dyn Disk>,
    directory: &Path,
    verifier: &dyn ProofVerifier,
    progress: &mut dyn FnMut(Checked),
) -> Result<Summary, VerifyError> {
    let mut store = Store::open_to_read(disk.clone(), directory)?;
    let blobs = BlobStore::read(disk, &directory.join(BLOBS));
    let (genesis, validators) = store.meta()?;
    genesis.check().map_err(|e| VerifyError::Genesis(e.to_string()))?;
    if verifying_keys_digest(verifier) != genesis.verifying_keys {
        return Err(VerifyError::Genesis("it pins other verifying keys than this version has".into()));
    }
    if let Some(relation) = insecure_key(&genesis, verifier) {
        return Err(VerifyError::InsecureKey(relation));
    }
    let check_blob = |height: Height, hash: BlobHash| match blobs.get(&hash) {
        Ok(Some(_)) => Ok(()),
        Ok(None) => Err(VerifyError::Blob { height, hash, what: "missing" }),
        Err(StoreError::DamagedBlob(_)) => Err(VerifyError::Blob { height, hash, what: "damaged" }),
        Err(other) => Err(other.into()),
    };
    check_blob(Height(0), genesis.matching_key)?;
    if let Some(key) = genesis.deviation() {
        check_blob(Height(0), key)?;
    }
    let mut seen = BTreeSet::from([genesis.matching_key]);
    let mut replay = Replay::new(&genesis, validators.clone(), store.head()?);
    let (mut accepted, mut refused, mut proofs) = (BTreeMap::new(), BTreeMap::new(), 0);
    let last = store.height()?;
    while replay.state.height() < last {
        let height = Height(replay.state.height().0 + 1);
        let wrong = |what: &str| VerifyError::Block { height, what: what.into() };
        let (block, outcome) = store.block(height)?.ok_or_else(|| wrong("missing"))?;
        if block.transactions.len() != outcome.receipts.len() {
            return Err(wrong("it has more or fewer receipts than transactions"));
        }
        for (place, (bytes, receipt)) in block.transactions.iter().zip(&outcome.receipts).enumerate() {
            if TransactionDigest::of(bytes) != receipt.transaction {
                let what = "its bytes are not those of its receipt".into();
                return Err(VerifyError::Transaction { height, place, what });
            }
            if let Some(blob) = decode(bytes).ok().and_then(|tx| tx.body.blob()) {
                if looked_at_blob(&receipt.outcome) && seen.insert(blob) {
                    check_blob(height, blob)?;
                }
            }
        }
        check_block(&block, &replay.state, replay.parent, &validators).map_err(|bad| wrong(&bad.to_string()))?;
        let input = BlockInput { height, time: block.header.time, transactions: &block.transactions };
        let executed = match execute(&replay.state, input, verifier, &blobs) {
            Ok(executed) => executed,
            Err(ExecuteError::MissingBlob(hash)) => {
                return Err(VerifyError::Blob { height, hash, what: "missing or damaged" })
            }
            Err(other) => return Err(wrong(&other.to_string())),
        };
        for (place, (found, stored)) in executed.receipts.iter().zip(&outcome.receipts).enumerate() {
            if found != stored {
                let say = |o: Result<(), Refusal>| o.map_or_else(Refusal::code, |()| "accepted");
                let what = format!("stored as {}, but is {}", say(stored.outcome), say(found.outcome));
                return Err(VerifyError::Transaction { height, place, what });
            }
            if let Err(refusal) = found.outcome {
                *refused.entry(refusal).or_default() += 1;
            }
        }
        if executed.state.root() != outcome.root {
            return Err(wrong("it leads to another state root than was stored"));
        }
        if executed.state.digest() != outcome.state {
            return Err(wrong("it leads to another digest of the state than was stored"));
        }
        for tx in &executed.compact.transactions {
            *accepted.entry(tx.body.kind()).or_default() += 1;
            proofs += u64::from(tx.body.kind().relation().is_some());
        }
        replay.adopt(&block, executed)?;
        progress(Checked { height, last });
    }
    replay.finish(&mut store)?;
    let state = &replay.state;
    let blobs = seen.len() as u64;
    Ok(Summary {
        height: state.height(),
        root: state.root(),
        record_root: state.tree().root(),
        accepted,
        refused,
        proofs,
        blobs,
    })
}
