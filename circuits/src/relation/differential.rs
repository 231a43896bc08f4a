//! The native check against the circuit, over instances changed at random: both accept, or both refuse.
//!
//! Values alone are synthesised, and put into matrices that were made once: a tenth of the time of building every
//! circuit anew. Every so often the circuit is built anew all the same, so that a value that is not what the matrices
//! say cannot hide.

use super::testing::{build, rng, Variation};
use super::{Builder, Relation};
use ark_bls12_381::Fr;
use ark_ff::{AdditiveGroup, UniformRand};
use ark_relations::gr1cs::{predicate::polynomial_constraint::R1CS_PREDICATE_LABEL, ConstraintSystem, SynthesisMode};
use rand_core::RngCore;
use std::collections::BTreeMap;

/// Changes to one instance at most.
const CHANGES: u32 = 3;

/// A relation's matrices, to be satisfied or not by many assignments.
struct Evaluator {
    /// The distinct linear combinations.
    combinations: Vec<Vec<(Fr, usize)>>,
    /// Which three of them each constraint is.
    constraints: Vec<[usize; 3]>,
    /// The last assignment, and the combinations' values under it.
    z: Vec<Fr>,
    values: Vec<Fr>,
}

impl Evaluator {
    fn of<R: Relation>(s: &R::Statement, w: &R::Witness) -> Self {
        let cs = ConstraintSystem::new_ref();
        R::synthesize(&mut Builder::new(cs.clone()), s, w).expect("all values are there");
        cs.finalize();
        let matrices =
            cs.to_matrices().expect("finalized").remove(R1CS_PREDICATE_LABEL).expect("there are constraints");
        let mut known: BTreeMap<Vec<(usize, Fr)>, usize> = BTreeMap::new();
        let (mut combinations, mut constraints) = (Vec::new(), Vec::new());
        for ((a, b), c) in matrices[0].iter().zip(&matrices[1]).zip(&matrices[2]) {
            constraints.push([a, b, c].map(|row| {
                *known.entry(row.iter().map(|(k, x)| (*x, *k)).collect()).or_insert_with(|| {
                    combinations.push(row.clone());
                    combinations.len() - 1
                })
            }));
        }
        let variables = cs.num_instance_variables() + cs.num_witness_variables();
        let values = vec![Fr::ZERO; combinations.len()];
        Evaluator { combinations, constraints, z: vec![Fr::ZERO; variables], values }
    }

    /// Whether the instance satisfies the constraints. Only what has changed since the last is computed again.
    fn satisfied<R: Relation>(&mut self, s: &R::Statement, w: &R::Witness) -> bool {
        let cs = ConstraintSystem::new_ref();
        cs.set_mode(SynthesisMode::Prove { construct_matrices: false, generate_lc_assignments: false });
        R::synthesize(&mut Builder::new(cs.clone()), s, w).expect("all values are there");
        let mut z = cs.instance_assignment().expect("values were synthesised");
        z.extend(cs.witness_assignment().expect("values were synthesised"));
        assert_eq!(z.len(), self.z.len(), "{}: the shape depends on values", R::KIND.name());
        let changed: Vec<bool> = z.iter().zip(&self.z).map(|(a, b)| a != b).collect();
        self.z = z;
        for (value, combination) in self.values.iter_mut().zip(&self.combinations) {
            if combination.iter().any(|(_, x)| changed[*x]) {
                *value = combination.iter().map(|(k, x)| *k * self.z[*x]).sum();
            }
        }
        let [a, b, c] = [0, 1, 2].map(|m| move |row: &[usize; 3], values: &[Fr]| values[row[m]]);
        self.constraints.iter().all(|r| a(r, &self.values) * b(r, &self.values) == c(r, &self.values))
    }
}

/// How many cases: 100,000 in the thorough mode.
fn cases(default: usize) -> usize {
    if std::env::var_os("VEILGRID_THOROUGH").is_some() {
        100_000
    } else {
        default
    }
}

/// A change of one entry, by number, by an amount.
pub(super) type Change<'a, R> = &'a dyn Fn(usize, &mut <R as Relation>::Statement, &mut <R as Relation>::Witness, Fr);

/// `entries` ways to change an instance, each by an amount.
pub(super) struct Changes<'a, R: Relation> {
    pub entries: usize,
    pub change: Change<'a, R>,
    /// Computes again what follows from the rest, so that many changed instances are honest.
    pub reseal: Variation<R>,
}

/// Native check and circuit agree on that many instances, each changed in up to three entries. Half are then sealed again,
/// and of those a quarter changed once more. Both verdicts must come up.
pub(super) fn agree<R: Relation>(default: usize, s: &R::Statement, w: &R::Witness, changes: &Changes<'_, R>) {
    let name = R::KIND.name();
    let (mut rng, mut evaluator) = (rng(), Evaluator::of::<R>(s, w));
    let (mut accepted, mut refused, cases) = (0, 0, cases(default));
    let start = std::time::Instant::now();
    for case in 0..cases {
        let (mut s, mut w) = (s.clone(), w.clone());
        let mut done = Vec::new();
        let mut change = |s: &mut R::Statement, w: &mut R::Witness, rng: &mut rand_chacha::ChaCha20Rng| {
            let (entry, by) = (rng.next_u32() as usize % changes.entries, amount(rng));
            (changes.change)(entry, s, w, by);
            done.push((entry, by));
        };
        // Every entry has its turn as the first.
        (changes.change)(case / 2 % changes.entries, &mut s, &mut w, amount(&mut rng));
        for _ in 1..1 + rng.next_u32() % CHANGES {
            change(&mut s, &mut w, &mut rng);
        }
        if case % 2 == 0 {
            (changes.reseal)(&mut s, &mut w);
            if rng.next_u32() % 4 == 0 {
                change(&mut s, &mut w, &mut rng);
            }
        }
        let native = R::check(&s, &w);
        let circuit = evaluator.satisfied::<R>(&s, &w);
        assert_eq!(native.is_ok(), circuit, "{name} case {case}: {} {done:?}: {native:?}", case / 2 % changes.entries);
        if case % 1000 < 4 {
            assert_eq!(build::<R>(&s, &w, None).0, circuit, "{name} case {case}: values and matrices differ");
        }
        *(if circuit { &mut accepted } else { &mut refused }) += 1;
        if case % 1_000 == 999 {
            println!("{name}: {} of {cases} cases, {accepted} accepted, {refused} refused", case + 1);
        }
    }
    println!("{name}: {cases} cases, {accepted} accepted, {refused} refused, in {:.0?}", start.elapsed());
    assert!(accepted > 0 && refused > 0, "{name}: {accepted} accepted, {refused} refused");
}

/// By how much: little, about a bound, or anything.
fn amount(rng: &mut rand_chacha::ChaCha20Rng) -> Fr {
    match rng.next_u32() % 11 {
        0 | 1 => Fr::from(1u64),
        2 => -Fr::from(1u64),
        3 => Fr::from(8u64),
        4 => Fr::from(7_500u64),
        5 => -Fr::from(7_500u64),
        6 => Fr::from(1u64 << 32),
        7 => Fr::from(1u128 << 64),
        8 => Fr::from(rng.next_u32() % 4000),
        9 => -Fr::from(rng.next_u32() % 4000),
        _ => Fr::rand(rng),
    }
}
