//! More tests of a relation: instances other than the sample, witnesses that no constraint holds,
//! and the agreement of circuit and native check on perturbed instances.

use super::differential::{agree, Changes};
use super::testing::{build, rng, Mutation, Perturbation};
use super::{Builder, Relation};
use crate::hunt::{Depth, Hole, System};
use ark_bls12_381::Fr;
use ark_relations::gr1cs::{ConstraintSystem, SynthesisMode};
use protocol::relation::check::Condition;
use protocol::relation::RelationKind;

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

/// Whether the variable is the public bound of relation 13b. The ledger puts in the bound; it can
/// change together with a bit of what is left up to it, since the same record keeps within another
/// bound.
fn of_the_bound<R: Relation>(variable: usize) -> bool {
    const BOUND: usize = 7;
    R::KIND == RelationKind::Metered && variable == BOUND
}

/// Runs the hunt on the instance: everything computed is determined, and no two variables can
/// change together. A dummy's root may be any, so what inputs can change alone or between them is
/// left to `tests/hunt`; and where something is 0, columns of the Jacobian vanish without anything
/// being free.
pub fn determined<R: Relation>(s: &R::Statement, w: &R::Witness) {
    let system = System::of::<R>(s, w).expect("an honest instance");
    let mut holes = system.holes(Depth::Pairs);
    holes.retain(|h| match h {
        Hole::Alone(a) => !system.is_input(a.variable),
        Hole::Pair(p) => !p.variables.iter().all(|x| system.is_input(*x)) && !of_the_bound::<R>(p.variables[0]),
        Hole::Still(_) | Hole::Parallel(_) => false,
        _ => true,
    });
    assert_eq!(holes, [], "{}", R::KIND.name());
}

/// The circuit is the same for the sample, for these instances, and when keys are made, without any
/// value.
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

/// Native check and circuit agree on instances with some entries changed, field elements or others
/// (`others`).
pub fn agrees<R: Relation>(
    cases: usize,
    (s, w): &(R::Statement, R::Witness),
    entries: Entries<R>,
    others: &[Perturbation<R>],
    seal: Seal<R>,
) {
    let count = entries(&mut s.clone(), &mut w.clone()).len();
    let change = |i: usize, s: &mut R::Statement, w: &mut R::Witness, by: Fr| match i.checked_sub(count) {
        None => *entries(s, w)[i] += by,
        Some(other) => others[other](s, w, by),
    };
    agree::<R>(cases, s, w, &Changes { entries: count + others.len(), change: &change, reseal: seal });
}
