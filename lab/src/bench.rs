//! `veilgrid bench`: what matching, proving, verifying, clearing and the ledger cost on this machine. Each part prints a
//! table, and writes JSON, plots and its page of docs/results as an experiment does ([`Output`]).
//! The keys of the JSON are stable.
//!
//! `benches/peers/run` measures other libraries on the same work.

pub mod clearing;
mod error;
mod figure;
pub mod ledger;
pub mod matching;
pub mod prove;
pub mod stopwatch;
pub mod verify;

pub use error::Error;

use crate::output::Output;
use terminal::Failure;

/// Arguments of `bench`.
#[derive(Clone, Debug, clap::Args)]
#[command(args_conflicts_with_subcommands = true)]
#[command(after_help = "\
Without a part, the command measures all parts in turn, each with its defaults. Every part has its
own --help, which says what is timed and how.

There are two kinds of time. Processor time is what the work itself used; other work on the machine
disturbs it little, and figures of one thread are of this kind. Time by the clock is what one waits;
it says something only on a machine that is otherwise idle. The tables have both where they can
differ.

Examples:
  veilgrid bench                                         everything: about seven minutes on two cores
  veilgrid bench match --size 200
  veilgrid bench prove --only deposit release --runs 5
  veilgrid bench verify --json | jq .verify.batch64_ms
  veilgrid bench match --out docs/results/bench --write-results docs/results --force

benches/peers/run measures other libraries on the same work, in the same run.")]
pub struct Arguments {
    #[command(subcommand)]
    part: Option<Part>,
    #[command(flatten)]
    output: Output,
}

/// The parts of the benchmark; each can be measured alone.
#[derive(Clone, Debug, clap::Subcommand)]
pub enum Part {
    /// Scoring, opening and assigning on ciphertexts
    Match(matching::Arguments),
    /// Making the proof of each relation
    Prove(prove::Arguments),
    /// Checking proofs, one by one and in batches
    Verify(verify::Arguments),
    /// Clearing in the clear by many attributes and on networks: CMAP, nodal, DC-OPF
    Clearing(clearing::Arguments),
    /// Executing blocks, by the length of the history, and transactions a second
    Ledger(ledger::Arguments),
}

/// Runs the subcommand.
pub fn run(arguments: &Arguments) -> Result<(), Failure> {
    let output = &arguments.output;
    match &arguments.part {
        Some(Part::Match(arguments)) => matching::run(&arguments.options, &arguments.output),
        Some(Part::Prove(arguments)) => prove::run(&arguments.options, &arguments.output),
        Some(Part::Verify(arguments)) => verify::run(&arguments.options, &arguments.output),
        Some(Part::Clearing(arguments)) => clearing::run(&arguments.options, &arguments.output),
        Some(Part::Ledger(arguments)) => ledger::run(&arguments.options, &arguments.output),
        None => {
            matching::run(&matching::Options::default(), output)?;
            prove::run(&prove::Options::default(), output)?;
            verify::run(&verify::Options::default(), output)?;
            clearing::run(&clearing::Options::default(), output)?;
            ledger::run(&ledger::Options::default(), output)
        }
    }
}
