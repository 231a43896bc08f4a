//! Making proofs. A proof is made only from a witness that satisfies the relation, so no invalid
//! proof is ever sent.
//!
//! The proof is the one that arkworks' prover makes from the same randomness, with less work. The
//! values of the constraints come from synthesis itself; arkworks would build the matrices, inline
//! every linear combination and multiply. The points are summed by [`crate::msm`].

use crate::{
    error::ProveError,
    msm::Scalars,
    proof::Proof,
    relation::{Builder, Relation},
    setup::ProvingKey,
};
use ark_bls12_381::{Bls12_381, Fr};
use ark_ec::CurveGroup;
use ark_ff::{FftField, Field, UniformRand};
use ark_poly::{EvaluationDomain, GeneralEvaluationDomain};
use ark_relations::gr1cs::{
    predicate::polynomial_constraint::R1CS_PREDICATE_LABEL, ConstraintSystem, OptimizationGoal, SynthesisMode,
};
use ark_serialize::CanonicalSerialize;
use protocol::relation::Statement;
use rand_core::{CryptoRng, RngCore};
use zeroize::{Zeroize, Zeroizing};

/// Values that reveal something of the witness: wiped on drop.
type Secrets = Zeroizing<Vec<Fr>>;

/// Proves the statement. The proof reveals nothing of the witness but that there is one. Errors:
/// [`ProveError::Unsatisfied`] when the witness does not satisfy the relation,
/// [`ProveError::Shape`] when the key is of another circuit.
pub fn prove<R: Relation>(
    key: &ProvingKey<R>,
    statement: &R::Statement,
    witness: &R::Witness,
    rng: &mut (impl RngCore + CryptoRng),
) -> Result<Proof, ProveError> {
    let values = Values::of::<R>(statement, witness)?;
    if values.inputs != key.fixed.vk.gamma_abc_g1.len()
        || [key.a.len(), key.b.len(), values.inputs + key.l, key.c.len() - key.l - key.h] != [values.z.len(); 4]
    {
        return Err(ProveError::Shape);
    }
    if !values.satisfied() {
        return Err(ProveError::Unsatisfied);
    }
    let (z, h) = values.quotient().ok_or(ProveError::Shape)?;
    if h.len() != key.h + 1 {
        return Err(ProveError::Shape);
    }
    let (r, s) = (Fr::rand(rng), Fr::rand(rng));
    let proof = assemble(key, &z, &h[..key.h], r, s);
    let mut bytes = Vec::with_capacity(crate::PROOF_BYTES);
    proof.serialize_compressed(&mut bytes).map_err(|_| ProveError::Shape)?;
    Ok(Proof::decode(&bytes)?)
}

/// The three points of a proof, from the assignment, the quotient and the randomness.
fn assemble<R: Relation>(key: &ProvingKey<R>, z: &[Fr], h: &[Fr], r: Fr, s: Fr) -> ark_groth16::Proof<Bls12_381> {
    let fixed = &key.fixed;
    let witness = Scalars::new(z.iter());
    let a = key.a.combine(&witness) + fixed.vk.alpha_g1 + fixed.delta_g1 * r;
    let b = key.b.combine(&witness) + fixed.vk.beta_g2 + fixed.vk.delta_g2 * s;
    // arkworks adds up l + h + s a + r b - r s delta. Here r is inside the sum, and the multiples
    // of delta cancel.
    let scaled = Zeroizing::new(z.iter().map(|z| *z * r).collect::<Vec<Fr>>());
    let all = Scalars::new(z[z.len() - key.l..].iter().chain(h).chain(scaled.iter()));
    let c = key.c.combine(&all) + a * s + fixed.beta_g1 * r;
    ark_groth16::Proof { a: a.into_affine(), b: b.into_affine(), c: c.into_affine() }
}

/// The values of a synthesised relation. All are wiped on drop.
struct Values {
    /// The values of the variables: one, the inputs, the witness.
    z: Secrets,
    /// Number of public values, the one included.
    inputs: usize,
    /// The values of the three linear combinations of each constraint.
    constraints: [Secrets; 3],
}

impl Values {
    fn of<R: Relation>(statement: &R::Statement, witness: &R::Witness) -> Result<Self, ProveError> {
        let cs = ConstraintSystem::new_ref();
        cs.set_optimization_goal(OptimizationGoal::Constraints);
        // Each linear combination is evaluated when it is made, from earlier ones, so none is ever
        // inlined.
        cs.set_mode(SynthesisMode::Prove { construct_matrices: true, generate_lc_assignments: true });
        let synthesis = R::synthesize(&mut Builder::new(cs.clone()), statement, witness);
        let mut cs = cs.borrow_mut().ok_or(ProveError::Shape)?;
        let values = synthesis.map_err(ProveError::from).and_then(|()| Self::read(&cs, &statement.inputs()));
        // These are the lists that arkworks keeps. Copies that it left behind when they grew are
        // out of reach.
        let kept = &mut cs.assignments;
        kept.instance_assignment.zeroize();
        kept.witness_assignment.zeroize();
        kept.lc_assignment.zeroize();
        values
    }

    fn read(cs: &ConstraintSystem<Fr>, statement: &[Fr]) -> Result<Self, ProveError> {
        let public = cs.instance_assignment()?;
        if &public[1..] != statement {
            return Err(ProveError::Shape);
        }
        let rows = cs.predicate_constraint_systems.get(R1CS_PREDICATE_LABEL).ok_or(ProveError::Shape)?;
        if rows.num_constraints() != cs.num_constraints() {
            return Err(ProveError::Shape);
        }
        let rows = rows.get_constraints();
        let column = |i: usize| -> Result<_, ProveError> {
            let column = rows.get(i).ok_or(ProveError::Shape)?;
            // The vector has the length of the quotient's domain from the start, so it leaves no
            // copies behind by growing.
            let mut values = Zeroizing::new(Vec::with_capacity((column.len() + public.len()).next_power_of_two()));
            for v in column {
                values.push(cs.assigned_value(*v).ok_or(ProveError::Shape)?);
            }
            Ok(values)
        };
        Ok(Values {
            z: Zeroizing::new([public, cs.witness_assignment()?].concat()),
            inputs: public.len(),
            constraints: [column(0)?, column(1)?, column(2)?],
        })
    }

    fn satisfied(&self) -> bool {
        let [a, b, c] = &self.constraints;
        a.iter().zip(b.iter()).zip(c.iter()).all(|((a, b), c)| *a * b == *c)
    }

    /// The variables, and the coefficients of `h = (a b - c) / (x^n - 1)`, where a, b and c
    /// interpolate the constraints' values.
    ///
    /// On the coset of g, `x^n` is `g^n`: there `a b` is `(g^n - 1) h + c`, and since that has no
    /// term from `x^n` on, it is found from those n values. So c is never evaluated, which saves
    /// arkworks' seventh transform.
    fn quotient(self) -> Option<(Secrets, Secrets)> {
        let Values { z, inputs, constraints: [mut a, mut b, mut c] } = self;
        let domain = GeneralEvaluationDomain::<Fr>::new(a.len() + inputs)?;
        let coset = domain.get_coset(Fr::GENERATOR)?;
        // One more row for each input, which keeps the inputs' polynomials independent: input * 0 =
        // 0.
        a.extend(&z[..inputs]);
        for values in [&mut *a, &mut *b, &mut *c] {
            domain.ifft_in_place(values);
        }
        for values in [&mut *a, &mut *b] {
            coset.fft_in_place(values);
        }
        for (a, b) in a.iter_mut().zip(b.iter()) {
            *a *= b;
        }
        coset.ifft_in_place(&mut a);
        let scale = domain.evaluate_vanishing_polynomial(Fr::GENERATOR).inverse()?;
        for (a, c) in a.iter_mut().zip(c.iter()) {
            *a = (*a - c) * scale;
        }
        Some((z, a))
    }
}
