//! Reading with a limit, from files and from standard input.

use super::is_standard;
use crate::interrupt::Unfinished;
use crate::Failure;
use std::error::Error;
use std::fs::File;
use std::io::{self, Read};
use std::path::{Path, PathBuf};
use tempfile::NamedTempFile;

/// An input's name in messages: its path, or "standard input".
pub fn name(path: &Path) -> String {
    match is_standard(path) {
        true => "standard input".into(),
        false => path.display().to_string(),
    }
}

/// The bytes of a file, or of standard input for `-`. Errors: [`Failure::TooLarge`] above `limit`
/// bytes, [`Failure::Read`].
pub fn read_limited(path: &Path, limit: u64) -> Result<Vec<u8>, Failure> {
    let mut bytes = Vec::new();
    let read = open(path).and_then(|source| source.take(limit.saturating_add(1)).read_to_end(&mut bytes));
    read.map_err(|error| Failure::Read { file: name(path), error })?;
    if bytes.len() as u64 > limit {
        return Err(Failure::TooLarge { file: name(path), limit });
    }
    Ok(bytes)
}

/// A file, or standard input for `-`, to be read piece by piece. It ends after `limit` bytes with an
/// error of the kind [`io::ErrorKind::FileTooLarge`]. Error: [`Failure::Read`].
pub fn open_limited(path: &Path, limit: u64) -> Result<impl Read + Send, Failure> {
    let source = open(path).map_err(|error| Failure::Read { file: name(path), error })?;
    Ok(Limited { source, left: limit })
}

/// Reads at most `limit` bytes, as [`read_limited`] does, and parses them. `code` gives the stable
/// code of a refusal.
pub fn read_parsed<T, E: Error + Send + Sync + 'static>(
    path: &Path,
    limit: u64,
    parse: impl FnOnce(&[u8]) -> Result<T, E>,
    code: impl FnOnce(&E) -> &'static str,
) -> Result<T, Failure> {
    let bytes = read_limited(path, limit)?;
    parse(&bytes).map_err(|error| Failure::refused(name(path), code(&error), error))
}

/// An input as a file, for code that reads files by itself.
pub struct Spooled {
    path: PathBuf,
    // The file goes before its guard.
    _copy: Option<(NamedTempFile, Unfinished)>,
}

impl Spooled {
    /// The file itself, or for `-` a copy of standard input among the system's temporary files,
    /// which goes when this is dropped. Errors: [`Failure::Read`]; [`Failure::Write`] for the copy.
    pub fn of(path: &Path) -> Result<Spooled, Failure> {
        if !is_standard(path) {
            return Ok(Spooled { path: path.to_path_buf(), _copy: None });
        }
        let made = Unfinished::make(|| {
            let file = NamedTempFile::new()?;
            Ok((file.path().to_path_buf(), file))
        });
        let place = || std::env::temp_dir().display().to_string();
        let (guard, mut file) = made.map_err(|error| Failure::Write { file: place(), error })?;
        io::copy(&mut io::stdin(), &mut file).map_err(|error| Failure::Read { file: name(path), error })?;
        Ok(Spooled { path: file.path().to_path_buf(), _copy: Some((file, guard)) })
    }

    /// Where the file is.
    pub fn path(&self) -> &Path {
        &self.path
    }
}

fn open(path: &Path) -> io::Result<Box<dyn Read + Send>> {
    Ok(match is_standard(path) {
        true => Box::new(io::stdin()),
        false => Box::new(File::open(path)?),
    })
}

/// A source that may give so many bytes and no more.
struct Limited<R> {
    source: R,
    left: u64,
}

impl<R: Read> Read for Limited<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if self.left > 0 {
            let count = self.source.by_ref().take(self.left).read(buffer)?;
            self.left -= count as u64;
            return Ok(count);
        }
        // The source is within its limit if it ends here.
        match buffer.is_empty() || self.source.read(&mut [0])? == 0 {
            true => Ok(0),
            false => Err(io::Error::new(io::ErrorKind::FileTooLarge, "larger than its limit")),
        }
    }
}
