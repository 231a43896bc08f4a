//! Registers that take turns, as one: day and night, a load that some days lack (R10).

use super::interval::{Interval, Place};
use crate::Refused;

/// The intervals of several series of one meter and column, added where several have a row. One
/// without value makes the sum empty.
pub(super) fn merge(series: Vec<Vec<Interval>>, place: &Place) -> Result<Vec<Interval>, Refused> {
    let mut all: Vec<Interval> = series.into_iter().flatten().collect();
    all.sort_by_key(|interval| interval.start);
    let mut merged: Vec<Interval> = Vec::with_capacity(all.len());
    for next in all {
        let Some(last) = merged.last_mut().filter(|last| next.start < last.end()) else {
            merged.push(next);
            continue;
        };
        if (last.start, last.seconds) != (next.start, next.seconds) {
            return Err(super::steps::overlap(last, &next, place));
        }
        last.estimated |= next.estimated;
        last.value = match (last.value, next.value) {
            (Some(a), Some(b)) => Some(a.plus(b).map_err(place.too_long(&next))?),
            _ => None,
        };
    }
    Ok(merged)
}
