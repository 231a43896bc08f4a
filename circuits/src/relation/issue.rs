//! Relation 13 (Issue) as a circuit: an issued record is what its issuer states.

use super::testing::World;
use super::{Builder, Relation, Synthesis};
use crate::gadget::poseidon::hash;
use crate::gadget::Var;
use ark_ff::Field;
use protocol::poseidon::Tag;
use protocol::record::generation::Generation;
use protocol::relation::check::Broken;
pub use protocol::relation::issue::{Issue as Statement, IssueWitness as Witness};
use protocol::relation::issue::{IssuedRecord, AMOUNT, FIRST, SECOND};
use protocol::relation::RelationKind;
use protocol::units::{Energy, EnergyType};
use protocol::Fr;
use rand_core::{CryptoRng, RngCore};

/// The circuit of relation 13.
pub struct Issue;

/// The kinds of record that can be issued. The verifier makes the public input out of one of these.
const KINDS: [Tag; 3] = [Tag::Generation, Tag::Balance, Tag::Credential];

fn number(tag: Tag) -> Fr {
    Fr::from(tag as u64)
}

/// A selector: 1 for this kind, 0 for another of [`KINDS`]. It is Lagrange's polynomial and costs
/// one constraint.
fn is(kind: &Var, this: Tag) -> Var {
    let mut product = Var::Constant(Fr::ONE);
    for other in KINDS.into_iter().filter(|tag| *tag != this) {
        let distance = (number(this) - number(other)).inverse().expect("tags are distinct");
        product *= (kind - number(other)) * distance;
    }
    product
}

impl Relation for Issue {
    const KIND: RelationKind = RelationKind::Issue;
    type Statement = Statement;
    type Witness = Witness;

    fn check(statement: &Statement, witness: &Witness) -> Result<(), Broken> {
        statement.check(witness)
    }

    /// The circuit computes the hash of every kind over one opening, and the kind selects among
    /// them.
    fn synthesize(b: &mut Builder, s: &Statement, w: &Witness) -> Synthesis {
        let [kind, commitment, first, second, _binding] = b.inputs(s)?;
        let opening = b.witnesses(w.opening)?;
        let [generation, balance, credential] = KINDS.map(|tag| is(&kind, tag));
        let one = Var::Constant(Fr::ONE);

        let six = hash(b.cs(), Tag::Generation, &opening[..6])?;
        let three = hash(b.cs(), Tag::Balance, &opening[..3])?;
        let eight = hash(b.cs(), Tag::Credential, &opening)?;
        let leaf = &six + &balance * (three - &six) + &credential * (eight - &six);
        b.equal("1.commitment", &commitment, &leaf)?;

        b.equal("2.first", &first, &((&one - &balance) * &opening[FIRST]))?;
        // Of G the second public value is the bound, about which condition 3 is.
        b.equal("2.second", &((&one - &generation) * &second), &(&credential * &opening[SECOND]))?;

        let amount = &opening[AMOUNT] + &credential * (one - &opening[AMOUNT]);
        b.nonzero("3.positive", &amount)?;
        b.range("3.range", &amount, 64)?;
        b.range("3.bound", &(&generation * (&second - &opening[AMOUNT])), 64)
    }

    /// A generation record of 350 Wh.
    fn sample<R: RngCore + CryptoRng>(rng: &mut R) -> (Statement, Witness) {
        let mut world = World::new(rng);
        let (volume, greatest) = (Energy::new(350).expect("below 2^32"), Energy::new(12_500).expect("below 2^32"));
        let blinding = world.field();
        let g = Generation::new(volume, EnergyType::Solar, world.cycle, world.address(), world.meter, blinding);
        let record = IssuedRecord::Generation(world.meter, greatest);
        (Statement { record, commitment: g.commitment(), binding: world.field() }, Witness::from(&g))
    }
}

#[cfg(test)]
mod tests;
