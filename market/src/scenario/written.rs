//! A scenario in the form of its file.

use super::file::{self, File};
use super::format::FORMAT;
use super::plans::{Buy, Confirm, CyclePlans, Intent, Scenario, ScenarioPlan, Sell};
use protocol::market_parameters::{PriceRule, Range};
use protocol::terms::Imbalance;
use protocol::units::EnergyType;

impl File {
    /// The file of a scenario. Checked again, it is the same scenario.
    pub fn of(scenario: &Scenario) -> File {
        let households = scenario.households.iter().map(|of| file::Household {
            id: of.id.clone(),
            x: of.place.x.get().into(),
            y: of.place.y.get().into(),
            reputation: of.reputation.get().into(),
            balance: of.balance.get(),
        });
        File {
            format: FORMAT.into(),
            market: market(scenario),
            households: households.collect(),
            cycles: scenario.cycles.iter().map(|of| cycle(scenario, of)).collect(),
        }
    }
}

fn market(scenario: &Scenario) -> file::Market {
    let (market, terms) = (&scenario.market, &scenario.terms);
    let range = |of: &Range| [of.lo().into(), of.hi().into()];
    file::Market {
        tolerance_permille: market.tolerance.get().into(),
        price_rule: match market.price_rule {
            PriceRule::Ask => file::PriceRule::Ask,
            PriceRule::Midpoint => file::PriceRule::Midpoint,
        },
        max_rounds: market.max_rounds.into(),
        feed_in: market.feed_in.get(),
        retail: market.retail.get(),
        price_grid: file::PriceGrid { first: market.grid.first().get(), step: market.grid.step().get() },
        ranges: file::Ranges {
            volume: range(&market.ranges.volume),
            reputation: range(&market.ranges.reputation),
            place: range(&market.ranges.place),
        },
        penalty: terms.penalty.get(),
        least_lot: terms.least_lot.get(),
        greatest_energy: terms.greatest_energy.get(),
        imbalance: match terms.imbalance {
            Imbalance::Operator => file::Imbalance::Operator,
            Imbalance::Household => file::Imbalance::Household,
        },
    }
}

fn cycle(scenario: &Scenario, of: &CyclePlans) -> file::Cycle {
    let id = |household: usize| scenario.households[household].id.clone();
    let tariff = of.tariff.map(|of| file::Tariff { feed_in: of.feed_in.get(), retail: of.retail.get() });
    let unplanned = of.unplanned.iter().map(|of| file::Unplanned {
        household: id(of.household),
        injected: of.injected.get(),
        consumed: of.consumed.get(),
    });
    file::Cycle {
        cycle: of.cycle.get().into(),
        starts: of.starts.map(|starts| starts.to_string()),
        tariff,
        plans: of.plans.iter().map(|plan| written(plan, id(plan.household))).collect(),
        unplanned: unplanned.collect(),
    }
}

fn written(plan: &ScenarioPlan, household: String) -> file::Plan {
    let confirm = match plan.confirm {
        Confirm::Yes => file::Confirm::Yes,
        Confirm::Refuse => file::Confirm::Refuse,
    };
    let empty = file::Plan {
        household,
        side: file::Side::Sell,
        energy_type: None,
        generated: None,
        volume: plan.volume().get(),
        price: None,
        limit: None,
        injected: None,
        consumed: None,
        confirm,
        wanted: None,
        weights: None,
    };
    match &plan.intent {
        Intent::Sell(of) => sell(of, empty),
        Intent::Buy(of) => buy(of, empty),
    }
}

fn sell(of: &Sell, empty: file::Plan) -> file::Plan {
    file::Plan {
        energy_type: Some(match of.energy_type {
            EnergyType::Wind => file::EnergyType::Wind,
            EnergyType::Hydro => file::EnergyType::Hydro,
            EnergyType::Fossil => file::EnergyType::Fossil,
            EnergyType::Solar => file::EnergyType::Solar,
            EnergyType::Biomass => file::EnergyType::Biomass,
        }),
        generated: Some(of.generated.get()),
        price: Some(of.ask.get()),
        injected: Some(of.injected.get()),
        ..empty
    }
}

fn buy(of: &Buy, empty: file::Plan) -> file::Plan {
    let (wanted, weights) = (&of.bid.wanted, &of.bid.weights);
    let weight = |of: EnergyType| weights.types[of as usize].get().into();
    file::Plan {
        side: file::Side::Buy,
        limit: Some(of.bid.limit.get()),
        consumed: Some(of.consumed.get()),
        wanted: Some(file::Wanted {
            price: wanted.price.get(),
            volume: wanted.volume.get(),
            reputation: wanted.reputation.get().into(),
            x: wanted.place.x.get().into(),
            y: wanted.place.y.get().into(),
        }),
        weights: Some(file::Weights {
            price: weights.price.get().into(),
            volume: weights.volume.get().into(),
            reputation: weights.reputation.get().into(),
            place: weights.place.get().into(),
            types: file::Types {
                wind: weight(EnergyType::Wind),
                hydro: weight(EnergyType::Hydro),
                fossil: weight(EnergyType::Fossil),
                solar: weight(EnergyType::Solar),
                biomass: weight(EnergyType::Biomass),
            },
        }),
        ..empty
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::scenario::random;

    #[test]
    fn what_is_written_is_the_same_scenario() {
        for seed in 0..20 {
            let mut file = random(30, 3, seed);
            file.cycles[1].starts = Some("2025-06-10T12:00:00Z".into());
            file.cycles[1].tariff = Some(file::Tariff { feed_in: 1, retail: 2 });
            file.market.penalty = 5;
            file.market.imbalance = file::Imbalance::Household;
            let scenario = Scenario::checked(file).unwrap();
            assert_eq!(Scenario::checked(File::of(&scenario)), Ok(scenario));
        }
    }
}
