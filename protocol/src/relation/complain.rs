//! Relation 7d (Complain): the owner of a plan says that it cannot open the match record in which
//! the plan is named. It proves that the plan's handle opens and that the plan is its own
//! (docs/decisions/0002-additions-to-the-relations.md).

use super::{Inputs, Statement};
use crate::record::Handle;
use crate::Fr;

/// Public inputs of relation 7d. The match that the owner complains of is in the transaction's
/// body, to which `binding` ties the proof.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Complain {
    /// The plan's handle P.
    pub handle: Handle,
    /// Ties the proof to the rest of its transaction: see `transaction::binding`.
    pub binding: Fr,
}

impl Statement for Complain {
    fn inputs(&self) -> Vec<Fr> {
        Inputs::default().with(self.handle.0).with(self.binding).done()
    }
}

#[cfg(feature = "witness")]
pub use witness::ComplainWitness;

#[cfg(feature = "witness")]
mod witness {
    use super::*;
    use crate::record::plan::Plan;
    use crate::relation::check::{Broken, Check, Owner};

    /// Witness of relation 7d.
    #[derive(Clone)]
    pub struct ComplainWitness {
        /// The household's spending secret sk.
        pub owner: Owner,
        /// Opening of the plan's handle.
        pub plan: Plan,
    }

    impl Complain {
        /// Native check of relation 7d. Error: the conditions that the witness breaks.
        pub fn check(&self, w: &ComplainWitness) -> Result<(), Broken> {
            let mut c = Check::default();
            c.require("1.handle", self.handle == w.plan.handle());
            c.require("1.owner", w.plan.owner == w.owner.address());
            c.verdict()
        }
    }
}
