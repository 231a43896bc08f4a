//! The four measures of Ai 2021, formulas 3.5 and 3.6 (`docs/sources.md`). Floats are for measures
//! only: nothing here is signed, stored or proved.

use super::draw::{Distances, Records};

/// A trade, as far as the measures need it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Deal {
    /// Index of the sell record.
    pub seller: usize,
    /// Index of the buy record.
    pub buyer: usize,
    /// Energy that leaves the seller, in Wh.
    pub sent: u64,
    /// What the buyer pays per kWh sent, in micro-currency.
    pub price: u64,
}

/// The four measures of a cleared market. `NaN` where nothing was traded.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Measures {
    /// Clean energy sent, of all energy sent: 0 to 1.
    pub clean: f64,
    /// Mean over trades of the price per kWh received, in currency.
    pub apet: f64,
    /// Energy sent, in kWh.
    pub energy: f64,
    /// Energy lost, of all energy sent: 0 to 1.
    pub loss: f64,
}

/// The part of the energy sent that a metre takes away: 1 % a kilometre.
pub const LOSS_PER_METRE: f64 = 0.01 / 1000.0;

/// Measures a run's trades.
pub fn measure(records: &Records, distances: &Distances, deals: &[Deal]) -> Measures {
    let (mut sent, mut clean, mut lost, mut prices) = (0.0, 0.0, 0.0, 0.0);
    for deal in deals {
        let (wh, loss) = (deal.sent as f64, distances.metres(deal.seller, deal.buyer) as f64 * LOSS_PER_METRE);
        sent += wh;
        clean += if records.sells[deal.seller].clean() { wh } else { 0.0 };
        lost += wh * loss;
        prices += deal.price as f64 / 1e6 / (1.0 - loss);
    }
    Measures { clean: clean / sent, apet: prices / deals.len() as f64, energy: sent / 1000.0, loss: lost / sent }
}

/// A measure over several runs.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Spread {
    /// The mean.
    pub mean: f64,
    /// The least of the runs.
    pub least: f64,
    /// The greatest of the runs.
    pub most: f64,
}

impl Spread {
    /// The spread of the values of several runs.
    pub fn over(values: impl Iterator<Item = f64>) -> Spread {
        let values: Vec<f64> = values.collect();
        Spread {
            mean: values.iter().sum::<f64>() / values.len() as f64,
            least: values.iter().copied().fold(f64::INFINITY, f64::min),
            most: values.iter().copied().fold(f64::NEG_INFINITY, f64::max),
        }
    }
}

/// A measure: its name, its unit, and how to take it from the measures of a run.
pub type Measure = (&'static str, &'static str, fn(&Measures) -> f64);

/// The four measures, in the order of the tables. Shares are in percent.
pub const MEASURES: [Measure; 4] = [
    ("clean share", "%", |m| 100.0 * m.clean),
    ("APET", "currency per kWh", |m| m.apet),
    ("energy matched", "kWh", |m| m.energy),
    ("transmission loss", "%", |m| 100.0 * m.loss),
];

/// The four measures over runs, in the order of [`MEASURES`].
pub fn spreads(runs: &[Measures]) -> [Spread; 4] {
    MEASURES.map(|(_, _, of)| Spread::over(runs.iter().map(of)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn measures_of_two_trades_by_hand() {
        let mut records = Records::draw(1, 0);
        records.sells[0].energy_type = protocol::units::EnergyType::Wind;
        records.sells[1].energy_type = protocol::units::EnergyType::Fossil;
        let distances = Distances::one_far_pair(1, 0);
        let deals = [
            Deal { seller: 0, buyer: 0, sent: 3000, price: 540_000 },
            Deal { seller: 1, buyer: 0, sent: 1000, price: 450_000 },
        ];
        let found = measure(&records, &distances, &deals);
        let near = |a: f64, b: f64| assert!((a - b).abs() < 1e-12, "{a} {b}");
        near(found.clean, 0.75);
        near(found.apet, (0.54 + 0.5) / 2.0);
        near(found.energy, 4.0);
        near(found.loss, 0.025);
    }
}
