//! A period of some meters, held in memory as columns.

use super::{Energies, Quality, Quarter, Reader, WattHours};
use crate::{Problem, Refused};

/// Quarter hours from one to another.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Period {
    /// The first quarter hour.
    pub from: Quarter,
    /// The first quarter hour after it.
    pub to: Quarter,
}

impl Period {
    /// How many quarter hours it has.
    pub fn len(&self) -> usize {
        usize::try_from((self.to.start() - self.from.start()) / Quarter::SECONDS).unwrap_or(0)
    }

    /// Whether it has none.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The number of a quarter hour in it.
    pub fn number(&self, quarter: Quarter) -> Option<usize> {
        if quarter < self.from || quarter >= self.to {
            return None;
        }
        usize::try_from((quarter.start() - self.from.start()) / Quarter::SECONDS).ok()
    }
}

/// No value: more Wh than a quarter hour of any meter has.
const NOTHING: u32 = u32::MAX;

/// One meter's values in a period.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MeterValues {
    /// The meter's name.
    pub meter: String,
    columns: [Option<Vec<u32>>; 4],
    quality: Vec<Option<Quality>>,
}

impl MeterValues {
    /// The energies of the n-th quarter hour.
    pub fn energies(&self, nth: usize) -> Energies {
        let value = |column: &Option<Vec<u32>>| {
            let value = *column.as_ref()?.get(nth)?;
            (value != NOTHING).then_some(WattHours(u64::from(value)))
        };
        Energies::from_columns(self.columns.each_ref().map(value))
    }

    /// The quality of the n-th quarter hour. None: the file has no row for it.
    pub fn quality(&self, nth: usize) -> Option<Quality> {
        self.quality.get(nth).copied().flatten()
    }

    /// Whether the meter has a value of each column (import, export, generation, consumption)
    /// anywhere in the period.
    pub fn measures(&self) -> [bool; 4] {
        self.columns.each_ref().map(Option::is_some)
    }
}

/// Some meters' values in a period.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Dense {
    /// The period.
    pub period: Period,
    /// The meters, in the order of the file.
    pub meters: Vec<MeterValues>,
}

/// Reads the period of the meters that are wanted, or of all meters. It takes four bytes for each
/// value. A meter that is wanted and is not in the file is refused, as is a second row for one
/// quarter hour.
pub fn load(mut reader: Reader, wanted: Option<&[String]>, period: Period) -> Result<Dense, Refused> {
    let mut meters: Vec<MeterValues> = Vec::new();
    let mut skipped: Option<std::sync::Arc<str>> = None;
    while let Some(row) = reader.next() {
        let row = row?;
        let Some(nth) = period.number(row.quarter) else {
            continue;
        };
        if skipped.as_deref() == Some(&*row.meter) {
            continue;
        }
        if meters.last().is_none_or(|last| last.meter != *row.meter) {
            if wanted.is_some_and(|wanted| !wanted.iter().any(|name| **name == *row.meter)) {
                skipped = Some(row.meter);
                continue;
            }
            if meters.last().is_some_and(|last| *last.meter > *row.meter) {
                let problem = Problem::NotNormal("meters are not in the order of their bytes".into());
                return Err(reader.refuse(problem).of_meter(&*row.meter));
            }
            meters.push(MeterValues {
                meter: row.meter.to_string(),
                columns: [const { None }; 4],
                quality: vec![None; period.len()],
            });
        }
        let Some(values) = meters.last_mut() else {
            continue;
        };
        if values.quality[nth].replace(row.quality).is_some() {
            let problem = Problem::NotNormal(format!("{} is there twice", row.quarter));
            return Err(reader.refuse(problem).of_meter(&*row.meter));
        }
        for (column, energy) in values.columns.iter_mut().zip(row.energies.columns()) {
            let Some(energy) = energy else {
                continue;
            };
            let short = u32::try_from(energy.0).ok().filter(|short| *short != NOTHING);
            let Some(short) = short else {
                let problem = Problem::NotNormal(format!("{} Wh in a quarter hour", energy.0));
                return Err(reader.refuse(problem).of_meter(&*row.meter));
            };
            column.get_or_insert_with(|| vec![NOTHING; period.len()])[nth] = short;
        }
    }
    for name in wanted.unwrap_or(&[]) {
        if !meters.iter().any(|meter| meter.meter == *name) {
            let problem = Problem::Empty("there is no row of this meter in the period".into());
            return Err(Refused::new(problem).in_file(reader.name()).of_meter(name));
        }
    }
    Ok(Dense { period, meters })
}
