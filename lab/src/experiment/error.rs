//! Why an experiment does not hold.

use super::matching::ciphertexts;
use super::week::play;
use terminal::Coded;

/// Why an experiment does not hold.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Error {
    /// A scenario could not be played.
    #[error(transparent)]
    Play(#[from] play::Error),
    /// The ciphertexts did not give what they should.
    #[error(transparent)]
    Ciphertexts(#[from] ciphertexts::Error),
    /// Two computations of one result disagree.
    #[error("{0} are not those of {1}")]
    Disagrees(&'static str, &'static str),
}

impl Coded for Error {
    fn code(&self) -> &'static str {
        match self {
            Error::Play(play::Error::Rules(error)) => error.code(),
            Error::Play(play::Error::Conservation { .. }) => "conservation",
            Error::Ciphertexts(error) => error.code(),
            Error::Disagrees(..) => "disagrees",
        }
    }
    // 2 when what was given is at fault.
    fn exit_code(&self) -> u8 {
        match self {
            Error::Play(play::Error::Rules(_)) => 2,
            _ => 1,
        }
    }
}
