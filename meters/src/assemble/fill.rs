//! Gaps: refused, or filled by a named rule in the source's own step (R8).

use super::interval::{minutes, Interval, Place};
use super::steps::{declared_by, wrong_step};
use crate::options::Gaps;
use crate::ratio::Ratio;
use crate::source::{Kind, Stamps, Step};
use crate::{Problem, Refused};

/// So many intervals of one series are filled at most: a wrong date must not fill memory.
pub(super) const MOST_FILLED: i64 = 1_000_000;

/// The refusal of rows that are absent in `[from, to)`; the first would have the time `first`.
pub(super) fn gap(from: i64, to: i64, step: u32, first: i64, place: &Place) -> Problem {
    // Between two readings of a register there is one reading less than there are intervals.
    let register = matches!(place.series.kind, Kind::Register { .. });
    let count = (to - from).div_euclid(i64::from(step.max(1))) - i64::from(register);
    let mut also = String::new();
    if first != from {
        also.push_str(&format!(", the first row at {}", place.time(first)));
    }
    if let Some(clock) = place.rules.clock.filter(|clock| place.local && clock.goes_back_within(from, to)) {
        also.push_str(&format!(
            " (daylight saving time ends there: clocks go back in {}, an hour comes twice, and the file has it once)",
            clock.name()
        ));
    }
    Problem::Gap {
        count: u64::try_from(count).unwrap_or(0).max(1),
        minutes: minutes(i64::from(step)),
        from: place.time(from),
        to: place.time(to),
        also,
    }
}

/// Refuses rows whose distances have no common measure but a longer step than the declared one:
/// these are no gaps.
fn check_declared(intervals: &[Interval], place: &Place) -> Result<(), Refused> {
    if !matches!(place.series.step, Step::Fixed(_)) && place.rules.options.step.is_none() {
        return Ok(());
    }
    let Some([first, second, _, ..]) = intervals.first_chunk::<3>().map(|chunk| &chunk[..]) else {
        return Ok(());
    };
    let step = i64::from(first.seconds);
    let measure = intervals.windows(2).fold(0, |measure: i64, pair| {
        let (mut a, mut b) = (measure, pair[1].start - pair[0].start);
        while b != 0 {
            (a, b) = (b, a % b);
        }
        a
    });
    if measure > step {
        let found = second.start - first.start;
        return Err(place.refuse_at(wrong_step(place, first.start, found, first.seconds, declared_by(place)), second));
    }
    Ok(())
}

/// The intervals of a series without gaps in `[period.0, period.1)`, and how many were filled.
/// A series that takes turns with others has none, wherever it has no rows.
pub(super) fn fill(
    intervals: Vec<Interval>,
    period: (i64, i64),
    takes_turns: bool,
    place: &Place,
) -> Result<(Vec<Interval>, u64), Refused> {
    check_declared(&intervals, place)?;
    let rule = place.rules.options.gaps;
    let (Some(first), Some(last)) = (intervals.first().copied(), intervals.last().copied()) else {
        return Ok((intervals, 0));
    };
    let mut whole = Vec::with_capacity(intervals.len());
    let mut absent = Absent { place, rule, filled: 0 };
    if !takes_turns && first.start > period.0 {
        absent.push(period.0, first.start, first.seconds, true, &first, &mut whole)?;
    }
    let mut end = first.start;
    let mut before = first;
    for next in intervals {
        if next.start > end && !takes_turns {
            let step =
                [before.seconds, next.seconds].into_iter().find(|step| (next.start - end) % i64::from(*step) == 0);
            let Some(step) = step else {
                let distance = next.start - before.start;
                let problem = wrong_step(place, before.start, distance, before.seconds, declared_by(place));
                return Err(place.refuse_at(problem, &next));
            };
            absent.push(end, next.start, step, false, &next, &mut whole)?;
        }
        whole.push(next);
        end = next.end();
        before = next;
    }
    if !takes_turns && end < period.1 {
        absent.push(end, period.1, last.seconds, false, &last, &mut whole)?;
    }
    let filled = by_rule(&mut whole, rule, place)?;
    Ok((whole, filled))
}

/// Makes empty intervals for rows that are absent.
struct Absent<'a> {
    place: &'a Place<'a>,
    rule: Gaps,
    filled: i64,
}

impl Absent<'_> {
    /// Covers `[from, to)`, beginning at `to` if `backwards`. What sticks out is cut off later,
    /// with all that lies outside of a meter's whole quarter hours.
    fn push(
        &mut self,
        from: i64,
        to: i64,
        step: u32,
        backwards: bool,
        near: &Interval,
        out: &mut Vec<Interval>,
    ) -> Result<(), Refused> {
        let length = i64::from(step);
        let count = (to - from + length - 1) / length;
        if self.rule == Gaps::Refuse {
            // A row that names the end of its interval would have stood there.
            let ends = self.place.series.stamps == Stamps::End;
            let first = from + if ends { length } else { 0 };
            return Err(self.place.refuse_at(gap(from, to, step, first, self.place), near));
        }
        self.filled = self.filled.saturating_add(count);
        if self.filled > MOST_FILLED {
            let problem =
                Problem::GapTooLong { from: self.place.time(from), count, minutes: minutes(length), most: MOST_FILLED };
            return Err(self.place.refuse_at(problem, near));
        }
        let start = if backwards { to - count * length } else { from };
        out.extend((0..count).map(|at| Interval {
            start: start + at * length,
            seconds: step,
            value: None,
            estimated: false,
            spread: false,
            piece: false,
            ..*near
        }));
        Ok(())
    }
}

/// Gives values to intervals without one.
fn by_rule(intervals: &mut [Interval], rule: Gaps, place: &Place) -> Result<u64, Refused> {
    if rule == Gaps::Refuse {
        return Ok(0);
    }
    let mut filled = 0;
    let mut at = 0;
    while at < intervals.len() {
        if intervals[at].value.is_some() {
            at += 1;
            continue;
        }
        let end = intervals[at..].iter().position(|next| next.value.is_some()).map(|length| at + length);
        let before = at.checked_sub(1).map(|before| intervals[before]);
        let after = end.map(|end| intervals[end]);
        let end = end.unwrap_or(intervals.len());
        let count = (end - at) as u64;
        for (nth, interval) in (1u64..).zip(&mut intervals[at..end]) {
            let value = match (rule, before, after) {
                (Gaps::Zero, _, _) => Some(Ratio::ZERO),
                (Gaps::Hold, Some(before), _) => Some(scaled(&before, interval.seconds, place)?),
                (Gaps::Interpolate, Some(before), Some(after)) => {
                    let too_long = place.too_long(interval);
                    let a = scaled(&before, interval.seconds, place)?;
                    let b = scaled(&after, interval.seconds, place)?;
                    let part = b.minus(a).and_then(|whole| whole.times(nth, count + 1)).map_err(&too_long)?;
                    Some(a.plus(part).map_err(&too_long)?)
                }
                _ => None,
            };
            filled += u64::from(value.is_some());
            interval.estimated |= value.is_some();
            interval.value = value;
        }
        at = end;
    }
    Ok(filled)
}

/// The energy of an interval, brought to another length at the same power.
fn scaled(interval: &Interval, seconds: u32, place: &Place) -> Result<Ratio, Refused> {
    let value = interval.value.unwrap_or(Ratio::ZERO);
    if interval.seconds == seconds {
        return Ok(value);
    }
    value.times(u64::from(seconds), u64::from(interval.seconds.max(1))).map_err(place.too_long(interval))
}
