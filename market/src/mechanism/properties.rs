//! Which properties of mechanism design hold of a mechanism, each with its reason.

/// Whether a property holds, with its proof or a counterexample in a sentence.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Property {
    /// Whether it holds for every market.
    pub holds: bool,
    /// Why, or how it fails.
    pub why: &'static str,
}

/// What is known of a mechanism (`docs/sources.md`, P2P market modelling, principles of mechanism
/// design). A buyer's value of a Wh is its limit, a seller's cost its ask, each per Wh as the
/// seller sends it; other wishes have no value in money.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Properties {
    /// Nobody pays above its limit or earns below its ask.
    pub individual_rationality: Property,
    /// What buyers pay is what sellers earn, exactly.
    pub strong_budget_balance: Property,
    /// Buyers pay at least what sellers earn.
    pub weak_budget_balance: Property,
    /// Nobody gains by another plan than its true one, whatever the others list.
    pub incentive_compatibility: Property,
    /// No other clearing has greater gains from trade: the sum of energy times (limit less ask).
    pub efficiency: Property,
}

impl Properties {
    /// All properties with their names, in the order of the tables.
    pub const fn named(&self) -> [(&'static str, Property); 5] {
        [
            ("individual rationality", self.individual_rationality),
            ("strong budget balance", self.strong_budget_balance),
            ("weak budget balance", self.weak_budget_balance),
            ("incentive compatibility", self.incentive_compatibility),
            ("efficiency", self.efficiency),
        ]
    }
}

/// A property that holds, and why.
pub const fn yes(why: &'static str) -> Property {
    Property { holds: true, why }
}

/// A property that does not hold, and how it fails.
pub const fn no(why: &'static str) -> Property {
    Property { holds: false, why }
}
