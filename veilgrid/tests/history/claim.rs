//! Proofs without proving: a claim is kept with its witness under the digest of its statement, and verifying runs the
//! relation's native check on it. To the ledger this is one more `ProofVerifier`; it knows of no other switch.

use ledger::{Groth16Verifier, ProofClaim, ProofVerifier};
use protocol::encoding::{digest, Canonical};
use protocol::relation::{
    complain::{Complain, ComplainWitness},
    confirm::{Confirm, ConfirmWitness},
    deposit::{Deposit, DepositWitness},
    list_plan::{BuyPlanWitness, ListPlan, SellPlanWitness},
    merge::{Merge, MergeWitness},
    refuse::{Refuse, RefuseWitness},
    release::{Release, ReleaseWitness},
    settle::{Settle, SettleWitness},
    shortfall::{Shortfall, ShortfallWitness},
    surplus::{Surplus, SurplusWitness},
    void::{Void, VoidWitness},
    RelationKind,
};
use protocol::transaction::{VerifyingKeyId, PROOF_BYTES};
use protocol::Fr;
use rand_chacha::ChaCha20Rng;
use std::collections::HashMap;
use std::sync::{Arc, Mutex};
use wallets::prover::{CircuitProver, Instance, Prover};

macro_rules! claims {
    ($($kind:ident($statement:ty, $witness:ty);)*) => {
        /// A statement with its witness.
        #[allow(clippy::large_enum_variant)]
        pub enum Claim { $($kind($statement, $witness)),* }

        impl Claim {
            pub fn instance(&self) -> Instance<'_> {
                match self { $(Claim::$kind(statement, witness) => Instance::$kind(statement, witness)),* }
            }
        }
    };
}

claims! {
    SellPlan(ListPlan, SellPlanWitness);
    BuyPlan(ListPlan, BuyPlanWitness);
    ConfirmSell(Confirm, ConfirmWitness);
    ConfirmBuy(Confirm, ConfirmWitness);
    SettleBuy(Settle, SettleWitness);
    SettleSell(Settle, SettleWitness);
    Release(Release, ReleaseWitness);
    Void(Void, VoidWitness);
    Refuse(Refuse, RefuseWitness);
    Complain(Complain, ComplainWitness);
    Merge(Merge, MergeWitness);
    Surplus(Surplus, SurplusWitness);
    Shortfall(Shortfall, ShortfallWitness);
    Deposit(Deposit, DepositWitness);
}

fn statement_digest(kind: RelationKind, inputs: &[Fr]) -> [u8; 32] {
    let mut bytes = vec![kind as u8];
    inputs.iter().for_each(|x| x.write(&mut bytes));
    digest("test/statement", &bytes)
}

/// Verifies by the native check of the witness that is kept for a statement.
#[derive(Default)]
pub struct NativeVerifier(Mutex<HashMap<[u8; 32], Arc<Claim>>>);

impl NativeVerifier {
    /// The same claims, so that a history can go on from a common beginning by itself.
    pub fn fork(&self) -> Self {
        NativeVerifier(Mutex::new(self.0.lock().unwrap().clone()))
    }
}

impl ProofVerifier for NativeVerifier {
    fn key_id(&self, relation: RelationKind) -> VerifyingKeyId {
        VerifyingKeyId([relation as u8; 32])
    }
    fn knows(&self, relation: RelationKind, key: VerifyingKeyId) -> bool {
        key == self.key_id(relation)
    }
    fn verify(&self, claims: &[ProofClaim]) -> Vec<bool> {
        let known = self.0.lock().unwrap();
        let holds = |c: &ProofClaim| {
            let statement = statement_digest(c.relation, &c.inputs);
            let instance = known.get(&statement).map(|claim| claim.instance());
            c.proof[..32] == statement && instance.is_some_and(|i| i.inputs() == c.inputs && i.check().is_ok())
        };
        claims.iter().map(holds).collect()
    }
}

/// Where a history's proofs come from.
#[derive(Clone)]
pub enum Proofs {
    Native(Arc<NativeVerifier>),
    Real(Arc<CircuitProver>, Arc<Groth16Verifier>),
}

impl Proofs {
    pub fn verifier(&self) -> Arc<dyn ProofVerifier> {
        match self {
            Proofs::Native(v) => v.clone(),
            Proofs::Real(_, v) => v.clone(),
        }
    }
    /// A proof of a claim; of a false one, bytes that prove nothing.
    pub fn prove(&self, claim: Claim, rng: &mut ChaCha20Rng) -> [u8; PROOF_BYTES] {
        let mut proof = [0; PROOF_BYTES];
        match self {
            Proofs::Native(v) => {
                let instance = claim.instance();
                let statement = statement_digest(instance.kind(), &instance.inputs());
                proof[..32].copy_from_slice(&statement);
                v.0.lock().unwrap().insert(statement, Arc::new(claim));
            }
            Proofs::Real(prover, _) => {
                let instance = claim.instance();
                if instance.check().is_ok() {
                    let key = prover.key_id(instance.kind()).unwrap();
                    proof = prover.prove(key, &instance, rng).unwrap();
                }
            }
        }
        proof
    }
}
