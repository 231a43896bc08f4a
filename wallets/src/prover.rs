//! Where proofs come from. A wallet hands over a statement with its witness and gets 192 bytes;
//! what makes them, and where its keys are kept, is the prover's business.

use protocol::relation::check::Broken;
use protocol::relation::{
    complain::{Complain, ComplainWitness},
    confirm::{Confirm, ConfirmWitness},
    deposit::{Deposit, DepositWitness},
    issue::{Issue, IssueWitness},
    list_plan::{BuyPlanWitness, ListPlan, SellPlanWitness},
    merge::{Merge, MergeWitness},
    plan_ciphertext::{BuyCiphertextWitness, PlanCiphertext, SellCiphertextWitness},
    refuse::{Refuse, RefuseWitness},
    release::{Release, ReleaseWitness},
    settle::{Settle, SettleWitness},
    shortfall::{Shortfall, ShortfallWitness},
    surplus::{Surplus, SurplusWitness},
    void::{Void, VoidWitness},
    withdraw::{Withdraw, WithdrawWitness},
    RelationKind, Statement,
};
use protocol::transaction::{VerifyingKeyId, PROOF_BYTES};
use protocol::Fr;
use rand_core::CryptoRngCore;

/// Why there is no proof.
#[derive(Debug, thiserror::Error)]
pub enum ProofError {
    /// The witness breaks conditions of the relation: named.
    #[error(transparent)]
    Broken(#[from] Broken),
    /// The prover has no usable key, or failed.
    #[error("the prover failed: {0}")]
    Prover(Box<dyn std::error::Error + Send + Sync>),
}

impl ProofError {
    /// A code that stays the same across versions, for machines.
    pub const fn code(&self) -> &'static str {
        match self {
            ProofError::Broken(_) => "broken-condition",
            ProofError::Prover(_) => "prover",
        }
    }
}

macro_rules! instances {
    ($($(#[$doc:meta])* $kind:ident($statement:ident, $witness:ident, $check:ident);)*) => {
        /// A statement with its witness. Not printable.
        #[derive(Clone, Copy)]
        pub enum Instance<'a> { $($(#[$doc])* $kind(&'a $statement, &'a $witness)),* }

        impl Instance<'_> {
            /// Of which relation.
            pub const fn kind(&self) -> RelationKind {
                match self { $(Instance::$kind(..) => RelationKind::$kind),* }
            }
            /// The public inputs.
            pub fn inputs(&self) -> Vec<Fr> {
                match self { $(Instance::$kind(statement, _) => statement.inputs()),* }
            }
            /// The native check: names the conditions that the witness breaks.
            pub fn check(&self) -> Result<(), Broken> {
                match self { $(Instance::$kind(statement, witness) => statement.$check(witness)),* }
            }
        }
    };
}

instances! {
    /// 1.
    SellPlan(ListPlan, SellPlanWitness, check_sell);
    /// 2.
    BuyPlan(ListPlan, BuyPlanWitness, check_buy);
    /// 3.
    ConfirmSell(Confirm, ConfirmWitness, check_sell);
    /// 4.
    ConfirmBuy(Confirm, ConfirmWitness, check_buy);
    /// 5.
    SettleBuy(Settle, SettleWitness, check_buy);
    /// 6.
    SettleSell(Settle, SettleWitness, check_sell);
    /// 7.
    Release(Release, ReleaseWitness, check);
    /// 7b.
    Void(Void, VoidWitness, check);
    /// 7c.
    Refuse(Refuse, RefuseWitness, check);
    /// 7d.
    Complain(Complain, ComplainWitness, check);
    /// 8.
    Merge(Merge, MergeWitness, check);
    /// 9.
    Surplus(Surplus, SurplusWitness, check);
    /// 9b.
    Shortfall(Shortfall, ShortfallWitness, check);
    /// 10.
    Withdraw(Withdraw, WithdrawWitness, check);
    /// 11, of a sell plan.
    SellCiphertext(PlanCiphertext, SellCiphertextWitness, check_sell);
    /// 11, of a buy plan.
    BuyCiphertext(PlanCiphertext, BuyCiphertextWitness, check_buy);
    /// 12.
    Deposit(Deposit, DepositWitness, check);
    /// 13.
    Issue(Issue, IssueWitness, check);
}

/// Makes proofs.
pub trait Prover {
    /// Id of the verifying key that a relation has in the genesis.
    fn key_id(&self, kind: RelationKind) -> Result<VerifyingKeyId, ProofError>;
    /// Proves under a key, the genesis's or one that a later version has; `binding` names it. The
    /// caller has run the native check.
    fn prove(
        &self,
        key: VerifyingKeyId,
        instance: &Instance<'_>,
        rng: &mut dyn CryptoRngCore,
    ) -> Result<[u8; PROOF_BYTES], ProofError>;
}

mod circuits_prover;

pub use circuits_prover::CircuitProver;
