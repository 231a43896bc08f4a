//! The market with real proofs that the command lends its lab.

use crate::demonstration::proved;
use lab::real_market::{ProvedOutcome, RealMarket};
use market::outcome::Outcome;
use std::path::{Path, PathBuf};
use terminal::Failure;

/// The market that one process plays in all roles.
#[derive(Clone, Copy, Debug)]
pub struct AllRoles;

impl RealMarket for AllRoles {
    fn play(
        &self,
        name: &str,
        scenario: &[u8],
        directory: &Path,
        keys: Option<PathBuf>,
    ) -> Result<ProvedOutcome, Failure> {
        let (report, proofs) = proved(name, scenario, directory, keys)?;
        let outcome = Outcome {
            trades: report.trades,
            grid: report.grid,
            households: report.households,
            rejected: report.rejected,
        };
        Ok(ProvedOutcome { outcome, proofs })
    }
}
