//! `veilgrid grid`: problems of the network in the clear, each a file.

use grid::problem;
use std::path::PathBuf;
use terminal::output::{self, Overwrite};
use terminal::Failure;

/// The subcommands of `grid`.
#[derive(Clone, Debug, clap::Subcommand)]
pub enum Command {
    /// Solve a problem of the network: prices at buses, limits of lines, a household's schedule
    Solve(Arguments),
}

/// Arguments of `grid solve`.
#[derive(Clone, Debug, clap::Args)]
#[command(after_help = "\
The problem is JSON, and its `format` says what is asked (docs/grid.md describes each):
  veilgrid-grid-dcopf/1     the best dispatch on any network, and a price at each bus, with the
                            interval in which it could lie
  veilgrid-grid-feeder/1    the same on a radial feeder with voltages and losses; each price in its
                            parts: energy, loss, congestion, voltage
  veilgrid-grid-check/1     do these trades fit lines and voltages, and what of them does
  veilgrid-grid-nodal/1     a market's trades within the lines' limits, by the rule `nodal`
  veilgrid-grid-schedule/1  what a household with a battery, a car or flexible loads does next, and
                            the plan that it lists

Power is in W, energy in Wh, voltage in mV, prices in micro-currency per kWh. Answers of `check` and
`nodal` are whole numbers; the others are measures.

Examples:
  veilgrid grid solve --input data/cases/grid/feeder-evening.input.json
  veilgrid grid solve --input data/cases/grid/schedule-battery.input.json --output schedule.json
  veilgrid grid solve --input data/cases/grid/dcopf-three-bus-congested.input.json | jq .prices

A problem that breaks a rule is refused with one line that names the file and the field.")]
pub struct Arguments {
    /// The problem; `-` is standard input
    #[arg(long, value_name = "FILE")]
    input: PathBuf,
    /// Where to write the answer (JSON); `-` is standard output. Without it, the answer goes to
    /// standard output
    #[arg(long, value_name = "FILE")]
    output: Option<PathBuf>,
    /// Print the answer on standard output, also where --output names a file
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    overwrite: Overwrite,
}

/// Runs the subcommand.
pub fn run(command: &Command) -> Result<(), Failure> {
    let Command::Solve(arguments) = command;
    let mut outputs = arguments.overwrite.outputs([&arguments.input])?;
    let file = outputs.optional(arguments.output.as_deref())?;
    let printing = outputs.printing(arguments.json)?;
    let answer =
        output::read_parsed(&arguments.input, problem::MAX_BYTES, problem::solve, grid::refused::Refused::code)?;
    let json = format!("{answer:#}\n").into_bytes();
    match file {
        Some(file) => file.write(&json)?,
        None if !arguments.json => return output::print(&json),
        None => {}
    }
    printing.print("", || json)
}
