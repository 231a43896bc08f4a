//! The feeder as a convex quadratic program.

use super::Feeder;
use crate::program::{Program, Row, Unsolved, Variable};
use crate::refused::{Problem, Refused};

/// W in a unit of the program's power.
pub(super) const POWER: f64 = 1e3;
/// Micro-currency per kWh in a unit of the program's prices.
pub(super) const PRICE: f64 = 1e5;
/// The unit of squared voltages is the nominal voltage's square by this.
const SQUARES: f64 = 100.0;
/// An excess of a limit that is no rounding, in units of the program.
const IN_THE_WAY: f64 = 1e-5;
/// Tolerance of the solver.
const TOLERANCE: f64 = 1e-10;

/// Why a feeder has no answer.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum Unserved {
    /// The loads cannot be served: the line would have to carry more.
    #[error("the loads cannot be served: `lines[{line}]` would have to carry about {over:.0} W more than its limit")]
    Line {
        /// Index of the line.
        line: usize,
        /// What it would have to carry beyond its limit, in W.
        over: f64,
    },
    /// The loads cannot be served: a voltage would be too low or too high.
    #[error("the loads cannot be served: the voltage at bus {bus:?} would be {voltage:.0} mV")]
    Voltage {
        /// The bus.
        bus: String,
        /// Its voltage, in mV.
        voltage: f64,
    },
    /// The solver gives no answer.
    #[error(transparent)]
    Unsolved(#[from] Unsolved),
}

impl Unserved {
    /// A code that stays the same across versions, for machines.
    pub const fn code(&self) -> &'static str {
        match self {
            Unserved::Line { .. } | Unserved::Voltage { .. } => "grid-unserved",
            Unserved::Unsolved(unsolved) => unsolved.code(),
        }
    }
}

impl From<Unserved> for Refused {
    fn from(unserved: Unserved) -> Refused {
        match unserved {
            Unserved::Unsolved(unsolved) => unsolved.into(),
            named => Refused::at("", Problem::Unserved(named.to_string())),
        }
    }
}

/// Whether a plan is used, and whether some of it is left.
#[derive(Clone, Copy, Debug)]
pub(super) struct Used {
    /// In W.
    pub power: f64,
    pub some: bool,
    pub left: bool,
}

/// What flows at least cost, and which limits bind.
pub(super) struct Flow {
    pub sold: Vec<Used>,
    pub bought: Vec<Used>,
    /// Of each line, in W.
    pub active: Vec<f64>,
    /// Of each line, in var.
    pub reactive: Vec<f64>,
    /// Of each bus, in mV^2.
    pub squares: Vec<f64>,
    /// Lines at their limit, with the sign of their flow; zero where the limit is zero.
    pub full: Vec<(usize, f64)>,
    /// Buses at a limit of their voltage: 1 at the least, -1 at the greatest; zero where both are the
    /// same.
    pub held: Vec<(usize, f64)>,
}

/// The program and its variables.
struct Model {
    program: Program,
    offers: Vec<Variable>,
    bids: Vec<Variable>,
    flows: Vec<Variable>,
    squares: Vec<Option<Variable>>,
    /// The limits of lines, forward and backward; one equation where the limit is zero.
    limits: Vec<Vec<Row>>,
}

/// How far lines and voltages may exceed their limits in [`model`], and at which cost.
#[derive(Clone, Copy, PartialEq)]
enum Limits {
    Hard,
    /// Each excess is a variable.
    Soft,
}

pub(super) fn solve(feeder: &Feeder) -> Result<Flow, Unserved> {
    let reactive = reactive(feeder);
    let (model, _) = model(feeder, &reactive, Limits::Hard);
    let solution = match model.program.solve_within(TOLERANCE) {
        Err(unsolved) => return Err(hindrance(feeder, &reactive).unwrap_or(unsolved.into())),
        Ok(solution) => solution,
    };
    let used = |variables: &[Variable]| -> Vec<Used> {
        let of = |variable: &Variable| {
            let (some, left) = (!solution.lower(*variable).binds(), !solution.upper(*variable).binds());
            Used { power: solution.value(*variable) * POWER, some, left }
        };
        variables.iter().map(of).collect()
    };
    let mut full = Vec::new();
    for (line, rows) in model.limits.iter().enumerate() {
        match rows[..] {
            [_] => full.push((line, 0.0)),
            [forward, _] if solution.row(forward).binds() => full.push((line, 1.0)),
            [_, backward] if solution.row(backward).binds() => full.push((line, -1.0)),
            _ => {}
        }
    }
    let mut held = Vec::new();
    for (bus, square) in model.squares.iter().enumerate() {
        let Some(square) = square else { continue };
        match (solution.lower(*square).binds(), solution.upper(*square).binds()) {
            (false, false) => {}
            (true, true) => held.push((bus, 0.0)),
            (true, false) => held.push((bus, 1.0)),
            (false, true) => held.push((bus, -1.0)),
        }
    }
    let unit = square_unit(feeder);
    let root = feeder.root.squared() as f64;
    let square = |square: &Option<Variable>| square.map_or(root, |square| solution.value(square) * unit);
    Ok(Flow {
        sold: used(&model.offers),
        bought: used(&model.bids),
        active: model.flows.iter().map(|flow| solution.value(*flow) * POWER).collect(),
        squares: model.squares.iter().map(square).collect(),
        reactive,
        full,
        held,
    })
}

fn reactive(feeder: &Feeder) -> Vec<f64> {
    let mut taken = vec![0.0; feeder.buses.count()];
    feeder.loads.iter().for_each(|load| taken[load.bus] += load.reactive.float());
    feeder.radial.flows(&taken)
}

fn square_unit(feeder: &Feeder) -> f64 {
    feeder.nominal.squared() as f64 / SQUARES
}

/// The program, and with soft limits the variable of each excess: of lines, then of buses below and
/// above.
fn model(feeder: &Feeder, reactive: &[f64], limits: Limits) -> (Model, Vec<Vec<Option<Variable>>>) {
    let mut program = Program::new();
    let price = feeder.grid_price.get() as f64 / PRICE;
    let (hard, root) = (limits == Limits::Hard, 0);
    let mut rows = vec![Vec::new(); feeder.buses.count()];
    // At the root the grid's price is what energy costs there.
    let mut plan = |bus: usize, max: f64, cost: f64, sign: f64| {
        let cost = if bus == root { cost - sign * price } else { cost };
        let variable = program.variable(0.0, max / POWER, if hard { cost } else { 0.0 });
        rows[bus].push((variable, sign));
        variable
    };
    let of = |plan: &crate::plans::Plan| (plan.bus, plan.max.float(), plan.price.get() as f64 / PRICE);
    let offers = feeder.plans.offers.iter().map(of).map(|(bus, max, ask)| plan(bus, max, ask, 1.0)).collect();
    let bids = feeder.plans.bids.iter().map(of).map(|(bus, max, limit)| plan(bus, max, -limit, -1.0)).collect();
    let unit = square_unit(feeder);
    let bound = |volts: crate::units::Millivolts| volts.squared() as f64 / unit;
    let any = (f64::NEG_INFINITY, f64::INFINITY);
    let ends = if hard { (bound(feeder.least), bound(feeder.most)) } else { any };
    let squares: Vec<Option<Variable>> =
        (0..feeder.buses.count()).map(|bus| (bus > 0).then(|| program.variable(ends.0, ends.1, 0.0))).collect();
    let soft =
        |program: &mut Program, wanted: bool| (wanted && !hard).then(|| program.variable(0.0, f64::INFINITY, 1.0));
    let mut excesses = vec![Vec::new(); 3];
    let (mut flows, mut limited) = (Vec::new(), Vec::new());
    for (at, line) in feeder.lines.iter().enumerate() {
        let (near, far) = feeder.radial.ends(at);
        let flow = program.variable(any.0, any.1, if hard && near == root { price } else { 0.0 });
        if hard && feeder.losses {
            program.square(flow, price * lost(feeder, at, POWER));
        }
        rows[far].push((flow, 1.0));
        rows[near].push((flow, -1.0));
        let excess = soft(&mut program, line.limit.is_some());
        let over = excess.map(|excess| (excess, -1.0));
        limited.push(match line.limit.map(|limit| limit.float() / POWER) {
            None => vec![],
            Some(0.0) if hard => vec![program.equal([(flow, 1.0)], 0.0)],
            Some(limit) => {
                let row = |sign: f64| program.at_most([(flow, sign)].into_iter().chain(over), limit);
                [1.0, -1.0].map(row).to_vec()
            }
        });
        excesses[0].push(excess);
        // w_far = w_near - 2000 (r P + x Q)
        let drop = |milliohms: u64| 2_000.0 * milliohms as f64 / unit;
        let mut terms = vec![(flow, drop(line.resistance.get()) * POWER)];
        terms.extend(squares[far].map(|square| (square, 1.0)));
        terms.extend(squares[near].map(|square| (square, -1.0)));
        let start = if near == root { feeder.root.squared() as f64 / unit } else { 0.0 };
        program.equal(terms, start - drop(line.reactance.get()) * reactive[at]);
        flows.push(flow);
    }
    for square in squares.iter().skip(1).filter(|_| !hard) {
        for (list, sign, end) in [(1, -1.0, -bound(feeder.least)), (2, 1.0, bound(feeder.most))] {
            let excess = soft(&mut program, square.is_some());
            if let (Some(square), Some(excess)) = (square, excess) {
                program.at_most([(*square, sign), (excess, -1.0)], end);
            }
            excesses[list].push(excess);
        }
    }
    let mut loads = vec![0.0; feeder.buses.count()];
    feeder.loads.iter().for_each(|load| loads[load.bus] += load.active.float() / POWER);
    for (row, load) in rows.into_iter().zip(loads).skip(1) {
        program.equal(row, load);
    }
    (Model { program, offers, bids, flows, squares, limits: limited }, excesses)
}

/// What a line loses for the square of its power, when power is in this many W.
pub(super) fn lost(feeder: &Feeder, line: usize, unit: f64) -> f64 {
    1_000.0 * feeder.lines[line].resistance.get() as f64 * unit / feeder.nominal.squared() as f64
}

/// Which limit is most in the way, when the sum of all excesses is least. None: none is, or the solver
/// does not converge.
fn hindrance(feeder: &Feeder, reactive: &[f64]) -> Option<Unserved> {
    let (model, excesses) = model(feeder, reactive, Limits::Soft);
    let solution = model.program.solve().ok()?;
    let worst = excesses
        .iter()
        .enumerate()
        .flat_map(|(list, excesses)| excesses.iter().enumerate().map(move |(at, excess)| (list, at, excess)))
        .filter_map(|(list, at, excess)| Some((list, at, solution.value((*excess)?))))
        .max_by(|left, right| left.2.total_cmp(&right.2));
    let (list, at, excess) = worst.filter(|(_, _, excess)| *excess > IN_THE_WAY)?;
    if list == 0 {
        return Some(Unserved::Line { line: at, over: excess * POWER });
    }
    // Buses but the root, in order.
    let bus = at + 1;
    let voltage = (solution.value(model.squares[bus]?) * square_unit(feeder)).max(0.0).sqrt();
    Some(Unserved::Voltage { bus: feeder.buses.names()[bus].clone(), voltage })
}
