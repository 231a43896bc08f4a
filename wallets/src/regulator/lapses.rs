//! Lapses: plans that let their confirmation deadline pass, or refused their match. When they are more
//! in an epoch than its alarm allows, the quorum opens whose they are, each on the record, and who has
//! too many gets no credential of the next epoch.
//!
//! It goes the ledger's alarm -> [`Regulator::open_lapses`] -> ledger -> [`Evidence`] -> the share
//! holders -> [`Regulator::take_lapse`] for each plan.

use super::evidence::Evidence;
use super::quorum::Partial;
use super::{Error, Regulator};
use protocol::ids::Height;
use protocol::keys::Address;
use protocol::light::HeaderChain;
use protocol::record::Handle;
use protocol::transaction::body::Purpose;
use protocol::transaction::{Body, Transaction};
use protocol::units::{Cycle, Epoch};
use protocol::Fr;

/// How many plans of one household may lapse or refuse their match in an epoch whose alarm was raised.
/// With more, the household gets no credential of the next epoch.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct LapseLimit(u32);

impl LapseLimit {
    /// A limit. 0 means that no plan may.
    pub const fn new(plans: u32) -> Self {
        LapseLimit(plans)
    }
    /// The number of plans.
    pub const fn get(self) -> u32 {
        self.0
    }
}

impl Default for LapseLimit {
    /// Eight plans: half of what a household can list on one side of one cycle.
    fn default() -> Self {
        LapseLimit(8)
    }
}

/// A plan that lapsed or refused its match, opened. Not printable.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Lapse {
    /// The household that owns the plan.
    pub owner: Address,
    /// Whether the match was outside the plan, which is no fault of the household's.
    pub excused: bool,
}

impl Regulator {
    /// Sets how many plans of one household may lapse. It counts for plans that are opened from now on.
    /// It is not stored: set it at every start.
    pub fn set_lapse_limit(&mut self, limit: LapseLimit) {
        self.lapse_limit = limit;
    }
    /// The epochs whose alarm was raised, in order.
    pub fn lapse_alarms(&self) -> impl Iterator<Item = Epoch> + '_ {
        self.trail.alarms.iter().copied()
    }

    /// Announces the opening of the plans that lapsed or refused their match in an epoch, those that
    /// are neither announced nor opened yet. Errors: [`Error::NoAlarm`]; [`Error::WrongPeriod`] for an
    /// epoch before the last one, since the ledger takes none of these any more; [`Error::NoReason`].
    pub fn open_lapses(&mut self, epoch: Epoch, reason: [u8; 32], expiry: Height) -> Result<Vec<Transaction>, Error> {
        if !self.trail.alarms.contains(&epoch) {
            return Err(Error::NoAlarm);
        }
        if self.epoch.is_none_or(|current| epoch.get().saturating_add(1) < current.get()) {
            return Err(Error::WrongPeriod("lapses are opened in their epoch or the one after it"));
        }
        let subject = |handle: &Handle| (handle.0, Fr::from(epoch.get()));
        let mut plans: Vec<Handle> = self.trail.lapsed(epoch).collect();
        plans.retain(|handle| {
            let announced = self.require_announced(Purpose::Lapse, (Cycle::ZERO, 0), subject(handle)).is_ok();
            !announced && !self.register.has_lapse(epoch, *handle)
        });
        let open = |handle| self.announce_audit((Purpose::Lapse, Cycle::ZERO), subject(&handle), reason, expiry);
        plans.into_iter().map(open).collect()
    }

    /// Opens a plan that lapsed or refused its match, with the holders' parts, and the match that it
    /// was in last, which the same Open announces. Counts it for its household, unless the match was
    /// outside the plan; who has more than the limit is barred from the first later epoch of which it
    /// has no credential. Opened again, a plan counts once. Store the register. Errors: those of
    /// [`Regulator::audit`]; [`Error::NotOpened`] for a plan that lapsed in no epoch, and for another
    /// match than its last.
    pub fn take_lapse(
        &mut self,
        plan: &Evidence,
        matched: &Evidence,
        headers: &HeaderChain,
        partials: &[Partial],
    ) -> Result<Lapse, Error> {
        let (listed, last) = (plan.check(headers)?, matched.check(headers)?);
        let (Body::SellPlan(body) | Body::BuyPlan(body), Body::Match(of)) = (listed.body, last.body) else {
            return Err(Error::NotAuditable);
        };
        let handle = body.handle;
        let not_opened = || Error::NotOpened(format!("the lapse of {handle}"));
        let epoch = self.trail.lapsed_in(&handle).ok_or_else(not_opened)?;
        let is_last = self.trail.matches_of.get(&handle).and_then(|all| all.last()) == Some(&of.match_id);
        if (listed.purpose, last.purpose) != (Some(Purpose::Lapse), Some(Purpose::Lapse)) || !is_last {
            return Err(not_opened());
        }
        let (_, _, side) = self.trail.plan(handle)?;
        let audited = self.audit(plan, headers, partials)?;
        let excused = match self.trade(matched, headers) {
            Ok(terms) => !terms.is_within(side, audited.volume, audited.price),
            // The regulator made a match that does not open for itself.
            Err(Error::WrongTerms) => true,
            Err(error) => return Err(error),
        };
        let lapse = Lapse { owner: audited.owner, excused };
        self.register.lapse(epoch, handle, lapse);
        self.register.bar_beyond(self.lapse_limit, epoch, audited.owner);
        Ok(lapse)
    }
}
