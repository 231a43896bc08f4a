//! Proofs: made only from a witness that satisfies the relation, so that no invalid proof is ever sent.

use crate::{
    error::ProveError,
    proof::Proof,
    relation::{Builder, Relation},
    setup::ProvingKey,
};
use ark_bls12_381::{Bls12_381, Fr};
use ark_ff::UniformRand;
use ark_groth16::Groth16;
use ark_relations::{
    gr1cs::{
        predicate::polynomial_constraint::R1CS_PREDICATE_LABEL, ConstraintSystem, OptimizationGoal, SynthesisMode,
    },
    utils::matrix::Matrix,
};
use ark_serialize::CanonicalSerialize;
use protocol::relation::Statement;
use rand_core::{CryptoRng, RngCore};

/// Proves the statement. The proof says nothing more of the witness than that there is one.
pub fn prove<R: Relation>(
    key: &ProvingKey<R>,
    statement: &R::Statement,
    witness: &R::Witness,
    rng: &mut (impl RngCore + CryptoRng),
) -> Result<Proof, ProveError> {
    let cs = ConstraintSystem::new_ref();
    cs.set_optimization_goal(OptimizationGoal::Constraints);
    cs.set_mode(SynthesisMode::Prove { construct_matrices: true, generate_lc_assignments: false });
    R::synthesize(&mut Builder::new(cs.clone()), statement, witness)?;
    cs.finalize();
    let matrices = cs.to_matrices()?.remove(R1CS_PREDICATE_LABEL).ok_or(ProveError::Shape)?;
    let mut assignment = cs.instance_assignment()?;
    let inputs = assignment.len();
    if assignment[1..] != statement.inputs() {
        return Err(ProveError::Shape);
    }
    assignment.extend(cs.witness_assignment()?);
    let pk = &key.inner;
    if assignment.len() != pk.a_query.len() || inputs != pk.vk.gamma_abc_g1.len() {
        return Err(ProveError::Shape);
    }
    if !satisfied(&matrices, &assignment) {
        return Err(ProveError::Unsatisfied);
    }
    let (r, s) = (Fr::rand(rng), Fr::rand(rng));
    let proof = Groth16::<Bls12_381>::create_proof_with_reduction_and_matrices(
        pk,
        r,
        s,
        &matrices,
        inputs,
        cs.num_constraints(),
        &assignment,
    )?;
    let mut bytes = Vec::with_capacity(crate::PROOF_BYTES);
    proof.serialize_compressed(&mut bytes).map_err(|_| ProveError::Shape)?;
    Ok(Proof::decode(&bytes)?)
}

fn satisfied(matrices: &[Matrix<Fr>], z: &[Fr]) -> bool {
    let [a, b, c] = matrices else { return false };
    let value = |row: &[(Fr, usize)]| row.iter().map(|(k, v)| *k * z[*v]).sum::<Fr>();
    a.iter().zip(b).zip(c).all(|((a, b), c)| value(a) * value(b) == value(c))
}
