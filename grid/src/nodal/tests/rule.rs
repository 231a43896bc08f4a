//! The rule as a mechanism of the market.

use super::radial;
use crate::network::{Buses, Places, Radial};
use crate::nodal::{Nodal, Unfit};
use crate::units::{CycleSeconds, Power};
use market::mechanism::{Mechanism, UniformPrice};
use market::order_book::OrderBook;
use market::play::play;
use market::scenario::file::File;
use market::scenario::{random, Confirm, Scenario};
use proptest::prelude::*;
use protocol::units::PerMille;

fn scenario(households: u64, cycles: u64, seed: u64) -> Scenario {
    let file: File = random(households, cycles, seed);
    Scenario::checked(file).unwrap()
}

/// The rule on a feeder of three buses in a row, the households on them in turn.
fn rule(scenario: &Scenario, limits: [Option<u64>; 2], base: [i128; 2]) -> Nodal {
    let radial: Radial = radial(&[0, 1]);
    let buses = Buses::new(["0", "1", "2"].map(String::from).to_vec()).unwrap();
    let table = scenario.households.iter().enumerate();
    let table = table.map(|(index, household)| (household.id.clone(), (index % 3).to_string())).collect();
    let places = Places::new(&buses, table).unwrap();
    let limits = limits.map(|limit| limit.map(|limit| Power::size(limit).unwrap()));
    let base = vec![base.to_vec(); scenario.cycles.len()];
    Nodal::new((&radial, &limits), CycleSeconds::new(900).unwrap(), &places, &base, scenario).unwrap()
}

/// The order book of the first cycle, with all its plans.
fn first_book(scenario: &Scenario) -> OrderBook {
    let cycle = &scenario.cycles[0];
    let listed: Vec<usize> = (0..cycle.plans.len()).collect();
    let reputations: Vec<_> = scenario.households.iter().map(|household| household.reputation).collect();
    OrderBook::of_cycle(scenario, cycle, &listed, &reputations, PerMille::ZERO).0
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(100))]

    /// Without limits the rule clears as the uniform price does, refusing plans left out.
    #[test]
    fn without_limits_the_clearing_is_that_of_the_uniform_price(households in 2u64..30, seed: u64) {
        let scenario = scenario(households, 1, seed);
        let book = first_book(&scenario);
        let nodal = rule(&scenario, [None, None], [5, -5]);
        prop_assert_eq!(nodal.clear(&book), UniformPrice.clear(&book));
    }

    /// A scenario is played with limits: energy and money are conserved, and a plan whose household
    /// would refuse takes no part.
    #[test]
    fn a_scenario_is_played_within_limits(
        households in 2u64..30,
        cycles in 1u64..4,
        seed: u64,
        limits in (0u64..40_000, 0u64..40_000),
        base in (-9_000i128..9_000, -9_000i128..9_000),
    ) {
        let scenario = scenario(households, cycles, seed);
        let nodal = rule(&scenario, [Some(limits.0), Some(limits.1)], [base.0, base.1]);
        let played = play(&scenario, &nodal, &mut || ()).unwrap();
        prop_assert_eq!(played.rule, "nodal");
        for (books, cycle) in played.cycles.iter().zip(&scenario.cycles) {
            for trade in &books.trades {
                for plan in [trade.seller, trade.buyer] {
                    prop_assert_eq!(cycle.plans[plan].confirm, Confirm::Yes);
                }
            }
        }
    }
}

#[test]
fn a_scenario_that_the_feeder_does_not_fit_is_refused_by_the_household() {
    let scenario = scenario(3, 2, 1);
    let buses = Buses::new(vec!["T".into()]).unwrap();
    let radial = Radial::new(&buses, []).unwrap();
    let id = |index: usize| scenario.households[index].id.clone();
    let places = Places::new(&buses, vec![(id(0), "T".into()), (id(2), "T".into())]).unwrap();
    let seconds = CycleSeconds::new(900).unwrap();
    let of = |base: &[Vec<i128>]| Nodal::new((&radial, &[]), seconds, &places, base, &scenario).unwrap_err();
    let unfit = of(&[vec![], vec![]]);
    assert_eq!((unfit.code(), &unfit), ("nodal-no-place", &Unfit::NoPlace(id(1))));
    assert!(unfit.to_string().contains(&id(1)));
    let unfit = of(&[vec![]]);
    assert_eq!((unfit.code(), unfit), ("nodal-cycles", Unfit::Cycles { cycles: 2, bases: 1 }));
}

/// The second trade goes from bus 1 with the price 14 back to bus 0 with the price 5, on the room
/// that the first gave it. By itself it would cost the network money, so the volumes are paired
/// along the flow.
#[test]
fn a_trade_against_the_prices_is_paired_anew() {
    use super::{plan, Random};
    use crate::nodal::{paired, Cleared, Room};
    let random = Random {
        radial: radial(&[0]),
        room: vec![Room { forward: Some(10), backward: Some(10) }],
        offers: vec![plan(2, (0, 10, 2)), plan(2, (1, 5, 3)), plan(2, (0, 20, 5))],
        bids: vec![plan(2, (1, 10, 20)), plan(2, (0, 8, 15)), plan(2, (1, 9, 14))],
    };
    let market = random.market();
    let cleared = Cleared::of(&market);
    let against = |trades: &[crate::nodal::Trade]| {
        let price = |plan| cleared.price_of(plan);
        trades.iter().filter(|t| price(&random.bids[t.bid]) < price(&random.offers[t.offer])).count()
    };
    assert_eq!(against(&cleared.trades), 1, "{cleared:?}");
    assert_eq!(against(&paired::trades(&market, &cleared)), 0);
}
