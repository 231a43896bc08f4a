//! Audits: opening the trace key of one household, finding its plans by their tags, opening those and no others.
//!
//! Each opening is announced with the digest of a reason on file, and done by a quorum of the audit key's holders.

use super::quorum::{combine, Partial};
use super::{Error, Regulator};
use crate::seal::{small, unmask};
use protocol::elgamal::{Point, Role};
use protocol::keys::{Address, TraceCommitment, TraceKey, TraceKind};
use protocol::record::Handle;
use protocol::transaction::body::Purpose;
use protocol::transaction::{Height, Transaction};
use protocol::units::{Cycle, Energy, Price};
use protocol::Fr;

/// What may be opened: a ciphertext whose Open is on the ledger. Only [`Regulator::audit_request`] and
/// [`Regulator::trace_request`] make one.
pub struct LoggedCiphertext {
    c1: Point,
}

impl LoggedCiphertext {
    pub(super) fn c1(&self) -> Point {
        self.c1
    }
}

/// What an audited plan says. Not printable.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct AuditedPlan {
    /// Whose it is.
    pub owner: Address,
    /// Volume.
    pub volume: Energy,
    /// Ask or limit.
    pub price: Price,
    /// The cycle.
    pub cycle: Cycle,
}

const NO_ROUND: u8 = 0;

impl Regulator {
    /// Announces the audit of one plan. Errors: [`Error::UnknownPlan`], [`Error::NoReason`] for a reason of zeros.
    pub fn open_audit(&mut self, handle: Handle, reason: [u8; 32], expiry: Height) -> Result<Transaction, Error> {
        let cycle = self.plans.get(&handle).ok_or(Error::UnknownPlan)?.cycle;
        with_reason(reason)?;
        Ok(self.announce(expiry, Purpose::Audit, (cycle, NO_ROUND), (handle.0, Fr::from(0u64)), reason))
    }

    /// What the holders of the audit key are asked to open. Errors: [`Error::UnknownPlan`], [`Error::NotOpened`].
    pub fn audit_request(&self, handle: Handle) -> Result<LoggedCiphertext, Error> {
        let plan = self.plans.get(&handle).ok_or(Error::UnknownPlan)?;
        self.require_announced(Purpose::Audit, (plan.cycle, NO_ROUND), (handle.0, Fr::from(0u64)))?;
        Ok(LoggedCiphertext { c1: plan.c1 })
    }

    /// Opens a plan with the holders' parts. Errors: as [`Self::audit_request`]'s, and [`Error::BadShares`].
    pub fn audit(&mut self, handle: Handle, partials: &[Partial]) -> Result<AuditedPlan, Error> {
        let c1 = self.audit_request(handle)?.c1;
        let plan = self.plans.get(&handle).ok_or(Error::UnknownPlan)?;
        let [owner, volume, price] = unmask(Role::Audit, handle.0, c1, combine(partials)?, &plan.audit);
        // the proof shows volume and price in range: anything else comes from wrong parts, but for a chance of 2^-380
        let volume = small(volume).and_then(|v| Energy::new(v).ok()).ok_or(Error::BadShares)?;
        let price = small(price).and_then(|p| Price::new(p).ok()).ok_or(Error::BadShares)?;
        self.decryptions.audits += 1;
        Ok(AuditedPlan { owner: Address(owner), volume, price, cycle: plan.cycle })
    }

    /// Announces the opening of a household's trace key. Errors: [`Error::NoDeposit`], [`Error::NoReason`].
    pub fn open_trace(
        &mut self,
        kappa: TraceCommitment,
        reason: [u8; 32],
        expiry: Height,
    ) -> Result<Transaction, Error> {
        if !self.deposits.contains_key(&kappa) {
            return Err(Error::NoDeposit);
        }
        with_reason(reason)?;
        Ok(self.announce(expiry, Purpose::Trace, (Cycle::ZERO, NO_ROUND), (kappa.0, Fr::from(0u64)), reason))
    }

    /// What the holders of the audit key are asked to open. Errors: [`Error::NoDeposit`], [`Error::NotOpened`].
    pub fn trace_request(&self, kappa: TraceCommitment) -> Result<LoggedCiphertext, Error> {
        let deposit = self.deposits.get(&kappa).ok_or(Error::NoDeposit)?;
        self.require_announced(Purpose::Trace, (Cycle::ZERO, NO_ROUND), (kappa.0, Fr::from(0u64)))?;
        Ok(LoggedCiphertext { c1: deposit.c1 })
    }

    /// Opens a trace key with the holders' parts. Errors: as [`Self::trace_request`]'s, and [`Error::BadShares`].
    pub fn trace(&mut self, kappa: TraceCommitment, partials: &[Partial]) -> Result<TraceKey, Error> {
        let c1 = self.trace_request(kappa)?.c1;
        let deposit = self.deposits.get(&kappa).ok_or(Error::NoDeposit)?;
        let [k] = unmask(Role::Audit, kappa.0, c1, combine(partials)?, &deposit.ciphertext);
        let key = TraceKey::from_field(k);
        if key.commitment() != kappa {
            return Err(Error::BadShares);
        }
        self.decryptions.traces += 1;
        Ok(key)
    }

    /// A household's plans in these cycles, by their tags. Nothing is decrypted.
    pub fn plans_of(&self, key: &TraceKey, cycles: impl IntoIterator<Item = Cycle>) -> Vec<Handle> {
        let mut plans = Vec::new();
        for cycle in cycles {
            for kind in [TraceKind::Sell, TraceKind::Buy] {
                for n in 0..=u8::MAX {
                    plans.extend(self.tags.get(&key.tag(kind, cycle, n)).into_iter().flatten());
                }
            }
        }
        plans
    }
}

fn with_reason(reason: [u8; 32]) -> Result<(), Error> {
    if reason == [0; 32] {
        return Err(Error::NoReason);
    }
    Ok(())
}
