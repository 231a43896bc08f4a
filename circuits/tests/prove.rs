//! The prover makes the proofs that arkworks' prover makes, to the byte.

mod toy;

use ark_bls12_381::Bls12_381;
use ark_serialize::CanonicalDeserialize;
use circuits::relation::{deposit::Deposit, refuse::Refuse, release::Release};
use circuits::{prove, setup::INSECURE_SEED, ProvingKey, Relation};
use rand_core::{CryptoRng, Error, RngCore};
use testkit::arkworks;
use toy::{cube_key, rng, Square};

/// Randomness that is all zeros: r = s = 0.
struct Zeros;

impl RngCore for Zeros {
    fn next_u32(&mut self) -> u32 {
        0
    }
    fn next_u64(&mut self) -> u64 {
        0
    }
    fn fill_bytes(&mut self, out: &mut [u8]) {
        out.fill(0)
    }
    fn try_fill_bytes(&mut self, out: &mut [u8]) -> Result<(), Error> {
        out.fill(0);
        Ok(())
    }
}

impl CryptoRng for Zeros {}

fn agrees<R: Relation>(key: &ProvingKey<R>) {
    let pk = ark_groth16::ProvingKey::<Bls12_381>::deserialize_uncompressed_unchecked(&key.encode()[..]).unwrap();
    for i in 0..2 {
        let (s, w) = R::sample(&mut rng(i));
        let ours = prove(key, &s, &w, &mut rng(10 + i)).unwrap();
        assert_eq!(ours.encode().to_vec(), arkworks::prove::<R>(&pk, &s, &w, &mut rng(10 + i)));
    }
    let (s, w) = R::sample(&mut rng(5));
    assert_eq!(
        prove(key, &s, &w, &mut Zeros).unwrap().encode().to_vec(),
        arkworks::prove::<R>(&pk, &s, &w, &mut Zeros)
    );
}

fn key<R: Relation>() -> ProvingKey<R> {
    ProvingKey::from_insecure_seed(&INSECURE_SEED).unwrap()
}

#[test]
fn small_relations() {
    agrees(cube_key());
    agrees(&key::<Square>());
}

#[test]
fn relations_of_the_market() {
    agrees(&key::<Deposit>());
    agrees(&key::<Release>());
    agrees(&key::<Refuse>());
}
