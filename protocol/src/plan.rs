//! What a plan says in the clear: an offer (sell) or a bid (buy).

use crate::units::{Energy, EnergyType, Place, Price, Reputation, Weight};

/// Contents of a sell plan.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Offer {
    /// Volume on offer.
    pub volume: Energy,
    /// Least acceptable price, on the tick grid.
    pub ask: Price,
    /// What the energy is made from.
    pub energy_type: EnergyType,
    /// Place of the seller's household.
    pub place: Place,
    /// Reputation of the seller's household.
    pub reputation: Reputation,
}

/// Contents of a buy plan.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Bid {
    /// Volume wanted now (what is left, in a plan listed again).
    pub volume: Energy,
    /// Highest acceptable price, on the tick grid.
    pub limit: Price,
    /// What the buyer would like best.
    pub wanted: Wanted,
    /// How much it minds a difference.
    pub weights: Weights,
}

/// The ideal offer, X of the dissimilarity (spec 30).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Wanted {
    /// Price, on the tick grid.
    pub price: Price,
    /// Volume; stays what it was when a plan is listed again.
    pub volume: Energy,
    /// Reputation.
    pub reputation: Reputation,
    /// Place.
    pub place: Place,
}

/// Weights of the dissimilarity, 0..=15 each.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Weights {
    /// Of the price.
    pub price: Weight,
    /// Of the volume.
    pub volume: Weight,
    /// Of the reputation.
    pub reputation: Weight,
    /// Of the squared distance.
    pub place: Weight,
    /// Cost of each energy type, by its number.
    pub types: [Weight; 5],
}

impl Weights {
    /// The cost of an energy type.
    pub fn energy_type(&self, t: EnergyType) -> Weight {
        self.types[usize::from(t.number())]
    }
}
