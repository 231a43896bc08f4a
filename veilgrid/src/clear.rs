//! `veilgrid clear`: clearing rules in the clear, for themselves: a list of all, and one market by
//! many attributes.

pub mod cmap;
pub mod rules;

use terminal::Failure;

/// The subcommands of `clear`.
#[derive(Clone, Debug, clap::Subcommand)]
pub enum Command {
    /// List every clearing rule with its properties, and why each holds or fails
    Rules(rules::Arguments),
    /// Clear a market in which both sides score each other by many attributes (CMAP)
    Cmap(cmap::Arguments),
}

/// Runs the subcommand.
pub fn run(command: &Command) -> Result<(), Failure> {
    match command {
        Command::Rules(arguments) => rules::run(arguments),
        Command::Cmap(arguments) => cmap::run(arguments),
    }
}
