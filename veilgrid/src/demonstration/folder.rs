//! A run's folder: marked as the run's own, and used by one process at a time. A folder with other
//! files is left alone.

use super::error::{io, Error};
use disk::{Access, Disk, OpenFile};
use protocol::encoding::Canonical;
use std::io::ErrorKind;
use std::path::Path;
use std::sync::Arc;

/// The file by which a folder knows its run.
pub const RUN_FILE: &str = "run";
/// The length of a mark, in bytes.
pub const MARK_BYTES: u64 = 65;
/// The mark before it has its name; one may stay behind where a run was killed in its first
/// moments.
const UNFINISHED: &str = ".veilgrid-run-";

/// A folder in use by this process. The system releases the folder when the process ends, even by a
/// kill.
pub struct Folder {
    _locked: Arc<dyn OpenFile>,
}

impl Folder {
    /// Marks a folder as this run's, or finds it so marked.
    pub fn claim(disk: &dyn Disk, directory: &Path, scenario: &[u8], seed: u64) -> Result<Self, Error> {
        let digest = scenario_digest(scenario, seed);
        let mark: String = digest.iter().map(|b| format!("{b:02x}")).chain(["\n".to_string()]).collect();
        let path = directory.join(RUN_FILE);
        let found = match disk.read(&path, MARK_BYTES) {
            Ok(found) => found,
            Err(_) => {
                disk::create_directories(disk, directory).map_err(io(directory))?;
                if foreign(disk, directory).map_err(io(directory))? {
                    return Err(Error::Occupied { path: directory.display().to_string() });
                }
                write_mark(disk, directory, mark.as_bytes()).map_err(io(&path))?;
                // Another process may have been the first.
                disk.read(&path, MARK_BYTES).map_err(io(&path))?
            }
        };
        if found != mark.as_bytes() {
            return Err(Error::Occupied { path: directory.display().to_string() });
        }
        Self::enter(disk, directory)
    }

    /// Enters a folder of any run. Errors: [`Error::InUse`]; [`Error::Io`] for a folder without a
    /// mark.
    pub fn enter(disk: &dyn Disk, directory: &Path) -> Result<Self, Error> {
        let path = directory.join(RUN_FILE);
        let locked = disk.open(&path, false).map_err(io(&path))?;
        match locked.try_lock().map_err(io(&path))? {
            true => Ok(Folder { _locked: locked }),
            false => Err(Error::InUse { path: directory.display().to_string() }),
        }
    }
}

/// The digest of a seed and a scenario's file, by which a folder knows its run.
fn scenario_digest(scenario_bytes: &[u8], seed: u64) -> [u8; 32] {
    let mut bytes = seed.to_bytes();
    bytes.extend_from_slice(scenario_bytes);
    protocol::encoding::digest("veilgrid/run/1", &bytes)
}

fn unfinished(path: &Path) -> bool {
    path.file_name().is_some_and(|name| name.to_string_lossy().starts_with(UNFINISHED))
}

/// Whether the folder has a file that no run left there.
fn foreign(disk: &dyn Disk, directory: &Path) -> std::io::Result<bool> {
    let mark = directory.join(RUN_FILE);
    Ok(disk.list(directory)?.iter().any(|path| !unfinished(path) && *path != mark))
}

/// Writes the mark. It appears whole, and the first of several processes wins.
fn write_mark(disk: &dyn Disk, directory: &Path, mark: &[u8]) -> std::io::Result<()> {
    let beside = directory.join(format!("{UNFINISHED}{}", std::process::id()));
    let written = disk.write(&beside, mark, Access::Usual).and_then(|()| disk.sync(&beside)).and_then(|()| match disk
        .link(&beside, &directory.join(RUN_FILE))
    {
        Err(error) if error.kind() == ErrorKind::AlreadyExists => Ok(()),
        other => other,
    });
    // The file beside is not needed any more, whether the link was made or the disk was full.
    let removed = disk.remove(&beside);
    written.and(removed)?;
    disk.sync_directory(directory)
}

#[cfg(test)]
mod tests {
    use super::*;
    use disk::System;
    use std::fs;

    #[test]
    fn a_folder_is_one_runs_and_one_processs() {
        let root = tempfile::tempdir().unwrap();
        let folder = root.path().join("a/b");
        let held = Folder::claim(&System, &folder, b"scenario", 0).unwrap();
        assert!(matches!(Folder::claim(&System, &folder, b"scenario", 0), Err(Error::InUse { .. })));
        drop(held);
        assert!(matches!(Folder::claim(&System, &folder, b"scenario", 1), Err(Error::Occupied { .. })));
        assert!(matches!(Folder::claim(&System, &folder, b"other", 0), Err(Error::Occupied { .. })));
        Folder::claim(&System, &folder, b"scenario", 0).map(drop).unwrap();
        assert_eq!(fs::read_dir(&folder).unwrap().count(), 1);
    }

    #[test]
    fn what_a_killed_claim_left_is_no_other_run_but_a_strangers_file_is() {
        let root = tempfile::tempdir().unwrap();
        fs::write(root.path().join(".veilgrid-run-Xy12ab"), "012").unwrap();
        Folder::claim(&System, root.path(), b"scenario", 0).map(drop).unwrap();
        let root = tempfile::tempdir().unwrap();
        fs::write(root.path().join("letter"), "dear").unwrap();
        assert!(matches!(Folder::claim(&System, root.path(), b"scenario", 0), Err(Error::Occupied { .. })));
        assert_eq!(fs::read_dir(root.path()).unwrap().count(), 1);
    }
}
