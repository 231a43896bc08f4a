//! Attacks on listings: double spends, double listings, anchors, epochs, ciphertexts, kinds.

use crate::credentials::twin;
use crate::forge::{
    beyond_modulus, broken, changed_second, proof, rerandomised, second_of, with_body, with_plan, with_proof,
    with_second,
};
use crate::world::*;
use protocol::elgamal::ephemeral;
use protocol::ids::{BlobHash, Time};
use protocol::plan::Bid;
use protocol::record::{Commitment, Handle, Nullifier};
use protocol::terms::LAPSE_ALARM;
use protocol::transaction::body::{EpochStart, Merge};
use protocol::transaction::{Body, Seal, Transaction};
use protocol::tree::{Root, Tree};
use protocol::units::{Cycle, Epoch};
use protocol::Fr;

/// The two plans, listed.
pub struct Plans {
    pub sell: Handle,
    pub buy: Handle,
    /// A withdrawal of the sell plan, made while it was possible and never sent.
    pub release: Transaction,
}

pub fn plans(w: &mut World, merge: &Transaction) -> Plans {
    // Two plans of one record: the seller's wallet is told to forget the first, and proves a
    // second.
    let other = w.seller.wallet.list_sell(&w.prover, &mut w.rng, &offer(), cycle()).unwrap();
    w.seller.wallet.forget(other.transaction.id());
    let sell = w.seller.wallet.list_sell(&w.prover, &mut w.rng, &offer(), cycle()).unwrap();
    // A wallet that does not know its twin's tags lists under the same one, from another record.
    let mut other_buyer = twin(w, &w.buyer.wallet);
    let dear = Bid { volume: wh(3000), ..bid() };
    let twice = other_buyer.list_buy(&w.prover, &mut w.rng, &dear, cycle()).unwrap();
    let buy = w.buyer.wallet.list_buy(&w.prover, &mut w.rng, &bid(), cycle()).unwrap();
    let (second, first) = (other.transaction, sell.transaction);

    let hashes = [&other.blob, &sell.blob, &buy.blob].map(|blob| w.blob(blob));
    let junk = w.blob(b"no ciphertext");
    let cut = w.blob(&sell.blob[..sell.blob.len() - 1]);
    let long = w.blob(&[&sell.blob[..], &[0]].concat());

    // Outside the cycle's times.
    assert_eq!(codes(&w.trial(&[first.encode()])), ["cycle-closed"], "a plan before the cycle opens");
    w.at(OPENS);
    w.would_pass("a sell plan", &first);
    w.would_pass("a second plan of the same record, alone", &second);
    w.would_pass("a buy plan", &buy.transaction);
    assert_eq!(codes(&w.trial_on(w.state(), Time(CLOSES), &[first.encode()])), ["cycle-closed"], "after gate closure");

    // A malformed matching ciphertext.
    for malformed in [junk, cut, long] {
        let plan = with_plan(&first, |b| b.ciphertext = malformed);
        assert_eq!(codes(&w.trial(&[plan.encode()])), ["malformed-ciphertext"]);
        // The node finds the bad proof first.
        let id = w.node.submit(&plan.encode()).unwrap();
        let sealed = w.node.seal_block(w.now).unwrap();
        assert_eq!(sealed.outcome(&id), Some(Err(ledger::Refusal::BadProof)));
        w.scan();
    }
    let absent = with_plan(&first, |b| b.ciphertext = BlobHash([7; 32]));
    // Its proof is bad too, which is found before anybody looks for the blob.
    let id = w.node.submit(&absent.encode()).unwrap();
    let sealed = w.node.seal_block(w.now).unwrap();
    assert_eq!(sealed.outcome(&id), Some(Err(ledger::Refusal::BadProof)));
    assert!(w.node.wanted().is_empty() && w.node.held() == 0);

    moved_proofs(w, &first, &second, &buy.transaction, hashes, merge);
    anchors(w, &first);

    // The next epoch starts.
    let next = Epoch::new(2).unwrap();
    let start = w.by_regulator(|serial| Body::EpochStart(EpochStart { serial, epoch: next, lapse_alarm: LAPSE_ALARM }));
    // A plan of the cycle shows the cycle's epoch all along.
    w.together("an epoch that ends while the cycle is open", &[start, first], &["ok", "ok"]);
    w.together(
        "the cycle's credential, called the next epoch's",
        &[start, with_plan(&first, |b| b.epoch = next)],
        &["ok", "stale-epoch"],
    );
    w.refused("a credential of an epoch to come", &with_plan(&first, |b| b.epoch = next), "stale-epoch");
    w.refused(
        "a cycle that has not started",
        &with_plan(&first, |b| b.cycle = Cycle::new(2).unwrap()),
        "unknown-cycle",
    );

    // A plan after its expiry, which was not posted in time.
    let late = w.later(second.expiry.0.checked_sub(w.state().height().0).unwrap());
    assert_eq!(codes(&w.trial_on(&late, w.now, &[second.encode()])), ["expired-transaction"]);
    assert_eq!(
        codes(&w.trial_on(&late, w.now, &[Transaction { expiry: EVEN_LATER, ..second }.encode()])),
        ["bad-proof"]
    );

    // Double listing, which is a double spend: one record behind two plans, in one block, in either
    // order.
    w.together("two plans of one record", &[first, second], &["ok", "double-spend"]);
    w.together("two plans of one record", &[second, first], &["ok", "double-spend"]);
    // The same plan again in the same block: as it is, re-randomised, and as another transaction
    // with its handle.
    let again = rerandomised(&first, &mut w.rng);
    w.would_pass("a plan with its proof re-randomised", &again);
    w.together("a plan twice", &[first, first, again], &["ok", "duplicate-transaction", "duplicate-transaction"]);
    w.together("a plan twice", &[again, first], &["ok", "duplicate-transaction"]);
    // A broken copy does not shut the original out, in either order; nor does a broken plan of the
    // same record.
    let copy = broken(&first, &mut w.rng);
    w.together("a broken copy first", &[copy, first], &["bad-proof", "ok"]);
    w.together("a broken copy last", &[first, copy], &["ok", "duplicate-transaction"]);
    let thwart = broken(&second, &mut w.rng);
    w.together("a broken plan of the same record first", &[thwart, first], &["bad-proof", "ok"]);

    // Through the node, all at once: the broken copy, the plan, the second plan of its record, the
    // plan again.
    for transaction in [copy, first, second, again] {
        w.node.submit(&transaction.encode()).unwrap();
    }
    let sealed = w.node.seal_block(w.now).unwrap();
    let left_out: Vec<_> = sealed.left_out.iter().map(|(id, refusal)| (*id, refusal.code())).collect();
    let refused = [(copy.id(), "bad-proof"), (second.id(), "double-spend"), (again.id(), "duplicate-transaction")];
    assert_eq!(left_out, refused);
    assert_eq!(sealed.compact.transactions.len(), 1);
    w.scan();
    assert_eq!(w.state().plans_of(cycle()).count(), 1);
    w.blob(&twice.blob);
    let twice = twice.transaction;
    w.would_pass("a plan of a tag, alone", &twice);
    w.together("two plans of one tag", &[buy.transaction, twice], &["ok", "tag-reused"]);
    w.together("two plans of one tag", &[twice, buy.transaction], &["ok", "tag-reused"]);
    w.accept(&[buy.transaction]);
    w.refused("a plan with a tag that is used", &twice, "tag-reused");

    // And in later blocks.
    w.refused("a second plan of a spent record", &second, "double-spend");
    w.refused("the same plan again", &first, "duplicate-transaction");
    w.refused("the same plan again, re-randomised", &again, "duplicate-transaction");
    w.refused("the same plan again, broken", &copy, "duplicate-transaction");
    let fresh = |n: u64| Nullifier(Fr::from(n));
    w.refused("the handle again, for another record", &with_plan(&first, |b| b.nullifier = fresh(5)), "handle-reused");
    double_spends(w, &first, &buy.transaction);

    // The seller proves a withdrawal now, and sends it when it is no longer allowed.
    let release = w.seller.wallet.release(&w.prover, &mut w.rng, sell.handle).unwrap();
    w.would_pass("a withdrawal of a listed plan", &release);
    w.seller.wallet.forget(release.id());
    Plans { sell: sell.handle, buy: buy.handle, release }
}

/// A proof moved to other ciphertexts, to other content, to another kind.
fn moved_proofs(
    w: &mut World,
    first: &Transaction,
    second: &Transaction,
    buy: &Transaction,
    [other_blob, _, buy_blob]: [BlobHash; 3],
    merge: &Transaction,
) {
    let Body::SellPlan(plan) = first.body else { panic!() };
    let Body::SellPlan(other) = second.body else { panic!() };
    let Body::BuyPlan(bought) = buy.body else { panic!() };
    let one = Fr::from(1u64);
    let changed = [
        ("another matching ciphertext of the same offer", with_plan(first, |b| b.ciphertext = other_blob)),
        ("another plan's matching ciphertext", with_plan(first, |b| b.ciphertext = buy_blob)),
        ("other terms", with_plan(first, |b| b.terms[1] += one)),
        (
            "terms and audit of another plan",
            with_plan(first, |b| (b.c1, b.terms, b.audit) = (other.c1, other.terms, other.audit)),
        ),
        ("another audit ciphertext", with_plan(first, |b| b.audit[0] += one)),
        ("another c1", with_plan(first, |b| b.c1 = ephemeral(&5u64.into()))),
        ("another plan's key", with_plan(first, |b| b.plan_key = bought.plan_key)),
        ("another memo", with_plan(first, |b| b.memo = other.memo)),
        ("another handle", with_plan(first, |b| b.handle = other.handle)),
        ("another trace tag", with_plan(first, |b| b.tag.0 += one)),
        ("more change: energy out of nothing", with_plan(first, |b| b.change = Commitment(b.change.0 + one))),
        ("another nullifier", with_plan(first, |b| b.nullifier = Nullifier(b.nullifier.0 + one))),
        ("another expiry", Transaction { expiry: EVEN_LATER, ..*first }),
        ("another plan's proof", with_proof(first, proof(second))),
        // To another kind: a sell plan's proof on a buy plan with the same contents, and on the
        // buyer's plan.
        ("a sell plan called a buy plan", with_body(first, Body::BuyPlan(plan))),
        ("a buy plan called a sell plan", with_body(buy, Body::SellPlan(bought))),
        ("a sell plan's proof on a buy plan", with_proof(buy, proof(first))),
        ("a merge's proof on a plan", with_proof(first, proof(merge))),
        // The second proof, which shows that the ciphertext is the plan's.
        ("another plan's second proof", with_second(first, second_of(second))),
        ("the plan's own proof for the second", changed_second(first, |c| c.proof = proof(first))),
        ("another commitment to the randomness", changed_second(first, |c| c.commitments[0] += one)),
        ("another commitment to the projection", changed_second(first, |c| c.commitments[1] += one)),
        ("the commitments exchanged", changed_second(first, |c| c.commitments.reverse())),
        ("a second proof of nothing", changed_second(first, |c| c.proof = [0; 192])),
        (
            "both proofs exchanged",
            with_proof(&changed_second(first, |c| c.proof = proof(first)), second_of(first).proof),
        ),
    ];
    for (what, transaction) in changed {
        w.refused(what, &transaction, "bad-proof");
    }
    let other_side = changed_second(first, |c| c.key = second_of(buy).key);
    w.refused("a bid's key for an offer's ciphertext", &other_side, "unknown-key");
    let Seal::Plan { key, proof, .. } = first.seal else { panic!("a listing has two proofs") };
    w.refused("no second proof", &Transaction { seal: Seal::Proof { key, proof }, ..*first }, "encoding");
    // The nullifier under another name: the same field element plus the modulus. It would be
    // another nullifier.
    let mut bytes = first.encode();
    // version, kind, chain, expiry; cycle, epoch, root
    let at = 42 + 4 + 4 + 32;
    bytes[at..at + 32].copy_from_slice(&beyond_modulus(plan.nullifier.0));
    w.refused_bytes("a nullifier by another name", &bytes, "encoding");
}

fn anchors(w: &mut World, first: &Transaction) {
    // A root of nothing, and one of a tree that holds the same leaves and one made-up leaf.
    w.refused("an unknown root", &with_plan(first, |b| b.root = Root(Fr::from(12345u64))), "unknown-anchor");
    let mut tree = w.state().tree().clone();
    assert!(w.state().is_anchor(&tree.root()));
    tree.append(Fr::from(1u64)).unwrap();
    w.refused("a root of a tree of one's own", &with_plan(first, |b| b.root = tree.root()), "unknown-anchor");
    // A root that is an anchor, but another than the proof's.
    let empty = Tree::new().root();
    assert!(w.state().is_anchor(&empty));
    w.refused("another anchor", &with_plan(first, |b| b.root = empty), "bad-proof");
}

/// The records behind the two plans, spent again by other kinds of transaction.
fn double_spends(w: &mut World, first: &Transaction, buy: &Transaction) {
    let (Body::SellPlan(sold), Body::BuyPlan(bought)) = (first.body, buy.body) else { panic!() };
    let merge = |nullifiers| {
        Body::Merge(Merge { root: sold.root, nullifiers, record: Commitment(Fr::from(3u64)), memo: sold.memo })
    };
    let fresh = Nullifier(Fr::from(99u64));
    for nullifiers in [[sold.nullifier, fresh], [fresh, bought.nullifier], [fresh, fresh]] {
        w.refused("a merge of a spent record", &with_body(first, merge(nullifiers)), "double-spend");
    }
    w.refused("a merge of nothing", &with_body(first, merge([fresh, Nullifier(Fr::from(98u64))])), "bad-proof");
}
