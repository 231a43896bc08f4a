//! Content-addressed blobs as files: written, fsynced, renamed, and their directory fsynced, before anything on the
//! ledger refers to them. Reading hashes again, so a damaged file is never served.

use crate::store::StoreError;
use crate::verifier::{Blobs, CiphertextStatus};
use protocol::transaction::BlobHash;
use std::fs::{self, File};
use std::io::Write;
use std::path::{Path, PathBuf};

/// No blob is longer.
pub const MAX_BLOB_BYTES: usize = 1 << 20;

/// A directory of blobs.
#[derive(Clone, Debug)]
pub struct BlobStore {
    directory: PathBuf,
}

impl BlobStore {
    /// In this directory, made if it is not there. What an interrupted write left is removed.
    pub fn open(directory: &Path) -> Result<Self, StoreError> {
        fs::create_dir_all(directory).map_err(StoreError::file(directory))?;
        for entry in fs::read_dir(directory).map_err(StoreError::file(directory))? {
            let path = entry.map_err(StoreError::file(directory))?.path();
            if path.extension().is_some_and(|e| e == "part") {
                fs::remove_file(&path).map_err(StoreError::file(&path))?;
            }
        }
        Ok(BlobStore { directory: directory.to_path_buf() })
    }
    /// Where a blob is.
    pub fn path(&self, hash: &BlobHash) -> PathBuf {
        self.directory.join(hash.to_string())
    }
    /// Whether a blob is here.
    pub fn contains(&self, hash: &BlobHash) -> bool {
        self.path(hash).is_file()
    }
    /// Keeps a blob; durable when this returns. Putting one again does nothing (and mends a damaged file).
    pub fn put(&self, bytes: &[u8]) -> Result<BlobHash, StoreError> {
        if bytes.len() > MAX_BLOB_BYTES {
            return Err(StoreError::BlobTooLong { found: bytes.len() });
        }
        let hash = BlobHash::of(bytes);
        let path = self.path(&hash);
        if matches!(self.get(&hash), Ok(Some(_))) {
            return Ok(hash);
        }
        let part = path.with_extension("part");
        let mut file = File::create(&part).map_err(StoreError::file(&part))?;
        file.write_all(bytes).and_then(|()| file.sync_all()).map_err(StoreError::file(&part))?;
        fs::rename(&part, &path).map_err(StoreError::file(&path))?;
        File::open(&self.directory).and_then(|d| d.sync_all()).map_err(StoreError::file(&self.directory))?;
        Ok(hash)
    }
    /// A blob; None if it is not here. Error: [`StoreError::DamagedBlob`] if its bytes are not what its name says.
    pub fn get(&self, hash: &BlobHash) -> Result<Option<Vec<u8>>, StoreError> {
        let path = self.path(hash);
        let length = match fs::metadata(&path) {
            Ok(metadata) => metadata.len(),
            Err(e) if e.kind() == std::io::ErrorKind::NotFound => return Ok(None),
            Err(e) => return Err(StoreError::file(&path)(e)),
        };
        if length > MAX_BLOB_BYTES as u64 {
            return Err(StoreError::DamagedBlob(*hash));
        }
        let bytes = fs::read(&path).map_err(StoreError::file(&path))?;
        if BlobHash::of(&bytes) != *hash {
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
}
