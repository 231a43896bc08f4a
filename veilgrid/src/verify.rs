//! `veilgrid ledger verify`: replays a ledger from genesis and checks every header, signature, proof, root and blob.

use crate::failure::Failure;
use crate::output;
use ledger::Groth16Verifier;
use std::fmt::Write as _;
use std::panic::AssertUnwindSafe;
use std::path::PathBuf;
use std::time::Instant;

/// Arguments of `ledger verify`.
#[derive(Clone, Debug, clap::Args)]
#[command(after_help = "Example:
  veilgrid ledger verify /tmp/market

Exit code 0 when all holds; 1 with one line that names the block, transaction or blob that does not.")]
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
    /// The database is damaged in a way that its own code does not bear.
    #[error("ledger database: damaged, and cannot be read: {0}")]
    Unreadable(String),
    /// This program's own keys are damaged.
    #[error(transparent)]
    Pin(#[from] circuits::PinError),
}

impl Error {
    /// A code that stays the same across versions, for machines.
    pub fn code(&self) -> &'static str {
        match self {
            Error::Verify(e) => e.code(),
            Error::Unreadable(_) => "ledger-database",
            Error::Pin(_) => "pin",
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
    let mut progress = |height: protocol::transaction::Height| {
        if last.elapsed().as_secs() >= 1 {
            output::note(&format!("block {} holds", height.0));
            last = Instant::now();
        }
    };
    // redb panics on some damaged pages: those have checksums, but it follows them without looking.
    let hook = std::panic::take_hook();
    std::panic::set_hook(Box::new(|_| ()));
    let run = AssertUnwindSafe(|| ledger::verify(&arguments.directory, &verifier, &mut progress));
    let summary = std::panic::catch_unwind(run);
    std::panic::set_hook(hook);
    match summary {
        Ok(summary) => Ok(summary?),
        Err(panic) => {
            let text = panic.downcast_ref::<String>().map(String::as_str);
            let text = text.or(panic.downcast_ref::<&str>().copied());
            Err(Error::Unreadable(text.unwrap_or("no reason given").to_string()))
        }
    }
}
