//! What the meters of households know beyond a scenario. A plan has only what passes between a
//! household and the network; consumption, generation and own use lie behind that meter.

use market::neighbourhood::{Metered, Neighbourhood};
use market::readings::Readings;

/// What is known of one household in one cycle.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reading {
    /// The household has no reading in this cycle at all: it counts in no sum.
    Missing,
    /// The household has a reading, but not of consumption and generation.
    Unknown,
    /// Consumption, generation, and the part of the generation that the household used itself, Wh.
    Known {
        /// Consumption of the household, from whatever source, Wh.
        load: u32,
        /// Generation of the household, Wh.
        generation: u32,
        /// Generation that the household used itself, Wh.
        own_use: u32,
    },
}

/// The gross readings of all households in all cycles of a scenario.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Gross {
    households: usize,
    /// Cycle by cycle, in each the households in the scenario's order.
    readings: Vec<Reading>,
}

impl Gross {
    /// The readings of a scenario of so many households. `readings` has all households of the first
    /// cycle, in the scenario's order, then those of the second, and so on. A reading that is not
    /// there is [`Reading::Unknown`].
    pub fn new(households: usize, readings: Vec<Reading>) -> Gross {
        Gross { households, readings }
    }

    /// The readings of `cycles` slots from slot `first` on and of the first `households` columns.
    /// `load` and `pv` have the same slots and columns. What a household generated in a slot and
    /// used in it counts as own use: min(load, pv).
    pub fn from_readings(load: &Readings, pv: &Readings, first: usize, cycles: usize, households: usize) -> Gross {
        let slots = load.energy.iter().zip(&pv.energy).skip(first).take(cycles);
        let reading =
            |(load, pv): (&u32, &u32)| Reading::Known { load: *load, generation: *pv, own_use: *load.min(pv) };
        let readings = slots.flat_map(|(load, pv)| load.iter().zip(pv).take(households).map(reading));
        Gross { households, readings: readings.collect() }
    }

    /// The readings of a neighbourhood: each of its slots is a cycle.
    pub fn of(neighbourhood: &Neighbourhood) -> Gross {
        let households = neighbourhood.households();
        let slots = 0..neighbourhood.slots();
        let readings = slots.flat_map(|slot| households.iter().map(move |household| reading(household, slot)));
        Gross { households: households.len(), readings: readings.collect() }
    }

    /// The same, for a household with devices, of which only what passes through its meter changes:
    /// `net` has what it gave in each cycle, less what it took. What it generated and did not give
    /// counts as own use, and what its devices took or lost as its load.
    pub fn with_devices(mut self, household: usize, net: &[Option<i64>]) -> Gross {
        for (cycle, net) in net.iter().enumerate() {
            let Some(reading) = self.readings.get_mut(cycle * self.households + household) else { continue };
            if let (Reading::Known { generation, .. }, Some(net)) = (*reading, net) {
                let (given, taken) = ((*net).max(0) as u64, (-*net).max(0) as u64);
                let wh = |wh: u64| u32::try_from(wh).unwrap_or(u32::MAX);
                let load = wh((u64::from(generation) + taken).saturating_sub(given));
                *reading =
                    Reading::Known { load, generation, own_use: wh(u64::from(generation).saturating_sub(given)) };
            }
        }
        self
    }

    /// The reading of a household in a cycle, both by index.
    pub fn reading(&self, cycle: usize, household: usize) -> Reading {
        match household < self.households {
            true => self.readings.get(cycle * self.households + household).copied().unwrap_or(Reading::Unknown),
            false => Reading::Unknown,
        }
    }
}

/// What a household's meters show in a slot. A household trades its net energy, so what it generated
/// and did not inject is own use: min(load, generation).
fn reading(of: &Metered, slot: usize) -> Reading {
    if of.net(slot).is_none() {
        return Reading::Missing;
    }
    let wh = |energy: protocol::units::Energy| u32::try_from(energy.get()).ok();
    match (of.gross_load(slot).and_then(wh), of.gross_generation(slot).and_then(wh)) {
        (Some(load), Some(generation)) => Reading::Known { load, generation, own_use: load.min(generation) },
        _ => Reading::Unknown,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn devices_change_own_use_and_load_by_what_the_meter_shows() {
        let known = |load, generation, own_use| Reading::Known { load, generation, own_use };
        let readings = vec![known(300, 1000, 300), Reading::Missing, known(300, 0, 0), Reading::Unknown];
        let gross = Gross::new(2, readings).with_devices(0, &[Some(200), Some(-50)]).with_devices(1, &[None, Some(7)]);
        // A battery takes 500 Wh of the roof, and gives 250 of the 300 Wh that are lacking.
        assert_eq!([gross.reading(0, 0), gross.reading(1, 0)], [known(800, 1000, 800), known(50, 0, 0)]);
        assert_eq!([gross.reading(0, 1), gross.reading(1, 1)], [Reading::Missing, Reading::Unknown]);
    }
}
