//! `veilgrid experiment cmap`: the experiment of Ai 2021, section 4.4 (`docs/sources.md`). Drawn
//! markets of 500 buyers and 500 sellers are cleared by CMAP, by two one-to-one assignments and by a
//! simple high-low rule, and measured beside the published figures.
//!
//! [`draw`] makes the markets, [`clear`] clears them by each mechanism, [`mod@measure`] measures, and
//! [`published`] has the figures and the ranges that a reading of the text by its letter gives.

pub mod clear;
pub mod draw;
mod found;
pub mod measure;
mod plots;
pub mod published;
mod tables;

use crate::findings::Findings;
use crate::output::Output;
use clear::Mechanism;
use draw::{Attributes, SIDE};
use found::{Found, Run};
use measure::Measures;
use rayon::prelude::*;
use terminal::{Failure, Progress};

/// The experiment's name in the names of its files.
const NAME: &str = "cmap";

/// Arguments of `experiment cmap`.
#[derive(Clone, Debug, clap::Args)]
#[command(after_help = "\
The markets are those of Ai 2021, section 4.4: 500 buyers and 500 sellers, prices of 0.3023 to 1.4167
a kWh, 48.96 to 453.62 kWh, places in a square of 51.1 km, reputations of 60 to 100, five energy types,
three attributes each with the weights 0.5, 0.3 and 0.2; all of it drawn uniformly from the seed. Every
pair may trade, there is one round, and nobody refuses.

The text leaves open which attributes the users mind and how far losses reach. The command takes two
answers: `first`, in which all buyers mind price, loss and environment and all sellers price, demand
and loss, and `random`, in which each user minds three attributes that are drawn. Losses reach 15 km.
Nothing is chosen for the figures that it gives.

CMAP is compared with two one-to-one assignments, which give each buyer at most one seller (by the
sum of both sides' satisfaction, and by that times the energy), and with a simple high-low rule: the
highest limit is paired with the lowest ask, and so on, while limits are at or above asks. Every
measure stands beside the published figure and beside the range that it should lie in.

Examples:
  veilgrid experiment cmap
  veilgrid experiment cmap --out cmap/           cmap.json and plots (SVG)
  veilgrid experiment cmap --json | jq '.measures[] | {measure, published, first}'
  veilgrid experiment cmap --out docs/results/cmap --write-results docs/results --force

docs/cmap.md describes CMAP, and what of the experiment cannot be repeated.")]
pub struct Arguments {
    /// Seed of all that is drawn; draw d of a seed is always the same
    #[arg(long, value_name = "S", default_value_t = 1)]
    seed: u64,
    /// How many markets are drawn for each answer
    #[arg(long, value_name = "N", default_value_t = 10, value_parser = clap::value_parser!(u16).range(1..=100))]
    draws: u16,
    #[command(flatten)]
    output: Output,
}

/// Runs the subcommand.
pub fn run(arguments: &Arguments) -> Result<(), Failure> {
    arguments.output.publish(NAME, || {
        let found = find(arguments.seed, arguments.draws.into(), SIDE);
        Ok::<_, Failure>(Findings {
            name: NAME,
            title: "The published experiment with CMAP".into(),
            summary: tables::summary(&found),
            json: tables::json(&found),
            plots: plots::all(&found),
            markdown: tables::markdown(&found),
        })
    })
}

/// Draws and clears the markets, so many plans on each side.
fn find(seed: u64, draws: u64, side: usize) -> Found {
    let progress = Progress::new("markets");
    progress.over(2 * draws as usize);
    let runs_of = |attributes: Attributes| {
        let run = |draw: u64| {
            let pool = draw::market(seed, draw, attributes, side);
            let run = Mechanism::ALL.map(|mechanism| clear::clear(&pool, mechanism));
            progress.step();
            let measures = run.each_ref().map(|cleared| Measures::of(&pool, cleared));
            let satisfactions = run.map(|cleared| cleared.deals.iter().map(|deal| deal.satisfaction).collect());
            Run { measures, satisfactions }
        };
        (0..draws).into_par_iter().map(run).collect()
    };
    let found = Found { seed, side, first: runs_of(Attributes::First), random: runs_of(Attributes::Random) };
    progress.done();
    found
}

#[cfg(test)]
mod tests;
