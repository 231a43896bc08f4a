//! Helpers of the tests of gadgets and relations.

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

/// The number of constraints that a gadget adds, once it is certain that they hold.
pub fn cost(build: impl FnOnce(&Cs) -> Result<(), SynthesisError>) -> usize {
    let cs = cs();
    build(&cs).expect(TEST);
    assert!(satisfied(&cs));
    cs.num_constraints()
}

/// The witnesses, by index, that can change alone without breaking a constraint. (A witness that no
/// constraint holds is the classic hole of a circuit.) Call after [`satisfied`].
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

/// The witnesses, by index, that are not forced by the constraints once the first `chosen` have
/// their values: each constraint in turn must have at most one witness not yet known, and that one
/// linear with a coefficient other than zero. So an empty answer proves that no other assignment
/// has the same first witnesses (for circuits built in such an order). Call after [`satisfied`].
pub fn unforced(cs: &Cs, chosen: usize) -> Vec<usize> {
    let matrices = cs.to_matrices().expect(TEST).remove("R1CS").expect(TEST);
    let mut z = cs.instance_assignment().expect(TEST);
    let inputs = z.len();
    z.extend(cs.witness_assignment().expect(TEST));
    let mut known: Vec<bool> = (0..z.len()).map(|v| v < inputs + chosen).collect();
    for i in 0..matrices[0].len() {
        let unknown = matrices.iter().flat_map(|m| &m[i]).map(|(_, v)| *v).find(|v| !known[*v]);
        let Some(w) = unknown else { continue };
        // Each side as constant + slope * w.
        let mut sides = [[Fr::ZERO; 2]; 3];
        for (side, m) in sides.iter_mut().zip(&matrices) {
            for (k, v) in &m[i] {
                if *v == w {
                    side[1] += k;
                } else {
                    side[0] += *k * z[*v];
                }
            }
        }
        let [a, b, c] = sides;
        let others = matrices.iter().flat_map(|m| &m[i]).any(|(_, v)| *v != w && !known[*v]);
        known[w] = !others && a[1] * b[1] == Fr::ZERO && a[0] * b[1] + a[1] * b[0] != c[1];
    }
    (inputs..z.len()).filter(|v| !known[*v]).map(|v| v - inputs).collect()
}
