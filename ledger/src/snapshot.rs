//! A ledger in one file, to carry elsewhere, to keep, and to restore (docs/protocol/40-ledger.md,
//! "Snapshots").
//!
//! ```text
//! header = "veilgrid-snapshot/2" | chain 32 | height 8 | block hash 32 | state root 32
//!          | body length 8 | body digest 32 | digest of the header so far 32
//! body   = genesis | validator set 32 | mark | height x (block | outcome) | matching key
//!          | number of blobs 4 | blobs
//! ```
//!
//! Every part of the body but the validator set and the number is its length (4, little end first)
//! and its bytes. The body's digest is its plain SHA-256. The mark is a note that the directory's
//! user keeps beside the ledger.
//!
//! Restoring checks header, body, the chain of blocks and every state root before the ledger gets
//! its name. Seals are believed, as on opening; [`crate::verify`] checks them.

mod file;

use crate::admission::{decode, looked_at_blob};
use crate::blobs::{BlobStore, BLOBS, MAX_BLOB_BYTES};
use crate::block::{Block, BlockHash, MAX_BLOCK_BYTES};
use crate::chain::check_keys;
use crate::error::NodeError;
use crate::replay::{again, Adopted, Replay};
use crate::state::StateRoot;
use crate::store::{Head, Outcome, Store, StoreError, UNFINISHED};
use crate::verifier::ProofVerifier;
use disk::Disk;
use file::{Reading, Writing};
use protocol::certificate::ValidatorSet;
use protocol::encoding::{digest, Canonical};
use protocol::ids::{BlobHash, ChainId, Height};
use protocol::transaction::genesis::Genesis;
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::sync::Arc;

const MAGIC: &[u8; 19] = b"veilgrid-snapshot/2";
const FIELDS: usize = MAGIC.len() + 32 + 8 + 32 + 32 + 8 + 32;
const HEADER: usize = FIELDS + 32;
/// The greatest length of a mark, in bytes.
const MAX_MARK: usize = 4096;

/// The header of a snapshot.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SnapshotHeader {
    /// The chain's id.
    pub chain: ChainId,
    /// Height of the last block.
    pub height: Height,
    /// Its hash; without a block, the hash that block 1 would name as its parent.
    pub block: BlockHash,
    /// State root after it.
    pub root: StateRoot,
    /// Length of the body, in bytes.
    pub body: u64,
    /// SHA-256 of the body.
    pub digest: [u8; 32],
}

/// Why a snapshot cannot be taken or restored.
#[derive(Debug, thiserror::Error)]
pub enum SnapshotError {
    /// The ledger cannot be read or written.
    #[error(transparent)]
    Ledger(#[from] NodeError),
    /// The snapshot's file cannot be read or written.
    #[error(transparent)]
    File(StoreError),
    /// There is a file already.
    #[error("{0}: there is a file already")]
    Exists(PathBuf),
    /// The directory has something in it.
    #[error("{0}: not empty; restore into a new directory")]
    NotEmpty(PathBuf),
    /// The file is no snapshot, or it was changed since it was written.
    #[error("{path}: {what}")]
    Damaged {
        /// The file.
        path: PathBuf,
        /// The damage.
        what: String,
    },
}

impl SnapshotError {
    /// A code that stays the same across versions.
    pub const fn code(&self) -> &'static str {
        match self {
            SnapshotError::Ledger(e) => e.code(),
            SnapshotError::File(e) => e.code(),
            SnapshotError::Exists(_) => "snapshot-exists",
            SnapshotError::NotEmpty(_) => "not-empty",
            SnapshotError::Damaged { .. } => "snapshot-damaged",
        }
    }
    /// Whether the message names the file or directory.
    pub const fn names_path(&self) -> bool {
        match self {
            SnapshotError::Ledger(e) => e.names_path(),
            _ => true,
        }
    }
    /// The exit code of a command: 1 when ledger or snapshot were looked at and do not hold, 2 when
    /// they could not be looked at or not be written.
    pub const fn exit_code(&self) -> u8 {
        match self {
            SnapshotError::Ledger(e) => e.exit_code(),
            SnapshotError::File(e) => e.exit_code(),
            SnapshotError::Damaged { .. } => 1,
            SnapshotError::Exists(_) | SnapshotError::NotEmpty(_) => 2,
        }
    }
}

impl From<StoreError> for SnapshotError {
    fn from(error: StoreError) -> Self {
        SnapshotError::Ledger(error.into())
    }
}

impl SnapshotHeader {
    fn encode(&self) -> Vec<u8> {
        let mut out = MAGIC.to_vec();
        self.chain.write(&mut out);
        self.height.write(&mut out);
        out.extend_from_slice(&self.block.0);
        out.extend_from_slice(&self.root.0);
        self.body.write(&mut out);
        out.extend_from_slice(&self.digest);
        let sum = digest("veilgrid/snapshot-header/1", &out);
        out.extend_from_slice(&sum);
        out
    }
    fn decode(bytes: &[u8]) -> Result<Self, &'static str> {
        const SHORT: &str = "too short for a snapshot";
        if !bytes.starts_with(MAGIC) {
            return Err("not a snapshot of a ledger");
        }
        let (fields, sum) = bytes.split_at_checked(FIELDS).ok_or(SHORT)?;
        if digest("veilgrid/snapshot-header/1", fields)[..] != *sum {
            return Err("its header is damaged");
        }
        let mut input = protocol::encoding::Reader(&fields[MAGIC.len()..]);
        let mut read = || -> Result<Self, protocol::Error> {
            Ok(SnapshotHeader {
                chain: Canonical::read(&mut input)?,
                height: Canonical::read(&mut input)?,
                block: BlockHash(Canonical::read(&mut input)?),
                root: StateRoot(Canonical::read(&mut input)?),
                body: Canonical::read(&mut input)?,
                digest: Canonical::read(&mut input)?,
            })
        };
        read().map_err(|_| SHORT)
    }
}

/// The blobs that verifying a block needs. Among them are the blobs of listings that were refused
/// by a later check than their blob's.
fn blobs_of<'a>(block: &'a Block, outcome: &'a Outcome) -> impl Iterator<Item = BlobHash> + 'a {
    let looked_at = block.transactions.iter().zip(&outcome.receipts).filter(|(_, r)| looked_at_blob(&r.outcome));
    looked_at.filter_map(|(bytes, _)| decode(bytes).ok()?.body.blob())
}

/// Whether a file begins as a snapshot does. Error: [`SnapshotError::File`].
pub fn is_snapshot(disk: &dyn Disk, path: &Path) -> Result<bool, SnapshotError> {
    let beginning = disk.read(path, MAGIC.len() as u64).map_err(StoreError::file(path)).map_err(SnapshotError::File)?;
    Ok(beginning.starts_with(MAGIC))
}

/// Writes a snapshot of the ledger in a directory to a new file, with a mark of at most 4096 bytes.
/// A damaged ledger is refused. The file appears whole or not at all.
pub fn snapshot(
    disk: Arc<dyn Disk>,
    directory: &Path,
    mark: &[u8],
    path: &Path,
    verifier: &dyn ProofVerifier,
) -> Result<SnapshotHeader, SnapshotError> {
    if disk.exists(path) {
        return Err(SnapshotError::Exists(path.to_path_buf()));
    }
    let mut store = Store::open_to_read(disk.clone(), directory)?;
    let blobs = BlobStore::read(disk.clone(), &directory.join(BLOBS));
    let (genesis, validators) = store.meta()?;
    check_keys(&genesis, verifier)?;
    let mut replay = Replay::new(&genesis, validators.clone(), store.head()?);
    let mut out = Writing::create(disk.as_ref(), path, HEADER as u64)?;
    out.part(&genesis.to_bytes())?;
    out.part(&validators.to_bytes())?;
    out.part(&mark[..mark.len().min(MAX_MARK)])?;
    let mut named: BTreeSet<BlobHash> = genesis.deviation().into_iter().collect();
    while let Some((block, adopted)) = replay.next(&store, verifier)? {
        let outcome = Outcome { root: replay.state.root(), state: replay.state.digest(), receipts: adopted.receipts };
        named.extend(blobs_of(&block, &outcome));
        out.part(&block.encode())?;
        out.part(&outcome.encode())?;
    }
    replay.finish(&mut store)?;
    let get = |hash: &BlobHash| match blobs.get(hash)? {
        Some(bytes) => Ok::<_, SnapshotError>(bytes),
        None => Err(SnapshotError::Ledger(crate::ExecuteError::MissingBlob(*hash).into())),
    };
    named.remove(&genesis.matching_key);
    out.part(&get(&genesis.matching_key)?)?;
    out.bytes(&u32::try_from(named.len()).expect("far below 2^32 plans").to_le_bytes())?;
    for hash in &named {
        out.part(&get(hash)?)?;
    }
    let (body, digest) = out.length_and_digest();
    let (height, root) = (replay.state.height(), replay.state.root());
    let header = SnapshotHeader { chain: replay.state.chain(), height, block: replay.parent, root, body, digest };
    out.finish(&header.encode())?;
    Ok(header)
}

/// Restores a snapshot into a directory that is new or empty, or where restoring was interrupted.
/// Returns the mark beside the header.
pub fn restore(
    disk: Arc<dyn Disk>,
    path: &Path,
    directory: &Path,
    verifier: &dyn ProofVerifier,
) -> Result<(SnapshotHeader, Vec<u8>), SnapshotError> {
    let damaged = |what: String| SnapshotError::Damaged { path: path.to_path_buf(), what };
    let mut file = Reading::open(disk.as_ref(), path)?;
    let header = SnapshotHeader::decode(&file.header(HEADER)?).map_err(|what| damaged(what.into()))?;
    file.check(header.body, &header.digest)?;
    if disk.exists(directory) {
        let left = [directory.join(UNFINISHED), directory.join(BLOBS)];
        if disk.list(directory).map_err(StoreError::file(directory))?.iter().any(|entry| !left.contains(entry)) {
            return Err(SnapshotError::NotEmpty(directory.to_path_buf()));
        }
    }
    let genesis = Genesis::from_bytes(&file.part(Genesis::SIZE)?).map_err(|e| damaged(format!("genesis: {e}")))?;
    let validators =
        ValidatorSet::from_bytes(&file.part(ValidatorSet::MAX_BYTES)?).map_err(|e| damaged(format!("orderer: {e}")))?;
    let mark = file.part(MAX_MARK)?;
    genesis.check().map_err(NodeError::Genesis)?;
    check_keys(&genesis, verifier)?;
    let blobs = BlobStore::open_on(disk.clone(), &directory.join(BLOBS))?;
    let mut store = Store::create(disk.clone(), directory, &genesis, &validators)?;
    let mut replay = Replay::new(&genesis, validators.clone(), None);
    let mut named = BTreeSet::from([genesis.matching_key]);
    named.extend(genesis.deviation());
    for height in 1..=header.height.0 {
        let block = Block::decode(&file.part(MAX_BLOCK_BYTES)?).map_err(|e| damaged(format!("block {height}: {e}")))?;
        let outcome = Outcome::decode(&file.part(MAX_BLOCK_BYTES)?);
        let outcome = outcome.ok_or_else(|| damaged(format!("block {height}: its outcome is not one")))?;
        let executed = again(&replay.state, replay.parent, &validators, &block, &outcome, verifier)?;
        let Adopted { places, .. } = replay.adopt(&block, executed)?;
        named.extend(blobs_of(&block, &outcome));
        store.commit(&block, &outcome, &places)?;
    }
    let (block, root) = (replay.parent, replay.state.root());
    if (replay.state.chain(), block, root) != (header.chain, header.block, header.root) {
        return Err(damaged("its blocks do not lead to what its header says".into()));
    }
    named.remove(&blobs.put(&file.part(MAX_BLOB_BYTES)?)?);
    let count = file.bytes(4)?.try_into().map(u32::from_le_bytes).expect("4 bytes were read");
    for _ in 0..count {
        named.remove(&blobs.put(&file.part(MAX_BLOB_BYTES)?)?);
    }
    if let Some(missing) = named.first() {
        return Err(damaged(format!("blob {missing} is not in it")));
    }
    file.end()?;
    store.finish()?;
    if header.height.0 > 0 {
        Head { height: header.height, block }.write(disk.as_ref(), directory)?;
    }
    Ok((header, mark))
}
