//! Relation 13 (Issue) as a circuit: an issued record is what its issuer states.

use super::testing::World;
use super::{Builder, Relation, Synthesis};
use crate::gadget::poseidon::{hash, hash_with_capacity};
use crate::gadget::Var;
use ark_ff::Field;
use protocol::poseidon::{capacity, Tag};
use protocol::relation::check::Broken;
pub use protocol::relation::issue::{Issue as Statement, IssueWitness as Witness};
use protocol::relation::issue::{IssuedRecord, CREDENTIAL_PUBLIC, METERED_PUBLIC};
use protocol::relation::RelationKind;
use protocol::Fr;
use rand_core::{CryptoRng, RngCore};

/// The circuit of relation 13.
pub struct Issue;

/// The kinds of record that can be issued. The verifier makes the public input out of one of these.
const KINDS: [Tag; 4] = [Tag::Generation, Tag::Metered, Tag::Balance, Tag::Credential];

fn number(tag: Tag) -> Fr {
    Fr::from(tag as u64)
}

/// A selector: 1 for this kind, 0 for another of [`KINDS`]. It is Lagrange's polynomial and costs
/// two constraints.
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
        let [metered, balance, credential] = [Tag::Metered, Tag::Balance, Tag::Credential].map(|tag| is(&kind, tag));

        // G and S have as many entries: the kind itself goes into the capacity lane, which is
        // linear in the tag.
        let of_five = capacity(Tag::Generation, 5) - number(Tag::Generation) * Fr::from(256u64);
        let five = hash_with_capacity(b.cs(), &(&kind * Fr::from(256u64) + of_five), &opening[..5])?;
        let three = hash(b.cs(), Tag::Balance, &opening[..3])?;
        let eight = hash(b.cs(), Tag::Credential, &opening)?;
        let leaf = &five + &balance * (three - &five) + &credential * (eight - &five);
        b.equal("1.commitment", &commitment, &leaf)?;

        let entry = |i: usize| &metered * &opening[METERED_PUBLIC[i]] + &credential * &opening[CREDENTIAL_PUBLIC[i]];
        b.equal("2.first", &first, &entry(0))?;
        b.equal("2.second", &second, &entry(1))
    }

    /// A credential.
    fn sample<R: RngCore + CryptoRng>(rng: &mut R) -> (Statement, Witness) {
        let mut world = World::new(rng);
        let (c, _) = world.credential();
        let record = IssuedRecord::Credential(protocol::keys::TraceCommitment(c.kappa), world.epoch);
        (Statement { record, commitment: c.commitment(), binding: world.field() }, Witness::from(&c))
    }
}

#[cfg(test)]
mod tests;
