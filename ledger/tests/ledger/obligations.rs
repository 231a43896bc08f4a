//! Obligations: when they are opened, what the regulator rules, and what a ruling does. And lapses: how
//! many may be in an epoch before the plans are opened.

use crate::edit;
use crate::world::*;
use ledger::state::LapseCount;
use ledger::Refusal;
use protocol::compact::Event;
use protocol::record::metered::Sign;
use protocol::record::{Commitment, Handle, MatchId};
use protocol::transaction::body::*;
use protocol::transaction::obligation::Ruled;
use protocol::transaction::Body;
use protocol::units::Side;
use protocol::Fr;

/// A market whose cycle 1 is over, with an obligation of service 0 for each sign that is owed.
fn owing() -> (World, [Commitment; 2]) {
    let mut w = World::open();
    w.at(CLOSES);
    let owed = [Sign::Shortfall, Sign::SurplusBack].map(|sign| {
        let issue = w.issue_metered(0, sign, cycle(1));
        w.accept(issue);
        let Body::IssueMetered(said) = issue else { unreachable!() };
        said.commitment
    });
    (w, owed)
}

fn ruled(w: &World, owed: Commitment) -> Option<Ruled> {
    w.state.obligation(&owed).unwrap().ruled
}

#[test]
fn an_obligation_is_opened_once_its_epoch_has_ended_and_while_it_is_owed() {
    let (mut w, [first, second]) = owing();
    let unknown = Commitment(w.fr());
    assert_eq!(w.refusal(w.open_obligation(first)), Refusal::ObligationEarly);
    assert!(Refusal::ObligationEarly.may_pass());
    w.accept(w.epoch_start(2));
    w.accept(w.open_obligation(first));
    assert_eq!(w.refusal(w.open_obligation(unknown)), Refusal::UnknownObligation);
    let misfits: [fn(&mut Open); 3] = [|b| b.round = 1, |b| b.cycle = cycle(1), |b| b.second = Fr::from(1u64)];
    for misfit in misfits {
        assert_eq!(w.refusal(edit!(w.open_obligation(first), Open, b => misfit(b))), Refusal::MisfitOpening);
    }
    // Paid or struck, it is nobody's any more.
    let pay = w.shortfall(first);
    w.accept(pay);
    assert_eq!(w.refusal(w.open_obligation(first)), Refusal::ObligationPaid);
    w.accept(w.open_obligation(second));
    w.accept(w.ruling(second, Ruled::Struck));
    assert_eq!(w.refusal(w.open_obligation(second)), Refusal::ObligationStruck);
}

#[test]
fn the_regulator_rules_once_about_an_obligation_that_is_not_paid() {
    let (mut w, [first, second]) = owing();
    let unknown = Commitment(w.fr());
    assert_eq!(w.refusal(w.ruling(unknown, Ruled::Struck)), Refusal::UnknownObligation);
    assert_eq!(w.refusal(edit!(w.ruling(first, Ruled::Struck), Ruling, b => b.serial.0 -= 1)), Refusal::SerialUsed);
    let by_another = resign(MATCHER, w.seal(w.ruling(first, Ruled::Struck))).encode();
    assert_eq!(w.refusal_of(&by_another), Refusal::BadSignature);
    w.accept(w.ruling(first, Ruled::Upheld));
    assert_eq!((ruled(&w, first), ruled(&w, second)), (Some(Ruled::Upheld), None));
    for again in [Ruled::Struck, Ruled::Upheld] {
        assert_eq!(w.refusal(w.ruling(first, again)), Refusal::RulingReused);
    }
    // A record that is paid out is no obligation.
    let surplus = w.issue_metered(0, Sign::Surplus, cycle(1));
    w.accept(surplus);
    let Body::IssueMetered(surplus) = surplus else { unreachable!() };
    assert_eq!(w.refusal(w.ruling(surplus.commitment, Ruled::Struck)), Refusal::UnknownObligation);
    // Upheld it is paid, and then it keeps its ruling; what is paid needs none.
    let upheld = w.shortfall(first);
    w.accept(upheld);
    assert_eq!(w.refusal(w.ruling(first, Ruled::Struck)), Refusal::RulingReused);
    let paid = w.shortfall(second);
    w.accept(paid);
    for late in [Ruled::Struck, Ruled::Upheld] {
        assert_eq!(w.refusal(w.ruling(second, late)), Refusal::ObligationPaid);
    }
}

#[test]
fn a_struck_obligation_cannot_be_paid() {
    let (mut w, [first, second]) = owing();
    let pay = w.shortfall(first);
    w.accept(w.ruling(first, Ruled::Struck));
    assert_eq!(w.refusal(pay), Refusal::ObligationStruck);
    // Nothing comes back by issuing it again, and the other one is paid as before.
    let again = edit!(w.issue_metered(0, Sign::Shortfall, cycle(1)), IssueMetered, b => b.commitment = first);
    assert_eq!(w.refusal(again), Refusal::ObligationReused);
    let pay = w.shortfall(second);
    w.accept(pay);
    assert_eq!(ruled(&w, first), Some(Ruled::Struck));
}

/// In one block the order counts: a payment before the ruling stands, and the ruling is refused.
#[test]
fn a_ruling_and_a_payment_in_one_block_take_effect_in_order() {
    let (mut w, [first, _]) = owing();
    let (pay, strike) = (w.shortfall(first), w.ruling(first, Ruled::Struck));
    let (pay, strike) = (w.bytes(pay), w.bytes(strike));
    let outcomes = |order: [&Vec<u8>; 2]| {
        let executed = w.execute(&order.map(Clone::clone));
        executed.receipts.iter().map(|r| r.outcome).collect::<Vec<_>>()
    };
    assert_eq!(outcomes([&pay, &strike]), [Ok(()), Err(Refusal::ObligationPaid)]);
    assert_eq!(outcomes([&strike, &pay]), [Ok(()), Err(Refusal::ObligationStruck)]);
}

/// Two matched pairs of plans, which have not confirmed, in a market whose epoch 1 has this alarm.
fn pairs(alarm: u32) -> (World, [(MatchId, Handle, Handle); 2]) {
    let mut w = World::alarmed_at(alarm);
    let plans = [(); 2].map(|()| (w.list(Side::Sell), w.list(Side::Buy)));
    w.at(u64::from(ROUND));
    let pairs = plans.map(|(sell, buy)| (w.pair(0, sell, buy), sell, buy));
    (w, pairs)
}

fn refuse(w: &mut World, match_id: MatchId, handle: Handle) -> Vec<Event> {
    let executed = w.accept(Body::Refuse(Objection { match_id, handle }));
    executed.compact.transactions[0].events.clone()
}

#[test]
fn the_alarm_is_raised_once_by_the_plan_that_is_one_too_many() {
    let (mut w, [(one, sell, buy), (two, other, last)]) = pairs(1);
    let alarm = Event::LapseAlarm(epoch(1));
    assert_eq!(refuse(&mut w, one, sell), [Event::Refused(sell), Event::Relisted(buy)]);
    assert_eq!(w.state.lapse_count(epoch(1)), Some(LapseCount { alarm: 1, lapses: 1 }));
    assert!(w.state.has_lapsed(epoch(1), &sell) && !w.state.has_lapsed(epoch(1), &buy));
    // At the alarm, not above it.
    assert_eq!(w.refusal(w.open_lapse(sell, 1)), Refusal::NoAlarm);
    assert!(Refusal::NoAlarm.may_pass() && Refusal::NotLapsed.may_pass());
    // The deadline takes both plans of the other pair; the first of them raises the alarm.
    let block = w.at(u64::from(ROUND + CONFIRM));
    let found: Vec<_> = block.compact.events.iter().filter(|e| !matches!(e, Event::Anchor { .. })).copied().collect();
    assert_eq!(found, [Event::Lapsed(other), alarm, Event::Lapsed(last)]);
    assert_eq!(w.state.lapse_count(epoch(1)), Some(LapseCount { alarm: 1, lapses: 3 }));
    assert_eq!(w.state.trade(&two).map(|t| t.sell.handle), Some(other));
    for handle in [sell, other, last] {
        w.accept(w.open_lapse(handle, 1));
    }
    assert_eq!(w.refusal(w.open_lapse(buy, 1)), Refusal::NotLapsed);
    assert_eq!(w.refusal(w.open_lapse(sell, 2)), Refusal::UnknownEpoch);
    assert_eq!(w.refusal(w.open_lapse(sell, 0)), Refusal::NoAlarm);
    let misfits: [fn(&mut Open); 2] = [|b| b.round = 1, |b| b.cycle = cycle(1)];
    for misfit in misfits {
        assert_eq!(w.refusal(edit!(w.open_lapse(sell, 1), Open, b => misfit(b))), Refusal::MisfitOpening);
    }
    let no_epoch = edit!(w.open_lapse(sell, 1), Open, b => b.second = Fr::from(1u64 << 32));
    assert_eq!(w.refusal(no_epoch), Refusal::UnknownEpoch);
}

#[test]
fn below_the_alarm_no_plan_is_opened() {
    let (mut w, [_, (two, ..)]) = pairs(4);
    let block = w.at(u64::from(ROUND + CONFIRM));
    assert!(!block.compact.events.iter().any(|event| matches!(event, Event::LapseAlarm(_))));
    assert_eq!(w.state.lapse_count(epoch(1)), Some(LapseCount { alarm: 4, lapses: 4 }));
    let lapsed = w.state.trade(&two).map(|t| t.sell.handle).unwrap();
    assert_eq!(w.refusal(w.open_lapse(lapsed, 1)), Refusal::NoAlarm);
}

/// Each epoch counts its own, whatever cycle a plan is of. They are known for an epoch more, also when
/// their plans are released and forgotten.
#[test]
fn lapses_are_counted_by_epoch_and_forgotten_after_the_next() {
    let (mut w, [(one, sell, _), (two, other, _)]) = pairs(0);
    assert!(refuse(&mut w, one, sell).contains(&Event::LapseAlarm(epoch(1))));
    w.accept(w.epoch_with_alarm(2, 0));
    assert!(refuse(&mut w, two, other).contains(&Event::LapseAlarm(epoch(2))));
    assert_eq!(w.refusal(w.open_lapse(sell, 2)), Refusal::NotLapsed);
    assert_eq!(w.refusal(w.open_lapse(other, 1)), Refusal::NotLapsed);
    let release = w.release(sell);
    w.accept(release);
    w.at(CLOSES);
    assert_eq!(w.state.plan(&sell), None);
    w.accept(w.open_lapse(sell, 1));
    w.accept(w.open_lapse(other, 2));
    w.accept(w.epoch_start(3));
    assert_eq!(w.state.lapse_count(epoch(1)), None);
    assert!(!w.state.has_lapsed(epoch(1), &sell) && w.state.has_lapsed(epoch(2), &other));
    assert_eq!(w.refusal(w.open_lapse(sell, 1)), Refusal::NoAlarm);
    w.accept(w.open_lapse(other, 2));
}

/// A complaint shows that the match does not open, and an expired plan was in none: neither counts.
#[test]
fn what_no_household_has_done_is_no_lapse() {
    let (mut w, [(one, sell, _), _]) = pairs(0);
    w.accept(w.complain(one, sell));
    assert_eq!(w.state.lapse_count(epoch(1)), Some(LapseCount::default()));
    w.at(CLOSES);
    assert!(!w.state.has_lapsed(epoch(1), &sell), "it expired");
    assert_eq!(w.state.lapse_count(epoch(1)).map(|count| count.lapses), Some(2), "the other pair lapsed");
}
