//! How concentrated sales are: the Herfindahl-Hirschman index, of a whole market and of each of its
//! prices. It is a measure; nothing that clears depends on it.

use protocol::units::{Energy, Price};
use std::collections::BTreeMap;

/// The Herfindahl-Hirschman index of amounts, which sum to less than 2^64: the sum of their squared
/// shares, from 1/n to 1. None when all are zero.
pub fn concentration(amounts: impl Iterator<Item = u64> + Clone) -> Option<f64> {
    let whole: u128 = amounts.clone().map(u128::from).sum();
    // Exact until the one division.
    let squares: u128 = amounts.map(|amount| u128::from(amount).pow(2)).sum();
    (whole > 0).then(|| squares as f64 / (whole * whole) as f64)
}

/// What is sold at one price.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct AtPrice {
    /// The price that sellers earn.
    pub price: Price,
    /// The energy sold at it, in Wh.
    pub sold: u64,
    /// The Herfindahl-Hirschman index of its sellers.
    pub hhi: f64,
}

/// The concentration at each price, by rising price. A sale is the price that the seller earns, the
/// seller by its number, and the energy. A full line splits a market into parts with prices of
/// their own, and a seller may be alone in one of them.
pub fn by_price(sales: impl IntoIterator<Item = (Price, usize, Energy)>) -> Vec<AtPrice> {
    let mut prices: BTreeMap<Price, BTreeMap<usize, u64>> = BTreeMap::new();
    for (price, seller, energy) in sales {
        *prices.entry(price).or_default().entry(seller).or_default() += energy.get();
    }
    let at = |(price, sellers): (Price, BTreeMap<usize, u64>)| {
        let hhi = concentration(sellers.values().copied())?;
        Some(AtPrice { price, sold: sellers.values().sum(), hhi })
    };
    prices.into_iter().filter_map(at).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn close(found: Option<f64>, expected: f64) {
        assert!(found.is_some_and(|found| (found - expected).abs() < 1e-12), "{found:?} is to be {expected}");
    }

    #[test]
    fn concentration_is_that_of_the_textbook() {
        // Shares of 40, 30, 20 and 10 % give 0.30 (P2P market modelling; docs/sources.md).
        close(concentration([40, 30, 20, 10].into_iter()), 0.30);
        close(concentration([7].into_iter()), 1.0);
        close(concentration([5, 0, 5, 5, 5].into_iter()), 0.25);
        close(concentration([u64::MAX].into_iter()), 1.0);
        assert_eq!(concentration([0, 0].into_iter()), None);
    }

    #[test]
    fn a_line_that_splits_a_market_leaves_a_seller_alone() {
        let price = |tick: u64| Price::new(tick).unwrap();
        let sale = |at: u64, seller: usize, wh: u64| (price(at), seller, Energy::new(wh).unwrap());
        let found = by_price([sale(9, 2, 500), sale(8, 0, 600), sale(8, 1, 1000), sale(8, 0, 400), sale(7, 3, 0)]);
        let row = |at: u64, sold: u64, hhi: f64| AtPrice { price: price(at), sold, hhi };
        assert_eq!(found, [row(8, 2000, 0.5), row(9, 500, 1.0)]);
    }
}
