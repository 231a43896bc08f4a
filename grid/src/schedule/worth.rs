//! What the schedules of least cost have in common: what a Wh is worth, and whether the net energy is
//! unique.
//!
//! The solver ends in the middle of all solutions, where each limit either holds with equality at
//! every one of them or is worth nothing. So the limits that bind describe all solutions, and what is
//! asked here is answered by smaller programs on them.

use super::model::{Face, Model, Terms};
use crate::horizon_fault::Fault;
use crate::program::{Program, Unsolved, Variable};

/// What one Wh of load more or less is worth in a cycle, in micro-currency per kWh.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Worth {
    /// What one Wh less saves. None: no schedule has less load.
    pub low: Option<f64>,
    /// What one Wh more costs. None: no schedule has more load.
    pub high: Option<f64>,
}

impl Worth {
    /// The low end; an end that is open counts as the other.
    pub fn low(&self) -> Option<f64> {
        self.low.or(self.high)
    }

    /// The high end; an end that is open counts as the other.
    pub fn high(&self) -> Option<f64> {
        self.high.or(self.low)
    }
}

/// How far a sharpened value may lie from the solver's, in units of the program. A greater distance
/// says that the solver took a limit for one that binds, and the solver's own values are kept.
const NEAR: f64 = 1e-4;

/// The solver's values, moved so that the limits that bind hold with equality as exactly as floats
/// can say it.
pub(super) fn sharpened(model: &Model, face: &Face) -> Result<Vec<f64>, Fault> {
    let mut program = Program::new();
    let columns: Vec<Variable> = (model.columns.iter().zip(&face.values).enumerate())
        .map(|(at, (column, value))| match (face.at_lower[at], face.at_upper[at]) {
            (true, _) => program.variable(column.lower, column.lower, 0.0),
            (_, true) => program.variable(column.upper, column.upper, 0.0),
            _ => {
                let variable = program.variable(f64::NEG_INFINITY, f64::INFINITY, -2.0 * value);
                program.square(variable, 1.0);
                variable
            }
        })
        .collect();
    for row in model.rows.iter().zip(&face.binds).filter(|(_, binds)| **binds).map(|(row, _)| row) {
        program.equal(named(&columns, &row.terms), row.value);
    }
    let Ok(solution) = program.solve() else { return Ok(face.values.clone()) };
    let sharp: Vec<f64> = columns.iter().map(|column| solution.value(*column)).collect();
    let near = sharp.iter().zip(&face.values).zip(&model.columns).all(|((sharp, value), column)| {
        (sharp - value).abs() <= NEAR && (column.lower - NEAR..=column.upper + NEAR).contains(sharp)
    });
    Ok(match near {
        true => sharp.iter().zip(&model.columns).map(|(of, column)| of.clamp(column.lower, column.upper)).collect(),
        false => face.values.clone(),
    })
}

fn named<'a>(columns: &'a [Variable], terms: &'a Terms) -> impl Iterator<Item = (Variable, f64)> + 'a {
    terms.iter().map(|(column, factor)| (columns[*column], *factor))
}

/// What a Wh of load is worth in a cycle: the rates at which the least cost changes.
pub(super) fn of_load(model: &Model, face: &Face, cycle: usize) -> Result<Worth, Fault> {
    // Where more or less can be sold or bought, a Wh is worth that price.
    let free = |column: &usize| !face.at_lower[*column] && !face.at_upper[*column];
    if let Some((column, factor)) = model.net[cycle].iter().find(|(column, _)| free(column)) {
        let price = Some(-factor * model.columns[*column].cost * model.price);
        return Ok(Worth { low: price, high: price });
    }
    let rate = |more: f64| match rate(model, face, cycle, more) {
        Ok(rate) => Ok(Some(rate * model.price)),
        Err(Unsolved::Infeasible) => Ok(None),
        Err(other) => Err(Fault::from(other)),
    };
    Ok(Worth { low: rate(-1.0)?.map(|rate| -rate), high: rate(1.0)? })
}

/// What the least cost changes when the load of a cycle changes by `more` of a very small amount: the
/// least cost of all changes of the schedule that keep to the limits that bind.
fn rate(model: &Model, face: &Face, cycle: usize, more: f64) -> Result<f64, Unsolved> {
    let mut program = Program::new();
    let columns: Vec<Variable> = (model.columns.iter().enumerate())
        .map(|(at, column)| {
            let lower = if face.at_lower[at] { 0.0 } else { f64::NEG_INFINITY };
            let upper = if face.at_upper[at] { 0.0 } else { f64::INFINITY };
            program.variable(lower, upper, column.cost)
        })
        .collect();
    for (at, row) in model.rows.iter().enumerate() {
        let value = if at == cycle { -more } else { 0.0 };
        match (row.equation, face.binds[at]) {
            (true, _) => program.equal(named(&columns, &row.terms), value),
            (false, true) => program.at_most(named(&columns, &row.terms), value),
            (false, false) => continue,
        };
    }
    program.solve().map(|solution| solution.cost())
}

/// How long a change of the net energy is that counts as one, in units of the program.
const CHANGE: f64 = 1e-6;

/// Whether every schedule of least cost has the same net energy: no change of a schedule that keeps
/// to the limits that bind changes it. The change is looked for along weights that favour no cycle;
/// the nearest change to them is none only where there is none.
pub(super) fn unique_net(model: &Model, face: &Face) -> Result<bool, Fault> {
    // Multiples of the golden ratio, without their whole part, are spread evenly and never equal.
    const GOLDEN: f64 = 0.618_033_988_749_894_9;
    let mut weights = vec![0.0; model.columns.len()];
    for (cycle, terms) in model.net.iter().enumerate() {
        let weight = 0.5 + ((cycle + 1) as f64 * GOLDEN).fract();
        terms.iter().for_each(|(column, factor)| weights[*column] += weight * factor);
    }
    let mut program = Program::new();
    let columns: Vec<Variable> = (weights.iter().enumerate())
        .map(|(at, weight)| match face.at_lower[at] || face.at_upper[at] {
            true => program.variable(0.0, 0.0, 0.0),
            false => {
                let variable = program.variable(f64::NEG_INFINITY, f64::INFINITY, -2.0 * weight);
                program.square(variable, 1.0);
                variable
            }
        })
        .collect();
    for row in model.rows.iter().zip(&face.binds).filter(|(_, binds)| **binds).map(|(row, _)| row) {
        program.equal(named(&columns, &row.terms), 0.0);
    }
    let solution = program.solve()?;
    let changes = |terms: &Terms| named(&columns, terms).map(|(of, factor)| factor * solution.value(of)).sum::<f64>();
    Ok(model.net.iter().all(|terms| changes(terms).abs() <= CHANGE))
}
