//! The system's own disk.

use crate::{Access, Disk, OpenFile};
use std::fs::{self, File, OpenOptions, TryLockError};
use std::io::{self, Read, Write};
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// The files of the operating system.
#[derive(Clone, Copy, Debug, Default)]
pub struct System;

impl Disk for System {
    fn read(&self, path: &Path, limit: u64) -> io::Result<Vec<u8>> {
        let mut bytes = Vec::new();
        File::open(path)?.take(limit.saturating_add(1)).read_to_end(&mut bytes)?;
        Ok(bytes)
    }
    fn list(&self, directory: &Path) -> io::Result<Vec<PathBuf>> {
        let mut all = fs::read_dir(directory)?.map(|entry| Ok(entry?.path())).collect::<io::Result<Vec<_>>>()?;
        all.sort();
        Ok(all)
    }
    fn exists(&self, path: &Path) -> bool {
        path.symlink_metadata().is_ok()
    }
    fn is_file(&self, path: &Path) -> bool {
        path.is_file()
    }
    fn create_directory(&self, path: &Path) -> io::Result<()> {
        fs::create_dir(path)
    }
    fn write(&self, path: &Path, bytes: &[u8], access: Access) -> io::Result<()> {
        let mut options = OpenOptions::new();
        options.write(true).create(true).truncate(true);
        #[cfg(unix)]
        if access == Access::Private {
            std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
        }
        #[cfg(not(unix))]
        let _ = access;
        options.open(path)?.write_all(bytes)
    }
    fn sync(&self, path: &Path) -> io::Result<()> {
        OpenOptions::new().write(true).open(path)?.sync_all()
    }
    fn sync_directory(&self, path: &Path) -> io::Result<()> {
        // On other systems a directory cannot be opened as a file and need not be synced.
        #[cfg(unix)]
        return File::open(path)?.sync_all();
        #[cfg(not(unix))]
        return Ok(());
    }
    fn rename(&self, from: &Path, to: &Path) -> io::Result<()> {
        fs::rename(from, to)
    }
    fn link(&self, from: &Path, to: &Path) -> io::Result<()> {
        fs::hard_link(from, to)
    }
    fn remove(&self, path: &Path) -> io::Result<()> {
        fs::remove_file(path)
    }
    fn open(&self, path: &Path, create: bool) -> io::Result<Arc<dyn OpenFile>> {
        let file = OpenOptions::new().read(true).write(true).create(create).truncate(false).open(path)?;
        Ok(Arc::new(SystemFile(file)))
    }
    fn open_to_read(&self, path: &Path) -> io::Result<Arc<dyn OpenFile>> {
        Ok(Arc::new(SystemFile(File::open(path)?)))
    }
}

/// An open file of the system.
#[derive(Debug)]
struct SystemFile(File);

impl OpenFile for SystemFile {
    fn length(&self) -> io::Result<u64> {
        Ok(self.0.metadata()?.len())
    }
    #[cfg(unix)]
    fn read_at(&self, offset: u64, out: &mut [u8]) -> io::Result<()> {
        std::os::unix::fs::FileExt::read_exact_at(&self.0, out, offset)
    }
    #[cfg(unix)]
    fn write_at(&self, offset: u64, bytes: &[u8]) -> io::Result<()> {
        std::os::unix::fs::FileExt::write_all_at(&self.0, bytes, offset)
    }
    #[cfg(not(unix))]
    fn read_at(&self, offset: u64, out: &mut [u8]) -> io::Result<()> {
        use std::io::{Seek, SeekFrom};
        let mut file = &self.0;
        file.seek(SeekFrom::Start(offset))?;
        file.read_exact(out)
    }
    #[cfg(not(unix))]
    fn write_at(&self, offset: u64, bytes: &[u8]) -> io::Result<()> {
        use std::io::{Seek, SeekFrom};
        let mut file = &self.0;
        file.seek(SeekFrom::Start(offset))?;
        file.write_all(bytes)
    }
    fn set_length(&self, length: u64) -> io::Result<()> {
        self.0.set_len(length)
    }
    fn sync(&self) -> io::Result<()> {
        self.0.sync_all()
    }
    fn try_lock(&self) -> io::Result<bool> {
        taken(self.0.try_lock())
    }
    fn try_share(&self) -> io::Result<bool> {
        taken(self.0.try_lock_shared())
    }
}

/// Whether a lock was taken; false where another process has a lock that excludes it.
fn taken(lock: Result<(), TryLockError>) -> io::Result<bool> {
    match lock {
        Ok(()) => Ok(true),
        Err(TryLockError::WouldBlock) => Ok(false),
        Err(TryLockError::Error(error)) => Err(error),
    }
}
