//! `veilgrid scenario from-meters`: makes a scenario from the meter readings of households. The
//! help and docs/scenario.md state the rules.

use community::wide;
use market::scenario::file::File;
use market::scenario::Scenario;
use std::path::PathBuf;
use terminal::output::{self, Overwrite};
use terminal::Failure;

/// Arguments of `scenario from-meters`.
#[derive(Clone, Debug, clap::Args)]
#[command(group = clap::ArgGroup::new("input").args(["load", "readings"]).required(true))]
#[command(after_help = "\
Readings come from two CSV files (--load and --pv), or from files of the normal form that `veilgrid
meters import` writes (--readings).

The two CSV files have a row for each 15-minute slot and a column for each household. The first column
has the names of the slots, the headers of the other columns are the ids of the households, and a cell
is the energy of the slot in whole Wh, or in the unit that --unit names. Both files have the same
households and the same slots in the same order. Columns are separated by commas, semicolons or tabs.
Slots follow each other every 15 minutes; newest first is put into order. The hour that comes twice
when clocks go back stands in the order of time, one hour after the other; the hour that is missing
when they go forward is no gap. Only slots and households that are asked for must have good cells. What
breaks a rule is refused with one line that names file, row and column, and nothing is written.

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
  market      --market says; without it tolerance 50 per mille, price rule ask, 8 rounds, feed-in
              0.30, retail 0.65, ticks of 0.0075 from 0.30; ranges: volume 0..2000 Wh, reputation
              0..100, place 0..10000 m
In the same slot, a household draws the same numbers for all choices of slots and households. With
--policy forecast nothing is drawn but what households start with: each forecasts from its readings
before the slot, and lists what its policy says.

Examples; the first makes data/default.scenario.json:
  veilgrid scenario from-meters --load data/simbench_100hh_7d_15min_load_Wh.csv \\
      --pv data/simbench_100hh_7d_15min_pv_Wh.csv \\
      --start 2016-06-15T08:00 --households 10 --output data/default.scenario.json
  veilgrid scenario from-meters --readings readings.csv --market market.toml --policy forecast \\
      --start 2025-06-10 --cycles 96 --output day.scenario.json")]
pub struct Arguments {
    #[command(flatten)]
    community: community::Arguments,
    #[command(flatten)]
    wide: wide::Arguments,
    /// Where to write the scenario; `-` is standard output
    #[arg(long, visible_alias = "out", value_name = "FILE", default_value = "-")]
    output: PathBuf,
    #[command(flatten)]
    overwrite: Overwrite,
}

/// Runs the subcommand.
pub fn run(arguments: &Arguments) -> Result<(), Failure> {
    let inputs = arguments.community.inputs().into_iter().chain(arguments.wide.inputs());
    let file = arguments.overwrite.outputs(inputs)?.file(&arguments.output)?;
    let scenario = match from_wide(arguments)? {
        Some(scenario) => scenario,
        None => {
            let made = arguments.community.make()?;
            made.notes.iter().for_each(|note| output::note(note));
            made.scenario
        }
    };
    let json = scenario.to_json();
    // The scenario must be one that can be read again.
    Scenario::parse(json.as_bytes()).map_err(|refused| Failure::refused(file.name(), refused.code(), refused))?;
    file.write(json.as_bytes())
}

/// The scenario of two files with a column for each household.
fn from_wide(arguments: &Arguments) -> Result<Option<File>, Failure> {
    let Some(made) = arguments.wide.read(&arguments.community, Some(1))? else { return Ok(None) };
    made.notes.iter().for_each(|note| output::note(note));
    Ok(Some(made.scenario()?))
}
