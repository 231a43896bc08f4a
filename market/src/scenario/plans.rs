//! A scenario in the market's own types, every bound and rule checked.

use protocol::market_parameters::MarketParameters;
use protocol::plan::{Bid, Offer};
use protocol::units::{Cycle, Energy, EnergyType, Money, Place, Price, Reputation, Side};

/// A market to play: its parameters, its households, and what they post cycle by cycle.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Scenario {
    /// The market's parameters, the same in every cycle.
    pub market: MarketParameters,
    /// The households, their ids all different.
    pub households: Vec<Household>,
    /// The cycles, their numbers strictly increasing.
    pub cycles: Vec<CyclePlans>,
}

/// A household at the start of a scenario.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Household {
    /// Its name in scenario and report.
    pub id: String,
    /// Its place.
    pub place: Place,
    /// Its reputation at the start.
    pub reputation: Reputation,
    /// Its balance at the start.
    pub balance: Money,
}

/// A cycle's plans in list order, at most one per household.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CyclePlans {
    /// The cycle's number.
    pub cycle: Cycle,
    /// The plans.
    pub plans: Vec<ScenarioPlan>,
}

/// What a household posts in a cycle, what its meter will show, and how it answers its first match.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ScenarioPlan {
    /// Index of the household in [`Scenario::households`].
    pub household: usize,
    /// The plan's terms and the meter's reading.
    pub intent: Intent,
    /// How its household answers a match.
    pub confirm: Confirm,
}

/// The two sides of a plan.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Intent {
    /// The household sells.
    Sell(Sell),
    /// The household buys.
    Buy(Buy),
}

/// A sell plan. Place and reputation are the household's.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Sell {
    /// What the energy is made from.
    pub energy_type: EnergyType,
    /// Energy of its generation record.
    pub generated: Energy,
    /// Volume on offer, 1..=generated.
    pub volume: Energy,
    /// Least acceptable price, on the grid.
    pub ask: Price,
    /// What the meter will show as injected.
    pub injected: Energy,
}

/// A buy plan.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Buy {
    /// The contents of the plan.
    pub bid: Bid,
    /// What the meter will show as consumed.
    pub consumed: Energy,
}

/// How a household answers a match.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Confirm {
    /// The household confirms.
    Yes,
    /// The household refuses, and its plan leaves the market for the cycle.
    Refuse,
}

impl Sell {
    /// The plan's contents, with the household's place and its reputation in force.
    pub fn offer(&self, place: Place, reputation: Reputation) -> Offer {
        Offer { volume: self.volume, ask: self.ask, energy_type: self.energy_type, place, reputation }
    }
}

impl Buy {
    /// The money that backs the plan: its volume times its limit.
    pub fn lock(&self) -> Money {
        self.bid.volume.at(self.bid.limit)
    }
}

impl ScenarioPlan {
    /// Its side.
    pub const fn side(&self) -> Side {
        match self.intent {
            Intent::Sell(_) => Side::Sell,
            Intent::Buy(_) => Side::Buy,
        }
    }

    /// The volume on offer or wanted.
    pub const fn volume(&self) -> Energy {
        match &self.intent {
            Intent::Sell(sell) => sell.volume,
            Intent::Buy(buy) => buy.bid.volume,
        }
    }
}

impl Scenario {
    /// Number of plans in all cycles.
    pub fn plans(&self) -> usize {
        self.cycles.iter().map(|cycle| cycle.plans.len()).sum()
    }
}
