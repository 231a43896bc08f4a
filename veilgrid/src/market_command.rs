//! `veilgrid market`: plays a whole market, or writes and checks the description of one.

use crate::demonstration;
use community::described;
use market::description::DEFAULT;
use std::path::PathBuf;
use terminal::output::{self, Overwrite};
use terminal::Failure;

/// Arguments of `market` and of its subcommands.
#[derive(Clone, Debug, clap::Args)]
#[command(args_conflicts_with_subcommands = true)]
#[group(skip)]
pub struct Arguments {
    #[command(subcommand)]
    command: Option<Command>,
    #[command(flatten)]
    play: demonstration::Arguments,
}

/// Subcommands of `market`.
#[derive(Clone, Debug, clap::Subcommand)]
pub enum Command {
    /// Write a market description (TOML) with every key, its default and a comment
    Init(InitArguments),
    /// Check a market description, and warn of what is hardly meant
    Check(CheckArguments),
}

/// Arguments of `market init`.
#[derive(Clone, Debug, clap::Args)]
#[command(after_help = "Examples:
  veilgrid market init
  veilgrid market init --output - | less

docs/market-description.md explains the keys.")]
pub struct InitArguments {
    /// Where to write the description; `-` is standard output
    #[arg(long, value_name = "FILE", default_value = "market.toml")]
    output: PathBuf,
    #[command(flatten)]
    overwrite: Overwrite,
}

/// Arguments of `market check`.
#[derive(Clone, Debug, clap::Args)]
#[command(after_help = "Examples:
  veilgrid market check
  veilgrid market check --input street.toml --json

Warnings go to standard error and do not change the exit code: 0 when the description can be
used, 2 when it is refused.")]
pub struct CheckArguments {
    /// The description; `-` is standard input
    #[arg(long, value_name = "FILE", default_value = "market.toml")]
    input: PathBuf,
    /// Print what was found as JSON: the file and its warnings
    #[arg(long)]
    json: bool,
}

/// Runs the command.
pub fn run(arguments: &Arguments) -> Result<(), Failure> {
    match &arguments.command {
        None => demonstration::run(&arguments.play),
        Some(Command::Init(of)) => {
            let file = of.overwrite.outputs::<&PathBuf>([])?.file(&of.output)?;
            file.write(DEFAULT.as_bytes())
        }
        Some(Command::Check(of)) => check(of),
    }
}

fn check(arguments: &CheckArguments) -> Result<(), Failure> {
    let described = described::read(Some(&arguments.input))?;
    described.policies()?;
    let series = described.description.series_files();
    let periods = series.iter().filter_map(|of| of.series.as_ref()).flat_map(|of| of.slots());
    let warnings = described.warnings(periods);
    if arguments.json {
        let warnings: Vec<String> = warnings.iter().map(ToString::to_string).collect();
        let found = serde_json::json!({ "file": described.name(), "warnings": warnings });
        return output::print(format!("{found:#}\n").as_bytes());
    }
    for warning in &warnings {
        output::note(&format!("warning: {}: {warning}", described.name()));
    }
    let found = match warnings.len() {
        0 => "nothing to warn of".to_string(),
        1 => "1 warning".to_string(),
        count => format!("{count} warnings"),
    };
    output::print(format!("{} can be used: {found}\n", described.name()).as_bytes())
}
