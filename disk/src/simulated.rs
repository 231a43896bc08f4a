//! A disk in memory that can crash. A crash loses a part of what was written since the last sync.
//! Each sector of a file then has the contents of some moment since the sync, independent of its
//! neighbours, and so has the file's length. Of the names that changed since their directory was
//! synced, any may be as before.

use crate::{directory_of, Access, Disk, OpenFile};
use std::collections::{BTreeMap, BTreeSet};
use std::io::{self, ErrorKind};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// Bytes of a sector, which a disk writes whole or not at all.
const SECTOR: u64 = 512;

/// The part of unsynced changes that a crash leaves.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kept {
    /// None of them.
    Nothing,
    /// All of them, as when only the process is killed.
    Everything,
    /// Any part of them, at random.
    Some,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Entry {
    Directory,
    File(usize),
}

#[derive(Clone, Debug)]
enum FileChange {
    Write(u64, Vec<u8>),
    Length(u64),
}

#[derive(Clone, Debug)]
enum NameChange {
    Add(PathBuf, Entry),
    Rename(PathBuf, PathBuf),
    Remove(PathBuf),
}

impl NameChange {
    fn directory(&self) -> &Path {
        match self {
            NameChange::Add(path, _) | NameChange::Rename(_, path) | NameChange::Remove(path) => directory_of(path),
        }
    }
    /// Applies the change, as far as it is still possible.
    fn apply(&self, names: &mut BTreeMap<PathBuf, Entry>) {
        match self {
            NameChange::Add(path, entry) => {
                names.insert(path.clone(), *entry);
            }
            NameChange::Rename(from, to) => {
                if let Some(entry) = names.remove(from) {
                    names.insert(to.clone(), entry);
                }
            }
            NameChange::Remove(path) => {
                names.remove(path);
            }
        }
    }
}

#[derive(Clone, Debug, Default)]
struct Contents {
    now: Vec<u8>,
    synced: Vec<u8>,
    since: Vec<FileChange>,
}

impl FileChange {
    fn apply(&self, bytes: &mut Vec<u8>) {
        match self {
            FileChange::Length(length) => bytes.resize(*length as usize, 0),
            FileChange::Write(offset, written) => {
                let end = *offset as usize + written.len();
                bytes.resize(bytes.len().max(end), 0);
                bytes[*offset as usize..end].copy_from_slice(written);
            }
        }
    }
}

impl Contents {
    fn change(&mut self, change: FileChange) {
        change.apply(&mut self.now);
        self.since.push(change);
    }
    fn sync(&mut self) {
        for change in self.since.drain(..) {
            change.apply(&mut self.synced);
        }
    }
    /// The contents after a crash.
    fn after_crash(&self, kept: Kept, random: &mut dyn FnMut() -> u64) -> Vec<u8> {
        match kept {
            Kept::Nothing => return self.synced.clone(),
            Kept::Everything => return self.now.clone(),
            Kept::Some => {}
        }
        // The length at some moment, then every touched sector at some moment of its own.
        let mut length = self.synced.len() as u64;
        for change in &self.since[..(random() % (self.since.len() as u64 + 1)) as usize] {
            length = match change {
                FileChange::Length(length) => *length,
                FileChange::Write(offset, bytes) => length.max(offset + bytes.len() as u64),
            };
        }
        let mut bytes = self.synced.clone();
        bytes.resize(length as usize, 0);
        let mut moments: BTreeMap<u64, usize> = BTreeMap::new();
        for (moment, change) in self.since.iter().enumerate() {
            let FileChange::Write(offset, written) = change else { continue };
            for (at, byte) in (*offset..).zip(written).filter(|(at, _)| *at < length) {
                let sector = at / SECTOR;
                let until =
                    moments.entry(sector).or_insert_with(|| (random() % (self.since.len() as u64 + 1)) as usize);
                if moment < *until {
                    bytes[at as usize] = *byte;
                }
            }
        }
        bytes
    }
}

#[derive(Debug, Default)]
struct State {
    files: Vec<Contents>,
    names: BTreeMap<PathBuf, Entry>,
    durable: BTreeMap<PathBuf, Entry>,
    since: Vec<NameChange>,
    /// The files that one opening has for itself.
    locked: BTreeSet<usize>,
    /// How many openings share a file, for the files that are shared.
    shared: BTreeMap<usize, usize>,
}

impl State {
    fn file(&self, path: &Path) -> io::Result<usize> {
        match self.names.get(path) {
            Some(Entry::File(file)) => Ok(*file),
            Some(Entry::Directory) => Err(ErrorKind::IsADirectory.into()),
            None => Err(ErrorKind::NotFound.into()),
        }
    }
    fn name(&mut self, change: NameChange) -> io::Result<()> {
        if self.names.get(change.directory()) != Some(&Entry::Directory) {
            return Err(ErrorKind::NotFound.into());
        }
        change.apply(&mut self.names);
        self.since.push(change);
        Ok(())
    }
    fn new_file(&mut self, path: &Path) -> io::Result<usize> {
        let file = self.files.len();
        self.name(NameChange::Add(path.to_path_buf(), Entry::File(file)))?;
        self.files.push(Contents::default());
        Ok(file)
    }
}

/// A disk in memory.
#[derive(Clone, Debug, Default)]
pub struct Simulated(Arc<Mutex<State>>);

impl Simulated {
    /// A disk that has only this directory.
    pub fn new(directory: &Path) -> Self {
        let names = BTreeMap::from([(directory.to_path_buf(), Entry::Directory)]);
        Simulated(Arc::new(Mutex::new(State { durable: names.clone(), names, ..State::default() })))
    }
    fn state(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
    /// The disk after a crash now, all of it durable and nothing open.
    pub fn crash(&self, kept: Kept, random: &mut dyn FnMut() -> u64) -> Simulated {
        let state = self.state();
        let mut names = match kept {
            Kept::Everything => state.names.clone(),
            Kept::Nothing | Kept::Some => state.durable.clone(),
        };
        if kept == Kept::Some {
            for change in &state.since {
                if random().is_multiple_of(2) {
                    change.apply(&mut names);
                }
            }
        }
        // The contents of a directory that is gone are gone, too.
        let there: BTreeSet<PathBuf> = names.keys().cloned().collect();
        let root = state.durable.keys().next().cloned().unwrap_or_default();
        names.retain(|path, _| {
            *path == root || path.ancestors().skip(1).take_while(|a| a.starts_with(&root)).all(|a| there.contains(a))
        });
        let files = state.files.iter().map(|file| {
            let bytes = file.after_crash(kept, random);
            Contents { now: bytes.clone(), synced: bytes, since: Vec::new() }
        });
        let files = files.collect();
        Simulated(Arc::new(Mutex::new(State { files, durable: names.clone(), names, ..State::default() })))
    }
    /// Flips bits of a byte of a file.
    pub fn flip(&self, path: &Path, at: u64, bits: u8) -> io::Result<()> {
        let mut state = self.state();
        let file = state.file(path)?;
        let contents = &mut state.files[file];
        for bytes in [&mut contents.now, &mut contents.synced] {
            *bytes.get_mut(at as usize).ok_or(ErrorKind::UnexpectedEof)? ^= bits;
        }
        Ok(())
    }
}

impl Disk for Simulated {
    fn read(&self, path: &Path, limit: u64) -> io::Result<Vec<u8>> {
        let state = self.state();
        let bytes = &state.files[state.file(path)?].now;
        Ok(bytes[..bytes.len().min(limit.saturating_add(1) as usize)].to_vec())
    }
    fn list(&self, directory: &Path) -> io::Result<Vec<PathBuf>> {
        let state = self.state();
        if state.names.get(directory) != Some(&Entry::Directory) {
            return Err(ErrorKind::NotFound.into());
        }
        Ok(state.names.keys().filter(|path| path.parent() == Some(directory)).cloned().collect())
    }
    fn exists(&self, path: &Path) -> bool {
        self.state().names.contains_key(path)
    }
    fn is_file(&self, path: &Path) -> bool {
        matches!(self.state().names.get(path), Some(Entry::File(_)))
    }
    fn create_directory(&self, path: &Path) -> io::Result<()> {
        let mut state = self.state();
        if state.names.contains_key(path) {
            return Err(ErrorKind::AlreadyExists.into());
        }
        state.name(NameChange::Add(path.to_path_buf(), Entry::Directory))
    }
    fn write(&self, path: &Path, bytes: &[u8], _: Access) -> io::Result<()> {
        let mut state = self.state();
        let file = match state.file(path) {
            Err(error) if error.kind() == ErrorKind::NotFound => state.new_file(path)?,
            other => other?,
        };
        state.files[file].change(FileChange::Length(0));
        state.files[file].change(FileChange::Write(0, bytes.to_vec()));
        Ok(())
    }
    fn sync(&self, path: &Path) -> io::Result<()> {
        let mut state = self.state();
        let file = state.file(path)?;
        state.files[file].sync();
        Ok(())
    }
    fn sync_directory(&self, path: &Path) -> io::Result<()> {
        let state = &mut *self.state();
        if state.names.get(path) != Some(&Entry::Directory) {
            return Err(ErrorKind::NotFound.into());
        }
        let durable = &mut state.durable;
        state.since.retain(|change| {
            let here = change.directory() == path;
            if here {
                change.apply(durable);
            }
            !here
        });
        Ok(())
    }
    fn rename(&self, from: &Path, to: &Path) -> io::Result<()> {
        let mut state = self.state();
        state.file(from)?;
        state.name(NameChange::Rename(from.to_path_buf(), to.to_path_buf()))
    }
    fn link(&self, from: &Path, to: &Path) -> io::Result<()> {
        let mut state = self.state();
        let file = state.file(from)?;
        if state.names.contains_key(to) {
            return Err(ErrorKind::AlreadyExists.into());
        }
        state.name(NameChange::Add(to.to_path_buf(), Entry::File(file)))
    }
    fn remove(&self, path: &Path) -> io::Result<()> {
        let mut state = self.state();
        state.file(path)?;
        state.name(NameChange::Remove(path.to_path_buf()))
    }
    fn open(&self, path: &Path, create: bool) -> io::Result<Arc<dyn OpenFile>> {
        let mut state = self.state();
        let file = match state.file(path) {
            Err(error) if error.kind() == ErrorKind::NotFound && create => state.new_file(path)?,
            other => other?,
        };
        Ok(Arc::new(SimulatedFile { disk: self.clone(), file, writes: true, holds: Mutex::new(Lock::None) }))
    }
    fn open_to_read(&self, path: &Path) -> io::Result<Arc<dyn OpenFile>> {
        let file = self.state().file(path)?;
        Ok(Arc::new(SimulatedFile { disk: self.clone(), file, writes: false, holds: Mutex::new(Lock::None) }))
    }
}

/// The lock that an open file holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Lock {
    None,
    Shared,
    Alone,
}

#[derive(Debug)]
struct SimulatedFile {
    disk: Simulated,
    file: usize,
    /// Whether the file was opened for writing too.
    writes: bool,
    holds: Mutex<Lock>,
}

impl SimulatedFile {
    fn with<T>(&self, work: impl FnOnce(&mut Contents) -> T) -> T {
        work(&mut self.disk.state().files[self.file])
    }
    fn change(&self, change: FileChange) -> io::Result<()> {
        if !self.writes {
            return Err(ErrorKind::PermissionDenied.into());
        }
        self.with(|contents| contents.change(change));
        Ok(())
    }
}

impl OpenFile for SimulatedFile {
    fn length(&self) -> io::Result<u64> {
        Ok(self.with(|contents| contents.now.len() as u64))
    }
    fn read_at(&self, offset: u64, out: &mut [u8]) -> io::Result<()> {
        self.with(|contents| {
            let from = contents.now.get(offset as usize..).and_then(|rest| rest.get(..out.len()));
            out.copy_from_slice(from.ok_or(ErrorKind::UnexpectedEof)?);
            Ok(())
        })
    }
    fn write_at(&self, offset: u64, bytes: &[u8]) -> io::Result<()> {
        self.change(FileChange::Write(offset, bytes.to_vec()))
    }
    fn set_length(&self, length: u64) -> io::Result<()> {
        self.change(FileChange::Length(length))
    }
    fn sync(&self) -> io::Result<()> {
        self.with(Contents::sync);
        Ok(())
    }
    fn try_lock(&self) -> io::Result<bool> {
        let mut holds = self.holds.lock().unwrap_or_else(PoisonError::into_inner);
        let state = &mut *self.disk.state();
        if *holds == Lock::None && !state.shared.contains_key(&self.file) && state.locked.insert(self.file) {
            *holds = Lock::Alone;
        }
        Ok(*holds == Lock::Alone)
    }
    fn try_share(&self) -> io::Result<bool> {
        let mut holds = self.holds.lock().unwrap_or_else(PoisonError::into_inner);
        let state = &mut *self.disk.state();
        if *holds == Lock::None && !state.locked.contains(&self.file) {
            *state.shared.entry(self.file).or_default() += 1;
            *holds = Lock::Shared;
        }
        Ok(*holds == Lock::Shared)
    }
}

impl Drop for SimulatedFile {
    fn drop(&mut self) {
        let state = &mut *self.disk.state();
        match *self.holds.lock().unwrap_or_else(PoisonError::into_inner) {
            Lock::None => {}
            Lock::Alone => {
                state.locked.remove(&self.file);
            }
            Lock::Shared => {
                if let Some(others) = state.shared.get_mut(&self.file) {
                    *others -= 1;
                }
                state.shared.retain(|_, others| *others > 0);
            }
        }
    }
}
