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
        again.retain(|(_, left)| *left >= scenario.terms.least_lot);
        again.sort_by_key(|(plan, _)| *plan);
        list.extend(again);
    }
    made
}

/// A random scenario, sometimes with few different values, so that ties are common, or few rounds.
fn scenario() -> impl Strategy<Value = Scenario> {
    let lots = prop_oneof![Just(1u64), 2u64..2000];
    (2u64..60, 1u64..4, any::<u64>(), prop::bool::ANY, 1u64..12, lots).prop_map(
        |(households, cycles, seed, coarse, rounds, least_lot)| {
            let mut file = random(households, cycles, seed);
            file.market.max_rounds = rounds;
            file.market.least_lot = least_lot;
            for cycle in &mut file.cycles {
                cycle.plans.retain(|plan| plan.volume >= least_lot);
            }
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

/// A trade of 100 Wh at a price, with what is left of both readings.
fn traded(penalty: u64, price: u64, injected: u64, consumed: u64) -> (Outcome, [i128; 2]) {
    let plans = [sell(0, 100, price, injected, "yes"), buy(1, 100, 9, consumed, "yes")];
    let mut scenario = market("ask", &[&plans[0], &plans[1]], 99_999);
    scenario.terms.penalty = Price::new(penalty).unwrap();
    (scenario.market.feed_in, scenario.market.retail) = (Price::ZERO, Price::ZERO);
    let outcome = played(&scenario);
    let changes = balances(&outcome).into_iter().map(|balance| i128::from(balance) - 99_999);
    let changes: Vec<i128> = changes.collect();
    (outcome, [changes[0], changes[1]])
}

#[test]
fn a_side_that_lacks_energy_owes_the_other_for_it() {
    let of = |penalty, price, injected, consumed| {
        let (outcome, [seller, buyer]) = traded(penalty, price, injected, consumed);
        let trade = &outcome.trades[0];
        assert_eq!(seller, -buyer);
        (trade.seller_owes, trade.buyer_owes, seller)
    };
    // A market without a penalty says nothing of one.
    assert_eq!(of(0, 4, 0, 0), (None, None, 0));
    // Within the tolerance of 5 per cent nobody owes anything, also a side that lacks something.
    assert_eq!(of(3, 4, 95, 95), (Some(0), Some(0), 400));
    // One side lacks 6 Wh, or 40 Wh.
    assert_eq!(of(3, 4, 94, 100), (Some(18), Some(0), 376 - 18));
    assert_eq!(of(3, 4, 200, 94), (Some(0), Some(18), 376 + 18));
    assert_eq!(of(3, 4, 200, 60), (Some(0), Some(120), 240 + 120));
    // Both lack something, each what its own reading lacks.
    assert_eq!(of(3, 4, 90, 60), (Some(30), Some(120), 240 - 30 + 120));
    // A side that is within the tolerance itself owes for what it lacks, since the trade is outside.
    assert_eq!(of(3, 4, 99, 60), (Some(3), Some(120), 240 - 3 + 120));
    // The seller owes at most what the trade brings it, the buyer at most what it locked for the
    // rest at the match price.
    assert_eq!(of(30, 4, 60, 100), (Some(240), Some(0), 0));
    assert_eq!(of(30, 4, 100, 60), (Some(0), Some(160), 400));
    assert_eq!(of(u64::from(u32::MAX), 4, 60, 70), (Some(240), Some(160), 160));
    // A seller that delivers nothing owes nothing; a buyer that takes nothing pays all at most.
    assert_eq!(of(3, 4, 0, 100), (Some(0), Some(0), 0));
    assert_eq!(of(9, 4, 100, 0), (Some(0), Some(400), 400));
    assert_eq!(of(9, 0, 50, 50), (Some(0), Some(0), 0));
}

proptest! {
    /// The formulas of the market rules in wide integers.
    #[test]
    fn penalties_follow_the_formulas(
        penalty: u32, price in 0u64..=47, injected in 0u64..250, consumed in 0u64..250, small in 0u64..12,
    ) {
        for penalty in [u64::from(penalty), small] {
            let (outcome, [seller, buyer]) = traded(penalty, price.min(9), injected, consumed);
            let trade = &outcome.trades[0];
            let (matched, at, settled) = (100i128, i128::from(trade.price), i128::from(trade.settled_volume));
            let owes = |reading: u64, most: i128| {
                let lacks = matched - i128::from(reading).min(matched);
                if trade.within { 0 } else { (i128::from(penalty) * lacks).min(most) }
            };
            let (q_s, q_b) = (owes(injected, settled * at), owes(consumed, (matched - settled) * at));
            if penalty > 0 {
                prop_assert_eq!(trade.seller_owes.map(i128::from), Some(q_s));
                prop_assert_eq!(trade.buyer_owes.map(i128::from), Some(q_b));
            }
            prop_assert_eq!(seller, settled * at - q_s + q_b);
            prop_assert_eq!(seller + buyer, 0);
            prop_assert!((0..=matched * at).contains(&seller));
        }
    }
}

#[test]
fn a_rest_below_the_least_lot_leaves_the_market() {
    // Buyer 2 takes 90 of seller 0's 100 Wh, buyer 3 would take the rest.
    let plans = [sell(0, 100, 1, 100, "yes"), buy(1, 90, 9, 90, "yes"), buy(2, 15, 9, 15, "yes")];
    let plans: Vec<&str> = plans.iter().map(String::as_str).collect();
    let mut scenario = market("ask", &plans, 99_999);
    let volumes = |scenario: &Scenario| played(scenario).trades.iter().map(|t| t.volume).collect::<Vec<_>>();
    assert_eq!(volumes(&scenario), [90, 10]);
    scenario.terms.least_lot = Energy::new(10).unwrap();
    assert_eq!(volumes(&scenario), [90, 10]);
    scenario.terms.least_lot = Energy::new(11).unwrap();
    assert_eq!(volumes(&scenario), [90]);
    // The same for a buyer's rest.
    let plans = [buy(0, 100, 9, 100, "yes"), sell(1, 90, 1, 90, "yes"), sell(2, 15, 2, 15, "yes")];
    let plans: Vec<&str> = plans.iter().map(String::as_str).collect();
    let mut scenario = market("ask", &plans, 99_999);
    scenario.terms.least_lot = Energy::new(10).unwrap();
    assert_eq!(volumes(&scenario), [90, 10]);
    scenario.terms.least_lot = Energy::new(11).unwrap();
    assert_eq!(volumes(&scenario), [90]);
}

#[test]
fn a_household_that_bears_its_imbalance_settles_it_with_the_grid() {
    let of = |imbalance, injected, consumed, balance| {
        let plans = [sell(0, 100, 1, injected, "yes"), buy(1, 100, 1, consumed, "yes")];
        let mut scenario = market("ask", &[&plans[0], &plans[1]], balance);
        scenario.terms.imbalance = imbalance;
        let outcome = played(&scenario);
        let grid = outcome.grid.iter().map(|row| (row.surplus_wh, row.shortfall_wh, row.amount));
        let changes = balances(&outcome).into_iter().map(|end| i128::from(end) - i128::from(balance));
        (grid.collect::<Vec<_>>(), changes.collect::<Vec<_>>(), outcome.rejected.len())
    };
    use crate::scenario::Imbalance::{Household, Operator};
    // Feed-in 10, retail 100; the trade is of 100 Wh at 1. Within the tolerance both are settled
    // at 100 Wh.
    assert_eq!(of(Operator, 96, 97, 999), (vec![], vec![100, -100], 0));
    assert_eq!(of(Household, 96, 97, 999), (vec![(0, 4, -400), (3, 0, 30)], vec![-300, -70], 0));
    // Outside it, what was delivered is settled, and nobody has an imbalance.
    assert_eq!(of(Household, 90, 100, 999), (vec![(0, 10, 0)], vec![90, -90], 1));
    assert_eq!(of(Household, 110, 100, 999), (vec![(10, 0, 100)], vec![200, -100], 0));
    // One that cannot pay for its imbalance still owes it.
    assert_eq!(of(Household, 96, 100, 100), (vec![(0, 4, 0)], vec![100, -100], 1));
    assert_eq!(of(Household, 96, 100, 300), (vec![(0, 4, -400)], vec![-300, -100], 0));
}

#[test]
fn unplanned_energy_is_settled_with_the_grid_at_the_cycles_tariff() {
    let mut scenario = market("ask", &[&sell(0, 100, 1, 90, "yes"), &buy(1, 50, 1, 60, "yes")], 5000);
    let other = crate::scenario::Household { id: "2".into(), ..scenario.households[0].clone() };
    scenario.households.push(other);
    let wh = |wh| Energy::new(wh).unwrap();
    let unplanned = |household, injected, consumed| crate::scenario::Unplanned {
        household,
        injected: wh(injected),
        consumed: wh(consumed),
    };
    scenario.cycles[0].unplanned = vec![unplanned(2, 3, 5), unplanned(1, 7, 0), unplanned(0, 0, 2)];
    let price = |price| Price::new(price).unwrap();
    let rows = |scenario: &Scenario| {
        let outcome = played(scenario);
        let grid = outcome.grid.iter().map(|row| (row.household.clone(), row.surplus_wh, row.shortfall_wh, row.amount));
        (grid.collect::<Vec<_>>(), balances(&outcome))
    };
    let row = |id: &str, surplus, shortfall, amount| (id.to_string(), surplus, shortfall, amount);
    let at =
        |amounts: [i128; 3]| vec![row("0", 40, 2, amounts[0]), row("1", 7, 10, amounts[1]), row("2", 3, 5, amounts[2])];
    let (grid, end) = rows(&scenario);
    assert_eq!((grid, end), (at([200, -930, -470]), vec![5000 + 50 + 200, 5000 - 50 - 930, 5000 - 470]));
    let tariff = crate::settlement::Tariff { feed_in: price(1), retail: price(1000) };
    scenario.cycles[0].tariff = Some(tariff);
    // The surplus is paid first, so household 0 can bear its shortfall; household 1 cannot.
    let (grid, end) = rows(&scenario);
    assert_eq!((grid, end), (at([40 - 2000, 7, 3 - 5000]), vec![5000 + 50 - 1960, 5000 - 50 + 7, 5000 + 3 - 5000]));
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
