//! Which folders may have a demonstration, and keys from the public seed.

use super::error::Error;
use protocol::keys::Network;
use std::path::Path;

/// Refuses a folder whose ledger is of network `main`, and a folder in one: the keys that this program
/// makes come from the public seed. Errors: [`Error::MainNetwork`], [`Error::Node`] for a ledger that
/// cannot be read.
pub(crate) fn refuse_main(folder: &Path) -> Result<(), Error> {
    for home in folder.ancestors().take(2) {
        let genesis = ledger::genesis_of(home).map_err(ledger::NodeError::from)?;
        if genesis.is_some_and(|genesis| genesis.network == Network::Main) {
            return Err(Error::MainNetwork { path: home.display().to_string() });
        }
    }
    Ok(())
}
