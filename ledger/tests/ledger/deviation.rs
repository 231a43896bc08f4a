//! The encrypted deviation of a trade: each part is posted once, by its party and in order; and a
//! verdict may differ from the settlement.

use crate::edit;
use crate::world::*;
use ledger::{CiphertextStatus, Refusal};
use protocol::compact::Event;
use protocol::record::MatchId;
use protocol::transaction::body::*;
use protocol::transaction::Body;
use protocol::units::{Cycle, IssuerId, Side};
use protocol::Fr;

#[test]
fn a_market_without_a_key_has_none_of_it() {
    let mut w = World::open();
    let (id, ..) = w.delivered();
    for body in w.deviation_steps(id) {
        assert_eq!(w.refusal(body), Refusal::NoDeviation);
    }
}

#[test]
fn each_step_once_and_only_after_those_that_it_follows_from() {
    let mut w = World::deviating();
    let (id, sell, buy) = w.matched();
    for body in w.deviation_steps(MatchId(Fr::from(1u64))) {
        assert_eq!(w.refusal(body), Refusal::UnknownTrade);
    }
    // A threshold is accepted from the match on; later parts are refused until their deliveries.
    for body in &w.deviation_steps(id)[1..] {
        assert_eq!(w.refusal(*body), Refusal::DeviationEarly);
    }
    let threshold = w.threshold(id);
    w.accept(threshold);
    let again = w.threshold(id);
    assert_eq!(w.refusal(again), Refusal::DeviationReused);
    for (side, handle) in [(Side::Sell, sell), (Side::Buy, buy)] {
        let confirm = w.confirm(side, id, handle);
        w.accept(confirm);
    }
    for side in [Side::Sell, Side::Buy] {
        let early = w.amount(side, id);
        assert_eq!(w.refusal(early), Refusal::DeviationEarly);
        let delivery = w.deliver(side, id);
        w.accept(delivery);
        let result = w.deviation(id);
        assert_eq!(w.refusal(result), Refusal::DeviationEarly);
        let amount = w.amount(side, id);
        let other = issuer(1 - side as u32);
        let serial = w.issuer_serial(other);
        let theirs = edit!(amount, DeliveryAmount, b => (b.issuer, b.serial) = (other, serial));
        assert_eq!(w.refusal(theirs), Refusal::WrongIssuer);
        let nobody = IssuerId::new(77).unwrap();
        assert_eq!(w.refusal(edit!(amount, DeliveryAmount, b => b.issuer = nobody)), Refusal::UnregisteredIssuer);
        assert_eq!(w.refusal(edit!(amount, DeliveryAmount, b => b.serial.0 -= 1)), Refusal::SerialUsed);
        w.accept(amount);
        let again = w.amount(side, id);
        assert_eq!(w.refusal(again), Refusal::DeviationReused);
    }
    assert_eq!(w.refusal(w.open_bit(id)), Refusal::DeviationEarly);
    assert_eq!(w.refusal(w.verdict(id, true)), Refusal::DeviationEarly);
    let result = w.deviation(id);
    assert_eq!(w.refusal(edit!(result, Deviation, b => b.serial.0 -= 1)), Refusal::SerialUsed);
    w.accept(result);
    let again = w.deviation(id);
    assert_eq!(w.refusal(again), Refusal::DeviationReused);
    // The verdict is accepted only after its opening.
    assert_eq!(w.refusal(w.verdict(id, true)), Refusal::DeviationEarly);
    let opening = w.open_bit(id);
    assert_eq!(w.refusal(edit!(opening, Open, b => b.round = 1)), Refusal::MisfitOpening);
    assert_eq!(w.refusal(edit!(opening, Open, b => b.second = Fr::from(1u64))), Refusal::MisfitOpening);
    assert_eq!(w.refusal(edit!(opening, Open, b => b.cycle = Cycle::ZERO)), Refusal::WrongCycle);
    w.accept(opening);
    assert_eq!(w.refusal(edit!(w.verdict(id, true), Verdict, b => b.serial.0 -= 1)), Refusal::SerialUsed);
    w.accept(w.verdict(id, true));
    assert_eq!(w.refusal(w.verdict(id, false)), Refusal::DeviationReused);
    let known = w.state.trade(&id).unwrap().deviation;
    assert_eq!((known.announced, known.verdict), (true, Some(true)));
    assert_eq!(w.state.openings().last().unwrap().open.purpose, Purpose::Deviation);
}

#[test]
fn ciphertexts_are_here_and_have_their_length() {
    let mut w = World::deviating();
    let (id, ..) = w.delivered();
    for step in 0..4 {
        let body = w.deviation_steps(id)[step];
        let hash = match body {
            Body::MatchThreshold(b) => b.ciphertext,
            Body::DeliveryAmount(b) => b.ciphertext,
            Body::Deviation(b) => b.result,
            _ => panic!("it names no blob"),
        };
        w.blobs.0.insert(hash, CiphertextStatus::Malformed);
        assert_eq!(w.refusal(body), Refusal::MalformedCiphertext);
        w.blobs.0.remove(&hash);
        let bytes = w.bytes(body);
        let input = ledger::BlockInput {
            height: protocol::ids::Height(w.state.height().0 + 1),
            time: w.time,
            transactions: &[bytes],
        };
        let missing = ledger::execute(&w.state, input, &TestVerifier, &w.blobs).map(|_| ());
        assert_eq!(missing, Err(ledger::ExecuteError::MissingBlob(hash)));
        w.blobs.0.insert(hash, CiphertextStatus::Canonical);
        w.accept(body);
    }
}

#[test]
fn a_trade_that_is_off_has_no_deviation() {
    let mut w = World::deviating();
    let (id, ..) = w.confirmed();
    w.at(DUE);
    for body in w.deviation_steps(id) {
        assert_eq!(w.refusal(body), Refusal::WrongStage);
    }
}

#[test]
fn a_verdict_that_differs_from_the_settlement_is_reported_whichever_comes_first() {
    let settle = |w: &mut World, side, id, handle, within| {
        let body = edit!(w.settle(side, id, handle), SettleSell | SettleBuy, b => b.within = within);
        w.accept(body).compact.transactions[0].events.clone()
    };
    for (verdict, within) in [(true, true), (true, false), (false, true), (false, false)] {
        let said = |id| if verdict == within { vec![] } else { vec![Event::VerdictDiffers(id)] };
        for settled_first in [true, false] {
            let mut w = World::deviating();
            let (id, sell, buy) = w.computed();
            let say = |w: &mut World| {
                let body = w.verdict(id, verdict);
                w.accept(body).compact.transactions[0].events.clone()
            };
            if settled_first {
                assert_eq!(settle(&mut w, Side::Sell, id, sell, within), []);
                assert_eq!(say(&mut w), said(id));
            } else {
                assert_eq!(say(&mut w), []);
                assert_eq!(settle(&mut w, Side::Sell, id, sell, within), said(id));
            }
            // Once, however often it shows.
            assert_eq!(settle(&mut w, Side::Buy, id, buy, within), []);
            let differing: Vec<MatchId> = w.state.differing_verdicts().map(|trade| trade.match_id).collect();
            assert_eq!(differing, if verdict == within { vec![] } else { vec![id] });
        }
    }
}
