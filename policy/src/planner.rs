//! The decisions of many households, slot by slot, as their gateways would have made them.
//!
//! In each slot every household first decides by what it knows, and then learns what its meter
//! showed. So no decision depends on a reading of its own slot or of a later one.

mod all;

pub use all::{plan_scenario, Planned};

use crate::decide::{decide, Decision, Occasion, Plan, Standing};
use crate::diary::Diary;
use crate::forecast::{Forecaster, Measured, OutOfOrder};
use crate::policy::Policy;
use crate::reading::Reading;
use crate::slot::Slot;
use crate::terms::Terms;
use protocol::units::{Money, Place};

/// A household of a simulation.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Home {
    /// Its policy.
    pub policy: Policy,
    /// Its place.
    pub place: Place,
    /// The money that it can lock in a slot. A caller that does not follow balances gives
    /// [`Money::MAX`]; the market then rejects a plan whose lock is above the balance.
    pub balance: Money,
}

/// A household with what it knows and remembers.
#[derive(Clone, Debug)]
struct Member {
    home: Home,
    forecaster: Forecaster,
    diary: Diary,
}

/// Households that decide slot by slot. All households keep the order in which they were given.
#[derive(Clone, Debug)]
pub struct Planner(Vec<Member>);

impl Planner {
    /// Households without any history.
    pub fn new(homes: Vec<Home>) -> Planner {
        let member = |home: Home| {
            let forecaster = Forecaster::new(home.policy.forecast.lookback);
            Member { home, forecaster, diary: Diary::default() }
        };
        Planner(homes.into_iter().map(member).collect())
    }

    /// What every household does in a slot, one after the other. A buy plan's whole lock counts
    /// against the budget of the slot's day, until [`Planner::release`] says otherwise.
    pub fn decide<'a>(&'a mut self, slot: Slot, terms: &'a Terms) -> impl Iterator<Item = Decision> + 'a {
        self.0.iter_mut().map(move |member| {
            let occasion = Occasion { slot, terms, outlook: member.forecaster.forecast(slot) };
            let standing = Standing {
                now: slot,
                place: member.home.place,
                balance: member.home.balance,
                has_plan: false,
                diary: &member.diary,
            };
            let decision = decide(&member.home.policy, &occasion, &standing);
            if let Some(plan @ Plan::Buy(_)) = decision.plan() {
                member.diary.commit(slot.day(), plan.lock());
            }
            decision
        })
    }

    /// Tells a household what its meter showed in a slot; `None` where no reading came. A household
    /// that does not exist learns nothing. Error: [`OutOfOrder`].
    pub fn observe(&mut self, household: usize, slot: Slot, reading: Option<Reading>) -> Result<(), OutOfOrder> {
        match self.0.get_mut(household) {
            Some(member) => member.forecaster.observe(slot, reading),
            None => Ok(()),
        }
    }

    /// Tells a household that this much of what it locked on a day came back.
    pub fn release(&mut self, household: usize, day: u32, money: Money) {
        if let Some(member) = self.0.get_mut(household) {
            member.diary.release(day, money);
        }
    }

    /// Tells a household that a match of it lapsed or was refused in a slot.
    pub fn fail(&mut self, household: usize, slot: Slot) {
        if let Some(member) = self.0.get_mut(household) {
            member.diary.fail(slot.number());
        }
    }

    /// Tells a household how much money it can lock.
    pub fn set_balance(&mut self, household: usize, balance: Money) {
        if let Some(member) = self.0.get_mut(household) {
            member.home.balance = balance;
        }
    }

    /// How good each household's forecasts were so far.
    pub fn measured(&self) -> impl Iterator<Item = &Measured> {
        self.0.iter().map(|member| member.forecaster.measured())
    }
}

#[cfg(test)]
mod tests;
