//! `veilgrid scenario from-meters`: a scenario from households' meter readings. The rules are in its help, which
//! docs/scenario.md repeats.

mod meters;

use crate::scenario::file::{
    Confirm, Cycle, EnergyType, File, Household, Market, Plan, PriceGrid, PriceRule, Ranges, Side, Types, Wanted,
    Weights,
};
use crate::scenario::{Scenario, FORMAT};
use crate::seeded::Seeded;
use std::path::{Path, PathBuf};
use terminal::output;
use terminal::Failure;

pub use meters::{Meters, Problem, Refused};

/// Nano-currency in a currency unit.
const UNIT: u64 = 1_000_000_000;

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
    let json = scenario(&load, &pv, &choice).to_json();
    // What is made must be what is read.
    Scenario::parse(json.as_bytes())
        .map_err(|refused| Failure::refused(arguments.out.display(), refused.code(), refused))?;
    output::write(&arguments.out, json.as_bytes())
}

/// Reads consumption and generation, which must have the same households and slots.
pub fn read(load: &Path, pv: &Path) -> Result<(Meters, Meters), Failure> {
    let parse = |path: &Path| {
        let bytes = output::read_limited(path, meters::MAX_BYTES)?;
        Meters::parse(&bytes).map_err(|refused| refused_in(path, refused))
    };
    let (consumed, generated) = (parse(load)?, parse(pv)?);
    generated.same_shape_as(&consumed, &load.display().to_string()).map_err(|refused| refused_in(pv, refused))?;
    Ok((consumed, generated))
}

/// A refusal, with the file that it is about.
pub(crate) fn refused_in(path: &Path, refused: Refused) -> Failure {
    Failure::refused(path.display(), refused.code(), refused)
}

/// Which slots and households, and the seed.
#[derive(Clone, Copy, Debug)]
pub struct Choice {
    /// Number of the first slot.
    pub first: usize,
    /// How many slots.
    pub cycles: usize,
    /// How many households, from the first.
    pub households: usize,
    /// Seed of all that is drawn.
    pub seed: u64,
}

const FIRST_PRICE: u64 = 300_000;
const STEP: u64 = 7_500;
const PLACE: u64 = 10_000;

/// Makes the scenario. `load` and `pv` have the same households and slots, and those chosen are among them.
pub fn scenario(load: &Meters, pv: &Meters, choice: &Choice) -> File {
    let homes: Vec<Household> = (0..choice.households)
        .map(|h| {
            let mut draw = Seeded::new(choice.seed, (h as u64) << 32);
            Household {
                id: load.households[h].clone(),
                x: draw.between(0, PLACE),
                y: draw.between(0, PLACE),
                reputation: draw.between(60, 100),
                balance: (choice.cycles as u64 + draw.between(2, 11)) * UNIT,
            }
        })
        .collect();
    let cycles = (choice.first..choice.first + choice.cycles).map(|slot| {
        let net = |h: usize| (i64::from(load.energy[slot][h]), i64::from(pv.energy[slot][h]));
        let plan = |(h, home): (usize, &Household)| {
            let mut draw = Seeded::new(choice.seed, (h as u64) << 32 | (slot as u64 + 1));
            let (load, pv) = net(h);
            match load - pv {
                0 => None,
                net => Some(if net < 0 {
                    sell(home, net.unsigned_abs(), &mut draw)
                } else {
                    buy(home, net.unsigned_abs(), &mut draw)
                }),
            }
        };
        Cycle { cycle: slot as u64, plans: homes.iter().enumerate().filter_map(plan).collect() }
    });
    let cycles = cycles.collect();
    File {
        format: FORMAT.into(),
        market: Market {
            tolerance_permille: 50,
            price_rule: PriceRule::Ask,
            max_rounds: 8,
            feed_in: FIRST_PRICE,
            retail: 650_000,
            price_grid: PriceGrid { first: FIRST_PRICE, step: STEP },
            ranges: Ranges { volume: [0, 2000], reputation: [0, 100], place: [0, PLACE] },
        },
        households: homes,
        cycles,
    }
}

/// What a household thinks that its net will be.
fn forecast(net: u64, draw: &mut Seeded) -> u64 {
    ((net * draw.between(920, 1080) + 500) / 1000).clamp(1, u32::MAX.into())
}

fn sell(home: &Household, net: u64, draw: &mut Seeded) -> Plan {
    let generated = forecast(net, draw);
    Plan {
        household: home.id.clone(),
        side: Side::Sell,
        energy_type: Some(EnergyType::Solar),
        generated: Some(generated),
        volume: (generated * draw.between(90, 100) / 100).max(1),
        price: Some(FIRST_PRICE + STEP * draw.between(4, 27)),
        limit: None,
        injected: Some(net),
        consumed: None,
        confirm: Confirm::Yes,
        wanted: None,
        weights: None,
    }
}

fn buy(home: &Household, net: u64, draw: &mut Seeded) -> Plan {
    let volume = forecast(net, draw);
    let limit = draw.between(16, 47);
    let wanted = limit - draw.between(0, 15);
    Plan {
        household: home.id.clone(),
        side: Side::Buy,
        energy_type: None,
        generated: None,
        volume,
        price: None,
        limit: Some(FIRST_PRICE + STEP * limit),
        injected: None,
        consumed: Some(net),
        confirm: Confirm::Yes,
        wanted: Some(Wanted { price: FIRST_PRICE + STEP * wanted, volume, reputation: 100, x: home.x, y: home.y }),
        weights: Some(Weights {
            price: draw.between(4, 15),
            volume: draw.between(0, 8),
            reputation: draw.between(0, 8),
            place: draw.between(0, 15),
            types: Types {
                wind: draw.between(0, 3),
                hydro: draw.between(0, 3),
                solar: draw.between(0, 3),
                biomass: draw.between(0, 8),
                fossil: draw.between(8, 15),
            },
        }),
    }
}
