//! `veilgrid settle`: the asynchronous settlement (`docs/settlement.md`; Ai 2021, chapter 2;
//! `docs/sources.md`), in the clear.
//!
//! There are no plans and no matching. Neighbours have agreed prices and priorities beforehand, in
//! a matrix, and the metered energy is settled by that matrix. [`market::settlement`] settles one
//! cycle; [`mod@run`] plays many, with readings that come late or never.

pub mod file;
mod refused;
pub mod run;
mod table;

pub use refused::{Problem, Refused};

use market::settlement::settle;
use std::path::{Path, PathBuf};
use terminal::output::{self, Overwrite};
use terminal::Failure;

/// Largest input file that is read, in bytes.
pub const MAX_BYTES: u64 = 256 << 20;

/// Arguments of `settle async`.
#[derive(Clone, Debug, clap::Args)]
#[command(after_help = "\
The input is JSON, veilgrid-async/1 (docs/settlement.md describes it):
  feed_in, retail  the grid's prices, micro-currency per kWh
  supply           [{\"user\":\"A\",\"wh\":10000}, ...]: its order is the sellers' order
  consumption      [{\"user\":\"B\",\"wh\":7000}, ...]
  matrix           seller -> buyer -> {\"priority\":1,\"price\":300000}; other pairs do not trade

Each seller serves the buyers of its row by ascending priority. The grid buys what a seller has left,
and sells what consumers still need. Energy and money balance exactly.

Example:
  veilgrid settle async --input data/cases/async/table2_1_two_sellers.input.json

An input that breaks a rule is refused with one line that names the file and the field.")]
pub struct Arguments {
    /// The cycle to settle (veilgrid-async/1); `-` is standard input
    #[arg(long, value_name = "FILE")]
    input: PathBuf,
    /// Where to write the records as JSON; `-` is standard output. Without it and without --json,
    /// the records go to standard output
    #[arg(long, value_name = "FILE")]
    output: Option<PathBuf>,
    /// Print the records as JSON, and a table of them on standard error
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    overwrite: Overwrite,
}

/// Runs `settle async`.
pub fn run(arguments: &Arguments) -> Result<(), Failure> {
    let mut outputs = arguments.overwrite.outputs([&arguments.input])?;
    let file = outputs.optional(arguments.output.as_deref())?;
    let printing = outputs.printing(arguments.json)?;
    let input = output::read_parsed(&arguments.input, MAX_BYTES, file::Input::parse, Refused::code)?;
    let records = settle(&input.cycle, &input.matrix, input.tariff);
    let json = file::records_json(&records).into_bytes();
    match file {
        Some(file) => file.write(&json)?,
        None if !arguments.json => return output::print(&json),
        None => {}
    }
    printing.print(&table::records(&records), || json)
}

/// The failure for a file that is refused.
pub(crate) fn named(path: &Path, refused: Refused) -> Failure {
    Failure::refused(output::name(path), refused.code(), refused)
}
