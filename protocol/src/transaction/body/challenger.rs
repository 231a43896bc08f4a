//! What anybody may send, under a key that no role has: a contest of posted scores.

use crate::canonical_struct;
use crate::record::Handle;
use crate::signing::SigningKey;
use crate::units::Cycle;

canonical_struct! {
    /// Says that the scores posted for a bid are not those that follow from the ledger's ciphertexts. Whoever recomputes it can
    /// send this: the ledger then recomputes it too. Sealed by the challenger.
    pub struct Contest {
        /// Whoever found it, under any key of its own.
        pub challenger: SigningKey,
        /// The cycle.
        pub cycle: Cycle,
        /// The round: the current one.
        pub round: u8,
        /// The buy plan.
        pub buy: Handle,
        /// The digest that is posted: the contest is of this posting, not of another that comes in its place.
        pub digest: [u8; 32],
    }
}
