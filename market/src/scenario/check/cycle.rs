//! Checks a cycle: its plans, and the metered energy that no plan covers.

use super::bounds::{energy, price, within, At};
use super::plan::plan;
use crate::scenario::file;
use crate::scenario::plans::{Intent, ScenarioPlan, Unplanned};
use crate::scenario::refused::{Problem, Refused};
use crate::settlement::Tariff;
use protocol::market_parameters::MarketParameters;
use protocol::terms::Terms;
use protocol::units::Energy;
use std::collections::HashMap;

/// The index of each household by its id.
pub(super) type Indices<'a> = HashMap<&'a str, usize>;

/// The plans of the cycle with index `c`, in list order.
pub(super) fn plans(
    market: &MarketParameters,
    terms: &Terms,
    of: &file::Cycle,
    c: usize,
    indices: &Indices<'_>,
) -> Result<Vec<ScenarioPlan>, Refused> {
    let mut posted = HashMap::with_capacity(of.plans.len());
    let mut plans = Vec::with_capacity(of.plans.len());
    for (p, of) in of.plans.iter().enumerate() {
        let at = || format!("cycles[{c}].plans[{p}].household");
        let household = known(&of.household, indices).at(at)?;
        if let Some(earlier) = posted.insert(household, p) {
            return Err(Problem::SecondPlan { id: of.household.clone(), earlier }).at(at);
        }
        plans.push(plan(market, terms, of, household).map_err(|refused| Refused {
            path: match refused.path.as_str() {
                "" => format!("cycles[{c}].plans[{p}]"),
                field => format!("cycles[{c}].plans[{p}].{field}"),
            },
            ..refused
        })?);
    }
    Ok(plans)
}

/// The unplanned energy of the cycle with index `c`, which has these plans.
pub(super) fn unplanned(
    terms: &Terms,
    of: &file::Cycle,
    c: usize,
    plans: &[ScenarioPlan],
    indices: &Indices<'_>,
) -> Result<Vec<Unplanned>, Refused> {
    let planned: HashMap<usize, &Intent> = plans.iter().map(|plan| (plan.household, &plan.intent)).collect();
    let mut metered = HashMap::with_capacity(of.unplanned.len());
    let mut unplanned = Vec::with_capacity(of.unplanned.len());
    for (u, of) in of.unplanned.iter().enumerate() {
        let at = |field: &'static str| move || format!("cycles[{c}].unplanned[{u}].{field}");
        let household = known(&of.household, indices).at(at("household"))?;
        if let Some(earlier) = metered.insert(household, u) {
            return Err(Problem::SecondUnplanned { id: of.household.clone(), earlier }).at(at("household"));
        }
        let injected = energy(of.injected, terms).at(at("injected"))?;
        let consumed = energy(of.consumed, terms).at(at("consumed"))?;
        let covered = |side, verb| Problem::Planned { id: of.household.clone(), side, verb };
        match planned.get(&household) {
            Some(Intent::Sell(_)) if of.injected > 0 => {
                return Err(covered("sell", "injected")).at(at("injected"));
            }
            Some(Intent::Buy(_)) if of.consumed > 0 => {
                return Err(covered("buy", "consumed")).at(at("consumed"));
            }
            // What was traded may be settled with the grid together with it.
            Some(Intent::Sell(sell)) => within(of.consumed, 0, rest(sell.volume)).at(at("consumed"))?,
            Some(Intent::Buy(buy)) => within(of.injected, 0, rest(buy.bid.volume)).at(at("injected"))?,
            None => 0,
        };
        unplanned.push(Unplanned { household, injected, consumed });
    }
    Ok(unplanned)
}

/// The grid's prices in the cycle with index `c`, where it has its own.
pub(super) fn tariff(of: &file::Cycle, c: usize) -> Result<Option<Tariff>, Refused> {
    let at = |field: &'static str| move || format!("cycles[{c}].tariff.{field}");
    let tariff = |of: &file::Tariff| {
        Ok(Tariff { feed_in: price(of.feed_in, 0).at(at("feed_in"))?, retail: price(of.retail, 0).at(at("retail"))? })
    };
    of.tariff.as_ref().map(tariff).transpose()
}

/// The greatest energy that a volume can be added to.
fn rest(volume: Energy) -> u64 {
    Energy::MAX.get() - volume.get()
}

fn known(id: &str, indices: &Indices<'_>) -> Result<usize, Problem> {
    indices.get(id).copied().ok_or_else(|| Problem::UnknownHousehold { id: id.to_owned() })
}
