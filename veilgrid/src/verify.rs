//! `veilgrid ledger verify`: replays a ledger from genesis and checks every header, signature, proof, root and blob.

use crate::failure::Failure;
use crate::output;
use ledger::Groth16Verifier;
use std::fmt::Write as _;
use std::path::PathBuf;
use std::time::Instant;

/// Arguments of `ledger verify`.
#[derive(Clone, Debug, clap::Args)]
#[command(after_help = "Example:
  veilgrid ledger verify /tmp/market

Exit code 0 when all holds; 1 with one line that names the block, transaction, blob or part of the database that does not; 2
while another process uses the ledger. Nothing in the folder changes.")]
pub struct Arguments {
    /// The folder that `market --data-dir` was given
    #[arg(value_name = "DIR")]
    directory: PathBuf,
}

/// Why a ledger does not hold.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// It does not verify.
    #[error(transparent)]
    Verify(#[from] ledger::VerifyError),
    /// This program's own keys are damaged.
    #[error(transparent)]
    Pin(#[from] circuits::PinError),
}

impl Error {
    /// A code that stays the same across versions, for machines.
    pub fn code(&self) -> &'static str {
        match self {
            Error::Verify(e) => e.code(),
            Error::Pin(_) => "pin",
        }
    }
    /// Whether the message names the folder.
    pub fn names_path(&self) -> bool {
        matches!(self, Error::Verify(ledger::VerifyError::Store(e)) if e.names_path())
    }
    /// 2 when another process is using the ledger.
    pub const fn exit_code(&self) -> u8 {
        match self {
            Error::Verify(ledger::VerifyError::Store(e)) => e.exit_code(),
            _ => 1,
        }
    }
}

/// Runs the subcommand.
pub fn run(arguments: &Arguments) -> Result<(), Failure> {
    let started = Instant::now();
    let summary = verify(arguments).map_err(|error| Failure::Verify {
        directory: arguments.directory.display().to_string(),
        error: Box::new(error),
    })?;
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
    let verifier = Groth16Verifier::pinned()?;
    let mut last = Instant::now();
    let mut progress = |height: protocol::ids::Height| {
        if last.elapsed().as_secs() >= 1 {
            output::note(&format!("block {} holds", height.0));
            last = Instant::now();
        }
    };
    Ok(ledger::verify(&arguments.directory, &verifier, &mut progress)?)
}
