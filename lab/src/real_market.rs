//! A market with real proofs. The command lends it to the lab, which does not depend on the
//! command.

use market::outcome::Outcome;
use std::path::{Path, PathBuf};
use terminal::Failure;

/// A market in which every proof, ciphertext and signature is real.
pub trait RealMarket {
    /// Plays a scenario. `name` names the scenario in error messages; `scenario` is its file's
    /// bytes; `directory` is a new folder for the ledger; `keys` is the folder of the proving keys,
    /// the usual one if None. Errors: every failure of the market.
    fn play(
        &self,
        name: &str,
        scenario: &[u8],
        directory: &Path,
        keys: Option<PathBuf>,
    ) -> Result<ProvedOutcome, Failure>;
}

/// How a market with real proofs ended.
#[derive(Clone, Debug)]
pub struct ProvedOutcome {
    /// Trades, grid settlements, households and rejections.
    pub outcome: Outcome,
    /// How many proofs were made.
    pub proofs: usize,
}
