//! `veilgrid clear cmap`: one market by many attributes, with split demand (Ai 2021, chapter 4;
//! `docs/sources.md`).

use market::cmap;
use std::path::PathBuf;
use terminal::output::{self, Overwrite};
use terminal::table::table;
use terminal::Failure;

/// Arguments of `clear cmap`.
#[derive(Clone, Debug, clap::Args)]
#[command(after_help = "\
Buyers and sellers score each other by price, volume, loss, type, environment and reputation, with
weights of their own. In each round one linear program splits the energy over all pairs so that both
sides are most satisfied. Each side may refuse a match, and the next round goes on without that pair.
What is left is settled with the grid.

The input is JSON, veilgrid-cmap/1 (docs/cmap.md describes it): the market, its sellers and buyers,
and a network of lines where losses go by it. Prices are in micro-currency per kWh, energy is in Wh,
places and losses in metres, weights in per mille. The report is veilgrid-cmap-report/1. All of it
is in whole numbers, and the same market gives the same report on every machine.

Examples:
  veilgrid clear cmap --input data/cases/cmap/split_demand.input.json
  veilgrid clear cmap --input market.json --output report.json
  veilgrid clear cmap --input market.json --scores | jq '.rounds[0].scores'

A market that breaks a rule is refused with one line that names the file and the field.")]
pub struct Arguments {
    /// The market (veilgrid-cmap/1); `-` is standard input
    #[arg(long, value_name = "FILE")]
    input: PathBuf,
    /// Where to write the report (JSON); `-` is standard output. Without it and without --json, the
    /// report goes to standard output
    #[arg(long, value_name = "FILE")]
    output: Option<PathBuf>,
    /// Put every pair's scores into the report
    #[arg(long)]
    scores: bool,
    /// Print the report as JSON, and a table of its trades on standard error
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    overwrite: Overwrite,
}

/// Runs `clear cmap`.
pub fn run(arguments: &Arguments) -> Result<(), Failure> {
    let mut outputs = arguments.overwrite.outputs([&arguments.input])?;
    let file = outputs.optional(arguments.output.as_deref())?;
    let printing = outputs.printing(arguments.json)?;
    let market = output::read_parsed(&arguments.input, cmap::MAX_BYTES, cmap::Market::parse, cmap::Refused::code)?;
    let report = market.clear(arguments.scores);
    let json = report.to_json().into_bytes();
    match file {
        Some(file) => file.write(&json)?,
        None if !arguments.json => return output::print(&json),
        None => {}
    }
    let rows = report.round_rows();
    printing.print(&table("Rounds", &cmap::ROUND_HEAD, rows.len(), rows), || json)
}
