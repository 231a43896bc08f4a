//! The linear program of a horizon, and its solution.
//!
//! Energy is counted in a unit of the horizon's own size, prices in one of its dearest price, because
//! the solver likes numbers near 1.

use super::horizon::{Battery, Horizon};
use crate::horizon_fault::Fault;
use crate::program::{Program, Row, Solution, Unsolved, Variable};

/// A variable with its bounds and its cost, in the program's units.
#[derive(Clone, Copy, Debug)]
pub(super) struct Column {
    pub(super) lower: f64,
    pub(super) upper: f64,
    pub(super) cost: f64,
}

/// A sum of variables, by their index.
pub(super) type Terms = Vec<(usize, f64)>;

/// A sum that equals a value, or is at most a value.
#[derive(Clone, Debug)]
pub(super) struct Limit {
    pub(super) terms: Terms,
    pub(super) value: f64,
    pub(super) equation: bool,
}

/// The program of a horizon. The balance of cycle `t` is row `t`.
#[derive(Clone, Debug)]
pub(super) struct Model {
    pub(super) columns: Vec<Column>,
    pub(super) rows: Vec<Limit>,
    /// What a unit of energy is, in Wh, and of a price, in micro-currency per kWh.
    pub(super) energy: f64,
    pub(super) price: f64,
    /// What the household gives and takes, by cycle, as terms whose sum is its net energy.
    pub(super) net: Vec<Terms>,
    pub(super) batteries: Vec<BatteryColumns>,
    pub(super) generated: Vec<usize>,
    pub(super) flexible: Vec<Vec<Option<usize>>>,
}

#[derive(Clone, Debug)]
pub(super) struct BatteryColumns {
    /// What goes in, and what comes out; both by one column where nothing is lost and use costs
    /// nothing, as nobody could tell them apart.
    pub(super) flow: Vec<Flow>,
    pub(super) stored: Vec<usize>,
}

#[derive(Clone, Copy, Debug)]
pub(super) enum Flow {
    Two { charge: usize, discharge: usize },
    One(usize),
}

impl Model {
    pub(super) fn new(horizon: &Horizon) -> Model {
        let mut model = Model {
            columns: Vec::new(),
            rows: Vec::new(),
            energy: unit_of_energy(horizon),
            price: horizon.buy.iter().map(|price| price.get()).max().unwrap_or(0).max(1) as f64,
            net: Vec::with_capacity(horizon.cycles()),
            batteries: Vec::new(),
            generated: Vec::new(),
            flexible: Vec::new(),
        };
        model.network(horizon);
        for of in &horizon.batteries {
            model.battery(horizon, of);
        }
        model.generator(horizon);
        model.flexible(horizon);
        model
    }

    fn column(&mut self, lower: f64, upper: f64, price: f64) -> usize {
        self.columns.push(Column { lower: lower / self.energy, upper: upper / self.energy, cost: price / self.price });
        self.columns.len() - 1
    }

    fn row(&mut self, terms: Terms, value: f64, equation: bool) {
        self.rows.push(Limit { terms, value: value / self.energy, equation });
    }

    /// What goes into the network and comes out of it. Where both have one price, one column is both.
    fn network(&mut self, horizon: &Horizon) {
        let most = |of: Option<crate::units::Power>| of.map_or(f64::INFINITY, |of| horizon.energy(of));
        let (import, export) = (most(horizon.import), most(horizon.export));
        for ((buy, sell), load) in horizon.buy.iter().zip(&horizon.sell).zip(&horizon.load) {
            let (buy, sell) = (buy.get() as f64, sell.get() as f64);
            let net: Terms = match buy == sell {
                true => vec![(self.column(-import, export, -sell), 1.0)],
                false => vec![(self.column(0.0, export, -sell), 1.0), (self.column(0.0, import, buy), -1.0)],
            };
            self.row(net.clone(), -(load.get() as f64), true);
            self.net.push(net);
        }
    }

    fn battery(&mut self, horizon: &Horizon, of: &Battery) {
        let (into, out) = (of.charge_efficiency.share(), of.discharge_efficiency.share());
        let wear = of.wear.get() as f64;
        let lossless = wear == 0.0 && into == 1.0 && out == 1.0;
        let mut away = vec![false; horizon.cycles()];
        of.away.iter().for_each(|cycle| away[*cycle] = true);
        let mut columns = BatteryColumns { flow: Vec::new(), stored: Vec::new() };
        for (cycle, away) in away.into_iter().enumerate() {
            let most = |power| if away { 0.0 } else { horizon.energy(power) };
            let (charge, discharge) = (most(of.charge), most(of.discharge));
            let flow = match lossless {
                true => Flow::One(self.column(-discharge, charge, 0.0)),
                false => {
                    Flow::Two { charge: self.column(0.0, charge, wear), discharge: self.column(0.0, discharge, wear) }
                }
            };
            let last = cycle + 1 == horizon.cycles();
            let least = if last { of.minimum.max(of.r#final) } else { of.minimum };
            let stored = self.column(least.get() as f64, of.capacity.get() as f64, 0.0);
            let mut terms = vec![(stored, 1.0)];
            let balance = &mut self.rows[cycle].terms;
            match flow {
                Flow::One(flow) => {
                    balance.push((flow, 1.0));
                    terms.push((flow, -1.0));
                }
                Flow::Two { charge, discharge } => {
                    balance.extend([(charge, 1.0), (discharge, -1.0)]);
                    terms.extend([(charge, -into), (discharge, 1.0 / out)]);
                }
            }
            let mut value = -(of.drive(cycle).get() as f64);
            match columns.stored.last() {
                Some(before) => terms.push((*before, -1.0)),
                None => value += of.initial.get() as f64,
            }
            self.row(terms, value, true);
            columns.flow.push(flow);
            columns.stored.push(stored);
        }
        self.batteries.push(columns);
    }

    fn generator(&mut self, horizon: &Horizon) {
        let Some(of) = &horizon.generator else { return };
        for (cycle, available) in of.available.iter().enumerate() {
            let column = self.column(0.0, available.get() as f64, of.cost.get() as f64);
            self.rows[cycle].terms.push((column, -of.efficiency.share()));
            self.generated.push(column);
        }
        let Some(ramp) = of.ramp.map(|ramp| horizon.energy(ramp)) else { return };
        for cycle in 0..self.generated.len() {
            let now = self.generated[cycle];
            match cycle.checked_sub(1).map(|before| self.generated[before]) {
                Some(before) => {
                    self.row(vec![(now, 1.0), (before, -1.0)], ramp, false);
                    self.row(vec![(now, -1.0), (before, 1.0)], ramp, false);
                }
                None => {
                    let before = of.before.get() as f64;
                    self.row(vec![(now, 1.0)], before + ramp, false);
                    self.row(vec![(now, -1.0)], ramp - before, false);
                }
            }
        }
    }

    fn flexible(&mut self, horizon: &Horizon) {
        for of in &horizon.flexible {
            let most = horizon.energy(of.most);
            let mut columns = vec![None; horizon.cycles()];
            for (cycle, place) in columns.iter_mut().enumerate().take(of.until).skip(of.from) {
                let column = self.column(0.0, most, 0.0);
                self.rows[cycle].terms.push((column, 1.0));
                *place = Some(column);
            }
            self.row(columns.iter().flatten().map(|column| (*column, 1.0)).collect(), of.energy.get() as f64, true);
            self.flexible.push(columns);
        }
    }

    /// The program for the solver, with its variables and rows.
    pub(super) fn program(&self) -> (Program, Vec<Variable>, Vec<Row>) {
        let mut program = Program::new();
        let columns: Vec<Variable> =
            self.columns.iter().map(|of| program.variable(of.lower, of.upper, of.cost)).collect();
        let rows = self.rows.iter().map(|row| {
            let terms = row.terms.iter().map(|(column, factor)| (columns[*column], *factor));
            match row.equation {
                true => program.equal(terms, row.value),
                false => program.at_most(terms, row.value),
            }
        });
        let rows = rows.collect();
        (program, columns, rows)
    }
}

/// The unit of energy in Wh: the most that moves in a cycle.
fn unit_of_energy(horizon: &Horizon) -> f64 {
    let most = |of: &[protocol::units::Energy]| of.iter().map(|of| of.get()).max().unwrap_or(0) as f64;
    let battery = |of: &Battery| horizon.energy(of.charge.max(of.discharge)).min(of.capacity.get() as f64);
    let batteries = horizon.batteries.iter().map(battery);
    let flexible = horizon.flexible.iter().map(|of| horizon.energy(of.most).min(of.energy.get() as f64));
    let generated = horizon.generator.iter().map(|of| most(&of.available));
    batteries.chain(flexible).chain(generated).fold(most(&horizon.load).max(1.0), f64::max)
}

/// Which limits hold with equality at every schedule of least cost, and the values of the variables
/// at one of them.
#[derive(Clone, Debug)]
pub(super) struct Face {
    pub(super) values: Vec<f64>,
    pub(super) at_lower: Vec<bool>,
    pub(super) at_upper: Vec<bool>,
    pub(super) binds: Vec<bool>,
}

impl From<Unsolved> for Fault {
    fn from(unsolved: Unsolved) -> Fault {
        match unsolved {
            Unsolved::Infeasible => Fault::Infeasible,
            other => Fault::Unsolved(other),
        }
    }
}

impl Flow {
    pub(super) fn charge(self, wh: &dyn Fn(usize) -> f64) -> f64 {
        match self {
            Flow::Two { charge, .. } => wh(charge),
            Flow::One(flow) => wh(flow).max(0.0),
        }
    }

    pub(super) fn discharge(self, wh: &dyn Fn(usize) -> f64) -> f64 {
        match self {
            Flow::Two { discharge, .. } => wh(discharge),
            Flow::One(flow) => (-wh(flow)).max(0.0),
        }
    }
}

impl Face {
    pub(super) fn of(solution: &Solution, columns: &[Variable], rows: &[Row]) -> Face {
        Face {
            values: columns.iter().map(|of| solution.value(*of)).collect(),
            at_lower: columns.iter().map(|of| solution.lower(*of).binds()).collect(),
            at_upper: columns.iter().map(|of| solution.upper(*of).binds()).collect(),
            binds: rows.iter().map(|of| solution.row(*of).binds()).collect(),
        }
    }
}
