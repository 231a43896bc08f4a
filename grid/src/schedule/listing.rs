//! What a wallet lists of a schedule: its first cycle.

use super::Worth;
use protocol::market_parameters::PriceGrid;
use protocol::units::{Energy, Price, Tick, TICKS};

/// What a wallet lists. Energy that it sells or buys at this price or a better one leaves it no worse
/// off than its schedule without a market.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Listing {
    /// It sells.
    Sell {
        /// How much, in whole Wh.
        volume: Energy,
        /// For how much at least.
        ask: Price,
    },
    /// It buys.
    Buy {
        /// How much, in whole Wh.
        volume: Energy,
        /// For how much at most.
        limit: Price,
    },
}

/// What a float may lack of a whole Wh and still be one.
const WH: f64 = 1e-5;
/// What a float may be off a price of the grid and still be that price, in micro-currency per kWh.
const MICRO: f64 = 0.05;

/// The whole Wh of a net energy.
pub(super) fn volume(net: f64) -> Energy {
    Energy::new((net.abs() + WH).floor() as u64).unwrap_or(Energy::MAX)
}

impl Listing {
    /// What a wallet lists of a net energy of so many whole Wh. None: no price of the grid is high
    /// enough (to sell) or low enough (to buy).
    pub(super) fn of(net: f64, volume: Energy, worth: &Worth, grid: &PriceGrid) -> Option<Listing> {
        match net > 0.0 {
            true => Some(Listing::Sell { volume, ask: price_up(grid, worth.low()?)? }),
            false => Some(Listing::Buy { volume, limit: price_down(grid, worth.high()?)? }),
        }
    }
}

/// The least price of the grid that is not below a worth. None: the worth is above the last price.
pub fn price_up(grid: &PriceGrid, worth: f64) -> Option<Price> {
    at(grid, ((worth - MICRO - first(grid)) / step(grid)).ceil().max(0.0))
}

/// The greatest price of the grid that is not above a worth. None: the worth is below the first price.
pub fn price_down(grid: &PriceGrid, worth: f64) -> Option<Price> {
    at(grid, ((worth + MICRO - first(grid)) / step(grid)).floor().min((TICKS - 1) as f64))
}

fn first(grid: &PriceGrid) -> f64 {
    grid.first().get() as f64
}

fn step(grid: &PriceGrid) -> f64 {
    grid.step().get() as f64
}

fn at(grid: &PriceGrid, tick: f64) -> Option<Price> {
    match (0.0..TICKS as f64).contains(&tick) {
        true => Tick::new(tick as u8).ok().map(|tick| grid.price(tick)),
        false => None,
    }
}
