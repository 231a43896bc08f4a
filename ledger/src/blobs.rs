//! Content-addressed blobs as files. A blob is written, fsynced, renamed, and its directory
//! fsynced, before anything on the ledger refers to it. Reading computes the hash again, so a
//! damaged file is never served.

use crate::store::StoreError;
use crate::verifier::{Blobs, CiphertextStatus};
use disk::{Access, Disk};
use protocol::ids::BlobHash;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

/// The folder of blobs in a ledger's directory.
pub(crate) const BLOBS: &str = "blobs";
/// The greatest length of a blob, in bytes.
pub const MAX_BLOB_BYTES: usize = 1 << 20;

/// A directory of blobs.
#[derive(Clone, Debug)]
pub struct BlobStore {
    disk: Arc<dyn Disk>,
    directory: PathBuf,
    /// Held while a blob is written: a second writer of the same one would cut short the file that
    /// the first renames.
    writing: Arc<Mutex<()>>,
}

impl BlobStore {
    /// The blobs in this directory, which is made if it is not there. Leftovers of an interrupted
    /// write are removed.
    pub fn open(directory: &Path) -> Result<Self, StoreError> {
        Self::open_on(Arc::new(disk::System), directory)
    }
    /// [`BlobStore::open`] on another disk than the system's.
    pub fn open_on(disk: Arc<dyn Disk>, directory: &Path) -> Result<Self, StoreError> {
        disk::create_directories(disk.as_ref(), directory).map_err(StoreError::file(directory))?;
        for path in disk.list(directory).map_err(StoreError::file(directory))? {
            if path.extension().is_some_and(|e| e == "part") {
                disk.remove(&path).map_err(StoreError::file(&path))?;
            }
        }
        Ok(Self::read(disk, directory))
    }
    /// The blobs in this directory, for reading: nothing there changes.
    pub fn read(disk: Arc<dyn Disk>, directory: &Path) -> Self {
        BlobStore { disk, directory: directory.to_path_buf(), writing: Arc::default() }
    }
    /// The file of a blob.
    pub fn path(&self, hash: &BlobHash) -> PathBuf {
        self.directory.join(hash.to_string())
    }
    /// Whether a blob is here.
    pub fn contains(&self, hash: &BlobHash) -> bool {
        self.disk.is_file(&self.path(hash))
    }
    /// Keeps a blob; durable when this returns. Putting a blob again mends a damaged file, and
    /// otherwise changes nothing.
    pub fn put(&self, bytes: &[u8]) -> Result<BlobHash, StoreError> {
        if bytes.len() > MAX_BLOB_BYTES {
            return Err(StoreError::BlobTooLong { found: bytes.len() });
        }
        let hash = BlobHash::of(bytes);
        let path = self.path(&hash);
        if matches!(self.get(&hash), Ok(Some(_))) {
            // The file is here, but perhaps not durably: a crash or an error may have come before
            // the last sync.
            self.disk.sync(&path).map_err(StoreError::file(&path))?;
            self.disk.sync_directory(&self.directory).map_err(StoreError::file(&self.directory))?;
            return Ok(hash);
        }
        // A thread that panicked here left a part of a file, which is written anew.
        let _writing = self.writing.lock().unwrap_or_else(PoisonError::into_inner);
        disk::replace(self.disk.as_ref(), &path.with_extension("part"), &path, bytes, Access::Usual)
            .map_err(StoreError::file(&path))?;
        Ok(hash)
    }
    /// A blob; None if it is not here. Error: [`StoreError::DamagedBlob`] if its bytes do not have
    /// the hash that names it.
    pub fn get(&self, hash: &BlobHash) -> Result<Option<Vec<u8>>, StoreError> {
        let path = self.path(hash);
        let bytes = match self.disk.read(&path, MAX_BLOB_BYTES as u64) {
            Ok(bytes) => bytes,
            Err(e) if e.kind() == ErrorKind::NotFound => return Ok(None),
            Err(e) => return Err(StoreError::file(&path)(e)),
        };
        if bytes.len() > MAX_BLOB_BYTES || BlobHash::of(&bytes) != *hash {
            return Err(StoreError::DamagedBlob(*hash));
        }
        Ok(Some(bytes))
    }
}

/// Whether bytes are a canonical matching ciphertext.
pub(crate) fn is_plan_ciphertext(bytes: &[u8]) -> bool {
    fhe_matcher::ciphertext::PlanCiphertext::from_bytes(bytes).is_ok()
}

impl Blobs for BlobStore {
    fn plan_ciphertext(&self, hash: &BlobHash) -> CiphertextStatus {
        match self.get(hash) {
            Ok(Some(bytes)) if is_plan_ciphertext(&bytes) => CiphertextStatus::Canonical,
            Ok(Some(_)) => CiphertextStatus::Malformed,
            Ok(None) | Err(_) => CiphertextStatus::Missing,
        }
    }
    fn get(&self, hash: &BlobHash) -> Option<Vec<u8>> {
        BlobStore::get(self, hash).ok().flatten()
    }
}
