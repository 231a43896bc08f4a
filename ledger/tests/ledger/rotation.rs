//! Stolen and lost keys are replaced: an issuer's, the matching node's, and the regulator's.

use crate::edit;
use crate::world::*;
use ledger::Refusal;
use protocol::elgamal::EncryptionKey;
use protocol::ids::{Generation, Serial};
use protocol::record::metered::Sign;
use protocol::transaction::body::*;
use protocol::transaction::possession::issuer_context;
use protocol::transaction::{Body, Transaction};
use protocol::units::{Cycle, IssuerId, Side};

const NONE: Cycle = Cycle::ZERO;

fn of_issuer(n: u32) -> Operator {
    Operator::Issuer(issuer(n))
}

/// The same transaction, signed with a key that was replaced.
fn stolen(w: &World, n: u8, body: Body) -> Vec<u8> {
    resign(n, w.seal(body)).encode()
}

#[test]
fn a_stolen_issuers_key_is_replaced_and_signs_nothing_more() {
    let mut w = World::open();
    let before = w.issue(0, Issued::Generation);
    w.accept(before);
    let on_its_way = w.issue(0, Issued::Generation);
    let old = w.bytes(on_its_way);
    // In one block: what stands before the replacement counts, what stands behind it does not.
    let [early, late] =
        [1, 2].map(|serial| edit!(w.issue(1, Issued::Generation), Issue, b => b.serial = Serial(serial)));
    let block = [w.bytes(early), w.bytes(w.rotate(of_issuer(1), NONE)), w.bytes(late)];
    let outcomes: Vec<_> = w.clone().block(&block).receipts.iter().map(|r| r.outcome).collect();
    assert_eq!(outcomes, [Ok(()), Ok(()), Err(Refusal::BadSignature)]);

    w.accept(w.suspend(0, true));
    w.accept(w.rotate(of_issuer(0), NONE));
    assert_eq!(w.state.generation(of_issuer(0)), Generation(1));
    assert_eq!(w.state.issuer(issuer(0)).unwrap().key, public(signer_of(of_issuer(0), 1)));
    // It is still stopped until the regulator lets it go on.
    assert_eq!(w.refusal(w.clone().issue(0, Issued::Generation)), Refusal::SuspendedIssuer);
    w.accept(w.suspend(0, false));
    assert_eq!(w.refusal_of(&old), Refusal::BadSignature);
    // The serials go on: none is used a second time, by whichever key.
    let Body::Issue(said) = before else { panic!() };
    let again = edit!(w.clone().issue(0, Issued::Generation), Issue, b => b.serial = said.serial);
    assert_eq!(w.refusal(again), Refusal::SerialUsed);
    let new = w.issue(0, Issued::Generation);
    w.accept(new);
    assert!(w.state.issuer_serials(issuer(0)).unwrap().highest() > said.serial);
}

#[test]
fn a_stolen_matching_nodes_key_is_replaced() {
    let mut w = World::open();
    w.list(Side::Sell);
    let buy = w.list(Side::Buy);
    w.at(u64::from(ROUND));
    let scores = w.scores(0, buy);
    let old = w.bytes(scores);
    w.accept(w.rotate(Operator::Matcher, NONE));
    assert_eq!(w.state.matcher_key(), public(signer_of(Operator::Matcher, 1)));
    assert_eq!(w.refusal_of(&old), Refusal::BadSignature);
    let scores = w.scores(0, buy);
    w.accept(scores);
    // And once more.
    w.accept(w.rotate(Operator::Matcher, NONE));
    assert_eq!(w.state.generation(Operator::Matcher), Generation(2));
}

#[test]
fn the_regulators_key_is_replaced_by_the_recovery_key_alone() {
    let mut w = World::open();
    let rotate = w.rotate(Operator::Regulator, NONE);
    // Neither the regulator itself, nor whoever stole its key, nor anybody else.
    for n in [REGULATOR, MATCHER, ORDERER, CHALLENGER, signer_of(Operator::Regulator, 1)] {
        assert_eq!(w.refusal_of(&stolen(&w, n, rotate)), Refusal::BadSignature, "{n}");
    }
    // The thief moves the regulator's serials as far as it likes; the recovery key has its own.
    let far = edit!(w.suspend(0, true), SuspendIssuer, b => b.serial = Serial(4097));
    w.accept(far);
    w.accept(rotate);
    assert_eq!(w.state.regulator_key(), public(signer_of(Operator::Regulator, 1)));
    assert_eq!(w.state.regulator_serials().highest(), Serial(4097));
    assert_eq!(w.refusal_of(&stolen(&w, REGULATOR, w.epoch_start(2))), Refusal::BadSignature);
    w.accept(w.suspend(0, false));
    w.accept(w.epoch_start(2));
    // It is the thief's rotations that are undone by others.
    w.accept(w.rotate(of_issuer(0), NONE));

    // Each replacement has the next number, once.
    let again = w.rotate(Operator::Regulator, NONE);
    for (serial, refusal) in [
        (0, Refusal::SerialUsed),
        (1, Refusal::SerialUsed),
        (3, Refusal::SerialClosed),
        (u64::MAX, Refusal::SerialClosed),
    ] {
        assert_eq!(w.refusal(edit!(again, RotateKey, b => b.serial = Serial(serial))), refusal, "{serial}");
    }
    w.accept(again);
    assert_eq!(w.state.generation(Operator::Regulator), Generation(2));
}

/// The recovery key must be of no use for anything else, so that it can stay offline.
#[test]
fn the_recovery_key_signs_nothing_else() {
    let w = World::open();
    for body in [
        w.rotate(of_issuer(0), NONE),
        w.rotate(Operator::Matcher, NONE),
        w.epoch_start(2),
        w.suspend(0, true),
        w.register(3, IssuerRole::Desk),
        w.activate(protocol::relation::RelationKind::Merge, second_key(protocol::relation::RelationKind::Merge), 2),
    ] {
        assert_eq!(w.refusal_of(&stolen(&w, RECOVERY, body)), Refusal::BadSignature, "{body:?}");
    }
    let registered = edit!(w.register(3, IssuerRole::Desk), RegisterIssuer, b => b.key = public(RECOVERY));
    assert_eq!(w.refusal(registered), Refusal::KeyReused);
    let rotated = edit!(w.rotate(of_issuer(0), NONE), RotateKey, b => b.key = public(RECOVERY));
    assert_eq!(w.refusal(rotated), Refusal::KeyReused);
}

#[test]
fn who_replaces_whose_keys_by_what() {
    let mut w = World::open();
    w.accept(w.rotate(of_issuer(1), NONE));
    let good = w.rotate(of_issuer(0), NONE);
    for n in [signer_of_issuer(0), signer_of(of_issuer(0), 1), MATCHER] {
        assert_eq!(w.refusal_of(&stolen(&w, n, good)), Refusal::BadSignature);
    }
    assert_eq!(w.refusal(w.rotate(of_issuer(7), NONE)), Refusal::UnregisteredIssuer);
    let serial = w.state.regulator_serials().highest();
    assert_eq!(w.refusal(edit!(good, RotateKey, b => b.serial = serial)), Refusal::SerialUsed);
    // A signing key of nobody else, and of nobody before: not even one's own old key.
    for n in
        [REGULATOR, MATCHER, signer_of_issuer(0), signer_of_issuer(1), signer_of_issuer(2), signer_of(of_issuer(1), 1)]
    {
        let reused = edit!(good, RotateKey, b => b.key = public(n));
        assert_eq!(w.refusal(reused), Refusal::KeyReused, "{n}");
    }
    let keys = |change: &dyn Fn(&mut IssuerKeys)| {
        edit!(good, RotateKey, b => match &mut b.of {
            NewKeys::Issuer(_, keys) => change(keys),
            _ => panic!(),
        })
    };
    // An encryption key likewise, though its holder proves that it has it.
    let chain = w.state.chain();
    let context = |n| issuer_context(chain, IssuerRole::MeteringService, issuer(n));
    for secret in [TERMS, AUDIT, encryption_of(0, 0), encryption_of(1, 0), encryption_of(1, 1), encryption_of(2, 0)] {
        let reused = keys(&|k| {
            k.encryption_key = encryption(secret);
            k.possession = possession(secret, &context(0));
        });
        assert_eq!(w.refusal(reused), Refusal::KeyReused, "{secret}");
    }
    for key in [serial_key_of(0, 0), serial_key_of(1, 0), serial_key_of(1, 1)] {
        assert_eq!(w.refusal(keys(&|k| k.serial_key = key)), Refusal::KeyReused);
    }
    // The proof is of this key, chain, role and number.
    let secret = encryption_of(0, 1);
    let other: EncryptionKey = encryption(5555);
    assert_eq!(w.refusal(keys(&|k| k.encryption_key = other)), Refusal::BadPossession);
    for wrong in [context(1), issuer_context(chain, IssuerRole::Desk, issuer(0)), vec![]] {
        let bad = keys(&|k| k.possession = possession(secret, &wrong));
        assert_eq!(w.refusal(bad), Refusal::BadPossession);
    }
    // Only a metering service has metered records to reach back to, and only of cycles that started.
    assert_eq!(w.refusal(w.rotate(of_issuer(0), cycle(2))), Refusal::UnknownCycle);
    assert_eq!(w.refusal(w.rotate(of_issuer(2), cycle(1))), Refusal::WrongRole);
    w.accept(good);
    w.accept(w.rotate(of_issuer(2), NONE));
    // Nobody registers with a key that was replaced.
    let late = edit!(w.register(5, IssuerRole::Desk), RegisterIssuer, b => b.key = public(signer_of_issuer(0)));
    assert_eq!(w.refusal(late), Refusal::KeyReused);
    let late = edit!(w.register(5, IssuerRole::Desk), RegisterIssuer, b => {
        b.encryption_key = encryption(encryption_of(0, 0));
        b.possession = possession(encryption_of(0, 0), &issuer_context(chain, IssuerRole::Desk, issuer(5)));
    });
    assert_eq!(w.refusal(late), Refusal::KeyReused);
}

/// A proof to a replaced key would just be bad. The generation says why.
#[test]
fn what_is_for_replaced_keys_says_so() {
    let mut w = World::open();
    let (sell, buy) = (w.list(Side::Sell), w.list(Side::Buy));
    w.at(u64::from(ROUND));
    let match_id = w.pair(0, sell, buy);
    let stale = w.confirm(Side::Sell, match_id, sell);
    w.accept(w.rotate(of_issuer(0), NONE));
    assert_eq!(w.refusal(stale), Refusal::ReplacedKey);
    let early = edit!(w.clone().confirm(Side::Sell, match_id, sell), ConfirmSell, b => b.generation = Generation(2));
    assert_eq!(w.refusal(early), Refusal::ReplacedKey);
    // The right generation named over a proof to the old key.
    let Body::ConfirmSell(old) = stale else { panic!() };
    let renamed =
        Transaction { body: Body::ConfirmSell(Confirm { generation: Generation(1), ..old }), ..w.seal(stale) };
    assert_eq!(w.refusal_of(&renamed.encode()), Refusal::BadProof);
    for (side, handle) in [(Side::Sell, sell), (Side::Buy, buy)] {
        let body = w.confirm(side, match_id, handle);
        w.accept(body);
    }
    // A half is for the other side's service: the seller's is for service 1.
    let stale = w.deliver(Side::Sell, match_id);
    w.accept(w.rotate(of_issuer(1), NONE));
    assert_eq!(w.refusal(stale), Refusal::ReplacedKey);
    // Both are delivered by whoever has the numbers now, and the trade is paid.
    for side in [Side::Sell, Side::Buy] {
        let half = w.deliver(side, match_id);
        w.accept(half);
    }
    for (side, handle) in [(Side::Sell, sell), (Side::Buy, buy)] {
        let settle = w.settle(side, match_id, handle);
        w.accept(settle);
    }
}

#[test]
fn a_cycles_metered_records_are_under_the_serial_key_in_force_when_its_gate_closed() {
    let mut w = World::open();
    let key = |w: &World, n| w.state.serial_key(issuer(0), cycle(n));
    w.accept(w.cycle_start(2, START + 500));
    w.at(CLOSES + 1);
    let before = w.issue_metered(0, Sign::Surplus, cycle(1));
    w.accept(before);
    w.accept(w.rotate(of_issuer(0), NONE));
    // Cycle 1 has closed under the first key, cycle 2 will close under the second.
    assert_eq!(key(&w, 1), Some(serial_key_of(0, 0)));
    assert_eq!(key(&w, 2), Some(serial_key_of(0, 1)));
    let mine = w.issue_metered(0, Sign::Shortfall, cycle(1));
    w.metered_under = Some(serial_key_of(0, 1));
    assert_eq!(w.refusal(mine), Refusal::BadProof);
    w.metered_under = Some(serial_key_of(0, 0));
    w.accept(mine);
    w.at(500 + CLOSES);
    let mine = w.issue_metered(0, Sign::Surplus, cycle(2));
    assert_eq!(w.refusal(mine), Refusal::BadProof);
    w.metered_under = Some(serial_key_of(0, 1));
    w.accept(mine);

    // The old secret is lost: the new holder's key reaches back to cycle 1, and to cycle 2 with it.
    w.accept(w.rotate(of_issuer(0), cycle(1)));
    assert_eq!([key(&w, 1), key(&w, 2)], [Some(serial_key_of(0, 2)); 2]);
    w.metered_under = Some(serial_key_of(0, 2));
    let reached = w.issue_metered(0, Sign::SurplusBack, cycle(1));
    w.accept(reached);
    // A later key that reaches back to cycle 2 leaves cycle 1 where it is.
    w.accept(w.rotate(of_issuer(0), cycle(2)));
    assert_eq!([key(&w, 1), key(&w, 2)], [Some(serial_key_of(0, 2)), Some(serial_key_of(0, 3))]);
    // Another service's keys are its own.
    assert_eq!(w.state.serial_key(IssuerId::new(1).unwrap(), cycle(1)), Some(serial_key_of(1, 0)));
}
