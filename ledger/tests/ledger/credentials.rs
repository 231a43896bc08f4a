//! Credentials, their deposits, trace tags, and the epochs of the credentials that payments show.

use crate::edit;
use crate::world::*;
use ledger::Refusal;
use protocol::ids::VerifyingKeyId;
use protocol::keys::{TraceCommitment, TraceTag};
use protocol::record::metered::Sign;
use protocol::relation::RelationKind;
use protocol::transaction::body::*;
use protocol::transaction::deposit::DepositSeal;
use protocol::transaction::genesis::Genesis;
use protocol::transaction::limits::Limits;
use protocol::transaction::*;
use protocol::units::{Epoch, Side};
use protocol::Fr;

/// The open market, on a chain where a credential counts for so many epochs after its own.
fn exits(exit_epochs: u32) -> World {
    let genesis = genesis(b"matching key");
    let limits = Limits { exit_epochs, ..genesis.limits };
    World::of(&Genesis { limits, ..genesis }).opened()
}

fn kappa(body: Body) -> TraceCommitment {
    let Body::IssueCredential(b) = body else { panic!("not a credential") };
    b.deposit.kappa
}

fn tag(body: Body) -> TraceTag {
    match body {
        Body::SellPlan(b) | Body::BuyPlan(b) => b.tag,
        Body::Withdraw(b) => b.tag,
        _ => panic!("it has no tag that counts once"),
    }
}

fn with_tag(body: Body, tag: TraceTag) -> Body {
    edit!(body, SellPlan | BuyPlan, b => b.tag = tag)
}

/// Anybody could fill the state with deposits: no credential, no record, no signature was needed.
#[test]
fn deposits_are_nobodys_but_the_regulators() {
    let mut w = World::open();
    let credential = w.credential(1);
    let tx = w.seal(credential);
    // The kind of the old deposit, with any bytes behind it.
    for size in 43..600 {
        let mut old = tx.encode();
        old.truncate(size);
        old[1] = 19;
        assert_eq!(w.refusal_of(&old), Refusal::Encoding);
    }
    assert_eq!(w.refusal_of(&resign(MATCHER, tx).encode()), Refusal::BadSignature);
    assert_eq!(w.refusal_of(&resign(CHALLENGER, tx).encode()), Refusal::BadSignature);
    w.accept(credential);
}

/// A credential stands on two proofs and a signature, and none replaces another.
#[test]
fn a_credential_is_signed_by_the_regulator_and_proved_by_regulator_and_household() {
    let mut w = World::open();
    w.at(CLOSES);
    w.accept(w.activate(RelationKind::Issue, second_key(RelationKind::Issue), 2));
    w.accept(w.activate(RelationKind::Deposit, second_key(RelationKind::Deposit), 2));
    let body = w.credential(1);
    let another = {
        let mut later = w.clone();
        later.accept(body);
        let body = later.credential(1);
        later.seal(body)
    };
    let tx = w.seal(body);
    assert_ne!(kappa(body), kappa(another.body));
    let Seal::Credential { signature, key, proof, deposit } = tx.seal else { panic!() };
    let with = |seal| w.refusal_of(&Transaction { seal, ..tx }.encode());
    for half in [Seal::Signature(signature), Seal::Proof { key, proof }, Seal::Issue { signature, key, proof }] {
        assert_eq!(with(half), Refusal::Encoding);
    }
    let mut broken = proof;
    broken[100] ^= 1;
    assert_eq!(with(Seal::Credential { signature, key, proof: broken, deposit }), Refusal::BadProof);
    // Another deposit's proof, or a broken one: the regulator's proof names the one beside it.
    let theirs = w.deposited(&another.body, deposit.key);
    let mut spoiled = deposit;
    spoiled.proof[100] ^= 1;
    for wrong in [theirs, spoiled] {
        assert_eq!(with(Seal::Credential { signature, key, proof, deposit: wrong }), Refusal::BadProof);
        // Though the regulator proves over it: the second proof does not hold.
        assert_eq!(w.refusal_of(&w.with_deposit(&tx, wrong).encode()), Refusal::BadProof);
    }
    // Keys that are not in force.
    let later = second_key(RelationKind::Issue);
    assert_eq!(with(Seal::Credential { signature, key: later, proof, deposit }), Refusal::SupersededKey);
    let unknown = VerifyingKeyId([9; 32]);
    assert_eq!(with(Seal::Credential { signature, key: unknown, proof, deposit }), Refusal::UnknownKey);
    for (key, refusal) in [(second_key(RelationKind::Deposit), Refusal::SupersededKey), (unknown, Refusal::UnknownKey)]
    {
        let other = DepositSeal { key, ..deposit };
        assert_eq!(w.refusal_of(&w.with_deposit(&tx, other).encode()), refusal);
    }
    // Every field is under both proofs and the signature.
    let changes: [fn(&mut IssueCredential); 6] = [
        |b| b.note.0[0] ^= 1,
        |b| b.commitment.0 += Fr::from(1u64),
        |b| b.epoch = epoch(2),
        |b| b.deposit.kappa.0 += Fr::from(1u64),
        |b| b.deposit.ciphertext[0] += Fr::from(1u64),
        |b| b.deposit.c1 = encryption(77).point(),
    ];
    for (n, change) in changes.into_iter().enumerate() {
        let moved = Transaction { body: edit!(body, IssueCredential, b => change(b)), ..tx };
        assert_eq!(w.refusal_of(&moved.encode()), Refusal::BadSignature, "{n}");
        assert_eq!(w.refusal_of(&resign(REGULATOR, moved).encode()), Refusal::BadProof, "{n}");
        // The regulator proves it anew. The household's proof is then of another epoch or deposit.
        let seal = Seal::Credential { signature, key, proof, deposit };
        let again = resign(REGULATOR, w.with_deposit(&Transaction { seal, ..moved }, deposit));
        let outcome = w.execute(&[again.encode()]).receipts[0].outcome;
        let own = n < 2;
        assert_eq!(outcome, if own { Ok(()) } else { Err(Refusal::BadProof) }, "{n}");
    }
    w.accept(body);
}

/// The deposit of another chain has a binding of its own.
#[test]
fn a_deposit_counts_on_its_own_chain() {
    let (mut w, mut elsewhere) = (World::open(), World::deviating());
    let body = w.credential(1);
    let foreign = elsewhere.seal(body);
    let Seal::Credential { deposit, .. } = foreign.seal else { panic!() };
    let moved = resign(REGULATOR, w.with_deposit(&w.seal(body), deposit));
    assert_eq!(w.refusal_of(&moved.encode()), Refusal::BadProof);
    elsewhere.accept(body);
}

#[test]
fn a_trace_key_has_one_credential_of_the_current_epoch_or_the_next() {
    let mut w = World::open();
    for n in [0, 3, 4, u32::MAX - 1] {
        let far = w.credential(1);
        let far = edit!(far, IssueCredential, b => b.epoch = Epoch::new(n).unwrap_or(Epoch::ZERO));
        assert_eq!(w.refusal(far), Refusal::StaleEpoch, "{n}");
    }
    let (first, next) = (w.credential(1), w.credential(2));
    w.accept(first);
    for n in [1, 2] {
        let again = w.credential_of(n, kappa(first));
        assert_eq!(w.refusal(again), Refusal::TraceKeyReused);
    }
    assert!(w.state.has_trace_key(&kappa(first)) && !w.state.has_trace_key(&kappa(next)));
    let next = edit!(next, IssueCredential, b => b.serial = w.state.regulator_serials().next().unwrap());
    w.accept(next);
    w.accept(w.epoch_start(2));
    for key in [kappa(first), kappa(next)] {
        let again = w.credential_of(3, key);
        assert_eq!(w.refusal(again), Refusal::TraceKeyReused);
    }
    let late = w.credential(1);
    assert_eq!(w.refusal(late), Refusal::StaleEpoch);
}

/// Before the first epoch its credentials can be issued, and no others.
#[test]
fn the_first_epochs_credentials_come_before_it() {
    let mut w = World::empty();
    for n in [0, 2] {
        let body = w.credential(n);
        assert_eq!(w.refusal(body), Refusal::StaleEpoch);
    }
    let body = w.credential(1);
    w.accept(body);
}

#[test]
fn trace_keys_are_forgotten_once_no_payment_may_show_their_credentials() {
    let mut w = exits(2);
    let first = w.credential(1);
    w.accept(first);
    let open = |w: &World, kappa: TraceCommitment| {
        let body = w.opening(Purpose::Trace, 0, kappa.0, Fr::from(0u64));
        edit!(body, Open, b => b.reason = [1; 32])
    };
    for n in [2, 3] {
        w.accept(w.epoch_start(n));
        assert!(w.state.has_trace_key(&kappa(first)));
        assert_eq!(w.refusal(open(&w, TraceCommitment(Fr::from(5u64)))), Refusal::UnknownTraceKey);
    }
    w.accept(open(&w, kappa(first)));
    w.accept(w.epoch_start(4));
    assert!(!w.state.has_trace_key(&kappa(first)));
    // An opening of it is still well formed.
    w.accept(open(&w, kappa(first)));
    // The key cannot come back into its own epoch.
    let again = w.credential_of(1, kappa(first));
    assert_eq!(w.refusal(again), Refusal::StaleEpoch);
}

/// A household could list without end under one tag, because nobody refused the repeat.
#[test]
fn a_plans_tag_counts_once() {
    let mut w = World::open();
    let first = w.plan(Side::Sell);
    w.accept(first);
    for side in [Side::Sell, Side::Buy] {
        let again = with_tag(w.plan(side), tag(first));
        assert_eq!(w.refusal(again), Refusal::TagReused);
    }
    let (one, two) = (w.plan(Side::Buy), w.plan(Side::Buy));
    let two = with_tag(two, tag(one));
    let executed = w.execute(&[w.bytes(one), w.bytes(two)]);
    let outcomes: Vec<_> = executed.receipts.iter().map(|r| r.outcome).collect();
    assert_eq!(outcomes, [Ok(()), Err(Refusal::TagReused)]);
    // Released, it stays used.
    let Body::SellPlan(b) = first else { unreachable!() };
    let release = w.release(b.handle);
    w.accept(release);
    let again = with_tag(w.plan(Side::Sell), tag(first));
    assert_eq!(w.refusal(again), Refusal::TagReused);
    assert!(w.state.has_plan_tag(cycle(1), &tag(first)));
    // Once the cycle takes no listings, the tag is forgotten, and nothing can repeat it.
    w.at(CLOSES);
    assert!(!w.state.has_plan_tag(cycle(1), &tag(first)));
    assert_eq!(w.refusal(again), Refusal::CycleClosed);
}

/// A refused listing uses up no tag.
#[test]
fn the_tag_of_a_refused_listing_stays_free() {
    let mut w = World::open();
    let plan = w.plan(Side::Sell);
    let mut bad = w.seal(plan);
    spoil(&mut bad, [0; PROOF_BYTES]);
    let executed = w.block(&[bad.encode(), w.bytes(plan)]);
    let outcomes: Vec<_> = executed.receipts.iter().map(|r| r.outcome).collect();
    assert_eq!(outcomes, [Err(Refusal::BadProof), Ok(())]);
}

#[test]
fn a_withdrawals_tag_counts_once_in_its_epoch() {
    let mut w = World::open();
    let first = w.withdraw(5);
    w.accept(first);
    let again = w.withdraw(6);
    let again = edit!(again, Withdraw, b => b.tag = tag(first));
    assert_eq!(w.refusal(again), Refusal::TagReused);
    let next = edit!(again, Withdraw, b => b.current = epoch(2));
    assert_eq!(w.refusal(next), Refusal::StaleEpoch, "the tag has the current epoch in the cycle's place");
    assert!(w.state.has_withdrawal_tag(&tag(first)));
    w.accept(w.epoch_start(2));
    assert!(!w.state.has_withdrawal_tag(&tag(first)));
    assert_eq!(w.refusal(again), Refusal::StaleEpoch, "a tag of the epoch that is over");
}

/// An epoch in which a household has no credential froze its money.
#[test]
fn an_epoch_without_credentials_freezes_no_withdrawals() {
    let mut w = exits(2);
    for n in [2, 3] {
        w.accept(w.epoch_start(n));
        let body = w.withdraw(5);
        let Body::Withdraw(b) = body else { unreachable!() };
        assert_eq!((b.epoch, b.current), (epoch(1), epoch(n)));
        w.accept(body);
    }
    w.accept(w.epoch_start(4));
    let body = w.withdraw(5);
    assert_eq!(w.refusal(body), Refusal::StaleEpoch, "more than exit_epochs old");
    w.accept(edit!(body, Withdraw, b => b.epoch = epoch(2)));
    let body = w.withdraw(5);
    for n in [0, 5] {
        assert_eq!(w.refusal(edit!(body, Withdraw, b => b.epoch = epoch(n))), Refusal::StaleEpoch, "{n}");
    }
}

/// A metered record is paid with the credential of its cycle's epoch, or an older one, whatever the
/// current epoch is.
#[test]
fn metered_records_are_paid_with_the_credential_of_their_epoch() {
    let mut w = exits(2);
    w.at(CLOSES);
    let owed: Vec<_> = (0..4).map(|_| w.issue_metered(0, Sign::Shortfall, cycle(1))).collect();
    let mut obligations = Vec::new();
    for body in owed {
        let body =
            edit!(body, IssueMetered, b => b.serial = w.state.issuer_serials(issuer(0)).unwrap().next().unwrap());
        w.accept(body);
        let Body::IssueMetered(b) = body else { unreachable!() };
        obligations.push(b.commitment);
    }
    for n in [1, 2, 3] {
        if n > 1 {
            w.accept(w.epoch_start(n));
        }
        let (surplus, shortfall) = (w.surplus(), w.shortfall(obligations[n as usize]));
        for later in [n, n + 1].into_iter().filter(|later| *later > 1) {
            let wrong = edit!(surplus, Surplus, b => b.epoch = epoch(later));
            assert_eq!(w.refusal(wrong), Refusal::StaleEpoch, "newer than the cycle's");
            let wrong = edit!(shortfall, Shortfall, b => b.epoch = epoch(later));
            assert_eq!(w.refusal(wrong), Refusal::StaleEpoch, "newer than the cycle's");
        }
        w.accept(surplus);
        w.accept(shortfall);
    }
    w.accept(w.epoch_start(4));
    let (surplus, shortfall) = (w.surplus(), w.shortfall(obligations[0]));
    assert_eq!(w.refusal(surplus), Refusal::StaleEpoch);
    assert_eq!(w.refusal(shortfall), Refusal::StaleEpoch);
}

/// An epoch can end while a cycle is open, and a cycle can start before its epoch. Its plans show
/// credentials of the cycle's epoch all along.
#[test]
fn a_cycles_listings_show_its_epoch_whatever_the_current_one_is() {
    let mut w = World::open();
    let next = edit!(w.cycle_start(2, START + 1), CycleStart, b => b.epoch = epoch(2));
    w.accept(next);
    w.at(2);
    let of = |w: &mut World, n: u32, e: u32| {
        let body = w.plan(Side::Sell);
        edit!(body, SellPlan, b => (b.cycle, b.epoch) = (cycle(n), epoch(e)))
    };
    for current in [1, 2, 3] {
        if current > 1 {
            w.accept(w.epoch_start(current));
        }
        for (n, right) in [(1, 1), (2, 2)] {
            let plan = of(&mut w, n, right);
            for wrong in (1..=4).filter(|e| *e != right) {
                assert_eq!(w.refusal(edit!(plan, SellPlan, b => b.epoch = epoch(wrong))), Refusal::StaleEpoch);
            }
            w.accept(plan);
        }
    }
    // A metered record of the cycle of epoch 2 is paid with a credential of epoch 2 or before.
    w.at(CLOSES + 10);
    let surplus = w.surplus();
    w.accept(edit!(surplus, Surplus, b => (b.cycle, b.epoch) = (cycle(2), epoch(2))));
}
