//! The measures of a played scenario. docs/market.md, "The measures", has a formula for each, under
//! the same name.
//!
//! Energy is in Wh and money in nano-currency until a ratio is taken, so every sum is exact. A
//! ratio whose whole is zero is `None`.

use crate::bills::Bills;
use crate::energy_types::EnergyTypes;
use crate::indices::{evenness, lerner, price, Mean};
use market::books::CycleBooks;
use market::concentration::concentration;
use market::energy::{is_clean, loss_per_km};
use market::play::Played;
use market::scenario::{Intent, Scenario};
use protocol::units::EnergyType;
use std::collections::BTreeMap;

/// The sums of what lies behind all meters, Wh.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Sums {
    /// Consumption of all households.
    pub load: u64,
    /// Generation of all households.
    pub generation: u64,
    /// Generation that its own household used.
    pub own_use: u64,
    /// The part of the own use that is not of a household that sells fossil energy.
    pub clean_own_use: u64,
}

/// What does not depend on a mechanism: the sums of the meters, and the bills with the grid alone.
#[derive(Clone, Debug, PartialEq)]
pub struct Baseline {
    /// What lies behind the meters. None where it is not known of every household and cycle.
    pub gross: Option<Sums>,
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
    /// The baseline of a scenario, from its bills by any rule: what is taken from them is the same
    /// by every rule.
    pub fn new(scenario: &Scenario, bills: &Bills) -> Baseline {
        let (all, each) = (&bills.whole.all, &bills.whole.bills);
        let fossil = fossil_sellers(scenario);
        let clean = each.iter().zip(&fossil).filter(|(_, fossil)| !**fossil).map(|(bill, _)| bill.own_use);
        Baseline {
            gross: all.load.zip(all.generation).zip(all.own_use).zip(clean.sum::<Option<u64>>()).map(
                |(((load, generation), own_use), clean_own_use)| Sums { load, generation, own_use, clean_own_use },
            ),
            injected: all.injected,
            consumed: all.consumed,
            possible: bills.intervals.iter().map(|interval| interval.possible()).sum(),
            bills: each.iter().map(|bill| bill.without()).collect(),
            metered: each.iter().map(|bill| bill.consumed + bill.injected).collect(),
            hhi: concentration(each.iter().map(|bill| bill.injected)),
        }
    }
}

/// For each household whether some plan of it sells fossil energy.
fn fossil_sellers(scenario: &Scenario) -> Vec<bool> {
    let mut fossil = vec![false; scenario.households.len()];
    for plan in scenario.cycles.iter().flat_map(|cycle| &cycle.plans) {
        if let Intent::Sell(sell) = &plan.intent {
            fossil[plan.household] |= sell.energy_type == EnergyType::Fossil;
        }
    }
    fossil
}

/// The measures of a scenario by one mechanism.
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
    /// Energy settled between neighbours, Wh.
    pub settled: u64,
    /// The operator's imbalance: energy settled and not delivered, Wh. Zero where households bear it.
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
    /// Network fees of all households, nano-currency.
    pub network: i128,
    /// Levies of all households, nano-currency.
    pub levies: i128,
    /// Energy settled with the grid that households took, Wh.
    pub from_grid: u64,
    /// Energy settled with the grid that households gave, Wh.
    pub to_grid: u64,
    /// Herfindahl-Hirschman index of the period's deliveries.
    pub hhi: Option<f64>,
    /// Mean of the cycles' Herfindahl-Hirschman indices, weighted by the cycles' deliveries.
    pub hhi_cycles: Option<f64>,
    /// Lerner index against the feed-in price, weighted by settled energy.
    pub lerner_feed_in: Option<f64>,
    /// Lerner index against the seller's own ask, weighted by settled energy.
    pub lerner_ask: Option<f64>,
}

impl Measures {
    /// Measures a scenario that a mechanism has played. `bills` are those of the same books.
    pub fn new(scenario: &Scenario, bills: &Bills, played: &Played) -> Measures {
        let households = scenario.households.len();
        let mut of = Measures {
            rule: played.rule,
            trades: 0,
            within: 0,
            cycles_with_trades: 0,
            delivered: 0,
            clean: 0,
            settled: 0,
            imbalance: 0,
            paid: 0,
            earned: 0,
            declared_surplus: 0,
            rejected: 0,
            wh_metres: 0,
            bills: bills.whole.bills.iter().map(|bill| bill.with()).collect(),
            gains: bills.whole.bills.iter().map(|bill| bill.saved()).collect(),
            sellers_gain: bills.saved_selling,
            network: bills.whole.all.network,
            levies: bills.whole.all.levies,
            from_grid: bills.whole.all.from_grid,
            to_grid: bills.whole.all.to_grid,
            hhi: None,
            hhi_cycles: None,
            lerner_feed_in: None,
            lerner_ask: None,
        };
        let mut sold = vec![0u64; households];
        let mut types = EnergyTypes::new(scenario);
        let (mut hhi, mut above_feed_in, mut above_ask) = (Mean::default(), Mean::default(), Mean::default());
        for (books, cycle) in played.cycles.iter().zip(&scenario.cycles) {
            let feed_in = books.tariff.feed_in.get();
            types.learn(cycle);
            let here = deliveries(books);
            let delivered: u64 = here.values().sum();
            hhi.add(concentration(here.values().copied()), delivered);
            of.cycles_with_trades += u64::from(!books.trades.is_empty());
            of.imbalance += books.imbalance(scenario.terms.imbalance);
            of.rejected += books.rejected.len() as u64 + books.rows.iter().filter(|row| row.unpaid).count() as u64;
            for trade in &books.trades {
                let energy = trade.delivered.get();
                of.trades += 1;
                of.within += u64::from(trade.within);
                of.delivered += energy;
                of.settled += trade.settled.get();
                of.paid += u128::from(trade.paid.get());
                of.earned += u128::from(trade.earned.get());
                let worth = |price: protocol::units::Price| i128::from(trade.settled.at(price).get());
                of.declared_surplus += worth(trade.limit) - worth(trade.ask);
                of.wh_metres += u128::from(energy) * u128::from(trade.metres);
                sold[books.rows[trade.seller].meter.household] += energy;
                let clean = types.of(books.rows[trade.seller].meter.household).is_some_and(is_clean);
                of.clean += if clean { energy } else { 0 };
                let price = trade.seller_price.get();
                above_feed_in.add(lerner(price, feed_in), trade.settled.get());
                above_ask.add(lerner(price, trade.ask.get()), trade.settled.get());
            }
        }
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
