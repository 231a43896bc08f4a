//! What a household remembers from cycle to cycle, so that its daily limits hold and failures
//! count.

use protocol::units::Money;
use std::collections::{BTreeMap, VecDeque};

/// What a household has committed and paid by day, and which matches failed. Its owner keeps it up
/// to date. After a restart it makes the diary again from the household's own history, by the same
/// calls.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Diary {
    committed: BTreeMap<u32, Money>,
    paid: BTreeMap<u32, Money>,
    failures: VecDeque<u32>,
}

impl Diary {
    /// The days that are remembered: those with an entry, the latest ones.
    const DAYS: usize = 64;
    /// The most failures that are remembered, the latest ones.
    pub const MOST_FAILURES: usize = 1000;

    /// Notes that a buy plan of a slot of this day was listed, which locks this much money.
    pub fn commit(&mut self, day: u32, lock: Money) {
        add(&mut self.committed, day, lock);
    }

    /// Notes that this much of the money committed on a day came back: the whole lock of a plan
    /// that lapsed, or the rest of a lock after a settlement.
    pub fn release(&mut self, day: u32, money: Money) {
        if let Some(committed) = self.committed.get_mut(&day) {
            *committed = committed.minus(money).unwrap_or(Money::ZERO);
        }
    }

    /// The money committed to buy plans of a day and not released.
    pub fn committed(&self, day: u32) -> Money {
        self.committed.get(&day).copied().unwrap_or_default()
    }

    /// Notes that a shortfall was paid on this day.
    pub fn pay(&mut self, day: u32, amount: Money) {
        add(&mut self.paid, day, amount);
    }

    /// The money paid for shortfalls on a day.
    pub fn paid(&self, day: u32) -> Money {
        self.paid.get(&day).copied().unwrap_or_default()
    }

    /// Notes that a match of this household lapsed or was refused, by either side, in the slot with
    /// this number.
    pub fn fail(&mut self, slot: u32) {
        if self.failures.len() == Diary::MOST_FAILURES {
            self.failures.pop_front();
        }
        self.failures.push_back(slot);
    }

    /// How many failed matches lie within the last `slots` slots up to the slot numbered `now`.
    pub fn failures(&self, now: u32, slots: u32) -> u32 {
        let recent = self.failures.iter().filter(|slot| now.saturating_sub(**slot) < slots);
        recent.count() as u32
    }
}

/// Adds to a day's money, and forgets the earliest days beyond the number that is kept. A sum that
/// does not fit counts as the greatest amount.
fn add(days: &mut BTreeMap<u32, Money>, day: u32, amount: Money) {
    let sum = days.entry(day).or_default();
    *sum = sum.plus(amount).unwrap_or(Money::MAX);
    while days.len() > Diary::DAYS {
        days.pop_first();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn money(nano: u64) -> Money {
        Money::new(nano).unwrap()
    }

    #[test]
    fn money_counts_by_day() {
        let mut diary = Diary::default();
        diary.commit(3, money(100));
        diary.commit(3, money(50));
        diary.commit(4, money(7));
        diary.release(3, money(120));
        diary.release(5, money(1));
        diary.pay(3, money(9));
        assert_eq!([3, 4, 5].map(|day| diary.committed(day).get()), [30, 7, 0]);
        assert_eq!((diary.paid(3), diary.paid(4)), (money(9), Money::ZERO));
        diary.release(4, money(8));
        assert_eq!(diary.committed(4), Money::ZERO);
        diary.commit(4, Money::MAX);
        diary.commit(4, Money::MAX);
        assert_eq!(diary.committed(4), Money::MAX);
    }

    #[test]
    fn failures_are_forgotten_after_a_while() {
        let mut diary = Diary::default();
        diary.fail(10);
        diary.fail(12);
        assert_eq!(diary.failures(12, 3), 2);
        assert_eq!(diary.failures(13, 3), 1);
        assert_eq!(diary.failures(15, 3), 0);
        assert_eq!(diary.failures(u32::MAX, u32::MAX), 2);
    }

    #[test]
    fn a_diary_stays_small() {
        let mut diary = Diary::default();
        for number in 0..5000 {
            diary.commit(number, money(1));
            diary.fail(number);
        }
        assert_eq!((diary.committed.len(), diary.failures.len()), (64, 1000));
        assert_eq!(diary.committed(4999), money(1));
    }
}
