//! From samples to rows of the normal form, meter by meter: the rules of `docs/meters.md`.

mod fill;
mod interval;
mod plausible;
mod quarters;
mod registers;
mod resolve;
mod rows;
mod steps;
mod turns;

pub(crate) use interval::Rules;
pub(crate) use rows::Assembled;

use crate::source::{Column, Kind, Target};
use crate::store::Stored;
use crate::{Problem, Refused, Said};
use fill::MOST_FILLED;
use interval::{minutes, Interval, Place, Timed};
use plausible::Checked;
use quarters::{Span, Sums, QUARTER};
use resolve::Dropped;

/// One series in order, before gaps are filled.
struct Ready<'a> {
    place: Place<'a>,
    intervals: Vec<Interval>,
    takes_turns: bool,
}

/// What happened on the way, to be said.
#[derive(Default)]
struct Happened {
    dropped: Dropped,
    at_night: u64,
    filled: u64,
    partial: u64,
}

impl Happened {
    fn said(&self, rules: &Rules) -> Vec<Said> {
        let mut said = Vec::new();
        let mut add = |count: u64, what: Said| {
            if count > 0 {
                said.push(what.times(count));
            }
        };
        add(self.dropped.repeated, Said::dropped("a row repeats another one"));
        add(self.dropped.not_on_clock, Said::dropped("a zero or empty value at a time that the clock does not show"));
        add(
            self.at_night,
            Said::filled("generation below zero by at most 50 W was taken for an inverter at night, as 0"),
        );
        add(self.filled, Said::filled(format!("a value was filled by --gaps {}", rules.options.gaps.name())));
        add(
            self.partial,
            Said::dropped("a quarter hour that the file covers only in part, at a meter's beginning or end"),
        );
        said
    }
}

/// The rows of one meter. None: it has no values.
pub(crate) fn assemble(stored: &Stored, meter: usize, rules: Rules) -> Result<Assembled, Refused> {
    let (name, ids) = &stored.meters[meter];
    let mut happened = Happened::default();
    let mut timed: Vec<(Place, Vec<Timed>, u32)> = Vec::new();
    for id in ids {
        let samples = stored.samples(*id)?;
        // A column without any value is not measured.
        if samples.iter().all(|packed| packed.sample.value.is_none()) {
            continue;
        }
        let local = samples.iter().any(|packed| matches!(packed.sample.when, crate::source::When::Local(_)));
        let decimals = samples.iter().filter_map(|packed| packed.sample.value).map(|value| value.decimals()).max();
        let place = Place { rules, series: stored.series(*id), local };
        let resolved = resolve::resolve(samples, &place, &mut happened.dropped)?;
        let ordered = steps::in_order(resolved, &place, &mut happened.dropped.repeated)?;
        timed.push((place, ordered, decimals.unwrap_or(0)));
    }
    let usual = timed
        .iter()
        .filter(|(place, ..)| !matches!(place.series.kind, Kind::Register { .. }))
        .max_by_key(|(_, rows, _)| rows.len())
        .and_then(|(_, rows, _)| steps::usual_step(rows.iter().map(|row| row.at)));
    let mut ready = Vec::new();
    for (place, rows, decimals) in timed {
        let mut checked = Checked::new(&place, decimals)?;
        let intervals = match place.series.kind {
            Kind::Register { .. } => registers::intervals(rows, &place, &mut checked)?,
            Kind::Energy | Kind::Power => steps::intervals(&rows, &place, usual, &mut checked)?,
        };
        happened.at_night += checked.at_night;
        ready.push(Ready { place, intervals, takes_turns: place.series.habits.takes_turns });
    }
    let ready = in_turns(ready)?;
    let Some(period) = period(&ready) else {
        return Ok(Assembled::empty(name));
    };
    let first = period.0.div_euclid(QUARTER) * QUARTER + if period.0 % QUARTER == 0 { 0 } else { QUARTER };
    let count = (period.1.div_euclid(QUARTER) * QUARTER - first) / QUARTER;
    happened.partial += u64::from(period.0 % QUARTER != 0) + u64::from(period.1 % QUARTER != 0);
    let known: usize = ready.iter().map(|series| series.intervals.len()).sum();
    if count > MOST_FILLED.saturating_add(4 * known as i64) {
        let problem = Problem::GapTooLong {
            from: crate::clock::Utc(period.0).to_string(),
            count,
            minutes: minutes(QUARTER),
            most: MOST_FILLED,
        };
        let first = ready.iter().flat_map(|series| Some((series, series.intervals.first()?)));
        return Err(match first.min_by_key(|(_, interval)| interval.start) {
            Some((series, interval)) => series.place.refuse_at(problem, interval),
            None => Refused::new(problem).of_meter(name),
        });
    }
    let span = Span { first, count: usize::try_from(count).unwrap_or(0) };
    let steps = steps_of(&ready);
    let cells = sums(ready, span, period, &mut happened)?;
    Ok(Assembled { steps, ..rows::rows(name, span, cells, happened.said(&rules)) })
}

/// The lengths of all intervals that the source has, each once.
fn steps_of(ready: &[Ready]) -> Vec<u32> {
    let mut steps = Vec::new();
    for interval in ready.iter().flat_map(|series| &series.intervals) {
        if steps.last() != Some(&interval.seconds)
            && !interval.spread
            && steps.len() < 24
            && !steps.contains(&interval.seconds)
        {
            steps.push(interval.seconds);
        }
    }
    steps
}

/// Joins the series of a column that take turns. Where another series of the column does not, the
/// joined one may lack rows.
fn in_turns(ready: Vec<Ready>) -> Result<Vec<Ready>, Refused> {
    if !ready.iter().any(|series| series.takes_turns) {
        return Ok(ready);
    }
    let (turns, mut rest): (Vec<Ready>, Vec<Ready>) = ready.into_iter().partition(|series| series.takes_turns);
    let mut groups: Vec<(Target, Place, Vec<Vec<Interval>>)> = Vec::new();
    for series in turns {
        let target = series.place.series.target;
        match groups.iter_mut().find(|group| group.0 == target) {
            Some(group) => {
                group.1.local |= series.place.local;
                group.2.push(series.intervals);
            }
            None => groups.push((target, series.place, vec![series.intervals])),
        }
    }
    for (target, place, parts) in groups {
        let takes_turns = rest.iter().any(|series| series.place.series.target == target);
        rest.push(Ready { place, intervals: turns::merge(parts, &place)?, takes_turns });
    }
    Ok(rest)
}

/// From the first to the last second that any series covers.
fn period(ready: &[Ready]) -> Option<(i64, i64)> {
    let first = ready.iter().filter_map(|series| series.intervals.first()).map(|interval| interval.start).min()?;
    let last = ready.iter().filter_map(|series| series.intervals.last()).map(Interval::end).max()?;
    Some((first, last))
}

/// The columns that a series goes into.
fn columns_of(target: Target) -> &'static [Column] {
    match target {
        Target::Column(Column::Import) => &[Column::Import],
        Target::Column(Column::Export) => &[Column::Export],
        Target::Column(Column::Generation) => &[Column::Generation],
        Target::Column(Column::Consumption) => &[Column::Consumption],
        Target::SignedGrid => &[Column::Import, Column::Export],
    }
}

/// The place of a column in the normal form.
const fn place_of(column: Column) -> usize {
    match column {
        Column::Import => 0,
        Column::Export => 1,
        Column::Generation => 2,
        Column::Consumption => 3,
    }
}

/// The cells of each column that the meter has.
fn sums(
    ready: Vec<Ready>,
    span: Span,
    period: (i64, i64),
    happened: &mut Happened,
) -> Result<[Option<rows::Cells>; 4], Refused> {
    let mut sums: [Option<Sums>; 4] = Default::default();
    let mut feeding = [0usize; 4];
    let mut last_place = None;
    for series in ready {
        let place = series.place;
        last_place = Some(place);
        let register = matches!(place.series.kind, Kind::Register { .. });
        let intervals = if register {
            registers::check_ends(&series.intervals, period, &place)?;
            series.intervals
        } else {
            let (intervals, filled) = fill::fill(series.intervals, period, series.takes_turns, &place)?;
            happened.filled += filled;
            intervals
        };
        for column in columns_of(place.series.target) {
            feeding[place_of(*column)] += 1;
            let sum = sums[place_of(*column)].get_or_insert_with(|| Sums::new(span));
            for interval in &intervals {
                let value = match (place.series.target, interval.value, column) {
                    (Target::SignedGrid, Some(value), Column::Import) if value.is_negative() => {
                        Some(crate::ratio::Ratio::ZERO)
                    }
                    (Target::SignedGrid, Some(value), Column::Export) => match value.negated() {
                        Ok(value) if !value.is_negative() => Some(value),
                        Ok(_) => Some(crate::ratio::Ratio::ZERO),
                        Err(error) => return Err(place.too_long(interval)(error)),
                    },
                    (_, value, _) => value,
                };
                sum.add(interval, value, &place)?;
            }
        }
    }
    let mut cells: [Option<rows::Cells>; 4] = Default::default();
    for (column, sum) in sums.into_iter().enumerate() {
        let (Some(sum), Some(place)) = (sum, last_place) else {
            continue;
        };
        let refuse = |error| Refused::new(Problem::TooManyDigits(error)).of_meter(&place.series.meter);
        let finished = sum.finish().map_err(refuse)?;
        if feeding[column] > 1 {
            rows::check_sums(&finished, span, &place)?;
        }
        cells[column] = Some(rows::cells(finished).map_err(refuse)?);
    }
    Ok(cells)
}

#[cfg(test)]
mod tests;
