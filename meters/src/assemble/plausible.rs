//! What a value may be: not negative (R11), not more power than is plausible (R12).

use super::interval::{minutes, Interval, Place};
use crate::exact::{ten_to, NotExact};
use crate::ratio::Ratio;
use crate::source::{Column, Kind, Target};
use crate::{Exact, Problem, Refused};
use std::cmp::Ordering;

/// An inverter at night may take so much, in W: generation that far below zero is 0.
const INVERTER: i128 = 50;

/// Above this power, in W, a value probably has another unit.
const MEGAWATT: i128 = 1_000_000;

/// Checks the values of one series and brings them to Wh. Bounds are computed once for each
/// length and number of decimals.
pub(super) struct Checked {
    /// `--max-power` in W.
    limit: Exact,
    /// Decimals to which all values of the series are brought, so that sums are quick.
    decimals: u32,
    bound: Option<Bound>,
    /// Negative generation that was taken for 0.
    pub(super) at_night: u64,
}

/// The greatest digits of a value with so many decimals in an interval of this length.
#[derive(Clone, Copy)]
struct Bound {
    decimals: u32,
    seconds: u32,
    most: i128,
    least_generation: i128,
}

impl Checked {
    /// Checks against `--max-power`. `decimals` are the most that a value of the series has.
    pub(super) fn new(place: &Place, decimals: u32) -> Result<Self, Refused> {
        let limit = place.rules.options.max_power.times_ten_to(3).map_err(Problem::TooManyDigits)?;
        Ok(Self { limit, decimals, bound: None, at_night: 0 })
    }

    fn bound(&mut self, decimals: u32, seconds: u32, kind: Kind) -> Result<Bound, NotExact> {
        if let Some(bound) = self.bound.filter(|bound| (bound.decimals, bound.seconds) == (decimals, seconds)) {
            return Ok(bound);
        }
        // Power is compared as it is, energy times 3600 with power times seconds.
        let (times, over) = if kind == Kind::Power { (1, 1) } else { (u64::from(seconds), 3600) };
        let scale = Ratio::new(ten_to(decimals)?, 1).times(times, over)?;
        let most = scale.times(u64::try_from(self.limit.digits()).map_err(|_| NotExact::TooLong)?, 1)?;
        let most = most.times(1, u64::try_from(ten_to(self.limit.decimals())?).map_err(|_| NotExact::TooLong)?)?;
        let bound = Bound {
            decimals,
            seconds,
            most: most.floor(),
            least_generation: -scale.times(INVERTER as u64, 1)?.floor(),
        };
        self.bound = Some(bound);
        Ok(bound)
    }

    /// The energy of a value in Wh, after both checks.
    pub(super) fn energy(&mut self, value: Exact, interval: &Interval, place: &Place) -> Result<Ratio, Refused> {
        let too_long = place.too_long(interval);
        let kind = place.series.kind;
        let bound = self.bound(value.decimals(), interval.seconds, kind).map_err(&too_long)?;
        let digits = value.digits();
        if digits < 0 && place.series.target != Target::SignedGrid {
            let generation = place.series.target == Target::Column(Column::Generation);
            if !generation || digits < bound.least_generation {
                let value = value_text(value, kind);
                return Err(place.refuse_at(negative(value, place.series.target), interval));
            }
            self.at_night += 1;
            return Ok(Ratio::ZERO);
        }
        let more = ten_to(self.decimals.saturating_sub(value.decimals())).map_err(&too_long)?;
        let scaled = digits.checked_mul(more).ok_or(NotExact::TooLong).map_err(&too_long)?;
        let whole = Ratio::new(scaled, ten_to(self.decimals.max(value.decimals())).map_err(&too_long)?);
        let energy = match (kind, interval.seconds) {
            (Kind::Power, 900) => whole.times(1, 4),
            (Kind::Power, 1800) => whole.times(1, 2),
            (Kind::Power, 60) => whole.times(1, 60),
            (Kind::Power, seconds) => whole.times(u64::from(seconds), 3600),
            _ => Ok(whole),
        };
        let energy = energy.map_err(&too_long)?;
        if digits.unsigned_abs() > bound.most.unsigned_abs() {
            return Err(place.refuse_at(self.too_much(energy, interval, place)?, interval));
        }
        Ok(energy)
    }

    /// Whether an energy in Wh is plausible for an interval.
    pub(super) fn fits(&self, energy: Ratio, seconds: u32) -> Result<bool, NotExact> {
        let limit = Ratio::of(self.limit)?.times(u64::from(seconds), 3600)?;
        Ok(energy.compare(limit)? != Ordering::Greater)
    }

    /// The refusal of an energy that is not.
    pub(super) fn too_much(&self, energy: Ratio, interval: &Interval, place: &Place) -> Result<Problem, Refused> {
        let too_long = place.too_long(interval);
        let size = if energy.is_negative() { energy.negated().map_err(&too_long)? } else { energy };
        let watts = size.times(3600, u64::from(interval.seconds.max(1))).map_err(&too_long)?;
        let unlikely = watts.compare(Ratio::new(MEGAWATT, 1)).map_err(&too_long)? == Ordering::Greater;
        let hint = match (unlikely, place.series.kind) {
            (false, _) => "",
            (true, Kind::Power) => {
                ", and more than 1 MW: the values may be in another unit (--unit W), or Wh, or readings of a register"
            }
            (true, Kind::Energy) => {
                ", and more than 1 MW: the values may be Wh (--unit Wh), or readings of a register (--format registers)"
            }
            (true, Kind::Register { .. }) => {
                ", and more than 1 MW: the register may count Wh, or another register may stand here"
            }
        };
        let power = watts.times(1, 1000).map_err(&too_long)?.text();
        let within = match place.series.kind {
            Kind::Power => String::new(),
            Kind::Energy | Kind::Register { .. } => {
                let energy = size.times(1, 1000).map_err(&too_long)?.text();
                format!(" ({energy} kWh in {} minutes)", minutes(i64::from(interval.seconds)))
            }
        };
        Ok(Problem::TooMuchPower {
            power: format!("{power} kW{within}"),
            start: place.time(interval.start),
            limit: place.rules.options.max_power.to_string(),
            hint: hint.to_owned(),
        })
    }
}

/// The refusal of a negative value.
pub(super) fn negative(value: String, target: Target) -> Problem {
    let (quantity, help) = match target {
        Target::Column(Column::Import) => ("import", "--quantity grid reads negative values as export"),
        Target::Column(Column::Export) => ("export", "--quantity grid reads positive values as import"),
        Target::Column(Column::Generation) => {
            ("generation", "50 W below zero are taken for an inverter at night, more is not")
        }
        Target::Column(Column::Consumption) => {
            ("consumption", "--quantity grid reads a signed value as import and export")
        }
        Target::SignedGrid => ("this", "check the file"),
    };
    Problem::Negative { value, quantity, help }
}

/// A value for messages, in the unit of samples and in the usual one of files:
/// `-500 Wh (-0.5 kWh)`.
pub(super) fn value_text(value: Exact, kind: Kind) -> String {
    let unit = if kind == Kind::Power { "W" } else { "Wh" };
    match value.times_ten_to(-3) {
        Ok(thousands) => format!("{value} {unit} ({thousands} k{unit})"),
        Err(_) => format!("{value} {unit}"),
    }
}
