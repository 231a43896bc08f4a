//! The audit of a metering service over an epoch. The service discloses the openings of all records
//! that it issued in the epoch. The regulator counts them against the blocks, so that none can be
//! left out, and holds the sums against what the grid operator's meters allow.

use super::{Error, Regulator};
use crate::note::Payload;
use protocol::ids::Height;
use protocol::keys::Address;
use protocol::record::metered::Sign;
use protocol::transaction::body::{Issued, Purpose};
use protocol::transaction::Transaction;
use protocol::units::{Cycle, Epoch, IssuerId};
use protocol::Fr;
use std::collections::{BTreeMap, BTreeSet};

/// Sums of energy in a cycle, in Wh: what a service issued, or the most that the grid operator's
/// meters allow it to have issued.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct ServiceSums {
    /// Energy that may be sold.
    pub generation: u64,
    /// Surplus, less what was taken back.
    pub surplus: i128,
    /// Shortfall, less what was given back.
    pub shortfall: i128,
}

/// What a metering service issued in an epoch, by cycle.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ServiceAccount {
    /// The sums of each cycle.
    pub sums: BTreeMap<Cycle, ServiceSums>,
    /// How many generation records it issued.
    pub generation: u64,
    /// How many metered records it issued.
    pub metered: u64,
}

impl ServiceAccount {
    /// The cycles in which the service issued more than the meters allow, in order. A cycle without
    /// a total allows nothing.
    pub fn beyond(&self, totals: &BTreeMap<Cycle, ServiceSums>) -> Vec<Cycle> {
        let more = |(cycle, issued): &(&Cycle, &ServiceSums)| {
            let most = totals.get(cycle).copied().unwrap_or_default();
            issued.generation > most.generation || issued.surplus > most.surplus || issued.shortfall > most.shortfall
        };
        self.sums.iter().filter(more).map(|(cycle, _)| *cycle).collect()
    }
}

impl Regulator {
    /// Announces the audit of a metering service over an epoch. Errors: [`Error::UnknownIssuer`],
    /// [`Error::WrongPeriod`] for an epoch that has not started, [`Error::NoReason`].
    pub fn open_service(
        &mut self,
        issuer: IssuerId,
        epoch: Epoch,
        reason: [u8; 32],
        expiry: Height,
    ) -> Result<Transaction, Error> {
        self.issuers.get(&issuer).ok_or(Error::UnknownIssuer)?;
        if self.epoch.is_none_or(|current| epoch > current) {
            return Err(Error::WrongPeriod("the epoch has not started"));
        }
        let subject = (Fr::from(epoch.get()), Fr::from(issuer.get()));
        self.announce_audit((Purpose::Service, Cycle::ZERO), subject, reason, expiry)
    }

    /// Checks a service's disclosure of an epoch: each opening is of a record that it put on the
    /// ledger in that epoch, none comes twice, and none is missing. Errors: [`Error::BadDisclosure`],
    /// [`Error::Incomplete`].
    pub fn audit_service(
        &self,
        issuer: IssuerId,
        epoch: Epoch,
        disclosed: &[(Address, Payload)],
    ) -> Result<ServiceAccount, Error> {
        let (mut account, mut seen) = (ServiceAccount::default(), BTreeSet::new());
        let mut remainders = BTreeSet::new();
        for (owner, payload) in disclosed {
            let leaf = payload.leaf(*owner).ok_or(Error::BadDisclosure("not a record"))?;
            if !seen.insert(leaf) {
                return Err(Error::BadDisclosure("a record twice"));
            }
            let foreign = || Error::BadDisclosure("a record that this issuer did not put on the ledger in the epoch");
            match *payload {
                Payload::Generation { volume, cycle, .. } => {
                    let issue = self.trail.issues.get(&leaf);
                    issue.filter(|(i, _, at)| i.issuer == issuer && *at == Some(epoch)).ok_or_else(foreign)?;
                    account.sums.entry(cycle).or_default().generation += volume.get();
                    account.generation += 1;
                }
                Payload::Metered { volume, sign, cycle, .. } => {
                    let issue = self.trail.metered.get(&leaf);
                    issue.filter(|(i, at)| i.issuer == issuer && *at == Some(epoch)).ok_or_else(foreign)?;
                    // The ledger's serials keep this out, save across a replacement of the serial key.
                    if !remainders.insert((*owner, cycle, sign.counter())) {
                        return Err(Error::BadDisclosure("two metered records of a household, cycle and sign"));
                    }
                    let (sums, volume) = (account.sums.entry(cycle).or_default(), i128::from(volume.get()));
                    match sign {
                        Sign::Surplus => sums.surplus += volume,
                        Sign::SurplusBack => sums.surplus -= volume,
                        Sign::Shortfall => sums.shortfall += volume,
                        Sign::ShortfallBack => sums.shortfall -= volume,
                    }
                    account.metered += 1;
                }
                _ => return Err(Error::BadDisclosure("a record of another kind")),
            }
        }
        let issued = self.trail.issues.values();
        let issued = issued.filter(|(i, _, at)| (i.issuer, i.issued, *at) == (issuer, Issued::Generation, Some(epoch)));
        let metered = self.trail.metered.values().filter(|(i, at)| i.issuer == issuer && *at == Some(epoch));
        let missing = (issued.count() + metered.count()) as u64 - account.generation - account.metered;
        match missing {
            0 => Ok(account),
            n => Err(Error::Incomplete(format!("{n} records of the service are not disclosed"))),
        }
    }
}
