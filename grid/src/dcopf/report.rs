//! The outcome, its proof, and its JSON.

use super::dispatch::{Dispatch, Used};
use super::face::Worth;
use super::{Interval, Network, Outcome, Ptdf};
use crate::measure::{power, price, rounded};
use crate::plans::Plan;
use serde_json::{json, Map, Value};

/// How far welfare may be from what the prices prove to be the most, relative to what is traded.
const GAP: f64 = 1e-7;
/// How far a price may be off by rounding, relative to a plan's price.
const PRICE_ROUNDING: f64 = 1e-10;
/// Ends of a bus's prices that differ by less are one price, in micro-currency per kWh.
const ONE_PRICE: f64 = 0.01;

/// The outcome. `worths` are those of the lines at their limits. None: the prices do not prove that the
/// dispatch is best.
///
/// At any prices no dispatch brings more than what plans gain beyond their own prices and what lines
/// earn at their limits. A dispatch that brings just that is best.
pub(super) fn outcome(
    network: &Network,
    ptdf: &Ptdf,
    dispatch: Dispatch,
    prices: Vec<Interval>,
    worths: &[Worth],
) -> Option<Outcome> {
    let powers = |used: &[Used]| used.iter().map(|used| used.power).collect::<Vec<f64>>();
    let (sold, bought) = (powers(&dispatch.sold), powers(&dispatch.bought));
    let value = |plans: &[Plan], powers: &[f64]| {
        plans.iter().zip(powers).map(|(plan, power)| plan.price.get() as f64 * power).sum::<f64>()
    };
    let (asked, worth) = (value(&network.plans.offers, &sold), value(&network.plans.bids, &bought));
    let welfare = worth - asked;
    let limit = |line: usize| network.lines[line].limit.map_or(0.0, |limit| limit.float());
    let rent: f64 = worths.iter().map(|of| of.worth * limit(of.line)).sum();
    let gain = |plan: &Plan, sign: f64| {
        let price = prices[plan.bus].price.unwrap_or_default();
        plan.max.float() * (sign * (price - plan.price.get() as f64)).max(0.0)
    };
    let gains: f64 = network.plans.offers.iter().map(|plan| gain(plan, 1.0)).sum::<f64>()
        + network.plans.bids.iter().map(|plan| gain(plan, -1.0)).sum::<f64>();
    // A price may be off by its rounding, for all power of all plans.
    let rounding = |plan: &Plan| plan.max.float() * PRICE_ROUNDING * (plan.price.get() as f64).max(1e6);
    let rounding: f64 = network.plans.offers.iter().chain(&network.plans.bids).map(rounding).sum();
    if (gains + rent - welfare).abs() > GAP * (asked + worth + gains + rent) + rounding {
        return None;
    }
    let unique = |interval: &Interval| match (interval.low, interval.high) {
        (Some(low), Some(high)) => high - low <= ONE_PRICE,
        _ => false,
    };
    let unique_prices = prices.iter().all(unique);
    let (flows, binding, ptdf) = (dispatch.flows, dispatch.binding, ptdf.clone());
    Some(Outcome { welfare, sold, bought, flows, binding, prices, unique_prices, rent, ptdf })
}

pub(super) fn json(network: &Network, outcome: &Outcome) -> Value {
    let by_id = |plans: &[Plan], powers: &[f64]| -> Map<String, Value> {
        plans.iter().zip(powers).map(|(plan, watts)| (plan.id.clone(), power(*watts))).collect()
    };
    let prices: Map<String, Value> = network
        .buses
        .names()
        .iter()
        .zip(&outcome.prices)
        .map(|(name, interval)| {
            let Interval { low, high, price: reported } = interval;
            (name.clone(), json!({ "low": low.map(price), "high": high.map(price), "price": reported.map(price) }))
        })
        .collect();
    let ptdf = |line: usize| outcome.ptdf.line(line).iter().map(|factor| rounded(*factor, 1e9)).collect::<Vec<f64>>();
    json!({
        "format": "veilgrid-grid-dcopf-result/1",
        "welfare": rounded(outcome.welfare, 1e3),
        "sold": by_id(&network.plans.offers, &outcome.sold),
        "bought": by_id(&network.plans.bids, &outcome.bought),
        "flows": outcome.flows.iter().map(|flow| power(*flow)).collect::<Vec<Value>>(),
        "binding": outcome.binding,
        "prices": prices,
        "unique_prices": outcome.unique_prices,
        "rent": rounded(outcome.rent, 1e3),
        "ptdf": (0..outcome.ptdf.lines()).map(ptdf).collect::<Vec<_>>(),
    })
}
