//! `veilgrid ledger verify`: replays a ledger from genesis and checks every header, signature,
//! proof, root and blob.

use ledger::Groth16Verifier;
use std::fmt::Write as _;
use std::path::PathBuf;
use std::time::Instant;
use terminal::output;
use terminal::{Coded, Failure};

/// Arguments of `ledger verify`.
#[derive(Clone, Debug, clap::Args)]
#[command(after_help = "Example:
  veilgrid ledger verify /tmp/market

Exit code: 0 when everything holds; 1 with one line that names the block, transaction, blob or part of
the database that does not hold; 2 while another process uses the ledger. The command changes nothing
in the folder.")]
pub struct Arguments {
    /// The folder that `market --data-dir` was given
    #[arg(value_name = "DIR")]
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
            Error::Pin { .. } => "pin",
        }
    }
    // 2 when another process is using the ledger.
    fn exit_code(&self) -> u8 {
        match self {
            Error::Verify { error: ledger::VerifyError::Store(error), .. } => error.exit_code(),
            _ => 1,
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
        "{}: holds. {} blocks, {accepted} transactions, {} proofs and {} blobs checked in {:.1} s\nstate root {}\n",
        arguments.directory.display(),
        summary.height.0,
        summary.proofs,
        summary.blobs,
        started.elapsed().as_secs_f32(),
        summary.root,
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
    ledger::verify(&arguments.directory, &verifier, &mut progress)
        .map_err(|error| Error::Verify { directory: directory(), error })
}
