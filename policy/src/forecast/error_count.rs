//! Errors of forecasts, added up.

use crate::net_energy::NetEnergy;
use protocol::units::Energy;

/// The errors of some forecasts against what was measured. It holds whole sums, so that every mean
/// is an exact ratio of two of its numbers.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct ErrorCount {
    /// How many slots were forecast and measured.
    pub slots: u64,
    /// The errors without their signs, in Wh, added up.
    pub absolute_wh: u64,
    /// Forecast less measured, in Wh, added up with the sign: above zero where the forecasts
    /// expected too much surplus, or too little lack.
    pub signed_wh: i64,
    /// The measured surpluses and lacks, in Wh, added up without their signs.
    pub energy_wh: u64,
}

impl ErrorCount {
    pub(super) fn add(&mut self, forecast: NetEnergy, actual: NetEnergy) {
        let error = forecast.get() - actual.get();
        self.slots += 1;
        self.absolute_wh = self.absolute_wh.saturating_add(error.unsigned_abs());
        self.signed_wh = self.signed_wh.saturating_add(error);
        self.energy_wh = self.energy_wh.saturating_add(actual.get().unsigned_abs());
    }

    /// Another count's errors, added to these.
    #[must_use]
    pub fn plus(self, other: &ErrorCount) -> ErrorCount {
        ErrorCount {
            slots: self.slots.saturating_add(other.slots),
            absolute_wh: self.absolute_wh.saturating_add(other.absolute_wh),
            signed_wh: self.signed_wh.saturating_add(other.signed_wh),
            energy_wh: self.energy_wh.saturating_add(other.energy_wh),
        }
    }

    /// The mean absolute error of a slot, rounded to whole Wh. None without slots.
    pub fn mean_absolute(&self) -> Option<Energy> {
        let mean = rounded(self.absolute_wh.into(), self.slots)?;
        // A single error is below 2^33; what does not fit is as good as the bound.
        Some(Energy::new(mean).unwrap_or(Energy::MAX))
    }

    /// The bias: the mean error of a slot with its sign, in Wh, rounded. None without slots.
    pub fn bias_wh(&self) -> Option<i64> {
        let mean = i64::try_from(rounded(self.signed_wh.unsigned_abs().into(), self.slots)?).ok()?;
        Some(if self.signed_wh < 0 { -mean } else { mean })
    }

    /// The absolute errors in per mille of the measured energy, rounded. None without energy.
    pub fn per_mille_of_energy(&self) -> Option<u64> {
        rounded(u128::from(self.absolute_wh) * 1000, self.energy_wh)
    }
}

/// The ratio, rounded to the nearest, halves up. None where it is divided by zero or does not fit.
fn rounded(dividend: u128, divisor: u64) -> Option<u64> {
    let divisor = u128::from(divisor);
    u64::try_from((dividend + divisor / 2).checked_div(divisor)?).ok()
}
