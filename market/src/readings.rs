//! Meter readings of households, from the bytes of a CSV file: a row per 15-minute slot, a column
//! per household. `docs/scenario.md` states the rules.
//!
//! Cells are read leniently and judged late: a cell that is no reading only matters where it is
//! asked for ([`Readings::check`]). Slots are judged as a whole, because the number of every slot
//! depends on those before it.

mod cell;
mod clock;
mod header;
mod lines;
mod order;
mod pair;
mod refused;
mod stamp;

pub use cell::Unit;
pub use clock::{Clock, NoZone};
pub use order::Gaps;
pub use pair::{Asked, Choice, Pair, Which};
pub use refused::{Problem, Refused};

use cell::Cells;
use lines::Lines;
use order::Order;
use protocol::terms::GREATEST_ENERGY;
use refused::refused;
use std::collections::BTreeMap;

/// Largest CSV file that is read, in bytes.
pub const MAX_BYTES: u64 = 64 << 20;

/// Most households of a file.
const MAX_HOUSEHOLDS: usize = 10_000;

/// How a file is read.
#[derive(Clone, Copy)]
pub struct Options<'a> {
    /// The unit of the cells. None: Wh, unless a header says otherwise, which is then refused.
    pub unit: Option<Unit>,
    /// What becomes of slots that are missing.
    pub gaps: Gaps,
    /// The greatest energy of a slot, in Wh.
    pub greatest: u64,
    /// Where clocks change.
    pub clock: &'a dyn Clock,
}

impl Default for Options<'_> {
    fn default() -> Self {
        Options { unit: None, gaps: Gaps::Refuse, greatest: GREATEST_ENERGY, clock: &NoZone }
    }
}

/// Readings of all households in all slots.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Readings {
    /// Name of the first column.
    slot_header: String,
    /// Ids, in the order of their columns.
    pub households: Vec<String>,
    /// Names of the slots, in the order of time.
    pub slots: Vec<String>,
    /// For each slot and each household its energy in Wh; zero where [`Readings::check`] refuses.
    pub energy: Vec<Vec<u32>>,
    /// What is worth saying to a person about how the file was read.
    pub notes: Vec<String>,
    /// The line of each slot in the file.
    rows: Vec<u64>,
    /// The number of each slot: how many slots after the first it comes.
    numbers: Vec<u32>,
    /// Gaps before a slot, by the slot.
    missing: BTreeMap<usize, Problem>,
    /// Cells that are no readings, by slot and household.
    faults: BTreeMap<(usize, usize), Problem>,
}

impl Readings {
    /// Reads the bytes of a file in Wh, and checks all of them.
    pub fn parse(bytes: &[u8]) -> Result<Readings, Refused> {
        let readings = Readings::read(bytes, &Options::default())?;
        readings.check(0, readings.slots.len(), readings.households.len())?;
        Ok(readings)
    }

    /// Reads the bytes of a file, and checks its headers, its shape and the order of its slots.
    pub fn read(bytes: &[u8], options: &Options<'_>) -> Result<Readings, Refused> {
        let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
        let separator = header::separator(bytes);
        let mut reader =
            csv::ReaderBuilder::new().has_headers(false).flexible(true).delimiter(separator).from_reader(bytes);
        let mut records = reader.records();
        let headers = match records.next() {
            Some(record) => record.map_err(|error| lines::unreadable(&error, None, &mut Lines::new(bytes)))?,
            None => return Err(refused(None, None, Problem::Empty)),
        };
        let header = header::Header::read(&headers, separator, options.unit)?;
        let cells = Cells { unit: header.unit, comma: separator != b',', greatest: options.greatest };
        let (mut slots, mut rows, mut energy) = (Vec::new(), Vec::new(), Vec::new());
        let mut faults = BTreeMap::new();
        let mut lines = Lines::new(bytes);
        for record in records {
            let record = record.map_err(|error| lines::unreadable(&error, Some(&headers), &mut lines))?;
            let row = record.position().map(|position| lines.of(position));
            if record.len() != headers.len() {
                let problem = Problem::Length { found: record.len(), expected: headers.len() };
                return Err(refused(row, Some(headers.iter().nth(record.len()).unwrap_or("after the last")), problem));
            }
            let of_row = record.iter().skip(1).enumerate().map(|(household, cell)| match cells.read(cell) {
                Ok(wh) => wh,
                Err(problem) => {
                    faults.insert((slots.len(), household), problem);
                    0
                }
            });
            energy.push(of_row.collect());
            slots.push(record.get(0).unwrap_or_default().to_string());
            rows.push(row.unwrap_or_default());
        }
        if slots.is_empty() {
            return Err(refused(Some(1), None, Problem::NoRows));
        }
        let order = Order::of(&slots, options.clock)
            .map_err(|(slot, problem)| refused(Some(rows[slot]), Some(&header.slot), problem))?;
        let mut readings = Readings {
            slot_header: header.slot,
            households: header.households,
            slots,
            energy,
            notes: header.notes,
            rows,
            numbers: order.numbers,
            missing: if options.gaps == Gaps::Skip { BTreeMap::new() } else { order.gaps.clone() },
            faults,
        };
        if order.newest_first {
            readings.turn_round();
        }
        readings.notes.extend(order.notes);
        if options.gaps == Gaps::Skip && !order.gaps.is_empty() {
            let of = |(slot, problem): (&usize, &Problem)| format!("row {}, {problem}", readings.rows[*slot]);
            let first = order.gaps.iter().next().map(of).unwrap_or_default();
            let count = order.gaps.len();
            readings
                .notes
                .push(format!("{count} gaps are left out, and their cycles are not there; the first: {first}"));
        }
        Ok(readings)
    }

    /// Puts the newest slot last.
    fn turn_round(&mut self) {
        self.slots.reverse();
        self.energy.reverse();
        self.rows.reverse();
        let last = self.slots.len() - 1;
        self.faults = std::mem::take(&mut self.faults).into_iter().map(|((s, h), of)| ((last - s, h), of)).collect();
    }

    /// Checks the cells of some slots and of the first `households`, and that no slot is missing
    /// between them. Cells elsewhere do not matter.
    pub fn check(&self, first: usize, slots: usize, households: usize) -> Result<(), Refused> {
        if let Some((slot, problem)) = self.missing.range(first + 1..(first + slots).max(first + 1)).next() {
            return Err(refused(Some(self.rows[*slot]), Some(&self.slot_header), problem.clone()));
        }
        let of = self.faults.range((first, 0)..(first + slots, 0)).find(|((_, household), _)| *household < households);
        match of {
            Some(((slot, household), problem)) => {
                Err(refused(Some(self.rows[*slot]), Some(&self.households[*household]), problem.clone()))
            }
            None => Ok(()),
        }
    }

    /// How many slots after the first a slot comes, missing ones included: the number of its cycle.
    pub fn number(&self, slot: usize) -> u32 {
        self.numbers[slot]
    }

    /// Checks that the households and slots equal those of another file, whose name is `file`.
    /// Error: [`Problem::Differs`].
    pub fn same_shape_as(&self, other: &Readings, file: &str) -> Result<(), Refused> {
        let differs = |found: Option<&String>, expected: Option<&String>| {
            let text = |cell: Option<&String>| cell.cloned().unwrap_or_else(|| "nothing".into());
            Problem::Differs { found: text(found), file: file.into(), expected: text(expected) }
        };
        for h in 0..self.households.len().max(other.households.len()) {
            let (found, expected) = (self.households.get(h), other.households.get(h));
            if found != expected {
                return Err(refused(Some(1), Some(&(h + 2).to_string()), differs(found, expected)));
            }
        }
        for s in 0..self.slots.len().max(other.slots.len()) {
            let (found, expected) = (self.slots.get(s), other.slots.get(s));
            if found != expected {
                let row =
                    self.rows.get(s).copied().unwrap_or_else(|| self.rows.iter().max().map_or(1, |last| last + 1));
                return Err(refused(Some(row), Some(&self.slot_header), differs(found, expected)));
            }
        }
        Ok(())
    }

    /// The number of the row of the slot of that name: the first of that name, as the file names
    /// it, or else of that time. Errors: [`Problem::NoSlot`]; [`Problem::TooFew`] when the file has
    /// fewer than `count` slots from it on.
    pub fn slot(&self, name: &str, count: usize) -> Result<usize, Refused> {
        let end = |slot: Option<&String>| slot.cloned().unwrap_or_default();
        let missing =
            || Problem::NoSlot { wanted: name.into(), first: end(self.slots.first()), last: end(self.slots.last()) };
        let in_slots = |problem| refused(None, Some(&self.slot_header), problem);
        let named = self.slots.iter().position(|slot| slot == name);
        let first = named.or_else(|| stamp::find(&self.slots, name)).ok_or_else(|| in_slots(missing()))?;
        let found = self.slots.len() - first;
        if found < count {
            return Err(in_slots(Problem::TooFew { what: "slots from the start on", wanted: count, found }));
        }
        Ok(first)
    }

    /// `count`, if the file has so many households; the number of all without it. Error:
    /// [`Problem::TooFew`].
    pub fn first_households(&self, count: Option<usize>) -> Result<usize, Refused> {
        let (found, wanted) = (self.households.len(), count.unwrap_or(self.households.len()));
        if wanted > found {
            return Err(refused(Some(1), None, Problem::TooFew { what: "households", wanted, found }));
        }
        Ok(wanted)
    }
}

#[cfg(test)]
mod tests;
