//! The end of a run: what everyone has, and their wallets stored encrypted.

use super::runner::{role_rng, Runner};
use super::{io, Error};
use crate::report::HouseholdRow;
use std::path::Path;
use wallets::storage::{Cost, Passphrase, Vault};

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

    /// Stores the wallets under `wallets/`, each encrypted. The passphrase follows from the run's seed and protects
    /// nothing, which is why its key derivation is the cheap one.
    pub(super) fn store_wallets(&self, directory: &Path, seed: u64) -> Result<(), Error> {
        let folder = directory.join("wallets");
        std::fs::create_dir_all(&folder).map_err(io(&folder))?;
        for (i, household) in self.households.iter().enumerate() {
            let path = folder.join(format!("household-{i}.vault"));
            let passphrase = Passphrase::new(format!("demonstration {seed}"));
            let mut rng = role_rng(seed, &format!("vault {i}"));
            let vault = match path.exists() {
                true => Vault::open(&path, &passphrase)?.0,
                false => Vault::create(&path, &passphrase, Cost::INSECURE, &mut rng)?,
            };
            vault.save(&household.wallet.to_bytes(), &mut rand_core::OsRng)?;
        }
        Ok(())
    }
}
