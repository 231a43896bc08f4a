//! The native check against the circuit, on instances that are changed at random: both accept, or
//! both refuse.
//!
//! Only values are synthesised, and put into matrices that were made once. That takes a tenth of
//! the time of building every circuit. Now and then the circuit is built all the same, so a value
//! that contradicts the matrices is found.

use super::testing::{build, Variation};
use super::{Builder, Relation};
use ark_bls12_381::Fr;
use ark_ff::{AdditiveGroup, UniformRand};
use ark_relations::gr1cs::{predicate::polynomial_constraint::R1CS_PREDICATE_LABEL, ConstraintSystem, SynthesisMode};
use rand_chacha::ChaCha20Rng;
use rand_core::{RngCore, SeedableRng};
use std::collections::BTreeMap;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::time::Instant;

/// The greatest number of changes to one instance.
const CHANGES: u32 = 3;

/// A relation's matrices, to be satisfied or not by many assignments that are not far from a few.
struct Evaluator {
    /// The distinct linear combinations of each variable, and its coefficients.
    columns: Vec<Vec<(Fr, usize)>>,
    /// For each constraint the indices of its three combinations.
    constraints: Vec<[usize; 3]>,
    /// Assignments that others are compared with, and the combinations' values under each.
    known: Vec<[Vec<Fr>; 2]>,
}

impl Evaluator {
    fn of<R: Relation>(s: &R::Statement, w: &R::Witness) -> Self {
        let cs = ConstraintSystem::new_ref();
        R::synthesize(&mut Builder::new(cs.clone()), s, w).expect("all values are there");
        cs.finalize();
        let matrices =
            cs.to_matrices().expect("finalized").remove(R1CS_PREDICATE_LABEL).expect("there are constraints");
        let mut columns = vec![Vec::new(); cs.num_instance_variables() + cs.num_witness_variables()];
        let (mut distinct, mut constraints) = (BTreeMap::<Vec<(usize, Fr)>, usize>::new(), Vec::new());
        for ((a, b), c) in matrices[0].iter().zip(&matrices[1]).zip(&matrices[2]) {
            constraints.push([a, b, c].map(|row| {
                let i = distinct.len();
                *distinct.entry(row.iter().map(|(k, x)| (*x, *k)).collect()).or_insert_with(|| {
                    row.iter().for_each(|(k, x)| columns[*x].push((*k, i)));
                    i
                })
            }));
        }
        let known = vec![[vec![Fr::ZERO; columns.len()], vec![Fr::ZERO; distinct.len()]]];
        Evaluator { columns, constraints, known }
    }

    /// The values of the instance's variables and combinations. Only those that differ from the
    /// nearest known assignment are computed.
    fn values<R: Relation>(&self, s: &R::Statement, w: &R::Witness) -> [Vec<Fr>; 2] {
        let cs = ConstraintSystem::new_ref();
        cs.set_mode(SynthesisMode::Prove { construct_matrices: false, generate_lc_assignments: false });
        R::synthesize(&mut Builder::new(cs.clone()), s, w).expect("all values are there");
        let mut z = cs.instance_assignment().expect("values were synthesised");
        z.extend(cs.witness_assignment().expect("values were synthesised"));
        assert_eq!(z.len(), self.columns.len(), "{}: the shape depends on values", R::KIND.name());
        let distance = |[old, _]: &&[Vec<Fr>; 2]| old.iter().zip(&z).filter(|(old, new)| old != new).count();
        let [old, values] = self.known.iter().min_by_key(distance).expect("the zeros are known");
        let mut values = values.clone();
        for ((column, new), old) in self.columns.iter().zip(&z).zip(old).filter(|((_, new), old)| new != old) {
            let change = *new - old;
            column.iter().for_each(|(k, i)| values[*i] += *k * change);
        }
        [z, values]
    }

    fn satisfied<R: Relation>(&self, s: &R::Statement, w: &R::Witness) -> bool {
        let [_, values] = self.values::<R>(s, w);
        self.constraints.iter().all(|[a, b, c]| values[*a] * values[*b] == values[*c])
    }
}

/// Cases of a block: each block has a seed of its own.
const BLOCK: usize = 1_000;

/// The blocks to be run and how many cases of each: the beginning of the first; under
/// `VEILGRID_THOROUGH` a hundred whole ones, or those of `VEILGRID_BLOCKS=from..to`, so that a long
/// run can be made in parts.
fn blocks(default: usize) -> (std::ops::Range<u64>, usize) {
    if std::env::var_os("VEILGRID_THOROUGH").is_none() {
        return (0..1, default);
    }
    let all = std::env::var("VEILGRID_BLOCKS").unwrap_or("0..100".into());
    let range = all.split_once("..").and_then(|(from, to)| Some(from.parse().ok()?..to.parse().ok()?));
    (range.expect("VEILGRID_BLOCKS is a range of blocks, such as 0..100"), BLOCK)
}

/// A change of one entry, by number, by an amount.
pub(super) type Change<'a, R> =
    &'a (dyn Fn(usize, &mut <R as Relation>::Statement, &mut <R as Relation>::Witness, Fr) + Sync);

/// `entries` ways to change an instance, each by an amount.
pub(super) struct Changes<'a, R: Relation> {
    pub entries: usize,
    pub change: Change<'a, R>,
    /// Computes again what follows from the rest, so that many changed instances are honest.
    pub reseal: Variation<R>,
}

/// Native check and circuit agree on that many instances, each changed in up to three entries. Half
/// are then sealed again, and of those a quarter changed once more. Both verdicts must come up.
pub(super) fn agree<R: Relation>(default: usize, s: &R::Statement, w: &R::Witness, changes: &Changes<'_, R>) {
    let name = R::KIND.name();
    let (range, cases) = blocks(default);
    let (start, next, verdicts) = (Instant::now(), AtomicU64::new(range.start), [0; 2].map(AtomicUsize::new));
    let mut evaluator = Evaluator::of::<R>(s, w);
    let (mut sealed_s, mut sealed_w) = (s.clone(), w.clone());
    (changes.reseal)(&mut sealed_s, &mut sealed_w);
    for (s, w) in [(s, w), (&sealed_s, &sealed_w)] {
        let values = evaluator.values::<R>(s, w);
        evaluator.known.push(values);
    }
    let cores = std::thread::available_parallelism().map_or(1, usize::from);
    std::thread::scope(|scope| {
        for _ in 0..cores.min((range.end - range.start) as usize) {
            scope.spawn(|| loop {
                let block = next.fetch_add(1, Ordering::Relaxed);
                if block >= range.end {
                    return;
                }
                let [refused, accepted] = agree_in_block::<R>(block, cases, (s, w), changes, &evaluator);
                verdicts[0].fetch_add(refused, Ordering::Relaxed);
                verdicts[1].fetch_add(accepted, Ordering::Relaxed);
                println!("{name}: block {block}, {cases} cases: {accepted} accepted, {refused} refused");
            });
        }
    });
    let [refused, accepted] = verdicts.map(AtomicUsize::into_inner);
    let all = accepted + refused;
    println!("{name}: {all} cases, {accepted} accepted, {refused} refused, in {:.0?}", start.elapsed());
    assert!(accepted > 0 && refused > 0, "{name}: {accepted} accepted, {refused} refused");
}

/// The numbers of a block's cases that both refuse and that both accept.
fn agree_in_block<R: Relation>(
    block: u64,
    cases: usize,
    (s, w): (&R::Statement, &R::Witness),
    changes: &Changes<'_, R>,
    evaluator: &Evaluator,
) -> [usize; 2] {
    let (name, mut rng) = (R::KIND.name(), ChaCha20Rng::seed_from_u64(block));
    let mut verdicts = [0; 2];
    for case in 0..cases {
        let (mut s, mut w) = (s.clone(), w.clone());
        let mut done = Vec::new();
        let mut change = |s: &mut R::Statement, w: &mut R::Witness, rng: &mut ChaCha20Rng| {
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
        let which = || format!("{name}, block {block}, case {case}: {} {done:?}", case / 2 % changes.entries);
        assert_eq!(native.is_ok(), circuit, "{}: {native:?}", which());
        if case % 1000 < 4 {
            assert_eq!(build::<R>(&s, &w, None).0, circuit, "{}: values and matrices differ", which());
        }
        verdicts[usize::from(circuit)] += 1;
    }
    verdicts
}

/// The amount of a change: small, near a bound, or any.
fn amount(rng: &mut ChaCha20Rng) -> Fr {
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
