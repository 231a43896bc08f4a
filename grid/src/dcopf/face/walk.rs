//! Walks from corner to corner of a polyhedron in few coordinates: to the least of a sum, or to the
//! point nearest to a target.
//!
//! An interior-point solver answers such questions to within a tolerance, and does not always tell a
//! very long polyhedron from an endless one. A walk along edges ends exactly on the rows that bind,
//! and sees when an edge has no end. There are a handful of coordinates, so its steps are cheap, and
//! one walk starts where the last one ended.

use crate::span::{dot, norm};

/// Rounding: below this a length or a rate is zero. Rows have length 1, and values are near 1.
const ZERO: f64 = 1e-10;
/// What rounding leaves of a sum of numbers near 1.
const NOISE: f64 = 1e-13;
/// Steps after which a walk gives up.
const MOST_STEPS: usize = 5_000;

/// All points at which no row times the point exceeds its value.
#[derive(Clone, Debug, Default)]
pub(super) struct Polyhedron {
    coordinates: usize,
    /// Rows of length 1.
    rows: Vec<Vec<f64>>,
    values: Vec<f64>,
}

/// A point of the polyhedron, and the independent rows that hold it.
#[derive(Clone, Debug)]
pub(super) struct Place {
    pub point: Vec<f64>,
    held: Vec<usize>,
}

/// Where a walk goes.
pub(super) enum Aim<'a> {
    /// To the least of this sum of the coordinates.
    Least(&'a [f64]),
    /// To the least sum of squares of `row times point less target`.
    Nearest(&'a [(Vec<f64>, f64)]),
}

/// Why a walk has no end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Lost {
    /// The sum falls for ever.
    Endless,
    /// Rounding leads the walk in a circle.
    Stuck,
}

/// The rows that hold a place: `row_i = sum over j of lower_ij unit_j`, with orthonormal units.
struct Held {
    units: Vec<Vec<f64>>,
    lower: Vec<Vec<f64>>,
}

impl Polyhedron {
    pub fn new(coordinates: usize) -> Polyhedron {
        Polyhedron { coordinates, ..Polyhedron::default() }
    }

    /// Adds a row that is not zero.
    pub fn at_most(&mut self, mut row: Vec<f64>, value: f64) {
        let length = norm(&row);
        row.iter_mut().for_each(|part| *part /= length);
        self.rows.push(row);
        self.values.push(value / length);
    }

    /// Some point of the polyhedron. None: it is empty, or the walk is lost.
    pub fn some(&self) -> Option<Place> {
        // One coordinate more: by how much the rows are exceeded. It walks down to zero.
        let mut wider = Polyhedron::new(self.coordinates + 1);
        for (row, value) in self.rows.iter().zip(&self.values) {
            wider.at_most(row.iter().copied().chain([-1.0]).collect(), *value);
        }
        let over = [vec![0.0; self.coordinates], vec![1.0]].concat();
        wider.at_most(over.iter().map(|part| -part).collect(), 0.0);
        let most = self.values.iter().fold(0.0, |most: f64, value| most.max(-value));
        let start = over.iter().map(|part| part * most).collect();
        let place = wider.walk(&Place { point: start, held: vec![] }, &Aim::Least(&over)).ok()?;
        let (point, over) = place.point.split_at(self.coordinates);
        (over[0] <= 10.0 * ZERO).then(|| Place { point: point.to_vec(), held: vec![] })
    }

    /// Walks from a place of the polyhedron to where the aim is least.
    pub fn walk(&self, from: &Place, aim: &Aim) -> Result<Place, Lost> {
        let mut place = from.clone();
        for _ in 0..MOST_STEPS {
            let held = self.held(&place.held);
            let (step, full) = aim.step(&place.point, &held);
            if norm(&step) <= ZERO {
                // The first in order, so that no walk returns to a set of rows.
                let left = held.left(&aim.downhill(&place.point));
                match left.into_iter().min_by_key(|at| place.held[*at]) {
                    Some(at) => place.held.remove(at),
                    None => return Ok(place),
                };
                continue;
            }
            let mut blocking: Option<(f64, usize)> = None;
            for (at, (row, value)) in self.rows.iter().zip(&self.values).enumerate() {
                let rate = dot(row, &step);
                if rate <= 10.0 * ZERO * norm(&step) || place.held.contains(&at) {
                    continue;
                }
                let way = (value - dot(row, &place.point)).max(0.0) / rate;
                if blocking.is_none_or(|(least, _)| way < least - ZERO) {
                    blocking = Some((way, at));
                }
            }
            let (way, row) = match (blocking, full) {
                (Some((way, row)), false) => (way, Some(row)),
                (Some((way, row)), true) if way < 1.0 => (way, Some(row)),
                (_, true) => (1.0, None),
                (None, false) => return Err(Lost::Endless),
            };
            place.point.iter_mut().zip(&step).for_each(|(point, step)| *point += way * step);
            place.held.extend(row);
        }
        Err(Lost::Stuck)
    }

    fn held(&self, rows: &[usize]) -> Held {
        let mut held = Held { units: vec![], lower: vec![] };
        for at in rows {
            let (rest, mut parts) = held.split(&self.rows[*at]);
            let length = norm(&rest);
            parts.push(length);
            held.lower.push(parts);
            held.units.push(rest.iter().map(|part| part / length).collect());
        }
        held
    }
}

impl Held {
    /// What is left of a vector beside the held rows, and its parts along their units.
    fn split(&self, vector: &[f64]) -> (Vec<f64>, Vec<f64>) {
        let (mut rest, mut parts) = (vector.to_vec(), vec![0.0; self.units.len()]);
        for _ in 0..2 {
            for (unit, part) in self.units.iter().zip(&mut parts) {
                let along = dot(&rest, unit);
                rest.iter_mut().zip(unit).for_each(|(rest, unit)| *rest -= along * unit);
                *part += along;
            }
        }
        (rest, parts)
    }

    /// How hard each held row is pushed by a force; negative where the force leaves the row.
    fn forces(&self, force: &[f64]) -> Vec<f64> {
        let mut left = self.split(force).1;
        for at in (0..left.len()).rev() {
            left[at] /= self.lower[at][at];
            let push = left[at];
            (0..at).for_each(|before| left[before] -= push * self.lower[at][before]);
        }
        left
    }

    /// The held rows that a force leaves.
    fn left(&self, force: &[f64]) -> Vec<usize> {
        let least = -ZERO * norm(force).max(1.0);
        self.forces(force).iter().enumerate().filter(|(_, push)| **push < least).map(|(at, _)| at).collect()
    }
}

impl Aim<'_> {
    /// The direction in which the aim falls fastest.
    fn downhill(&self, point: &[f64]) -> Vec<f64> {
        match self {
            Aim::Least(sum) => sum.iter().map(|part| -part).collect(),
            Aim::Nearest(rows) => {
                let mut force = vec![0.0; point.len()];
                for (row, target) in *rows {
                    let away = dot(row, point) - target;
                    force.iter_mut().zip(row).for_each(|(force, part)| *force -= away * part);
                }
                force
            }
        }
    }

    /// The step along the held rows, and whether the aim is least at its end rather than farther on.
    fn step(&self, point: &[f64], held: &Held) -> (Vec<f64>, bool) {
        let along = held.split(&self.downhill(point)).0;
        match self {
            Aim::Least(_) => (along, false),
            Aim::Nearest(rows) => (nearest(rows, along, held), true),
        }
    }
}

/// The step to the least of the squares along the held rows, by conjugate gradients: each direction
/// is downhill less what would spoil the directions before it.
fn nearest(rows: &[(Vec<f64>, f64)], downhill: Vec<f64>, held: &Held) -> Vec<f64> {
    let curved = |direction: &[f64]| -> Vec<f64> {
        let mut product = vec![0.0; direction.len()];
        for (row, _) in rows {
            let along = dot(row, direction);
            product.iter_mut().zip(row).for_each(|(product, part)| *product += along * part);
        }
        held.split(&product).0
    };
    let mut step = vec![0.0; downhill.len()];
    let (mut rest, mut direction) = (downhill.clone(), downhill);
    let first = norm(&rest);
    for _ in 0..4 * step.len() {
        let before = dot(&rest, &rest);
        let product = curved(&direction);
        let curvature = dot(&direction, &product);
        // What rounding leaves of a force has no direction, and a direction without curvature no force.
        if before.sqrt() <= NOISE * first.max(1.0) || curvature <= NOISE * dot(&direction, &direction) {
            break;
        }
        let way = before / curvature;
        step.iter_mut().zip(&direction).for_each(|(step, direction)| *step += way * direction);
        rest.iter_mut().zip(&product).for_each(|(rest, product)| *rest -= way * product);
        let onward = dot(&rest, &rest) / before;
        direction.iter_mut().zip(&rest).for_each(|(direction, rest)| *direction = rest + onward * *direction);
    }
    step
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A square with a corner cut off: 0 <= x, y <= 1, x + y <= 1.5.
    fn square() -> Polyhedron {
        let mut square = Polyhedron::new(2);
        for (row, value) in
            [([-1.0, 0.0], 0.0), ([0.0, -2.0], 0.0), ([1.0, 0.0], 1.0), ([0.0, 1.0], 1.0), ([1.0, 1.0], 1.5)]
        {
            square.at_most(row.to_vec(), value);
        }
        square
    }

    fn at(place: Result<Place, Lost>, expected: [f64; 2]) {
        let point = place.unwrap().point;
        let away = (point[0] - expected[0]).abs() + (point[1] - expected[1]).abs();
        assert!(away < 1e-12, "{point:?} instead of {expected:?}");
    }

    #[test]
    fn a_walk_ends_at_the_least_corner_and_at_the_nearest_point() {
        let square = square();
        let start = square.some().unwrap();
        at(square.walk(&start, &Aim::Least(&[-1.0, -0.5])), [1.0, 0.5]);
        let corner = square.walk(&start, &Aim::Least(&[-0.5, -1.0])).unwrap();
        at(square.walk(&corner, &Aim::Least(&[1.0, 1.0])), [0.0, 0.0]);
        let rows = |x: f64, y: f64| [(vec![1.0, 0.0], x), (vec![0.0, 1.0], y)];
        at(square.walk(&corner, &Aim::Nearest(&rows(0.25, 0.5))), [0.25, 0.5]);
        at(square.walk(&corner, &Aim::Nearest(&rows(1.0, 1.0))), [0.75, 0.75]);
        at(square.walk(&corner, &Aim::Nearest(&rows(0.25, -3.0))), [0.25, 0.0]);
        // Where no row asks for y, it stays within the square.
        let place = square.walk(&corner, &Aim::Nearest(&[(vec![1.0, 0.0], 0.75)])).unwrap();
        assert!((place.point[0] - 0.75).abs() < 1e-12);
    }

    #[test]
    fn the_empty_and_the_endless_are_told() {
        let mut square = square();
        square.at_most(vec![-1.0, -1.0], -2.0);
        assert!(square.some().is_none());
        let mut strip = Polyhedron::new(2);
        strip.at_most(vec![1.0, 0.0], 1.0);
        strip.at_most(vec![-1.0, 0.0], -1.0);
        let start = strip.some().unwrap();
        assert_eq!(strip.walk(&start, &Aim::Least(&[0.0, 1.0])).unwrap_err(), Lost::Endless);
        assert!((strip.walk(&start, &Aim::Least(&[1.0, 0.0])).unwrap().point[0] - 1.0).abs() < 1e-12);
    }
}
