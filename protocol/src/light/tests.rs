//! A chain made by hand: what proofs show, and everything that they must not show.

use super::*;
use crate::certificate::{Certificate, ValidatorSet};
use crate::elgamal::{EncryptionKey, Possession};
use crate::header::{receipt_bytes, BlockHash, Header, StateRoot, TransactionDigest};
use crate::ids::{BlobHash, Serial, Time};
use crate::keys::Network;
use crate::merkle::{self, MerkleProof};
use crate::record::Commitment;
use crate::signing::SigningKey;
use crate::terms::LAPSE_ALARM;
use crate::transaction::body::EpochStart;
use crate::transaction::genesis::Genesis;
use crate::transaction::limits::Limits;
use crate::transaction::validators::MatchingMode;
use crate::transaction::{Body, Seal, Transaction};
use crate::tree::{Position, Tree};
use crate::units::Epoch;
use crate::{merkle::neighbours, Fr};
use ed25519_dalek::Signer;
use sha2::{Digest, Sha256};

fn signer(n: u8) -> ed25519_dalek::SigningKey {
    ed25519_dalek::SigningKey::from_bytes(&[n; 32])
}

/// A set of one, with this signer.
pub(super) fn validators(n: u8) -> ValidatorSet {
    ValidatorSet::single(public(n))
}

/// A signer's certificate of a header.
pub(super) fn certify(n: u8, header: &Header) -> Certificate {
    Certificate::single(signer(n).sign(&header.hash().certificate_message()).to_bytes())
}

fn public(n: u8) -> SigningKey {
    SigningKey(signer(n).verifying_key().to_bytes())
}

pub(super) fn genesis() -> Genesis {
    let key = |n: u64| EncryptionKey::of_secret(&n.into()).unwrap();
    let possession = |n: u64| Possession::prove(&n.into(), &(n + 1).into(), b"test");
    Genesis {
        name: [1; 32],
        network: Network::Test,
        time: Time(5),
        regulator: public(1),
        recovery: public(7),
        matcher: public(2),
        terms_key: key(3),
        terms_possession: possession(3),
        audit_key: key(4),
        audit_possession: possession(4),
        audit_shares: [8; 32],
        matching_key: BlobHash([5; 32]),
        verifying_keys: [6; 32],
        anchor_blocks: 1,
        anchor_cycles: 1,
        score_checks: 1000,
        matching_mode: MatchingMode::Open,
        deviation_key: crate::transaction::genesis::NO_KEY,
        deviation_server_key: crate::transaction::genesis::NO_KEY,
        limits: Limits::default(),
    }
}

pub(super) const ORDERER: u8 = 9;
const BLOCKS: u64 = 4;

/// Blocks 1 to 4; block h has 2h - 1 transactions and appends two leaves. In block 3, transaction 1
/// is refused.
struct Made {
    headers: Vec<(Header, Certificate)>,
    transactions: Vec<Vec<Vec<u8>>>,
    receipts: Vec<Vec<Vec<u8>>>,
    states: Vec<StateOpening>,
    trees: Vec<Tree>,
}

fn transaction(n: u64) -> Transaction {
    let body =
        Body::EpochStart(EpochStart { serial: Serial(n), epoch: Epoch::new(1).unwrap(), lapse_alarm: LAPSE_ALARM });
    Transaction { chain: genesis().chain(), expiry: Height(100), body, seal: Seal::Signature([7; 64]) }
}

fn leaf(n: u64) -> Commitment {
    Commitment(Fr::from(1000 + n))
}

fn made() -> Made {
    let (genesis, mut tree, mut previous) = (genesis(), Tree::new(), StateRoot::genesis(genesis().chain()));
    let mut parent = BlockHash::genesis(&genesis, &validators(ORDERER));
    let mut made = Made { headers: vec![], transactions: vec![], receipts: vec![], states: vec![], trees: vec![] };
    for height in 1..=BLOCKS {
        let bytes: Vec<Vec<u8>> = (0..2 * height - 1).map(|i| transaction(10 * height + i).encode()).collect();
        let outcome = |i: usize| if (height, i) == (3, 1) { 29 } else { 0 };
        let receipts: Vec<Vec<u8>> =
            bytes.iter().enumerate().map(|(i, b)| receipt_bytes(TransactionDigest::of(b), outcome(i))).collect();
        let header = Header {
            chain: genesis.chain(),
            height: Height(height),
            parent,
            parent_state: previous,
            transactions: merkle::root(&bytes),
            time: Time(100 + height / 3),
            next_validators: validators(ORDERER).hash(),
        };
        parent = header.hash();
        made.headers.push((header, certify(ORDERER, &header)));
        for i in 0..2 {
            tree.append(leaf(2 * height + i).0).unwrap();
        }
        let state = StateOpening {
            previous: previous.0,
            state: [height as u8 + 1; 32],
            tree: tree.root(),
            changes: [height as u8; 32],
            receipts: merkle::root(&receipts),
        };
        previous = state.root();
        made.states.push(state);
        made.trees.push(tree.clone());
        made.transactions.push(bytes);
        made.receipts.push(receipts);
    }
    made
}

impl Made {
    fn chain(&self, upto: u64) -> HeaderChain {
        let mut chain = HeaderChain::new(&genesis(), validators(ORDERER));
        self.headers[..upto as usize].iter().for_each(|(h, c)| chain.extend(*h, c).unwrap());
        chain
    }
    fn included(&self, height: u64, i: usize) -> TransactionProof {
        let all = &self.transactions[height as usize - 1];
        TransactionProof { height: Height(height), path: MerkleProof::new(all, i).unwrap(), bytes: all[i].clone() }
    }
    fn accepted(&self, height: u64, i: usize) -> AcceptanceProof {
        let receipt = MerkleProof::new(&self.receipts[height as usize - 1], i).unwrap().neighbours;
        AcceptanceProof { included: self.included(height, i), state: self.states[height as usize - 1], receipt }
    }
    fn record(&self, height: u64, position: u32) -> RecordProof {
        let path = self.trees[height as usize - 1].path(Position(position)).unwrap();
        RecordProof::new(Height(height), &path, self.states[height as usize - 1])
    }
}

#[test]
fn every_accepted_transaction_and_every_record_is_proved() {
    let (made, chain) = (made(), made().chain(BLOCKS));
    for height in 1..BLOCKS {
        for (i, bytes) in made.transactions[height as usize - 1].iter().enumerate() {
            let proof = made.accepted(height, i);
            assert_eq!(proof.included.verify(&chain).unwrap().encode(), *bytes);
            match (height, i) {
                (3, 1) => assert_eq!(proof.verify(&chain), Err(Error::NotAccepted), "in the block, but refused"),
                _ => {
                    let found = proof.verify(&chain).unwrap();
                    assert_eq!((found.height, found.index), (Height(height), i as u64));
                    assert_eq!(found.transaction.encode(), *bytes);
                }
            }
        }
        for position in 0..2 * height as u32 {
            let record = leaf(2 + u64::from(position));
            assert_eq!(made.record(height, position).verify(record, &chain), Ok(Position(position)));
        }
    }
}

#[test]
fn headers_link_from_the_genesis_on_under_one_orderer() {
    let made = made();
    let mut chain = HeaderChain::new(&genesis(), validators(ORDERER));
    let resigned = |header: Header| (header, certify(ORDERER, &header));
    for (header, certificate) in &made.headers {
        let height = header.height;
        let cases = [
            (Header { chain: crate::ids::ChainId([0; 32]), ..*header }, Error::OtherChain),
            (
                Header { height: Height(height.0 + 1), ..*header },
                Error::Height { last: Height(height.0 - 1), found: Height(height.0 + 1) },
            ),
            (Header { parent: BlockHash([0; 32]), ..*header }, Error::BrokenLink(height)),
            (Header { next_validators: validators(ORDERER + 1).hash(), ..*header }, Error::Validators(height)),
        ];
        for (bad, error) in cases {
            let (bad, certificate) = resigned(bad);
            assert_eq!(chain.extend(bad, &certificate), Err(error));
        }
        let early = resigned(Header { time: Time(0), ..*header });
        let result = chain.clone().extend(early.0, &early.1);
        assert_eq!(result.is_ok(), height.0 == 1, "the first block's time is not a light verifier's business");
        if height.0 == 1 {
            let other = resigned(Header { parent_state: StateRoot([0; 32]), ..*header });
            assert_eq!(chain.extend(other.0, &other.1), Err(Error::BrokenLink(height)));
        } else {
            assert_eq!(result, Err(Error::Time(height)));
        }
        let by_another = certify(8, header);
        assert_eq!(chain.extend(*header, &by_another), Err(Error::Certificate(height)));
        let altered = Header { transactions: [0; 32], ..*header };
        assert_eq!(chain.extend(altered, certificate), Err(Error::Certificate(height)));
        chain.extend(*header, certificate).unwrap();
    }
    assert_eq!(chain, made.chain(BLOCKS));
    // Another orderer's chain begins elsewhere.
    let mut other = HeaderChain::new(&genesis(), validators(8));
    let (first, certificate) = &made.headers[0];
    assert_eq!(other.extend(*first, certificate), Err(Error::BrokenLink(Height(1))));
}

#[test]
fn proofs_against_too_short_a_chain_say_which_header_is_missing() {
    let made = made();
    let proof = made.accepted(2, 0);
    assert_eq!(proof.verify(&made.chain(1)), Err(Error::Truncated(Height(2))));
    assert!(proof.included.verify(&made.chain(2)).is_ok());
    assert_eq!(proof.verify(&made.chain(2)), Err(Error::Truncated(Height(3))), "its receipt is in the next header");
    assert!(proof.verify(&made.chain(3)).is_ok());
    assert_eq!(made.record(2, 0).verify(leaf(2), &made.chain(2)), Err(Error::Truncated(Height(3))));
    let mut zero = made.included(2, 0);
    for height in [0, u64::MAX] {
        zero.height = Height(height);
        assert_eq!(zero.verify(&made.chain(4)), Err(Error::Truncated(Height(height))));
    }
}

#[test]
fn a_transactions_proof_is_of_its_bytes_its_place_and_its_header() {
    let (made, chain) = (made(), made().chain(BLOCKS));
    let good = made.included(3, 2);
    let wrong = |change: &dyn Fn(&mut TransactionProof)| {
        let mut proof = good.clone();
        change(&mut proof);
        assert_eq!(proof.verify(&chain), Err(Error::NotIncluded));
    };
    for index in (0..8).filter(|i| *i != 2) {
        wrong(&|p| p.path.index = index);
    }
    for count in (0..10).filter(|c| *c != 5) {
        wrong(&|p| p.path.count = count);
    }
    for height in [1, 2, 4] {
        wrong(&|p| p.height = Height(height));
    }
    wrong(&|p| p.bytes = made.transactions[2][3].clone());
    wrong(&|p| p.bytes.push(0));
    wrong(&|p| p.path.neighbours.push([0; 32]));
    wrong(&|p| p.path.neighbours.insert(0, [0; 32]));
    wrong(&|p| p.path.neighbours.truncate(1));
    wrong(&|p| p.path.neighbours.reverse());
    wrong(&|p| p.path = made.included(3, 4).path);
    // A seal of another's making is another transaction: the leaf is over the full bytes.
    wrong(&|p| *p.bytes.last_mut().unwrap() ^= 1);
    // A node is no leaf: not its preimage, and not with a path that is shorter by the leaf's level.
    let pair = [&made.transactions[2][0], &made.transactions[2][1]]
        .map(|b| crate::encoding::digest("veilgrid/merkle-leaf/1", b));
    let upper = made.included(3, 0).path.neighbours[1..].to_vec();
    wrong(&|p| {
        p.bytes = pair.concat();
        p.path = MerkleProof { index: 0, count: 3, neighbours: upper.clone() };
    });
    wrong(&|p| {
        p.bytes = pair.concat();
        p.path = MerkleProof { index: 0, count: 5, neighbours: made.included(3, 0).path.neighbours };
    });
    // What is in a block, but no transaction.
    let bytes = b"junk".to_vec();
    let mut other = made.headers[0].0;
    other.transactions = merkle::root([&bytes]);
    let mut alone = HeaderChain::new(&genesis(), validators(ORDERER));
    alone.extend(other, &certify(ORDERER, &other)).unwrap();
    let junk = TransactionProof { height: Height(1), path: MerkleProof::new(&[&bytes], 0).unwrap(), bytes };
    assert_eq!(junk.verify(&alone).unwrap_err().code(), "light-encoding");
}

#[test]
fn acceptance_is_of_this_transaction_at_this_place_in_this_state() {
    let (made, chain) = (made(), made().chain(BLOCKS));
    let good = made.accepted(3, 2);
    let wrong = |change: &dyn Fn(&mut AcceptanceProof)| {
        let mut proof = good.clone();
        change(&mut proof);
        assert_eq!(proof.verify(&chain), Err(Error::NotAccepted));
    };
    wrong(&|p| p.receipt = made.accepted(3, 3).receipt);
    wrong(&|p| p.receipt.push([0; 32]));
    wrong(&|p| p.receipt.clear());
    wrong(&|p| p.state = made.states[1]);
    wrong(&|p| p.state.previous = [0; 32]);
    wrong(&|p| p.state.changes = [0; 32]);
    wrong(&|p| p.state.tree = made.states[0].tree);
    wrong(&|p| p.state.receipts = made.states[1].receipts);
    // The refused one, with the receipt of its neighbour, or with one that says what one would like
    // to read.
    let mut refused = made.accepted(3, 1);
    refused.receipt = made.accepted(3, 0).receipt;
    assert_eq!(refused.verify(&chain), Err(Error::NotAccepted));
    let mut receipts = made.receipts[2].clone();
    *receipts[1].last_mut().unwrap() = 0;
    refused.receipt = MerkleProof::new(&receipts, 1).unwrap().neighbours;
    refused.state.receipts = merkle::root(&receipts);
    assert_eq!(refused.verify(&chain), Err(Error::NotAccepted));
}

#[test]
fn a_records_proof_is_of_its_leaf_and_its_place() {
    let (made, chain) = (made(), made().chain(BLOCKS));
    let (good, record) = (made.record(2, 1), leaf(3));
    assert_eq!(good.verify(record, &chain), Ok(Position(1)));
    let wrong = |leaf: Commitment, change: &dyn Fn(&mut RecordProof)| {
        let mut proof = good.clone();
        change(&mut proof);
        assert_eq!(proof.verify(leaf, &chain), Err(Error::NotIncluded));
    };
    wrong(leaf(2), &|_| ());
    wrong(Commitment(Fr::from(0u64)), &|_| ());
    for position in [0, 2, 3, 4, 5, 1 << 31, u32::MAX] {
        wrong(record, &|p| p.position = Position(position));
    }
    for height in [1, 3] {
        wrong(record, &|p| p.height = Height(height));
    }
    wrong(record, &|p| p.siblings.reverse());
    wrong(record, &|p| p.siblings[0].swap(0, 1));
    wrong(record, &|p| p.state = made.states[0]);
    wrong(record, &|p| p.state.changes = [0; 32]);
    // Where there is no record yet there is none of value 0, though the path is right.
    let mut tree = made.trees[1].clone();
    let position = tree.append(Fr::from(0u64)).unwrap();
    let empty = RecordProof::new(Height(2), &tree.path(position).unwrap(), made.states[1]);
    assert_eq!(tree.root(), made.states[1].tree);
    assert_eq!(empty.verify(Commitment(Fr::from(0u64)), &chain), Err(Error::NotIncluded));
    // A node one level up is no record.
    let node = made.trees[1].path(Position(0)).unwrap().children[1][0];
    let mut shifted = made.record(2, 0);
    shifted.siblings.rotate_left(1);
    assert_eq!(shifted.verify(Commitment(node), &chain), Err(Error::NotIncluded));
    assert_eq!(good.verify(Commitment(node), &chain), Err(Error::NotIncluded));
}

/// First half of the SHA-256 of each encoding, and its length. A change is a new version of the
/// encoding.
#[test]
fn encodings_are_frozen_canonical_and_bounded() {
    let (made, chain) = (made(), made().chain(BLOCKS));
    let (t, a, r) = (made.included(3, 4), made.accepted(3, 2), made.record(3, 5));
    let hash = |bytes: &[u8]| -> String { Sha256::digest(bytes).iter().take(16).map(|b| format!("{b:02x}")).collect() };
    let found = [t.encode(), a.encode(), r.encode()].map(|bytes| (bytes.len(), hash(&bytes)));
    assert_eq!(found.each_ref().map(|(n, h)| (*n, h.as_str())), include!("tests.frozen"));
    assert_eq!(TransactionProof::decode(&t.encode()), Ok(t.clone()));
    assert_eq!(AcceptanceProof::decode(&a.encode()), Ok(a.clone()));
    assert_eq!(RecordProof::decode(&r.encode()), Ok(r.clone()));
    assert!(found.iter().all(|(n, _)| *n <= MAX_PROOF_BYTES));
    // Every single bit counts: other bytes do not decode, or decode to what encodes so, and prove
    // nothing.
    for (bytes, proves) in [
        (
            t.encode(),
            &(|b: &[u8]| TransactionProof::decode(b).ok().map(|p| (p.encode(), p.verify(&chain).is_ok())))
                as &dyn Fn(&[u8]) -> Option<(Vec<u8>, bool)>,
        ),
        (a.encode(), &|b: &[u8]| AcceptanceProof::decode(b).ok().map(|p| (p.encode(), p.verify(&chain).is_ok()))),
    ] {
        assert_eq!(proves(&bytes), Some((bytes.clone(), true)));
        for bit in 0..8 * bytes.len() {
            let mut changed = bytes.clone();
            changed[bit / 8] ^= 1 << (bit % 8);
            if let Some((again, proved)) = proves(&changed) {
                assert!(again == changed && !proved, "bit {bit}");
            }
        }
        for end in 0..bytes.len() {
            assert_eq!(proves(&bytes[..end]), None);
        }
        assert_eq!(proves(&[&bytes[..], &[0]].concat()), None);
    }
    for end in 0..r.encode().len() {
        assert!(RecordProof::decode(&r.encode()[..end]).is_err());
    }
    let mut not_below_the_modulus = r.encode();
    not_below_the_modulus[14..46].fill(0xff);
    assert!(RecordProof::decode(&not_below_the_modulus).is_err());
    // Sizes are refused before they are believed.
    let mut many = t.encode();
    many[14..18].copy_from_slice(&u32::MAX.to_le_bytes());
    assert!(TransactionProof::decode(&many).is_err());
    let mut long = t.encode();
    long[18..20].copy_from_slice(&u16::MAX.to_le_bytes());
    assert!(TransactionProof::decode(&long).is_err());
    assert!(TransactionProof::decode(&vec![1; MAX_PROOF_BYTES + 1]).is_err());
    assert_eq!((neighbours(8191, 8192), neighbours(0, 1)), (13, 0));
}
