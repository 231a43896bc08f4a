//! The contents of a plan in the clear: an offer (sell plan) or a bid (buy plan).

use crate::units::{Energy, EnergyType, Place, Price, Reputation, Weight};

/// The contents of a sell plan.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Offer {
    /// The volume on offer.
    pub volume: Energy,
    /// The least acceptable price, on the tick grid.
    pub ask: Price,
    /// The source of the energy.
    pub energy_type: EnergyType,
    /// The place of the seller's household.
    pub place: Place,
    /// The reputation of the seller's household.
    pub reputation: Reputation,
}

/// The contents of a buy plan.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Bid {
    /// The volume that is wanted now. A plan that is listed again wants what is left.
    pub volume: Energy,
    /// The highest acceptable price, on the tick grid.
    pub limit: Price,
    /// The offer that the buyer would like best.
    pub wanted: Wanted,
    /// How much the buyer minds each difference.
    pub weights: Weights,
}

/// A buyer's ideal offer: the capital letters in the score of docs/protocol/30-matching.md.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Wanted {
    /// The ideal price, on the tick grid.
    pub price: Price,
    /// The ideal volume. It does not change when a plan is listed again.
    pub volume: Energy,
    /// The ideal reputation.
    pub reputation: Reputation,
    /// The ideal place.
    pub place: Place,
}

/// The weights of a buyer's score, 0..=15 each.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Weights {
    /// Weight of the difference in price.
    pub price: Weight,
    /// Weight of the difference in volume.
    pub volume: Weight,
    /// Weight of the difference in reputation.
    pub reputation: Weight,
    /// Weight of the squared distance.
    pub place: Weight,
    /// The cost of each energy type, by the type's number.
    pub types: [Weight; 5],
}

impl Weights {
    /// The cost of an energy type.
    pub fn energy_type(&self, t: EnergyType) -> Weight {
        self.types[usize::from(t.number())]
    }
}
