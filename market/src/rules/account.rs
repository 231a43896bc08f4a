//! Accounts of households, and the locks that buy plans take from them.

use crate::outcome::{Rejection, LOCK_EXCEEDS_BALANCE};
use crate::scenario::{CyclePlans, Intent, Scenario, ScenarioPlan};
use protocol::units::{Money, Reputation};

/// A household's account between two cycles.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Account {
    /// Its money that is not locked.
    pub balance: Money,
    /// Its reputation in force.
    pub reputation: Reputation,
}

/// Takes each buy plan's lock from its household's balance, in list order, and gives the locks by
/// plan. None marks a plan that is rejected because the balance cannot bear its lock; a sell plan's
/// lock is zero.
pub fn lock(
    scenario: &Scenario,
    cycle: &CyclePlans,
    accounts: &mut [Account],
    rejected: &mut Vec<Rejection>,
) -> Vec<Option<Money>> {
    let take = |plan: &ScenarioPlan| match &plan.intent {
        Intent::Sell(_) => Some(Money::ZERO),
        Intent::Buy(buy) => {
            let account = &mut accounts[plan.household];
            match account.balance.minus(buy.lock()) {
                Ok(rest) => {
                    account.balance = rest;
                    Some(buy.lock())
                }
                Err(_) => {
                    rejected.push(Rejection {
                        cycle: cycle.cycle.get(),
                        household: scenario.households[plan.household].id.clone(),
                        reason: LOCK_EXCEEDS_BALANCE.into(),
                    });
                    None
                }
            }
        }
    };
    cycle.plans.iter().map(take).collect()
}
