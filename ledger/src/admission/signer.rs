//! Which key an operator signs with.

use crate::state::State;
use crate::Refusal;
use protocol::ids::TransactionId;
use protocol::signing::SigningKey;
use protocol::transaction::body::{NewKeys, RotateKey};
use protocol::transaction::{Authority, Body, Seal, Transaction};

impl State {
    /// Whether the operator who must seal a transaction has signed it, by the keys of this state.
    /// False too for a kind that no operator seals, and for an issuer that is not registered.
    pub(crate) fn signed_by_operator(&self, tx: &Transaction, id: TransactionId) -> bool {
        let Ok(key) = self.operator_key(tx.kind().authority(), &tx.body) else { return false };
        match tx.seal {
            Seal::Signature(signature) | Seal::Issue { signature, .. } | Seal::Credential { signature, .. } => {
                key.verify(id, &signature).is_ok()
            }
            _ => false,
        }
    }

    /// The key that the operator of this authority signs with now. Errors: [`Refusal::Encoding`] for an
    /// authority that is no operator's, which cannot be decoded but can be built;
    /// [`Refusal::UnregisteredIssuer`].
    pub(super) fn operator_key(&self, authority: Authority, body: &Body) -> Result<SigningKey, Refusal> {
        match (authority, body) {
            (Authority::Rotation, Body::RotateKey(RotateKey { of: NewKeys::Regulator, .. })) => {
                Ok(self.genesis.recovery)
            }
            (Authority::Regulator | Authority::Rotation, _) => Ok(self.regulator_key()),
            (Authority::Matcher, _) => Ok(self.matcher_key()),
            (Authority::Issuer, body) => self.issuer_key(body),
            _ => Err(Refusal::Encoding),
        }
    }

    pub(super) fn issuer_key(&self, body: &Body) -> Result<SigningKey, Refusal> {
        let issuer = match body {
            Body::Issue(b) => b.issuer,
            Body::IssueMetered(b) => b.issuer,
            Body::Deliver(b) => b.issuer,
            Body::DeliveryAmount(b) => b.issuer,
            Body::Paid(b) => b.issuer,
            _ => return Err(Refusal::Encoding),
        };
        Ok(self.issuer(issuer).ok_or(Refusal::UnregisteredIssuer)?.key)
    }
}
