//! The cells of a meter as rows, and what is strange about them.

use super::interval::Place;
use super::quarters::Span;
use crate::exact::NotExact;
use crate::normal::{push_row, push_text, Energies, Quality, Quarter, WattHours, COLUMNS};
use crate::ratio::Ratio;
use crate::{Problem, Refused, Said};
use std::cmp::Ordering;

/// A column as it is summed.
type Summed = Vec<(Option<i128>, Quality)>;

/// A column of the normal form.
pub(super) type Cells = Vec<(Option<WattHours>, Quality)>;

/// Wh of 64 bits.
pub(super) fn cells(summed: Summed) -> Result<Cells, NotExact> {
    summed
        .into_iter()
        .map(|(energy, quality)| match energy {
            Some(energy) => Ok((Some(WattHours(u64::try_from(energy).map_err(|_| NotExact::TooLong)?)), quality)),
            None => Ok((None, quality)),
        })
        .collect()
}

/// Refuses a sum of registers that is more power than is plausible, where each alone is not.
pub(super) fn check_sums(summed: &Summed, span: Span, place: &Place) -> Result<(), Refused> {
    let refuse = |error| Refused::new(Problem::TooManyDigits(error)).of_meter(&place.series.meter);
    let limit = place.rules.options.max_power.times_ten_to(3).and_then(Ratio::of).map_err(refuse)?;
    for (at, energy) in summed.iter().enumerate().filter_map(|(at, cell)| Some((at, cell.0?))) {
        // Half a Wh may come from rounding.
        let watts = Ratio::new(energy.saturating_mul(8) - 4, 2);
        if watts.compare(limit).map_err(refuse)? == Ordering::Greater {
            let problem = Problem::TooMuchPower {
                power: format!("{} kW", Ratio::new(energy, 250).text()),
                start: place.time(span.first + at as i64 * super::quarters::QUARTER),
                limit: place.rules.options.max_power.to_string(),
                hint: ", as the sum of several registers".into(),
            };
            let refused = Refused::new(problem).of_meter(&place.series.meter);
            return Err(match place.rules.files {
                [file] => refused.in_file(&file.name),
                _ => refused,
            });
        }
    }
    Ok(())
}

/// The rows of one meter.
pub(crate) struct Assembled {
    /// Its first quarter hour. None: it has no rows.
    pub(crate) first: Option<Quarter>,
    /// How many rows it has.
    pub(crate) rows: u64,
    /// The energy of each column in Wh. None: not measured.
    pub(crate) energy: [Option<u128>; 4],
    /// Rows of each quality, from best to worst.
    pub(crate) quality: [u64; 4],
    /// The lengths of the sources' intervals, in seconds.
    pub(crate) steps: Vec<u32>,
    /// What is to be said.
    pub(crate) said: Vec<Said>,
    /// The rows as text.
    pub(crate) text: Vec<u8>,
}

impl Assembled {
    /// A meter without rows.
    pub(super) fn empty(meter: &str) -> Self {
        let said = vec![Said::dropped(format!("{} has no value and makes no row", crate::refused::shown(meter)))];
        Self { first: None, rows: 0, energy: [None; 4], quality: [0; 4], steps: Vec::new(), said, text: Vec::new() }
    }
}

/// A day of quarter hours: a value that stays for so long is warned of.
const DAY: usize = 96;

/// What is strange about the columns of a meter, by stated rules.
fn strange(meter: &str, columns: &[Option<Cells>; 4]) -> Vec<Said> {
    let mut said = Vec::new();
    let shown = crate::refused::shown(meter);
    for (name, cells) in COLUMNS.iter().zip(columns) {
        let Some(cells) = cells else {
            continue;
        };
        let (mut longest, mut length, mut before) = (0, 0, None);
        for (energy, quality) in cells {
            let same = energy.is_some_and(|energy| energy.0 > 0) && *energy == before && *quality != Quality::Estimated;
            length = if same { length + 1 } else { 1 };
            longest = longest.max(length);
            before = *energy;
        }
        if longest >= DAY {
            said.push(Said::warned(format!("{shown}: {name} keeps one value for {longest} quarter hours in a row")));
        }
    }
    for (one, other) in [(0, 1), (2, 3)] {
        if let (Some(first), Some(second)) = (&columns[one], &columns[other]) {
            let equal = first.iter().zip(second).all(|(a, b)| a.0 == b.0);
            let some = first.iter().any(|(energy, _)| energy.is_some_and(|energy| energy.0 > 0));
            if equal && some && first.len() >= 4 {
                let (one, other) = (COLUMNS[one], COLUMNS[other]);
                said.push(Said::warned(format!("{shown}: {one} and {other} are equal in every quarter hour")));
            }
        }
    }
    said
}

/// The rows of a meter from its columns.
pub(super) fn rows(meter: &str, span: Span, columns: [Option<Cells>; 4], mut said: Vec<Said>) -> Assembled {
    said.extend(strange(meter, &columns));
    let mut name = Vec::new();
    push_text(&mut name, meter);
    let mut text = Vec::with_capacity(span.count * (name.len() + 75));
    let mut energy = columns.each_ref().map(|cells| cells.as_ref().map(|_| 0u128));
    let mut counts = [0u64; 4];
    let first = Quarter::starting_at(span.first).filter(|_| span.count > 0);
    let mut quarter = first;
    for at in 0..span.count {
        let Some(now) = quarter else {
            break;
        };
        let mut quality = Quality::Measured;
        let mut values = [None; 4];
        for ((value, sum), cells) in values.iter_mut().zip(&mut energy).zip(&columns) {
            if let Some((energy, its)) = cells.as_ref().and_then(|cells| cells.get(at)) {
                *value = *energy;
                quality = quality.max(*its);
                if let (Some(sum), Some(energy)) = (sum.as_mut(), energy) {
                    *sum += u128::from(energy.0);
                }
            }
        }
        push_row(&mut text, &name, now, &Energies::from_columns(values), quality);
        counts[quality as usize] += 1;
        quarter = Some(now.next());
    }
    Assembled { first, rows: span.count as u64, energy, quality: counts, steps: Vec::new(), said, text }
}
