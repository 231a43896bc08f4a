//! A chain of headers, each checked as it comes.

use super::Error;
use crate::certificate::{Certificate, ValidatorSet};
use crate::header::{BlockHash, Header, StateRoot};
use crate::ids::{ChainId, Height};
use crate::transaction::genesis::Genesis;

/// Headers from the first block on, each linked to the one before it and certified by the validator
/// set.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HeaderChain {
    chain: ChainId,
    validators: ValidatorSet,
    tip: BlockHash,
    headers: Vec<Header>,
}

impl HeaderChain {
    /// A chain of headers before the first block.
    pub fn new(genesis: &Genesis, validators: ValidatorSet) -> Self {
        let tip = BlockHash::genesis(genesis, &validators);
        HeaderChain { chain: genesis.chain(), validators, tip, headers: Vec::new() }
    }
    /// Takes the next header. An error says which check failed, and nothing is kept of the header
    /// then.
    pub fn extend(&mut self, header: Header, certificate: &Certificate) -> Result<(), Error> {
        let last = self.height();
        if header.chain != self.chain {
            return Err(Error::OtherChain);
        }
        if last.0.checked_add(1) != Some(header.height.0) {
            return Err(Error::Height { last, found: header.height });
        }
        if header.parent != self.tip {
            return Err(Error::BrokenLink(header.height));
        }
        match self.headers.last() {
            None if header.parent_state != StateRoot::genesis(self.chain) => {
                return Err(Error::BrokenLink(header.height))
            }
            Some(parent) if header.time < parent.time => return Err(Error::Time(header.height)),
            _ => {}
        }
        // No transaction changes the set, so whoever names another one is not the chain's.
        if header.next_validators != self.validators.hash() {
            return Err(Error::Validators(header.height));
        }
        header.check_certificate(certificate, &self.validators).map_err(|_| Error::Certificate(header.height))?;
        self.tip = header.hash();
        self.headers.push(header);
        Ok(())
    }
    /// The chain.
    pub fn chain(&self) -> ChainId {
        self.chain
    }
    /// The set that certifies the next header.
    pub fn validators(&self) -> &ValidatorSet {
        &self.validators
    }
    /// Height of the last header; 0 before the first.
    pub fn height(&self) -> Height {
        Height(self.headers.len() as u64)
    }
    /// The header of a block. Error: [`Error::Truncated`] beyond the last, and for height 0.
    pub fn header(&self, height: Height) -> Result<&Header, Error> {
        let index = height.0.checked_sub(1).and_then(|i| usize::try_from(i).ok());
        index.and_then(|i| self.headers.get(i)).ok_or(Error::Truncated(height))
    }
    /// The state root after a block, which the next header names. Error: [`Error::Truncated`]
    /// without that header.
    pub fn state_after(&self, height: Height) -> Result<StateRoot, Error> {
        Ok(self.header(Height(height.0.saturating_add(1)))?.parent_state)
    }
}
