//! Bodies of the transactions that the matching node sends: results that it computes on
//! ciphertexts, and in mode masked the commitment to a round's seed. It signs each of them.

use crate::canonical_struct;
use crate::ids::{BlobHash, Serial};
use crate::record::{Handle, MatchId};
use crate::units::Cycle;

canonical_struct! {
    /// The score vector that the matching node computed for one bid.
    pub struct Scores {
        /// The matching node uses each serial once, in any order.
        pub serial: Serial,
        /// The market cycle.
        pub cycle: Cycle,
        /// The round of matching, from 0.
        pub round: u8,
        /// Handle of the buy plan.
        pub buy: Handle,
        /// Digest of the score ciphertexts over all the round's sell plans in ledger order.
        pub digest: [u8; 32],
    }
}

canonical_struct! {
    /// Commits the matching node to the seed of a round's masks. Sent once a round, in mode masked
    /// only, before anything of the round is opened.
    pub struct Mask {
        /// The matching node uses each serial once, in any order.
        pub serial: Serial,
        /// The market cycle.
        pub cycle: Cycle,
        /// The round of matching, from 0.
        pub round: u8,
        /// Digest of the round and the seed. The holder of the matching key never gets the seed.
        pub commitment: [u8; 32],
    }
}

/// Bytes of the blob that [`Deviation`] names: one encrypted bit.
pub const DEVIATION_BYTES: usize = (2_048 + 1) * 8;

canonical_struct! {
    /// The encrypted bit that the matching node computed from a trade's three ciphertexts
    /// (docs/protocol/32-deviation.md).
    pub struct Deviation {
        /// The matching node uses each serial once, in any order.
        pub serial: Serial,
        /// The match record MR.
        pub match_id: MatchId,
        /// Content address of the encrypted bit.
        pub result: BlobHash,
    }
}
