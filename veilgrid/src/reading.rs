//! Opening a ledger that a command only reads: the folder of a market, or a snapshot of one.
//!
//! The folder's files are opened for reading alone. So a command works on a file system that is
//! mounted for reading, on a folder of another user, and beside other readers. A snapshot is
//! restored into a temporary folder, which is removed at the end.

use ledger::{Archive, Groth16Verifier, NodeError, SnapshotError};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use tempfile::TempDir;
use terminal::{output, Coded};

/// Which of the two roots repeats: said wherever one of them is printed.
pub const WHICH_ROOT_REPEATS: &str =
    "The state root is another after each block. The record root repeats after a block that makes no record.";

/// Why a ledger cannot be read.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The ledger cannot be read, or it does not hold.
    #[error("{}{error}", if error.names_path() { String::new() } else { format!("{place}: ") })]
    Ledger {
        /// The ledger's folder, or the snapshot.
        place: String,
        /// Why it cannot be read.
        error: NodeError,
    },
    /// The snapshot cannot be read, or it does not hold.
    #[error("{}{error}", if error.names_path() { String::new() } else { format!("{place}: ") })]
    Snapshot {
        /// The snapshot.
        place: String,
        /// Why it cannot be read.
        error: SnapshotError,
    },
    /// A file that no snapshot begins like.
    #[error("{0}: neither the folder of a ledger nor a snapshot of one")]
    Neither(String),
    /// There is no room for a snapshot's copy.
    #[error("{folder}: a temporary folder cannot be made here: {error}")]
    Temporary {
        /// The system's folder for temporary files.
        folder: String,
        /// Why.
        error: std::io::Error,
    },
    /// The verifying keys in this program are damaged.
    #[error(transparent)]
    Pin(#[from] circuits::PinError),
}

impl Coded for Error {
    fn code(&self) -> &'static str {
        match self {
            Error::Ledger { error, .. } => error.code(),
            Error::Snapshot { error, .. } => error.code(),
            Error::Neither(_) => "no-ledger",
            Error::Temporary { .. } => "temporary",
            Error::Pin(_) => "pin",
        }
    }
    fn exit_code(&self) -> u8 {
        match self {
            Error::Ledger { error, .. } => error.exit_code(),
            Error::Snapshot { error, .. } => error.exit_code(),
            Error::Neither(_) | Error::Temporary { .. } | Error::Pin(_) => 2,
        }
    }
}

/// A folder with a ledger.
pub struct Place {
    /// The path as it was given.
    name: String,
    directory: PathBuf,
    /// The folder that holds a snapshot's copy.
    _copy: Option<TempDir>,
}

impl Place {
    /// Finds the folder of the ledger at a path, and restores a snapshot for it if the path names
    /// one. The folder itself is not opened yet. Errors: all but [`Error::Ledger`].
    pub fn of(path: &Path) -> Result<Self, Error> {
        let name = path.display().to_string();
        if !path.is_file() {
            return Ok(Place { name, directory: path.to_path_buf(), _copy: None });
        }
        let disk = Arc::new(disk::System);
        let snapshot = |error| Error::Snapshot { place: name.clone(), error };
        if !ledger::is_snapshot(disk.as_ref(), path).map_err(snapshot)? {
            return Err(Error::Neither(name));
        }
        let copy = tempfile::Builder::new().prefix("veilgrid-snapshot-").tempdir();
        let folder = || std::env::temp_dir().display().to_string();
        let copy = copy.map_err(|error| Error::Temporary { folder: folder(), error })?;
        let (header, _) = ledger::restore(disk, path, copy.path(), &Groth16Verifier::pinned()?).map_err(snapshot)?;
        output::note(&format!("{name}: a snapshot, taken after block {}; a temporary copy is read", header.height.0));
        Ok(Place { name, directory: copy.path().to_path_buf(), _copy: Some(copy) })
    }
    /// The folder of the ledger.
    pub fn directory(&self) -> &Path {
        &self.directory
    }
    fn error(&self, error: NodeError) -> Error {
        Error::Ledger { place: self.name.clone(), error }
    }
}

/// A ledger that is open for reading.
pub struct Reading {
    /// The ledger.
    pub archive: Archive,
    // After the archive, which is closed first.
    place: Place,
}

impl Reading {
    /// Opens the ledger at a path. Errors: any.
    pub fn open(path: &Path) -> Result<Self, Error> {
        let place = Place::of(path)?;
        let verifier = Groth16Verifier::pinned()?;
        let archive = Archive::open(place.directory(), &verifier).map_err(|error| place.error(error))?;
        Ok(Reading { archive, place })
    }
    /// An error of this ledger that is met later.
    pub fn error(&self, error: NodeError) -> Error {
        self.place.error(error)
    }
}
