//! `veilgrid experiment week`: the meter readings of real households go through the market, cycle
//! by cycle, by every mechanism side by side. [`mod@play`] plays a mechanism, [`books`] says what must
//! balance in every cycle, [`measures`] what is measured (docs/market.md, "A week"), and [`replay`]
//! plays one cycle again alone, in the clear or with real proofs.

mod found;
mod plots;
pub mod replay;
mod tables;

use super::disagreement::Disagreement;
use crate::findings::Findings;
use crate::output::Output;
use crate::real_market::RealMarket;
use figures::measures::{Baseline, Measures};
use figures::not_played::NotPlayed;
use found::Week;
use market::mechanism;
use market::play::{self, play};
use market::readings::{self, Readings};
use market::rules;
use market::scenario::{self, from_readings, Choice, Scenario};
use replay::Replay;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};
use terminal::{output, Failure, Progress};

/// The experiment's name in the names of its files.
const NAME: &str = "week";
/// Files of the consumption and of the generation, in the folder of the data.
const LOAD: &str = "simbench_100hh_7d_15min_load_Wh.csv";
const PV: &str = "simbench_100hh_7d_15min_pv_Wh.csv";

/// Arguments of `experiment week`.
#[derive(Clone, Debug, clap::Args)]
#[command(after_help = "\
The folder data/ has the consumption and generation of 100 households in a week of June 2016, in
672 slots of 15 minutes (SimBench; data/LICENCE-AND-SOURCE.txt). Every slot is a market cycle. Plans,
prices, wishes and places are made from the seed by the rules of `veilgrid scenario from-meters
--help`. Balances and reputations carry over from cycle to cycle. Each clearing rule clears the same
plans. They are delivered as the meters say and settled within the tolerance, and the grid takes and
gives the rest. The command checks after every cycle of every rule that energy and money are
conserved.

docs/market.md defines the measures: bills with and without the market, for each household and
together; self-consumption, local share and clean share; estimated losses (1 % of what is traded per
kilometre); market power (Herfindahl-Hirschman and Lerner); fairness (Jain's index over the gains,
the worst-off household).

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
  veilgrid experiment week --replay --out docs/results/week --write-results docs/results --force

A file that breaks the rules is refused with one line that names file, row and column.")]
pub struct Arguments {
    /// Folder with the readings: simbench_100hh_7d_15min_{load,pv}_Wh.csv, a row per slot, a column
    /// per household, Wh
    #[arg(long, value_name = "DIR", default_value = "data")]
    data: PathBuf,
    /// How many households, from the first column on; without it, all of them
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..))]
    households: Option<u32>,
    /// Seed of plans, prices, wishes and places, and of the choice of the cycle that is played
    /// again
    #[arg(long, value_name = "S", default_value_t = 1)]
    seed: u64,
    /// Plays the chosen cycle again with real proofs
    #[arg(long)]
    replay: bool,
    /// Where the proving keys are kept, for --replay; without it, $VEILGRID_KEYS or the user's
    /// cache folder
    #[arg(long, value_name = "DIR")]
    keys: Option<PathBuf>,
    #[command(flatten)]
    output: Output,
}

/// Runs the subcommand. Errors: a file that is refused, a [`Disagreement`], [`play::Error`], and
/// every failure of the market with real proofs.
pub fn run(arguments: &Arguments, real: &dyn RealMarket) -> Result<(), Failure> {
    let ready = arguments.output.check(NAME, [arguments.data.as_path()])?;
    let start = Instant::now();
    let (load, pv) = read(&arguments.data.join(LOAD), &arguments.data.join(PV))?;
    let households = load.first_households(arguments.households.map(|n| n as usize));
    let households = households.map_err(|refused| refused_in(&arguments.data.join(LOAD), refused))?;
    // A balance overflows only because of the readings: feed-in is what fills it.
    let unplayed = |error| match error {
        play::Error::Rules(error) => Failure::refused(arguments.data.join(PV).display(), error.code(), error),
        other => NotPlayed(other).into(),
    };
    let mut week = play_week(&load, &pv, households, arguments.seed, &unplayed)?;
    week.took = start.elapsed();
    if let Some(replay) = &mut week.replay {
        ready.also("replay.scenario.json", replay.json.as_bytes())?;
        if arguments.replay {
            replay.prove(real, arguments.keys.clone())?;
        }
    }
    ready.deliver(&Findings {
        name: NAME,
        title: "A week of a hundred households, by every clearing rule",
        summary: tables::summary(&week),
        json: tables::json(&week),
        plots: plots::all(&week),
        markdown: tables::markdown(&week),
    })
}

/// Reads consumption and generation, which must have the same households and slots.
fn read(load: &Path, pv: &Path) -> Result<(Readings, Readings), Failure> {
    let read = |path: &Path| output::read_parsed(path, readings::MAX_BYTES, Readings::parse, readings::Refused::code);
    let (consumed, generated) = (read(load)?, read(pv)?);
    generated.same_shape_as(&consumed, &load.display().to_string()).map_err(|refused| refused_in(pv, refused))?;
    Ok((consumed, generated))
}

/// The failure for a file that is refused.
fn refused_in(path: &Path, refused: readings::Refused) -> Failure {
    Failure::refused(path.display(), refused.code(), refused)
}

/// Plays the week by every mechanism. `unplayed` names the file that is at fault when a mechanism
/// cannot be played to the end.
fn play_week(
    load: &Readings,
    pv: &Readings,
    households: usize,
    seed: u64,
    unplayed: &dyn Fn(play::Error) -> Failure,
) -> Result<Week, Failure> {
    let choice = Choice { first: 0, cycles: load.slots.len(), households, seed };
    let file = from_readings(load, pv, &choice);
    let refused = |refused: scenario::Refused| Failure::refused("the week", refused.code(), refused);
    let scenario = Scenario::checked(file.clone()).map_err(refused)?;
    let base = Baseline::new(&scenario, load, pv);
    let progress = Progress::new("cycles");
    progress.over(scenario.cycles.len() * mechanism::ALL.len());
    let mut played = Vec::with_capacity(mechanism::ALL.len());
    for rule in mechanism::ALL {
        progress.now(format!("cycles, {}", rule.name()));
        played.push(play(&scenario, rule, &mut || progress.step()).map_err(unplayed)?);
    }
    progress.done();
    // The market's own mechanism comes first, and its outcome must equal that of the market's
    // rules.
    let expected = rules::play(&scenario, &mut |_| ()).map_err(|error| unplayed(error.into()))?;
    if played[0].outcome(&scenario) != expected {
        return Err(Disagreement { found: "the week by K-prototypes", expected: "`simulate`" }.into());
    }
    let replay = Replay::choose(&file, &scenario, &played[0], &load.slots, seed)?;
    let measures = played.iter().map(|played| Measures::new(&scenario, &base, played)).collect();
    let slots = load.slots.clone();
    Ok(Week { seed, scenario, slots, base, played, measures, replay, took: Duration::ZERO })
}

#[cfg(test)]
mod tests;
