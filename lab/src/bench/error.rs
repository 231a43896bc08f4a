//! Why a benchmark has no figures.

use terminal::Coded;

/// Why a benchmark has no figures.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The matcher or the regulator refused.
    #[error("the market on ciphertexts: {0}")]
    Matcher(#[from] fhe_matcher::Error),
    /// What was computed is not what it should be, and the time that it took means nothing.
    #[error("{0} are not those of {1}")]
    Disagrees(&'static str, &'static str),
    /// No proving key.
    #[error("{0}")]
    Key(#[from] circuits::KeyError),
    /// No proof.
    #[error("{0}")]
    Prove(#[from] circuits::ProveError),
    /// A verifying key of this program that is none.
    #[error("{0}")]
    Pin(#[from] circuits::PinError),
    /// A relation that is measured in a process of its own, which did not work.
    #[error("{relation}, in a process of its own: {why}")]
    Process {
        /// The relation.
        relation: &'static str,
        /// What the process said, or why there was none.
        why: String,
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
        1
    }
}
