//! The readings of a cycle's meters, and what of them the grid settles.

use crate::scenario::{CyclePlans, Imbalance, Intent};
use crate::settlement::Tariff;
use protocol::units::{Energy, Money, Side};
use std::collections::BTreeMap;

/// What the meter of a household shows in a cycle.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Meter {
    /// The household's index.
    pub household: usize,
    /// The side of its plan. None where it has no plan in the cycle.
    pub side: Option<Side>,
    /// The energy injected.
    pub injected: Energy,
    /// The energy consumed.
    pub consumed: Energy,
}

/// What a household settles with the grid in a cycle.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Beyond {
    /// The energy that the grid takes.
    pub surplus: Energy,
    /// The energy that the grid gives.
    pub shortfall: Energy,
}

/// What the grid settled with a household.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Billed {
    /// Nano-currency paid to the household, or by it where negative.
    pub amount: i128,
    /// Whether its balance could not bear the shortfall, which then stays unpaid.
    pub unpaid: bool,
}

/// The meters of a cycle: one for each plan, in list order, then one for each household that has
/// unplanned energy and no plan.
pub fn meters(cycle: &CyclePlans) -> Vec<Meter> {
    let plans = cycle.plans.iter().map(|plan| {
        let (injected, consumed) = match &plan.intent {
            Intent::Sell(sell) => (sell.injected, Energy::ZERO),
            Intent::Buy(buy) => (Energy::ZERO, buy.consumed),
        };
        Meter { household: plan.household, side: Some(plan.side()), injected, consumed }
    });
    let mut meters: Vec<Meter> = plans.collect();
    if cycle.unplanned.is_empty() {
        return meters;
    }
    let places: BTreeMap<usize, usize> =
        meters.iter().enumerate().map(|(place, meter)| (meter.household, place)).collect();
    for unplanned in &cycle.unplanned {
        let (household, injected, consumed) = (unplanned.household, unplanned.injected, unplanned.consumed);
        match places.get(&household).map(|place| &mut meters[*place]) {
            Some(meter @ Meter { side: Some(Side::Sell), .. }) => meter.consumed = consumed,
            Some(meter) => meter.injected = injected,
            None => meters.push(Meter { household, side: None, injected, consumed }),
        }
    }
    meters
}

impl Meter {
    /// The reading that the household's trades draw on: energy injected where it sells, consumed
    /// where it buys.
    pub fn traded_from(&self) -> Energy {
        match self.side {
            Some(Side::Sell) => self.injected,
            Some(Side::Buy) => self.consumed,
            None => Energy::ZERO,
        }
    }

    /// What the grid settles, where the household's trades settled this volume.
    ///
    /// What was injected and not sold is surplus, what was consumed and not bought is shortfall.
    /// Where households bear their imbalance, what was bought and not consumed is surplus too, and
    /// what was sold and not injected is shortfall.
    pub fn beyond(&self, settled: Energy, imbalance: Imbalance) -> Beyond {
        let (sold, bought) = match self.side {
            Some(Side::Sell) => (settled, Energy::ZERO),
            Some(Side::Buy) => (Energy::ZERO, settled),
            None => (Energy::ZERO, Energy::ZERO),
        };
        let excess = |of: Energy, over: Energy| of.minus(over).unwrap_or(Energy::ZERO);
        let (mut surplus, mut shortfall) = (excess(self.injected, sold), excess(self.consumed, bought));
        if imbalance == Imbalance::Household {
            const BOUNDED: &str = "a plan's volume and the household's unplanned energy are below 2^32 together";
            surplus = surplus.plus(excess(bought, self.consumed)).expect(BOUNDED);
            shortfall = shortfall.plus(excess(sold, self.injected)).expect(BOUNDED);
        }
        Beyond { surplus, shortfall }
    }
}

impl Beyond {
    /// Whether the household has anything to settle with the grid.
    pub fn is_some(&self) -> bool {
        self.surplus > Energy::ZERO || self.shortfall > Energy::ZERO
    }

    /// Settles with the grid: the surplus is paid first, then the shortfall is owed. Error: the
    /// balance would reach its bound.
    pub fn settle(&self, tariff: Tariff, balance: &mut Money) -> Result<Billed, protocol::Error> {
        let paid = self.surplus.at(tariff.feed_in);
        let due = self.shortfall.at(tariff.retail);
        *balance = balance.plus(paid)?;
        let amount = i128::from(paid.get());
        match balance.minus(due) {
            Ok(rest) => {
                *balance = rest;
                Ok(Billed { amount: amount - i128::from(due.get()), unpaid: false })
            }
            Err(_) => Ok(Billed { amount, unpaid: true }),
        }
    }
}
