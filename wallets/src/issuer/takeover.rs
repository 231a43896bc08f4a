//! Taking over the number of a metering service whose keys are lost. The new holder cannot read what
//! was encrypted to the old key, and does not know what the old holder issued. Households tell it
//! their trades in flight, which it checks against the ledger, and the quorum opens the metered
//! records of the cycles that the replacement reaches back to.

use super::{Error, MeteringService, Replacement, Sealed};
use crate::note::Payload;
use crate::opening::TradeTold;
use protocol::ids::Height;
use protocol::keys::Address;
use protocol::record::metered::Sign;
use protocol::record::Commitment;
use protocol::units::{Cycle, Side};
use protocol::Fr;
use rand_core::{CryptoRng, RngCore};
use std::collections::{BTreeMap, BTreeSet};

impl MeteringService {
    /// Draws new keys for the service's own number. The regulator puts them in force
    /// ([`crate::regulator::Regulator::rotate_issuer`]); until this service scans that block, it goes
    /// on with the old ones. Store the service before the regulator is asked.
    pub fn replace_keys<R: RngCore + CryptoRng>(&mut self, rng: &mut R) -> Replacement {
        self.identity.replace_keys(rng)
    }

    /// The keys of a new service that takes a number over. `reaches_back` is the first cycle whose
    /// metered records are to be under its serial key although the gate has closed: the first one
    /// whose records are not all issued.
    pub fn take_over<R: RngCore + CryptoRng>(&self, rng: &mut R, reaches_back: Option<Cycle>) -> Replacement {
        self.identity.take_over(rng, reaches_back)
    }

    /// Takes what an enrolled household tells of a trade that its confirmation gave to this number.
    /// Everything is checked: the plan is the trade's and names this service, the match opens, each
    /// half is the ledger's. Errors, with nothing changed: [`Error::UnknownHousehold`],
    /// [`Error::UnknownTrade`] for a trade that this number has no part in, [`Error::FalseTrade`].
    pub fn told(&mut self, told: &TradeTold) -> Result<(), Error> {
        let TradeTold { plan, terms, halves } = told;
        let owner = Address(plan.owner);
        if !self.households.contains_key(&owner) {
            return Err(Error::UnknownHousehold);
        }
        let (side, handle) = (plan.side, plan.handle());
        let match_id = terms.record(side, handle).id();
        let number = self.identity.id;
        let trade = self.trades.get_mut(match_id).ok_or(Error::FalseTrade("the match does not open"))?;
        if trade.meters[side as usize] != Some(number) {
            return Err(Error::UnknownTrade);
        }
        if trade.handles[side as usize] != handle || plan.meter != Fr::from(number.get()) {
            return Err(Error::FalseTrade("the plan is not the trade's, or names another service"));
        }
        let fits = |side: Side| match (halves[side as usize], trade.posted[side as usize]) {
            (None, _) => true,
            (Some(half), Some(posted)) => half.side == side && half.record(match_id).id() == posted,
            (Some(_), None) => false,
        };
        if ![Side::Sell, Side::Buy].into_iter().all(fits) {
            return Err(Error::FalseTrade("a half is not the ledger's"));
        }
        for (own, half) in trade.halves.iter_mut().zip(halves) {
            *own = own.or(*half);
        }
        self.trades.ours(match_id, side, owner, terms.volume);
        Ok(())
    }

    /// Takes the metered records of a cycle that the number's former holder issued, as the quorum
    /// opened them ([`crate::regulator::Regulator::former_record`]). They enter the books, and
    /// [`Self::issue_remainders`] issues none of them again. Errors, with nothing changed:
    /// [`Error::FalseTrade`] for an opening of no such record, [`Error::AlreadyIssued`] while one of
    /// the cycle's records is missing.
    pub fn take_former_records(&mut self, cycle: Cycle, opened: &[(Address, Payload)]) -> Result<(), Error> {
        let (accepted, mut found) = (self.accepted_of(cycle), BTreeMap::new());
        for (to, payload) in opened {
            let leaf = payload.leaf(*to).filter(|leaf| accepted.contains(leaf));
            let leaf = leaf.ok_or(Error::FalseTrade("not a metered record of the cycle"))?;
            found.insert(leaf, Sealed { to: *to, payload: *payload, expiry: Height(0) });
        }
        if accepted.iter().any(|leaf| !found.contains_key(leaf) && !self.identity.sealed.contains_key(leaf)) {
            return Err(Error::AlreadyIssued);
        }
        for (leaf, record) in found {
            self.identity.sealed.entry(leaf).or_insert(record);
        }
        Ok(())
    }

    /// Whose records of which signs the ledger has of a cycle, as far as the books know them.
    pub(super) fn issued_of(&self, accepted: &BTreeSet<Commitment>) -> BTreeSet<(Address, u8)> {
        let books = accepted.iter().filter_map(|leaf| self.identity.sealed.get(leaf));
        let signed = |sign: Sign| sign.counter();
        books
            .filter_map(|record| match record.payload {
                Payload::Metered { sign, .. } => Some((record.to, signed(sign))),
                _ => None,
            })
            .collect()
    }
}
