//! What a state forgets (docs/protocol/40-ledger.md, "What is forgotten"). Something is forgotten
//! only where a rule beside it refuses a repeat, so forgetting lets nothing happen twice:
//!
//! - a plan once its cycle is closed and its lock released. A listing needs its cycle open, and the
//!   handle commits to the cycle; a second release finds no plan.
//! - a trade, with its two plans, once its cycle is closed and each side has taken its own. A match
//!   needs its cycle open, and a match record commits to cycle and handles; every later step finds no
//!   trade.
//! - a dissolved trade once its cycle is closed. Its plans stay until their locks are released.
//! - trace tags of a closed cycle's plans, since a listing needs its cycle open, and its tag follows
//!   from the cycle; those of an epoch's withdrawals, since a withdrawal's tag follows from the current
//!   epoch.
//! - the trace keys of credentials that may no longer be shown, since a credential is issued for the
//!   current epoch or the next.
//! - scores, transcripts and masks of a closed cycle. They are posted and read in the current round
//!   of an open cycle alone.
//!
//! A lock that nobody takes back stays for ever, and nullifiers stay, since nothing else refuses a
//! record that is spent a second time.

use crate::stage::{PlanStage, TradeStage};
use crate::state::{State, TradeEntry};
use protocol::ids::Time;
use protocol::record::{Handle, MatchId};
use protocol::units::Cycle;
use protocol::Fr;

impl State {
    /// Whether a cycle is closed, so that nothing of it can be repeated.
    pub(crate) fn is_past(&self, cycle: Cycle, now: Time) -> bool {
        self.cycle(cycle).is_some_and(|cycle| cycle.is_closed(now))
    }

    /// Forgets what gate closure makes superfluous.
    pub(crate) fn forget_round_data(&mut self, cycle: Cycle, now: Time) {
        self.offers.remove(&cycle);
        self.forget_plan_tags(cycle);
        self.scores.remove_run((cycle, 0, Handle(Fr::from(0u64))), |(of, ..)| *of == cycle);
        self.transcripts.remove_run((cycle, 0), |(of, _)| *of == cycle);
        self.masks.remove_run((cycle, 0), |(of, _)| *of == cycle);
        let plans: Vec<Handle> = self.plans_of(cycle).map(|plan| plan.handle).collect();
        plans.into_iter().for_each(|handle| self.forget_plan(handle, now));
        let trades: Vec<MatchId> = self.trades_of(cycle).map(|trade| trade.match_id).collect();
        trades.into_iter().for_each(|match_id| self.forget_trade(match_id, now));
    }

    /// Forgets a plan if nothing of it can be repeated or is still to come.
    pub(crate) fn forget_plan(&mut self, handle: Handle, now: Time) {
        let Some(plan) = self.plan(&handle) else { return };
        if plan.stage == PlanStage::Released && self.is_past(plan.cycle, now) {
            self.remove_plan(handle);
        }
    }

    /// Forgets a trade if nothing of it can be repeated or is still to come, with the two plans in
    /// it.
    pub(crate) fn forget_trade(&mut self, match_id: MatchId, now: Time) {
        let Some(trade) = self.trade(&match_id) else { return };
        if !self.is_past(trade.cycle, now) || !trade.is_over() || self.needs_verdict(trade) {
            return;
        }
        let (place, plans) = ((trade.cycle, trade.order), [trade.sell.handle, trade.buy.handle]);
        if trade.stage != TradeStage::Dissolved {
            plans.into_iter().for_each(|handle| self.remove_plan(handle));
        }
        self.trades.remove(&match_id);
        self.matches.remove(&place);
    }

    /// Whether the verdict on a settled trade's encrypted deviation is still to come, or stands
    /// against a settlement. Such a trade is kept, as what accuses somebody is.
    fn needs_verdict(&self, trade: &TradeEntry) -> bool {
        let judged = trade.deviation.verdict.is_some() && !trade.verdict_differs();
        self.genesis.deviation().is_some() && trade.stage == TradeStage::Delivered && !judged
    }

    fn remove_plan(&mut self, handle: Handle) {
        if let Some(place) = self.plan(&handle).map(|plan| (plan.cycle, plan.order)) {
            self.plans.remove(&handle);
            self.listings.remove(&place);
        }
    }
}
