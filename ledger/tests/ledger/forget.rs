//! What the state forgets once a cycle is closed, and that nothing forgotten can be repeated.

use crate::edit;
use crate::world::*;
use ledger::stage::{Lock, PlanStage};
use ledger::Refusal;
use protocol::transaction::body::*;
use protocol::transaction::*;
use protocol::units::Side;
use protocol::Fr;

/// Settles both sides of a delivered trade.
fn settled(w: &mut World) -> (protocol::record::MatchId, [protocol::record::Handle; 2]) {
    let (id, sell, buy) = w.delivered();
    for (side, handle) in [(Side::Sell, sell), (Side::Buy, buy)] {
        let body = w.settle(side, id, handle);
        w.accept(body);
    }
    (id, [sell, buy])
}

#[test]
fn a_released_plan_is_forgotten_at_gate_closure_and_its_handle_cannot_be_listed_again() {
    let mut w = World::open();
    let listing = w.plan(Side::Sell);
    w.accept(listing);
    let Body::SellPlan(first) = listing else { unreachable!() };
    let release = w.release(first.handle);
    w.accept(release);
    // The cycle still takes listings, so the handle is kept.
    assert_eq!(w.state.plan(&first.handle).map(|plan| plan.stage), Some(PlanStage::Released));
    let again = edit!(w.plan(Side::Sell), SellPlan, b => b.handle = first.handle);
    assert_eq!(w.refusal(again), Refusal::HandleReused);
    w.at(CLOSES);
    assert_eq!(w.state.plan(&first.handle), None);
    assert_eq!(w.state.plans_of(cycle(1)).count(), 0);
    assert_eq!(w.refusal(again), Refusal::CycleClosed);
    let twice = w.release(first.handle);
    assert_eq!(w.refusal(twice), Refusal::UnknownPlan);
}

#[test]
fn a_plan_that_expired_stays_until_it_is_released() {
    let mut w = World::open();
    let handle = w.list(Side::Buy);
    w.at(CLOSES + 100_000);
    assert_eq!(w.state.plan(&handle).map(|plan| plan.stage), Some(PlanStage::Expired));
    let release = w.release(handle);
    w.accept(release);
    assert_eq!(w.state.plan(&handle), None);
    let twice = w.release(handle);
    assert_eq!(w.refusal(twice), Refusal::UnknownPlan);
}

#[test]
fn a_trade_stays_until_each_side_has_taken_its_own() {
    let mut w = World::open();
    let (id, sell, buy) = w.delivered();
    w.at(CLOSES + 100_000);
    let body = w.settle(Side::Sell, id, sell);
    w.accept(body);
    assert_eq!(w.state.trade(&id).map(|trade| (trade.sell.lock, trade.buy.lock)), Some((Lock::Settled, Lock::Held)));
    let body = w.settle(Side::Buy, id, buy);
    w.accept(body);
    assert_eq!((w.state.trade(&id), w.state.plan(&sell), w.state.plan(&buy)), (None, None, None));
    assert_eq!(w.state.trades_of(cycle(1)).count() + w.state.plans_of(cycle(1)).count(), 0);
    for (side, handle) in [(Side::Sell, sell), (Side::Buy, buy)] {
        let twice = w.settle(side, id, handle);
        assert_eq!(w.refusal(twice), Refusal::UnknownTrade);
    }
}

#[test]
fn a_trade_that_is_settled_before_gate_closure_is_forgotten_then() {
    let mut w = World::open();
    let (id, plans) = settled(&mut w);
    assert!(w.state.trade(&id).is_some());
    let other = (w.list(Side::Sell), w.list(Side::Buy));
    w.at(u64::from(ROUND) * 2);
    // The cycle still takes matches, so the match record is kept.
    let body = w.pairing(1, other.0, other.1);
    let again = edit!(body, Match, b => b.match_id = id);
    assert_eq!(w.refusal(again), Refusal::HandleReused);
    w.at(CLOSES);
    assert_eq!((w.state.trade(&id), w.state.plan(&plans[0])), (None, None));
    assert_eq!(w.refusal(again), Refusal::CycleClosed);
}

#[test]
fn a_void_trade_is_forgotten_with_its_second_refund() {
    let mut w = World::open();
    let (id, sell, buy) = w.confirmed();
    w.at(DUE);
    for handle in [sell, buy] {
        let body = w.void(id, handle);
        w.accept(body);
    }
    assert_eq!((w.state.trade(&id), w.state.plan(&sell), w.state.plan(&buy)), (None, None, None));
    let twice = w.void(id, sell);
    assert_eq!(w.refusal(twice), Refusal::UnknownTrade);
}

#[test]
fn a_dissolved_trade_is_forgotten_and_its_plans_can_still_be_released() {
    let mut w = World::open();
    let (id, sell, buy) = w.matched();
    w.at(CLOSES);
    assert_eq!(w.state.trade(&id), None, "the confirmation deadline has passed");
    for handle in [sell, buy] {
        let body = w.release(handle);
        w.accept(body);
        assert_eq!(w.state.plan(&handle), None);
    }
}

#[test]
fn an_opening_of_what_may_be_forgotten_is_well_formed() {
    let mut w = World::open();
    let (id, plans) = settled(&mut w);
    let unknown = w.fr();
    let open = |w: &World, purpose, first| w.opening(purpose, 0, first, Fr::from(0u64));
    for (purpose, refusal) in [(Purpose::Audit, Refusal::UnknownPlan), (Purpose::Trade, Refusal::UnknownTrade)] {
        assert_eq!(w.refusal(open(&w, purpose, unknown)), refusal, "the cycle is open, so nothing is forgotten");
    }
    w.at(CLOSES);
    for (purpose, first) in [(Purpose::Audit, plans[0].0), (Purpose::Trade, id.0), (Purpose::Trade, unknown)] {
        w.accept(open(&w, purpose, first));
    }
    let elsewhere = edit!(open(&w, Purpose::Audit, plans[0].0), Open, b => b.cycle = cycle(2));
    assert_eq!(w.refusal(elsewhere), Refusal::UnknownPlan, "cycle 2 has not started");
}

#[test]
fn what_was_posted_in_rounds_is_forgotten_at_gate_closure() {
    let mut w = World::open();
    let (sell, buy) = (w.list(Side::Sell), w.list(Side::Buy));
    w.at(u64::from(ROUND));
    w.accept(w.scores(0, buy));
    w.pair(0, sell, buy);
    assert!(w.state.score_digest(cycle(1), 0, &buy).is_some() && w.state.transcript(cycle(1), 0).is_some());
    w.at(CLOSES);
    assert_eq!((w.state.score_digest(cycle(1), 0, &buy), w.state.transcript(cycle(1), 0)), (None, None));
}

/// A state that lived through a whole cycle holds no more of it than what nothing else refuses.
#[test]
fn nullifiers_stay() {
    let mut w = World::open();
    let listing = w.plan(Side::Sell);
    w.accept(listing);
    let Body::SellPlan(first) = listing else { unreachable!() };
    let release = w.release(first.handle);
    w.accept(release);
    w.at(CLOSES + 100_000);
    assert!(w.state.is_spent(&first.nullifier));
    let spent = edit!(w.merge(), Merge, b => b.nullifiers[0] = first.nullifier);
    assert_eq!(w.refusal(spent), Refusal::DoubleSpend);
}
