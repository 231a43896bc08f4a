//! Checks a plan of either side.

use super::bounds::{clamped, energy, on_grid, weight, At};
use crate::scenario::file;
use crate::scenario::plans::{Buy, Confirm, Intent, ScenarioPlan, Sell};
use crate::scenario::refused::{Problem, Refused};
use protocol::market_parameters::MarketParameters;
use protocol::plan::{Bid, Wanted, Weights};
use protocol::terms::Terms;
use protocol::units::{Energy, Metres, Place, Reputation};

/// Checks a plan. The paths of refusals are relative to the plan.
pub(super) fn plan(
    market: &MarketParameters,
    terms: &Terms,
    of: &file::Plan,
    household: usize,
) -> Result<ScenarioPlan, Refused> {
    let confirm = match of.confirm {
        file::Confirm::Yes => Confirm::Yes,
        file::Confirm::Refuse => Confirm::Refuse,
    };
    let volume = volume(of.volume, terms).at(|| "volume".into())?;
    let intent = match of.side {
        file::Side::Sell => Intent::Sell(sell(market, terms, of, volume)?),
        file::Side::Buy => Intent::Buy(buy(market, terms, of, volume)?),
    };
    Ok(ScenarioPlan { household, intent, confirm })
}

fn volume(value: u64, terms: &Terms) -> Result<Energy, Problem> {
    let volume = energy(value, terms)?;
    if volume < terms.least_lot {
        return Err(Problem::BelowLeastLot { volume: value, least_lot: terms.least_lot.get() });
    }
    Ok(volume)
}

fn needed<'a, T>(side: &'static str, field: &'static str, value: &'a Option<T>) -> Result<&'a T, Refused> {
    value.as_ref().ok_or(Problem::Missing { side, field }).at(String::new)
}

fn foreign<T>(side: &'static str, field: &'static str, value: &Option<T>) -> Result<(), Refused> {
    match value {
        Some(_) => Err(Problem::Foreign { side }).at(|| field.into()),
        None => Ok(()),
    }
}

fn sell(market: &MarketParameters, terms: &Terms, of: &file::Plan, volume: Energy) -> Result<Sell, Refused> {
    const SIDE: &str = "sell";
    foreign(SIDE, "limit", &of.limit)?;
    foreign(SIDE, "consumed", &of.consumed)?;
    foreign(SIDE, "wanted", &of.wanted)?;
    foreign(SIDE, "weights", &of.weights)?;
    let energy_type = (*needed(SIDE, "energy_type", &of.energy_type)?).into();
    let generated = energy(*needed(SIDE, "generated", &of.generated)?, terms).at(|| "generated".into())?;
    if volume > generated {
        let problem = Problem::AboveGenerated { volume: volume.get(), generated: generated.get() };
        return Err(problem).at(|| "volume".into());
    }
    let ask = on_grid(*needed(SIDE, "price", &of.price)?, &market.grid).at(|| "price".into())?;
    let injected = energy(*needed(SIDE, "injected", &of.injected)?, terms).at(|| "injected".into())?;
    Ok(Sell { energy_type, generated, volume, ask, injected })
}

fn buy(market: &MarketParameters, terms: &Terms, of: &file::Plan, volume: Energy) -> Result<Buy, Refused> {
    const SIDE: &str = "buy";
    foreign(SIDE, "energy_type", &of.energy_type)?;
    foreign(SIDE, "generated", &of.generated)?;
    foreign(SIDE, "price", &of.price)?;
    foreign(SIDE, "injected", &of.injected)?;
    let limit = on_grid(*needed(SIDE, "limit", &of.limit)?, &market.grid).at(|| "limit".into())?;
    let consumed = energy(*needed(SIDE, "consumed", &of.consumed)?, terms).at(|| "consumed".into())?;
    let (wanted, ranges) = (needed(SIDE, "wanted", &of.wanted)?, &market.ranges);
    const IN_RANGE: &str = "a range lies within its type's bounds";
    let metres = |value| Metres::new(clamped(value, &ranges.place) as u32).expect(IN_RANGE);
    let wanted = Wanted {
        price: on_grid(wanted.price, &market.grid).at(|| "wanted.price".into())?,
        volume: Energy::new(clamped(wanted.volume, &ranges.volume)).expect(IN_RANGE),
        reputation: Reputation::new(clamped(wanted.reputation, &ranges.reputation) as u8).expect(IN_RANGE),
        place: Place { x: metres(wanted.x), y: metres(wanted.y) },
    };
    let (w, at) = (needed(SIDE, "weights", &of.weights)?, |field: &'static str| move || format!("weights.{field}"));
    let weights = Weights {
        price: weight(w.price).at(at("price"))?,
        volume: weight(w.volume).at(at("volume"))?,
        reputation: weight(w.reputation).at(at("reputation"))?,
        place: weight(w.place).at(at("place"))?,
        types: [
            weight(w.types.wind).at(at("types.wind"))?,
            weight(w.types.hydro).at(at("types.hydro"))?,
            weight(w.types.fossil).at(at("types.fossil"))?,
            weight(w.types.solar).at(at("types.solar"))?,
            weight(w.types.biomass).at(at("types.biomass"))?,
        ],
    };
    Ok(Buy { bid: Bid { volume, limit, wanted, weights }, consumed })
}
