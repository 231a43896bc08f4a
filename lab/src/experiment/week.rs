//! `veilgrid experiment week`: the meter readings of real households go through the market, cycle
//! by cycle, by every mechanism side by side. Without others it takes those of a hundred households
//! in a week, which are in the program (`simbench`). [`market::play`] plays a mechanism, [`market::books`] says what must
//! balance in every cycle, [`figures::measures`] what is measured (docs/market.md), and [`replay`]
//! plays one cycle again alone, in the clear or with real proofs.

mod feeder;
mod feeder_drawn;
mod feeder_tables;
mod found;
mod input;
mod plots;
mod price_parts;
pub mod replay;
mod simbench;
mod tables;

use super::disagreement::Disagreement;
use crate::findings::Findings;
use crate::output::Output;
use crate::real_market::RealMarket;
use feeder::{Effects, Feeder};
use figures::measures::{Baseline, Measures};
use figures::not_played::NotPlayed;
use figures::Bills;
use found::Week;
use input::Input;
use market::play::{self, Rule};
use market::rules;
use market::scenario::{self, Scenario};
use replay::Replay;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};
use terminal::{Failure, Progress};

/// The experiment's name in the names of its files.
const NAME: &str = "week";
/// The same with `--feeder`: another page, beside the other.
const ON_FEEDER: &str = "feeder-week";

/// Arguments of `experiment week`.
#[derive(Clone, Debug, clap::Args)]
#[command(after_help = "\
Without readings the command takes the consumption and generation of 100 households in a week of June
2016, in 672 slots of 15 minutes, which are in the program. They are made from SimBench (University
of Kassel, Fraunhofer IEE, RWTH Aachen, TU Dortmund) and offered under the Open Database License
(ODbL) 1.0; data/LICENCE-AND-SOURCE.txt says how they were made. Other readings come from files of the
normal form that `veilgrid meters import` writes (--readings), or from two CSV files with a column for
each household (--load and --pv).

Every slot is a market cycle. Plans, prices, wishes and places are made from the seed by the rules of
`veilgrid scenario from-meters --help`. Balances and reputations carry over from cycle to cycle. Each
clearing rule clears the same plans. They are delivered as the meters say and settled within the
tolerance, and the grid takes and gives the rest. The command checks after every cycle of every rule
that energy and money are conserved.

docs/market.md defines the measures: bills with and without the market, for each household and
together; self-consumption, local share and clean share; estimated losses (1 % of what is traded per
kilometre); market power (Herfindahl-Hirschman and Lerner); fairness (Jain's index over the gains,
the worst-off household).

With --feeder the households are on a feeder. The rule `nodal` clears within the limits of its lines,
beside the other rules. Of every rule the command says what its trades do to lines and voltages, and
how much depends on single sellers. docs/grid.md describes the file.

K-prototypes is the market's own rule. Its outcome must equal that of `veilgrid simulate` over all
cycles. The seed chooses one cycle that has trades. The command writes this cycle as a scenario and
plays it again alone: always in the clear, and with --replay also by `veilgrid market`, with every
proof, ciphertext and signature real. Trades, grid and households must agree. A cycle of 100
households takes some 600 proofs, about 6 minutes of processor time; fewer households take less.

Examples:
  veilgrid experiment week
  veilgrid experiment week --out week/          week.json, plots, scenario of the replayed cycle
  veilgrid experiment week --json | jq '.rules[] | {rule, bill}'
  veilgrid experiment week --households 10 --replay
  veilgrid experiment week --start 2016-06-15T00:00 --cycles 96
  veilgrid experiment week --load load.csv --pv pv.csv
  veilgrid experiment week --readings readings.csv --market market.toml
  veilgrid experiment week --feeder data/feeder-100hh.json --out feeder-week/
  veilgrid experiment week --replay --out docs/results/week --write-results docs/results --force

A file that breaks the rules is refused with one line that names file, row and column.")]
pub struct Arguments {
    #[command(flatten)]
    community: community::Arguments,
    #[command(flatten)]
    wide: community::wide::Arguments,
    /// Plays the chosen cycle again with real proofs
    #[arg(long)]
    replay: bool,
    /// Where the proving keys are kept, for --replay; without it, $VEILGRID_KEYS or the user's
    /// cache folder
    #[arg(long, value_name = "DIR")]
    keys: Option<PathBuf>,
    /// Feeder with places of the households and what else flows on it (veilgrid-grid-week/1)
    #[arg(long, value_name = "FILE")]
    feeder: Option<PathBuf>,
    #[command(flatten)]
    output: Output,
}

/// Runs the subcommand. Errors: a file that is refused, a [`Disagreement`], [`play::Error`], and
/// every failure of the market with real proofs.
pub fn run(arguments: &Arguments, real: &dyn RealMarket) -> Result<(), Failure> {
    let inputs = arguments.community.inputs().into_iter().chain(arguments.wide.inputs());
    let inputs = inputs.chain(arguments.feeder.as_deref());
    let name = if arguments.feeder.is_some() { ON_FEEDER } else { NAME };
    let ready = arguments.output.check(name, inputs)?;
    let start = Instant::now();
    let input = input::read(arguments)?;
    let mut week = play_week(&input, arguments.community.seed, arguments.feeder.as_deref())?;
    week.took = start.elapsed();
    if let Some(replay) = &mut week.replay {
        ready.also("replay.scenario.json", replay.json.as_bytes())?;
        if arguments.replay {
            replay.prove(real, arguments.keys.clone())?;
        }
    }
    ready.deliver(&Findings {
        name,
        title: week.feeder.as_ref().map_or_else(|| input.title.clone(), |_| format!("{}, on a feeder", input.title)),
        summary: tables::summary(&week),
        json: tables::json(&week),
        plots: plots::all(&week),
        markdown: tables::markdown(&week),
    })
}

/// Plays the readings by every rule, and with a feeder by `nodal` on it.
fn play_week(input: &Input, seed: u64, feeder: Option<&Path>) -> Result<Week, Failure> {
    // A balance overflows only because of the readings: feed-in is what fills it.
    let unplayed = |error| match error {
        play::Error::Rules(error) => Failure::refused(&input.at_fault, error.code(), error),
        other => NotPlayed(other).into(),
    };
    let refused = |refused: scenario::Refused| Failure::refused(&input.at_fault, refused.code(), refused);
    let scenario = Scenario::checked(input.file.clone()).map_err(refused)?;
    let feeder = feeder.map(|path| Feeder::read(path, &scenario, &input.slots)).transpose()?;
    let mut all = Rule::every(&input.shares);
    all.extend(feeder.iter().map(|feeder| Rule::Mechanism(&feeder.rule)));
    let progress = Progress::new("cycles");
    progress.over(scenario.cycles.len() * all.len() * if feeder.is_some() { 2 } else { 1 });
    let mut played = Vec::with_capacity(all.len());
    for rule in &all {
        progress.now(format!("cycles, {}", rule.name()));
        played.push(rule.play(&scenario, &mut || progress.step()).map_err(unplayed)?);
    }
    let mut effects = Vec::new();
    if let Some(feeder) = &feeder {
        for (rule, played) in all.iter().zip(&played) {
            progress.now(format!("cycles on the feeder, {}", rule.name()));
            effects.push(Effects::of(feeder, &scenario, (*rule, played), &mut || progress.step()));
        }
    }
    progress.done();
    // The market's own mechanism comes first, and its outcome must equal that of the market's
    // rules.
    let expected = rules::play(&scenario, &mut |_| ()).map_err(|error| unplayed(error.into()))?;
    if played[0].outcome(&scenario) != expected {
        return Err(Disagreement { found: "the week by K-prototypes", expected: "`simulate`" }.into());
    }
    let replay = Replay::choose(&input.file, &scenario, &played[0], &input.slots, seed)?;
    let bills: Vec<Bills> = played.iter().map(|played| Bills::new(&scenario, played, &input.known)).collect();
    let base = Baseline::new(&scenario, &bills[0]);
    let measures = bills.iter().zip(&played).map(|(bills, played)| Measures::new(&scenario, bills, played)).collect();
    let slots = input.slots.clone();
    let currency = input.known.currency.clone();
    let took = Duration::ZERO;
    Ok(Week { seed, currency, scenario, slots, base, played, measures, feeder, effects, replay, took })
}

#[cfg(test)]
mod tests;
