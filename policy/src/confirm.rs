//! Whether a match keeps the policy.

use crate::decide::{Breach, Plan, Standing};
use crate::decimal::{kwh, money, per_kwh};
use crate::policy::Policy;
use crate::rules::{bounds, prices};
use crate::slot::Slot;
use crate::terms::Terms;
use protocol::units::{Energy, Money, Price, Side};
use std::fmt;

/// A match of one of the household's plans, as its wallet opened it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Match {
    /// The slot of the plan's cycle.
    pub slot: Slot,
    /// The matched volume.
    pub volume: Energy,
    /// The price.
    pub price: Price,
}

/// How a household answers a match.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Answer {
    /// Whether it confirms. Otherwise it refuses.
    pub confirms: bool,
    /// Why.
    pub reason: Reason,
}

/// Why a match is confirmed or refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reason {
    /// The match keeps plan and policy.
    Keeps {
        /// The household's side.
        side: Side,
        /// The matched volume.
        volume: Energy,
        /// The price.
        price: Price,
    },
    /// A term of the market is outside the policy's bounds.
    OutOfBounds(Breach),
    /// The policy no longer trades on this side.
    SideOff(Side),
    /// The volume is zero or above the plan's.
    Volume {
        /// The matched volume.
        found: Energy,
        /// The plan's volume.
        plan: Energy,
    },
    /// The price is not on the grid.
    OffGrid(Price),
    /// The price is below the ask or the policy's floor.
    BelowFloor {
        /// The price.
        price: Price,
        /// The greater of ask and floor.
        least: Price,
    },
    /// The price is above the limit or the policy's ceiling.
    AboveCeiling {
        /// The price.
        price: Price,
        /// The lesser of limit and ceiling.
        most: Price,
    },
    /// The day's buy plans are committed to more than its budget.
    OverBudget {
        /// The money committed to buy plans of the day.
        committed: Money,
        /// The policy's daily budget.
        budget: Money,
    },
}

/// Decides whether a household confirms a match of `plan`. The diary already counts the plan's
/// lock. The answer is a function of the arguments.
pub fn confirm(policy: &Policy, terms: &Terms, plan: &Plan, found: &Match, standing: &Standing<'_>) -> Answer {
    match objection(policy, terms, plan, found, standing) {
        Some(reason) => Answer { confirms: false, reason },
        None => {
            let reason = Reason::Keeps { side: plan.side(), volume: found.volume, price: found.price };
            Answer { confirms: true, reason }
        }
    }
}

fn objection(policy: &Policy, terms: &Terms, plan: &Plan, found: &Match, standing: &Standing<'_>) -> Option<Reason> {
    if let Some(breach) = bounds::breach(&policy.bounds, terms) {
        return Some(Reason::OutOfBounds(breach));
    }
    if found.volume == Energy::ZERO || found.volume > plan.volume() {
        return Some(Reason::Volume { found: found.volume, plan: plan.volume() });
    }
    let price = found.price;
    if terms.grid.tick(price).is_err() {
        return Some(Reason::OffGrid(price));
    }
    match plan {
        Plan::Sell(sell) => {
            let least = sell.ask.max(prices::floor(&policy.sell, terms));
            match policy.sell.enabled {
                false => Some(Reason::SideOff(Side::Sell)),
                true => (price < least).then_some(Reason::BelowFloor { price, least }),
            }
        }
        Plan::Buy(bid) => {
            let most = bid.limit.min(prices::ceiling(&policy.buy, terms));
            let (committed, budget) = (standing.diary.committed(found.slot.day()), policy.buy.daily_budget);
            if !policy.buy.enabled {
                Some(Reason::SideOff(Side::Buy))
            } else if price > most {
                Some(Reason::AboveCeiling { price, most })
            } else {
                (committed > budget).then_some(Reason::OverBudget { committed, budget })
            }
        }
    }
}

impl Reason {
    /// A code that stays the same across versions, for machines.
    pub const fn code(&self) -> &'static str {
        match self {
            Reason::Keeps { .. } => "match-keeps-policy",
            Reason::OutOfBounds(_) => "match-out-of-bounds",
            Reason::SideOff(_) => "match-side-off",
            Reason::Volume { .. } => "match-volume",
            Reason::OffGrid(_) => "match-off-grid",
            Reason::BelowFloor { .. } => "match-below-floor",
            Reason::AboveCeiling { .. } => "match-above-ceiling",
            Reason::OverBudget { .. } => "match-over-budget",
        }
    }
}

impl fmt::Display for Reason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let verb = |side: &Side| match side {
            Side::Sell => "sell",
            Side::Buy => "buy",
        };
        match self {
            Reason::Keeps { side, volume, price } => {
                write!(f, "confirm: {} {} kWh at {} keeps the policy", verb(side), kwh(*volume), per_kwh(*price))
            }
            Reason::OutOfBounds(breach) => write!(f, "refuse: {breach}"),
            Reason::SideOff(side) => write!(f, "refuse: the policy does not {}", verb(side)),
            Reason::Volume { found, plan } => {
                write!(f, "refuse: the match is of {} kWh, and the plan of {} kWh", kwh(*found), kwh(*plan))
            }
            Reason::OffGrid(price) => write!(f, "refuse: {} is not a price of the grid", per_kwh(*price)),
            Reason::BelowFloor { price, least } => {
                write!(f, "refuse: the price {} is below {}, the floor", per_kwh(*price), per_kwh(*least))
            }
            Reason::AboveCeiling { price, most } => {
                write!(f, "refuse: the price {} is above {}, the ceiling", per_kwh(*price), per_kwh(*most))
            }
            Reason::OverBudget { committed, budget } => {
                let (committed, budget) = (money(*committed), money(*budget));
                write!(f, "refuse: {committed} is committed for the day, and the daily budget is {budget}")
            }
        }
    }
}

#[cfg(test)]
mod tests;
