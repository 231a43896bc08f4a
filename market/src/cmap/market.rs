//! A CMAP market that was read from a file and checked whole.

use super::pool::Pool;
use crate::settlement::Tariff;

/// A market.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Market {
    /// Ids of the sell plans, in list order.
    pub sellers: Vec<String>,
    /// Ids of the buy plans, in list order.
    pub buyers: Vec<String>,
    /// The plans, in the same order.
    pub pool: Pool,
    /// Most rounds, at least 1.
    pub max_rounds: u8,
    /// The grid's prices for what is left.
    pub tariff: Tariff,
}
