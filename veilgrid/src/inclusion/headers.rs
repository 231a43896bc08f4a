//! The headers of a chain in one file, for checking proofs without the ledger.
//!
//! ```text
//! "veilgrid/headers/2\0" | genesis | validator set
//!     | (header | certificate) for each block from the first on
//! ```

use ledger::{Archive, NodeError};
use protocol::certificate::{Certificate, ValidatorSet};
use protocol::encoding::{Canonical, Reader};
use protocol::header::{BlockHash, Header};
use protocol::ids::Height;
use protocol::light::{Error as LightError, HeaderChain};
use protocol::transaction::genesis::Genesis;

const MAGIC: &[u8] = b"veilgrid/headers/2\0";

/// The content of the file. [`Headers::chain`] checks whether it holds.
pub struct Headers {
    /// The genesis.
    pub genesis: Genesis,
    /// The validators that certify the blocks.
    pub validators: ValidatorSet,
    /// Each block's header and certificate, from the first block on.
    pub blocks: Vec<(Header, Certificate)>,
}

/// Why bytes cannot be read as a file of headers.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum HeadersError {
    /// The bytes begin otherwise.
    #[error("not what `veilgrid ledger headers` writes")]
    Format,
    /// A genesis, key or header is invalid, or bytes are missing.
    #[error("damaged: {0}")]
    Encoding(#[from] protocol::Error),
}

impl Headers {
    /// The headers of a ledger, up to its last block.
    pub(super) fn of(archive: &Archive) -> Result<Self, NodeError> {
        let mut blocks = Vec::new();
        while let Some((block, _)) = archive.block(Height(blocks.len() as u64 + 1))? {
            blocks.push((block.header, block.certificate));
        }
        Ok(Headers { genesis: archive.ledger.genesis, validators: archive.ledger.validators.clone(), blocks })
    }

    /// The name of the chain: a hash that commits to genesis and orderer.
    pub fn name(&self) -> BlockHash {
        BlockHash::genesis(&self.genesis, &self.validators)
    }

    /// The chain, if every header follows the one before it and is certified. Error:
    /// [`LightError`].
    pub fn chain(&self) -> Result<HeaderChain, LightError> {
        let mut chain = HeaderChain::new(&self.genesis, self.validators.clone());
        self.blocks.iter().try_for_each(|(header, certificate)| chain.extend(*header, certificate))?;
        Ok(chain)
    }

    /// The canonical bytes.
    pub fn encode(&self) -> Vec<u8> {
        let mut out = MAGIC.to_vec();
        self.genesis.write(&mut out);
        self.validators.write(&mut out);
        for (header, certificate) in &self.blocks {
            header.write(&mut out);
            certificate.write(&mut out);
        }
        out
    }

    /// Decodes exactly the canonical bytes. Error: [`HeadersError`].
    pub fn decode(bytes: &[u8]) -> Result<Self, HeadersError> {
        let mut input = Reader(bytes.strip_prefix(MAGIC).ok_or(HeadersError::Format)?);
        let (genesis, validators) = (Genesis::read(&mut input)?, ValidatorSet::read(&mut input)?);
        let mut blocks = Vec::new();
        while !input.0.is_empty() {
            blocks.push((Header::read(&mut input)?, Certificate::read(&mut input)?));
        }
        Ok(Headers { genesis, validators, blocks })
    }
}
