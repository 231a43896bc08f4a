//! Checks a market's parameters and terms.

use super::bounds::{price, range, within, At, OF_TYPE};
use crate::scenario::file;
use crate::scenario::refused::{Problem, Refused};
use protocol::market_parameters::{MarketParameters, PriceGrid, PriceRule, Ranges};
use protocol::terms::{Imbalance, Terms};
use protocol::units::{Energy, Metres, PerMille, Price, Reputation, TICKS};

/// Checks the market's parameters and its terms.
pub(super) fn market(of: &file::Market) -> Result<(MarketParameters, Terms), Refused> {
    Ok((parameters(of)?, terms(of)?))
}

fn at(field: &'static str) -> impl FnOnce() -> String {
    move || format!("market.{field}")
}

fn parameters(of: &file::Market) -> Result<MarketParameters, Refused> {
    let tolerance = within(of.tolerance_permille, 0, PerMille::MAX.get().into()).at(at("tolerance_permille"))?;
    let max_rounds = within(of.max_rounds, 1, u8::MAX.into()).at(at("max_rounds"))?;
    let first = price(of.price_grid.first, 0).at(at("price_grid.first"))?;
    // The last tick must be a price too.
    let most = (Price::MAX.get() - first.get()) / (TICKS as u64 - 1);
    let step = within(of.price_grid.step, 1, most).and_then(|step| price(step, 1)).at(at("price_grid.step"))?;
    let grid = PriceGrid::new(first, step).expect("step is at least 1 and the last tick is a price");
    let ranges = Ranges {
        volume: range(of.ranges.volume, Energy::MAX.get()).at(at("ranges.volume"))?,
        reputation: range(of.ranges.reputation, Reputation::MAX.get().into()).at(at("ranges.reputation"))?,
        place: range(of.ranges.place, Metres::MAX.get().into()).at(at("ranges.place"))?,
    };
    Ok(MarketParameters {
        grid,
        ranges,
        tolerance: PerMille::new(tolerance as u16).expect(OF_TYPE),
        price_rule: match of.price_rule {
            file::PriceRule::Ask => PriceRule::Ask,
            file::PriceRule::Midpoint => PriceRule::Midpoint,
        },
        max_rounds: max_rounds as u8,
        feed_in: price(of.feed_in, 0).at(at("feed_in"))?,
        retail: price(of.retail, 0).at(at("retail"))?,
    })
}

fn terms(of: &file::Market) -> Result<Terms, Refused> {
    const BOUNDED: &str = "within the bounds of energy";
    let most = Energy::MAX.get();
    let least_lot = within(of.least_lot, 1, most).at(at("least_lot"))?;
    let greatest_energy = within(of.greatest_energy, 1, most).at(at("greatest_energy"))?;
    if least_lot > greatest_energy {
        let problem = Problem::AboveGreatestEnergy { value: least_lot, greatest_energy };
        return Err(problem).at(at("least_lot"));
    }
    Ok(Terms {
        penalty: price(of.penalty, 0).at(at("penalty"))?,
        least_lot: Energy::new(least_lot).expect(BOUNDED),
        greatest_energy: Energy::new(greatest_energy).expect(BOUNDED),
        imbalance: match of.imbalance {
            file::Imbalance::Operator => Imbalance::Operator,
            file::Imbalance::Household => Imbalance::Household,
        },
    })
}
