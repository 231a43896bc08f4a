//! Shares sum exactly, nobody gets more than it consumes, and each property has its reason.

use super::parts::{by_coefficients, in_proportion, pairs};
use super::*;
use crate::description::Coefficient;
use crate::scenario::{random, Scenario, Unplanned};
use proptest::prelude::*;
use std::collections::BTreeMap;

fn energy(wh: u64) -> Energy {
    Energy::new(wh).unwrap()
}

fn fixed(of: &[(&str, u32)]) -> Shares {
    let coefficients = of.iter().map(|(name, part)| ((*name).into(), Coefficient::new(*part).unwrap())).collect();
    Shares { division: Division::Fixed(coefficients), price: None }
}

/// A cycle in which households inject (above zero) or consume (below zero), without any plan.
fn flows(wh: &[i64]) -> Scenario {
    let mut file = random(wh.len() as u64, 1, 1);
    for (h, household) in file.households.iter_mut().enumerate() {
        household.id = ["A", "B", "C", "D"][h].into();
        household.balance = 1_000_000_000_000;
    }
    file.cycles[0].plans.clear();
    let mut scenario = Scenario::checked(file).unwrap();
    scenario.cycles[0].unplanned = (wh.iter().enumerate())
        .map(|(household, wh)| Unplanned {
            household,
            injected: energy((*wh).max(0) as u64),
            consumed: energy((-*wh).max(0) as u64),
        })
        .collect();
    scenario
}

/// What each household sold and bought in the only cycle.
fn exchanged(scenario: &Scenario, shares: &Shares) -> Vec<(u64, u64)> {
    let played = play(scenario, shares, &mut || ()).unwrap();
    let mut of = vec![(0, 0); scenario.households.len()];
    let books = &played.cycles[0];
    for trade in &books.trades {
        of[books.rows[trade.seller].meter.household].0 += trade.settled.get();
        of[books.rows[trade.buyer].meter.household].1 += trade.settled.get();
    }
    of
}

#[test]
fn in_proportion_to_consumption_all_is_used() {
    let scenario = flows(&[1000, -300, -600, -900]);
    let shares = Shares::default();
    // 1000 x 300 / 1800 = 166.67, 333.33, 500.
    assert_eq!(exchanged(&scenario, &shares), [(1000, 0), (0, 167), (0, 333), (0, 500)]);
    // With more than is consumed, everybody has what it needs, and each seller gives its part.
    let scenario = flows(&[1000, 2000, -300, -303]);
    assert_eq!(exchanged(&scenario, &shares), [(201, 0), (402, 0), (0, 300), (0, 303)]);
}

#[test]
fn by_fixed_coefficients_what_a_member_cannot_use_goes_to_the_grid() {
    let scenario = flows(&[1000, -300, -600, -900]);
    let shares = fixed(&[("A", 100_000), ("B", 500_000), ("C", 250_000), ("D", 150_000)]);
    // A's own 100 Wh and 200 Wh of B are used by nobody, though D lacks 750 Wh.
    assert_eq!(exchanged(&scenario, &shares), [(700, 0), (0, 300), (0, 250), (0, 150)]);
    // A household without a coefficient has no part.
    assert_eq!(exchanged(&scenario, &fixed(&[("C", 1_000_000)])), [(600, 0), (0, 0), (0, 600), (0, 0)]);
    assert_eq!(unknown(&scenario, &fixed(&[("C", 1), ("X", 2)])), ["X"]);
}

#[test]
fn the_price_is_given_or_the_middle_on_the_grid() {
    let scenario = flows(&[1000, -300]);
    let grid = &scenario.market.grid;
    let of = |micro: u64| Price::new(micro).unwrap();
    let tariff = |feed_in, retail| Tariff { feed_in: of(feed_in), retail: of(retail) };
    // The grid is 0.30, 0.3075, ... 0.6525.
    assert_eq!(price(&Shares::default(), grid, tariff(300_000, 650_000)), of(472_500));
    assert_eq!(price(&Shares::default(), grid, tariff(0, 100_000)), of(300_000));
    assert_eq!(price(&Shares::default(), grid, tariff(900_000, 900_000)), of(652_500));
    let given = Shares { price: Some(of(123_456)), ..Shares::default() };
    assert_eq!(price(&given, grid, tariff(300_000, 650_000)), of(123_456));
    let played = play(&scenario, &given, &mut || ()).unwrap();
    assert_eq!(played.cycles[0].trades[0].paid, energy(300).at(of(123_456)));
}

#[test]
fn nobody_gets_more_than_it_can_pay_for() {
    let mut scenario = flows(&[1000, -300, -600]);
    scenario.households[1].balance = Money::new(energy(100).at(Price::new(472_500).unwrap()).get() + 1).unwrap();
    assert_eq!(exchanged(&scenario, &Shares::default()), [(700, 0), (0, 100), (0, 600)]);
    let played = play(&scenario, &Shares::default(), &mut || ()).unwrap();
    assert_eq!(played.end[1].balance.get(), 1);
    assert!(played.cycles[0].rows[1].unpaid, "the rest is a shortfall that its balance does not bear");
}

#[test]
fn a_household_may_inject_and_consume_in_one_cycle() {
    let mut scenario = flows(&[1000, -300]);
    scenario.cycles[0].unplanned[0].consumed = energy(100);
    assert_eq!(exchanged(&scenario, &Shares::default()), [(400, 100), (0, 300)]);
}

#[test]
fn what_is_not_claimed_has_a_counterexample() {
    let both = [Shares::default(), fixed(&[("A", 1_000_000)])];
    for shares in &both {
        let of = properties(&shares.division);
        assert!(of.named().iter().all(|(_, property)| !property.why.is_empty()));
        assert!(!of.individual_rationality.holds && !of.efficiency.holds);
    }
    // Individual rationality: nobody asked B, whose limit is the least price of the grid.
    let mut scenario = flows(&[1000, -300]);
    let plan = (0..50).find_map(|seed| {
        let random = Scenario::checked(random(1, 1, seed)).unwrap();
        random.cycles[0].plans.iter().find(|plan| plan.side() == Side::Buy).cloned()
    });
    let mut plan = plan.expect("half of the plans buy");
    let Intent::Buy(buy) = &mut plan.intent else { panic!("it buys") };
    (buy.bid.limit, buy.consumed) = (scenario.market.grid.first(), energy(300));
    plan.household = 1;
    scenario.cycles[0].unplanned.pop();
    scenario.cycles[0].plans.push(plan);
    let trade = play(&scenario, &Shares::default(), &mut || ()).unwrap().cycles[0].trades[0];
    assert!(trade.buyer_price > trade.limit);
    // Efficiency: by fixed coefficients energy goes to the grid though a member lacks it.
    let shares = fixed(&[("B", 500_000), ("C", 500_000)]);
    assert_eq!(exchanged(&flows(&[1000, -1000, 0]), &shares), [(500, 0), (0, 500), (0, 0)]);
    // In proportion, B and C have the same part, whatever the energy is worth to them.
    assert_eq!(exchanged(&flows(&[100, -100, -100]), &Shares::default()), [(100, 0), (0, 50), (0, 50)]);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1000))]

    #[test]
    fn parts_sum_exactly_and_stay_below_their_weights(weights in prop::collection::vec(0u64..1 << 32, 0..30), part: u16) {
        let sum: u64 = weights.iter().sum();
        let whole = (u128::from(sum) * u128::from(part) / 65_535) as u64;
        let parts = in_proportion(whole, &weights);
        prop_assert_eq!(parts.iter().sum::<u64>(), whole);
        for (part, weight) in parts.iter().zip(&weights) {
            prop_assert!(part <= weight);
            // Less than a Wh beside the exact quota.
            let exact = u128::from(whole) * u128::from(*weight);
            prop_assert!((u128::from(*part) * u128::from(sum)).abs_diff(exact) < u128::from(sum.max(1)));
        }
    }

    #[test]
    fn coefficients_give_no_more_than_there_is(whole in 0u64..1 << 40, weights in prop::collection::vec(0u64..1000, 1..30)) {
        let sum: u64 = weights.iter().sum();
        let coefficients: Vec<u64> = weights.iter().map(|weight| weight * 1_000_000 / sum.max(1)).collect();
        let parts = by_coefficients(whole, &coefficients);
        let total = u128::from(whole) * u128::from(coefficients.iter().sum::<u64>()) / 1_000_000;
        prop_assert_eq!(parts.iter().map(|part| u128::from(*part)).sum::<u128>(), total);
        prop_assert!(total <= u128::from(whole));
    }

    #[test]
    fn pairs_are_few_and_move_what_was_sold(sold in prop::collection::vec(0u64..1000, 1..20), weights in prop::collection::vec(1u64..1000, 1..20)) {
        let bought = in_proportion(sold.iter().sum(), &weights);
        let pairs = pairs(&sold, &bought);
        prop_assert!(pairs.len() < sold.len() + bought.len());
        let of = |count: usize, side: &dyn Fn(&(usize, usize, u64)) -> usize| {
            let mut sums = vec![0; count];
            pairs.iter().for_each(|pair| sums[side(pair)] += pair.2);
            sums
        };
        prop_assert_eq!(of(sold.len(), &|pair| pair.0), sold);
        prop_assert_eq!(of(bought.len(), &|pair| pair.1), bought);
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]

    /// `play` itself checks the books of every cycle: energy and money are conserved.
    #[test]
    fn nobody_gets_more_than_it_consumes(households in 1u64..30, cycles in 1u64..5, seed: u64, parts in prop::collection::vec(0u32..1000, 30), by_coefficient: bool) {
        let scenario = Scenario::checked(random(households, cycles, seed)).unwrap();
        let ids = scenario.households.iter().map(|household| household.id.clone());
        let sum: u32 = parts.iter().sum::<u32>().max(1);
        let coefficients: BTreeMap<String, Coefficient> =
            ids.zip(&parts).map(|(id, part)| (id, Coefficient::new((u64::from(*part) * 1_000_000 / u64::from(sum)) as u32).unwrap())).collect();
        let division = if by_coefficient { Division::Fixed(coefficients.clone()) } else { Division::Proportional };
        let shares = Shares { division, price: None };
        let played = play(&scenario, &shares, &mut || ()).unwrap();
        for books in &played.cycles {
            let injected: u64 = books.rows.iter().map(|row| row.meter.injected.get()).sum();
            let consumed: u64 = books.rows.iter().map(|row| row.meter.consumed.get()).sum();
            let traded: u64 = books.trades.iter().map(|trade| trade.settled.get()).sum();
            prop_assert!(traded <= injected.min(consumed));
            prop_assert!(books.trades.len() < books.rows.len().max(1));
            for row in &books.rows {
                prop_assert!(row.settled <= row.meter.traded_from());
                let id = &scenario.households[row.meter.household].id;
                if by_coefficient && row.meter.side == Some(Side::Buy) {
                    let most = u128::from(injected) * u128::from(coefficients[id].millionths());
                    prop_assert!(u128::from(row.settled.get()) * 1_000_000 < most + 1_000_000);
                }
            }
            // Strong budget balance.
            prop_assert!(books.trades.iter().all(|trade| trade.paid == trade.earned));
        }
        prop_assert_eq!(played.end.iter().map(|account| account.reputation).collect::<Vec<_>>(), scenario.households.iter().map(|household| household.reputation).collect::<Vec<_>>());
        // No plan changes anything: with other asks and limits, all has the same end.
        let mut other = scenario.clone();
        for plan in other.cycles.iter_mut().flat_map(|cycle| &mut cycle.plans) {
            match &mut plan.intent {
                Intent::Sell(sell) => sell.ask = scenario.market.grid.first(),
                Intent::Buy(buy) => buy.bid.limit = scenario.market.grid.first(),
            }
        }
        prop_assert_eq!(play(&other, &shares, &mut || ()).unwrap().end, played.end);
    }
}
