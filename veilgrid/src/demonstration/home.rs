//! Which folders may have a demonstration, and keys from the public seed.

use super::error::Error;
use protocol::keys::Network;
use std::path::Path;

/// Refuses a folder whose ledger is of network `main`: the keys that this program makes come from the
/// public seed. Errors: [`Error::MainNetwork`], [`Error::Node`] for a ledger that cannot be
/// read.
pub(crate) fn refuse_main(home: &Path) -> Result<(), Error> {
    match ledger::genesis_of(home).map_err(ledger::NodeError::from)? {
        Some(genesis) if genesis.network == Network::Main => {
            Err(Error::MainNetwork { path: home.display().to_string() })
        }
        _ => Ok(()),
    }
}
