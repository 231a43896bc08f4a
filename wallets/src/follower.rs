//! Follows a ledger that is not believed: every header must extend the chain of headers, and every
//! block must be the one that the headers commit to. It gives out [`VerifiedBlock`]s, in order and
//! each once.

use crate::ledger_access::{AccessError, CertifiedHeader, LedgerAccess, OpenedBlock};
use protocol::ids::Height;
use protocol::light::{self, HeaderChain, VerifiedBlock};

/// How many headers are asked for at once.
const HEADERS: u64 = 1024;
/// How many compact blocks are asked for at once.
const BLOCKS: u64 = 64;

/// Why a ledger is not followed any further.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Error {
    /// The ledger does not answer.
    #[error(transparent)]
    Access(#[from] AccessError),
    /// The ledger serves a header that does not extend the chain, or a block that is not the one
    /// that the headers commit to.
    #[error("the ledger serves what its headers do not bear out: {0}")]
    Light(#[from] light::Error),
    /// The ledger serves a block in another block's place: a gap, a repetition, or more than it was
    /// asked for.
    #[error("the ledger serves block {} in the place of block {}", found.0, expected.0)]
    OutOfOrder {
        /// The block that is next.
        expected: Height,
        /// The block that was served.
        found: Height,
    },
    /// The ledger serves the headers around a block, but not the block.
    #[error("the ledger withholds block {}", .0 .0)]
    Withheld(Height),
    /// The ledger's headers end too early.
    #[error("the ledger ends with block {}, and block {} is needed", last.0, needed.0)]
    Behind {
        /// The last block whose header was served.
        last: Height,
        /// The last block whose header is needed.
        needed: Height,
    },
}

impl Error {
    /// A code that stays the same across versions, for machines.
    pub const fn code(&self) -> &'static str {
        match self {
            Error::Access(e) => e.code(),
            Error::Light(e) => e.code(),
            Error::OutOfOrder { .. } => "served-out-of-order",
            Error::Withheld(_) => "block-withheld",
            Error::Behind { .. } => "ledger-behind",
        }
    }
}

/// A chain of headers, and how far its blocks have been given out.
#[derive(Clone, Debug)]
pub struct Follower {
    headers: HeaderChain,
    given: Height,
}

impl Follower {
    /// Before the first block of a chain. `headers` is made from the genesis, which comes from
    /// elsewhere than the ledger.
    pub fn new(headers: HeaderChain) -> Self {
        Follower { headers, given: Height(0) }
    }
    /// The headers so far: what proofs are checked against.
    pub fn headers(&self) -> &HeaderChain {
        &self.headers
    }
    /// Height of the last block that was given out; 0 before the first.
    pub fn height(&self) -> Height {
        self.given
    }

    /// The blocks that can be verified by now and were not given out yet: all up to the last but
    /// one, since the header after a block verifies it. Errors: all but [`Error::Behind`]; then no
    /// block counts as given out.
    pub fn follow(&mut self, ledger: &(impl LedgerAccess + ?Sized)) -> Result<Vec<VerifiedBlock>, Error> {
        self.extend(ledger)?;
        self.blocks(ledger, Height(self.headers.height().0.saturating_sub(1)))
    }

    /// The blocks up to and with `last` that were not given out yet. Errors: any; [`Error::Behind`]
    /// where the header after `last` is not there. Then no block counts as given out.
    pub fn advance(
        &mut self,
        ledger: &(impl LedgerAccess + ?Sized),
        last: Height,
    ) -> Result<Vec<VerifiedBlock>, Error> {
        self.extend(ledger)?;
        let needed = Height(last.0.saturating_add(1));
        if self.headers.height() < needed {
            return Err(Error::Behind { last: self.headers.height(), needed });
        }
        self.blocks(ledger, last)
    }

    /// Takes in every header that the ledger has.
    fn extend(&mut self, ledger: &(impl LedgerAccess + ?Sized)) -> Result<(), Error> {
        loop {
            let next = self.headers.height().0.saturating_add(1);
            let served = ledger.headers(next..=next.saturating_add(HEADERS - 1))?;
            if served.is_empty() {
                return Ok(());
            }
            for CertifiedHeader { header, certificate } in served {
                self.headers.extend(header, &certificate)?;
            }
        }
    }

    fn blocks(&mut self, ledger: &(impl LedgerAccess + ?Sized), last: Height) -> Result<Vec<VerifiedBlock>, Error> {
        let mut verified = Vec::new();
        let mut next = self.given.0.saturating_add(1);
        while next <= last.0 {
            let asked = next..=last.0.min(next.saturating_add(BLOCKS - 1));
            let served = ledger.compact_blocks(asked.clone())?;
            if served.is_empty() {
                return Err(Error::Withheld(Height(next)));
            }
            for OpenedBlock { block, state } in served {
                if block.height.0 != next || !asked.contains(&next) {
                    return Err(Error::OutOfOrder { expected: Height(next), found: block.height });
                }
                verified.push(self.headers.verify(block, &state)?);
                next += 1;
            }
        }
        self.given = self.given.max(last);
        Ok(verified)
    }
}
