//! Relations 3 (ConfirmSell) and 4 (ConfirmBuy): a side binds itself to a match within its plan.

use super::{Inputs, Statement};
use crate::elgamal::Point;
use crate::record::{Commitment, Handle, MatchId};
use crate::units::{Cycle, IssuerId};
use crate::Fr;

/// Public inputs of relations 3 and 4.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Confirm {
    /// The match record MR.
    pub match_id: MatchId,
    /// The confirming side's plan.
    pub handle: Handle,
    /// The market cycle that the plan is of.
    pub cycle: Cycle,
    /// Number m of the side's metering service.
    pub meter: IssuerId,
    /// That service's encryption key, K_m.
    pub meter_key: Point,
    /// First half of the metering ciphertext, `c1 = e G`.
    pub c1: Point,
    /// Second half of the metering ciphertext, of (address, matched volume), context P.
    pub metering: [Fr; 2],
    /// The rest of the plan as a record: unsold generation, or the lock of what was not bought.
    pub change: Commitment,
    /// Ties the proof to the rest of its transaction: see `transaction::binding`.
    pub binding: Fr,
}

impl Statement for Confirm {
    fn inputs(&self) -> Vec<Fr> {
        Inputs::default()
            .with(self.match_id.0)
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
        /// The household's spending secret sk.
        pub owner: Owner,
        /// Opening of the match record.
        pub match_id: Match,
        /// Opening of the plan's handle; its side is the relation's.
        pub plan: Plan,
        /// Sell side only: the energy type, which is the lowest three bits of the plan's attributes
        /// (`attributes = type + 8 rest`).
        pub energy_type: Fr,
        /// Blinding of that rest.
        pub change_blinding: Fr,
        /// The ephemeral scalar e of the ciphertexts.
        pub ephemeral: Ephemeral,
    }

    /// Whether `attributes = energy_type + 8 rest` with `energy_type < 2^3` and `rest < 2^82`: the
    /// unique split.
    pub(crate) fn splits(attributes: Fr, energy_type: Fr) -> bool {
        use ark_ff::Field;
        let eighth = Fr::from(8u64).inverse().expect("8 is not zero modulo r");
        in_bits(energy_type, 3) && in_bits((attributes - energy_type) * eighth, 82)
    }

    impl Confirm {
        fn check(&self, w: &ConfirmWitness, side: Side) -> Result<(), Broken> {
            let (mut c, mr, plan, cycle) = (Check::default(), &w.match_id, &w.plan, Fr::from(self.cycle.get()));
            c.require("1.match", self.match_id == mr.id());
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
                    let (owner, meter, blinding) = (plan.owner, plan.meter, w.change_blinding);
                    Generation { volume: left, energy_type: w.energy_type, cycle, owner, meter, blinding }.commitment()
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
        /// Native check of relation 3. Error: the conditions that the witness breaks.
        pub fn check_sell(&self, w: &ConfirmWitness) -> Result<(), Broken> {
            self.check(w, Side::Sell)
        }
        /// Native check of relation 4. Error: the conditions that the witness breaks.
        pub fn check_buy(&self, w: &ConfirmWitness) -> Result<(), Broken> {
            self.check(w, Side::Buy)
        }
    }
}

#[cfg(feature = "witness")]
pub(crate) use witness::splits;
