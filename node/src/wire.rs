//! The byte strings of the API that have no encoding elsewhere: the genesis file, and ranges of
//! headers and compact blocks.
//!
//! ```text
//! genesis file = "veilgrid/genesis/1\0" | genesis | validator set
//! headers      = (header | certificate), repeated
//! blocks       = (length 4 | state opening | compact block), repeated
//! ```
//!
//! A length counts the bytes after it. Every decoder takes exactly the bytes that the encoder
//! gives.

use protocol::certificate::{Certificate, ValidatorSet};
use protocol::compact::CompactBlock;
use protocol::encoding::{Canonical, Reader};
use protocol::header::{BlockHash, Header};
use protocol::ids::ChainId;
use protocol::light::{HeaderChain, StateOpening};
use protocol::transaction::genesis::Genesis;
use protocol::Error;
use wallets::ledger_access::{CertifiedHeader, OpenedBlock};

const GENESIS: &[u8] = b"veilgrid/genesis/1\0";

/// What a chain begins with: its genesis, and the validators that certify its blocks. Clients are
/// given it by somebody whom they trust, and recognise it by its hash.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GenesisFile {
    /// The genesis.
    pub genesis: Genesis,
    /// The validators of block 1.
    pub validators: ValidatorSet,
}

impl GenesisFile {
    /// The hash by which the file is known. Block 1 names it as its parent.
    pub fn hash(&self) -> BlockHash {
        BlockHash::genesis(&self.genesis, &self.validators)
    }
    /// A chain of headers before block 1.
    pub fn headers(&self) -> HeaderChain {
        HeaderChain::new(&self.genesis, self.validators.clone())
    }
    /// The canonical bytes.
    pub fn encode(&self) -> Vec<u8> {
        let mut out = GENESIS.to_vec();
        self.genesis.write(&mut out);
        self.validators.write(&mut out);
        out
    }
    /// The file whose canonical bytes these are. Error: [`Error::Encoding`], or the bound that a
    /// value breaks.
    pub fn decode(bytes: &[u8]) -> Result<Self, Error> {
        let rest = bytes.strip_prefix(GENESIS).ok_or(Error::Encoding("not a genesis file of this version"))?;
        let mut input = Reader(rest);
        let (genesis, validators) = (Genesis::read(&mut input)?, ValidatorSet::read(&mut input)?);
        match input.0.is_empty() {
            true => Ok(GenesisFile { genesis, validators }),
            false => Err(Error::Encoding("bytes after the end of a genesis file")),
        }
    }
}

/// The bytes of a range of headers.
pub fn encode_headers(headers: &[CertifiedHeader]) -> Vec<u8> {
    let mut out = Vec::new();
    for CertifiedHeader { header, certificate } in headers {
        header.write(&mut out);
        certificate.write(&mut out);
    }
    out
}

/// The headers whose bytes these are. Error: [`Error::Encoding`].
pub fn decode_headers(bytes: &[u8]) -> Result<Vec<CertifiedHeader>, Error> {
    let (mut input, mut headers) = (Reader(bytes), Vec::new());
    while !input.0.is_empty() {
        let header = Header::read(&mut input)?;
        headers.push(CertifiedHeader { header, certificate: Certificate::read(&mut input)? });
    }
    Ok(headers)
}

/// Appends a compact block, with the opening of the state after it.
pub fn append_block(OpenedBlock { block, state }: &OpenedBlock, out: &mut Vec<u8>) {
    let bytes = block.encode();
    let length = u32::try_from(StateOpening::SIZE + bytes.len()).expect("a block has at most 8192 transactions");
    length.write(out);
    state.write(out);
    out.extend_from_slice(&bytes);
}

/// The compact blocks of a chain whose bytes these are. Error: [`Error::Encoding`], or the bound
/// that a value breaks.
pub fn decode_blocks(chain: ChainId, bytes: &[u8]) -> Result<Vec<OpenedBlock>, Error> {
    let (mut input, mut blocks) = (Reader(bytes), Vec::new());
    while !input.0.is_empty() {
        let length = u32::read(&mut input)? as usize;
        let mut one = Reader(input.take(length)?);
        let state = StateOpening::read(&mut one)?;
        blocks.push(OpenedBlock { block: CompactBlock::decode(chain, one.0)?, state });
    }
    Ok(blocks)
}
