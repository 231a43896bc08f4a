//! The decisions of many households, slot by slot, as their gateways would have made them.
//!
//! In each slot every household first decides by what it knows, and then learns what its meter
//! showed. So no decision depends on a reading of its own slot or of a later one.
//!
//! A household with devices plans them before it decides ([`crate::devices`]). Its meter then shows
//! what its devices make of the reading.

mod all;

pub use all::{plan_scenario, Planned};

use crate::decide::{decide, Decision, Occasion, Plan, Standing};
use crate::devices::{Ahead, Run, SetPoint, Use};
use crate::diary::Diary;
use crate::forecast::{Forecast, Forecaster, Measured, NoForecast, OutOfOrder};
use crate::net_energy::NetEnergy;
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
    /// Whether its devices follow a schedule. Otherwise its flexible loads run and its cars charge at
    /// once, and its battery takes what is left over and gives what lacks.
    pub schedules: bool,
}

/// A household with what it knows and remembers.
#[derive(Clone, Debug)]
struct Member {
    home: Home,
    forecaster: Forecaster,
    diary: Diary,
    /// Its devices, and what they should do in the slot that was decided last.
    devices: Option<(Run, Option<SetPoint>)>,
}

/// Households that decide slot by slot. All households keep the order in which they were given.
#[derive(Clone, Debug)]
pub struct Planner(Vec<Member>);

impl Planner {
    /// Households without any history.
    pub fn new(homes: Vec<Home>) -> Planner {
        let member = |home: Home| {
            let forecaster = Forecaster::new(home.policy.forecast.lookback);
            let devices = (!home.policy.devices.is_empty()).then(|| (Run::new(home.policy.devices.clone()), None));
            Member { home, forecaster, diary: Diary::default(), devices }
        };
        Planner(homes.into_iter().map(member).collect())
    }

    /// What every household does in a slot, one after the other. A buy plan's whole lock counts
    /// against the budget of the slot's day, until [`Planner::release`] says otherwise. `ahead` are the
    /// slots that devices are planned for, this one first; households without devices do not look at
    /// them.
    pub fn decide<'a>(
        &'a mut self,
        slot: Slot,
        terms: &'a Terms,
        ahead: &'a [Ahead],
    ) -> impl Iterator<Item = Decision> + 'a {
        self.0.iter_mut().map(move |member| {
            let (outlook, bounded) = member.outlook(slot, ahead);
            let occasion = Occasion { slot, terms, outlook };
            let standing = Standing {
                now: slot,
                place: member.home.place,
                balance: member.home.balance,
                has_plan: false,
                diary: &member.diary,
            };
            let policy = bounded.as_ref().unwrap_or(&member.home.policy);
            let decision = decide(policy, &occasion, &standing);
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

    /// Whether any household has devices.
    pub fn has_devices(&self) -> bool {
        self.0.iter().any(|member| member.devices.is_some())
    }

    /// Runs a household's devices through the slot that was decided last, and says what its meter then
    /// shows. `reading` is what it would show without devices. Where no reading came, devices do what
    /// was planned.
    pub fn run(&mut self, household: usize, slot: Slot, reading: Option<Reading>) -> Option<Reading> {
        let Some((run, set)) = self.0.get_mut(household).and_then(|member| member.devices.as_mut()) else {
            return reading;
        };
        let set = set.take();
        let planned = || set.as_ref().map_or(NetEnergy::default(), |set| set.expected);
        let net = run.through(slot, reading.map_or_else(planned, |reading| reading.net), set.as_ref());
        reading.map(|reading| Reading { net, ..reading })
    }

    /// What each household's devices have done so far; `None` where it has none.
    pub fn used(&self) -> impl Iterator<Item = Option<Use>> + '_ {
        self.0.iter().map(|member| member.devices.as_ref().map(|(run, _)| run.used()))
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

impl Member {
    /// What the household expects of a slot: with devices, what they leave over or lack, and the policy
    /// with the prices that this is worth.
    fn outlook(&mut self, slot: Slot, ahead: &[Ahead]) -> (Result<Forecast, NoForecast>, Option<Policy>) {
        let outlook = self.forecaster.forecast(slot);
        let Some((run, set)) = &mut self.devices else { return (outlook, None) };
        *set = None;
        let Ok(forecast) = outlook else { return (outlook, None) };
        if !self.home.schedules {
            return (outlook, None);
        }
        let of_slot = |at: &Ahead| self.forecaster.forecast(at.slot).map_or(NetEnergy::default(), |of| of.net);
        let expected: Vec<NetEnergy> = ahead.iter().map(of_slot).collect();
        *set = run.plan(ahead, &expected);
        let Some(set) = set else { return (outlook, None) };
        let mut policy = self.home.policy.clone();
        policy.sell.floor = policy.sell.floor.max(set.low);
        policy.buy.ceiling = policy.buy.ceiling.min(set.high);
        (Ok(Forecast { net: set.for_sale(), ..forecast }), Some(policy))
    }
}

#[cfg(test)]
mod tests;
