//! Why the store cannot be used, each reason with a stable code.

use protocol::ids::{BlobHash, Height};
use std::path::{Path, PathBuf};

/// Why the store cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// The directory has no ledger.
    #[error("{0}: there is no ledger here")]
    NotFound(PathBuf),
    /// The directory has a ledger already.
    #[error("{0}: there is a ledger here already")]
    Exists(PathBuf),
    /// Another process has it open.
    #[error("{0}: another process has this ledger open; stop it first")]
    Locked(PathBuf),
    /// The ledger cannot be read, since another process is writing it.
    #[error(
        "{0}: another process is writing this ledger: wait until it is done, ask that process, or read a snapshot that \
         was taken of the ledger"
    )]
    Writing(PathBuf),
    /// The disk is full.
    #[error("{path}: the disk is full; what was acknowledged is safe: make room, then go on")]
    DiskFull {
        /// What could not be written.
        path: PathBuf,
    },
    /// A file or directory cannot be used.
    #[error("{path}: {source}")]
    File {
        /// Which.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// The database cannot be used, or is damaged.
    #[error("ledger.redb, {part}: {reason}")]
    Database {
        /// Its header, one of its tables, or the pages that say which are free.
        part: &'static str,
        /// Why.
        reason: String,
    },
    /// A row of a block is missing, or differs from what was written.
    #[error("ledger.redb, block {}: {what}", height.0)]
    Damaged {
        /// The block; 0 for what is stored of the chain.
        height: Height,
        /// What is wrong.
        what: String,
    },
    /// `ledger.head`, the mark of how far the ledger had come, is damaged.
    #[error("ledger.head: damaged; it can be removed, and the last blocks then be missing unnoticed")]
    DamagedHead,
    /// Acknowledged blocks are missing.
    #[error("ledger.redb: block {} was the last, and it is not there", expected.0)]
    LostBlocks {
        /// The last that was acknowledged.
        expected: Height,
    },
    /// A blob's bytes do not have the hash that names it.
    #[error("blob {0}: its bytes do not have this hash")]
    DamagedBlob(BlobHash),
    /// A blob is longer than [`crate::blobs::MAX_BLOB_BYTES`].
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
            StoreError::Locked(_) | StoreError::Writing(_) => "ledger-locked",
            StoreError::DiskFull { .. } => "disk-full",
            StoreError::File { .. } => "ledger-file",
            StoreError::Database { .. } => "ledger-database",
            StoreError::Damaged { .. } => "ledger-damaged",
            StoreError::DamagedHead => "ledger-head",
            StoreError::LostBlocks { .. } => "ledger-lost-blocks",
            StoreError::DamagedBlob(_) => "blob-damaged",
            StoreError::BlobTooLong { .. } => "blob-too-long",
        }
    }
    /// Whether the message names the file or directory.
    pub const fn names_path(&self) -> bool {
        use StoreError::{DiskFull, Exists, File, Locked, NotFound, Writing};
        matches!(self, NotFound(_) | Exists(_) | Locked(_) | Writing(_) | DiskFull { .. } | File { .. })
    }
    /// The exit code of a command. 2 when the ledger could not be looked at: there is none, it is
    /// in use, or a file or the disk refuses. 1 when the ledger was looked at and does not hold.
    pub const fn exit_code(&self) -> u8 {
        use StoreError::{BlobTooLong, DiskFull, Exists, File, Locked, NotFound, Writing};
        match self {
            NotFound(_) | Exists(_) | Locked(_) | Writing(_) | DiskFull { .. } | File { .. } | BlobTooLong { .. } => 2,
            StoreError::Database { .. } | StoreError::Damaged { .. } | StoreError::DamagedHead => 1,
            StoreError::LostBlocks { .. } | StoreError::DamagedBlob(_) => 1,
        }
    }
    pub(crate) fn file(path: &Path) -> impl FnOnce(std::io::Error) -> StoreError {
        let path = path.to_path_buf();
        move |source| match disk::is_full(&source) {
            true => StoreError::DiskFull { path },
            false => StoreError::File { path, source },
        }
    }
    pub(crate) fn damaged(height: Height, what: impl Into<String>) -> Self {
        StoreError::Damaged { height, what: what.into() }
    }
}
