//! `veilgrid node`: a node as a program of its own.

use node::config::{Config, LogFormat};
use node::home::{self, Home};
use node::{config, logging, running};
use std::path::PathBuf;
use terminal::{exit, interrupt, output, Coded, Failure};

/// Commands of a node.
#[derive(Clone, Debug, clap::Subcommand)]
pub enum Command {
    /// Make a home for a node: its key and its configuration
    Init(InitArguments),
    /// Run the node of a home until it is stopped
    Run(RunArguments),
    /// Print the configuration that holds for a home, or say what is wrong with it
    Check(CheckArguments),
}

/// A node's home.
#[derive(Clone, Debug, clap::Args)]
pub struct HomeArguments {
    /// The node's home
    #[arg(long, value_name = "DIR")]
    home: PathBuf,
}

/// Arguments of `node init`.
#[derive(Clone, Debug, clap::Args)]
#[command(after_help = "Example:
  veilgrid node init --home /srv/veilgrid/node

The command makes the folder, a key that certifies blocks, and node.toml, which explains every key of
the configuration. It prints the public key, which the network's founder puts into the genesis. The
founder then gives back two files, `genesis` and `matching.key`, which belong into the same folder.")]
pub struct InitArguments {
    /// The folder, which has no node's key yet
    #[command(flatten)]
    home: HomeArguments,
}

/// Arguments of `node run`.
#[derive(Clone, Debug, clap::Args)]
#[command(after_help = "Example:
  veilgrid node run --home /srv/veilgrid/node

The node orders transactions into blocks, verifies every proof, keeps the ledger in the home's folder
`ledger`, and serves it over HTTP. /v1/openapi.json there describes all routes. The file `address` in
the home has the API's address for as long as the node runs. Ctrl-C ends the node; a kill loses
nothing that it acknowledged.")]
pub struct RunArguments {
    /// The node's home
    #[command(flatten)]
    home: HomeArguments,
}

/// Arguments of `node check`.
#[derive(Clone, Debug, clap::Args)]
#[command(after_help = "Example:
  veilgrid node check --home /srv/veilgrid/node

The command reads node.toml in the home, and the environment variables that win over it, and prints
every key with the value that holds. node.toml explains the keys.")]
pub struct CheckArguments {
    /// The node's home
    #[command(flatten)]
    home: HomeArguments,
    /// Print JSON; the text then goes to standard error
    #[arg(long)]
    json: bool,
}

/// Why a command of a node ends.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The configuration is refused.
    #[error("configuration: {0}")]
    Config(#[from] config::Error),
    /// The home cannot be made.
    #[error(transparent)]
    Home(#[from] home::Error),
    /// The filter of the log is none.
    #[error("configuration: log: {0}")]
    Log(#[from] logging::Error),
    /// The node does not run.
    #[error(transparent)]
    Running(#[from] running::Error),
}

impl Coded for Error {
    fn code(&self) -> &'static str {
        match self {
            Error::Config(_) => "configuration",
            Error::Home(error) => error.code(),
            Error::Log(_) => "log-filter",
            Error::Running(error) => error.code(),
        }
    }
    fn exit_code(&self) -> u8 {
        exit::NOT_DONE
    }
}

/// Runs a command of a node.
///
/// # Errors
/// Any of [`Error`].
pub fn run(command: &Command) -> Result<(), Failure> {
    Ok(match command {
        Command::Init(arguments) => init(arguments),
        Command::Run(arguments) => start(arguments),
        Command::Check(arguments) => check(arguments),
    }?)
}

fn init(InitArguments { home: HomeArguments { home } }: &InitArguments) -> Result<(), Error> {
    let (_, public) = Home::create(home)?;
    let digits: String = public.0.iter().map(|byte| format!("{byte:02x}")).collect();
    output::note(&format!("made {}; the network's founder needs this public key for the genesis:", home.display()));
    println!("{digits}");
    Ok(())
}

fn start(RunArguments { home: HomeArguments { home } }: &RunArguments) -> Result<(), Error> {
    let config = Config::load(home)?;
    logging::start(&config.log, config.log_format == LogFormat::Json)?;
    let (stop, stopping) = running::stop_signal();
    interrupt::instead(move || stop.stop());
    Ok(running::run(home, &config, &stopping)?)
}

fn check(CheckArguments { home: HomeArguments { home }, json }: &CheckArguments) -> Result<(), Error> {
    let config = Config::load(home)?;
    logging::check(&config.log)?;
    match json {
        true => {
            eprint!("{}", config.to_toml());
            println!("{}", config.to_json());
        }
        false => print!("{}", config.to_toml()),
    }
    Ok(())
}
