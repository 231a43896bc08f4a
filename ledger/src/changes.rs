//! The changes that transactions and deadlines make to a state. A transaction is checked first and
//! yields its changes; applying them cannot fail. Their traces, leaves and events, are for wallets.

use crate::stage::{Cell, LockTrigger, PlanStage, PlanTrigger, TradeEffect, TradeTrigger};
use crate::state::{BadMatch, CycleState, Deadline, Obligation, Opening, PlanEntry, State, Strike, TradeEntry};
use protocol::compact::Event;
use protocol::ids::{BlobHash, Time};
use protocol::keys::TraceCommitment;
use protocol::record::{Commitment, DeliveryId, Handle, MatchId, Nullifier};
use protocol::transaction::body::{ActivateKey, Contest, CycleStart, RegisterIssuer};
use protocol::tree::Position;
use protocol::units::{Cycle, Epoch, IssuerId, Money, Side};

/// The signer whose nonce a transaction uses up.
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
    /// Uses up a signer's next nonce.
    Nonce(Signer),
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
    Deposit(TraceCommitment),
    Credential(TraceCommitment),
    Obligation(Commitment, Obligation),
    Paid(Commitment),
    Scores(Cycle, u8, Handle, [u8; 32]),
    Struck(Box<Strike>),
    Transcript(Cycle, u8, [u8; 32]),
    Mask(Cycle, u8, [u8; 32]),
    Opening(Box<Opening>),
    Epoch(Epoch),
    Cycle(Box<CycleStart>),
    Issuer(Box<RegisterIssuer>),
    Withdrawn(IssuerId, Money),
    Key(Box<ActivateKey>),
    Deviation(MatchId, DeviationStep),
}

/// A step of a trade's encrypted deviation.
#[derive(Clone, Copy, Debug)]
pub(crate) enum DeviationStep {
    Amounts(BlobHash),
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
                self.nullifiers.insert(nullifier);
            }
            Change::Nonce(Signer::Regulator) => self.regulator_nonce += 1,
            Change::Nonce(Signer::Matcher) => self.matcher_nonce += 1,
            Change::Nonce(Signer::Issuer(issuer)) => *self.issuer_nonces.entry(issuer).or_default() += 1,
            Change::List(plan) => {
                self.listed += 1;
                self.cycles.get_mut(&plan.cycle).expect(CHECKED).plans.push(plan.handle);
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
                self.deadlines.insert((trade.confirm_deadline, Deadline::Confirmation(trade.match_id)));
                self.cycles.get_mut(&trade.cycle).expect(CHECKED).trades.push(trade.match_id);
                self.trades.insert(trade.match_id, *trade);
            }
            Change::Confirm { match_id, side, change, meter } => {
                let side = self.trades.get_mut(&match_id).expect(CHECKED).side_mut(side);
                side.change = Some(change);
                side.meter = Some(meter);
            }
            Change::BadMatch(mark) => self.bad_matches.push(*mark),
            Change::Deliver { match_id, side, delivery } => {
                self.trades.get_mut(&match_id).expect(CHECKED).side_mut(side).delivery = Some(delivery);
            }
            Change::Settle { match_id, side, within } => {
                self.compare(match_id, traces, |trade| trade.side_mut(side).within = Some(within));
            }
            Change::Trade(match_id, trigger) => self.move_trade(match_id, trigger, now, traces),
            Change::Release(handle) => {
                self.move_plan(handle, PlanTrigger::Release);
            }
            Change::Deposit(kappa) => {
                self.trace_keys.insert(kappa, false);
            }
            Change::Credential(kappa) => {
                self.trace_keys.insert(kappa, true);
            }
            Change::Obligation(commitment, obligation) => {
                self.obligations.insert(commitment, obligation);
            }
            Change::Paid(commitment) => self.obligations.get_mut(&commitment).expect(CHECKED).paid = true,
            Change::Scores(cycle, round, buy, digest) => {
                self.scores.insert((cycle, round, buy), digest);
            }
            Change::Struck(strike) => {
                let Contest { cycle, round, buy, .. } = strike.contest;
                self.scores.remove(&(cycle, round, buy));
                self.strikes.push(*strike);
            }
            Change::Transcript(cycle, round, digest) => {
                self.transcripts.insert((cycle, round), digest);
            }
            Change::Mask(cycle, round, commitment) => {
                self.masks.insert((cycle, round), commitment);
            }
            Change::Opening(opening) => self.openings.push(*opening),
            Change::Epoch(epoch) => self.epoch = Some(epoch),
            Change::Cycle(start) => self.start_cycle(&start),
            Change::Withdrawn(desk, amount) => {
                *self.withdrawn.entry(desk).or_default() += u128::from(amount.get());
            }
            Change::Key(change) => self.keys.add(*change),
            Change::Deviation(match_id, step) => self.compare(match_id, traces, |trade| {
                let deviation = &mut trade.deviation;
                match step {
                    DeviationStep::Amounts(blob) => deviation.amounts = Some(blob),
                    DeviationStep::Delivery(side, blob) => *deviation.delivery_mut(side) = Some(blob),
                    DeviationStep::Result(blob) => deviation.result = Some(blob),
                    DeviationStep::Announced => deviation.announced = true,
                    DeviationStep::Verdict(within) => deviation.verdict = Some(within),
                }
            }),
            Change::Issuer(issuer) => {
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
            self.deadlines.insert((cut_off, Deadline::CutOff(number, round)));
            let confirmations = Time(cut_off.0 + u64::from(schedule.confirm_seconds));
            self.deadlines.insert((confirmations, Deadline::Confirmations(number, round)));
            self.deadlines.insert((cycle.delivery_due(round), Deadline::Delivery(number, round)));
        }
        self.deadlines.insert((schedule.closes, Deadline::GateClosure(number)));
        self.cycles.insert(number, cycle);
        let oldest = self.oldest_anchored();
        self.round_roots.retain(|(cycle, _, _), _| *cycle >= oldest);
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
            TradeEffect::Settle(side) => move_lock(trade, side, LockTrigger::Settle),
            TradeEffect::Return(side) => move_lock(trade, side, LockTrigger::Return),
        }
    }

    fn lapse(&mut self, handle: Handle, traces: &mut Traces) {
        self.move_plan(handle, PlanTrigger::Lapse);
        traces.events.push(Event::Lapsed(handle));
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
        while let Some((at, deadline)) = self.deadlines.first().copied().filter(|(at, _)| *at <= until) {
            self.deadlines.remove(&(at, deadline));
            match deadline {
                Deadline::Confirmation(match_id) => {
                    self.move_trade(match_id, TradeTrigger::ConfirmDeadline, at, traces);
                }
                Deadline::CutOff(cycle, round) => {
                    self.keep_anchor(cycle, round, false, traces);
                    let part = |plan: &&PlanEntry| plan.side == Side::Sell && plan.stage == PlanStage::Listed;
                    let offers = self.plans_of(cycle).filter(part).map(|plan| plan.handle).collect();
                    self.offers.insert(cycle, (round, offers));
                }
                Deadline::Confirmations(cycle, round) => self.keep_anchor(cycle, round, true, traces),
                Deadline::GateClosure(cycle) => {
                    self.offers.remove(&cycle);
                    for handle in self.cycles.get(&cycle).expect("it has started").plans.clone() {
                        let was = self.plans.get(&handle).map(|p| p.stage);
                        let is = self.move_plan(handle, PlanTrigger::GateClosure);
                        if was != Some(is) {
                            traces.events.push(Event::Expired(handle));
                        }
                    }
                }
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

fn move_lock(trade: &mut TradeEntry, side: Side, trigger: LockTrigger) {
    let lock = &mut trade.side_mut(side).lock;
    match lock.on(trigger) {
        Cell::Go(next, ()) => *lock = next,
        Cell::No(_) | Cell::Stay => unreachable!("{CHECKED}"),
    }
}
