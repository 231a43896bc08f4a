//! What an attacker does to transactions.

use ark_bls12_381::{Fq, Fr, G1Affine, G2Affine};
use ark_ec::{AffineRepr, CurveGroup};
use ark_ff::{Field, UniformRand};
use ark_serialize::{CanonicalDeserialize, CanonicalSerialize};
use protocol::encoding::Canonical;
use protocol::transaction::{Authority, Body, Seal, Transaction, VerifyingKeyId, PROOF_BYTES};
use rand_chacha::ChaCha20Rng;

/// The same with another body, under the old seal; a proof is said to be under the key of the body's relation.
pub fn with_body(transaction: &Transaction, body: Body) -> Transaction {
    let seal = match (transaction.seal, body.kind().authority()) {
        (Seal::Proof { proof, .. }, Authority::Relation(relation)) => {
            let key = circuits::pins::verifying_key(relation.name()).unwrap().id();
            Seal::Proof { key: VerifyingKeyId(key.0), proof }
        }
        (seal, _) => seal,
    };
    Transaction { body, seal, ..*transaction }
}

/// The same listing with something changed, under the old proof.
pub fn with_plan(
    transaction: &Transaction,
    change: impl FnOnce(&mut protocol::transaction::body::ListPlan),
) -> Transaction {
    let mut changed = *transaction;
    match &mut changed.body {
        Body::SellPlan(body) | Body::BuyPlan(body) => change(body),
        _ => panic!("not a listing"),
    }
    changed
}

/// A proof's bytes.
pub fn proof(transaction: &Transaction) -> [u8; PROOF_BYTES] {
    match transaction.seal {
        Seal::Proof { proof, .. } => proof,
        Seal::Signature(_) => panic!("not sealed by a proof"),
    }
}

/// The same body with another transaction's proof.
pub fn with_proof(transaction: &Transaction, proof: [u8; PROOF_BYTES]) -> Transaction {
    let Seal::Proof { key, .. } = transaction.seal else { panic!("not sealed by a proof") };
    Transaction { seal: Seal::Proof { key, proof }, ..*transaction }
}

/// Another valid proof of the same statement, made without a witness: (r A, B / r, C).
pub fn rerandomised(transaction: &Transaction, rng: &mut ChaCha20Rng) -> Transaction {
    let old = proof(transaction);
    let a = G1Affine::deserialize_compressed(&old[..48]).unwrap();
    let b = G2Affine::deserialize_compressed(&old[48..144]).unwrap();
    let r = Fr::rand(rng);
    let mut new = Vec::new();
    (a * r).into_affine().serialize_compressed(&mut new).unwrap();
    (b * r.inverse().unwrap()).into_affine().serialize_compressed(&mut new).unwrap();
    new.extend_from_slice(&old[144..]);
    assert_ne!(new[..], old[..]);
    with_proof(transaction, new.try_into().unwrap())
}

/// A proof that is well formed and of nothing.
pub fn broken(transaction: &Transaction, rng: &mut ChaCha20Rng) -> Transaction {
    let mut bytes = proof(transaction);
    let point = (G1Affine::generator() * Fr::rand(rng)).into_affine();
    point.serialize_compressed(&mut bytes[..48]).unwrap();
    with_proof(transaction, bytes)
}

/// A point of the curve outside the subgroup of prime order, compressed.
pub fn outside_subgroup() -> [u8; 48] {
    let points = (1u64..).filter_map(|x| G1Affine::get_point_from_x_unchecked(Fq::from(x), false));
    let point = points.into_iter().find(|p| !p.is_in_correct_subgroup_assuming_on_curve()).unwrap();
    let mut bytes = [0; 48];
    point.serialize_compressed(&mut bytes[..]).unwrap();
    bytes
}

/// `x + p` as 32 bytes: another name of the same field element, if anybody took it for one.
pub fn beyond_modulus(x: Fr) -> [u8; 32] {
    let (x, mut sum) = (x.to_bytes(), (-Fr::from(1u64)).to_bytes());
    let mut carry = 1u16;
    for (s, x) in sum.iter_mut().zip(x) {
        carry += u16::from(*s) + u16::from(x);
        *s = carry as u8;
        carry >>= 8;
    }
    assert_eq!(carry, 0);
    sum.try_into().unwrap()
}
