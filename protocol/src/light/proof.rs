//! Proofs against a [`HeaderChain`], and their canonical, bounded encoding.
//!
//! ```text
//! transaction = version 1 | 1 | place | neighbours
//! acceptance  = version 1 | 2 | place | neighbours | state | neighbours of the receipt
//! record      = version 1 | 3 | height 8 | position 4 | 16 x 3 x 32 | state
//! place       = height 8 | index 4 | count 4 | length 2 | the transaction's bytes
//! state       = previous state root 32 | state's digest 32 | tree root 32 | changes 32 | receipts 32
//! ```
//!
//! Index and count say how many neighbours there are (at most 13), so no length of theirs is
//! written.

use super::{Error, HeaderChain};
use crate::encoding::{Canonical, Reader};
use crate::header::{receipt_bytes, StateRoot, TransactionDigest, ACCEPTED, MAX_TRANSACTIONS};
use crate::ids::Height;
use crate::merkle::{neighbours, MerkleProof};
use crate::record::Commitment;
use crate::transaction::{Transaction, MAX_BYTES};
use crate::tree::{Path, Position, Root, ARITY, LEVELS};
use crate::Error as Bytes;
use crate::Fr;
use ark_ff::Zero;

const VERSION: u8 = 1;
const PLACE: usize = 2 + 8 + 4 + 4 + 2 + MAX_BYTES;
const MAX_NEIGHBOURS: usize = MAX_TRANSACTIONS.ilog2() as usize;
/// The greatest length of a proof, in bytes.
pub const MAX_PROOF_BYTES: usize = PLACE + 2 * MAX_NEIGHBOURS * 32 + StateOpening::SIZE;

crate::canonical_struct! {
    /// The five parts of the state root after a block: see [`StateRoot::next`].
    pub struct StateOpening {
        /// The state root after the block before.
        pub previous: [u8; 32],
        /// Digest of the state itself after the block.
        pub state: [u8; 32],
        /// Root of the record tree after the block.
        pub tree: Root,
        /// Digest of what the block changed: [`crate::compact::changes_digest`].
        pub changes: [u8; 32],
        /// Merkle root of the block's receipts.
        pub receipts: [u8; 32],
    }
}

impl StateOpening {
    /// The state root that the parts lead to.
    pub fn root(&self) -> StateRoot {
        StateRoot(self.previous).next(self.state, self.tree, self.changes, self.receipts)
    }
}

/// Proof that a transaction is in a block. A block may hold transactions that were refused and have
/// no effect: only an [`AcceptanceProof`] shows that a transaction was accepted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TransactionProof {
    /// The block.
    pub height: Height,
    /// The way from the transaction's full bytes to the header's root.
    pub path: MerkleProof,
    /// The transaction's full bytes.
    pub bytes: Vec<u8>,
}

impl TransactionProof {
    /// The transaction that is at this place of this block. Errors: [`Error::Truncated`],
    /// [`Error::NotIncluded`], and [`Error::Encoding`] for bytes that are in the block and are no
    /// transaction.
    pub fn verify(&self, headers: &HeaderChain) -> Result<Transaction, Error> {
        let header = headers.header(self.height)?;
        if !self.path.proves(&self.bytes, &header.transactions) {
            return Err(Error::NotIncluded);
        }
        Ok(Transaction::decode(&self.bytes)?)
    }
    fn write(&self, out: &mut Vec<u8>) {
        self.height.write(out);
        for number in [self.path.index, self.path.count] {
            u32::try_from(number).expect("a block has at most 8192 transactions").write(out);
        }
        u16::try_from(self.bytes.len()).expect("a block's transactions have at most 1536 bytes").write(out);
        out.extend_from_slice(&self.bytes);
        self.path.neighbours.iter().for_each(|n| n.write(out));
    }
    fn read(input: &mut Reader<'_>) -> Result<Self, Bytes> {
        let height = Height::read(input)?;
        let (index, count) = (u64::from(u32::read(input)?), u64::from(u32::read(input)?));
        if index >= count || count > MAX_TRANSACTIONS as u64 {
            return Err(Bytes::Encoding("no place in a block"));
        }
        let length = usize::from(u16::read(input)?);
        if length > MAX_BYTES {
            return Err(Bytes::Encoding("a transaction longer than any"));
        }
        let bytes = input.take(length)?.to_vec();
        let path = MerkleProof { index, count, neighbours: read_neighbours(input, index, count)? };
        Ok(TransactionProof { height, path, bytes })
    }
    /// The canonical bytes.
    pub fn encode(&self) -> Vec<u8> {
        let mut out = vec![VERSION, 1];
        self.write(&mut out);
        out
    }
    /// The proof whose canonical bytes these are.
    pub fn decode(bytes: &[u8]) -> Result<Self, Bytes> {
        decode(bytes, 1, Self::read)
    }
}

fn read_neighbours(input: &mut Reader<'_>, index: u64, count: u64) -> Result<Vec<[u8; 32]>, Bytes> {
    (0..neighbours(index, count)).map(|_| Canonical::read(input)).collect()
}

fn decode<T>(bytes: &[u8], tag: u8, read: impl Fn(&mut Reader<'_>) -> Result<T, Bytes>) -> Result<T, Bytes> {
    if bytes.len() > MAX_PROOF_BYTES {
        return Err(Bytes::Encoding("longer than any proof"));
    }
    let mut input = Reader(bytes);
    if <[u8; 2]>::read(&mut input)? != [VERSION, tag] {
        return Err(Bytes::Encoding("another version or kind of proof"));
    }
    let proof = read(&mut input)?;
    if !input.0.is_empty() {
        return Err(Bytes::Encoding("bytes after the end of a proof"));
    }
    Ok(proof)
}

/// Proof that a transaction was accepted: it is in a block, and its receipt, which the next header
/// commits to, says so.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AcceptanceProof {
    /// Proof that the transaction is in the block.
    pub included: TransactionProof,
    /// The parts of the state root that the next header names.
    pub state: StateOpening,
    /// The neighbours of its receipt, which has the same place as the transaction.
    pub receipt: Vec<[u8; 32]>,
}

/// A transaction that an [`AcceptanceProof`] shows to be accepted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Accepted {
    /// The transaction.
    pub transaction: Transaction,
    /// Its block.
    pub height: Height,
    /// Its place there, from 0.
    pub index: u64,
}

impl AcceptanceProof {
    /// The accepted transaction. Errors: those of [`TransactionProof::verify`],
    /// [`Error::NotAccepted`].
    pub fn verify(&self, headers: &HeaderChain) -> Result<Accepted, Error> {
        let TransactionProof { height, path, bytes } = &self.included;
        let transaction = self.included.verify(headers)?;
        let receipt = receipt_bytes(TransactionDigest::of(bytes), ACCEPTED);
        let path = MerkleProof { index: path.index, count: path.count, neighbours: self.receipt.clone() };
        if self.state.root() != headers.state_after(*height)? || !path.proves(&receipt, &self.state.receipts) {
            return Err(Error::NotAccepted);
        }
        Ok(Accepted { transaction, height: *height, index: path.index })
    }
    /// The canonical bytes.
    pub fn encode(&self) -> Vec<u8> {
        let mut out = vec![VERSION, 2];
        self.included.write(&mut out);
        self.state.write(&mut out);
        self.receipt.iter().for_each(|n| n.write(&mut out));
        out
    }
    /// The proof whose canonical bytes these are.
    pub fn decode(bytes: &[u8]) -> Result<Self, Bytes> {
        decode(bytes, 2, |input| {
            let included = TransactionProof::read(input)?;
            let state = StateOpening::read(input)?;
            let receipt = read_neighbours(input, included.path.index, included.path.count)?;
            Ok(AcceptanceProof { included, state, receipt })
        })
    }
}

/// Proof that a record is in the tree as it was after a block.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RecordProof {
    /// The block.
    pub height: Height,
    /// The record's place.
    pub position: Position,
    /// The other three children of each node on the way up, in their order.
    pub siblings: [[Fr; ARITY - 1]; LEVELS],
    /// The parts of the state root that the next header names.
    pub state: StateOpening,
}

impl RecordProof {
    /// A proof from a leaf's path in the tree after block `height`.
    pub fn new(height: Height, path: &Path, state: StateOpening) -> Self {
        let siblings = core::array::from_fn(|level| {
            let others = (0..ARITY).filter(|child| *child != path.digit(level));
            let mut siblings = [Fr::zero(); ARITY - 1];
            siblings.iter_mut().zip(others).for_each(|(slot, child)| *slot = path.children[level][child]);
            siblings
        });
        RecordProof { height, position: path.position, siblings, state }
    }
    /// Checks that `record` is the leaf at the proof's position. Errors: [`Error::Truncated`],
    /// [`Error::NotIncluded`]. The value 0 stands where no record is, and is refused as a record.
    pub fn verify(&self, record: Commitment, headers: &HeaderChain) -> Result<Position, Error> {
        let state = headers.state_after(self.height)?;
        let path = Path::from_siblings(self.position, record.0, &self.siblings);
        if record.0.is_zero() || self.state.root() != state || path.root() != self.state.tree {
            return Err(Error::NotIncluded);
        }
        Ok(self.position)
    }
    /// The canonical bytes.
    pub fn encode(&self) -> Vec<u8> {
        let mut out = vec![VERSION, 3];
        self.height.write(&mut out);
        self.position.0.write(&mut out);
        self.siblings.iter().for_each(|level| level.write(&mut out));
        self.state.write(&mut out);
        out
    }
    /// The proof whose canonical bytes these are.
    pub fn decode(bytes: &[u8]) -> Result<Self, Bytes> {
        decode(bytes, 3, |input| {
            let (height, position) = (Height::read(input)?, Position(u32::read(input)?));
            let mut siblings = [[Fr::zero(); ARITY - 1]; LEVELS];
            for level in &mut siblings {
                *level = Canonical::read(input)?;
            }
            Ok(RecordProof { height, position, siblings, state: StateOpening::read(input)? })
        })
    }
}
