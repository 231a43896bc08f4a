//! How the energy of a community is divided among its members, as the rule `shares` does it
//! ([`crate::play::shares`]).

use super::refused::Refused;
use super::table::Value;
use crate::decimal;
use protocol::units::Price;
use std::collections::BTreeMap;

/// How shares are divided.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Shares {
    /// By what.
    pub division: Division,
    /// What members pay each other per kWh. None: the middle of the grid's two prices in each
    /// cycle, rounded down to the price grid.
    pub price: Option<Price>,
}

/// By what shares are divided.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Division {
    /// In proportion to what each member consumes in the interval.
    #[default]
    Proportional,
    /// By fixed coefficients, by household. A household without one has none of the energy. The
    /// coefficients sum to at most 1.
    Fixed(BTreeMap<String, Coefficient>),
}

/// A part of the community's energy, in millionths, at most all of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Coefficient(u32);

impl Coefficient {
    /// Millionths of the whole.
    pub const ONE: u32 = 1_000_000;
    /// Decimal places of a coefficient.
    const PLACES: u32 = 6;

    /// The coefficient of so many millionths. None above 1.
    pub const fn new(millionths: u32) -> Option<Coefficient> {
        if millionths <= Self::ONE {
            Some(Coefficient(millionths))
        } else {
            None
        }
    }

    /// The coefficient in millionths.
    pub const fn millionths(self) -> u32 {
        self.0
    }
}

impl Shares {
    pub(super) fn read(of: Option<Value<'_>>) -> Result<Shares, Refused> {
        let Some(of) = of else { return Ok(Shares::default()) };
        let mut table = of.table()?;
        let kind = table.get("kind");
        let fixed = kind.as_ref().map(|kind| kind.word(&[("proportional", false), ("fixed", true)])).transpose()?;
        let price = table.get("price").map(|price| price.price()).transpose()?;
        let given = table.get("coefficients");
        let division = match (fixed.unwrap_or(false), given) {
            (false, None) => Division::Proportional,
            (false, Some(given)) => {
                return Err(given.wrong("coefficients are for `kind = \"fixed\"`; a proportional share needs none"))
            }
            (true, None) => {
                return Err(of.wrong("fixed shares need coefficients: [shares.coefficients], a line for each household"))
            }
            (true, Some(given)) => Division::Fixed(coefficients(&given)?),
        };
        table.finish()?;
        Ok(Shares { division, price })
    }
}

fn coefficients(given: &Value<'_>) -> Result<BTreeMap<String, Coefficient>, Refused> {
    let mut coefficients = BTreeMap::new();
    let mut sum = 0u64;
    for (household, value) in given.table()?.entries() {
        let millionths = value.decimal(Coefficient::PLACES)?;
        let coefficient = u32::try_from(millionths).ok().and_then(Coefficient::new);
        let coefficient = coefficient.ok_or_else(|| value.wrong("a coefficient is at most 1"))?;
        sum += millionths;
        coefficients.insert(household, coefficient);
    }
    if sum > Coefficient::ONE.into() {
        let sum = decimal::write(sum, Coefficient::PLACES);
        return Err(given.wrong(format!("the coefficients sum to {sum}, above 1: more would be shared than there is")));
    }
    Ok(coefficients)
}
