//! Checks of the transactions that households send, which proofs seal.

use super::{allowed, Checked, Moment};
use crate::changes::Change;
use crate::public_inputs::{merge_inputs, refuse_inputs, release_inputs, void_inputs};
use crate::stage::{LockTrigger, PlanStage, PlanTrigger, TradeTrigger};
use crate::state::{BadMatch, PlanEntry, State};
use crate::Refusal;
use protocol::ids::{Time, TransactionId};
use protocol::transaction::body::{
    Complaint, Confirm, IssuerRole, ListPlan, Merge, Objection, Release, Settle, Shortfall, Surplus, Void, Withdraw,
};
use protocol::units::{Cycle, Epoch, Side};
use protocol::Fr;

impl State {
    pub(super) fn list_plan(&self, b: &ListPlan, side: Side, at: Moment, binding: Fr) -> Checked {
        let cycle = self.cycle(b.cycle).ok_or(Refusal::UnknownCycle)?;
        if !cycle.is_open(at.time) {
            return Err(Refusal::CycleClosed);
        }
        // Whatever the current epoch is, so that an epoch can end while cycles are open.
        if cycle.start.epoch != b.epoch {
            return Err(Refusal::StaleEpoch);
        }
        if self.plans.contains_key(&b.handle) {
            return Err(Refusal::HandleReused);
        }
        if self.has_plan_tag(b.cycle, &b.tag) {
            return Err(Refusal::TagReused);
        }
        let plan = PlanEntry::listed(b, side, at.height, at.time, *self.listed, self.keys.version(Some(b.cycle)));
        let changes = vec![Change::Spend(b.nullifier), Change::Leaf(b.change), Change::List(Box::new(plan))];
        Ok((changes, self.list_plan_inputs(b, binding)?))
    }

    pub(super) fn confirm(&self, b: &Confirm, side: Side, binding: Fr) -> Checked {
        let (trade, on) = self.party(&b.match_id, &b.handle)?;
        if on != side {
            return Err(Refusal::NotAParty);
        }
        let trigger = TradeTrigger::confirm(side);
        allowed(trade.stage.on(trigger))?;
        let issuer = self.active_issuer(b.meter)?;
        if issuer.role != IssuerRole::MeteringService {
            return Err(Refusal::WrongRole);
        }
        self.present_keys(b.meter, b.generation)?;
        let inputs = self.confirm_inputs(b, trade, binding)?;
        let kept = Change::Confirm { match_id: b.match_id, side, change: b.change, meter: b.meter };
        Ok((vec![kept, Change::Trade(b.match_id, trigger)], inputs))
    }

    pub(super) fn refuse(&self, b: &Objection, binding: Fr) -> Checked {
        let (trade, side) = self.party(&b.match_id, &b.handle)?;
        let trigger = TradeTrigger::refuse(side);
        allowed(trade.stage.on(trigger))?;
        Ok((vec![Change::Trade(b.match_id, trigger)], refuse_inputs(b, binding)))
    }

    /// The ledger decrypts the match with the complaint's point. The seal shows that the point is
    /// the right one.
    pub(super) fn complain(&self, b: &Complaint, at: Moment) -> Checked {
        let (trade, side) = self.party(&b.match_id, &b.handle)?;
        let trigger = TradeTrigger::complain(side);
        allowed(trade.stage.on(trigger))?;
        if trade.opens(side, b.shared) {
            return Err(Refusal::MatchOpens);
        }
        let mark = BadMatch { height: at.height, match_id: b.match_id, handle: b.handle };
        Ok((vec![Change::BadMatch(Box::new(mark)), Change::Trade(b.match_id, trigger)], vec![]))
    }

    pub(super) fn settle(&self, b: &Settle, side: Side, binding: Fr) -> Checked {
        let (trade, on) = self.party(&b.match_id, &b.handle)?;
        if on != side {
            return Err(Refusal::NotAParty);
        }
        let trigger = TradeTrigger::settle(side);
        allowed(trade.stage.on(trigger))?;
        allowed(trade.side(side).lock.on(LockTrigger::Settle))?;
        let inputs = self.settle_inputs(b, trade, binding)?;
        let changes = vec![
            Change::Spend(b.nullifier),
            Change::Leaf(b.balance),
            Change::Settle { match_id: b.match_id, side, within: b.within },
            Change::Trade(b.match_id, trigger),
        ];
        Ok((changes, inputs))
    }

    pub(super) fn release(&self, b: &Release, at: Moment, binding: Fr) -> Checked {
        let plan = self.plan(&b.handle).ok_or(Refusal::UnknownPlan)?;
        allowed(plan.stage.on(PlanTrigger::Release))?;
        if self.is_being_paired(plan, at.time) {
            return Err(Refusal::InPairing);
        }
        Ok((vec![Change::Leaf(b.refund), Change::Release(b.handle)], release_inputs(b, plan, binding)))
    }

    /// Whether a match of the current round may still take the plan: the round's transcript is
    /// posted, and the plan takes part in the round and was not matched in it.
    fn is_being_paired(&self, plan: &PlanEntry, now: Time) -> bool {
        let Some(cycle) = self.cycle(plan.cycle) else { return false };
        let Some(round) = cycle.round(now) else { return false };
        self.transcript(plan.cycle, round).is_some()
            && plan.stage == PlanStage::Listed
            && plan.listed_time < cycle.cut_off(round)
            && plan.last_round != Some(round)
    }

    pub(super) fn void(&self, b: &Void, binding: Fr) -> Checked {
        let (trade, side) = self.party(&b.match_id, &b.handle)?;
        let trigger = TradeTrigger::void(side);
        allowed(trade.stage.on(trigger))?;
        allowed(trade.side(side).lock.on(LockTrigger::Return))?;
        let changes = vec![Change::Leaf(b.refund), Change::Trade(b.match_id, trigger)];
        Ok((changes, void_inputs(b, trade, side, binding)))
    }

    pub(super) fn merge(&self, b: &Merge, binding: Fr) -> Checked {
        let [first, second] = b.nullifiers;
        let changes = vec![Change::Spend(first), Change::Spend(second), Change::Leaf(b.record)];
        Ok((changes, merge_inputs(b, binding)))
    }

    pub(super) fn surplus(&self, b: &Surplus, binding: Fr) -> Checked {
        if b.sign.is_owed() {
            return Err(Refusal::WrongSign);
        }
        self.exits(b.epoch, b.cycle)?;
        let inputs = self.surplus_inputs(b, binding)?;
        let changes =
            vec![Change::Spend(b.nullifier_metered), Change::Spend(b.nullifier_balance), Change::Leaf(b.balance)];
        Ok((changes, inputs))
    }

    pub(super) fn shortfall(&self, b: &Shortfall, binding: Fr) -> Checked {
        let obligation = self.owed(&b.obligation)?;
        self.exits(b.epoch, obligation.cycle)?;
        let inputs = self.shortfall_inputs(b, obligation, binding)?;
        Ok((vec![Change::Spend(b.nullifier), Change::Leaf(b.balance), Change::Paid(b.obligation)], inputs))
    }

    pub(super) fn withdraw(&self, b: &Withdraw, id: TransactionId, binding: Fr) -> Checked {
        if self.epoch() != Some(b.current) || !self.may_exit(b.epoch, b.current) {
            return Err(Refusal::StaleEpoch);
        }
        if self.has_withdrawal_tag(&b.tag) {
            return Err(Refusal::TagReused);
        }
        if self.active_issuer(b.desk)?.role != IssuerRole::Desk {
            return Err(Refusal::WrongRole);
        }
        let changes = vec![
            Change::Spend(b.nullifier),
            Change::Leaf(b.balance),
            Change::Withdrawn(id, b.desk, b.amount),
            Change::WithdrawalTag(b.tag),
        ];
        Ok((changes, self.withdraw_inputs(b, binding)))
    }

    /// Whether a credential of the epoch `shown` counts for paying a metered record of this cycle. A
    /// household shows that of the cycle's epoch, whose metering service is the record's, or the last
    /// one before, if it had none. The ledger cannot tell whether it had, and an audit sees it.
    fn exits(&self, shown: Epoch, cycle: Cycle) -> Result<(), Refusal> {
        let of = self.cycle(cycle).ok_or(Refusal::UnknownCycle)?.start.epoch;
        self.may_exit(shown, of).then_some(()).ok_or(Refusal::StaleEpoch)
    }
}
