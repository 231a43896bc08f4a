//! The end of a run: everyone's balances, and their wallets, stored encrypted.

use super::error::{io, Error};
use super::runner::Runner;
use super::seeded::{demonstration_passphrase, role_rng};
use disk::Disk;
use market::outcome::HouseholdRow;
use std::path::Path;
use std::sync::Arc;
use wallets::storage::{Cost, Vault};

impl Runner<'_> {
    /// Every household's money and reputation, in the scenario's order.
    pub(super) fn balances(&self) -> Vec<HouseholdRow> {
        let row = |household: &super::household::Household| HouseholdRow {
            id: household.id.clone(),
            balance: household.wallet.balance().get(),
            reputation: household.reputation.get(),
        };
        self.households.iter().map(row).collect()
    }

    /// Stores the wallets under `wallets/`, each encrypted. The passphrase follows from the run's
    /// seed and protects nothing, which is why its key derivation is the cheap one.
    pub(super) fn store_wallets(&self, disk: &Arc<dyn Disk>, directory: &Path, seed: u64) -> Result<(), Error> {
        let folder = directory.join("wallets");
        disk::create_directories(disk.as_ref(), &folder).map_err(io(&folder))?;
        for (i, household) in self.households.iter().enumerate() {
            let path = folder.join(format!("household-{i}.vault"));
            let passphrase = demonstration_passphrase(seed);
            let mut rng = role_rng(seed, &format!("vault {i}"));
            let vault = match disk.exists(&path) {
                true => Vault::open_on(disk.clone(), &path, &passphrase).map(|(vault, _)| vault),
                false => Vault::create_on(disk.clone(), &path, &passphrase, Cost::INSECURE, &mut rng),
            };
            let stored = vault.and_then(|vault| household.wallet.save(&vault, &mut rand_core::OsRng));
            stored.map_err(|error| Error::Storage { path: path.display().to_string(), error })?;
        }
        Ok(())
    }
}
