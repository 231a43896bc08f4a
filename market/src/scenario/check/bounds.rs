//! Checks of single values, and the paths of what they refuse.

use crate::scenario::refused::{Problem, Refused};
use protocol::market_parameters::{PriceGrid, Range};
use protocol::terms::Terms;
use protocol::units::{Energy, Metres, Price, Reputation, Weight};

/// Adds the path of the field to a problem. The path is made only when there is a problem.
pub(super) trait At<T> {
    fn at(self, path: impl FnOnce() -> String) -> Result<T, Refused>;
}

impl<T> At<T> for Result<T, Problem> {
    fn at(self, path: impl FnOnce() -> String) -> Result<T, Refused> {
        self.map_err(|problem| Refused { path: path(), problem })
    }
}

pub(super) const OF_TYPE: &str = "the bound is the type's own";

pub(super) fn within(value: u64, least: u64, most: u64) -> Result<u64, Problem> {
    if (least..=most).contains(&value) {
        Ok(value)
    } else {
        Err(Problem::Bounds { value, least, most })
    }
}

/// Energy of a household in a cycle of the market.
pub(super) fn energy(value: u64, terms: &Terms) -> Result<Energy, Problem> {
    match Energy::new(value) {
        Ok(energy) if energy <= terms.greatest_energy => Ok(energy),
        _ => Err(Problem::AboveGreatestEnergy { value, greatest_energy: terms.greatest_energy.get() }),
    }
}

pub(super) fn price(value: u64, least: u64) -> Result<Price, Problem> {
    within(value, least, Price::MAX.get()).map(|value| Price::new(value).expect(OF_TYPE))
}

pub(super) fn metres(value: u64) -> Result<Metres, Problem> {
    within(value, 0, Metres::MAX.get().into()).map(|value| Metres::new(value as u32).expect(OF_TYPE))
}

pub(super) fn reputation(value: u64) -> Result<Reputation, Problem> {
    within(value, 0, Reputation::MAX.get().into()).map(|value| Reputation::new(value as u8).expect(OF_TYPE))
}

pub(super) fn weight(value: u64) -> Result<Weight, Problem> {
    within(value, 0, Weight::MAX.get().into()).map(|value| Weight::new(value as u8).expect(OF_TYPE))
}

pub(super) fn range([lo, hi]: [u64; 2], most: u64) -> Result<Range, Problem> {
    within(lo, 0, most)?;
    within(hi, 0, most)?;
    Range::new(lo as u32, hi as u32).map_err(|_| Problem::Range { lo, hi })
}

/// A wanted value, moved into the attribute's range, as the score counts it.
pub(super) fn clamped(value: u64, range: &Range) -> u64 {
    value.clamp(range.lo().into(), range.hi().into())
}

pub(super) fn on_grid(value: u64, grid: &PriceGrid) -> Result<Price, Problem> {
    let off = || Problem::OffGrid { price: value, first: grid.first().get(), step: grid.step().get() };
    let price = Price::new(value).map_err(|_| off())?;
    grid.tick(price).map(|_| price).map_err(|_| off())
}
