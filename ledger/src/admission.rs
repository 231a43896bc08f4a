//! Whether a transaction may take effect (docs/protocol/40-ledger.md, "Admission"). The cheapest
//! checks come first: size, encoding, chain, expiry, duplicate. Then come the checks against the
//! state (anchors, uniqueness, stages, serials), which yield the changes. The seal comes last; the
//! caller judges it, since the proofs of a block are verified together.

mod blob;
mod contents;
mod deviation;
mod household;
mod issuing;
mod operator;
mod rotation;
mod signer;

pub(crate) use blob::{blob_and_length, check_blob, looked_at_blob};

use self::contents::{anchor, ephemeral, handle, nullifiers, opens};
use crate::changes::{Change, Signer};
use crate::stage::Cell;
use crate::state::{State, TradeEntry};
use crate::verifier::{Blobs, CiphertextInputs, ProofClaim, ProofVerifier, PublicInputs, ScoreClaim};
use crate::Refusal;
use protocol::elgamal::dleq::{Equality, Shared};
use protocol::ids::{BlobHash, Height, Serial, Time, TransactionId, VerifyingKeyId};
use protocol::keys::Network;
use protocol::record::{Handle, MatchId};
use protocol::relation::{RelationKind, Statement};
use protocol::signing::{SigningKey, SIGNATURE_BYTES};
use protocol::transaction::body::{Deliver, IssueCredential};
use protocol::transaction::deposit::DepositSeal;
use protocol::transaction::{
    binding, credential_binding, listing_binding, Authority, Body, CiphertextSeal, Seal, Transaction, MAX_BYTES,
};
use protocol::units::Side;
use protocol::Fr;
use std::collections::BTreeSet;

/// Height and time of the block that a transaction is in.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Moment {
    pub height: Height,
    pub time: Time,
}

/// Why a transaction is not admitted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum NotAdmitted {
    /// The transaction has no effect, for this reason.
    Refused(Refusal),
    /// This blob is needed to tell whether the transaction has an effect.
    Missing(BlobHash),
    /// The regulator sealed it, and it activates a key that this program does not have.
    UnknownKey(VerifyingKeyId),
}

impl From<Refusal> for NotAdmitted {
    fn from(refusal: Refusal) -> Self {
        NotAdmitted::Refused(refusal)
    }
}

/// The proofs of a transaction and the signature beside them, to be verified.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Proofs {
    /// The issuer's signature, where the transaction issues a record or delivers. It is checked first,
    /// so that only an issuer can cost the ledger the verification of a proof.
    pub signature: Option<SignatureClaim>,
    /// The transaction's own proof.
    pub first: ProofClaim,
    /// A second proof: a listing's, about its matching ciphertext, or a credential's, the household's
    /// of its deposit.
    pub second: Option<ProofClaim>,
}

impl Proofs {
    /// Whether the signature verifies, where there has to be one.
    pub fn signed(&self) -> Result<(), Refusal> {
        self.signature.map_or(Ok(()), |signature| signature.verify())
    }
}

/// The claims that must hold for the seal to be good.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum SealClaim {
    /// One or two proofs, and a signature where a signer proves something.
    Proofs(Box<Proofs>),
    /// A signature.
    Signature(SignatureClaim),
    /// A shared point with its proof.
    Shared(Box<SharedClaim>),
    /// A signature, and recomputed scores whose digest differs from the posted one.
    Contest(Box<(SignatureClaim, ScoreClaim, [u8; 32])>),
}

/// That a key signed an id.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct SignatureClaim {
    key: SigningKey,
    id: TransactionId,
    signature: [u8; SIGNATURE_BYTES],
}

/// That a point is what a plan's key and a match's first half share. The context is the id.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct SharedClaim {
    shared: Shared,
    proof: Equality,
    id: TransactionId,
}

impl SharedClaim {
    pub fn verify(&self) -> Result<(), Refusal> {
        self.proof.verify(&self.shared, &self.id.0).map_err(|_| Refusal::BadProof)
    }
}

impl SignatureClaim {
    pub fn verify(&self) -> Result<(), Refusal> {
        self.key.verify(self.id, &self.signature).map_err(|_| Refusal::BadSignature)
    }
}

/// A transaction that may take effect if its seal is good.
#[derive(Debug)]
pub(crate) struct Admitted {
    pub changes: Vec<Change>,
    pub seal: SealClaim,
}

/// The result of a kind's check: the changes, and the public inputs where a proof seals the kind.
type Checked = Result<(Vec<Change>, Vec<Fr>), Refusal>;

/// A transaction from its bytes: checks size and encoding.
pub(crate) fn decode(bytes: &[u8]) -> Result<Transaction, Refusal> {
    if bytes.len() > MAX_BYTES {
        return Err(Refusal::Oversized);
    }
    Transaction::decode(bytes).map_err(|_| Refusal::Encoding)
}

impl State {
    /// Checks chain, expiry, duplicate, double spend, `c1` and a plan's key: a node can refuse these at
    /// once. No later block changes the answer, save for an expiry that is too far ahead now.
    pub(crate) fn precheck(&self, tx: &Transaction, id: &TransactionId, height: Height) -> Result<(), Refusal> {
        if tx.chain != self.chain {
            return Err(Refusal::WrongChain);
        }
        if height > tx.expiry {
            return Err(Refusal::ExpiredTransaction);
        }
        if !self.genesis.limits.is_step(tx.expiry) {
            return Err(Refusal::ExpiryStep);
        }
        if self.genesis.limits.is_far(tx.expiry, height) {
            return Err(Refusal::FarExpiry);
        }
        if self.is_accepted(*id, tx.expiry) {
            return Err(Refusal::DuplicateTransaction);
        }
        let mut seen = BTreeSet::new();
        if nullifiers(&tx.body).into_iter().any(|n| self.is_spent(&n) || !seen.insert(n)) {
            return Err(Refusal::DoubleSpend);
        }
        if !ephemeral(&tx.body).is_none_or(opens) {
            return Err(Refusal::WeakCiphertext);
        }
        match &tx.body {
            // No proof is about the key, since no circuit multiplies it before a delivery.
            Body::SellPlan(b) | Body::BuyPlan(b) if b.plan_key.checked().is_err() => Err(Refusal::WeakKey),
            _ => Ok(()),
        }
    }

    /// Checks everything but the seal.
    pub(crate) fn admit(
        &self,
        tx: &Transaction,
        at: Moment,
        verifier: &dyn ProofVerifier,
        blobs: &dyn Blobs,
    ) -> Result<Admitted, NotAdmitted> {
        let admitted = self.admit_without_blob(tx, at, verifier)?;
        check_blob(&tx.body, blobs)?;
        Ok(admitted)
    }
    /// Checks everything but the seal and the blob.
    pub(crate) fn admit_without_blob(
        &self,
        tx: &Transaction,
        at: Moment,
        verifier: &dyn ProofVerifier,
    ) -> Result<Admitted, Refusal> {
        let id = tx.id();
        self.precheck(tx, &id, at.height)?;
        if anchor(&tx.body).is_some_and(|root| !self.is_anchor(&root)) {
            return Err(Refusal::UnknownAnchor);
        }
        // At most the two changes that a confirmation can put into the tree.
        self.room_for(2)?;
        let key = tx.kind().relation().map(|relation| self.key_for(relation, &tx.body, verifier));
        let bind = match (key, &tx.seal) {
            (Some(key), Seal::Plan { ciphertext, .. }) => listing_binding(id, key, ciphertext),
            (Some(key), Seal::Credential { deposit, .. }) => credential_binding(id, key, deposit),
            (Some(key), _) => binding(id, key),
            (None, _) => Fr::from(0u64),
        };
        let (changes, inputs) = match &tx.body {
            Body::Issue(b) => self.issue(b, bind)?,
            Body::IssueMetered(b) => self.issue_metered(b, at, bind)?,
            Body::IssueCredential(b) => self.issue_credential(b, bind)?,
            Body::SellPlan(b) => self.list_plan(b, Side::Sell, at, bind)?,
            Body::BuyPlan(b) => self.list_plan(b, Side::Buy, at, bind)?,
            Body::Scores(b) => self.post_scores(b, at)?,
            Body::Open(b) => self.open(b, id, at)?,
            Body::Match(b) => self.match_plans(b, at)?,
            Body::ConfirmSell(b) => self.confirm(b, Side::Sell, bind)?,
            Body::ConfirmBuy(b) => self.confirm(b, Side::Buy, bind)?,
            Body::Refuse(b) => self.refuse(b, bind)?,
            Body::Complain(b) => self.complain(b, at)?,
            Body::Deliver(b) => self.deliver(b, bind)?,
            Body::SettleSell(b) => self.settle(b, Side::Sell, bind)?,
            Body::SettleBuy(b) => self.settle(b, Side::Buy, bind)?,
            Body::Release(b) => self.release(b, at, bind)?,
            Body::Void(b) => self.void(b, bind)?,
            Body::Merge(b) => self.merge(b, bind)?,
            Body::Surplus(b) => self.surplus(b, bind)?,
            Body::Shortfall(b) => self.shortfall(b, bind)?,
            Body::EpochStart(b) => self.start_epoch(b)?,
            Body::CycleStart(b) => self.check_cycle_start(b, at)?,
            Body::RegisterIssuer(b) => self.register_issuer(b)?,
            Body::Ruling(b) => self.rule(b)?,
            Body::SetIssueCap(b) => self.set_issue_cap(b)?,
            Body::Withdraw(b) => self.withdraw(b, id, bind)?,
            Body::ActivateKey(b) => self.activate_key(b)?,
            Body::Contest(b) => self.contest(b, at)?,
            Body::Transcript(b) => self.post_transcript(b, at)?,
            Body::Mask(b) => self.commit_mask(b, at)?,
            Body::MatchThreshold(b) => self.match_threshold(b)?,
            Body::DeliveryAmount(b) => self.delivery_amount(b)?,
            Body::Deviation(b) => self.deviation(b)?,
            Body::Verdict(b) => self.verdict(b)?,
            Body::SuspendIssuer(b) => self.suspend_issuer(b)?,
            Body::RotateKey(b) => self.rotate_key(b)?,
            Body::Paid(b) => self.mark_paid(b)?,
        };
        let seal = match (tx.kind().authority(), &tx.seal) {
            (Authority::Relation(relation), Seal::Proof { key: named, proof }) if !tx.kind().is_listing() => {
                let key = self.check_key(relation, key, *named, verifier)?;
                let first = ProofClaim { relation, key, inputs: PublicInputs::Listed(inputs), proof: *proof };
                SealClaim::Proofs(Box::new(Proofs { signature: None, first, second: None }))
            }
            (Authority::Relation(relation), Seal::Plan { key: named, proof, ciphertext }) => {
                let key = self.check_key(relation, key, *named, verifier)?;
                let first = ProofClaim { relation, key, inputs: PublicInputs::Listed(inputs), proof: *proof };
                let second = Some(self.ciphertext_claim(&tx.body, id, ciphertext, verifier)?);
                SealClaim::Proofs(Box::new(Proofs { signature: None, first, second }))
            }
            (Authority::Plan, Seal::Shared(proof)) => {
                let Body::Complain(b) = &tx.body else { return Err(Refusal::Encoding) };
                let plan = self.plan(&b.handle).ok_or(Refusal::UnknownPlan)?;
                let base = self.trade(&b.match_id).ok_or(Refusal::UnknownTrade)?.c1;
                let shared = Shared { key: plan.plan_key, base, point: b.shared };
                SealClaim::Shared(Box::new(SharedClaim { shared, proof: *proof, id }))
            }
            (Authority::Regulator, Seal::Credential { signature, key: named, proof, deposit }) => {
                let Body::IssueCredential(b) = &tx.body else { return Err(Refusal::Encoding) };
                let relation = RelationKind::Issue;
                let key = self.check_key(relation, key, *named, verifier)?;
                let signature = Some(SignatureClaim { key: self.regulator_key(), id, signature: *signature });
                let first = ProofClaim { relation, key, inputs: PublicInputs::Listed(inputs), proof: *proof };
                let second = Some(self.deposit_claim(b, deposit, verifier)?);
                SealClaim::Proofs(Box::new(Proofs { signature, first, second }))
            }
            (authority, Seal::Issue { signature, key: named, proof }) if tx.kind().signed_relation().is_some() => {
                let relation = tx.kind().signed_relation().ok_or(Refusal::Encoding)?;
                // Cannot be decoded, but can be built.
                if authority != Authority::Issuer || tx.kind().is_credential() {
                    return Err(Refusal::Encoding);
                }
                let signer = self.issuer_key(&tx.body)?;
                let key = self.check_key(relation, key, *named, verifier)?;
                let signature = Some(SignatureClaim { key: signer, id, signature: *signature });
                let first = ProofClaim { relation, key, inputs: PublicInputs::Listed(inputs), proof: *proof };
                SealClaim::Proofs(Box::new(Proofs { signature, first, second: None }))
            }
            (authority, Seal::Signature(signature)) if tx.kind().signed_relation().is_none() => {
                let by = |key| SignatureClaim { key, id, signature: *signature };
                match (authority, &tx.body) {
                    (Authority::Challenger, Body::Contest(b)) => {
                        let scores = self.score_claim(b.cycle, b.round, &b.buy).ok_or(Refusal::NoScores)?;
                        SealClaim::Contest(Box::new((by(b.challenger), scores, b.digest)))
                    }
                    (_, body) => SealClaim::Signature(by(self.operator_key(authority, body)?)),
                }
            }
            // Cannot be decoded, but can be built.
            _ => return Err(Refusal::Encoding),
        };
        Ok(Admitted { changes, seal })
    }

    /// The change that uses up an operator's serial. Errors: [`Refusal::SerialUsed`],
    /// [`Refusal::SerialClosed`], [`Refusal::UnregisteredIssuer`].
    fn serial(&self, signer: Signer, serial: Serial) -> Result<Change, Refusal> {
        let serials = match signer {
            Signer::Regulator => &self.regulator_serials,
            Signer::Matcher => &self.matcher_serials,
            Signer::Issuer(issuer) => self.issuer_serials(issuer).ok_or(Refusal::UnregisteredIssuer)?,
        };
        serials.check(serial)?;
        Ok(Change::Serial(signer, serial))
    }

    /// The key that a transaction has to be proved under: the key of its plan's version of the
    /// circuits, otherwise the key of the newest cycle. A listing goes by its own cycle, which may
    /// be older than the newest, and a delivery by its trade's plans, both of one cycle.
    fn key_for(&self, relation: RelationKind, body: &Body, verifier: &dyn ProofVerifier) -> VerifyingKeyId {
        let sold = |b: &Deliver| Some(self.trade(&b.match_id)?.sell.handle);
        let about = match body {
            Body::Deliver(b) => sold(b),
            _ => handle(body),
        };
        let version = match (body, about.and_then(|h| self.plan(&h))) {
            (Body::SellPlan(b) | Body::BuyPlan(b), _) => self.keys.version(Some(b.cycle)),
            (_, Some(plan)) => plan.circuits,
            (_, None) => self.circuits(),
        };
        self.keys.key(relation, version).unwrap_or_else(|| verifier.key_id(relation))
    }

    /// Checks that a seal is under the key in force, which on network `main` is no key from the
    /// public seed. The refusal of any other key follows from the chain and the genesis's keys alone,
    /// whatever later keys the program has besides. Otherwise the next version of the program could
    /// not open the ledger.
    fn check_key(
        &self,
        relation: RelationKind,
        in_force: Option<VerifyingKeyId>,
        named: VerifyingKeyId,
        verifier: &dyn ProofVerifier,
    ) -> Result<VerifyingKeyId, Refusal> {
        match in_force {
            Some(key) if key == named && self.distrusts(relation, key, verifier) => Err(Refusal::InsecureKey),
            Some(key) if key == named => Ok(key),
            _ if verifier.key_id(relation) == named || self.keys.names(relation, named) => Err(Refusal::SupersededKey),
            _ => Err(Refusal::UnknownKey),
        }
    }

    /// Whether a key that the program has must not be used on this chain.
    pub(crate) fn distrusts(&self, relation: RelationKind, key: VerifyingKeyId, verifier: &dyn ProofVerifier) -> bool {
        self.genesis.network == Network::Main && verifier.is_insecure(relation, key)
    }

    /// The claim of a listing's second proof.
    fn ciphertext_claim(
        &self,
        body: &Body,
        id: TransactionId,
        seal: &CiphertextSeal,
        verifier: &dyn ProofVerifier,
    ) -> Result<ProofClaim, Refusal> {
        let (b, side) = match body {
            Body::SellPlan(b) => (b, Side::Sell),
            Body::BuyPlan(b) => (b, Side::Buy),
            // Cannot be decoded, but can be built.
            _ => return Err(Refusal::Encoding),
        };
        let relation = RelationKind::ciphertext(side);
        let in_force = Some(self.key_for(relation, body, verifier));
        let key = self.check_key(relation, in_force, seal.key, verifier)?;
        let inputs = PublicInputs::Ciphertext(Box::new(CiphertextInputs {
            side,
            handle: b.handle,
            scale: (&self.cycle(b.cycle).ok_or(Refusal::UnknownCycle)?.start.market).into(),
            commitments: seal.commitments,
            binding: binding(id, key),
            ciphertext: b.ciphertext,
            matching_key: self.genesis.matching_key,
        }));
        Ok(ProofClaim { relation, key, inputs, proof: seal.proof })
    }

    /// The claim of a credential's second proof, the household's, of its deposit.
    fn deposit_claim(
        &self,
        body: &IssueCredential,
        seal: &DepositSeal,
        verifier: &dyn ProofVerifier,
    ) -> Result<ProofClaim, Refusal> {
        let relation = RelationKind::Deposit;
        let in_force = self.keys.key(relation, self.circuits()).unwrap_or_else(|| verifier.key_id(relation));
        let key = self.check_key(relation, Some(in_force), seal.key, verifier)?;
        let statement = body.deposit.statement(self.chain, body.epoch, &self.genesis.audit_key);
        Ok(ProofClaim { relation, key, inputs: PublicInputs::Listed(statement.inputs()), proof: seal.proof })
    }

    /// The trade, and the side of it that the plan is on.
    fn party(&self, match_id: &MatchId, handle: &Handle) -> Result<(&TradeEntry, Side), Refusal> {
        let trade = self.trade(match_id).ok_or(Refusal::UnknownTrade)?;
        Ok((trade, trade.side_of(handle).ok_or(Refusal::NotAParty)?))
    }
}

/// Whether a table allows a transaction.
fn allowed<S, E>(cell: Cell<S, E>) -> Result<(), Refusal> {
    match cell {
        Cell::Go(_, _) => Ok(()),
        Cell::No(refusal) => Err(refusal),
        Cell::Stay => Err(Refusal::WrongStage),
    }
}
