//! `execute`: the result is that of the transactions one after another, whichever proofs of the
//! batch are bad.

use crate::world::*;
use ledger::{
    execute, Blobs, BlockInput, CiphertextStatus, ExecuteError, ProofClaim, ProofVerifier, PublicInputs, Refusal,
    ScoreClaim,
};
use proptest::prelude::*;
use protocol::compact::Event;
use protocol::ids::{BlobHash, ChainId, Height, Time, VerifyingKeyId};
use protocol::record::{Commitment, Nullifier};
use protocol::relation::RelationKind;
use protocol::transaction::body::Issued;
use protocol::transaction::*;
use protocol::units::Side;
use std::cell::RefCell;
use std::sync::Mutex;

/// Verifies, and counts the batches and the claims.
#[derive(Default)]
struct Counting(Mutex<(usize, usize)>);

impl ProofVerifier for Counting {
    fn key_id(&self, relation: RelationKind) -> VerifyingKeyId {
        TestVerifier.key_id(relation)
    }
    fn knows(&self, relation: RelationKind, key: VerifyingKeyId) -> bool {
        TestVerifier.knows(relation, key)
    }
    fn is_insecure(&self, _: RelationKind, _: VerifyingKeyId) -> bool {
        true
    }
    fn verify(&self, claims: &[ProofClaim], blobs: &dyn Blobs) -> Result<Vec<bool>, BlobHash> {
        let mut count = self.0.lock().unwrap();
        *count = (count.0 + 1, count.1 + claims.len());
        TestVerifier.verify(claims, blobs)
    }
    fn score_digest(&self, scores: &ScoreClaim, blobs: &dyn Blobs) -> Result<[u8; 32], BlobHash> {
        TestVerifier.score_digest(scores, blobs)
    }
}

fn spoilt(w: &World, body: Body) -> Vec<u8> {
    let mut tx = w.seal(body);
    spoil(&mut tx, [3; PROOF_BYTES]);
    tx.encode()
}

#[test]
fn good_proofs_take_one_batch() {
    let mut w = World::open();
    let bytes: Vec<_> = (0..20).map(|_| w.plan(Side::Sell)).collect::<Vec<_>>();
    let bytes: Vec<_> = bytes.into_iter().map(|b| w.bytes(b)).collect();
    let counting = Counting::default();
    let input = BlockInput { height: Height(w.state.height().0 + 1), time: w.time, transactions: &bytes };
    let executed = execute(&w.state, input, &counting, &w.blobs).unwrap();
    assert!(executed.receipts.iter().all(|r| r.outcome.is_ok()));
    assert_eq!(*counting.0.lock().unwrap(), (2, 40), "first all firsts, then all seconds");
}

/// Second proofs are expensive to judge: the ledger does not judge the one beside a bad first
/// proof.
#[test]
fn a_second_proof_behind_a_bad_first_costs_nothing() {
    let mut w = World::open();
    let bodies: Vec<_> = (0..10).map(|_| w.plan(Side::Buy)).collect();
    let bytes: Vec<_> = bodies.into_iter().map(|body| spoilt(&w, body)).collect();
    let counting = Counting::default();
    let input = BlockInput { height: Height(w.state.height().0 + 1), time: w.time, transactions: &bytes };
    let executed = execute(&w.state, input, &counting, &w.blobs).unwrap();
    assert!(executed.receipts.iter().all(|r| r.outcome == Err(Refusal::BadProof)));
    assert_eq!(*counting.0.lock().unwrap(), (1, 10));
}

/// A sender cannot make the ledger judge many bad second proofs, one after another, beside one good
/// first proof.
#[test]
fn other_second_proofs_beside_a_good_first_one_cost_nothing() {
    let mut w = World::open();
    let body = w.plan(Side::Sell);
    let good = w.seal(body);
    let Seal::Plan { key, proof, ciphertext } = good.seal else { panic!() };
    let junk = |n: u8| CiphertextSeal { proof: [n; PROOF_BYTES], ..ciphertext };
    let beside = |n: u8| Transaction { seal: Seal::Plan { key, proof, ciphertext: junk(n) }, ..good };
    // Its own wallet made the first transaction: only that one has to be judged.
    let mut bytes = vec![w.beside(&good, junk(0)).encode()];
    bytes.extend((1..20).map(|n| beside(n).encode()));
    bytes.push(good.encode());
    let counting = Seconds::default();
    let input = BlockInput { height: Height(w.state.height().0 + 1), time: w.time, transactions: &bytes };
    let executed = execute(&w.state, input, &counting, &w.blobs).unwrap();
    assert!(executed.receipts[..20].iter().all(|r| r.outcome == Err(Refusal::BadProof)));
    assert_eq!(executed.receipts[20].outcome, Ok(()));
    assert_eq!(*counting.0.lock().unwrap(), 2);
}

/// Verifies, and counts the claims about ciphertexts.
#[derive(Default)]
struct Seconds(Mutex<usize>);

impl ProofVerifier for Seconds {
    fn key_id(&self, relation: RelationKind) -> VerifyingKeyId {
        TestVerifier.key_id(relation)
    }
    fn knows(&self, relation: RelationKind, key: VerifyingKeyId) -> bool {
        TestVerifier.knows(relation, key)
    }
    fn is_insecure(&self, _: RelationKind, _: VerifyingKeyId) -> bool {
        true
    }
    fn verify(&self, claims: &[ProofClaim], blobs: &dyn Blobs) -> Result<Vec<bool>, BlobHash> {
        let seconds = claims.iter().filter(|c| matches!(c.inputs, PublicInputs::Ciphertext(_))).count();
        *self.0.lock().unwrap() += seconds;
        TestVerifier.verify(claims, blobs)
    }
    fn score_digest(&self, scores: &ScoreClaim, blobs: &dyn Blobs) -> Result<[u8; 32], BlobHash> {
        TestVerifier.score_digest(scores, blobs)
    }
}

/// The ledger verifies an issue's proof only if a registered issuer signed it.
#[test]
fn a_proof_behind_a_bad_signature_costs_nothing() {
    let mut w = World::open();
    let bodies: Vec<_> = (0..10).map(|_| w.issue(0, Issued::Generation)).collect();
    let bytes: Vec<_> = bodies.into_iter().map(|body| resign(99, w.seal(body)).encode()).collect();
    let counting = Counting::default();
    let input = BlockInput { height: Height(w.state.height().0 + 1), time: w.time, transactions: &bytes };
    let executed = execute(&w.state, input, &counting, &w.blobs).unwrap();
    assert!(executed.receipts.iter().all(|r| r.outcome == Err(Refusal::BadSignature)));
    assert_eq!(*counting.0.lock().unwrap(), (0, 0));
}

/// Each bad spend of one nullifier hides the next until it is refused. A block still takes two
/// runs, and each claim is verified at most twice.
#[test]
fn bad_proofs_in_a_row_cost_no_more_than_one_verification_each() {
    let mut w = World::open();
    let merge = w.merge();
    let Body::Merge(first) = merge else { panic!() };
    let mut bytes = Vec::new();
    for _ in 0..20 {
        let mut body = w.merge();
        if let Body::Merge(b) = &mut body {
            b.nullifiers[0] = first.nullifiers[0];
        }
        bytes.push(spoilt(&w, body));
    }
    bytes.push(w.bytes(merge));
    let counting = Counting::default();
    let input = BlockInput { height: Height(w.state.height().0 + 1), time: w.time, transactions: &bytes };
    let executed = execute(&w.state, input, &counting, &w.blobs).unwrap();
    assert!(executed.receipts[..20].iter().all(|r| r.outcome == Err(Refusal::BadProof)));
    assert_eq!(executed.receipts[20].outcome, Ok(()));
    assert_eq!(*counting.0.lock().unwrap(), (21, 21));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(60))]
    /// Transactions of one block that depend on one another: spends of few nullifiers, listings and
    /// their releases, some with bad proofs. One block gives what as many blocks of one transaction
    /// each would (on equal anchors).
    #[test]
    fn a_block_is_its_transactions_one_after_another(steps in prop::collection::vec((0u8..4, 0u8..4, any::<bool>()), 1..14)) {
        let mut w = World::open();
        let pool: Vec<Nullifier> = (0..3).map(|_| Nullifier(w.fr())).collect();
        let root = w.root();
        let mut handles = vec![w.list(Side::Buy)];
        let mut transactions = Vec::new();
        for (what, which, good) in steps {
            let mut body = match what {
                0 | 1 => w.plan(if what == 0 { Side::Sell } else { Side::Buy }),
                2 => w.merge(),
                _ => {
                    let handle = handles[usize::from(which) % handles.len()];
                    w.release(handle)
                }
            };
            match &mut body {
                Body::SellPlan(b) | Body::BuyPlan(b) => {
                    (b.nullifier, b.root) = (pool[usize::from(which) % 3], root);
                    handles.push(b.handle);
                }
                Body::Merge(b) => (b.nullifiers[0], b.root) = (pool[usize::from(which) % 3], root),
                _ => {}
            }
            transactions.push((body, good));
        }
        // A release is proved for its plan's side, which the harness reads from the state: make the
        // proofs in a world where every listing is there.
        let known = RefCell::new(w.clone());
        for (body, _) in &transactions {
            if matches!(body.kind(), Kind::SellPlan | Kind::BuyPlan) {
                let mut fresh = *body;
                if let Body::SellPlan(b) | Body::BuyPlan(b) = &mut fresh {
                    let fr = known.borrow_mut().fr();
                    b.nullifier = Nullifier(fr);
                    b.root = known.borrow().root();
                }
                known.borrow_mut().accept(fresh);
            }
        }
        let bytes: Vec<Vec<u8>> = transactions
            .iter()
            .map(|(body, good)| if *good { known.borrow().bytes(*body) } else { spoilt(&known.borrow(), *body) })
            .collect();
        let together = w.execute(&bytes);
        // One after another: judge each transaction by the block that ends with it, its
        // predecessors' outcomes known.
        for end in 1..=bytes.len() {
            let prefix = w.execute(&bytes[..end]);
            prop_assert_eq!(&prefix.receipts[..], &together.receipts[..end]);
        }
        // And by blocks of one each. The window of anchors is five blocks, so this needs the root
        // kept alive.
        let mut apart = w.clone();
        let mut outcomes = Vec::new();
        for chunk in bytes.chunks(1).take(4) {
            outcomes.extend(apart.block(chunk).receipts);
        }
        prop_assert_eq!(&outcomes[..], &together.receipts[..outcomes.len()]);
    }
}

#[test]
fn what_stands_on_a_bad_proof_falls() {
    let mut w = World::open();
    let plan = w.plan(Side::Sell);
    let Body::SellPlan(b) = plan else { panic!() };
    let mut listed = w.clone();
    listed.accept(plan);
    let release = listed.release(b.handle);
    let release = listed.bytes(release);
    let good = w.execute(&[w.bytes(plan), release.clone()]);
    assert!(good.receipts.iter().all(|r| r.outcome.is_ok()));
    let executed = w.execute(&[spoilt(&w, plan), release]);
    let outcomes: Vec<_> = executed.receipts.iter().map(|r| r.outcome).collect();
    assert_eq!(outcomes, [Err(Refusal::BadProof), Err(Refusal::UnknownPlan)]);
}

#[test]
fn blocks_follow_on_one_another_and_time_never_goes_back() {
    let w = World::open();
    let run = |height, time| {
        let input = BlockInput { height: Height(height), time: Time(time), transactions: &[] };
        execute(&w.state, input, &TestVerifier, &w.blobs)
    };
    let (height, time) = (w.state.height().0, w.state.time().0);
    for wrong in [0, height, height + 2, u64::MAX] {
        assert!(matches!(run(wrong, time), Err(ExecuteError::Height { .. })));
    }
    assert!(matches!(run(height + 1, time - 1), Err(ExecuteError::Time { .. })));
    assert_eq!(run(height + 1, time).unwrap().state.root(), run(height + 1, time).unwrap().state.root());
    assert!(run(height + 1, u64::MAX).is_ok());
}

#[test]
fn a_block_that_needs_a_missing_blob_waits_for_it() {
    let mut w = World::open();
    let plan = w.plan(Side::Sell);
    let Body::SellPlan(b) = plan else { panic!() };
    w.blobs.0.remove(&b.ciphertext);
    let bytes = [w.bytes(plan)];
    let input = BlockInput { height: Height(w.state.height().0 + 1), time: w.time, transactions: &bytes };
    let missing = execute(&w.state, input, &TestVerifier, &w.blobs).unwrap_err();
    assert_eq!(missing, ExecuteError::MissingBlob(b.ciphertext));
    // A transaction that is refused for another reason needs no blob.
    let mut tx = w.seal(plan);
    tx.chain = ChainId([0; 32]);
    assert_eq!(w.refusal_of(&tx.encode()), Refusal::WrongChain);
    w.blobs.0.insert(b.ciphertext, CiphertextStatus::Canonical);
    w.accept(plan);
}

#[test]
fn the_second_confirmation_puts_both_changes_into_the_tree() {
    for first in [Side::Sell, Side::Buy] {
        let mut w = World::open();
        let (match_id, sell, buy) = w.matched();
        let (s, b) = (w.confirm(Side::Sell, match_id, sell), w.confirm(Side::Buy, match_id, buy));
        let (Body::ConfirmSell(cs), Body::ConfirmBuy(cb)) = (s, b) else { panic!() };
        let (one, two) = if first == Side::Sell { (s, b) } else { (b, s) };
        let executed = w.accept(one);
        assert!(executed.compact.transactions[0].leaves.is_empty());
        let executed = w.accept(two);
        let tx = &executed.compact.transactions[0];
        let leaves: Vec<Commitment> = tx.leaves.iter().map(|(_, c)| *c).collect();
        // The sell side's change comes first, whichever side confirmed first.
        assert_eq!(leaves, [cs.change, cb.change]);
        assert_eq!(tx.events, [Event::Binding(match_id)]);
    }
}

#[test]
fn the_clock_is_told_to_wallets() {
    let mut w = World::open();
    let (match_id, sell, buy) = w.matched();
    let left = w.list(Side::Sell);
    let confirm = w.confirm(Side::Sell, match_id, sell);
    w.accept(confirm);
    let root = w.root();
    let executed = w.at(CLOSES + DUE);
    let events = &executed.compact.events;
    let anchor = |round, confirmations| Event::Anchor { cycle: cycle(1), round, confirmations, root };
    let expected = [
        Event::Lapsed(buy),
        Event::Relisted(sell),
        anchor(0, true),
        anchor(1, false),
        anchor(1, true),
        anchor(2, false),
        anchor(2, true),
        anchor(3, false),
        anchor(3, true),
        Event::Expired(sell),
        Event::Expired(left),
    ];
    assert_eq!(events.as_slice(), expected);
    let mut w = World::open();
    let (match_id, _, _) = w.confirmed();
    let missing = [Some(issuer(0)), Some(issuer(1))];
    assert_eq!(w.at(DUE).compact.events.last(), Some(&Event::Void { match_id, missing }));
}

#[test]
fn the_root_tells_receipts_changes_and_order_apart() {
    let mut w = World::open();
    let (a, b) = (w.plan(Side::Sell), w.plan(Side::Buy));
    let (a, b) = (w.bytes(a), w.bytes(b));
    let blocks: [&[Vec<u8>]; 5] =
        [&[], std::slice::from_ref(&a), &[a.clone(), b.clone()], &[b.clone(), a.clone()], &[a.clone(), a.clone()]];
    let roots: std::collections::BTreeSet<_> = blocks.iter().map(|t| w.execute(t).state.root()).collect();
    assert_eq!(roots.len(), blocks.len());
    let mut later = w.clone();
    later.time = Time(w.time.0 + 1);
    assert_ne!(later.execute(&[]).state.root(), w.execute(&[]).state.root());
}
