//! Relation 7c (Refuse): a matched side that has not confirmed says no.

use super::{Inputs, Statement};
use crate::record::{Handle, MatchId};
use crate::Fr;

/// Public inputs of relation 7c.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refuse {
    /// MR.
    pub matching: MatchId,
    /// P.
    pub handle: Handle,
    /// Everything else in the transaction.
    pub binding: Fr,
}

impl Statement for Refuse {
    fn inputs(&self) -> Vec<Fr> {
        Inputs::default().with(self.matching.0).with(self.handle.0).with(self.binding).done()
    }
}

#[cfg(feature = "witness")]
pub use witness::RefuseWitness;

#[cfg(feature = "witness")]
mod witness {
    use super::*;
    use crate::record::matching::Match;
    use crate::record::plan::Plan;
    use crate::relation::check::{Broken, Check, Owner};
    use crate::units::Side;

    /// Witness of relation 7c.
    #[derive(Clone)]
    pub struct RefuseWitness {
        /// Spending secret.
        pub owner: Owner,
        /// MR's opening.
        pub matching: Match,
        /// P's opening.
        pub plan: Plan,
    }

    impl Refuse {
        /// Native check of relation 7c.
        pub fn check(&self, w: &RefuseWitness) -> Result<(), Broken> {
            let mut c = Check::default();
            c.require("1.match", self.matching == w.matching.id());
            let named = match w.plan.side {
                Side::Sell => w.matching.sell,
                Side::Buy => w.matching.buy,
            };
            c.require("1.side", named == self.handle.0);
            c.require("1.handle", self.handle == w.plan.handle());
            c.require("1.owner", w.plan.owner == w.owner.address());
            c.verdict()
        }
    }
}
