//! `veilgrid ledger verify`: replays a ledger from genesis and checks every header, signature,
//! proof, root and blob.

use crate::ledger_folder::LedgerFolder;
use crate::reading::{self, WHICH_ROOT_REPEATS};
use crate::verdict;
use ledger::{Checked, Groth16Verifier};
use protocol::ids::Height;
use serde_json::{json, Map, Value};
use std::fmt::Write as _;
use std::time::Instant;
use terminal::output::Printing;
use terminal::time::wall;
use terminal::{exit, Coded, Failure, Progress};

/// The JSON format's name.
const FORMAT: &str = "veilgrid-verify/1";

/// Arguments of `ledger verify`.
#[derive(Clone, Debug, clap::Args)]
#[command(after_help = "Examples:
  veilgrid ledger verify /tmp/market
  veilgrid ledger verify /tmp/market.snapshot
  veilgrid ledger verify --data-dir /tmp/market --json

The files are opened for reading alone and nothing in the folder changes, so a folder that cannot be
written will do, and others may read it at the same time. A folder that a process is writing cannot
be read. A ledger whose process was stopped is read as well: what its database needs for that is done
in memory.

If something does not hold, one line names the block, transaction, blob or part of the database.")]
pub struct Arguments {
    #[command(flatten)]
    directory: LedgerFolder,
    /// Print JSON (veilgrid-verify/1); the text then goes to standard error
    #[arg(long)]
    json: bool,
}

/// Why a ledger does not verify.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The ledger does not verify.
    #[error("{}{error}", if names_path(error) { String::new() } else { format!("{directory}: ") })]
    Verify {
        /// The ledger's folder.
        directory: String,
        /// What is wrong with the ledger.
        error: ledger::VerifyError,
    },
    /// There is nothing to verify at the path.
    #[error(transparent)]
    Place(#[from] reading::Error),
    /// The verifying keys in this program are damaged.
    #[error("{directory}: {error}")]
    Pin {
        /// The ledger's folder.
        directory: String,
        /// What is wrong with the keys.
        error: circuits::PinError,
    },
}

impl Coded for Error {
    fn code(&self) -> &'static str {
        match self {
            Error::Verify { error, .. } => error.code(),
            Error::Place(error) => error.code(),
            Error::Pin { .. } => "pin",
        }
    }
    fn exit_code(&self) -> u8 {
        match self {
            Error::Verify { error, .. } => error.exit_code(),
            Error::Place(error) => error.exit_code(),
            Error::Pin { .. } => exit::NOT_DONE,
        }
    }
}

/// Whether the message of an error names a path already.
fn names_path(error: &ledger::VerifyError) -> bool {
    matches!(error, ledger::VerifyError::Store(error) if error.names_path())
}

/// Runs the subcommand.
pub fn run(arguments: &Arguments) -> Result<(), Failure> {
    let started = Instant::now();
    let summary = verdict::said(arguments.json, FORMAT, verify(arguments).map_err(Failure::from))?;
    let took = started.elapsed();
    let accepted: u64 = summary.accepted.values().sum();
    let mut out = format!(
        "{}: holds. {} blocks, {accepted} transactions, {} proofs and {} blobs checked in {}\n\
         state root {}\nrecord root {}\n{WHICH_ROOT_REPEATS}\n",
        arguments.directory.path().display(),
        summary.height.0,
        summary.proofs,
        summary.blobs,
        wall(took),
        summary.root,
        summary.record_root,
    );
    for (kind, count) in &summary.accepted {
        writeln!(out, "{:20} {count:8}", kind.name()).expect("writing to a string does not fail");
    }
    Printing::plain(arguments.json).print(&out, || {
        let kinds = summary.accepted.iter().map(|(kind, count)| (kind.name().to_string(), Value::from(*count)));
        let found = json!({
            "format": FORMAT,
            "directory": arguments.directory.path().display().to_string(),
            "holds": true,
            "blocks": summary.height.0,
            "transactions": kinds.collect::<Map<String, Value>>(),
            "proofs": summary.proofs,
            "blobs": summary.blobs,
            "state_root": summary.root.to_string(),
            "record_root": summary.record_root.to_string(),
            "wall_seconds": took.as_secs_f64(),
        });
        format!("{found:#}\n").into_bytes()
    })
}

fn verify(arguments: &Arguments) -> Result<ledger::Summary, Error> {
    let directory = || arguments.directory.path().display().to_string();
    let verifier = Groth16Verifier::pinned().map_err(|error| Error::Pin { directory: directory(), error })?;
    let place = reading::Place::of(arguments.directory.path())?;
    let bar = Progress::new("blocks hold");
    let blocks = |height: Height| usize::try_from(height.0).unwrap_or(usize::MAX);
    let mut progress = |Checked { height, last }: Checked| bar.of(blocks(height), blocks(last));
    let summary = ledger::verify(place.directory(), &verifier, &mut progress);
    bar.done();
    summary.map_err(|error| Error::Verify { directory: directory(), error })
}
