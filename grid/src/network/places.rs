//! Where the households are.

use super::ids::Buses;
use crate::refused::{Problem, Refused};
use std::collections::BTreeMap;

/// The bus of each household: the public table `places`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Places(BTreeMap<String, usize>);

impl Places {
    /// Reads `places`: pairs of a household and the name of its bus. Errors: [`Problem::EmptyId`],
    /// [`Problem::UnknownBus`].
    pub fn new(buses: &Buses, table: Vec<(String, String)>) -> Result<Places, Refused> {
        let mut places = BTreeMap::new();
        for (household, bus) in table {
            let path = || format!("places.{household}");
            if household.is_empty() {
                return Err(Refused::at(path(), Problem::EmptyId));
            }
            let bus = buses.index(&bus, path)?;
            places.insert(household, bus);
        }
        Ok(Places(places))
    }

    /// The index of a household's bus. None if it has no place.
    pub fn of(&self, household: &str) -> Option<usize> {
        self.0.get(household).copied()
    }

    /// How many households have a place.
    pub fn count(&self) -> usize {
        self.0.len()
    }
}
