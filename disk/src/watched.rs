//! A disk that announces every change before it makes it. A watcher can let the change through,
//! refuse it, or let half of it be made.

use crate::{Access, Disk, OpenFile};
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// A change to a disk, about to be made.
#[derive(Clone, Copy, Debug)]
pub struct Change<'a> {
    /// The operation: its name in [`Disk`] or [`OpenFile`], or `torn` when the first half of a
    /// write is done.
    pub operation: &'static str,
    /// The file or directory; of a rename or link, the new name.
    pub path: &'a Path,
    /// Bytes to be written.
    pub bytes: &'a [u8],
}

/// The fate of a change.
#[derive(Debug)]
pub enum Verdict {
    /// The change is made.
    Go,
    /// The change fails, and nothing is done.
    Fail(io::Error),
    /// Half of a write's bytes are written, then `torn` is announced. Let through after `torn`, the
    /// rest is written. Any other change is made.
    Half,
}

/// The watcher, which is told of changes, one at a time for each thread.
pub type Watcher = Arc<dyn Fn(Change<'_>) -> Verdict + Send + Sync>;

/// A disk that is watched.
#[derive(Clone)]
pub struct Watched {
    disk: Arc<dyn Disk>,
    watcher: Watcher,
}

impl std::fmt::Debug for Watched {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Watched({:?})", self.disk)
    }
}

impl Watched {
    /// Watches a disk.
    pub fn new(disk: Arc<dyn Disk>, watcher: Watcher) -> Self {
        Watched { disk, watcher }
    }
    fn change<T>(&self, operation: &'static str, path: &Path, make: impl FnOnce() -> io::Result<T>) -> io::Result<T> {
        match (self.watcher)(Change { operation, path, bytes: &[] }) {
            Verdict::Fail(error) => Err(error),
            Verdict::Go | Verdict::Half => make(),
        }
    }
}

fn write(
    watcher: &Watcher,
    operation: &'static str,
    path: &Path,
    bytes: &[u8],
    make: impl Fn(&[u8]) -> io::Result<()>,
) -> io::Result<()> {
    match watcher(Change { operation, path, bytes }) {
        Verdict::Fail(error) => return Err(error),
        Verdict::Go => {}
        Verdict::Half => {
            make(&bytes[..bytes.len() / 2])?;
            if let Verdict::Fail(error) = watcher(Change { operation: "torn", path, bytes }) {
                return Err(error);
            }
        }
    }
    make(bytes)
}

impl Disk for Watched {
    fn read(&self, path: &Path, limit: u64) -> io::Result<Vec<u8>> {
        self.disk.read(path, limit)
    }
    fn list(&self, directory: &Path) -> io::Result<Vec<PathBuf>> {
        self.disk.list(directory)
    }
    fn exists(&self, path: &Path) -> bool {
        self.disk.exists(path)
    }
    fn is_file(&self, path: &Path) -> bool {
        self.disk.is_file(path)
    }
    fn create_directory(&self, path: &Path) -> io::Result<()> {
        self.change("create_directory", path, || self.disk.create_directory(path))
    }
    fn write(&self, path: &Path, bytes: &[u8], access: Access) -> io::Result<()> {
        write(&self.watcher, "write", path, bytes, |bytes| self.disk.write(path, bytes, access))
    }
    fn sync(&self, path: &Path) -> io::Result<()> {
        self.change("sync", path, || self.disk.sync(path))
    }
    fn sync_directory(&self, path: &Path) -> io::Result<()> {
        self.change("sync_directory", path, || self.disk.sync_directory(path))
    }
    fn rename(&self, from: &Path, to: &Path) -> io::Result<()> {
        self.change("rename", to, || self.disk.rename(from, to))
    }
    fn link(&self, from: &Path, to: &Path) -> io::Result<()> {
        self.change("link", to, || self.disk.link(from, to))
    }
    fn remove(&self, path: &Path) -> io::Result<()> {
        self.change("remove", path, || self.disk.remove(path))
    }
    fn open(&self, path: &Path, create: bool) -> io::Result<Arc<dyn OpenFile>> {
        let open = || self.disk.open(path, create);
        let file = if create && !self.disk.exists(path) { self.change("open", path, open)? } else { open()? };
        Ok(Arc::new(WatchedFile { file, path: path.to_path_buf(), watched: self.clone() }))
    }
    fn open_to_read(&self, path: &Path) -> io::Result<Arc<dyn OpenFile>> {
        let file = self.disk.open_to_read(path)?;
        Ok(Arc::new(WatchedFile { file, path: path.to_path_buf(), watched: self.clone() }))
    }
}

#[derive(Debug)]
struct WatchedFile {
    file: Arc<dyn OpenFile>,
    path: PathBuf,
    watched: Watched,
}

impl OpenFile for WatchedFile {
    fn length(&self) -> io::Result<u64> {
        self.file.length()
    }
    fn read_at(&self, offset: u64, out: &mut [u8]) -> io::Result<()> {
        self.file.read_at(offset, out)
    }
    fn write_at(&self, offset: u64, bytes: &[u8]) -> io::Result<()> {
        write(&self.watched.watcher, "write_at", &self.path, bytes, |bytes| self.file.write_at(offset, bytes))
    }
    fn set_length(&self, length: u64) -> io::Result<()> {
        self.watched.change("set_length", &self.path, || self.file.set_length(length))
    }
    fn sync(&self) -> io::Result<()> {
        self.watched.change("sync", &self.path, || self.file.sync())
    }
    fn try_lock(&self) -> io::Result<bool> {
        self.file.try_lock()
    }
    fn try_share(&self) -> io::Result<bool> {
        self.file.try_share()
    }
}
