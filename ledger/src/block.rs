//! Blocks: header, canonical encoding, hash, and the orderer's certificate.
//!
//! ```text
//! block  = header | certificate 64 | count 4 | count x (length 2 | transaction)
//! header = version 1 | chain 32 | height 8 | parent 32 | parent state root 32 | transactions root 32 | time 8
//! ```
//!
//! A block's hash is that of its header; the certificate, which signs the hash, is outside it, so that another orderer's
//! certificate (a quorum of validators) changes no hash. The parent of block 1 is the hash of the genesis and the
//! orderer's key: the chain id stays the genesis's alone, and the orderer still cannot be exchanged unnoticed.

mod changes;

pub(crate) use changes::changes_digest;

use crate::merkle;
use crate::state::StateRoot;
use protocol::encoding::{digest, Canonical, Reader};
use protocol::transaction::genesis::Genesis;
use protocol::transaction::{ChainId, Height, SigningKey, Time, MAX_BYTES, SIGNATURE_BYTES};
use protocol::Error;

/// Version of the encoding.
pub const VERSION: u8 = 1;
/// No block has more transactions.
pub const MAX_TRANSACTIONS: usize = 8192;
/// No block is longer.
pub const MAX_BLOCK_BYTES: usize = Header::SIZE + SIGNATURE_BYTES + 4 + MAX_TRANSACTIONS * (2 + MAX_BYTES);

/// A block's hash.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct BlockHash(pub [u8; 32]);

impl std::fmt::Display for BlockHash {
    /// Hexadecimal.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.0.iter().try_for_each(|b| write!(f, "{b:02x}"))
    }
}

impl BlockHash {
    /// What block 1 names as its parent.
    pub fn genesis(genesis: &Genesis, orderer: &SigningKey) -> Self {
        BlockHash(digest("veilgrid/genesis-block/1", &[genesis.to_bytes(), orderer.to_bytes()].concat()))
    }
    /// What an orderer signs to certify the block.
    pub fn certificate_message(&self) -> Vec<u8> {
        [b"veilgrid/certificate/1\0".as_slice(), &self.0].concat()
    }
}

/// A block's header.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Header {
    /// The chain.
    pub chain: ChainId,
    /// The height; the first block's is 1.
    pub height: Height,
    /// The parent's hash.
    pub parent: BlockHash,
    /// The state root after the parent.
    pub parent_state: StateRoot,
    /// Merkle root of the transactions' full bytes.
    pub transactions: [u8; 32],
    /// The time; never before the parent's.
    pub time: Time,
}

impl Canonical for Header {
    const SIZE: usize = 1 + 32 + 8 + 32 + 32 + 32 + 8;
    fn write(&self, out: &mut Vec<u8>) {
        VERSION.write(out);
        self.chain.write(out);
        self.height.write(out);
        self.parent.0.write(out);
        self.parent_state.0.write(out);
        self.transactions.write(out);
        self.time.write(out);
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
        })
    }
}

impl Header {
    /// The block's hash.
    pub fn hash(&self) -> BlockHash {
        BlockHash(digest("veilgrid/block/1", &self.to_bytes()))
    }
}

/// Merkle root of the transactions of a block.
pub fn transactions_root(transactions: &[Vec<u8>]) -> [u8; 32] {
    merkle::root(transactions)
}

/// A block.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Block {
    /// Its header.
    pub header: Header,
    /// The orderer's signature of its hash.
    pub certificate: [u8; SIGNATURE_BYTES],
    /// Its transactions' full bytes; whether they decode is `execute`'s business.
    pub transactions: Vec<Vec<u8>>,
}

impl Block {
    /// The canonical bytes.
    pub fn encode(&self) -> Vec<u8> {
        let mut out = self.header.to_bytes();
        self.certificate.write(&mut out);
        let count = u32::try_from(self.transactions.len()).expect("the orderer keeps to MAX_TRANSACTIONS");
        count.write(&mut out);
        for bytes in &self.transactions {
            u16::try_from(bytes.len()).expect("the orderer keeps to MAX_BYTES").write(&mut out);
            out.extend_from_slice(bytes);
        }
        out
    }
    /// From exactly the canonical bytes; limits are checked before anything is allocated.
    pub fn decode(bytes: &[u8]) -> Result<Self, Error> {
        if bytes.len() > MAX_BLOCK_BYTES {
            return Err(Error::Encoding("longer than any block"));
        }
        let mut input = Reader(bytes);
        let header = Header::read(&mut input)?;
        let certificate = Canonical::read(&mut input)?;
        let count = u32::read(&mut input)? as usize;
        if count > MAX_TRANSACTIONS || count * 2 > input.0.len() {
            return Err(Error::Encoding("more transactions than the block can hold"));
        }
        let mut transactions = Vec::with_capacity(count);
        for _ in 0..count {
            let length = usize::from(u16::read(&mut input)?);
            if length > MAX_BYTES {
                return Err(Error::Encoding("a transaction longer than any"));
            }
            transactions.push(input.take(length)?.to_vec());
        }
        if !input.0.is_empty() {
            return Err(Error::Encoding("bytes after the end of a block"));
        }
        Ok(Block { header, certificate, transactions })
    }
    /// Whether the certificate is this orderer's. Error: [`Error::Signature`].
    pub fn check_certificate(&self, orderer: &SigningKey) -> Result<(), Error> {
        let key = ed25519_dalek::VerifyingKey::from_bytes(&orderer.0).map_err(|_| Error::Key("not an Ed25519 key"))?;
        let signature = ed25519_dalek::Signature::from_bytes(&self.certificate);
        key.verify_strict(&self.header.hash().certificate_message(), &signature).map_err(|_| Error::Signature)
    }
}
