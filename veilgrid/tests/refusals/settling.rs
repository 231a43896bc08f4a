//! Attacks after binding: deliveries by others, second settlements, money out of nothing; and the
//! openings of an audit.

use crate::forge::{broken, proof, rerandomised, resigned, with_body, with_proof};
use crate::issuing::{BESIDES, SMALL};
use crate::listing::Plans;
use crate::matching::{refused_by_relation, Bound};
use crate::world::*;
use protocol::ids::{Height, Serial};
use protocol::light::HeaderChain;
use protocol::record::{Commitment, DeliveryId, Nullifier};
use protocol::relation::check::Ephemeral;
use protocol::relation::deliver::{Deliver as Statement, DeliverWitness};
use protocol::transaction::body::{Deliver, Note, Open, Purpose, Settle, Void, NOTE_BYTES};
use protocol::transaction::{Body, Transaction};
use protocol::units::{EnergyType, Money, Side};
use protocol::Fr;
use wallets::issuer::Reading;
use wallets::prover::Instance;
use wallets::regulator::Evidence;

fn deliver_of(transaction: &Transaction) -> Deliver {
    match transaction.body {
        Body::Deliver(deliver) => deliver,
        _ => panic!("not a delivery"),
    }
}

pub fn settles(w: &mut World, plans: &Plans, trade: &Bound) {
    w.at(CLOSES);
    let nothing = wh(0);
    let (seller, buyer) = (w.seller.wallet.address(), w.buyer.wallet.address());
    w.meter.read_meter(cycle(), seller, Reading { injected: wh(1000), consumed: nothing }).unwrap();
    w.meter.read_meter(cycle(), buyer, Reading { injected: nothing, consumed: wh(600) }).unwrap();
    let halves = w.meter.deliver(&w.prover, &mut w.rng, cycle(), LATER).unwrap();
    let [first, second] = halves[..] else { panic!("two halves") };
    let half = deliver_of(&first);

    // Another metering service's delivery: under its own number, and under the right one with its
    // own signature.
    let own = Deliver { issuer: issuer(OTHER_METER), serial: Serial(1), ..half };
    w.refused("another service's delivery", &resigned(&first, &w.other_meter, Body::Deliver(own)), "wrong-issuer");
    w.refused("a delivery signed by another service", &resigned(&first, &w.other_meter, first.body), "bad-signature");
    let desk = Deliver { issuer: issuer(DESK), serial: Serial(3), ..half };
    w.refused("a desk's delivery", &resigned(&first, &w.desk_signer, Body::Deliver(desk)), "wrong-issuer");
    let nobody = Deliver { issuer: issuer(77), ..half };
    w.refused("nobody's delivery", &resigned(&first, &w.other_meter, Body::Deliver(nobody)), "unregistered-issuer");
    let more = Deliver { delivery: DeliveryId(Fr::from(1u64)), ..half };
    w.refused("a delivery changed on its way", &with_body(&first, Body::Deliver(more)), "bad-signature");
    unprovable_deliveries(w, &first, &second);
    // A settlement before the trade is delivered.
    let early = Settle {
        match_id: trade.match_id,
        handle: plans.buy,
        root: w.state().tree().root(),
        within: true,
        nullifier: Nullifier(Fr::from(8u64)),
        balance: Commitment(Fr::from(8u64)),
        memo: Note([0; NOTE_BYTES]),
    };
    let forged = with_body(&trade.confirm_sell, Body::SettleBuy(early));
    w.refused("a settlement before delivery", &forged, "wrong-stage");
    w.accept(&[first]);
    let replaced = Deliver { serial: Serial(half.serial.0 + 1), ..more };
    let replaced = resigned(&first, &w.meter_signer, Body::Deliver(replaced));
    w.refused("a delivery half replaced", &replaced, "already-delivered");
    w.refused("a delivery half again", &first, "duplicate-transaction");
    w.accept(&[second]);
    settle_sides(w, plans, trade, early);
}

/// A service signs what it cannot prove: records that do not open for everybody whom they concern.
fn unprovable_deliveries(w: &mut World, first: &Transaction, second: &Transaction) {
    let (half, other) = (deliver_of(first), deliver_of(second));
    let signed = |w: &World, body| resigned(first, &w.meter_signer, Body::Deliver(body));
    let one = Fr::from(1u64);
    // A record of nothing, which would freeze the trade's money; one copied from the other half, from
    // the pool; ciphertexts that a reader cannot open, or that tell it something else.
    let random = Deliver { delivery: DeliveryId(one), ..half };
    let copied = Deliver { delivery: half.delivery, serial: half.serial, ..other };
    let lies = [
        ("a random delivery record", random),
        ("a copied delivery record", copied),
        ("a copied delivery, as the other side's", Deliver { side: half.side.other(), ..half }),
        ("another's ciphertexts beside a record", Deliver { delivery: other.delivery, ..half }),
        ("terms that do not open", Deliver { terms: [one; 2], ..half }),
        ("a seller that cannot read", Deliver { seller: [one; 2], ..half }),
        ("a buyer that is told another amount", Deliver { buyer: [half.buyer[0] + one, half.buyer[1]], ..half }),
        ("a service that is told nothing", Deliver { meter: half.terms, ..half }),
    ];
    for (what, lie) in lies {
        let lie = signed(w, lie);
        w.refused(what, &lie, "bad-proof");
        let lie = with_proof(&lie, proof(second));
        w.refused(what, &lie, "bad-proof");
    }
    // The relation has no witness of a random record, whatever amount is said.
    let keys = {
        let state = w.state();
        let trade = state.trade(&half.match_id).unwrap();
        let plan = |handle| state.plan(handle).unwrap().plan_key;
        let meter = state.issuer(issuer(METER)).unwrap().encryption_key.point();
        [state.genesis().terms_key.point(), plan(&trade.sell.handle), plan(&trade.buy.handle), meter]
    };
    let (amount, blinding, ephemeral) = (Fr::from(600u64), one, Ephemeral::random(&mut w.rng));
    let witness = DeliverWitness { amount, blinding, ephemeral };
    let pairs = Statement::encrypted(random.delivery, &keys, &witness);
    let (match_id, side, delivery, c1) = (half.match_id, half.side, random.delivery, witness.ephemeral.point());
    let statement = Statement { match_id, side, delivery, c1, keys, pairs, binding: one };
    refused_by_relation(w, &Instance::Deliver(&statement, &witness), &["1.record"]);
}

fn settle_sides(w: &mut World, plans: &Plans, trade: &Bound, early: Settle) {
    // Two settlements of one side, each with its own dummy, so that no nullifier shows the second.
    let second = w.seller.wallet.settle(&w.prover, &mut w.rng, plans.sell).unwrap();
    w.seller.wallet.forget(second.id());
    let first = w.seller.wallet.settle(&w.prover, &mut w.rng, plans.sell).unwrap();
    let buy = w.buyer.wallet.settle(&w.prover, &mut w.rng, plans.buy).unwrap();
    let (Body::SettleSell(sold), Body::SettleSell(other), Body::SettleBuy(bought)) =
        (first.body, second.body, buy.body)
    else {
        panic!()
    };
    assert!(sold.nullifier != other.nullifier);
    w.would_pass("a settlement", &first);
    w.would_pass("the second settlement, alone", &second);
    let settle = |body: Settle| with_body(&first, Body::SettleSell(body));
    let thief = &mut w.thief.wallet;
    assert_eq!(thief.settle(&w.prover, &mut w.rng, plans.sell).unwrap_err().code(), "unknown-plan");
    let cases = [
        // Money out of nothing: a greater B' under the old proof; another verdict; a dummy in place
        // of a spent B.
        (
            "a greater balance",
            settle(Settle { balance: Commitment(sold.balance.0 + Fr::from(1u64)), ..sold }),
            "bad-proof",
        ),
        ("the other settlement's balance", settle(Settle { balance: other.balance, ..sold }), "bad-proof"),
        ("another verdict", settle(Settle { within: !sold.within, ..sold }), "bad-proof"),
        ("another nullifier", settle(Settle { nullifier: other.nullifier, ..sold }), "bad-proof"),
        ("another settlement's proof", with_proof(&first, proof(&second)), "bad-proof"),
        ("another root", settle(Settle { root: protocol::tree::Tree::new().root(), ..sold }), "bad-proof"),
        ("an unknown root", settle(Settle { root: protocol::tree::Root(Fr::from(3u64)), ..sold }), "unknown-anchor"),
        // Others' settlements.
        ("the seller's called the buyer's", with_body(&first, Body::SettleBuy(sold)), "not-a-party"),
        (
            "the seller's for the buyer's plan",
            with_body(&first, Body::SettleBuy(Settle { handle: plans.buy, ..sold })),
            "bad-proof",
        ),
        ("the buyer's with the seller's proof", with_proof(&buy, proof(&first)), "bad-proof"),
        ("a thief's", with_body(&first, Body::SettleBuy(early)), "bad-proof"),
        (
            "a spent balance",
            with_body(&buy, Body::SettleBuy(Settle { nullifier: spent(w, plans), ..bought })),
            "double-spend",
        ),
    ];
    for (what, transaction, code) in cases {
        w.refused(what, &transaction, code);
    }
    // The refund of a void trade, for one that is not void.
    let void = Void { match_id: trade.match_id, handle: plans.sell, refund: sold.balance, memo: sold.memo };
    w.refused("a refund of a delivered trade", &with_body(&first, Body::Void(void)), "wrong-stage");

    // A second settlement: in one block, in either order; behind a broken copy; in a later block.
    w.together("two settlements", &[first, second], &["ok", "already-settled"]);
    w.together("two settlements", &[second, first], &["ok", "already-settled"]);
    let copy = broken(&first, &mut w.rng);
    w.together("a broken settlement first", &[copy, first, second], &["bad-proof", "ok", "already-settled"]);
    let before = w.seller.wallet.balance();
    assert_eq!(before, Money::ZERO);
    w.accept(&[first]);
    let paid = wh(600).at(price(345_000));
    assert_eq!(w.seller.wallet.balance(), paid);
    w.refused("a second settlement", &second, "already-settled");
    w.refused("a settlement again", &first, "duplicate-transaction");
    let again = rerandomised(&first, &mut w.rng);
    w.refused("a settlement again, re-randomised", &again, "duplicate-transaction");
    w.refused("a settlement again with its nullifier", &settle(Settle { memo: other.memo, ..sold }), "double-spend");
    w.refused("a withdrawal of a settled plan", &plans.release, "wrong-stage");
    w.refused("a refund of a settled trade", &with_body(&first, Body::Void(void)), "wrong-stage");
    let error = w.seller.wallet.settle(&w.prover, &mut w.rng, plans.sell).unwrap_err();
    assert_eq!(error.code(), "wrong-stage");

    // The other side still settles; then all money is accounted for.
    let lock = bid().volume.at(bid().limit);
    assert_eq!(w.buyer.wallet.locked().money, lock);
    w.accept(&[buy]);
    let topped_up = Money::new(10_000_000_000).unwrap();
    let besides = |nano| topped_up.plus(Money::new(nano).unwrap()).unwrap();
    assert_eq!(w.buyer.wallet.balance(), besides(BESIDES).minus(paid).unwrap());
    assert!(w.buyer.wallet.locked().money == Money::ZERO && w.seller.wallet.locked().energy.is_empty());
    assert_eq!(w.seller.wallet.balance(), paid);
    assert_eq!(w.thief.wallet.balance(), besides(SMALL));
    // A generation record of a past cycle cannot be sold: it backs no plan any more.
    let rest = w.seller.wallet.records().filter(|r| {
        matches!(r.payload(), wallets::note::Payload::Generation { energy_type: EnergyType::Solar, volume, .. } if *volume == wh(400))
    });
    assert_eq!(rest.count(), 1);
    let late = w.seller.wallet.list_sell(
        &w.prover,
        &mut w.rng,
        &protocol::plan::Offer { volume: wh(400), ..offer() },
        cycle(),
    );
    let late = late.unwrap();
    w.blob(&late.blob);
    w.refused("a plan after gate closure", &late.transaction, "cycle-closed");
    w.seller.wallet.forget(late.transaction.id());
}

/// The nullifier of the balance that the buyer's plan spent.
fn spent(w: &World, plans: &Plans) -> Nullifier {
    let bytes = w.node.block(w.state().plan(&plans.buy).unwrap().listed_height).unwrap().unwrap().transactions;
    let found = bytes.iter().find_map(|b| match Transaction::decode(b).unwrap().body {
        Body::BuyPlan(b) if b.handle == plans.buy => Some(b.nullifier),
        _ => None,
    });
    found.unwrap()
}

/// An audit opens one plan, after its entry on the ledger, by a quorum; and decrypts nothing else.
pub fn audits(w: &mut World, plans: &Plans) {
    let counted = w.regulator.decryptions();
    assert_eq!((counted.scores, counted.terms, counted.audits, counted.traces), (1, 2, 0, 0));
    assert_eq!(w.regulator.open_audit(plans.sell, [0; 32], LATER).unwrap_err().code(), "no-reason");
    let open = w.regulator.open_audit(plans.sell, [5; 32], LATER).unwrap();
    // A sealed Open is not yet on the ledger; and only the regulator announces.
    assert_eq!(w.node.acceptance_proof(&open.id()).unwrap(), None);
    let chain = w.state().chain();
    w.refused("an opening announced by another", &w.other_meter.seal(chain, LATER, open.body), "bad-signature");
    let Body::Open(said) = open.body else { panic!() };
    let misfit =
        w.by_regulator(|serial| Body::Open(Open { serial, purpose: Purpose::Audit, second: plans.buy.0, ..said }));
    w.refused("an audit of two plans at once", &misfit, "misfit-opening");
    let openings = w.state().openings().len();
    w.accept(&[open]);
    assert_eq!(w.state().openings().len(), openings + 1);

    // Its holders and the service work on proofs alone.
    let mut headers = HeaderChain::new(w.state().genesis(), w.node.validators().clone());
    w.node.follow(&mut headers).unwrap();
    let proof = |w: &World, id| w.node.acceptance_proof(&id).unwrap().unwrap();
    let listed = |w: &World, handle| w.regulator.trail().plan(handle).unwrap().0;
    let evidence = Evidence { open: proof(w, open.id()), target: proof(w, listed(w, plans.sell)) };
    let refused = |w: &mut World, evidence: &Evidence, headers: &HeaderChain, code: &str| {
        assert_eq!(w.shares[0].partial(evidence, headers).err().unwrap().code(), code);
        assert_eq!(w.regulator.audit(evidence, headers, &[]).err().unwrap().code(), code);
    };
    // Headers that end with the entry's own block do not show yet that the ledger accepted it.
    let mut short = HeaderChain::new(w.state().genesis(), w.node.validators().clone());
    let (entry, _) = w.node.receipt(&open.id()).unwrap().unwrap();
    for height in 1..=entry.0 {
        let (header, certificate) = w.node.header(Height(height)).unwrap().unwrap();
        short.extend(header, &certificate).unwrap();
    }
    refused(w, &evidence, &short, "light-truncated");
    let partials: Vec<_> = w.shares.iter().map(|share| share.partial(&evidence, &headers).unwrap()).collect();
    for too_few in [&partials[..0], &partials[..1], &[partials[1], partials[1]]] {
        assert_eq!(w.regulator.audit(&evidence, &headers, too_few).err().unwrap().code(), "bad-shares");
    }
    // An entry for one plan opens no other plan; another transaction is no entry, nor is a refused
    // one.
    let other = Evidence { target: proof(w, listed(w, plans.buy)), ..evidence.clone() };
    refused(w, &other, &headers, "not-opened");
    let itself = Evidence { open: evidence.target.clone(), ..evidence.clone() };
    refused(w, &itself, &headers, "not-opened");
    let settled = Evidence { target: evidence.open.clone(), ..evidence.clone() };
    refused(w, &settled, &headers, "not-auditable");
    let mut elsewhere = evidence.clone();
    elsewhere.target.included.bytes[60] ^= 1;
    refused(w, &elsewhere, &headers, "light-not-included");
    assert_eq!(w.regulator.decryptions(), counted);

    let opened = w.regulator.audit(&evidence, &headers, &partials[1..]).unwrap();
    assert!(opened.owner == w.seller.wallet.address());
    assert_eq!((opened.volume, opened.price, opened.cycle), (offer().volume, offer().ask, cycle()));
    let plan = w.seller.wallet.watch().plan(plans.sell).unwrap();
    assert_eq!(plan.side(), Side::Sell);
    let after = w.regulator.decryptions();
    assert_eq!((after.audits, after.scores, after.terms, after.traces), (1, counted.scores, counted.terms, 0));
}
