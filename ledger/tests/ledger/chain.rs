//! The three steps of a block: proposed, judged, finalised. A block that somebody else made is
//! judged without a trace, and only a certified one moves the head.

use crate::node::{ciphertext, orderer, MATCHING_KEY};
use crate::world::*;
use disk::simulated::Simulated;
use disk::Disk;
use ledger::block::{transactions_root, BlockHash, Header, MAX_TRANSACTIONS};
use ledger::{
    verify_on, BadBlock, Chain, ExecuteError, Head, Judgement, Mempool, NodeError, Orderer, OrdererKey, ProofVerifier,
    Proposal, Refusal, SingleNodeOrderer, Source, StateRoot,
};
use protocol::certificate::{Certificate, ValidatorSetHash};
use protocol::ids::{BlobHash, ChainId, Height, Time, VerifyingKeyId};
use protocol::light::HeaderChain;
use protocol::relation::RelationKind;
use protocol::transaction::body::IssuerRole;
use protocol::transaction::*;
use protocol::units::Side;
use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::sync::Arc;

const DIR: &str = "/d/ledger";

/// A chain on a disk in memory, whose one validator is [`orderer`]; the world makes bodies from its
/// state.
pub struct Site {
    disk: Simulated,
    pub chain: Chain,
    pub world: World,
}

impl Site {
    pub fn new() -> Self {
        Site::checked_by(Arc::new(TestVerifier))
    }
    pub fn checked_by(verifier: Arc<dyn ProofVerifier>) -> Self {
        let disk = Simulated::new(Path::new("/d"));
        let (key, of) = (orderer().validators(), genesis(MATCHING_KEY));
        let chain =
            Chain::create_on(Arc::new(disk.clone()), Path::new(DIR), &of, MATCHING_KEY, &key, verifier).unwrap();
        Site { disk, chain, world: World::empty() }
    }
    /// The full bytes of a body that the world makes on the chain's state.
    pub fn bytes(&mut self, make: impl FnOnce(&mut World) -> Body) -> Vec<u8> {
        self.world.state = self.chain.state().clone();
        let body = make(&mut self.world);
        self.world.bytes(body)
    }
    pub fn propose(&self, transactions: &[Vec<u8>], seconds: u64) -> Proposal {
        self.chain.propose(transactions.to_vec(), Time(START + seconds)).unwrap()
    }
    fn judge(&self, header: Header, transactions: &[Vec<u8>]) -> Judgement {
        self.chain.verify(header, transactions.to_vec()).unwrap()
    }
    /// Why a block is bad; and that judging it left nothing behind.
    fn bad(&self, header: Header, transactions: &[Vec<u8>]) -> BadBlock {
        let before = self.everything();
        let Judgement::Bad(why) = self.judge(header, transactions) else { panic!("a good block") };
        assert_eq!(self.everything(), before, "{why}");
        why
    }
    /// A chain as a whole: head, state, compact blocks, and every byte on its disk.
    fn everything(&self) -> (Head, ledger::State, usize, BTreeMap<PathBuf, Vec<u8>>) {
        let folders = [Path::new(DIR), &Path::new(DIR).join("blobs")].map(|folder| self.disk.list(folder).unwrap());
        let files = folders.concat().into_iter().filter(|path| self.disk.is_file(path));
        let files = files.map(|path| (path.clone(), self.disk.read(&path, u64::MAX).unwrap())).collect();
        (self.chain.head(), self.chain.state().clone(), self.chain.compact_blocks(Height(1)).len(), files)
    }
    pub fn finalise(&mut self, proposal: Proposal) {
        let certificate = orderer().certify(&proposal.hash());
        let (hash, root) = (proposal.hash(), proposal.root());
        let sealed = self.chain.finalise(proposal, certificate).unwrap();
        assert_eq!((sealed.header.hash(), sealed.root), (hash, root));
        assert_eq!((self.chain.head().block, self.chain.state().root()), (hash, root));
    }
    /// Commits the market's beginning: an epoch, a cycle, two services.
    pub fn begin(&mut self) {
        for step in 0..4 {
            let bytes = self.bytes(|w| match step {
                0 => w.epoch_start(1),
                1 => w.cycle_start(1, START),
                n => w.register(n - 2, IssuerRole::MeteringService),
            });
            let proposal = self.propose(&[bytes], 0);
            assert_eq!(proposal.receipts()[0].outcome, Ok(()));
            self.finalise(proposal);
        }
    }
    /// A listing, and the blob that it names.
    pub fn listing(&mut self, n: u8) -> (Vec<u8>, Vec<u8>) {
        let blob = ciphertext(n);
        let bytes = self.bytes(|w| {
            let mut body = w.plan(Side::Sell);
            if let Body::SellPlan(b) = &mut body {
                b.ciphertext = BlobHash::of(&blob);
            }
            body
        });
        (bytes, blob)
    }
}

#[test]
fn what_one_chain_proposes_another_judges_good_and_both_come_to_one_state() {
    let (mut proposer, mut follower) = (Site::new(), Site::new());
    for site in [&mut proposer, &mut follower] {
        site.begin();
    }
    let (listing, blob) = proposer.listing(1);
    // A refused transaction is part of a block: its receipt says why it has no effect.
    let again = proposer.bytes(|w| w.epoch_start(1));
    proposer.chain.put_blob(&blob).unwrap();
    follower.chain.put_blob(&blob).unwrap();
    let before = proposer.everything();
    // The proposer leaves out what does not execute; another node may not.
    let honest = proposer.propose(&[listing.clone(), again.clone()], 3);
    assert_eq!(honest.transactions(), std::slice::from_ref(&listing));
    assert_eq!(honest.left_out().iter().map(|out| out.refusal).collect::<Vec<_>>(), [Refusal::CycleOrder]);
    let both = [listing, again];
    let header = Header { transactions: transactions_root(&both), ..*honest.header() };
    let Judgement::Good(proposal) = proposer.judge(header, &both) else { panic!("it can be executed") };
    assert_eq!(proposer.everything(), before, "a proposal commits nothing");
    let outcomes: Vec<_> = proposal.receipts().iter().map(|r| r.outcome.is_ok()).collect();
    assert_eq!(outcomes, [true, false]);
    let before = follower.everything();
    let Judgement::Good(judged) = follower.judge(*proposal.header(), proposal.transactions()) else {
        panic!("it is good")
    };
    assert_eq!(follower.everything(), before, "and nor does a judgement");
    assert_eq!((judged.hash(), judged.root()), (proposal.hash(), proposal.root()));
    assert_eq!((judged.receipts(), judged.compact()), (proposal.receipts(), proposal.compact()));
    proposer.finalise(*proposal);
    follower.finalise(*judged);
    assert_eq!(proposer.chain.state(), follower.chain.state());
    assert_eq!(proposer.chain.head(), follower.chain.head());
    let mut headers = HeaderChain::new(&genesis(MATCHING_KEY), orderer().validators());
    follower.chain.follow(&mut headers).unwrap();
    assert_eq!(headers.height(), Height(5));
    // A whole replay finds the same head and state.
    for site in [proposer, follower] {
        let root = site.chain.state().root();
        drop(site.chain);
        let summary = verify_on(Arc::new(site.disk.clone()), Path::new(DIR), &TestVerifier, &mut |_| {}).unwrap();
        assert_eq!((summary.height, summary.root), (Height(5), root));
    }
}

#[test]
fn each_way_in_which_a_foreign_block_is_bad_is_named_and_leaves_nothing() {
    let mut site = Site::new();
    site.begin();
    let bytes = site.bytes(|w| w.epoch_start(2));
    let good = *site.propose(std::slice::from_ref(&bytes), 5).header();
    assert!(matches!(site.judge(good, std::slice::from_ref(&bytes)), Judgement::Good(_)));
    let transactions = [bytes.clone()];
    for (header, why) in [
        (Header { chain: ChainId([1; 32]), ..good }, BadBlock::Chain),
        (Header { height: Height(4), ..good }, BadBlock::Height),
        (Header { height: Height(6), ..good }, BadBlock::Height),
        (Header { height: Height(0), ..good }, BadBlock::Height),
        (Header { height: Height(u64::MAX), ..good }, BadBlock::Height),
        (Header { parent: BlockHash([1; 32]), ..good }, BadBlock::Parent),
        (Header { parent_state: StateRoot([1; 32]), ..good }, BadBlock::ParentState),
        (Header { transactions: [1; 32], ..good }, BadBlock::Transactions),
        (Header { next_validators: ValidatorSetHash([1; 32]), ..good }, BadBlock::Validators),
        (Header { time: Time(START - 1), ..good }, BadBlock::Time),
        (Header { time: Time(0), ..good }, BadBlock::Time),
    ] {
        assert_eq!(site.bad(header, &transactions), why);
    }
    // The header names other transactions than those given with it.
    assert_eq!(site.bad(good, &[]), BadBlock::Transactions);
    assert_eq!(site.bad(good, &[bytes.clone(), bytes.clone()]), BadBlock::Transactions);
    let other = site.bytes(|w| w.epoch_start(3));
    assert_eq!(site.bad(good, &[other]), BadBlock::Transactions);
    let rooted = |transactions: &[Vec<u8>]| Header { transactions: transactions_root(transactions), ..good };
    let many = vec![vec![]; MAX_TRANSACTIONS + 1];
    assert_eq!(site.bad(rooted(&many), &many), BadBlock::Size);
    let long = [vec![0; MAX_BYTES + 1]];
    assert_eq!(site.bad(rooted(&long), &long), BadBlock::Size);
    // Bytes that are no transaction are refused like any other, in a receipt.
    let junk = [vec![7; 40]];
    let Judgement::Good(proposal) = site.judge(rooted(&junk), &junk) else { panic!("it can be executed") };
    assert_eq!(proposal.receipts()[0].outcome, Err(Refusal::Encoding));
    // A forged proof: the block stands, the transaction has no effect.
    let merge = site.world.merge();
    let mut forged = site.world.seal(merge);
    spoil(&mut forged, [1; PROOF_BYTES]);
    let forged = [forged.encode()];
    let Judgement::Good(proposal) = site.judge(rooted(&forged), &forged) else { panic!("it can be executed") };
    assert_eq!(proposal.receipts()[0].outcome, Err(Refusal::BadProof));
    assert!(proposal.compact().transactions.is_empty());
    // A block that is good on one head is bad on the next.
    let proposal = site.propose(&transactions, 5);
    site.finalise(proposal);
    assert_eq!(site.bad(good, &transactions), BadBlock::Height);
}

#[test]
fn blobs_that_are_missing_are_asked_for_and_then_the_block_is_good() {
    let mut site = Site::new();
    site.begin();
    let (first, blob) = site.listing(1);
    let (second, other) = site.listing(2);
    let transactions = [first, second];
    let good = *site.propose(&[], 5).header();
    let header = Header { transactions: transactions_root(&transactions), ..good };
    let before = site.everything();
    let missing = |site: &Site| match site.judge(header, &transactions) {
        Judgement::Missing(blobs) => blobs,
        _ => panic!("blobs are missing"),
    };
    assert_eq!(missing(&site), BTreeSet::from([BlobHash::of(&blob), BlobHash::of(&other)]));
    assert_eq!(site.everything(), before);
    assert!(matches!(
        site.chain.propose(transactions.to_vec(), Time(START + 5)),
        Err(NodeError::Execute(ExecuteError::MissingBlob(hash))) if hash == BlobHash::of(&blob)
    ));
    site.chain.put_blob(&blob).unwrap();
    assert_eq!(missing(&site), BTreeSet::from([BlobHash::of(&other)]));
    site.chain.put_blob(&other).unwrap();
    let Judgement::Good(proposal) = site.judge(header, &transactions) else { panic!("all is there") };
    assert!(proposal.receipts().iter().all(|receipt| receipt.outcome.is_ok()));
    site.finalise(*proposal);
}

#[test]
fn a_block_that_needs_a_newer_program_is_neither_good_nor_bad() {
    let mut site = Site::new();
    site.begin();
    let key = VerifyingKeyId([5; 32]);
    let transactions = vec![site.bytes(|w| w.activate(RelationKind::Merge, key, 9))];
    let header = Header { transactions: transactions_root(&transactions), ..*site.propose(&[], 5).header() };
    let judged = site.chain.verify(header, transactions);
    assert!(matches!(judged, Err(NodeError::Execute(ExecuteError::UnknownKey(named))) if named == key));
}

#[test]
fn only_a_certified_proposal_on_the_head_is_finalised() {
    let mut site = Site::new();
    site.begin();
    let bytes = site.bytes(|w| w.epoch_start(2));
    let proposal = site.propose(std::slice::from_ref(&bytes), 5);
    let sibling = site.propose(&[bytes], 6);
    let before = site.everything();
    let refused = |site: &mut Site, proposal: &Proposal, certificate: Certificate| match site
        .chain
        .finalise(proposal.clone(), certificate)
        .unwrap_err()
    {
        NodeError::Block(why) => why,
        other => panic!("{other}"),
    };
    let stranger = OrdererKey::from_secret(&[9; 32]);
    for certificate in [
        Certificate::single([0; 64]),
        stranger.certify(&proposal.hash()),
        orderer().certify(&sibling.hash()),
        orderer().certify(&site.chain.head().block),
    ] {
        assert_eq!(refused(&mut site, &proposal, certificate), BadBlock::Certificate);
    }
    assert_eq!(site.everything(), before);
    site.finalise(proposal.clone());
    let after = site.everything();
    // The head has moved: neither the same block nor its sibling follows on it.
    for late in [&proposal, &sibling] {
        let certificate = orderer().certify(&late.hash());
        assert_eq!(refused(&mut site, late, certificate), BadBlock::Height);
    }
    assert_eq!(site.everything(), after);
    // Another chain's proposal of the same height.
    let mut other = Site::new();
    other.begin();
    let empty = other.propose(&[], 1);
    other.finalise(empty);
    let theirs = other.propose(&[], 9);
    let certificate = orderer().certify(&theirs.hash());
    assert_eq!(refused(&mut site, &theirs, certificate), BadBlock::Parent);
    assert!(site.chain.propose(vec![vec![]; MAX_TRANSACTIONS + 1], Time(START + 9)).is_err());
    assert!(site.chain.propose(vec![], Time(START)).is_err(), "before the last block");
}

#[test]
fn the_single_orderer_holds_seals_and_says_what_is_final() {
    let mut site = Site::new();
    site.begin();
    let (listing, blob) = site.listing(1);
    let bytes = site.bytes(|w| w.epoch_start(2));
    let head = site.chain.head();
    let mut orderer = SingleNodeOrderer::new(orderer(), site.chain).unwrap();
    assert_eq!(orderer.head(), head);
    let hash = orderer.chain().put_blob(&blob).unwrap();
    let (listed, started) =
        (orderer.submit(&listing, Source::OWN).unwrap(), orderer.submit(&bytes, Source(7)).unwrap());
    assert_eq!((orderer.submit(&bytes, Source(7)), orderer.mempool().len()), (Ok(started), 2));
    // A time before the last block's: the pool keeps its transactions.
    assert!(matches!(orderer.seal(Time(0)), Err(NodeError::Execute(ExecuteError::Time { .. }))));
    assert_eq!((orderer.mempool().candidates(), orderer.head()), (vec![listing, bytes], head));
    let sealed = orderer.seal(Time(START + 5)).unwrap();
    assert_eq!((sealed.outcome(&listed), sealed.outcome(&started)), (Some(Ok(())), Some(Ok(()))));
    assert!(orderer.mempool().is_empty());
    assert_eq!(orderer.committed(&listed).unwrap(), Some((Height(5), 0)));
    assert_eq!(orderer.committed(&started).unwrap(), Some((Height(5), 1)));
    assert_eq!(orderer.head(), Head { height: Height(5), block: sealed.header.hash() });
    let certificate = orderer.certificate(Height(5)).unwrap().unwrap();
    assert_eq!(sealed.header.check_certificate(&certificate, orderer.chain().validators()), Ok(()));
    assert_eq!((orderer.certificate(Height(6)).unwrap(), orderer.certificate(Height(0)).unwrap()), (None, None));
    assert!(orderer.chain().blob(&hash).unwrap().is_some());
    // Another key does not order this chain.
    let other = Site::new();
    let wrong = SingleNodeOrderer::new(OrdererKey::from_secret(&[9; 32]), other.chain);
    assert!(matches!(wrong, Err(NodeError::Orderer)));
}

#[test]
fn the_mempool_lets_go_of_what_needs_a_blob_that_vanished_and_of_what_is_committed() {
    let mut site = Site::new();
    site.begin();
    let (listing, blob) = site.listing(1);
    let epoch = site.bytes(|w| w.epoch_start(2));
    let hash = site.chain.put_blob(&blob).unwrap();
    let mut mempool = Mempool::default();
    mempool.submit(&listing, Source::OWN, &site.chain).unwrap();
    mempool.submit(&epoch, Source::OWN, &site.chain).unwrap();
    assert!(mempool.candidates().is_empty(), "nothing is verified yet");
    assert_eq!(mempool.verify(&site.chain, Time(START)), []);
    assert_eq!(mempool.evict(&BlobHash([0; 32])), [], "nothing names it, and nothing contests scores");
    let listed = Transaction::decode(&listing).unwrap().id();
    assert_eq!(mempool.evict(&hash), [(listed, Refusal::UnknownBlob)]);
    assert_eq!(mempool.candidates(), std::slice::from_ref(&epoch));
    assert_eq!(mempool.evict(&hash), []);
    // A transaction that left the pool can be sent again.
    mempool.submit(&listing, Source::OWN, &site.chain).unwrap();
    mempool.verify(&site.chain, Time(START));
    assert_eq!(mempool.candidates(), [epoch.clone(), listing.clone()]);
    let proposal = site.propose(&[epoch], 5);
    let stored: Vec<_> = proposal.receipts().iter().map(|receipt| receipt.transaction).collect();
    site.finalise(proposal);
    assert_eq!(mempool.committed(&site.chain, &stored, &[]), []);
    assert_eq!(mempool.candidates(), [listing]);
}
