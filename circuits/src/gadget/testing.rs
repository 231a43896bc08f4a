//! What the tests of gadgets and relations share.

use super::{Cs, Var};
use ark_bls12_381::Fr;
use ark_ff::{AdditiveGroup, Field};
use ark_r1cs_std::alloc::AllocVar;
use ark_relations::gr1cs::{ConstraintSystem, SynthesisError};

const TEST: &str = "a synthesis error is a failed test";

/// An empty constraint system, for satisfaction tests.
pub fn cs() -> Cs {
    ConstraintSystem::new_ref()
}

/// A fresh witness.
pub fn witness(cs: &Cs, x: Fr) -> Var {
    Var::new_witness(cs.clone(), || Ok(x)).expect(TEST)
}

/// Whether the witness satisfies the constraints so far.
pub fn satisfied(cs: &Cs) -> bool {
    cs.finalize();
    cs.is_satisfied().expect(TEST)
}

/// What a gadget costs, and that it holds.
pub fn cost(build: impl FnOnce(&Cs) -> Result<(), SynthesisError>) -> usize {
    let cs = cs();
    build(&cs).expect(TEST);
    assert!(satisfied(&cs));
    cs.num_constraints()
}

/// The witnesses, by index, that can change alone without breaking a constraint. (A witness that no constraint holds is
/// the classic hole of a circuit.) Call after [`satisfied`].
pub fn undetermined(cs: &Cs) -> Vec<usize> {
    let matrices = cs.to_matrices().expect(TEST).remove("R1CS").expect(TEST);
    let mut z = cs.instance_assignment().expect(TEST);
    let inputs = z.len();
    z.extend(cs.witness_assignment().expect(TEST));
    let mut rows_of = vec![Vec::new(); z.len()];
    for m in &matrices {
        for (i, row) in m.iter().enumerate() {
            for (_, v) in row {
                rows_of[*v].push(i);
            }
        }
    }
    let value = |m: usize, i: usize, z: &[Fr]| matrices[m][i].iter().map(|(c, v)| *c * z[*v]).sum::<Fr>();
    let holds = |i: usize, z: &[Fr]| value(0, i, z) * value(1, i, z) == value(2, i, z);
    let mut free = Vec::new();
    for v in inputs..z.len() {
        for change in [Fr::ONE, -Fr::ONE, Fr::ONE.double()] {
            z[v] += change;
            if rows_of[v].iter().all(|i| holds(*i, &z)) {
                free.push(v - inputs);
            }
            z[v] -= change;
        }
    }
    free
}
