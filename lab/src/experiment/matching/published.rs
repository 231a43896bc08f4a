//! The figures that the experiment's source published (Ai 2021, section 3.5; `docs/sources.md`).

/// A mechanism's published figures.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Published {
    /// Clean share in percent: of figure 3.11 and of figure 3.15.
    pub clean: (f64, f64),
    /// APET, figure 3.12.
    pub apet: f64,
    /// Energy matched in kWh, figure 3.13.
    pub energy: f64,
    /// Transmission loss in percent, figure 3.16.
    pub loss: f64,
}

impl Published {
    /// The four figures in the order of the measures, the first clean share.
    pub const fn figures(&self) -> [f64; 4] {
        [self.clean.0, self.apet, self.energy, self.loss]
    }

    /// Whether a measure is near its figure: within 5 %, a clean share within 5 percentage points
    /// of either one.
    pub fn near(&self, measures: &[f64; 4]) -> [bool; 4] {
        let close = |found: f64, figure: f64| (found - figure).abs() <= 0.05 * figure;
        let clean = [self.clean.0, self.clean.1].iter().any(|figure| (measures[0] - figure).abs() <= 5.0);
        [clean, close(measures[1], self.apet), close(measures[2], self.energy), close(measures[3], self.loss)]
    }
}

/// What the report published: K-prototypes and the double auction.
pub const PUBLISHED: [Published; 2] = [
    Published { clean: (80.0, 78.15), apet: 0.563, energy: 7237.0, loss: 2.07 },
    Published { clean: (0.0, 4.69), apet: 0.526, energy: 3946.7, loss: 3.15 },
];
