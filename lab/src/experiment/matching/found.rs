//! Everything that the experiment finds, as tables and plots take it.

use super::bounds::Finding;
use super::combinations::Combinations;
use super::measure::{Measures, Spread};
use super::regret::{Regret, Rounding};

/// The measures of one reading.
#[derive(Clone, Debug)]
pub(super) struct Row {
    pub(super) name: &'static str,
    pub(super) text: &'static str,
    pub(super) spreads: [Spread; 4],
}

/// The regret of one rounding.
#[derive(Clone, Debug)]
pub(super) struct RegretRow {
    pub(super) name: String,
    pub(super) rounding: Rounding,
    pub(super) regret: Regret,
}

/// How the choices through the ciphertexts compare with the choices in the clear.
#[derive(Clone, Copy, Debug)]
pub(super) struct Through {
    pub(super) pairs: usize,
    pub(super) buyers: usize,
    pub(super) equal: usize,
    pub(super) differing: usize,
}

/// Everything that the experiment finds.
pub(super) struct Found {
    pub(super) seed: u64,
    pub(super) runs: usize,
    /// The base of both mechanisms, run by run.
    pub(super) each: [Vec<Measures>; 2],
    pub(super) prototypes: Vec<Row>,
    pub(super) auctions: Vec<Row>,
    /// This program's own mechanisms on the same records.
    pub(super) rules: Vec<Row>,
    pub(super) combinations: Option<Combinations>,
    pub(super) bounds: Vec<Finding>,
    pub(super) regrets: Vec<RegretRow>,
    pub(super) through: Option<Through>,
}
