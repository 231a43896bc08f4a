//! Several nodes, some of which lie: the liar is found out and asked no more, and the honest one is
//! used. The nodes are in this process, behind the same trait as those over HTTP.

use ledger::{Node, OrdererKey};
use node::embedded::{Embedded, Pace};
use node::nodes::Nodes;
use node::service::Service;
use protocol::ids::{BlobHash, Height, Time, TransactionId};
use protocol::light::{AcceptanceProof, RecordProof};
use protocol::transaction::Transaction;
use protocol::tree::Position;
use std::cell::Cell;
use std::ops::RangeInclusive;
use std::sync::Arc;
use std::time::Duration;
use testkit::world::*;
use wallets::ledger_access::{AccessError, CertifiedHeader, LedgerAccess, OpenedBlock};

const MATCHING_KEY: &[u8] = b"matching key";

/// How a node lies.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Way {
    /// It does not.
    Honest,
    /// Another leaf in a transaction.
    Leaf,
    /// A block is left out.
    Withheld,
    /// An event that did not happen.
    Event,
    /// Headers whose certificates are nobody's.
    Certificate,
    /// Its head stays at block 2.
    OldHead,
    /// It does not answer.
    Silent,
}

/// A node that may lie, over an honest one.
struct Relay {
    node: Arc<Embedded>,
    way: Cell<Way>,
    asked: Cell<usize>,
}

impl Relay {
    fn new(node: &Arc<Embedded>, way: Way) -> Self {
        Relay { node: node.clone(), way: Cell::new(way), asked: Cell::new(0) }
    }
}

fn silent() -> AccessError {
    AccessError::Failed { code: "node-unreachable", message: "it does not answer".into() }
}

impl LedgerAccess for &Relay {
    fn headers(&self, range: RangeInclusive<u64>) -> Result<Vec<CertifiedHeader>, AccessError> {
        self.asked.set(self.asked.get() + 1);
        let mut headers = match self.way.get() {
            Way::Silent => return Err(silent()),
            Way::OldHead => self.node.headers(*range.start()..=2.min(*range.end()))?,
            _ => self.node.headers(range)?,
        };
        if self.way.get() == Way::Certificate {
            headers.iter_mut().for_each(|h| h.certificate = protocol::certificate::Certificate::single([7; 64]));
        }
        Ok(headers)
    }
    fn compact_blocks(&self, range: RangeInclusive<u64>) -> Result<Vec<OpenedBlock>, AccessError> {
        let mut blocks = self.node.compact_blocks(range)?;
        match self.way.get() {
            Way::Leaf => {
                let leaves = blocks.iter_mut().flat_map(|b| &mut b.block.transactions).flat_map(|tx| &mut tx.leaves);
                leaves.for_each(|(position, _)| position.0 += 1);
            }
            Way::Withheld => blocks.retain(|b| b.block.height != Height(3)),
            Way::Event => {
                let event = protocol::compact::Event::Expired(protocol::record::Handle(1u64.into()));
                blocks.iter_mut().for_each(|b| b.block.events.push(event));
            }
            _ => {}
        }
        Ok(blocks)
    }
    fn blob(&self, hash: BlobHash) -> Result<Option<Vec<u8>>, AccessError> {
        self.node.blob(hash)
    }
    fn put_blob(&self, bytes: &[u8]) -> Result<BlobHash, AccessError> {
        self.node.put_blob(bytes)
    }
    fn acceptance_proof(&self, id: &TransactionId) -> Result<Option<AcceptanceProof>, AccessError> {
        self.node.acceptance_proof(id)
    }
    fn record_proof(&self, position: Position, height: Height) -> Result<Option<RecordProof>, AccessError> {
        self.node.record_proof(position, height)
    }
    fn submit(&self, transaction: &[u8]) -> Result<TransactionId, AccessError> {
        match self.way.get() {
            Way::Silent => Err(silent()),
            _ => self.node.submit(transaction),
        }
    }
}

/// A chain of five blocks, four of them with a transaction.
fn chain(folder: &tempfile::TempDir) -> (Arc<Embedded>, World) {
    let orderer = OrdererKey::from_secret(&[ORDERER; 32]);
    let verifier = Arc::new(TestVerifier);
    let made = Node::create(folder.path(), &genesis(MATCHING_KEY), MATCHING_KEY, orderer, verifier).unwrap();
    let node = Arc::new(Embedded::new(made, Pace::default(), Arc::default()));
    let mut world = World::empty();
    let services = [0, 1].map(|n| (n, protocol::transaction::body::IssuerRole::MeteringService));
    for step in 0..5 {
        world.state = node.state();
        let body = match step {
            0 => world.epoch_start(1),
            1 => world.cycle_start(1, START),
            2 | 3 => world.register(services[step - 2].0, services[step - 2].1),
            _ => world.issue(0, protocol::transaction::body::Issued::Generation),
        };
        node.submit(&world.bytes(body)).unwrap();
        node.seal(Time(START)).unwrap();
    }
    node.seal(Time(START)).unwrap();
    (node, world)
}

#[test]
fn a_liar_is_found_out_and_the_honest_node_is_used() {
    let folder = tempfile::tempdir().unwrap();
    let (node, _) = chain(&folder);
    let honest = Relay::new(&node, Way::Honest);
    let expected = Nodes::new(node.genesis().headers(), vec![("honest".into(), &honest)]).unwrap().follow().unwrap();
    assert_eq!(expected.len(), 5);
    for way in [Way::Leaf, Way::Withheld, Way::Event, Way::Certificate] {
        let liar = Relay::new(&node, way);
        let both = vec![("liar".to_string(), &liar), ("honest".to_string(), &honest)];
        let mut nodes = Nodes::new(node.genesis().headers(), both).unwrap();
        assert_eq!(nodes.follow().unwrap(), expected, "{way:?}");
        assert_eq!(nodes.liars().collect::<Vec<_>>(), ["liar"], "{way:?}");
        let asked = liar.asked.get();
        assert_eq!(nodes.follow().unwrap(), []);
        assert_eq!(liar.asked.get(), asked, "{way:?}: it is asked no more");

        let mut alone = Nodes::new(node.genesis().headers(), vec![("liar".to_string(), &liar)]).unwrap();
        alone.follow().unwrap_err();
        assert_eq!(alone.follow().unwrap_err().code(), "no-node", "{way:?}");
        assert_eq!(alone.height(), Height(0), "nothing of a lie was given out");
    }
}

#[test]
fn a_node_that_is_silent_or_behind_is_asked_again_later() {
    let folder = tempfile::tempdir().unwrap();
    let (node, mut world) = chain(&folder);
    let (first, second) = (Relay::new(&node, Way::Silent), Relay::new(&node, Way::Honest));
    let both = vec![("first".to_string(), &first), ("second".to_string(), &second)];
    let mut nodes = Nodes::new(node.genesis().headers(), both).unwrap().with_patience(Duration::ZERO);
    assert_eq!(nodes.follow().unwrap().len(), 5);
    assert_eq!(nodes.liars().count(), 0);

    // The second node falls behind, and the first one is back.
    first.way.set(Way::Honest);
    second.way.set(Way::OldHead);
    world.state = node.state();
    node.submit(&world.bytes(world.epoch_start(2))).unwrap();
    node.seal(Time(START)).unwrap();
    node.seal(Time(START)).unwrap();
    assert_eq!(nodes.follow().unwrap().len(), 2);
    assert_eq!((nodes.height(), nodes.liars().count()), (Height(7), 0));

    first.way.set(Way::Silent);
    second.way.set(Way::Silent);
    assert_eq!(nodes.follow().unwrap_err().code(), "node-unreachable");
}

#[test]
fn an_operator_sends_to_every_node_and_a_wallet_to_one() {
    let folder = tempfile::tempdir().unwrap();
    let (node, mut world) = chain(&folder);
    let relays = [Relay::new(&node, Way::Silent), Relay::new(&node, Way::Honest)];
    let both = (0..).zip(&relays).map(|(n, relay)| (format!("{n}"), relay)).collect();
    let nodes = Nodes::new(node.genesis().headers(), both).unwrap();
    world.state = node.state();
    let bytes = world.bytes(world.epoch_start(2));
    let id = Transaction::decode(&bytes).unwrap().id();
    assert_eq!(nodes.submit_to_one(&bytes, None, |_| 0), Err(silent()));
    assert_eq!(nodes.submit_to_one(&bytes, None, |n| n - 1), Ok(id));
    assert_eq!(nodes.submit_to_all(&bytes, None), Ok(id), "one of them takes it");
    let late = world.bytes(world.epoch_start(9));
    assert_eq!(nodes.submit_to_all(&late, None).unwrap_err().code(), "cycle-order", "a refusal says more than silence");
}
