//! Deliveries: records are of one trade and side, signed and proved, and due round by round.

use crate::edit;
use crate::world::*;
use ledger::stage::TradeStage;
use ledger::Refusal;
use protocol::compact::Event;
use protocol::ids::Serial;
use protocol::record::{Handle, MatchId};
use protocol::transaction::body::Deliver;
use protocol::transaction::{Body, Seal, Transaction, PROOF_BYTES};
use protocol::units::Side;
use protocol::Fr;

/// Binding trades of two plans each, matched in these rounds.
fn binding(w: &mut World, rounds: &[u8]) -> Vec<(MatchId, Handle, Handle)> {
    let plans: Vec<_> = rounds.iter().map(|_| (w.list(Side::Sell), w.list(Side::Buy))).collect();
    let mut trades = Vec::new();
    for (round, (sell, buy)) in rounds.iter().zip(plans) {
        w.at(u64::from(ROUND) * (u64::from(*round) + 1) + 1);
        let match_id = w.pair(*round, sell, buy);
        for (side, handle) in [(Side::Sell, sell), (Side::Buy, buy)] {
            let body = w.confirm(side, match_id, handle);
            w.accept(body);
        }
        trades.push((match_id, sell, buy));
    }
    trades
}

/// Another service copies a delivery record from the pool and posts it as its own customer's half.
/// Records are unique by trade and side, so the owner's halves are accepted all the same. (Here the
/// copy has a proof. With real proofs nobody makes one: see `veilgrid/tests/refusals`.)
#[test]
fn a_copied_delivery_record_blocks_another_services_deliveries() {
    let mut w = World::open();
    let trades = binding(&mut w, &[0, 0]);
    let (first, second) = (trades[0].0, trades[1].0);
    let (Body::Deliver(victim), Body::Deliver(mut behind)) =
        (w.deliver(Side::Sell, first), w.deliver(Side::Sell, second))
    else {
        panic!()
    };
    behind.serial = Serial(victim.serial.0 + 1);
    // Service 1 posts service 0's record as its half of the second trade.
    let attack = edit!(w.deliver(Side::Buy, second), Deliver, b => b.delivery = victim.delivery);
    let block = [w.bytes(attack), w.bytes(Body::Deliver(victim)), w.bytes(Body::Deliver(behind))];
    let outcomes: Vec<_> = w.block(&block).receipts.iter().map(|r| r.outcome).collect();
    assert_eq!(outcomes, [Ok(()), Ok(()), Ok(())]);
    // Nor does it help to post it for the other side of the very trade.
    let mut w = World::open();
    let trades = binding(&mut w, &[0]);
    let Body::Deliver(victim) = w.deliver(Side::Sell, trades[0].0) else { panic!() };
    let attack = edit!(w.deliver(Side::Buy, trades[0].0), Deliver, b => b.delivery = victim.delivery);
    let block = [w.bytes(attack), w.bytes(Body::Deliver(victim))];
    assert!(w.block(&block).receipts.iter().all(|r| r.outcome == Ok(())));
}

/// The seal of a delivery: the service's signature of the id, and a proof of what the ledger knows
/// of the trade. A copy from the pool has neither.
#[test]
fn a_delivery_is_signed_and_proved() {
    let mut w = World::open();
    let trades = binding(&mut w, &[0, 0]);
    let body = w.deliver(Side::Sell, trades[0].0);
    let tx = w.seal(body);
    let Seal::Issue { signature, key, proof } = tx.seal else { panic!() };
    // The signature is judged first: another's costs the ledger no proof.
    let mut unsigned = resign(11, tx);
    spoil(&mut unsigned, [0; PROOF_BYTES]);
    assert_eq!(w.refusal_of(&unsigned.encode()), Refusal::BadSignature);
    let mut unproved = tx;
    spoil(&mut unproved, [0; PROOF_BYTES]);
    assert_eq!(w.refusal_of(&unproved.encode()), Refusal::BadProof);
    // Every part of the body is in the statement or in the id that the proof is bound to.
    type Change = fn(&mut Deliver);
    let changes: [Change; 6] = [
        |b| b.delivery.0 += Fr::from(1u64),
        |b| b.c1 = encryption(5).point(),
        |b| b.terms[0] += Fr::from(1u64),
        |b| b.seller[0] += Fr::from(1u64),
        |b| b.buyer[1] += Fr::from(1u64),
        |b| b.meter[1] += Fr::from(1u64),
    ];
    for change in changes {
        let moved = Transaction { body: edit!(body, Deliver, b => change(b)), seal: tx.seal, ..tx };
        assert_eq!(w.refusal_of(&moved.encode()), Refusal::BadSignature);
        assert_eq!(w.refusal_of(&resign(10, moved).encode()), Refusal::BadProof);
    }
    let elsewhere = Transaction { body: edit!(body, Deliver, b => b.match_id = trades[1].0), ..tx };
    assert_eq!(w.refusal_of(&resign(10, elsewhere).encode()), Refusal::BadProof);
    // Neither half of the seal stands alone.
    let alone = Transaction { seal: Seal::Signature(signature), ..tx };
    assert_eq!(w.refusal_of(&alone.encode()), Refusal::Encoding);
    let alone = Transaction { seal: Seal::Proof { key, proof }, ..tx };
    assert_eq!(w.refusal_of(&alone.encode()), Refusal::Encoding);
    w.accept(body);
    assert_eq!(w.refusal(w.clone().deliver(Side::Sell, trades[0].0)), Refusal::AlreadyDelivered);
}

#[test]
fn trades_are_void_at_the_deadline_of_their_own_round() {
    let mut w = World::open();
    let trades = binding(&mut w, &[0, 0, 1, 3]);
    let id = |i: usize| trades[i].0;
    // Both halves of the second trade of round 0, and one of each other trade.
    for (i, side) in [(1, Side::Sell), (1, Side::Buy), (0, Side::Sell), (2, Side::Buy), (3, Side::Sell)] {
        let body = w.deliver(side, id(i));
        w.accept(body);
    }
    let slot = u64::from(SLOT);
    let stage = |w: &World, i: usize| w.state.trade(&id(i)).unwrap().stage;
    assert!(w.at(DUE - 1).compact.events.iter().all(|e| !matches!(e, Event::Void { .. })));
    // The service of the seller is number 0, that of the buyer number 1.
    let void =
        |i: usize, missing: [Option<u32>; 2]| Event::Void { match_id: id(i), missing: missing.map(|m| m.map(issuer)) };
    assert_eq!(w.at(DUE).compact.events, [void(0, [None, Some(1)])]);
    let late = w.deliver(Side::Buy, id(0));
    assert_eq!(w.refusal(late), Refusal::WrongStage);
    assert_eq!((stage(&w, 1), stage(&w, 2)), (TradeStage::Delivered, TradeStage::BuyerDelivered));
    assert!(w.at(DUE + slot - 1).compact.events.is_empty());
    assert_eq!(w.at(DUE + slot).compact.events, [void(2, [Some(0), None])]);
    // Round 2 has no trades. Round 3's other half still comes in time.
    assert!(w.at(DUE + 3 * slot - 1).compact.events.is_empty());
    let in_time = w.deliver(Side::Buy, id(3));
    w.accept(in_time);
    assert!(w.at(DUE + 9 * slot).compact.events.is_empty());
    assert_eq!(stage(&w, 3), TradeStage::Delivered);
    // A delivered trade can be settled by each side for ever.
    w.at(1_000_000);
    for (i, side) in [(1, Side::Sell), (3, Side::Buy)] {
        let (match_id, sell, buy) = trades[i];
        let body = w.settle(side, match_id, if side == Side::Sell { sell } else { buy });
        w.accept(body);
    }
    // A trade without any half names both services.
    let mut w = World::open();
    let trades = binding(&mut w, &[0]);
    let missing = [Some(issuer(0)), Some(issuer(1))];
    assert_eq!(w.at(DUE).compact.events.last(), Some(&Event::Void { match_id: trades[0].0, missing }));
}

/// A record of nothing froze a trade's money: both records were there, and nobody could settle.
/// A record without its proof is no record now, so the trade is void in time.
#[test]
fn a_random_delivery_record_freezes() {
    let mut w = World::open();
    let trades = binding(&mut w, &[0]);
    let (match_id, sell, buy) = trades[0];
    let honest = w.deliver(Side::Buy, match_id);
    w.accept(honest);
    let random = w.deliver(Side::Sell, match_id);
    let mut unproved = w.seal(random);
    spoil(&mut unproved, [7; PROOF_BYTES]);
    assert_eq!(w.refusal_of(&unproved.encode()), Refusal::BadProof);
    w.at(DUE);
    for handle in [sell, buy] {
        let body = w.void(match_id, handle);
        w.accept(body);
    }
}
