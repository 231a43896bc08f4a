//! The proving keys of all relations, loaded before work that proves.

use protocol::relation::RelationKind;
use std::path::Path;
use terminal::output::note;
use terminal::{interrupt, Pace};
use wallets::prover::{CircuitProver, ProofError};

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
