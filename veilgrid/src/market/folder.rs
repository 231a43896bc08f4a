//! A run's folder: marked as the run's own, and used by one process at a time. A folder that somebody else uses is left
//! alone.

use super::{io, runner, Error};
use std::fs::{self, File, TryLockError};
use std::io::{ErrorKind, Write};
use std::path::Path;

/// The file by which a folder knows its run.
const RUN_FILE: &str = "run";
/// The mark before it has its name; one may stay behind where a run was killed in its first moments.
const UNFINISHED: &str = ".veilgrid-run-";

/// A folder in use by this process. The system ends that when the process ends, however hard.
pub struct Folder {
    _locked: File,
}

impl Folder {
    /// Marks a folder as this run's, or finds it so marked.
    pub fn claim(directory: &Path, scenario: &[u8], seed: u64) -> Result<Self, Error> {
        let digest = runner::scenario_digest(scenario, seed);
        let mark: String = digest.iter().map(|b| format!("{b:02x}")).chain(["\n".to_string()]).collect();
        let path = directory.join(RUN_FILE);
        let found = match fs::read(&path) {
            Ok(found) => found,
            Err(_) => {
                fs::create_dir_all(directory).map_err(io(directory))?;
                if foreign(directory).map_err(io(directory))? {
                    return Err(Error::AnotherRun);
                }
                write_mark(directory, mark.as_bytes()).map_err(io(&path))?;
                // Another process may have been the first.
                fs::read(&path).map_err(io(&path))?
            }
        };
        if found != mark.as_bytes() {
            return Err(Error::AnotherRun);
        }
        Self::enter(directory)
    }

    /// Takes a folder that is some run's, whichever. Errors: [`Error::InUse`], [`Error::Io`] for one that is none's.
    pub fn enter(directory: &Path) -> Result<Self, Error> {
        let path = directory.join(RUN_FILE);
        let locked = File::open(&path).map_err(io(&path))?;
        match locked.try_lock() {
            Ok(()) => Ok(Folder { _locked: locked }),
            Err(TryLockError::WouldBlock) => Err(Error::InUse { path: directory.display().to_string() }),
            Err(TryLockError::Error(error)) => Err(io(&path)(error)),
        }
    }
}

fn unfinished(entry: &fs::DirEntry) -> bool {
    entry.file_name().to_string_lossy().starts_with(UNFINISHED)
}

/// Whether there is anything that no run left here.
fn foreign(directory: &Path) -> std::io::Result<bool> {
    for entry in fs::read_dir(directory)? {
        let entry = entry?;
        if !unfinished(&entry) && entry.file_name() != RUN_FILE {
            return Ok(true);
        }
    }
    Ok(false)
}

/// The mark appears whole, and the first of several processes wins.
fn write_mark(directory: &Path, mark: &[u8]) -> std::io::Result<()> {
    let mut file = tempfile::Builder::new().prefix(UNFINISHED).tempfile_in(directory)?;
    file.write_all(mark)?;
    file.as_file().sync_all()?;
    match file.persist_noclobber(directory.join(RUN_FILE)) {
        Err(lost) if lost.error.kind() != ErrorKind::AlreadyExists => Err(lost.error),
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_folder_is_one_runs_and_one_processs() {
        let root = tempfile::tempdir().unwrap();
        let folder = root.path().join("a/b");
        let held = Folder::claim(&folder, b"scenario", 0).unwrap();
        assert!(matches!(Folder::claim(&folder, b"scenario", 0), Err(Error::InUse { .. })));
        drop(held);
        assert!(matches!(Folder::claim(&folder, b"scenario", 1), Err(Error::AnotherRun)));
        assert!(matches!(Folder::claim(&folder, b"other", 0), Err(Error::AnotherRun)));
        Folder::claim(&folder, b"scenario", 0).map(drop).unwrap();
        assert_eq!(fs::read_dir(&folder).unwrap().count(), 1);
    }

    #[test]
    fn what_a_killed_claim_left_is_no_other_run_but_a_strangers_file_is() {
        let root = tempfile::tempdir().unwrap();
        fs::write(root.path().join(".veilgrid-run-Xy12ab"), "012").unwrap();
        Folder::claim(root.path(), b"scenario", 0).map(drop).unwrap();
        let root = tempfile::tempdir().unwrap();
        fs::write(root.path().join("letter"), "dear").unwrap();
        assert!(matches!(Folder::claim(root.path(), b"scenario", 0), Err(Error::AnotherRun)));
        assert_eq!(fs::read_dir(root.path()).unwrap().count(), 1);
    }
}
