//! redb over [`disk::OpenFile`]. redb follows damaged pages without looking, and panics on some, so
//! every call goes through [`guarded`]. A ledger that is only read, or not yet known to be sound,
//! is read through an [`Overlay`]. The overlay keeps everything that redb would write, repairs
//! after a crash included, in memory, so that a damaged file stays as it was found.
//!
//! redb has an opening for reading alone of its own, `ReadOnlyDatabase`. It takes a path in place of
//! a backend, refuses a database that a process left without closing it, and cannot check the pages'
//! checksums. Through the overlay such a database is read as well.

use super::StoreError;
use disk::OpenFile;
use redb::{Database, StorageBackend};
use std::collections::BTreeMap;
use std::io;
use std::panic::AssertUnwindSafe;
use std::sync::{Arc, Mutex, PoisonError};

/// The part of the database that opening reads: the header, and after a crash every page in use.
const OPENING: &str = "header or pages";

/// Calls redb; a panic is an error that names the part of the database.
pub(super) fn guarded<T>(part: &'static str, call: impl FnOnce() -> Result<T, StoreError>) -> Result<T, StoreError> {
    match std::panic::catch_unwind(AssertUnwindSafe(call)) {
        Ok(result) => result,
        Err(panic) => {
            let text = panic.downcast_ref::<String>().map(String::as_str);
            let text = text.or(panic.downcast_ref::<&str>().copied()).unwrap_or("no reason given");
            Err(StoreError::Database { part, reason: format!("damaged, and cannot be read: {text}") })
        }
    }
}

/// An error of redb.
pub(super) fn db<E: Into<redb::Error>>(part: &'static str) -> impl FnOnce(E) -> StoreError {
    move |error| match error.into() {
        redb::Error::Io(error) if disk::is_full(&error) => StoreError::DiskFull { path: super::FILE.into() },
        other => StoreError::Database { part, reason: other.to_string() },
    }
}

/// A database that is dropped under guard, too.
pub(super) struct Guarded(Option<Database>);

impl Guarded {
    pub fn open(backend: impl StorageBackend) -> Result<Self, StoreError> {
        guarded(OPENING, || {
            let database = Database::builder().create_with_backend(backend).map_err(db(OPENING))?;
            Ok(Guarded(Some(database)))
        })
    }
    pub fn get(&self) -> &Database {
        self.0.as_ref().expect("taken on drop alone")
    }
    pub fn get_mut(&mut self) -> &mut Database {
        self.0.as_mut().expect("taken on drop alone")
    }
}

impl Drop for Guarded {
    fn drop(&mut self) {
        let database = self.0.take();
        // Opening repairs what closing could not write.
        let _ = guarded(OPENING, || {
            drop(database);
            Ok(())
        });
    }
}

/// Writes to the file itself. The caller has locked the file.
#[derive(Debug)]
pub(super) struct Direct(pub Arc<dyn OpenFile>);

impl StorageBackend for Direct {
    fn len(&self) -> io::Result<u64> {
        self.0.length()
    }
    fn read(&self, offset: u64, out: &mut [u8]) -> io::Result<()> {
        self.0.read_at(offset, out)
    }
    fn set_len(&self, length: u64) -> io::Result<()> {
        self.0.set_length(length)
    }
    fn sync_data(&self) -> io::Result<()> {
        self.0.sync()
    }
    fn write(&self, offset: u64, bytes: &[u8]) -> io::Result<()> {
        self.0.write_at(offset, bytes)
    }
}

const PAGE: u64 = 4096;

#[derive(Debug)]
struct Changed {
    length: u64,
    /// Bytes that were not written are the file's below this length, and zeros from there on.
    original: u64,
    pages: BTreeMap<u64, Vec<u8>>,
}

/// Reads a file and keeps what is written in memory.
#[derive(Debug)]
pub(super) struct Overlay {
    file: Arc<dyn OpenFile>,
    changed: Mutex<Changed>,
}

impl Overlay {
    pub fn new(file: Arc<dyn OpenFile>) -> io::Result<Self> {
        let length = file.length()?;
        Ok(Overlay { file, changed: Mutex::new(Changed { length, original: length, pages: BTreeMap::new() }) })
    }
    fn page(&self, changed: &Changed, page: u64) -> io::Result<Vec<u8>> {
        let mut bytes = vec![0; PAGE as usize];
        let there = changed.original.saturating_sub(page * PAGE).min(PAGE);
        self.file.read_at(page * PAGE, &mut bytes[..there as usize])?;
        Ok(bytes)
    }
}

/// The parts of a range by page: page, start within it, range of the buffer.
fn pages(offset: u64, length: usize) -> impl Iterator<Item = (u64, usize, std::ops::Range<usize>)> {
    let mut done = 0;
    std::iter::from_fn(move || {
        let at = offset + done as u64;
        let start = (at % PAGE) as usize;
        let part = done..(done + PAGE as usize - start).min(length);
        done = part.end;
        (!part.is_empty()).then_some((at / PAGE, start, part))
    })
}

impl StorageBackend for Overlay {
    fn len(&self) -> io::Result<u64> {
        Ok(self.changed.lock().unwrap_or_else(PoisonError::into_inner).length)
    }
    fn read(&self, offset: u64, out: &mut [u8]) -> io::Result<()> {
        let changed = self.changed.lock().unwrap_or_else(PoisonError::into_inner);
        let beyond = offset.checked_add(out.len() as u64).is_none_or(|end| end > changed.length);
        if beyond {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        for (page, start, part) in pages(offset, out.len()) {
            let to = &mut out[part];
            match changed.pages.get(&page) {
                Some(bytes) => to.copy_from_slice(&bytes[start..start + to.len()]),
                None => to.copy_from_slice(&self.page(&changed, page)?[start..start + to.len()]),
            }
        }
        Ok(())
    }
    fn set_len(&self, length: u64) -> io::Result<()> {
        let mut changed = self.changed.lock().unwrap_or_else(PoisonError::into_inner);
        if length < changed.length {
            changed.original = changed.original.min(length);
            changed.pages.retain(|page, _| page * PAGE < length);
            if let Some(last) = changed.pages.get_mut(&(length / PAGE)) {
                last[(length % PAGE) as usize..].fill(0);
            }
        }
        changed.length = length;
        Ok(())
    }
    fn sync_data(&self) -> io::Result<()> {
        Ok(())
    }
    fn write(&self, offset: u64, bytes: &[u8]) -> io::Result<()> {
        let mut changed = self.changed.lock().unwrap_or_else(PoisonError::into_inner);
        for (page, start, part) in pages(offset, bytes.len()) {
            if !changed.pages.contains_key(&page) {
                let original = self.page(&changed, page)?;
                changed.pages.insert(page, original);
            }
            let to = changed.pages.get_mut(&page).expect("it was just put there");
            to[start..start + part.len()].copy_from_slice(&bytes[part]);
        }
        changed.length = changed.length.max(offset + bytes.len() as u64);
        Ok(())
    }
}
