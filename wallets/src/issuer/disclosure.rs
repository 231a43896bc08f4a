//! What an issuer tells the regulator of one household, or of one debt: only against a proof that
//! the request is on the ledger. The regulator checks every opening against the commitment on the
//! ledger. So an issuer can leave something out, but cannot invent anything.

use super::{Desk, Error, Identity, MeteringService};
use crate::note::{DeliveryOpening, Payload};
use crate::regulator::announced;
use protocol::keys::{Address, TraceCommitment};
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
    /// Checks that the regulator announced to ask this issuer. The entry names the household by a
    /// kappa, which says nothing to an issuer: so a kappa stands for the household that it was
    /// first asked for by it. Errors: [`Error::NotAnnounced`], [`Error::OtherHousehold`].
    fn asked(&mut self, household: Address, open: &AcceptanceProof, headers: &HeaderChain) -> Result<(), Error> {
        let open = announced(open, headers).map_err(|_| Error::NotAnnounced)?;
        if (open.purpose, open.second) != (Purpose::Disclosure, Fr::from(self.id.get())) {
            return Err(Error::NotAnnounced);
        }
        match *self.asked.entry(TraceCommitment(open.first)).or_insert(household) == household {
            true => Ok(()),
            false => Err(Error::OtherHousehold),
        }
    }
    /// What of the books is on the ledger: what was sealed and expired is nobody's.
    fn issued_to(&self, household: Address, of: impl Fn(&Payload) -> bool) -> Vec<Payload> {
        let theirs = self.sealed.iter().filter(|(_, record)| record.to == household && of(&record.payload));
        theirs.filter(|(leaf, _)| self.accepted.contains_key(leaf)).map(|(_, record)| record.payload).collect()
    }
}

impl Desk {
    /// What it issued to a household. Store the desk before answering: it remembers for whom it was
    /// asked. Errors: [`Error::NotAnnounced`], [`Error::OtherHousehold`].
    pub fn disclose(
        &mut self,
        household: Address,
        open: &AcceptanceProof,
        headers: &HeaderChain,
    ) -> Result<Disclosure, Error> {
        self.identity.asked(household, open, headers)?;
        let issued = self.identity.issued_to(household, |_| true);
        Ok(Disclosure { issuer: self.identity.id, issued, deliveries: Vec::new() })
    }
}

impl MeteringService {
    /// What it issued to a household for these cycles, and both halves of the household's
    /// deliveries in them. Store the service before answering, as a desk. Errors:
    /// [`Error::NotAnnounced`], [`Error::OtherHousehold`].
    pub fn disclose(
        &mut self,
        household: Address,
        cycles: &[Cycle],
        open: &AcceptanceProof,
        headers: &HeaderChain,
    ) -> Result<Disclosure, Error> {
        self.identity.asked(household, open, headers)?;
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

    /// Who owes an obligation that this service issued, and its opening. Errors:
    /// [`Error::NotAnnounced`], [`Error::UnknownHousehold`] for one that it did not issue.
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
        self.identity.sealed.get(&owed).map(|record| (record.to, record.payload)).ok_or(Error::UnknownHousehold)
    }
}
