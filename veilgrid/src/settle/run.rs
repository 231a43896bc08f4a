//! `veilgrid settle async-run`: settles many cycles, with readings that come late or never (Ai
//! 2021, 2.3.5; `docs/sources.md`).
//!
//! A cycle is settled once every awaited user has reported. A missing reading may come within
//! `wait` more cycles. At the end of the last of them the cycle is settled without it: the
//! neighbours of the missing user trade with the grid instead, and the missing user pays a penalty
//! to the grid. After `freeze_after` missing readings a user is frozen: no later cycle waits for
//! it, and its readings are refused. Its earlier readings count.

mod folder;
mod play;
mod report;

pub use folder::{read, Arrivals, Market, Reading};
pub use play::{play, Account, Frozen, Outcome, Penalty, Refusal, Settled, Why};
pub use report::Report;

use std::path::PathBuf;
use terminal::output::Overwrite;
use terminal::Failure;

/// Arguments of `settle async-run`.
#[derive(Clone, Debug, clap::Args)]
#[command(after_help = "\
The folder (docs/settlement.md describes it):
  market.json       veilgrid-async-market/1: users, matrix, grid prices, wait, penalty, freeze_after
  cycle-0001.json   veilgrid-async-cycle/1: the readings that arrive in cycle 1, of it or of an
                    earlier cycle
  cycle-0002.json   and so on, without gaps

The last missing reading of a cycle settles the cycle. A reading that comes more than `wait` cycles
late is refused, and a user without a reading in time pays the penalty.

Example:
  veilgrid settle async-run --input data/cases/async-run/late --json")]
pub struct Arguments {
    /// The folder of cycles
    #[arg(long, value_name = "DIR")]
    input: PathBuf,
    /// Where to write the report (veilgrid-async-report/1, JSON); `-` is standard output, and the
    /// summary then goes to standard error
    #[arg(long, value_name = "FILE")]
    report: Option<PathBuf>,
    /// Print the report as JSON; the summary then goes to standard error
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    overwrite: Overwrite,
}

/// Runs `settle async-run`.
pub fn run(arguments: &Arguments) -> Result<(), Failure> {
    let mut outputs = arguments.overwrite.outputs([&arguments.input])?;
    let file = outputs.optional(arguments.report.as_deref())?;
    let printing = outputs.printing(arguments.json)?;
    let (market, arrivals) = read(&arguments.input)?;
    let outcome = play(&market, &arrivals);
    let report = Report::new(&market, &outcome);
    if let Some(file) = file {
        file.write(report.json().as_bytes())?;
    }
    printing.print(&report.summary(), || report.json().into_bytes())
}
