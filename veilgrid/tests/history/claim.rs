//! Proofs without proving: a claim is kept with its witness, its proof is the digest of its statement and its number, and
//! verifying runs the relation's native check on it. To the ledger this is one more `ProofVerifier`; it knows of no other
//! switch.

use crate::action::KeyName;
use ledger::{Blobs, CiphertextInputs, Groth16Verifier, ProofClaim, ProofVerifier, PublicInputs, ScoreClaim};
use protocol::encoding::{digest, Canonical};
use protocol::ids::{BlobHash, VerifyingKeyId};
use protocol::relation::{
    complain::{Complain, ComplainWitness},
    confirm::{Confirm, ConfirmWitness},
    deposit::{Deposit, DepositWitness},
    issue::{Issue, IssueWitness},
    list_plan::{BuyPlanWitness, ListPlan, SellPlanWitness},
    merge::{Merge, MergeWitness},
    refuse::{Refuse, RefuseWitness},
    release::{Release, ReleaseWitness},
    settle::{Settle, SettleWitness},
    shortfall::{Shortfall, ShortfallWitness},
    surplus::{Surplus, SurplusWitness},
    void::{Void, VoidWitness},
    withdraw::{Withdraw, WithdrawWitness},
    RelationKind,
};
use protocol::transaction::PROOF_BYTES;
use protocol::Fr;
use rand_chacha::ChaCha20Rng;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex, OnceLock};
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
    Withdraw(Withdraw, WithdrawWitness);
    Deposit(Deposit, DepositWitness);
    Issue(Issue, IssueWitness);
}

/// The versions of a key that the program knows without proofs.
const NATIVE_VERSIONS: u8 = 3;

fn statement_digest(kind: RelationKind, key: VerifyingKeyId, inputs: &[Fr]) -> [u8; 32] {
    let mut bytes = vec![kind as u8];
    bytes.extend(key.0);
    inputs.iter().for_each(|x| x.write(&mut bytes));
    digest("test/statement", &bytes)
}

/// A claim, its inputs, and once somebody asked whether its witness passes the native check.
struct Kept {
    claim: Claim,
    inputs: Vec<Fr>,
    holds: OnceLock<bool>,
}

/// Verifies by the native check of the witness that is kept for a claim. The check depends on nothing else, so that it runs
/// once a claim, however often its block is executed.
#[derive(Default)]
pub struct NativeVerifier {
    claims: Mutex<Vec<Arc<Kept>>>,
    /// Statements about ciphertexts that hold.
    ciphertexts: Mutex<BTreeSet<[u8; 32]>>,
}

impl NativeVerifier {
    /// The same claims, so that a history can go on from a common beginning by itself.
    pub fn fork(&self) -> Self {
        NativeVerifier {
            claims: Mutex::new(self.claims.lock().unwrap().clone()),
            ciphertexts: Mutex::new(self.ciphertexts.lock().unwrap().clone()),
        }
    }
    fn ciphertext_digest(key: VerifyingKeyId, inputs: &CiphertextInputs) -> [u8; 32] {
        digest("test/ciphertext", format!("{key} {inputs:?}").as_bytes())
    }
    /// Makes a proof that holds for just this statement.
    pub fn keep_ciphertext(&self, key: VerifyingKeyId, inputs: &CiphertextInputs) -> [u8; PROOF_BYTES] {
        let (mut proof, statement) = ([0; PROOF_BYTES], Self::ciphertext_digest(key, inputs));
        proof[..32].copy_from_slice(&statement);
        self.ciphertexts.lock().unwrap().insert(statement);
        proof
    }
    fn key(name: KeyName) -> VerifyingKeyId {
        let mut id = [name.of as u8; 32];
        id[31] = name.version;
        VerifyingKeyId(id)
    }
}

impl ProofVerifier for NativeVerifier {
    fn key_id(&self, relation: RelationKind) -> VerifyingKeyId {
        Self::key(KeyName { of: relation, version: 0 })
    }
    fn knows(&self, relation: RelationKind, key: VerifyingKeyId) -> bool {
        (0..NATIVE_VERSIONS).any(|version| key == Self::key(KeyName { of: relation, version }))
    }
    fn verify(&self, claims: &[ProofClaim], _: &dyn Blobs) -> Result<Vec<bool>, BlobHash> {
        let (known, ciphertexts) = (self.claims.lock().unwrap(), self.ciphertexts.lock().unwrap());
        let holds = |c: &ProofClaim| match &c.inputs {
            PublicInputs::Listed(inputs) => {
                let statement = statement_digest(c.relation, c.key, inputs);
                let number = u64::from_le_bytes(c.proof[32..40].try_into().unwrap());
                let kept = known.get(number as usize);
                let kept = kept.filter(|kept| c.proof[..32] == statement && kept.inputs == *inputs);
                kept.is_some_and(|kept| *kept.holds.get_or_init(|| kept.claim.instance().check().is_ok()))
            }
            PublicInputs::Ciphertext(inputs) => {
                let statement = Self::ciphertext_digest(c.key, inputs);
                c.proof[..32] == statement && ciphertexts.contains(&statement)
            }
        };
        Ok(claims.iter().map(holds).collect())
    }
    fn score_digest(&self, scores: &ScoreClaim, _: &dyn Blobs) -> Result<[u8; 32], BlobHash> {
        let ScoreClaim { offers, bid } = scores;
        let named = offers.iter().chain([bid]).flat_map(|hash| hash.0).collect::<Vec<_>>();
        Ok(digest("native-scores", &named))
    }
}

/// Where a history's proofs come from.
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
                let versions = |of| (0..NATIVE_VERSIONS).map(move |version| KeyName { of, version });
                RelationKind::ALL.into_iter().flat_map(versions).collect()
            }
            Proofs::Real(_, _, keys) => keys.keys().copied().collect(),
        }
    }
    /// The id of a key; of one that the program does not know an id that is nothing's.
    pub fn key_id(&self, name: KeyName) -> VerifyingKeyId {
        match self {
            Proofs::Native(_) => NativeVerifier::key(name),
            Proofs::Real(_, _, keys) => keys.get(&name).copied().unwrap_or(VerifyingKeyId([name.version; 32])),
        }
    }
    /// A proof of a claim under a key; of a false one, or under a key that nobody has, bytes that prove nothing.
    pub fn prove(&self, claim: Claim, key: VerifyingKeyId, rng: &mut ChaCha20Rng) -> [u8; PROOF_BYTES] {
        let mut proof = [0; PROOF_BYTES];
        let (kind, inputs) = (claim.instance().kind(), claim.instance().inputs());
        match self {
            Proofs::Native(v) => {
                let statement = statement_digest(kind, key, &inputs);
                proof[..32].copy_from_slice(&statement);
                // Of one statement somebody may know a witness, and somebody else may not.
                let (kept, mut claims) = (Kept { claim, inputs, holds: OnceLock::new() }, v.claims.lock().unwrap());
                proof[32..40].copy_from_slice(&(claims.len() as u64).to_le_bytes());
                claims.push(Arc::new(kept));
            }
            Proofs::Real(prover, verifier, _) => {
                let instance = claim.instance();
                if verifier.knows(kind, key) && instance.check().is_ok() {
                    proof = prover.prove(key, &instance, rng).unwrap();
                }
            }
        }
        proof
    }
}
