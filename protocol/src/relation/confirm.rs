//! Relations 3 (ConfirmSell) and 4 (ConfirmBuy): a side binds itself to a match within its plan.

use super::{Inputs, Statement};
use crate::elgamal::Point;
use crate::record::{Commitment, Handle, MatchId};
use crate::units::{Cycle, IssuerId};
use crate::Fr;

/// Public inputs of relations 3 and 4.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Confirm {
    /// MR.
    pub matching: MatchId,
    /// The confirming side's plan.
    pub handle: Handle,
    /// The cycle.
    pub cycle: Cycle,
    /// m: the side's metering service.
    pub meter: IssuerId,
    /// K_m: that service's key.
    pub meter_key: Point,
    /// `c1` of the metering ciphertext.
    pub c1: Point,
    /// Metering ciphertext of (addr, v_m), context P.
    pub metering: [Fr; 2],
    /// G'' or B''.
    pub change: Commitment,
    /// Everything else in the transaction.
    pub binding: Fr,
}

impl Statement for Confirm {
    fn inputs(&self) -> Vec<Fr> {
        Inputs::default()
            .with(self.matching.0)
            .with(self.handle.0)
            .with(Fr::from(self.cycle.get()))
            .with(Fr::from(self.meter.get()))
            .with_point(self.meter_key)
            .with_point(self.c1)
            .with_all(&self.metering)
            .with(self.change.0)
            .with(self.binding)
            .done()
    }
}

#[cfg(feature = "witness")]
pub use witness::ConfirmWitness;

#[cfg(feature = "witness")]
mod witness {
    use super::*;
    use crate::elgamal::{encrypt, Role};
    use crate::record::balance::Balance;
    use crate::record::generation::Generation;
    use crate::record::matching::Match;
    use crate::record::plan::Plan;
    use crate::relation::check::{in_bits, Broken, Check, Ephemeral, Owner};
    use crate::units::Side;

    /// Witness of relations 3 and 4.
    #[derive(Clone)]
    pub struct ConfirmWitness {
        /// Spending secret.
        pub owner: Owner,
        /// MR's opening.
        pub matching: Match,
        /// P's opening; its side is the relation's.
        pub plan: Plan,
        /// Sell side: the type in the plan's attributes, and what is above it (`attributes = type + 8 rest`).
        pub energy_type: Fr,
        /// Blinding r'' of the change.
        pub change_blinding: Fr,
        /// e.
        pub ephemeral: Ephemeral,
    }

    /// Whether `attributes = energy_type + 8 rest` with `energy_type < 2^3` and `rest < 2^82`: the unique split.
    pub(crate) fn splits(attributes: Fr, energy_type: Fr) -> bool {
        use ark_ff::Field;
        let eighth = Fr::from(8u64).inverse().expect("8 is not zero modulo r");
        in_bits(energy_type, 3) && in_bits((attributes - energy_type) * eighth, 82)
    }

    impl Confirm {
        fn check(&self, w: &ConfirmWitness, side: Side) -> Result<(), Broken> {
            let (mut c, mr, plan, cycle) = (Check::default(), &w.matching, &w.plan, Fr::from(self.cycle.get()));
            c.require("1.match", self.matching == mr.id());
            let named = match side {
                Side::Sell => mr.sell,
                Side::Buy => mr.buy,
            };
            c.require("1.side", named == self.handle.0);
            c.require("1.cycle", mr.cycle == cycle);
            c.require("2.handle", plan.side == side && self.handle == plan.handle());
            c.require("2.owner", plan.owner == w.owner.address());
            c.require("2.cycle", plan.cycle == cycle);
            c.require("2.meter", plan.meter == Fr::from(self.meter.get()));
            c.require("3.range", in_bits(mr.volume, 32));
            c.require("3.positive", mr.volume != Fr::from(0u64));
            let left = plan.volume - mr.volume;
            c.require("3.volume", in_bits(left, 32));
            let change = match side {
                Side::Sell => {
                    c.require("3.price", in_bits(mr.price - plan.price, 32));
                    c.require("4.type", splits(plan.attributes, w.energy_type));
                    let (owner, blinding) = (plan.owner, w.change_blinding);
                    Generation { volume: left, energy_type: w.energy_type, cycle, owner, blinding }.commitment()
                }
                Side::Buy => {
                    c.require("3.price-range", in_bits(mr.price, 32));
                    c.require("3.price", in_bits(plan.price - mr.price, 32));
                    Balance { amount: left * plan.price, owner: plan.owner, blinding: w.change_blinding }.commitment()
                }
            };
            c.require("4.change", self.change == change);
            c.require("5.point", self.c1 == w.ephemeral.point());
            let messages = [plan.owner, mr.volume];
            let metering = encrypt(Role::Metering, &self.meter_key, self.handle.0, &w.ephemeral.e, &messages);
            c.require("5.metering", self.metering == metering);
            c.verdict()
        }
        /// Native check of relation 3.
        pub fn check_sell(&self, w: &ConfirmWitness) -> Result<(), Broken> {
            self.check(w, Side::Sell)
        }
        /// Native check of relation 4.
        pub fn check_buy(&self, w: &ConfirmWitness) -> Result<(), Broken> {
            self.check(w, Side::Buy)
        }
    }
}

#[cfg(feature = "witness")]
pub(crate) use witness::splits;
