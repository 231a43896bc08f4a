//! The node and its store: sealed blocks are kept, damage is named, and a ledger that is opened
//! again is the same.

use crate::world::*;
use ledger::block::{transactions_root, Header};
use ledger::{
    verify, Chain, Judgement, Node, NodeError, OrdererKey, ProofVerifier, Refusal, Sealed, StoreError, VerifyError,
};
use protocol::certificate::ValidatorSet;
use protocol::ids::{BlobHash, ChainId, Height, Time, VerifyingKeyId};
use protocol::light::{AcceptanceProof, Error as LightError, HeaderChain, RecordProof, TransactionProof};
use protocol::merkle::MerkleProof;
use protocol::record::Commitment;
use protocol::transaction::body::*;
use protocol::transaction::*;
use protocol::tree::Position;
use protocol::units::Side;
use redb::{ReadableDatabase, TableDefinition};
use std::path::Path;
use std::sync::Arc;

pub const MATCHING_KEY: &[u8] = b"matching key";
const BLOCKS: TableDefinition<u64, &[u8]> = TableDefinition::new("blocks");
const OUTCOMES: TableDefinition<u64, &[u8]> = TableDefinition::new("outcomes");

pub fn orderer() -> OrdererKey {
    OrdererKey::from_secret(&[ORDERER; 32])
}

fn create(dir: &Path) -> Node {
    Node::create(dir, &genesis(MATCHING_KEY), MATCHING_KEY, orderer(), Arc::new(TestVerifier)).unwrap()
}

pub fn open_on(disk: Arc<dyn disk::Disk>, dir: &Path) -> Result<Node, NodeError> {
    Node::open_on(disk, dir, orderer(), Arc::new(TestVerifier))
}

fn open(dir: &Path) -> Result<Node, NodeError> {
    Node::open(dir, orderer(), Arc::new(TestVerifier))
}

fn open_error(dir: &Path) -> NodeError {
    match open(dir) {
        Ok(_) => panic!("it opened"),
        Err(error) => error,
    }
}

/// A canonical matching ciphertext, another for each number: residues of 52 bits, so small first
/// bytes are canonical.
pub fn ciphertext(n: u8) -> Vec<u8> {
    let mut bytes = vec![0; fhe_matcher::ciphertext::CIPHERTEXT_BYTES];
    bytes[0] = n;
    bytes
}

/// A block of these transactions, refused ones too, as another node may make it: the node's own
/// proposals have none. It is stored, and the node is opened again.
pub fn foreign_block(node: Node, dir: &Path, verifier: Arc<dyn ProofVerifier>, block: &[Vec<u8>]) -> (Node, Sealed) {
    foreign_block_on(Arc::new(disk::System), node, dir, verifier, block)
}

/// The same on another disk than the system's.
pub fn foreign_block_on(
    disk: Arc<dyn disk::Disk>,
    node: Node,
    dir: &Path,
    verifier: Arc<dyn ProofVerifier>,
    block: &[Vec<u8>],
) -> (Node, Sealed) {
    drop(node);
    let key = orderer();
    let mut chain = Chain::open_on(disk.clone(), dir, &key.validators(), verifier.clone()).unwrap();
    let next = *chain.propose(vec![], chain.state().time()).unwrap().header();
    let header = Header { transactions: transactions_root(block), ..next };
    let Judgement::Good(judged) = chain.verify(header, block.to_vec()).unwrap() else { panic!("a good block") };
    let certificate = key.certify(&judged.hash());
    let sealed = chain.finalise(*judged, certificate).unwrap();
    drop(chain);
    (Node::open_on(disk, dir, key, verifier).unwrap(), sealed)
}

/// Drives a node; the world only makes bodies, from the node's state.
struct Driver {
    node: Node,
    world: World,
}

impl Driver {
    fn new(dir: &Path) -> Self {
        Driver { node: create(dir), world: World::empty() }
    }
    fn sync(&mut self) {
        self.world.state = self.node.state().clone();
    }
    fn seal(&mut self, seconds: u64, body: impl FnOnce(&mut World) -> Body) -> Sealed {
        self.sync();
        let body = body(&mut self.world);
        let bytes = self.world.bytes(body);
        let id = self.node.submit(&bytes).unwrap();
        let sealed = self.node.seal_block(Time(START + seconds)).unwrap();
        assert_eq!(sealed.outcome(&id), Some(Ok(())), "{body:?}");
        sealed
    }
    fn list(&mut self, seconds: u64, side: Side, n: u8) -> protocol::record::Handle {
        let blob = self.node.put_blob(&ciphertext(n)).unwrap();
        let sealed = self.seal(seconds, |w| {
            let mut body = w.plan(side);
            if let Body::SellPlan(b) | Body::BuyPlan(b) = &mut body {
                b.ciphertext = blob;
            }
            body
        });
        let mut handles = sealed.compact.transactions.iter().filter_map(|tx| match tx.body {
            Body::SellPlan(b) | Body::BuyPlan(b) => Some(b.handle),
            _ => None,
        });
        handles.next().unwrap()
    }
    /// A small market with a trade.
    fn market(&mut self) {
        self.seal(0, |w| w.epoch_start(1));
        self.seal(0, |w| w.cycle_start(1, START));
        self.seal(0, |w| w.register(0, IssuerRole::MeteringService));
        self.seal(0, |w| w.register(1, IssuerRole::MeteringService));
        let (sell, buy) = (self.list(1, Side::Sell, 1), self.list(2, Side::Buy, 2));
        let round = u64::from(ROUND);
        self.seal(round, |w| w.transcript(0));
        let sealed = self.seal(round, |w| w.pairing(0, sell, buy));
        let Body::Match(m) = sealed.compact.transactions[0].body else { panic!() };
        self.seal(round, |w| w.confirm(Side::Sell, m.match_id, sell));
        self.seal(round, |w| w.confirm(Side::Buy, m.match_id, buy));
        self.seal(round, |w| w.deliver(Side::Sell, m.match_id));
        self.seal(round, |w| w.deliver(Side::Buy, m.match_id));
        self.seal(round, |w| w.settle(Side::Sell, m.match_id, sell));
        self.seal(round, |w| w.settle(Side::Buy, m.match_id, buy));
    }
}

fn check(dir: &Path) -> Result<ledger::Summary, VerifyError> {
    verify(dir, &TestVerifier, &mut |_| {})
}

#[test]
fn a_market_survives_reopening_and_verifies() {
    let dir = tempfile::tempdir().unwrap();
    let mut d = Driver::new(dir.path());
    d.market();
    // The market has refused transactions too: a bad proof, a bad signature, a broken encoding of
    // the right size.
    d.sync();
    let bad = d.world.merge();
    let mut tx = d.world.seal(bad);
    spoil(&mut tx, [1; PROOF_BYTES]);
    let mut epoch = d.world.seal(d.world.epoch_start(2));
    epoch.seal = sign(MATCHER, epoch.id());
    assert_eq!(d.node.submit(&epoch.encode()), Err(Refusal::BadSignature));
    let refused = [tx.encode(), epoch.encode()];
    let sealed;
    (d.node, sealed) = foreign_block(d.node, dir.path(), Arc::new(TestVerifier), &refused);
    let outcomes: Vec<_> = sealed.receipts.iter().map(|r| r.outcome).collect();
    assert_eq!(outcomes, [Err(Refusal::BadProof), Err(Refusal::BadSignature)]);

    let (state, compact) = (d.node.state().clone(), d.node.compact_blocks(Height(0)).to_vec());
    drop(d);
    let node = open(dir.path()).unwrap();
    assert_eq!(node.state(), &state);
    assert_eq!(node.compact_blocks(Height(1)), compact);
    assert_eq!(node.compact_blocks(Height(3)), &compact[2..]);
    assert!(node.compact_blocks(Height(1000)).is_empty());
    drop(node);
    let summary = check(dir.path()).unwrap();
    assert_eq!((summary.height, summary.root), (state.height(), state.root()));
    assert_eq!((summary.proofs, summary.blobs), (8, 3));
    assert_eq!(summary.accepted[&Kind::SellPlan], 1);
    assert_eq!(summary.refused[&Refusal::BadProof], 1);
}

/// The files after a crash between two blocks, with the database not closed.
#[test]
fn a_copy_taken_while_it_runs_opens_as_what_it_was() {
    let dir = tempfile::tempdir().unwrap();
    let mut d = Driver::new(dir.path());
    d.market();
    for n in 0..3 {
        d.list(300 + n, Side::Buy, 10 + n as u8);
        // Submitted and not sealed: not acknowledged, so it may be lost.
        d.sync();
        let merge = d.world.merge();
        d.node.submit(&d.world.bytes(merge)).unwrap();
        let copy = tempfile::tempdir().unwrap();
        std::fs::create_dir(copy.path().join("blobs")).unwrap();
        std::fs::copy(dir.path().join("ledger.redb"), copy.path().join("ledger.redb")).unwrap();
        for blob in std::fs::read_dir(dir.path().join("blobs")).unwrap() {
            let blob = blob.unwrap();
            std::fs::copy(blob.path(), copy.path().join("blobs").join(blob.file_name())).unwrap();
        }
        let node = open(copy.path()).unwrap();
        assert_eq!((node.state(), node.held()), (d.node.state(), 0));
        drop(node);
        assert_eq!(check(copy.path()).unwrap().root, d.node.state().root());
    }
}

#[test]
fn sending_again_is_harmless() {
    let dir = tempfile::tempdir().unwrap();
    let mut d = Driver::new(dir.path());
    let body = d.world.epoch_start(1);
    let bytes = d.world.bytes(body);
    let id = d.node.submit(&bytes).unwrap();
    assert_eq!((d.node.submit(&bytes), d.node.held()), (Ok(id), 1));
    assert_eq!(d.node.receipt(&id).unwrap(), None);
    d.node.seal_block(Time(START)).unwrap();
    assert_eq!((d.node.submit(&bytes), d.node.held()), (Ok(id), 0));
    assert_eq!(d.node.receipt(&id).unwrap(), Some((Height(1), 0)));
    drop(d.node);
    let mut node = open(dir.path()).unwrap();
    assert_eq!((node.submit(&bytes), node.held()), (Ok(id), 0));
    let proof = node.transaction_proof(&id).unwrap().unwrap();
    let mut headers = HeaderChain::new(node.state().genesis(), node.validators().clone());
    node.follow(&mut headers).unwrap();
    assert!(proof.bytes == bytes && proof.verify(&headers).is_ok_and(|tx| tx.id() == id));
    assert_eq!(HeaderChain::new(node.state().genesis(), ValidatorSet::single(public(MATCHER))).height(), Height(0));
    let mut other = proof.clone();
    other.bytes[60] ^= 1;
    assert_eq!(other.verify(&headers), Err(LightError::NotIncluded));
}

#[test]
fn every_transaction_and_record_is_proved_against_the_headers_alone() {
    let dir = tempfile::tempdir().unwrap();
    let mut d = Driver::new(dir.path());
    d.market();
    // A refused transaction: in its block, but without effect.
    d.sync();
    let merge = d.world.merge();
    let mut bad = d.world.seal(merge);
    let Seal::Proof { proof, .. } = &mut bad.seal else { panic!("a merge is proved") };
    *proof = [0; PROOF_BYTES];
    let sealed;
    (d.node, sealed) = foreign_block(d.node, dir.path(), Arc::new(TestVerifier), &[bad.encode()]);
    let refused_at = sealed.header.height;
    d.node.seal_block(Time(START + 500)).unwrap();
    let node = &d.node;
    let mut headers = HeaderChain::new(node.state().genesis(), node.validators().clone());
    node.follow(&mut headers).unwrap();
    let (mut transactions, mut records) = (0, 0);
    for block in node.compact_blocks(Height(1)) {
        let (compact, opening) = node.compact_block(block.height).unwrap().unwrap();
        assert_eq!(&compact, block);
        match headers.verify(compact, &opening) {
            Ok(verified) => assert_eq!(verified.compact(), block),
            Err(error) => assert_eq!(error, LightError::Truncated(Height(node.state().height().0 + 1))),
        }
        for tx in &block.transactions {
            let proof = node.acceptance_proof(&tx.id).unwrap().unwrap();
            let accepted = AcceptanceProof::decode(&proof.encode()).unwrap().verify(&headers).unwrap();
            assert_eq!((accepted.transaction.id(), accepted.height), (tx.id, block.height));
            transactions += 1;
            for (position, leaf) in &tx.leaves {
                assert_eq!(node.record_proof(*position, Height(block.height.0 - 1)).unwrap(), None, "not there yet");
                for height in block.height.0..node.state().height().0 {
                    let proof = node.record_proof(*position, Height(height)).unwrap().unwrap();
                    assert_eq!(RecordProof::decode(&proof.encode()).unwrap().verify(*leaf, &headers), Ok(*position));
                }
                records += 1;
            }
        }
    }
    assert!(transactions >= 12 && records >= 4, "{transactions} {records}");
    assert_eq!(node.compact_block(Height(0)).unwrap(), None);
    assert_eq!(node.compact_block(Height(node.state().height().0 + 1)).unwrap(), None);
    // No header commits to the last block's effects yet.
    let tip = node.record_proof(Position(0), node.state().height()).unwrap().unwrap();
    let beyond = Height(node.state().height().0 + 1);
    assert_eq!(tip.verify(Commitment(1u64.into()), &headers), Err(LightError::Truncated(beyond)));
    // The node makes no proof of acceptance for the refused one, and no other parts make one.
    assert_eq!(node.acceptance_proof(&bad.id()).unwrap(), None);
    let bytes = bad.encode();
    let included =
        TransactionProof { height: refused_at, path: MerkleProof::new(&[&bytes], 0).unwrap(), bytes: bytes.clone() };
    assert!(included.verify(&headers).is_ok(), "it is in the block");
    let other = node.compact_blocks(refused_at)[1..].first().map(|b| b.height).unwrap();
    assert_eq!(other.0, refused_at.0 + 1);
    let first = node.compact_blocks(Height(1))[0].transactions[0].id;
    let state = node.acceptance_proof(&first).unwrap().unwrap().state;
    let forged = AcceptanceProof { included, state, receipt: vec![] };
    assert_eq!(forged.verify(&headers), Err(LightError::NotAccepted));
}

#[test]
fn what_no_block_could_accept_is_refused_at_once() {
    let dir = tempfile::tempdir().unwrap();
    let mut d = Driver::new(dir.path());
    d.market();
    d.sync();
    let plan = d.world.plan(Side::Sell);
    let bytes = d.world.bytes(plan);
    assert_eq!(d.node.submit(&bytes[1..]), Err(Refusal::Encoding));
    assert_eq!(d.node.submit(&[0; 5000]), Err(Refusal::Oversized));
    let mut tx = d.world.seal(d.world.epoch_start(2));
    tx.chain = ChainId([0; 32]);
    assert_eq!(d.node.submit(&tx.encode()), Err(Refusal::WrongChain));
    tx = d.world.seal(d.world.epoch_start(2));
    tx.expiry = Height(3);
    assert_eq!(d.node.submit(&tx.encode()), Err(Refusal::ExpiredTransaction));
    let spent = d.node.state().clone();
    let merge = d.world.merge();
    let Body::Merge(mut m) = merge else { panic!() };
    m.nullifiers[1] = m.nullifiers[0];
    assert_eq!(d.node.submit(&d.world.bytes(Body::Merge(m))), Err(Refusal::DoubleSpend));
    assert_eq!((d.node.state(), d.node.held()), (&spent, 0));
    assert!(matches!(d.node.seal_block(Time(START)), Err(NodeError::Execute(_))));
}

#[test]
fn a_listing_waits_for_its_blob_and_is_thrown_out_with_a_malformed_one() {
    let dir = tempfile::tempdir().unwrap();
    let mut d = Driver::new(dir.path());
    d.market();
    d.sync();
    let mut not_canonical = ciphertext(0);
    not_canonical[..7].fill(0xff);
    for (blob, fate) in [
        (b"no ciphertext".to_vec(), Err(Refusal::MalformedCiphertext)),
        (not_canonical, Err(Refusal::MalformedCiphertext)),
        (ciphertext(9), Ok(())),
    ] {
        d.sync();
        let Body::SellPlan(mut b) = d.world.plan(Side::Sell) else { panic!() };
        b.ciphertext = BlobHash::of(&blob);
        let id = d.node.submit(&d.world.bytes(Body::SellPlan(b))).unwrap();
        assert!(d.node.wanted().is_empty(), "its proof is not verified yet");
        let sealed = d.node.seal_block(Time(START + 300)).unwrap();
        assert_eq!((sealed.outcome(&id), d.node.wanted()), (Some(Err(Refusal::UnknownBlob)), [b.ciphertext].into()));
        d.node.put_blob(&blob).unwrap();
        let sealed = d.node.seal_block(Time(START + 300)).unwrap();
        assert_eq!((sealed.outcome(&id), d.node.held()), (Some(fate), 0));
        assert_eq!(sealed.receipts.len(), usize::from(fate.is_ok()));
    }
}

#[test]
fn a_ledger_belongs_to_one_process_one_orderer_one_set_of_keys() {
    let dir = tempfile::tempdir().unwrap();
    assert!(matches!(open_error(dir.path()), NodeError::Store(StoreError::NotFound(_))));
    let node = create(dir.path());
    assert!(matches!(open_error(dir.path()), NodeError::Store(StoreError::Locked(_))));
    assert!(matches!(check(dir.path()), Err(VerifyError::Store(StoreError::Writing(_)))));
    drop(node);
    let again = Node::create(dir.path(), &genesis(MATCHING_KEY), MATCHING_KEY, orderer(), Arc::new(TestVerifier));
    assert!(matches!(again, Err(NodeError::Store(StoreError::Exists(_)))));
    let other = Node::open(dir.path(), OrdererKey::from_secret(&[9; 32]), Arc::new(TestVerifier));
    assert!(matches!(other, Err(NodeError::Orderer)));
    struct Other;
    impl ProofVerifier for Other {
        fn key_id(&self, _: protocol::relation::RelationKind) -> VerifyingKeyId {
            VerifyingKeyId([0; 32])
        }
        fn knows(&self, relation: protocol::relation::RelationKind, key: VerifyingKeyId) -> bool {
            TestVerifier.knows(relation, key)
        }
        fn is_insecure(&self, _: protocol::relation::RelationKind, _: VerifyingKeyId) -> bool {
            true
        }
        fn verify(&self, claims: &[ledger::ProofClaim], _: &dyn ledger::Blobs) -> Result<Vec<bool>, BlobHash> {
            Ok(vec![false; claims.len()])
        }
        fn score_digest(&self, scores: &ledger::ScoreClaim, blobs: &dyn ledger::Blobs) -> Result<[u8; 32], BlobHash> {
            TestVerifier.score_digest(scores, blobs)
        }
    }
    assert!(matches!(Node::open(dir.path(), orderer(), Arc::new(Other)), Err(NodeError::VerifyingKeys)));
    assert!(matches!(verify(dir.path(), &Other, &mut |_| {}), Err(VerifyError::Genesis(_))));
    let elsewhere = tempfile::tempdir().unwrap();
    let wrong = Node::create(elsewhere.path(), &genesis(MATCHING_KEY), b"x", orderer(), Arc::new(TestVerifier));
    assert!(matches!(wrong, Err(NodeError::MatchingKey)));
    let mut shared = genesis(MATCHING_KEY);
    shared.matcher = shared.regulator;
    let wrong = Node::create(elsewhere.path(), &shared, MATCHING_KEY, orderer(), Arc::new(TestVerifier));
    assert!(matches!(wrong, Err(NodeError::Genesis(_))));
    assert!(!Node::exists(elsewhere.path()) && Node::exists(dir.path()));
}

type Table = TableDefinition<'static, u64, &'static [u8]>;

/// Changes the stored bytes of a block's row.
fn tamper(dir: &Path, table: Table, height: u64, change: impl FnOnce(&mut Vec<u8>)) {
    let database = redb::Database::open(dir.join("ledger.redb")).unwrap();
    let read = database.begin_read().unwrap();
    let mut bytes = read.open_table(table).unwrap().get(height).unwrap().unwrap().value().to_vec();
    drop(read);
    change(&mut bytes);
    let write = database.begin_write().unwrap();
    write.open_table(table).unwrap().insert(height, bytes.as_slice()).unwrap();
    write.commit().unwrap();
}

/// Where the first transaction's bytes start in a block's.
const FIRST: usize = 177 + 68 + 4 + 2;

#[test]
fn damage_is_named() {
    let dir = tempfile::tempdir().unwrap();
    let mut d = Driver::new(dir.path());
    d.market();
    let last = d.node.state().height().0;
    drop(d);
    check(dir.path()).unwrap();
    // (table, byte, what verify says)
    let damage: [(Table, usize, &str); 8] = [
        (BLOCKS, FIRST + 60, "block 5, transaction 0: its bytes"),
        (BLOCKS, 1, "block 5: its header is of another chain"),
        (BLOCKS, 45, "block 5: its header names another parent"),
        (BLOCKS, 80, "block 5: its header names another parent state"),
        (BLOCKS, 150, "block 5: its certificate"),
        (OUTCOMES, 3, "block 5: it leads to another state root"),
        (OUTCOMES, 40, "block 5: it leads to another digest of the state"),
        (OUTCOMES, 96, "block 5, transaction 0: stored as"),
    ];
    for (table, at, expected) in damage {
        tamper(dir.path(), table, 5, |bytes| bytes[at] ^= 1);
        let error = check(dir.path()).unwrap_err();
        assert!(error.to_string().contains(expected), "{error}, not {expected}");
        assert!(open(dir.path()).is_err(), "{expected}");
        tamper(dir.path(), table, 5, |bytes| bytes[at] ^= 1);
    }
    tamper(dir.path(), BLOCKS, last, |bytes| bytes.truncate(20));
    assert!(matches!(check(dir.path()), Err(VerifyError::Store(StoreError::Damaged { .. }))));
}

#[test]
fn a_forged_proof_in_a_well_formed_chain_is_found() {
    // The orderer itself cheats: it stores a block whose proof is bad, with receipts and roots that
    // show it as accepted.
    struct Blind;
    impl ProofVerifier for Blind {
        fn key_id(&self, relation: protocol::relation::RelationKind) -> VerifyingKeyId {
            TestVerifier.key_id(relation)
        }
        fn knows(&self, relation: protocol::relation::RelationKind, key: VerifyingKeyId) -> bool {
            TestVerifier.knows(relation, key)
        }
        fn is_insecure(&self, _: protocol::relation::RelationKind, _: VerifyingKeyId) -> bool {
            true
        }
        fn verify(&self, claims: &[ledger::ProofClaim], _: &dyn ledger::Blobs) -> Result<Vec<bool>, BlobHash> {
            Ok(vec![true; claims.len()])
        }
        fn score_digest(&self, scores: &ledger::ScoreClaim, blobs: &dyn ledger::Blobs) -> Result<[u8; 32], BlobHash> {
            TestVerifier.score_digest(scores, blobs)
        }
    }
    let dir = tempfile::tempdir().unwrap();
    let mut node = Node::create(dir.path(), &genesis(MATCHING_KEY), MATCHING_KEY, orderer(), Arc::new(Blind)).unwrap();
    let mut world = World::empty();
    let merge = world.merge();
    let mut tx = world.seal(merge);
    spoil(&mut tx, [1; PROOF_BYTES]);
    node.submit(&tx.encode()).unwrap();
    node.seal_block(Time(START)).unwrap();
    drop(node);
    let error = check(dir.path()).unwrap_err();
    assert_eq!(error.to_string(), "block 1, transaction 0: stored as accepted, but is bad-proof");
}

#[test]
fn blobs_are_named_when_damaged_or_gone() {
    let dir = tempfile::tempdir().unwrap();
    let mut d = Driver::new(dir.path());
    d.market();
    drop(d);
    for bytes in [ciphertext(1), MATCHING_KEY.to_vec()] {
        let hash = BlobHash::of(&bytes);
        let path = dir.path().join("blobs").join(hash.to_string());
        let mut damaged = bytes.clone();
        damaged[0] ^= 1;
        std::fs::write(&path, &damaged).unwrap();
        let error = check(dir.path()).unwrap_err().to_string();
        assert!(error.contains(&hash.to_string()) && error.contains("damaged"), "{error}");
        let node = open(dir.path()).unwrap();
        assert!(matches!(node.blob(&hash), Err(NodeError::Store(StoreError::DamagedBlob(h))) if h == hash));
        // Storing the blob again mends it.
        assert_eq!(node.put_blob(&bytes).unwrap(), hash);
        assert_eq!(node.blob(&hash).unwrap(), Some(bytes.clone()));
        drop(node);
        std::fs::remove_file(&path).unwrap();
        let error = check(dir.path()).unwrap_err().to_string();
        assert!(error.contains(&hash.to_string()) && error.contains("missing"), "{error}");
        std::fs::write(&path, &bytes).unwrap();
        check(dir.path()).unwrap();
    }
}

#[test]
fn what_an_interrupted_write_leaves_behind_does_not_matter() {
    let dir = tempfile::tempdir().unwrap();
    std::fs::write(dir.path().join("ledger.unfinished"), b"cut short").unwrap();
    std::fs::create_dir(dir.path().join("blobs")).unwrap();
    let part = dir.path().join("blobs").join(format!("{}.part", BlobHash::of(b"x")));
    std::fs::write(&part, b"half").unwrap();
    let node = create(dir.path());
    assert!(!part.exists());
    assert_eq!(node.blob(&BlobHash::of(b"x")).unwrap(), None);
    assert_eq!(node.put_blob(b"x").unwrap(), BlobHash::of(b"x"));
    assert!(matches!(node.put_blob(&vec![0; ledger::blobs::MAX_BLOB_BYTES + 1]), Err(NodeError::Store(_))));
}

#[test]
fn a_plan_whose_blob_vanished_does_not_stop_the_chain() {
    let dir = tempfile::tempdir().unwrap();
    let mut d = Driver::new(dir.path());
    d.market();
    d.sync();
    let blob = d.node.put_blob(&ciphertext(7)).unwrap();
    let mut plan = d.world.plan(Side::Sell);
    if let Body::SellPlan(b) = &mut plan {
        b.ciphertext = blob;
    }
    let plan = d.node.submit(&d.world.bytes(plan)).unwrap();
    let merge = d.world.merge();
    let merge = d.node.submit(&d.world.bytes(merge)).unwrap();
    std::fs::remove_file(dir.path().join("blobs").join(blob.to_string())).unwrap();
    let sealed = d.node.seal_block(Time(START + 300)).unwrap();
    assert_eq!(sealed.outcome(&plan), Some(Err(Refusal::UnknownBlob)));
    assert_eq!(sealed.outcome(&merge), Some(Ok(())));
}

#[test]
fn several_may_put_one_blob_at_once() {
    let directory = tempfile::tempdir().unwrap();
    let blobs = ledger::blobs::BlobStore::open(directory.path()).unwrap();
    for n in 0..20 {
        let (bytes, ready) = (ciphertext(n), std::sync::Barrier::new(4));
        std::thread::scope(|scope| {
            for _ in 0..4 {
                scope.spawn(|| {
                    ready.wait();
                    assert_eq!(blobs.put(&bytes).unwrap(), BlobHash::of(&bytes));
                    assert_eq!(
                        blobs.get(&BlobHash::of(&bytes)).unwrap().as_ref(),
                        Some(&bytes),
                        "durable when it returns"
                    );
                });
            }
        });
    }
}
