//! What must hold of the figures of every scenario.

mod common;

use common::*;
use figures::{Bill, Fees, Known};
use market::scenario::{random, Scenario};
use proptest::prelude::*;
use protocol::units::Price;

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    /// Random scenarios have refusals, locks that no balance bears, meters that miss the tolerance,
    /// and shortfalls that stay unpaid.
    #[test]
    fn bills_add_up(households in 1u64..30, cycles in 1u64..5, seed: u64, fee in 0u64..200_000) {
        let scenario = Scenario::checked(random(households, cycles, seed)).unwrap();
        let price = |micro| Price::new(micro).unwrap();
        let fees = Fees { network: price(fee), network_local: price(fee / 2), levies: price(fee / 3), levies_local: price(0) };
        let known = Known { fees, ..Known::of(&scenario) };
        for played in by_all(&scenario) {
            let figures = figures::Figures::new(("veilgrid", "random"), &scenario, &known, std::slice::from_ref(&played));
            let (bills, measures) = (&figures.bills[0], &figures.measures[0]);
            let all = &bills.whole.all;
            // The sum of the households is the whole, and so is the sum of the cycles.
            let sum = |bills: &mut dyn Iterator<Item = &Bill>| {
                let mut sum = Bill::nothing(false);
                bills.for_each(|bill| sum += bill);
                sum
            };
            prop_assert_eq!(&sum(&mut bills.whole.bills.iter()), all);
            prop_assert_eq!(&sum(&mut bills.intervals.iter().map(|interval| &interval.all)), all);
            prop_assert_eq!(measures.gain(), all.saved());
            for bill in &bills.whole.bills {
                prop_assert_eq!(bill.saved(), bill.without() - bill.with());
            }
            // What households owe is what the grid, the operator, the network and the state get.
            let grid: i128 = played.cycles.iter().flat_map(|books| &books.rows).map(|row| -row.grid).sum();
            let operator = measures.operator();
            prop_assert_eq!(all.with(), grid + all.unpaid + operator + all.network + all.levies);
            prop_assert_eq!(all.penalties, 0);
            prop_assert_eq!(all.bought, all.sold);
            // Every household's bill is what left its balance, its debt, and its fees.
            for (household, bill) in bills.whole.bills.iter().enumerate() {
                let left = i128::from(scenario.households[household].balance.get()) - i128::from(played.end[household].balance.get());
                prop_assert_eq!(bill.with(), left + bill.unpaid + bill.network + bill.levies);
            }
            // Energy: what is metered is bought, sold, or the grid's, but for the imbalance.
            prop_assert!(all.from_grid <= all.consumed && all.to_grid <= all.injected);
            prop_assert!(all.bought + all.from_grid >= all.consumed && all.sold + all.to_grid >= all.injected);
            prop_assert!(all.bought + all.from_grid <= all.consumed + measures.imbalance);
        }
    }
}
