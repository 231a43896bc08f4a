//! A household's horizon as a linear program, solved.

use super::horizon::Horizon;
use super::model::{Face, Model, Terms};
use super::worth::{self, Worth};
use super::{Schedule, Stored};
use crate::horizon_fault::Fault;

/// A solved horizon.
pub(super) struct Solved {
    model: Model,
    face: Face,
}

impl Solved {
    pub(super) fn new(horizon: &Horizon) -> Result<Solved, Fault> {
        let model = Model::new(horizon);
        let (program, columns, rows) = model.program();
        let solution = program.solve()?;
        let face = Face::of(&solution, &columns, &rows);
        let face = Face { values: worth::sharpened(&model, &face)?, ..face };
        Ok(Solved { model, face })
    }

    /// Whether every schedule of least cost has the same net energy in every cycle.
    pub(super) fn unique_net(&self) -> Result<bool, Fault> {
        worth::unique_net(&self.model, &self.face)
    }

    pub(super) fn schedule(&self) -> Schedule {
        let (model, values) = (&self.model, &self.face.values);
        let wh = |column: usize| values[column] * model.energy;
        let net = |terms: &Terms| terms.iter().map(|(column, factor)| factor * wh(*column)).sum();
        let batteries = model.batteries.iter().map(|of| {
            let flows = || of.flow.iter().copied();
            Stored {
                charge: flows().map(|flow| flow.charge(&wh)).collect(),
                discharge: flows().map(|flow| flow.discharge(&wh)).collect(),
                stored: of.stored.iter().map(|column| wh(*column)).collect(),
            }
        });
        let cost: f64 = model.columns.iter().zip(values).map(|(column, value)| column.cost * value).sum();
        Schedule {
            cost: cost * model.energy * model.price,
            net: model.net.iter().map(net).collect(),
            batteries: batteries.collect(),
            generated: model.generated.iter().map(|column| wh(*column)).collect(),
            flexible: model.flexible.iter().map(|of| of.iter().map(|of| of.map_or(0.0, wh)).collect()).collect(),
        }
    }

    /// What a Wh of load is worth in the first cycle.
    pub(super) fn value_now(&self) -> Result<Worth, Fault> {
        worth::of_load(&self.model, &self.face, 0)
    }
}
