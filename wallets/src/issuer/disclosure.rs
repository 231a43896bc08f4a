//! What an issuer tells the regulator of one household, or of one debt: only against a proof that the request is on the
//! ledger. Whoever is told checks every opening against the commitment on the ledger: an issuer can leave out, not invent.

use super::{Desk, Error, Identity, MeteringService};
use crate::note::{DeliveryOpening, Payload};
use crate::regulator::announced;
use protocol::keys::Address;
use protocol::light::{AcceptanceProof, HeaderChain};
use protocol::record::{Commitment, MatchId};
use protocol::transaction::body::Purpose;
use protocol::units::{Cycle, IssuerId};
use protocol::Fr;

/// What an issuer knows of a household. Not printable.
pub struct Disclosure {
    /// Who tells.
    pub issuer: IssuerId,
    /// Openings of what it issued.
    pub issued: Vec<Payload>,
    /// Both halves of the household's deliveries.
    pub deliveries: Vec<(MatchId, [DeliveryOpening; 2])>,
}

impl Identity {
    /// Checks that the regulator announced to ask this issuer. Errors: [`Error::NotAnnounced`].
    fn asked(&self, open: &AcceptanceProof, headers: &HeaderChain) -> Result<(), Error> {
        let open = announced(open, headers).map_err(|_| Error::NotAnnounced)?;
        if (open.purpose, open.second) != (Purpose::Disclosure, Fr::from(self.id.get())) {
            return Err(Error::NotAnnounced);
        }
        Ok(())
    }
    fn issued_to(&self, household: Address, of: impl Fn(&Payload) -> bool) -> Vec<Payload> {
        let theirs = self.issued.iter().filter(|(to, payload)| *to == household && of(payload));
        theirs.map(|(_, payload)| *payload).collect()
    }
}

impl Desk {
    /// What it issued to a household. Error: [`Error::NotAnnounced`].
    pub fn disclose(
        &self,
        household: Address,
        open: &AcceptanceProof,
        headers: &HeaderChain,
    ) -> Result<Disclosure, Error> {
        self.identity.asked(open, headers)?;
        let issued = self.identity.issued_to(household, |_| true);
        Ok(Disclosure { issuer: self.identity.id, issued, deliveries: Vec::new() })
    }
}

impl MeteringService {
    /// What it issued to a household for these cycles, and both halves of the household's deliveries in them. Error:
    /// [`Error::NotAnnounced`].
    pub fn disclose(
        &self,
        household: Address,
        cycles: &[Cycle],
        open: &AcceptanceProof,
        headers: &HeaderChain,
    ) -> Result<Disclosure, Error> {
        self.identity.asked(open, headers)?;
        let issued = self.identity.issued_to(household, |payload| match payload {
            Payload::Generation { cycle, .. } | Payload::Metered { cycle, .. } => cycles.contains(cycle),
            _ => false,
        });
        let theirs =
            self.trades.all.iter().filter(|t| cycles.contains(&t.cycle) && t.owners.contains(&Some(household)));
        let deliveries = theirs.filter_map(|t| match t.halves {
            [Some(sold), Some(bought)] => Some((t.id, [sold, bought])),
            _ => None,
        });
        Ok(Disclosure { issuer: self.identity.id, issued, deliveries: deliveries.collect() })
    }

    /// Who owes an obligation that this service issued, and its opening. Errors: [`Error::NotAnnounced`],
    /// [`Error::UnknownHousehold`] for one that it did not issue.
    pub fn debtor(
        &self,
        owed: Commitment,
        open: &AcceptanceProof,
        headers: &HeaderChain,
    ) -> Result<(Address, Payload), Error> {
        let open = announced(open, headers).map_err(|_| Error::NotAnnounced)?;
        if (open.purpose, open.first) != (Purpose::Obligation, owed.0) {
            return Err(Error::NotAnnounced);
        }
        let mut issued = self.identity.issued.iter();
        issued.find(|(to, payload)| payload.leaf(*to) == Some(owed)).copied().ok_or(Error::UnknownHousehold)
    }
}
