//! Relation 7d (Complain): the owner of a plan says that it cannot open the match record it is named in. Spec 30 asks for
//! a proof "that P opens and is one's own" without giving it a number; the number is ours.

use super::{Inputs, Statement};
use crate::record::Handle;
use crate::Fr;

/// Public inputs of relation 7d. The match complained of is in `binding`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Complain {
    /// P.
    pub handle: Handle,
    /// Everything else in the transaction.
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
        /// Spending secret.
        pub owner: Owner,
        /// P's opening.
        pub plan: Plan,
    }

    impl Complain {
        /// Native check of relation 7d.
        pub fn check(&self, w: &ComplainWitness) -> Result<(), Broken> {
            let mut c = Check::default();
            c.require("1.handle", self.handle == w.plan.handle());
            c.require("1.owner", w.plan.owner == w.owner.address());
            c.verdict()
        }
    }
}
