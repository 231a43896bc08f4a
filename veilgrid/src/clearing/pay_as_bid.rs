//! Pay-as-bid: who trades is decided as in the uniform-price double auction, but everybody trades at its own price. A
//! buyer pays its limit, a seller earns its ask, and the difference stays with whoever runs the market.

use super::curves::cross_market;
use super::{no, yes, Clearing, ClearingRule, Market, Properties};

/// The discriminatory double auction.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PayAsBid;

impl ClearingRule for PayAsBid {
    fn name(&self) -> &'static str {
        "pay-as-bid"
    }

    fn properties(&self) -> Properties {
        Properties {
            individual_rationality: yes("a buyer pays its limit, a seller earns its ask, neither more nor less"),
            strong_budget_balance: no("where a limit is above the ask the difference stays with the operator"),
            weak_budget_balance: yes("only pairs whose limit is at or above the ask trade"),
            incentive_compatibility: no(
                "a true plan gains nothing, whatever it is matched with: a buyer that lowers its \
                                         limit, and still trades, gains the difference",
            ),
            efficiency: yes("the trades are those of the uniform-price auction"),
        }
    }

    fn clear(&self, market: &Market) -> Clearing {
        let trade = |(seller, buyer, energy): (usize, usize, _)| {
            let (ask, limit) = (market.offers()[seller].offer.ask, market.bids()[buyer].bid.limit);
            market.trade(seller, buyer, energy, ask, limit)
        };
        Clearing::new(market, cross_market(market).pairs.into_iter().map(trade).collect())
    }
}
