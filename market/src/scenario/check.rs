//! Turns the content of a file into a [`Scenario`]. It checks every bound and rule of
//! `docs/protocol/80-market-rules.md`, and each refusal has the path of the field.

use super::file;
use super::format::FORMAT;
use super::plans::{Buy, Confirm, CyclePlans, Household, Intent, Scenario, ScenarioPlan, Sell};
use super::refused::{Problem, Refused};
use crate::household_id;
use protocol::market_parameters::{MarketParameters, PriceGrid, PriceRule, Range, Ranges};
use protocol::plan::{Bid, Wanted, Weights};
use protocol::units::{Cycle, Energy, EnergyType, Metres, Money, PerMille, Place, Price, Reputation, Weight, TICKS};
use std::collections::HashMap;

/// Adds the path of the field to a problem. The path is made only when there is a problem.
trait At<T> {
    fn at(self, path: impl FnOnce() -> String) -> Result<T, Refused>;
}

impl<T> At<T> for Result<T, Problem> {
    fn at(self, path: impl FnOnce() -> String) -> Result<T, Refused> {
        self.map_err(|problem| Refused { path: path(), problem })
    }
}

const OF_TYPE: &str = "the bound is the type's own";

fn within(value: u64, least: u64, most: u64) -> Result<u64, Problem> {
    if (least..=most).contains(&value) {
        Ok(value)
    } else {
        Err(Problem::Bounds { value, least, most })
    }
}

fn energy(value: u64, least: u64) -> Result<Energy, Problem> {
    within(value, least, Energy::MAX.get()).map(|value| Energy::new(value).expect(OF_TYPE))
}

fn price(value: u64, least: u64) -> Result<Price, Problem> {
    within(value, least, Price::MAX.get()).map(|value| Price::new(value).expect(OF_TYPE))
}

fn metres(value: u64) -> Result<Metres, Problem> {
    within(value, 0, Metres::MAX.get().into()).map(|value| Metres::new(value as u32).expect(OF_TYPE))
}

fn reputation(value: u64) -> Result<Reputation, Problem> {
    within(value, 0, Reputation::MAX.get().into()).map(|value| Reputation::new(value as u8).expect(OF_TYPE))
}

fn weight(value: u64) -> Result<Weight, Problem> {
    within(value, 0, Weight::MAX.get().into()).map(|value| Weight::new(value as u8).expect(OF_TYPE))
}

fn range([lo, hi]: [u64; 2], most: u64) -> Result<Range, Problem> {
    within(lo, 0, most)?;
    within(hi, 0, most)?;
    Range::new(lo as u32, hi as u32).map_err(|_| Problem::Range { lo, hi })
}

/// A wanted value, moved into the attribute's range, as the score counts it.
fn clamped(value: u64, range: &Range) -> u64 {
    value.clamp(range.lo().into(), range.hi().into())
}

fn on_grid(value: u64, grid: &PriceGrid) -> Result<Price, Problem> {
    let off = || Problem::OffGrid { price: value, first: grid.first().get(), step: grid.step().get() };
    let price = Price::new(value).map_err(|_| off())?;
    grid.tick(price).map(|_| price).map_err(|_| off())
}

impl Scenario {
    /// Reads and checks a file's bytes.
    pub fn parse(bytes: &[u8]) -> Result<Scenario, Refused> {
        Scenario::checked(file::File::parse(bytes)?)
    }

    /// Checks the content of a file.
    pub fn checked(file: file::File) -> Result<Scenario, Refused> {
        check(file)
    }
}

fn check(file: file::File) -> Result<Scenario, Refused> {
    if file.format != FORMAT {
        return Err(Refused { path: "format".into(), problem: Problem::Format { found: file.format } });
    }
    let market = market(&file.market)?;
    let mut indices = HashMap::with_capacity(file.households.len());
    let mut households = Vec::with_capacity(file.households.len());
    for (h, of) in file.households.iter().enumerate() {
        let at = |field: &'static str| move || format!("households[{h}].{field}");
        if !household_id::is_valid(&of.id) {
            return Err(Problem::Id { id: of.id.clone() }).at(at("id"));
        }
        if let Some(earlier) = indices.insert(of.id.as_str(), h) {
            return Err(Problem::DuplicateId { id: of.id.clone(), earlier }).at(at("id"));
        }
        let place = Place { x: metres(of.x).at(at("x"))?, y: metres(of.y).at(at("y"))? };
        households.push(Household {
            id: of.id.clone(),
            place,
            reputation: reputation(of.reputation).at(at("reputation"))?,
            balance: Money::new(of.balance).expect("every u64 is an amount of money"),
        });
    }
    let mut cycles: Vec<CyclePlans> = Vec::with_capacity(file.cycles.len());
    for (c, of) in file.cycles.iter().enumerate() {
        let at = || format!("cycles[{c}].cycle");
        let number = within(of.cycle, 0, Cycle::MAX.get().into()).at(at)? as u32;
        if let Some(before) = cycles.last().map(|cycle| cycle.cycle.get()).filter(|before| number <= *before) {
            return Err(Problem::CycleOrder { cycle: of.cycle, before }).at(at);
        }
        let mut posted = HashMap::with_capacity(of.plans.len());
        let mut plans = Vec::with_capacity(of.plans.len());
        for (p, of) in of.plans.iter().enumerate() {
            let at = || format!("cycles[{c}].plans[{p}].household");
            let unknown = || Problem::UnknownHousehold { id: of.household.clone() };
            let household = *indices.get(of.household.as_str()).ok_or_else(unknown).at(at)?;
            if let Some(earlier) = posted.insert(household, p) {
                return Err(Problem::SecondPlan { id: of.household.clone(), earlier }).at(at);
            }
            plans.push(plan(&market, of, household).map_err(|refused| Refused {
                path: match refused.path.as_str() {
                    "" => format!("cycles[{c}].plans[{p}]"),
                    field => format!("cycles[{c}].plans[{p}].{field}"),
                },
                ..refused
            })?);
        }
        cycles.push(CyclePlans { cycle: Cycle::new(number).expect("every u32 numbers a cycle"), plans });
    }
    Ok(Scenario { market, households, cycles })
}

fn market(of: &file::Market) -> Result<MarketParameters, Refused> {
    let at = |field: &'static str| move || format!("market.{field}");
    let tolerance = within(of.tolerance_permille, 0, PerMille::MAX.get().into()).at(at("tolerance_permille"))?;
    let max_rounds = within(of.max_rounds, 1, u8::MAX.into()).at(at("max_rounds"))?;
    let first = price(of.price_grid.first, 0).at(at("price_grid.first"))?;
    // The last tick must be a price too.
    let most = (Price::MAX.get() - first.get()) / (TICKS as u64 - 1);
    let step = within(of.price_grid.step, 1, most).and_then(|step| price(step, 1)).at(at("price_grid.step"))?;
    let grid = PriceGrid::new(first, step).expect("step is at least 1 and the last tick is a price");
    let ranges = Ranges {
        volume: range(of.ranges.volume, Energy::MAX.get()).at(at("ranges.volume"))?,
        reputation: range(of.ranges.reputation, Reputation::MAX.get().into()).at(at("ranges.reputation"))?,
        place: range(of.ranges.place, Metres::MAX.get().into()).at(at("ranges.place"))?,
    };
    Ok(MarketParameters {
        grid,
        ranges,
        tolerance: PerMille::new(tolerance as u16).expect(OF_TYPE),
        price_rule: match of.price_rule {
            file::PriceRule::Ask => PriceRule::Ask,
            file::PriceRule::Midpoint => PriceRule::Midpoint,
        },
        max_rounds: max_rounds as u8,
        feed_in: price(of.feed_in, 0).at(at("feed_in"))?,
        retail: price(of.retail, 0).at(at("retail"))?,
    })
}

/// Checks a plan. The paths of refusals are relative to the plan.
fn plan(market: &MarketParameters, of: &file::Plan, household: usize) -> Result<ScenarioPlan, Refused> {
    let confirm = match of.confirm {
        file::Confirm::Yes => Confirm::Yes,
        file::Confirm::Refuse => Confirm::Refuse,
    };
    let volume = energy(of.volume, 1).at(|| "volume".into())?;
    let intent = match of.side {
        file::Side::Sell => Intent::Sell(sell(market, of, volume)?),
        file::Side::Buy => Intent::Buy(buy(market, of, volume)?),
    };
    Ok(ScenarioPlan { household, intent, confirm })
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

fn sell(market: &MarketParameters, of: &file::Plan, volume: Energy) -> Result<Sell, Refused> {
    const SIDE: &str = "sell";
    foreign(SIDE, "limit", &of.limit)?;
    foreign(SIDE, "consumed", &of.consumed)?;
    foreign(SIDE, "wanted", &of.wanted)?;
    foreign(SIDE, "weights", &of.weights)?;
    let energy_type = match needed(SIDE, "energy_type", &of.energy_type)? {
        file::EnergyType::Wind => EnergyType::Wind,
        file::EnergyType::Hydro => EnergyType::Hydro,
        file::EnergyType::Fossil => EnergyType::Fossil,
        file::EnergyType::Solar => EnergyType::Solar,
        file::EnergyType::Biomass => EnergyType::Biomass,
    };
    let generated = energy(*needed(SIDE, "generated", &of.generated)?, 1).at(|| "generated".into())?;
    if volume > generated {
        let problem = Problem::AboveGenerated { volume: volume.get(), generated: generated.get() };
        return Err(problem).at(|| "volume".into());
    }
    let ask = on_grid(*needed(SIDE, "price", &of.price)?, &market.grid).at(|| "price".into())?;
    let injected = energy(*needed(SIDE, "injected", &of.injected)?, 0).at(|| "injected".into())?;
    Ok(Sell { energy_type, generated, volume, ask, injected })
}

fn buy(market: &MarketParameters, of: &file::Plan, volume: Energy) -> Result<Buy, Refused> {
    const SIDE: &str = "buy";
    foreign(SIDE, "energy_type", &of.energy_type)?;
    foreign(SIDE, "generated", &of.generated)?;
    foreign(SIDE, "price", &of.price)?;
    foreign(SIDE, "injected", &of.injected)?;
    let limit = on_grid(*needed(SIDE, "limit", &of.limit)?, &market.grid).at(|| "limit".into())?;
    let consumed = energy(*needed(SIDE, "consumed", &of.consumed)?, 0).at(|| "consumed".into())?;
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
