//! Checks a file in the normal form: order, intervals, quality, plausibility.

use super::{Quality, Quarter, Reader, Row, COLUMNS};
use crate::{Exact, Problem, Refused};
use std::collections::BTreeSet;

/// So many rows that break a rule are named.
const MOST_NAMED: usize = 100;

/// A row that breaks a rule.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Broken {
    /// The row, the header being row 1.
    pub row: u64,
    /// The meter.
    pub meter: String,
    /// Which rule, and how.
    pub what: String,
}

/// What a file in the normal form holds, and what breaks its rules.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Verified {
    /// Meters.
    pub meters: u64,
    /// Rows.
    pub rows: u64,
    /// The earliest quarter hour.
    pub first: Option<Quarter>,
    /// The latest quarter hour.
    pub last: Option<Quarter>,
    /// The energy of each column in Wh. None: no meter has it.
    pub energy: [Option<u128>; 4],
    /// Rows of each quality, from best to worst.
    pub quality: [u64; 4],
    /// The first rows that break a rule, at most 100.
    pub broken: Vec<Broken>,
    /// How many there are.
    pub broken_count: u64,
}

impl Verified {
    /// Whether the file holds to its rules.
    pub const fn holds(&self) -> bool {
        self.broken_count == 0
    }

    fn broken(&mut self, row: u64, meter: &str, what: String) {
        self.broken_count += 1;
        if self.broken.len() < MOST_NAMED {
            self.broken.push(Broken { row, meter: meter.to_owned(), what });
        }
    }
}

/// What is known of the meter whose rows are being read.
#[derive(Default)]
struct OfMeter {
    last: Option<Quarter>,
    /// Which columns have a value, as bits.
    has: u8,
    /// The first row with each set of empty columns, and how many, without and with the quality
    /// `missing`.
    empty: [[(u64, u64); 16]; 2],
}

impl OfMeter {
    /// Quality must be `missing` exactly where a column that the meter has is empty.
    fn end(&self, meter: &str, verified: &mut Verified) {
        for (missing, sets) in self.empty.iter().enumerate() {
            for (set, (row, count)) in (0u8..).zip(sets) {
                let lacks = set & self.has != 0;
                if *count > 0 && lacks != (missing == 1) {
                    let what = if lacks {
                        "a column is empty and the quality is not missing"
                    } else {
                        "the quality is missing and no column is empty"
                    };
                    verified.broken(*row, meter, format!("{what} (rows like this: {count})"));
                }
            }
        }
    }
}

/// Reads all rows and checks them. `max_power` is in kW.
pub fn verify(mut reader: Reader, max_power: Exact) -> Result<Verified, Refused> {
    let most = max_power
        .times_ten_to(3)
        .and_then(crate::ratio::Ratio::of)
        .and_then(|watts| watts.times(1, 4))
        .map_err(Problem::TooManyDigits)?
        .floor();
    let mut verified = Verified::default();
    let mut meter: Option<std::sync::Arc<str>> = None;
    let mut known = BTreeSet::new();
    let mut of_meter = OfMeter::default();
    while let Some(row) = reader.next() {
        let row = row?;
        let number = reader.row();
        if meter.as_deref() != Some(&*row.meter) {
            if let Some(before) = &meter {
                of_meter.end(before, &mut verified);
                if *before > row.meter {
                    verified.broken(
                        number,
                        &row.meter,
                        format!(
                            "meters are not in the order of their bytes: {} stands before",
                            crate::refused::shown(before)
                        ),
                    );
                }
            }
            if !known.insert(row.meter.clone()) {
                verified.broken(number, &row.meter, "the meter's rows do not stand together".into());
            } else {
                verified.meters += 1;
            }
            of_meter = OfMeter::default();
            meter = Some(row.meter.clone());
        }
        check(&row, number, most, &mut of_meter, &mut verified);
    }
    if let Some(meter) = &meter {
        of_meter.end(meter, &mut verified);
    }
    Ok(verified)
}

fn check(row: &Row, number: u64, most: i128, of_meter: &mut OfMeter, verified: &mut Verified) {
    verified.rows += 1;
    verified.quality[row.quality as usize] += 1;
    verified.first = Some(verified.first.map_or(row.quarter, |first| first.min(row.quarter)));
    verified.last = Some(verified.last.map_or(row.quarter, |last| last.max(row.quarter)));
    if let Some(last) = of_meter.last {
        if row.quarter <= last {
            verified.broken(number, &row.meter, format!("{} does not stand after {last}", row.quarter));
        } else if row.quarter != last.next() {
            let absent = (row.quarter.start() - last.end()) / Quarter::SECONDS;
            verified.broken(number, &row.meter, format!("{absent} quarter hours are absent from {}", last.next()));
        }
    }
    of_meter.last = Some(row.quarter);
    let mut empty = 0u8;
    for (at, (energy, name)) in row.energies.columns().into_iter().zip(COLUMNS).enumerate() {
        let Some(energy) = energy else {
            empty |= 1 << at;
            continue;
        };
        of_meter.has |= 1 << at;
        *verified.energy[at].get_or_insert(0) += u128::from(energy.0);
        // Rounding up may add half a Wh.
        if i128::from(energy.0) > most + 1 {
            let kilowatts = crate::ratio::Ratio::new(i128::from(energy.0), 250).text();
            verified.broken(
                number,
                &row.meter,
                format!("{name}: {} Wh are {kilowatts} kW, more than --max-power", energy.0),
            );
        }
    }
    let slot = &mut of_meter.empty[usize::from(row.quality == Quality::Missing)][usize::from(empty)];
    if slot.1 == 0 {
        slot.0 = number;
    }
    slot.1 += 1;
}
