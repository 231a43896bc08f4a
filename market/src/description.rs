//! What a community's market is like, from the bytes of a TOML file (`docs/market-description.md`):
//! its currency, the grid's prices by interval, fees and levies, the market's rules, what
//! households start with, shares, and where the households' policy is.
//!
//! Scenarios are made from a description and readings ([`crate::neighbourhood`]). Every price is
//! read exactly from its digits; no float takes part.

mod policy;
pub mod prices;
mod read;
mod refused;
pub mod series;
mod shares;
mod table;
mod tariffs;
mod warnings;

pub use policy::PolicySource;
pub use prices::{Band, Bands, LocalTime, Prices, SeriesFile};
pub use refused::{Problem, Refused};
pub use series::Series;
pub use shares::{Coefficient, Division, Shares};
pub use tariffs::{NoPrice, SeriesRefused};

use protocol::market_parameters::{MarketParameters, PriceGrid, PriceRule, Ranges};
use protocol::terms::Terms;
use protocol::units::{Money, PerMille, Place, Price, Reputation};
use std::collections::BTreeMap;

/// Largest description that is read, in bytes.
pub const MAX_BYTES: u64 = 4 << 20;

/// The default description, with a comment for each key.
pub const DEFAULT: &str = include_str!("description/default.toml");

/// What a community's market is like.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Description {
    /// The time zone of bands, as the tz database calls it. This crate knows no zones: a caller
    /// checks the name, and gives local times.
    pub zone: String,
    /// The currency, for figures.
    pub currency: Currency,
    /// The grid's prices, and what comes on top of energy.
    pub tariff: Tariffs,
    /// The market's rules.
    pub market: Rules,
    /// What households start with.
    pub start: Start,
    /// Where households are.
    pub places: Places,
    /// How shares are divided, for the rule of that name.
    pub shares: Shares,
    /// Where the households' policy is.
    pub policy: PolicySource,
    /// Where the policies of single households are, by household. The others have [`Description::policy`].
    pub policies: BTreeMap<String, PolicySource>,
}

/// A currency as people write it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Currency {
    /// Its name.
    pub name: String,
    /// Its symbol.
    pub symbol: String,
    /// Decimal places of its minor unit: 2 where it has cents. At most 9.
    pub decimals: u8,
}

/// The grid's prices, and what comes on top of energy.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Tariffs {
    /// What a household pays the grid for energy, without fees and levies.
    pub retail: Prices,
    /// What the grid pays for surplus.
    pub feed_in: Prices,
    /// What the use of the network costs, per kWh that a household takes.
    pub network_fee: Fee,
    /// Taxes and levies, per kWh that a household takes.
    pub levies: Fee,
}

/// A price on top of energy. It is in bills only: no rule of the market knows it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Fee {
    /// On energy from the grid.
    pub grid: Price,
    /// On energy from a neighbour.
    pub local: Price,
}

/// The market's rules.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Rules {
    /// The prices that plans may have.
    pub grid: PriceGrid,
    /// The ranges of attributes.
    pub ranges: Ranges,
    /// The deviation that is tolerated.
    pub tolerance: PerMille,
    /// How a match's price is set.
    pub price_rule: PriceRule,
    /// Most rounds of a cycle.
    pub max_rounds: u8,
    /// Penalty, least lot, greatest energy, imbalance.
    pub terms: Terms,
}

/// What households start with. None: drawn from the scenario's seed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Start {
    /// The reputation.
    pub reputation: Option<Reputation>,
    /// The money.
    pub balance: Option<Money>,
}

/// Where households are.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Places {
    /// The seed from which places are drawn. None: the scenario's.
    pub seed: Option<u64>,
    /// Places that are known, by household.
    pub given: BTreeMap<String, Place>,
}

impl Description {
    /// The parameters of the market. None while a series of prices was not read.
    pub fn parameters(&self) -> Option<MarketParameters> {
        Some(MarketParameters {
            grid: self.market.grid,
            ranges: self.market.ranges,
            tolerance: self.market.tolerance,
            price_rule: self.market.price_rule,
            max_rounds: self.market.max_rounds,
            feed_in: self.tariff.feed_in.base()?,
            retail: self.tariff.retail.base()?,
        })
    }
}

/// The default: what [`DEFAULT`] says.
impl Default for Description {
    fn default() -> Description {
        Description::parse(DEFAULT.as_bytes()).expect("a test reads it")
    }
}

#[cfg(test)]
mod tests;
