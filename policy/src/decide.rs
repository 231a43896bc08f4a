//! Which plan a household lists in a cycle.

mod plan;
mod reason;

pub use plan::{Plan, SellPlan};
pub use reason::{Breach, Cut, Reason, Term};

use crate::diary::Diary;
use crate::forecast::{Forecast, NoForecast};
use crate::policy::Policy;
use crate::rules::{bounds, prices};
use crate::slot::Slot;
use crate::terms::Terms;
use protocol::market_parameters::Range;
use protocol::plan::{Bid, Wanted};
use protocol::units::{Energy, Metres, Money, Place, Reputation, Side};

/// The cycle that a decision is about.
#[derive(Clone, Copy, Debug)]
pub struct Occasion<'a> {
    /// The slot of the cycle.
    pub slot: Slot,
    /// The market's terms in the cycle.
    pub terms: &'a Terms,
    /// What the slot is expected to leave over or lack, or why nobody knows. Of a household with
    /// devices it is what they leave ([`crate::devices`]).
    pub outlook: Result<Forecast, NoForecast>,
}

/// How a household stands when it decides.
#[derive(Clone, Copy, Debug)]
pub struct Standing<'a> {
    /// The present slot. Failures are counted back from it, and shortfalls are paid on its day.
    pub now: Slot,
    /// The household's place.
    pub place: Place,
    /// Its money that is not locked.
    pub balance: Money,
    /// Whether it already has a plan in the cycle.
    pub has_plan: bool,
    /// What it remembers.
    pub diary: &'a Diary,
}

/// What a household does in a cycle.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Act {
    /// It lists this plan.
    List(Plan),
    /// It lists nothing.
    Nothing,
    /// It lists nothing, and a person should look at it.
    AskAPerson,
}

/// What a household does in a cycle, and why.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Decision {
    /// What it does.
    pub act: Act,
    /// Why.
    pub reason: Reason,
}

impl Decision {
    const fn nothing(reason: Reason) -> Decision {
        Decision { act: Act::Nothing, reason }
    }

    /// The plan that is listed, if one is.
    pub const fn plan(&self) -> Option<&Plan> {
        match &self.act {
            Act::List(plan) => Some(plan),
            Act::Nothing | Act::AskAPerson => None,
        }
    }
}

/// Decides which plan a household lists in a cycle. The decision is a function of the arguments.
pub fn decide(policy: &Policy, occasion: &Occasion<'_>, standing: &Standing<'_>) -> Decision {
    let terms = occasion.terms;
    if let Some(breach) = bounds::breach(&policy.bounds, terms) {
        return Decision { act: Act::AskAPerson, reason: Reason::OutOfBounds(breach) };
    }
    if standing.has_plan {
        return Decision::nothing(Reason::HasPlan);
    }
    if terms.retail <= terms.feed_in {
        return Decision::nothing(Reason::NoGain { feed_in: terms.feed_in, retail: terms.retail });
    }
    let hold_back = &policy.hold_back;
    let failures = standing.diary.failures(standing.now.number(), hold_back.slots);
    if failures >= hold_back.failures {
        return Decision::nothing(Reason::HoldingBack { failures, slots: hold_back.slots });
    }
    let forecast = match occasion.outlook {
        Ok(forecast) => forecast,
        Err(why) => return Decision::nothing(Reason::NoForecast(why)),
    };
    let (estimated, most) = (u32::from(forecast.estimated), policy.forecast.estimated_most);
    if estimated * 1000 > u32::from(forecast.readings) * u32::from(most.get()) {
        return Decision::nothing(Reason::TooManyEstimated { forecast, most });
    }
    match forecast.net.get() {
        0 => Decision::nothing(Reason::Balanced),
        1.. => sell(policy, terms, forecast),
        _ => buy(policy, occasion, standing, forecast),
    }
}

fn sell(policy: &Policy, terms: &Terms, forecast: Forecast) -> Decision {
    let (sell, side) = (&policy.sell, Side::Sell);
    if !sell.enabled {
        return Decision::nothing(Reason::SideOff { side, forecast });
    }
    let floor = prices::floor(sell, terms);
    let Some(ask) = prices::ask(floor, terms) else {
        return Decision::nothing(Reason::NoPrice { side, bound: floor });
    };
    let surplus = forecast.net.surplus();
    let offered = sell.share.of(surplus.minus(sell.keep).unwrap_or(Energy::ZERO));
    let (volume, cut) = lowered(offered, terms.greatest_energy, None, Cut::GreatestEnergy);
    if too_small(volume, terms) {
        return Decision::nothing(Reason::BelowLot { side, volume, least_lot: terms.least_lot, forecast, cut });
    }
    let generated = surplus.min(terms.greatest_energy);
    let plan = SellPlan { energy_type: sell.energy_type, generated, volume, ask };
    Decision { act: Act::List(Plan::Sell(plan)), reason: Reason::Sells { volume, ask, floor, forecast, cut } }
}

fn buy(policy: &Policy, occasion: &Occasion<'_>, standing: &Standing<'_>, forecast: Forecast) -> Decision {
    let (buy, terms, side) = (&policy.buy, occasion.terms, Side::Buy);
    if !buy.enabled {
        return Decision::nothing(Reason::SideOff { side, forecast });
    }
    let ceiling = prices::ceiling(buy, terms);
    let Some(limit) = prices::limit(ceiling, terms) else {
        return Decision::nothing(Reason::NoPrice { side, bound: ceiling });
    };
    let spent = standing.diary.committed(occasion.slot.day());
    let budget = buy.daily_budget.minus(spent).unwrap_or(Money::ZERO);
    // How much a sum of money can lock at the limit. A limit of zero locks nothing.
    let affordable = |money: Money| match money.get().checked_div(limit.get()) {
        Some(wh) => Energy::new(wh).unwrap_or(Energy::MAX),
        None => Energy::MAX,
    };
    let wanted = buy.share.of(forecast.net.lack());
    let (volume, cut) = lowered(wanted, terms.greatest_energy, None, Cut::GreatestEnergy);
    let (volume, cut) = lowered(volume, affordable(budget), cut, Cut::DailyBudget);
    let (volume, cut) = lowered(volume, affordable(standing.balance), cut, Cut::Balance);
    if too_small(volume, terms) {
        return Decision::nothing(Reason::BelowLot { side, volume, least_lot: terms.least_lot, forecast, cut });
    }
    let (preferences, ranges) = (&policy.preferences, &terms.ranges);
    let wanted = Wanted {
        price: prices::wanted(preferences, terms, limit),
        volume: Energy::new(moved(volume.get(), &ranges.volume)).unwrap_or(volume),
        reputation: Reputation::new(moved(preferences.wanted_reputation.get().into(), &ranges.reputation) as u8)
            .unwrap_or(Reputation::MAX),
        place: Place {
            x: Metres::new(moved(standing.place.x.get().into(), &ranges.place) as u32).unwrap_or(Metres::MAX),
            y: Metres::new(moved(standing.place.y.get().into(), &ranges.place) as u32).unwrap_or(Metres::MAX),
        },
    };
    let bid = Bid { volume, limit, wanted, weights: preferences.weights };
    Decision { act: Act::List(Plan::Buy(bid)), reason: Reason::Buys { volume, limit, ceiling, forecast, cut } }
}

/// The volume, or a bound below it, with what cut it last.
fn lowered(volume: Energy, most: Energy, cut: Option<Cut>, by: Cut) -> (Energy, Option<Cut>) {
    if volume > most {
        (most, Some(by))
    } else {
        (volume, cut)
    }
}

fn too_small(volume: Energy, terms: &Terms) -> bool {
    volume < terms.least_lot || volume == Energy::ZERO
}

/// A wanted value, moved into the attribute's range, as the score counts it.
fn moved(value: u64, range: &Range) -> u64 {
    value.clamp(range.lo().into(), range.hi().into())
}

#[cfg(test)]
mod tests;
