//! Records, which are leaves of the tree, and one-time handles. Each commitment is a Poseidon hash
//! of an opening: field elements in the order of the tables in
//! docs/protocol/10-records-and-keys.md. Quantities enter an opening from their newtypes.

pub mod balance;
pub mod credential;
pub mod delivery;
pub mod generation;
pub mod matching;
pub mod metered;
pub mod plan;

use crate::poseidon::{hash, Tag};
use crate::tree::Position;
use crate::Fr;

crate::field_newtype! {
    /// A record's commitment: a leaf of the tree.
    Commitment,
    /// A nullifier, `H_nf(nk, commitment, position)`. It is published when a record is spent, and
    /// does not tell which.
    Nullifier,
    /// A plan's commitment P, its one-time name on the ledger.
    Handle,
    /// A match record's commitment MR.
    MatchId,
    /// A delivery record's commitment AR.
    DeliveryId,
}

/// The nullifier of the record at a position of the tree, for its owner's nullifier key nk.
pub fn nullifier(nk: Fr, commitment: Commitment, position: Position) -> Nullifier {
    Nullifier(hash(Tag::Nullifier, &[nk, commitment.0, Fr::from(position.0)]))
}
