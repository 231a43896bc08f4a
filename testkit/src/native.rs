//! Proofs by native check. A claim is kept with its witness. Its proof is the
//! [stamp](crate::proof::stamp) of its statement with the claim's number. The verifier runs the
//! relation's native check on the witness. To the ledger this is one more `ProofVerifier`; the
//! ledger knows of no other switch.

use crate::proof::{right_scores, stamp};
use ledger::{Blobs, CiphertextInputs, ProofClaim, ProofVerifier, PublicInputs, ScoreClaim};
use protocol::encoding::digest;
use protocol::ids::{BlobHash, VerifyingKeyId};
use protocol::relation::{
    confirm::{Confirm, ConfirmWitness},
    deliver::{Deliver, DeliverWitness},
    deposit::{Deposit, DepositWitness},
    issue::{Issue, IssueWitness},
    list_plan::{BuyPlanWitness, ListPlan, SellPlanWitness},
    merge::{Merge, MergeWitness},
    metered::{Metered, MeteredWitness},
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
use std::collections::BTreeSet;
use std::sync::{Arc, Mutex, OnceLock};
use wallets::prover::Instance;

macro_rules! claims {
    ($($kind:ident($statement:ty, $witness:ty);)*) => {
        /// A statement with its witness.
        #[allow(clippy::large_enum_variant)]
        pub enum Claim {
            $(
                #[doc = concat!("Of relation ", stringify!($kind), ".")]
                $kind($statement, $witness)
            ),*
        }

        impl Claim {
            /// The claim in the form in which wallets hand it to a prover.
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
    Merge(Merge, MergeWitness);
    Surplus(Surplus, SurplusWitness);
    Shortfall(Shortfall, ShortfallWitness);
    Withdraw(Withdraw, WithdrawWitness);
    Deposit(Deposit, DepositWitness);
    Issue(Issue, IssueWitness);
    Metered(Metered, MeteredWitness);
    Deliver(Deliver, DeliverWitness);
}

/// How many versions of every relation's key [`NativeVerifier`] knows.
pub const VERSIONS: u8 = 3;

/// A claim, the key that it was proved under, its inputs, and, once it was checked, whether its
/// witness passes the native check.
struct Kept {
    claim: Claim,
    key: VerifyingKeyId,
    inputs: Vec<Fr>,
    holds: OnceLock<bool>,
}

/// Verifies by the native check of the witness that is kept for a claim. The check depends on
/// nothing else, so that it runs once a claim, however often its block is executed.
#[derive(Default)]
pub struct NativeVerifier {
    claims: Mutex<Vec<Arc<Kept>>>,
    /// Statements about ciphertexts that hold.
    ciphertexts: Mutex<BTreeSet<[u8; 32]>>,
}

impl NativeVerifier {
    /// A copy of the claims, so that several histories can go on from a common beginning.
    pub fn fork(&self) -> Self {
        NativeVerifier {
            claims: Mutex::new(self.claims.lock().unwrap().clone()),
            ciphertexts: Mutex::new(self.ciphertexts.lock().unwrap().clone()),
        }
    }
    fn ciphertext_digest(key: VerifyingKeyId, inputs: &CiphertextInputs) -> [u8; 32] {
        digest("test/ciphertext", format!("{key} {inputs:?}").as_bytes())
    }
    /// Keeps a statement about a ciphertext as true, and gives a proof that holds for it alone.
    pub fn keep_ciphertext(&self, key: VerifyingKeyId, inputs: &CiphertextInputs) -> [u8; PROOF_BYTES] {
        let (mut proof, statement) = ([0; PROOF_BYTES], Self::ciphertext_digest(key, inputs));
        proof[..32].copy_from_slice(&statement);
        self.ciphertexts.lock().unwrap().insert(statement);
        proof
    }
    /// The name of a relation's key in a version. Version 0 is the genesis's.
    pub fn key(relation: RelationKind, version: u8) -> VerifyingKeyId {
        let mut id = [relation as u8; 32];
        id[31] = version;
        VerifyingKeyId(id)
    }
    /// Keeps a claim, true or false, and gives its proof under a key. Only a true claim's proof
    /// verifies.
    pub fn keep(&self, claim: Claim, key: VerifyingKeyId) -> [u8; PROOF_BYTES] {
        let (kind, inputs) = (claim.instance().kind(), claim.instance().inputs());
        let mut proof = stamp(kind, &inputs);
        // One party may know a witness of a statement while another does not. So the claim's number
        // is in the proof.
        let mut claims = self.claims.lock().unwrap();
        proof[32..40].copy_from_slice(&(claims.len() as u64).to_le_bytes());
        claims.push(Arc::new(Kept { claim, key, inputs, holds: OnceLock::new() }));
        proof
    }
}

impl ProofVerifier for NativeVerifier {
    fn key_id(&self, relation: RelationKind) -> VerifyingKeyId {
        Self::key(relation, 0)
    }
    fn knows(&self, relation: RelationKind, key: VerifyingKeyId) -> bool {
        (0..VERSIONS).any(|version| key == Self::key(relation, version))
    }
    fn is_insecure(&self, _: RelationKind, _: VerifyingKeyId) -> bool {
        true
    }
    fn verify(&self, claims: &[ProofClaim], _: &dyn Blobs) -> Result<Vec<bool>, BlobHash> {
        let (known, ciphertexts) = (self.claims.lock().unwrap(), self.ciphertexts.lock().unwrap());
        let holds = |c: &ProofClaim| match &c.inputs {
            PublicInputs::Listed(inputs) => {
                let stamped = c.proof[..32] == stamp(c.relation, inputs)[..32];
                let number = u64::from_le_bytes(c.proof[32..40].try_into().unwrap());
                let kept = known.get(number as usize);
                let kept = kept.filter(|kept| stamped && kept.key == c.key && kept.inputs == *inputs);
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
        Ok(right_scores(&scores.offers, &scores.bid))
    }
}
