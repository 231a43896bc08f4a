//! The light verifier: compact blocks, transactions and records proved against a chain of headers,
//! without a ledger. It needs the genesis, the validator set and the headers (177 bytes each, and
//! 68 more for a certificate by one), so a phone can use it.
//!
//! A header commits to the transactions of its own block (`transactions`), and to everything else
//! of its *parent* (`parent_state`: the record tree, the receipts, the changes). So a transaction's
//! place in a block is proved against that block's header. The header after it proves that the
//! ledger accepted the transaction, that a record is in the tree, and what a compact block says.
//!
//! A leaf of the transaction tree is a transaction's full bytes, which hold its kind and fix its
//! id. Its place is its way through the tree, whose root covers the number of leaves. Leaves, nodes
//! and root have domains of their own, so no node passes for a leaf. The record tree has one depth
//! for all leaves, and no node of it is a record's hash ([`crate::poseidon::compress`]). See
//! docs/protocol/40-ledger.md, "Proofs, and who needs only headers".

mod block;
mod headers;
mod proof;
#[cfg(any(test, feature = "simulated"))]
mod simulated;

pub use block::VerifiedBlock;
pub use headers::HeaderChain;
pub use proof::{AcceptanceProof, Accepted, RecordProof, StateOpening, TransactionProof, MAX_PROOF_BYTES};
#[cfg(any(test, feature = "simulated"))]
pub use simulated::SimulatedChain;

use crate::ids::Height;

/// Why a header or a proof does not hold.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Error {
    /// A header of another chain.
    #[error("a header of another chain")]
    OtherChain,
    /// A header whose height is not the next one.
    #[error("header {} does not follow header {}", found.0, last.0)]
    Height {
        /// The height of the last header.
        last: Height,
        /// The height of the refused header.
        found: Height,
    },
    /// A header that does not name the one before it, or block 1's that does not name the genesis.
    #[error("header {} does not link to the one before it", .0 .0)]
    BrokenLink(Height),
    /// A header whose time is before its parent's.
    #[error("the time of header {} is before its parent's", .0 .0)]
    Time(Height),
    /// A header that names another validator set for the next block.
    #[error("header {} names another validator set for the next block", .0 .0)]
    Validators(Height),
    /// A header without a certificate by the validator set.
    #[error("header {} is not certified by the orderer", .0 .0)]
    Certificate(Height),
    /// The chain of headers does not have the header of this height yet.
    #[error("header {} is needed, which is beyond the chain of headers", .0 .0)]
    Truncated(Height),
    /// The path does not lead from what is proved to the header.
    #[error("the proof does not lead to the header")]
    NotIncluded,
    /// The transaction is there, but not as an accepted one.
    #[error("the proof does not show that the transaction was accepted")]
    NotAccepted,
    /// A compact block that differs from the block that the headers commit to.
    #[error("compact block {} is not the one that the headers commit to: {what}", height.0)]
    Block {
        /// The height that the compact block claims.
        height: Height,
        /// The first difference that was found.
        what: &'static str,
    },
    /// A transaction of a compact block whose contents are not what its id is the digest of.
    #[error("compact block {}, transaction {place}: its contents do not have its id", height.0)]
    Contents {
        /// The block.
        height: Height,
        /// The transaction's place among the accepted ones, from 0.
        place: usize,
    },
    /// Bytes that are no canonical proof, or bytes in a proof that are no transaction.
    #[error(transparent)]
    Encoding(#[from] crate::Error),
}

impl Error {
    /// A code that stays the same across versions, for machines.
    pub const fn code(&self) -> &'static str {
        match self {
            Error::OtherChain => "light-other-chain",
            Error::Height { .. } => "light-height",
            Error::BrokenLink(_) => "light-broken-link",
            Error::Time(_) => "light-time",
            Error::Validators(_) => "light-validators",
            Error::Certificate(_) => "light-certificate",
            Error::Truncated(_) => "light-truncated",
            Error::NotIncluded => "light-not-included",
            Error::NotAccepted => "light-not-accepted",
            Error::Block { .. } => "light-block",
            Error::Contents { .. } => "light-contents",
            Error::Encoding(_) => "light-encoding",
        }
    }
}

#[cfg(test)]
mod tests;
