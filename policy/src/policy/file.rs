//! Reads a policy from the text of its file.

use super::devices;
use super::refused::{Problem, Refused};
use super::section::Section;
use super::{Bounds, Buy, Forecasting, HoldBack, Policy, Preferences, PriceBounds, Sell, Shortfalls};
use crate::diary::Diary;
use crate::forecast::Lookback;
use protocol::plan::Weights;
use protocol::units::{EnergyType, Reputation, Weight};
use toml::de::DeTable;

/// The longest policy file that is read, in bytes.
pub const MAX_BYTES: usize = 64 << 10;

const FORMAT: &str = "veilgrid-policy/1";

impl Policy {
    /// Reads a policy file. A key that is left out has its default. Error: [`Refused`], with the
    /// path of the first key that is wrong.
    pub fn parse(text: &str) -> Result<Policy, Refused> {
        let whole = |problem| Refused { path: String::new(), problem };
        if text.len() > MAX_BYTES {
            return Err(whole(Problem::TooLong { bytes: text.len(), most: MAX_BYTES }));
        }
        let table = DeTable::parse(text).map_err(|error| {
            let start = error.span().map_or(0, |span| span.start.min(text.len()));
            let line = text.as_bytes()[..start].iter().filter(|byte| **byte == b'\n').count() + 1;
            whole(Problem::Syntax { line, message: error.message().into() })
        })?;
        read(Section::root(table.into_inner()), &Policy::default())
    }
}

fn read(mut root: Section<'_>, default: &Policy) -> Result<Policy, Refused> {
    if let Some(found) = root.text("format")?.filter(|found| found != FORMAT) {
        return Err(root.refuse("format", Problem::Format { found, expected: FORMAT }));
    }
    let policy = Policy {
        sell: sell(root.section("sell")?, &default.sell)?,
        buy: buy(root.section("buy")?, &default.buy)?,
        preferences: preferences(root.section("preferences")?, &default.preferences)?,
        bounds: bounds(root.section("bounds")?, &default.bounds)?,
        hold_back: hold_back(root.section("hold_back")?, &default.hold_back)?,
        forecast: forecast(root.section("forecast")?, &default.forecast)?,
        shortfall: shortfall(root.section("shortfall")?, &default.shortfall)?,
        devices: devices::read(root.section("devices")?)?,
    };
    root.end()?;
    Ok(policy)
}

fn sell(mut section: Section<'_>, default: &Sell) -> Result<Sell, Refused> {
    let sell = Sell {
        enabled: section.flag("enabled", default.enabled)?,
        floor: section.price("floor", default.floor)?,
        floor_share: section.share("floor_permille", default.floor_share)?,
        share: section.share("share_permille", default.share)?,
        keep: section.energy("keep_wh", default.keep)?,
        energy_type: energy_type(&mut section, "energy_type", default.energy_type)?,
    };
    section.end()?;
    Ok(sell)
}

fn energy_type(section: &mut Section<'_>, key: &'static str, default: EnergyType) -> Result<EnergyType, Refused> {
    let Some(found) = section.text(key)? else { return Ok(default) };
    let known = EnergyType::ALL.into_iter().find(|energy_type| energy_type.name() == found);
    known.ok_or_else(|| {
        let choices = EnergyType::ALL.map(EnergyType::name).join(", ");
        section.refuse(key, Problem::Choice { found, choices })
    })
}

fn buy(mut section: Section<'_>, default: &Buy) -> Result<Buy, Refused> {
    let buy = Buy {
        enabled: section.flag("enabled", default.enabled)?,
        ceiling: section.price("ceiling", default.ceiling)?,
        ceiling_share: section.share("ceiling_permille", default.ceiling_share)?,
        share: section.share("share_permille", default.share)?,
        daily_budget: section.money("daily_budget", default.daily_budget)?,
    };
    section.end()?;
    Ok(buy)
}

fn weight(section: &mut Section<'_>, key: &'static str, default: Weight) -> Result<Weight, Refused> {
    let value = section.whole(key, 0, Weight::MAX.get().into(), default.get().into())?;
    Ok(Weight::new(value as u8).unwrap_or(default))
}

fn preferences(mut section: Section<'_>, default: &Preferences) -> Result<Preferences, Refused> {
    let (weights, reputation) = (&default.weights, default.wanted_reputation);
    let mut types = section.section("types")?;
    let mut of_type = |energy_type| weight(&mut types, EnergyType::name(energy_type), weights.energy_type(energy_type));
    let [wind, hydro, fossil, solar, biomass] = EnergyType::ALL;
    let by_type = [of_type(wind)?, of_type(hydro)?, of_type(fossil)?, of_type(solar)?, of_type(biomass)?];
    types.end()?;
    let weights = Weights {
        price: weight(&mut section, "price", weights.price)?,
        volume: weight(&mut section, "volume", weights.volume)?,
        reputation: weight(&mut section, "reputation", weights.reputation)?,
        place: weight(&mut section, "distance", weights.place)?,
        types: by_type,
    };
    let wanted_price_share = section.share("wanted_price_permille", default.wanted_price_share)?;
    let wanted = section.whole("wanted_reputation", 0, Reputation::MAX.get().into(), reputation.get().into())?;
    let wanted_reputation = Reputation::new(wanted as u8).unwrap_or(reputation);
    section.end()?;
    Ok(Preferences { weights, wanted_price_share, wanted_reputation })
}

fn price_bounds(
    section: &mut Section<'_>,
    least_key: &'static str,
    most_key: &'static str,
    default: &PriceBounds,
) -> Result<PriceBounds, Refused> {
    let least = section.price(least_key, default.least)?;
    let most = section.price(most_key, default.most)?;
    if least > most {
        return Err(section.refuse(least_key, Problem::Order { most_key }));
    }
    Ok(PriceBounds { least, most })
}

fn bounds(mut section: Section<'_>, default: &Bounds) -> Result<Bounds, Refused> {
    let bounds = Bounds {
        feed_in: price_bounds(&mut section, "feed_in_least", "feed_in_most", &default.feed_in)?,
        retail: price_bounds(&mut section, "retail_least", "retail_most", &default.retail)?,
        penalty_most: section.price("penalty_most", default.penalty_most)?,
        grid: price_bounds(&mut section, "grid_least", "grid_most", &default.grid)?,
        grid_step_most: section.price("grid_step_most", default.grid_step_most)?,
    };
    section.end()?;
    Ok(bounds)
}

fn hold_back(mut section: Section<'_>, default: &HoldBack) -> Result<HoldBack, Refused> {
    let most = Diary::MOST_FAILURES as u64;
    let hold_back = HoldBack {
        failures: section.whole("failures", 1, most, default.failures.into())? as u32,
        slots: section.whole("slots", 1, u32::MAX.into(), default.slots.into())? as u32,
    };
    section.end()?;
    Ok(hold_back)
}

fn forecast(mut section: Section<'_>, default: &Forecasting) -> Result<Forecasting, Refused> {
    let of = &default.lookback;
    let days = section.whole("days", 1, Lookback::MOST_DAYS.into(), of.days.into())?;
    // A default that a shorter lookback cannot hold follows it.
    let mut least = |key, default: u16| section.whole(key, 1, days, days.min(default.into()));
    let least_days = least("least_days", of.least_days)? as u16;
    let least_days_of_kind = least("least_days_of_kind", of.least_days_of_kind)? as u16;
    let lookback = Lookback { days: days as u16, least_days, least_days_of_kind };
    let estimated_most = section.share("estimated_most_permille", default.estimated_most)?;
    section.end()?;
    Ok(Forecasting { lookback, estimated_most })
}

fn shortfall(mut section: Section<'_>, default: &Shortfalls) -> Result<Shortfalls, Refused> {
    let shortfall = Shortfalls {
        pay: section.flag("pay", default.pay)?,
        margin: section.share("margin_permille", default.margin)?,
        margin_energy: section.energy("margin_wh", default.margin_energy)?,
        daily_cap: section.money("daily_cap", default.daily_cap)?,
    };
    section.end()?;
    Ok(shortfall)
}
