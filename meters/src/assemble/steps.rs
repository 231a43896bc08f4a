//! From stamps to intervals: which rows repeat others, and how long an interval is (R7).

use super::interval::{minutes, Interval, Place, Timed};
use super::plausible::{value_text, Checked};
use crate::source::{Kind, Mark, Stamps, Step};
use crate::{Problem, Refused};
use std::collections::BTreeMap;

/// The longest interval that can be brought to quarter hours.
pub(super) const LONGEST: u32 = 3600;

/// An hour in seconds, by which clocks go back.
const HOUR: u32 = 3600;

/// The most frequent distance of neighbours, the shorter one if two are equally frequent. This is
/// the step where nothing declares one.
pub(super) fn usual_step(stamps: impl Iterator<Item = i64>) -> Option<u32> {
    let mut counts = BTreeMap::new();
    let mut before = None;
    for at in stamps {
        if let Some(step) = before.map(|before| at - before).filter(|step| *step > 0) {
            *counts.entry(step).or_insert(0u64) += 1;
        }
        before = Some(at);
    }
    let most = counts.values().max().copied()?;
    let step = counts.into_iter().find(|(_, count)| *count == most).map(|(step, _)| step)?;
    Some(u32::try_from(step).unwrap_or(u32::MAX))
}

/// Puts rows into the order of time, and drops those that repeat another one.
pub(super) fn in_order(mut timed: Vec<Timed>, place: &Place, repeated: &mut u64) -> Result<Vec<Timed>, Refused> {
    let register = matches!(place.series.kind, Kind::Register { .. });
    let key = |timed: &Timed| (timed.at, if register { timed.packed.sample.device } else { 0 });
    if !timed.is_sorted_by_key(key) {
        timed.sort_by_key(key);
    }
    let mut kept: Vec<Timed> = Vec::with_capacity(timed.len());
    for next in timed {
        let Some(last) = kept.last_mut().filter(|last| key(last) == key(&next)) else {
            kept.push(next);
            continue;
        };
        let (first, second) = (&last.packed.sample, &next.packed.sample);
        let rows = [(last.packed.file, first.row), (next.packed.file, second.row)];
        if first.seconds != second.seconds && place.series.step == Step::Each {
            let start = place.time(next.at);
            let problem = Problem::Overlap { first: start.clone(), second: start, rows: place.rows(rows[0], rows[1]) };
            return Err(place.refuse(problem, rows[1].0, rows[1].1));
        }
        if first.value != second.value {
            let text = |value: Option<crate::Exact>| match value {
                Some(value) => value_text(value, place.series.kind),
                None => "no value".to_owned(),
            };
            let problem = Problem::DifferingDuplicate {
                start: place.time(next.at),
                rows: place.rows(rows[0], rows[1]),
                first: text(first.value),
                second: text(second.value),
            };
            return Err(place.refuse(problem, rows[1].0, rows[1].1));
        }
        if second.mark == Mark::Estimated {
            last.packed.sample.mark = Mark::Estimated;
        }
        *repeated += 1;
    }
    Ok(kept)
}

/// The length of each row's interval, in seconds.
fn lengths(timed: &[Timed], place: &Place, usual: Option<u32>) -> Result<Vec<u32>, Refused> {
    let declared = place.rules.options.step.map(std::num::NonZeroU32::get);
    let all = |seconds| Ok(vec![seconds; timed.len()]);
    match (place.series.step, declared) {
        (Step::Each, declared) => timed
            .iter()
            .map(|row| {
                let (file, line) = (row.packed.file, row.packed.sample.row);
                let Some(seconds) = row.packed.sample.seconds.map(std::num::NonZeroU32::get) else {
                    return Err(place.refuse(Problem::NoStep("a row without a length".into()), file, line));
                };
                if let Some(declared) = declared.filter(|declared| *declared != seconds) {
                    let start = row.at - if place.series.stamps == Stamps::End { i64::from(seconds) } else { 0 };
                    let problem = wrong_step(place, start, i64::from(seconds), declared, "--step says");
                    return Err(place.refuse(problem, file, line));
                }
                Ok(seconds)
            })
            .collect(),
        (_, Some(declared)) => all(declared),
        (Step::Fixed(step), None) => all(step.get()),
        (Step::Changing { first }, None) => changing(timed, place, first.map(std::num::NonZeroU32::get)),
        (Step::Detect, None) => match usual_step(timed.iter().map(|row| row.at)).or(usual) {
            Some(step) => all(without_repeated_hour(step, timed, place)),
            None => {
                let (file, row) = timed.first().map_or((0, 1), |row| (row.packed.file, row.packed.sample.row));
                Err(place.refuse(Problem::NoStep("a single row".into()), file, row))
            }
        },
    }
}

/// The step of two rows around the hour that a clock shows twice, where the file has it once: they
/// lie an hour further apart than their clock says.
fn without_repeated_hour(step: u32, timed: &[Timed], place: &Place) -> u32 {
    let (Some(clock), [first, second]) = (place.rules.clock.filter(|_| place.local), timed) else { return step };
    match step.checked_sub(HOUR) {
        Some(shorter) if (1..=LONGEST).contains(&shorter) && clock.goes_back_within(first.at, second.at) => shorter,
        _ => step,
    }
}

/// Lengths where the step may change: two equal distances in a row begin a new step, a single
/// longer one is a gap.
fn changing(timed: &[Timed], place: &Place, declared: Option<u32>) -> Result<Vec<u32>, Refused> {
    let distances: Vec<i64> = timed.windows(2).map(|pair| pair[1].at - pair[0].at).collect();
    let refuse = |at: usize, problem| place.refuse(problem, timed[at].packed.file, timed[at].packed.sample.row);
    let first = match (declared, &distances[..]) {
        (Some(declared), [one, two, ..]) if one == two && *one != i64::from(declared) => {
            let problem = wrong_step(place, timed[1].at, *one, declared, "the file's head says");
            return Err(refuse(1, problem));
        }
        (Some(declared), _) => i64::from(declared),
        (None, []) => return Err(refuse(0, Problem::NoStep("a single row".into()))),
        (None, [one]) => *one,
        (None, [one, two, ..]) => *one.min(two),
    };
    let mut step = first;
    let mut steps = Vec::with_capacity(timed.len());
    for (at, distance) in distances.iter().enumerate() {
        if *distance != step {
            if distances.get(at + 1) == Some(distance) {
                step = *distance;
            } else if *distance < step || distance % step != 0 {
                let by = if declared.is_some() { "the file says" } else { "the rows before say" };
                return Err(refuse(at + 1, wrong_step(place, timed[at + 1].at, *distance, step as u32, by)));
            }
        }
        steps.push(u32::try_from(step).unwrap_or(u32::MAX));
    }
    // A distance belongs to the row at its end, or to the row at its start.
    match place.series.stamps {
        Stamps::End => steps.insert(0, u32::try_from(first).unwrap_or(u32::MAX)),
        Stamps::Start => steps.push(u32::try_from(step).unwrap_or(u32::MAX)),
    }
    Ok(steps)
}

/// The refusal of a step that is not the declared one.
pub(super) fn wrong_step(place: &Place, start: i64, found: i64, declared: u32, by: &str) -> Problem {
    Problem::WrongStep {
        found: minutes(found),
        start: place.time(start),
        declared: minutes(i64::from(declared)),
        by: by.to_owned(),
    }
}

/// Who says how long a series' intervals are.
pub(super) fn declared_by(place: &Place) -> &'static str {
    match (place.rules.options.step, place.series.step) {
        (Some(_), _) => "--step says",
        (None, Step::Fixed(_)) => "the format says",
        _ => "the other rows say",
    }
}

/// Intervals of rows in order. Energies are checked and exact.
pub(super) fn intervals(
    timed: &[Timed],
    place: &Place,
    usual: Option<u32>,
    checked: &mut Checked,
) -> Result<Vec<Interval>, Refused> {
    let lengths = lengths(timed, place, usual)?;
    let mut intervals: Vec<Interval> = Vec::with_capacity(timed.len());
    for (row, seconds) in timed.iter().zip(lengths) {
        let sample = &row.packed.sample;
        let end_stamp = place.series.stamps == Stamps::End;
        let mut interval = Interval {
            start: if end_stamp { row.at - i64::from(seconds) } else { row.at },
            seconds,
            file: row.packed.file,
            row: sample.row,
            value: None,
            estimated: sample.mark == Mark::Estimated,
            spread: false,
            piece: false,
        };
        if seconds > LONGEST {
            let start = place.time(interval.start);
            let problem = Problem::TooLong { start, minutes: minutes(i64::from(seconds)) };
            return Err(place.refuse_at(problem, &interval));
        }
        if let Some(last) = intervals.last().filter(|last| interval.start < last.end()) {
            return Err(overlap(last, &interval, place));
        }
        if let Some(value) = sample.value {
            interval.value = Some(checked.energy(value, &interval, place)?);
        }
        intervals.push(interval);
    }
    Ok(intervals)
}

/// The refusal of two intervals that overlap. Where all rows should have one step, the distance
/// is a wrong step.
pub(super) fn overlap(first: &Interval, second: &Interval, place: &Place) -> Refused {
    let distance = second.start - first.start;
    let register = matches!(place.series.kind, Kind::Register { .. });
    let problem = match place.series.step {
        Step::Fixed(_) | Step::Detect if first.seconds == second.seconds && !register => {
            let rows = place.rows((first.file, first.row), (second.file, second.row));
            let by = format!("{}, so that the intervals of {rows} overlap", declared_by(place));
            wrong_step(place, second.start, distance, first.seconds, &by)
        }
        _ => Problem::Overlap {
            first: place.time(first.start),
            second: place.time(second.start),
            rows: place.rows((first.file, first.row), (second.file, second.row)),
        },
    };
    place.refuse_at(problem, second)
}
