//! Gathers readings from the rows of several files into one neighbourhood. Rows of the same meter
//! and quarter hour are merged by column.

use super::column::{Column, Quality, GREATEST, QUANTITIES};
use super::refused::{Conflict, Refused};
use super::{Metered, Neighbourhood};
use crate::household_id;
use crate::quarter_hour::QuarterHour;
use std::collections::BTreeMap;

/// Most readings that are held, over all households and quantities: 2 GiB of them.
const MOST_READINGS: usize = 1 << 29;

/// Most names that a refusal lists.
const MOST_NAMES: usize = 10;

/// What a meter showed in a quarter hour: a row of the normal form of meter data.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Row<'a> {
    /// The meter, which is the household's id.
    pub meter: &'a str,
    /// The quarter hour.
    pub start: QuarterHour,
    /// Wh by the order of [`QUANTITIES`]. None: not measured.
    pub energy: [Option<u32>; 4],
    /// How the readings came about.
    pub quality: Quality,
}

/// Which period and which households are wanted. Everything by default.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Wanted {
    /// The first quarter hour. None: the first of the data.
    pub start: Option<QuarterHour>,
    /// The quarter hour before which the period ends. None: after the last of the data.
    pub end: Option<QuarterHour>,
    /// How many quarter hours from the start on. None: all.
    pub cycles: Option<u32>,
    /// Which households.
    pub households: Households,
}

/// Which households are wanted.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Households {
    /// All of them.
    #[default]
    All,
    /// The first so many, in the order of the input.
    First(usize),
    /// Those of these ids, in this order.
    Named(Vec<String>),
}

/// Readings that were put in so far.
#[derive(Clone, Debug, Default)]
pub struct Gatherer {
    /// By meter its place in `households`.
    places: BTreeMap<String, usize>,
    households: Vec<Gathered>,
    readings: usize,
}

/// The readings of a household so far. Slots count from its own first.
#[derive(Clone, Debug)]
struct Gathered {
    name: String,
    first: QuarterHour,
    slots: usize,
    columns: [Option<Column>; 4],
    quality: Vec<Quality>,
}

impl Gatherer {
    /// A gatherer without readings.
    pub fn new() -> Gatherer {
        Gatherer::default()
    }

    /// Puts a row in. Errors: [`Refused::Id`], [`Refused::TooLarge`], [`Refused::Conflict`],
    /// [`Refused::TooMany`].
    pub fn put(&mut self, row: &Row<'_>) -> Result<(), Refused> {
        let place = match self.places.get(row.meter) {
            Some(place) => *place,
            None => self.new_household(row)?,
        };
        let of = &mut self.households[place];
        let slot = of.make_room(row.start, &mut self.readings)?;
        for (quantity, found) in QUANTITIES.iter().zip(row.energy) {
            let Some(found) = found else { continue };
            if found > GREATEST {
                return Err(Refused::TooLarge { meter: row.meter.into(), start: row.start, found });
            }
            let slots = of.slots;
            let column = &mut of.columns[*quantity as usize];
            if column.is_none() {
                self.readings += slots;
            }
            let column = column.get_or_insert_with(|| Column::empty(slots));
            if let Some(earlier) = column.wh(slot).filter(|earlier| *earlier != found) {
                let conflict = Conflict { column: quantity.name(), earlier, found };
                return Err(Refused::Conflict { meter: row.meter.into(), start: row.start, conflict });
            }
            column.set(slot, found);
        }
        of.quality[slot] = of.quality[slot].max(row.quality);
        match self.readings <= MOST_READINGS {
            true => Ok(()),
            false => Err(Refused::TooMany { most: MOST_READINGS }),
        }
    }

    fn new_household(&mut self, row: &Row<'_>) -> Result<usize, Refused> {
        if !household_id::is_valid(row.meter) {
            return Err(Refused::Id { meter: row.meter.into() });
        }
        let place = self.households.len();
        self.places.insert(row.meter.into(), place);
        self.households.push(Gathered {
            name: row.meter.into(),
            first: row.start,
            slots: 0,
            columns: [const { None }; 4],
            quality: Vec::new(),
        });
        Ok(place)
    }

    /// The neighbourhood of the wanted households and period. Errors: [`Refused::Empty`], and those
    /// of what is wanted and not there.
    pub fn finish(&self, wanted: &Wanted) -> Result<Neighbourhood, Refused> {
        let chosen = self.choose(&wanted.households)?;
        let first = chosen.iter().map(|of| of.first).min().ok_or(Refused::Empty)?;
        let end = |of: &&Gathered| of.first.plus(of.slots as u32).unwrap_or(QuarterHour::new(u32::MAX));
        let last = chosen.iter().map(end).max().ok_or(Refused::Empty)?;
        let start = wanted.start.unwrap_or(first);
        let mut end = wanted.end.unwrap_or(last);
        if let Some(cycles) = wanted.cycles {
            let asked = start.plus(cycles).unwrap_or(QuarterHour::new(u32::MAX));
            end = wanted.end.map_or(asked, |end| end.min(asked));
        }
        if start < first || end > last || start >= end {
            return Err(Refused::Period { start, end, first, last });
        }
        let slots = end.since(start) as usize;
        let households = chosen.iter().map(|of| of.part(start, slots)).collect();
        Ok(Neighbourhood { start, first: start.since(first) as u32, slots, households })
    }

    fn choose(&self, wanted: &Households) -> Result<Vec<&Gathered>, Refused> {
        match wanted {
            Households::All => Ok(self.households.iter().collect()),
            Households::First(wanted) if *wanted > self.households.len() => {
                Err(Refused::TooFew { wanted: *wanted, found: self.households.len() })
            }
            Households::First(wanted) => Ok(self.households[..*wanted].iter().collect()),
            Households::Named(names) => {
                let mut chosen: Vec<&Gathered> = Vec::with_capacity(names.len());
                for name in names {
                    let place = self.places.get(name).ok_or_else(|| self.no_household(name))?;
                    if chosen.iter().any(|of| of.name == *name) {
                        return Err(Refused::HouseholdTwice { name: name.clone() });
                    }
                    chosen.push(&self.households[*place]);
                }
                Ok(chosen)
            }
        }
    }

    fn no_household(&self, name: &str) -> Refused {
        let names = self.households.iter().take(MOST_NAMES).map(|of| format!("{:?}", of.name));
        let mut known = names.collect::<Vec<_>>().join(", ");
        if self.households.len() > MOST_NAMES {
            known += &format!(" and {} more", self.households.len() - MOST_NAMES);
        }
        Refused::NoHousehold { name: name.into(), known }
    }
}

impl Gathered {
    /// The slot of a quarter hour, after making room for it.
    fn make_room(&mut self, start: QuarterHour, readings: &mut usize) -> Result<usize, Refused> {
        let slot = start.since(self.first);
        let (before, slot) = if slot < 0 { (slot.unsigned_abs() as usize, 0) } else { (0, slot as usize) };
        let after = (slot + 1).saturating_sub(self.slots + before);
        let columns = self.columns.iter().flatten().count();
        *readings += (before + after) * columns.max(1);
        if *readings > MOST_READINGS {
            return Err(Refused::TooMany { most: MOST_READINGS });
        }
        if before + after > 0 {
            for column in self.columns.iter_mut().flatten() {
                column.extend(before, after);
            }
            self.quality.splice(0..0, std::iter::repeat_n(Quality::Measured, before));
            self.quality.extend(std::iter::repeat_n(Quality::Measured, after));
            self.slots += before + after;
            self.first = if before > 0 { start } else { self.first };
        }
        Ok(slot)
    }

    /// The household's readings in a period.
    fn part(&self, start: QuarterHour, slots: usize) -> Metered {
        let from = start.since(self.first);
        let columns = [0, 1, 2, 3].map(|of| self.columns[of].as_ref().and_then(|column| column.part(from, slots)));
        let at =
            |slot: usize| usize::try_from(from + slot as i64).ok().and_then(|slot| self.quality.get(slot)).copied();
        let missing = |slot: usize| columns.iter().flatten().any(|column| column.wh(slot).is_none());
        let quality = |slot| if missing(slot) { Quality::Missing } else { at(slot).unwrap_or(Quality::Missing) };
        let quality = (0..slots).map(quality).collect();
        Metered { name: self.name.clone(), columns, quality }
    }
}
