//! The default policy over the week of real household data in `data/`: what it forecasts and lists
//! is frozen, so that a change of a rule is seen in figures.

use market::readings::Readings;
use market::scenario::Intent;
use policy::forecast::{ErrorCount, Method};
use policy::planner::{plan_scenario, Home, Planned};
use policy::policy::Policy;
use policy::reading::{Quality, Reading};
use policy::slot::{Slot, Weekday};
use policy::terms::Terms;
use protocol::market_parameters::{PriceGrid, Range, Ranges};
use protocol::units::{Energy, Money, Place, Price};

fn readings(column: &str) -> Readings {
    let name = format!("{}/../data/simbench_100hh_7d_15min_{column}_Wh.csv", env!("CARGO_MANIFEST_DIR"));
    Readings::parse(&std::fs::read(name).unwrap()).unwrap()
}

/// The market of `scenario from-meters`.
fn terms() -> Terms {
    let (range, price) = (|hi| Range::new(0, hi).unwrap(), |value| Price::new(value).unwrap());
    Terms {
        grid: PriceGrid::new(price(300_000), price(7_500)).unwrap(),
        ranges: Ranges { volume: range(2000), reputation: range(100), place: range(10_000) },
        feed_in: price(300_000),
        retail: price(650_000),
        penalty: Price::ZERO,
        least_lot: Energy::new(1).unwrap(),
        greatest_energy: Energy::new(12_500).unwrap(),
    }
}

fn week() -> Planned {
    let (load, pv) = (readings("load"), readings("pv"));
    let slots: Vec<Slot> = (0..load.slots.len()).map(|row| Slot::of_table(row as u32, Weekday::Monday)).collect();
    let home = Home { policy: Policy::default(), place: Place::default(), balance: Money::MAX, schedules: true };
    let energy = |readings: &Readings, slot: usize, household: usize| {
        Energy::new(readings.energy[slot][household].into()).unwrap()
    };
    let reading = |household, slot| {
        Some(Reading::new(energy(&pv, slot, household), energy(&load, slot, household), Quality::Measured))
    };
    let homes = vec![home; load.households.len()];
    plan_scenario(homes, &slots, 0, &reading, &|_| terms(), &mut |_, _, _| ()).unwrap()
}

#[test]
fn the_week_is_planned_as_ever() {
    let planned = week();
    let mut reasons = std::collections::BTreeMap::new();
    planned.reasons.iter().flatten().for_each(|(code, count)| *reasons.entry(*code).or_insert(0u64) += count);
    let sum = |of: &dyn Fn(&policy::forecast::Measured) -> ErrorCount| {
        planned.measured.iter().fold(ErrorCount::default(), |sum, measured| sum.plus(&of(measured)))
    };
    let figures = |count: ErrorCount| {
        (
            count.slots,
            count.mean_absolute().unwrap().get(),
            count.bias_wh().unwrap(),
            count.per_mille_of_energy().unwrap(),
        )
    };
    let (mut sold, mut bought) = (0, 0);
    for plan in planned.cycles.iter().flat_map(|cycle| &cycle.plans) {
        match &plan.intent {
            Intent::Sell(sell) => sold += sell.volume.get(),
            Intent::Buy(buy) => bought += buy.bid.volume.get(),
        }
    }
    let by_method: Vec<_> =
        (0..Method::COUNT).map(|method| figures(sum(&|measured| measured.by_method[method]))).collect();
    assert_eq!(
        format!("{reasons:?}"),
        "{\"balanced\": 32, \"below-lot\": 966, \"buys\": 44961, \"forecast-no-history\": 9600, \"sells\": 11641}"
    );
    // Slots, mean absolute error in Wh, bias in Wh, error in per mille of energy: of the forecasts
    // that were made, and of each method; then the Wh on offer and wanted.
    assert_eq!(
        format!("{:?} {by_method:?} {sold} {bought}", figures(sum(&|measured| measured.made))),
        "(57600, 63, 10, 613) [(19200, 60, -4, 547), (48000, 59, 2, 563), (57600, 70, 8, 682)] 3188702 2369086"
    );
    assert_eq!(planned, week());
}
