use super::*;
use crate::decide::SellPlan;
use crate::diary::Diary;
use crate::slot::Weekday;
use protocol::market_parameters::{PriceGrid, Range, Ranges};
use protocol::plan::{Bid, Wanted};
use protocol::units::{EnergyType, Place, Reputation};

fn wh(wh: u64) -> Energy {
    Energy::new(wh).unwrap()
}

fn price(micro: u64) -> Price {
    Price::new(micro).unwrap()
}

fn terms() -> Terms {
    let range = |hi| Range::new(0, hi).unwrap();
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

fn sells() -> Plan {
    Plan::Sell(SellPlan { energy_type: EnergyType::Solar, generated: wh(1000), volume: wh(800), ask: price(520_000) })
}

fn buys() -> Plan {
    let wanted =
        Wanted { price: price(300_000), volume: wh(800), reputation: Reputation::MAX, place: Place::default() };
    let weights = Policy::default().preferences.weights;
    Plan::Buy(Bid { volume: wh(800), limit: price(600_000), wanted, weights })
}

/// The answer to a match of the plan, and its reason's text.
fn answer(policy: &Policy, terms: &Terms, plan: &Plan, volume: u64, at: u64, committed: u64) -> (bool, String) {
    let slot = Slot::of_table(500, Weekday::Monday);
    let mut diary = Diary::default();
    diary.commit(slot.day(), Money::new(committed).unwrap());
    let standing = Standing { now: slot, place: Place::default(), balance: Money::ZERO, has_plan: true, diary: &diary };
    let found = Match { slot, volume: wh(volume), price: price(at) };
    let answer = confirm(policy, terms, plan, &found, &standing);
    (answer.confirms, answer.reason.to_string())
}

fn by_default(plan: &Plan, volume: u64, at: u64) -> (bool, String) {
    answer(&Policy::default(), &terms(), plan, volume, at, 0)
}

fn refused(text: &str) -> (bool, String) {
    (false, text.into())
}

#[test]
fn a_match_within_the_plan_is_confirmed() {
    assert_eq!(by_default(&sells(), 800, 520_000), (true, "confirm: sell 0.8 kWh at 0.52 keeps the policy".into()));
    assert_eq!(by_default(&buys(), 1, 600_000), (true, "confirm: buy 0.001 kWh at 0.6 keeps the policy".into()));
}

#[test]
fn a_match_outside_the_plan_is_refused() {
    assert_eq!(
        by_default(&sells(), 801, 520_000),
        refused("refuse: the match is of 0.801 kWh, and the plan of 0.8 kWh")
    );
    assert!(!by_default(&sells(), 0, 520_000).0);
    assert_eq!(by_default(&sells(), 1, 520_001), refused("refuse: 0.520001 is not a price of the grid"));
    assert_eq!(by_default(&sells(), 1, 510_000), refused("refuse: the price 0.51 is below 0.52, the floor"));
    assert_eq!(by_default(&buys(), 1, 610_000), refused("refuse: the price 0.61 is above 0.6, the ceiling"));
}

#[test]
fn a_policy_that_changed_since_counts() {
    let policy = Policy::parse("sell.floor = \"0.55\"\nbuy.ceiling = \"0.4\"\n").unwrap();
    assert!(!answer(&policy, &terms(), &sells(), 1, 540_000, 0).0);
    assert!(answer(&policy, &terms(), &sells(), 1, 550_000, 0).0);
    assert!(!answer(&policy, &terms(), &buys(), 1, 410_000, 0).0);
    assert!(answer(&policy, &terms(), &buys(), 1, 400_000, 0).0);
    let off = Policy::parse("sell.enabled = false\nbuy.enabled = false\n").unwrap();
    assert_eq!(answer(&off, &terms(), &sells(), 1, 540_000, 0), refused("refuse: the policy does not sell"));
    assert_eq!(answer(&off, &terms(), &buys(), 1, 400_000, 0), refused("refuse: the policy does not buy"));
}

#[test]
fn a_budget_that_is_exceeded_refuses_what_is_bought_only() {
    let over = |plan: &Plan, at| answer(&Policy::default(), &terms(), plan, 1, at, 5_000_000_001);
    assert_eq!(
        over(&buys(), 600_000),
        refused("refuse: 5.000000001 is committed for the day, and the daily budget is 5")
    );
    assert!(over(&sells(), 520_000).0);
    assert!(answer(&Policy::default(), &terms(), &buys(), 1, 600_000, 5_000_000_000).0);
}

#[test]
fn terms_out_of_bounds_refuse() {
    let odd = Terms { penalty: price(600_000), ..terms() };
    let text = "refuse: the penalty is 0.6, and the policy allows 0 to 0.5";
    assert_eq!(answer(&Policy::default(), &odd, &sells(), 800, 520_000, 0), refused(text));
}
