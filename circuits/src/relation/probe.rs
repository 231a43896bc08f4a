//! More tests of a relation: instances other than the sample, witnesses that nothing holds, and whether circuit and
//! native check agree on perturbed instances.

use super::testing::{build, rng, Mutation};
use super::{Builder, Relation};
use crate::gadget::testing::{satisfied, undetermined};
use ark_bls12_381::Fr;
use ark_ff::UniformRand;
use ark_relations::gr1cs::{ConstraintSystem, SynthesisMode};
use protocol::relation::check::Condition;
use rand_core::RngCore;

/// The instance is honest: the native check and the circuit accept it.
pub fn accepts<R: Relation>(s: &R::Statement, w: &R::Witness) {
    assert_eq!(R::check(s, w), Ok(()), "{}: native", R::KIND.name());
    assert!(build::<R>(s, w, None).0, "{}: the circuit must accept", R::KIND.name());
}

/// The instance breaks exactly this condition, natively and in the circuit.
pub fn breaks<R: Relation>(condition: Condition, s: &R::Statement, w: &R::Witness) {
    let name = format!("{} {condition}", R::KIND.name());
    assert_eq!(R::check(s, w).map_err(|b| b.0), Err(vec![condition]), "{name}: native");
    assert!(!build::<R>(s, w, None).0, "{name}: the circuit must refuse");
    assert!(build::<R>(s, w, Some(condition)).0, "{name}: without the condition the circuit must accept");
}

/// Each mutation of an honest instance breaks exactly its condition.
pub fn all_break<R: Relation>(s: &R::Statement, w: &R::Witness, mutations: &[Mutation<R>]) {
    accepts::<R>(s, w);
    for (condition, mutate) in mutations {
        let (mut s, mut w) = (s.clone(), w.clone());
        mutate(&mut s, &mut w);
        breaks::<R>(condition, &s, &w);
    }
}

/// No witness of the instance can change alone without breaking a constraint.
pub fn determined<R: Relation>(s: &R::Statement, w: &R::Witness) {
    let cs = ConstraintSystem::new_ref();
    R::synthesize(&mut Builder::new(cs.clone()), s, w).expect("all values are there");
    assert!(satisfied(&cs));
    assert_eq!(undetermined(&cs), Vec::<usize>::new(), "{}: free witnesses", R::KIND.name());
}

/// The circuit is the same for the sample, for these instances, and when keys are made, without any value.
pub fn same_shape<R: Relation>(others: &[(R::Statement, R::Witness)]) {
    let matrices = |(s, w): &(R::Statement, R::Witness), setup: bool| {
        let cs = ConstraintSystem::new_ref();
        if setup {
            cs.set_mode(SynthesisMode::Setup);
        }
        R::synthesize(&mut Builder::new(cs.clone()), s, w).expect("synthesis needs no more than a sample");
        cs.finalize();
        (cs.num_instance_variables(), cs.num_witness_variables(), cs.to_matrices().expect("finalized"))
    };
    let sample = R::sample(&mut rng());
    let shape = matrices(&sample, true);
    for instance in others.iter().chain([&sample]) {
        assert!(matrices(instance, false) == shape, "{}: the shape depends on values", R::KIND.name());
    }
}

/// The field elements of an instance that [`agrees`] perturbs.
pub type Entries<R> =
    for<'a> fn(&'a mut <R as Relation>::Statement, &'a mut <R as Relation>::Witness) -> Vec<&'a mut Fr>;
/// Recomputes what follows from the rest: hashes, ciphertexts.
pub type Seal<R> = fn(&mut <R as Relation>::Statement, &mut <R as Relation>::Witness);

/// Native check and circuit agree on instances with one entry changed, every other one with all that follows from it
/// recomputed. Both verdicts must come up.
pub fn agrees<R: Relation>(cases: usize, s: &R::Statement, w: &R::Witness, entries: Entries<R>, seal: Seal<R>) {
    let mut rng = rng();
    let (mut accepted, mut refused) = (0, 0);
    for case in 0..cases {
        let (mut s, mut w) = (s.clone(), w.clone());
        let mut all = entries(&mut s, &mut w);
        let (i, kind) = (rng.next_u32() as usize % all.len(), rng.next_u32() % 11);
        let old = *all[i];
        let change = match kind {
            0 | 1 => Fr::from(1u64),
            2 | 3 => -Fr::from(1u64),
            4 => Fr::from(8u64),
            5 => Fr::from(7_500u64),
            6 => -Fr::from(7_500u64),
            7 => Fr::from(1u64 << 32),
            8 => Fr::from(1u128 << 64),
            9 => -old,
            _ => Fr::rand(&mut rng),
        };
        *all[i] += change;
        if case % 2 == 0 {
            seal(&mut s, &mut w);
        }
        let native = R::check(&s, &w);
        let circuit = build::<R>(&s, &w, None).0;
        assert_eq!(native.is_ok(), circuit, "{} case {case}: entry {i}, change {kind}: {native:?}", R::KIND.name());
        *(if circuit { &mut accepted } else { &mut refused }) += 1;
    }
    assert!(accepted > 0 && refused > 0, "{}: {accepted} accepted, {refused} refused", R::KIND.name());
}
