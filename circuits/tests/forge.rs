//! What everybody can do who reads the seed of the pinned keys: prove without a witness. So their
//! pins say `insecure`, and no chain of network `main` takes them (`ledger/tests/ledger/networks.rs`).

use ark_bls12_381::Fr;
use circuits::pins::{verifying_key, Pins};
use circuits::setup::RECIPES;
use circuits::{verify, PreparedVerifyingKey, Proof};
use testkit::adversary::trapdoor;

/// A withdrawal of 2^64 - 1 under any root.
#[test]
fn forged_withdrawal() {
    let key = verifying_key("withdraw").unwrap();
    let mut inputs: Vec<Fr> = (0..key.input_count() as u64).map(|i| Fr::from(1000 + i)).collect();
    inputs[4] = Fr::from(u64::MAX);
    let proof = Proof::decode(&trapdoor::forge("withdraw", &inputs)).unwrap();
    assert!(Pins::embedded().is_insecure(key.id()));
    let key = PreparedVerifyingKey::from(key);
    assert_eq!(verify(&key, &inputs, &proof), Ok(()));
    inputs[4] = Fr::from(1u64);
    assert!(verify(&key, &inputs, &proof).is_err(), "it is of one statement");
}

/// Any statement of any relation, so each pin has to say it.
#[test]
fn a_proof_of_nothing_under_every_pinned_key() {
    for recipe in RECIPES {
        let key = verifying_key(recipe.name).unwrap();
        assert!(Pins::embedded().is_insecure(key.id()), "{}", recipe.name);
        let inputs: Vec<Fr> = (0..key.input_count() as u64).map(Fr::from).collect();
        let proof = Proof::decode(&trapdoor::forge(recipe.name, &inputs)).unwrap();
        assert_eq!(verify(&key.into(), &inputs, &proof), Ok(()), "{}", recipe.name);
    }
}
