//! `veilgrid scenario from-meters`: a scenario from households' meter readings. The rules are in its help, which
//! docs/scenario.md repeats.

use market::readings::{self, Readings, Refused};
use market::scenario::{from_readings, Choice, Scenario};
use std::path::{Path, PathBuf};
use terminal::output;
use terminal::Failure;

/// Arguments of `scenario from-meters`.
#[derive(Clone, Debug, clap::Args)]
#[command(after_help = "\
The files: a row per 15-minute slot, a column per household. The first column is the slot's name, the other columns'
headers are the households' ids; a cell is energy in that slot in Wh, a whole number. Both files have the same
households and the same slots in the same order. A file that breaks this is refused with one line that names file, row
and column; the exit code is then 2 and nothing is written.

The rules, with everything drawn from the seed and nothing but integers:
  cycle       one per slot; its number is the slot's number in the file, from 0
  plans       net = load - pv. Negative: the household sells solar. Positive: it buys. Zero: no plan. Households post in
              the order of their columns
  forecast    |net| off by a drawn -80..80 per mille, at least 1 Wh: households plan by it
  sell        generated = the forecast; volume = 90..100 % of it, at least 1 Wh; ask at a tick in 4..27;
              injected = |net|
  buy         volume = the forecast; limit at a tick in 16..47; consumed = |net|
  preference  wanted: price 0..15 ticks below the limit, volume its own, reputation 100, place its own;
              weights: price 4..15, volume 0..8, reputation 0..8, place 0..15; wind, hydro and solar 0..3, biomass 0..8,
              fossil 8..15
  household   place 0..10000 m each way; reputation 60..100; balance: 1 unit of currency per cycle and 2..11 more
  answers     everyone confirms
  market      tolerance 50 per mille, price rule ask, 8 rounds, feed-in 0.30, retail 0.65, ticks of 0.0075 from 0.30;
              ranges: volume 0..2000 Wh, reputation 0..100, place 0..10000 m
A household draws the same in the same slot whatever else is asked for.

Example, which makes data/default.scenario.json:
  veilgrid scenario from-meters --load data/simbench_100hh_7d_15min_load_Wh.csv \\
      --pv data/simbench_100hh_7d_15min_pv_Wh.csv --start 2016-06-15T08:00 --households 10 --out data/default.scenario.json")]
pub struct Arguments {
    /// Consumption: CSV, Wh per slot and household
    #[arg(long, value_name = "FILE")]
    load: PathBuf,
    /// Generation: CSV, Wh per slot and household
    #[arg(long, value_name = "FILE")]
    pv: PathBuf,
    /// The first slot, as the files name it
    #[arg(long, value_name = "SLOT")]
    start: String,
    /// How many slots, each a cycle
    #[arg(long, value_name = "N", default_value_t = 1, value_parser = clap::value_parser!(u32).range(1..))]
    cycles: u32,
    /// How many households, from the first column on; all without it
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..))]
    households: Option<u32>,
    /// Seed of all that is drawn
    #[arg(long, value_name = "S", default_value_t = 1)]
    seed: u64,
    /// Where to write the scenario; `-` is standard output
    #[arg(long, value_name = "FILE", default_value = "-")]
    out: PathBuf,
}

/// Runs the subcommand.
pub fn run(arguments: &Arguments) -> Result<(), Failure> {
    let (load, pv) = read(&arguments.load, &arguments.pv)?;
    let in_load = |refused| refused_in(&arguments.load, refused);
    let first = load.slot(&arguments.start, arguments.cycles as usize).map_err(in_load)?;
    let households = load.first_households(arguments.households.map(|n| n as usize)).map_err(in_load)?;
    let choice = Choice { first, cycles: arguments.cycles as usize, households, seed: arguments.seed };
    let json = from_readings(&load, &pv, &choice).to_json();
    // What is made must be what is read.
    Scenario::parse(json.as_bytes())
        .map_err(|refused| Failure::refused(arguments.out.display(), refused.code(), refused))?;
    output::write(&arguments.out, json.as_bytes())
}

/// Reads consumption and generation, which must have the same households and slots.
pub fn read(load: &Path, pv: &Path) -> Result<(Readings, Readings), Failure> {
    let read = |path: &Path| output::read_parsed(path, readings::MAX_BYTES, Readings::parse, Refused::code);
    let (consumed, generated) = (read(load)?, read(pv)?);
    generated.same_shape_as(&consumed, &load.display().to_string()).map_err(|refused| refused_in(pv, refused))?;
    Ok((consumed, generated))
}

/// A refusal, with the file that it is about.
pub(crate) fn refused_in(path: &Path, refused: Refused) -> Failure {
    Failure::refused(path.display(), refused.code(), refused)
}
