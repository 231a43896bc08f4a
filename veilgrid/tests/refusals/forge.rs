//! An attacker's changes to transactions.

use ark_bls12_381::{Fq, Fr, G1Affine, G2Affine};
use ark_ec::{AffineRepr, CurveGroup};
use ark_ff::{AdditiveGroup, Field, UniformRand};
use ark_serialize::{CanonicalDeserialize, CanonicalSerialize};
use protocol::encoding::Canonical;
use protocol::ids::VerifyingKeyId;
use protocol::relation::RelationKind;
use protocol::transaction::{Authority, Body, CiphertextSeal, Kind, Seal, Transaction, PROOF_BYTES};
use protocol::units::Side;
use rand_chacha::ChaCha20Rng;
use wallets::seal::Signer;

/// A transaction with another body under the old seal. Its seal names the key of the new body's
/// relation.
pub fn with_body(transaction: &Transaction, body: Body) -> Transaction {
    let seal = match (transaction.seal, body.kind().authority()) {
        (Seal::Proof { proof, .. } | Seal::Plan { proof, .. }, Authority::Relation(relation)) => {
            let id = |r: RelationKind| VerifyingKeyId(circuits::pins::verifying_key(r.name()).unwrap().id().0);
            let second = match transaction.seal {
                Seal::Plan { ciphertext, .. } => ciphertext,
                _ => CiphertextSeal { key: id(relation), commitments: [Fr::ZERO; 2], proof },
            };
            let side = if body.kind() == Kind::SellPlan { Side::Sell } else { Side::Buy };
            match body.kind().is_listing() {
                true => {
                    let ciphertext = CiphertextSeal { key: id(RelationKind::ciphertext(side)), ..second };
                    Seal::Plan { key: id(relation), proof, ciphertext }
                }
                false => Seal::Proof { key: id(relation), proof },
            }
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

/// The bytes of a transaction's proof; of a listing's first proof.
pub fn proof(transaction: &Transaction) -> [u8; PROOF_BYTES] {
    match transaction.seal {
        Seal::Proof { proof, .. } | Seal::Plan { proof, .. } => proof,
        Seal::Issue { proof, .. } | Seal::Credential { proof, .. } => proof,
        Seal::Signature(_) | Seal::Shared(_) => panic!("not sealed by a proof"),
    }
}

/// The same body with another transaction's proof; a listing keeps its second.
pub fn with_proof(transaction: &Transaction, proof: [u8; PROOF_BYTES]) -> Transaction {
    let seal = match transaction.seal {
        Seal::Proof { key, .. } => Seal::Proof { key, proof },
        Seal::Plan { key, ciphertext, .. } => Seal::Plan { key, proof, ciphertext },
        Seal::Issue { key, signature, .. } => Seal::Issue { key, signature, proof },
        Seal::Credential { key, signature, deposit, .. } => Seal::Credential { key, signature, proof, deposit },
        Seal::Signature(_) | Seal::Shared(_) => panic!("not sealed by a proof"),
    };
    Transaction { seal, ..*transaction }
}

/// An issue or a delivery with another body or the same, signed by this signer, with the old proof.
pub fn resigned(transaction: &Transaction, signer: &Signer, body: Body) -> Transaction {
    match transaction.seal {
        Seal::Issue { key, proof, .. } => signer.seal_proved(transaction.chain, transaction.expiry, body, key, proof),
        Seal::Credential { key, proof, deposit, .. } => {
            signer.seal_credential(transaction.chain, transaction.expiry, body, (key, proof), deposit)
        }
        _ => panic!("its signer proves nothing"),
    }
}

/// A listing's second proof.
pub fn second_of(transaction: &Transaction) -> CiphertextSeal {
    match transaction.seal {
        Seal::Plan { ciphertext, .. } => ciphertext,
        _ => panic!("not a listing"),
    }
}

/// The same listing with another second proof.
pub fn with_second(transaction: &Transaction, ciphertext: CiphertextSeal) -> Transaction {
    match transaction.seal {
        Seal::Plan { key, proof, .. } => Transaction { seal: Seal::Plan { key, proof, ciphertext }, ..*transaction },
        _ => panic!("not a listing"),
    }
}

/// The same listing with its second proof changed.
pub fn changed_second(transaction: &Transaction, change: impl FnOnce(&mut CiphertextSeal)) -> Transaction {
    let mut second = second_of(transaction);
    change(&mut second);
    with_second(transaction, second)
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

/// A well-formed proof that proves nothing.
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

/// `x + p` as 32 bytes: another encoding of the same field element, for a reader that accepts it.
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
