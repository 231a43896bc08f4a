//! The week's books and measures: over random markets, with one thing wrong, and by hand.

use super::replay::Replay;
use figures::measures::{Baseline, Measures};
use market::mechanism::{KPrototypes, Mechanism, ALL};
use market::play::{play, Played};
use market::readings::Readings;
use market::scenario::file::File;
use market::scenario::random;
use market::scenario::Scenario;
use proptest::prelude::*;
use protocol::units::{Energy, Reputation};

fn played(scenario: &Scenario, rule: &dyn Mechanism) -> Played {
    play(scenario, rule, &mut || ()).unwrap()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    /// Households gain what the grid loses, less what the operator keeps. A debt is no gain.
    #[test]
    fn gains_add_up_by_every_rule(households in 1u64..40, cycles in 1u64..6, seed: u64) {
        let scenario = Scenario::checked(random(households, cycles, seed)).unwrap();
        for rule in ALL {
            let played = played(&scenario, rule);
            let nothing = Readings::parse(b"slot,H\n0,0\n").unwrap();
            let base = Baseline::new(&scenario, &nothing, &nothing);
            let measures = Measures::new(&scenario, &base, &played);
            let rows = || played.cycles.iter().flat_map(|books| &books.rows);
            let between = |metered: Energy, beyond: Energy| i128::from(metered.get()) - i128::from(beyond.get());
            let bought: i128 = rows().map(|row| between(row.meter.consumed, row.beyond.shortfall)).sum();
            let sold: i128 = rows().map(|row| between(row.meter.injected, row.beyond.surplus)).sum();
            let price = |price: protocol::units::Price| i128::from(price.get());
            let spared = bought * price(scenario.market.retail) - sold * price(scenario.market.feed_in);
            prop_assert_eq!(measures.gain() + measures.operator(), spared);
        }
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
