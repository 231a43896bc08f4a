//! The measures of a week. docs/market.md, "A week", has a formula for each, under the same name.
//!
//! Energy is in Wh and money in nano-currency until a ratio is taken, so every sum is exact. A
//! ratio whose whole is zero is `None`.

use market::books::CycleBooks;
use market::energy::{is_clean, loss_per_km};
use market::play::Played;
use market::readings::Readings;
use market::scenario::{Intent, Scenario};
use protocol::units::Side;
use std::collections::BTreeMap;

/// What does not depend on a mechanism: the sums of the meters, and the bills with the grid alone.
#[derive(Clone, Debug, PartialEq)]
pub struct Baseline {
    /// Consumption of all households, Wh.
    pub load: u64,
    /// Generation of all households, Wh.
    pub generation: u64,
    /// Generation that its own household used in the same slot, Wh: sum of min(load, generation).
    pub own_use: u64,
    /// Energy injected, Wh.
    pub injected: u64,
    /// Energy consumed from the grid or the neighbours, Wh.
    pub consumed: u64,
    /// The most that neighbours could pass on to each other, Wh: in each cycle the lesser of
    /// injected and consumed.
    pub possible: u64,
    /// Each household's bill with the grid alone, nano-currency; negative when it earns.
    pub bills: Vec<i128>,
    /// The sum of each household's meter in both directions, Wh.
    pub metered: Vec<u64>,
    /// Herfindahl-Hirschman index of the energy that sellers inject.
    pub hhi: Option<f64>,
}

impl Baseline {
    /// The baseline of the readings `load` and `pv` and of the scenario that was made from them.
    /// All three have the same slots and households.
    pub fn new(scenario: &Scenario, load: &Readings, pv: &Readings) -> Baseline {
        let households = scenario.households.len();
        let mut base = Baseline {
            load: 0,
            generation: 0,
            own_use: 0,
            injected: 0,
            consumed: 0,
            possible: 0,
            bills: vec![0; households],
            metered: vec![0; households],
            hhi: None,
        };
        for (load, pv) in load.energy.iter().zip(&pv.energy) {
            for (load, pv) in load.iter().zip(pv).take(households) {
                base.load += u64::from(*load);
                base.generation += u64::from(*pv);
                base.own_use += u64::from(*load.min(pv));
            }
        }
        let mut sellers = vec![0u64; households];
        for cycle in &scenario.cycles {
            let (mut injected, mut consumed) = (0, 0);
            for plan in &cycle.plans {
                let household = plan.household;
                match &plan.intent {
                    Intent::Sell(sell) => {
                        injected += sell.injected.get();
                        sellers[household] += sell.injected.get();
                        base.bills[household] -= i128::from(sell.injected.at(scenario.market.feed_in).get());
                        base.metered[household] += sell.injected.get();
                    }
                    Intent::Buy(buy) => {
                        consumed += buy.consumed.get();
                        base.bills[household] += i128::from(buy.consumed.at(scenario.market.retail).get());
                        base.metered[household] += buy.consumed.get();
                    }
                }
            }
            base.injected += injected;
            base.consumed += consumed;
            base.possible += injected.min(consumed);
        }
        base.hhi = concentration(sellers.iter().copied());
        base
    }
}

/// The measures of a week by one mechanism.
#[derive(Clone, Debug, PartialEq)]
pub struct Measures {
    /// The rule's name.
    pub rule: &'static str,
    /// Number of trades.
    pub trades: u64,
    /// Number of trades delivered within tolerance.
    pub within: u64,
    /// Number of cycles with a trade.
    pub cycles_with_trades: u64,
    /// Energy delivered between neighbours, Wh.
    pub delivered: u64,
    /// Delivered energy from wind, hydro, solar or biomass, Wh.
    pub clean: u64,
    /// The operator's imbalance: energy settled and not delivered, Wh.
    pub imbalance: u64,
    /// Sum of what buyers paid, nano-currency.
    pub paid: u128,
    /// Sum of what sellers got, nano-currency.
    pub earned: u128,
    /// Gains from trade by the plans' own prices: settled energy times (limit less ask),
    /// nano-currency.
    pub declared_surplus: i128,
    /// Number of plans whose lock, and of shortfalls whose price, a balance could not bear.
    pub rejected: u64,
    /// Sum of delivered Wh times metres.
    pub wh_metres: u128,
    /// Each household's bill, nano-currency; negative when it earns.
    pub bills: Vec<i128>,
    /// Each household's gain, nano-currency: its bill with the grid alone less its bill here.
    pub gains: Vec<i128>,
    /// Sum of the gains that households make in cycles in which they sell, nano-currency.
    pub sellers_gain: i128,
    /// Herfindahl-Hirschman index of the week's deliveries.
    pub hhi: Option<f64>,
    /// Mean of the cycles' Herfindahl-Hirschman indices, weighted by the cycles' deliveries.
    pub hhi_cycles: Option<f64>,
    /// Lerner index against the feed-in price, weighted by settled energy.
    pub lerner_feed_in: Option<f64>,
    /// Lerner index against the seller's own ask, weighted by settled energy.
    pub lerner_ask: Option<f64>,
}

impl Measures {
    /// Measures a scenario that a mechanism has played.
    pub fn new(scenario: &Scenario, base: &Baseline, played: &Played) -> Measures {
        let households = scenario.households.len();
        let mut of = Measures {
            rule: played.rule,
            trades: 0,
            within: 0,
            cycles_with_trades: 0,
            delivered: 0,
            clean: 0,
            imbalance: 0,
            paid: 0,
            earned: 0,
            declared_surplus: 0,
            rejected: 0,
            wh_metres: 0,
            bills: vec![0; households],
            gains: vec![],
            sellers_gain: 0,
            hhi: None,
            hhi_cycles: None,
            lerner_feed_in: None,
            lerner_ask: None,
        };
        let mut sold = vec![0u64; households];
        let (mut hhi, mut above_feed_in, mut above_ask) = (Mean::default(), Mean::default(), Mean::default());
        for (books, cycle) in played.cycles.iter().zip(&scenario.cycles) {
            let here = deliveries(books);
            let delivered: u64 = here.values().sum();
            hhi.add(concentration(here.values().copied()), delivered);
            of.cycles_with_trades += u64::from(!books.trades.is_empty());
            of.imbalance += books.imbalance();
            of.rejected += books.rejected.len() as u64 + books.rows.iter().filter(|row| row.unpaid).count() as u64;
            for trade in &books.trades {
                let energy = trade.delivered.get();
                of.trades += 1;
                of.within += u64::from(trade.within);
                of.delivered += energy;
                of.paid += u128::from(trade.paid.get());
                of.earned += u128::from(trade.earned.get());
                let worth = |price: protocol::units::Price| i128::from(trade.settled.at(price).get());
                of.declared_surplus += worth(trade.limit) - worth(trade.ask);
                of.wh_metres += u128::from(energy) * u128::from(trade.metres);
                sold[books.rows[trade.seller].household] += energy;
                if let Intent::Sell(sell) = &cycle.plans[trade.seller].intent {
                    of.clean += if is_clean(sell.energy_type) { energy } else { 0 };
                }
                let price = trade.seller_price.get();
                above_feed_in.add(lerner(price, scenario.market.feed_in.get()), trade.settled.get());
                above_ask.add(lerner(price, trade.ask.get()), trade.settled.get());
            }
            for row in &books.rows {
                of.bills[row.household] -= row.income();
                // A shortfall that was not paid is still owed: a debt is no gain.
                if row.unpaid {
                    of.bills[row.household] += i128::from(row.beyond.at(scenario.market.retail).get());
                }
                if row.side == Side::Sell {
                    of.sellers_gain += row.income() - i128::from(row.metered.at(scenario.market.feed_in).get());
                }
            }
        }
        of.gains = base.bills.iter().zip(&of.bills).map(|(without, with)| without - with).collect();
        of.hhi = concentration(sold.into_iter());
        of.hhi_cycles = hhi.value();
        of.lerner_feed_in = above_feed_in.value();
        of.lerner_ask = above_ask.value();
        of
    }

    /// The sum of all bills, nano-currency.
    pub fn bill(&self) -> i128 {
        self.bills.iter().sum()
    }

    /// The sum of all gains, nano-currency.
    pub fn gain(&self) -> i128 {
        self.gains.iter().sum()
    }

    /// Sum of the gains that households make in cycles in which they buy, nano-currency.
    pub fn buyers_gain(&self) -> i128 {
        self.gain() - self.sellers_gain
    }

    /// What buyers paid and no seller got, nano-currency: it stays with the operator.
    pub fn operator(&self) -> i128 {
        self.paid as i128 - self.earned as i128
    }

    /// Number of households that are worse off than with the grid alone.
    pub fn losing(&self) -> usize {
        self.gains.iter().filter(|gain| **gain < 0).count()
    }

    /// Estimated losses, Wh: 1 % of the delivered energy for each kilometre.
    pub fn lost(&self) -> f64 {
        self.wh_metres as f64 * f64::from(loss_per_km().get()) / 1_000_000.0
    }

    /// Jain's index of the gains.
    pub fn jain(&self) -> Option<f64> {
        evenness(self.gains.iter().map(|gain| *gain as f64))
    }

    /// Each household's gain divided by its metered energy, currency per kWh; None for a household
    /// whose meter shows nothing.
    pub fn gains_per_kwh(&self, base: &Baseline) -> Vec<Option<f64>> {
        let per_kwh = |(gain, metered): (&i128, &u64)| price(*gain, *metered);
        self.gains.iter().zip(&base.metered).map(per_kwh).collect()
    }

    /// Jain's index of the gains per metered kWh.
    pub fn jain_per_kwh(&self, base: &Baseline) -> Option<f64> {
        evenness(self.gains_per_kwh(base).into_iter().flatten())
    }

    /// The household with the least gain, the first of equal ones: its index and its gain in
    /// nano-currency.
    pub fn worst_off(&self) -> Option<(usize, i128)> {
        let first = |least: Option<(usize, i128)>, (h, gain): (usize, &i128)| match least {
            Some((_, other)) if other <= *gain => least,
            _ => Some((h, *gain)),
        };
        self.gains.iter().enumerate().fold(None, first)
    }

    /// The household with the least gain per metered kWh: its index, and currency per kWh.
    pub fn worst_off_per_kwh(&self, base: &Baseline) -> Option<(usize, f64)> {
        let all = self.gains_per_kwh(base).into_iter().enumerate();
        all.filter_map(|(h, gain)| Some((h, gain?))).min_by(|a, b| a.1.total_cmp(&b.1))
    }
}

/// The energy that each sell plan delivered, in Wh, by index of the plan.
fn deliveries(books: &CycleBooks) -> BTreeMap<usize, u64> {
    let mut sold = BTreeMap::new();
    for trade in &books.trades {
        *sold.entry(trade.seller).or_insert(0) += trade.delivered.get();
    }
    sold
}

/// `part / whole`; None when the whole is zero.
pub fn ratio(part: u64, whole: u64) -> Option<f64> {
    (whole > 0).then(|| part as f64 / whole as f64)
}

/// A price in currency per kWh from nano-currency and Wh; None for 0 Wh. 1 nano-currency per Wh is
/// 1 micro-currency per kWh.
pub fn price(nano: i128, wh: u64) -> Option<f64> {
    (wh > 0).then(|| nano as f64 / wh as f64 / 1_000_000.0)
}

/// The Herfindahl-Hirschman index of amounts: the sum of their squared shares, from 1/n to 1. None
/// when all are zero.
pub fn concentration(amounts: impl Iterator<Item = u64> + Clone) -> Option<f64> {
    let whole: u64 = amounts.clone().sum();
    let squared = |amount: u64| {
        let share = amount as f64 / whole as f64;
        share * share
    };
    (whole > 0).then(|| amounts.map(squared).sum())
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
struct Mean {
    sum: f64,
    weight: f64,
}

impl Mean {
    fn add(&mut self, value: Option<f64>, weight: u64) {
        if let Some(value) = value {
            self.sum += value * weight as f64;
            self.weight += weight as f64;
        }
    }
    fn value(self) -> Option<f64> {
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
    fn concentration_is_that_of_the_textbook() {
        // Shares of 40, 30, 20 and 10 % give 0.30 (P2P market modelling; docs/sources.md).
        close(concentration([40, 30, 20, 10].into_iter()), 0.30);
        close(concentration([7].into_iter()), 1.0);
        close(concentration([5, 0, 5, 5, 5].into_iter()), 0.25);
        assert_eq!(concentration([0, 0].into_iter()), None);
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
