//! The records and distances of all runs, and every reading measured on them.

use super::auction::auction;
use super::draw::{Distances, Geometry, Records};
use super::measure::{measure, Measures};
use super::prototypes::prototypes;
use super::reading::{Auction, Reading};
use rayon::prelude::*;

/// The records and distances of all runs.
pub struct Worlds {
    pub(super) records: Vec<Records>,
    distances: Vec<(Geometry, Vec<Distances>)>,
}

impl Worlds {
    /// Draws the records of so many runs of a seed, and their distances in every geometry.
    pub fn draw(seed: u64, runs: u64) -> Worlds {
        let distances = Geometry::ALL.map(|geometry| {
            let all: Vec<Distances> =
                (0..runs).into_par_iter().map(|run| Distances::draw(geometry, seed, run)).collect();
            (geometry, all)
        });
        Worlds { records: (0..runs).map(|run| Records::draw(seed, run)).collect(), distances: distances.into() }
    }

    /// The records and distances of each run in a geometry.
    pub fn runs(&self, geometry: Geometry) -> impl Iterator<Item = (&Records, &Distances)> {
        let distances = self.distances.iter().find(|(of, _)| *of == geometry);
        self.records.iter().zip(&distances.expect("every geometry was drawn").1)
    }

    /// Measures a reading of K-prototypes, run by run.
    pub fn prototypes(&self, reading: &Reading) -> Vec<Measures> {
        self.runs(reading.geometry).map(|(r, d)| measure(r, d, &prototypes(r, d, reading))).collect()
    }

    /// Measures a reading of the double auction, run by run.
    pub fn auction(&self, reading: &Auction) -> Vec<Measures> {
        self.runs(reading.geometry).map(|(r, d)| measure(r, d, &auction(r, d, reading))).collect()
    }
}
