//! From intervals to quarter hours: sums of finer ones (R3), shares of coarser ones (R4), and the
//! quality of each (R5).

use super::interval::{minutes, Interval, Place};
use crate::exact::NotExact;
use crate::normal::Quality;
use crate::ratio::Ratio;
use crate::{Problem, Refused};

/// A quarter hour in seconds.
pub(crate) const QUARTER: i64 = 900;

/// An interval reaches into the quarter hour.
const HAS: u8 = 1;
/// One of them has no value.
const EMPTY: u8 = 2;
/// One of them is estimated.
const ESTIMATED: u8 = 4;
/// One of them was longer, or lay across.
const SPLIT: u8 = 8;

/// Whole quarter hours of a meter, from its first to its last.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Span {
    /// Start of the first, UTC.
    pub(super) first: i64,
    /// How many.
    pub(super) count: usize,
}

impl Span {
    /// The number of the quarter hour that a time lies in, which may be outside.
    fn number(&self, utc: i64) -> i64 {
        (utc - self.first).div_euclid(QUARTER)
    }

    /// The quarter hours that `[from, to)` reaches into.
    fn touched(&self, from: i64, to: i64) -> std::ops::Range<usize> {
        let count = self.count as i64;
        let first = self.number(from).clamp(0, count);
        let after = (self.number(to - 1) + 1).clamp(first, count);
        first as usize..after as usize
    }
}

/// The energy of intervals that belong to one block, which is rounded as a whole.
#[derive(Clone, Copy, Debug)]
struct Part {
    block: i64,
    length: i64,
    start: i64,
    seconds: i64,
    value: Ratio,
}

/// The block that an interval belongs to: the shortest stretch in which its step and quarter
/// hours meet. None: they do not meet within an hour.
pub(super) fn block_of(start: i64, seconds: i64) -> Option<(i64, i64)> {
    let (mut a, mut b) = (seconds, QUARTER);
    while b != 0 {
        (a, b) = (b, a % b);
    }
    let length = seconds / a * QUARTER;
    if start % a != 0 || length > i64::from(super::steps::LONGEST) {
        return None;
    }
    (0..length)
        .step_by(QUARTER as usize)
        .find(|from| (start - from) % seconds == 0)
        .map(|from| (start - (start - from).rem_euclid(length), length))
}

/// The sums of one column of one meter.
pub(super) struct Sums {
    span: Span,
    fine: Vec<Ratio>,
    whole: Vec<i128>,
    flags: Vec<u8>,
    parts: Vec<Part>,
}

impl Sums {
    pub(super) fn new(span: Span) -> Self {
        let count = span.count;
        Self { span, fine: vec![Ratio::ZERO; count], whole: Vec::new(), flags: vec![0; count], parts: Vec::new() }
    }

    /// Adds an interval with this energy, which is its own or one of its signs.
    pub(super) fn add(&mut self, interval: &Interval, value: Option<Ratio>, place: &Place) -> Result<(), Refused> {
        let touched = self.span.touched(interval.start, interval.end());
        if touched.is_empty() {
            return Ok(());
        }
        let mut flags = HAS | if interval.estimated { ESTIMATED } else { 0 };
        let Some(value) = value else {
            flags |= EMPTY;
            self.flags[touched].iter_mut().for_each(|flag| *flag |= flags);
            return Ok(());
        };
        let (start, seconds) = (interval.start, i64::from(interval.seconds));
        let aligned = start % QUARTER == 0 && seconds % QUARTER == 0;
        let block = match (interval.spread, interval.piece) {
            (true, _) if aligned => Some((start, seconds)),
            (true, _) => None,
            (false, true) if self.span.number(start) == self.span.number(interval.end() - 1) => Some((start, QUARTER)),
            (false, _) => block_of(start, seconds),
        };
        if block.is_some_and(|(_, length)| length == QUARTER) && !interval.spread {
            let quarter = &mut self.fine[touched.start];
            *quarter = quarter.plus(value).map_err(place.too_long(interval))?;
            self.flags[touched.start] |= flags;
            return Ok(());
        }
        flags |= SPLIT;
        self.flags[touched.clone()].iter_mut().for_each(|flag| *flag |= flags);
        match block {
            Some((block, length)) => self.parts.push(Part { block, length, start, seconds, value }),
            None if interval.spread => {
                for quarter in touched {
                    let share = self.share(quarter, start, seconds, value).map_err(place.too_long(interval))?;
                    self.fine[quarter] = self.fine[quarter].plus(share).map_err(place.too_long(interval))?;
                }
            }
            None => {
                let hint = if block_of(0, seconds).is_none() {
                    "such a step meets quarter hours in no hour"
                } else {
                    "the times are not on multiples of the step, or --zone is another one"
                };
                let problem = Problem::Unaligned { start: place.time(start), minutes: minutes(seconds), hint };
                return Err(place.refuse_at(problem, interval));
            }
        }
        Ok(())
    }

    /// The part of an interval's energy that lies in a quarter hour.
    fn share(&self, quarter: usize, start: i64, seconds: i64, value: Ratio) -> Result<Ratio, NotExact> {
        let from = self.span.first + quarter as i64 * QUARTER;
        let overlap = (start + seconds).min(from + QUARTER) - start.max(from);
        value.times(overlap.max(0) as u64, seconds as u64)
    }

    /// Shares out the energy of each block.
    fn share_out(&mut self) -> Result<(), NotExact> {
        let mut parts = std::mem::take(&mut self.parts);
        parts.sort_by_key(|part| (part.block, part.length));
        if !parts.is_empty() {
            self.whole = vec![0; self.span.count];
        }
        for block in parts.chunk_by(|a, b| (a.block, a.length) == (b.block, b.length)) {
            if block.iter().all(|part| (part.start, part.seconds) == (part.block, part.length)) {
                self.evenly(block)?;
            } else {
                self.by_time(block)?;
            }
        }
        Ok(())
    }

    /// Intervals as long as the block: each quarter hour gets the floor of an even share, and the
    /// Wh left over go to the earlier ones.
    fn evenly(&mut self, block: &[Part]) -> Result<(), NotExact> {
        let Some(first) = block.first() else {
            return Ok(());
        };
        let mut total = first.value;
        for part in &block[1..] {
            total = total.plus(part.value)?;
        }
        let total = total.rounded()?;
        let count = i128::from(first.length / QUARTER);
        let (each, left) = (total.div_euclid(count), total.rem_euclid(count));
        let from = self.span.number(first.block);
        for quarter in self.span.touched(first.block, first.block + first.length) {
            let nth = i128::from(quarter as i64 - from);
            self.whole[quarter] += each + i128::from(nth < left);
        }
        Ok(())
    }

    /// Intervals that lie across quarter hours: the block's rounded Wh are shared out by the
    /// energy in each quarter hour, the Wh left over by the largest remainders.
    fn by_time(&mut self, block: &[Part]) -> Result<(), NotExact> {
        let Some(first) = block.first() else {
            return Ok(());
        };
        let mut shares = Vec::new();
        let mut total = Ratio::ZERO;
        for quarter in self.span.touched(first.block, first.block + first.length) {
            if self.flags[quarter] & EMPTY != 0 {
                continue;
            }
            let mut sum = Ratio::ZERO;
            for part in block {
                sum = sum.plus(self.share(quarter, part.start, part.seconds, part.value)?)?;
            }
            total = total.plus(sum)?;
            let floor = sum.floor();
            shares.push((quarter, floor, sum.minus(Ratio::new(floor, 1))?));
        }
        let mut left = total.rounded()? - shares.iter().map(|(_, floor, _)| floor).sum::<i128>();
        // The largest remainder first; the sort keeps the earlier of equal ones in front.
        let mut failed = None;
        shares.sort_by(|a, b| {
            b.2.compare(a.2).unwrap_or_else(|error| {
                failed = Some(error);
                std::cmp::Ordering::Equal
            })
        });
        if let Some(error) = failed {
            return Err(error);
        }
        for (quarter, floor, _) in shares {
            let more = i128::from(left > 0);
            left -= more;
            self.whole[quarter] += floor + more;
        }
        Ok(())
    }

    /// The Wh of each quarter hour, None where it is not known, and its quality.
    pub(super) fn finish(mut self) -> Result<Vec<(Option<i128>, Quality)>, NotExact> {
        self.share_out()?;
        let mut cells = Vec::with_capacity(self.span.count);
        for (quarter, (fine, flags)) in self.fine.iter().zip(&self.flags).enumerate() {
            if flags & HAS == 0 || flags & EMPTY != 0 {
                cells.push((None, Quality::Missing));
                continue;
            }
            let whole = self.whole.get(quarter).copied().unwrap_or(0);
            let quality = match flags {
                _ if flags & ESTIMATED != 0 => Quality::Estimated,
                _ if flags & SPLIT != 0 => Quality::Split,
                _ => Quality::Measured,
            };
            cells.push((Some(whole + fine.rounded()?), quality));
        }
        Ok(cells)
    }
}
