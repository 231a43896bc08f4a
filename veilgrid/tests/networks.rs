//! A folder whose ledger is of network `main` gets no keys from the public seed, and neither does a
//! folder in it.

use ledger::{verifying_keys_digest, Blobs, Groth16Verifier, Node, OrdererKey, ProofClaim, ProofVerifier, ScoreClaim};
use protocol::ids::{BlobHash, VerifyingKeyId};
use protocol::keys::Network;
use protocol::relation::RelationKind;
use protocol::transaction::genesis::Genesis;
use protocol::transaction::possession::{genesis_context, GenesisKey};
use std::path::Path;
use std::process::Command;
use std::sync::Arc;
use testkit::fixture;
use testkit::keys::{possession, AUDIT, TERMS};

const MATCHING_KEY: &[u8] = b"matching key";

/// A later program, whose keys are of a ceremony.
struct Ceremony(Groth16Verifier);

impl ProofVerifier for Ceremony {
    fn key_id(&self, relation: RelationKind) -> VerifyingKeyId {
        self.0.key_id(relation)
    }
    fn knows(&self, relation: RelationKind, key: VerifyingKeyId) -> bool {
        self.0.knows(relation, key)
    }
    fn is_insecure(&self, _: RelationKind, _: VerifyingKeyId) -> bool {
        false
    }
    fn verify(&self, claims: &[ProofClaim], blobs: &dyn Blobs) -> Result<Vec<bool>, BlobHash> {
        self.0.verify(claims, blobs)
    }
    fn score_digest(&self, scores: &ScoreClaim, blobs: &dyn Blobs) -> Result<[u8; 32], BlobHash> {
        self.0.score_digest(scores, blobs)
    }
}

/// A ledger of this network.
fn ledger_of(network: Network, directory: &Path) {
    let verifier = Ceremony(Groth16Verifier::pinned().unwrap());
    let context = |role| genesis_context(&[7; 32], network, role);
    let genesis = Genesis {
        network,
        verifying_keys: verifying_keys_digest(&verifier),
        matching_key: BlobHash::of(MATCHING_KEY),
        terms_possession: possession(TERMS, &context(GenesisKey::Terms)),
        audit_possession: possession(AUDIT, &context(GenesisKey::Audit)),
        ..fixture::genesis()
    };
    let orderer = OrdererKey::from_secret(&[3; 32]);
    Node::create(directory, &genesis, MATCHING_KEY, orderer, Arc::new(verifier)).unwrap();
}

#[test]
fn setup_and_market_refuse_a_home_of_network_main() {
    let home = tempfile::tempdir().unwrap();
    ledger_of(Network::Main, home.path());
    let files = || std::fs::read_dir(home.path()).unwrap().count();
    let (before, inside) = (files(), home.path().join("keys"));
    let elsewhere = tempfile::tempdir().unwrap();
    let path = |path: &Path| path.to_str().unwrap().to_owned();
    for command in [
        vec!["setup", "--insecure-seed", "--keys", &path(home.path())],
        vec!["setup", "--insecure-seed", "--keys", &path(&inside)],
        vec!["market", "--data-dir", &path(home.path()), "--keys", &path(elsewhere.path())],
        vec!["market", "--data-dir", &path(elsewhere.path()), "--keys", &path(&inside)],
    ] {
        let mut program = Command::new(env!("CARGO_BIN_EXE_veilgrid"));
        let output = program.args(&command).output().unwrap();
        let said = String::from_utf8_lossy(&output.stderr).into_owned();
        assert_eq!(output.status.code(), Some(2), "{command:?}: {said}");
        assert!(said.contains("network main"), "{command:?}: {said}");
    }
    assert_eq!(files(), before, "nothing is written");
    assert_eq!(std::fs::read_dir(elsewhere.path()).unwrap().count(), 0, "nor elsewhere");
}
