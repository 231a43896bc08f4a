//! A scenario by one or more clearing rules, side by side, with every figure.

use crate::bills::Bills;
use crate::columns;
use crate::energy_types::EnergyTypes;
use crate::known::Known;
use crate::lines::{left_out, lines, LeftOut, Line};
use crate::measures::{Baseline, Measures};
use crate::table::Cell;
use market::play::Played;
use market::scenario::Scenario;

/// All figures of a scenario.
pub struct Figures<'a> {
    /// The program and its version, for the outputs.
    pub(crate) program: &'a str,
    /// The name of what was played, for people.
    pub(crate) source: &'a str,
    /// The scenario.
    pub scenario: &'a Scenario,
    /// What is known beside it.
    pub known: &'a Known,
    /// Its books by each rule.
    pub played: &'a [Played],
    /// The bills by each rule.
    pub bills: Vec<Bills>,
    /// What does not depend on a rule.
    pub base: Baseline,
    /// The measures by each rule.
    pub measures: Vec<Measures>,
}

/// Who gains least by a rule.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct WorstOff<'a> {
    pub(crate) rule: &'static str,
    pub(crate) household: &'a str,
    /// Nano-currency.
    pub(crate) gain: i128,
    /// The household with the least gain per metered kWh. None when no meter shows anything.
    pub(crate) household_per_kwh: Option<&'a str>,
    /// Its gain, currency per kWh.
    pub(crate) gain_per_kwh: Option<f64>,
}

impl<'a> Figures<'a> {
    /// The figures of `played`, of which there is at least one and all are of `scenario`. `program`
    /// and `source` stand in the outputs: name and version of the program, and the name of what was
    /// played.
    pub fn new(
        (program, source): (&'a str, &'a str),
        scenario: &'a Scenario,
        known: &'a Known,
        played: &'a [Played],
    ) -> Figures<'a> {
        let bills: Vec<Bills> = played.iter().map(|played| Bills::new(scenario, played, known)).collect();
        let base = Baseline::new(scenario, &bills[0]);
        let measures = bills.iter().zip(played).map(|(bills, played)| Measures::new(scenario, bills, played));
        let measures = measures.collect();
        Figures { program, source, scenario, known, played, bills, base, measures }
    }

    /// The measures that can be computed.
    pub fn lines(&self) -> Vec<Line> {
        lines(&self.base, &self.measures)
    }

    /// The measures that cannot be computed.
    pub fn left_out(&self) -> &'static [LeftOut] {
        left_out(&self.base)
    }

    /// When a cycle begins, by its index. Empty when it has no date.
    pub(crate) fn start(&self, index: usize) -> &str {
        self.known.starts.get(index).map_or("", String::as_str)
    }

    /// Who gains least by each rule. Empty in a scenario without households.
    pub(crate) fn worst_off(&self) -> Vec<WorstOff<'_>> {
        let id = |household: usize| self.scenario.households[household].id.as_str();
        let of = |measures: &Measures| {
            let (household, gain) = measures.worst_off()?;
            let per_kwh = measures.worst_off_per_kwh(&self.base);
            Some(WorstOff {
                rule: measures.rule,
                household: id(household),
                gain,
                household_per_kwh: per_kwh.map(|(household, _)| id(household)),
                gain_per_kwh: per_kwh.map(|(_, gain)| gain),
            })
        };
        self.measures.iter().filter_map(of).collect()
    }

    /// Calls `of` with the cells of each trade by a rule, in the order made.
    pub(crate) fn each_trade(&self, rule: usize, mut of: impl FnMut(&[Cell<'_>])) {
        let played = &self.played[rule];
        let mut types = EnergyTypes::new(self.scenario);
        for (index, (books, cycle)) in played.cycles.iter().zip(&self.scenario.cycles).enumerate() {
            types.learn(cycle);
            for trade in &books.trades {
                let energy_type = types.of(books.rows[trade.seller].meter.household);
                of(&columns::trade((played.rule, self.start(index)), self.scenario, books, trade, energy_type));
            }
        }
    }
}
