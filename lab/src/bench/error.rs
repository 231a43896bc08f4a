//! Why a benchmark ends without figures.

use circuits::KeyError;
use terminal::{exit, Coded};

/// Why a benchmark ends without figures.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The matching node or the regulator refused its input.
    #[error("the market on ciphertexts: {0}")]
    Matcher(#[from] fhe_matcher::Error),
    /// Two computations of one result disagree, so the time that the work took means nothing.
    #[error("two computations disagree: {0} are not those of {1}")]
    Disagrees(&'static str, &'static str),
    /// A proving key could not be made or read.
    #[error("{0}")]
    Key(#[from] KeyError),
    /// A proof could not be made.
    #[error("{0}")]
    Prove(#[from] circuits::ProveError),
    /// A verifying key in this program differs from its pin.
    #[error("{0}")]
    Pin(#[from] circuits::PinError),
    /// The process that measures one relation failed.
    #[error("the process that measures {relation} failed: {why}")]
    Process {
        /// The relation.
        relation: &'static str,
        /// The last line that the process printed, or why it could not be started.
        why: String,
        /// The exit code of the process; None if a signal ended it, or it could not be started.
        exit_code: Option<u8>,
    },
}

impl Coded for Error {
    fn code(&self) -> &'static str {
        match self {
            Error::Matcher(_) => "bench-matcher",
            Error::Disagrees(..) => "disagrees",
            Error::Key(_) => "bench-key",
            Error::Prove(error) => error.code(),
            Error::Pin(_) => "bench-pin",
            Error::Process { .. } => "bench-process",
        }
    }
    fn exit_code(&self) -> u8 {
        match self {
            Error::Key(KeyError::Io { .. }) => exit::NOT_DONE,
            Error::Process { exit_code, .. } => exit_code.unwrap_or(exit::NOT_DONE),
            _ => exit::DOES_NOT_HOLD,
        }
    }
}
