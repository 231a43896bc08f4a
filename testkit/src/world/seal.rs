//! Seals for the bodies of a market's parties, good and bad.

use super::verifier::written_out;
use super::{market, World};
use crate::keys::{encryption, shared, sign, signer_of, CHALLENGER, PLAN, RECOVERY};
use crate::proof::{key_id, second_key, stamp};
use ledger::CiphertextInputs;
use protocol::elgamal::dleq::Equality;
use protocol::ids::{Height, TransactionId, VerifyingKeyId};
use protocol::relation::RelationKind;
use protocol::transaction::body::{NewKeys, Operator, RotateKey};
use protocol::transaction::deposit::DepositSeal;
use protocol::transaction::*;
use protocol::units::{IssuerId, Side};
use protocol::Fr;

/// The metering service of the sellers: it signs bodies that name no issuer.
pub const METER: IssuerId = IssuerId::ZERO;

impl World {
    /// A body's id on this chain, with the expiry that every transaction here has.
    pub fn id(&self, body: &Body) -> TransactionId {
        transaction_id(self.state.chain(), Height(1000), body)
    }
    /// A transaction with this body, sealed as its kind requires.
    pub fn seal(&self, body: Body) -> Transaction {
        let (chain, expiry) = (self.state.chain(), Height(1000));
        let id = self.id(&body);
        let seal = match body.kind().authority() {
            Authority::Regulator => sign(self.signer(Operator::Regulator), id),
            Authority::Rotation => match body {
                Body::RotateKey(RotateKey { of: NewKeys::Regulator, .. }) => sign(RECOVERY, id),
                _ => sign(self.signer(Operator::Regulator), id),
            },
            Authority::Matcher => sign(self.signer(Operator::Matcher), id),
            Authority::Issuer => sign(self.signer(Operator::Issuer(issuer_of(&body))), id),
            Authority::Challenger => sign(CHALLENGER, id),
            Authority::Plan => Seal::Shared(self.shared(id, &body)),
            Authority::Relation(relation) => self.proved(id, &body, key_id(relation), self.second(id, &body, key_id)),
        };
        let seal = match seal {
            Seal::Signature(signature) => match body.kind().signed_relation() {
                Some(relation) if body.kind().is_credential() => {
                    let (key, deposit) = (key_id(relation), self.deposited(&body, key_id(RelationKind::Deposit)));
                    let proof = stamp(relation, &self.inputs(&body, credential_binding(id, key, &deposit)));
                    Seal::Credential { signature, key, proof, deposit }
                }
                Some(relation) => {
                    let key = key_id(relation);
                    let proof = stamp(relation, &self.inputs(&body, binding(id, key)));
                    Seal::Issue { signature, key, proof }
                }
                None => seal,
            },
            seal => seal,
        };
        Transaction { chain, expiry, body, seal }
    }
    /// Number of the key that an operator signs with now.
    pub fn signer(&self, operator: Operator) -> u8 {
        signer_of(operator, self.state.generation(operator).0)
    }
    /// The household's proof beside a credential, that its trace key is deposited, under this key.
    pub fn deposited(&self, body: &Body, key: VerifyingKeyId) -> DepositSeal {
        let Body::IssueCredential(b) = body else { panic!("not a credential") };
        DepositSeal { key, proof: stamp(RelationKind::Deposit, &self.deposit_inputs(b)) }
    }
    /// The same credential with another proof of its deposit, and with a first proof that names it.
    pub fn with_deposit(&self, tx: &Transaction, deposit: DepositSeal) -> Transaction {
        let Seal::Credential { signature, key, .. } = tx.seal else { panic!("not a credential") };
        let binding = credential_binding(tx.id(), key, &deposit);
        let proof = stamp(RelationKind::Issue, &self.inputs(&tx.body, binding));
        Transaction { seal: Seal::Credential { signature, key, proof, deposit }, ..*tx }
    }
    /// The proof that a complaint's point belongs to the plan's key and to the match's first half.
    fn shared(&self, id: TransactionId, body: &Body) -> Equality {
        let trade = match body {
            Body::Complain(b) => self.state.trade(&b.match_id),
            _ => None,
        };
        shared(PLAN, trade.map_or(encryption(1).point(), |trade| trade.c1), &id.0).1
    }
    /// The proof of a body under this key. A listing's names its second proof, which stands beside
    /// it. Panics on a body that a signature seals.
    pub fn proved(&self, id: TransactionId, body: &Body, key: VerifyingKeyId, second: Option<CiphertextSeal>) -> Seal {
        let Authority::Relation(relation) = body.kind().authority() else { panic!("sealed by a signature") };
        let proof = |binding| stamp(relation, &self.inputs(body, binding));
        match second {
            Some(ciphertext) => Seal::Plan { key, proof: proof(listing_binding(id, key, &ciphertext)), ciphertext },
            None => Seal::Proof { key, proof: proof(binding(id, key)) },
        }
    }
    /// A listing's second proof, of its ciphertext, under the key that `keys` gives. Other bodies
    /// have none.
    pub fn second(
        &self,
        id: TransactionId,
        body: &Body,
        keys: fn(RelationKind) -> VerifyingKeyId,
    ) -> Option<CiphertextSeal> {
        let (b, side) = match body {
            Body::SellPlan(b) => (b, Side::Sell),
            Body::BuyPlan(b) => (b, Side::Buy),
            _ => return None,
        };
        let (relation, commitments) = (RelationKind::ciphertext(side), [Fr::from(31u64), Fr::from(32u64)]);
        let inputs = CiphertextInputs {
            side,
            handle: b.handle,
            scale: (&market()).into(),
            commitments,
            binding: binding(id, keys(relation)),
            ciphertext: b.ciphertext,
            matching_key: self.state.genesis().matching_key,
        };
        Some(CiphertextSeal { key: keys(relation), commitments, proof: stamp(relation, &written_out(&inputs)) })
    }
    /// The same listing with another second proof, and with a first proof that names it.
    pub fn beside(&self, tx: &Transaction, ciphertext: CiphertextSeal) -> Transaction {
        let Seal::Plan { key, .. } = tx.seal else { panic!("not a listing") };
        Transaction { seal: self.proved(tx.id(), &tx.body, key, Some(ciphertext)), ..*tx }
    }
    /// The same as [`Self::seal`], proved under another key.
    pub fn seal_under(&self, key: VerifyingKeyId, body: Body) -> Transaction {
        let mut tx = self.seal(body);
        let relation = body.kind().relation().expect("sealed by a proof");
        if let Seal::Credential { signature, .. } = tx.seal {
            let keys = if key == second_key(relation) { second_key } else { key_id };
            let deposit = self.deposited(&body, keys(RelationKind::Deposit));
            let proof = stamp(relation, &self.inputs(&body, credential_binding(tx.id(), key, &deposit)));
            return Transaction { seal: Seal::Credential { signature, key, proof, deposit }, ..tx };
        }
        if let Seal::Issue { .. } = tx.seal {
            let proof = stamp(relation, &self.inputs(&body, binding(tx.id(), key)));
            let (named, old) = proof_of(&mut tx);
            (*named, *old) = (key, proof);
            return tx;
        }
        let keys = if key == second_key(relation) { second_key } else { key_id };
        Transaction { seal: self.proved(tx.id(), &body, key, self.second(tx.id(), &body, keys)), ..tx }
    }
    /// The bytes of a transaction with this body.
    pub fn bytes(&self, body: Body) -> Vec<u8> {
        self.seal(body).encode()
    }
}

/// The key and the bytes of a transaction's first proof. Panics on one that a signature alone
/// seals.
pub fn proof_of(tx: &mut Transaction) -> (&mut VerifyingKeyId, &mut [u8; PROOF_BYTES]) {
    match &mut tx.seal {
        Seal::Proof { key, proof }
        | Seal::Plan { key, proof, .. }
        | Seal::Issue { key, proof, .. }
        | Seal::Credential { key, proof, .. } => (key, proof),
        Seal::Signature(_) | Seal::Shared(_) => panic!("sealed without a proof of a relation"),
    }
}

/// The same transaction signed by the key of this number; its proof is unchanged. Panics on one
/// that a proof alone seals.
pub fn resign(n: u8, tx: Transaction) -> Transaction {
    let Seal::Signature(signature) = sign(n, tx.id()) else { unreachable!() };
    let seal = match tx.seal {
        Seal::Issue { key, proof, .. } => Seal::Issue { signature, key, proof },
        Seal::Credential { key, proof, deposit, .. } => Seal::Credential { signature, key, proof, deposit },
        Seal::Signature(_) => Seal::Signature(signature),
        Seal::Proof { .. } | Seal::Plan { .. } | Seal::Shared(_) => panic!("sealed by a proof alone"),
    };
    Transaction { seal, ..tx }
}

/// Puts other bytes where a transaction's first proof is, under the same key.
pub fn spoil(tx: &mut Transaction, with: [u8; PROOF_BYTES]) {
    *proof_of(tx).1 = with;
}

/// The issuer that a body names, otherwise [`METER`].
pub fn issuer_of(body: &Body) -> IssuerId {
    match body {
        Body::Issue(b) => b.issuer,
        Body::IssueMetered(b) => b.issuer,
        Body::Deliver(b) => b.issuer,
        Body::DeliveryAmount(b) => b.issuer,
        Body::Paid(b) => b.issuer,
        _ => METER,
    }
}
