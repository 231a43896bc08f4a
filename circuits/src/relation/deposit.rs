//! Relation 12 (Deposit) as a circuit: a trace key is encrypted to the audit key.

use super::parts::{ciphertext, ephemeral};
use super::testing::World;
use super::{Builder, Relation, Synthesis};
use crate::gadget::poseidon::hash;
use protocol::elgamal::{encrypt, Role};
use protocol::keys::TraceKey;
use protocol::poseidon::Tag;
use protocol::relation::check::{Broken, Ephemeral};
pub use protocol::relation::deposit::{Deposit as Statement, DepositWitness as Witness};
use protocol::relation::RelationKind;
use protocol::Fr;
use rand_core::{CryptoRng, RngCore};

/// The circuit of relation 12.
pub struct Deposit;

impl Relation for Deposit {
    const KIND: RelationKind = RelationKind::Deposit;
    type Statement = Statement;
    type Witness = Witness;

    fn check(statement: &Statement, witness: &Witness) -> Result<(), Broken> {
        statement.check(witness)
    }

    fn synthesize(b: &mut Builder, s: &Statement, w: &Witness) -> Synthesis {
        let [kappa, a_x, a_y, c_x, c_y, published, _binding] = b.inputs(s)?;
        let key = b.witness(w.trace_key)?;
        let computed = hash(b.cs(), Tag::TraceKey, std::slice::from_ref(&key))?;
        b.equal("1.kappa", &kappa, &computed)?;
        let e = ephemeral(b, "1.point", &w.ephemeral, &c_x, &c_y)?;
        ciphertext(b, "1.ciphertext", &e, Role::Audit, [&a_x, &a_y], &kappa, &[key], &[published])
    }

    fn sample<R: RngCore + CryptoRng>(rng: &mut R) -> (Statement, Witness) {
        let mut world = World::new(rng);
        let witness = Witness { trace_key: world.trace_key, ephemeral: Ephemeral::random(world.rng()) };
        let audit_key = world.key();
        let mut statement = Statement {
            kappa: TraceKey::from_field(witness.trace_key).commitment(),
            audit_key,
            c1: audit_key,
            ciphertext: [Fr::from(0u64)],
            binding: world.field(),
        };
        seal(&mut statement, &witness);
        (statement, witness)
    }
}

/// Computes the parts of the statement that follow from the witness: kappa and ciphertext.
pub fn seal(s: &mut Statement, w: &Witness) {
    s.kappa = TraceKey::from_field(w.trace_key).commitment();
    s.c1 = w.ephemeral.point();
    s.ciphertext = encrypt(Role::Audit, &s.audit_key, s.kappa.0, &w.ephemeral.e, &[w.trace_key]);
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::relation::testing::{
        agrees, determined, field, refuses, shape, shift_key, shift_scalar, Mutation, Perturbation,
    };

    const MUTATIONS: &[Mutation<Deposit>] = &[
        ("1.kappa", |s, w| {
            // The ciphertext of another key than kappa's.
            w.trace_key += field(1);
            s.ciphertext = encrypt(Role::Audit, &s.audit_key, s.kappa.0, &w.ephemeral.e, &[w.trace_key]);
        }),
        ("1.point", |s, _| s.c1.x += field(1)),
        ("1.point", |s, _| s.c1.y += field(1)),
        ("1.ciphertext", |s, _| s.ciphertext[0] += field(1)),
        ("1.ciphertext", |s, w| {
            // Under another role's stream.
            s.ciphertext = encrypt(Role::Terms, &s.audit_key, s.kappa.0, &w.ephemeral.e, &[w.trace_key]);
        }),
    ];

    const PERTURBATIONS: &[Perturbation<Deposit>] = &[
        |_, w, d| w.trace_key += d,
        |_, w, d| shift_scalar(&mut w.ephemeral, d),
        |s, _, d| s.kappa.0 += d,
        |s, _, d| shift_key(&mut s.audit_key, d),
        |s, _, d| s.c1.x += d,
        |s, _, d| s.c1.y += d,
        |s, _, d| s.ciphertext[0] += d,
        |s, _, d| s.binding += d,
    ];

    #[test]
    fn each_condition_bites_alone() {
        refuses::<Deposit>(MUTATIONS);
    }

    #[test]
    fn circuit_and_native_check_agree() {
        agrees::<Deposit>(PERTURBATIONS, |s, w| seal(s, w), 200);
    }

    #[test]
    fn no_witness_is_left_free() {
        determined::<Deposit>(&[]);
    }

    #[test]
    fn shape_and_constraints_are_pinned() {
        assert_eq!(shape::<Deposit>(), 2_859);
    }
}
