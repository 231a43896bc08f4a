//! The prices of the buses.

use super::cleared::{Clearing, Plan};
use super::sweep::{reached, reaching};
use crate::network::Way;
use protocol::units::{Energy, Price};

/// The prices that support a market's trades at a bus. Where nothing bounds an end, it is None.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Interval {
    /// The value of the last Wh: what it would be worth to take out one less.
    pub low: Option<Price>,
    /// The cost of the next Wh: what it would cost to take out one more.
    pub high: Option<Price>,
}

impl Interval {
    /// The midpoint, rounded down. An end that nothing bounds counts as the other; None where
    /// nothing bounds either.
    pub fn price(&self) -> Option<Price> {
        match (self.low, self.high) {
            (Some(low), Some(high)) => Some(Price::new((low.get() + high.get()) / 2).expect("between two prices")),
            (one, other) => one.or(other),
        }
    }
}

/// The interval of each bus, after the trades.
pub(super) fn intervals(clearing: &Clearing<'_>) -> Vec<Interval> {
    let market = clearing.market;
    let open = |line: usize, way: Way| clearing.room[line].open(way);
    let some_left = |plan: &Plan, left: Energy| left > Energy::ZERO && plan.energy > Energy::ZERO;
    let some_traded = |plan: &Plan, left: Energy| left < plan.energy;
    let mut lows = vec![None; market.radial.buses()];
    let mut highs = lows.clone();
    let mut bound = |plan: &Plan, low: bool, high: bool| {
        if low {
            lows[plan.bus] = lows[plan.bus].max(Some(plan.price));
        }
        if high {
            highs[plan.bus] = Some(highs[plan.bus].map_or(plan.price, |least: Price| least.min(plan.price)));
        }
    };
    for (offer, left) in market.offers.iter().zip(&clearing.unsold) {
        bound(offer, some_traded(offer, *left), some_left(offer, *left));
    }
    for (bid, left) in market.bids.iter().zip(&clearing.unserved) {
        bound(bid, some_left(bid, *left), some_traded(bid, *left));
    }
    let lows = reached(market.radial, open, lows, Price::max);
    let highs = reaching(market.radial, open, highs, Price::min);
    lows.into_iter().zip(highs).map(|(low, high)| Interval { low, high }).collect()
}
