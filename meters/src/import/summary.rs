//! What an import did, in the end.

use crate::assemble::Assembled;
use crate::normal::{Quality, Quarter};
use crate::said::Notes;
use crate::{Exact, Format, Options, Said};
use std::collections::BTreeSet;

/// What an import did.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Summary {
    /// The format, named or detected.
    pub format: Format,
    /// Meters with rows.
    pub meters: u64,
    /// Meters without any value, which have no rows.
    pub silent: u64,
    /// Rows.
    pub rows: u64,
    /// The earliest quarter hour.
    pub first: Option<Quarter>,
    /// The latest quarter hour.
    pub last: Option<Quarter>,
    /// The lengths of the sources' intervals, in seconds.
    pub steps: BTreeSet<u32>,
    /// The energy of each column in Wh (import, export, generation, consumption). None: no meter
    /// has it.
    pub energy: [Option<u128>; 4],
    /// How many meters have each column.
    pub measuring: [u64; 4],
    /// Rows of each quality: measured, split, estimated, missing.
    pub quality: [u64; 4],
    /// `--max-power` in kW.
    pub max_power: Exact,
    /// Groups of names that look alike.
    pub look_alike: Vec<Vec<String>>,
    /// What was detected, assumed, ordered, dropped, filled, and warnings.
    pub said: Vec<Said>,
}

impl Summary {
    pub(super) fn new(format: Format, options: &Options) -> Self {
        Self {
            format,
            meters: 0,
            silent: 0,
            rows: 0,
            first: None,
            last: None,
            steps: BTreeSet::new(),
            energy: [None; 4],
            measuring: [0; 4],
            quality: [0; 4],
            max_power: options.max_power,
            look_alike: Vec::new(),
            said: Vec::new(),
        }
    }

    /// Adds a meter.
    pub(super) fn add(&mut self, meter: Assembled, notes: &mut Notes) {
        for said in meter.said {
            notes.add(said);
        }
        let Some(first) = meter.first else {
            self.silent += 1;
            return;
        };
        self.meters += 1;
        self.rows += meter.rows;
        let last = Quarter::starting_at(first.start() + (meter.rows as i64 - 1) * Quarter::SECONDS);
        self.first = Some(self.first.map_or(first, |known| known.min(first)));
        self.last = self.last.max(last);
        self.steps.extend(meter.steps);
        for ((sum, measuring), energy) in self.energy.iter_mut().zip(&mut self.measuring).zip(meter.energy) {
            if let Some(energy) = energy {
                *sum.get_or_insert(0) += energy;
                *measuring += 1;
            }
        }
        for (sum, count) in self.quality.iter_mut().zip(meter.quality) {
            *sum += count;
        }
    }

    /// Rows of a quality.
    pub const fn rows_of(&self, quality: Quality) -> u64 {
        self.quality[quality as usize]
    }

    /// Rows and values that were left out.
    pub fn dropped(&self) -> u64 {
        self.said.iter().filter(|said| said.sort == crate::said::Sort::Dropped).map(|said| said.count).sum()
    }

    /// The greatest energy of a quarter hour in Wh by `--max-power`: a market's `greatest_energy`
    /// for cycles of 15 minutes, rounded down.
    pub fn greatest_energy(&self) -> i128 {
        let quarter = self.max_power.times_ten_to(3).and_then(crate::ratio::Ratio::of);
        quarter.and_then(|watts| watts.times(1, 4)).map_or(0, crate::ratio::Ratio::floor)
    }
}
