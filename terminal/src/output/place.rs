//! Where a path leads, so that two names of one file are known to be one file.

use super::{is_standard, read};
use std::fs::{self, Metadata};
use std::io;
use std::path::{Path, PathBuf};

/// The greatest number of symbolic links that are followed one after another. Systems stop at 40.
const MAX_LINKS: usize = 40;

/// A path of the command line, and where it leads.
#[derive(Clone, Debug)]
pub(super) struct Place {
    /// The path's name in messages.
    pub name: String,
    /// The path without links in it, as far as its folder exists.
    pub real: PathBuf,
    /// What is there, links followed. None where nothing is.
    pub found: Option<Metadata>,
}

impl Place {
    /// Looks where a path leads. `-` is what standard input was redirected from, as far as the
    /// system tells.
    pub fn of(path: &Path) -> Place {
        let real = match is_standard(path) {
            true => PathBuf::from("/dev/stdin"),
            false => followed(path),
        };
        Place { name: read::name(path), found: fs::metadata(&real).ok(), real }
    }

    /// Whether both are the same file or folder. Pipes and devices are never the same: writing to
    /// one destroys nothing.
    pub fn is(&self, other: &Place) -> bool {
        match (&self.found, &other.found) {
            (Some(a), Some(b)) => lasting(a) && lasting(b) && (self.real == other.real || one(a, b)),
            (None, None) => self.real == other.real,
            _ => false,
        }
    }

    /// Whether this is an existing file somewhere in a folder.
    pub fn is_in(&self, folder: &Place) -> bool {
        let is_folder = folder.found.as_ref().is_some_and(Metadata::is_dir);
        let real = || folder.real.canonicalize().unwrap_or_else(|_| folder.real.clone());
        is_folder && self.found.as_ref().is_some_and(lasting) && self.real.starts_with(real())
    }
}

fn lasting(found: &Metadata) -> bool {
    found.is_file() || found.is_dir()
}

/// Whether two names lead to one file, by the numbers of device and file.
#[cfg(unix)]
fn one(a: &Metadata, b: &Metadata) -> bool {
    use std::os::unix::fs::MetadataExt;
    (a.dev(), a.ino()) == (b.dev(), b.ino())
}

#[cfg(not(unix))]
fn one(_: &Metadata, _: &Metadata) -> bool {
    false
}

/// The folder that a path's last name is in.
pub(super) fn folder_of(path: &Path) -> &Path {
    path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."))
}

/// Follows links to the name behind them, which need not exist.
fn followed(path: &Path) -> PathBuf {
    let mut path = path.to_path_buf();
    for _ in 0..MAX_LINKS {
        match fs::read_link(&path) {
            Ok(target) => path = folder_of(&path).join(target),
            Err(_) => break,
        }
    }
    match (folder_of(&path).canonicalize(), path.file_name()) {
        (Ok(folder), Some(name)) => folder.join(name),
        // A path such as `..` has no last name, and one whose folder is missing stays as it is.
        _ => path.canonicalize().unwrap_or(path),
    }
}

/// Makes a folder and those above it that are missing.
pub(super) fn make_folder(path: &Path) -> io::Result<()> {
    match fs::metadata(path) {
        Ok(found) if !found.is_dir() => Err(io::ErrorKind::NotADirectory.into()),
        _ => fs::create_dir_all(path),
    }
}
