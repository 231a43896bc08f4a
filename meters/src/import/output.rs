//! The output: whole under its name, or not there.

use crate::{Problem, Refused};
use std::fs::{self, File};
use std::io::{self, BufWriter, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};

/// Where an import writes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Output {
    path: PathBuf,
    force: bool,
}

/// How the output is packed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Packing {
    Plain,
    Gzip,
    Zstandard,
}

pub(super) fn unwritable(error: &io::Error) -> Refused {
    Problem::Unwritable(error.to_string()).into()
}

impl Packing {
    /// Packs a text as a member or frame of its own: any number of them make one file.
    pub(super) fn pack(self, text: Vec<u8>) -> io::Result<Vec<u8>> {
        if text.is_empty() {
            return Ok(text);
        }
        match self {
            Self::Plain => Ok(text),
            Self::Gzip => {
                let out = Vec::with_capacity(text.len() / 8);
                let mut encoder = flate2::write::GzEncoder::new(out, flate2::Compression::fast());
                encoder.write_all(&text)?;
                encoder.finish()
            }
            Self::Zstandard => zstd::encode_all(&text[..], 3),
        }
    }
}

/// Files and folders that are the same on the disk, whatever they are called.
fn same(one: &Path, other: &Path) -> bool {
    let (Ok(a), Ok(b)) = (fs::metadata(one), fs::metadata(other)) else {
        return false;
    };
    #[cfg(unix)]
    {
        use std::os::unix::fs::MetadataExt;
        if (a.dev(), a.ino()) == (b.dev(), b.ino()) {
            return true;
        }
    }
    a.is_file() && b.is_file() && one.canonicalize().ok().is_some_and(|one| other.canonicalize().ok() == Some(one))
}

/// The files of an input: itself, or what lies in the folder.
fn files_of(input: &Path) -> Vec<PathBuf> {
    match fs::read_dir(input) {
        Ok(entries) => entries.flatten().map(|entry| entry.path()).collect(),
        Err(_) => vec![input.to_path_buf()],
    }
}

/// The bytes of an input on the disk.
pub(super) fn size_of(input: &Path) -> u64 {
    files_of(input)
        .iter()
        .filter_map(|file| fs::metadata(file).ok())
        .filter(fs::Metadata::is_file)
        .map(|file| file.len())
        .sum()
}

impl Output {
    /// A file that is made, and replaced only if `force` says so. `-` is standard output. A name
    /// that ends in `.gz` or `.zst` is packed so.
    pub fn new(path: impl Into<PathBuf>, force: bool) -> Self {
        Self { path: path.into(), force }
    }

    fn is_standard(&self) -> bool {
        self.path.as_os_str() == "-"
    }

    fn refuse(&self, problem: Problem) -> Refused {
        Refused::new(problem).in_file(self.path.display().to_string())
    }

    /// Refuses an output that is an input, or that is there already.
    pub(super) fn check(&self, inputs: &[PathBuf]) -> Result<(), Refused> {
        if self.is_standard() {
            return Ok(());
        }
        for file in inputs.iter().flat_map(|input| files_of(input)).chain(inputs.iter().cloned()) {
            if same(&self.path, &file) {
                return Err(self.refuse(Problem::OutputIsInput));
            }
        }
        match fs::symlink_metadata(&self.path) {
            Ok(_) if fs::metadata(&self.path).is_ok_and(|meta| meta.is_dir()) => {
                Err(self.refuse(Problem::Unwritable("it is a folder; --out names a file".into())))
            }
            Ok(_) if !self.force && fs::metadata(&self.path).is_ok() => Err(self.refuse(Problem::OutputExists)),
            _ => Ok(()),
        }
    }

    pub(super) fn packing(&self) -> Packing {
        let name = self.path.to_string_lossy().to_ascii_lowercase();
        match name.rsplit('.').next() {
            Some("gz") => Packing::Gzip,
            Some("zst") => Packing::Zstandard,
            _ => Packing::Plain,
        }
    }

    /// Begins a temporary file beside the output. Links are followed.
    pub(super) fn begin(&self) -> Result<Written, Refused> {
        let path = self.path.canonicalize().unwrap_or_else(|_| self.path.clone());
        let special = fs::metadata(&path).is_ok_and(|meta| !meta.is_file());
        let failed = |error: io::Error| self.refuse(Problem::Unwritable(error.to_string()));
        let mut builder = tempfile::Builder::new();
        builder.prefix(".veilgrid-");
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt;
            // The permissions of any new file, less the umask; temporary files would be private.
            builder.permissions(fs::Permissions::from_mode(0o666));
        }
        let aside = self.is_standard() || special;
        let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
        let file = if aside { builder.tempfile() } else { builder.tempfile_in(folder) };
        let file = file.map_err(failed)?;
        Ok(Written { output: self.clone(), path, aside, file: BufWriter::with_capacity(1 << 20, file) })
    }
}

/// An output that is being written. It is removed unless it is kept.
pub(super) struct Written {
    output: Output,
    path: PathBuf,
    /// Written elsewhere and copied in the end: standard output, a pipe.
    aside: bool,
    file: BufWriter<tempfile::NamedTempFile>,
}

impl Written {
    fn refuse(output: &Output, error: &io::Error) -> Refused {
        output.refuse(Problem::Unwritable(error.to_string()))
    }

    pub(super) fn write(&mut self, bytes: &[u8]) -> Result<(), Refused> {
        self.file.write_all(bytes).map_err(|error| Self::refuse(&self.output, &error))
    }

    /// Gives the output its name.
    pub(super) fn keep(self) -> Result<(), Refused> {
        let output = self.output;
        let failed = |error: io::Error| Self::refuse(&output, &error);
        let mut file = self.file.into_inner().map_err(|error| failed(error.into_error()))?;
        if self.aside {
            let from = file.as_file_mut();
            from.seek(SeekFrom::Start(0)).map_err(failed)?;
            let copied = if output.is_standard() {
                io::copy(from, &mut io::stdout().lock())
            } else {
                fs::OpenOptions::new().write(true).open(&self.path).and_then(|mut to: File| io::copy(from, &mut to))
            };
            return match copied {
                Err(error) if error.kind() != io::ErrorKind::BrokenPipe => Err(failed(error)),
                _ => Ok(()),
            };
        }
        file.as_file().sync_all().map_err(failed)?;
        let kept = if output.force { file.persist(&self.path) } else { file.persist_noclobber(&self.path) };
        match kept {
            Ok(_) => Ok(()),
            Err(error) if error.error.kind() == io::ErrorKind::AlreadyExists => {
                Err(output.refuse(Problem::OutputExists))
            }
            Err(error) => Err(failed(error.error)),
        }
    }
}
