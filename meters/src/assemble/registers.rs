//! From readings of a register to energies: differences, wrap-around, a changed meter (R9).

use super::interval::{minutes, Interval, Place, Timed};
use super::plausible::{negative, Checked};
use super::steps::{declared_by, usual_step, wrong_step, LONGEST};
use crate::options::{Gaps, Unit};
use crate::ratio::Ratio;
use crate::source::{Column, Kind, Stamps, Step, Target};
use crate::{Exact, Problem, Refused};
use std::collections::BTreeMap;

/// Where a series' readings were taken: with stamps of the start of a fixed step, at its end.
fn at_reading(mut timed: Vec<Timed>, place: &Place) -> Vec<Timed> {
    if let (Stamps::Start, Step::Fixed(step)) = (place.series.stamps, place.series.step) {
        for reading in &mut timed {
            reading.at += i64::from(step.get());
        }
    }
    timed
}

/// The step of the readings: what is declared, or the usual distance of two readings of one
/// device.
fn step_of(devices: &BTreeMap<u32, Vec<Timed>>, place: &Place) -> Result<u32, Refused> {
    let declared = match (place.rules.options.step, place.series.step) {
        (Some(step), _) | (None, Step::Fixed(step)) => Some(step.get()),
        _ => None,
    };
    let distances =
        || devices.values().flat_map(|readings| readings.windows(2).map(|pair| (pair[1], pair[1].at - pair[0].at)));
    let refuse = |reading: &Timed, problem| place.refuse(problem, reading.packed.file, reading.packed.sample.row);
    if let Some(declared) = declared {
        let fits = distances().any(|(_, distance)| distance == i64::from(declared));
        if let (false, Some((reading, distance))) = (fits, distances().nth(1)) {
            let start = reading.at - distance;
            return Err(refuse(&reading, wrong_step(place, start, distance, declared, declared_by(place))));
        }
        return Ok(declared);
    }
    let second = devices.values().find_map(|readings| readings.get(1));
    match (usual_distance(devices), second) {
        (Some(step), Some(reading)) if step > LONGEST => {
            let start = place.time(reading.at - i64::from(step));
            Err(refuse(reading, Problem::TooLong { start, minutes: minutes(i64::from(step)) }))
        }
        (Some(step), _) => Ok(step),
        (None, _) => {
            let reading = devices.values().flatten().next().copied();
            let problem = Problem::NoStep("a single reading".into());
            Err(reading.map_or_else(|| problem.clone().into(), |reading| refuse(&reading, problem.clone())))
        }
    }
}

/// The usual distance of two readings of one device. Where a meter was changed, the old one's last
/// distance and the new one's first are no guide, unless there are no others.
fn usual_distance(devices: &BTreeMap<u32, Vec<Timed>>) -> Option<u32> {
    let mut in_time: Vec<&[Timed]> = devices.values().map(Vec::as_slice).collect();
    in_time.sort_by_key(|readings| readings.first().map(|reading| reading.at));
    let last = in_time.len().saturating_sub(1);
    let distances = |whole: bool| {
        let mut sum = 0;
        let mut stamps = vec![sum];
        for (nth, readings) in in_time.iter().enumerate() {
            let from = usize::from(!whole && nth > 0);
            let to = readings.len() - usize::from(!whole && nth < last).min(readings.len());
            for pair in readings.get(from..to).unwrap_or(&[]).windows(2) {
                sum += pair[1].at - pair[0].at;
                stamps.push(sum);
            }
        }
        stamps
    };
    usual_step(distances(false).into_iter()).or_else(|| usual_step(distances(true).into_iter()))
}

/// The energies between readings, in order.
pub(super) fn intervals(timed: Vec<Timed>, place: &Place, checked: &mut Checked) -> Result<Vec<Interval>, Refused> {
    let mut devices: BTreeMap<u32, Vec<Timed>> = BTreeMap::new();
    for reading in at_reading(timed, place) {
        devices.entry(reading.packed.sample.device).or_default().push(reading);
    }
    let step = step_of(&devices, place)?;
    let mut intervals = Vec::new();
    for readings in devices.values() {
        of_device(readings, step, place, checked, &mut intervals)?;
    }
    intervals.sort_by_key(|interval| interval.start);
    let mut joined: Vec<Interval> = Vec::with_capacity(intervals.len());
    for next in intervals {
        if let Some(last) = joined.last().copied() {
            if next.start < last.end() {
                return Err(super::steps::overlap(&last, &next, place));
            }
            joined.extend(hole(&last, &next, step, place)?);
        }
        joined.push(next);
    }
    Ok(joined)
}

/// The time between the last reading of one device and the first of another. Within one quarter
/// hour its energy is what both counted. Beyond it nothing tells the energy.
fn hole(last: &Interval, next: &Interval, step: u32, place: &Place) -> Result<Option<Interval>, Refused> {
    let quarter_ends = last.end().div_euclid(900) * 900 + 900;
    if next.start <= quarter_ends {
        return Ok(None);
    }
    absent(last.end(), next.start, step, next, place)?;
    let seconds = u32::try_from(next.start - last.end()).unwrap_or(u32::MAX);
    Ok(Some(Interval {
        start: last.end(),
        seconds,
        value: None,
        estimated: false,
        spread: false,
        piece: false,
        ..*next
    }))
}

/// Refuses absent readings, unless `--gaps interpolate` deals with them.
fn absent(from: i64, to: i64, step: u32, next: &Interval, place: &Place) -> Result<(), Refused> {
    // A reading that names the start of its interval would have stood there.
    let starts = place.series.stamps == Stamps::Start && matches!(place.series.step, Step::Fixed(_));
    let first_missing = from + if starts { 0 } else { i64::from(step) };
    let problem = match place.rules.options.gaps {
        Gaps::Interpolate => return Ok(()),
        Gaps::Refuse => super::fill::gap(from, to, step, first_missing, place),
        rule @ (Gaps::Zero | Gaps::Hold) => Problem::RegisterGap { from: place.time(first_missing), rule: rule.name() },
    };
    Err(place.refuse_at(problem, next))
}

/// The energies between readings of one device.
fn of_device(
    readings: &[Timed],
    step: u32,
    place: &Place,
    checked: &mut Checked,
    out: &mut Vec<Interval>,
) -> Result<(), Refused> {
    let between = |from: &Timed, to: &Timed, value, spread| Interval {
        start: from.at,
        seconds: u32::try_from(to.at - from.at).unwrap_or(u32::MAX),
        file: to.packed.file,
        row: to.packed.sample.row,
        value,
        estimated: spread || to.packed.sample.mark == crate::source::Mark::Estimated,
        spread,
        piece: to.at - from.at < i64::from(step),
    };
    let mut before: Option<usize> = None;
    for (at, reading) in readings.iter().enumerate() {
        let Some(value) = reading.packed.sample.value else {
            continue;
        };
        let Some(last) = before.replace(at) else {
            // Readings without a value before the first one: nothing tells their energy, so it stays
            // missing by every rule.
            if at > 0 {
                out.push(between(&readings[0], reading, None, false));
            }
            continue;
        };
        let from = &readings[last];
        let empty = between(from, reading, None, false);
        let energy = difference(from, reading, value, &empty, place, checked)?;
        let apart = reading.at - from.at;
        if apart <= i64::from(step) {
            out.push(Interval { value: Some(energy), ..empty });
            continue;
        }
        let chain = &readings[last..=at];
        let gap = chain.windows(2).find(|pair| pair[1].at - pair[0].at > i64::from(step));
        if let Some(gap) = gap {
            absent(gap[0].at, gap[1].at, step, &between(&gap[0], &gap[1], None, false), place)?;
        } else {
            unknown(&empty, step, place)?;
        }
        let spread = place.rules.options.gaps == Gaps::Interpolate;
        out.push(between(from, reading, spread.then_some(energy), spread));
    }
    if let (Some(last), Some(end)) = (before, readings.last()) {
        if last + 1 < readings.len() {
            out.push(between(&readings[last], end, None, false));
        }
    }
    Ok(())
}

/// Readings that are there and say that they have no value: they stay empty, or are filled by the
/// one rule that can.
fn unknown(interval: &Interval, step: u32, place: &Place) -> Result<(), Refused> {
    match place.rules.options.gaps {
        Gaps::Refuse | Gaps::Interpolate => Ok(()),
        Gaps::Zero | Gaps::Hold => absent(interval.start, interval.end(), step, interval, place),
    }
}

/// A reading for messages, in the register's own unit: `101.402 kWh`.
fn shown(reading: Exact, unit: Unit) -> String {
    match reading.times_ten_to(-unit.power_of_ten()) {
        Ok(reading) => format!("{reading} {unit}"),
        Err(_) => format!("{reading} Wh"),
    }
}

/// The energy between two readings, in Wh.
fn difference(
    from: &Timed,
    to: &Timed,
    value: Exact,
    interval: &Interval,
    place: &Place,
    checked: &mut Checked,
) -> Result<Ratio, Refused> {
    let too_long = place.too_long(interval);
    let Kind::Register { may_be_negative, unit } = place.series.kind else {
        return Ok(Ratio::ZERO);
    };
    let before = from.packed.sample.value.unwrap_or(Exact::ZERO);
    if value.is_negative() && !may_be_negative {
        return Err(place.refuse_at(negative(shown(value, unit), place.series.target), interval));
    }
    let risen = value.minus(before).map_err(&too_long)?;
    let mut energy = Ratio::of(risen).map_err(&too_long)?;
    let fits = |energy: Ratio| checked.fits(energy, interval.seconds).map_err(&too_long);
    if !risen.is_negative() {
        if fits(energy)? {
            return Ok(energy);
        }
        return Err(place.refuse_at(checked.too_much(energy, interval, place)?, interval));
    }
    if may_be_negative && place.series.target == Target::Column(Column::Generation) {
        let allowed = Ratio::new(50, 1).times(u64::from(interval.seconds), 3600).map_err(&too_long)?;
        if !energy.plus(allowed).map_err(&too_long)?.is_negative() {
            checked.at_night += 1;
            return Ok(Ratio::ZERO);
        }
    }
    let mut help = "--register-digits N reads a fall as the wrap-around of a register with N digits".to_owned();
    if let Some(digits) = place.rules.options.register_digits {
        let whole = i32::try_from(digits).ok().and_then(|digits| digits.checked_add(unit.power_of_ten()));
        let whole = Exact::whole(1).times_ten_to(whole.unwrap_or(i32::MAX)).map_err(&too_long)?;
        energy = energy.plus(Ratio::of(whole).map_err(&too_long)?).map_err(&too_long)?;
        if !energy.is_negative() && fits(energy)? {
            return Ok(energy);
        }
        let problem = checked.too_much(energy, interval, place)?;
        help = match problem {
            Problem::TooMuchPower { power, limit, .. } => format!(
                "as a wrap-around by --register-digits {digits} this would be {power}, and --max-power is {limit} kW"
            ),
            _ => help,
        };
    }
    let problem = Problem::RegisterFalls {
        from: shown(before, unit),
        to: shown(value, unit),
        before: from.packed.sample.row,
        row: to.packed.sample.row,
        help,
    };
    Err(place.refuse_at(problem, interval))
}

/// Refuses readings that are absent at the ends of the meter's period, where another register of
/// it has some. No rule can fill them: nothing tells the energy.
pub(super) fn check_ends(intervals: &[Interval], period: (i64, i64), place: &Place) -> Result<(), Refused> {
    let (Some(first), Some(last)) = (intervals.first(), intervals.last()) else {
        return Ok(());
    };
    if first.start > period.0 {
        absent(period.0, first.start, first.seconds, first, place)?;
    }
    if last.end() < period.1 {
        absent(last.end(), period.1, last.seconds, last, place)?;
    }
    Ok(())
}
