//! The meter readings of a neighbourhood: for each household and quarter hour of a period, what was
//! measured of import, export, generation and consumption.
//!
//! A reading that is missing stays missing: its household then has no plan in that quarter hour.
//! Scenarios are made from a neighbourhood and a market description ([`crate::description`]).

mod column;
mod gather;
mod refused;

pub use column::{Column, Quality, Quantity, QUANTITIES};
pub use gather::{Gatherer, Households, Row, Wanted};
pub use refused::{AboveGreatest, Conflict, Refused};

use crate::quarter_hour::QuarterHour;
use protocol::units::Energy;

/// Readings of some households in a period. Every household has a slot for each of its quarter
/// hours.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Neighbourhood {
    /// The first quarter hour of the period.
    start: QuarterHour,
    /// How many quarter hours before `start` the data begin. Cycles count from there, so that the
    /// same quarter hour has the same number whatever period is chosen.
    first: u32,
    slots: usize,
    households: Vec<Metered>,
}

/// The readings of one household.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Metered {
    name: String,
    /// By the order of [`QUANTITIES`]. None: not measured in the whole period.
    columns: [Option<Column>; 4],
    quality: Vec<Quality>,
}

impl Neighbourhood {
    /// The first quarter hour.
    pub const fn start(&self) -> QuarterHour {
        self.start
    }

    /// How many quarter hours the period has.
    pub const fn slots(&self) -> usize {
        self.slots
    }

    /// The households, in the order of the input.
    pub fn households(&self) -> &[Metered] {
        &self.households
    }

    /// The number of a slot's cycle: its distance from the first quarter hour of the data.
    pub const fn cycle(&self, slot: usize) -> u32 {
        self.first + slot as u32
    }

    /// The quarter hour of a slot.
    pub fn quarter_hour(&self, slot: usize) -> QuarterHour {
        self.start.plus(slot as u32).expect("the last slot has a number, which is checked when readings are gathered")
    }

    /// How many slots of households have no reading of what they take from and give to the grid.
    pub fn missing(&self) -> usize {
        self.households.iter().map(|of| (0..self.slots).filter(|slot| of.net(*slot).is_none()).count()).sum()
    }

    /// How many slots of households have a reading that was not measured as it stands.
    pub fn estimated(&self) -> usize {
        let estimated = |of: &Metered| of.quality.iter().filter(|quality| **quality == Quality::Estimated).count();
        self.households.iter().map(estimated).sum()
    }

    /// The greatest energy that a household took or gave in a slot, and which household in which
    /// slot. None without any reading.
    pub fn greatest(&self) -> Option<(Energy, &Metered, usize)> {
        let of = |of: &Metered, slot| of.net(slot).map(|net| net.unsigned_abs());
        let all = self.households.iter().flat_map(|household| (0..self.slots).map(move |slot| (household, slot)));
        let all = all.filter_map(|(household, slot)| Some((of(household, slot)?, household, slot)));
        let (wh, household, slot): (u64, _, _) = all.reduce(|best, next| if next.0 > best.0 { next } else { best })?;
        Some((Energy::new(wh).expect("a reading is below 2^32"), household, slot))
    }
}

impl Metered {
    /// The household's id.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Whether a quantity was measured at any time of the period.
    pub fn measures(&self, quantity: Quantity) -> bool {
        self.columns[quantity as usize].is_some()
    }

    /// What was measured of a quantity in a slot.
    pub fn reading(&self, quantity: Quantity, slot: usize) -> Option<Energy> {
        self.columns[quantity as usize].as_ref()?.get(slot)
    }

    /// How the reading of a slot came about.
    pub fn quality(&self, slot: usize) -> Quality {
        self.quality[slot]
    }

    /// What both sides of a pair show: zero on a side where only the other one is measured at all.
    fn pair(&self, taken: Quantity, given: Quantity, slot: usize) -> Option<(Energy, Energy)> {
        if !self.measures(taken) && !self.measures(given) {
            return None;
        }
        let side = |of| if self.measures(of) { self.reading(of, slot) } else { Some(Energy::ZERO) };
        Some((side(taken)?, side(given)?))
    }

    /// What the household took from the grid less what it gave, in Wh: import less export, or else
    /// consumption less generation. A quantity that was not measured in the whole period counts as
    /// zero beside one that was. None where a reading is missing.
    pub fn net(&self, slot: usize) -> Option<i64> {
        let grid = self.pair(Quantity::Import, Quantity::Export, slot);
        let (taken, given) = grid.or_else(|| self.pair(Quantity::Consumption, Quantity::Generation, slot))?;
        Some(taken.get() as i64 - given.get() as i64)
    }

    /// What the household used, behind its meter and from the grid: consumption, or import less
    /// export plus generation where all three were measured. None where that is not known.
    pub fn gross_load(&self, slot: usize) -> Option<Energy> {
        if let Some(consumption) = self.reading(Quantity::Consumption, slot) {
            return Some(consumption);
        }
        let of = |quantity| self.reading(quantity, slot).map(|energy| energy.get());
        let (import, export, generation) = (of(Quantity::Import)?, of(Quantity::Export)?, of(Quantity::Generation)?);
        let load = (import + generation).checked_sub(export)?;
        Energy::new(load).ok()
    }

    /// What the household generated: its generation; zero where consumption is measured and no
    /// generation is. None where that is not known.
    pub fn gross_generation(&self, slot: usize) -> Option<Energy> {
        match self.measures(Quantity::Generation) {
            true => self.reading(Quantity::Generation, slot),
            false => self.reading(Quantity::Consumption, slot).map(|_| Energy::ZERO),
        }
    }
}

#[cfg(test)]
mod tests;
