//! `veilgrid ledger snapshot` and `veilgrid ledger restore`: write a ledger to one file, and
//! restore it.

use crate::demonstration::{MARK_BYTES, RUN_FILE};
use crate::ledger_folder::{LedgerFolder, NewFile};
use crate::reading::WHICH_ROOT_REPEATS;
use disk::{Access, Disk};
use ledger::{Groth16Verifier, SnapshotError};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use terminal::output::{self, Spooled};
use terminal::{exit, Coded, Failure};

/// Arguments of `ledger snapshot`.
#[derive(Clone, Debug, clap::Args)]
#[command(after_help = "Example:
  veilgrid ledger snapshot /tmp/market /tmp/market.snapshot
  veilgrid ledger restore /tmp/market.snapshot /tmp/copy

The folder is only read: it may be one that cannot be written. A damaged ledger is refused, and so is
one that a market is writing. Wallets are not part of the snapshot: each is restored from its phrase.")]
pub struct SnapshotArguments {
    #[command(flatten)]
    directory: LedgerFolder,
    #[command(flatten)]
    file: NewFile,
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
    /// What `ledger snapshot` wrote; `-` is standard input
    #[arg(value_name = "FILE", required_unless_present = "input", conflicts_with = "input")]
    file: Option<PathBuf>,
    /// The new or empty folder
    #[arg(value_name = "DIR", required_unless_present = "data_dir", conflicts_with = "data_dir")]
    directory: Option<PathBuf>,
    /// The same file, by the name that it has for other commands
    #[arg(long, value_name = "FILE")]
    input: Option<PathBuf>,
    /// The same folder, by the name that it has for other commands
    #[arg(long, value_name = "DIR")]
    data_dir: Option<PathBuf>,
}

impl RestoreArguments {
    // The command line makes sure that one of the two is given, for either.
    fn file(&self) -> &Path {
        self.file.as_deref().or(self.input.as_deref()).unwrap_or(Path::new("-"))
    }
    fn directory(&self) -> &Path {
        self.directory.as_deref().or(self.data_dir.as_deref()).unwrap_or(Path::new(""))
    }
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
            Error::Pin(_) => exit::NOT_DONE,
        }
    }
}

/// Runs `ledger snapshot`.
pub fn snapshot(arguments: &SnapshotArguments) -> Result<(), Failure> {
    let directory = arguments.directory.path();
    let file = arguments.file.overwrite.outputs([directory])?.file(arguments.file.path())?;
    let (name, to_standard_output) = (file.name().to_string(), file.is_standard_output());
    let disk = Arc::new(disk::System);
    let verifier = Groth16Verifier::pinned().map_err(Error::Pin)?;
    let path = directory.join(RUN_FILE);
    let mark = match disk.is_file(&path) {
        true => disk.read(&path, MARK_BYTES),
        false => Ok(Vec::new()),
    };
    let mark = mark.map_err(|error| Failure::Read { file: path.display().to_string(), error })?;
    let place = directory.display().to_string();
    let header = file.made_by(|path| {
        ledger::snapshot(disk, directory, &mark, path, &verifier).map_err(|error| Error::Snapshot { place, error })
    })?;
    let said = format!(
        "{name}: {} blocks, {} bytes\nstate root {}\n{WHICH_ROOT_REPEATS}\n",
        header.height.0, header.body, header.root
    );
    match to_standard_output {
        true => output::note(said.trim_end()),
        false => output::print(said.as_bytes())?,
    }
    Ok(())
}

/// Runs `ledger restore`.
pub fn restore(arguments: &RestoreArguments) -> Result<(), Failure> {
    let disk = Arc::new(disk::System);
    let verifier = Groth16Verifier::pinned().map_err(Error::Pin)?;
    let (file, directory) = (Spooled::of(arguments.file())?, arguments.directory());
    let place = output::name(arguments.file());
    let (header, mark) = ledger::restore(disk.clone(), file.path(), directory, &verifier)
        .map_err(|error| Error::Snapshot { place, error })?;
    if !mark.is_empty() {
        let path = directory.join(RUN_FILE);
        let beside = directory.join(".veilgrid-run-restored");
        let written = disk::replace(disk.as_ref(), &beside, &path, &mark, Access::Usual);
        written.map_err(|error| Failure::Write { file: path.display().to_string(), error })?;
    }
    output::print(
        format!(
            "{0}: restored, {1} blocks; check it with: veilgrid ledger verify {0}\nstate root {2}\n\
             {WHICH_ROOT_REPEATS}\n",
            directory.display(),
            header.height.0,
            header.root
        )
        .as_bytes(),
    )
}
