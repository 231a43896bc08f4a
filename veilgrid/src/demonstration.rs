//! `veilgrid market`: plays a whole market, every party in its own role, every proof, ciphertext
//! and signature real.

mod cycle;
#[cfg_attr(not(feature = "deviation"), path = "demonstration/without_deviation.rs")]
mod deviation;
mod error;
mod folder;
mod home;
mod household;
mod masked;
mod prover;
mod refused;
mod roles_at_rest;
mod runner;
mod schedule;
mod seeded;
mod step;
mod summary;
mod wallets_at_rest;
mod withdrawal;

pub use error::Error;
pub(crate) use folder::{MARK_BYTES, RUN_FILE};
pub(crate) use home::refuse_main;
pub use household::fresh_phrase;
pub use roles_at_rest::{store_issuers, RegulatorFile, Roles};
pub use runner::HOLDERS;
pub use seeded::{demonstration_passphrase, role_rng};

use self::deviation::Deviation;
use crate::report::{DeviationSummary, Report};
use circuits::KeyStore;
use disk::Disk;
use error::io;
use folder::Folder;
pub use folder::Folder as Claim;
use market::outcome::Outcome;
use market::rules;
use market::scenario::{Scenario, MAX_BYTES};
use prover::{ProofTimes, RunProver};
use runner::Runner;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, Instant};
use terminal::output::{self, read_limited, Overwrite};
use terminal::{interrupt, Failure, Pace};
use wallets::prover::CircuitProver;
use withdrawal::Withdrawn;

/// The scenario that is played when none is given. It is made from the household data in `data/`.
const DEFAULT_SCENARIO: &[u8] = include_bytes!("../../data/default.scenario.json");
/// How plans are matched.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub enum MatchingChoice {
    /// The regulator's service opens the scores of every bid
    Open,
    /// The regulator's service opens masked scores, which validators certify, and learns only which
    /// slots are least
    Masked,
}

/// Arguments of `market`.
#[derive(Clone, Debug, clap::Args)]
#[command(after_help = "Examples:
  veilgrid market
  veilgrid market --scenario data/cases/ten-households.scenario.json --report report.json
  veilgrid market --scenario data/cases/ties.scenario.json --data-dir /tmp/market
  veilgrid market --matching masked
  veilgrid market --withdraw
  veilgrid ledger verify /tmp/market

A run that was stopped goes on when the same command is given again with the same --data-dir, even
after a crash. The summary has names only because one process plays all roles; the ledger has none.")]
pub struct Arguments {
    /// The scenario (veilgrid-scenario/1), `-` for standard input; without it, the one made from the
    /// household data in data/
    #[arg(long, visible_alias = "input", value_name = "FILE")]
    scenario: Option<PathBuf>,
    /// How plans are matched; both modes make the same trades
    #[arg(long, value_enum, default_value = "open")]
    matching: MatchingChoice,
    /// Where to write the report (veilgrid-report/1); `-` is standard output, and the summary then
    /// goes to standard error
    #[arg(long, value_name = "FILE")]
    report: Option<PathBuf>,
    /// Where the ledger and the wallets are kept; without it, a new folder among the system's
    /// temporary ones
    #[arg(long, value_name = "DIR")]
    data_dir: Option<PathBuf>,
    /// Seed of all roles' randomness. A known seed means known keys: this is a demonstration
    #[arg(long, default_value_t = 0)]
    seed: u64,
    /// At the end every household withdraws its balance, and the desk pays it out; the report shows
    /// the households before the withdrawal
    #[arg(long)]
    withdraw: bool,
    /// Also compute every trade's deviation on TFHE ciphertexts, open the verdict, and check that
    /// the trade settled with the same verdict. The first run of a seed makes a server key (30 MB)
    /// and keeps it beside the proving keys. This takes about 0.5 GB of memory, and seconds for
    /// each trade. It needs a program built with `--features deviation`
    #[arg(long)]
    deviation: bool,
    /// Where the proving keys are kept; without it, $VEILGRID_KEYS or the user's cache folder
    #[arg(long, value_name = "DIR")]
    keys: Option<PathBuf>,
    /// Print the report as JSON; the summary then goes to standard error
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    overwrite: Overwrite,
}

/// The results of a market that was played to its end.
struct Played {
    outcome: Outcome,
    ledger: crate::report::LedgerSummary,
    bytes: u64,
    phases: BTreeMap<&'static str, Duration>,
    proofs: ProofTimes,
    keys: Duration,
    total: Duration,
    resumed: bool,
    withdrawn: Option<Withdrawn>,
    deviation: Option<DeviationSummary>,
}

/// Runs the subcommand.
pub fn run(arguments: &Arguments) -> Result<(), Failure> {
    run_on(Arc::new(disk::System), arguments)
}

/// [`run`] with ledger, blobs, wallets and mark on a given disk.
pub fn run_on(disk: Arc<dyn Disk>, arguments: &Arguments) -> Result<(), Failure> {
    let inputs = [&arguments.scenario, &arguments.data_dir, &arguments.keys];
    let mut outputs = arguments.overwrite.outputs(inputs.into_iter().flatten())?;
    let report_file = outputs.optional(arguments.report.as_deref())?;
    let printing = outputs.printing(arguments.json)?;
    let bytes = match &arguments.scenario {
        Some(path) => read_limited(path, MAX_BYTES)?,
        None => DEFAULT_SCENARIO.to_vec(),
    };
    let file = || arguments.scenario.as_ref().map_or("the default scenario".into(), |p| output::name(p));
    // A scenario that cannot be played is refused before anything is written.
    let (scenario, expected) = read(&file(), &bytes)?;
    if arguments.deviation && !cfg!(feature = "deviation") {
        return Err(Error::NoDeviation.into());
    }
    crate::hardly_meant::warn(&scenario);
    let directory = match &arguments.data_dir {
        Some(directory) => directory.clone(),
        None => {
            tempfile::Builder::new().prefix("veilgrid-market-").tempdir().map_err(io(&std::env::temp_dir()))?.keep()
        }
    };
    let keys = arguments.keys.clone().unwrap_or_else(KeyStore::default_dir);
    refuse_main(&directory)?;
    refuse_main(&keys)?;
    let _folder = Folder::claim(disk.as_ref(), &directory, &bytes, arguments.seed)?;
    output::note(&format!("data directory {}", directory.display()));
    interrupt::say_how_to_go_on(match &arguments.data_dir {
        Some(_) => "give the same command again; the market goes on where it was".into(),
        None => format!("give the same command with --data-dir {}; the market goes on there", directory.display()),
    });
    let played = play(disk, &scenario, &expected, &directory, arguments, &keys)?;
    let mut report = Report::new(played.outcome.clone(), Some(played.ledger.clone()), summary::timings(&played));
    report.deviation = played.deviation;
    if let Some(file) = report_file {
        file.write(&report.to_json())?;
    }
    let summary = summary::summary(&file(), &scenario, &report, &played, &directory);
    printing.print(&summary, || report.to_json())
}

/// Reads a scenario and plays it in the clear. `file` names it in error messages. A scenario that a
/// market with real proofs cannot play is refused. The scenario given has no more rounds than a cycle
/// on the ledger may have; it does not need them.
fn read(file: &str, bytes: &[u8]) -> Result<(Scenario, Outcome), Failure> {
    let mut scenario = Scenario::parse(bytes).map_err(|refused| Failure::refused(file, refused.code(), refused))?;
    let expected = rules::play(&scenario, &mut |_| ()).map_err(|error| Failure::refused(file, error.code(), error))?;
    let playable = refused::playable(&scenario, &expected);
    playable.map_err(|refused| Failure::refused(file, refused::Unplayable::CODE, refused))?;
    scenario.market.max_rounds = scenario.market.max_rounds.min(refused::MOST_ROUNDS);
    Ok((scenario, expected))
}

/// Plays a scenario in an empty folder. Gives its report and the number of proofs. `file` names the
/// scenario in error messages.
#[cfg(feature = "lab")]
pub(crate) fn proved(
    file: &str,
    bytes: &[u8],
    directory: &Path,
    keys: Option<PathBuf>,
) -> Result<(Report, usize), Failure> {
    const SEED: u64 = 0;
    let (scenario, expected) = read(file, bytes)?;
    let keys = keys.unwrap_or_else(KeyStore::default_dir);
    let disk: Arc<dyn Disk> = Arc::new(disk::System);
    let _folder = Folder::claim(disk.as_ref(), directory, bytes, SEED)?;
    let arguments = Arguments {
        scenario: None,
        matching: MatchingChoice::Open,
        report: None,
        data_dir: None,
        seed: SEED,
        withdraw: false,
        deviation: false,
        keys: None,
        json: false,
        overwrite: Overwrite::default(),
    };
    let played = play(disk, &scenario, &expected, directory, &arguments, &keys)?;
    let proofs = played.proofs.values().map(Vec::len).sum();
    Ok((Report::new(played.outcome, Some(played.ledger), BTreeMap::new()), proofs))
}

fn play(
    disk: Arc<dyn Disk>,
    scenario: &Scenario,
    expected: &Outcome,
    directory: &Path,
    &Arguments { matching, seed, withdraw, deviation, .. }: &Arguments,
    keys: &Path,
) -> Result<Played, Error> {
    let started = Instant::now();
    let prover = CircuitProver::new(KeyStore::open(keys));
    crate::proving_keys::load_all(&prover, keys)?;
    let deviation = match deviation {
        true => {
            output::note("[   keys  ] the deviation's server key (made once for each seed, then loaded)");
            Some(Deviation::load(keys, seed)?)
        }
        false => None,
    };
    let loaded = started.elapsed();
    let prover = RunProver::new(prover);
    let mut runner = Runner::new(scenario, (matching, deviation), disk.clone(), directory, seed, prover)?;
    if runner.resumed() {
        output::note("[ ledger  ] found a ledger: going on with it");
    }
    runner.begin()?;
    let mut outcome = Outcome::default();
    let pace = Pace::over(scenario.cycles.len());
    for (index, cycle) in scenario.cycles.iter().enumerate() {
        output::note(&format!("[ market  ] cycles played: {}", pace.after(index)));
        runner.play_cycle(index, cycle, &mut outcome)?;
    }
    outcome.households = runner.balances();
    agree(&outcome, expected)?;
    // A run that stopped while households withdrew goes on with the withdrawal. Other blocks after
    // the run's own are those of audits, and the wallets scan them.
    let began = runner.withdrawal_began()?;
    if !began {
        runner.catch_up()?;
    }
    let withdrawn = if withdraw || began { Some(runner.withdraw_all()?) } else { None };
    runner.store_wallets(&disk, directory, seed)?;
    runner.store_roles(&disk, directory, seed)?;
    Ok(Played {
        outcome,
        ledger: runner.ledger_summary(),
        bytes: runner.bytes(),
        phases: runner.phases.clone(),
        proofs: runner.prover.times(),
        keys: loaded,
        total: started.elapsed(),
        resumed: runner.resumed(),
        withdrawn,
        deviation: runner.deviation.as_ref().map(Deviation::summary),
    })
}

/// Checks that the market has the same outcome as the rules in the clear. Error:
/// [`Error::Disagrees`].
fn agree(market: &Outcome, clear: &Outcome) -> Result<(), Error> {
    let sorted = |outcome: &Outcome| {
        let mut rejected: Vec<_> =
            outcome.rejected.iter().map(|r| (r.cycle, r.household.clone(), r.reason.clone())).collect();
        rejected.sort();
        rejected
    };
    match () {
        () if market.trades != clear.trades => Err(Error::Disagrees("trades")),
        () if market.grid != clear.grid => Err(Error::Disagrees("settlements with the grid")),
        () if market.households != clear.households => Err(Error::Disagrees("balances and reputations")),
        () if sorted(market) != sorted(clear) => Err(Error::Disagrees("rejections")),
        () => Ok(()),
    }
}
