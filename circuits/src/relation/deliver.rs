//! Relation 14 (Deliver) as a circuit: a delivery record opens for everybody whom it concerns.

use super::parts::{ciphertext, ephemeral};
use super::testing::World;
use super::{Builder, Relation, Synthesis};
use crate::gadget::poseidon::hash;
use protocol::poseidon::Tag;
use protocol::record::delivery::Delivery;
use protocol::record::{DeliveryId, MatchId};
use protocol::relation::check::{Broken, Ephemeral};
pub use protocol::relation::deliver::{Deliver as Statement, DeliverWitness as Witness};
use protocol::relation::deliver::{AMOUNT_BITS, PAIRS, ROLES};
use protocol::relation::RelationKind;
use protocol::units::Side;
use protocol::Fr;
use rand_core::{CryptoRng, RngCore};

/// The circuit of relation 14.
pub struct Deliver;

impl Relation for Deliver {
    const KIND: RelationKind = RelationKind::Deliver;
    type Statement = Statement;
    type Witness = Witness;

    fn check(statement: &Statement, witness: &Witness) -> Result<(), Broken> {
        statement.check(witness)
    }

    fn synthesize(b: &mut Builder, s: &Statement, w: &Witness) -> Synthesis {
        let all: [_; 22] = b.inputs(s)?;
        let [match_id, side, delivery, c_x, c_y, ..] = &all;
        let (keys, pairs) = all[5..21].split_at(8);
        let [amount, blinding] = b.witnesses([w.amount, w.blinding])?;
        let opening = [match_id.clone(), side.clone(), amount.clone(), blinding.clone()];
        let record = hash(b.cs(), Tag::Delivery, &opening)?;
        b.equal("1.record", delivery, &record)?;
        b.range("1.range", &amount, AMOUNT_BITS)?;
        let e = ephemeral(b, "2.point", &w.ephemeral, c_x, c_y)?;
        let said = [amount, blinding];
        for (i, (key, pair)) in keys.chunks_exact(2).zip(pairs.chunks_exact(2)).enumerate() {
            ciphertext(b, PAIRS[i], &e, ROLES[i], [&key[0], &key[1]], delivery, &said, pair)?;
        }
        Ok(())
    }

    /// A seller's half of 650 Wh.
    fn sample<R: RngCore + CryptoRng>(rng: &mut R) -> (Statement, Witness) {
        let mut world = World::new(rng);
        let (match_id, blinding, binding) = (MatchId(world.field()), world.field(), world.field());
        let keys = [(); 4].map(|()| world.key());
        let witness = Witness { amount: Fr::from(650u64), blinding, ephemeral: Ephemeral::random(world.rng()) };
        let zero = Fr::from(0u64);
        let (delivery, c1) = (DeliveryId(zero), keys[0]);
        let mut statement =
            Statement { match_id, side: Side::Sell, delivery, c1, keys, pairs: [[zero; 2]; 4], binding };
        seal(&mut statement, &witness);
        (statement, witness)
    }
}

/// Computes the parts of the statement that follow from the witness: the record and its
/// ciphertexts.
pub fn seal(s: &mut Statement, w: &Witness) {
    let (match_id, side) = (s.match_id.0, Fr::from(s.side as u8));
    s.delivery = Delivery { match_id, side, amount: w.amount, blinding: w.blinding }.id();
    s.c1 = w.ephemeral.point();
    s.pairs = Statement::encrypted(s.delivery, &s.keys, w);
}

#[cfg(test)]
mod tests;
