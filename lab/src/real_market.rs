//! A market with real proofs, lent to the lab by the command.

use market::outcome::Outcome;
use std::path::{Path, PathBuf};
use terminal::Failure;

/// A market in which every proof, ciphertext and signature is real.
pub trait RealMarket {
    /// Plays a scenario in the folder `directory`, which is new. `name` says in refusals which
    /// scenario it is; `scenario` is its file's bytes; `keys` is the folder of the proving keys,
    /// the usual one if None.
    fn play(
        &self,
        name: &str,
        scenario: &[u8],
        directory: &Path,
        keys: Option<PathBuf>,
    ) -> Result<ProvedOutcome, Failure>;
}

/// The end of a market with real proofs.
#[derive(Clone, Debug)]
pub struct ProvedOutcome {
    /// Trades, grid settlements, households and rejections.
    pub outcome: Outcome,
    /// How many proofs were made.
    pub proofs: usize,
}
