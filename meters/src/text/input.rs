//! Files as they are opened: standard input, compression, a bound on what they unpack to.

use super::encoding;
use crate::options::{Encoding, Limits};
use crate::{Options, Problem, Refused};
use std::cell::Cell;
use std::fs::File;
use std::io::{self, BufRead, BufReader, Cursor, Read};
use std::path::{Path, PathBuf};
use std::rc::Rc;
use tempfile::NamedTempFile;

/// How much of a text is looked at before its encoding, separator and header are decided.
const SAMPLE: usize = 1 << 20;
/// Bytes read from a file at once.
const CHUNK: usize = 256 << 10;

/// Bytes that compressed files may still unpack to.
pub(crate) type Unpacked = Rc<Cell<u64>>;

/// One input: a file, a folder, or standard input, kept in a temporary file as it is read twice.
pub(crate) struct Input {
    path: PathBuf,
    kept: Option<NamedTempFile>,
    /// The name for messages: as the command line has it.
    pub(crate) name: String,
}

impl Input {
    /// An input by its path. `-` is standard input.
    pub(crate) fn new(path: &Path, limits: &Limits) -> Result<Self, Refused> {
        let name = path.display().to_string();
        if path.as_os_str() != "-" {
            return Ok(Self { path: path.to_owned(), kept: None, name });
        }
        let refused = |error: io::Error| Refused::new(Problem::Unreadable(error.to_string())).in_file("standard input");
        let mut kept = NamedTempFile::new().map_err(refused)?;
        let most = limits.most_unpacked;
        let copied = io::copy(&mut io::stdin().lock().take(most.saturating_add(1)), &mut kept).map_err(refused)?;
        if copied > most {
            return Err(Refused::new(Problem::UnpacksToTooMuch(most)).in_file("standard input"));
        }
        Ok(Self { path: kept.path().to_owned(), kept: Some(kept), name: "standard input".into() })
    }

    /// Whether it is a folder.
    pub(crate) fn is_folder(&self) -> bool {
        self.path.is_dir()
    }

    /// A file in this folder.
    pub(crate) fn inside(&self, file: &str) -> Self {
        let path = self.path.join(file);
        Self { name: Path::new(&self.name).join(file).display().to_string(), path, kept: None }
    }

    /// Whether there is such a file.
    pub(crate) fn is_there(&self) -> bool {
        self.path.is_file()
    }

    /// The file's name up to its first dot: the meter's name where nothing else gives one.
    pub(crate) fn stem(&self) -> Option<String> {
        if self.kept.is_some() {
            return None;
        }
        let name = self.path.file_name()?.to_string_lossy();
        let stem = name.split('.').next().unwrap_or_default();
        (!stem.is_empty()).then(|| stem.to_owned())
    }

    /// A refusal of this input.
    pub(crate) fn refuse(&self, problem: Problem) -> Refused {
        Refused::new(problem).in_file(self.name.clone())
    }

    /// Opens the text, unpacked and in UTF-8.
    pub(crate) fn open(&self, options: &Options, unpacked: &Unpacked) -> Result<Text, Refused> {
        let unreadable = |error: io::Error| self.refuse(Problem::Unreadable(error.to_string()));
        if self.is_folder() {
            return Err(self.refuse(Problem::Unreadable("it is a folder, and this format is a file".into())));
        }
        let disk = Rc::new(Cell::new(0));
        let file = Counted { inner: File::open(&self.path).map_err(unreadable)?, disk: disk.clone() };
        let mut packed = BufReader::with_capacity(CHUNK, file);
        let magic = packed.fill_buf().map_err(unreadable)?;
        let bounded = |inner: Box<dyn Read>| {
            Box::new(Bounded { inner, left: unpacked.clone(), most: options.limits.most_unpacked })
        };
        let plain: Box<dyn Read> = match magic {
            [0x1f, 0x8b, ..] => bounded(Box::new(flate2::bufread::MultiGzDecoder::new(packed))),
            [0x28, 0xb5, 0x2f, 0xfd, ..] => {
                bounded(Box::new(zstd::stream::read::Decoder::with_buffer(packed).map_err(unreadable)?))
            }
            [b'P', b'K', 3, 4, ..] => {
                let why = "unpack it, or save the sheet as CSV, and import what comes out".into();
                return Err(self.refuse(Problem::Unsupported { what: "an archive or a spreadsheet".into(), why }));
            }
            _ => Box::new(packed),
        };
        let mut text = Text {
            name: self.name.clone(),
            sample: Vec::new(),
            whole: false,
            encoding: Encoding::Utf8,
            marked: false,
            disk,
            reader: Box::new(io::empty()),
        };
        let (sample, rest) = text.read_sample(plain)?;
        let (encoding, mark) = encoding::detect(&sample, options.encoding);
        text.encoding = encoding;
        text.marked = mark > 0;
        let raw = Cursor::new(sample).chain(rest);
        if encoding == Encoding::Utf8 {
            let mut reader = BufReader::with_capacity(CHUNK, raw);
            io::copy(&mut (&mut reader).take(mark as u64), &mut io::sink()).map_err(|error| text.refused(error))?;
            let (sample, rest) = text.read_sample(Box::new(reader))?;
            text.take(sample, rest);
        } else {
            let decoded = Box::new(encoding::decode(raw, encoding));
            let (sample, rest) = text.read_sample(decoded)?;
            text.take(sample, rest);
        }
        Ok(text)
    }
}

/// A text that is open, in UTF-8 and without byte order mark.
pub(crate) struct Text {
    /// The name for messages.
    pub(crate) name: String,
    /// Its beginning.
    pub(crate) sample: Vec<u8>,
    /// Whether the sample is all of it.
    pub(crate) whole: bool,
    /// What it was written in.
    pub(crate) encoding: Encoding,
    /// Whether it begins with a byte order mark.
    pub(crate) marked: bool,
    /// Bytes read from the disk so far.
    pub(crate) disk: Rc<Cell<u64>>,
    reader: Box<dyn BufRead>,
}

impl Text {
    fn take(&mut self, sample: Vec<u8>, rest: Box<dyn Read>) {
        self.whole = sample.len() < SAMPLE;
        self.sample.clone_from(&sample);
        self.reader = Box::new(BufReader::with_capacity(CHUNK, Cursor::new(sample).chain(rest)));
    }

    fn read_sample(&self, mut from: Box<dyn Read>) -> Result<(Vec<u8>, Box<dyn Read>), Refused> {
        let mut sample = Vec::new();
        (&mut from).take(SAMPLE as u64).read_to_end(&mut sample).map_err(|error| self.refused(error))?;
        Ok((sample, from))
    }

    /// The sample as a text of its own.
    pub(crate) fn of_sample(&self) -> Self {
        Self {
            name: self.name.clone(),
            sample: self.sample.clone(),
            whole: self.whole,
            encoding: self.encoding,
            marked: self.marked,
            disk: Rc::default(),
            reader: Box::new(Cursor::new(self.sample.clone())),
        }
    }

    /// The text from its beginning.
    pub(crate) fn reader(&mut self) -> &mut dyn BufRead {
        &mut *self.reader
    }

    /// The text from its beginning, for a parser that owns it.
    pub(crate) fn into_reader(self) -> Box<dyn BufRead> {
        self.reader
    }

    /// What an error of reading means.
    pub(crate) fn refused(&self, error: io::Error) -> Refused {
        refused(&error, &self.name)
    }
}

/// What an error of reading a file means.
pub(crate) fn refused(error: &io::Error, file: &str) -> Refused {
    let problem = match error.get_ref().and_then(|inner| inner.downcast_ref::<TooMuch>()) {
        Some(TooMuch(most)) => Problem::UnpacksToTooMuch(*most),
        None if error.raw_os_error().is_some() => Problem::Unreadable(error.to_string()),
        None => Problem::Damaged(error.to_string()),
    };
    Refused::new(problem).in_file(file)
}

/// A reader that counts.
struct Counted<R> {
    inner: R,
    disk: Rc<Cell<u64>>,
}

impl<R: Read> Read for Counted<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let read = self.inner.read(buffer)?;
        self.disk.set(self.disk.get() + read as u64);
        Ok(read)
    }
}

/// A compressed text unpacks to more than this many bytes.
#[derive(Debug, thiserror::Error)]
#[error("the compressed input unpacks to more than {0} bytes")]
struct TooMuch(u64);

/// A reader that refuses to unpack more than is left of the bound.
struct Bounded<R> {
    inner: R,
    left: Unpacked,
    most: u64,
}

impl<R: Read> Read for Bounded<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let read = self.inner.read(buffer)?;
        match self.left.get().checked_sub(read as u64) {
            Some(left) => self.left.set(left),
            None => return Err(io::Error::other(TooMuch(self.most))),
        }
        Ok(read)
    }
}

#[cfg(test)]
mod tests;
