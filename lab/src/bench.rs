//! `veilgrid bench`: what things cost on this machine, by the keys of the specification's list of
//! figures. Each part prints a table, and hands over JSON, plots and its page of docs/results as an
//! experiment does ([`Output`]).
//!
//! Other libraries on the same work: `benches/peers/run`.

mod error;
mod figure;
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
Without a part, all parts in turn, each with its defaults. Every part has its own --help, which says what is timed and how.

Two kinds of time. Processor time is what the work itself used, and a machine that does other things besides disturbs it
little: figures of one thread are of this kind. Time by the clock is what one waits, and says something only on a machine
that is otherwise idle; the tables have both where they can differ.

Examples:
  veilgrid bench                                         everything: about five minutes on two cores
  veilgrid bench match --size 200
  veilgrid bench prove --only deposit release --runs 5
  veilgrid bench verify --json | jq .verify.batch64_ms
  veilgrid bench match --out docs/results/bench --write-results docs/results

Other libraries on the same work, in the same run: benches/peers/run.")]
pub struct Arguments {
    #[command(subcommand)]
    part: Option<Part>,
    #[command(flatten)]
    output: Output,
}

/// What can be measured by itself.
#[derive(Clone, Debug, clap::Subcommand)]
pub enum Part {
    /// Scoring, opening and assigning on ciphertexts
    Match(matching::Arguments),
    /// Making the proof of each relation
    Prove(prove::Arguments),
    /// Checking proofs, one by one and in batches
    Verify(verify::Arguments),
}

/// Runs the subcommand.
pub fn run(arguments: &Arguments) -> Result<(), Failure> {
    let output = &arguments.output;
    match &arguments.part {
        Some(Part::Match(arguments)) => matching::run(&arguments.options, &arguments.output),
        Some(Part::Prove(arguments)) => prove::run(&arguments.options, &arguments.output),
        Some(Part::Verify(arguments)) => verify::run(&arguments.options, &arguments.output),
        None => {
            matching::run(&matching::Options::default(), output)?;
            prove::run(&prove::Options::default(), output)?;
            verify::run(&verify::Options::default(), output)
        }
    }
}
