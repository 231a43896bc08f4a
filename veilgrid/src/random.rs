//! `veilgrid scenario random`: makes a scenario of any size from a seed, for measurements.

use market::scenario::random;
use std::path::PathBuf;
use terminal::output::Overwrite;
use terminal::{exit, Coded, Failure};

/// Most plans of a random scenario, so that its file is within the bound for reading.
const MAX_PLANS: u64 = 500_000;

/// Arguments of `scenario random`.
#[derive(Clone, Debug, clap::Args)]
#[command(after_help = "\
Every household has a plan in every cycle: a sale or a purchase with equal chance, of 1..5000 Wh, at
any tick, of any energy type, with any preference. Meters are off by up to 10 %, and one answer in
fifty is a refusal. Everything is drawn from the seed.

Example, 100,000 plans in one cycle:
  veilgrid scenario random --households 100000 --output big.scenario.json
  veilgrid simulate --scenario big.scenario.json")]
pub struct Arguments {
    /// How many households
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u64).range(1..=MAX_PLANS))]
    households: u64,
    /// How many cycles; households times cycles is at most 500,000
    #[arg(long, value_name = "C", default_value_t = 1, value_parser = clap::value_parser!(u64).range(1..=MAX_PLANS))]
    cycles: u64,
    /// Seed of all that is drawn
    #[arg(long, value_name = "S", default_value_t = 1)]
    seed: u64,
    /// Where to write the scenario; `-` is standard output
    #[arg(long, visible_alias = "out", value_name = "FILE", default_value = "-")]
    output: PathBuf,
    #[command(flatten)]
    overwrite: Overwrite,
}

/// The arguments ask for more plans than a scenario file may have.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("households times cycles is {0} plans; at most {MAX_PLANS} are possible")]
struct TooManyPlans(u64);

impl Coded for TooManyPlans {
    fn code(&self) -> &'static str {
        "too-many-plans"
    }
    fn exit_code(&self) -> u8 {
        exit::NOT_DONE
    }
}

/// Runs the subcommand.
pub fn run(arguments: &Arguments) -> Result<(), Failure> {
    let plans = arguments.households * arguments.cycles;
    if plans > MAX_PLANS {
        return Err(TooManyPlans(plans).into());
    }
    let file = arguments.overwrite.outputs::<&PathBuf>([])?.file(&arguments.output)?;
    let json = random(arguments.households, arguments.cycles, arguments.seed).to_json();
    file.write(json.as_bytes())
}
