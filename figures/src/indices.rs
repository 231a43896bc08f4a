//! The indices of the literature, over plain numbers. docs/market.md names the source of each.

/// `part / whole`; None when the whole is zero.
pub fn ratio(part: u64, whole: u64) -> Option<f64> {
    (whole > 0).then(|| part as f64 / whole as f64)
}

/// A price in currency per kWh from nano-currency and Wh; None for 0 Wh. 1 nano-currency per Wh is
/// 1 micro-currency per kWh.
pub fn price(nano: i128, wh: u64) -> Option<f64> {
    (wh > 0).then(|| nano as f64 / wh as f64 / 1_000_000.0)
}

/// The Lerner index: the part of a price that is above a cost. None for a price of zero.
pub fn lerner(price: u64, cost: u64) -> Option<f64> {
    (price > 0).then(|| (price as f64 - cost as f64) / price as f64)
}

/// Jain's index of gains, from 1/n to 1. A gain below zero counts as zero. None when nobody gains.
pub fn evenness(gains: impl Iterator<Item = f64>) -> Option<f64> {
    let (mut count, mut sum, mut squares) = (0.0, 0.0, 0.0);
    for gain in gains.map(|gain| gain.max(0.0)) {
        count += 1.0;
        sum += gain;
        squares += gain * gain;
    }
    (squares > 0.0).then(|| sum * sum / (count * squares))
}

/// A weighted mean, built value by value.
#[derive(Default)]
pub(crate) struct Mean {
    sum: f64,
    weight: f64,
}

impl Mean {
    pub(crate) fn add(&mut self, value: Option<f64>, weight: u64) {
        if let Some(value) = value {
            self.sum += value * weight as f64;
            self.weight += weight as f64;
        }
    }
    pub(crate) fn value(self) -> Option<f64> {
        (self.weight > 0.0).then(|| self.sum / self.weight)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn close(found: Option<f64>, expected: f64) {
        assert!(found.is_some_and(|found| (found - expected).abs() < 1e-12), "{found:?} is to be {expected}");
    }

    #[test]
    fn market_power_is_the_share_of_the_price_above_the_cost() {
        close(lerner(500_000, 300_000), 0.4);
        close(lerner(300_000, 300_000), 0.0);
        assert_eq!(lerner(0, 0), None);
    }

    #[test]
    fn evenness_is_one_for_equals_and_one_nth_when_one_has_all() {
        close(evenness([3.0, 3.0, 3.0].into_iter()), 1.0);
        close(evenness([0.0, 9.0, 0.0, 0.0].into_iter()), 0.25);
        close(evenness([-1.0, 9.0].into_iter()), 0.5);
        close(evenness([1.0, 2.0, 3.0].into_iter()), 36.0 / 42.0);
        assert_eq!(evenness([0.0, -1.0].into_iter()), None);
    }
}
