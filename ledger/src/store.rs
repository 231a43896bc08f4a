//! A node's files (docs/protocol/40-ledger.md, "On disk"): `ledger.redb` has the blocks and their
//! outcomes, `ledger.head` says how far they go, and `blobs/` has the blobs.
//!
//! | table | key | value |
//! |---|---|---|
//! | meta | `format`, `genesis`, `orderer` | 1; the genesis's bytes; the validator set's bytes |
//! | blocks | height | the block's bytes |
//! | outcomes | height | state root after it (32), then its receipts (33 each) |
//! | transactions | id of an accepted transaction | height, place in the block |
//!
//! There is one write transaction for each block. The state is not stored: opening a store executes
//! the blocks again, without checking seals a second time, so that no state can be found that
//! replay would not give.

mod database;
mod error;
mod head;
mod outcome;

pub use error::StoreError;
pub use head::Head;
pub(crate) use outcome::{places, Outcome, Places};

use crate::block::Block;
use database::{db, guarded, Direct, Guarded, Overlay};
use disk::{Disk, OpenFile};
use protocol::certificate::ValidatorSet;
use protocol::encoding::Canonical;
use protocol::ids::{Height, TransactionId};
use protocol::transaction::genesis::Genesis;
use redb::{ReadableDatabase, TableDefinition};
use std::io::ErrorKind;
use std::path::{Path, PathBuf};
use std::sync::Arc;

const META: TableDefinition<&str, &[u8]> = TableDefinition::new("meta");
const BLOCKS: TableDefinition<u64, &[u8]> = TableDefinition::new("blocks");
const OUTCOMES: TableDefinition<u64, &[u8]> = TableDefinition::new("outcomes");
const TRANSACTIONS: TableDefinition<&[u8; 32], (u64, u32)> = TableDefinition::new("transactions");

const FORMAT: &[u8] = &[2];
pub(crate) const FILE: &str = "ledger.redb";
pub(crate) const UNFINISHED: &str = "ledger.unfinished";

/// Parts of the database, as errors name them.
mod part {
    pub const META: &str = "table meta";
    pub const BLOCKS: &str = "table blocks";
    pub const OUTCOMES: &str = "table outcomes";
    pub const TRANSACTIONS: &str = "table transactions";
    pub const PAGES: &str = "its own pages (header, roots, list of free pages)";
    pub const COMMIT: &str = "writing a block";
}

/// The database.
pub(crate) struct Store {
    disk: Arc<dyn Disk>,
    directory: PathBuf,
    file: Arc<dyn OpenFile>,
    /// None after a failed write, until the database is opened again.
    database: Option<Guarded>,
    writing: bool,
}

impl Store {
    /// Whether there is a ledger in a directory.
    pub fn exists(disk: &dyn Disk, directory: &Path) -> bool {
        disk.is_file(&directory.join(FILE))
    }
    /// A new store under an unfinished name. [`Store::finish`] gives it its own name, so that it
    /// appears complete or not at all.
    pub fn create(
        disk: Arc<dyn Disk>,
        directory: &Path,
        genesis: &Genesis,
        validators: &ValidatorSet,
    ) -> Result<Self, StoreError> {
        if Self::exists(disk.as_ref(), directory) {
            return Err(StoreError::Exists(directory.to_path_buf()));
        }
        disk::create_directories(disk.as_ref(), directory).map_err(StoreError::file(directory))?;
        let unfinished = directory.join(UNFINISHED);
        let file = disk.open(&unfinished, true).map_err(StoreError::file(&unfinished))?;
        lock(file.as_ref(), directory)?;
        // An interrupted run left something.
        if file.length().map_err(StoreError::file(&unfinished))? > 0 {
            file.set_length(0).map_err(StoreError::file(&unfinished))?;
        }
        let mut store = Store { disk, directory: directory.to_path_buf(), file, database: None, writing: true };
        store.open_database()?;
        store.write(|write| {
            let mut meta = write.open_table(META).map_err(db(part::META))?;
            meta.insert("format", FORMAT).map_err(db(part::META))?;
            meta.insert("genesis", genesis.to_bytes().as_slice()).map_err(db(part::META))?;
            meta.insert("orderer", validators.to_bytes().as_slice()).map_err(db(part::META))?;
            write.open_table(BLOCKS).map_err(db(part::BLOCKS))?;
            write.open_table(OUTCOMES).map_err(db(part::OUTCOMES))?;
            write.open_table(TRANSACTIONS).map_err(db(part::TRANSACTIONS))?;
            Ok(())
        })?;
        Ok(store)
    }
    /// Gives a new store its name.
    pub fn finish(mut self) -> Result<(), StoreError> {
        self.database = None;
        let (unfinished, file) = (self.directory.join(UNFINISHED), self.directory.join(FILE));
        self.disk.sync(&unfinished).map_err(StoreError::file(&unfinished))?;
        self.disk.rename(&unfinished, &file).map_err(StoreError::file(&file))?;
        self.disk.sync_directory(&self.directory).map_err(StoreError::file(&self.directory))
    }
    /// An existing store, to be written later ([`Store::begin_writing`]). Until then nothing on the
    /// disk changes. Error: among others, that another process has it open.
    pub fn open(disk: Arc<dyn Disk>, directory: &Path) -> Result<Self, StoreError> {
        if !Self::exists(disk.as_ref(), directory) {
            return Err(StoreError::NotFound(directory.to_path_buf()));
        }
        let path = directory.join(FILE);
        let file = disk.open(&path, false).map_err(StoreError::file(&path))?;
        lock(file.as_ref(), directory)?;
        Self::opened(disk, directory, file)
    }
    /// An existing store, for reading alone. The files are opened for reading alone too, so the
    /// permission to read them is enough, and others may read beside this one. Error: among others,
    /// [`StoreError::Writing`].
    ///
    /// A database that a process left without closing it is repaired in memory: see
    /// [`database`].
    pub fn open_to_read(disk: Arc<dyn Disk>, directory: &Path) -> Result<Self, StoreError> {
        let path = directory.join(FILE);
        let file = disk.open_to_read(&path).map_err(|error| match error.kind() {
            ErrorKind::NotFound | ErrorKind::NotADirectory => StoreError::NotFound(directory.to_path_buf()),
            _ => StoreError::file(&path)(error),
        })?;
        if !file.try_share().map_err(StoreError::file(&path))? {
            return Err(StoreError::Writing(directory.to_path_buf()));
        }
        Self::opened(disk, directory, file)
    }
    fn opened(disk: Arc<dyn Disk>, directory: &Path, file: Arc<dyn OpenFile>) -> Result<Self, StoreError> {
        let path = directory.join(FILE);
        if file.length().map_err(StoreError::file(&path))? == 0 {
            return Err(StoreError::Database { part: "header", reason: "the file is empty".into() });
        }
        let mut store = Store { disk, directory: directory.to_path_buf(), file, database: None, writing: false };
        store.open_database()?;
        Ok(store)
    }
    /// Opens a store that [`Store::open`] gave for writing as well.
    pub fn begin_writing(&mut self) -> Result<(), StoreError> {
        self.database = None;
        self.writing = true;
        self.open_database()
    }
    /// Opens the database again after a write failed. Returns whether one had.
    pub fn reopen(&mut self) -> Result<bool, StoreError> {
        let closed = self.database.is_none();
        if closed {
            self.open_database()?;
        }
        Ok(closed)
    }
    fn open_database(&mut self) -> Result<(), StoreError> {
        let file = self.file.clone();
        self.database = Some(match self.writing {
            true => Guarded::open(Direct(file))?,
            false => Guarded::open(Overlay::new(file).map_err(StoreError::file(&self.directory.join(FILE)))?)?,
        });
        Ok(())
    }
    fn database(&self) -> Result<&redb::Database, StoreError> {
        let closed = || StoreError::Database { part: part::COMMIT, reason: "it failed; it is tried again".into() };
        Ok(self.database.as_ref().ok_or_else(closed)?.get())
    }
    fn read<T>(
        &self,
        part: &'static str,
        read: impl FnOnce(&redb::ReadTransaction) -> Result<T, StoreError>,
    ) -> Result<T, StoreError> {
        let database = self.database()?;
        guarded(part, || read(&database.begin_read().map_err(db(part))?))
    }
    /// One write transaction, durable when this returns. After an error the database is closed:
    /// only opening it again tells its contents.
    fn write(
        &mut self,
        write: impl FnOnce(&redb::WriteTransaction) -> Result<(), StoreError>,
    ) -> Result<(), StoreError> {
        let database = self.database()?;
        let written = guarded(part::COMMIT, || {
            let transaction = database.begin_write().map_err(db(part::COMMIT))?;
            write(&transaction)?;
            transaction.commit().map_err(db(part::COMMIT))
        });
        if written.is_err() {
            self.database = None;
        }
        written
    }
    /// The chain's genesis, and who certifies its blocks.
    pub fn meta(&self) -> Result<(Genesis, ValidatorSet), StoreError> {
        let bad = |what: &str| StoreError::Database { part: part::META, reason: what.into() };
        self.read(part::META, |read| {
            let meta = read.open_table(META).map_err(db(part::META))?;
            let get = |name: &str| -> Result<Vec<u8>, StoreError> {
                let value = meta.get(name).map_err(db(part::META))?;
                Ok(value.ok_or_else(|| bad(&format!("{name} is missing")))?.value().to_vec())
            };
            if get("format")? != FORMAT {
                return Err(bad("stored by another version"));
            }
            let genesis = Genesis::from_bytes(&get("genesis")?).map_err(|e| bad(&format!("genesis: {e}")))?;
            let validators = ValidatorSet::from_bytes(&get("orderer")?).map_err(|e| bad(&format!("orderer: {e}")))?;
            Ok((genesis, validators))
        })
    }
    /// Stores a block and its outcome; durable when this returns.
    pub fn commit(&mut self, block: &Block, outcome: &Outcome, accepted: &Places) -> Result<(), StoreError> {
        let height = block.header.height.0;
        self.write(|write| {
            let mut blocks = write.open_table(BLOCKS).map_err(db(part::BLOCKS))?;
            blocks.insert(height, block.encode().as_slice()).map_err(db(part::BLOCKS))?;
            let mut outcomes = write.open_table(OUTCOMES).map_err(db(part::OUTCOMES))?;
            outcomes.insert(height, outcome.encode().as_slice()).map_err(db(part::OUTCOMES))?;
            let mut transactions = write.open_table(TRANSACTIONS).map_err(db(part::TRANSACTIONS))?;
            for (id, place) in accepted {
                transactions.insert(&id.0, place).map_err(db(part::TRANSACTIONS))?;
            }
            Ok(())
        })
    }
    /// A block and its outcome; None beyond the last.
    pub fn block(&self, height: Height) -> Result<Option<(Block, Outcome)>, StoreError> {
        let Some(bytes) = self.value(part::BLOCKS, BLOCKS, height)? else { return Ok(None) };
        let block = Block::decode(&bytes).map_err(|e| StoreError::damaged(height, e.to_string()))?;
        let outcome = self.value(part::OUTCOMES, OUTCOMES, height)?.and_then(|bytes| Outcome::decode(&bytes));
        let outcome = outcome.ok_or_else(|| StoreError::damaged(height, "its outcome is missing or not one"))?;
        Ok(Some((block, outcome)))
    }
    fn value(
        &self,
        part: &'static str,
        table: TableDefinition<'static, u64, &'static [u8]>,
        height: Height,
    ) -> Result<Option<Vec<u8>>, StoreError> {
        let value = self.read(part, |read| {
            let value = read.open_table(table).map_err(db(part))?.get(height.0).map_err(db(part))?;
            Ok(value.map(|value| value.value().to_vec()))
        });
        value.map_err(|error| match error {
            StoreError::Database { part, reason } => StoreError::damaged(height, format!("{part}: {reason}")),
            other => other,
        })
    }
    /// Height of the last block; 0 without one.
    pub fn height(&self) -> Result<Height, StoreError> {
        self.read(part::BLOCKS, |read| {
            let blocks = read.open_table(BLOCKS).map_err(db(part::BLOCKS))?;
            let last = redb::ReadableTable::last(&blocks).map_err(db(part::BLOCKS))?;
            Ok(Height(last.map_or(0, |(height, _)| height.value())))
        })
    }
    /// The block of an accepted transaction, and its place there from 0.
    pub fn place(&self, id: &TransactionId) -> Result<Option<(Height, u32)>, StoreError> {
        self.read(part::TRANSACTIONS, |read| {
            let transactions = read.open_table(TRANSACTIONS).map_err(db(part::TRANSACTIONS))?;
            let place = transactions.get(&id.0).map_err(db(part::TRANSACTIONS))?;
            Ok(place.map(|p| (Height(p.value().0), p.value().1)))
        })
    }
    /// Checks that the index of transactions is the one that follows from the blocks, and that
    /// every page of the database has its checksum. (Executing a block checks the block's own
    /// bytes.) Takes a store that is only read.
    pub fn check_rest(&mut self, places: &Places) -> Result<(), StoreError> {
        let wrong = || StoreError::Database { part: part::TRANSACTIONS, reason: "not what the blocks say".into() };
        self.read(part::TRANSACTIONS, |read| {
            let table = read.open_table(TRANSACTIONS).map_err(db(part::TRANSACTIONS))?;
            let mut expected = places.iter();
            for row in redb::ReadableTable::iter(&table).map_err(db(part::TRANSACTIONS))? {
                let (id, place) = row.map_err(db(part::TRANSACTIONS))?;
                if expected.next() != Some((&TransactionId(*id.value()), &place.value())) {
                    return Err(wrong());
                }
            }
            expected.next().map_or(Ok(()), |_| Err(wrong()))
        })?;
        let database = self.database.as_mut().ok_or_else(wrong)?;
        guarded(part::PAGES, || match database.get_mut().check_integrity() {
            Ok(true) => Ok(()),
            Ok(false) => Err(StoreError::Database { part: part::PAGES, reason: "damaged".into() }),
            Err(error) => Err(db(part::PAGES)(error)),
        })
    }
    /// How far the ledger had come; None without a `ledger.head`.
    pub fn head(&self) -> Result<Option<Head>, StoreError> {
        Head::read(self.disk.as_ref(), &self.directory)
    }
    /// Notes how far the ledger has come.
    pub fn set_head(&self, head: Head) -> Result<(), StoreError> {
        head.write(self.disk.as_ref(), &self.directory)
    }
}

fn lock(file: &dyn OpenFile, directory: &Path) -> Result<(), StoreError> {
    match file.try_lock().map_err(StoreError::file(directory))? {
        true => Ok(()),
        false => Err(StoreError::Locked(directory.to_path_buf())),
    }
}
