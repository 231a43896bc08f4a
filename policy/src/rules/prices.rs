//! The prices that a policy allows under a cycle's terms.

use crate::policy::{Buy, Preferences, Sell};
use crate::terms::Terms;
use protocol::market_parameters::PriceGrid;
use protocol::units::{Price, Tick, TICKS};

/// The least price at which the policy sells: its floor, the floor's share of the way from feed-in
/// to retail, and in any case the feed-in tariff.
pub(crate) fn floor(sell: &Sell, terms: &Terms) -> Price {
    sell.floor.max(sell.floor_share.way_up(terms.feed_in, terms.retail))
}

/// The greatest price at which the policy buys: its ceiling, the ceiling's share of the way from
/// feed-in to retail, and in any case the retail tariff.
pub(crate) fn ceiling(buy: &Buy, terms: &Terms) -> Price {
    buy.ceiling.min(buy.ceiling_share.way_down(terms.feed_in, terms.retail)).min(terms.retail)
}

/// The ask for a floor: the least price of the grid that is not below it and not above retail.
pub(crate) fn ask(floor: Price, terms: &Terms) -> Option<Price> {
    up(&terms.grid, floor).filter(|ask| *ask <= terms.retail)
}

/// The limit for a ceiling: the greatest price of the grid that is not above it and not below
/// feed-in.
pub(crate) fn limit(ceiling: Price, terms: &Terms) -> Option<Price> {
    down(&terms.grid, ceiling).filter(|limit| *limit >= terms.feed_in)
}

/// The wanted price of a bid: on the grid, at the preference's share of the way from feed-in to
/// retail or below it where the grid allows, and at most the limit.
pub(crate) fn wanted(preferences: &Preferences, terms: &Terms, limit: Price) -> Price {
    let ideal = preferences.wanted_price_share.way_down(terms.feed_in, terms.retail);
    down(&terms.grid, ideal).unwrap_or(terms.grid.first()).min(limit)
}

/// The least price of the grid that is not below `price`.
fn up(grid: &PriceGrid, price: Price) -> Option<Price> {
    let above = price.get().saturating_sub(grid.first().get());
    at(grid, above.div_ceil(grid.step().get()))
}

/// The greatest price of the grid that is not above `price`.
fn down(grid: &PriceGrid, price: Price) -> Option<Price> {
    let above = price.get().checked_sub(grid.first().get())?;
    at(grid, (above / grid.step().get()).min(TICKS as u64 - 1))
}

fn at(grid: &PriceGrid, tick: u64) -> Option<Price> {
    let tick = u8::try_from(tick).ok().and_then(|tick| Tick::new(tick).ok())?;
    Some(grid.price(tick))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn prices_snap_in_the_households_favour() {
        let price = |value| Price::new(value).unwrap();
        let grid = PriceGrid::new(price(100), price(10)).unwrap();
        let both = |value| (up(&grid, price(value)).map(Price::get), down(&grid, price(value)).map(Price::get));
        assert_eq!(both(0), (Some(100), None));
        assert_eq!(both(100), (Some(100), Some(100)));
        assert_eq!(both(101), (Some(110), Some(100)));
        assert_eq!(both(570), (Some(570), Some(570)));
        assert_eq!(both(571), (None, Some(570)));
        assert_eq!(both(u32::MAX.into()), (None, Some(570)));
    }
}
