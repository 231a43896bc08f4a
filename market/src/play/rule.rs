//! Every rule by which a scenario can be played, by name.

use super::{shares, Error, Played};
use crate::description::Shares;
use crate::mechanism::{self, Mechanism, Properties, Venue};
use crate::scenario::Scenario;

/// A rule by which a scenario is played.
#[derive(Clone, Copy)]
pub enum Rule<'a> {
    /// A mechanism: an order book goes in, trades come out.
    Mechanism(&'a dyn Mechanism),
    /// Shares by coefficients, without orders.
    Shares(&'a Shares),
}

impl<'a> Rule<'a> {
    /// Every rule that knows no network, K-prototypes first and the shares last.
    pub fn every(shares: &'a Shares) -> Vec<Rule<'a>> {
        let mechanisms = mechanism::ALL.iter().map(|mechanism| Rule::Mechanism(*mechanism));
        mechanisms.chain([Rule::Shares(shares)]).collect()
    }

    /// Its name in tables and JSON.
    pub fn name(self) -> &'static str {
        match self {
            Rule::Mechanism(mechanism) => mechanism.name(),
            Rule::Shares(_) => shares::NAME,
        }
    }

    /// Which properties hold of it, and why.
    pub fn properties(self) -> Properties {
        match self {
            Rule::Mechanism(mechanism) => mechanism.properties(),
            Rule::Shares(shares) => shares::properties(&shares.division),
        }
    }

    /// Where it may decide the trades of a market.
    pub fn venue(self) -> Venue {
        match self {
            Rule::Mechanism(mechanism) => mechanism.venue(),
            Rule::Shares(_) => Venue::InTheClear,
        }
    }

    /// Plays the scenario, and checks after every cycle that energy and money are conserved.
    /// `observe` is called before each cycle. Errors: [`Error`].
    pub fn play(self, scenario: &Scenario, observe: &mut dyn FnMut()) -> Result<Played, Error> {
        match self {
            Rule::Mechanism(mechanism) => super::play(scenario, mechanism, observe),
            Rule::Shares(shares) => shares::play(scenario, shares, observe),
        }
    }
}
