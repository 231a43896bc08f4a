//! The attributes of an offer that a bid cares about.

use crate::score::QuantisedBid;

/// Attributes along which the trees of a view divide their offers. The price is always one of them:
/// it decides what is feasible.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Attributes {
    pub(super) volume: bool,
    pub(super) reputation: bool,
    pub(super) place: bool,
    pub(super) energy_type: bool,
}

impl Attributes {
    pub(super) const ALL: Attributes = Attributes { volume: true, reputation: true, place: true, energy_type: true };

    /// The attributes with a weight above zero in the bid, and the price.
    pub(super) fn of(bid: &QuantisedBid) -> Attributes {
        let [_, volume, reputation, place] = bid.weights.map(|weight| weight > 0);
        let energy_type = bid.types.iter().any(|cost| *cost != bid.types[0]);
        Attributes { volume, reputation, place, energy_type }
    }
}
