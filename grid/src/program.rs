//! Linear programs and convex quadratic programs: a builder over the solver `clarabel`.
//!
//! A [`Program`] has variables within bounds, rows (linear equations and inequalities over them),
//! and a cost that it makes as small as possible. [`Program::solve`] says what the variables are, and
//! what each row and each bound is worth.
//!
//! The solver works with tolerances near 1e-9, relative to the greatest numbers. So give it numbers
//! near 1, as kW (not W) and tenths of the currency (not millionths).

mod solve;

pub use solve::{Solution, Tight, Unsolved};

/// Tolerance of the solver, relative to the numbers of the program.
pub const TOLERANCE: f64 = 1e-9;

/// A variable of a program.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Variable(usize);

/// A row of a program: an equation or an inequality.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Row(usize);

#[derive(Clone, Debug)]
struct Column {
    lower: f64,
    upper: f64,
    cost: f64,
    square: f64,
}

#[derive(Clone, Debug)]
struct Line {
    terms: Vec<(usize, f64)>,
    value: f64,
    equation: bool,
}

/// A program to be solved. Its cost is a sum over the variables: `cost x + square x^2`.
#[derive(Clone, Debug, Default)]
pub struct Program {
    columns: Vec<Column>,
    rows: Vec<Line>,
}

impl Program {
    /// A program without variables.
    pub fn new() -> Program {
        Program::default()
    }

    /// Adds a variable. A bound that is infinite is none; equal bounds make it a constant.
    pub fn variable(&mut self, lower: f64, upper: f64, cost: f64) -> Variable {
        self.columns.push(Column { lower, upper, cost, square: 0.0 });
        Variable(self.columns.len() - 1)
    }

    /// Changes what one unit of a variable costs.
    pub fn cost(&mut self, variable: Variable, cost: f64) {
        self.columns[variable.0].cost = cost;
    }

    /// Lets a variable cost `square x^2` besides. A negative `square` is not convex: such a program is
    /// [`Unsolved::Unreadable`].
    pub fn square(&mut self, variable: Variable, square: f64) {
        self.columns[variable.0].square = square;
    }

    /// Adds an equation: the sum of the terms is `value`. A variable may occur in several terms.
    pub fn equal(&mut self, terms: impl IntoIterator<Item = (Variable, f64)>, value: f64) -> Row {
        self.row(terms, value, true)
    }

    /// Adds an inequality: the sum of the terms is at most `value`.
    pub fn at_most(&mut self, terms: impl IntoIterator<Item = (Variable, f64)>, value: f64) -> Row {
        self.row(terms, value, false)
    }

    fn row(&mut self, terms: impl IntoIterator<Item = (Variable, f64)>, value: f64, equation: bool) -> Row {
        let terms = terms.into_iter().map(|(variable, factor)| (variable.0, factor)).collect();
        self.rows.push(Line { terms, value, equation });
        Row(self.rows.len() - 1)
    }

    /// Solves the program. Error: [`Unsolved`].
    pub fn solve(&self) -> Result<Solution, Unsolved> {
        self.solve_within(TOLERANCE)
    }

    /// Solves the program with another tolerance, relative to the numbers of the program. Error:
    /// [`Unsolved`].
    pub fn solve_within(&self, tolerance: f64) -> Result<Solution, Unsolved> {
        solve::solve(self, tolerance)
    }
}

#[cfg(test)]
mod tests;
