//! The pool: whose proofs are verified when, who pays for a bad one, and who has to give way.

use crate::chain::Site;
use crate::world::*;
use ledger::block::MAX_TRANSACTIONS;
use ledger::{Blobs, Mempool, ProofClaim, ProofVerifier, Refusal, ScoreClaim, Source};
use protocol::ids::{BlobHash, Time, TransactionId, VerifyingKeyId};
use protocol::relation::RelationKind;
use protocol::transaction::*;
use protocol::units::Side;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::Arc;

const HONEST: Source = Source(1);
const ATTACKER: Source = Source(2);

/// Counts the proofs that it verifies.
struct Counting(Arc<AtomicUsize>);

impl ProofVerifier for Counting {
    fn key_id(&self, relation: RelationKind) -> VerifyingKeyId {
        TestVerifier.key_id(relation)
    }
    fn knows(&self, relation: RelationKind, key: VerifyingKeyId) -> bool {
        TestVerifier.knows(relation, key)
    }
    fn verify(&self, claims: &[ProofClaim], blobs: &dyn Blobs) -> Result<Vec<bool>, BlobHash> {
        self.0.fetch_add(claims.len(), Ordering::Relaxed);
        TestVerifier.verify(claims, blobs)
    }
    fn score_digest(&self, scores: &ScoreClaim, blobs: &dyn Blobs) -> Result<[u8; 32], BlobHash> {
        TestVerifier.score_digest(scores, blobs)
    }
}

/// A pool beside a chain that has an epoch and a cycle.
struct Pool {
    site: Site,
    pool: Mempool,
    verified: Arc<AtomicUsize>,
}

impl Pool {
    fn new() -> Self {
        let verified = Arc::new(AtomicUsize::new(0));
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
    /// Verifies what waits. Returns the codes of what is thrown out, and how many proofs it took.
    fn verify(&mut self) -> (Vec<Refusal>, usize) {
        let before = self.verified.load(Ordering::Relaxed);
        let thrown_out = self.pool.verify(&self.site.chain, Time(START + 5));
        let codes = thrown_out.into_iter().map(|(_, refusal)| refusal).collect();
        (codes, self.verified.load(Ordering::Relaxed) - before)
    }
    /// Makes a block of the candidates. Returns the codes of what is thrown out.
    fn block(&mut self) -> Vec<Refusal> {
        let proposal = self.site.propose(&self.pool.candidates(), 5);
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
