//! A household's policy: what it does in the market without asking a person. `docs/policy.md`
//! explains each key, and [`Policy::default_toml`] is the file with every default.
//!
//! The schedule of a household's devices ([`crate::devices`]) stands between forecast and decision: it
//! replaces the forecast's net energy by what is left after the devices, and no price is worse than
//! what one Wh more or less is worth to them.

mod devices;
mod file;
mod refused;
mod section;

pub use file::MAX_BYTES;
pub use refused::{Problem, Refused};

use crate::devices::Devices;
use crate::forecast::Lookback;
use crate::share::Share;
use protocol::plan::Weights;
use protocol::units::{Energy, EnergyType, Money, Price, Reputation, Weight};

/// A household's policy.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Policy {
    /// What it sells, and for how much.
    pub sell: Sell,
    /// What it buys, and for how much.
    pub buy: Buy,
    /// What an offer should be like that it buys.
    pub preferences: Preferences,
    /// The markets in which it trades without asking.
    pub bounds: Bounds,
    /// When it stops listing for a while.
    pub hold_back: HoldBack,
    /// How it forecasts.
    pub forecast: Forecasting,
    /// Which shortfalls it pays without asking.
    pub shortfall: Shortfalls,
    /// The devices that it schedules.
    pub devices: Devices,
}

/// How a household sells.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Sell {
    /// Whether it sells at all.
    pub enabled: bool,
    /// It never asks for less than this price.
    pub floor: Price,
    /// Nor for less than the price at this share of the way from the feed-in tariff up to retail.
    pub floor_share: Share,
    /// The share of the forecast surplus that it offers.
    pub share: Share,
    /// The energy of each slot's surplus that it never offers, for its own use.
    pub keep: Energy,
    /// What its energy is made from.
    pub energy_type: EnergyType,
}

/// How a household buys.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Buy {
    /// Whether it buys at all.
    pub enabled: bool,
    /// It never pays more than this price.
    pub ceiling: Price,
    /// Nor more than the price at this share of the way from the feed-in tariff up to retail.
    pub ceiling_share: Share,
    /// The share of the forecast lack that it bids for.
    pub share: Share,
    /// The most money that it commits to buy plans of one local day.
    pub daily_budget: Money,
}

/// What a household would like to buy best, and how much it minds differences.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Preferences {
    /// The weights of a bid. The place's weight is the distance's.
    pub weights: Weights,
    /// Where the wanted price lies on the way from the feed-in tariff up to retail.
    pub wanted_price_share: Share,
    /// The wanted reputation of the seller.
    pub wanted_reputation: Reputation,
}

/// The tariffs, penalties and price grids under which a household trades without asking.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Bounds {
    /// The feed-in tariff.
    pub feed_in: PriceBounds,
    /// The retail tariff.
    pub retail: PriceBounds,
    /// The greatest penalty for a missed delivery.
    pub penalty_most: Price,
    /// The first and the last price of the grid.
    pub grid: PriceBounds,
    /// The greatest difference of neighbouring prices of the grid.
    pub grid_step_most: Price,
}

/// A least and a greatest price. Both are within the bounds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PriceBounds {
    /// The least price.
    pub least: Price,
    /// The greatest price.
    pub most: Price,
}

/// When a household stops listing plans for a while.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct HoldBack {
    /// It lists nothing after this many failed matches ...
    pub failures: u32,
    /// ... within this many slots.
    pub slots: u32,
}

/// How a household forecasts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Forecasting {
    /// How far it looks back, and how much it needs to see.
    pub lookback: Lookback,
    /// It lists nothing by a forecast of which more than this share of readings is estimated.
    pub estimated_most: Share,
}

/// Which shortfalls a household pays without asking.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Shortfalls {
    /// Whether it pays any without asking.
    pub pay: bool,
    /// A claim may exceed the household's own figure by this share of it ...
    pub margin: Share,
    /// ... or by this much energy, whichever is more.
    pub margin_energy: Energy,
    /// The most money that it pays for shortfalls on one local day.
    pub daily_cap: Money,
}

/// The defaults are constants within their types' bounds.
const CONSTANT: &str = "a default lies within its bounds";

fn price(micro: u64) -> Price {
    Price::new(micro).expect(CONSTANT)
}

fn money(nano: u64) -> Money {
    Money::new(nano).expect(CONSTANT)
}

fn energy(wh: u64) -> Energy {
    Energy::new(wh).expect(CONSTANT)
}

fn share(per_mille: u16) -> Share {
    Share::new(per_mille).expect(CONSTANT)
}

fn weight(value: u8) -> Weight {
    Weight::new(value).expect(CONSTANT)
}

impl Default for Policy {
    fn default() -> Policy {
        Policy {
            sell: Sell {
                enabled: true,
                floor: Price::ZERO,
                floor_share: share(500),
                share: share(900),
                keep: Energy::ZERO,
                energy_type: EnergyType::Solar,
            },
            buy: Buy {
                enabled: true,
                ceiling: price(1_000_000),
                ceiling_share: Share::ALL,
                share: share(900),
                daily_budget: money(5_000_000_000),
            },
            preferences: Preferences {
                weights: Weights {
                    price: weight(10),
                    volume: weight(4),
                    reputation: weight(4),
                    place: weight(8),
                    types: [weight(0), weight(0), weight(12), weight(0), weight(4)],
                },
                wanted_price_share: share(0),
                wanted_reputation: Reputation::MAX,
            },
            bounds: Bounds {
                feed_in: PriceBounds { least: Price::ZERO, most: price(500_000) },
                retail: PriceBounds { least: price(50_000), most: price(1_000_000) },
                penalty_most: price(500_000),
                grid: PriceBounds { least: Price::ZERO, most: price(2_000_000) },
                grid_step_most: price(50_000),
            },
            hold_back: HoldBack { failures: 3, slots: 96 },
            forecast: Forecasting {
                lookback: Lookback { days: 14, least_days: 2, least_days_of_kind: 3 },
                estimated_most: share(500),
            },
            shortfall: Shortfalls {
                pay: true,
                margin: share(100),
                margin_energy: energy(50),
                daily_cap: money(2_000_000_000),
            },
            devices: Devices::default(),
        }
    }
}

impl Policy {
    /// The policy file with every key at its default, and a comment on each.
    pub const fn default_toml() -> &'static str {
        include_str!("policy/default.toml")
    }
}

#[cfg(test)]
mod tests;
