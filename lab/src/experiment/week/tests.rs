//! The week's books and measures: over random markets, with one thing wrong, and by hand.

use super::replay::Replay;
use figures::measures::{Baseline, Measures};
use market::books::CycleBooks;
use market::mechanism::{Clearing, KPrototypes, Mechanism, Properties, Venue, ALL};
use market::order_book::OrderBook;
use market::play::{play, Played};
use market::readings::Readings;
use market::rules::{self, Account};
use market::scenario::file::File;
use market::scenario::random;
use market::scenario::{Intent, Scenario};
use proptest::prelude::*;
use protocol::units::{Energy, Money, Reputation, Side};

fn played(scenario: &Scenario, rule: &dyn Mechanism) -> Played {
    play(scenario, rule, &mut || ()).unwrap()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    /// `play` itself checks the books of every cycle. Random scenarios have refusals, plans whose
    /// locks no balance bears, meters that miss the tolerance, and shortfalls that stay unpaid.
    #[test]
    fn energy_and_money_are_conserved_by_every_rule(households in 1u64..40, cycles in 1u64..6, seed: u64) {
        let scenario = Scenario::checked(random(households, cycles, seed)).unwrap();
        for rule in ALL {
            let played = played(&scenario, rule);
            for (books, cycle) in played.cycles.iter().zip(&scenario.cycles) {
                for trade in &books.trades {
                    let Intent::Buy(buy) = &cycle.plans[trade.buyer].intent else { panic!("a buyer buys") };
                    prop_assert_eq!(trade.limit, buy.bid.limit);
                    prop_assert!(trade.ask <= trade.seller_price && trade.buyer_price <= trade.limit);
                }
            }
            // Households gain what the grid loses, less what the operator keeps; a debt is no gain.
            let nothing = Readings::parse(b"slot,H\n0,0\n").unwrap();
            let base = Baseline::new(&scenario, &nothing, &nothing);
            let measures = Measures::new(&scenario, &base, &played);
            let by_side = |side, price: protocol::units::Price| -> i128 {
                let rows = played.cycles.iter().flat_map(|books| &books.rows).filter(|row| row.side == side);
                rows.map(|row| (i128::from(row.metered.get()) - i128::from(row.beyond.get())) * i128::from(price.get())).sum()
            };
            let spared = by_side(Side::Buy, scenario.market.retail) - by_side(Side::Sell, scenario.market.feed_in);
            prop_assert_eq!(measures.gain() + measures.operator(), spared);
        }
    }

    /// The market's own mechanism has the outcome of the market's rules, rejections included.
    #[test]
    fn k_prototypes_is_what_simulate_plays(households in 1u64..40, cycles in 1u64..6, seed: u64) {
        let scenario = Scenario::checked(random(households, cycles, seed)).unwrap();
        let played = played(&scenario, &KPrototypes);
        prop_assert_eq!(played.outcome(&scenario), rules::play(&scenario, &mut |_| ()).unwrap());
    }

    /// A cycle that is played alone, from the accounts before it, has the outcome that it had in
    /// the week.
    #[test]
    fn a_cycle_played_alone_has_the_same_outcome(households in 2u64..20, cycles in 1u64..6, seed: u64, choice: u64) {
        let file = random(households, cycles, seed);
        let scenario = Scenario::checked(file.clone()).unwrap();
        let slots: Vec<String> = (1..=cycles).map(|cycle| cycle.to_string()).collect();
        let played = played(&scenario, &KPrototypes);
        let replay = Replay::choose(&file, &scenario, &played, &slots, choice).unwrap();
        prop_assert_eq!(replay.is_some(), played.cycles.iter().any(|books| !books.trades.is_empty()));
    }
}

/// A cycle with trades, its scenario, and the accounts after it.
fn sample() -> (Scenario, CycleBooks, Vec<Account>) {
    let scenario = Scenario::checked(random(30, 1, 3)).unwrap();
    let mut played = played(&scenario, &KPrototypes);
    let books = played.cycles.remove(0);
    assert!(books.trades.len() > 3 && books.trades.iter().any(|trade| trade.within && trade.settled > trade.delivered));
    books.conserved(&scenario.market, &played.end).unwrap();
    (scenario, books, played.end)
}

fn one_more(energy: Energy) -> Energy {
    Energy::new(energy.get() + 1).unwrap()
}

#[test]
fn books_with_one_thing_wrong_do_not_balance() {
    type Change = fn(&mut CycleBooks, &mut [Account]);
    let cases: [(&str, Change); 13] = [
        ("a trade settles what was neither agreed nor delivered", |b, _| {
            b.trades[0].settled = one_more(b.trades[0].settled)
        }),
        ("a trade settles what was neither agreed nor delivered", |b, _| {
            b.trades[0].delivered = one_more(b.trades[0].matched)
        }),
        ("a trade's money is not its energy at its price", |b, _| b.trades[0].paid = Money::ZERO),
        ("a trade's money is not its energy at its price", |b, _| b.trades[0].earned = Money::ZERO),
        ("sellers get more than buyers pay", |b, _| {
            let trade = &mut b.trades[0];
            trade.buyer_price = protocol::units::Price::ZERO;
            trade.paid = Money::ZERO;
        }),
        ("a plan trades on the other side", |b, _| b.trades[0].seller = b.trades[0].buyer),
        ("the households' money changed by another sum than the grid's and the operator's", |_, end| {
            end[0].balance = end[0].balance.plus(Money::new(1).unwrap()).unwrap()
        }),
        ("a plan's row is not the sum of its trades", |b, _| b.trades[0].seller = b.trades[1].seller),
        ("metered energy is booked nowhere", |b, _| {
            let row = b.rows.iter_mut().find(|row| row.beyond > Energy::ZERO).unwrap();
            row.beyond = row.beyond.minus(Energy::new(1).unwrap()).unwrap();
        }),
        ("more energy is booked than was metered", |b, _| {
            let row = b.rows.iter_mut().find(|row| row.delivered == row.settled).unwrap();
            row.beyond = one_more(row.beyond);
        }),
        ("more energy is booked than was metered", |b, _| {
            let row = b.rows.iter_mut().find(|row| row.delivered < row.settled).unwrap();
            row.beyond = row.metered.minus(row.delivered).unwrap();
        }),
        ("the grid's money is not its energy at its price", |b, _| {
            // One pays what another gets, so that the sum is right.
            let mut of = b.rows.iter_mut().filter(|row| row.side == Side::Sell && row.grid > 0);
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
        assert_eq!(books.conserved(&scenario.market, &end), Err(expected));
    }
    let (scenario, mut books, end) = sample();
    let row = books.rows.iter().position(|row| row.delivered > Energy::ZERO).unwrap();
    books.rows[row].metered = Energy::ZERO;
    assert_eq!(books.conserved(&scenario.market, &end), Err("more is delivered than the meter shows"));
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

#[test]
fn a_replay_with_another_outcome_is_refused() {
    let file: File = random(10, 2, 5);
    let scenario = Scenario::checked(file.clone()).unwrap();
    let slots = ["one", "two"].map(String::from);
    let mut played = played(&scenario, &KPrototypes);
    assert!(Replay::choose(&file, &scenario, &played, &slots, 1).is_ok());
    for books in &mut played.cycles {
        for account in &mut books.start {
            account.reputation = if account.reputation > Reputation::ZERO { Reputation::ZERO } else { Reputation::MAX };
        }
    }
    let failure = Replay::choose(&file, &scenario, &played, &slots, 1).unwrap_err();
    assert_eq!((failure.code(), failure.exit_code()), ("disagrees", 1));
}

/// One trade whose every measure can be worked out on paper: H0 generates 1500 Wh and uses 500 of
/// them, H1 and H2 use 800 and 200; H1 buys 800 Wh 3 km away, at 0.45.
#[test]
fn measures_of_one_trade_by_hand() {
    let text = r#"{ "format": "veilgrid-scenario/1",
      "market": { "tolerance_permille": 50, "price_rule": "ask", "max_rounds": 8, "feed_in": 300000, "retail": 650000,
        "price_grid": { "first": 300000, "step": 7500 },
        "ranges": { "volume": [0, 5000], "reputation": [0, 100], "place": [0, 10000] } },
      "households": [
        { "id": "H0", "x": 0, "y": 0, "reputation": 100, "balance": 0 },
        { "id": "H1", "x": 3000, "y": 0, "reputation": 100, "balance": 5000000000 },
        { "id": "H2", "x": 0, "y": 0, "reputation": 100, "balance": 5000000000 } ],
      "cycles": [ { "cycle": 0, "plans": [
        { "household": "H0", "side": "sell", "energy_type": "solar", "generated": 1000, "volume": 1000, "price": 450000,
          "injected": 1000, "confirm": "yes" },
        { "household": "H1", "side": "buy", "volume": 800, "limit": 600000, "consumed": 800, "confirm": "yes",
          "wanted": { "price": 450000, "volume": 800, "reputation": 100, "x": 0, "y": 0 },
          "weights": { "price": 1, "volume": 1, "reputation": 1, "place": 1,
            "types": { "wind": 0, "hydro": 0, "fossil": 0, "solar": 0, "biomass": 0 } } },
        { "household": "H2", "side": "buy", "volume": 200, "limit": 330000, "consumed": 200, "confirm": "yes",
          "wanted": { "price": 330000, "volume": 200, "reputation": 100, "x": 0, "y": 0 },
          "weights": { "price": 1, "volume": 1, "reputation": 1, "place": 1,
            "types": { "wind": 0, "hydro": 0, "fossil": 0, "solar": 0, "biomass": 0 } } } ] } ] }"#;
    let scenario = Scenario::parse(text.as_bytes()).unwrap();
    let load = Readings::parse(b"slot,H0,H1,H2\n0,500,800,200\n").unwrap();
    let pv = Readings::parse(b"slot,H0,H1,H2\n0,1500,0,0\n").unwrap();
    let base = Baseline::new(&scenario, &load, &pv);
    assert_eq!((base.load, base.generation, base.own_use, base.possible), (1500, 1500, 500, 1000));
    // 1000 Wh at 0.30; 800 and 200 Wh at 0.65.
    assert_eq!(base.bills, [-300_000_000, 520_000_000, 130_000_000]);

    let m = Measures::new(&scenario, &base, &played(&scenario, &KPrototypes));
    assert_eq!((m.trades, m.within, m.cycles_with_trades, m.delivered, m.clean, m.imbalance), (1, 1, 1, 800, 800, 0));
    // 800 Wh at 0.45 change hands; 200 Wh go to the grid at 0.30, 200 Wh come from it at 0.65.
    assert_eq!(m.bills, [-420_000_000, 360_000_000, 130_000_000]);
    assert_eq!(m.gains, [120_000_000, 160_000_000, 0]);
    assert_eq!(
        (m.bill(), m.gain(), m.buyers_gain(), m.sellers_gain),
        (70_000_000, 280_000_000, 160_000_000, 120_000_000)
    );
    assert_eq!((m.operator(), m.losing(), m.rejected), (0, 0, 0));
    // 800 Wh between an ask of 0.45 and a limit of 0.60.
    assert_eq!(m.declared_surplus, 120_000_000);
    assert_eq!(m.worst_off(), Some((2, 0)));
    let near = |found: f64, expected: f64| assert!((found - expected).abs() < 1e-12, "{found} is to be {expected}");
    near(m.lost(), 24.0);
    near(m.hhi.unwrap(), 1.0);
    near(m.hhi_cycles.unwrap(), 1.0);
    near(m.lerner_feed_in.unwrap(), 0.15 / 0.45);
    near(m.lerner_ask.unwrap(), 0.0);
    near(m.jain().unwrap(), 280.0 * 280.0 / (3.0 * (120.0 * 120.0 + 160.0 * 160.0)));
    // 0.12 and 0.20 a kWh, and nothing.
    near(m.jain_per_kwh(&base).unwrap(), 0.32 * 0.32 / (3.0 * (0.12 * 0.12 + 0.2 * 0.2)));
    assert_eq!(m.worst_off_per_kwh(&base).map(|(h, _)| h), Some(2));

    // Pay-as-bid: the buyer pays 0.60, the seller gets 0.45.
    let bid = Measures::new(&scenario, &base, &played(&scenario, ALL[2]));
    assert_eq!((bid.gains.as_slice(), bid.operator()), (&[120_000_000, 40_000_000, 0][..], 120_000_000));
}
