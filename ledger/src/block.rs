//! Blocks: the canonical encoding, and the certificate (docs/protocol/40-ledger.md, "Blocks").
//!
//! ```text
//! block  = header | certificate | count 4 | count x (length 2 | transaction)
//! ```
//!
//! The header is [`protocol::header`]'s, so that readers of headers and proofs need no ledger.

mod check;

pub use check::BadBlock;
pub(crate) use check::{check_block, check_header, check_size};
pub use protocol::header::{BlockHash, Header, MAX_TRANSACTIONS};

use protocol::certificate::{Certificate, ValidatorSet};
use protocol::encoding::{Canonical, Reader};
use protocol::merkle;
use protocol::transaction::MAX_BYTES;
use protocol::Error;

/// The greatest length of a block, in bytes.
pub const MAX_BLOCK_BYTES: usize = Header::SIZE + Certificate::MAX_BYTES + 4 + MAX_TRANSACTIONS * (2 + MAX_BYTES);

/// Merkle root of the transactions of a block.
pub fn transactions_root(transactions: &[Vec<u8>]) -> [u8; 32] {
    merkle::root(transactions)
}

/// A block.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Block {
    /// Its header.
    pub header: Header,
    /// The certificate of its hash.
    pub certificate: Certificate,
    /// Its transactions' full bytes. They need not decode: `execute` refuses those that do not.
    pub transactions: Vec<Vec<u8>>,
}

impl Block {
    /// The canonical bytes, of at most [`MAX_BLOCK_BYTES`].
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
    /// The block whose canonical bytes these are. Limits are checked before anything is allocated.
    pub fn decode(bytes: &[u8]) -> Result<Self, Error> {
        if bytes.len() > MAX_BLOCK_BYTES {
            return Err(Error::Encoding("longer than any block"));
        }
        let mut input = Reader(bytes);
        let header = Header::read(&mut input)?;
        let certificate = Certificate::read(&mut input)?;
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
    /// Whether the certificate is one by this set. Errors: those of [`ValidatorSet::check`].
    pub fn check_certificate(&self, validators: &ValidatorSet) -> Result<(), Error> {
        self.header.check_certificate(&self.certificate, validators)
    }
}
