//! Relation 14 (Deliver): a metering service's delivery record opens for everybody whom it concerns.
//!
//! The record's opening (a, r) is encrypted to the regulator's key for terms, to the two plans' keys
//! and to the other side's metering service. Without this proof a service could post a record that
//! nobody can open, which would freeze the trade's money, or one copied from another service.

use super::{Inputs, Statement};
use crate::elgamal::{Point, Role};
use crate::record::{DeliveryId, MatchId};
use crate::units::Side;
use crate::Fr;

/// The roles of the four keys, in the order of the statement.
pub const ROLES: [Role; 4] = [Role::DeliveryTerms, Role::DeliverySeller, Role::DeliveryBuyer, Role::DeliveryMeter];

/// Bits of the amount.
pub const AMOUNT_BITS: usize = 32;

/// Public inputs of relation 14.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Deliver {
    /// The match record MR.
    pub match_id: MatchId,
    /// The side whose meter was read.
    pub side: Side,
    /// The delivery record AR. It is the context of the ciphertexts, too.
    pub delivery: DeliveryId,
    /// First half of the ciphertexts, `c1 = e G`.
    pub c1: Point,
    /// The keys K_t, D_s, D_b and K_m' (of the other side's metering service).
    pub keys: [Point; 4],
    /// Second halves, of (amount, blinding), to these keys.
    pub pairs: [[Fr; 2]; 4],
    /// Ties the proof to the rest of its transaction: see `transaction::binding`.
    pub binding: Fr,
}

impl Statement for Deliver {
    fn inputs(&self) -> Vec<Fr> {
        let mut inputs = Inputs::default()
            .with(self.match_id.0)
            .with(Fr::from(self.side as u8))
            .with(self.delivery.0)
            .with_point(self.c1);
        for key in self.keys {
            inputs = inputs.with_point(key);
        }
        self.pairs.iter().fold(inputs, |inputs, pair| inputs.with_all(pair)).with(self.binding).done()
    }
}

#[cfg(feature = "witness")]
pub use witness::DeliverWitness;

#[cfg(feature = "witness")]
mod witness {
    use super::*;
    use crate::elgamal::encrypt;
    use crate::record::delivery::Delivery;
    use crate::relation::check::{in_bits, Broken, Check, Condition, Ephemeral};

    /// The conditions on the four pairs, in the order of [`ROLES`].
    pub const PAIRS: [Condition; 4] = ["2.terms", "2.seller", "2.buyer", "2.meter"];

    /// Witness of relation 14.
    #[derive(Clone)]
    pub struct DeliverWitness {
        /// Energy that the meter read for the trade, in Wh.
        pub amount: Fr,
        /// The record's blinding r.
        pub blinding: Fr,
        /// The ephemeral scalar e of the ciphertexts.
        pub ephemeral: Ephemeral,
    }

    impl Deliver {
        /// The second halves for these keys in the context of the record.
        pub fn encrypted(delivery: DeliveryId, keys: &[Point; 4], w: &DeliverWitness) -> [[Fr; 2]; 4] {
            let to = |i: usize| encrypt(ROLES[i], &keys[i], delivery.0, &w.ephemeral.e, &[w.amount, w.blinding]);
            core::array::from_fn(to)
        }
        /// Native check of relation 14. Error: the conditions that the witness breaks.
        pub fn check(&self, w: &DeliverWitness) -> Result<(), Broken> {
            let mut c = Check::default();
            let (match_id, side) = (self.match_id.0, Fr::from(self.side as u8));
            let record = Delivery { match_id, side, amount: w.amount, blinding: w.blinding };
            c.require("1.record", self.delivery == record.id());
            c.require("1.range", in_bits(w.amount, AMOUNT_BITS));
            c.require("2.point", self.c1 == w.ephemeral.point());
            let pairs = Self::encrypted(self.delivery, &self.keys, w);
            for ((name, found), pair) in PAIRS.into_iter().zip(self.pairs).zip(pairs) {
                c.require(name, found == pair);
            }
            c.verdict()
        }
    }
}

#[cfg(feature = "witness")]
pub use witness::PAIRS;
