//! What is refused of matching: rounds, parties of a match, scores and openings.

use crate::edit;
use crate::world::*;
use ledger::stage::PlanStage;
use ledger::Refusal;
use protocol::keys::TraceCommitment;
use protocol::record::Handle;
use protocol::transaction::body::*;
use protocol::transaction::*;
use protocol::units::Side;
use protocol::Fr;

#[test]
fn matching() {
    let mut w = World::open();
    let (sell, buy) = (w.list(Side::Sell), w.list(Side::Buy));
    let early = w.pairing(0, sell, buy);
    assert_eq!(w.refusal(early), Refusal::WrongRound);
    w.at(u64::from(ROUND));
    for round in [1, 200] {
        let other = w.pairing(round, sell, buy);
        assert_eq!(w.refusal(other), Refusal::WrongRound);
    }
    let unknown = Handle(w.fr());
    let pairs = [
        (unknown, buy, Refusal::UnknownPlan),
        (sell, unknown, Refusal::UnknownPlan),
        (buy, buy, Refusal::WrongSide),
        (sell, sell, Refusal::WrongSide),
    ];
    for (s, b, refusal) in pairs {
        let body = w.pairing(0, s, b);
        assert_eq!(w.refusal(body), refusal);
    }
    let body = w.pairing(0, sell, buy);
    assert_eq!(w.refusal(edit!(body, Match, b => b.cycle = cycle(2))), Refusal::UnknownCycle);
    // Listed after the cut-off, though before the match.
    let late = w.list(Side::Buy);
    let body = w.pairing(0, sell, late);
    assert_eq!(w.refusal(body), Refusal::WrongRound);
    let matching = w.pair(0, sell, buy);
    let other_sell = w.list(Side::Sell);
    w.at(u64::from(ROUND) * 2);
    let repeated = w.pairing(1, other_sell, late);
    assert_eq!(w.refusal(edit!(repeated, Match, b => b.matching = matching)), Refusal::HandleReused);
    w.accept(repeated);
    // Rounds end.
    let body = w.pairing(1, sell, buy);
    w.at(u64::from(ROUND) * 5 - 1);
    assert_eq!(w.refusal(body), Refusal::WrongRound);
    w.at(u64::from(ROUND) * 5);
    let body = w.pairing(4, sell, buy);
    assert_eq!(w.refusal(body), Refusal::WrongRound);
    w.at(CLOSES);
    let body = w.pairing(4, sell, buy);
    assert_eq!(w.refusal(body), Refusal::CycleClosed);
}

#[test]
fn no_plan_is_offered_twice_in_a_round() {
    let mut w = World::open();
    let (sell, buy, other) = (w.list(Side::Sell), w.list(Side::Buy), w.list(Side::Buy));
    w.at(u64::from(ROUND));
    let matching = w.pair(0, sell, buy);
    w.accept(Body::Refuse(Object { matching, handle: buy }));
    assert_eq!(w.state.plan(&sell).unwrap().stage, PlanStage::Listed);
    let body = w.pairing(0, sell, other);
    assert_eq!(w.refusal(body), Refusal::AlreadyMatched);
    w.at(u64::from(ROUND) * 2);
    w.pair(1, sell, other);
}

#[test]
fn plans_of_two_cycles() {
    let mut w = World::open();
    w.accept(w.cycle_start(2, START));
    let sell = w.list(Side::Sell);
    let plan = w.plan(Side::Buy);
    let plan = edit!(plan, BuyPlan, b => b.cycle = cycle(2));
    w.accept(plan);
    let Body::BuyPlan(b) = plan else { panic!() };
    w.at(u64::from(ROUND));
    let body = w.pairing(0, sell, b.handle);
    assert_eq!(w.refusal(body), Refusal::WrongCycle);
    let open = w.opening(Purpose::Audit, 0, b.handle.0, Fr::from(0u64));
    assert_eq!(w.refusal(open), Refusal::WrongCycle);
}

#[test]
fn scores_and_openings() {
    let mut w = World::open();
    let plan = w.plan(Side::Sell);
    w.accept(plan);
    let Body::SellPlan(listed) = plan else { panic!() };
    let (sell, buy) = (listed.handle, w.list(Side::Buy));
    let zero = Fr::from(0u64);
    assert_eq!(w.refusal(w.scores(0, buy)), Refusal::WrongRound);
    assert_eq!(w.refusal(w.opening(Purpose::Scores, 0, buy.0, zero)), Refusal::WrongRound);
    w.at(u64::from(ROUND));
    assert_eq!(w.refusal(w.scores(0, sell)), Refusal::WrongSide);
    assert_eq!(w.refusal(w.scores(0, Handle(zero))), Refusal::UnknownPlan);
    assert_eq!(w.refusal(edit!(w.scores(0, buy), Scores, b => b.nonce += 1)), Refusal::BadNonce);
    w.accept(w.scores(0, buy));
    assert_eq!(w.state.score_digest(cycle(1), 0, &buy), Some([4; 32]));
    assert_eq!(w.refusal(w.scores(0, buy)), Refusal::ScoresReused);
    let late = w.list(Side::Buy);
    assert_eq!(w.refusal(w.scores(0, late)), Refusal::WrongRound);

    let one = Fr::from(1u64);
    let openings = [
        (Purpose::Scores, 0, buy.0, one, Refusal::MisfitOpening),
        (Purpose::Scores, 0, sell.0, zero, Refusal::WrongSide),
        (Purpose::Scores, 1, buy.0, zero, Refusal::WrongRound),
        (Purpose::Terms, 0, buy.0, sell.0, Refusal::WrongSide),
        (Purpose::Terms, 0, sell.0, zero, Refusal::UnknownPlan),
        (Purpose::Terms, 0, sell.0, late.0, Refusal::WrongRound),
        (Purpose::Audit, 0, one, zero, Refusal::UnknownPlan),
        (Purpose::Audit, 0, sell.0, one, Refusal::MisfitOpening),
        (Purpose::Audit, 1, sell.0, zero, Refusal::MisfitOpening),
        (Purpose::Trace, 0, one, zero, Refusal::UndepositedTraceKey),
        (Purpose::Trace, 0, one, one, Refusal::MisfitOpening),
        (Purpose::Payment, 0, one, zero, Refusal::MisfitOpening),
        (Purpose::Trade, 0, one, zero, Refusal::UnknownTrade),
        (Purpose::Trade, 0, one, one, Refusal::MisfitOpening),
        (Purpose::Disclosure, 0, one, one, Refusal::MisfitOpening),
        (Purpose::Obligation, 0, one, zero, Refusal::MisfitOpening),
    ];
    for (purpose, round, first, second, refusal) in openings {
        assert_eq!(w.refusal(w.opening(purpose, round, first, second)), refusal, "{purpose:?}");
    }
    let deposit = w.deposit();
    w.accept(deposit);
    let Body::Deposit(d) = deposit else { panic!() };
    let TraceCommitment(kappa) = d.kappa;
    // Those that name no cycle.
    let anywhen = |w: &World, purpose, first, second| {
        let body = w.opening(purpose, 0, first, second);
        edit!(body, Open, b => b.cycle = protocol::units::Cycle::ZERO)
    };
    let refused = [
        (Purpose::Payment, one, zero, Refusal::UnknownPayment),
        (Purpose::Payment, one, one, Refusal::MisfitOpening),
        (Purpose::Disclosure, one, one, Refusal::UndepositedTraceKey),
        (Purpose::Disclosure, kappa, Fr::from(99u64), Refusal::UnregisteredIssuer),
        (Purpose::Obligation, one, zero, Refusal::UnknownObligation),
        (Purpose::Obligation, one, one, Refusal::MisfitOpening),
    ];
    for (purpose, first, second, refusal) in refused {
        assert_eq!(w.refusal(anywhen(&w, purpose, first, second)), refusal, "{purpose:?}");
    }
    w.accept(anywhen(&w, Purpose::Payment, listed.nullifier.0, zero));
    w.accept(anywhen(&w, Purpose::Disclosure, kappa, one));
    let announced = w.state.openings().len();
    let good = [
        (Purpose::Scores, buy.0, zero),
        (Purpose::Terms, sell.0, buy.0),
        (Purpose::Audit, sell.0, zero),
        (Purpose::Trace, kappa, zero),
    ];
    for (i, (purpose, first, second)) in good.into_iter().enumerate() {
        w.accept(w.opening(purpose, 0, first, second));
        assert_eq!(w.state.openings().len(), announced + i + 1);
        assert_eq!(w.state.openings()[announced + i].open.purpose, purpose);
    }
}
