//! The real verifier: each claim gets the answer that it would get alone. One relation's key serves for all here.

use crate::world::{TestBlobs, World};
use circuits::relation::complain::Complain;
use circuits::{prove, ProvingKey, Relation};
use ledger::{Groth16Verifier, ProofClaim, ProofVerifier, PublicInputs};
use protocol::record::Commitment;
use protocol::relation::{RelationKind, Statement};
use protocol::transaction::body::Object;
use protocol::transaction::{Authority, Body, VerifyingKeyId};
use protocol::units::Side;
use protocol::Fr;
use rand_core::SeedableRng;
use std::collections::BTreeSet;

#[test]
fn one_bad_claim_does_not_sink_its_neighbours() {
    let key = ProvingKey::<Complain>::from_insecure_seed(&[1; 32]).unwrap();
    let verifier = Groth16Verifier::new(|_| key.verifying_key()).unwrap();
    assert_eq!(verifier.key_id(RelationKind::Merge).0, key.id().0);
    let mut rng = rand_chacha::ChaCha20Rng::from_seed([2; 32]);
    let mut claim = || {
        let (statement, witness) = Complain::sample(&mut rng);
        let proof = prove(&key, &statement, &witness, &mut rng).unwrap().encode();
        ProofClaim {
            relation: RelationKind::Complain,
            key: VerifyingKeyId(key.id().0),
            inputs: PublicInputs::Listed(statement.inputs()),
            proof,
        }
    };
    let (good, other) = (claim(), claim());
    let blobs = TestBlobs::default();
    let change = |change: fn(&mut ProofClaim)| {
        let mut changed = good.clone();
        change(&mut changed);
        changed
    };
    let with_inputs = |change: fn(&mut Vec<Fr>)| {
        let PublicInputs::Listed(mut inputs) = good.inputs.clone() else { unreachable!() };
        change(&mut inputs);
        ProofClaim { inputs: PublicInputs::Listed(inputs), ..good.clone() }
    };
    let claims = [
        good.clone(),
        with_inputs(|i| i[0] += Fr::from(1u64)),
        with_inputs(|i| i.push(Fr::from(0u64))),
        with_inputs(|i| i.truncate(1)),
        with_inputs(Vec::clear),
        other.clone(),
        change(|c| c.proof[150] ^= 1),
        change(|c| c.proof = [0; 192]),
        change(|c| c.proof = [0xff; 192]),
        ProofClaim { proof: other.proof, ..good.clone() },
        change(|c| c.key.0[0] ^= 1),
        good.clone(),
    ];
    let expected = [true, false, false, false, false, true, false, false, false, false, false, true];
    assert_eq!(verifier.verify(&claims, &blobs).unwrap(), expected);
    for (claim, good) in claims.iter().zip(expected) {
        assert_eq!(verifier.verify(std::slice::from_ref(claim), &blobs).unwrap(), [good]);
    }
    assert!(verifier.verify(&[], &blobs).unwrap().is_empty());
}

/// The statements that the ledger puts together have as many inputs as the pinned circuits (that they are the same inputs
/// in the same order is the wallets' end-to-end tests' business).
#[test]
fn the_pinned_keys_take_the_inputs_that_the_ledger_gives() {
    let verifier = Groth16Verifier::pinned().unwrap();
    let ids: BTreeSet<_> = RelationKind::ALL.iter().map(|r| verifier.key_id(*r)).collect();
    assert_eq!(ids.len(), RelationKind::ALL.len());
    let mut w = World::open();
    let (matching, sell, buy) = w.delivered();
    let field = w.fr();
    let bodies = [
        w.plan(Side::Sell),
        w.plan(Side::Buy),
        w.confirm(Side::Sell, matching, sell),
        w.confirm(Side::Buy, matching, buy),
        w.settle(Side::Sell, matching, sell),
        w.settle(Side::Buy, matching, buy),
        w.release(sell),
        w.merge(),
        w.surplus(),
        w.withdraw(5),
        w.deposit(),
        w.void(matching, sell),
        Body::Refuse(Object { matching, handle: sell }),
        Body::Complain(Object { matching, handle: sell }),
        w.shortfall(Commitment(field)),
    ];
    let mut seen = BTreeSet::new();
    for body in bodies {
        let Authority::Relation(relation) = body.kind().authority() else { panic!() };
        let key = circuits::pins::verifying_key(relation.name()).unwrap();
        assert_eq!(w.inputs(&body, field).len(), key.input_count(), "{}", relation.name());
        seen.insert(relation);
    }
    for relation in [RelationKind::SellCiphertext, RelationKind::BuyCiphertext] {
        let key = circuits::pins::verifying_key(relation.name()).unwrap();
        assert_eq!(key.input_count(), protocol::relation::plan_ciphertext::INPUTS, "{}", relation.name());
        seen.insert(relation);
    }
    assert_eq!(seen.len(), RelationKind::ALL.len());
}
