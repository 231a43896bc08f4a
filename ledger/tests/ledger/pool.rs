//! The pool: whose proofs are verified when, who pays for a bad one, and who has to give way.

use crate::chain::Site;
use crate::world::*;
use ledger::block::MAX_TRANSACTIONS;
use ledger::{Blobs, Mempool, Orderer, ProofClaim, ProofVerifier, Refusal, ScoreClaim, SingleNodeOrderer, Source};
use protocol::ids::{BlobHash, Time, TransactionId, VerifyingKeyId};
use protocol::relation::RelationKind;
use protocol::transaction::*;
use protocol::units::Side;
use std::sync::{Arc, Mutex};

const ANOTHER: [u8; 8] = [3; 8];
const HONEST: Source = Source(1);
const ATTACKER: Source = Source(2);

/// Notes how many proofs it is asked for at a time. A proof that begins with [`ANOTHER`] holds too: so
/// there can be several of one statement.
struct Counting(Arc<Mutex<Vec<usize>>>);

impl ProofVerifier for Counting {
    fn key_id(&self, relation: RelationKind) -> VerifyingKeyId {
        TestVerifier.key_id(relation)
    }
    fn knows(&self, relation: RelationKind, key: VerifyingKeyId) -> bool {
        TestVerifier.knows(relation, key)
    }
    fn is_insecure(&self, relation: RelationKind, key: VerifyingKeyId) -> bool {
        TestVerifier.is_insecure(relation, key)
    }
    fn verify(&self, claims: &[ProofClaim], blobs: &dyn Blobs) -> Result<Vec<bool>, BlobHash> {
        self.0.lock().unwrap().push(claims.len());
        let good = TestVerifier.verify(claims, blobs)?.into_iter();
        Ok(claims.iter().zip(good).map(|(claim, good)| good || claim.proof.starts_with(&ANOTHER)).collect())
    }
    fn score_digest(&self, scores: &ScoreClaim, blobs: &dyn Blobs) -> Result<[u8; 32], BlobHash> {
        TestVerifier.score_digest(scores, blobs)
    }
}

/// A pool beside a chain that has an epoch and a cycle.
struct Pool {
    site: Site,
    pool: Mempool,
    verified: Arc<Mutex<Vec<usize>>>,
}

impl Pool {
    fn new() -> Self {
        let verified: Arc<Mutex<Vec<usize>>> = Arc::default();
        let mut site = Site::checked_by(Arc::new(Counting(verified.clone())));
        site.begin();
        Pool { site, pool: Mempool::default(), verified }
    }
    fn send(&mut self, bytes: &[u8], source: Source) -> Result<TransactionId, Refusal> {
        self.pool.submit(bytes, source, &self.site.chain)
    }
    fn merge(&mut self) -> Vec<u8> {
        self.site.bytes(World::merge)
    }
    /// A merge with a bad proof.
    fn bad(&mut self) -> Vec<u8> {
        let body = self.site.world.merge();
        let mut tx = self.site.world.seal(body);
        spoil(&mut tx, [1; PROOF_BYTES]);
        tx.encode()
    }
    /// A merge with an anchor that does not exist yet.
    fn early(&mut self) -> Vec<u8> {
        let root = protocol::tree::Root(self.site.world.fr());
        let Body::Merge(merge) = self.site.world.merge() else { panic!("a merge") };
        self.site.world.bytes(Body::Merge(protocol::transaction::body::Merge { root, ..merge }))
    }
    /// Verifies what waits. Returns the codes of what is thrown out, and the sizes of the batches.
    fn batches(&mut self) -> (Vec<Refusal>, Vec<usize>) {
        self.verified.lock().unwrap().clear();
        let thrown_out = self.pool.verify(&self.site.chain, Time(START + 5));
        let codes = thrown_out.into_iter().map(|(_, refusal)| refusal).collect();
        (codes, self.verified.lock().unwrap().clone())
    }
    /// The same, with how many proofs it took in all.
    fn verify(&mut self) -> (Vec<Refusal>, usize) {
        let (codes, batches) = self.batches();
        (codes, batches.into_iter().sum())
    }
    /// Makes sources suspect: each sends a bad proof.
    fn spoil(&mut self, sources: impl IntoIterator<Item = Source>) {
        for source in sources {
            let bad = self.bad();
            self.send(&bad, source).unwrap();
        }
        self.verify();
    }
    /// Makes a block of the candidates. Returns the codes of what is thrown out.
    fn block(&mut self) -> Vec<Refusal> {
        self.block_at(5)
    }
    fn block_at(&mut self, seconds: u64) -> Vec<Refusal> {
        let proposal = self.site.propose(&self.pool.candidates(), seconds);
        let left_out = proposal.left_out().to_vec();
        let stored: Vec<_> = proposal.receipts().iter().map(|receipt| receipt.transaction).collect();
        assert!(proposal.receipts().iter().all(|receipt| receipt.outcome.is_ok()), "a proposal executes");
        self.site.finalise(proposal);
        let thrown_out = self.pool.committed(&self.site.chain, &stored, &left_out);
        thrown_out.into_iter().map(|(_, refusal)| refusal).collect()
    }
}

#[test]
fn a_bad_copy_displaces_nothing_and_is_refused_at_once_when_it_comes_again() {
    let mut p = Pool::new();
    let good = p.merge();
    let mut copy = Transaction::decode(&good).unwrap();
    spoil(&mut copy, [1; PROOF_BYTES]);
    let copy = copy.encode();
    let id = p.send(&copy, ATTACKER).unwrap();
    assert_eq!((p.send(&good, HONEST), p.pool.len()), (Ok(id), 2));
    assert_eq!(p.verify(), (vec![Refusal::BadProof], 2));
    assert_eq!(p.pool.candidates(), [good]);
    assert_eq!((p.send(&copy, ATTACKER), p.send(&copy, HONEST)), (Err(Refusal::BadProof), Err(Refusal::BadProof)));
    assert!(p.pool.is_suspect(ATTACKER) && !p.pool.is_suspect(HONEST));
    assert_eq!(p.verify(), (vec![], 0));
    assert_eq!(p.block(), []);
    assert!(p.pool.is_empty());
}

#[test]
fn a_source_of_bad_proofs_costs_few_verifications_and_hurts_nobody_else() {
    let mut p = Pool::new();
    let bad: Vec<Vec<u8>> = (0..300).map(|_| p.bad()).collect();
    for bytes in &bad {
        p.send(bytes, ATTACKER).unwrap();
    }
    let good: Vec<Vec<u8>> = (0..40).map(|_| p.merge()).collect();
    for bytes in &good {
        p.send(bytes, HONEST).unwrap();
    }
    let (thrown_out, verified) = p.verify();
    let (failed, dropped) = (16 + 1, 300 - 17);
    assert_eq!(verified, good.len() + failed);
    assert_eq!(thrown_out.iter().filter(|refusal| **refusal == Refusal::BadProof).count(), failed);
    assert_eq!(thrown_out.iter().filter(|refusal| **refusal == Refusal::Busy).count(), dropped);
    assert_eq!(p.pool.candidates(), good);
    // It has few places now, and each block's verification ends with its first bad proof.
    let again: Vec<Vec<u8>> = (0..20).map(|_| p.bad()).collect();
    let taken = again.iter().filter(|bytes| p.send(bytes, ATTACKER).is_ok()).count();
    assert_eq!((taken, p.verify().1), (16, 1));
    // What was dropped unverified can be sent again, and a good one of it is accepted.
    let late = p.merge();
    p.send(&late, ATTACKER).unwrap();
    assert_eq!(p.verify(), (vec![], 1));
    assert_eq!(p.block(), []);
    for _ in 0..70 {
        p.block();
    }
    assert!(!p.pool.is_suspect(ATTACKER), "for a while only");
}

#[test]
fn whoever_passes_on_an_honest_transaction_cannot_take_it_down() {
    let mut p = Pool::new();
    let (bad, good) = (p.bad(), p.merge());
    p.send(&bad, ATTACKER).unwrap();
    p.verify();
    let second = p.bad();
    p.send(&second, ATTACKER).unwrap();
    p.send(&good, ATTACKER).unwrap();
    p.send(&good, HONEST).unwrap();
    assert_eq!(p.verify().0, [Refusal::BadProof]);
    p.verify();
    assert_eq!(p.pool.candidates(), [good]);
    assert!(!p.pool.is_suspect(HONEST));
}

#[test]
fn what_comes_too_early_has_few_places_and_waits_for_a_while() {
    let mut p = Pool::new();
    for _ in 0..100 {
        let bytes = p.early();
        p.send(&bytes, ATTACKER).unwrap();
    }
    let (thrown_out, verified) = p.verify();
    assert_eq!((thrown_out.len(), p.pool.len(), verified), (36, 64, 0));
    assert!(p.pool.candidates().is_empty() && !p.pool.is_suspect(ATTACKER));
    let own = p.early();
    p.send(&own, Source::OWN).unwrap();
    p.verify();
    assert_eq!(p.pool.candidates(), std::slice::from_ref(&own), "its earlier step may be in the same block");
    let mut gone = 0;
    for _ in 0..260 {
        p.verify();
        gone += p.block().len();
    }
    assert_eq!((gone, p.pool.candidates()), (64, vec![own]), "only the node's own may wait until it expires");
}

#[test]
fn a_listing_asks_for_its_blob_only_with_a_good_proof() {
    let mut p = Pool::new();
    let (good, blob) = p.site.listing(1);
    let mut bad = Transaction::decode(&p.site.listing(2).0).unwrap();
    spoil(&mut bad, [1; PROOF_BYTES]);
    p.send(&bad.encode(), ATTACKER).unwrap();
    p.send(&good, HONEST).unwrap();
    assert!(p.pool.wanted().is_empty());
    assert_eq!(p.verify(), (vec![Refusal::BadProof], 2));
    assert_eq!((p.pool.wanted(), p.pool.candidates()), ([BlobHash::of(&blob)].into(), vec![]));
    p.site.chain.put_blob(&blob).unwrap();
    assert_eq!(p.verify(), (vec![], 1), "the second proof alone");
    assert!(p.pool.wanted().is_empty());
    assert_eq!(p.block(), []);
    assert_eq!(
        p.site.chain.state().plans_of(protocol::units::Cycle::new(1).unwrap()).filter(|x| x.side == Side::Sell).count(),
        1
    );
}

#[test]
fn a_full_pool_evicts_the_oldest_of_the_greediest_and_keeps_operators_places() {
    let mut p = Pool::new();
    let many: Vec<Vec<u8>> = (0..MAX_TRANSACTIONS).map(|_| p.merge()).collect();
    for bytes in &many {
        p.send(bytes, ATTACKER).unwrap();
    }
    let one_more = p.merge();
    assert_eq!(p.send(&one_more, ATTACKER), Err(Refusal::Busy));
    let good = p.merge();
    p.send(&good, HONEST).unwrap();
    assert_eq!(p.pool.len(), MAX_TRANSACTIONS);
    // An operator's transaction has a place and, in a block that is too small, comes first.
    let epoch = p.site.bytes(|w| w.epoch_start(2));
    p.send(&epoch, HONEST).unwrap();
    assert_eq!((p.pool.len(), p.verify()), (MAX_TRANSACTIONS + 1, (vec![], MAX_TRANSACTIONS)));
    let candidates = p.pool.candidates();
    assert_eq!(candidates.len(), MAX_TRANSACTIONS);
    assert!(candidates.contains(&epoch) && !candidates.contains(&many[0]) && candidates[0] == many[1]);
    // The name of an operator without its signature buys no such place.
    let mut forged = Transaction::decode(&p.site.bytes(|w| w.epoch_start(2))).unwrap();
    forged.seal = sign(MATCHER, forged.id());
    assert_eq!(p.send(&forged.encode(), ATTACKER), Err(Refusal::BadSignature));
}

#[test]
fn proofs_of_all_sources_are_one_batch_and_those_of_suspects_come_last_one_by_one() {
    let mut p = Pool::new();
    p.spoil([ATTACKER]);
    for source in [2, 1, 3, 2, 4] {
        for _ in 0..3 {
            let good = p.merge();
            p.send(&good, Source(source)).unwrap();
        }
    }
    assert_eq!(p.batches(), (vec![], vec![9, 1, 1, 1, 1, 1, 1]));
    assert_eq!(p.block(), []);
    // A proof that the pool has verified costs nothing in the proposal, nor in the block.
    assert_eq!(p.verified.lock().unwrap().len(), 7);
    assert!(p.pool.is_empty());
}

#[test]
fn suspects_have_few_verifications_together_and_each_has_its_turn() {
    let mut p = Pool::new();
    let sources = || (10..50).map(Source);
    p.spoil(sources());
    for source in sources() {
        for _ in 0..10 {
            let good = p.merge();
            p.send(&good, source).unwrap();
        }
    }
    // One more suspect, behind all others in number, with one transaction.
    p.spoil([Source(99)]);
    p.verify();
    let last = p.merge();
    p.send(&last, Source(99)).unwrap();
    p.verify();
    let (first, second) = (p.pool.candidates().len(), p.pool.candidates().contains(&last));
    assert_eq!((first, second), (401, true), "256 for each block, from where the last one ended");
    // Their bad ones cost one verification each, up to the same number in all.
    let mut p = Pool::new();
    p.spoil((10..400).map(Source));
    for source in (10..400).map(Source) {
        let bad = p.bad();
        p.send(&bad, source).unwrap();
    }
    let good = p.merge();
    p.send(&good, HONEST).unwrap();
    let (thrown_out, batches) = p.batches();
    assert_eq!((thrown_out.len(), batches.len(), batches[0]), (256, 257, 1));
    assert_eq!(p.pool.candidates(), [good]);
    assert_eq!(p.verify().0.len(), 390 - 256);
}

#[test]
fn what_a_suspect_sent_first_is_verified_with_the_others_if_anybody_else_sent_it() {
    let mut p = Pool::new();
    p.spoil([ATTACKER]);
    let (good, bad) = (p.merge(), p.bad());
    p.send(&bad, ATTACKER).unwrap();
    p.send(&good, ATTACKER).unwrap();
    p.send(&good, HONEST).unwrap();
    assert_eq!(p.batches(), (vec![Refusal::BadProof], vec![1, 1]));
    assert_eq!(p.pool.candidates(), [good]);
}

#[test]
fn copies_with_other_good_proofs_cost_few_verifications_and_no_place_in_a_block() {
    let mut p = Pool::new();
    let good = p.merge();
    let mut tx = Transaction::decode(&good).unwrap();
    for n in 0..2000u16 {
        let mut proof = [3; PROOF_BYTES];
        proof[190..].copy_from_slice(&n.to_le_bytes());
        spoil(&mut tx, proof);
        p.send(&tx.encode(), ATTACKER).unwrap();
    }
    p.send(&good, HONEST).unwrap();
    assert_eq!((p.batches(), p.pool.candidates().len()), ((vec![], vec![17]), 17));
    let thrown_out = p.block();
    assert!(thrown_out.len() == 2000 && thrown_out.into_iter().all(|refusal| refusal == Refusal::DuplicateTransaction));
    assert_eq!((p.pool.len(), p.pool.is_suspect(ATTACKER)), (0, false));
}

#[test]
fn a_flood_evicts_nothing_that_another_source_sent_too() {
    let mut p = Pool::new();
    let good = p.merge();
    p.send(&good, ATTACKER).unwrap();
    p.send(&good, HONEST).unwrap();
    for _ in 1..MAX_TRANSACTIONS {
        let bytes = p.merge();
        p.send(&bytes, ATTACKER).unwrap();
    }
    for source in 3..6 {
        let bytes = p.merge();
        p.send(&bytes, Source(source)).unwrap();
    }
    assert_eq!(p.pool.len(), MAX_TRANSACTIONS);
    p.verify();
    assert!(p.pool.candidates().contains(&good), "it is the honest source's now");
}

#[test]
fn a_pool_full_of_suspects_gives_way_and_the_nodes_own_is_never_evicted() {
    let mut p = Pool::new();
    let sources = || (10..10 + MAX_TRANSACTIONS as u64).map(Source);
    p.spoil(sources());
    for source in sources() {
        let bytes = p.merge();
        p.send(&bytes, source).unwrap();
    }
    let (bytes, more) = (p.merge(), p.merge());
    p.send(&bytes, HONEST).unwrap();
    assert_eq!(p.send(&more, Source(10)), Err(Refusal::Busy), "a suspect displaces nobody");
    assert_eq!(p.pool.len(), MAX_TRANSACTIONS);
    p.verify();
    assert!(p.pool.candidates().contains(&bytes));

    let mut p = Pool::new();
    let own: Vec<Vec<u8>> = (0..MAX_TRANSACTIONS).map(|_| p.merge()).collect();
    for bytes in &own {
        p.send(bytes, Source::OWN).unwrap();
    }
    assert_eq!(p.send(&more, HONEST), Err(Refusal::Busy));
    p.verify();
    assert_eq!(p.pool.candidates(), own);
}

#[test]
fn what_was_verified_and_then_cannot_be_executed_leaves_the_pool_and_blames_nobody() {
    let mut p = Pool::new();
    // Two that spend the same: one is in the block, the other goes.
    let Body::Merge(merge) = p.site.world.merge() else { panic!("a merge") };
    let another =
        protocol::transaction::body::Merge { record: protocol::record::Commitment(p.site.world.fr()), ..merge };
    let both = [merge, another].map(|body| p.site.bytes(|_| Body::Merge(body)));
    for bytes in &both {
        p.send(bytes, HONEST).unwrap();
    }
    assert_eq!((p.verify(), p.pool.candidates().len()), ((vec![], 2), 2));
    assert_eq!((p.block(), p.pool.len()), (vec![Refusal::DoubleSpend], 0));
    // A listing that was good, when its cycle has closed: nothing will ever bring it in.
    let (listing, blob) = p.site.listing(1);
    p.site.chain.put_blob(&blob).unwrap();
    p.send(&listing, HONEST).unwrap();
    assert_eq!((p.verify().0, p.pool.candidates().len()), (vec![], 1));
    let mut gone = p.block_at(CLOSES + 1);
    assert_eq!((gone.len(), p.pool.candidates().len(), p.pool.len()), (0, 0, 1));
    for _ in 0..260 {
        p.pool.verify(&p.site.chain, Time(START + CLOSES + 1));
        gone.extend(p.block_at(CLOSES + 1));
    }
    assert_eq!((gone, p.pool.len()), (vec![Refusal::Busy], 0));
    assert!(!p.pool.is_suspect(HONEST));
}

#[test]
fn a_contest_of_right_scores_is_refused_before_a_block_and_its_bytes_are_remembered() {
    let mut p = Pool::new();
    let mut plan = |side: Side, n: u8| {
        let blob = crate::node::ciphertext(n);
        let bytes =
            p.site.bytes(|w| crate::edit!(w.plan(side), SellPlan | BuyPlan, b => b.ciphertext = BlobHash::of(&blob)));
        let hash = p.site.chain.put_blob(&blob).unwrap();
        p.send(&bytes, HONEST).unwrap();
        let body = Transaction::decode(&bytes).unwrap().body;
        let (Body::SellPlan(b) | Body::BuyPlan(b)) = body else { panic!("a plan") };
        (b.handle, hash)
    };
    let ((_, sell), (buy, bid)) = (plan(Side::Sell, 1), plan(Side::Buy, 2));
    assert_eq!((p.verify().0, p.block()), (vec![], vec![]));
    p.block_at(u64::from(ROUND));
    let right = right_scores(&[sell], &bid);
    let scores = p.site.bytes(|w| crate::edit!(w.scores(0, buy), Scores, b => b.digest = right));
    p.send(&scores, HONEST).unwrap();
    p.pool.verify(&p.site.chain, Time(START + u64::from(ROUND)));
    assert_eq!(p.block_at(u64::from(ROUND)), []);
    let contest = p.site.bytes(|w| w.contest(0, buy));
    let id = p.send(&contest, ATTACKER).unwrap();
    let at = Time(START + u64::from(ROUND));
    assert_eq!(p.pool.verify(&p.site.chain, at), [(id, Refusal::ScoresRight)]);
    assert!(p.pool.is_suspect(ATTACKER) && p.pool.candidates().is_empty());
    assert_eq!(p.send(&contest, Source(3)), Err(Refusal::ScoresRight));
}

#[test]
fn a_nodes_blocks_have_no_refused_transaction_and_every_sender_learns_its_outcome() {
    let mut site = Site::new();
    site.begin();
    let (good, late) = (site.bytes(World::merge), site.bytes(World::merge));
    let mut bad = Transaction::decode(&site.bytes(World::merge)).unwrap();
    spoil(&mut bad, [1; PROOF_BYTES]);
    let mut copy = Transaction::decode(&good).unwrap();
    spoil(&mut copy, [2; PROOF_BYTES]);
    let (listing, blob) = site.listing(1);
    let early = site.bytes(|w| crate::edit!(w.merge(), Merge, b => b.root = protocol::tree::Root(w.fr())));
    let mut orderer = SingleNodeOrderer::new(crate::node::orderer(), site.chain).unwrap();
    let bad = orderer.submit(&bad.encode(), ATTACKER).unwrap();
    orderer.submit(&copy.encode(), ATTACKER).unwrap();
    let good = orderer.submit(&good, HONEST).unwrap();
    let [listing, early] = [listing, early].map(|bytes| orderer.submit(&bytes, Source::OWN).unwrap());
    // A time that no block can have: what was found out by then is not lost.
    assert!(orderer.seal(Time(0)).is_err());
    let sealed = orderer.seal(Time(START + 5)).unwrap();
    assert_eq!(sealed.receipts.iter().map(|receipt| receipt.outcome).collect::<Vec<_>>(), [Ok(())]);
    let outcomes = [good, bad, listing, early].map(|id| sealed.outcome(&id));
    let refused = [Refusal::BadProof, Refusal::UnknownBlob, Refusal::UnknownAnchor].map(|refusal| Some(Err(refusal)));
    assert_eq!(outcomes, [Some(Ok(())), refused[0], refused[1], refused[2]]);
    assert!(orderer.mempool().is_suspect(ATTACKER) && !orderer.mempool().is_suspect(HONEST));
    // The listing's blob comes; a suspect's good transaction is in the block all the same.
    orderer.chain().put_blob(&blob).unwrap();
    let late = orderer.submit(&late, ATTACKER).unwrap();
    let sealed = orderer.seal(Time(START + 5)).unwrap();
    assert_eq!([listing, late].map(|id| sealed.outcome(&id)), [Some(Ok(())); 2]);
}
