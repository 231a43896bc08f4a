//! What a command reads and writes, by the same rules for all commands (docs/guide/command-line.md).
//!
//! A command states its inputs once ([`Overwrite::outputs`]) and gets a [`Destination`] for each of
//! its outputs before long work. Only a destination can be written. So no command can forget that
//! an output never destroys an input or, without `--force`, an existing file. `-` is standard input
//! and standard output.

mod destination;
mod folder;
mod overwrite;
mod place;
mod printing;
mod read;
mod refused;

pub use destination::{Destination, Writing};
pub use folder::Folder;
pub use overwrite::{Outputs, Overwrite};
pub use printing::Printing;
pub use read::{name, open_limited, read_limited, read_parsed, Spooled};
pub use refused::Refused;

use crate::Failure;
use std::io::{self, Write};
use std::path::Path;

/// Whether a path on the command line means standard input or standard output.
pub fn is_standard(path: &Path) -> bool {
    path == Path::new("-")
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

#[cfg(test)]
mod tests;
