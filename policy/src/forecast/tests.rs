use super::*;
use crate::slot::Weekday;
use protocol::units::Energy;

const LOOKBACK: Lookback = Lookback { days: 14, least_days: 2, least_days_of_kind: 3 };

fn slot(day: u32, of_day: u32) -> Slot {
    Slot::of_table(day * 96 + of_day, Weekday::Monday)
}

fn reading(net: i64, quality: Quality) -> Option<Reading> {
    let energy = |wh: i64| Energy::new(wh.max(0) as u64).unwrap();
    Some(Reading::new(energy(net), energy(-net), quality))
}

fn measured(net: i64) -> Option<Reading> {
    reading(net, Quality::Measured)
}

/// A forecaster that has seen `days` whole days of what `net` says of day and quarter hour.
fn after(days: u32, net: impl Fn(u32, u32) -> i64) -> Forecaster {
    let mut forecaster = Forecaster::new(LOOKBACK);
    for day in 0..days {
        for of_day in 0..96 {
            forecaster.observe(slot(day, of_day), measured(net(day, of_day))).unwrap();
        }
    }
    forecaster
}

#[test]
fn without_history_there_is_no_forecast() {
    let mut forecaster = Forecaster::new(LOOKBACK);
    assert_eq!(forecaster.forecast(slot(0, 5)), Err(NoForecast::NoHistory));
    forecaster.observe(slot(0, 5), measured(100)).unwrap();
    // Another quarter hour has no history, and neither has the same one later on the same day.
    assert_eq!(forecaster.forecast(slot(1, 6)), Err(NoForecast::NoHistory));
    let again = Slot::new(7, 0, 5, Weekday::Monday).unwrap();
    assert_eq!(forecaster.forecast(again), Err(NoForecast::NoHistory));
    let forecast = forecaster.forecast(slot(1, 5)).unwrap();
    assert_eq!((forecast.net.get(), forecast.method, forecast.readings), (100, Method::Persistence, 1));
}

#[test]
fn readings_that_are_too_old_are_forgotten() {
    let mut forecaster = Forecaster::new(LOOKBACK);
    forecaster.observe(slot(0, 5), measured(100)).unwrap();
    assert!(forecaster.forecast(slot(14, 5)).is_ok());
    assert_eq!(forecaster.forecast(slot(15, 5)), Err(NoForecast::NoHistory));
}

#[test]
fn a_measured_slot_is_not_forecast_and_not_observed_again() {
    let mut forecaster = after(2, |_, _| 10);
    assert_eq!(forecaster.forecast(slot(1, 95)), Err(NoForecast::NotAhead));
    assert_eq!(forecaster.forecast(slot(1, 3)), Err(NoForecast::NotAhead));
    let before = format!("{forecaster:?}");
    let refused = forecaster.observe(slot(1, 95), measured(7)).unwrap_err();
    assert_eq!(refused, OutOfOrder { slot: 191, last: 191 });
    assert_eq!(format!("{forecaster:?}"), before);
}

#[test]
fn a_day_without_readings_is_bridged() {
    let mut forecaster = after(1, |_, _| 50);
    for of_day in 0..96 {
        forecaster.observe(slot(1, of_day), None).unwrap();
    }
    assert_eq!(forecaster.forecast(slot(2, 0)).unwrap().net.get(), 50);
    assert_eq!(forecaster.measured().unused, 96);
}

#[test]
fn unchecked_readings_are_not_used_and_estimated_ones_are_counted() {
    let mut forecaster = Forecaster::new(LOOKBACK);
    forecaster.observe(slot(0, 0), reading(1000, Quality::Unchecked)).unwrap();
    assert_eq!(forecaster.forecast(slot(1, 0)), Err(NoForecast::NoHistory));
    forecaster.observe(slot(1, 0), reading(300, Quality::Estimated)).unwrap();
    forecaster.observe(slot(2, 0), reading(500, Quality::Split)).unwrap();
    let forecast = forecaster.forecast(slot(3, 0)).unwrap();
    assert_eq!((forecast.net.get(), forecast.readings, forecast.estimated), (400, 2, 1));
    // Only the slot that was measured has an error: it was forecast from the estimated one.
    let measured = forecaster.measured();
    assert_eq!((measured.estimated, measured.unused, measured.made.slots), (1, 1, 1));
    assert_eq!((measured.made.absolute_wh, measured.made.signed_wh, measured.made.energy_wh), (200, -200, 500));
}

#[test]
fn the_method_with_the_least_error_is_chosen() {
    // A trend: yesterday is nearer than any mean.
    let trend = after(14, |day, _| i64::from(day) * 100);
    assert_eq!(trend.forecast(slot(14, 0)).unwrap().method, Method::Persistence);
    // Days in turns: the mean is nearer than yesterday.
    let turns = after(14, |day, _| if day % 2 == 0 { 100 } else { -100 });
    assert_ne!(turns.forecast(slot(14, 0)).unwrap().method, Method::Persistence);
    // Weekends unlike workdays, with days in turns: the mean of the kind is nearest.
    let kinds = after(21, |day, _| if day % 7 >= 5 { 900 } else { -50 + 100 * i64::from(day % 2) });
    let saturday = kinds.forecast(slot(26, 0)).unwrap();
    assert_eq!((saturday.method, saturday.net.get()), (Method::SameKindOfDay, 900));
}

#[test]
fn weekends_stand_apart_only_with_enough_of_them() {
    // After one week there are two days of the weekend, and three are needed.
    let week = after(7, |_, _| 10);
    assert_eq!(week.forecast(slot(12, 0)).unwrap().method, Method::SameSlot);
    let two_weeks = after(14, |_, _| 10);
    assert_eq!(two_weeks.forecast(slot(19, 0)).unwrap().method, Method::SameKindOfDay);
}

#[test]
fn errors_are_measured_for_display() {
    let count = after(2, |day, _| if day == 0 { -100 } else { -150 }).measured().made;
    assert_eq!((count.slots, count.mean_absolute().unwrap().get(), count.bias_wh()), (96, 50, Some(50)));
    assert_eq!(count.per_mille_of_energy(), Some(333));
    assert_eq!(ErrorCount::default().mean_absolute(), None);
    assert_eq!(ErrorCount::default().bias_wh(), None);
    assert_eq!(ErrorCount::default().per_mille_of_energy(), None);
    let twice = count.plus(&count);
    assert_eq!((twice.slots, twice.bias_wh(), twice.per_mille_of_energy()), (192, Some(50), Some(333)));
}

#[test]
fn a_lookback_beyond_its_bounds_counts_as_its_bounds() {
    let wide = Forecaster::new(Lookback { days: u16::MAX, least_days: 0, least_days_of_kind: u16::MAX });
    assert_eq!(wide.lookback, Lookback { days: 60, least_days: 1, least_days_of_kind: 60 });
}

#[test]
fn extreme_readings_do_not_overflow() {
    let extreme = after(20, |day, _| if day % 2 == 0 { u32::MAX.into() } else { -i64::from(u32::MAX) });
    assert!(extreme.forecast(slot(20, 0)).is_ok());
    assert!(extreme.measured().made.mean_absolute().is_some());
}
