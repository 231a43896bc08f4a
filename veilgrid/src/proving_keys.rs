//! The proving keys of all relations, loaded before work that proves.

use crate::demonstration;
use protocol::keys::Network;
use protocol::relation::RelationKind;
use std::path::Path;
use terminal::output::note;
use terminal::{interrupt, Pace};
use wallets::prover::{CircuitProver, ProofError};

/// Refuses a folder whose ledger is of network `main`: the keys that this program makes come from the
/// public seed. Errors: [`demonstration::Error::MainNetwork`], [`demonstration::Error::Node`] for a
/// ledger that cannot be read.
pub(crate) fn refuse_main(home: &Path) -> Result<(), demonstration::Error> {
    match ledger::genesis_of(home).map_err(ledger::NodeError::from)? {
        Some(genesis) if genesis.network == Network::Main => {
            Err(demonstration::Error::MainNetwork { path: home.display().to_string() })
        }
        _ => Ok(()),
    }
}

/// Loads the keys of all relations from a folder, or makes those that are missing, and says how far
/// it is.
pub(crate) fn load_all(prover: &CircuitProver, directory: &Path) -> Result<(), ProofError> {
    // A key is written under a name with this mark, and then renamed.
    interrupt::remove_passing(directory, format!(".tmp-{}-", std::process::id()));
    let (pace, mut done) = (Pace::over(RelationKind::ALL.len()), 0);
    prover.load_all(|relation| {
        note(&format!("[   keys  ] {} (made once, then loaded): {}", relation.name(), pace.after(done)));
        done += 1;
    })
}
