//! What a household does about a record that it is said to owe: it takes the opening that the
//! regulator gives it, and disputes what it does not owe.

use super::watch::{Obligation, Watch};
use super::{Error, Wallet};
use crate::note::Payload;
use protocol::record::Commitment;
use protocol::transaction::obligation::Dispute;

impl Watch {
    /// Takes the opening of a record that this household owes, from the regulator, where its metering
    /// service has sent none. The household can then pay or dispute it. The phrase does not give the
    /// opening back. Error: [`Error::UnknownMetered`] unless it opens a leaf of the ledger for this
    /// household.
    pub fn take_obligation(&mut self, opening: &Payload) -> Result<Commitment, Error> {
        let owed = matches!(opening, Payload::Metered { sign, .. } if sign.is_owed());
        let leaf = opening.leaf(self.address).filter(|_| owed).ok_or(Error::UnknownMetered)?;
        // Only a metered record on the ledger opens so: relation 13b shows its sign and its cycle.
        if !self.tree.leaves().any(|known| *known == leaf.0) {
            return Err(Error::UnknownMetered);
        }
        let obligation = Obligation { payload: *opening, paid: false };
        self.obligations.entry(leaf).or_insert(obligation);
        Ok(leaf)
    }
}

impl Wallet {
    /// [`Watch::take_obligation`] for the wallet. Store the wallet.
    pub fn take_obligation(&mut self, opening: &Payload) -> Result<Commitment, Error> {
        self.watch.take_obligation(opening)
    }

    /// The dispute of a record that this household does not owe, for the regulator: once for each. Error:
    /// [`Error::UnknownMetered`] for one that is paid, or that is not this household's.
    pub fn dispute(&self, obligation: Commitment) -> Result<Dispute, Error> {
        self.watch.obligations.get(&obligation).filter(|o| !o.paid).ok_or(Error::UnknownMetered)?;
        Ok(self.request_signer().dispute(self.watch.parameters.chain(), obligation))
    }
}
