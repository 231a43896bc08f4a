//! The market's course: epochs, cycles, verifying keys, and the issuers that take part.

use super::{Error, Regulator};
use protocol::ids::{Height, Serial, VerifyingKeyId};
use protocol::market_parameters::MarketParameters;
use protocol::relation::RelationKind;
use protocol::terms::{Terms, LAPSE_ALARM};
use protocol::transaction::body::{
    ActivateKey, CycleStart, EpochStart, Schedule, SuspendIssuer, Turn, MAX_CYCLE_STEP, MAX_ROUNDS,
};
use protocol::transaction::{Body, Transaction};
use protocol::units::{Cycle, Epoch, IssuerId};

impl Regulator {
    /// The current epoch; None before the first.
    pub fn epoch(&self) -> Option<Epoch> {
        self.epoch
    }

    /// Starts an epoch. Error: [`Error::WrongPeriod`] unless it follows the current one; the first
    /// is 1.
    pub fn start_epoch(&mut self, epoch: Epoch, expiry: Height) -> Result<Transaction, Error> {
        if epoch.get().checked_sub(1) != Some(self.epoch.map_or(0, Epoch::get)) {
            return Err(Error::WrongPeriod("the first epoch is 1, and each other follows the last"));
        }
        Ok(self.seal(expiry, |serial| Body::EpochStart(EpochStart { serial, epoch, lapse_alarm: LAPSE_ALARM })))
    }

    /// Gives a relation another verifying key, from a cycle on that has not started. The ledger
    /// refuses the change until it runs a program that pins the key. Error: [`Error::Keys`] for a key
    /// from the public seed on network `main`.
    pub fn activate_key(
        &mut self,
        relation: RelationKind,
        key: VerifyingKeyId,
        from: Cycle,
        expiry: Height,
    ) -> Result<Transaction, Error> {
        self.proofs.judge_change(&ActivateKey { serial: Serial(0), relation, key, from })?;
        Ok(self.seal(expiry, |serial| Body::ActivateKey(ActivateKey { serial, relation, key, from })))
    }

    /// Starts a cycle in the current epoch. Errors: [`Error::WrongPeriod`], [`Error::MisfitTerms`].
    pub fn start_cycle(
        &mut self,
        cycle: Cycle,
        market: MarketParameters,
        terms: Terms,
        schedule: Schedule,
        expiry: Height,
    ) -> Result<Transaction, Error> {
        let epoch = self.epoch.ok_or(Error::WrongPeriod("no epoch has started"))?;
        let newest = self.book.last_cycle();
        let above = cycle.get().checked_sub(newest.map_or(0, Cycle::get)).unwrap_or(u32::MAX);
        if newest.is_some_and(|last| cycle <= last) || above > MAX_CYCLE_STEP {
            return Err(Error::WrongPeriod("a cycle is above the newest one, by at most 1,024"));
        }
        let before = newest.and_then(|newest| self.book.cycle(newest));
        if before.is_some_and(|before| schedule.opens <= before.schedule.opens) {
            return Err(Error::WrongPeriod("a cycle opens after the one before it has opened"));
        }
        if market.max_rounds > MAX_ROUNDS {
            return Err(Error::WrongPeriod("a cycle has at most 16 rounds"));
        }
        if terms.check().is_err() || terms.greatest_energy != self.greatest_energy {
            return Err(Error::MisfitTerms);
        }
        if schedule.round_seconds < 2 || !(1..schedule.round_seconds).contains(&schedule.confirm_seconds) {
            return Err(Error::WrongPeriod("a round lasts 2 seconds at least, and longer than its confirmations"));
        }
        let first_cut_off = schedule.opens.0.saturating_add(u64::from(schedule.round_seconds));
        let last_confirmation = schedule.closes.0.saturating_add(u64::from(schedule.confirm_seconds));
        let early = last_confirmation > schedule.delivery_from.0 || schedule.delivery_slot < 2;
        if first_cut_off >= schedule.closes.0 || early {
            return Err(Error::WrongPeriod("a cycle has a cut-off, closes, and delivers after the last confirmation"));
        }
        Ok(self.seal(expiry, |serial| {
            Body::CycleStart(CycleStart { serial, cycle, epoch, market, terms, turn: Turn::Listed, schedule })
        }))
    }

    /// Stops an issuer, or lets it go on.
    pub fn suspend_issuer(&mut self, issuer: IssuerId, suspended: bool, expiry: Height) -> Transaction {
        self.seal(expiry, |serial| Body::SuspendIssuer(SuspendIssuer { serial, issuer, suspended }))
    }
}
