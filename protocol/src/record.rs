//! Records (leaves of the tree) and one-time handles (spec 10). Each commitment is a Poseidon hash of an opening whose
//! entries are field elements, in the order of the spec's table; quantities enter an opening from their newtypes.

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
    /// `H_nf(nk, commitment, position)`: published when a G, S or B is spent.
    Nullifier,
    /// A plan's commitment P: its one-time handle.
    Handle,
    /// A match record's commitment MR.
    MatchId,
    /// A delivery record's commitment AR.
    DeliveryId,
}

/// A record's nullifier.
pub fn nullifier(nk: Fr, commitment: Commitment, position: Position) -> Nullifier {
    Nullifier(hash(Tag::Nullifier, &[nk, commitment.0, Fr::from(position.0)]))
}
