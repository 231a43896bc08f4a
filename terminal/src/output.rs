//! Reading with a limit, and writing so that a file is either whole or unchanged.

use crate::Failure;
use std::fs::{self, File};
use std::io::{self, Read, Write};
use std::path::Path;

/// The bytes of a file. Errors: [`Failure::TooLarge`] above `limit` bytes, [`Failure::Read`].
pub fn read_limited(path: &Path, limit: u64) -> Result<Vec<u8>, Failure> {
    let file = || path.display().to_string();
    let mut bytes = Vec::new();
    let read = File::open(path).and_then(|source| source.take(limit + 1).read_to_end(&mut bytes));
    read.map_err(|error| Failure::Read { file: file(), error })?;
    if bytes.len() as u64 > limit {
        return Err(Failure::TooLarge { file: file(), limit });
    }
    Ok(bytes)
}

/// Reads a file of at most `limit` bytes and parses it. `code` gives the stable code of a refusal.
pub fn read_parsed<T, E: std::error::Error + Send + Sync + 'static>(
    path: &Path,
    limit: u64,
    parse: impl FnOnce(&[u8]) -> Result<T, E>,
    code: impl FnOnce(&E) -> &'static str,
) -> Result<T, Failure> {
    let bytes = read_limited(path, limit)?;
    parse(&bytes).map_err(|error| Failure::refused(path.display(), code(&error), error))
}

/// Writes to `path`, or to standard output when it is `-`. A file appears whole under its name, or
/// not at all. Error: [`Failure::Write`].
pub fn write(path: &Path, bytes: &[u8]) -> Result<(), Failure> {
    if path == Path::new("-") {
        return print(bytes);
    }
    write_file(path, bytes).map_err(|error| Failure::Write { file: path.display().to_string(), error })
}

/// Writes to standard output. It is no failure when the reader has gone away (`| head`). Error:
/// [`Failure::Write`].
pub fn print(bytes: &[u8]) -> Result<(), Failure> {
    let mut out = io::stdout().lock();
    match out.write_all(bytes).and_then(|()| out.flush()) {
        Err(error) if error.kind() != io::ErrorKind::BrokenPipe => {
            Err(Failure::Write { file: "standard output".into(), error })
        }
        _ => Ok(()),
    }
}

/// Writes a line to standard error, for people. A line that cannot be written is no failure.
pub fn note(line: &str) {
    let _ = writeln!(io::stderr(), "{line}");
}

/// Checks that `path` can be written, before long work whose result will go there. Error:
/// [`Failure::Write`].
pub fn can_write(path: &Path) -> Result<(), Failure> {
    if path == Path::new("-") || fs::metadata(path).is_ok_and(|meta| !meta.is_file() && !meta.is_dir()) {
        return Ok(());
    }
    let tried = match path.is_dir() {
        true => Err(io::ErrorKind::IsADirectory.into()),
        false => tempfile::Builder::new().prefix(".veilgrid-").tempfile_in(folder_of(path)).map(drop),
    };
    tried.map_err(|error| Failure::Write { file: path.display().to_string(), error })
}

fn folder_of(path: &Path) -> &Path {
    path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."))
}

fn write_file(path: &Path, bytes: &[u8]) -> io::Result<()> {
    // Writes through a link to the file that it names, so that the link stays. What is no plain
    // file (a pipe, /dev/null) is not replaced.
    let path = path.canonicalize().unwrap_or_else(|_| path.to_path_buf());
    if fs::metadata(&path).is_ok_and(|meta| !meta.is_file()) {
        return fs::OpenOptions::new().write(true).open(&path)?.write_all(bytes);
    }
    let mut builder = tempfile::Builder::new();
    builder.prefix(".veilgrid-");
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        // The permissions of any new file, less the umask; temporary files would be private.
        builder.permissions(fs::Permissions::from_mode(0o666));
    }
    let mut file = builder.tempfile_in(folder_of(&path))?;
    file.write_all(bytes)?;
    file.as_file().sync_all()?;
    file.persist(&path)?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_is_replaced_whole_and_nothing_else_is_left() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("report.json");
        write(&path, b"one").unwrap();
        write(&path, b"two").unwrap();
        assert_eq!(fs::read(&path).unwrap(), b"two");
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
    }

    #[test]
    fn a_missing_folder_is_a_write_failure() {
        let folder = tempfile::tempdir().unwrap();
        let failure = write(&folder.path().join("none/report.json"), b"x").unwrap_err();
        assert_eq!((failure.code(), failure.exit_code()), ("write", 1));
    }

    #[test]
    fn more_than_the_limit_is_refused_and_the_limit_is_not() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("in");
        write(&path, b"12345").unwrap();
        assert_eq!(read_limited(&path, 5).unwrap(), b"12345");
        assert_eq!(read_limited(&path, 4).unwrap_err().code(), "too-large");
        assert_eq!(read_limited(&folder.path().join("none"), 4).unwrap_err().code(), "read");
    }
}
