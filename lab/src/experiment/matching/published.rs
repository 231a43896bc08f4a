//! The figures that the experiment's source published (Ai 2021, section 3.5; `docs/sources.md`).

/// A mechanism's published figures.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Published {
    /// Clean share in percent, as figure 3.11 and as figure 3.15 show it.
    pub clean: (f64, f64),
    /// APET, the mean price per kWh received, in currency: figure 3.12.
    pub apet: f64,
    /// Energy matched in kWh, figure 3.13.
    pub energy: f64,
    /// Transmission loss in percent, figure 3.16.
    pub loss: f64,
}

impl Published {
    /// The four figures in the order of the measures; the clean share is the first of the two.
    pub const fn figures(&self) -> [f64; 4] {
        [self.clean.0, self.apet, self.energy, self.loss]
    }

    /// Which measures are near their figures: within 5 %, the clean share within 5 percentage
    /// points of either published one.
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
