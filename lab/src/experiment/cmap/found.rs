//! What the experiment found.

use super::clear::Mechanism;
use super::measure::Measures;

/// A drawn market, cleared by every mechanism.
#[derive(Clone, Debug)]
pub(super) struct Run {
    /// In the order of [`Mechanism::ALL`].
    pub measures: [Measures; Mechanism::ALL.len()],
    /// The satisfaction of each match, from 0 to 1.
    pub satisfactions: [Vec<f64>; Mechanism::ALL.len()],
}

/// What the experiment found.
#[derive(Clone, Debug)]
pub(super) struct Found {
    pub seed: u64,
    /// How many plans each side has.
    pub side: usize,
    /// The markets in which all of a side mind the same.
    pub first: Vec<Run>,
    /// The markets in which each minds what was drawn for it.
    pub random: Vec<Run>,
}
