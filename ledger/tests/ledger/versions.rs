//! Versions of circuits: a new key counts from a cycle on, and plans from before that cycle end
//! under their own key.

use crate::node::{foreign_block, orderer, MATCHING_KEY};
use crate::world::*;
use ledger::{execute, verify, BlockInput, ExecuteError, Node, NodeError, ProofVerifier, Refusal};
use protocol::ids::{BlobHash, Height, VerifyingKeyId};
use protocol::key_schedule::CircuitVersion;
use protocol::record::Handle;
use protocol::relation::RelationKind as R;
use protocol::transaction::body::{Issued, Objection};
use protocol::transaction::{Body, Transaction};
use protocol::units::Side;
use std::path::Path;
use std::sync::Arc;

/// The same listing in another cycle.
fn in_cycle(body: Body, n: u32) -> Body {
    let mut body = body;
    match &mut body {
        Body::SellPlan(b) | Body::BuyPlan(b) => b.cycle = cycle(n),
        _ => panic!("not a listing"),
    }
    body
}

fn relation(body: &Body) -> R {
    body.kind().relation().expect("sealed by a signature")
}

/// The body, proved under the relation's first key and under its second key.
fn both(w: &World, body: Body) -> (Transaction, Transaction) {
    (w.seal(body), w.seal_under(second_key(relation(&body)), body))
}

fn handle(body: &Body) -> Handle {
    match body {
        Body::SellPlan(b) | Body::BuyPlan(b) => b.handle,
        _ => panic!("not a listing"),
    }
}

/// The second key of every relation from cycle 2 on, announced.
fn announce(w: &mut World) {
    for relation in R::ALL {
        w.accept(w.activate(relation, second_key(relation), 2));
    }
}

#[test]
fn who_may_change_which_key_from_when() {
    let mut w = World::open();
    let good = w.activate(R::Merge, second_key(R::Merge), 2);
    // A key that the program does not have: if the regulator activates it, this program cannot
    // execute the block.
    for key in [VerifyingKeyId([1; 32]), second_key(R::Release)] {
        let tx = w.seal(w.activate(R::Merge, key, 2));
        let block = |tx: Transaction| {
            let transactions = [tx.encode()];
            let height = Height(w.state.height().0 + 1);
            let input = BlockInput { height, time: w.time, transactions: &transactions };
            execute(&w.state, input, &TestVerifier, &w.blobs)
        };
        assert_eq!(block(tx).unwrap_err(), ExecuteError::UnknownKey(key));
        let another = Transaction { seal: sign(MATCHER, tx.id()), ..tx };
        assert_eq!(block(another).unwrap().receipts[0].outcome, Err(Refusal::BadSignature), "anybody could stop it");
    }
    for from in [0, 1] {
        let early = w.activate(R::Merge, second_key(R::Merge), from);
        assert_eq!(w.refusal(early), Refusal::CycleOrder, "a cycle that has started keeps its keys");
    }
    let mut stale = good;
    if let Body::ActivateKey(b) = &mut stale {
        b.serial.0 -= 1;
    }
    assert_eq!(w.refusal(stale), Refusal::SerialUsed);
    for other in [MATCHER, 10, 12] {
        let mut tx = w.seal(good);
        tx.seal = sign(other, tx.id());
        assert_eq!(w.refusal_of(&tx.encode()), Refusal::BadSignature);
    }
    w.accept(w.activate(R::Release, second_key(R::Release), 3));
    assert_eq!(
        w.refusal(w.activate(R::Merge, second_key(R::Merge), 2)),
        Refusal::CycleOrder,
        "before an earlier change"
    );
    w.accept(w.activate(R::Merge, second_key(R::Merge), 3));
    assert_eq!(w.state.keys().changes().len(), 2);
    // No announced key counts yet, and a change can be taken back.
    assert_eq!(w.state.circuits(), CircuitVersion(0));
    let merge = w.merge();
    let (first, second) = both(&w, merge);
    assert_eq!(w.refusal_of(&second.encode()), Refusal::SupersededKey, "not in force yet");
    assert_eq!(w.clone().block(&[first.encode()]).receipts[0].outcome, Ok(()));
    w.accept(w.activate(R::Merge, key_id(R::Merge), 3));
    w.accept(w.cycle_start(3, START + 50));
    assert_eq!(w.state.circuits(), CircuitVersion(3));
    assert_eq!(w.refusal_of(&second.encode()), Refusal::SupersededKey);
    assert_eq!(w.block(&[first.encode()]).receipts[0].outcome, Ok(()));
}

#[test]
fn a_plan_in_flight_ends_under_its_own_version_and_a_new_one_begins_under_the_new() {
    let mut w = World::open();
    announce(&mut w);
    // Announced, and not yet in force: cycle 1's plans are of version 0.
    let (match_id, sell, buy) = w.matched();
    let spare = w.list(Side::Sell);
    w.accept(w.cycle_start(2, START + 50));
    let all = CircuitVersion(R::ALL.len() as u32);
    assert_eq!(w.state.circuits(), all);
    assert_eq!(w.state.plan(&sell).unwrap().circuits, CircuitVersion(0));

    // Transactions about a plan of cycle 1 are accepted only under its key; each then takes effect.
    let ends = |w: &mut World, body: Body| {
        let (own, newer) = both(w, body);
        assert_eq!(w.refusal_of(&newer.encode()), Refusal::SupersededKey, "{body:?}");
        let unknown = w.seal_under(VerifyingKeyId([1; 32]), body);
        assert_eq!(w.refusal_of(&unknown.encode()), Refusal::UnknownKey);
        assert_eq!(w.block(&[own.encode()]).receipts[0].outcome, Ok(()), "{body:?}");
    };
    let body = w.release(spare);
    ends(&mut w, body);
    for (side, handle) in [(Side::Sell, sell), (Side::Buy, buy)] {
        let body = w.confirm(side, match_id, handle);
        ends(&mut w, body);
    }
    for side in [Side::Sell, Side::Buy] {
        let body = w.deliver(side, match_id);
        ends(&mut w, body);
    }
    for (side, handle) in [(Side::Sell, sell), (Side::Buy, buy)] {
        let body = w.settle(side, match_id, handle);
        ends(&mut w, body);
    }

    // New plans: those of cycle 2 are proved under the new key, those of cycle 1, which has not
    // closed, still under the old one.
    let (old_cycle, new_cycle) = (w.plan(Side::Buy), in_cycle(w.plan(Side::Buy), 2));
    let (own, newer) = both(&w, old_cycle);
    assert_eq!(w.refusal_of(&newer.encode()), Refusal::SupersededKey);
    assert_eq!(w.block(&[own.encode()]).receipts[0].outcome, Ok(()));
    let (old, own) = both(&w, new_cycle);
    assert_eq!(w.refusal_of(&old.encode()), Refusal::SupersededKey, "a new plan under the old key");
    // The seal names the key in force over a proof under the other.
    let mut lying = old;
    *proof_of(&mut lying).0 = second_key(R::BuyPlan);
    if let protocol::transaction::Seal::Plan { ciphertext, .. } = &mut lying.seal {
        ciphertext.key = second_key(R::BuyCiphertext);
    }
    assert_eq!(w.refusal_of(&lying.encode()), Refusal::BadProof);
    assert_eq!(w.block(&[own.encode()]).receipts[0].outcome, Ok(()));
    assert_eq!(w.state.plan(&handle(&new_cycle)).unwrap().circuits, all);
    let body = w.release(handle(&new_cycle));
    let (old, own) = both(&w, body);
    assert_eq!(w.refusal_of(&old.encode()), Refusal::SupersededKey);
    assert_eq!(w.block(&[own.encode()]).receipts[0].outcome, Ok(()));

    // Transactions about no plan go by the newest cycle.
    for body in [w.merge(), w.withdraw(3), w.credential(1)] {
        let (old, own) = both(&w, body);
        assert_eq!(w.refusal_of(&old.encode()), Refusal::SupersededKey, "{body:?}");
        assert_eq!(w.block(&[own.encode()]).receipts[0].outcome, Ok(()));
        // Each uses up a serial, so they are made one after another.
        let body = match body {
            Body::Merge(_) => w.issue(0, Issued::Generation),
            Body::Withdraw(_) => w.issue(2, Issued::Balance),
            Body::IssueCredential(_) => w.credential(2),
            _ => unreachable!(),
        };
        let (old, own) = both(&w, body);
        assert_eq!(w.refusal_of(&old.encode()), Refusal::SupersededKey, "{body:?}");
        assert_eq!(w.block(&[own.encode()]).receipts[0].outcome, Ok(()));
    }
}

#[test]
fn refusals_and_voids_of_an_old_plan_too() {
    let mut w = World::open();
    announce(&mut w);
    let (match_id, sell, _) = w.matched();
    w.accept(w.cycle_start(2, START + 50));
    let (own, newer) = both(&w, Body::Refuse(Objection { match_id, handle: sell }));
    assert_eq!(w.refusal_of(&newer.encode()), Refusal::SupersededKey);
    assert_eq!(w.clone().block(&[own.encode()]).receipts[0].outcome, Ok(()));
    let mut w = World::open();
    announce(&mut w);
    let (match_id, sell, _) = w.confirmed();
    w.accept(w.cycle_start(2, START + 500));
    w.at(DUE);
    let body = w.void(match_id, sell);
    let (own, newer) = both(&w, body);
    assert_eq!(w.refusal_of(&newer.encode()), Refusal::SupersededKey);
    assert_eq!(w.block(&[own.encode()]).receipts[0].outcome, Ok(()));
}

/// A block may have proofs under both versions, and one bad proof affects no other.
#[test]
fn one_block_holds_both_versions() {
    let mut w = World::open();
    announce(&mut w);
    w.accept(w.cycle_start(2, START + 1));
    w.at(1);
    let bodies: Vec<Body> = (1..=2)
        .flat_map(|n| [Side::Sell, Side::Buy].map(|side| (n, side)))
        .map(|(n, side)| in_cycle(w.plan(side), n))
        .collect();
    let mut transactions: Vec<Vec<u8>> = Vec::new();
    for body in &bodies {
        let (first, second) = both(&w, *body);
        let (Body::SellPlan(b) | Body::BuyPlan(b)) = body else { panic!() };
        transactions.push(if b.cycle == cycle(1) { first.encode() } else { second.encode() });
    }
    let mut bad = w.merge();
    if let Body::Merge(b) = &mut bad {
        b.record.0 += protocol::Fr::from(1u64);
    }
    let mut bad = w.seal_under(second_key(R::Merge), bad);
    spoil(&mut bad, [3; 192]);
    transactions.insert(2, bad.encode());
    let input = BlockInput { height: Height(w.state.height().0 + 1), time: w.time, transactions: &transactions };
    let executed = execute(&w.state, input, &TestVerifier, &w.blobs).unwrap();
    let outcomes: Vec<_> = executed.receipts.iter().map(|r| r.outcome).collect();
    assert_eq!(outcomes, [Ok(()), Ok(()), Err(Refusal::BadProof), Ok(()), Ok(())]);
}

/// An earlier version of the program: it has the first keys only.
struct Before;

impl ProofVerifier for Before {
    fn key_id(&self, relation: R) -> VerifyingKeyId {
        key_id(relation)
    }
    fn knows(&self, relation: R, key: VerifyingKeyId) -> bool {
        key_id(relation) == key
    }
    fn is_insecure(&self, _: R, _: VerifyingKeyId) -> bool {
        true
    }
    fn verify(&self, claims: &[ledger::ProofClaim], blobs: &dyn ledger::Blobs) -> Result<Vec<bool>, BlobHash> {
        TestVerifier.verify(claims, blobs)
    }
    fn score_digest(&self, scores: &ledger::ScoreClaim, blobs: &dyn ledger::Blobs) -> Result<[u8; 32], BlobHash> {
        TestVerifier.score_digest(scores, blobs)
    }
}

/// Makes a transaction, with its expected outcome.
type Make<'a> = &'a dyn Fn(&mut World) -> (Transaction, Result<(), Refusal>);

/// Seals one block for each of these.
fn seal_all(mut node: Node, at: (&Path, Arc<dyn ProofVerifier>), w: &mut World, made: &[Make<'_>]) {
    let (dir, verifier) = at;
    for make in made {
        w.state = node.state().clone();
        let (tx, outcome) = make(w);
        let sealed;
        (node, sealed) = foreign_block(node, dir, verifier.clone(), &[tx.encode()]);
        assert_eq!(sealed.receipts[0].outcome, outcome);
    }
}

fn open(directory: &Path, verifier: Arc<dyn ProofVerifier>) -> Result<Node, NodeError> {
    Node::open(directory, orderer(), verifier)
}

#[test]
fn a_ledger_is_opened_and_verified_by_the_next_version_of_the_program() {
    let dir = tempfile::tempdir().unwrap();
    let genesis = genesis(MATCHING_KEY);
    let node = Node::create(dir.path(), &genesis, MATCHING_KEY, orderer(), Arc::new(Before)).unwrap();
    let mut w = World::empty();
    // Anybody can name a future key.
    let early = |w: &mut World| {
        let merge = w.merge();
        (w.seal_under(second_key(R::Merge), merge), Err(Refusal::UnknownKey))
    };
    let epoch = |w: &mut World| (w.seal(w.epoch_start(1)), Ok(()));
    seal_all(node, (dir.path(), Arc::new(Before)), &mut w, &[&epoch, &early]);
    let mut node = open(dir.path(), Arc::new(Before)).unwrap();
    // The node does not accept its activation before the program has it.
    let change = w.seal(w.activate(R::Merge, second_key(R::Merge), 2)).encode();
    assert_eq!(node.submit(&change), Err(Refusal::UnknownKey));
    drop(node);

    verify(dir.path(), &TestVerifier, &mut |_| {}).unwrap();
    let node = open(dir.path(), Arc::new(TestVerifier)).unwrap();
    let activate = |w: &mut World| (w.seal(w.activate(R::Merge, second_key(R::Merge), 2)), Ok(()));
    // Announced, and not in force.
    let later = |w: &mut World| {
        let merge = w.merge();
        (w.seal_under(second_key(R::Merge), merge), Err(Refusal::SupersededKey))
    };
    seal_all(node, (dir.path(), Arc::new(TestVerifier)), &mut w, &[&early, &activate, &later]);
    verify(dir.path(), &TestVerifier, &mut |_| {}).unwrap();

    // The earlier version reports the key that it lacks, and does not report damage.
    let error = open(dir.path(), Arc::new(Before)).err().unwrap();
    assert_eq!(error.code(), "unknown-key", "{error}");
    let error = verify(dir.path(), &Before, &mut |_| {}).unwrap_err().to_string();
    assert!(error.contains("use a newer one"), "{error}");
    open(dir.path(), Arc::new(TestVerifier)).unwrap();
}
