//! Which key an operator signs with.

use crate::state::State;
use crate::Refusal;
use protocol::ids::TransactionId;
use protocol::signing::SigningKey;
use protocol::transaction::{Authority, Body, Seal, Transaction};

impl State {
    /// Whether the operator who must seal a transaction has signed it, by the keys of this state.
    /// False too for a kind that no operator seals, and for an issuer that is not registered.
    pub(crate) fn signed_by_operator(&self, tx: &Transaction, id: TransactionId) -> bool {
        let key = match tx.kind().authority() {
            Authority::Regulator => self.genesis.regulator,
            Authority::Matcher => self.genesis.matcher,
            Authority::Issuer => match self.issuer_key(&tx.body) {
                Ok(key) => key,
                Err(_) => return false,
            },
            _ => return false,
        };
        match tx.seal {
            Seal::Signature(signature) | Seal::Issue { signature, .. } | Seal::Credential { signature, .. } => {
                key.verify(id, &signature).is_ok()
            }
            _ => false,
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
