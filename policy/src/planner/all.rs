//! All plans of a simulation at once.

use super::{Home, Planner};
use crate::decide::{Decision, Plan};
use crate::devices::{Ahead, Use, SLOTS_AHEAD};
use crate::forecast::{Measured, OutOfOrder};
use crate::reading::Reading;
use crate::slot::Slot;
use crate::terms::Terms;
use market::scenario::{Buy, Confirm, CyclePlans, Intent, ScenarioPlan, Sell};
use protocol::units::Energy;
use std::collections::BTreeMap;

/// The plans of a simulation, and how they came about.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Planned {
    /// The plans of each slot that is traded in, in the order of slots and households. A slot in
    /// which nobody has a plan is there too. Every household confirms its matches.
    pub cycles: Vec<CyclePlans>,
    /// How good each household's forecasts were, over all slots, traded in or not.
    pub measured: Vec<Measured>,
    /// How many decisions of each household had which reason, by the reason's code.
    pub reasons: Vec<BTreeMap<&'static str, u64>>,
    /// What each household's devices did in the slots that are traded in; `None` where it has none.
    pub devices: Vec<Option<Moved>>,
}

/// What a household's devices did.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Moved {
    /// What its meter showed in each slot that is traded in; `None` where no reading came.
    pub metered: Vec<Option<Reading>>,
    /// In all.
    pub used: Use,
}

/// Makes the plans of all households in all slots from `first` on; the slots before it are history
/// only. `reading(household, slot)` is what a meter showed, both by their index in `homes` and
/// `slots`; `terms` gives a slot's terms. `observe(household, slot, decision)` sees every decision.
/// A plan's metered energy, `injected` or `consumed`, is what the meter showed in its direction, and
/// 0 where no reading came. Nothing else depends on the readings of the slot.
///
/// `reading` is without the households' devices, and forecasts are, too; the meter of a household with
/// devices shows what these make of it. They rest until `first`. Error: [`OutOfOrder`]
/// unless the slots' numbers rise.
pub fn plan_scenario(
    homes: Vec<Home>,
    slots: &[Slot],
    first: usize,
    reading: &dyn Fn(usize, usize) -> Option<Reading>,
    terms: &dyn Fn(Slot) -> Terms,
    observe: &mut dyn FnMut(usize, Slot, &Decision),
) -> Result<Planned, OutOfOrder> {
    let households = homes.len();
    let mut planner = Planner::new(homes);
    let mut cycles = Vec::with_capacity(slots.len().saturating_sub(first));
    let mut reasons = vec![BTreeMap::new(); households];
    let mut metered: Vec<Vec<Option<Reading>>> = vec![Vec::new(); households];
    for (index, slot) in slots.iter().enumerate() {
        if index >= first {
            let ahead = if planner.has_devices() { ahead(slots, first, index, terms) } else { Vec::new() };
            let terms = terms(*slot);
            let mut plans = Vec::new();
            let mut decisions = Vec::with_capacity(households);
            for (household, decision) in planner.decide(*slot, &terms, &ahead).enumerate() {
                observe(household, *slot, &decision);
                *reasons[household].entry(decision.reason.code()).or_default() += 1;
                decisions.push(decision);
            }
            for (household, decision) in decisions.iter().enumerate() {
                let shown = planner.run(household, *slot, reading(household, index));
                metered[household].push(shown);
                if let Some(plan) = decision.plan() {
                    let intent = intent(plan, shown);
                    plans.push(ScenarioPlan { household, intent, confirm: Confirm::Yes });
                }
            }
            cycles.push(CyclePlans { cycle: slot.cycle(), starts: None, tariff: None, plans, unplanned: Vec::new() });
        }
        for household in 0..households {
            planner.observe(household, *slot, reading(household, index))?;
        }
    }
    let moved = planner.used().zip(metered).map(|(used, metered)| used.map(|used| Moved { metered, used }));
    let devices = moved.collect();
    Ok(Planned { cycles, measured: planner.measured().cloned().collect(), reasons, devices })
}

/// The slots that devices are planned for, from slot `index` on. Beyond the last slot, time goes on
/// without a change of the clock, and a slot has the tariff that it had a day before.
fn ahead(slots: &[Slot], first: usize, index: usize, terms: &dyn Fn(Slot) -> Terms) -> Vec<Ahead> {
    let last = slots[slots.len() - 1];
    let of = |at: usize| {
        let slot = slots.get(at).copied().unwrap_or_else(|| last.later((at + 1 - slots.len()) as u32));
        let known = match at < slots.len() {
            true => at,
            false => (slots.len() - 1).min((at - SLOTS_AHEAD).max(first)),
        };
        let terms = terms(slots[known]);
        Ahead { slot, retail: terms.retail, feed_in: terms.feed_in }
    };
    (index..index + SLOTS_AHEAD).map(of).collect()
}

/// A plan with what the meter will show.
fn intent(plan: &Plan, reading: Option<Reading>) -> Intent {
    let net = reading.map(|reading| reading.net);
    match *plan {
        Plan::Sell(sell) => Intent::Sell(Sell {
            energy_type: sell.energy_type,
            generated: sell.generated,
            volume: sell.volume,
            ask: sell.ask,
            injected: net.map_or(Energy::ZERO, |net| net.surplus()),
        }),
        Plan::Buy(bid) => Intent::Buy(Buy { bid, consumed: net.map_or(Energy::ZERO, |net| net.lack()) }),
    }
}
