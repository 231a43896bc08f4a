//! Blocks' encoding: one byte string a block, and nothing else decodes.

use crate::world::*;
use ledger::block::*;
use ledger::{OrdererKey, StateRoot};
use proptest::prelude::*;
use protocol::certificate::{Certificate, ValidatorSet, ValidatorSetHash};
use protocol::encoding::Canonical;
use protocol::ids::{ChainId, Height, Time};
use protocol::transaction::MAX_BYTES;

fn header(n: u8) -> Header {
    Header {
        chain: ChainId([n; 32]),
        height: Height(u64::from(n)),
        parent: BlockHash([n; 32]),
        parent_state: StateRoot([n; 32]),
        transactions: [n; 32],
        time: Time(u64::from(n)),
        next_validators: ValidatorSetHash([n; 32]),
    }
}

proptest! {
    #[test]
    fn blocks_round_trip(n: u8, transactions in prop::collection::vec(prop::collection::vec(any::<u8>(), 0..50), 0..6)) {
        let block = Block { header: header(n), certificate: Certificate::single([n; 64]), transactions };
        let bytes = block.encode();
        prop_assert_eq!(Block::decode(&bytes), Ok(block));
        for end in 0..bytes.len() {
            prop_assert!(Block::decode(&bytes[..end]).is_err());
        }
        prop_assert!(Block::decode(&[bytes, vec![0]].concat()).is_err());
    }
    #[test]
    fn arbitrary_bytes_never_panic(bytes in prop::collection::vec(any::<u8>(), 0..400)) {
        if let Ok(block) = Block::decode(&bytes) {
            prop_assert_eq!(block.encode(), bytes);
        }
    }
}

#[test]
fn lengths_are_limited_before_anything_is_allocated() {
    let empty = Block { header: header(1), certificate: Certificate::single([0; 64]), transactions: vec![] }.encode();
    let count = empty.len() - 4;
    for n in [1u32, MAX_TRANSACTIONS as u32 + 1, u32::MAX] {
        let mut bytes = empty.clone();
        bytes[count..].copy_from_slice(&n.to_le_bytes());
        assert!(Block::decode(&bytes).is_err());
    }
    let mut long = empty.clone();
    long[count..].copy_from_slice(&1u32.to_le_bytes());
    long.extend((MAX_BYTES as u16 + 1).to_le_bytes());
    long.extend(vec![0; MAX_BYTES + 1]);
    assert!(Block::decode(&long).is_err());
    let mut version = empty;
    version[0] = 1;
    assert!(Block::decode(&version).is_err());
    assert!(Block::decode(&vec![0; MAX_BLOCK_BYTES + 1]).is_err());
}

/// Frozen: a change here is a new version of the encoding.
#[test]
fn hashes_are_frozen() {
    assert_eq!(header(1).to_bytes().len(), 177);
    let orderer = OrdererKey::from_secret(&[ORDERER; 32]).validators();
    let genesis = BlockHash::genesis(&genesis(b"matching key"), &orderer);
    let roots = [
        header(1).hash().to_string(),
        BlockHash(transactions_root(&[])).to_string(),
        BlockHash(transactions_root(&[vec![1], vec![2, 3], vec![]])).to_string(),
        StateRoot::genesis(ChainId([1; 32])).to_string(),
    ];
    assert_ne!(genesis, BlockHash([0; 32]));
    assert_eq!(roots, FROZEN);
}

const FROZEN: [&str; 4] = [
    "0b6bd966fbd474bccb8daf9691300c554cfaaf4c41670af143e49bb4dfab0b98",
    "4a18710fdf22bc8513c068726e60dbd99d2f799f7ee4090b579476f300905203",
    "b6262b2d476f27c76a007fabae425b657909016aa60a48015335cc5f92de4af2",
    "e4c9f81afdfc21d24a395b237cc3d6e1ca9c8cac2f9fda00014f649485b3d672",
];

#[test]
fn a_certificate_is_of_its_block_by_its_orderer() {
    use ed25519_dalek::Signer;
    let sign = |n, header: &Header| signer(n).sign(&header.hash().certificate_message()).to_bytes();
    let certify = |n, header: &Header| Certificate::single(sign(n, header));
    let by = |n| ValidatorSet::single(public(n));
    let mut block = Block { header: header(1), certificate: certify(ORDERER, &header(1)), transactions: vec![] };
    assert!(block.check_certificate(&by(ORDERER)).is_ok());
    assert!(block.check_certificate(&by(MATCHER)).is_err());
    block.header.time = Time(9);
    assert!(block.check_certificate(&by(ORDERER)).is_err());
}
