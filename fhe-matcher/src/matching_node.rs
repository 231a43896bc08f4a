//! The matching node's work: it computes from a round's listed ciphertexts the score digests that
//! it posts.
//!
//! It needs the ledger's ciphertexts and no key at all, so every validator can do the same and
//! compare.

use crate::ciphertext::PlanCiphertext;
use crate::score::{score_vector, ScoreDigest};
use crate::Error;
use std::collections::BTreeSet;

/// A plan that the ledger lists for matching.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ListedPlan {
    /// The plan's one-time handle.
    pub handle: [u8; 32],
    /// The plan under the matching key.
    pub ciphertext: PlanCiphertext,
}

impl AsRef<PlanCiphertext> for ListedPlan {
    fn as_ref(&self) -> &PlanCiphertext {
        &self.ciphertext
    }
}

/// The posting of a matching node for one bid.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ScorePosting {
    /// Handle of the bid.
    pub bid: [u8; 32],
    /// Digest of its encrypted scores with every offer of the round, in ledger order.
    pub digest: ScoreDigest,
}

/// The postings of a round, one a bid, in the bids' order. Both lists are in ledger order. Error:
/// [`Error::ListedTwice`] when a handle stands twice among them.
pub fn score_round(bids: &[ListedPlan], offers: &[ListedPlan]) -> Result<Vec<ScorePosting>, Error> {
    let handles: BTreeSet<_> = bids.iter().chain(offers).map(|plan| plan.handle).collect();
    if handles.len() != bids.len() + offers.len() {
        return Err(Error::ListedTwice);
    }
    let digests = score_vector(bids, offers);
    Ok(bids.iter().zip(digests).map(|(bid, digest)| ScorePosting { bid: bid.handle, digest }).collect())
}
