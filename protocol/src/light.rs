//! The light verifier: transactions and records proved against a chain of headers, without a ledger. It needs the
//! genesis, the orderer's public key and the headers (153 bytes each, 64 more for the certificate), so a phone can use it.
//!
//! What a header commits to: the transactions of its own block (`transactions`), and everything else of its *parent*
//! (`parent_state`: the record tree, the receipts, the changes). So a transaction's place in a block is proved against
//! that block's header, while that the ledger accepted it, and that a record is in the tree, is proved against the next.
//!
//! A leaf of the transaction tree is a transaction's full bytes, which hold its kind and fix its id; its place is the way
//! through the tree, whose root holds the number of leaves. Leaves, nodes and root have domains of their own, so no node
//! passes for a leaf. The record tree has one depth for all leaves, and no node of it is a record's hash
//! ([`crate::poseidon::compress`]).

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
    /// Headers come in order.
    #[error("header {} does not follow header {}", found.0, last.0)]
    Height {
        /// The last one's.
        last: Height,
        /// This one's.
        found: Height,
    },
    /// A header that does not name the one before it.
    #[error("header {} does not link to the one before it", .0 .0)]
    BrokenLink(Height),
    /// Time never goes back.
    #[error("the time of header {} is before its parent's", .0 .0)]
    Time(Height),
    /// Not certified by the orderer.
    #[error("header {} is not certified by the orderer", .0 .0)]
    Certificate(Height),
    /// The chain of headers does not reach this far.
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
    /// Bytes that are no proof, or a transaction in it that is none.
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
