use super::*;
use crate::matching::match_round_naive;
use crate::outcome::{Outcome, Rejection, Trade, LOCK_EXCEEDS_BALANCE, SHORTFALL_UNPAID};
use crate::scenario::{random, Confirm, CyclePlans, Intent, Scenario, ScenarioPlan};
use crate::score::{QuantisedBid, QuantisedOffer};
use proptest::prelude::*;
use protocol::units::{Energy, Price, Reputation};

fn parse(text: &str) -> Scenario {
    Scenario::parse(text.as_bytes()).unwrap()
}

fn played(scenario: &Scenario) -> Outcome {
    play(scenario, &mut |_| ()).unwrap()
}

/// A second implementation of the rounds, which follows the words of the market rules: one list of
/// both sides, copied from round to round.
fn rounds_by_the_letter(scenario: &Scenario, cycle: &CyclePlans, listed: &[usize], now: &[Reputation]) -> Rounds {
    let plan = |entry: &(usize, Energy)| &cycle.plans[entry.0];
    let mut list: Vec<(usize, Energy)> = listed.iter().map(|p| (*p, cycle.plans[*p].volume())).collect();
    let mut made = Vec::new();
    for round in 0..scenario.market.max_rounds {
        let (mut buys, mut sells, mut bids, mut offers) = (vec![], vec![], vec![], vec![]);
        for entry in &list {
            let ScenarioPlan { household, intent, .. } = plan(entry);
            match intent {
                Intent::Buy(buy) => {
                    buys.push(*entry);
                    bids.push(QuantisedBid::new(&scenario.market, &buy.bid).unwrap());
                }
                Intent::Sell(sell) => {
                    let mut offer = sell.offer(scenario.households[*household].place, now[*household]);
                    offer.volume = entry.1;
                    sells.push(*entry);
                    offers.push(QuantisedOffer::new(&scenario.market, &offer).unwrap());
                }
            }
        }
        let pairs = match_round_naive(&bids, &offers);
        let pairs: Vec<_> = buys.iter().zip(pairs).filter_map(|(buy, sell)| Some((*buy, sells[sell?]))).collect();
        if pairs.is_empty() {
            break;
        }
        let mut again = Vec::new();
        for (buy, sell) in pairs {
            let refuses = |entry: &(usize, Energy)| plan(entry).confirm == Confirm::Refuse;
            if refuses(&buy) || refuses(&sell) {
                list.retain(|entry| !(refuses(entry) && [buy.0, sell.0].contains(&entry.0)));
                continue;
            }
            let (Intent::Buy(b), Intent::Sell(s)) = (&plan(&buy).intent, &plan(&sell).intent) else { panic!() };
            let volume = buy.1.min(sell.1);
            let price = match_price(&scenario.market, s.ask, b.bid.limit);
            made.push(Matched { round, buyer: buy.0, seller: sell.0, volume, price });
            list.retain(|entry| ![buy.0, sell.0].contains(&entry.0));
            again.extend([buy, sell].map(|(plan, left)| (plan, left.minus(volume).unwrap())));
        }
        again.retain(|(_, left)| *left > Energy::ZERO);
        again.sort_by_key(|(plan, _)| *plan);
        list.extend(again);
    }
    made
}

/// A random scenario, sometimes with few different values, so that ties are common, or few rounds.
fn scenario() -> impl Strategy<Value = Scenario> {
    (2u64..60, 1u64..4, any::<u64>(), prop::bool::ANY, 1u64..12).prop_map(
        |(households, cycles, seed, coarse, rounds)| {
            let mut file = random(households, cycles, seed);
            file.market.max_rounds = rounds;
            if coarse {
                file.market.ranges.volume = [4000, 4001];
                file.market.ranges.place = [5000, 5001];
                for weights in file.cycles.iter_mut().flat_map(|c| &mut c.plans).filter_map(|p| p.weights.as_mut()) {
                    weights.types = crate::scenario::file::Types { wind: 0, hydro: 0, fossil: 0, solar: 0, biomass: 0 };
                    weights.price = 0;
                }
            }
            parse(&file.to_json())
        },
    )
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(96))]

    #[test]
    fn rounds_go_by_the_letter(scenario in scenario()) {
        let now: Vec<_> = scenario.households.iter().map(|household| household.reputation).collect();
        for cycle in &scenario.cycles {
            let listed: Vec<_> = (0..cycle.plans.len()).collect();
            let fast = rounds(&scenario, cycle, &listed, &now, &mut |_| ());
            prop_assert_eq!(fast, rounds_by_the_letter(&scenario, cycle, &listed, &now));
        }
    }

    /// Only trades and the grid change balances, and no money is made or lost.
    #[test]
    fn money_is_conserved(scenario in scenario()) {
        let outcome = played(&scenario);
        let mut balances: Vec<i128> = scenario.households.iter().map(|h| h.balance.get().into()).collect();
        let index = |id: &str| scenario.households.iter().position(|h| h.id == id).unwrap();
        for trade in &outcome.trades {
            prop_assert_eq!(trade.amount, trade.settled_volume * trade.price);
            balances[index(&trade.buyer)] -= i128::from(trade.amount);
            balances[index(&trade.seller)] += i128::from(trade.amount);
        }
        for row in &outcome.grid {
            let unpaid = Rejection { cycle: row.cycle, household: row.household.clone(), reason: SHORTFALL_UNPAID.into() };
            let due = if outcome.rejected.contains(&unpaid) { 0 } else { i128::from(row.shortfall_wh) * 650_000 };
            prop_assert_eq!(row.amount, i128::from(row.surplus_wh) * 300_000 - due);
            balances[index(&row.household)] += row.amount;
        }
        let end: Vec<i128> = outcome.households.iter().map(|h| h.balance.into()).collect();
        prop_assert_eq!(balances, end);
    }

    /// No plan trades beyond its volume or its price, and all metered energy is traded or settled
    /// with the grid.
    #[test]
    fn energy_is_conserved(scenario in scenario()) {
        let outcome = played(&scenario);
        for cycle in &scenario.cycles {
            for plan in &cycle.plans {
                let id = &scenario.households[plan.household].id;
                let number = cycle.cycle.get();
                let trades = || outcome.trades.iter().filter(|t| t.cycle == number && [&t.buyer, &t.seller].contains(&id));
                let grid = outcome.grid.iter().find(|g| g.cycle == number && g.household == *id);
                let (surplus, shortfall) = grid.map_or((0, 0), |g| (g.surplus_wh, g.shortfall_wh));
                let settled: u64 = trades().map(|t| t.settled_volume).sum();
                prop_assert!(trades().map(|t| t.volume).sum::<u64>() <= plan.volume().get());
                prop_assert!(trades().all(|t| t.delivered <= t.volume && t.settled_volume <= t.volume));
                let settled_right = |t: &Trade| t.settled_volume == if t.within { t.volume } else { t.delivered };
                prop_assert!(trades().all(settled_right));
                let delivered: u64 = trades().map(|t| t.delivered).sum();
                let (metered, other) = match &plan.intent {
                    Intent::Sell(sell) => {
                        prop_assert!(trades().all(|t| t.seller == *id && t.price >= sell.ask.get()));
                        prop_assert_eq!(surplus, sell.injected.get().saturating_sub(settled));
                        (sell.injected, shortfall)
                    }
                    Intent::Buy(buy) => {
                        prop_assert!(trades().all(|t| t.buyer == *id && t.price <= buy.bid.limit.get()));
                        prop_assert_eq!(shortfall, buy.consumed.get().saturating_sub(settled));
                        (buy.consumed, surplus)
                    }
                };
                prop_assert!(delivered <= metered.get());
                prop_assert_eq!(other, 0);
                let rejected = |r: &Rejection| r.cycle == number && r.household == *id && r.reason == LOCK_EXCEEDS_BALANCE;
                prop_assert!(!outcome.rejected.iter().any(rejected) || trades().count() == 0);
            }
        }
    }
}

fn market(rule: &str, plans: &[&str], balance: u64) -> Scenario {
    let households: Vec<String> = (0..plans.len())
        .map(|h| format!(r#"{{"id":"{h}","x":0,"y":0,"reputation":50,"balance":{balance}}}"#))
        .collect();
    parse(&format!(
        r#"{{"format":"veilgrid-scenario/1","market":{{"tolerance_permille":50,"price_rule":"{rule}","max_rounds":8,
        "feed_in":10,"retail":100,"price_grid":{{"first":0,"step":1}},
        "ranges":{{"volume":[0,100],"reputation":[0,100],"place":[0,10]}},"greatest_energy":4294967295}},
        "households":[{}],"cycles":[{{"cycle":0,"plans":[{}]}}]}}"#,
        households.join(","),
        plans.join(",")
    ))
}

fn sell(household: usize, volume: u64, price: u64, injected: u64, confirm: &str) -> String {
    format!(
        r#"{{"household":"{household}","side":"sell","energy_type":"wind","generated":{volume},"volume":{volume},
        "price":{price},"injected":{injected},"confirm":"{confirm}"}}"#
    )
}

fn buy(household: usize, volume: u64, limit: u64, consumed: u64, confirm: &str) -> String {
    format!(
        r#"{{"household":"{household}","side":"buy","volume":{volume},"limit":{limit},"consumed":{consumed},
        "confirm":"{confirm}","wanted":{{"price":0,"volume":0,"reputation":0,"x":0,"y":0}},
        "weights":{{"price":0,"volume":0,"reputation":0,"place":0,
        "types":{{"wind":0,"hydro":0,"fossil":0,"solar":0,"biomass":0}}}}}}"#
    )
}

fn balances(outcome: &Outcome) -> Vec<u64> {
    outcome.households.iter().map(|h| h.balance).collect()
}

#[test]
fn the_midpoint_is_rounded_down() {
    let scenario = market("midpoint", &[&sell(0, 10, 4, 10, "yes"), &buy(1, 10, 7, 10, "yes")], 1000);
    let outcome = played(&scenario);
    assert_eq!((outcome.trades[0].price, balances(&outcome)), (5, vec![1050, 950]));
    assert!(outcome.grid.is_empty());
}

#[test]
fn a_lock_that_the_balance_bears_exactly_is_listed_and_a_greater_one_rejected() {
    let plans = [sell(0, 10, 4, 10, "yes"), buy(1, 10, 7, 10, "yes")];
    let plans = [plans[0].as_str(), plans[1].as_str()];
    let outcome = played(&market("ask", &plans, 70));
    assert_eq!((outcome.trades.len(), outcome.rejected.len()), (1, 0));
    assert_eq!(balances(&outcome), [70 + 40, 70 - 40]);

    // 69: rejected; its meters still settle with the grid, which it cannot pay either.
    let outcome = played(&market("ask", &plans, 69));
    let reject = |reason: &str| Rejection { cycle: 0, household: "1".into(), reason: reason.into() };
    assert_eq!(outcome.rejected, [reject(LOCK_EXCEEDS_BALANCE), reject(SHORTFALL_UNPAID)]);
    assert!(outcome.trades.is_empty());
    assert_eq!(balances(&outcome), [69 + 100, 69]);
    assert_eq!((outcome.grid[1].shortfall_wh, outcome.grid[1].amount), (10, 0));
}

#[test]
fn a_shortfall_is_paid_from_what_the_lock_gave_back() {
    // Nothing matches: the whole lock of 1000 returns, and pays 10 Wh at 100.
    let outcome = played(&market("ask", &[&buy(0, 25, 40, 10, "yes")], 1000));
    assert_eq!((balances(&outcome), outcome.rejected.len(), outcome.grid[0].amount), (vec![0], 0, -1000));
}

#[test]
fn the_one_who_fell_short_pays_with_reputation() {
    let reputations = |injected, consumed| {
        let outcome =
            played(&market("ask", &[&sell(0, 100, 1, injected, "yes"), &buy(1, 100, 1, consumed, "yes")], 99999));
        let trade = &outcome.trades[0];
        (trade.within, trade.settled_volume, outcome.households.iter().map(|h| h.reputation).collect::<Vec<_>>())
    };
    assert_eq!(reputations(100, 100), (true, 100, vec![51, 51]));
    assert_eq!(reputations(95, 200), (true, 100, vec![51, 51]));
    assert_eq!(reputations(94, 200), (false, 94, vec![40, 51]));
    assert_eq!(reputations(100, 94), (false, 94, vec![51, 40]));
    assert_eq!(reputations(94, 99), (false, 94, vec![40, 40]));
    assert_eq!(reputations(0, 0), (false, 0, vec![40, 40]));
}

#[test]
fn a_refuser_leaves_and_the_other_keeps_its_place() {
    // Buyer 2 takes seller 0, who refuses; buyer 3 takes seller 1. In round 1 nobody is left for
    // buyer 2.
    let plans = [
        sell(0, 10, 1, 10, "refuse"),
        sell(1, 10, 2, 10, "yes"),
        buy(2, 10, 9, 10, "yes"),
        buy(3, 5, 9, 10, "yes"),
        buy(4, 5, 9, 5, "yes"),
    ];
    let plans: Vec<&str> = plans.iter().map(String::as_str).collect();
    let outcome = played(&market("ask", &plans, 99999));
    let trades: Vec<_> =
        outcome.trades.iter().map(|t| (t.round, t.buyer.as_str(), t.seller.as_str(), t.volume)).collect();
    assert_eq!(trades, [(0, "3", "1", 5), (1, "2", "1", 5)]);
}

#[test]
fn money_beyond_its_bound_is_an_error_and_not_a_wrap() {
    let scenario = market("ask", &[&sell(0, 10, 4, 10, "yes")], u64::MAX - 99);
    let error = play(&scenario, &mut |_| ()).unwrap_err();
    assert_eq!(error.code(), "balance-overflow");
    assert_eq!(error.to_string(), "in cycle 0 the balance of household \"0\" reaches 2^64 nano-currency");
    played(&market("ask", &[&sell(0, 10, 4, 10, "yes")], u64::MAX - 100));
    let trade = market("ask", &[&sell(0, 10, 40, 10, "yes"), &buy(1, 10, 40, 10, "yes")], u64::MAX - 399);
    assert!(play(&trade, &mut |_| ()).is_err());
}

#[test]
fn the_greatest_values_overflow_nothing_on_the_way() {
    let most = u64::from(u32::MAX);
    let mut file = random(2, 1, 1);
    file.market.price_grid = crate::scenario::file::PriceGrid { first: most, step: 1 };
    assert!(Scenario::parse(file.to_json().as_bytes()).is_err(), "the last tick would be no price");
    let (mut scenario, rest) =
        (market("ask", &[&sell(0, most, 47, most, "yes"), &buy(1, most, 47, most, "yes")], 1 << 38), 0);
    scenario.market.retail = Price::MAX;
    scenario.market.feed_in = Price::MAX;
    let outcome = played(&scenario);
    assert_eq!(outcome.trades[0].amount, most * 47);
    assert_eq!(outcome.grid.len(), rest);
}
