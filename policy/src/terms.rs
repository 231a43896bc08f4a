//! The market's terms in a cycle, as far as a household's decisions need them.

use protocol::market_parameters::{MarketParameters, PriceGrid, Ranges};
use protocol::units::{Energy, Price};

/// The terms of a cycle.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Terms {
    /// The grid of allowed prices.
    pub grid: PriceGrid,
    /// The ranges into which wanted values are moved.
    pub ranges: Ranges,
    /// The feed-in tariff of the cycle, at which the grid takes surplus.
    pub feed_in: Price,
    /// The retail tariff of the cycle, at which the grid delivers.
    pub retail: Price,
    /// The penalty for energy that was promised and not delivered or not taken.
    pub penalty: Price,
    /// The least volume of a plan.
    pub least_lot: Energy,
    /// The greatest volume of a plan, and the greatest energy of a meter, in a cycle.
    pub greatest_energy: Energy,
}

impl Terms {
    /// The terms of a market without a penalty and with lots from 1 Wh to 12,500 Wh. A caller sets
    /// the public fields where the market or the cycle's tariff differ.
    pub fn of(market: &MarketParameters) -> Terms {
        Terms {
            grid: market.grid,
            ranges: market.ranges,
            feed_in: market.feed_in,
            retail: market.retail,
            penalty: Price::ZERO,
            least_lot: Energy::new(1).expect("1 Wh is an energy"),
            greatest_energy: Energy::new(12_500).expect("12,500 Wh is an energy"),
        }
    }
}
