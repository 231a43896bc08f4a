//! Verified blocks for tests: a chain of headers under a throwaway key. It makes, signs and checks
//! real headers, so a test's blocks pass the same [`HeaderChain::verify`] as everybody's. Products
//! never have the feature `simulated` that this is behind.

use super::{Error, HeaderChain, StateOpening, VerifiedBlock};
use crate::certificate::{Certificate, ValidatorSet};
use crate::compact::{changes_digest, CompactBlock};
use crate::header::{BlockHash, Header, StateRoot};
use crate::ids::{Height, Time};
use crate::merkle;
use crate::signing::SigningKey;
use crate::transaction::genesis::Genesis;
use crate::tree::{Root, Tree};
use ed25519_dalek::Signer;

/// The secret of the throwaway key.
const SECRET: [u8; 32] = *b"a throwaway key of tests, public";

/// Merkle root of an empty list.
fn nothing() -> [u8; 32] {
    merkle::root([] as [&[u8]; 0])
}

/// A chain that turns compact blocks into verified ones, in order from height 1 on.
#[derive(Clone)]
pub struct SimulatedChain {
    signer: ed25519_dalek::SigningKey,
    headers: HeaderChain,
    parent: BlockHash,
    state: StateRoot,
    time: Time,
    root: Root,
}

impl SimulatedChain {
    /// A chain before its first block.
    pub fn new(genesis: &Genesis) -> Self {
        let signer = ed25519_dalek::SigningKey::from_bytes(&SECRET);
        let validators = ValidatorSet::single(SigningKey(signer.verifying_key().to_bytes()));
        SimulatedChain {
            signer,
            parent: BlockHash::genesis(genesis, &validators),
            state: StateRoot::genesis(genesis.chain()),
            headers: HeaderChain::new(genesis, validators),
            time: Time(0),
            root: Tree::new().root(),
        }
    }
    /// The headers up to the last block. The state after that block is in none of them yet.
    pub fn headers(&self) -> &HeaderChain {
        &self.headers
    }
    /// The next block, sealed and verified. Its transactions have no seals, so its header commits
    /// to an empty list of full bytes. There is no state, so its digest is zeros.
    ///
    /// # Errors
    /// Those of [`HeaderChain::extend`] and [`HeaderChain::verify`], with nothing changed: a height
    /// that is not the next one, a time before the last one, an id that is not that of its
    /// contents.
    pub fn block(&mut self, block: CompactBlock) -> Result<VerifiedBlock, Error> {
        let opening = StateOpening {
            previous: self.state.0,
            state: [0; 32],
            tree: block.root,
            changes: changes_digest(&block),
            receipts: nothing(),
        };
        let mut next = self.clone();
        next.extend(block.height, block.time)?;
        (next.state, next.time, next.root) = (opening.root(), block.time, block.root);
        // The header that commits to the block's effects is for this check alone: the next block's
        // header takes its place.
        let mut after = next.clone();
        after.extend(Height(block.height.0.saturating_add(1)), block.time)?;
        let verified = after.headers.verify(block, &opening)?;
        *self = next;
        Ok(verified)
    }
    /// Empty blocks with the last block's time and root, until the chain has this height.
    ///
    /// # Errors
    /// Those of [`SimulatedChain::block`]; none are expected.
    pub fn skip_to(&mut self, height: Height) -> Result<(), Error> {
        while self.headers.height() < height {
            let (next, time, root) = (Height(self.headers.height().0 + 1), self.time, self.root);
            self.block(CompactBlock { height: next, time, events: vec![], transactions: vec![], root })?;
        }
        Ok(())
    }
    fn extend(&mut self, height: Height, time: Time) -> Result<(), Error> {
        let header = Header {
            chain: self.headers.chain(),
            height,
            parent: self.parent,
            parent_state: self.state,
            transactions: nothing(),
            time,
            next_validators: self.headers.validators().hash(),
        };
        let hash = header.hash();
        let signature = self.signer.sign(&hash.certificate_message()).to_bytes();
        self.headers.extend(header, &Certificate::single(signature))?;
        self.parent = hash;
        Ok(())
    }
}
