//! Two small relations to make keys and proofs of: `w^2 = x`, `w^3 = y`; and `w^2 = x` alone.

use ark_bls12_381::Fr;
use ark_ff::{Field, UniformRand};
use circuits::relation::{Builder, Relation, Synthesis};
use circuits::ProvingKey;
use protocol::relation::check::Broken;
use protocol::relation::{RelationKind, Statement};
use rand_chacha::ChaCha20Rng;
use rand_core::{CryptoRng, RngCore, SeedableRng};
use std::sync::OnceLock;

pub fn rng(seed: u64) -> ChaCha20Rng {
    ChaCha20Rng::seed_from_u64(seed)
}

#[derive(Clone)]
pub struct Inputs(pub Vec<Fr>);

impl Statement for Inputs {
    fn inputs(&self) -> Vec<Fr> {
        self.0.clone()
    }
}

pub struct Cube;
pub struct Square;

impl Relation for Cube {
    const KIND: RelationKind = RelationKind::Merge;
    type Statement = Inputs;
    type Witness = Fr;

    fn check(_: &Inputs, _: &Fr) -> Result<(), Broken> {
        Ok(())
    }
    fn synthesize(b: &mut Builder, s: &Inputs, w: &Fr) -> Synthesis {
        let [x, y, _binding] = b.inputs(s)?;
        let w = b.witness(*w)?;
        let square = &w * &w;
        b.equal("square", &square, &x)?;
        b.equal("cube", &(square * w), &y)
    }
    fn sample<R: RngCore + CryptoRng>(rng: &mut R) -> (Inputs, Fr) {
        let w = Fr::rand(rng);
        (Inputs(vec![w.square(), w.pow([3]), Fr::rand(rng)]), w)
    }
}

impl Relation for Square {
    const KIND: RelationKind = RelationKind::Release;
    type Statement = Inputs;
    type Witness = Fr;

    fn check(_: &Inputs, _: &Fr) -> Result<(), Broken> {
        Ok(())
    }
    fn synthesize(b: &mut Builder, s: &Inputs, w: &Fr) -> Synthesis {
        let [x, _binding] = b.inputs(s)?;
        let w = b.witness(*w)?;
        b.equal("square", &(&w * &w), &x)
    }
    fn sample<R: RngCore + CryptoRng>(rng: &mut R) -> (Inputs, Fr) {
        let w = Fr::rand(rng);
        (Inputs(vec![w.square(), Fr::rand(rng)]), w)
    }
}

pub fn cube_key() -> &'static ProvingKey<Cube> {
    static KEY: OnceLock<ProvingKey<Cube>> = OnceLock::new();
    KEY.get_or_init(|| ProvingKey::from_insecure_seed(&[1; 32]).unwrap())
}
