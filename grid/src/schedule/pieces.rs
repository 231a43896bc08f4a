//! Convex functions of one number that consist of straight pieces.

/// A convex function on an interval: pieces of rising slope. An interval of length zero is a point.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Pieces {
    /// Where it begins, and its value there.
    start: f64,
    value: f64,
    /// Length and slope of each piece; slopes never fall.
    pieces: Vec<(f64, f64)>,
}

/// Energy in Wh below which two places are the same.
const SAME: f64 = 1e-7;

impl Pieces {
    /// A function that begins at `start` with `value`. Pieces of any order are sorted by their slope;
    /// those of equal slope keep their order.
    pub(super) fn new(start: f64, value: f64, mut pieces: Vec<(f64, f64)>) -> Pieces {
        pieces.retain(|(length, _)| *length > 0.0);
        pieces.sort_by(|one, other| one.1.total_cmp(&other.1));
        Pieces { start, value, pieces }
    }

    /// Where it ends.
    pub(super) fn end(&self) -> f64 {
        self.pieces.iter().fold(self.start, |at, (length, _)| at + length)
    }

    /// Its pieces within `from..=to`, as where each begins, where it ends, and its slope.
    pub(super) fn within(&self, from: f64, to: f64) -> impl Iterator<Item = (f64, f64, f64)> + '_ {
        let mut at = self.start;
        self.pieces.iter().filter_map(move |(length, slope)| {
            let (begin, end) = (at.max(from), (at + length).min(to));
            at += length;
            (begin < end).then_some((begin, end, *slope))
        })
    }

    /// Its value at a place of its interval.
    pub(super) fn at(&self, place: f64) -> f64 {
        self.within(self.start, place).fold(self.value, |value, (begin, end, slope)| value + slope * (end - begin))
    }

    /// The slopes to the left and to the right of a place. None: the interval ends there.
    pub(super) fn slopes(&self, place: f64) -> (Option<f64>, Option<f64>) {
        let mut at = self.start;
        let (mut left, mut right) = (None, None);
        for (length, slope) in &self.pieces {
            let end = at + length;
            if at < place - SAME {
                left = Some(*slope);
            }
            if end > place + SAME {
                right = Some(*slope);
                break;
            }
            at = end;
        }
        (left, right)
    }

    /// The function `x -> f(x - by)`.
    pub(super) fn shifted(mut self, by: f64) -> Pieces {
        self.start += by;
        self
    }

    /// The least sum of both functions over all ways to split a number into a place of each: the
    /// pieces of both, sorted by their slope.
    pub(super) fn merged(&self, other: &Pieces) -> Pieces {
        let (mut ours, mut theirs) = (self.pieces.iter().peekable(), other.pieces.iter().peekable());
        let mut pieces = Vec::with_capacity(self.pieces.len() + other.pieces.len());
        loop {
            let next = match (ours.peek(), theirs.peek()) {
                (Some(one), Some(another)) if another.1 < one.1 => theirs.next(),
                (Some(_), _) => ours.next(),
                (None, _) => theirs.next(),
            };
            match next {
                Some(piece) => pieces.push(*piece),
                None => break,
            }
        }
        Pieces { start: self.start + other.start, value: self.value + other.value, pieces }
    }

    /// The function `x -> f(-x)`.
    pub(super) fn mirrored(&self) -> Pieces {
        let end = self.end();
        let pieces = self.pieces.iter().rev().map(|(length, slope)| (*length, -slope)).collect();
        Pieces { start: -end, value: self.at(end), pieces }
    }

    /// The function on `from..=to` only. None: nothing of it lies there.
    pub(super) fn clipped(&self, from: f64, to: f64) -> Option<Pieces> {
        let (start, end) = (self.start.max(from), self.end().min(to));
        if start > end + SAME {
            return None;
        }
        let end = end.max(start);
        let pieces = self.within(start, end).map(|(begin, end, slope)| (end - begin, slope)).collect();
        Some(Pieces { start, value: self.at(start), pieces })
    }

    /// The greatest place at which the sum of both functions is least. None: their intervals do not
    /// meet.
    pub(super) fn greatest_least(&self, other: &Pieces) -> Option<f64> {
        let (start, end) = (self.start.max(other.start), self.end().min(other.end()));
        if start > end + SAME {
            return None;
        }
        let (mut ours, mut theirs) = (self.within(start, end), other.within(start, end));
        let (mut one, mut another) = (ours.next(), theirs.next());
        let mut place = start;
        while let (Some((_, first_end, first)), Some((_, second_end, second))) = (one, another) {
            if first + second > 1e-9 * (first.abs() + second.abs()) {
                break;
            }
            place = first_end.min(second_end);
            if first_end <= place {
                one = ours.next();
            }
            if second_end <= place {
                another = theirs.next();
            }
        }
        Some(place)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// |x| on -2..=3.
    fn absolute() -> Pieces {
        Pieces::new(-2.0, 2.0, vec![(3.0, 1.0), (2.0, -1.0), (0.0, 7.0)])
    }

    #[test]
    fn a_function_has_its_values_and_slopes() {
        let absolute = absolute();
        assert_eq!([-2.0, -1.0, 0.0, 3.0].map(|x| absolute.at(x)), [2.0, 1.0, 0.0, 3.0]);
        assert_eq!(absolute.slopes(0.0), (Some(-1.0), Some(1.0)));
        assert_eq!(absolute.slopes(-2.0), (None, Some(-1.0)));
        assert_eq!(absolute.slopes(3.0), (Some(1.0), None));
        assert_eq!(absolute.slopes(1.5), (Some(1.0), Some(1.0)));
        let mirrored = absolute.mirrored();
        assert_eq!((mirrored.start, mirrored.end(), mirrored.at(-1.0)), (-3.0, 2.0, 1.0));
        assert_eq!(absolute.clone().shifted(1.0).at(1.0), 0.0);
        assert_eq!(absolute.clipped(1.0, 9.0).unwrap().at(2.0), 2.0);
        assert_eq!(absolute.clipped(3.0, 9.0).unwrap().slopes(3.0), (None, None));
        assert_eq!(absolute.clipped(3.5, 9.0), None);
    }

    #[test]
    fn a_merge_splits_a_number_at_least_cost() {
        let steep = Pieces::new(0.0, 0.0, vec![(4.0, 2.0)]);
        let merged = absolute().merged(&steep);
        // 3.5 is 3 of the one and 0.5 of the other.
        assert_eq!((merged.start, merged.end(), merged.at(3.5)), (-2.0, 7.0, 4.0));
    }

    #[test]
    fn the_least_sum_is_at_its_greatest_place() {
        let flat = Pieces::new(-9.0, 0.0, vec![(18.0, 0.0)]);
        assert_eq!(absolute().greatest_least(&flat), Some(0.0));
        let falling = Pieces::new(-9.0, 0.0, vec![(18.0, -1.0)]);
        assert_eq!(absolute().greatest_least(&falling), Some(3.0));
        let elsewhere = Pieces::new(4.0, 0.0, vec![(1.0, 0.0)]);
        assert_eq!(absolute().greatest_least(&elsewhere), None);
    }
}
