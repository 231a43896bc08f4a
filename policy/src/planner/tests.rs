use super::*;
use crate::decide::Act;
use crate::reading::Quality;
use crate::slot::Weekday;
use market::scenario::Intent;
use protocol::market_parameters::{PriceGrid, Range, Ranges};
use protocol::units::{Energy, Price};
use std::collections::BTreeMap;

fn wh(wh: u64) -> Energy {
    Energy::new(wh).unwrap()
}

fn terms() -> Terms {
    let (range, price) = (|hi| Range::new(0, hi).unwrap(), |value| Price::new(value).unwrap());
    Terms {
        grid: PriceGrid::new(price(300_000), price(10_000)).unwrap(),
        ranges: Ranges { volume: range(2000), reputation: range(100), place: range(10_000) },
        feed_in: price(300_000),
        retail: price(700_000),
        penalty: Price::ZERO,
        least_lot: wh(1),
        greatest_energy: wh(12_500),
    }
}

fn home() -> Home {
    Home { policy: Policy::default(), place: Place::default(), balance: Money::MAX, schedules: true }
}

fn slots(days: u32) -> Vec<Slot> {
    (0..days * 96).map(|number| Slot::of_table(number, Weekday::Monday)).collect()
}

/// The first household generates 1,000 Wh and takes 400 Wh in each slot; the second takes 500 Wh.
fn steady(household: usize, _: usize) -> Option<Reading> {
    let (given, taken) = if household == 0 { (1000, 400) } else { (0, 500) };
    Some(Reading::new(wh(given), wh(taken), Quality::Measured))
}

#[test]
fn a_day_of_history_makes_plans() {
    let slots = slots(2);
    let mut seen = 0;
    let planned =
        plan_scenario(vec![home(), home()], &slots, 0, &steady, &|_| terms(), &mut |_, _, _| seen += 1).unwrap();
    assert_eq!((planned.cycles.len(), seen), (192, 384));
    assert!(planned.cycles[..96].iter().all(|cycle| cycle.plans.is_empty()));
    let cycle = &planned.cycles[96];
    assert_eq!(cycle.cycle.get(), 96);
    assert_eq!(cycle.plans.iter().map(|plan| plan.household).collect::<Vec<_>>(), [0, 1]);
    assert!(matches!(&cycle.plans[0].intent, Intent::Sell(sell) if sell.volume == wh(540) && sell.injected == wh(600)));
    assert!(matches!(&cycle.plans[1].intent, Intent::Buy(buy) if buy.bid.volume == wh(450) && buy.consumed == wh(500)));
    // 450 Wh at 0.7 lock 0.315, and the budget of 5 pays for 15 of them and a smaller one.
    assert_eq!(planned.cycles.iter().filter(|cycle| cycle.plans.len() == 2).count(), 16);
    assert_eq!(planned.reasons[0], BTreeMap::from([("forecast-no-history", 96), ("sells", 96)]));
    assert_eq!(planned.reasons[1], BTreeMap::from([("below-lot", 80), ("buys", 16), ("forecast-no-history", 96)]));
    let measured = &planned.measured[0];
    assert_eq!((measured.made.slots, measured.made.absolute_wh, measured.without_forecast), (96, 0, 96));
}

#[test]
fn history_alone_makes_no_plans() {
    let slots = slots(2);
    let planned = plan_scenario(vec![home()], &slots, 96, &steady, &|_| terms(), &mut |_, _, _| ()).unwrap();
    assert_eq!(planned.cycles.len(), 96);
    assert!(planned.cycles.iter().all(|cycle| cycle.plans.len() == 1));
    let none = plan_scenario(vec![home()], &slots, 500, &steady, &|_| terms(), &mut |_, _, _| ()).unwrap();
    assert!(none.cycles.is_empty());
}

#[test]
fn a_missing_reading_is_metered_as_nothing() {
    let slots = slots(2);
    let gap = |household, slot| if slot == 96 { None } else { steady(household, slot) };
    let planned = plan_scenario(vec![home()], &slots, 96, &gap, &|_| terms(), &mut |_, _, _| ()).unwrap();
    assert!(matches!(&planned.cycles[0].plans[0].intent, Intent::Sell(sell) if sell.injected == Energy::ZERO));
    assert_eq!(planned.measured[0].unused, 1);
}

#[test]
fn slots_out_of_order_are_refused() {
    let mut slots = slots(1);
    slots.swap(3, 4);
    let refused = plan_scenario(vec![home()], &slots, 0, &steady, &|_| terms(), &mut |_, _, _| ()).unwrap_err();
    assert_eq!((refused.slot, refused.last, refused.code()), (3, 4, "forecast-out-of-order"));
}

#[test]
fn a_caller_that_plays_along_gives_money_back_and_tells_failures() {
    let slots = slots(2);
    let mut planner = Planner::new(vec![home(), home()]);
    for (index, slot) in slots[..96].iter().enumerate() {
        for household in 0..2 {
            planner.observe(household, *slot, steady(household, index)).unwrap();
        }
    }
    let terms = terms();
    let buys = |planner: &mut Planner, slot: Slot| -> Option<Plan> {
        planner.decide(slot, &terms, &[]).nth(1).and_then(|decision| decision.plan().copied())
    };
    for slot in &slots[96..116] {
        let plan = buys(&mut planner, *slot).unwrap();
        planner.release(1, slot.day(), plan.lock());
    }
    planner.set_balance(1, Money::ZERO);
    assert_eq!(buys(&mut planner, slots[116]), None);
    planner.set_balance(1, Money::MAX);
    assert!(buys(&mut planner, slots[117]).is_some());
    for slot in &slots[118..121] {
        planner.fail(1, *slot);
    }
    assert_eq!(
        planner.decide(slots[121], &terms, &[]).map(|d| d.act == Act::Nothing).collect::<Vec<_>>(),
        [false, true]
    );
    // A household that does not exist changes nothing.
    planner.fail(2, slots[121]);
    planner.release(2, 1, Money::MAX);
    planner.set_balance(2, Money::ZERO);
    assert_eq!(planner.observe(2, slots[0], None), Ok(()));
    assert_eq!(planner.measured().count(), 2);
}
