//! The clearing rules that `simulate` plays, by name.

use clap::builder::{PossibleValue, PossibleValuesParser, TypedValueParser};
use market::description::Shares;
use market::mechanism::{self, Mechanism};
use market::play::{self, shares, Played};
use market::scenario::Scenario;

/// The name that stands for every rule.
const ALL: &str = "all";

/// A clearing rule.
#[derive(Clone, Copy)]
pub enum Rule {
    /// A mechanism: an order book goes in, trades come out.
    Mechanism(&'static dyn Mechanism),
    /// Shares by coefficients, without orders.
    Shares,
}

/// Every rule, K-prototypes first.
const RULES: [Rule; mechanism::ALL.len() + 1] = {
    let mut rules = [Rule::Shares; mechanism::ALL.len() + 1];
    let mut mechanism = 0;
    while mechanism < mechanism::ALL.len() {
        rules[mechanism] = Rule::Mechanism(mechanism::ALL[mechanism]);
        mechanism += 1;
    }
    rules
};

impl Rule {
    /// Its name.
    pub fn name(self) -> &'static str {
        match self {
            Rule::Mechanism(mechanism) => mechanism.name(),
            Rule::Shares => shares::NAME,
        }
    }

    /// Plays the scenario. `observe` is called before each cycle. Errors: [`play::Error`].
    pub fn play(self, scenario: &Scenario, shares: &Shares, observe: &mut dyn FnMut()) -> Result<Played, play::Error> {
        match self {
            Rule::Mechanism(mechanism) => play::play(scenario, mechanism, observe),
            Rule::Shares => shares::play(scenario, shares, observe),
        }
    }
}

/// What `--rule` may say.
#[derive(Clone, Copy)]
pub enum Choice {
    /// One rule.
    One(Rule),
    /// Every rule.
    All,
}

impl std::fmt::Debug for Choice {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Choice::One(rule) => rule.name(),
            Choice::All => ALL,
        })
    }
}

impl Choice {
    /// The parser of `--rule`.
    pub fn parser() -> impl TypedValueParser<Value = Choice> {
        let names = RULES.iter().map(|rule| rule.name()).chain([ALL]);
        PossibleValuesParser::new(names.map(PossibleValue::new))
            .map(|name: String| RULES.into_iter().find(|rule| rule.name() == name).map_or(Choice::All, Choice::One))
    }
}

/// The chosen rules, each once, in the order chosen. None chosen means K-prototypes.
pub fn chosen(choices: &[Choice]) -> Vec<Rule> {
    let mut rules: Vec<Rule> = vec![];
    for choice in choices {
        let more = match choice {
            Choice::One(rule) => std::slice::from_ref(rule),
            Choice::All => &RULES,
        };
        for rule in more {
            if rules.iter().all(|other| other.name() != rule.name()) {
                rules.push(*rule);
            }
        }
    }
    if rules.is_empty() {
        rules.push(RULES[0]);
    }
    rules
}
