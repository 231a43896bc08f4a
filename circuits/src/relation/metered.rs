//! Relation 13b (Metered) as a circuit: a metered record, and the serial that makes it the only one.

use super::parts::{ciphertext, ephemeral};
use super::testing::World;
use super::{Builder, Relation, Synthesis};
use crate::gadget::poseidon::hash;
use protocol::elgamal::{encrypt, Role};
use protocol::poseidon::Tag;
use protocol::record::metered::{record_serial, serial_key, Metered as Record, RecordSerial, SerialKey, Sign};
use protocol::record::Commitment;
use protocol::relation::check::{Broken, Ephemeral};
use protocol::relation::metered::bound;
pub use protocol::relation::metered::{Metered as Statement, MeteredWitness as Witness};
use protocol::relation::RelationKind;
use protocol::units::Energy;
use protocol::Fr;
use rand_core::{CryptoRng, RngCore};

/// The circuit of relation 13b.
pub struct Metered;

impl Relation for Metered {
    const KIND: RelationKind = RelationKind::Metered;
    type Statement = Statement;
    type Witness = Witness;

    fn check(statement: &Statement, witness: &Witness) -> Result<(), Broken> {
        statement.check(witness)
    }

    fn synthesize(b: &mut Builder, s: &Statement, w: &Witness) -> Synthesis {
        let [commitment, sign, cycle, meter, serial, key, bound, rest @ ..] = b.inputs::<15>(s)?;
        let [a_x, a_y, c_x, c_y, audit0, audit1, audit2, _binding] = rest;
        let [volume, owner, blinding, secret] = b.witnesses([w.volume, w.owner, w.blinding, w.serial_key])?;

        let opening = [&volume, &sign, &cycle, &owner, &meter, &blinding].map(Clone::clone);
        let record = hash(b.cs(), Tag::Metered, &opening)?;
        b.equal("1.record", &commitment, &record)?;
        b.nonzero("1.positive", &volume)?;
        b.range("1.range", &volume, 32)?;
        b.range("1.bound", &(bound - &volume), 33)?;

        let public = hash(b.cs(), Tag::SerialKey, std::slice::from_ref(&secret))?;
        b.equal("2.key", &key, &public)?;
        let computed = hash(b.cs(), Tag::RecordSerial, &[secret, owner.clone(), cycle, sign])?;
        b.equal("2.serial", &serial, &computed)?;

        let e = ephemeral(b, "3.point", &w.ephemeral, &c_x, &c_y)?;
        let (messages, published) = ([owner, volume, blinding], [audit0, audit1, audit2]);
        ciphertext(b, "3.audit", &e, Role::Metered, [&a_x, &a_y], &commitment, &messages, &published)
    }

    /// A surplus of 350 Wh.
    fn sample<R: RngCore + CryptoRng>(rng: &mut R) -> (Statement, Witness) {
        let mut world = World::new(rng);
        let witness = Witness {
            volume: Fr::from(350u64),
            owner: world.address().0,
            blinding: world.field(),
            serial_key: world.field(),
            ephemeral: Ephemeral::random(world.rng()),
        };
        let (zero, audit_key) = (Fr::from(0u64), world.key());
        let mut statement = Statement {
            commitment: Commitment(zero),
            sign: Sign::Surplus,
            cycle: world.cycle,
            meter: world.meter,
            serial: RecordSerial(zero),
            serial_key: SerialKey(zero),
            bound: bound(Energy::new(12_500).expect("below 2^32")),
            audit_key,
            c1: audit_key,
            audit: [zero; 3],
            binding: world.field(),
        };
        seal(&mut statement, &witness);
        (statement, witness)
    }
}

/// Computes the parts of the statement that follow from the witness: record, serial, keys and
/// ciphertext.
pub fn seal(s: &mut Statement, w: &Witness) {
    let (sign, cycle, meter) = (Fr::from(s.sign as u8), Fr::from(s.cycle.get()), Fr::from(s.meter.get()));
    let record = Record { volume: w.volume, sign, cycle, owner: w.owner, meter, blinding: w.blinding };
    s.commitment = record.commitment();
    s.serial_key = serial_key(w.serial_key);
    s.serial = record_serial(w.serial_key, w.owner, cycle, sign);
    s.c1 = w.ephemeral.point();
    s.audit = encrypt(Role::Metered, &s.audit_key, s.commitment.0, &w.ephemeral.e, &[w.owner, w.volume, w.blinding]);
}

#[cfg(test)]
mod tests;
