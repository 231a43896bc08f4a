//! Mechanisms: who trades with whom in a cycle, how much, and at what price, behind one trait.
//! K-prototypes is the market's own mechanism, by the code that `simulate` plays; the others stand
//! beside it for comparison, in the clear only.
//!
//! A mechanism sees an [`OrderBook`](crate::order_book::OrderBook) and gives a [`Clearing`].
//! Everything is in integers of the market's own units, so that a clearing is the same on every
//! machine. `docs/market.md` describes the mechanisms and their properties in words.
//!
//! | | K-prototypes | uniform price | pay-as-bid | CMAP |
//! |---|---|---|---|---|
//! | individual rationality | yes | yes | yes | yes |
//! | budget balance, strong | yes | yes | no | yes |
//! | budget balance, weak | yes | yes | yes | yes |
//! | incentive compatibility | no | no | no | no |
//! | efficiency | no | yes | yes | no |
//! | may decide on the ledger | yes | no | no | no |

mod clearing;
pub mod cmap;
mod contract;
pub mod curves;
pub mod k_prototypes;
pub mod pay_as_bid;
pub mod properties;
pub mod uniform_price;

pub use clearing::{ClearedTrade, Clearing};
pub use cmap::Cmap;
pub use contract::{Mechanism, Venue};
pub use k_prototypes::KPrototypes;
pub use pay_as_bid::PayAsBid;
pub use properties::{Properties, Property};
pub use uniform_price::UniformPrice;

/// Every mechanism, K-prototypes first.
pub const ALL: [&dyn Mechanism; 4] = [&KPrototypes, &UniformPrice, &PayAsBid, &Cmap];

#[cfg(test)]
mod tests;
