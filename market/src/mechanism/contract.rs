//! What every mechanism gives: its name, its properties, where it may decide, and the clearing of
//! an order book.

use super::clearing::Clearing;
use super::properties::Properties;
use crate::order_book::OrderBook;

/// A way of clearing a market: who trades with whom, how much, and at what price.
pub trait Mechanism: Send + Sync {
    /// Its name in tables and JSON.
    fn name(&self) -> &'static str;
    /// Which properties hold of it, and why.
    fn properties(&self) -> Properties;
    /// Where it may decide the trades of a market.
    fn venue(&self) -> Venue;
    /// Clears an order book: a function of the order book alone.
    fn clear(&self, book: &OrderBook) -> Clearing;
}

/// Where a mechanism may decide the trades of a market.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Venue {
    /// On the ledger: the encrypted market computes the same trades, and every step is proved or
    /// can be recomputed.
    Ledger,
    /// In the clear only, to compare it with others: no encrypted computation of it exists.
    InTheClear,
}
