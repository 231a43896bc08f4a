//! Ctrl-C: a command that is interrupted leaves no output half written, says how to go on, and ends
//! with [`crate::exit::INTERRUPTED`].
//!
//! [`watch`] is called once, at the start of the program. From then on SIGINT, SIGTERM and SIGHUP
//! end the process on a thread of their own, whatever the other threads do. So nothing that must
//! survive may depend on a destructor: a ledger or a wallet survives an interrupt as it survives a
//! crash.

use crate::exit;
use indicatif::ProgressBar;
use std::collections::BTreeMap;
use std::fs;
use std::io::{self, Write};
use std::path::PathBuf;
use std::sync::{Mutex, MutexGuard, PoisonError};

/// What an interrupt must tidy up and say.
struct Running {
    /// Files and folders that are outputs half written, by the number of their guard.
    unfinished: BTreeMap<u64, PathBuf>,
    /// Folders in which files are written under passing names, and a part of these names.
    passing: Vec<(PathBuf, String)>,
    /// Progress bars on the terminal, by the number of their guard.
    bars: BTreeMap<u64, ProgressBar>,
    /// The number of the next guard.
    next: u64,
    how_to_go_on: Option<String>,
    /// What the first interrupt does in place of ending the process.
    instead: Option<Box<dyn FnOnce() + Send>>,
}

static RUNNING: Mutex<Running> = Mutex::new(Running {
    unfinished: BTreeMap::new(),
    passing: Vec::new(),
    bars: BTreeMap::new(),
    next: 0,
    how_to_go_on: None,
    instead: None,
});

fn running() -> MutexGuard<'static, Running> {
    // No code panics while it holds the lock, apart from a caller's closure, which changes nothing.
    RUNNING.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Watches for interrupts from now on. Where the system does not allow that, an interrupt ends the
/// process as if this function had not been called.
pub fn watch() {
    let _ = ctrlc::set_handler(stop);
}

/// Sets the words that an interrupt says about going on, in place of "give the same command again".
/// The words begin with a verb.
pub fn say_how_to_go_on(words: impl Into<String>) {
    running().how_to_go_on = Some(words.into());
}

/// Lets the first interrupt call this and nothing else, for programs that end in their own time. The
/// second interrupt ends the process.
pub fn instead(call: impl FnOnce() + Send + 'static) {
    running().instead = Some(Box::new(call));
}

/// Lets an interrupt remove the files of a folder whose names contain `mark`, from now on. This is
/// for code that writes files by itself under passing names. The mark must be this process's own.
pub fn remove_passing(folder: impl Into<PathBuf>, mark: impl Into<String>) {
    running().passing.push((folder.into(), mark.into()));
}

fn remove(passing: &[(PathBuf, String)]) {
    for (folder, mark) in passing {
        for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
            if entry.file_name().to_string_lossy().contains(mark) {
                let _ = fs::remove_file(entry.path());
            }
        }
    }
}

fn stop() {
    // The lock is held until the process ends, so no thread begins another output meanwhile.
    let mut running = running();
    if let Some(call) = running.instead.take() {
        drop(running);
        return call();
    }
    for bar in running.bars.values() {
        bar.finish_and_clear();
    }
    for path in running.unfinished.values() {
        // The path is a file or a folder, or is already renamed. What cannot be removed stays.
        let _ = fs::remove_file(path).or_else(|_| fs::remove_dir_all(path));
    }
    remove(&running.passing);
    let how = running.how_to_go_on.as_deref().unwrap_or("give the same command again; it starts anew");
    let _ = writeln!(io::stderr(), "interrupted: {how}");
    std::process::exit(exit::INTERRUPTED.into());
}

/// An output that is half written. An interrupt removes it as long as this guard lives.
#[derive(Debug)]
pub struct Unfinished(u64);

impl Unfinished {
    /// Lets `make` make a file or a folder and give its path, and guards it from the moment on in
    /// which it exists. Error: that of `make`, with nothing guarded.
    pub fn make<T>(make: impl FnOnce() -> io::Result<(PathBuf, T)>) -> io::Result<(Unfinished, T)> {
        let mut running = running();
        let (path, made) = make()?;
        let number = running.next;
        running.next += 1;
        running.unfinished.insert(number, path);
        Ok((Unfinished(number), made))
    }
}

impl Drop for Unfinished {
    fn drop(&mut self) {
        running().unfinished.remove(&self.0);
    }
}

/// A progress bar. An interrupt takes it off the terminal as long as this guard lives.
pub(crate) struct Shown(u64);

impl Shown {
    pub(crate) fn new(bar: ProgressBar) -> Shown {
        let mut running = running();
        let number = running.next;
        running.next += 1;
        running.bars.insert(number, bar);
        Shown(number)
    }
}

impl Drop for Shown {
    fn drop(&mut self) {
        running().bars.remove(&self.0);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_guard_covers_its_file_as_long_as_it_lives() {
        let path = PathBuf::from("a file of this test alone");
        let guarded = || running().unfinished.values().any(|guarded| *guarded == path);
        let failed = Unfinished::make(|| Err::<(PathBuf, ()), _>(io::ErrorKind::StorageFull.into()));
        assert!(failed.is_err() && !guarded());
        let (guard, made) = Unfinished::make(|| Ok((path.clone(), 7))).unwrap();
        assert!(guarded() && made == 7);
        drop(guard);
        assert!(!guarded());
    }

    #[test]
    fn only_files_with_the_mark_are_passing() {
        let folder = tempfile::tempdir().unwrap();
        for name in ["key.tmp-7-1", "key.tmp-8-1", "key"] {
            fs::write(folder.path().join(name), "").unwrap();
        }
        remove(&[(folder.path().to_path_buf(), ".tmp-7-".into()), ("no folder".into(), "key".into())]);
        assert!(!folder.path().join("key.tmp-7-1").exists());
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 2);
    }
}
