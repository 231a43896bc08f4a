//! What all households together did in one cycle.

use crate::bill::Bill;
use market::settlement::Tariff;
use protocol::units::Price;

/// A cycle by one clearing rule.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Interval {
    /// The cycle's number.
    pub cycle: u32,
    /// The grid's prices.
    pub tariff: Tariff,
    /// Number of trades.
    pub trades: u64,
    /// Energy delivered between neighbours, Wh.
    pub delivered: u64,
    /// The lowest and the highest price that a buyer paid. None without a trade.
    pub prices: Option<(Price, Price)>,
    /// The sum of all households' bills.
    pub all: Bill,
}

impl Interval {
    /// The most that neighbours could pass on to each other, Wh.
    pub fn possible(&self) -> u64 {
        self.all.injected.min(self.all.consumed)
    }
}
