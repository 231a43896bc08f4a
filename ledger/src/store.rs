//! What a node keeps on disk: `ledger.redb` with blocks and what came of them, `blobs/` with the blobs.
//!
//! | table | key | value |
//! |---|---|---|
//! | meta | `format`, `genesis`, `orderer` | 1; the genesis's bytes; the orderer's public key |
//! | blocks | height | the block's bytes |
//! | outcomes | height | state root after it (32), then its receipts (33 each) |
//! | transactions | id of an accepted transaction | height, place in the block |
//!
//! One write transaction a block. The state is not stored: it is what executing the blocks gives, and opening a store
//! executes them again (without checking seals a second time), so that no state can be found that replay would not give.

use crate::block::Block;
use crate::receipt::{Receipt, TransactionDigest};
use crate::state::StateRoot;
use crate::Refusal;
use protocol::encoding::Canonical;
use protocol::transaction::genesis::Genesis;
use protocol::transaction::{BlobHash, Height, SigningKey, TransactionId};
use redb::{Database, DatabaseError, ReadableDatabase, TableDefinition};
use std::path::{Path, PathBuf};

const META: TableDefinition<&str, &[u8]> = TableDefinition::new("meta");
const BLOCKS: TableDefinition<u64, &[u8]> = TableDefinition::new("blocks");
const OUTCOMES: TableDefinition<u64, &[u8]> = TableDefinition::new("outcomes");
const TRANSACTIONS: TableDefinition<&[u8; 32], (u64, u32)> = TableDefinition::new("transactions");

const FORMAT: &[u8] = &[1];
const FILE: &str = "ledger.redb";
const UNFINISHED: &str = "ledger.unfinished";
const RECEIPT: usize = 33;

/// Why the store cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// There is no ledger.
    #[error("{0}: there is no ledger here")]
    NotFound(PathBuf),
    /// There is one already.
    #[error("{0}: there is a ledger here already")]
    Exists(PathBuf),
    /// Another process has it open.
    #[error("{0}: another process has this ledger open; stop it first")]
    Locked(PathBuf),
    /// A file or directory cannot be used.
    #[error("{path}: {source}")]
    File {
        /// Which.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// The database cannot be used.
    #[error("ledger database: {0}")]
    Database(#[from] Box<redb::Error>),
    /// What is stored of a block is not what was stored.
    #[error("block {}: {what}", height.0)]
    Damaged {
        /// The block; 0 for what is stored of the chain.
        height: Height,
        /// What is wrong.
        what: String,
    },
    /// A blob's bytes are not what its name says.
    #[error("blob {0}: its bytes do not have this hash")]
    DamagedBlob(BlobHash),
    /// A blob longer than any.
    #[error("a blob of {found} bytes is longer than any")]
    BlobTooLong {
        /// Its length.
        found: usize,
    },
}

impl StoreError {
    /// A code that stays the same across versions.
    pub const fn code(&self) -> &'static str {
        match self {
            StoreError::NotFound(_) => "ledger-not-found",
            StoreError::Exists(_) => "ledger-exists",
            StoreError::Locked(_) => "ledger-locked",
            StoreError::File { .. } => "ledger-file",
            StoreError::Database(_) => "ledger-database",
            StoreError::Damaged { .. } => "ledger-damaged",
            StoreError::DamagedBlob(_) => "blob-damaged",
            StoreError::BlobTooLong { .. } => "blob-too-long",
        }
    }
    pub(crate) fn file(path: &Path) -> impl FnOnce(std::io::Error) -> StoreError {
        let path = path.to_path_buf();
        move |source| StoreError::File { path, source }
    }
    pub(crate) fn damaged(height: Height, what: impl Into<String>) -> Self {
        StoreError::Damaged { height, what: what.into() }
    }
}

fn db<E: Into<redb::Error>>(error: E) -> StoreError {
    StoreError::Database(Box::new(error.into()))
}

/// What came of a block.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Outcome {
    pub root: StateRoot,
    pub receipts: Vec<Receipt>,
}

impl Outcome {
    fn encode(&self) -> Vec<u8> {
        let mut out = self.root.0.to_vec();
        self.receipts.iter().for_each(|r| out.extend(r.encode()));
        out
    }
    fn decode(bytes: &[u8]) -> Option<Self> {
        let (root, rest) = bytes.split_first_chunk::<32>()?;
        let receipts = rest.chunks(RECEIPT).map(|chunk| {
            let (transaction, number) = chunk.split_first_chunk::<32>()?;
            let outcome = match number {
                [0] => Ok(()),
                [n] => Err(Refusal::from_u8(*n)?),
                _ => return None,
            };
            Some(Receipt { transaction: TransactionDigest(*transaction), outcome })
        });
        Some(Outcome { root: StateRoot(*root), receipts: receipts.collect::<Option<_>>()? })
    }
}

/// The database.
pub(crate) struct Store {
    database: Database,
}

impl Store {
    /// Whether there is a ledger in a directory.
    pub fn exists(directory: &Path) -> bool {
        directory.join(FILE).is_file()
    }
    /// A new one. It appears complete or not at all.
    pub fn create(directory: &Path, genesis: &Genesis, orderer: &SigningKey) -> Result<Self, StoreError> {
        if Self::exists(directory) {
            return Err(StoreError::Exists(directory.to_path_buf()));
        }
        std::fs::create_dir_all(directory).map_err(StoreError::file(directory))?;
        let unfinished = directory.join(UNFINISHED);
        if unfinished.exists() {
            std::fs::remove_file(&unfinished).map_err(StoreError::file(&unfinished))?;
        }
        let database = Database::create(&unfinished).map_err(db)?;
        let write = database.begin_write().map_err(db)?;
        {
            let mut meta = write.open_table(META).map_err(db)?;
            meta.insert("format", FORMAT).map_err(db)?;
            meta.insert("genesis", genesis.to_bytes().as_slice()).map_err(db)?;
            meta.insert("orderer", orderer.to_bytes().as_slice()).map_err(db)?;
            write.open_table(BLOCKS).map_err(db)?;
            write.open_table(OUTCOMES).map_err(db)?;
            write.open_table(TRANSACTIONS).map_err(db)?;
        }
        write.commit().map_err(db)?;
        drop(database);
        let file = directory.join(FILE);
        std::fs::rename(&unfinished, &file).map_err(StoreError::file(&file))?;
        std::fs::File::open(directory).and_then(|d| d.sync_all()).map_err(StoreError::file(directory))?;
        Self::open(directory)
    }
    /// An existing one; refused while another process has it open.
    pub fn open(directory: &Path) -> Result<Self, StoreError> {
        if !Self::exists(directory) {
            return Err(StoreError::NotFound(directory.to_path_buf()));
        }
        match Database::open(directory.join(FILE)) {
            Ok(database) => Ok(Store { database }),
            Err(DatabaseError::DatabaseAlreadyOpen) => Err(StoreError::Locked(directory.to_path_buf())),
            Err(other) => Err(db(other)),
        }
    }
    /// The chain's genesis and its orderer.
    pub fn meta(&self) -> Result<(Genesis, SigningKey), StoreError> {
        let bad = |what: &str| StoreError::damaged(Height(0), what);
        let read = self.database.begin_read().map_err(db)?;
        let meta = read.open_table(META).map_err(db)?;
        let get = |name: &str| -> Result<Vec<u8>, StoreError> {
            let value = meta.get(name).map_err(db)?.ok_or_else(|| bad(&format!("{name} is missing")))?;
            Ok(value.value().to_vec())
        };
        if get("format")? != FORMAT {
            return Err(bad("stored by another version"));
        }
        let genesis = Genesis::from_bytes(&get("genesis")?).map_err(|e| bad(&format!("genesis: {e}")))?;
        let orderer = SigningKey::from_bytes(&get("orderer")?).map_err(|e| bad(&format!("orderer: {e}")))?;
        Ok((genesis, orderer))
    }
    /// Keeps a block and what came of it; durable when this returns.
    pub fn commit(
        &self,
        block: &Block,
        outcome: &Outcome,
        accepted: &[(TransactionId, u32)],
    ) -> Result<(), StoreError> {
        let height = block.header.height.0;
        let write = self.database.begin_write().map_err(db)?;
        {
            write.open_table(BLOCKS).map_err(db)?.insert(height, block.encode().as_slice()).map_err(db)?;
            write.open_table(OUTCOMES).map_err(db)?.insert(height, outcome.encode().as_slice()).map_err(db)?;
            let mut transactions = write.open_table(TRANSACTIONS).map_err(db)?;
            for (id, place) in accepted {
                transactions.insert(&id.0, (height, *place)).map_err(db)?;
            }
        }
        write.commit().map_err(db)
    }
    /// A block and what came of it; None beyond the last.
    pub fn block(&self, height: Height) -> Result<Option<(Block, Outcome)>, StoreError> {
        let read = self.database.begin_read().map_err(db)?;
        let blocks = read.open_table(BLOCKS).map_err(db)?;
        let Some(bytes) = blocks.get(height.0).map_err(db)? else { return Ok(None) };
        let block = Block::decode(bytes.value()).map_err(|e| StoreError::damaged(height, e.to_string()))?;
        let outcomes = read.open_table(OUTCOMES).map_err(db)?;
        let outcome = outcomes.get(height.0).map_err(db)?;
        let outcome = outcome.and_then(|o| Outcome::decode(o.value()));
        let outcome = outcome.ok_or_else(|| StoreError::damaged(height, "its outcome is missing or not one"))?;
        Ok(Some((block, outcome)))
    }
    /// Height of the last block; 0 without one.
    pub fn height(&self) -> Result<Height, StoreError> {
        let read = self.database.begin_read().map_err(db)?;
        let blocks = read.open_table(BLOCKS).map_err(db)?;
        let last = redb::ReadableTable::last(&blocks).map_err(db)?;
        Ok(Height(last.map_or(0, |(height, _)| height.value())))
    }
    /// Where an accepted transaction is.
    pub fn place(&self, id: &TransactionId) -> Result<Option<(Height, u32)>, StoreError> {
        let read = self.database.begin_read().map_err(db)?;
        let transactions = read.open_table(TRANSACTIONS).map_err(db)?;
        let place = transactions.get(&id.0).map_err(db)?;
        Ok(place.map(|p| (Height(p.value().0), p.value().1)))
    }
}
