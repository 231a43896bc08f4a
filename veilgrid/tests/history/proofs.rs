//! The source of a history's proofs: native checks, or the real prover and verifier.

use crate::action::KeyName;
use ledger::{Groth16Verifier, ProofVerifier};
use protocol::ids::VerifyingKeyId;
use protocol::relation::RelationKind;
use protocol::transaction::PROOF_BYTES;
use rand_chacha::ChaCha20Rng;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use testkit::native::{Claim, NativeVerifier, VERSIONS};
use wallets::prover::{CircuitProver, Prover};

/// The source of a history's proofs.
#[derive(Clone)]
pub enum Proofs {
    Native(Arc<NativeVerifier>),
    /// With the ids of the keys that both know.
    Real(Arc<CircuitProver>, Arc<Groth16Verifier>, Arc<BTreeMap<KeyName, VerifyingKeyId>>),
}

impl Proofs {
    pub fn verifier(&self) -> Arc<dyn ProofVerifier> {
        match self {
            Proofs::Native(v) => v.clone(),
            Proofs::Real(_, v, _) => v.clone(),
        }
    }
    /// The keys that the program knows.
    pub fn keys(&self) -> BTreeSet<KeyName> {
        match self {
            Proofs::Native(_) => {
                let versions = |of| (0..VERSIONS).map(move |version| KeyName { of, version });
                RelationKind::ALL.into_iter().flat_map(versions).collect()
            }
            Proofs::Real(_, _, keys) => keys.keys().copied().collect(),
        }
    }
    /// The id of a key; for a key that the program does not know, an id of no key.
    pub fn key_id(&self, name: KeyName) -> VerifyingKeyId {
        match self {
            Proofs::Native(_) => NativeVerifier::key(name.of, name.version),
            Proofs::Real(_, _, keys) => keys.get(&name).copied().unwrap_or(VerifyingKeyId([name.version; 32])),
        }
    }
    /// A proof of a claim under a key. For a false claim, or an unknown key, bytes that prove
    /// nothing.
    pub fn prove(&self, claim: Claim, key: VerifyingKeyId, rng: &mut ChaCha20Rng) -> [u8; PROOF_BYTES] {
        match self {
            Proofs::Native(v) => v.keep(claim, key),
            Proofs::Real(prover, verifier, _) => {
                let instance = claim.instance();
                match verifier.knows(instance.kind(), key) && instance.check().is_ok() {
                    true => prover.prove(key, &instance, rng).unwrap(),
                    false => [0; PROOF_BYTES],
                }
            }
        }
    }
}
