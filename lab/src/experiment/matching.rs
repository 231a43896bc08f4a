//! `veilgrid experiment matching`: the market experiment of Ai 2021, section 3.5
//! (`docs/sources.md`). K-prototypes matching against a double auction on the same seeded records,
//! by the report's four measures, for each reading of what its text leaves open; then what
//! quantisation costs on these markets, and one of them through the ciphertexts.
//!
//! [`draw`] makes the records, [`reading`] lists the open points, [`prototypes`] and [`auction`]
//! match by them, [`listed`] puts the records into this program's own market, [`mod@measure`] measures,
//! [`bounds`] says which published figures are impossible, [`combinations`] tries every reading
//! together with every other, [`mod@regret`] and [`ciphertexts`] are the second half. docs/market.md
//! describes the readings.

pub mod auction;
pub mod bounds;
pub mod ciphertexts;
pub mod combinations;
pub mod draw;
mod found;
pub mod listed;
pub mod measure;
mod plots;
pub mod prototypes;
pub mod published;
pub mod reading;
pub mod regret;
mod tables;
mod worlds;

use super::disagreement::Disagreement;
use crate::findings::Findings;
use crate::output::Output;
use combinations::Combinations;
use draw::Geometry;
use found::{Found, RegretRow, Row, Through};
use market::mechanism;
use measure::{measure, spreads, Measures};
use rayon::prelude::*;
use reading::{Auction, Reading};
use regret::{regret, Rounding, BITS};
use terminal::{Failure, Progress};
use worlds::Worlds;

/// The experiment's name in the names of its files.
const NAME: &str = "matching";

/// Arguments of `experiment matching`.
#[derive(Clone, Debug, clap::Args)]
#[command(after_help = "\
The market is that of Ai 2021, section 3.5. A run has 1000 sell records of 10-50 kWh and 1000 buy
records of 10-20 kWh. Clean energy costs 0.5-0.6 a kWh, fossil energy 0.4-0.5, and buyers hope for
0.4-0.6. There are five energy types. No two users are more than 10 km apart, 1 % is lost a
kilometre, and weights are 0 to 1. K-prototypes and a double auction clear the same records. The
report's four measures are clean share, mean price per kWh received (APET), energy matched and
transmission loss. The tables have their means over the runs, with the least and the greatest, beside
the published figures.

The text leaves open where users are, how attributes are scaled, whether the hoped-for price is a
limit, which loss is accepted and which is wished for, whether a buyer buys from one seller or many,
what it wishes of the energy, what happens to the energy that a seller has left, and nearly all of
the double auction. The command measures each reading of the text alone against a base, and with
--combinations each reading together with every other (1920 and 100 combinations; some minutes).
No reading is chosen for the figures that it gives.

Then the command measures the regret of quantisation: how often, and by how much, the choice on
attributes of 4 to 8 bits, weights of 4 bits and prices on 48 ticks differs from the exact choice.
One market goes through the ciphertexts: its plans are encrypted, scored, and opened by the
regulator's code (mode open), and every score must equal the plaintext score.

Examples:
  veilgrid experiment matching
  veilgrid experiment matching --out matching/           matching.json and plots (SVG)
  veilgrid experiment matching --json | jq '.prototypes[] | {name, mean}'
  veilgrid experiment matching --out docs/results/matching --write-results docs/results --force

docs/market.md lists every reading, with what the text says about it.")]
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

/// Runs the subcommand.
pub fn run(arguments: &Arguments) -> Result<(), Failure> {
    arguments.output.publish(NAME, || {
        let found = find(arguments)?;
        Ok::<_, Failure>(Findings {
            name: NAME,
            title: "The published market experiment, and what rounding costs".into(),
            summary: tables::summary(&found),
            json: tables::json(&found),
            plots: plots::all(&found),
            markdown: tables::markdown(&found),
        })
    })
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

/// The mechanisms of this program on the base's geometry, with the records put on ticks, levels and
/// 4-bit weights.
fn rules(worlds: &Worlds) -> Vec<Row> {
    let of = |rule: &&dyn market::mechanism::Mechanism| {
        let cleared = worlds.runs(Geometry::Square).filter_map(|(records, distances)| {
            let market = listed::market_of(records, distances)?;
            Some(measure(records, distances, &listed::deals(&rule.clear(&market))))
        });
        let text = match rule.name() {
            "k-prototypes" => "in rounds, on 6 bits, 4-bit weights and ticks, at the ask",
            "uniform-price" => "call auction on ticks, midpoint of the clearing interval",
            "pay-as-bid" => "the same trades, each buyer at its limit",
            _ => "in rounds, by scores of both sides, at the midpoint",
        };
        Row { name: rule.name(), text, spreads: spreads(&cleared.collect::<Vec<_>>()) }
    };
    mechanism::ALL.iter().map(of).collect()
}

/// The roundings that are measured: one thing at a time, then all together.
fn roundings() -> Vec<(String, Rounding)> {
    let alone = BITS.map(|bits| (format!("attributes, {bits} bits"), Rounding::attributes(bits)));
    let all = BITS.map(|bits| (format!("attributes {bits} bits, weights, prices"), Rounding::market(bits)));
    let weights = ("weights, 4 bits".to_string(), Rounding { weights: true, ..Rounding::EXACT });
    let ticks = ("prices, 48 ticks".to_string(), Rounding { ticks: true, ..Rounding::EXACT });
    alone.into_iter().chain([weights, ticks]).chain(all).collect()
}

/// Takes the first run's market through the ciphertexts. Errors: [`Disagreement`],
/// [`ciphertexts::Error`].
fn through(worlds: &Worlds, seed: u64, progress: &Progress) -> Result<Through, Failure> {
    let (records, distances) = worlds.runs(Geometry::Square).next().expect("there is a run at least");
    let market = listed::market_of(records, distances).expect("a square has places");
    progress.now("buyers through the ciphertexts");
    progress.over(market.bids().len());
    let opened = ciphertexts::through(&market, seed, &|| progress.step())?;
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
            let found = "the choices through the ciphertexts";
            Err(Disagreement { found, expected: "the quantised market in the clear" }.into())
        }
    }
}

#[cfg(test)]
mod tests;
