//! One output: checked, then written beside its place and renamed, so that it is there whole or not
//! at all.

use super::place::{folder_of, Place};
use super::print;
use super::refused::Refused;
use crate::interrupt::Unfinished;
use crate::Failure;
use std::fs::{File, Metadata, OpenOptions, Permissions};
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use tempfile::{NamedTempFile, TempDir, TempPath};

/// The names of outputs that are half written begin so.
pub(super) const PREFIX: &str = ".veilgrid-";

/// Where an output goes. It can be written once.
#[derive(Debug)]
pub struct Destination {
    name: String,
    to: To,
}

#[derive(Clone, Debug)]
enum To {
    StandardOutput,
    /// A pipe or a device, which is not replaced.
    Special(PathBuf),
    /// A file that appears under this name, which is no link.
    File {
        real: PathBuf,
        permissions: Option<Permissions>,
        private: bool,
        force: bool,
    },
}

impl Destination {
    pub(super) fn standard_output() -> Destination {
        Destination { name: "standard output".into(), to: To::StandardOutput }
    }

    /// The checks of one output. See [`super::Outputs::file`].
    pub(super) fn checked(place: &Place, inputs: &[Place], force: bool) -> Result<Destination, Failure> {
        let (name, real) = (place.name.clone(), place.real.clone());
        let failed = |error| Failure::Write { file: name.clone(), error };
        if let Some(input) = inputs.iter().find(|input| input.is(place)) {
            return Err(Refused::IsInput(input.name.clone()).at(name));
        }
        if let Some(input) = inputs.iter().find(|input| place.is_in(input)) {
            return Err(Refused::InInput(input.name.clone()).at(name));
        }
        match &place.found {
            Some(found) if found.is_dir() => return Err(failed(io::ErrorKind::IsADirectory.into())),
            Some(found) if !found.is_file() => return Ok(Destination { name, to: To::Special(real) }),
            Some(_) if !force => return Err(Refused::Exists.at(name)),
            Some(found) if found.permissions().readonly() => {
                return Err(failed(io::ErrorKind::PermissionDenied.into()))
            }
            _ => {}
        }
        tempfile::Builder::new().prefix(PREFIX).tempfile_in(folder_of(&real)).map(drop).map_err(failed)?;
        let permissions = place.found.as_ref().map(Metadata::permissions);
        Ok(Destination { name, to: To::File { real, permissions, private: false, force } })
    }

    /// The output's name in messages: its path, or "standard output".
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Whether the output is standard output, so that a message about it must not go there.
    pub fn is_standard_output(&self) -> bool {
        matches!(self.to, To::StandardOutput)
    }

    /// Makes the output a secret: only its owner may read the file. Standard output, pipes and
    /// devices stay as they are.
    pub fn private(mut self) -> Destination {
        if let To::File { private, .. } = &mut self.to {
            *private = true;
        }
        self
    }

    /// Writes the whole output. Errors: [`Failure::Write`]; [`Refused::Exists`] if a file appeared
    /// there since the check.
    pub fn write(self, bytes: &[u8]) -> Result<(), Failure> {
        let mut writing = self.begin()?;
        writing.put(bytes)?;
        writing.finish()
    }

    /// Begins to write piece by piece. Nothing appears under the output's name before
    /// [`Writing::finish`]. Error: [`Failure::Write`].
    pub fn begin(self) -> Result<Writing, Failure> {
        let Destination { name, to } = self;
        let begun = match to {
            To::StandardOutput => Ok(Half::StandardOutput),
            To::Special(path) => OpenOptions::new().write(true).open(path).map(Half::Special),
            To::File { real, permissions, private, force } => {
                let mut builder = tempfile::Builder::new();
                builder.prefix(PREFIX);
                if let Some(permissions) = mode(permissions, private) {
                    builder.permissions(permissions);
                }
                let made = Unfinished::make(|| {
                    let file = builder.tempfile_in(folder_of(&real))?;
                    Ok((file.path().to_path_buf(), file))
                });
                made.map(|(guard, file)| Half::File { file, real, force, _guard: guard })
            }
        };
        match begun {
            Ok(half) => Ok(Writing { name, half }),
            Err(error) => Err(Failure::Write { file: name, error }),
        }
    }

    /// Lets `make` make a file under a name that it is given and that nothing has, for code that
    /// writes files by itself. The file gets the output's name, or goes to standard output, when
    /// `make` is done. Errors: those of `make`; as for [`Destination::write`].
    pub fn made_by<T, E>(self, make: impl FnOnce(&Path) -> Result<T, E>) -> Result<T, Failure>
    where
        Failure: From<E>,
    {
        let Destination { name, to } = self;
        let failed = |error| Failure::Write { file: name.clone(), error };
        let folder = match &to {
            To::File { real, .. } => folder_of(real).to_path_buf(),
            _ => std::env::temp_dir(),
        };
        let made = Unfinished::make(|| {
            let folder: TempDir = tempfile::Builder::new().prefix(PREFIX).tempdir_in(folder)?;
            Ok((folder.path().to_path_buf(), folder))
        });
        let (_guard, folder) = made.map_err(failed)?;
        let path = folder.path().join("output");
        let result = make(&path)?;
        match to {
            To::File { real, force, .. } => {
                let file = TempPath::try_from_path(&path).map_err(failed)?;
                let named = if force { file.persist(&real) } else { file.persist_noclobber(&real) };
                named.map_err(|error| taken(&name, error.error))?;
            }
            To::StandardOutput => {
                let mut file = File::open(&path).map_err(failed)?;
                match io::copy(&mut file, &mut io::stdout().lock()) {
                    Err(error) if error.kind() != io::ErrorKind::BrokenPipe => return Err(failed(error)),
                    _ => {}
                }
            }
            To::Special(real) => {
                let copied = File::open(&path)
                    .and_then(|mut file| io::copy(&mut file, &mut OpenOptions::new().write(true).open(&real)?));
                copied.map_err(failed)?;
            }
        }
        Ok(result)
    }
}

/// The failure of a file that cannot get its name.
fn taken(name: &str, error: io::Error) -> Failure {
    match error.kind() {
        io::ErrorKind::AlreadyExists => Refused::Exists.at(name),
        _ => Failure::Write { file: name.into(), error },
    }
}

/// The permissions of a new file: the owner's alone if it is private, those of the file that it
/// replaces, or those of any new file, less the umask. A temporary file would be private.
#[cfg(unix)]
fn mode(replaced: Option<Permissions>, private: bool) -> Option<Permissions> {
    use std::os::unix::fs::PermissionsExt;
    match private {
        true => Some(Permissions::from_mode(0o600)),
        false => Some(Permissions::from_mode(replaced.map_or(0o666, |replaced| replaced.mode() & 0o777))),
    }
}

#[cfg(not(unix))]
fn mode(_: Option<Permissions>, _: bool) -> Option<Permissions> {
    None
}

/// An output that is being written. Without [`Writing::finish`] nothing of it stays, unless it goes
/// to standard output, a pipe or a device.
#[derive(Debug)]
pub struct Writing {
    name: String,
    half: Half,
}

#[derive(Debug)]
enum Half {
    StandardOutput,
    Special(File),
    // The file goes before its guard, so an interrupt between the two finds nothing to remove.
    File { file: NamedTempFile, real: PathBuf, force: bool, _guard: Unfinished },
}

impl Writing {
    /// The output's name in messages.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Writes some more. Error: [`Failure::Write`].
    pub fn put(&mut self, bytes: &[u8]) -> Result<(), Failure> {
        match &self.half {
            Half::StandardOutput => print(bytes),
            _ => self.write_all(bytes).map_err(|error| Failure::Write { file: self.name.clone(), error }),
        }
    }

    /// Gives the file its name. Errors: [`Failure::Write`]; [`Refused::Exists`] if a file appeared
    /// there since the check and `--force` is not given.
    pub fn finish(self) -> Result<(), Failure> {
        let Writing { name, half } = self;
        let Half::File { file, real, force, _guard } = half else { return Ok(()) };
        file.as_file().sync_all().map_err(|error| Failure::Write { file: name.clone(), error })?;
        let named = if force { file.persist(&real) } else { file.persist_noclobber(&real) };
        named.map(drop).map_err(|error| taken(&name, error.error))
    }
}

impl Write for Writing {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        match &mut self.half {
            Half::StandardOutput => io::stdout().write(bytes),
            Half::Special(file) => file.write(bytes),
            Half::File { file, .. } => file.write(bytes),
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        match &mut self.half {
            Half::StandardOutput => io::stdout().flush(),
            Half::Special(file) => file.flush(),
            Half::File { file, .. } => file.flush(),
        }
    }
}
