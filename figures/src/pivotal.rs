//! What a cycle's trades owe to single sellers: pivotal suppliers (docs/market.md).

use market::mechanism::Mechanism;
use market::order_book::OrderBook;
use market::rules::{self, Account};
use market::scenario::{CyclePlans, Intent, Scenario};
use protocol::units::PerMille;
use std::collections::BTreeSet;

/// How much a cycle, or several, depend on single sellers.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Pivotal {
    /// Sellers that trade, cycle by cycle.
    pub sellers: u64,
    /// Those without whom less energy would be traded: the others cannot replace what they sell.
    pub pivotal: u64,
    /// The gains from trade, nano-currency: energy times (limit less ask).
    pub gains: i128,
    /// What would be lost of them without the seller that most depends on, in each cycle its own.
    pub lost: i128,
}

impl std::ops::AddAssign for Pivotal {
    fn add_assign(&mut self, other: Pivotal) {
        self.sellers += other.sellers;
        self.pivotal += other.pivotal;
        self.gains += other.gains;
        self.lost += other.lost;
    }
}

impl Pivotal {
    /// Clears a cycle by a rule, then again without each household that sells. `start` are the
    /// households' accounts before it. It says something of rules whose gains are the greatest: by
    /// another rule, gains may rise without a seller.
    pub fn of(scenario: &Scenario, cycle: &CyclePlans, start: &[Account], rule: &dyn Mechanism) -> Pivotal {
        let reputations: Vec<_> = start.iter().map(|account| account.reputation).collect();
        let locks = rules::lock(scenario, cycle, &mut start.to_vec(), &mut Vec::new());
        let book = |without: Option<usize>| {
            let listed = cycle.plans.iter().zip(&locks).enumerate().filter(|(_, (plan, lock))| {
                lock.is_some() && !(matches!(plan.intent, Intent::Sell(_)) && Some(plan.household) == without)
            });
            let listed: Vec<usize> = listed.map(|(index, _)| index).collect();
            OrderBook::of_cycle(scenario, cycle, &listed, &reputations, PerMille::ZERO).0
        };
        let all = book(None);
        let cleared = rule.clear(&all);
        let seller = |offer: usize| all.origin().expect("the book of a cycle").sellers[offer];
        let sellers: BTreeSet<usize> = cleared.trades.iter().map(|trade| seller(trade.seller)).collect();
        let mut of = Pivotal { sellers: sellers.len() as u64, gains: cleared.gains(&all), ..Pivotal::default() };
        for household in sellers {
            let rest = book(Some(household));
            let without = rule.clear(&rest);
            of.pivotal += u64::from(without.sent() < cleared.sent());
            of.lost = of.lost.max(of.gains - without.gains(&rest));
        }
        of
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use market::mechanism::UniformPrice;
    use market::scenario::random;

    /// Without its only seller a cycle has no gains; with two equal halves, each is pivotal.
    #[test]
    fn a_seller_that_nobody_replaces_is_pivotal() {
        let mut single = 0;
        for seed in 0..40 {
            let scenario = Scenario::checked(random(6, 1, seed)).unwrap();
            let start: Vec<Account> = scenario
                .households
                .iter()
                .map(|household| Account { balance: household.balance, reputation: household.reputation })
                .collect();
            let of = Pivotal::of(&scenario, &scenario.cycles[0], &start, &UniformPrice);
            assert!(of.pivotal <= of.sellers && of.lost >= 0 && of.lost <= of.gains, "{of:?}");
            if of.sellers == 1 && of.pivotal == 1 {
                single += 1;
            }
            assert!(of.sellers > 0 || of == Pivotal::default(), "{of:?}");
        }
        assert!(single > 0, "some market has one seller only");
    }
}
