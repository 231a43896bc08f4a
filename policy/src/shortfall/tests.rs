use super::*;
use crate::diary::Diary;
use crate::slot::{Slot, Weekday};
use protocol::market_parameters::{PriceGrid, Range, Ranges};
use protocol::units::{Place, Price};

fn wh(wh: u64) -> Energy {
    Energy::new(wh).unwrap()
}

fn money(nano: u64) -> Money {
    Money::new(nano).unwrap()
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

fn claim(energy: u64) -> Claim {
    Claim { energy: wh(energy), amount: wh(energy).at(price(700_000)) }
}

/// Whether it is paid, and the reason's text, after `paid` was paid today.
fn answer(policy: &Policy, terms: &Terms, claim: Claim, own: OwnFigure, paid: u64, balance: u64) -> (bool, String) {
    let now = Slot::of_table(500, Weekday::Monday);
    let mut diary = Diary::default();
    diary.pay(now.day(), money(paid));
    diary.pay(now.day() - 1, money(5_000_000_000));
    let standing = Standing { now, place: Place::default(), balance: money(balance), has_plan: false, diary: &diary };
    let payment = pay_shortfall(policy, terms, &claim, own, &standing);
    (payment.pays, payment.reason.to_string())
}

fn by_default(claim: Claim, own: OwnFigure) -> (bool, String) {
    answer(&Policy::default(), &terms(), claim, own, 0, 10_000_000_000)
}

fn asks(text: &str) -> (bool, String) {
    (false, format!("ask a person: {text}"))
}

#[test]
fn a_claim_that_fits_is_paid() {
    assert_eq!(
        by_default(claim(1100), OwnFigure::Read(wh(1000))),
        (true, "pay 0.77 for a shortfall of 1.1 kWh: the own readings say 1 kWh".into())
    );
    assert_eq!(
        by_default(claim(80), OwnFigure::Estimated(wh(100))),
        (true, "pay 0.056 for a shortfall of 0.08 kWh: the own estimate is 0.1 kWh".into())
    );
    // The margin is 50 Wh where a tenth is less.
    assert!(by_default(claim(50), OwnFigure::Read(wh(0))).0);
}

#[test]
fn a_made_up_claim_asks() {
    assert_eq!(
        by_default(claim(1101), OwnFigure::Read(wh(1000))),
        asks("1.101 kWh are claimed, and the own figure and margin give 1.1 kWh")
    );
    assert!(!by_default(claim(51), OwnFigure::Read(wh(0))).0);
    assert_eq!(by_default(claim(10), OwnFigure::Unknown), asks("there is no own reading or estimate to check it by"));
    for amount in [6_999_999, 7_000_001] {
        let odd = Claim { amount: money(amount), ..claim(10) };
        assert!(!answer(&Policy::default(), &terms(), odd, OwnFigure::Read(wh(10)), 0, u64::MAX).0);
    }
    let odd = Claim { amount: money(8_000_000), ..claim(10) };
    assert_eq!(by_default(odd, OwnFigure::Read(wh(10))), asks("0.008 is claimed, and at retail 0.007 would be due"));
}

#[test]
fn the_cap_of_the_day_holds() {
    let own = OwnFigure::Read(wh(1000));
    let after = |paid| answer(&Policy::default(), &terms(), claim(1000), own, paid, 10_000_000_000);
    assert!(after(1_300_000_000).0);
    assert_eq!(after(1_300_000_001), asks("0.7 on top of 1.300000001 paid today is above the daily cap of 2"));
    assert!(!after(u64::MAX).0);
}

#[test]
fn a_claim_above_the_balance_asks() {
    let own = OwnFigure::Read(wh(1000));
    let with = |balance| answer(&Policy::default(), &terms(), claim(1000), own, 0, balance);
    assert!(with(700_000_000).0);
    assert_eq!(with(699_999_999), asks("0.7 is claimed, and the balance is 0.699999999"));
}

#[test]
fn a_policy_that_pays_nothing_asks() {
    let off = Policy::parse("shortfall.pay = false\n").unwrap();
    let own = OwnFigure::Read(wh(10));
    assert_eq!(answer(&off, &terms(), claim(10), own, 0, u64::MAX), asks("the policy pays no shortfall by itself"));
    let odd = Terms { retail: price(1_100_000), ..terms() };
    assert_eq!(
        answer(&Policy::default(), &odd, claim(10), own, 0, u64::MAX),
        asks("the retail tariff is 1.1, and the policy allows 0.05 to 1")
    );
    let greatest = Claim { energy: Energy::MAX, amount: Energy::MAX.at(price(700_000)) };
    assert!(!by_default(greatest, OwnFigure::Read(Energy::MAX)).0);
}
