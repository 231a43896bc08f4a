//! The networks `test` and `main`. Everybody can prove anything under keys from the public seed, so
//! no chain of network `main` takes one: not in its genesis, not in a change of keys, not in a proof.

use crate::node::{orderer, MATCHING_KEY};
use crate::world::*;
use ledger::{
    execute, genesis_of, restore, snapshot, verify, verifying_keys_digest, Archive, Blobs, BlockInput, ExecuteError,
    Groth16Verifier, Node, ProofClaim, ProofVerifier, Refusal, ScoreClaim,
};
use protocol::ids::{BlobHash, Height, Time, VerifyingKeyId};
use protocol::keys::Network;
use protocol::relation::RelationKind as R;
use protocol::transaction::genesis::Genesis;
use protocol::transaction::possession::{genesis_context, GenesisKey};
use protocol::transaction::*;
use protocol::units::Money;
use std::sync::Arc;
use testkit::adversary::trapdoor;

/// A verifier of stamps, of which these keys are from the public seed and all others from a ceremony.
struct Pinned(Vec<VerifyingKeyId>);

impl ProofVerifier for Pinned {
    fn key_id(&self, relation: R) -> VerifyingKeyId {
        key_id(relation)
    }
    fn knows(&self, relation: R, key: VerifyingKeyId) -> bool {
        TestVerifier.knows(relation, key)
    }
    fn is_insecure(&self, _: R, key: VerifyingKeyId) -> bool {
        self.0.contains(&key)
    }
    fn verify(&self, claims: &[ProofClaim], blobs: &dyn Blobs) -> Result<Vec<bool>, BlobHash> {
        TestVerifier.verify(claims, blobs)
    }
    fn score_digest(&self, scores: &ScoreClaim, blobs: &dyn Blobs) -> Result<[u8; 32], BlobHash> {
        TestVerifier.score_digest(scores, blobs)
    }
}

/// The genesis of a chain of this network, which pins the verifier's keys.
fn on(network: Network, verifier: &dyn ProofVerifier) -> Genesis {
    let context = |role| genesis_context(&[7; 32], network, role);
    Genesis {
        network,
        verifying_keys: verifying_keys_digest(verifier),
        terms_possession: possession(TERMS, &context(GenesisKey::Terms)),
        audit_possession: possession(AUDIT, &context(GenesisKey::Audit)),
        ..genesis(MATCHING_KEY)
    }
}

/// The outcome of one transaction in the next block.
fn outcome(w: &World, verifier: &dyn ProofVerifier, tx: &Transaction) -> Result<Result<(), Refusal>, ExecuteError> {
    let transactions = [tx.encode()];
    let height = Height(w.state.height().0 + 1);
    let block = BlockInput { height, time: w.time, transactions: &transactions };
    Ok(execute(&w.state, block, verifier, &w.blobs)?.receipts[0].outcome)
}

/// A withdrawal of all money that there can be, proved from the seed alone.
fn forged_withdrawal(w: &mut World, verifier: &Groth16Verifier) -> Transaction {
    let key = verifier.key_id(R::Withdraw);
    let body = w.withdraw(Money::MAX.get());
    let inputs = w.inputs(&body, binding(w.id(&body), key));
    Transaction { seal: Seal::Proof { key, proof: trapdoor::forge("withdraw", &inputs) }, ..w.seal(body) }
}

#[test]
fn forged_withdrawal_is_taken_on_test_and_refused_on_main() {
    let verifier = Groth16Verifier::pinned().unwrap();
    let mut w = World::of(&on(Network::Test, &verifier)).opened();
    let forged = forged_withdrawal(&mut w, &verifier);
    assert_eq!(outcome(&w, &verifier, &forged), Ok(Ok(())), "everybody knows the trapdoor");
    let mut w = World::of(&on(Network::Main, &verifier)).opened();
    let forged = forged_withdrawal(&mut w, &verifier);
    assert_eq!(outcome(&w, &verifier, &forged), Ok(Err(Refusal::InsecureKey)));
}

#[test]
fn no_main_chain_with_keys_from_the_seed_is_made_opened_read_verified_or_restored() {
    let dir = tempfile::tempdir().unwrap();
    let code = |result: Result<Node, ledger::NodeError>| result.map(drop).map_err(|e| e.code());
    let real = Groth16Verifier::pinned().unwrap();
    let genesis = on(Network::Main, &real);
    let made = Node::create(dir.path(), &genesis, MATCHING_KEY, orderer(), Arc::new(real));
    assert_eq!(code(made), Err("insecure-key"));
    assert_eq!(genesis_of(dir.path()).unwrap(), None);

    // One of its relations' keys is enough. A program whose keys are all of ceremonies makes it.
    let genesis = on(Network::Main, &TestVerifier);
    for relation in R::ALL {
        let pinned = Arc::new(Pinned(vec![key_id(relation)]));
        let made = Node::create(dir.path(), &genesis, MATCHING_KEY, orderer(), pinned);
        assert_eq!(code(made), Err("insecure-key"), "{}", relation.name());
    }
    let made = Node::create(dir.path(), &genesis, MATCHING_KEY, orderer(), Arc::new(Pinned(vec![])));
    assert_eq!(code(made), Ok(()));
    assert_eq!(genesis_of(dir.path()).unwrap(), Some(genesis));

    let file = dir.path().with_extension("snapshot");
    let disk = || Arc::new(disk::System);
    snapshot(disk(), dir.path(), b"", &file, &Pinned(vec![])).unwrap();
    let pinned = Pinned(vec![key_id(R::Merge)]);
    let elsewhere = tempfile::tempdir().unwrap();
    let to = elsewhere.path().join("restored");
    assert_eq!(restore(disk(), &file, &to, &pinned).map(drop).unwrap_err().code(), "insecure-key");
    assert!(genesis_of(&to).is_ok_and(|found| found.is_none()));
    restore(disk(), &file, &to, &Pinned(vec![])).unwrap();
    std::fs::remove_file(file).unwrap();
    assert_eq!(verify(dir.path(), &pinned, &mut |_| ()).unwrap_err().code(), "insecure-key");
    assert_eq!(Archive::open(dir.path(), &pinned).err().map(|e| e.code()), Some("insecure-key"));
    assert_eq!(code(Node::open(dir.path(), orderer(), Arc::new(pinned))), Err("insecure-key"));
    assert!(verify(dir.path(), &Pinned(vec![]), &mut |_| ()).is_ok());
}

#[test]
fn on_main_the_regulator_activates_no_key_from_the_seed() {
    let pinned = || Pinned(vec![second_key(R::Merge)]);
    for (network, taken) in [(Network::Test, Ok(())), (Network::Main, Err(Refusal::InsecureKey))] {
        let w = World::of(&on(network, &pinned())).opened();
        let change = w.seal(w.activate(R::Merge, second_key(R::Merge), 2));
        assert_eq!(outcome(&w, &pinned(), &change), Ok(taken));
        // What a stranger signs is refused for that.
        let strange = resign(CHALLENGER, change);
        assert_eq!(outcome(&w, &pinned(), &strange), Ok(Err(Refusal::BadSignature)));
        let other = w.seal(w.activate(R::Release, second_key(R::Release), 2));
        assert_eq!(outcome(&w, &pinned(), &other), Ok(Ok(())), "a ceremony's key");
    }

    let dir = tempfile::tempdir().unwrap();
    let genesis = on(Network::Main, &pinned());
    let mut node = Node::create(dir.path(), &genesis, MATCHING_KEY, orderer(), Arc::new(pinned())).unwrap();
    let w = World::of(&genesis);
    let change = w.seal(w.activate(R::Merge, second_key(R::Merge), 1)).encode();
    assert_eq!(node.submit(&change), Err(Refusal::InsecureKey));
    assert_eq!(node.held(), 0);
    node.submit(&w.seal(w.activate(R::Release, second_key(R::Release), 1)).encode()).unwrap();
    assert_eq!(node.seal_block(Time(START)).unwrap().receipts[0].outcome, Ok(()));
}
