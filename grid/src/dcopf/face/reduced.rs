//! The optimal face in the few coordinates that the plans leave open.

use super::walk::{Aim, Lost, Place, Polyhedron};
use super::Face;
use crate::span::{dot, norm, Span};
use std::collections::BTreeMap;

/// How far equal prices may differ by rounding, relative to the greatest price.
const ROUNDING: f64 = 1e-9;
/// Below this a direction does not change a price. Directions have length 1.
const STILL: f64 = 1e-9;

/// The least and the greatest price of a bus; None where there is none.
type Ends = (Option<f64>, Option<f64>);

/// The face around a point: coordinates are `origin + sum of z times directions`.
pub(super) struct Reduced<'a> {
    face: &'a Face,
    /// Satisfies all equations.
    origin: Vec<f64>,
    directions: Vec<Vec<f64>>,
    /// Buses whose prices move alike, by how they move; the key is rounded.
    groups: BTreeMap<Vec<i64>, Group>,
    /// Group of each bus.
    group: Vec<Vec<i64>>,
    /// Price of each bus at the origin.
    start: Vec<f64>,
    /// Greatest price, for scale.
    scale: f64,
}

/// Buses whose prices move alike.
struct Group {
    /// Change of the price for each direction.
    row: Vec<f64>,
    /// Bounds of the change.
    low: f64,
    high: f64,
    buses: Vec<usize>,
}

impl<'a> Reduced<'a> {
    /// None: the face is empty.
    pub fn of(face: &'a Face) -> Option<Reduced<'a>> {
        let variables = 1 + face.lines.len();
        let ends = face.buses.iter().flat_map(|bus| [bus.low, bus.high]).filter(|end| end.is_finite());
        let scale = ends.fold(1.0, |scale: f64, end| scale.max(end.abs()));
        let mut span = Span::default();
        for bus in face.buses.iter().filter(|bus| bus.low == bus.high) {
            if span.add(&bus.row, bus.low).is_some_and(|missed| missed.abs() > scale * ROUNDING) {
                return None;
            }
        }
        let (origin, directions) = (span.point(variables), span.free(variables));
        let start: Vec<f64> = face.buses.iter().map(|bus| dot(&bus.row, &origin)).collect();
        let (mut groups, mut group) = (BTreeMap::<Vec<i64>, Group>::new(), Vec::new());
        for (at, bus) in face.buses.iter().enumerate() {
            let row: Vec<f64> = directions.iter().map(|direction| dot(&bus.row, direction)).collect();
            let key: Vec<i64> = row.iter().map(|part| (part / STILL).round() as i64).collect();
            group.push(key.clone());
            let entry = Group { row, low: f64::NEG_INFINITY, high: f64::INFINITY, buses: vec![] };
            let entry = groups.entry(key).or_insert(entry);
            entry.low = entry.low.max(bus.low - start[at]);
            entry.high = entry.high.min(bus.high - start[at]);
            entry.buses.push(at);
        }
        let reduced = Reduced { face, origin, directions, groups, group, start, scale };
        reduced.fixed_hold().then_some(reduced)
    }

    /// Whether what no direction changes is within its bounds.
    fn fixed_hold(&self) -> bool {
        let within = self.scale * ROUNDING;
        self.groups.values().all(|group| {
            let still = norm(&group.row) <= STILL;
            group.low <= group.high + within && (!still || (group.low <= within && group.high >= -within))
        }) && self.line_rows().all(|(row, worth)| norm(&row) > STILL || worth >= -within)
    }

    /// For each line whose worth has a sign: how the worth changes by direction, and what it is at the
    /// origin. Neither may be negative together.
    fn line_rows(&self) -> impl Iterator<Item = (Vec<f64>, f64)> + '_ {
        self.face.lines.iter().zip(1..).filter(|((_, sign), _)| *sign != 0.0).map(|((_, sign), at)| {
            let row = self.directions.iter().map(|direction| sign * direction[at]).collect();
            (row, sign * self.origin[at])
        })
    }

    /// The face as a polyhedron over the directions, in units of the greatest price.
    fn polyhedron(&self) -> Polyhedron {
        let mut polyhedron = Polyhedron::new(self.directions.len());
        let mut at_most = |row: Vec<f64>, value: f64| {
            if value.is_finite() && norm(&row) > STILL {
                polyhedron.at_most(row, value / self.scale);
            }
        };
        let negative = |row: &[f64]| row.iter().map(|part| -part).collect::<Vec<f64>>();
        for group in self.groups.values() {
            at_most(group.row.clone(), group.high);
            at_most(negative(&group.row), -group.low);
        }
        self.line_rows().for_each(|(row, worth)| at_most(negative(&row), worth));
        polyhedron
    }

    /// The ends of each bus's prices, and the coordinates of the point whose prices are nearest to
    /// the middles of the ends. A bus with one end has its middle there; one without ends does not
    /// count. None: the face is empty, or a walk is lost.
    pub fn prices(&self) -> Option<(Vec<Ends>, Vec<f64>)> {
        let polyhedron = self.polyhedron();
        let mut place = polyhedron.some()?;
        let mut ends = BTreeMap::new();
        for (key, group) in &self.groups {
            let mut end = |sign: f64| end(&polyhedron, &mut place, &group.row, sign);
            let (low, high) = (end(1.0)?, end(-1.0)?);
            ends.insert(key, (low.map(|low| low * self.scale), high.map(|high| high * self.scale)));
        }
        let of = |at: usize| {
            let (low, high) = ends[&self.group[at]];
            (low.map(|low| low + self.start[at]), high.map(|high| high + self.start[at]))
        };
        let ends: Vec<Ends> = (0..self.start.len()).map(of).collect();
        let nearest = polyhedron.walk(&place, &Aim::Nearest(&self.targets(&ends))).ok()?;
        let mut point = self.origin.clone();
        for (direction, change) in self.directions.iter().zip(nearest.point) {
            point.iter_mut().zip(direction).for_each(|(point, part)| *point += change * self.scale * part);
        }
        Some((ends, point))
    }

    /// What the nearest point is near to. The squares of the distances of a group's buses sum to their
    /// count times the square of the distance to their mean, and a constant.
    fn targets(&self, ends: &[Ends]) -> Vec<(Vec<f64>, f64)> {
        let mut targets = Vec::new();
        for group in self.groups.values() {
            let middles = group.buses.iter().filter_map(|bus| {
                let middle = match ends[*bus] {
                    (Some(low), Some(high)) => (low + high) / 2.0,
                    (low, high) => low.or(high)?,
                };
                Some((middle - self.start[*bus]) / self.scale)
            });
            let middles: Vec<f64> = middles.collect();
            if !middles.is_empty() {
                let count = middles.len() as f64;
                let row = group.row.iter().map(|part| part * count.sqrt()).collect();
                targets.push((row, middles.iter().sum::<f64>() / count.sqrt()));
            }
        }
        targets
    }
}

/// The end of a group's prices, as a change from the origin: the least for the sign 1, the greatest
/// for -1. The inner None: there is no end. The outer: the walk is lost.
fn end(polyhedron: &Polyhedron, place: &mut Place, row: &[f64], sign: f64) -> Option<Option<f64>> {
    let length = norm(row);
    if length <= STILL {
        return Some(Some(0.0));
    }
    let sum: Vec<f64> = row.iter().map(|part| sign * part / length).collect();
    match polyhedron.walk(place, &Aim::Least(&sum)) {
        Ok(found) => {
            *place = found;
            Some(Some(dot(row, &place.point)))
        }
        Err(Lost::Endless) => Some(None),
        Err(Lost::Stuck) => None,
    }
}
