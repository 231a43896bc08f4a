//! Why a household lists a plan, or none.

use crate::decimal::{kwh, per_kwh};
use crate::forecast::{Forecast, NoForecast};
use crate::share::Share;
use protocol::units::{Energy, Price, Side};
use std::fmt;

pub use crate::rules::bounds::{Breach, Term};

/// Why a household lists a plan, or none.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reason {
    /// It sells: the forecast leaves something over.
    Sells {
        /// The volume on offer.
        volume: Energy,
        /// The ask.
        ask: Price,
        /// The least price by the policy.
        floor: Price,
        /// The forecast.
        forecast: Forecast,
        /// What made the volume less than the policy's share of the forecast.
        cut: Option<Cut>,
    },
    /// It buys: the forecast lacks something.
    Buys {
        /// The volume that is wanted.
        volume: Energy,
        /// The limit.
        limit: Price,
        /// The greatest price by the policy.
        ceiling: Price,
        /// The forecast.
        forecast: Forecast,
        /// What made the volume less than the policy's share of the forecast.
        cut: Option<Cut>,
    },
    /// A term of the market is outside the policy's bounds.
    OutOfBounds(Breach),
    /// The household already has a plan in the cycle.
    HasPlan,
    /// Retail is not above feed-in, so no price is better for both sides.
    NoGain {
        /// The feed-in tariff.
        feed_in: Price,
        /// The retail tariff.
        retail: Price,
    },
    /// Too many matches failed of late.
    HoldingBack {
        /// How many failed.
        failures: u32,
        /// Within how many slots.
        slots: u32,
    },
    /// There is no forecast.
    NoForecast(NoForecast),
    /// The forecast rests on too many estimated readings.
    TooManyEstimated {
        /// The forecast.
        forecast: Forecast,
        /// The greatest share of estimated readings.
        most: Share,
    },
    /// Generation and load are forecast to be equal.
    Balanced,
    /// The policy does not trade on this side.
    SideOff {
        /// The side.
        side: Side,
        /// The forecast.
        forecast: Forecast,
    },
    /// No price of the grid keeps to both the policy and the tariffs.
    NoPrice {
        /// The side.
        side: Side,
        /// The floor of a seller, the ceiling of a buyer.
        bound: Price,
    },
    /// The volume is too small for a plan.
    BelowLot {
        /// The side.
        side: Side,
        /// The volume.
        volume: Energy,
        /// The least volume of a plan.
        least_lot: Energy,
        /// The forecast.
        forecast: Forecast,
        /// What made the volume less than the policy's share of the forecast.
        cut: Option<Cut>,
    },
}

/// What made a volume less than the policy's share of the forecast.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Cut {
    /// The market's greatest energy of a plan.
    GreatestEnergy,
    /// What is left of the policy's budget of the slot's day.
    DailyBudget,
    /// The household's money.
    Balance,
}

impl Reason {
    /// A code that stays the same across versions, for machines.
    pub const fn code(&self) -> &'static str {
        match self {
            Reason::Sells { .. } => "sells",
            Reason::Buys { .. } => "buys",
            Reason::OutOfBounds(_) => "out-of-bounds",
            Reason::HasPlan => "has-plan",
            Reason::NoGain { .. } => "no-gain",
            Reason::HoldingBack { .. } => "holding-back",
            Reason::NoForecast(why) => why.code(),
            Reason::TooManyEstimated { .. } => "too-many-estimated",
            Reason::Balanced => "balanced",
            Reason::SideOff { .. } => "side-off",
            Reason::NoPrice { .. } => "no-price",
            Reason::BelowLot { .. } => "below-lot",
        }
    }
}

impl fmt::Display for Cut {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Cut::GreatestEnergy => "cut to the market's greatest energy",
            Cut::DailyBudget => "cut to what is left of the daily budget",
            Cut::Balance => "cut to what the balance can pay",
        })
    }
}

/// Writes a cut after a comma, if there is one.
fn and(cut: &Option<Cut>) -> String {
    cut.map_or(String::new(), |cut| format!(", {cut}"))
}

/// What a side does, and what it has.
const fn words(side: Side) -> (&'static str, &'static str) {
    match side {
        Side::Sell => ("sell", "surplus"),
        Side::Buy => ("buy", "lack"),
    }
}

/// The energy of a forecast, on its side.
fn expected(forecast: &Forecast) -> Energy {
    forecast.net.surplus().max(forecast.net.lack())
}

impl fmt::Display for Reason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Reason::Sells { volume, ask, floor, forecast, cut } => {
                let (volume, ask, floor) = (kwh(*volume), per_kwh(*ask), per_kwh(*floor));
                let (surplus, method) = (kwh(expected(forecast)), forecast.method);
                write!(f, "sell {volume} kWh at {ask} or more: forecast surplus {surplus} kWh ({method}), ")?;
                write!(f, "floor {floor}{}", and(cut))
            }
            Reason::Buys { volume, limit, ceiling, forecast, cut } => {
                let (volume, limit, ceiling) = (kwh(*volume), per_kwh(*limit), per_kwh(*ceiling));
                let (lack, method) = (kwh(expected(forecast)), forecast.method);
                write!(f, "buy {volume} kWh at {limit} or less: forecast lack {lack} kWh ({method}), ")?;
                write!(f, "ceiling {ceiling}{}", and(cut))
            }
            Reason::OutOfBounds(breach) => write!(f, "ask a person: {breach}"),
            Reason::HasPlan => f.write_str("nothing: there is a plan in this cycle already"),
            Reason::NoGain { feed_in, retail } => {
                let (feed_in, retail) = (per_kwh(*feed_in), per_kwh(*retail));
                write!(f, "nothing: the retail tariff {retail} is not above the feed-in tariff {feed_in}")
            }
            Reason::HoldingBack { failures, slots } => {
                write!(f, "nothing: {failures} matches lapsed or were refused within {slots} quarter hours")
            }
            Reason::NoForecast(why) => write!(f, "nothing: {why}"),
            Reason::TooManyEstimated { forecast, most } => {
                let (estimated, readings, most) = (forecast.estimated, forecast.readings, most.get());
                write!(f, "nothing: {estimated} of {readings} readings of the forecast are estimated, ")?;
                write!(f, "and the policy allows {most} per mille")
            }
            Reason::Balanced => f.write_str("nothing: the forecast leaves nothing over and lacks nothing"),
            Reason::SideOff { side, forecast } => {
                let ((verb, noun), energy) = (words(*side), kwh(expected(forecast)));
                write!(f, "nothing: forecast {noun} {energy} kWh, and the policy does not {verb}")
            }
            Reason::NoPrice { side: Side::Sell, bound } => {
                write!(f, "nothing: no price of the grid lies from the floor {} to retail", per_kwh(*bound))
            }
            Reason::NoPrice { side: Side::Buy, bound } => {
                write!(f, "nothing: no price of the grid lies from feed-in to the ceiling {}", per_kwh(*bound))
            }
            Reason::BelowLot { side, volume, least_lot, forecast, cut } => {
                let ((verb, noun), volume, least) = (words(*side), kwh(*volume), kwh(*least_lot));
                let energy = kwh(expected(forecast));
                write!(f, "nothing: to {verb} {volume} kWh of forecast {noun} {energy} kWh is below ")?;
                write!(f, "the least lot of {least} kWh{}", and(cut))
            }
        }
    }
}
