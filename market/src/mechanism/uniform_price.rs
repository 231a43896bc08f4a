//! The uniform-price double auction (`docs/sources.md`, P2P market modelling, clearing and
//! pricing): all trades of a cycle are at one price.
//!
//! Bids by falling limit and offers by rising ask are matched from the best ends while the limit is
//! at or above the ask. The clearing interval is bounded below by the greater of the last matched
//! ask and the first unmatched limit, above by the lesser of the last matched limit and the first
//! unmatched ask: at these prices no plan that is left out would have traded, and no plan that
//! trades would rather not. Inside it the price is the **midpoint**, rounded down to the
//! micro-currency (not to the tick). A plan matched in part bounds the interval from both sides, so
//! the price is then its own.

use super::clearing::{ClearedTrade, Clearing};
use super::contract::{Mechanism, Venue};
use super::curves::cross_market;
use super::properties::{no, yes, Properties};
use crate::order_book::OrderBook;
use protocol::units::Price;

/// The uniform-price double auction.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct UniformPrice;

/// The prices at which a market clears.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Interval {
    /// The lowest: max(last matched ask, first unmatched limit).
    pub low: Price,
    /// The highest: min(last matched limit, first unmatched ask).
    pub high: Price,
}

impl Interval {
    fn new((low, high): (Price, Price)) -> Interval {
        Interval { low, high }
    }

    /// The price that is taken: the midpoint, rounded down.
    pub fn price(&self) -> Price {
        Price::new((self.low.get() + self.high.get()) / 2).expect("between two prices")
    }
}

impl UniformPrice {
    /// The clearing interval; None when nothing is traded.
    pub fn interval(&self, book: &OrderBook) -> Option<Interval> {
        cross_market(book).interval.map(Interval::new)
    }
}

impl Mechanism for UniformPrice {
    fn name(&self) -> &'static str {
        "uniform-price"
    }

    fn properties(&self) -> Properties {
        Properties {
            individual_rationality: yes(
                "the price is at or above every matched ask and at or below every matched limit",
            ),
            strong_budget_balance: yes("in each trade the buyer pays what the seller earns"),
            weak_budget_balance: yes("it is strongly balanced"),
            incentive_compatibility: no(
                "a plan that bounds the interval moves the price: a buyer that lowers its limit, \
                                         and still trades, pays less",
            ),
            efficiency: yes(
                "the price supports the trades: no pair left out has a limit above an ask on the other side",
            ),
        }
    }

    fn venue(&self) -> Venue {
        Venue::InTheClear
    }

    fn clear(&self, book: &OrderBook) -> Clearing {
        let crossing = cross_market(book);
        let Some(interval) = crossing.interval.map(Interval::new) else {
            return Clearing::new(book, Vec::new());
        };
        let price = interval.price();
        let trades = crossing.pairs.into_iter();
        let trades =
            trades.map(|(seller, buyer, energy)| ClearedTrade::between(book, (seller, buyer), energy, price, price));
        Clearing::new(book, trades.collect())
    }
}
