//! Relation 7b (Void): a binding trade that lacks a delivery record at the deadline gives back the
//! lock of its matched volume.

use super::{Inputs, Statement};
use crate::record::{Commitment, Handle, MatchId};
use crate::units::{Cycle, Side};
use crate::Fr;

/// Public inputs of relation 7b.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Void {
    /// The match record MR.
    pub match_id: MatchId,
    /// The plan's handle P.
    pub handle: Handle,
    /// The market cycle that the plan is of.
    pub cycle: Cycle,
    /// The plan's side, which fixes the kind of refund.
    pub side: Side,
    /// The refund for the matched volume.
    pub refund: Commitment,
    /// Ties the proof to the rest of its transaction: see `transaction::binding`.
    pub binding: Fr,
}

impl Statement for Void {
    fn inputs(&self) -> Vec<Fr> {
        Inputs::default()
            .with(self.match_id.0)
            .with(self.handle.0)
            .with(Fr::from(self.cycle.get()))
            .with(Fr::from(self.side as u8))
            .with(self.refund.0)
            .with(self.binding)
            .done()
    }
}

#[cfg(feature = "witness")]
pub use witness::VoidWitness;

#[cfg(feature = "witness")]
mod witness {
    use super::*;
    use crate::record::matching::Match;
    use crate::record::plan::Plan;
    use crate::relation::check::{Broken, Check, Owner};
    use crate::relation::confirm::splits;
    use crate::relation::release::refund;

    /// Witness of relation 7b.
    #[derive(Clone)]
    pub struct VoidWitness {
        /// The household's spending secret sk.
        pub owner: Owner,
        /// Opening of the match record.
        pub match_id: Match,
        /// Opening of the plan's handle.
        pub plan: Plan,
        /// The lowest three bits of the plan's attributes: a sell plan's energy type.
        pub energy_type: Fr,
        /// Blinding of the refund.
        pub blinding: Fr,
    }

    impl Void {
        /// Native check of relation 7b. Error: the conditions that the witness breaks.
        pub fn check(&self, w: &VoidWitness) -> Result<(), Broken> {
            let mut c = Check::default();
            c.require("1.match", self.match_id == w.match_id.id());
            let named = match w.plan.side {
                Side::Sell => w.match_id.sell,
                Side::Buy => w.match_id.buy,
            };
            c.require("1.side", named == self.handle.0);
            c.require("1.handle", self.handle == w.plan.handle());
            c.require("1.kind", self.side == w.plan.side);
            c.require("1.owner", w.plan.owner == w.owner.address());
            c.require("1.cycle", w.plan.cycle == Fr::from(self.cycle.get()));
            c.require("1.type", splits(w.plan.attributes, w.energy_type));
            c.require("1.refund", self.refund == refund(&w.plan, w.energy_type, w.match_id.volume, w.blinding));
            c.verdict()
        }
    }
}
