//! `veilgrid scenario from-meters`: makes a scenario from the meter readings of households. The
//! help and docs/scenario.md state the rules.

use market::readings::{self, Readings, Refused};
use market::scenario::{from_readings, Choice, Scenario};
use std::path::{Path, PathBuf};
use terminal::output::{self, Overwrite};
use terminal::Failure;

/// Arguments of `scenario from-meters`.
#[derive(Clone, Debug, clap::Args)]
#[command(after_help = "\
The files have a row for each 15-minute slot and a column for each household. The first column has the
names of the slots, the headers of the other columns are the ids of the households, and a cell is the
energy of the slot in whole Wh. Both files have the same households and the same slots in the same
order. A file that breaks these rules is refused with one line that names file, row and column, and
nothing is written.

These are the rules of the scenario. Everything is drawn from the seed, as integers:
  cycle       one for each slot; its number is the slot's number in the file, from 0
  plans       net = load - pv; if it is negative, the household sells solar; if it is positive, the
              household buys; if it is zero, it has no plan; plans are in the order of the columns
  forecast    |net|, off by a drawn -80..80 per mille, at least 1 Wh; households plan by it
  sell        generated = the forecast; volume = 90..100 % of it, at least 1 Wh; ask at a tick in
              4..27; injected = |net|
  buy         volume = the forecast; limit at a tick in 16..47; consumed = |net|
  preference  wanted: price 0..15 ticks below the limit, its own volume, reputation 100, its own
              place; weights: price 4..15, volume 0..8, reputation 0..8, place 0..15; wind, hydro and
              solar 0..3, biomass 0..8, fossil 8..15
  household   place 0..10000 m each way; reputation 60..100; balance 1 unit of currency for each
              cycle and 2..11 more
  answers     every household confirms
  market      tolerance 50 per mille, price rule ask, 8 rounds, feed-in 0.30, retail 0.65, ticks of
              0.0075 from 0.30; ranges: volume 0..2000 Wh, reputation 0..100, place 0..10000 m
In the same slot, a household draws the same numbers for all choices of slots and households.

Example, which makes data/default.scenario.json:
  veilgrid scenario from-meters --load data/simbench_100hh_7d_15min_load_Wh.csv \\
      --pv data/simbench_100hh_7d_15min_pv_Wh.csv \\
      --start 2016-06-15T08:00 --households 10 --output data/default.scenario.json")]
pub struct Arguments {
    /// Consumption: CSV, Wh per slot and household; `-` is standard input
    #[arg(long, value_name = "FILE")]
    load: PathBuf,
    /// Generation: CSV, Wh per slot and household; `-` is standard input
    #[arg(long, value_name = "FILE")]
    pv: PathBuf,
    /// The first slot, as the files name it
    #[arg(long, value_name = "SLOT")]
    start: String,
    /// How many slots, each a cycle
    #[arg(long, value_name = "N", default_value_t = 1, value_parser = clap::value_parser!(u32).range(1..))]
    cycles: u32,
    /// How many households, from the first column on; without it, all of them
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..))]
    households: Option<u32>,
    /// Seed of all that is drawn
    #[arg(long, value_name = "S", default_value_t = 1)]
    seed: u64,
    /// Where to write the scenario; `-` is standard output
    #[arg(long, visible_alias = "out", value_name = "FILE", default_value = "-")]
    output: PathBuf,
    #[command(flatten)]
    overwrite: Overwrite,
}

/// Runs the subcommand.
pub fn run(arguments: &Arguments) -> Result<(), Failure> {
    let file = arguments.overwrite.outputs([&arguments.load, &arguments.pv])?.file(&arguments.output)?;
    let (load, pv) = read(&arguments.load, &arguments.pv)?;
    let in_load = |refused| refused_in(&arguments.load, refused);
    let first = load.slot(&arguments.start, arguments.cycles as usize).map_err(in_load)?;
    let households = load.first_households(arguments.households.map(|n| n as usize)).map_err(in_load)?;
    let choice = Choice { first, cycles: arguments.cycles as usize, households, seed: arguments.seed };
    let json = from_readings(&load, &pv, &choice).to_json();
    // The scenario must be one that can be read again.
    Scenario::parse(json.as_bytes()).map_err(|refused| Failure::refused(file.name(), refused.code(), refused))?;
    file.write(json.as_bytes())
}

/// Reads consumption and generation, which must have the same households and slots.
pub fn read(load: &Path, pv: &Path) -> Result<(Readings, Readings), Failure> {
    let read = |path: &Path| output::read_parsed(path, readings::MAX_BYTES, Readings::parse, Refused::code);
    let (consumed, generated) = (read(load)?, read(pv)?);
    generated.same_shape_as(&consumed, &output::name(load)).map_err(|refused| refused_in(pv, refused))?;
    Ok((consumed, generated))
}

/// The failure for a file that is refused.
pub(crate) fn refused_in(path: &Path, refused: Refused) -> Failure {
    Failure::refused(output::name(path), refused.code(), refused)
}
