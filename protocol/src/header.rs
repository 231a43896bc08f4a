//! Block headers: what a chain is made of for readers of proofs. A header's hash is the block's.
//!
//! ```text
//! header = version 1 | chain 32 | height 8 | parent 32 | parent state root 32
//!          | transactions root 32 | time 8 | next validators 32
//! ```
//!
//! The certificate, which signs the hash, is outside the header, so that a certificate by other
//! signers of the same block changes no hash. The header names the set that certifies the next
//! block, so that whoever follows headers learns of a change of the set from the old set. The parent of block 1 is the hash of the genesis and
//! the validator set: the chain id is the genesis's alone, and still the validators cannot be
//! exchanged unnoticed. See docs/protocol/40-ledger.md, "Blocks".

use crate::certificate::{Certificate, ValidatorSet, ValidatorSetHash};
use crate::encoding::{digest, Canonical, Reader};
use crate::ids::{ChainId, Height, Time};
use crate::transaction::genesis::Genesis;
use crate::tree::Root;
use crate::Error;

/// Version of the encoding.
pub const VERSION: u8 = 2;
/// The greatest number of transactions in a block.
pub const MAX_TRANSACTIONS: usize = 8192;

/// A block's hash: that of its header.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct BlockHash(pub [u8; 32]);

impl BlockHash {
    /// The hash that block 1 names as its parent.
    pub fn genesis(genesis: &Genesis, validators: &ValidatorSet) -> Self {
        BlockHash(digest("veilgrid/genesis-block/1", &[genesis.to_bytes(), validators.to_bytes()].concat()))
    }
    /// The message that validators sign to certify the block.
    pub fn certificate_message(&self) -> Vec<u8> {
        [b"veilgrid/certificate/1\0".as_slice(), &self.0].concat()
    }
}

/// Commits to a chain's whole history up to a block, and to the state after it: see
/// [`StateRoot::next`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct StateRoot(pub [u8; 32]);

impl StateRoot {
    /// The state root of a chain at its genesis.
    pub fn genesis(chain: ChainId) -> Self {
        StateRoot(digest("veilgrid/genesis-state/1", &chain.0))
    }
    /// The state root after a block: `H(self || digest of the state || record tree's root || digest
    /// of the block's changes || receipts root)`. Equal roots mean equal histories, since the root
    /// before is a part. They mean equal states even to a reader who has no history, because the
    /// state's own digest is a part (docs/protocol/40-ledger.md, "The state's digest").
    pub fn next(self, state: [u8; 32], tree: Root, changes: [u8; 32], receipts: [u8; 32]) -> Self {
        let parts = [self.0.as_slice(), &state, &tree.to_bytes(), &changes, &receipts].concat();
        StateRoot(digest("veilgrid/state/1", &parts))
    }
}

macro_rules! hexadecimal {
    ($($t:ident),*) => {$(
        impl std::fmt::Display for $t {
            /// Hexadecimal.
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                self.0.iter().try_for_each(|b| write!(f, "{b:02x}"))
            }
        }
    )*};
}
hexadecimal!(BlockHash, StateRoot);

/// Digest of a transaction's full bytes, seal included.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct TransactionDigest(pub [u8; 32]);

impl TransactionDigest {
    /// The digest of these bytes.
    pub fn of(bytes: &[u8]) -> Self {
        TransactionDigest(digest("veilgrid/full-transaction/1", bytes))
    }
}

/// Outcome number of an accepted transaction in its receipt.
pub const ACCEPTED: u8 = 0;

/// A receipt: `digest 32 | outcome 1`, the outcome [`ACCEPTED`] or a refusal's number.
pub fn receipt_bytes(transaction: TransactionDigest, outcome: u8) -> Vec<u8> {
    let mut out = transaction.0.to_vec();
    out.push(outcome);
    out
}

/// A block's header.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Header {
    /// The chain.
    pub chain: ChainId,
    /// The height. The first block has height 1.
    pub height: Height,
    /// The parent's hash.
    pub parent: BlockHash,
    /// The state root after the parent.
    pub parent_state: StateRoot,
    /// Merkle root of the transactions' full bytes.
    pub transactions: [u8; 32],
    /// The time in seconds since 1970; never before the parent's.
    pub time: Time,
    /// The hash of the validator set that certifies the next block.
    pub next_validators: ValidatorSetHash,
}

impl Canonical for Header {
    const SIZE: usize = 1 + 32 + 8 + 32 + 32 + 32 + 8 + 32;
    fn write(&self, out: &mut Vec<u8>) {
        VERSION.write(out);
        self.chain.write(out);
        self.height.write(out);
        self.parent.0.write(out);
        self.parent_state.0.write(out);
        self.transactions.write(out);
        self.time.write(out);
        self.next_validators.0.write(out);
    }
    fn read(input: &mut Reader<'_>) -> Result<Self, Error> {
        if u8::read(input)? != VERSION {
            return Err(Error::Encoding("unknown version of a block"));
        }
        Ok(Header {
            chain: Canonical::read(input)?,
            height: Canonical::read(input)?,
            parent: BlockHash(Canonical::read(input)?),
            parent_state: StateRoot(Canonical::read(input)?),
            transactions: Canonical::read(input)?,
            time: Canonical::read(input)?,
            next_validators: ValidatorSetHash(Canonical::read(input)?),
        })
    }
}

impl Header {
    /// The block's hash.
    pub fn hash(&self) -> BlockHash {
        BlockHash(digest("veilgrid/block/2", &self.to_bytes()))
    }
    /// Whether a certificate of the block is one by this set. Errors: those of
    /// [`ValidatorSet::check`].
    pub fn check_certificate(&self, certificate: &Certificate, validators: &ValidatorSet) -> Result<(), Error> {
        validators.check(certificate, &self.hash().certificate_message())
    }
}
