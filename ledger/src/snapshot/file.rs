//! A snapshot's file, read and written piece by piece, since a ledger's blobs may be more than
//! memory holds.

use super::SnapshotError;
use crate::store::StoreError;
use disk::{directory_of, Disk, OpenFile};
use sha2::{Digest, Sha256};
use std::path::{Path, PathBuf};
use std::sync::Arc;

const CHUNK: usize = 1 << 16;

/// A snapshot being written, under another name until it is whole.
pub(super) struct Writing<'a> {
    disk: &'a dyn Disk,
    path: PathBuf,
    unfinished: PathBuf,
    file: Arc<dyn OpenFile>,
    start: u64,
    at: u64,
    hash: Sha256,
    finished: bool,
}

impl<'a> Writing<'a> {
    /// A new file, with `header` bytes left free at its start.
    pub fn create(disk: &'a dyn Disk, path: &Path, header: u64) -> Result<Self, SnapshotError> {
        let mut name = path.file_name().unwrap_or_default().to_owned();
        name.push(".unfinished");
        let unfinished = path.with_file_name(name);
        let fail = || StoreError::file(&unfinished);
        let file = disk.open(&unfinished, true).map_err(fail()).map_err(SnapshotError::File)?;
        file.set_length(0).map_err(fail()).map_err(SnapshotError::File)?;
        let (path, hash) = (path.to_path_buf(), Sha256::new());
        Ok(Writing { disk, path, unfinished, file, start: header, at: header, hash, finished: false })
    }
    /// Appends these bytes.
    pub fn bytes(&mut self, bytes: &[u8]) -> Result<(), SnapshotError> {
        let fail = StoreError::file(&self.unfinished);
        self.file.write_at(self.at, bytes).map_err(fail).map_err(SnapshotError::File)?;
        self.hash.update(bytes);
        self.at += bytes.len() as u64;
        Ok(())
    }
    /// Appends the length of these bytes, then the bytes.
    pub fn part(&mut self, bytes: &[u8]) -> Result<(), SnapshotError> {
        let length = u32::try_from(bytes.len()).expect("no part is as long as a block may be");
        self.bytes(&length.to_le_bytes())?;
        self.bytes(bytes)
    }
    /// Length and SHA-256 of what was written after the header.
    pub fn length_and_digest(&self) -> (u64, [u8; 32]) {
        (self.at - self.start, self.hash.clone().finalize().into())
    }
    /// Writes the header, and gives the file its name.
    pub fn finish(mut self, header: &[u8]) -> Result<(), SnapshotError> {
        let written = self
            .file
            .write_at(0, header)
            .and_then(|()| self.file.sync())
            .and_then(|()| self.disk.rename(&self.unfinished, &self.path));
        written.map_err(StoreError::file(&self.path)).map_err(SnapshotError::File)?;
        self.finished = true;
        let directory = directory_of(&self.path);
        self.disk.sync_directory(directory).map_err(StoreError::file(directory)).map_err(SnapshotError::File)
    }
}

impl Drop for Writing<'_> {
    fn drop(&mut self) {
        if !self.finished {
            // The file only takes room; the error that came before is the one to report.
            let _ = self.disk.remove(&self.unfinished);
        }
    }
}

/// A snapshot being read.
pub(super) struct Reading {
    path: PathBuf,
    file: Arc<dyn OpenFile>,
    at: u64,
    end: u64,
}

impl Reading {
    pub fn open(disk: &dyn Disk, path: &Path) -> Result<Self, SnapshotError> {
        let fail = || StoreError::file(path);
        let file = disk.open_to_read(path).map_err(fail()).map_err(SnapshotError::File)?;
        let end = file.length().map_err(fail()).map_err(SnapshotError::File)?;
        Ok(Reading { path: path.to_path_buf(), file, at: 0, end })
    }
    fn damaged(&self, what: &str) -> SnapshotError {
        SnapshotError::Damaged { path: self.path.clone(), what: what.into() }
    }
    /// The header's bytes, or fewer where the file ends before.
    pub fn header(&mut self, length: usize) -> Result<Vec<u8>, SnapshotError> {
        self.bytes((length as u64).min(self.end) as usize)
    }
    /// Checks that what is left has this length and digest.
    pub fn check(&mut self, length: u64, digest: &[u8; 32]) -> Result<(), SnapshotError> {
        if self.end - self.at != length {
            return Err(self.damaged("it is not as long as its header says"));
        }
        let start = self.at;
        let mut hash = Sha256::new();
        while self.at < self.end {
            hash.update(self.bytes((self.end - self.at).min(CHUNK as u64) as usize)?);
        }
        self.at = start;
        match hash.finalize()[..] == *digest {
            true => Ok(()),
            false => Err(self.damaged("its contents are damaged")),
        }
    }
    /// The next bytes, `length` of them.
    pub fn bytes(&mut self, length: usize) -> Result<Vec<u8>, SnapshotError> {
        if length as u64 > self.end - self.at {
            return Err(self.damaged("it ends too early"));
        }
        let mut bytes = vec![0; length];
        let read = self.file.read_at(self.at, &mut bytes);
        read.map_err(StoreError::file(&self.path)).map_err(SnapshotError::File)?;
        self.at += length as u64;
        Ok(bytes)
    }
    /// A part: its length, of at most `most`, then its bytes.
    pub fn part(&mut self, most: usize) -> Result<Vec<u8>, SnapshotError> {
        let length = self.bytes(4)?.try_into().map(u32::from_le_bytes).expect("4 bytes were read") as usize;
        match length <= most {
            true => self.bytes(length),
            false => Err(self.damaged("a part of it is longer than any")),
        }
    }
    /// Checks that nothing is left.
    pub fn end(&self) -> Result<(), SnapshotError> {
        match self.at == self.end {
            true => Ok(()),
            false => Err(self.damaged("there is more in it than its header says")),
        }
    }
}
