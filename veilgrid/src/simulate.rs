//! `veilgrid simulate`: plays a scenario by the market's rules in the clear, or by other clearing
//! rules beside them, and writes what households pay and what the community gains.

mod feeder;
mod input;
mod rule;

use crate::report::Report;
use figures::not_played::NotPlayed;
use figures::{files, Figures, Known};
use input::Input;
use market::outcome::Outcome;
use market::play::{self, Played, Rule};
use market::rules;
use market::scenario::Scenario;
use rule::Choice;
use std::collections::BTreeMap;
use std::path::PathBuf;
use std::time::{Duration, Instant};
use terminal::output::Overwrite;
use terminal::table::table;
use terminal::time::wall;
use terminal::{exit, Coded, Failure, Progress};

/// Most rows of each table in the summary.
const ROWS: usize = 20;
/// What the table of devices compares.
const DEVICES: &str =
    "At once: loads run and cars charge as soon as they can, and there is no battery. Scheduled: devices
follow a schedule of least cost. Each is the bill without a market, then with it.\n";
/// What stands in the figures as their writer.
const PROGRAM: &str = concat!("veilgrid ", env!("CARGO_PKG_VERSION"));

/// Arguments of `simulate`.
#[derive(Clone, Debug, clap::Args)]
#[command(after_help = "\
The scenario is a file (--scenario), or it is made of meter readings in the normal form that `veilgrid
meters import` writes (--readings), with the market description that `veilgrid market init` writes
(--market). With --scenario the description gives currency, fees, levies and shares only.

Without --rule the market's own rule plays, k-prototypes. Other rules clear the same plans for
comparison: each has its own balances and reputations from cycle to cycle, and everything but the
trades and their prices is as k-prototypes has it. docs/market.md describes the rules, and `veilgrid
clear rules` lists them. `nodal` needs a network (--feeder), and `all` includes it where there is one.

--out DIR writes what households pay and what the community gains:
  bills.csv       each household's bill, over the whole period and by month and day
  measures.csv    self-consumption, local share, losses, market power, fairness
  trades.csv      every trade
  intervals.csv   energy and prices of every cycle
  figures.json    all of it (veilgrid-figures/1), in whole Wh and nano-currency
  figures.md      the tables for people
  index.html      one page with tables and charts; it loads nothing and needs no script
docs/guide/figures.md says what each column and measure means. Measures that need consumption and
generation behind the meters are left out, and named, when the input has only plans. In the CSV files
a name that a spreadsheet would take for a formula has a quote (') before it.

Examples:
  veilgrid simulate --scenario data/default.scenario.json
  veilgrid simulate --scenario data/cases/ten-households.scenario.json --report report.json
  veilgrid simulate --scenario data/default.scenario.json --rule all --out figures/
  veilgrid simulate --readings readings.csv --market market.toml --rule all --out figures/
  veilgrid simulate --readings readings.csv --policy forecast --start 2025-06-10 --cycles 96
  veilgrid simulate --readings readings.csv --rule all --feeder feeder.json --out figures/
  veilgrid simulate --scenario big.json --report - | jq '.trades | length'

A scenario that breaks a rule is refused with one line that names the file and the field.
docs/scenario.md describes the format and the rules.")]
pub struct Arguments {
    /// The scenario (veilgrid-scenario/1); `-` is standard input
    #[arg(long, visible_alias = "input", value_name = "FILE", required_unless_present = "readings", conflicts_with_all = ["readings", "start", "cycles", "households"])]
    scenario: Option<PathBuf>,
    #[command(flatten)]
    community: community::Arguments,
    /// A clearing rule; given several times, or as `all`, the rules are compared side by side
    /// (default: k-prototypes)
    #[arg(long, value_name = "NAME", value_parser = Choice::parser())]
    rule: Vec<Choice>,
    /// The network for the rule `nodal` (veilgrid-grid-week/1): a feeder, what else flows on it, and
    /// the places of the households
    #[arg(long, value_name = "FILE")]
    feeder: Option<PathBuf>,
    /// Where to write the report (veilgrid-report/1); `-` is standard output, and the summary then
    /// goes to standard error; with one rule only
    #[arg(long, value_name = "FILE")]
    report: Option<PathBuf>,
    /// Folder for the figures; the command makes it if it is missing
    #[arg(long, value_name = "DIR")]
    out: Option<PathBuf>,
    /// The figures (veilgrid-figures/1) on standard output; the summary then goes to standard error
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    overwrite: Overwrite,
}

/// What was asked for does not fit together.
#[derive(Debug, thiserror::Error)]
enum Usage {
    /// A report of several rules.
    #[error("--report has the outcome of one rule, but {0} were chosen; --out DIR has the figures of all")]
    OneReport(usize),
    /// The rule `nodal`, without a network.
    #[error("the rule nodal needs a network: --feeder FILE names it (docs/grid.md)")]
    NoFeeder,
}

impl Coded for Usage {
    fn code(&self) -> &'static str {
        "usage"
    }
    fn exit_code(&self) -> u8 {
        exit::NOT_DONE
    }
}

/// Runs the subcommand.
pub fn run(arguments: &Arguments) -> Result<(), Failure> {
    let start = Instant::now();
    if rule::needs_feeder(&arguments.rule) && arguments.feeder.is_none() {
        return Err(Usage::NoFeeder.into());
    }
    let count = rule::count(&arguments.rule, arguments.feeder.is_some());
    if arguments.report.is_some() && count > 1 {
        return Err(Usage::OneReport(count).into());
    }
    let inputs = arguments.scenario.as_deref().into_iter().chain(arguments.community.inputs());
    let inputs = inputs.chain(arguments.feeder.as_deref());
    let mut outputs = arguments.overwrite.outputs(inputs)?;
    let report_to = outputs.optional(arguments.report.as_deref())?;
    let folder = arguments.out.as_deref().map(|out| outputs.folder(out, |name| files::NAMES.contains(&name)));
    let folder = folder.transpose()?;
    let printing = outputs.printing(arguments.json)?;
    let input = input::read(arguments)?;
    let read = start.elapsed();
    let scenario = &input.scenario;
    let nodal = arguments.feeder.as_deref().map(|path| feeder::rule(path, scenario)).transpose()?;
    let mut every = Rule::every(&input.shares);
    every.extend(nodal.as_ref().map(|nodal| Rule::Mechanism(nodal)));
    let rules = rule::chosen(&arguments.rule, &every);
    let known = known(&input, rules[0])?;
    let books = play_all(&input, &rules, arguments)?;
    let played = start.elapsed() - read;

    let millis = |time: Duration| u64::try_from(time.as_millis()).unwrap_or(u64::MAX);
    let mut summary = format!(
        "{}\nhouseholds: {}, cycles: {}, plans: {}; in the clear: no proofs, no ciphertexts, no ledger\n",
        input.name,
        scenario.households.len(),
        scenario.cycles.len(),
        scenario.plans(),
    );
    let figures = match &books {
        Books::Outcome(_) => None,
        Books::Played(all) => Some(Figures::new((PROGRAM, &input.source), scenario, &known, all)),
    };
    if rules.len() == 1 {
        let outcome = match books {
            Books::Outcome(ref outcome) => outcome.clone(),
            Books::Played(ref all) => all[0].outcome(scenario),
        };
        let timings = BTreeMap::from([("read".to_string(), millis(read)), ("simulate".to_string(), millis(played))]);
        let report = Report::new(outcome, None, timings);
        if let Some(to) = report_to {
            to.write(&report.to_json())?;
        }
        summary += &report.summary(ROWS, scenario);
    }
    if let Some(figures) = &figures {
        summary += &measures(figures);
        if let Some(folder) = &folder {
            files::each(figures, |name, bytes| folder.write(name, bytes))?;
            summary += &format!("\nfigures written to {}: {}\n", folder.path().display(), files::NAMES.join(", "));
        }
    }
    summary += &format!("read in {}, played in {}\n", wall(read), wall(played));
    printing.print(&summary, || figures.as_ref().map(files::json).unwrap_or_default())
}

/// What was played: the outcome alone where nothing else is asked for.
enum Books {
    /// The outcome of K-prototypes.
    Outcome(Outcome),
    /// The books of every chosen rule.
    Played(Vec<Played>),
}

fn play_all(input: &Input, rules: &[Rule], arguments: &Arguments) -> Result<Books, Failure> {
    let scenario = &input.scenario;
    let figures = arguments.out.is_some() || arguments.json || !arguments.rule.is_empty() || input.without.is_some();
    if !figures {
        return simulate(scenario, &input.name).map(Books::Outcome);
    }
    let bar = Progress::new("cycles");
    bar.over(scenario.cycles.len() * rules.len());
    let play = |rule: &Rule| {
        bar.now(format!("cycles, {}", rule.name()));
        rule.play(scenario, &mut || bar.step()).map_err(|error| match error {
            play::Error::Rules(error) => Failure::refused(&input.name, error.code(), error),
            other => NotPlayed(other).into(),
        })
    };
    let played = rules.iter().map(play).collect::<Result<_, _>>();
    bar.done();
    played.map(Books::Played)
}

/// What is known of the households; where they have devices, with their bills by a rule when they are
/// played without them.
fn known(input: &Input, rule: Rule<'_>) -> Result<Known, Failure> {
    let mut known = input.known.clone();
    let (Some(without), Some(devices)) = (&input.without, &mut known.devices) else { return Ok(known) };
    let bar = Progress::new("cycles without schedules");
    bar.over(without.scenario.cycles.len());
    let played = rule.play(&without.scenario, &mut || bar.step());
    bar.done();
    let played = [played.map_err(|error| Failure::from(NotPlayed(error)))?];
    let figures = Figures::new((PROGRAM, &input.source), &without.scenario, &without.known, &played);
    devices.without = figures.bills[0].whole.bills.clone();
    Ok(known)
}

/// The measures of the chosen rules side by side, and which are left out.
fn measures(figures: &Figures<'_>) -> String {
    let rules = figures.played.iter().map(|played| played.rule);
    let head: Vec<&str> = ["", "no market"].into_iter().chain(rules).collect();
    let lines = figures.lines();
    let rows = lines.iter().map(|line| line.cells(&figures.known.currency));
    let mut text = table("Measures", &head, lines.len(), rows.collect());
    if let Some((head, rows)) = figures.devices() {
        let head: Vec<&str> = head.iter().map(String::as_str).collect();
        let all = rows.len();
        let rows: Vec<Vec<String>> = rows.into_iter().rev().take(ROWS + 1).rev().collect();
        text += &table("What devices bring", &head, all, rows);
        text += DEVICES;
    }
    for note in figures.notes() {
        text += &format!("{note}\n");
    }
    text
}

/// Plays the scenario by the market's rules, with a progress bar. `name` names the input in errors.
fn simulate(scenario: &Scenario, name: &str) -> Result<Outcome, Failure> {
    let bar = Progress::new("plans");
    bar.over(scenario.plans());
    let outcome = rules::play(scenario, &mut |progress| {
        bar.now(format!("plans, cycle {} round {}", progress.cycle, progress.round));
        bar.reach(progress.plans_done);
    });
    bar.done();
    outcome.map_err(|error| Failure::refused(name, error.code(), error))
}
