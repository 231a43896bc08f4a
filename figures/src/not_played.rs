//! The failure of a command whose scenario a mechanism could not play to its end.

use market::play;
use terminal::{exit, Coded};

/// A scenario that could not be played to its end.
#[derive(Debug, thiserror::Error)]
#[error(transparent)]
pub struct NotPlayed(#[from] pub play::Error);

impl Coded for NotPlayed {
    fn code(&self) -> &'static str {
        self.0.code()
    }
    // Balances overflow because of the input; a mechanism that breaks conservation is the program's
    // fault.
    fn exit_code(&self) -> u8 {
        match self.0 {
            play::Error::Rules(_) => exit::NOT_DONE,
            play::Error::Conservation { .. } => exit::DOES_NOT_HOLD,
        }
    }
}
