//! The veilgrid command.
#![forbid(unsafe_code)]

use clap::{Parser, Subcommand};
use std::process::ExitCode;
use veilgrid::failure::Failure;
use veilgrid::{from_meters, market, output, random, settle, setup, simulate, verify};

/// A private neighbourhood energy market.
#[derive(Parser)]
#[command(name = "veilgrid", version, arg_required_else_help = true)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Play a whole market: every role, every proof, every ciphertext, on a durable ledger
    Market(market::Arguments),
    /// Play a scenario by the market's rules in the clear, without cryptography, at any size
    Simulate(simulate::Arguments),
    /// Make scenarios
    #[command(subcommand)]
    Scenario(ScenarioCommand),
    /// Settle what flowed by agreed prices and priorities, without plans or a matching
    #[command(subcommand)]
    Settle(SettleCommand),
    /// Look at a ledger
    #[command(subcommand)]
    Ledger(LedgerCommand),
    /// Make the proving keys
    Setup(setup::Arguments),
}

#[derive(Subcommand)]
enum LedgerCommand {
    /// Replay it from genesis and check every header, signature, proof, root and blob
    Verify(verify::Arguments),
}

#[derive(Subcommand)]
enum SettleCommand {
    /// Settle one cycle by a matrix of prices and priorities
    Async(settle::Arguments),
    /// Settle many cycles, with data that comes late or never
    AsyncRun(settle::run::Arguments),
}

#[derive(Subcommand)]
enum ScenarioCommand {
    /// Make a scenario from meter readings (CSV)
    FromMeters(from_meters::Arguments),
    /// Make a random scenario, for measuring
    Random(random::Arguments),
}

fn run(command: &Command) -> Result<(), Failure> {
    match command {
        Command::Market(arguments) => market::run(arguments),
        Command::Ledger(LedgerCommand::Verify(arguments)) => verify::run(arguments),
        Command::Settle(SettleCommand::Async(arguments)) => settle::run(arguments),
        Command::Settle(SettleCommand::AsyncRun(arguments)) => settle::run::run(arguments),
        Command::Setup(arguments) => setup::run(arguments),
        Command::Simulate(arguments) => simulate::run(arguments),
        Command::Scenario(ScenarioCommand::FromMeters(arguments)) => from_meters::run(arguments),
        Command::Scenario(ScenarioCommand::Random(arguments)) => random::run(arguments),
    }
}

fn main() -> ExitCode {
    match run(&Cli::parse().command) {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            output::note(&format!("error: {}", failure.line()));
            ExitCode::from(failure.exit_code())
        }
    }
}
