//! `veilgrid experiment`: experiments in the clear, each from one command.

pub mod cmap;
mod disagreement;
pub mod matching;
pub mod week;

pub use disagreement::Disagreement;

use crate::real_market::RealMarket;
use terminal::Failure;

/// The experiments.
#[derive(Clone, Debug, clap::Subcommand)]
pub enum Command {
    /// The published market experiment (Ai 2021): K-prototypes against a double auction, and what
    /// quantisation costs
    Matching(matching::Arguments),
    /// The published experiment with CMAP (Ai 2021): many-attribute matching with split demand, against
    /// one-to-one assignments and a high-low rule
    Cmap(cmap::Arguments),
    /// A week of a hundred real households' meters through the market, by every clearing rule
    Week(Box<week::Arguments>),
}

/// Runs an experiment. `real` is the market that `experiment week --replay` plays with real proofs.
pub fn run(command: &Command, real: &dyn RealMarket) -> Result<(), Failure> {
    match command {
        Command::Matching(arguments) => matching::run(arguments),
        Command::Cmap(arguments) => cmap::run(arguments),
        Command::Week(arguments) => week::run(arguments, real),
    }
}
