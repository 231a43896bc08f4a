//! What a relation is to the machinery of keys and proofs, and the list of those that have keys.

use crate::{
    gadget::{Cs, Var},
    setup::Recipe,
};
use ark_bls12_381::Fr;
use ark_r1cs_std::alloc::AllocVar;
use ark_relations::gr1cs::SynthesisError;

/// Every relation with pinned keys, in the order of the pins.
pub const RELATIONS: &[Recipe] = &[];

/// The conditions to synthesise: all of them, but in the tests that show that each one bites.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Checks {
    left_out: Option<u8>,
}

impl Checks {
    /// Every condition: what keys and proofs are made with.
    pub const ALL: Checks = Checks { left_out: None };

    /// All but the numbered one, for negative tests. A proof can never be made so: the prover takes no [`Checks`].
    pub const fn without(condition: u8) -> Self {
        Checks { left_out: Some(condition) }
    }

    /// Whether to synthesise the numbered condition.
    pub fn has(self, condition: u8) -> bool {
        self.left_out != Some(condition)
    }
}

/// A relation between a public statement and a private witness.
pub trait Relation {
    /// The name in keys, files and pins: kebab-case.
    const NAME: &'static str;
    /// What everybody sees.
    type Statement;
    /// What the prover alone knows.
    type Witness;

    /// The public inputs, in order: as the ledger computes them.
    fn public_inputs(statement: &Self::Statement) -> Vec<Fr>;

    /// A statement and a witness of the right shape, of any values: keys are made from it.
    fn blank() -> (Self::Statement, Self::Witness);

    /// The constraints between `inputs` (the allocated [`Relation::public_inputs`], in the same order) and the witness.
    /// Their number and shape must not depend on any value.
    fn synthesize(cs: &Cs, inputs: &[Var], witness: &Self::Witness, checks: Checks) -> Result<(), SynthesisError>;
}

/// Allocates the public inputs and synthesises the relation.
pub fn build<R: Relation>(
    cs: &Cs,
    statement: &R::Statement,
    witness: &R::Witness,
    checks: Checks,
) -> Result<(), SynthesisError> {
    let mut inputs = Vec::new();
    for x in R::public_inputs(statement) {
        inputs.push(Var::new_input(cs.clone(), || Ok(x))?);
    }
    R::synthesize(cs, &inputs, witness, checks)
}
