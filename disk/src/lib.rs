#![doc = include_str!("../README.md")]
#![forbid(unsafe_code)]
#![deny(missing_docs)]

#[cfg(feature = "simulated")]
pub mod simulated;
mod system;
#[cfg(feature = "simulated")]
pub mod watched;

pub use system::System;

use std::fmt::Debug;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// The readers of a new file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Access {
    /// Those that the system's defaults allow.
    Usual,
    /// Only its owner.
    Private,
}

/// Files and directories. Errors are the system's own.
pub trait Disk: Debug + Send + Sync {
    /// A file's bytes, at most `limit + 1` of them: one byte more than the limit means that the
    /// file is longer.
    fn read(&self, path: &Path, limit: u64) -> io::Result<Vec<u8>>;
    /// The paths of a directory's entries, sorted.
    fn list(&self, directory: &Path) -> io::Result<Vec<PathBuf>>;
    /// Whether anything has this name, a dangling link included.
    fn exists(&self, path: &Path) -> bool;
    /// Whether a file has this name.
    fn is_file(&self, path: &Path) -> bool;
    /// Makes a directory in one that exists.
    fn create_directory(&self, path: &Path) -> io::Result<()>;
    /// Writes a file, which replaces the contents of one that is there. The bytes are not durable
    /// yet.
    fn write(&self, path: &Path, bytes: &[u8], access: Access) -> io::Result<()>;
    /// Makes a file's bytes durable.
    fn sync(&self, path: &Path) -> io::Result<()>;
    /// Makes the names in a directory durable.
    fn sync_directory(&self, path: &Path) -> io::Result<()>;
    /// Gives a file another name in its directory. A file that had the name is replaced.
    fn rename(&self, from: &Path, to: &Path) -> io::Result<()>;
    /// Gives a file a second name in its directory, unless something has it already.
    fn link(&self, from: &Path, to: &Path) -> io::Result<()>;
    /// Removes a file.
    fn remove(&self, path: &Path) -> io::Result<()>;
    /// Opens a file for reading and writing in place, made empty if it is not there and `create`
    /// says so.
    fn open(&self, path: &Path, create: bool) -> io::Result<Arc<dyn OpenFile>>;
    /// Opens a file for reading alone. The permission to read is enough, also on a file system that
    /// is mounted for reading. Every change through the open file fails.
    fn open_to_read(&self, path: &Path) -> io::Result<Arc<dyn OpenFile>>;
}

/// A file open for reading, and unless [`Disk::open_to_read`] opened it for writing in place.
pub trait OpenFile: Debug + Send + Sync {
    /// Length in bytes.
    fn length(&self) -> io::Result<u64>;
    /// Fills `out` from an offset. Error: `UnexpectedEof` when the file ends before.
    fn read_at(&self, offset: u64, out: &mut [u8]) -> io::Result<()>;
    /// Writes at an offset; a file that ends before grows. Not durable yet.
    fn write_at(&self, offset: u64, bytes: &[u8]) -> io::Result<()>;
    /// Cuts the file, or extends it by zeros. Not durable yet.
    fn set_length(&self, length: u64) -> io::Result<()>;
    /// Makes bytes and length durable.
    fn sync(&self) -> io::Result<()>;
    /// Takes the file for this process alone for as long as it is open; false if another has it or
    /// shares it. The system releases it when the process ends, even by a crash.
    fn try_lock(&self) -> io::Result<bool>;
    /// Takes the file together with all others that share it, for as long as it is open; false if
    /// another has it alone.
    fn try_share(&self) -> io::Result<bool>;
}

/// Whether an error means that the disk is full.
pub fn is_full(error: &io::Error) -> bool {
    matches!(error.kind(), io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded)
}

/// The directory that a path's last name is in.
pub fn directory_of(path: &Path) -> &Path {
    path.parent().filter(|p| !p.as_os_str().is_empty()).unwrap_or(Path::new("."))
}

/// Replaces a file's bytes at once and durably, through `beside`, a name in the same directory:
/// after a crash it has the old bytes or the new. After an error the file `beside` is removed if
/// that is possible.
pub fn replace(disk: &dyn Disk, beside: &Path, path: &Path, bytes: &[u8], access: Access) -> io::Result<()> {
    let written =
        disk.write(beside, bytes, access).and_then(|()| disk.sync(beside)).and_then(|()| disk.rename(beside, path));
    if let Err(error) = written {
        // The file takes room. The error that counts is the first.
        let _ = disk.remove(beside);
        return Err(error);
    }
    disk.sync_directory(directory_of(path))
}

/// Makes a directory and those above it that are missing, durably.
pub fn create_directories(disk: &dyn Disk, path: &Path) -> io::Result<()> {
    if disk.exists(path) || path.as_os_str().is_empty() {
        return Ok(());
    }
    let above = directory_of(path);
    create_directories(disk, above)?;
    match disk.create_directory(path) {
        // Another process made the directory first.
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => Ok(()),
        other => other,
    }?;
    disk.sync_directory(above)
}
