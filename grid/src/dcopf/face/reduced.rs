//! The optimal face in the few coordinates that the plans leave open.

use super::Face;
use crate::program::{Program, Row, Solution, Unsolved, Variable};
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

/// The face as a program.
struct Model {
    program: Program,
    /// One for each direction.
    variables: Vec<Variable>,
    /// Each row with its factors and its greatest value, in micro-currency per kWh.
    rows: Vec<(Row, Vec<f64>, f64)>,
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

    /// The face as a program over the directions, in units of the greatest price.
    fn program(&self) -> Model {
        let mut program = Program::new();
        let free = |_| program.variable(f64::NEG_INFINITY, f64::INFINITY, 0.0);
        let variables: Vec<Variable> = (0..self.directions.len()).map(free).collect();
        let mut rows = Vec::new();
        let mut at_most = |row: Vec<f64>, value: f64| {
            if value.is_finite() && norm(&row) > STILL {
                let terms = variables.iter().copied().zip(row.iter().copied());
                rows.push((program.at_most(terms, value / self.scale), row, value));
            }
        };
        let negative = |row: &[f64]| row.iter().map(|part| -part).collect::<Vec<f64>>();
        for group in self.groups.values() {
            at_most(group.row.clone(), group.high);
            at_most(negative(&group.row), -group.low);
        }
        self.line_rows().for_each(|(row, worth)| at_most(negative(&row), worth));
        Model { program, variables, rows }
    }

    /// The ends of each bus's prices. None: the solver does not converge, or the face is empty.
    pub fn ends(&self) -> Option<Vec<Ends>> {
        let mut model = self.program();
        let mut ends = BTreeMap::new();
        for (key, group) in &self.groups {
            let mut end = |sign: f64| -> Result<f64, Unsolved> {
                if norm(&group.row) <= STILL {
                    return Ok(0.0);
                }
                let costs = model.variables.iter().zip(&group.row);
                costs.for_each(|(variable, part)| model.program.cost(*variable, sign * part));
                Ok(dot(&group.row, &self.exact(&model, &model.program.solve()?)))
            };
            let mut known = |sign: f64| match end(sign) {
                Ok(change) => Some(Some(change)),
                Err(Unsolved::Unbounded) => Some(None),
                Err(_) => None,
            };
            ends.insert(key, (known(1.0)?, known(-1.0)?));
        }
        let of = |at: usize| {
            let (low, high) = ends[&self.group[at]];
            (low.map(|low| low + self.start[at]), high.map(|high| high + self.start[at]))
        };
        Some((0..self.start.len()).map(of).collect())
    }

    /// The solver's point, moved onto the rows that bind.
    fn exact(&self, model: &Model, solution: &Solution) -> Vec<f64> {
        let found: Vec<f64> = model.variables.iter().map(|variable| solution.value(*variable) * self.scale).collect();
        let mut span = Span::default();
        for (_, row, value) in model.rows.iter().filter(|(row, _, _)| solution.row(*row).binds()) {
            if span.add(row, value - dot(row, &found)).is_some_and(|missed| missed.abs() > self.scale * ROUNDING) {
                return found;
            }
        }
        let moved = span.point(found.len());
        found.iter().zip(moved).map(|(found, moved)| found + moved).collect()
    }

    /// The coordinates of the point whose prices are nearest to the middles of their ends. A bus with
    /// one end has its middle there; one without ends does not count. None: the solver does not
    /// converge.
    pub fn nearest(&self, ends: &[Ends]) -> Option<Vec<f64>> {
        let mut model = self.program();
        for group in self.groups.values() {
            let middles = group.buses.iter().filter_map(|bus| {
                let middle = match ends[*bus] {
                    (Some(low), Some(high)) => (low + high) / 2.0,
                    (low, high) => low.or(high)?,
                };
                Some(middle - self.start[*bus])
            });
            let middles: Vec<f64> = middles.collect();
            if middles.is_empty() || norm(&group.row) <= STILL {
                continue;
            }
            // The squares of a group's distances sum to its count times the square of the distance
            // to the mean, and a constant.
            let mean = middles.iter().sum::<f64>() / middles.len() as f64;
            let away = model.program.variable(f64::NEG_INFINITY, f64::INFINITY, 0.0);
            model.program.square(away, middles.len() as f64);
            let terms = model.variables.iter().copied().zip(group.row.iter().copied());
            model.program.equal(terms.chain([(away, -1.0)]), mean / self.scale);
        }
        let found = self.exact(&model, &model.program.solve().ok()?);
        let mut point = self.origin.clone();
        for (direction, change) in self.directions.iter().zip(found) {
            point.iter_mut().zip(direction).for_each(|(point, part)| *point += change * part);
        }
        Some(point)
    }
}
