//! A party that read the public seed of the setup. It draws the setup's secrets again and proves any
//! statement under the pinned key without a witness.

use ark_bls12_381::{Bls12_381, Fr, G1Affine, G1Projective};
use ark_ec::pairing::Pairing;
use ark_ec::CurveGroup;
use ark_ff::{Field, UniformRand};
use ark_serialize::{CanonicalDeserialize, CanonicalSerialize};
use circuits::pins::verifying_key;
use circuits::setup::INSECURE_SEED;
use rand_chacha::ChaCha20Rng;
use rand_core::SeedableRng;
use sha2::{Digest, Sha256};

/// Bytes of a verifying key before its points for the inputs: a point of the first group, three of
/// the second, and the number of inputs.
const HEAD: usize = 48 + 3 * 96 + 4;

/// A proof of any statement of the relation of this name, made from the seed and the statement alone.
/// Panics if the pinned key is not from the seed.
pub fn forge(relation: &str, inputs: &[Fr]) -> [u8; 192] {
    let seed = Sha256::new().chain_update(b"veilgrid/v1/insecure-setup").chain_update(INSECURE_SEED);
    let mut rng = ChaCha20Rng::from_seed(seed.chain_update(relation).finalize().into());
    let [alpha, beta, gamma, delta]: [Fr; 4] = std::array::from_fn(|_| Fr::rand(&mut rng));
    let (g1, g2) = (<Bls12_381 as Pairing>::G1::rand(&mut rng), <Bls12_381 as Pairing>::G2::rand(&mut rng));
    let bytes = verifying_key(relation).expect("it is pinned").encode();
    let point = |at: usize| G1Affine::deserialize_compressed(&bytes[at..][..48]).expect("a key's point");
    assert_eq!(point(0), (g1 * alpha).into_affine(), "the key is not from the seed");
    let first = G1Projective::from(point(HEAD));
    let sum = (1..).zip(inputs).fold(first, |sum, (i, input)| sum + point(HEAD + 48 * i) * input);
    let (a, b) = (Fr::from(11u64), Fr::from(13u64));
    let c = (g1 * (a * b - alpha * beta) - sum * gamma) * delta.inverse().expect("drawn at random");
    let mut proof = Vec::with_capacity(192);
    (g1 * a).into_affine().serialize_compressed(&mut proof).expect("writing to memory");
    (g2 * b).into_affine().serialize_compressed(&mut proof).expect("writing to memory");
    c.into_affine().serialize_compressed(&mut proof).expect("writing to memory");
    proof.try_into().expect("three points")
}
