//! What the matching node sends: what it computes on ciphertexts, and in mode masked the commitment to a
//! round's seed.

use crate::canonical_struct;
use crate::ids::BlobHash;
use crate::record::{Handle, MatchId};
use crate::units::Cycle;

canonical_struct! {
    /// The matching node's score vector for one bid. Sealed by the matcher.
    pub struct Scores {
        /// The matcher's last nonce + 1.
        pub nonce: u64,
        /// The cycle.
        pub cycle: Cycle,
        /// The round.
        pub round: u8,
        /// The buy plan.
        pub buy: Handle,
        /// Digest of the score ciphertexts over all the round's sell plans in ledger order.
        pub digest: [u8; 32],
    }
}

canonical_struct! {
    /// The seed of a round's masking, committed. Once a round, before anything of it is opened; in mode masked only. Sealed by
    /// the matcher.
    pub struct Mask {
        /// The matcher's last nonce + 1.
        pub nonce: u64,
        /// The cycle.
        pub cycle: Cycle,
        /// The round.
        pub round: u8,
        /// Digest of the round and the seed, which whoever opens never gets.
        pub commitment: [u8; 32],
    }
}

/// Bytes of the blob that [`Deviation`] names: one encrypted bit.
pub const DEVIATION_BYTES: usize = 16_593;

canonical_struct! {
    /// The encrypted bit that follows from a trade's three ciphertexts. Sealed by the matching node.
    pub struct Deviation {
        /// The matching node's last nonce + 1.
        pub nonce: u64,
        /// MR.
        pub matching: MatchId,
        /// The bit.
        pub result: BlobHash,
    }
}
