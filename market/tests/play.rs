//! Scenarios with all kinds of terms, played by every mechanism: what the books must satisfy, and
//! that they notice one thing wrong.

use market::books::{CycleBooks, Row};
use market::mechanism::{Clearing, KPrototypes, Mechanism, Properties, Venue, ALL};
use market::order_book::OrderBook;
use market::play::{play, Played};
use market::rules::{self, Account};
use market::scenario::file::{self, File};
use market::scenario::{random, Imbalance, Intent, Scenario};
use proptest::prelude::*;
use protocol::units::{Energy, Money, Price, Side};

fn played(scenario: &Scenario, rule: &dyn Mechanism) -> Played {
    play(scenario, rule, &mut || ()).unwrap()
}

/// Terms, and what a cycle may state, for a random scenario. Plans below the least lot become
/// unplanned energy, and so does some energy of the households that have a plan.
fn with_terms(mut file: File, least_lot: u64, penalty: u64, household: bool) -> File {
    file.market.penalty = penalty;
    file.market.least_lot = least_lot;
    file.market.imbalance = if household { file::Imbalance::Household } else { file::Imbalance::Operator };
    for (c, cycle) in file.cycles.iter_mut().enumerate() {
        let (plans, small) = cycle.plans.drain(..).partition(|plan| plan.volume >= least_lot);
        cycle.plans = plans;
        let unplanned = |plan: &file::Plan| file::Unplanned {
            household: plan.household.clone(),
            injected: plan.injected.unwrap_or(0),
            consumed: plan.consumed.unwrap_or(0),
        };
        let small: Vec<file::Plan> = small;
        cycle.unplanned = small.iter().map(unplanned).collect();
        // The other direction than the plan's.
        cycle.unplanned.extend(cycle.plans.iter().step_by(7).map(|plan| file::Unplanned {
            household: plan.household.clone(),
            injected: plan.consumed.unwrap_or(0),
            consumed: plan.injected.unwrap_or(0),
        }));
        if c % 2 == 1 {
            cycle.tariff = Some(file::Tariff { feed_in: 70_000, retail: 900_000 });
        }
    }
    file
}

fn scenario() -> impl Strategy<Value = Scenario> {
    let sizes = (1u64..40, 1u64..6, any::<u64>());
    let terms =
        (1u64..3000, prop_oneof![Just(0u64), 1u64..1_000_000, Just(u32::MAX.into())], any::<bool>(), any::<bool>());
    (sizes, terms).prop_map(|((households, cycles, seed), (lot, penalty, any_lot, household))| {
        let lot = if any_lot { lot } else { 1 };
        Scenario::checked(with_terms(random(households, cycles, seed), lot, penalty, household)).unwrap()
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(96))]

    /// `play` itself checks the books of every cycle. Random scenarios have refusals, plans whose
    /// locks no balance bears, meters that miss the tolerance, and shortfalls that stay unpaid.
    #[test]
    fn energy_and_money_are_conserved_by_every_mechanism(scenario in scenario()) {
        for rule in ALL {
            let played = played(&scenario, rule);
            for (books, cycle) in played.cycles.iter().zip(&scenario.cycles) {
                for trade in &books.trades {
                    let Intent::Buy(buy) = &cycle.plans[trade.buyer].intent else { panic!("a buyer buys") };
                    prop_assert_eq!(trade.limit, buy.bid.limit);
                    prop_assert!(trade.ask <= trade.seller_price && trade.buyer_price <= trade.limit);
                    // No trade brings a balance below what it was before: the seller loses nothing,
                    // and the buyer no more than it has locked.
                    prop_assert!(trade.seller_got() >= 0);
                    prop_assert!(trade.buyer_gave() <= i128::from(trade.matched.at(trade.limit).get()));
                    prop_assert_eq!(
                        trade.buyer_gave() - trade.seller_got(),
                        i128::from(trade.paid.get()) - i128::from(trade.earned.get())
                    );
                }
                if scenario.terms.imbalance == Imbalance::Household {
                    prop_assert_eq!(books.imbalance(scenario.terms.imbalance), 0);
                }
            }
        }
    }

    /// The market's own mechanism has the outcome of the market's rules, rejections included.
    #[test]
    fn k_prototypes_is_what_simulate_plays(scenario in scenario()) {
        let played = played(&scenario, &KPrototypes);
        prop_assert_eq!(played.outcome(&scenario), rules::play(&scenario, &mut |_| ()).unwrap());
    }

    /// Only K-prototypes lists rests again, and none below the least lot.
    #[test]
    fn no_trade_of_k_prototypes_is_below_the_least_lot(scenario in scenario()) {
        for trade in rules::play(&scenario, &mut |_| ()).unwrap().trades {
            prop_assert!(trade.volume >= scenario.terms.least_lot.get());
        }
    }
}

/// A cycle with trades, its scenario, and the accounts after it.
fn sample() -> (Scenario, CycleBooks, Vec<Account>) {
    let mut scenario = Scenario::checked(random(60, 1, 3)).unwrap();
    scenario.terms.penalty = Price::new(90_000).unwrap();
    let mut played = played(&scenario, &KPrototypes);
    let books = played.cycles.remove(0);
    assert!(books.trades.len() > 3 && books.trades.iter().any(|trade| trade.within && trade.settled > trade.delivered));
    books.conserved(&scenario.terms, &played.end).unwrap();
    (scenario, books, played.end)
}

fn one_more(energy: Energy) -> Energy {
    Energy::new(energy.get() + 1).unwrap()
}

#[test]
fn books_with_one_thing_wrong_do_not_balance() {
    const PENALTY: &str = "a penalty is not the energy that its side lacked at the penalty's price";
    type Change = fn(&mut CycleBooks, &mut [Account]);
    let cases: [(&str, Change); 15] = [
        ("a trade settles what was neither agreed nor delivered", |b, _| {
            b.trades[0].settled = one_more(b.trades[0].settled)
        }),
        ("a trade settles what was neither agreed nor delivered", |b, _| {
            b.trades[0].delivered = one_more(b.trades[0].matched)
        }),
        ("a trade's money is not its energy at its price", |b, _| b.trades[0].paid = Money::ZERO),
        ("a trade's money is not its energy at its price", |b, _| b.trades[0].earned = Money::ZERO),
        (PENALTY, |b, _| b.trades[0].seller_owes = Money::new(b.trades[0].seller_owes.get() + 1).unwrap()),
        (PENALTY, |b, _| {
            let trade = b.trades.iter_mut().find(|trade| trade.buyer_owes > Money::ZERO).unwrap();
            trade.buyer_owes = Money::ZERO;
        }),
        ("sellers get more than buyers pay", |b, _| {
            let trade = b.trades.iter_mut().find(|trade| trade.within && trade.earned > Money::ZERO).unwrap();
            trade.buyer_price = Price::ZERO;
            trade.paid = Money::ZERO;
        }),
        ("a plan trades on the other side", |b, _| b.trades[0].seller = b.trades[0].buyer),
        ("the households' money changed by another sum than the grid's and the operator's", |_, end| {
            end[0].balance = end[0].balance.plus(Money::new(1).unwrap()).unwrap()
        }),
        ("a plan's row is not the sum of its trades", |b, _| b.trades[0].seller = b.trades[1].seller),
        ("metered energy is booked nowhere", |b, _| {
            let row = b.rows.iter_mut().find(|row| row.beyond.surplus > Energy::ZERO).unwrap();
            row.beyond.surplus = row.beyond.surplus.minus(Energy::new(1).unwrap()).unwrap();
        }),
        ("more energy is booked than was metered", |b, _| {
            let row = b.rows.iter_mut().find(|row| row.delivered == row.settled).unwrap();
            row.beyond.shortfall = one_more(row.beyond.shortfall);
        }),
        ("more energy is booked than was metered", |b, _| {
            let row = b.rows.iter_mut().find(|row| row.delivered < row.settled.min(row.meter.consumed)).unwrap();
            row.beyond.shortfall = row.meter.consumed.minus(row.delivered).unwrap();
        }),
        ("the grid's money is not its energy at its price", |b, _| {
            // One pays what another gets, so that the sum is right.
            let mut of = b.rows.iter_mut().filter(|row| row.meter.side == Some(Side::Sell) && row.grid > 0);
            let (one, other) = (of.next().unwrap(), of.next().unwrap());
            (one.grid, other.grid) = (one.grid + 1, other.grid - 1);
        }),
        ("a household's money changed by another sum than its trades' and the grid's", |_, end| {
            let mut of = end.iter_mut().filter(|account| account.balance > Money::ZERO);
            let (one, other) = (of.next().unwrap(), of.next().unwrap());
            let unit = Money::new(1).unwrap();
            one.balance = one.balance.plus(unit).unwrap();
            other.balance = other.balance.minus(unit).unwrap();
        }),
    ];
    for (expected, change) in cases {
        let (scenario, mut books, mut end) = sample();
        change(&mut books, &mut end);
        assert_eq!(books.conserved(&scenario.terms, &end), Err(expected));
    }
    let (scenario, mut books, end) = sample();
    let traded = books.rows.iter().position(|row| row.delivered > Energy::ZERO).unwrap();
    (books.rows[traded].meter.injected, books.rows[traded].meter.consumed) = (Energy::ZERO, Energy::ZERO);
    assert_eq!(books.conserved(&scenario.terms, &end), Err("more is delivered than the meter shows"));
}

/// Where households bear their imbalance, it must be with the grid, on the right side.
#[test]
fn an_imbalance_that_is_booked_nowhere_is_noticed() {
    let mut scenario = Scenario::checked(random(60, 1, 3)).unwrap();
    scenario.terms.imbalance = Imbalance::Household;
    let mut played = played(&scenario, &KPrototypes);
    let (books, end) = (played.cycles.remove(0), played.end);
    books.conserved(&scenario.terms, &end).unwrap();
    let [seller, buyer] = [Side::Sell, Side::Buy].map(|side| {
        let excess = |row: &Row| row.settled > row.meter.traded_from() && row.meter.side == Some(side);
        books.rows.iter().position(excess).expect("some trade within the tolerance")
    });
    let nowhere = Err("metered energy is booked nowhere");
    let mut other = books.clone();
    other.rows[seller].beyond.shortfall = Energy::ZERO;
    assert_eq!(other.conserved(&scenario.terms, &end), nowhere);
    let mut other = books.clone();
    other.rows[buyer].beyond.surplus = Energy::ZERO;
    assert_eq!(other.conserved(&scenario.terms, &end), nowhere);
    // The same books where the operator bears it: the households book too much.
    scenario.terms.imbalance = Imbalance::Operator;
    assert_eq!(books.conserved(&scenario.terms, &end), Err("more energy is booked than was metered"));
    assert!(books.imbalance(Imbalance::Operator) > 0);
}

/// A rule that pays sellers out of nothing.
struct Generous;

impl Mechanism for Generous {
    fn name(&self) -> &'static str {
        "generous"
    }
    fn properties(&self) -> Properties {
        KPrototypes.properties()
    }
    fn venue(&self) -> Venue {
        Venue::InTheClear
    }
    fn clear(&self, market: &OrderBook) -> Clearing {
        let mut clearing = KPrototypes.clear(market);
        for trade in &mut clearing.trades {
            trade.buyer_price = market.offers()[trade.seller].offer.ask;
            trade.seller_price = market.bids()[trade.buyer].bid.limit;
        }
        clearing
    }
}

#[test]
fn a_rule_that_makes_money_is_stopped() {
    let scenario = Scenario::checked(random(30, 2, 3)).unwrap();
    let error = play(&scenario, &Generous, &mut || ()).unwrap_err();
    assert_eq!(error.to_string(), "cycle 1 by generous: conservation is broken: sellers get more than buyers pay");
}
