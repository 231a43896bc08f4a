//! Pay-as-bid: who trades is decided as in the uniform-price double auction, but everybody trades
//! at its own price. A buyer pays its limit, a seller earns its ask, and the difference stays with
//! the operator of the market.

use super::clearing::{ClearedTrade, Clearing};
use super::contract::{Mechanism, Venue};
use super::curves::cross_market;
use super::properties::{no, yes, Properties};
use crate::order_book::OrderBook;

/// The discriminatory double auction.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PayAsBid;

impl Mechanism for PayAsBid {
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

    fn venue(&self) -> Venue {
        Venue::InTheClear
    }

    fn clear(&self, book: &OrderBook) -> Clearing {
        let trade = |(seller, buyer, energy): (usize, usize, _)| {
            let (ask, limit) = (book.offers()[seller].offer.ask, book.bids()[buyer].bid.limit);
            ClearedTrade::between(book, (seller, buyer), energy, ask, limit)
        };
        Clearing::new(book, cross_market(book).pairs.into_iter().map(trade).collect())
    }
}
