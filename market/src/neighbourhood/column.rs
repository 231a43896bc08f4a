//! One quantity of one household in every slot of a period.

use protocol::units::Energy;

/// What a meter measures.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
#[repr(u8)]
pub enum Quantity {
    /// Energy taken from the grid.
    Import = 0,
    /// Energy given to the grid.
    Export = 1,
    /// Energy generated behind the meter, gross.
    Generation = 2,
    /// Energy used behind the meter, gross.
    Consumption = 3,
}

/// Every quantity, in the order of the normal form of meter data.
pub const QUANTITIES: [Quantity; 4] = [Quantity::Import, Quantity::Export, Quantity::Generation, Quantity::Consumption];

impl Quantity {
    /// Its column in the normal form of meter data.
    pub const fn name(self) -> &'static str {
        match self {
            Quantity::Import => "import_wh",
            Quantity::Export => "export_wh",
            Quantity::Generation => "generation_wh",
            Quantity::Consumption => "consumption_wh",
        }
    }
}

/// How a reading came about, the best first.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
#[repr(u8)]
pub enum Quality {
    /// Measured in this quarter hour.
    #[default]
    Measured,
    /// Measured over a longer interval, and split.
    Split,
    /// Estimated.
    Estimated,
    /// A quantity that the household measures is missing.
    Missing,
}

/// Readings of one quantity by slot. A year of a thousand households has 35 million of them, so a
/// reading takes 4 bytes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Column(Vec<u32>);

/// Marks a slot without a reading.
const NONE: u32 = u32::MAX;

/// The greatest reading in Wh.
pub const GREATEST: u32 = NONE - 1;

impl Column {
    /// A column without any reading.
    pub(super) fn empty(slots: usize) -> Column {
        Column(vec![NONE; slots])
    }

    /// Adds slots without a reading, before the first or after the last.
    pub(super) fn extend(&mut self, before: usize, after: usize) {
        self.0.splice(0..0, std::iter::repeat_n(NONE, before));
        self.0.extend(std::iter::repeat_n(NONE, after));
    }

    /// The readings of some slots, which may lie outside; those have none. None if no slot has one.
    pub(super) fn part(&self, from: i64, slots: usize) -> Option<Column> {
        let at = |slot: usize| usize::try_from(from + slot as i64).ok().and_then(|slot| self.0.get(slot)).copied();
        let part: Vec<u32> = (0..slots).map(|slot| at(slot).unwrap_or(NONE)).collect();
        part.iter().any(|wh| *wh != NONE).then_some(Column(part))
    }

    /// Puts a reading of at most [`GREATEST`] in.
    pub(super) fn set(&mut self, slot: usize, wh: u32) {
        self.0[slot] = wh.min(GREATEST);
    }

    /// The reading of a slot in Wh.
    pub(super) fn wh(&self, slot: usize) -> Option<u32> {
        self.0.get(slot).copied().filter(|wh| *wh != NONE)
    }

    /// The reading of a slot.
    pub fn get(&self, slot: usize) -> Option<Energy> {
        self.wh(slot).map(|wh| Energy::new(wh.into()).expect("every u32 is an amount of energy"))
    }
}
