//! `veilgrid ledger verify`: replays a ledger from genesis and checks every header, signature,
//! proof, root and blob.

use crate::reading::{self, WHICH_ROOT_REPEATS};
use ledger::Groth16Verifier;
use std::fmt::Write as _;
use std::path::PathBuf;
use std::time::Instant;
use terminal::output;
use terminal::{Coded, Failure};

/// Arguments of `ledger verify`.
#[derive(Clone, Debug, clap::Args)]
#[command(after_help = "Examples:
  veilgrid ledger verify /tmp/market
  veilgrid ledger verify /tmp/market.snapshot

The files are opened for reading alone and nothing in the folder changes, so a folder that cannot be
written will do, and others may read it at the same time. A folder that a process is writing cannot be
read. A ledger whose process was stopped is read as well: what its database needs for that is done in
memory.

Exit code: 0 when everything holds; 1 with one line that names the block, transaction, blob or part of
the database that does not hold; 2 when the ledger cannot be read (there is none, it is in use, a
permission is missing).")]
pub struct Arguments {
    /// The folder that `market --data-dir` was given, or what `ledger snapshot` wrote
    #[arg(value_name = "LEDGER")]
    directory: PathBuf,
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
            Error::Pin { .. } => 2,
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
    let summary = verify(arguments)?;
    let accepted: u64 = summary.accepted.values().sum();
    let mut out = format!(
        "{}: holds. {} blocks, {accepted} transactions, {} proofs and {} blobs checked in {:.1} s\nstate root {}\nrecord root {}\n\
         {WHICH_ROOT_REPEATS}\n",
        arguments.directory.display(),
        summary.height.0,
        summary.proofs,
        summary.blobs,
        started.elapsed().as_secs_f32(),
        summary.root,
        summary.record_root,
    );
    for (kind, count) in &summary.accepted {
        writeln!(out, "{:20} {count:8}", kind.name()).expect("writing to a string does not fail");
    }
    output::print(out.as_bytes())
}

fn verify(arguments: &Arguments) -> Result<ledger::Summary, Error> {
    let directory = || arguments.directory.display().to_string();
    let verifier = Groth16Verifier::pinned().map_err(|error| Error::Pin { directory: directory(), error })?;
    let mut last = Instant::now();
    let mut progress = |height: protocol::ids::Height| {
        if last.elapsed().as_secs() >= 1 {
            output::note(&format!("block {} holds", height.0));
            last = Instant::now();
        }
    };
    let place = reading::Place::of(&arguments.directory)?;
    ledger::verify(place.directory(), &verifier, &mut progress)
        .map_err(|error| Error::Verify { directory: directory(), error })
}
