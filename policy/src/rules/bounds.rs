//! Whether a market is one in which a household trades without asking.

use crate::decimal::per_kwh;
use crate::policy::{Bounds, PriceBounds};
use crate::terms::Terms;
use protocol::units::{Price, Tick};
use std::fmt;

/// A term of the market that lies outside the policy's bounds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Breach {
    /// Which term.
    pub term: Term,
    /// Its value in this cycle.
    pub found: Price,
    /// Its least value by the policy.
    pub least: Price,
    /// Its greatest value by the policy.
    pub most: Price,
}

/// A term of the market that a policy bounds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Term {
    /// The feed-in tariff.
    FeedIn,
    /// The retail tariff.
    Retail,
    /// The penalty.
    Penalty,
    /// The first price of the grid.
    GridFirst,
    /// The last price of the grid.
    GridLast,
    /// The difference of neighbouring prices of the grid.
    GridStep,
}

impl Term {
    const fn name(self) -> &'static str {
        match self {
            Term::FeedIn => "the feed-in tariff",
            Term::Retail => "the retail tariff",
            Term::Penalty => "the penalty",
            Term::GridFirst => "the first price of the grid",
            Term::GridLast => "the last price of the grid",
            Term::GridStep => "the step of the price grid",
        }
    }
}

impl fmt::Display for Breach {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (least, most) = (per_kwh(self.least), per_kwh(self.most));
        write!(f, "{} is {}, and the policy allows {least} to {most}", self.term.name(), per_kwh(self.found))
    }
}

/// The first term that is outside the bounds, if any is.
pub(crate) fn breach(bounds: &Bounds, terms: &Terms) -> Option<Breach> {
    let up_to = |most| PriceBounds { least: Price::ZERO, most };
    let last = terms.grid.price(Tick::MAX);
    let checks = [
        (Term::FeedIn, terms.feed_in, bounds.feed_in),
        (Term::Retail, terms.retail, bounds.retail),
        (Term::Penalty, terms.penalty, up_to(bounds.penalty_most)),
        (Term::GridFirst, terms.grid.first(), bounds.grid),
        (Term::GridLast, last, bounds.grid),
        (Term::GridStep, terms.grid.step(), up_to(bounds.grid_step_most)),
    ];
    let outside = checks.into_iter().find(|(_, found, within)| !(within.least..=within.most).contains(found));
    outside.map(|(term, found, within)| Breach { term, found, least: within.least, most: within.most })
}
