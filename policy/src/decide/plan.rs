//! A plan that a household lists.

use protocol::plan::Bid;
use protocol::units::{Energy, EnergyType, Money, Price, Side};

/// A plan to list.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Plan {
    /// A sell plan.
    Sell(SellPlan),
    /// A buy plan.
    Buy(Bid),
}

/// The terms of a sell plan. Place and reputation are the household's.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SellPlan {
    /// What the energy is made from.
    pub energy_type: EnergyType,
    /// The forecast surplus, at most the market's greatest energy.
    pub generated: Energy,
    /// The volume on offer, 1 Wh to `generated`.
    pub volume: Energy,
    /// The least acceptable price, on the grid.
    pub ask: Price,
}

impl Plan {
    /// The plan's side.
    pub const fn side(&self) -> Side {
        match self {
            Plan::Sell(_) => Side::Sell,
            Plan::Buy(_) => Side::Buy,
        }
    }

    /// The volume on offer or wanted.
    pub const fn volume(&self) -> Energy {
        match self {
            Plan::Sell(sell) => sell.volume,
            Plan::Buy(bid) => bid.volume,
        }
    }

    /// The money that the plan locks: volume times limit for a buy plan, none for a sell plan.
    pub fn lock(&self) -> Money {
        match self {
            Plan::Sell(_) => Money::ZERO,
            Plan::Buy(bid) => bid.volume.at(bid.limit),
        }
    }
}
