//! A validator's check of posted scores (docs/protocol/40-ledger.md, "Scores that do not follow
//! from the ledger"). It recomputes some of the score vectors that the matching node posts, and can
//! contest a wrong one. Each validator draws by itself which ones, so that nobody can know
//! beforehand which go unchecked. The effect of a contest does not depend on the draws, since the
//! ledger recomputes every vector that is contested.

use crate::state::State;
use crate::verifier::{Blobs, ProofVerifier};
use protocol::compact::CompactBlock;
use protocol::ids::BlobHash;
use protocol::record::Handle;
use protocol::signing::SigningKey;
use protocol::transaction::body::{Contest, Scores};
use protocol::transaction::Body;
use protocol::units::Cycle;
use rand_core::RngCore;

/// A score vector that does not follow from the ledger's ciphertexts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct WrongScores {
    /// The cycle.
    pub cycle: Cycle,
    /// The round.
    pub round: u8,
    /// The buy plan.
    pub buy: Handle,
    /// The digest that is posted.
    pub digest: [u8; 32],
}

impl WrongScores {
    /// The transaction that contests it, to be signed with the challenger's key.
    pub fn contest(&self, challenger: SigningKey) -> Contest {
        let WrongScores { cycle, round, buy, digest } = *self;
        Contest { challenger, cycle, round, buy, digest }
    }
}

/// Recomputes score vectors that a block posted, each with the probability that the genesis sets,
/// on the state after that block. Returns the wrong ones. Error: a ciphertext that is not among
/// `blobs`.
pub fn wrong_scores(
    state: &State,
    block: &CompactBlock,
    verifier: &dyn ProofVerifier,
    blobs: &dyn Blobs,
    rng: &mut dyn RngCore,
) -> Result<Vec<WrongScores>, BlobHash> {
    let mut wrong = Vec::new();
    for transaction in &block.transactions {
        let Body::Scores(posted) = &transaction.body else { continue };
        if rng.next_u64() % 1000 >= u64::from(state.genesis().score_checks) {
            continue;
        }
        // None when the state is already past that round.
        let Some(claim) = state.score_claim(posted.cycle, posted.round, &posted.buy) else { continue };
        if verifier.score_digest(&claim, blobs)? != posted.digest {
            let Scores { cycle, round, buy, digest, .. } = *posted;
            wrong.push(WrongScores { cycle, round, buy, digest });
        }
    }
    Ok(wrong)
}
