//! The body of the transaction that anybody may send: a contest of posted scores.

use crate::canonical_struct;
use crate::record::Handle;
use crate::signing::SigningKey;
use crate::units::Cycle;

canonical_struct! {
    /// Claims that the scores posted for a bid do not follow from the ledger's ciphertexts. Anybody
    /// who recomputes the scores can send it, and every node then recomputes them too. The
    /// challenger signs it.
    pub struct Contest {
        /// The challenger's key, which need not be registered.
        pub challenger: SigningKey,
        /// The market cycle.
        pub cycle: Cycle,
        /// The current round.
        pub round: u8,
        /// Handle of the buy plan.
        pub buy: Handle,
        /// The digest that is posted. The contest does not hit another posting that takes its
        /// place.
        pub digest: [u8; 32],
    }
}
