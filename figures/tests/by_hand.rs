//! Figures that can be worked out on paper.

mod common;

use common::*;
use figures::measures::{Baseline, Measures};
use figures::{Bills, Fees, Figures, Gross, Known};
use market::mechanism::{KPrototypes, Mechanism, PayAsBid};
use market::readings::Readings;
use market::scenario::Scenario;
use protocol::units::Price;

const K: &[&dyn Mechanism] = &[&KPrototypes];

fn near(found: Option<f64>, expected: f64) {
    assert!(found.is_some_and(|found| (found - expected).abs() < 1e-12), "{found:?} is to be {expected}");
}

/// The ten households of data/cases. H005 sells 2785 and 481 Wh at 0.45, H009 1562 Wh at 0.4575,
/// H003 181 Wh at 0.5625; H002 injects nothing of the 163 Wh that it sold.
#[test]
fn bills_of_ten_households() {
    let text = include_bytes!("../../data/cases/ten-households.scenario.json");
    let scenario = Scenario::parse(text).unwrap();
    let (known, played) = (Known::of(&scenario), played(&scenario, K));
    let figures = Figures::new(("veilgrid", "ten"), &scenario, &known, &played);
    let bills = &figures.bills[0].whole.bills;
    // Micro-currency: consumed at 650 a Wh, less injected at 300 a Wh.
    let without = [0, -1_145_100, 0, -686_700, 1_327_950, -1_119_000, 1_386_450, 117_650, 1_972_750, -730_800];
    assert_eq!(bills.iter().map(|bill| bill.without()).collect::<Vec<_>>(), without.map(|micro| micro * 1000));
    let micros = [
        0,
        -1_145_100,                     // 3817 Wh, all to the grid
        0,                              // nothing injected, nothing sold
        -101_812 - 632_400,             // 181 Wh sold, 2108 Wh to the grid; and half a micro
        714_615 + 216_450,              // 1562 and 481 Wh bought, which is all
        -1_253_250 - 216_450 - 139_200, // 3266 Wh sold, 464 Wh to the grid
        1_386_450,                      // 2133 Wh, all from the grid
        101_812,                        // 181 Wh bought; and half a micro
        1_253_250 + 162_500,            // 2785 Wh bought, 250 Wh from the grid
        -714_615 - 262_200,             // 1562 Wh sold, 874 Wh to the grid
    ];
    let mut with = micros.map(|micro: i128| micro * 1000);
    (with[3], with[7]) = (with[3] - 500, with[7] + 500);
    assert_eq!(bills.iter().map(|bill| bill.with()).collect::<Vec<_>>(), with);
    let energy: Vec<_> = bills.iter().map(|bill| (bill.bought, bill.sold, bill.from_grid, bill.to_grid)).collect();
    assert_eq!(energy[3..6], [(0, 181, 0, 2108), (2043, 0, 0, 0), (0, 3266, 0, 464)]);
    assert_eq!(energy[7..], [(181, 0, 0, 0), (2785, 0, 250, 0), (0, 1562, 0, 874)]);
    // Between neighbours each Wh saves retail less feed-in.
    assert_eq!(figures.bills[0].whole.all.saved(), 5009 * 350_000);

    let m = &figures.measures[0];
    assert_eq!((m.trades, m.within, m.delivered, figures.base.possible), (5, 3, 5009, 7392));
    let squares: u64 = [3266u64, 1562, 181].iter().map(|sold| sold * sold).sum();
    near(m.hhi, squares as f64 / (5009.0 * 5009.0));
    near(m.hhi_cycles, squares as f64 / (5009.0 * 5009.0));
    let gains: [f64; 6] = [557.0, 396.885, 15.8375, 489.9, 47.5125, 246.015];
    near(m.jain(), 1753.15f64.powi(2) / (10.0 * gains.iter().map(|gain| gain * gain).sum::<f64>()));
    let above = 3266.0 * (0.15 / 0.45) + 1562.0 * (0.1575 / 0.4575) + 181.0 * (0.2625 / 0.5625);
    near(m.lerner_feed_in, above / 5009.0);
    near(m.lerner_ask, 0.0);
    assert_eq!((m.worst_off(), m.losing(), m.rejected), (Some((0, 0)), 0, 0));
    let line = |key: &str| figures.lines().into_iter().find(|line| line.key == key);
    near(line("neighbours_share").unwrap().by_rule[0], 5009.0 / 7392.0);
    // 1469.70 + 714.615 + 101.8125 for 5009 Wh.
    near(line("price_paid").unwrap().by_rule[0], 2.2861275 / 5.009);
    // Nobody knows what lies behind the meters.
    assert_eq!(
        figures.left_out().iter().map(|left| left.key).collect::<Vec<_>>(),
        ["self_consumption", "local_share", "clean_share"]
    );
    assert!(line("self_consumption").is_none() && line("local_share").is_none() && line("clean_share").is_none());
}

/// H0 generates 1500 Wh and uses 500 of them, H1 and H2 use 800 and 200; H1 buys 800 Wh 3 km away,
/// at 0.45.
fn one_trade() -> Scenario {
    let households = vec![household("H0", 0), household("H1", 3000), household("H2", 0)];
    let plans = vec![sell("H0", 1000, 450_000), buy("H1", 800, 600_000), buy("H2", 200, 330_000)];
    scenario(market(), households, vec![serde_json::json!({ "cycle": 0, "plans": plans })])
}

fn gross() -> Gross {
    let load = Readings::parse(b"slot,H0,H1,H2\n0,500,800,200\n").unwrap();
    let pv = Readings::parse(b"slot,H0,H1,H2\n0,1500,0,0\n").unwrap();
    Gross::from_readings(&load, &pv, 0, 1, 3)
}

#[test]
fn measures_of_one_trade() {
    let scenario = one_trade();
    let known = Known { gross: Some(gross()), ..Known::of(&scenario) };
    let (books, pay_as_bid) = (&played(&scenario, K)[0], &played(&scenario, &[&PayAsBid])[0]);
    let bills = Bills::new(&scenario, books, &known);
    let base = Baseline::new(&scenario, &bills);
    let sums = base.gross.unwrap();
    assert_eq!((sums.load, sums.generation, sums.own_use, sums.clean_own_use), (1500, 1500, 500, 500));
    assert_eq!(base.possible, 1000);
    // 1000 Wh at 0.30; 800 and 200 Wh at 0.65.
    assert_eq!(base.bills, [-300_000_000, 520_000_000, 130_000_000]);

    let m = Measures::new(&scenario, &bills, books);
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
    near(Some(m.lost()), 24.0);
    near(m.hhi, 1.0);
    near(m.hhi_cycles, 1.0);
    near(m.lerner_feed_in, 0.15 / 0.45);
    near(m.lerner_ask, 0.0);
    near(m.jain(), 280.0 * 280.0 / (3.0 * (120.0 * 120.0 + 160.0 * 160.0)));
    // 0.12 and 0.20 a kWh, and nothing.
    near(m.jain_per_kwh(&base), 0.32 * 0.32 / (3.0 * (0.12 * 0.12 + 0.2 * 0.2)));
    assert_eq!(m.worst_off_per_kwh(&base).map(|(h, _)| h), Some(2));
    let lines = figures::lines(&base, std::slice::from_ref(&m));
    let line = |key: &str| lines.iter().find(|line| line.key == key).unwrap();
    for (key, alone, with) in [
        ("self_consumption", 500.0 / 1500.0, 1300.0 / 1500.0),
        ("local_share", 500.0 / 1500.0, 1300.0 / 1500.0),
        ("clean_share", 500.0 / 1500.0, 1300.0 / 1500.0),
        ("neighbours_share", 0.0, 0.8),
    ] {
        near(line(key).alone, alone);
        near(line(key).by_rule[0], with);
    }

    // Pay-as-bid: the buyer pays 0.60, the seller gets 0.45.
    let bid = Measures::new(&scenario, &Bills::new(&scenario, pay_as_bid, &known), pay_as_bid);
    assert_eq!((bid.gains.as_slice(), bid.operator()), (&[120_000_000, 40_000_000, 0][..], 120_000_000));
}

/// What a household that sells fossil energy uses itself is not clean.
#[test]
fn own_use_of_fossil_energy_is_not_clean() {
    let mut plan = sell("H0", 1000, 450_000);
    plan["energy_type"] = "fossil".into();
    let plans = vec![plan, buy("H1", 800, 600_000), buy("H2", 200, 330_000)];
    let households = vec![household("H0", 0), household("H1", 0), household("H2", 0)];
    let scenario = scenario(market(), households, vec![serde_json::json!({ "cycle": 0, "plans": plans })]);
    let known = Known { gross: Some(gross()), ..Known::of(&scenario) };
    let books = &played(&scenario, K)[0];
    let bills = Bills::new(&scenario, books, &known);
    let sums = Baseline::new(&scenario, &bills).gross.unwrap();
    assert_eq!((sums.own_use, sums.clean_own_use), (500, 0));
    assert_eq!(Measures::new(&scenario, &bills, books).clean, 0);
}

/// Fees are on energy taken from the network only, each at the rate of where it comes from.
#[test]
fn fees_have_columns_of_their_own() {
    let scenario = one_trade();
    let price = |micro| Price::new(micro).unwrap();
    let fees = Fees {
        network: price(100_000),
        network_local: price(40_000),
        levies: price(20_000),
        levies_local: price(5_000),
    };
    let known = Known { fees, ..Known::of(&scenario) };
    let bills = Bills::new(&scenario, &played(&scenario, K)[0], &known);
    let [seller, buyer, other] = bills.whole.bills[..] else { panic!("three households") };
    assert_eq!((seller.network, seller.levies, seller.alone.network, seller.alone.levies), (0, 0, 0, 0));
    // H1 takes 800 Wh, from a neighbour or from the grid.
    assert_eq!((buyer.alone.network, buyer.alone.levies), (80_000_000, 16_000_000));
    assert_eq!((buyer.network, buyer.levies), (32_000_000, 4_000_000));
    // H2 takes 200 Wh from the grid either way.
    assert_eq!((other.network, other.levies), (20_000_000, 4_000_000));
    assert_eq!(other.saved(), 0);
    // 160 are saved on the energy, and what the fees differ by.
    assert_eq!(buyer.saved(), 160_000_000 + 48_000_000 + 12_000_000);
    assert_eq!(buyer.without(), 520_000_000 + 96_000_000);
    // With the same rates for neighbours and grid the fees are the same with a market.
    let same = Fees { network_local: fees.network, levies_local: fees.levies, ..fees };
    let bills = Bills::new(&scenario, &played(&scenario, K)[0], &Known { fees: same, ..Known::of(&scenario) });
    for bill in &bills.whole.bills {
        assert_eq!((bill.network, bill.levies), (bill.alone.network, bill.alone.levies));
    }
}

/// Deviation penalties pass between neighbours, and a cycle's own tariff bills the grid.
#[test]
fn penalties_and_tariffs_of_a_cycle_are_on_the_bill() {
    let mut terms = market();
    terms["penalty"] = 100_000.into();
    let mut short = sell("H0", 1000, 450_000);
    short["injected"] = 500.into();
    let cycle = serde_json::json!({ "cycle": 3, "tariff": { "feed_in": 200_000, "retail": 500_000 },
        "plans": [short, buy("H1", 1000, 600_000)],
        "unplanned": [{ "household": "H0", "injected": 0, "consumed": 10 },
                      { "household": "H2", "injected": 7, "consumed": 4 }] });
    let households = vec![household("H0", 0), household("H1", 0), household("H2", 0)];
    let scenario = scenario(terms, households, vec![cycle]);
    let known = Known::of(&scenario);
    let bills = Bills::new(&scenario, &played(&scenario, K)[0], &known);
    let [seller, buyer, other] = bills.whole.bills[..] else { panic!("three households") };
    // 500 Wh lack: 0.05 goes from seller to buyer. The seller takes 10 Wh from the grid beside.
    assert_eq!((seller.penalties, buyer.penalties), (50_000_000, -50_000_000));
    assert_eq!(seller.with(), -225_000_000 + 50_000_000 + 5_000_000);
    assert_eq!(seller.without(), -100_000_000 + 5_000_000);
    assert_eq!(buyer.with(), 225_000_000 + 250_000_000 - 50_000_000);
    assert_eq!(buyer.without(), 500_000_000);
    assert_eq!((other.with(), other.saved(), other.plans), (2_000_000 - 1_400_000, 0, 0));
    assert_eq!((seller.plans, seller.from_grid, other.from_grid, other.to_grid), (1, 10, 4, 7));
}
