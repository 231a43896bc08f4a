//! What a CMAP market is, whatever it was read from: plans of both sides, how far each pair is
//! apart, and the terms by which pairs are scored.

use crate::transport::Table;
use protocol::units::{Energy, EnergyType, Price, Reputation};

/// The terms of a market.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Terms {
    /// A seller that asks for less is not believed: its price scores nothing. In micro-currency per
    /// kWh.
    pub price_min: u64,
    /// A buyer that would pay so much or more is not believed either. In micro-currency per kWh.
    pub price_max: u64,
    /// The distance from which on the score of losses is nothing, in metres; at least 1, below 2^32.
    pub reach: u64,
    /// Which pairs may trade.
    pub pairs: Pairs,
    /// How much the buyers' and the sellers' satisfaction count, 0 to 15, not both 0.
    pub side_weights: [u8; 2],
}

/// Which pairs may trade.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Pairs {
    /// Those whose limit is at or above the ask.
    Willing,
    /// All, as in the source: the price then lies between ask and limit, and one of them loses.
    All,
}

/// How a plan answers its matches.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Stance {
    /// It refuses a match whose satisfaction is below so many millionths.
    pub refuse_below: u32,
    /// What it does after a round in which any of its matches was refused, by itself or by the
    /// other.
    pub after_refusal: After,
}

impl Stance {
    /// Refuses nothing.
    pub const WILLING: Stance = Stance { refuse_below: 0, after_refusal: After::Again };
    /// Refuses every match of the first round that has one for it, and leaves.
    pub const REFUSES: Stance = Stance { refuse_below: u32::MAX, after_refusal: After::Grid };
}

/// What a plan does after a refusal.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum After {
    /// It stays in the market.
    Again,
    /// It leaves; what it has left is for the grid.
    Grid,
}

/// What a seller minds, per mille, 1000 together.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct SellerWeights {
    /// The price.
    pub price: u16,
    /// How much of its energy the buyer needs.
    pub demand: u16,
    /// The distance.
    pub loss: u16,
    /// The buyer's reputation.
    pub reputation: u16,
}

/// What a buyer minds, per mille, 1000 together.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct BuyerWeights {
    /// The price.
    pub price: u16,
    /// How much of its need the seller has.
    pub supply: u16,
    /// The distance.
    pub loss: u16,
    /// Whether the energy is of the type that it wants.
    pub energy_type: u16,
    /// Whether the energy is clean.
    pub environment: u16,
    /// The seller's reputation.
    pub reputation: u16,
}

/// A sell plan.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Seller {
    /// The least that it wants for a kWh.
    pub ask: Price,
    /// The energy on offer.
    pub volume: Energy,
    /// The source of the energy.
    pub energy_type: EnergyType,
    /// Its reputation.
    pub reputation: Reputation,
    /// What it minds.
    pub weights: SellerWeights,
    /// How it answers.
    pub stance: Stance,
}

/// A buy plan.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Buyer {
    /// The most that it gives for a kWh.
    pub limit: Price,
    /// The energy that it needs.
    pub volume: Energy,
    /// The type that it wants. None where it does not mind.
    pub wanted: Option<EnergyType>,
    /// Its reputation.
    pub reputation: Reputation,
    /// What it minds.
    pub weights: BuyerWeights,
    /// How it answers.
    pub stance: Stance,
}

/// The plans of a market in list order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pool {
    /// The terms.
    pub terms: Terms,
    /// The sell plans.
    pub sellers: Vec<Seller>,
    /// The buy plans.
    pub buyers: Vec<Buyer>,
    /// How many metres the energy goes, by buyer (row) and seller (column). None: there is no way.
    pub distances: Table<Option<u64>>,
}
