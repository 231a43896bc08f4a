//! An issuer's disclosure to the regulator about one household, or of all that it issued in an epoch:
//! only against a proof that the request is on the ledger. The regulator checks every opening against the
//! commitment on the ledger. So an issuer can leave something out, but cannot invent anything.

use super::{Desk, Error, Identity, MeteringService};
use crate::announcement::announced;
use crate::note::Payload;
use protocol::keys::{Address, TraceCommitment};
use protocol::light::{AcceptanceProof, HeaderChain};
use protocol::record::{Commitment, MatchId};
use protocol::transaction::body::Purpose;
use protocol::units::{Cycle, IssuerId};
use protocol::Fr;

/// An issuer's knowledge of a household. Not printable.
pub struct Disclosure {
    /// The issuer that discloses.
    pub issuer: IssuerId,
    /// The openings of the records that it issued to the household.
    pub issued: Vec<Payload>,
    /// The household's trades. The regulator reads their deliveries from the ledger; it asks for the
    /// trades to find out whether it has found all of the household's plans.
    pub trades: Vec<MatchId>,
}

impl Identity {
    /// Checks that the regulator announced to ask this issuer. The Open names the household by a
    /// kappa, which tells an issuer nothing. So a kappa stands for the household for which it was
    /// first used. Errors: [`Error::NotAnnounced`], [`Error::OtherHousehold`].
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
    /// The records of the books that are on the ledger: a record whose transaction expired is left
    /// out.
    fn issued_to(&self, household: Address, of: impl Fn(&Payload) -> bool) -> Vec<Payload> {
        let theirs = self.sealed.iter().filter(|(_, record)| record.to == household && of(&record.payload));
        theirs.filter(|(leaf, _)| self.accepted.contains_key(leaf)).map(|(_, record)| record.payload).collect()
    }
}

impl Desk {
    /// Discloses the records that the desk issued to a household. Store the desk before answering:
    /// it remembers for which household it was asked. Errors: [`Error::NotAnnounced`],
    /// [`Error::OtherHousehold`].
    pub fn disclose(
        &mut self,
        household: Address,
        open: &AcceptanceProof,
        headers: &HeaderChain,
    ) -> Result<Disclosure, Error> {
        self.identity.asked(household, open, headers)?;
        let issued = self.identity.issued_to(household, |_| true);
        Ok(Disclosure { issuer: self.identity.id, issued, trades: Vec::new() })
    }
}

impl MeteringService {
    /// Discloses the records that the service issued to a household for these cycles, and the
    /// household's trades in them. Store the service before answering, as a desk.
    /// Errors: [`Error::NotAnnounced`], [`Error::OtherHousehold`].
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
        let theirs = self.trades.all.iter().filter(|t| cycles.contains(&t.cycle));
        let trades = theirs.filter(|t| t.owners.contains(&Some(household))).map(|t| t.id).collect();
        Ok(Disclosure { issuer: self.identity.id, issued, trades })
    }

    /// Discloses the openings of all records that the service issued in the epoch that the regulator
    /// announced, for the audit of the service itself. Error: [`Error::NotAnnounced`].
    pub fn disclose_epoch(
        &self,
        open: &AcceptanceProof,
        headers: &HeaderChain,
    ) -> Result<Vec<(Address, Payload)>, Error> {
        let open = announced(open, headers).map_err(|_| Error::NotAnnounced)?;
        if (open.purpose, open.second) != (Purpose::Service, Fr::from(self.identity.id.get())) {
            return Err(Error::NotAnnounced);
        }
        let of = |leaf: &Commitment| {
            self.identity.accepted.get(leaf).is_some_and(|record| Fr::from(record.epoch.get()) == open.first)
        };
        let theirs = self.identity.sealed.iter().filter(|(leaf, _)| of(leaf));
        Ok(theirs.map(|(_, record)| (record.to, record.payload)).collect())
    }
}
