//! A cell: energy or power in some unit, read exactly and rounded to whole Wh.

use super::refused::Problem;
use crate::decimal;

/// The unit of the cells of a file. Power is the mean of the quarter hour.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unit {
    /// Watt hours.
    Wh,
    /// Kilowatt hours.
    KWh,
    /// Watts.
    W,
    /// Kilowatts.
    KW,
}

impl Unit {
    /// Every unit.
    pub const ALL: [Unit; 4] = [Unit::Wh, Unit::KWh, Unit::W, Unit::KW];

    /// The unit as people write it.
    pub const fn name(self) -> &'static str {
        match self {
            Unit::Wh => "Wh",
            Unit::KWh => "kWh",
            Unit::W => "W",
            Unit::KW => "kW",
        }
    }

    /// The unit of that name, whatever its letters' case.
    pub fn named(name: &str) -> Option<Unit> {
        Unit::ALL.into_iter().find(|unit| unit.name().eq_ignore_ascii_case(name))
    }

    /// Wh in a quarter hour of one unit, as a fraction.
    const fn wh(self) -> (u128, u128) {
        match self {
            Unit::Wh => (1, 1),
            Unit::KWh => (1000, 1),
            Unit::W => (1, 4),
            Unit::KW => (1000, 4),
        }
    }
}

/// Decimal places that a cell may have.
const PLACES: u32 = 9;

/// How the cells of a file are read.
#[derive(Clone, Copy, Debug)]
pub(super) struct Cells {
    pub unit: Unit,
    /// Whether a comma may be the decimal mark.
    pub comma: bool,
    /// The greatest energy of a slot, in Wh.
    pub greatest: u64,
}

impl Cells {
    /// The energy of a cell in whole Wh, rounded half up. In Wh a cell is a whole number.
    pub fn read(&self, cell: &str) -> Result<u32, Problem> {
        let wh = match self.unit {
            Unit::Wh => whole(cell).ok_or_else(|| self.no_reading(cell)),
            _ => self.scaled(cell),
        }?;
        match u32::try_from(wh) {
            Ok(wh) if u64::from(wh) <= self.greatest => Ok(wh),
            _ => Err(Problem::TooGreat { found: cell.into(), wh, greatest: self.greatest }),
        }
    }

    fn scaled(&self, cell: &str) -> Result<u128, Problem> {
        let plain = if self.comma { cell.replacen(',', ".", 1) } else { cell.to_string() };
        let value = decimal::parse(&plain, PLACES).map_err(|_| self.no_reading(cell))?;
        let (numerator, denominator) = self.unit.wh();
        let one = denominator * u128::from(10u64.pow(PLACES));
        Ok((u128::from(value) * numerator + one / 2) / one)
    }

    fn no_reading(&self, cell: &str) -> Problem {
        let found = cell.to_string();
        match self.unit {
            Unit::Wh if decimal::parse(&cell.replacen(',', ".", 1), PLACES).is_ok() => Problem::NotWhole { found },
            Unit::Wh => Problem::Reading { found },
            unit => Problem::NoNumber { found, unit: unit.name() },
        }
    }
}

/// A whole number below 2^64 in digits.
fn whole(cell: &str) -> Option<u128> {
    let digits = !cell.is_empty() && cell.bytes().all(|byte| byte.is_ascii_digit());
    if digits {
        cell.parse::<u64>().ok().map(u128::from)
    } else {
        None
    }
}
