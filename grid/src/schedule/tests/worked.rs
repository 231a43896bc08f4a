//! Households by hand.

use super::drawn::{grid, price, watts, wh};
use crate::schedule::{plan, Battery, Efficiency, Flexible, Generator, Horizon, Listing, Worth};
use crate::units::CycleSeconds;
use protocol::units::Energy;

/// A quarter hour in which a household takes 400 Wh, and buys for 650,000 or sells for 300,000.
pub fn horizon() -> Horizon {
    Horizon {
        cycle: CycleSeconds::new(900).unwrap(),
        price_grid: grid(),
        load: vec![wh(400)],
        buy: vec![price(650_000)],
        sell: vec![price(300_000)],
        import: None,
        export: None,
        batteries: vec![],
        generator: None,
        flexible: vec![],
    }
}

/// A roof of which everything may be curtailed.
pub fn roof(available: Vec<Energy>) -> Generator {
    Generator { available, ramp: None, before: Energy::ZERO, efficiency: Efficiency::WHOLE, cost: price(0) }
}

/// A battery of 2 kWh that is half full in the end and in the beginning, and loses a tenth on each
/// way.
fn battery() -> Battery {
    Battery {
        capacity: wh(2000),
        minimum: wh(0),
        initial: wh(1000),
        r#final: wh(1000),
        charge: watts(4000),
        discharge: watts(4000),
        charge_efficiency: Efficiency::new(900).unwrap(),
        discharge_efficiency: Efficiency::new(900).unwrap(),
        wear: price(0),
        away: vec![],
        drive: None,
    }
}

fn over(of: Horizon, cycles: usize) -> Horizon {
    Horizon { load: vec![of.load[0]; cycles], buy: vec![of.buy[0]; cycles], sell: vec![of.sell[0]; cycles], ..of }
}

fn close(found: &[f64], expected: &[f64]) {
    let near = found.iter().zip(expected).all(|(one, other)| (one - other).abs() <= 1e-4);
    assert!(near && found.len() == expected.len(), "{found:?} is not {expected:?}");
}

#[test]
fn without_devices_energy_is_worth_the_tariff() {
    let planned = plan(&horizon()).unwrap();
    assert_eq!((planned.schedule().cost, planned.schedule().net[0]), (400.0 * 650_000.0, -400.0));
    assert_eq!(planned.value_now().unwrap(), Worth { low: Some(650_000.0), high: Some(650_000.0) });
    // 300,000 + 46 * 7,500 is the last price that is not above 650,000.
    let listing = planned.listing(&grid()).unwrap();
    assert_eq!(listing, Some(Listing::Buy { volume: wh(400), limit: price(645_000) }));

    let sells = plan(&Horizon { generator: Some(roof(vec![wh(900)])), ..horizon() }).unwrap();
    let listing = sells.listing(&grid()).unwrap();
    assert_eq!(listing, Some(Listing::Sell { volume: wh(500), ask: price(300_000) }));
    // With as much as it takes, a Wh less earns the one price, and a Wh more costs the other.
    let even = plan(&Horizon { generator: Some(roof(vec![wh(400)])), ..horizon() }).unwrap();
    assert_eq!(even.value_now().unwrap(), Worth { low: Some(300_000.0), high: Some(650_000.0) });
    assert_eq!(even.listing(&grid()).unwrap(), None);
}

#[test]
fn a_full_connection_leaves_an_end_open() {
    let full = plan(&Horizon { import: Some(watts(1600)), ..horizon() }).unwrap();
    let worth = full.value_now().unwrap();
    assert_eq!((worth.low, worth.high), (Some(650_000.0), None));
    assert_eq!((worth.low(), worth.high()), (Some(650_000.0), Some(650_000.0)));
}

#[test]
fn a_battery_keeps_the_noon_for_the_evening() {
    let generator = Some(roof(vec![wh(1400), wh(0)]));
    let of = Horizon { generator, batteries: vec![battery()], ..over(horizon(), 2) };
    let planned = plan(&of).unwrap();
    let schedule = planned.schedule();
    // The evening's 400 Wh take 444.4 Wh of the store, and those 493.8 Wh at noon.
    let stored = 400.0 / 0.9;
    close(&schedule.batteries[0].charge, &[stored / 0.9, 0.0]);
    close(&schedule.batteries[0].discharge, &[0.0, 400.0]);
    close(&schedule.batteries[0].stored, &[1000.0 + stored, 1000.0]);
    close(&schedule.net, &[1000.0 - stored / 0.9, 0.0]);
}

#[test]
fn a_car_is_full_when_it_leaves_and_empty_when_it_is_away() {
    let car = Battery {
        initial: wh(0),
        r#final: wh(0),
        away: vec![2, 3],
        drive: Some(vec![wh(0), wh(0), wh(300), wh(600)]),
        charge_efficiency: Efficiency::WHOLE,
        discharge_efficiency: Efficiency::WHOLE,
        charge: watts(2000),
        ..battery()
    };
    let of = Horizon { batteries: vec![car], ..over(horizon(), 4) };
    let of = Horizon { buy: [650_000, 400_000, 650_000, 650_000].map(price).to_vec(), ..of };
    let planned = plan(&of).unwrap();
    let schedule = planned.schedule();
    // The second cycle is cheapest, and takes 500 Wh at most.
    close(&schedule.batteries[0].charge, &[400.0, 500.0, 0.0, 0.0]);
    close(&schedule.batteries[0].stored, &[400.0, 900.0, 600.0, 0.0]);
    close(&schedule.net, &[-800.0, -900.0, -400.0, -400.0]);
}

#[test]
fn flexible_loads_run_when_energy_is_cheap_and_no_faster_than_they_may() {
    let flexible = Flexible { energy: wh(500), from: 1, until: 4, most: watts(1200) };
    let of = Horizon { flexible: vec![flexible], ..over(horizon(), 4) };
    let of = Horizon { buy: [300_000, 650_000, 400_000, 500_000].map(price).to_vec(), ..of };
    let planned = plan(&of).unwrap();
    close(&planned.schedule().flexible[0], &[0.0, 0.0, 300.0, 200.0]);
    close(&planned.schedule().net, &[-400.0, -400.0, -700.0, -600.0]);
}

#[test]
fn a_generator_that_is_slow_starts_early() {
    let slow = Generator { ramp: Some(watts(400)), cost: price(500_000), ..roof(vec![wh(400); 2]) };
    let of = Horizon { generator: Some(slow), ..over(horizon(), 2) };
    let of = Horizon { buy: [450_000, 650_000].map(price).to_vec(), ..of };
    // 100 Wh more in a cycle than in the one before; an early Wh loses 50,000, and a late one gains
    // 150,000.
    close(&plan(&of).unwrap().schedule().generated, &[100.0, 200.0]);
}

#[test]
fn two_batteries_share_what_there_is() {
    let of = Horizon { batteries: vec![battery(), Battery { wear: price(10_000), ..battery() }], ..over(horizon(), 2) };
    let of = Horizon { buy: [300_000, 650_000].map(price).to_vec(), sell: [0, 600_000].map(price).to_vec(), ..of };
    let planned = plan(&of).unwrap();
    // A kWh that costs 300,000 is 0.81 kWh later. Both batteries fill up and sell.
    close(&planned.schedule().batteries[0].stored, &[1900.0, 1000.0]);
    close(&planned.schedule().batteries[1].stored, &[1900.0, 1000.0]);
}

#[test]
fn a_year_of_quarter_hours_is_planned() {
    let cycles = crate::schedule::MOST_CYCLES;
    let mut of = Horizon { batteries: vec![battery()], ..over(horizon(), cycles) };
    for cycle in (0..cycles).filter(|cycle| cycle % 96 < 40) {
        of.buy[cycle] = price(300_000);
    }
    let planned = plan(&of).unwrap();
    assert!(planned.schedule().cost < cycles as f64 * 400.0 * 650_000.0);
}
