//! Every cell of the stage tables, as `execute` enforces it: each stage is reached, each
//! transaction and deadline tried.

use crate::world::*;
use ledger::stage::{Cell, Lock, PlanStage, PlanTrigger, TradeStage, TradeTrigger};
use protocol::ids::Time;
use protocol::record::{Handle, MatchId};
use protocol::transaction::body::Objection;
use protocol::transaction::Body;
use protocol::units::Side;

struct Reached {
    world: World,
    match_id: MatchId,
    sell: Handle,
    buy: Handle,
}

fn reach(stage: TradeStage) -> Reached {
    let mut world = World::open();
    let (match_id, sell, buy) = match stage {
        TradeStage::Delivered => world.delivered(),
        TradeStage::Matched | TradeStage::ConfirmedBySeller | TradeStage::ConfirmedByBuyer | TradeStage::Dissolved => {
            world.matched()
        }
        _ => world.confirmed(),
    };
    let more = match stage {
        TradeStage::ConfirmedBySeller => Some(world.confirm(Side::Sell, match_id, sell)),
        TradeStage::ConfirmedByBuyer => Some(world.confirm(Side::Buy, match_id, buy)),
        TradeStage::SellerDelivered => Some(world.deliver(Side::Sell, match_id)),
        TradeStage::BuyerDelivered => Some(world.deliver(Side::Buy, match_id)),
        _ => None,
    };
    if let Some(body) = more {
        world.accept(body);
    }
    match stage {
        TradeStage::Void => drop(world.at(DUE)),
        TradeStage::Dissolved => drop(world.at(u64::from(ROUND + CONFIRM))),
        _ => {}
    }
    assert_eq!(world.state.trade(&match_id).unwrap().stage, stage);
    Reached { world, match_id, sell, buy }
}

/// The transaction of a trigger; None for a deadline.
fn transaction(r: &mut Reached, trigger: TradeTrigger) -> Option<Body> {
    use TradeTrigger::*;
    let (match_id, sell, buy) = (r.match_id, r.sell, r.buy);
    Some(match trigger {
        ConfirmSell => r.world.confirm(Side::Sell, match_id, sell),
        ConfirmBuy => r.world.confirm(Side::Buy, match_id, buy),
        RefuseSell => Body::Refuse(Objection { match_id, handle: sell }),
        RefuseBuy => Body::Refuse(Objection { match_id, handle: buy }),
        ComplainSell => r.world.complain(match_id, sell),
        ComplainBuy => r.world.complain(match_id, buy),
        DeliverSell => r.world.deliver(Side::Sell, match_id),
        DeliverBuy => r.world.deliver(Side::Buy, match_id),
        SettleSell => r.world.settle(Side::Sell, match_id, sell),
        SettleBuy => r.world.settle(Side::Buy, match_id, buy),
        VoidSell => r.world.void(match_id, sell),
        VoidBuy => r.world.void(match_id, buy),
        ConfirmDeadline | DeliveryDeadline => return None,
    })
}

#[test]
fn every_cell_of_the_trade_table() {
    for stage in TradeStage::ALL {
        for trigger in TradeTrigger::ALL {
            let mut r = reach(stage);
            let cell = stage.on(trigger);
            let Some(body) = transaction(&mut r, trigger) else {
                r.deadline(stage, trigger, cell);
                continue;
            };
            match cell {
                Cell::No(refusal) => assert_eq!(r.world.refusal(body), refusal, "{stage:?} {trigger:?}"),
                Cell::Go(next, _) => {
                    r.world.accept(body);
                    assert_eq!(r.world.state.trade(&r.match_id).unwrap().stage, next, "{stage:?} {trigger:?}");
                }
                Cell::Stay => panic!("{stage:?} {trigger:?}: a transaction is accepted or refused"),
            }
        }
    }
}

impl Reached {
    /// The trade's stage; None once it is forgotten.
    fn stage(&self) -> Option<TradeStage> {
        self.world.state.trade(&self.match_id).map(|trade| trade.stage)
    }
    /// A stage as it shows now: a dissolved trade is forgotten at gate closure.
    fn shown(&self, stage: TradeStage) -> Option<TradeStage> {
        (stage != TradeStage::Dissolved || self.world.time.0 < START + CLOSES).then_some(stage)
    }
    fn deadline<E: std::fmt::Debug>(&mut self, stage: TradeStage, trigger: TradeTrigger, cell: Cell<TradeStage, E>) {
        let confirmation = trigger == TradeTrigger::ConfirmDeadline;
        let deadline = if confirmation { u64::from(ROUND + CONFIRM) } else { DUE };
        if self.world.time.0 < START + deadline {
            self.world.at(deadline - 1);
            let unconfirmed =
                [TradeStage::Matched, TradeStage::ConfirmedBySeller, TradeStage::ConfirmedByBuyer].contains(&stage);
            let passed = !confirmation && unconfirmed;
            // Long before the delivery deadline an unconfirmed match has run into its own.
            let before = if passed { TradeStage::Dissolved } else { stage };
            assert_eq!(self.stage(), self.shown(before), "{stage:?} {trigger:?}");
            if passed {
                return;
            }
            self.world.at(deadline);
        }
        let expected = match cell {
            Cell::Go(next, _) => next,
            Cell::Stay => stage,
            Cell::No(_) => panic!("a deadline cannot be refused"),
        };
        assert_eq!(self.stage(), self.shown(expected), "{stage:?} {trigger:?}");
    }
}

#[test]
fn each_side_of_a_trade_settles_or_takes_back_once() {
    for (stage, lock) in [(TradeStage::Delivered, Lock::Settled), (TradeStage::Void, Lock::Returned)] {
        for side in [Side::Sell, Side::Buy] {
            let mut r = reach(stage);
            let handle = if side == Side::Sell { r.sell } else { r.buy };
            let once = |r: &mut Reached| match stage {
                TradeStage::Delivered => r.world.settle(side, r.match_id, handle),
                _ => r.world.void(r.match_id, handle),
            };
            let body = once(&mut r);
            r.world.accept(body);
            let trade = r.world.state.trade(&r.match_id).unwrap();
            assert_eq!((trade.side(side).lock, trade.side(side.other()).lock), (lock, Lock::Held));
            let body = once(&mut r);
            assert_eq!(r.world.refusal(body).code(), "already-settled");
            let release = r.world.release(handle);
            assert_eq!(r.world.refusal(release).code(), "wrong-stage");
        }
    }
}

/// A world with a plan in this stage; the plan is on the sell side.
fn reach_plan(stage: PlanStage) -> (World, Handle) {
    let mut w = World::open();
    let handle = match stage {
        PlanStage::Listed => w.list(Side::Sell),
        PlanStage::Expired => {
            let handle = w.list(Side::Sell);
            w.at(CLOSES);
            handle
        }
        PlanStage::Refused => {
            let (match_id, handle, _) = w.matched();
            w.accept(Body::Refuse(Objection { match_id, handle }));
            handle
        }
        PlanStage::Lapsed => {
            let (_, sell, _) = w.matched();
            w.at(u64::from(ROUND + CONFIRM));
            sell
        }
        PlanStage::Released => {
            let handle = w.list(Side::Sell);
            let body = w.release(handle);
            w.accept(body);
            handle
        }
        PlanStage::InTrade => w.matched().1,
    };
    assert_eq!(w.state.plan(&handle).unwrap().stage, stage);
    (w, handle)
}

#[test]
fn every_cell_of_the_plan_table() {
    for stage in PlanStage::ALL {
        // Release.
        let (mut w, handle) = reach_plan(stage);
        let release = w.release(handle);
        match stage.on(PlanTrigger::Release) {
            Cell::No(refusal) => assert_eq!(w.refusal(release), refusal, "{stage:?}"),
            Cell::Go(next, ()) => {
                w.accept(release);
                // A released plan of a closed cycle is forgotten.
                let shown = (stage != PlanStage::Expired).then_some(next);
                assert_eq!(w.state.plan(&handle).map(|plan| plan.stage), shown);
            }
            Cell::Stay => panic!("a transaction is accepted or refused"),
        }
        // Gate closure.
        let (mut w, handle) = reach_plan(stage);
        if stage == PlanStage::InTrade {
            // A trade that is binding goes on after gate closure.
            w = World::open();
            let (_, sell, _) = w.confirmed();
            w.at(CLOSES);
            assert_eq!(w.state.plan(&sell).unwrap().stage, PlanStage::InTrade);
        } else {
            w.at(CLOSES);
            let expected = match stage.on(PlanTrigger::GateClosure) {
                Cell::Go(next, ()) => next,
                _ => stage,
            };
            let shown = (expected != PlanStage::Released).then_some(expected);
            assert_eq!(w.state.plan(&handle).map(|plan| plan.stage), shown);
        }
        // Match, in the round after the events of round 0.
        if stage != PlanStage::Expired {
            let (mut w, handle) = reach_plan(stage);
            let buy = w.list(Side::Buy);
            // A matched plan stays so only until its confirmation deadline.
            let at = if stage == PlanStage::InTrade { u64::from(ROUND) + 1 } else { u64::from(ROUND) * 2 };
            w.at(at);
            let round = if stage == PlanStage::InTrade { 0 } else { 1 };
            let body = w.pairing(round, handle, buy);
            match stage.on(PlanTrigger::Match) {
                Cell::Go(next, ()) => {
                    w.accept(body);
                    assert_eq!(w.state.plan(&handle).unwrap().stage, next);
                }
                // In its own round a matched plan is refused because it was matched.
                Cell::No(_) if stage == PlanStage::InTrade => assert_eq!(w.refusal(body).code(), "already-matched"),
                Cell::No(refusal) => assert_eq!(w.refusal(body), refusal, "{stage:?}"),
                Cell::Stay => panic!("a transaction is accepted or refused"),
            }
        }
    }
}

#[test]
fn a_binding_plan_cannot_be_matched_in_a_later_round() {
    let mut w = World::open();
    let (_, sell, _) = w.confirmed();
    let buy = w.list(Side::Buy);
    w.at(u64::from(ROUND) * 2);
    let body = w.pairing(1, sell, buy);
    assert_eq!(w.refusal(body).code(), "wrong-stage");
}

fn plan_stage(w: &World, handle: Handle) -> PlanStage {
    w.state.plan(&handle).unwrap().stage
}

#[test]
fn who_refuses_leaves_and_the_other_is_listed_again() {
    for by_seller in [true, false] {
        let mut w = World::open();
        let (match_id, sell, buy) = w.matched();
        let (refuser, other) = if by_seller { (sell, buy) } else { (buy, sell) };
        // The other side has confirmed already: its change is discarded.
        let side = if by_seller { Side::Buy } else { Side::Sell };
        let body = w.confirm(side, match_id, other);
        w.accept(body);
        let leaves = w.state.tree().len();
        w.accept(Body::Refuse(Objection { match_id, handle: refuser }));
        assert_eq!((plan_stage(&w, refuser), plan_stage(&w, other)), (PlanStage::Refused, PlanStage::Listed));
        assert_eq!(w.state.tree().len(), leaves);
    }
}

#[test]
fn a_complaint_lists_both_again_however_often() {
    let mut w = World::open();
    let (match_id, sell, buy) = w.matched();
    w.accept(w.complain(match_id, buy));
    assert_eq!((plan_stage(&w, sell), plan_stage(&w, buy)), (PlanStage::Listed, PlanStage::Listed));
    w.at(u64::from(ROUND) * 2);
    let match_id = w.pair(1, sell, buy);
    w.accept(w.complain(match_id, buy));
    assert_eq!((plan_stage(&w, sell), plan_stage(&w, buy)), (PlanStage::Listed, PlanStage::Listed));
}

#[test]
fn at_the_confirmation_deadline_who_has_not_confirmed_lapses() {
    let mut w = World::open();
    let (match_id, sell, buy) = w.matched();
    let body = w.confirm(Side::Sell, match_id, sell);
    w.accept(body);
    let leaves = w.state.tree().len();
    // The deadline comes before the block's transactions: this confirmation is late.
    w.time = Time(START + u64::from(ROUND + CONFIRM));
    let late = w.confirm(Side::Buy, match_id, buy);
    assert_eq!(w.send(late).unwrap_err().code(), "wrong-stage");
    assert_eq!((plan_stage(&w, sell), plan_stage(&w, buy)), (PlanStage::Listed, PlanStage::Lapsed));
    assert_eq!(w.state.tree().len(), leaves);
}

#[test]
fn after_gate_closure_nothing_is_listed_again() {
    for complain in [true, false] {
        let mut w = World::open();
        let (sell, buy) = (w.list(Side::Sell), w.list(Side::Buy));
        // Late in the last round, so that the confirmation deadline is after gate closure.
        let mut short = w.clone();
        short.time = Time(START + 499);
        let last = short.pairing(3, sell, buy);
        short.accept(last);
        let Body::Match(b) = last else { unreachable!() };
        let confirm = short.confirm(Side::Sell, b.match_id, sell);
        short.accept(confirm);
        short.at(499 + u64::from(CONFIRM) - 1);
        assert_eq!(short.state.trade(&b.match_id).unwrap().stage, TradeStage::ConfirmedBySeller);
        if complain {
            short.accept(short.complain(b.match_id, buy));
            assert_eq!((plan_stage(&short, sell), plan_stage(&short, buy)), (PlanStage::Listed, PlanStage::Listed));
        }
        // One long step of the clock: the deadlines still take place one after another.
        short.at(CLOSES + 1);
        let expected = if complain { PlanStage::Expired } else { PlanStage::Lapsed };
        assert_eq!((plan_stage(&short, sell), plan_stage(&short, buy)), (PlanStage::Expired, expected));
    }
}

#[test]
fn a_match_that_outlives_gate_closure_expires_its_plans() {
    let mut w = World::empty();
    w.accept(w.epoch_start(1));
    let Body::CycleStart(mut start) = w.cycle_start(1, START) else { unreachable!() };
    start.schedule.closes = Time(START + 150);
    w.accept(Body::CycleStart(start));
    w.accept(w.register(0, protocol::transaction::body::IssuerRole::MeteringService));
    let (sell, buy) = (w.list(Side::Sell), w.list(Side::Buy));
    w.time = Time(START + 149);
    let match_id = w.pair(0, sell, buy);
    let confirm = w.confirm(Side::Sell, match_id, sell);
    w.accept(confirm);
    w.at(160);
    assert_eq!(plan_stage(&w, sell), PlanStage::InTrade);
    let mut refused = w.clone();
    refused.accept(Body::Refuse(Objection { match_id, handle: buy }));
    assert_eq!((plan_stage(&refused, sell), plan_stage(&refused, buy)), (PlanStage::Expired, PlanStage::Refused));
    w.at(149 + u64::from(CONFIRM));
    assert_eq!((plan_stage(&w, sell), plan_stage(&w, buy)), (PlanStage::Expired, PlanStage::Lapsed));
}
