//! What a slot will leave over or lack, from past readings of the same quarter hour on earlier days.
//! Three methods compete, and the one whose past error was least makes the forecast.

mod error_count;
mod method;
mod past;
mod trial;

pub use error_count::ErrorCount;
pub use method::Method;

use crate::net_energy::NetEnergy;
use crate::reading::{Quality, Reading};
use crate::slot::Slot;
use past::{Past, Window};
use trial::Trials;

/// How far a forecast looks back, and how much it needs to see.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Lookback {
    /// How many days before the slot's day are looked at, 1 to [`Lookback::MOST_DAYS`].
    pub days: u16,
    /// How many of these days an average needs, at least 1.
    pub least_days: u16,
    /// How many of these days an average over workdays alone, or weekends alone, needs, at least 1.
    pub least_days_of_kind: u16,
}

impl Lookback {
    /// The most days that a forecast looks back. It bounds the memory of a forecaster.
    pub const MOST_DAYS: u16 = 60;
}

/// A forecast of one slot.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Forecast {
    /// What the slot is expected to leave over or lack.
    pub net: NetEnergy,
    /// The method that made the forecast.
    pub method: Method,
    /// How many readings the forecast rests on.
    pub readings: u16,
    /// How many of these readings are estimated.
    pub estimated: u16,
}

/// Why there is no forecast of a slot.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NoForecast {
    /// No checked reading of the same quarter hour of an earlier day lies within the lookback.
    #[error("no history of this slot yet")]
    NoHistory,
    /// A reading of the slot, or of a later one, is already known, so this would be no forecast.
    #[error("the slot is already measured")]
    NotAhead,
}

impl NoForecast {
    /// A code that stays the same across versions, for machines.
    pub const fn code(&self) -> &'static str {
        match self {
            NoForecast::NoHistory => "forecast-no-history",
            NoForecast::NotAhead => "forecast-not-ahead",
        }
    }
}

/// A slot that is not later than the last one that was observed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("slot {slot} is not after slot {last}, the last one observed")]
pub struct OutOfOrder {
    /// The number of the slot.
    pub slot: u32,
    /// The number of the last slot observed.
    pub last: u32,
}

impl OutOfOrder {
    /// A code that stays the same across versions, for machines.
    pub const fn code(&self) -> &'static str {
        "forecast-out-of-order"
    }
}

/// How good a household's forecasts were, and what they had to go by.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Measured {
    /// The errors of the forecasts that were made, whichever method made each.
    pub made: ErrorCount,
    /// The errors that each method had or would have had, in the order of [`Method::ALL`].
    pub by_method: [ErrorCount; Method::COUNT],
    /// Slots with a measured reading of which there was no forecast.
    pub without_forecast: u64,
    /// Slots with an estimated reading. Forecasts use it, but no error is measured against it.
    pub estimated: u64,
    /// Slots whose reading is missing or was not checked. Forecasts do not use it.
    pub unused: u64,
}

/// Forecasts one household's slots from what its meter showed before. It learns slots in order, and
/// forecasts only slots after the last one that it has learnt. So a forecast cannot depend on the
/// slot that it is about, nor on a later one.
#[derive(Clone, Debug)]
pub struct Forecaster {
    lookback: Lookback,
    past: Past,
    trials: Trials,
    measured: Measured,
    last: Option<u32>,
}

impl Forecaster {
    /// A forecaster that has seen nothing. Numbers of the lookback beyond their bounds count as
    /// their bounds.
    pub fn new(lookback: Lookback) -> Forecaster {
        let days = lookback.days.clamp(1, Lookback::MOST_DAYS);
        let lookback = Lookback {
            days,
            least_days: lookback.least_days.clamp(1, days),
            least_days_of_kind: lookback.least_days_of_kind.clamp(1, days),
        };
        Forecaster { lookback, past: Past::new(), trials: Trials::default(), measured: Measured::default(), last: None }
    }

    /// The forecast of a slot. Errors: [`NoForecast`].
    pub fn forecast(&self, slot: Slot) -> Result<Forecast, NoForecast> {
        if self.last.is_some_and(|last| slot.number() <= last) {
            return Err(NoForecast::NotAhead);
        }
        self.choose(&self.candidates(slot)).ok_or(NoForecast::NoHistory)
    }

    /// Learns what the meter showed in a slot; `None` where no reading came. Error: [`OutOfOrder`],
    /// and nothing is learnt then. Late or corrected readings are learnt by a new forecaster that
    /// is given all readings in order.
    pub fn observe(&mut self, slot: Slot, reading: Option<Reading>) -> Result<(), OutOfOrder> {
        if let Some(last) = self.last.filter(|last| slot.number() <= *last) {
            return Err(OutOfOrder { slot: slot.number(), last });
        }
        self.last = Some(slot.number());
        let Some(reading) = reading.filter(|reading| reading.quality != Quality::Unchecked) else {
            self.measured.unused += 1;
            return Ok(());
        };
        if reading.quality.is_measured() {
            self.measure(slot, reading.net);
        } else {
            self.measured.estimated += 1;
        }
        self.past.add(slot, reading, self.lookback.days);
        Ok(())
    }

    /// How good the forecasts were so far.
    pub const fn measured(&self) -> &Measured {
        &self.measured
    }

    /// Compares a measured slot with what each method said of it, before the slot is learnt.
    fn measure(&mut self, slot: Slot, actual: NetEnergy) {
        let candidates = self.candidates(slot);
        match self.choose(&candidates) {
            Some(made) => self.measured.made.add(made.net, actual),
            None => self.measured.without_forecast += 1,
        }
        for (count, candidate) in self.measured.by_method.iter_mut().zip(&candidates) {
            if let Some(candidate) = candidate {
                count.add(candidate.net, actual);
            }
        }
        let nets = candidates.map(|candidate| candidate.map(|candidate| candidate.net));
        self.trials.add(slot.day(), &nets, actual, self.lookback.days);
    }

    /// What each method says of a slot, in the order of [`Method::ALL`].
    fn candidates(&self, slot: Slot) -> [Option<Forecast>; Method::COUNT] {
        let mut window = Window::default();
        for entry in self.past.before(slot, self.lookback.days) {
            window.add(entry, slot.weekday().is_weekend());
        }
        Method::ALL.map(|method| method.forecast(&window, &self.lookback))
    }

    fn choose(&self, candidates: &[Option<Forecast>; Method::COUNT]) -> Option<Forecast> {
        let best = self.trials.best(&candidates.map(|candidate| candidate.is_some()))?;
        candidates[best]
    }
}

#[cfg(test)]
mod tests;
