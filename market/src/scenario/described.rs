//! The market of a scenario, as a description states it.

use super::file::{Imbalance, Market, PriceGrid, PriceRule, Ranges};
use crate::description::{Description, Prices};
use protocol::market_parameters::{PriceRule as Rule, Range};
use protocol::terms;

impl Market {
    /// The market of a description. A price that is not known, because its series was not read, is
    /// zero.
    pub fn of(description: &Description) -> Market {
        let rules = &description.market;
        let price = |prices: &Prices| prices.base().map_or(0, |price| price.get());
        let range = |of: &Range| [of.lo().into(), of.hi().into()];
        Market {
            tolerance_permille: rules.tolerance.get().into(),
            price_rule: match rules.price_rule {
                Rule::Ask => PriceRule::Ask,
                Rule::Midpoint => PriceRule::Midpoint,
            },
            max_rounds: rules.max_rounds.into(),
            feed_in: price(&description.tariff.feed_in),
            retail: price(&description.tariff.retail),
            price_grid: PriceGrid { first: rules.grid.first().get(), step: rules.grid.step().get() },
            ranges: Ranges {
                volume: range(&rules.ranges.volume),
                reputation: range(&rules.ranges.reputation),
                place: range(&rules.ranges.place),
            },
            penalty: rules.terms.penalty.get(),
            least_lot: rules.terms.least_lot.get(),
            greatest_energy: rules.terms.greatest_energy.get(),
            imbalance: match rules.terms.imbalance {
                terms::Imbalance::Operator => Imbalance::Operator,
                terms::Imbalance::Household => Imbalance::Household,
            },
        }
    }
}
