//! Which rules `simulate` plays.

use clap::builder::{PossibleValue, PossibleValuesParser, TypedValueParser};
use grid::nodal::Nodal;
use market::description::Shares;
use market::play::Rule;

/// The name that stands for every rule.
const ALL: &str = "all";

/// What one `--rule` says: the name of a rule, or `all`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Choice(&'static str);

impl Choice {
    /// The parser of `--rule`.
    pub fn parser() -> impl TypedValueParser<Value = Choice> {
        let names = || names().into_iter().chain([ALL]);
        PossibleValuesParser::new(names().map(PossibleValue::new))
            .map(move |name: String| Choice(names().find(|known| *known == name).unwrap_or(ALL)))
    }
}

/// The names of all rules.
fn names() -> Vec<&'static str> {
    let shares = Shares::default();
    Rule::every(&shares).into_iter().map(Rule::name).chain([Nodal::NAME]).collect()
}

/// Whether `nodal` is asked for by its name.
pub fn needs_feeder(choices: &[Choice]) -> bool {
    choices.contains(&Choice(Nodal::NAME))
}

/// How many rules are chosen, with a feeder or without.
pub fn count(choices: &[Choice], feeder: bool) -> usize {
    let named = |name: &str| choices.iter().any(|choice| choice.0 == name || choice.0 == ALL);
    let count = names().into_iter().filter(|name| named(name) && (feeder || *name != Nodal::NAME)).count();
    count.max(1)
}

/// The chosen ones of all rules, each once, in the order chosen. None chosen means the first.
pub fn chosen<'a>(choices: &[Choice], all: &[Rule<'a>]) -> Vec<Rule<'a>> {
    let mut rules: Vec<Rule> = vec![];
    for choice in choices {
        let more = all.iter().filter(|rule| choice.0 == ALL || choice.0 == rule.name());
        for rule in more {
            if rules.iter().all(|other| other.name() != rule.name()) {
                rules.push(*rule);
            }
        }
    }
    if rules.is_empty() {
        rules.extend(all.first());
    }
    rules
}
