//! `veilgrid simulate`: plays a scenario by the market's rules in the clear.

use crate::report::Report;
use market::outcome::Outcome;
use market::rules;
use market::scenario::{Refused, Scenario, MAX_BYTES};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};
use terminal::output::{self, Overwrite};
use terminal::time::wall;
use terminal::{Failure, Progress};

/// Most rows of each table in the summary.
const ROWS: usize = 20;

/// Arguments of `simulate`.
#[derive(Clone, Debug, clap::Args)]
#[command(after_help = "Examples:
  veilgrid simulate --scenario data/default.scenario.json
  veilgrid simulate --scenario data/cases/ten-households.scenario.json --report report.json
  veilgrid simulate --scenario big.json --json | jq '.trades | length'

A scenario that breaks a rule is refused with one line that names the file and the field.
docs/scenario.md describes the format and the rules.")]
pub struct Arguments {
    /// The scenario (veilgrid-scenario/1); `-` is standard input
    #[arg(long, visible_alias = "input", value_name = "FILE")]
    scenario: PathBuf,
    /// Where to write the report (veilgrid-report/1); `-` is standard output, and the summary then
    /// goes to standard error
    #[arg(long, value_name = "FILE")]
    report: Option<PathBuf>,
    /// Print the report as JSON; the summary then goes to standard error
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    overwrite: Overwrite,
}

/// Runs the subcommand.
pub fn run(arguments: &Arguments) -> Result<(), Failure> {
    let mut outputs = arguments.overwrite.outputs([&arguments.scenario])?;
    let file = outputs.optional(arguments.report.as_deref())?;
    let printing = outputs.printing(arguments.json)?;
    let start = Instant::now();
    let scenario = output::read_parsed(&arguments.scenario, MAX_BYTES, Scenario::parse, Refused::code)?;
    let read = start.elapsed();
    let outcome = simulate(&scenario, &arguments.scenario)?;
    let played = start.elapsed() - read;

    let millis = |time: Duration| u64::try_from(time.as_millis()).unwrap_or(u64::MAX);
    let timings = BTreeMap::from([("read".to_string(), millis(read)), ("simulate".to_string(), millis(played))]);
    let report = Report::new(outcome, None, timings);
    if let Some(file) = file {
        file.write(&report.to_json())?;
    }
    let summary = format!(
        "{}\nhouseholds: {}, cycles: {}, plans: {}; in the clear: no proofs, no ciphertexts, no ledger\n{}\
         read in {}, played in {}\n",
        output::name(&arguments.scenario),
        scenario.households.len(),
        scenario.cycles.len(),
        scenario.plans(),
        report.summary(ROWS),
        wall(read),
        wall(played),
    );
    printing.print(&summary, || report.to_json())
}

/// Plays the scenario by the market's rules, with a progress bar. `file` names the scenario in
/// errors.
fn simulate(scenario: &Scenario, file: &Path) -> Result<Outcome, Failure> {
    let bar = Progress::new("plans");
    bar.over(scenario.plans());
    let outcome = rules::play(scenario, &mut |progress| {
        bar.now(format!("plans, cycle {} round {}", progress.cycle, progress.round));
        bar.reach(progress.plans_done);
    });
    bar.done();
    outcome.map_err(|error| Failure::refused(output::name(file), error.code(), error))
}
