//! `veilgrid experiment matching`: the report's market experiment (seed 002, section 3.5). K-prototypes matching against a
//! double auction on the same seeded records, by the report's four measures, for each reading of what its text leaves
//! open; then what quantisation costs on these markets, and one of them through the ciphertexts.
//!
//! [`draw`] makes the records, [`reading`] lists the open points, [`prototypes`] and [`auction`] match by them, [`listed`]
//! puts the records into this program's own market, [`measure`] measures, [`bounds`] says what of the published figures
//! cannot be, [`combinations`] tries every reading together with every other, [`regret`] and [`ciphertexts`] are the
//! second half. docs/market.md has the readings in words.

pub mod auction;
pub mod bounds;
pub mod ciphertexts;
pub mod combinations;
pub mod draw;
pub mod listed;
pub mod measure;
mod plots;
pub mod prototypes;
pub mod reading;
pub mod regret;
mod tables;

use super::{Error, Findings, Output};
use crate::clearing::RULES;
use crate::failure::Failure;
use auction::auction;
use bounds::Finding;
use combinations::Combinations;
use draw::{Distances, Geometry, Records};
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use measure::{measure, spreads, Measures, Spread};
use prototypes::prototypes;
use rayon::prelude::*;
use reading::{Auction, Reading};
use regret::{regret, Regret, Rounding, BITS};
use std::sync::Once;
use std::time::{Duration, Instant};

/// The experiment's name, in files and markers.
const NAME: &str = "matching";

/// A mechanism's published figures.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Published {
    /// Clean share in percent: of figure 3.11 and of figure 3.15.
    pub clean: (f64, f64),
    /// APET, figure 3.12.
    pub apet: f64,
    /// Energy matched in kWh, figure 3.13.
    pub energy: f64,
    /// Transmission loss in percent, figure 3.16.
    pub loss: f64,
}

impl Published {
    /// The four figures in the order of the measures, the first clean share.
    pub const fn figures(&self) -> [f64; 4] {
        [self.clean.0, self.apet, self.energy, self.loss]
    }

    /// Whether a measure is near its figure: within 5 %, a clean share within 5 percentage points of either one.
    pub fn near(&self, measures: &[f64; 4]) -> [bool; 4] {
        let close = |found: f64, figure: f64| (found - figure).abs() <= 0.05 * figure;
        let clean = [self.clean.0, self.clean.1].iter().any(|figure| (measures[0] - figure).abs() <= 5.0);
        [clean, close(measures[1], self.apet), close(measures[2], self.energy), close(measures[3], self.loss)]
    }
}

/// What the report published: K-prototypes and the double auction.
pub const PUBLISHED: [Published; 2] = [
    Published { clean: (80.0, 78.15), apet: 0.563, energy: 7237.0, loss: 2.07 },
    Published { clean: (0.0, 4.69), apet: 0.526, energy: 3946.7, loss: 3.15 },
];

/// Arguments of `experiment matching`.
#[derive(Clone, Debug, clap::Args)]
#[command(after_help = "\
The market of seed 002, section 3.5: 1000 sell records of 10-50 kWh and 1000 buy records of 10-20 kWh a run, clean energy at
0.5-0.6 a kWh, fossil at 0.4-0.5, buyers hoping for 0.4-0.6, five types, nobody further than 10 km from anybody, 1 % lost a
kilometre, weights of 0 to 1. K-prototypes and a double auction clear the same records. Four measures, as the report has
them: clean share, mean price per kWh received (APET), energy matched, transmission loss; means over the runs with the
least and the greatest, beside the published figures.

The text leaves open where users are, how attributes are scaled, whether the hoped-for price is a limit, which loss is
accepted and which wished, whether a buyer buys from one seller or many, what it wishes of the energy, what becomes of a
seller's rest; and nearly all of the double auction. Each reading is measured by itself against a base, with
--combinations together with every other (1920 and 100 combinations; some minutes). No reading is chosen for the figures that it gives.

Then the regret of quantisation: how often, and by how much, the choice on attributes of 4 to 8 bits, weights of 4 bits and
prices on 48 ticks differs from the exact one. One market goes through the ciphertexts: encrypted, scored, opened by the
regulator's code (mode open); every score must be the plaintext one.

Examples:
  veilgrid experiment matching
  veilgrid experiment matching --out matching/           matching.json and plots (SVG)
  veilgrid experiment matching --json | jq '.prototypes[] | {name, mean}'
  veilgrid experiment matching --out docs/results/matching --write-results docs/results

docs/market.md states every reading and where the text stands on it.")]
pub struct Arguments {
    /// Seed of all that is drawn; run r of a seed is always the same
    #[arg(long, value_name = "S", default_value_t = 1)]
    seed: u64,
    /// How many runs
    #[arg(long, value_name = "N", default_value_t = 10, value_parser = clap::value_parser!(u16).range(1..=100))]
    runs: u16,
    /// Also measures every combination of the readings
    #[arg(long)]
    combinations: bool,
    /// Leaves out the market through the ciphertexts
    #[arg(long)]
    no_ciphertexts: bool,
    #[command(flatten)]
    output: Output,
}

/// A reading's measures.
#[derive(Clone, Debug)]
struct Row {
    name: &'static str,
    text: &'static str,
    spreads: [Spread; 4],
}

/// What a rounding costs.
#[derive(Clone, Debug)]
struct RegretRow {
    name: String,
    rounding: Rounding,
    regret: Regret,
}

/// The market through the ciphertexts, beside the choices in the clear.
#[derive(Clone, Copy, Debug)]
struct Through {
    pairs: usize,
    buyers: usize,
    equal: usize,
    differing: usize,
}

/// All that is found.
struct Found {
    seed: u64,
    runs: usize,
    /// The base of both mechanisms, run by run.
    each: [Vec<Measures>; 2],
    prototypes: Vec<Row>,
    auctions: Vec<Row>,
    /// This program's own rules on the same records.
    rules: Vec<Row>,
    combinations: Option<Combinations>,
    bounds: Vec<Finding>,
    regrets: Vec<RegretRow>,
    through: Option<Through>,
}

/// The records and distances of all runs.
pub struct Worlds {
    records: Vec<Records>,
    distances: Vec<(Geometry, Vec<Distances>)>,
}

impl Worlds {
    /// Draws them.
    pub fn draw(seed: u64, runs: u64) -> Worlds {
        let distances = Geometry::ALL.map(|geometry| {
            let all: Vec<Distances> =
                (0..runs).into_par_iter().map(|run| Distances::draw(geometry, seed, run)).collect();
            (geometry, all)
        });
        Worlds { records: (0..runs).map(|run| Records::draw(seed, run)).collect(), distances: distances.into() }
    }

    /// The runs in a geometry.
    pub fn runs(&self, geometry: Geometry) -> impl Iterator<Item = (&Records, &Distances)> {
        let distances = self.distances.iter().find(|(of, _)| *of == geometry);
        self.records.iter().zip(&distances.expect("every geometry was drawn").1)
    }

    /// A reading of K-prototypes, run by run.
    pub fn prototypes(&self, reading: &Reading) -> Vec<Measures> {
        self.runs(reading.geometry).map(|(r, d)| measure(r, d, &prototypes(r, d, reading))).collect()
    }

    /// A reading of the double auction, run by run.
    pub fn auction(&self, reading: &Auction) -> Vec<Measures> {
        self.runs(reading.geometry).map(|(r, d)| measure(r, d, &auction(r, d, reading))).collect()
    }
}

/// Runs the subcommand.
pub fn run(arguments: &Arguments) -> Result<(), Failure> {
    let provenance = arguments.output.check(NAME)?;
    let found = find(arguments)?;
    arguments.output.deliver(
        &Findings {
            name: NAME,
            title: "The published market experiment, and what rounding costs",
            summary: tables::summary(&found),
            json: tables::json(&found),
            plots: plots::all(&found),
            markdown: tables::markdown(&found),
        },
        &provenance,
    )
}

fn find(arguments: &Arguments) -> Result<Found, Failure> {
    let seed = arguments.seed;
    let readings = Reading::one_by_one();
    let auctions = Auction::all();
    let progress = Progress::new("readings");
    let worlds = Worlds::draw(seed, arguments.runs.into());

    progress.over(readings.len() + auctions.len());
    let row = |name, text, measures: Vec<Measures>| {
        progress.step();
        Row { name, text, spreads: spreads(&measures) }
    };
    let prototypes = readings.par_iter().map(|(name, text, r)| row(*name, *text, worlds.prototypes(r))).collect();
    let auctions = auctions.par_iter().map(|(name, text, a)| row(*name, *text, worlds.auction(a))).collect();
    let each = [worlds.prototypes(&Reading::BASE), worlds.auction(&Auction::BASE)];
    let rules = rules(&worlds);
    let combinations = arguments.combinations.then(|| {
        progress.now("combinations");
        Combinations::measure(&worlds, &progress)
    });

    progress.now("roundings");
    let runs: Vec<_> = worlds.runs(Geometry::Square).collect();
    let roundings = roundings();
    progress.over(roundings.len());
    let regrets = roundings.into_iter().map(|(name, rounding)| {
        progress.step();
        RegretRow { name, rounding, regret: regret(&runs, rounding) }
    });
    let regrets = regrets.collect();
    let through = match arguments.no_ciphertexts {
        true => None,
        false => Some(through(&worlds, seed, &progress)?),
    };
    progress.done();
    let bounds = bounds::findings(&worlds.records);
    Ok(Found {
        seed,
        runs: arguments.runs.into(),
        each,
        prototypes,
        auctions,
        rules,
        combinations,
        bounds,
        regrets,
        through,
    })
}

/// The clearing rules of this program on the base's geometry, records put on ticks, levels and 4-bit weights.
fn rules(worlds: &Worlds) -> Vec<Row> {
    let of = |rule: &&dyn crate::clearing::ClearingRule| {
        let cleared = worlds.runs(Geometry::Square).filter_map(|(records, distances)| {
            let market = listed::market_of(records, distances)?;
            Some(measure(records, distances, &listed::deals(&rule.clear(&market))))
        });
        let text = match rule.name() {
            "k-prototypes" => "in rounds, on 6 bits, 4-bit weights and ticks, at the ask",
            "uniform-price" => "call auction on ticks, midpoint of the clearing interval",
            _ => "the same trades, each buyer at its limit",
        };
        Row { name: rule.name(), text, spreads: spreads(&cleared.collect::<Vec<_>>()) }
    };
    RULES.iter().map(of).collect()
}

/// What is rounded, one thing at a time and all together.
fn roundings() -> Vec<(String, Rounding)> {
    let alone = BITS.map(|bits| (format!("attributes, {bits} bits"), Rounding::attributes(bits)));
    let all = BITS.map(|bits| (format!("attributes {bits} bits, weights, prices"), Rounding::market(bits)));
    let weights = ("weights, 4 bits".to_string(), Rounding { weights: true, ..Rounding::EXACT });
    let ticks = ("prices, 48 ticks".to_string(), Rounding { ticks: true, ..Rounding::EXACT });
    alone.into_iter().chain([weights, ticks]).chain(all).collect()
}

/// The first run's market through the ciphertexts.
fn through(worlds: &Worlds, seed: u64, progress: &Progress) -> Result<Through, Failure> {
    let (records, distances) = worlds.runs(Geometry::Square).next().expect("there is a run at least");
    let market = listed::market_of(records, distances).expect("a square has places");
    progress.now("buyers through the ciphertexts");
    progress.over(market.bids().len());
    let opened = ciphertexts::through(&market, seed, &|| progress.step()).map_err(Error::from)?;
    let choices = |rounding| regret::choices(records, distances, rounding).expect("a square has places");
    let (rounded, exact) = (choices(Rounding::market(6)), choices(Rounding::EXACT));
    let equal = |other: &[Option<usize>]| opened.choices.iter().zip(other).filter(|(a, b)| a == b).count();
    let through = Through {
        pairs: opened.pairs,
        buyers: opened.choices.len(),
        equal: equal(&rounded),
        differing: opened.choices.len() - equal(&exact),
    };
    match through.equal == through.buyers {
        true => Ok(through),
        false => {
            Err(Error::Disagrees("the choices through the ciphertexts", "the quantised market in the clear").into())
        }
    }
}

/// A bar on a terminal's standard error, once the experiment has taken a second.
pub struct Progress {
    start: Instant,
    shown: Once,
    bar: ProgressBar,
}

impl Progress {
    pub(crate) fn new(what: &'static str) -> Progress {
        let bar = ProgressBar::with_draw_target(None, ProgressDrawTarget::hidden());
        let style = ProgressStyle::with_template("{bar:30} {pos} of {len} {msg}, {elapsed}");
        bar.set_style(style.expect("the template is well formed"));
        bar.set_message(what);
        Progress { start: Instant::now(), shown: Once::new(), bar }
    }

    pub(crate) fn now(&self, what: &'static str) {
        self.bar.set_message(what);
    }

    /// So many steps are to come.
    pub fn over(&self, steps: usize) {
        self.bar.set_length(steps as u64);
        self.bar.set_position(0);
    }

    /// One of them is done.
    pub fn step(&self) {
        self.bar.inc(1);
        if self.start.elapsed() >= Duration::from_secs(1) {
            // indicatif draws on a terminal only.
            self.shown.call_once(|| self.bar.set_draw_target(ProgressDrawTarget::stderr()));
        }
    }

    pub(crate) fn done(&self) {
        self.bar.finish_and_clear();
    }
}

#[cfg(test)]
mod tests;
