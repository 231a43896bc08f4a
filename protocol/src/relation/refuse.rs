//! Relation 7c (Refuse): a side of a match that has not confirmed refuses it.

use super::{Inputs, Statement};
use crate::record::{Handle, MatchId};
use crate::Fr;

/// Public inputs of relation 7c.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refuse {
    /// The match record MR.
    pub match_id: MatchId,
    /// The plan's handle P.
    pub handle: Handle,
    /// Ties the proof to the rest of its transaction: see `transaction::binding`.
    pub binding: Fr,
}

impl Statement for Refuse {
    fn inputs(&self) -> Vec<Fr> {
        Inputs::default().with(self.match_id.0).with(self.handle.0).with(self.binding).done()
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
        /// The household's spending secret sk.
        pub owner: Owner,
        /// Opening of the match record.
        pub match_id: Match,
        /// Opening of the plan's handle.
        pub plan: Plan,
    }

    impl Refuse {
        /// Native check of relation 7c. Error: the conditions that the witness breaks.
        pub fn check(&self, w: &RefuseWitness) -> Result<(), Broken> {
            let mut c = Check::default();
            c.require("1.match", self.match_id == w.match_id.id());
            let named = match w.plan.side {
                Side::Sell => w.match_id.sell,
                Side::Buy => w.match_id.buy,
            };
            c.require("1.side", named == self.handle.0);
            c.require("1.handle", self.handle == w.plan.handle());
            c.require("1.owner", w.plan.owner == w.owner.address());
            c.verdict()
        }
    }
}
