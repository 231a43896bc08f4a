//! What the rule claims of itself, and what it does not.

use super::{markets, radial, Random};
use crate::nodal::{Cleared, Market, Nodal, Plan, Room};
use microlp::{ComparisonOp, OptimizationDirection, Problem};
use proptest::prelude::*;
use protocol::units::{Energy, Price};

/// The greatest gains within the limits, by a linear program with a variable for each plan and each
/// line, when `more` Wh more are taken out at a bus. None if they cannot be.
fn greatest_gains(market: &Market<'_>, (bus, more): (usize, f64)) -> Option<f64> {
    let mut program = Problem::new(OptimizationDirection::Maximize);
    let mut balance: Vec<Vec<(microlp::Variable, f64)>> = vec![Vec::new(); market.radial.buses()];
    for (plans, sign) in [(market.offers, 1.0), (market.bids, -1.0)] {
        for plan in plans {
            let energy = program.add_var(-sign * plan.price.get() as f64, (0.0, plan.energy.get() as f64));
            balance[plan.bus].push((energy, sign));
        }
    }
    for (line, room) in market.room.iter().enumerate() {
        let bound = |room: Option<i128>| room.map_or(f64::INFINITY, |room| room as f64);
        let flow = program.add_var(0.0, (-bound(room.backward), bound(room.forward)));
        let (near, far) = market.radial.ends(line);
        balance[near].push((flow, -1.0));
        balance[far].push((flow, 1.0));
    }
    for (at, terms) in balance.iter().enumerate() {
        let taken = if at == bus { more } else { 0.0 };
        if terms.is_empty() && taken != 0.0 {
            return None;
        }
        program.add_constraint(terms.as_slice(), ComparisonOp::Eq, taken);
    }
    match program.solve() {
        Ok(microlp::SolveOutcome::Solution(solution)) => Some(solution.objective()),
        Err(microlp::Error::Infeasible) => None,
        other => panic!("{other:?}"),
    }
}

fn gains(market: &Market<'_>, cleared: &Cleared) -> i128 {
    let gain = |trade: &crate::nodal::Trade| {
        let (ask, limit) = (market.offers[trade.offer].price.get(), market.bids[trade.bid].price.get());
        i128::from(trade.energy.get()) * (i128::from(limit) - i128::from(ask))
    };
    cleared.trades.iter().map(gain).sum()
}

/// What buyers pay less what sellers earn.
fn rent(market: &Market<'_>, cleared: &Cleared) -> i128 {
    let kept = |trade: &crate::nodal::Trade| {
        let paid = cleared.price_of(&market.bids[trade.bid]).get();
        let earned = cleared.price_of(&market.offers[trade.offer]).get();
        i128::from(trade.energy.get()) * (i128::from(paid) - i128::from(earned))
    };
    cleared.trades.iter().map(kept).sum()
}

fn plan(bus: usize, wh: u64, price: u64) -> Plan {
    Plan { bus, energy: Energy::new(wh).unwrap(), price: Price::new(price).unwrap() }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1000))]

    #[test]
    fn trades_fit_the_plans_and_the_lines(random in markets()) {
        let market = random.market();
        let cleared = Cleared::of(&market);
        let mut taken = vec![0i128; market.radial.buses()];
        let (mut sold, mut bought) = (vec![0; market.offers.len()], vec![0; market.bids.len()]);
        for trade in &cleared.trades {
            prop_assert!(trade.energy > Energy::ZERO);
            sold[trade.offer] += trade.energy.get();
            bought[trade.bid] += trade.energy.get();
            taken[market.offers[trade.offer].bus] -= i128::from(trade.energy.get());
            taken[market.bids[trade.bid].bus] += i128::from(trade.energy.get());
        }
        for (plans, moved) in [(market.offers, sold), (market.bids, bought)] {
            prop_assert!(plans.iter().zip(moved).all(|(plan, moved)| moved <= plan.energy.get()));
        }
        prop_assert_eq!(&market.radial.flows(&taken), &cleared.flows);
        for (flow, room) in cleared.flows.iter().zip(market.room) {
            prop_assert!(room.forward.is_none_or(|room| *flow <= room) && room.backward.is_none_or(|room| -*flow <= room));
        }
    }

    #[test]
    fn what_the_rule_claims_holds(random in markets()) {
        let market = random.market();
        let cleared = Cleared::of(&market);
        let claims = Nodal::PROPERTIES;
        prop_assert!(claims.individual_rationality.holds && claims.weak_budget_balance.holds && claims.efficiency.holds);
        for trade in &cleared.trades {
            let (offer, bid) = (&market.offers[trade.offer], &market.bids[trade.bid]);
            prop_assert!(cleared.price_of(offer) >= offer.price && cleared.price_of(bid) <= bid.price);
            prop_assert!(cleared.price_of(bid) >= cleared.price_of(offer) || rent(&market, &cleared) >= 0);
        }
        prop_assert!(rent(&market, &cleared) >= 0);
        let best = greatest_gains(&market, (0, 0.0)).unwrap();
        prop_assert!((best - gains(&market, &cleared) as f64).abs() < 1e-6, "{} is to be {best}", gains(&market, &cleared));
    }

    /// Energy flows to no lower price.
    #[test]
    fn no_line_carries_energy_to_a_lower_price(random in markets()) {
        let market = random.market();
        let cleared = Cleared::of(&market);
        for (line, flow) in cleared.flows.iter().enumerate().filter(|(_, flow)| **flow != 0) {
            let (near, far) = market.radial.ends(line);
            let (from, to) = if *flow > 0 { (near, far) } else { (far, near) };
            prop_assert!(cleared.prices[from].price().unwrap() <= cleared.prices[to].price().unwrap());
        }
    }

    /// The ends of a bus's interval are what the best gains lose by one Wh more taken out there, and
    /// what they win by one Wh less; an end is open where that cannot be.
    #[test]
    fn prices_are_the_value_of_one_wh_more_and_less(random in markets()) {
        let market = random.market();
        let cleared = Cleared::of(&market);
        let now = greatest_gains(&market, (0, 0.0)).unwrap();
        for (bus, interval) in cleared.prices.iter().enumerate() {
            let more = greatest_gains(&market, (bus, 1.0)).map(|then| (now - then).round() as i64);
            let less = greatest_gains(&market, (bus, -1.0)).map(|then| (then - now).round() as i64);
            let micro = |price: Option<Price>| price.map(|price| price.get() as i64);
            prop_assert_eq!((micro(interval.low), micro(interval.high)), (less, more), "bus {}", bus);
        }
    }
}

/// Seed of the worked case: a line of 1,500 Wh between the offers of 5 and 7 and the bids of 12 and
/// 10.
fn split(first_limit: u64) -> Random {
    Random {
        radial: radial(&[0]),
        room: vec![Room { forward: Some(1500), backward: Some(1500) }],
        offers: vec![plan(0, 1000, 5), plan(0, 1000, 7), plan(1, 1000, 9)],
        bids: vec![plan(1, 1000, first_limit), plan(1, 1000, 10), plan(0, 1000, 8)],
    }
}

#[test]
fn it_is_not_strongly_balanced_where_a_full_line_parts_two_prices() {
    const { assert!(!Nodal::PROPERTIES.strong_budget_balance.holds) };
    let random = split(12);
    assert_eq!(rent(&random.market(), &Cleared::of(&random.market())), 1500);
}

#[test]
fn it_is_not_incentive_compatible_a_buyer_that_lowers_its_limit_pays_less() {
    const { assert!(!Nodal::PROPERTIES.incentive_compatibility.holds) };
    let pays = |limit: u64| {
        let (offers, bids) = (vec![plan(0, 1000, 4)], vec![plan(1, 1000, limit)]);
        let random = Random { offers, bids, ..split(12) };
        let cleared = Cleared::of(&random.market());
        assert_eq!(cleared.trades.len(), 1);
        cleared.price_of(&random.bids[0]).get()
    };
    // The buyer's true value is 12. It gets the same energy for 6 instead of 8.
    assert_eq!((pays(12), pays(8)), (8, 6));
}
