//! Why the command failed, in one line, and the exit code that says whose fault it is.

use crate::{audit, bench, experiment, inclusion, market, rules, scenario, snapshot, verify, wallet};
use std::io;

/// Why a subcommand ended without doing its work.
#[derive(Debug, thiserror::Error)]
pub enum Failure {
    /// A scenario that is not one.
    #[error("{file}: {refused}")]
    Scenario {
        /// The scenario's file.
        file: String,
        /// What is wrong, and where in it.
        refused: Box<scenario::Refused>,
    },
    /// A meter file that is not one.
    #[error("{file}: {refused}")]
    Meters {
        /// The CSV file.
        file: String,
        /// What is wrong, and where in it.
        refused: Box<crate::from_meters::Refused>,
    },
    /// An input of a settlement that is not one.
    #[error("{file}: {refused}")]
    Settlement {
        /// The file.
        file: String,
        /// What is wrong, and where in it.
        refused: Box<crate::settle::Refused>,
    },
    /// A scenario that the rules cannot be followed on to the end.
    #[error("{file}: {error}")]
    Rules {
        /// The scenario's file.
        file: String,
        /// Where it went wrong.
        error: rules::Error,
    },
    /// An input that could not be read.
    #[error("{file}: cannot be read: {error}")]
    Read {
        /// The file.
        file: String,
        /// Why not.
        error: io::Error,
    },
    /// An input above its size limit.
    #[error("{file}: larger than {limit} bytes")]
    TooLarge {
        /// The file.
        file: String,
        /// The limit.
        limit: u64,
    },
    /// A scenario asked for that is too large to be read again.
    #[error("households times cycles: {plans} plans, more than {most}")]
    TooManyPlans {
        /// Plans asked for.
        plans: u64,
        /// Most plans.
        most: u64,
    },
    /// A market that could not be played to its end.
    #[error(transparent)]
    Market(Box<market::Error>),
    /// An audit that could not be done.
    #[error(transparent)]
    Audit(Box<audit::Error>),
    /// An experiment that does not hold.
    #[error(transparent)]
    Experiment(#[from] experiment::Error),
    /// A benchmark without figures.
    #[error(transparent)]
    Bench(Box<bench::Error>),
    /// A ledger that does not hold.
    #[error("{}{error}", if error.names_path() { String::new() } else { format!("{directory}: ") })]
    Verify {
        /// The ledger's folder.
        directory: String,
        /// What is wrong with it.
        error: Box<verify::Error>,
    },
    /// A ledger that could not be written to a file, or made again from one.
    #[error(transparent)]
    Snapshot(Box<snapshot::Error>),
    /// Something that is not proved of a ledger, or cannot be.
    #[error(transparent)]
    Inclusion(Box<inclusion::Error>),
    /// A wallet that could not be made again.
    #[error(transparent)]
    Wallet(Box<wallet::Error>),
    /// An output that could not be written.
    #[error("{file}: cannot be written: {error}")]
    Write {
        /// The file.
        file: String,
        /// Why not.
        error: io::Error,
    },
}

impl From<market::Error> for Failure {
    fn from(error: market::Error) -> Self {
        Failure::Market(Box::new(error))
    }
}

impl From<audit::Error> for Failure {
    fn from(error: audit::Error) -> Self {
        Failure::Audit(Box::new(error))
    }
}

impl From<bench::Error> for Failure {
    fn from(error: bench::Error) -> Self {
        Failure::Bench(Box::new(error))
    }
}

impl Failure {
    /// A code that stays the same across versions, for machines.
    pub fn code(&self) -> &'static str {
        match self {
            Failure::Scenario { refused, .. } => refused.code(),
            Failure::Meters { .. } => "meters",
            Failure::Settlement { refused, .. } => refused.code(),
            Failure::Rules { error, .. } => error.code(),
            Failure::Read { .. } => "read",
            Failure::TooLarge { .. } => "too-large",
            Failure::TooManyPlans { .. } => "too-many-plans",
            Failure::Market(error) => error.code(),
            Failure::Audit(error) => error.code(),
            Failure::Experiment(error) => error.code(),
            Failure::Bench(error) => error.code(),
            Failure::Verify { error, .. } => error.code(),
            Failure::Snapshot(error) => error.code(),
            Failure::Inclusion(error) => error.code(),
            Failure::Wallet(error) => error.code(),
            Failure::Write { .. } => "write",
        }
    }

    /// 2 when the input is at fault, as for a wrong command line; 1 otherwise.
    pub fn exit_code(&self) -> u8 {
        match self {
            Failure::Market(error) => error.exit_code(),
            Failure::Audit(error) => error.exit_code(),
            Failure::Experiment(error) => error.exit_code(),
            Failure::Verify { error, .. } => error.exit_code(),
            Failure::Snapshot(error) => error.exit_code(),
            Failure::Inclusion(error) => error.exit_code(),
            Failure::Wallet(error) => error.exit_code(),
            Failure::Bench(_) | Failure::Write { .. } => 1,
            _ => 2,
        }
    }

    /// The message as one line without control characters, whatever the input put into it.
    pub fn line(&self) -> String {
        let mut line = String::new();
        for c in self.to_string().chars() {
            if c.is_control() {
                line.extend(c.escape_default());
            } else {
                line.push(c);
            }
        }
        line
    }
}
