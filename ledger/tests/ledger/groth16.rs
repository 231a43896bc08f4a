//! The real verifier: each claim gets the answer that it would get alone. One relation's key serves for all here.

use circuits::relation::complain::Complain;
use circuits::{prove, ProvingKey, Relation};
use ledger::{Groth16Verifier, ProofClaim, ProofVerifier};
use protocol::relation::{RelationKind, Statement};
use protocol::Fr;
use rand_core::SeedableRng;

#[test]
fn one_bad_claim_does_not_sink_its_neighbours() {
    let key = ProvingKey::<Complain>::from_insecure_seed(&[1; 32]).unwrap();
    let verifier = Groth16Verifier::new(|_| key.verifying_key()).unwrap();
    assert_eq!(verifier.key_id(RelationKind::Merge).0, key.id().0);
    let mut rng = rand_chacha::ChaCha20Rng::from_seed([2; 32]);
    let mut claim = || {
        let (statement, witness) = Complain::sample(&mut rng);
        let proof = prove(&key, &statement, &witness, &mut rng).unwrap().encode();
        ProofClaim { relation: RelationKind::Complain, inputs: statement.inputs(), proof }
    };
    let (good, other) = (claim(), claim());
    let change = |change: fn(&mut ProofClaim)| {
        let mut changed = good.clone();
        change(&mut changed);
        changed
    };
    let claims = [
        good.clone(),
        change(|c| c.inputs[0] += Fr::from(1u64)),
        change(|c| c.inputs.push(Fr::from(0u64))),
        change(|c| drop(c.inputs.pop())),
        change(|c| c.inputs.clear()),
        other.clone(),
        change(|c| c.proof[150] ^= 1),
        change(|c| c.proof = [0; 192]),
        change(|c| c.proof = [0xff; 192]),
        ProofClaim { proof: other.proof, ..good.clone() },
        good.clone(),
    ];
    let expected = [true, false, false, false, false, true, false, false, false, false, true];
    assert_eq!(verifier.verify(&claims), expected);
    for (claim, good) in claims.iter().zip(expected) {
        assert_eq!(verifier.verify(std::slice::from_ref(claim)), [good]);
    }
    assert!(verifier.verify(&[]).is_empty());
}
