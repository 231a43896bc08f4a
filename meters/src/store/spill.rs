//! One temporary file for what does not fit into memory.

use std::fs::File;
use std::io::{self, BufWriter, Read, Seek, SeekFrom, Write};
use std::sync::Mutex;

/// A piece of the file.
#[derive(Clone, Copy, Debug)]
pub(super) struct Piece {
    from: u64,
    pub(super) len: u32,
}

/// The file, made when it is first needed. The system removes it with the process.
#[derive(Default)]
pub(super) struct Spill {
    file: Option<Mutex<BufWriter<File>>>,
    len: u64,
}

impl Spill {
    fn locked<T>(&self, act: impl FnOnce(&mut BufWriter<File>) -> io::Result<T>) -> io::Result<T> {
        let Some(file) = &self.file else {
            return Err(io::Error::other("there is no temporary file"));
        };
        let mut file = file.lock().map_err(|_| io::Error::other("another thread failed"))?;
        act(&mut file)
    }

    /// Appends bytes, which are fewer than 4 GiB, and says where they are.
    pub(super) fn write(&mut self, bytes: &[u8]) -> io::Result<Piece> {
        if self.file.is_none() {
            self.file = Some(Mutex::new(BufWriter::with_capacity(1 << 20, tempfile::tempfile()?)));
        }
        let len = u32::try_from(bytes.len()).map_err(io::Error::other)?;
        self.locked(|file| file.write_all(bytes))?;
        let piece = Piece { from: self.len, len };
        self.len += u64::from(len);
        Ok(piece)
    }

    /// Brings everything written to the file, before it is read.
    pub(super) fn flush(&mut self) -> io::Result<()> {
        self.locked(|file| file.flush())
    }

    /// Appends a piece to `bytes`.
    pub(super) fn read(&self, piece: Piece, bytes: &mut Vec<u8>) -> io::Result<()> {
        self.locked(|file| {
            let file = file.get_mut();
            file.seek(SeekFrom::Start(piece.from))?;
            let read = file.take(u64::from(piece.len)).read_to_end(bytes)?;
            if read == piece.len as usize {
                return Ok(());
            }
            Err(io::Error::from(io::ErrorKind::UnexpectedEof))
        })
    }
}
