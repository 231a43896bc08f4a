//! Consumption and generation of the same households and slots.

use super::{Readings, Refused};

/// Consumption and generation.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pair {
    /// Consumption.
    pub load: Readings,
    /// Generation.
    pub pv: Readings,
}

/// Which of the two files is at fault.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Which {
    /// The file of the consumption.
    Load,
    /// The file of the generation.
    Pv,
}

/// Which slots and households are asked for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Asked<'a> {
    /// The first slot. None: the first of the files.
    pub start: Option<&'a str>,
    /// How many slots. None: all from the first on.
    pub cycles: Option<usize>,
    /// How many households, from the first column on. None: all.
    pub households: Option<usize>,
    /// The seed of what is drawn.
    pub seed: u64,
}

/// Which slots and households a scenario is made of, and its seed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Choice {
    /// Number of the first slot.
    pub first: usize,
    /// How many slots.
    pub cycles: usize,
    /// How many households, from the first column on.
    pub households: usize,
    /// The seed of everything that is drawn.
    pub seed: u64,
}

impl Pair {
    /// Two files, which must have the same households and slots. `load_name` names the file of the
    /// consumption in messages.
    pub fn new(load: Readings, pv: Readings, load_name: &str) -> Result<Pair, (Which, Refused)> {
        pv.same_shape_as(&load, load_name).map_err(|refused| (Which::Pv, refused))?;
        Ok(Pair { load, pv })
    }

    /// Chooses slots and households, and checks their cells in both files.
    pub fn choose(&self, asked: &Asked<'_>) -> Result<Choice, (Which, Refused)> {
        let in_load = |refused| (Which::Load, refused);
        let least = asked.cycles.unwrap_or(1);
        let start = asked.start.unwrap_or(&self.load.slots[0]);
        let first = self.load.slot(start, least).map_err(in_load)?;
        let cycles = asked.cycles.unwrap_or(self.load.slots.len() - first);
        let households = self.load.first_households(asked.households).map_err(in_load)?;
        self.load.check(first, cycles, households).map_err(in_load)?;
        self.pv.check(first, cycles, households).map_err(|refused| (Which::Pv, refused))?;
        Ok(Choice { first, cycles, households, seed: asked.seed })
    }

    /// What is worth saying about one of the files.
    pub fn notes(&self, which: Which) -> &[String] {
        match which {
            Which::Load => &self.load.notes,
            Which::Pv => &self.pv.notes,
        }
    }

    /// How many cells of a file are no readings, whatever is asked for.
    pub fn faults(&self, which: Which) -> usize {
        let of = match which {
            Which::Load => &self.load,
            Which::Pv => &self.pv,
        };
        of.faults.len()
    }
}
