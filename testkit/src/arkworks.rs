//! A proof by arkworks' own prover, which computes matrices, inlining, transforms and sums by its
//! own code.

use ark_bls12_381::{Bls12_381, Fr};
use ark_ff::UniformRand;
use ark_groth16::{Groth16, ProvingKey};
use ark_relations::gr1cs::{
    predicate::polynomial_constraint::R1CS_PREDICATE_LABEL, ConstraintSystem, OptimizationGoal, SynthesisMode,
};
use ark_serialize::{CanonicalDeserialize, CanonicalSerialize};
use circuits::relation::{Builder, Relation};
use rand_core::RngCore;

/// arkworks' form of a proving key.
pub type Key = ProvingKey<Bls12_381>;

/// A proving key from its bytes.
pub fn key(bytes: &[u8]) -> Key {
    Key::deserialize_uncompressed_unchecked(bytes).expect("the bytes of a proving key")
}

/// A proof's bytes under a proving key. Equal randomness gives equal proofs, of this prover and of
/// ours. It also proves for a witness that is not honest; no verifier takes such a proof.
pub fn prove<R: Relation>(pk: &Key, statement: &R::Statement, witness: &R::Witness, rng: &mut impl RngCore) -> Vec<u8> {
    let cs = ConstraintSystem::new_ref();
    cs.set_optimization_goal(OptimizationGoal::Constraints);
    cs.set_mode(SynthesisMode::Prove { construct_matrices: true, generate_lc_assignments: false });
    R::synthesize(&mut Builder::new(cs.clone()), statement, witness).unwrap();
    cs.finalize();
    let matrices = cs.to_matrices().unwrap().remove(R1CS_PREDICATE_LABEL).unwrap();
    let mut assignment = cs.instance_assignment().unwrap();
    let inputs = assignment.len();
    assignment.extend(cs.witness_assignment().unwrap());
    let (r, s) = (Fr::rand(rng), Fr::rand(rng));
    let constraints = cs.num_constraints();
    let proof = Groth16::<Bls12_381>::create_proof_with_reduction_and_matrices(
        pk,
        r,
        s,
        &matrices,
        inputs,
        constraints,
        &assignment,
    );
    let mut bytes = Vec::new();
    proof.unwrap().serialize_compressed(&mut bytes).unwrap();
    bytes
}
