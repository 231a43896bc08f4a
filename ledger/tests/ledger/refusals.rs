//! Every refusal by its code, with nothing changed but the receipt ([`World::refusal`] checks
//! that).

use crate::edit;
use crate::world::*;
use ledger::{CiphertextStatus, Refusal};
use protocol::elgamal::{EncryptionKey, Point};
use protocol::ids::{ChainId, Height, Serial, Time};
use protocol::record::metered::Sign;
use protocol::record::{Commitment, Handle, MatchId, Nullifier};
use protocol::relation::RelationKind;
use protocol::terms::Terms;
use protocol::transaction::body::*;
use protocol::transaction::genesis::Genesis;
use protocol::transaction::limits::Limits;
use protocol::transaction::possession::issuer_context;
use protocol::transaction::*;
use protocol::tree::Root;
use protocol::units::{Money, Side};
use protocol::Fr;

#[test]
fn bytes_that_are_no_transaction() {
    let mut w = World::open();
    let plan = w.plan(Side::Sell);
    let bytes = w.bytes(plan);
    assert_eq!(w.refusal_of(&[0; MAX_BYTES + 1]), Refusal::Oversized);
    assert_eq!(w.refusal_of(&[]), Refusal::Encoding);
    assert_eq!(w.refusal_of(&bytes[..bytes.len() - 1]), Refusal::Encoding);
    assert_eq!(w.refusal_of(&[bytes.clone(), vec![0]].concat()), Refusal::Encoding);
    let mut kind = bytes.clone();
    kind[1] = 250;
    assert_eq!(w.refusal_of(&kind), Refusal::Encoding);
    let mut above = bytes;
    // The root, after version, kind, chain, expiry, cycle, epoch.
    above[50..82].fill(0xff);
    assert_eq!(w.refusal_of(&above), Refusal::Encoding);
}

#[test]
fn replay_on_the_chain_on_another_and_after_expiry() {
    let mut w = World::open();
    let plan = w.plan(Side::Buy);
    let bytes = w.bytes(plan);
    w.accept(plan);
    assert_eq!(w.refusal_of(&bytes), Refusal::DuplicateTransaction);

    let other = w.plan(Side::Buy);
    let mut tx = w.seal(other);
    tx.chain = ChainId([1; 32]);
    assert_eq!(w.refusal_of(&tx.encode()), Refusal::WrongChain);

    let mut tx = w.seal(other);
    tx.expiry = w.state.height();
    assert_eq!(w.refusal_of(&tx.encode()), Refusal::ExpiredTransaction);
    // Expiry at the block's own height still counts; it is part of the id, so the proof does not
    // fit any more.
    tx.expiry = Height(w.state.height().0 + 1);
    assert_eq!(w.refusal_of(&tx.encode()), Refusal::BadProof);
}

#[test]
fn an_accepted_transaction_stays_out_after_its_id_is_forgotten() {
    let mut w = World::open();
    let issue = w.issue(0, Issued::Generation);
    let bytes = w.bytes(issue);
    w.accept(issue);
    assert_eq!(w.refusal_of(&bytes), Refusal::DuplicateTransaction);
    while w.state.height() < Height(1000) {
        w.block(&[]);
    }
    assert!(!w.state.is_accepted(w.id(&issue), Height(1000)));
    assert_eq!(w.refusal_of(&bytes), Refusal::ExpiredTransaction);
}

/// An expiry of one wallet's own would show that wallet, and a far one would be kept in the state.
#[test]
fn an_expiry_is_a_multiple_of_the_step_and_not_far_ahead() {
    let limits = Limits { expiry_step: 16, validity: 256, ..Limits::default() };
    let mut w = World::of(&Genesis { limits, ..genesis(b"matching key") });
    let start = w.epoch_start(1);
    let until = |w: &World, expiry| resign(REGULATOR, Transaction { expiry: Height(expiry), ..w.seal(start) }).encode();
    for (expiry, refusal) in [
        (1, Refusal::ExpiryStep),
        (255, Refusal::ExpiryStep),
        (257, Refusal::ExpiryStep),
        (272, Refusal::FarExpiry),
        (1 << 60, Refusal::FarExpiry),
        (u64::MAX, Refusal::ExpiryStep),
        (u64::MAX - 15, Refusal::FarExpiry),
        (0, Refusal::ExpiredTransaction),
    ] {
        assert_eq!(w.refusal_of(&until(&w, expiry)), refusal, "{expiry}");
    }
    // What everybody chooses is taken, and so is what is as far ahead as may be.
    for expiry in [limits.expiry(w.state.height()).0, 256] {
        assert_eq!(w.clone().block(&[until(&w, expiry)]).receipts[0].outcome, Ok(()), "{expiry}");
    }
    (0..15).for_each(|_| drop(w.block(&[])));
    assert_eq!(w.refusal_of(&until(&w, 288)), Refusal::FarExpiry);
    assert_eq!(w.block(&[until(&w, 272)]).receipts[0].outcome, Ok(()));
}

#[test]
fn a_reincluded_issue_is_stopped_by_its_serial() {
    let mut w = World::open();
    let issue = w.issue(0, Issued::Generation);
    w.accept(issue);
    // The same content under a later expiry: another id with the same serial.
    let (chain, expiry) = (w.state.chain(), Height(2000));
    let again = resign(10, Transaction { chain, expiry, ..w.seal(issue) });
    assert_eq!(w.refusal_of(&again.encode()), Refusal::SerialUsed);
    for (serial, refusal) in
        [(0, Refusal::SerialUsed), (4098, Refusal::SerialClosed), (u64::MAX, Refusal::SerialClosed)]
    {
        let issue = w.issue(0, Issued::Generation);
        assert_eq!(w.refusal(edit!(issue, Issue, b => b.serial = Serial(serial))), refusal);
    }
}

#[test]
fn double_spends_across_blocks_in_a_block_and_in_a_transaction() {
    let mut w = World::open();
    let plan = w.plan(Side::Sell);
    let Body::SellPlan(listed) = plan else { panic!() };
    w.accept(plan);
    let spent = listed.nullifier;
    for side in [Side::Sell, Side::Buy] {
        let again = w.plan(side);
        assert_eq!(w.refusal(edit!(again, SellPlan | BuyPlan, b => b.nullifier = spent)), Refusal::DoubleSpend);
    }
    let merge = w.merge();
    for i in 0..2 {
        assert_eq!(w.refusal(edit!(merge, Merge, b => b.nullifiers[i] = spent)), Refusal::DoubleSpend);
    }
    assert_eq!(w.refusal(edit!(merge, Merge, b => b.nullifiers[0] = b.nullifiers[1])), Refusal::DoubleSpend);
    let surplus = w.surplus();
    let twice = edit!(surplus, Surplus, b => b.nullifier_metered = b.nullifier_balance);
    assert_eq!(w.refusal(twice), Refusal::DoubleSpend);
    assert_eq!(w.refusal(edit!(surplus, Surplus, b => b.nullifier_balance = spent)), Refusal::DoubleSpend);
    // Two in one block: the first is accepted.
    let (one, two) = (w.plan(Side::Buy), w.plan(Side::Buy));
    let Body::BuyPlan(first) = one else { panic!() };
    let two = edit!(two, BuyPlan, b => b.nullifier = first.nullifier);
    let executed = w.execute(&[w.bytes(one), w.bytes(two)]);
    let outcomes: Vec<_> = executed.receipts.iter().map(|r| r.outcome).collect();
    assert_eq!(outcomes, [Ok(()), Err(Refusal::DoubleSpend)]);
}

#[test]
fn listings() {
    let mut w = World::open();
    let plan = w.plan(Side::Sell);
    assert_eq!(w.refusal(edit!(plan, SellPlan, b => b.root = Root(Fr::from(5u64)))), Refusal::UnknownAnchor);
    assert_eq!(w.refusal(edit!(plan, SellPlan, b => b.cycle = cycle(2))), Refusal::UnknownCycle);
    assert_eq!(w.refusal(edit!(plan, SellPlan, b => b.epoch = epoch(2))), Refusal::StaleEpoch);
    // Double listing.
    let handle = w.list(Side::Sell);
    for side in [Side::Sell, Side::Buy] {
        let again = w.plan(side);
        assert_eq!(w.refusal(edit!(again, SellPlan | BuyPlan, b => b.handle = handle)), Refusal::HandleReused);
    }
    // Ciphertexts.
    let Body::SellPlan(b) = plan else { panic!() };
    w.blobs.0.insert(b.ciphertext, CiphertextStatus::Malformed);
    assert_eq!(w.refusal(plan), Refusal::MalformedCiphertext);
    // Outside of the cycle's hours.
    let plan = w.plan(Side::Sell);
    let mut late = w.clone();
    late.time = Time(START + CLOSES);
    assert_eq!(late.refusal(plan), Refusal::CycleClosed);
    w.accept(w.cycle_start(2, START + 500));
    let early = edit!(plan, SellPlan, b => b.cycle = cycle(2));
    assert_eq!(w.refusal(early), Refusal::CycleClosed);
    // An epoch later, a plan of the old cycle shows a credential of the old epoch.
    w.accept(w.epoch_start(2));
    assert_eq!(w.refusal(edit!(plan, SellPlan, b => b.epoch = epoch(2))), Refusal::StaleEpoch);
    w.accept(plan);
}

#[test]
fn a_second_proof_of_anything_else() {
    for side in [Side::Sell, Side::Buy] {
        let mut w = World::open();
        let (body, other) = (w.plan(side), w.plan(side));
        let (tx, other) = (w.seal(body), w.seal(other));
        let (relation, wrong) = (RelationKind::ciphertext(side), RelationKind::ciphertext(side.other()));
        let Seal::Plan { key, proof, ciphertext } = tx.seal else { panic!() };
        let Seal::Plan { ciphertext: of_another, .. } = other.seal else { panic!() };
        let with = |ciphertext| w.beside(&tx, ciphertext);
        let refusal = |change: &dyn Fn(&mut CiphertextSeal)| {
            let mut changed = ciphertext;
            change(&mut changed);
            w.refusal_of(&with(changed).encode())
        };
        assert_eq!(w.refusal_of(&with(of_another).encode()), Refusal::BadProof, "another plan's");
        assert_eq!(refusal(&|c| c.proof[100] ^= 1), Refusal::BadProof);
        assert_eq!(refusal(&|c| c.proof = proof), Refusal::BadProof, "the first proof again");
        assert_eq!(refusal(&|c| c.commitments[0] += Fr::from(1u64)), Refusal::BadProof);
        assert_eq!(refusal(&|c| c.commitments.reverse()), Refusal::BadProof);
        assert_eq!(refusal(&|c| c.key = second_key(relation)), Refusal::UnknownKey);
        assert_eq!(refusal(&|c| c.key = key_id(wrong)), Refusal::UnknownKey, "the other side's");
        assert_eq!(refusal(&|c| c.key = key), Refusal::UnknownKey, "the plan's own");
        let mut announced = w.clone();
        announced.accept(w.activate(relation, second_key(relation), 2));
        let second = CiphertextSeal { key: second_key(relation), ..ciphertext };
        assert_eq!(announced.refusal_of(&with(second).encode()), Refusal::SupersededKey);
        // A good second proof beside a first proof that was made for another is not judged.
        let mut unlike = ciphertext;
        unlike.proof[100] ^= 1;
        let beside = w.beside(&tx, unlike);
        let Seal::Plan { proof: for_another, .. } = beside.seal else { panic!() };
        let swapped = Transaction { seal: Seal::Plan { key, proof: for_another, ciphertext }, ..tx };
        assert_eq!(w.refusal_of(&swapped.encode()), Refusal::BadProof);
        // Neither proof stands in for both, nor the second alone.
        let alone = Transaction { seal: Seal::Plan { key, proof: ciphertext.proof, ciphertext }, ..tx };
        assert_eq!(w.refusal_of(&alone.encode()), Refusal::BadProof);
        let shorter = Transaction { seal: Seal::Proof { key, proof }, ..tx };
        assert_eq!(w.refusal_of(&shorter.encode()), Refusal::Encoding, "without a second");
        assert_eq!(w.block(&[tx.encode()]).receipts[0].outcome, Ok(()));
    }
}

#[test]
fn proofs_of_anything_else() {
    let mut w = World::open();
    let plan = w.plan(Side::Sell);
    let tx = w.seal(plan);
    // Every part of the body is bound: moved to another ciphertext, key, memo, tag, ...
    type Change = fn(&mut ListPlan);
    let changes: [Change; 8] = [
        |b| b.terms[1] += Fr::from(1u64),
        |b| b.audit[0] += Fr::from(1u64),
        |b| b.c1.x += Fr::from(1u64),
        |b| b.change.0 += Fr::from(1u64),
        |b| b.tag.0 += Fr::from(1u64),
        |b| b.plan_key = encryption(5).point(),
        |b| b.memo.0[0] ^= 1,
        |b| b.nullifier.0 += Fr::from(1u64),
    ];
    for change in changes {
        let moved = Transaction { body: edit!(plan, SellPlan, b => change(b)), ..tx };
        assert_eq!(w.refusal_of(&moved.encode()), Refusal::BadProof);
    }
    let other = w.plan(Side::Sell);
    let Body::SellPlan(o) = other else { panic!() };
    let moved = edit!(plan, SellPlan, b => b.ciphertext = o.ciphertext);
    assert_eq!(w.refusal_of(&Transaction { body: moved, ..tx }.encode()), Refusal::BadProof);
    // Lifted onto another kind.
    let Body::SellPlan(b) = plan else { panic!() };
    let lifted = Transaction { body: Body::BuyPlan(b), ..tx };
    assert_eq!(w.refusal_of(&lifted.encode()), Refusal::UnknownKey, "the other kind's key is another");
    let second = w.second(lifted.id(), &lifted.body, key_id).unwrap();
    let (key, proof) = (key_id(RelationKind::BuyPlan), *proof_of(&mut lifted.clone()).1);
    let lifted = Transaction { seal: Seal::Plan { key, proof, ciphertext: second }, ..lifted };
    assert_eq!(w.refusal_of(&lifted.encode()), Refusal::BadProof);
    // A bit of the proof.
    let mut broken = tx;
    proof_of(&mut broken).1[100] ^= 1;
    assert_eq!(w.refusal_of(&broken.encode()), Refusal::BadProof);
    // One public input more or less than the statement has.
    let Seal::Plan { ciphertext, .. } = tx.seal else { panic!() };
    let bind = listing_binding(w.id(&plan), key_id(RelationKind::SellPlan), &ciphertext);
    let inputs = w.inputs(&plan, bind);
    for inputs in [&inputs[..inputs.len() - 1], &[inputs.as_slice(), &[Fr::from(0u64)]].concat()] {
        let mut other = tx;
        *proof_of(&mut other).1 = stamp(RelationKind::SellPlan, inputs);
        assert_eq!(w.refusal_of(&other.encode()), Refusal::BadProof);
    }
    w.accept(plan);
}

#[test]
fn signatures_of_anyone_else() {
    let mut w = World::open();
    let bodies = [w.epoch_start(2), w.issue(0, Issued::Generation), w.register(9, IssuerRole::Desk)];
    for body in bodies {
        let tx = w.seal(body);
        for other in [MATCHER, 11, 99] {
            assert_eq!(w.refusal_of(&resign(other, tx).encode()), Refusal::BadSignature);
        }
    }
    let buy = w.list(Side::Buy);
    w.at(u64::from(ROUND));
    let tx = w.seal(w.scores(0, buy));
    let seal = sign(REGULATOR, tx.id());
    assert_eq!(w.refusal_of(&Transaction { seal, ..tx }.encode()), Refusal::BadSignature);
}

/// Signature and proof are both of this very issue, and neither replaces the other.
#[test]
fn what_is_issued_is_signed_and_proved() {
    let mut w = World::open();
    w.at(CLOSES);
    for relation in [RelationKind::Issue, RelationKind::Metered] {
        w.accept(w.activate(relation, second_key(relation), 2));
    }
    let bodies = [
        (10, w.issue(0, Issued::Generation)),
        (10, w.issue_metered(0, Sign::Surplus, cycle(1))),
        (10, w.issue_metered(0, Sign::Shortfall, cycle(1))),
        (12, w.issue(2, Issued::Balance)),
    ];
    for (signer, body) in bodies {
        let tx = w.seal(body);
        let relation = body.kind().signed_relation().expect("it has a proof");
        let Seal::Issue { signature, key, proof } = tx.seal else { panic!() };
        let with = |seal| w.refusal_of(&Transaction { seal, ..tx }.encode());
        // A seal with only one of the two is no encoding of this kind.
        assert_eq!(with(Seal::Signature(signature)), Refusal::Encoding);
        assert_eq!(with(Seal::Proof { key, proof }), Refusal::Encoding);
        // Another's proof, or a broken one; another's key.
        let mut broken = proof;
        broken[100] ^= 1;
        assert_eq!(with(Seal::Issue { signature, key, proof: broken }), Refusal::BadProof);
        let (elsewhere, at_desk) = (w.clone().issue(0, Issued::Generation), w.clone().issue(2, Issued::Balance));
        for another in [elsewhere, at_desk].into_iter().filter(|another| *another != body) {
            let Seal::Issue { proof, .. } = w.seal(another).seal else { panic!() };
            assert_eq!(with(Seal::Issue { signature, key, proof }), Refusal::BadProof, "of another issue");
        }
        let later = second_key(relation);
        assert_eq!(with(Seal::Issue { signature, key: later, proof }), Refusal::SupersededKey);
        let deposits = key_id(RelationKind::Deposit);
        assert_eq!(with(Seal::Issue { signature, key: deposits, proof }), Refusal::UnknownKey);
        // A good proof with another issuer's signature: the issuer itself must sign.
        assert_eq!(w.refusal_of(&resign(99, tx).encode()), Refusal::BadSignature);
        // If any field is changed and signed again, the proof does not fit it.
        let mut changed = Vec::new();
        match body {
            Body::Issue(_) => {
                changed.push(edit!(body, Issue, b => b.note.0[0] ^= 1));
                changed.push(edit!(body, Issue, b => b.commitment.0 += Fr::from(1u64)));
            }
            Body::IssueMetered(b) => {
                changed.push(edit!(body, IssueMetered, b => b.note.0[0] ^= 1));
                changed.push(edit!(body, IssueMetered, b => b.commitment.0 += Fr::from(1u64)));
                changed.push(edit!(body, IssueMetered, b => b.record_serial.0 += Fr::from(1u64)));
                changed.push(edit!(body, IssueMetered, b => b.audit[2] += Fr::from(1u64)));
                changed.extend(Sign::ALL.map(|sign| edit!(body, IssueMetered, b => b.sign = sign)));
                assert_eq!(b.cycle, cycle(1));
            }
            _ => unreachable!("nothing else is issued by an issuer"),
        }
        for changed in changed.into_iter().filter(|changed| *changed != body) {
            let moved = resign(signer, Transaction { body: changed, ..tx });
            assert_eq!(w.refusal_of(&moved.encode()), Refusal::BadProof, "{changed:?}");
        }
        w.clone().accept(body);
    }
    // A seal of this form on anything else cannot be decoded.
    let start = w.seal(w.epoch_start(2));
    let Seal::Signature(signature) = start.seal else { panic!() };
    let seal = Seal::Issue { signature, key: key_id(RelationKind::Issue), proof: [0; PROOF_BYTES] };
    assert_eq!(w.refusal_of(&Transaction { seal, ..start }.encode()), Refusal::Encoding);
}

#[test]
fn issuing() {
    let mut w = World::open();
    let generation = w.issue(0, Issued::Generation);
    assert_eq!(w.refusal(edit!(generation, Issue, b => b.issuer = issuer(7))), Refusal::UnregisteredIssuer);
    let desk = w.issue(2, Issued::Generation);
    assert_eq!(w.refusal(desk), Refusal::WrongRole);
    let service = w.issue(0, Issued::Balance);
    assert_eq!(w.refusal(service), Refusal::WrongRole);
    for sign in Sign::ALL {
        let by_desk = w.issue_metered(2, sign, cycle(1));
        assert_eq!(w.refusal(by_desk), Refusal::WrongRole);
        let early = w.issue_metered(0, sign, cycle(1));
        assert_eq!(w.refusal(early), Refusal::CycleNotOver);
        let unknown = w.issue_metered(0, sign, cycle(9));
        assert_eq!(w.refusal(unknown), Refusal::UnknownCycle);
    }
    w.at(CLOSES);
    let owed = w.issue_metered(0, Sign::Shortfall, cycle(1));
    w.accept(owed);
    let Body::IssueMetered(first) = owed else { panic!() };
    let again = w.issue_metered(1, Sign::Shortfall, cycle(1));
    let again = edit!(again, IssueMetered, b => b.commitment = first.commitment);
    assert_eq!(w.refusal(again), Refusal::ObligationReused);
    // Paying it.
    let other = w.fr();
    let unknown = w.shortfall(protocol::record::Commitment(other));
    assert_eq!(w.refusal(unknown), Refusal::UnknownObligation);
    let pay = w.shortfall(first.commitment);
    assert_eq!(w.refusal(edit!(pay, Shortfall, b => b.epoch = epoch(0))), Refusal::StaleEpoch);
    w.accept(pay);
    let twice = w.shortfall(first.commitment);
    assert_eq!(w.refusal(twice), Refusal::ObligationPaid);
    let surplus = w.surplus();
    assert_eq!(w.refusal(edit!(surplus, Surplus, b => b.epoch = epoch(2))), Refusal::StaleEpoch);
    assert_eq!(w.refusal(edit!(surplus, Surplus, b => b.cycle = cycle(2))), Refusal::UnknownCycle);
    w.accept(surplus);
}

#[test]
fn parties_and_their_services() {
    let mut w = World::open();
    let (match_id, sell, buy) = w.matched();
    let nobody = MatchId(w.fr());
    let stranger = w.list(Side::Sell);
    let bodies = |w: &mut World, match_id, s: Handle, b: Handle| {
        [
            w.confirm(Side::Sell, match_id, s),
            w.confirm(Side::Buy, match_id, b),
            Body::Refuse(Objection { match_id, handle: s }),
            w.complain(match_id, b),
            w.settle(Side::Sell, match_id, s),
            w.settle(Side::Buy, match_id, b),
            w.void(match_id, s),
        ]
    };
    for body in bodies(&mut w, nobody, sell, buy) {
        assert_eq!(w.refusal(body), Refusal::UnknownTrade);
    }
    for body in bodies(&mut w, match_id, stranger, stranger) {
        assert_eq!(w.refusal(body), Refusal::NotAParty);
    }
    // The other side's plan.
    for body in [w.confirm(Side::Sell, match_id, buy), w.settle(Side::Buy, match_id, sell)] {
        assert_eq!(w.refusal(body), Refusal::NotAParty);
    }
    let confirm = w.confirm(Side::Sell, match_id, sell);
    assert_eq!(w.refusal(edit!(confirm, ConfirmSell, b => b.meter = issuer(9))), Refusal::UnregisteredIssuer);
    assert_eq!(w.refusal(edit!(confirm, ConfirmSell, b => b.meter = issuer(2))), Refusal::WrongRole);
    w.accept(confirm);
    let confirm = w.confirm(Side::Buy, match_id, buy);
    w.accept(confirm);

    let unknown = w.deliver(Side::Sell, nobody);
    assert_eq!(w.refusal(unknown), Refusal::UnknownTrade);
    // Service 1 is the buyer's.
    let deliver = w.deliver(Side::Sell, match_id);
    let other = edit!(deliver, Deliver, b => { b.issuer = issuer(1); b.serial = Serial(1) });
    assert_eq!(w.refusal(other), Refusal::WrongIssuer);
    assert_eq!(w.refusal(edit!(deliver, Deliver, b => b.issuer = issuer(8))), Refusal::UnregisteredIssuer);
    assert_eq!(w.refusal(edit!(deliver, Deliver, b => b.serial = Serial(0))), Refusal::SerialUsed);
    w.accept(deliver);
    assert_eq!(w.refusal(w.clone().deliver(Side::Sell, match_id)), Refusal::AlreadyDelivered);
    // Too late.
    let late = w.deliver(Side::Buy, match_id);
    w.time = Time(START + DUE);
    assert_eq!(w.refusal(late), Refusal::WrongStage);
}

#[test]
fn settlements_cannot_say_something_else_than_was_proved() {
    let mut w = World::open();
    let (match_id, sell, _) = w.delivered();
    let settle = w.settle(Side::Sell, match_id, sell);
    let tx = w.seal(settle);
    let flipped = edit!(settle, SettleSell, b => b.within = false);
    assert_eq!(w.refusal_of(&Transaction { body: flipped, ..tx }.encode()), Refusal::BadProof);
    let wrong = edit!(settle, SettleSell, b => b.root = Root(Fr::from(1u64)));
    assert_eq!(w.refusal(wrong), Refusal::UnknownAnchor);
    // Proved for a cycle without a penalty.
    let mut lenient = w.clone();
    lenient.terms = Terms::default();
    assert_eq!(w.refusal_of(&lenient.bytes(settle)), Refusal::BadProof);
    let Body::SettleSell(b) = settle else { panic!() };
    w.accept(settle);
    // The nullifier is spent for every other kind of transaction too.
    let merge = w.merge();
    let merge = edit!(merge, Merge, m => m.nullifiers[0] = b.nullifier);
    assert_eq!(w.refusal(merge), Refusal::DoubleSpend);
    let unknown = w.release(Handle(Fr::from(3u64)));
    assert_eq!(w.refusal(unknown), Refusal::UnknownPlan);
}

#[test]
fn epochs_cycles_and_issuers() {
    let mut w = World::open();
    for n in [0, 1] {
        assert_eq!(w.refusal(w.epoch_start(n)), Refusal::CycleOrder);
        assert_eq!(w.refusal(w.cycle_start(n, START)), Refusal::CycleOrder);
    }
    let next = w.cycle_start(2, START + 1);
    assert_eq!(w.refusal(w.cycle_start(2, START)), Refusal::BadSchedule, "it opens no later than cycle 1");
    assert_eq!(w.refusal(edit!(next, CycleStart, b => b.epoch = epoch(0))), Refusal::StaleEpoch);
    assert_eq!(w.refusal(edit!(next, CycleStart, b => b.epoch = epoch(3))), Refusal::StaleEpoch);
    w.clone().accept(edit!(next, CycleStart, b => b.epoch = epoch(2)));
    // A household has trace tags for 16 plans a side, and lists a rest again once a round.
    assert_eq!(w.refusal(edit!(next, CycleStart, b => b.market.max_rounds = 17)), Refusal::TooManyRounds);
    w.clone().accept(edit!(next, CycleStart, b => b.market.max_rounds = 16));
    assert_eq!(w.refusal(edit!(next, CycleStart, b => b.schedule.round_seconds = 1)), Refusal::BadSchedule);
    // Another bound than the genesis's, under which the cycle's plans would be proved.
    for greatest in [12_499, 12_501] {
        let other = edit!(next, CycleStart, b => b.terms.greatest_energy = wh(greatest));
        assert_eq!(w.refusal(other), Refusal::WrongTerms);
    }
    let past = w.cycle_start(2, START - 1000);
    assert_eq!(w.refusal(past), Refusal::BadSchedule);
    assert_eq!(World::empty().refusal(World::empty().cycle_start(1, START)), Refusal::StaleEpoch);

    let good = w.register(5, IssuerRole::Desk);
    let chain = w.state.chain();
    let of_issuer = |n| issuer_context(chain, IssuerRole::Desk, issuer(n));
    assert_eq!(w.refusal(edit!(good, RegisterIssuer, b => b.issuer = issuer(1))), Refusal::IssuerReused);
    let serial = w.state.regulator_serials().highest();
    assert_eq!(w.refusal(edit!(good, RegisterIssuer, b => b.serial = serial)), Refusal::SerialUsed);
    for key in [public(REGULATOR), public(MATCHER), public(10)] {
        assert_eq!(w.refusal(edit!(good, RegisterIssuer, b => b.key = key)), Refusal::KeyReused);
    }
    for n in [101u64, 102, 200] {
        let reused = edit!(good, RegisterIssuer, b => {
            b.encryption_key = encryption(n);
            b.possession = possession(n, &of_issuer(5));
        });
        assert_eq!(w.refusal(reused), Refusal::KeyReused);
    }
    let key: EncryptionKey = encryption(999);
    assert_eq!(w.refusal(edit!(good, RegisterIssuer, b => b.encryption_key = key)), Refusal::BadPossession);
    let other = edit!(good, RegisterIssuer, b => b.possession = possession(205, &of_issuer(6)));
    assert_eq!(w.refusal(other), Refusal::BadPossession);
    // A proof that was made for another chain, or for another role, is of no use here.
    let (here, there) = (w.state.chain(), protocol::ids::ChainId([9; 32]));
    for (chain, role) in [(there, IssuerRole::Desk), (here, IssuerRole::MeteringService)] {
        let context = issuer_context(chain, role, issuer(5));
        let replayed = edit!(good, RegisterIssuer, b => b.possession = possession(205, &context));
        assert_eq!(w.refusal(replayed), Refusal::BadPossession);
    }
    w.accept(good);
}

#[test]
fn anchors_have_their_windows() {
    let mut w = World::open();
    let old = w.root();
    let plan = w.plan(Side::Sell);
    w.accept(plan);
    // The window is five blocks: the root before the plan is good for four more.
    for _ in 0..3 {
        w.block(&[]);
    }
    let another = w.plan(Side::Sell);
    let another = edit!(another, SellPlan, b => b.root = old);
    w.clone().accept(another);
    w.block(&[]);
    assert_eq!(w.refusal(another), Refusal::UnknownAnchor);
    // The root of a cut-off lasts for the last two cycles.
    let cut_off = w.root();
    w.at(u64::from(ROUND));
    assert_eq!(w.state.round_anchor(cycle(1), 0, false), Some(cut_off));
    w.list(Side::Sell);
    w.at(u64::from(ROUND + CONFIRM));
    let confirmations = w.state.round_anchor(cycle(1), 0, true).unwrap();
    assert_ne!(confirmations, cut_off);
    w.list(Side::Sell);
    for _ in 0..6 {
        w.block(&[]);
    }
    for root in [cut_off, confirmations] {
        let plan = w.plan(Side::Sell);
        w.clone().accept(edit!(plan, SellPlan, b => b.root = root));
    }
    w.accept(w.cycle_start(2, START + 500));
    assert!(w.state.is_anchor(&cut_off));
    w.accept(w.cycle_start(3, START + 501));
    assert!(!w.state.is_anchor(&cut_off) && !w.state.is_anchor(&confirmations));
    // The dropped cycle's later cut-offs become no anchors either.
    w.at(u64::from(ROUND) * 2);
    assert_eq!(w.state.round_anchor(cycle(1), 1, false), None);
}

#[test]
fn nullifiers_of_refused_transactions_stay_free() {
    let mut w = World::open();
    let plan = w.plan(Side::Sell);
    let mut bad = w.seal(plan);
    spoil(&mut bad, [0; PROOF_BYTES]);
    // A copy with a broken proof does not shut out the original behind it, nor after it.
    let executed = w.block(&[bad.encode(), w.bytes(plan), bad.encode()]);
    let outcomes: Vec<_> = executed.receipts.iter().map(|r| r.outcome).collect();
    assert_eq!(outcomes, [Err(Refusal::BadProof), Ok(()), Err(Refusal::DuplicateTransaction)]);
    let Body::SellPlan(ListPlan { nullifier: Nullifier(_), .. }) = plan else { panic!() };
}

#[test]
fn withdrawals() {
    let mut w = World::open();
    let good = w.withdraw(7);
    assert_eq!(w.refusal(edit!(good, Withdraw, b => b.epoch = epoch(2))), Refusal::StaleEpoch);
    assert_eq!(w.refusal(edit!(good, Withdraw, b => b.desk = issuer(9))), Refusal::UnregisteredIssuer);
    assert_eq!(w.refusal(edit!(good, Withdraw, b => b.desk = issuer(0))), Refusal::WrongRole);
    let nowhere = protocol::tree::Root(w.clone().fr());
    assert_eq!(w.refusal(edit!(good, Withdraw, b => b.root = nowhere)), Refusal::UnknownAnchor);
    // The proof fixes the amount that leaves, and the payee.
    let tx = w.seal(good);
    let changes: [fn(&mut Withdraw); 4] = [
        |b| b.amount = Money::new(8).unwrap(),
        |b| b.payee.0 += Fr::from(1u64),
        |b| b.balance.0 += Fr::from(1u64),
        |b| b.nullifier.0 += Fr::from(1u64),
    ];
    for change in changes {
        let moved = Transaction { body: edit!(good, Withdraw, b => change(b)), ..tx };
        assert_eq!(w.refusal_of(&moved.encode()), Refusal::BadProof);
    }
    let mut elsewhere = w.clone();
    elsewhere.accept(elsewhere.register(3, IssuerRole::Desk));
    let moved = Transaction { body: edit!(good, Withdraw, b => b.desk = issuer(3)), ..tx };
    assert_eq!(elsewhere.refusal_of(&moved.encode()), Refusal::BadProof, "another desk");

    let before = w.state.tree().len();
    w.accept(good);
    assert_eq!((w.state.withdrawn(issuer(2)), w.state.tree().len()), (7, before + 1));
    let Body::Withdraw(b) = good else { panic!() };
    assert!(w.state.is_spent(&b.nullifier));
    let again = w.withdraw(1);
    assert_eq!(w.refusal(edit!(again, Withdraw, b2 => b2.nullifier = b.nullifier)), Refusal::DoubleSpend);
    let most = w.withdraw(u64::MAX);
    w.accept(most);
    assert_eq!(w.state.withdrawn(issuer(2)), 7 + u128::from(u64::MAX), "the sum has no bound of its own");
    assert_eq!(w.state.withdrawn(issuer(3)), 0);
}

/// A desk restored from before a payment finds on the ledger that the withdrawal is marked. Nobody
/// else marks it, and nothing that is no withdrawal is marked.
#[test]
fn payouts_are_marked_once_each_by_their_desk() {
    let mut w = World::open();
    w.accept(w.register(3, IssuerRole::Desk));
    let bodies = [w.withdraw(7), w.withdraw(8)];
    let [first, second] = bodies.map(|body| w.seal(body).id());
    assert_eq!(w.refusal(w.paid(2, first)), Refusal::NoPayout, "not withdrawn yet");
    w.accept(bodies[0]);
    w.accept(bodies[1]);
    assert_eq!(w.state.unpaid(first), Some(issuer(2)));
    assert_eq!(w.refusal(w.paid(3, first)), Refusal::OtherDesk);
    assert_eq!(w.refusal(w.paid(0, first)), Refusal::WrongRole, "a metering service");
    assert_eq!(w.refusal(w.paid(9, first)), Refusal::UnregisteredIssuer);
    let good = w.paid(2, first);
    let forged = resign(signer_of_issuer(3), w.seal(good));
    assert_eq!(w.refusal_of(&forged.encode()), Refusal::BadSignature);
    let used = w.state.issuer_serials(issuer(2)).unwrap().highest();
    assert_eq!(w.refusal(edit!(good, Paid, b => b.serial = Serial(used.0 + 9000))), Refusal::SerialClosed);
    // Both in one block: one counts.
    let again = edit!(good, Paid, b => b.serial = Serial(b.serial.0 + 1));
    let executed = w.block(&[w.bytes(good), w.bytes(again)]);
    let outcomes: Vec<_> = executed.receipts.iter().map(|r| r.outcome).collect();
    assert_eq!(outcomes, [Ok(()), Err(Refusal::NoPayout)]);
    assert_eq!((w.state.unpaid(first), w.state.unpaid(second)), (None, Some(issuer(2))));
    assert_eq!(w.refusal(w.paid(2, first)), Refusal::NoPayout, "for ever");
    // A desk that the regulator has stopped still pays what is on the ledger.
    w.accept(w.suspend(2, true));
    w.accept(w.paid(2, second));
    assert_eq!(w.state.unpaid(second), None);
    assert_eq!(w.state.digest(), w.state.digest_anew());
}

/// Nobody can open a ciphertext under the identity 0 G, which a proof allows.
#[test]
fn ciphertexts_that_nobody_could_open() {
    let mut w = World::open();
    let (match_id, sell, buy) = w.matched();
    let confirm = [(Side::Sell, sell), (Side::Buy, buy)].map(|(side, handle)| w.confirm(side, match_id, handle));
    let (deliver, pairing) = (w.deliver(Side::Sell, match_id), w.pairing(0, sell, buy));
    let owed = Commitment(w.fr());
    let bodies =
        [w.plan(Side::Sell), w.plan(Side::Buy), w.surplus(), w.shortfall(owed), w.withdraw(5), w.credential(1)];
    let with = |body: Body, c1: Point| {
        let mut body = body;
        match &mut body {
            Body::SellPlan(b) | Body::BuyPlan(b) => b.c1 = c1,
            Body::ConfirmSell(b) | Body::ConfirmBuy(b) => b.c1 = c1,
            Body::Surplus(b) => b.c1 = c1,
            Body::Shortfall(b) => b.c1 = c1,
            Body::Withdraw(b) => b.c1 = c1,
            Body::IssueCredential(b) => b.deposit.c1 = c1,
            Body::Match(b) => b.c1 = c1,
            Body::Deliver(b) => b.c1 = c1,
            _ => panic!("nothing is encrypted in it"),
        }
        body
    };
    let (zero, one) = (Fr::from(0u64), Fr::from(1u64));
    for body in bodies.into_iter().chain(confirm).chain([deliver, pairing]) {
        assert_eq!(w.refusal(with(body, Point { x: zero, y: one })), Refusal::WeakCiphertext, "{body:?}");
    }
    // Where no proof covers the point: one of order two, and bytes that are no point.
    for wrong in [Point { x: zero, y: -one }, Point { x: one, y: one }] {
        assert_eq!(w.refusal(with(pairing, wrong)), Refusal::WeakCiphertext);
    }
}

/// One signature of the regulator would end the chain's market for ever if it could name the
/// greatest number.
#[test]
fn no_cycle_and_no_epoch_is_the_last() {
    let mut w = World::empty();
    for n in [0, 2, u32::MAX] {
        if let Ok(epoch) = protocol::units::Epoch::new(n) {
            let start = edit!(w.epoch_start(1), EpochStart, b => b.epoch = epoch);
            assert_eq!(w.refusal(start), Refusal::CycleOrder, "epoch {n}");
        }
    }
    w.accept(w.epoch_start(1));
    for n in [1025, 1 << 20] {
        assert_eq!(w.refusal(w.cycle_start(n, START)), Refusal::CycleOrder, "cycle {n}");
        assert_eq!(
            w.refusal(w.activate(
                protocol::relation::RelationKind::Merge,
                second_key(protocol::relation::RelationKind::Merge),
                n
            )),
            Refusal::CycleOrder,
            "from {n}"
        );
    }
    w.accept(w.activate(
        protocol::relation::RelationKind::Merge,
        second_key(protocol::relation::RelationKind::Merge),
        1024,
    ));
    w.accept(w.cycle_start(1024, START));
    assert_eq!(w.refusal(w.cycle_start(2049, START + 1)), Refusal::CycleOrder);
    assert_eq!(
        w.refusal(w.activate(
            protocol::relation::RelationKind::Merge,
            second_key(protocol::relation::RelationKind::Merge),
            2049
        )),
        Refusal::CycleOrder
    );
    w.accept(w.cycle_start(2048, START + 1));
    w.accept(w.epoch_start(2));
    assert_eq!(w.refusal(w.epoch_start(4)), Refusal::CycleOrder);
    // A schedule ends within 24 days of its block.
    let far = w.time.0 + 24 * 24 * 3600;
    let start = |due| {
        edit!(w.cycle_start(2049, START + 2), CycleStart, b => {
            let end = b.schedule.delivery_due(3).0 - b.schedule.delivery_from.0;
            b.schedule.delivery_from = Time(due - end);
        })
    };
    assert_eq!(w.refusal(start(far + 1)), Refusal::BadSchedule);
    let last = start(far);
    w.accept(last);
}

/// A suspended issuer issues nothing, and nothing new names it; what is binding it still delivers.
#[test]
fn a_suspended_issuer_only_delivers_what_is_binding() {
    let mut w = World::open();
    let plans = [Side::Sell, Side::Buy, Side::Sell, Side::Buy].map(|side| w.list(side));
    w.at(u64::from(ROUND));
    let bound = w.pair(0, plans[0], plans[1]);
    let matched = w.pair(0, plans[2], plans[3]);
    for (side, plan) in [(Side::Sell, plans[0]), (Side::Buy, plans[1])] {
        let confirm = w.confirm(side, bound, plan);
        w.accept(confirm);
    }
    assert_eq!(w.refusal(w.suspend(8, true)), Refusal::UnregisteredIssuer);
    let mut by_matcher = w.seal(w.suspend(0, true));
    by_matcher.seal = sign(MATCHER, by_matcher.id());
    assert_eq!(w.refusal_of(&by_matcher.encode()), Refusal::BadSignature);
    for n in [0, 2] {
        w.accept(w.suspend(n, true));
        assert!(w.state.is_suspended(issuer(n)));
    }
    for (by, issued) in [(0, Issued::Generation), (2, Issued::Balance)] {
        let issue = w.issue(by, issued);
        assert_eq!(w.refusal(issue), Refusal::SuspendedIssuer);
    }
    let confirm = w.confirm(Side::Sell, matched, plans[2]);
    assert_eq!(w.refusal(confirm), Refusal::SuspendedIssuer);
    let withdraw = w.withdraw(5);
    assert_eq!(w.refusal(withdraw), Refusal::SuspendedIssuer);
    let deliver = w.deliver(Side::Sell, bound);
    w.accept(deliver);
    // It goes on.
    for n in [0, 2] {
        w.accept(w.suspend(n, false));
    }
    w.accept(confirm);
    let withdraw = w.withdraw(5);
    w.accept(withdraw);
    let issue = w.issue(0, Issued::Generation);
    w.accept(issue);
}
