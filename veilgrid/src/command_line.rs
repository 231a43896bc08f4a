//! The tree of commands, what all of them have in common, and which code runs each.

pub mod completions;
pub mod man;

use crate::{
    audit, clear, from_meters, grid_solve, inclusion, market_command, meters, node_command, random, settle, setup,
    simulate, snapshot, verify, wallet,
};
use clap::{CommandFactory, FromArgMatches, Parser, Subcommand};
use std::process::ExitCode;
use terminal::{exit, interrupt, output, Failure};

/// Widest line of a help, in columns.
const COLUMNS: usize = 100;

/// A private neighbourhood energy market.
#[derive(Parser)]
#[command(name = "veilgrid", version, arg_required_else_help = true)]
#[command(after_help = "\
Examples:
  veilgrid market                      play a market of ten households, with every proof
  veilgrid simulate --scenario FILE    play a scenario in the clear
  veilgrid help ledger verify          what a command does

docs/guide/command-line.md has the rules of all commands.")]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Play a whole market: every role, every proof, every ciphertext, on a durable ledger
    Market(market_command::Arguments),
    /// Play a scenario by the market's rules in the clear, without cryptography, at any size
    Simulate(simulate::Arguments),
    /// Import meter data as people have it, and check what was imported
    #[command(subcommand)]
    Meters(meters::Command),
    /// Make scenarios
    #[command(subcommand)]
    Scenario(ScenarioCommand),
    /// Settle metered energy by agreed prices and priorities, without plans or matching
    #[command(subcommand)]
    Settle(SettleCommand),
    /// List the clearing rules, and clear a market by many attributes
    #[command(subcommand)]
    Clear(clear::Command),
    /// Solve problems of the network: prices, limits, a household's schedule
    #[command(subcommand)]
    Grid(grid_solve::Command),
    /// Run experiments in the clear: tables, JSON, plots
    #[cfg(feature = "lab")]
    #[command(subcommand)]
    Experiment(lab::experiment::Command),
    /// Measure what matching, proving and verifying cost on this machine: tables, JSON, plots
    #[cfg(feature = "lab")]
    Bench(lab::bench::Arguments),
    /// Run a node of a network as a program of its own
    #[command(subcommand)]
    Node(node_command::Command),
    /// Look at, check and copy a ledger
    #[command(subcommand)]
    Ledger(LedgerCommand),
    /// Restore a household's wallet
    #[command(subcommand)]
    Wallet(WalletCommand),
    /// Make the proving keys
    Setup(setup::Arguments),
    /// Open one household or one plan, with an entry on the ledger
    #[command(subcommand)]
    Audit(audit::Command),
    /// Print a script by which a shell completes commands and options
    Completions(completions::Arguments),
    /// Print the manual page, or write the pages of all commands
    Man(man::Arguments),
}

#[derive(Subcommand)]
enum LedgerCommand {
    /// Replay the ledger from genesis and check every header, signature, proof, root and blob
    Verify(verify::Arguments),
    /// Write the ledger to one file, with a header that names its last block, state root and digest
    Snapshot(snapshot::SnapshotArguments),
    /// Restore a ledger from such a file
    Restore(snapshot::RestoreArguments),
    /// List the blocks: every transaction, its outcome, and the records that it made
    Show(inclusion::ShowArguments),
    /// Write the headers to one file, which is all that `check` needs of a ledger
    Headers(inclusion::HeadersArguments),
    /// Write a proof that a transaction was accepted, or that a record is in the tree
    Prove(inclusion::ProveArguments),
    /// Check such a proof against headers, without the ledger
    Check(inclusion::CheckArguments),
}

#[derive(Subcommand)]
enum WalletCommand {
    /// Restore a wallet from its phrase and the ledger, and show its records, plans and notes
    Restore(wallet::RestoreArguments),
    /// Write down the phrase of a household of a demonstration market
    DemoPhrase(wallet::DemoPhraseArguments),
}

#[derive(Subcommand)]
enum SettleCommand {
    /// Settle one cycle by a matrix of prices and priorities
    Async(settle::Arguments),
    /// Settle many cycles, with readings that come late or never
    AsyncRun(settle::run::Arguments),
}

#[derive(Subcommand)]
enum ScenarioCommand {
    /// Make a scenario from meter readings (CSV)
    FromMeters(Box<from_meters::Arguments>),
    /// Make a random scenario, for measuring
    Random(random::Arguments),
}

fn run(command: &Command) -> Result<(), Failure> {
    match command {
        Command::Market(arguments) => market_command::run(arguments),
        Command::Node(command) => node_command::run(command),
        Command::Ledger(LedgerCommand::Verify(arguments)) => verify::run(arguments),
        Command::Ledger(LedgerCommand::Snapshot(arguments)) => snapshot::snapshot(arguments),
        Command::Ledger(LedgerCommand::Restore(arguments)) => snapshot::restore(arguments),
        Command::Ledger(LedgerCommand::Show(arguments)) => inclusion::show(arguments),
        Command::Ledger(LedgerCommand::Headers(arguments)) => inclusion::write_headers(arguments),
        Command::Ledger(LedgerCommand::Prove(arguments)) => inclusion::prove(arguments),
        Command::Ledger(LedgerCommand::Check(arguments)) => inclusion::check(arguments),
        Command::Wallet(WalletCommand::Restore(arguments)) => wallet::restore(arguments),
        Command::Wallet(WalletCommand::DemoPhrase(arguments)) => wallet::demo_phrase(arguments),
        Command::Clear(command) => clear::run(command),
        Command::Grid(command) => grid_solve::run(command),
        Command::Settle(SettleCommand::Async(arguments)) => settle::run(arguments),
        Command::Settle(SettleCommand::AsyncRun(arguments)) => settle::run::run(arguments),
        #[cfg(feature = "lab")]
        Command::Experiment(command) => lab::experiment::run(command, &crate::real_market::AllRoles),
        #[cfg(feature = "lab")]
        Command::Bench(arguments) => lab::bench::run(arguments),
        Command::Setup(arguments) => setup::run(arguments),
        Command::Audit(command) => audit::run(command),
        Command::Completions(arguments) => completions::run(arguments),
        Command::Man(arguments) => man::run(arguments),
        Command::Meters(command) => meters::run(command),
        Command::Simulate(arguments) => simulate::run(arguments),
        Command::Scenario(ScenarioCommand::FromMeters(arguments)) => from_meters::run(arguments),
        Command::Scenario(ScenarioCommand::Random(arguments)) => random::run(arguments),
    }
}

/// The tree of commands as a person meets it: with the exit codes at the end of every help, which is
/// at most 100 columns wide.
pub fn command() -> clap::Command {
    let command = finished(Cli::command());
    let mut built = command.clone();
    built.build();
    narrowed(command, &built)
}

/// Breaks each line of usage that is too wide; clap does not. `built` is the same command, with its
/// full name.
fn narrowed(command: clap::Command, built: &clap::Command) -> clap::Command {
    let usage = built.clone().render_usage().to_string();
    let command = match usage.lines().any(|line| line.chars().count() > COLUMNS) {
        true => command.override_usage(broken(usage.trim_start_matches(USAGE))),
        false => command,
    };
    built.get_subcommands().fold(command, |command, built| match command.find_subcommand(built.get_name()) {
        Some(_) => command.mut_subcommand(built.get_name(), |command| narrowed(command, built)),
        // clap adds its own command `help`.
        None => command,
    })
}

/// What stands before the first line of usage; the other lines are indented as much.
const USAGE: &str = "Usage: ";

/// A line of usage in lines that fit. An option stays with its value.
fn broken(usage: &str) -> String {
    let (mut text, mut width) = (String::new(), USAGE.len());
    for part in usage.replace(" <", "\u{a0}<").split(' ') {
        if width > USAGE.len() && width + 1 + part.chars().count() > COLUMNS {
            text += &format!("\n{:1$}", "", USAGE.len());
            width = USAGE.len();
        } else if width > USAGE.len() {
            text.push(' ');
            width += 1;
        }
        text += part;
        width += part.chars().count();
    }
    text.replace('\u{a0}', " ")
}

fn finished(command: clap::Command) -> clap::Command {
    let names: Vec<String> = command.get_subcommands().map(|command| command.get_name().to_owned()).collect();
    let help = command.get_after_help().map(ToString::to_string).unwrap_or_default();
    let help = format!("{help}\n\n{}", exit::HELP);
    let command = command.max_term_width(COLUMNS).after_help(help.trim_start().to_owned());
    names.into_iter().fold(command, |command, name| command.mut_subcommand(name, finished))
}

/// Damaged files can make the database panic. The ledger turns such a panic into an error, so its
/// own message is not printed as well.
fn keep_quiet_about_the_database() {
    let usual = std::panic::take_hook();
    std::panic::set_hook(Box::new(move |info| {
        if !info.location().is_some_and(|place| place.file().contains("redb-")) {
            usual(info);
        }
    }));
}

/// Runs the command that the process was given. A wrong command line, a call for help and an
/// interrupt end the process.
pub fn main() -> ExitCode {
    keep_quiet_about_the_database();
    interrupt::watch();
    let given = Cli::from_arg_matches(&command().get_matches()).unwrap_or_else(|error| error.exit());
    match run(&given.command) {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            output::note(&format!("error: {}", failure.line()));
            ExitCode::from(failure.exit_code())
        }
    }
}
