//! A ledger that lies on command, over a played market: every role refuses every lie, keeps its
//! state, and goes on with the honest ledger as if nothing had happened.

use super::support::*;
use fhe_matcher::key::MatchingPublicKey;
use ledger::{Groth16Verifier, Node};
use protocol::certificate::Certificate;
use protocol::compact::Event;
use protocol::ids::{BlobHash, ChainId, Height, Time, TransactionId};
use protocol::light::{AcceptanceProof, RecordProof, VerifiedBlock};
use protocol::record::{Commitment, Handle};
use protocol::tree::Position;
use protocol::units::{Cycle, IssuerId};
use protocol::Fr;
use rand_chacha::rand_core::SeedableRng;
use rand_chacha::ChaCha20Rng;
use std::ops::RangeInclusive;
use std::sync::Arc;
use veilgrid::demonstration::{fresh_phrase, role_rng, Roles};
use veilgrid::in_process::InProcess;
use wallets::follower::{Error, Follower};
use wallets::household::{ChainParameters, Wallet};
use wallets::issuer::{Desk, MeteringService};
use wallets::ledger_access::{AccessError, CertifiedHeader, LedgerAccess, OpenedBlock, Served};
use wallets::matching_node::MatchingNode;
use wallets::order_book::OrderBook;
use wallets::regulator::{Regulator, RegulatorKeys};
use wallets::seal::Signer;
use wallets::validator::Validator;

/// A false answer in the place of a block, its header, or every blob.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Lie {
    OtherBody,
    OtherExpiry,
    OtherLeaf,
    LeafLeftOut,
    TransactionLeftOut,
    MadeUpEvent,
    OtherTime,
    OtherOpening,
    BlockWithheld,
    Gap,
    Repetition,
    OldHead,
    WrongCertificate,
    OtherHeader,
    HeaderOfAnotherChain,
    HeaderLeftOut,
    OtherBlobs,
}

use Lie::*;

/// Every lie about blocks and headers, with the code of its refusal.
const LIES: [(Lie, &str); 16] = [
    (OtherBody, "light-contents"),
    (OtherExpiry, "light-contents"),
    (OtherLeaf, "light-block"),
    (LeafLeftOut, "light-block"),
    (TransactionLeftOut, "light-block"),
    (MadeUpEvent, "light-block"),
    (OtherTime, "light-block"),
    (OtherOpening, "light-block"),
    (BlockWithheld, "block-withheld"),
    (Gap, "served-out-of-order"),
    (Repetition, "served-out-of-order"),
    (OldHead, "ledger-behind"),
    (WrongCertificate, "light-certificate"),
    (OtherHeader, "light-certificate"),
    (HeaderOfAnotherChain, "light-other-chain"),
    (HeaderLeftOut, "light-height"),
];

/// Serves an honest ledger, with one lie about one block.
struct Liar<'a> {
    honest: &'a InProcess,
    lie: Lie,
    at: u64,
}

impl LedgerAccess for Liar<'_> {
    fn headers(&self, range: RangeInclusive<u64>) -> Result<Vec<CertifiedHeader>, AccessError> {
        let mut all = self.honest.headers(range)?;
        match self.lie {
            OldHead => all.retain(|served| served.header.height.0 < self.at),
            HeaderLeftOut => all.retain(|served| served.header.height.0 != self.at),
            _ => {}
        }
        for served in all.iter_mut().filter(|served| served.header.height.0 == self.at) {
            match self.lie {
                WrongCertificate => served.certificate = Certificate::single([7; 64]),
                OtherHeader => served.header.time.0 += 1,
                HeaderOfAnotherChain => served.header.chain = ChainId([7; 32]),
                _ => {}
            }
        }
        Ok(all)
    }
    fn compact_blocks(&self, range: RangeInclusive<u64>) -> Result<Vec<OpenedBlock>, AccessError> {
        let mut all = self.honest.compact_blocks(range)?;
        let before = self.honest.compact_blocks(self.at - 1..=self.at - 1)?.remove(0);
        let other = self.honest.compact_blocks(1..=1)?.remove(0).block.transactions[0].body;
        match self.lie {
            BlockWithheld => all.retain(|served| served.block.height.0 < self.at),
            Gap => all.retain(|served| served.block.height.0 != self.at),
            _ => {}
        }
        for served in all.iter_mut().filter(|served| served.block.height.0 == self.at) {
            let (block, state) = (&mut served.block, &mut served.state);
            let event = Event::Expired(Handle(Fr::from(1u64)));
            match self.lie {
                OtherBody => block.transactions[0].body = other,
                OtherExpiry => block.transactions[0].expiry.0 += 1,
                OtherLeaf => block.transactions[0].leaves[0].1 = Commitment(Fr::from(1u64)),
                LeafLeftOut => block.transactions[0].leaves.clear(),
                TransactionLeftOut => drop(block.transactions.pop()),
                MadeUpEvent => block.events.push(event),
                OtherTime => block.time = Time(block.time.0 + 1),
                OtherOpening => state.receipts = [7; 32],
                Repetition => *served = before.clone(),
                _ => {}
            }
        }
        Ok(all)
    }
    fn blob(&self, hash: BlobHash) -> Result<Option<Vec<u8>>, AccessError> {
        let mut found = self.honest.blob(hash)?;
        if self.lie == OtherBlobs {
            found.iter_mut().for_each(|bytes| bytes[0] ^= 1);
        }
        Ok(found)
    }
    fn put_blob(&self, bytes: &[u8]) -> Result<BlobHash, AccessError> {
        self.honest.put_blob(bytes)
    }
    fn acceptance_proof(&self, id: &TransactionId) -> Result<Option<AcceptanceProof>, AccessError> {
        self.honest.acceptance_proof(id)
    }
    fn record_proof(&self, position: Position, height: Height) -> Result<Option<RecordProof>, AccessError> {
        self.honest.record_proof(position, height)
    }
    fn submit(&self, transaction: &[u8]) -> Result<TransactionId, AccessError> {
        self.honest.submit(transaction)
    }
}

/// One of each role, before the first block. Each follows the ledger by itself.
struct Everyone {
    wallet: (Follower, Wallet),
    desk: (Follower, Desk),
    meter: (Follower, MeteringService),
    regulator: (Follower, Regulator),
    matching_node: (Follower, MatchingNode),
    validator: (Follower, Validator),
}

/// The visible part of everyone's state.
#[derive(Debug, PartialEq, Eq)]
struct Seen {
    heights: [Height; 6],
    wallet: Vec<u8>,
    desk: Vec<u8>,
    meter: Vec<u8>,
    plans: Vec<String>,
    books: Vec<String>,
}

fn book(book: &OrderBook) -> String {
    let rounds: Vec<_> = (0..4).map(|round| book.round(Cycle::new(1).unwrap(), round)).collect();
    format!("{:?} {rounds:?}", book.last_cycle())
}

impl Everyone {
    fn new(ledger: &InProcess, keys: RegulatorKeys) -> Self {
        let genesis = *ledger.node().state().genesis();
        let key = ledger.blob(genesis.matching_key).unwrap().unwrap();
        let parameters = ChainParameters::new(genesis, MatchingPublicKey::from_bytes(&key).unwrap()).unwrap();
        let phrase = fresh_phrase(&mut role_rng(0, "household 0"));
        let wallet = Wallet::create(&phrase, Height(0), parameters).unwrap();
        let mut rng = ChaCha20Rng::seed_from_u64(3);
        let id = |n| IssuerId::new(n).unwrap();
        let meter = MeteringService::generate(&mut rng, &genesis, id(1)).unwrap();
        let follower = || ledger.follower();
        Everyone {
            wallet: (follower(), wallet),
            desk: (follower(), Desk::generate(&mut rng, &genesis, id(2)).unwrap()),
            meter: (follower(), meter),
            regulator: (follower(), Regulator::new(keys, &genesis).unwrap()),
            matching_node: (follower(), MatchingNode::new(Signer::generate(&mut rng))),
            validator: (follower(), Validator::new(Signer::generate(&mut rng), &genesis)),
        }
    }
    /// Everyone takes the blocks up to this one. Gives the codes of the roles' refusals.
    fn advance(&mut self, ledger: &dyn LedgerAccess, to: u64) -> Vec<&'static str> {
        fn follow(
            follower: &mut Follower,
            ledger: &dyn LedgerAccess,
            to: u64,
            mut scan: impl FnMut(&VerifiedBlock),
        ) -> Option<&'static str> {
            let blocks: Result<Vec<VerifiedBlock>, Error> = follower.advance(ledger, Height(to));
            match blocks {
                Ok(blocks) => {
                    blocks.iter().for_each(&mut scan);
                    None
                }
                Err(error) => Some(error.code()),
            }
        }
        let Everyone { wallet, desk, meter, regulator, matching_node, validator } = self;
        let refused = [
            follow(&mut wallet.0, ledger, to, |block| wallet.1.scan(block).unwrap()),
            follow(&mut desk.0, ledger, to, |block| desk.1.scan(block).unwrap()),
            follow(&mut meter.0, ledger, to, |block| meter.1.scan(block).unwrap()),
            follow(&mut regulator.0, ledger, to, |block| regulator.1.scan(block).unwrap()),
            follow(&mut matching_node.0, ledger, to, |block| matching_node.1.scan(block).unwrap()),
            follow(&mut validator.0, ledger, to, |block| validator.1.scan(block).unwrap()),
        ];
        refused.into_iter().flatten().collect()
    }
    fn seen(&self) -> Seen {
        let heights = [
            self.wallet.0.height(),
            self.desk.0.height(),
            self.meter.0.height(),
            self.regulator.0.height(),
            self.matching_node.0.height(),
            self.validator.0.height(),
        ];
        Seen {
            heights,
            wallet: self.wallet.1.to_bytes().to_vec(),
            desk: self.desk.1.to_bytes().to_vec(),
            meter: self.meter.1.to_bytes().to_vec(),
            plans: self.regulator.1.trail().plans().map(|plan| format!("{plan:?}")).collect(),
            books: [self.regulator.1.book(), self.matching_node.1.book(), self.validator.1.book()].map(book).into(),
        }
    }
}

/// The reference market's ledger, and one of each role, before the first block.
fn town() -> (tempfile::TempDir, InProcess, Everyone) {
    let (folder, copy) = copy_of_reference();
    let Roles { keys, orderer, .. } = Roles::load(&copy, 0).unwrap();
    let verifier = Arc::new(Groth16Verifier::pinned().unwrap());
    let ledger = InProcess::new(Node::open(&copy, orderer, verifier).unwrap());
    let everyone = Everyone::new(&ledger, keys);
    (folder, ledger, everyone)
}

#[test]
fn no_role_takes_a_lie_about_blocks_and_headers_and_each_goes_on_unharmed() {
    let (_folder, ledger, mut honest) = town();
    let last = ledger.height().0 - 1;
    // The first block whose first transaction has a leaf, beyond the first block.
    let all = ledger.compact_blocks(2..=last).unwrap();
    let leaf = |served: &&OpenedBlock| served.block.transactions.first().is_some_and(|t| !t.leaves.is_empty());
    let at = all.iter().find(leaf).unwrap().block.height.0;
    assert_eq!(honest.advance(&ledger, last), Vec::<&str>::new());
    let end = honest.seen();
    for (lie, code) in LIES {
        let (_folder, ledger, mut everyone) = town();
        // Everyone knows the headers up to block `at`, so a lie about headers is about the one
        // after it.
        let so_far = Liar { honest: &ledger, lie: OldHead, at: at + 1 };
        assert_eq!(everyone.advance(&so_far, at - 1), Vec::<&str>::new());
        let before = everyone.seen();
        let of_headers = matches!(lie, OldHead | WrongCertificate | OtherHeader | HeaderOfAnotherChain | HeaderLeftOut);
        let liar = Liar { honest: &ledger, lie, at: at + u64::from(of_headers) };
        // The header after the lie's block is served too.
        assert_eq!(everyone.advance(&liar, at + 1), [code; 6], "{lie:?}");
        assert_eq!(everyone.seen(), before, "{lie:?} changed something");
        assert_eq!(everyone.advance(&ledger, last), Vec::<&str>::new(), "{lie:?}");
        assert_eq!(everyone.seen(), end, "{lie:?} left something behind");
    }
}

#[test]
fn no_role_takes_another_blob() {
    let (_folder, ledger, mut everyone) = town();
    assert_eq!(everyone.advance(&ledger, ledger.height().0 - 1), Vec::<&str>::new());
    let liar = Liar { honest: &ledger, lie: OtherBlobs, at: 2 };
    let (cycle, chain) = (Cycle::new(1).unwrap(), ledger.node().state().chain());
    let before = everyone.seen();
    let node = &mut everyone.matching_node.1;
    let scored = node.post(chain, (cycle, 0), &Served(&liar), Height(1000));
    assert_eq!(scored.map_err(|e| e.code()), Err("missing-blob"));
    let regulator = &mut everyone.regulator.1;
    let ranked = regulator.rankings(cycle, 0, &Served(&liar));
    assert_eq!(ranked.map_err(|e| e.code()), Err("missing-blob"));
    assert_eq!(regulator.decryptions(), Default::default());
    assert_eq!(everyone.seen(), before);
    let scored = everyone.matching_node.1.post(chain, (cycle, 0), &Served(&ledger), Height(1000));
    assert!(scored.is_ok_and(|postings| !postings.is_empty()));
    assert!(everyone.regulator.1.rankings(cycle, 0, &Served(&ledger)).is_ok());
}
