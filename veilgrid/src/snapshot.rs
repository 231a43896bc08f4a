//! `veilgrid ledger snapshot` and `veilgrid ledger restore`: write a ledger to one file, and
//! restore it.

use crate::demonstration::{MARK_BYTES, RUN_FILE};
use crate::reading::WHICH_ROOT_REPEATS;
use disk::{Access, Disk};
use ledger::{Groth16Verifier, SnapshotError};
use std::path::PathBuf;
use std::sync::Arc;
use terminal::output;
use terminal::{Coded, Failure};

/// Arguments of `ledger snapshot`.
#[derive(Clone, Debug, clap::Args)]
#[command(after_help = "Example:
  veilgrid ledger snapshot /tmp/market /tmp/market.snapshot
  veilgrid ledger restore /tmp/market.snapshot /tmp/copy

The folder is only read: it may be one that cannot be written. A damaged ledger is refused, and so is
one that a market is writing. Wallets are not part of the snapshot: each is restored from its phrase.")]
pub struct SnapshotArguments {
    /// The folder that `market --data-dir` was given
    #[arg(value_name = "DIR")]
    directory: PathBuf,
    /// The new file
    #[arg(value_name = "FILE")]
    file: PathBuf,
}

/// Arguments of `ledger restore`.
#[derive(Clone, Debug, clap::Args)]
#[command(after_help = "Example:
  veilgrid ledger restore /tmp/market.snapshot /tmp/copy
  veilgrid ledger verify /tmp/copy

The command checks the file against its header, and on the way the chain of blocks and every state
root. `ledger verify` then checks every proof and signature too. A market goes on in the new folder
when its command is given again with that folder as --data-dir.")]
pub struct RestoreArguments {
    /// What `ledger snapshot` wrote
    #[arg(value_name = "FILE")]
    file: PathBuf,
    /// The new or empty folder
    #[arg(value_name = "DIR")]
    directory: PathBuf,
}

/// Why a snapshot could not be taken or restored.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The ledger or the snapshot is at fault, or a file cannot be read or written.
    #[error("{}{error}", if error.names_path() { String::new() } else { format!("{place}: ") })]
    Snapshot {
        /// The folder or file that was read.
        place: String,
        /// What is wrong with it.
        error: SnapshotError,
    },
    /// The verifying keys in this program are damaged.
    #[error(transparent)]
    Pin(#[from] circuits::PinError),
}

impl Coded for Error {
    fn code(&self) -> &'static str {
        match self {
            Error::Snapshot { error, .. } => error.code(),
            Error::Pin(_) => "pin",
        }
    }
    fn exit_code(&self) -> u8 {
        match self {
            Error::Snapshot { error, .. } => error.exit_code(),
            Error::Pin(_) => 2,
        }
    }
}

/// Runs `ledger snapshot`.
pub fn snapshot(arguments: &SnapshotArguments) -> Result<(), Failure> {
    let disk = Arc::new(disk::System);
    let verifier = Groth16Verifier::pinned().map_err(Error::Pin)?;
    let path = arguments.directory.join(RUN_FILE);
    let mark = match disk.is_file(&path) {
        true => disk.read(&path, MARK_BYTES),
        false => Ok(Vec::new()),
    };
    let mark = mark.map_err(|error| Failure::Read { file: path.display().to_string(), error })?;
    let place = arguments.directory.display().to_string();
    let header = ledger::snapshot(disk, &arguments.directory, &mark, &arguments.file, &verifier)
        .map_err(|error| Error::Snapshot { place, error })?;
    output::print(
        format!(
            "{}: {} blocks, {} bytes\nstate root {}\n{WHICH_ROOT_REPEATS}\n",
            arguments.file.display(),
            header.height.0,
            header.body,
            header.root
        )
        .as_bytes(),
    )
}

/// Runs `ledger restore`.
pub fn restore(arguments: &RestoreArguments) -> Result<(), Failure> {
    let disk = Arc::new(disk::System);
    let verifier = Groth16Verifier::pinned().map_err(Error::Pin)?;
    let place = arguments.file.display().to_string();
    let (header, mark) = ledger::restore(disk.clone(), &arguments.file, &arguments.directory, &verifier)
        .map_err(|error| Error::Snapshot { place, error })?;
    if !mark.is_empty() {
        let path = arguments.directory.join(RUN_FILE);
        let beside = arguments.directory.join(".veilgrid-run-restored");
        let written = disk::replace(disk.as_ref(), &beside, &path, &mark, Access::Usual);
        written.map_err(|error| Failure::Write { file: path.display().to_string(), error })?;
    }
    output::print(
        format!(
            "{0}: restored, {1} blocks; check it with: veilgrid ledger verify {0}\nstate root {2}\n{WHICH_ROOT_REPEATS}\n",
            arguments.directory.display(),
            header.height.0,
            header.root
        )
        .as_bytes(),
    )
}
