//! What the energy of each household is made from, as its plans say.

use market::scenario::{CyclePlans, Intent, Scenario};
use protocol::units::EnergyType;

/// The energy type of each household that sells. A rule may let a household sell in a cycle in which
/// it has no plan to: then the energy is of the type of its last sell plan before, or of its first.
pub(crate) struct EnergyTypes(Vec<Option<EnergyType>>);

impl EnergyTypes {
    /// The types before the first cycle: those of each household's first sell plan.
    pub(crate) fn new(scenario: &Scenario) -> EnergyTypes {
        let mut types = EnergyTypes(vec![None; scenario.households.len()]);
        scenario.cycles.iter().rev().for_each(|cycle| types.learn(cycle));
        types
    }

    /// Takes the types that the plans of a cycle say.
    pub(crate) fn learn(&mut self, cycle: &CyclePlans) {
        for plan in &cycle.plans {
            if let Intent::Sell(sell) = &plan.intent {
                self.0[plan.household] = Some(sell.energy_type);
            }
        }
    }

    /// The type of a household's energy. None for one that never plans to sell.
    pub(crate) fn of(&self, household: usize) -> Option<EnergyType> {
        self.0[household]
    }
}
