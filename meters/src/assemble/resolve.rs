//! From stamps to UTC: local times, and the hour that a clock shows twice (R6).

use super::interval::{Place, Timed};
use crate::clock::{write_local, Meaning};
use crate::source::{Stamps, Step, When};
use crate::store::Packed;
use crate::{Exact, Problem, Refused};
use std::collections::BTreeMap;

/// What was dropped on the way.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Dropped {
    /// Values at times that no clock shows, zero or empty, in files with a column for them.
    pub(super) not_on_clock: u64,
    /// Rows that are there again.
    pub(super) repeated: u64,
}

/// How often a local time of the hour that comes twice was seen in one file.
struct Seen {
    times: u32,
    row: u64,
    value: Option<Exact>,
}

/// Puts every sample at its time in UTC, in the order of the files.
pub(super) fn resolve(samples: Vec<Packed>, place: &Place, dropped: &mut Dropped) -> Result<Vec<Timed>, Refused> {
    // A column of a whole clock stands for an interval: its start tells whether the clock shows it.
    let shift = match (place.series.habits.whole_clock, place.series.stamps, place.series.step) {
        (true, Stamps::End, Step::Fixed(step)) => i64::from(step.get()),
        _ => 0,
    };
    let mut near = 0;
    let mut seen = BTreeMap::new();
    let mut timed = Vec::with_capacity(samples.len());
    for packed in samples {
        let (file, row) = (packed.file, packed.sample.row);
        let at = match packed.sample.when {
            When::Utc(at) => {
                let Ok(_) = crate::clock::within_reach(at) else {
                    return Err(place.refuse(Problem::TimeOutOfRange, file, row));
                };
                Some(at)
            }
            When::Local(local) => {
                let clock = place.rules.clock.ok_or_else(|| place.refuse(Problem::ZoneNeeded, file, row))?;
                let meaning = clock
                    .meaning(local.saturating_sub(shift), &mut near)
                    .map_err(|error| place.refuse(*error.problem, file, row))?;
                match meaning {
                    Meaning::One(at) => Some(at + shift),
                    Meaning::Two(first, second) => {
                        let at = occurrence(&packed, local, [first, second], &mut seen, place)?;
                        dropped.repeated += u64::from(at.is_none());
                        at.map(|at| at + shift)
                    }
                    Meaning::None => {
                        let empty = packed.sample.value.is_none_or(Exact::is_zero);
                        if !(place.series.habits.whole_clock && empty) {
                            let (local, zone) = (write_local(local), clock.name().to_owned());
                            return Err(place.refuse(Problem::NoSuchLocalTime { local, zone }, file, row));
                        }
                        dropped.not_on_clock += 1;
                        None
                    }
                }
            }
        };
        timed.extend(at.map(|at| Timed { at, packed }));
    }
    Ok(timed)
}

/// Which of the two times a row means: the n-th row of a file with this local time is the n-th
/// occurrence, or the other way round if the file runs newest first. A third row must repeat the
/// second one, and is dropped.
fn occurrence(
    packed: &Packed,
    local: i64,
    times: [i64; 2],
    seen: &mut BTreeMap<(u32, i64, u32), Seen>,
    place: &Place,
) -> Result<Option<i64>, Refused> {
    let sample = &packed.sample;
    let newest_first = place.rules.files.get(packed.file as usize).is_some_and(|file| file.direction.newest_first());
    let [first, second] = if newest_first { [times[1], times[0]] } else { times };
    match seen.get_mut(&(packed.file, local, sample.device)) {
        None => {
            let begun = Seen { times: 1, row: sample.row, value: sample.value };
            seen.insert((packed.file, local, sample.device), begun);
            Ok(Some(first))
        }
        Some(seen) if seen.times == 1 => {
            *seen = Seen { times: 2, row: sample.row, value: sample.value };
            Ok(Some(second))
        }
        Some(seen) if seen.value == sample.value => Ok(None),
        Some(seen) => {
            let zone = place.rules.clock.map_or_else(String::new, |clock| clock.name().to_owned());
            let problem = Problem::TooOften {
                local: write_local(local),
                zone,
                most: "twice",
                first: seen.row,
                second: sample.row,
            };
            Err(place.refuse(problem, packed.file, sample.row))
        }
    }
}
