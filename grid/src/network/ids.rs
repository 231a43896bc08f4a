//! The names in a file: buses, and ids of offers, bids and households.

use crate::refused::{Problem, Refused};
use std::collections::BTreeMap;

/// Ids of a file, none of them twice. Lists of one file may share them.
#[derive(Clone, Debug, Default)]
pub struct Ids(BTreeMap<String, String>);

impl Ids {
    /// Takes an id; `path` is where it stands. Errors: [`Problem::EmptyId`], [`Problem::SecondId`].
    pub fn take(&mut self, id: &str, path: String) -> Result<(), Refused> {
        if id.is_empty() {
            return Err(Refused::at(path, Problem::EmptyId));
        }
        match self.0.get(id) {
            Some(earlier) => {
                let earlier = format!("`{earlier}`");
                Err(Refused::at(path, Problem::SecondId { id: id.to_string(), earlier }))
            }
            None => {
                self.0.insert(id.to_string(), path);
                Ok(())
            }
        }
    }
}

/// The most buses of a network: with it, sums over a network stay far inside 128 bits.
const MOST_BUSES: usize = 1 << 16;

/// The buses of a network, in the order of the file. There is at least one, and there are at most
/// 65,536.
#[derive(Clone, Debug)]
pub struct Buses {
    names: Vec<String>,
    places: BTreeMap<String, usize>,
}

impl Buses {
    /// Reads `buses`. Errors: [`Problem::NoBus`], [`Problem::TooMany`], [`Problem::EmptyId`],
    /// [`Problem::SecondId`].
    pub fn new(names: Vec<String>) -> Result<Buses, Refused> {
        if names.is_empty() {
            return Err(Refused::at("buses", Problem::NoBus));
        }
        if names.len() > MOST_BUSES {
            return Err(Refused::at("buses", Problem::TooMany { count: names.len(), most: MOST_BUSES }));
        }
        let mut ids = Ids::default();
        for (index, name) in names.iter().enumerate() {
            ids.take(name, format!("buses[{index}]"))?;
        }
        let places = names.iter().cloned().zip(0..).collect();
        Ok(Buses { names, places })
    }

    /// How many buses there are.
    pub fn count(&self) -> usize {
        self.names.len()
    }

    /// The names, in the order of the file.
    pub fn names(&self) -> &[String] {
        &self.names
    }

    /// The index of a bus; `path` is where its name stands. Error: [`Problem::UnknownBus`].
    pub fn index(&self, name: &str, path: impl FnOnce() -> String) -> Result<usize, Refused> {
        let place = self.places.get(name).copied();
        place.ok_or_else(|| Refused::at(path(), Problem::UnknownBus(name.to_string())))
    }

    /// The two ends of a line, which differ. `line` is its index. Errors: [`Problem::UnknownBus`],
    /// [`Problem::ToItself`].
    pub fn ends(&self, line: usize, from: &str, to: &str) -> Result<(usize, usize), Refused> {
        let ends =
            (self.index(from, || format!("lines[{line}].from"))?, self.index(to, || format!("lines[{line}].to"))?);
        match ends.0 == ends.1 {
            true => Err(Refused::at(format!("lines[{line}].to"), Problem::ToItself(to.to_string()))),
            false => Ok(ends),
        }
    }

    /// Refuses a network in which lines do not connect every bus with the first.
    /// Error: [`Problem::Unconnected`].
    pub fn connected(&self, lines: &[(usize, usize)]) -> Result<(), Refused> {
        let mut neighbours = vec![Vec::new(); self.count()];
        for (from, to) in lines {
            neighbours[*from].push(*to);
            neighbours[*to].push(*from);
        }
        let (mut reached, mut next) = (vec![false; self.count()], vec![0]);
        reached[0] = true;
        while let Some(bus) = next.pop() {
            for other in &neighbours[bus] {
                if !std::mem::replace(&mut reached[*other], true) {
                    next.push(*other);
                }
            }
        }
        match reached.iter().position(|reached| !reached) {
            None => Ok(()),
            Some(bus) => {
                let (bus_name, first) = (self.names[bus].clone(), self.names[0].clone());
                Err(Refused::at(format!("buses[{bus}]"), Problem::Unconnected { bus: bus_name, first }))
            }
        }
    }
}
