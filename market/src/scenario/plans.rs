//! A scenario in the market's own types, every bound and rule checked.

use crate::settlement::Tariff;
use crate::utc::Utc;
use protocol::market_parameters::MarketParameters;
use protocol::plan::{Bid, Offer};
use protocol::terms::Terms;
use protocol::units::{Cycle, Energy, EnergyType, Money, Place, Price, Reputation, Side};

/// A market to play: its parameters, its households, and what they post cycle by cycle.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Scenario {
    /// The market's parameters, the same in every cycle.
    pub market: MarketParameters,
    /// The market's other terms, the same in every cycle too.
    pub terms: Terms,
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

/// A cycle's plans in list order, at most one per household, and the metered energy that no plan
/// covers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CyclePlans {
    /// The cycle's number.
    pub cycle: Cycle,
    /// When it starts, for people and figures; no rule depends on it. The starts that a scenario
    /// states strictly increase.
    pub starts: Option<Utc>,
    /// The grid's prices in this cycle, where they are not the market's.
    pub tariff: Option<Tariff>,
    /// The plans.
    pub plans: Vec<ScenarioPlan>,
    /// Metered energy that no plan covers, at most one for each household.
    pub unplanned: Vec<Unplanned>,
}

/// Metered energy of a household in a cycle that no plan of it covers: all of it where the
/// household has no plan, or what it consumed where it sells, and what it injected where it buys.
/// Only the grid settles it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Unplanned {
    /// Index of the household in [`Scenario::households`].
    pub household: usize,
    /// What the meter will show as injected. Zero where the household sells.
    pub injected: Energy,
    /// What the meter will show as consumed. Zero where the household buys.
    pub consumed: Energy,
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

    /// The market's parameters in a cycle, with the cycle's own tariff where it has one.
    pub fn market_in(&self, cycle: &CyclePlans) -> MarketParameters {
        let Tariff { feed_in, retail } = self.tariff(cycle);
        MarketParameters { feed_in, retail, ..self.market }
    }

    /// The grid's prices in a cycle: its own, or else the market's.
    pub fn tariff(&self, cycle: &CyclePlans) -> Tariff {
        cycle.tariff.unwrap_or(Tariff { feed_in: self.market.feed_in, retail: self.market.retail })
    }
}
