//! Everything that the week's experiment finds, as tables and plots take it.

use super::feeder::{Effects, Feeder};
use super::replay::Replay;
use figures::measures::{Baseline, Measures};
use figures::Currency;
use market::play::Played;
use market::scenario::Scenario;
use std::time::Duration;

/// A week, played by every mechanism.
pub(super) struct Week {
    pub(super) seed: u64,
    pub(super) currency: Currency,
    pub(super) scenario: Scenario,
    pub(super) slots: Vec<String>,
    pub(super) base: Baseline,
    pub(super) played: Vec<Played>,
    pub(super) measures: Vec<Measures>,
    /// The feeder of `--feeder`.
    pub(super) feeder: Option<Feeder>,
    /// What each rule's trades do to it. Empty without one.
    pub(super) effects: Vec<Effects>,
    pub(super) replay: Option<Replay>,
    pub(super) took: Duration,
}
