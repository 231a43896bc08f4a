//! Hands a program to the solver and checks what comes back.

use super::{Program, Row, Variable};
use clarabel::algebra::CscMatrix;
use clarabel::solver::{
    DefaultSettings, DefaultSettingsBuilder, DefaultSolver, IPSolver, NonnegativeConeT, SolverStatus, ZeroConeT,
};

/// Why a program has no solution here.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Unsolved {
    /// No values of the variables satisfy all bounds and rows.
    #[error("no solution satisfies all limits")]
    Infeasible,
    /// The cost has no least value: it falls for ever.
    #[error("the cost has no least value")]
    Unbounded,
    /// A number is not finite, a lower bound is above its upper bound, or the cost is not convex.
    #[error("a number of the program is not finite, bounds are crossed, or the cost is not convex")]
    Unreadable,
    /// The solver stopped before it reached its accuracy, or its answer does not satisfy the rows.
    #[error("the solver did not reach its accuracy")]
    NotConverged,
}

impl Unsolved {
    /// A code that stays the same across versions, for machines.
    pub const fn code(self) -> &'static str {
        match self {
            Unsolved::Infeasible => "grid-infeasible",
            Unsolved::Unbounded => "grid-unbounded",
            Unsolved::Unreadable => "grid-program",
            Unsolved::NotConverged => "grid-not-converged",
        }
    }
}

/// A solved program: a dispatch of least cost, and what rows and bounds are worth.
///
/// Worths are rates of the least cost. They are one choice among several where the program is
/// degenerate.
#[derive(Clone, Debug)]
pub struct Solution {
    cost: f64,
    values: Vec<f64>,
    rows: Vec<Tight>,
    lowers: Vec<Tight>,
    uppers: Vec<Tight>,
}

/// How a row or a bound ends up. In a linear program one of the two is zero; the solver leaves both a
/// little above.
#[derive(Clone, Copy, Debug)]
pub struct Tight {
    /// How much the least cost falls for each unit by which the limit is loosened.
    pub worth: f64,
    /// How far the sum is below the limit.
    pub slack: f64,
}

impl Solution {
    /// The least cost.
    pub fn cost(&self) -> f64 {
        self.cost
    }

    /// The value of a variable. It is within its bounds.
    pub fn value(&self, variable: Variable) -> f64 {
        self.values[variable.0]
    }

    /// A row: what one unit more of its `value` is worth. An inequality's worth is never negative. An
    /// equation always binds.
    pub fn row(&self, row: Row) -> Tight {
        self.rows[row.0]
    }

    /// The lower bound of a variable: what one unit less of it is worth.
    pub fn lower(&self, variable: Variable) -> Tight {
        self.lowers[variable.0]
    }

    /// The upper bound of a variable: what one unit more of it is worth.
    pub fn upper(&self, variable: Variable) -> Tight {
        self.uppers[variable.0]
    }
}

impl Tight {
    /// Whether the limit holds with equality: it is worth more than it leaves free.
    pub fn binds(self) -> bool {
        self.worth > self.slack
    }

    const NONE: Tight = Tight { worth: 0.0, slack: f64::INFINITY };
}

/// Where a row of the solver's matrix comes from.
#[derive(Clone, Copy)]
enum Source {
    Row(usize),
    Lower(usize),
    Upper(usize),
    /// A constant: both bounds of the variable.
    Fixed(usize),
}

/// A sum within a limit, as the solver sees it.
struct Limit {
    terms: Vec<(usize, f64)>,
    value: f64,
    source: Source,
}

/// How far an answer may be from satisfying a row, relative to the greatest number of the row.
const ACCEPTED: f64 = 1e-6;

pub(super) fn solve(program: &Program, tolerance: f64) -> Result<Solution, Unsolved> {
    readable(program)?;
    let (limits, equations) = limits(program);
    if program.columns.is_empty() {
        let holds = |(at, limit): (usize, &Limit)| limit.value == 0.0 || (at >= equations && limit.value > 0.0);
        return match limits.iter().enumerate().all(holds) {
            true => Ok(assemble(program, &limits, vec![], &vec![0.0; limits.len()])),
            false => Err(Unsolved::Infeasible),
        };
    }
    let solver = run(program, &limits, equations, tolerance)?;
    let found = &solver.solution;
    match found.status {
        SolverStatus::PrimalInfeasible => return Err(Unsolved::Infeasible),
        SolverStatus::DualInfeasible => return Err(Unsolved::Unbounded),
        SolverStatus::Solved | SolverStatus::AlmostSolved => {}
        _ => return Err(Unsolved::NotConverged),
    }
    check(&limits, equations, &found.x, &found.z)?;
    let cost = found.obj_val;
    if (cost - found.obj_val_dual).abs() > ACCEPTED * cost.abs().max(1.0) {
        return Err(Unsolved::NotConverged);
    }
    Ok(assemble(program, &limits, found.x.clone(), &found.z))
}

fn readable(program: &Program) -> Result<(), Unsolved> {
    let columns = program.columns.iter().all(|column| {
        column.cost.is_finite()
            && column.square.is_finite()
            && column.square >= 0.0
            && column.lower <= column.upper
            && column.lower < f64::INFINITY
            && column.upper > f64::NEG_INFINITY
    });
    let rows =
        program.rows.iter().all(|row| row.value.is_finite() && row.terms.iter().all(|(_, factor)| factor.is_finite()));
    match columns && rows {
        true => Ok(()),
        false => Err(Unsolved::Unreadable),
    }
}

/// All rows and bounds as sums within limits, equations first, and how many equations there are.
fn limits(program: &Program) -> (Vec<Limit>, usize) {
    let (mut equations, mut others) = (Vec::new(), Vec::new());
    for (at, row) in program.rows.iter().enumerate() {
        let limit = Limit { terms: row.terms.clone(), value: row.value, source: Source::Row(at) };
        if row.equation { &mut equations } else { &mut others }.push(limit);
    }
    for (at, column) in program.columns.iter().enumerate() {
        if column.lower == column.upper {
            equations.push(Limit { terms: vec![(at, 1.0)], value: column.lower, source: Source::Fixed(at) });
            continue;
        }
        if column.lower.is_finite() {
            others.push(Limit { terms: vec![(at, -1.0)], value: -column.lower, source: Source::Lower(at) });
        }
        if column.upper.is_finite() {
            others.push(Limit { terms: vec![(at, 1.0)], value: column.upper, source: Source::Upper(at) });
        }
    }
    let count = equations.len();
    equations.append(&mut others);
    (equations, count)
}

fn run(program: &Program, limits: &[Limit], equations: usize, tolerance: f64) -> Result<DefaultSolver<f64>, Unsolved> {
    let columns = program.columns.len();
    let squares = program.columns.iter().enumerate().filter(|(_, column)| column.square > 0.0);
    let (at, twice): (Vec<usize>, Vec<f64>) = squares.map(|(at, column)| (at, 2.0 * column.square)).unzip();
    let costs = CscMatrix::new_from_triplets(columns, columns, at.clone(), at, twice);
    let linear: Vec<f64> = program.columns.iter().map(|column| column.cost).collect();
    let (mut rows, mut places, mut factors) = (Vec::new(), Vec::new(), Vec::new());
    for (row, limit) in limits.iter().enumerate() {
        for (place, factor) in &limit.terms {
            rows.push(row);
            places.push(*place);
            factors.push(*factor);
        }
    }
    let matrix = CscMatrix::new_from_triplets(limits.len(), columns, rows, places, factors);
    let values: Vec<f64> = limits.iter().map(|limit| limit.value).collect();
    let cones = [ZeroConeT(equations), NonnegativeConeT(limits.len() - equations)];
    let mut solver = DefaultSolver::new(&costs, &linear, &matrix, &values, &cones, settings(tolerance)?)
        .map_err(|_| Unsolved::Unreadable)?;
    solver.solve();
    Ok(solver)
}

fn settings(tolerance: f64) -> Result<DefaultSettings<f64>, Unsolved> {
    DefaultSettingsBuilder::default()
        .verbose(false)
        .tol_gap_abs(tolerance)
        .tol_gap_rel(tolerance)
        .tol_feas(tolerance)
        .presolve_enable(false)
        .build()
        .map_err(|_| Unsolved::Unreadable)
}

fn sum(terms: &[(usize, f64)], values: &[f64]) -> f64 {
    terms.iter().map(|(at, factor)| factor * values[*at]).sum()
}

/// Refuses an answer that does not satisfy a row.
fn check(limits: &[Limit], equations: usize, values: &[f64], worths: &[f64]) -> Result<(), Unsolved> {
    if !values.iter().chain(worths).all(|number| number.is_finite()) {
        return Err(Unsolved::NotConverged);
    }
    let greatest = values.iter().fold(1.0, |greatest: f64, value| greatest.max(value.abs()));
    for (at, limit) in limits.iter().enumerate() {
        let over = sum(&limit.terms, values) - limit.value;
        let over = if at < equations { over.abs() } else { over };
        let factor = limit.terms.iter().fold(1.0, |most: f64, (_, factor)| most.max(factor.abs()));
        if over > ACCEPTED * factor * greatest.max(limit.value.abs()) {
            return Err(Unsolved::NotConverged);
        }
    }
    Ok(())
}

fn assemble(program: &Program, limits: &[Limit], values: Vec<f64>, worths: &[f64]) -> Solution {
    let columns = program.columns.len();
    let mut solution = Solution {
        cost: 0.0,
        values,
        rows: vec![Tight::NONE; program.rows.len()],
        lowers: vec![Tight::NONE; columns],
        uppers: vec![Tight::NONE; columns],
    };
    for (limit, &worth) in limits.iter().zip(worths) {
        let slack = (limit.value - sum(&limit.terms, &solution.values)).max(0.0);
        match limit.source {
            Source::Row(at) => solution.rows[at] = Tight { worth, slack },
            Source::Lower(at) => solution.lowers[at] = Tight { worth, slack },
            Source::Upper(at) => solution.uppers[at] = Tight { worth, slack },
            Source::Fixed(at) => {
                solution.lowers[at] = Tight { worth: (-worth).max(0.0), slack: -1.0 };
                solution.uppers[at] = Tight { worth: worth.max(0.0), slack: -1.0 };
            }
        }
    }
    for row in program.rows.iter().zip(&mut solution.rows).filter(|(row, _)| row.equation) {
        row.1.slack = f64::NEG_INFINITY;
    }
    for (column, value) in program.columns.iter().zip(&mut solution.values) {
        *value = value.clamp(column.lower, column.upper);
        solution.cost += (column.cost + column.square * *value) * *value;
    }
    solution
}
