//! The changes that transactions and deadlines make to a state. A transaction is checked first and
//! yields its changes; applying them cannot fail. Their traces, leaves and events, are for wallets.

use crate::stage::{Cell, LockTrigger, PlanStage, PlanTrigger, TradeEffect, TradeTrigger};
use crate::state::{
    BadMatch, Counted, CycleState, Deadline, Obligation, Opening, PlanEntry, Serials, State, Strike, TradeEntry,
};
use protocol::compact::Event;
use protocol::ids::{BlobHash, Serial, Time, TransactionId};
use protocol::keys::{TraceCommitment, TraceTag};
use protocol::record::metered::RecordSerial;
use protocol::record::{Commitment, DeliveryId, Handle, MatchId, Nullifier};
use protocol::transaction::body::{ActivateKey, Contest, CycleStart, IssueCap, RegisterIssuer, RotateKey};
use protocol::transaction::obligation::Ruled;
use protocol::tree::Position;
use protocol::units::{Cycle, Epoch, IssuerId, Money, Side};

/// The operator whose serial a transaction uses up.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Signer {
    Regulator,
    Matcher,
    Issuer(IssuerId),
}

/// One change to a state. Each was checked against the state that it is applied to.
#[derive(Clone, Debug)]
pub(crate) enum Change {
    /// Appends a leaf to the record tree.
    Leaf(Commitment),
    /// Publishes a nullifier.
    Spend(Nullifier),
    /// Uses up an operator's serial.
    Serial(Signer, Serial),
    List(Box<PlanEntry>),
    Match(Box<TradeEntry>),
    Confirm {
        match_id: MatchId,
        side: Side,
        change: Commitment,
        meter: IssuerId,
    },
    BadMatch(Box<BadMatch>),
    Deliver {
        match_id: MatchId,
        side: Side,
        delivery: DeliveryId,
    },
    Settle {
        match_id: MatchId,
        side: Side,
        within: bool,
    },
    Trade(MatchId, TradeTrigger),
    Release(Handle),
    /// Uses up the trace key of an epoch's credential.
    Credential(Epoch, TraceCommitment),
    /// Uses up the trace tag of a withdrawal.
    WithdrawalTag(TraceTag),
    Obligation(Commitment, Obligation),
    Paid(Commitment),
    /// The regulator has ruled about an obligation.
    Ruled(Commitment, Ruled),
    /// Counts a record that a metering service issued in the current epoch.
    Issued(IssuerId, Counted),
    RecordSerial(Cycle, RecordSerial),
    Cap(IssuerId, IssueCap),
    Scores(Cycle, u8, Handle, [u8; 32]),
    Struck(Box<Strike>),
    Transcript(Cycle, u8, [u8; 32]),
    Mask(Cycle, u8, [u8; 32]),
    Opening(Box<Opening>),
    /// Begins an epoch in which so many plans may lapse or refuse a match.
    Epoch(Epoch, u32),
    Cycle(Box<CycleStart>),
    Issuer(Box<RegisterIssuer>),
    /// Stops an issuer, or lets it go on.
    Suspended(IssuerId, bool),
    /// Replaces an operator's keys.
    Rotate(Box<RotateKey>),
    /// A withdrawal through a desk, which its desk is to mark.
    Withdrawn(TransactionId, IssuerId, Money),
    /// The desk has marked this withdrawal.
    PaidOut(TransactionId),
    Key(Box<ActivateKey>),
    Deviation(MatchId, DeviationStep),
}

/// A step of a trade's encrypted deviation.
#[derive(Clone, Copy, Debug)]
pub(crate) enum DeviationStep {
    Threshold(BlobHash),
    Delivery(Side, BlobHash),
    Result(BlobHash),
    Announced,
    Verdict(bool),
}

/// The leaves that changes appended, with their positions, and the events that they caused.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Traces {
    pub leaves: Vec<(Position, Commitment)>,
    pub events: Vec<Event>,
}

const CHECKED: &str = "the change was checked against this state";

impl State {
    /// Applies a checked change at the time of the block.
    pub(crate) fn apply(&mut self, change: Change, now: Time, traces: &mut Traces) {
        match change {
            Change::Leaf(commitment) => self.append(commitment, traces),
            Change::Spend(nullifier) => {
                self.nullifiers.add(nullifier);
            }
            Change::Serial(Signer::Regulator, serial) => self.regulator_serials.take(serial),
            Change::Serial(Signer::Matcher, serial) => self.matcher_serials.take(serial),
            Change::Serial(Signer::Issuer(issuer), serial) => {
                self.issuer_serials.get_mut(&issuer).expect(CHECKED).take(serial);
            }
            Change::List(plan) => {
                *self.listed += 1;
                self.listings.insert((plan.cycle, plan.order), plan.handle);
                self.plan_tags.add((plan.cycle, plan.tag));
                self.plans.insert(plan.handle, *plan);
            }
            Change::Match(trade) => {
                for side in [Side::Sell, Side::Buy] {
                    let handle = trade.side(side).handle;
                    self.move_plan(handle, PlanTrigger::Match);
                    let plan = self.plans.get_mut(&handle).expect(CHECKED);
                    plan.last_round = Some(trade.round);
                    plan.match_id = Some(trade.match_id);
                    plan.match_points.push(trade.c1);
                }
                self.deadlines.add((trade.confirm_deadline, Deadline::Confirmation(trade.match_id)));
                *self.matched += 1;
                self.matches.insert((trade.cycle, trade.order), trade.match_id);
                self.trades.insert(trade.match_id, *trade);
            }
            Change::Confirm { match_id, side, change, meter } => {
                let side = self.trades.get_mut(&match_id).expect(CHECKED).side_mut(side);
                side.change = Some(change);
                side.meter = Some(meter);
            }
            Change::BadMatch(mark) => self.bad_matches.insert(self.bad_matches.len() as u64, *mark),
            Change::Deliver { match_id, side, delivery } => {
                self.trades.get_mut(&match_id).expect(CHECKED).side_mut(side).delivery = Some(delivery);
            }
            Change::Settle { match_id, side, within } => {
                self.compare(match_id, traces, |trade| trade.side_mut(side).within = Some(within));
            }
            Change::Trade(match_id, trigger) => self.move_trade(match_id, trigger, now, traces),
            Change::Release(handle) => {
                self.move_plan(handle, PlanTrigger::Release);
                self.forget_plan(handle, now);
            }
            Change::Credential(epoch, kappa) => self.trace_keys.add((epoch, kappa)),
            Change::WithdrawalTag(tag) => self.withdrawal_tags.add(tag),
            Change::Obligation(commitment, obligation) => {
                self.obligations.insert(commitment, obligation);
            }
            Change::Paid(commitment) => self.obligations.get_mut(&commitment).expect(CHECKED).paid = true,
            Change::Ruled(commitment, ruled) => {
                self.obligations.get_mut(&commitment).expect(CHECKED).ruled = Some(ruled);
            }
            Change::Issued(issuer, kind) => self.count_issued(issuer, kind),
            Change::RecordSerial(cycle, serial) => self.record_serials.add((cycle, serial)),
            Change::Cap(issuer, cap) => self.issue_caps.insert(issuer, cap),
            Change::Scores(cycle, round, buy, digest) => {
                self.scores.insert((cycle, round, buy), digest);
            }
            Change::Struck(strike) => {
                let Contest { cycle, round, buy, .. } = strike.contest;
                self.scores.remove(&(cycle, round, buy));
                self.strikes.insert(self.strikes.len() as u64, *strike);
            }
            Change::Transcript(cycle, round, digest) => {
                self.transcripts.insert((cycle, round), digest);
            }
            Change::Mask(cycle, round, commitment) => {
                self.masks.insert((cycle, round), commitment);
            }
            Change::Opening(opening) => {
                self.openings.insert(self.openings.len() as u64, *opening);
            }
            Change::Epoch(epoch, alarm) => {
                *self.epoch = Some(epoch);
                self.restart_counts();
                self.forget_credentials();
                self.begin_lapses(epoch, alarm);
            }
            Change::Cycle(start) => self.start_cycle(&start),
            Change::Withdrawn(id, desk, amount) => {
                *self.withdrawn.or_default(desk) += u128::from(amount.get());
                self.unpaid.insert(id, desk);
            }
            Change::PaidOut(id) => self.unpaid.remove(&id),
            Change::Key(change) => self.keys.add(*change),
            Change::Deviation(match_id, step) => {
                self.compare(match_id, traces, |trade| {
                    let deviation = &mut trade.deviation;
                    match step {
                        DeviationStep::Threshold(blob) => deviation.threshold = Some(blob),
                        DeviationStep::Delivery(side, blob) => *deviation.delivery_mut(side) = Some(blob),
                        DeviationStep::Result(blob) => deviation.result = Some(blob),
                        DeviationStep::Announced => deviation.announced = true,
                        DeviationStep::Verdict(within) => deviation.verdict = Some(within),
                    }
                });
                self.forget_trade(match_id, now);
            }
            Change::Rotate(b) => self.rotate(&b, now),
            Change::Suspended(issuer, suspended) => {
                match suspended {
                    true => self.suspended.add(issuer),
                    false => self.suspended.remove(&issuer),
                };
            }
            Change::Issuer(issuer) => {
                self.issuer_serials.insert(issuer.issuer, Serials::default());
                self.register_service(&issuer, now);
                self.issuers.insert(issuer.issuer, *issuer);
            }
        }
    }

    /// Changes a trade, and adds an event if its verdict and its settlement differ from then on.
    fn compare(&mut self, match_id: MatchId, traces: &mut Traces, change: impl FnOnce(&mut TradeEntry)) {
        let trade = self.trades.get_mut(&match_id).expect(CHECKED);
        let before = trade.verdict_differs();
        change(trade);
        if !before && trade.verdict_differs() {
            traces.events.push(Event::VerdictDiffers(match_id));
        }
    }

    fn append(&mut self, commitment: Commitment, traces: &mut Traces) {
        let position = self.tree.append(commitment.0).expect("room was checked");
        traces.leaves.push((position, commitment));
    }

    fn start_cycle(&mut self, start: &CycleStart) {
        let cycle = CycleState::new(start);
        let (number, schedule) = (start.cycle, start.schedule);
        for round in cycle.rounds() {
            let cut_off = cycle.cut_off(round);
            self.deadlines.add((cut_off, Deadline::CutOff(number, round)));
            let confirmations = Time(cut_off.0 + u64::from(schedule.confirm_seconds));
            self.deadlines.add((confirmations, Deadline::Confirmations(number, round)));
            self.deadlines.add((cycle.delivery_due(round), Deadline::Delivery(number, round)));
        }
        self.deadlines.add((schedule.closes, Deadline::GateClosure(number)));
        self.deadlines.add((cycle.settled_from(self.genesis.limits.rest_window), Deadline::Settled(number)));
        self.cycles.insert(number, cycle);
        let oldest = self.oldest_anchored();
        self.round_roots.remove_run((Cycle::ZERO, 0, false), |(cycle, _, _)| *cycle < oldest);
    }

    /// The oldest cycle whose rounds' roots are anchors.
    fn oldest_anchored(&self) -> Cycle {
        let kept = self.genesis.anchor_cycles as usize;
        self.cycles.keys().rev().nth(kept.saturating_sub(1)).copied().unwrap_or(Cycle::ZERO)
    }

    fn move_plan(&mut self, handle: Handle, trigger: PlanTrigger) -> PlanStage {
        let plan = self.plans.get_mut(&handle).expect(CHECKED);
        match plan.stage.on(trigger) {
            Cell::Go(next, ()) => plan.stage = next,
            Cell::Stay => {}
            Cell::No(_) => unreachable!("{CHECKED}"),
        }
        plan.stage
    }

    /// Moves a trade as [`crate::stage::TRADE_TABLE`] says.
    fn move_trade(&mut self, match_id: MatchId, trigger: TradeTrigger, now: Time, traces: &mut Traces) {
        let trade = self.trades.get_mut(&match_id).expect(CHECKED);
        let effect = match trade.stage.on(trigger) {
            Cell::Go(next, effect) => {
                trade.stage = next;
                effect
            }
            Cell::Stay => return,
            Cell::No(_) => unreachable!("{CHECKED}"),
        };
        let trade = trade.clone();
        let (sell, buy) = (trade.sell.handle, trade.buy.handle);
        let handle = |side: Side| match side {
            Side::Sell => sell,
            Side::Buy => buy,
        };
        match effect {
            TradeEffect::Keep => {}
            TradeEffect::Bind => {
                let changes = [trade.sell.change, trade.buy.change];
                for change in changes {
                    self.append(change.expect("both sides have confirmed"), traces);
                }
                traces.events.push(Event::Binding(match_id));
            }
            TradeEffect::Refuse(side) => {
                self.move_plan(handle(side), PlanTrigger::Refuse);
                traces.events.push(Event::Refused(handle(side)));
                traces.events.extend(self.count_lapse(handle(side)).map(Event::LapseAlarm));
                self.relist(handle(side.other()), now, traces);
            }
            TradeEffect::RelistBoth => {
                self.relist(sell, now, traces);
                self.relist(buy, now, traces);
            }
            TradeEffect::LapseBoth => {
                self.lapse(sell, traces);
                self.lapse(buy, traces);
            }
            TradeEffect::Lapse(side) => {
                self.lapse(handle(side), traces);
                self.relist(handle(side.other()), now, traces);
            }
            TradeEffect::Deliver => traces.events.push(Event::Delivered(match_id)),
            TradeEffect::MakeVoid => traces.events.push(Event::Void { match_id, missing: trade.missing() }),
            TradeEffect::Settle(side) => self.move_lock(match_id, side, LockTrigger::Settle),
            TradeEffect::Return(side) => self.move_lock(match_id, side, LockTrigger::Return),
        }
        self.forget_trade(match_id, now);
    }

    fn move_lock(&mut self, match_id: MatchId, side: Side, trigger: LockTrigger) {
        let lock = &mut self.trades.get_mut(&match_id).expect(CHECKED).side_mut(side).lock;
        match lock.on(trigger) {
            Cell::Go(next, ()) => *lock = next,
            Cell::No(_) | Cell::Stay => unreachable!("{CHECKED}"),
        }
    }

    fn lapse(&mut self, handle: Handle, traces: &mut Traces) {
        self.move_plan(handle, PlanTrigger::Lapse);
        traces.events.push(Event::Lapsed(handle));
        traces.events.extend(self.count_lapse(handle).map(Event::LapseAlarm));
    }

    /// Puts a plan back onto the order book; after gate closure the plan expires instead.
    fn relist(&mut self, handle: Handle, now: Time, traces: &mut Traces) {
        let cycle = self.plans.get(&handle).expect(CHECKED).cycle;
        if self.cycles.get(&cycle).expect(CHECKED).is_closed(now) {
            self.move_plan(handle, PlanTrigger::RelistLate);
            traces.events.push(Event::Expired(handle));
        } else {
            self.move_plan(handle, PlanTrigger::Relist);
            traces.events.push(Event::Relisted(handle));
        }
    }

    /// Applies every deadline up to and at the time of a block, in order, each at its own time.
    pub(crate) fn pass_time(&mut self, until: Time, traces: &mut Traces) {
        while let Some((at, deadline)) = self.deadlines.first().map(|(key, ())| *key).filter(|(at, _)| *at <= until) {
            self.deadlines.remove(&(at, deadline));
            match deadline {
                // A trade that was dissolved after gate closure is forgotten.
                Deadline::Confirmation(match_id) => {
                    if self.trades.contains_key(&match_id) {
                        self.move_trade(match_id, TradeTrigger::ConfirmDeadline, at, traces);
                    }
                }
                Deadline::CutOff(cycle, round) => {
                    self.keep_anchor(cycle, round, false, traces);
                    let part = |plan: &&PlanEntry| plan.side == Side::Sell && plan.stage == PlanStage::Listed;
                    let offers = self.plans_of(cycle).filter(part).map(|plan| plan.handle).collect();
                    self.offers.insert(cycle, (round, offers));
                }
                Deadline::Confirmations(cycle, round) => self.keep_anchor(cycle, round, true, traces),
                Deadline::GateClosure(cycle) => {
                    let plans: Vec<Handle> = self.plans_of(cycle).map(|plan| plan.handle).collect();
                    for handle in plans {
                        let was = self.plans.get(&handle).map(|p| p.stage);
                        let is = self.move_plan(handle, PlanTrigger::GateClosure);
                        if was != Some(is) {
                            traces.events.push(Event::Expired(handle));
                        }
                    }
                    self.forget_round_data(cycle, at);
                }
                Deadline::Settled(cycle) => self.forget_serials(cycle),
                Deadline::Delivery(cycle, round) => {
                    let of_round = |trade: &&TradeEntry| trade.round == round;
                    let due: Vec<_> = self.trades_of(cycle).filter(of_round).map(|trade| trade.match_id).collect();
                    for match_id in due {
                        self.move_trade(match_id, TradeTrigger::DeliveryDeadline, at, traces);
                    }
                }
            }
        }
    }

    fn keep_anchor(&mut self, cycle: Cycle, round: u8, confirmations: bool, traces: &mut Traces) {
        if cycle < self.oldest_anchored() {
            return;
        }
        let root = self.tree.root();
        self.round_roots.insert((cycle, round, confirmations), root);
        traces.events.push(Event::Anchor { cycle, round, confirmations, root });
    }
}
