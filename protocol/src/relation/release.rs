//! Relation 7 (Release): a plan that was refused, has lapsed or expired, or is still listed gives
//! back what it locked.

use super::{Inputs, Statement};
use crate::record::{Commitment, Handle};
use crate::units::{Cycle, Side};
use crate::Fr;

/// Public inputs of relation 7.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Release {
    /// The plan's handle P.
    pub handle: Handle,
    /// The market cycle that the plan is of.
    pub cycle: Cycle,
    /// The plan's side, which fixes the kind of refund: generation for sell, balance for buy.
    pub side: Side,
    /// The record that is given back: a generation record for a sell plan, a balance record for a
    /// buy plan.
    pub refund: Commitment,
    /// Ties the proof to the rest of its transaction: see `transaction::binding`.
    pub binding: Fr,
}

impl Statement for Release {
    fn inputs(&self) -> Vec<Fr> {
        Inputs::default()
            .with(self.handle.0)
            .with(Fr::from(self.cycle.get()))
            .with(Fr::from(self.side as u8))
            .with(self.refund.0)
            .with(self.binding)
            .done()
    }
}

#[cfg(feature = "witness")]
pub use witness::{refund, ReleaseWitness};

#[cfg(feature = "witness")]
mod witness {
    use super::*;
    use crate::record::balance::Balance;
    use crate::record::generation::Generation;
    use crate::record::plan::Plan;
    use crate::relation::check::{Broken, Check, Owner};
    use crate::relation::confirm::splits;

    /// Witness of relation 7.
    #[derive(Clone)]
    pub struct ReleaseWitness {
        /// The household's spending secret sk.
        pub owner: Owner,
        /// Opening of the plan's handle.
        pub plan: Plan,
        /// The lowest three bits of the plan's attributes: a sell plan's energy type. A buy plan's
        /// attributes are split in the same way, and the bits are not used.
        pub energy_type: Fr,
        /// Blinding of the refund.
        pub blinding: Fr,
    }

    /// The refund for `volume` of a plan: generation of that volume, or a balance of its worth at
    /// the plan's price.
    pub fn refund(plan: &Plan, energy_type: Fr, volume: Fr, blinding: Fr) -> Commitment {
        let (cycle, owner, meter) = (plan.cycle, plan.owner, plan.meter);
        match plan.side {
            Side::Sell => Generation { volume, energy_type, cycle, owner, meter, blinding }.commitment(),
            Side::Buy => Balance { amount: volume * plan.price, owner, blinding }.commitment(),
        }
    }

    impl Release {
        /// Native check of relation 7. Error: the conditions that the witness breaks.
        pub fn check(&self, w: &ReleaseWitness) -> Result<(), Broken> {
            let mut c = Check::default();
            c.require("1.handle", self.handle == w.plan.handle());
            c.require("1.kind", self.side == w.plan.side);
            c.require("1.owner", w.plan.owner == w.owner.address());
            c.require("1.cycle", w.plan.cycle == Fr::from(self.cycle.get()));
            c.require("1.type", splits(w.plan.attributes, w.energy_type));
            c.require("1.refund", self.refund == refund(&w.plan, w.energy_type, w.plan.volume, w.blinding));
            c.verdict()
        }
    }
}
