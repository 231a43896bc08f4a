//! The evidence on which a ciphertext is opened: a proof that the ledger accepted an Open that
//! names it, and a proof that the ciphertext is in an accepted transaction, both against a chain of
//! headers. The holders of the audit key ask for the same evidence and check it themselves
//! ([`super::AuditShare::partial`]): they need headers, and believe no one.

use super::trail::auditable;
use super::Error;
use crate::announcement::announced;
use protocol::elgamal::Point;
use protocol::ids::{ChainId, TransactionId};
use protocol::light::{AcceptanceProof, HeaderChain};
use protocol::record::Handle;
use protocol::transaction::body::{IssueMetered, NewKeys, Purpose};
use protocol::transaction::Body;
use protocol::units::Cycle;

/// Why a ciphertext may be opened: two proofs, that it is on the ledger and that its opening is
/// announced there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Evidence {
    /// Shows the Open. For a metered record of a number's former holder, it shows the replacement of
    /// the number's keys that reaches back to the record's cycle.
    pub open: AcceptanceProof,
    /// Shows the transaction with the ciphertext.
    pub target: AcceptanceProof,
}

/// The accepted transaction whose ciphertext may be opened.
pub(super) struct AuditableEntry {
    /// The point `c1` of its audit ciphertext.
    pub(super) c1: Point,
    /// What the transaction says.
    pub(super) body: Body,
    /// What the Open is for. None for a metered record that a replacement of keys reaches back to.
    pub(super) purpose: Option<Purpose>,
    /// The chain, the Open, and the transaction.
    of: (ChainId, TransactionId, TransactionId),
}

impl AuditableEntry {
    /// c1, unless the transaction is a Match or a delivery. Their ciphertexts are to K_t, and a Match's
    /// comes without a proof: its c1 may be a copy of a plan's. Error: [`Error::NotAuditable`] for
    /// these two.
    pub(super) fn for_the_quorum(&self) -> Result<Point, Error> {
        match self.body {
            Body::Match(_) | Body::Deliver(_) => Err(Error::NotAuditable),
            _ => Ok(self.c1),
        }
    }
    /// The Open that announces the opening.
    pub(super) fn open(&self) -> TransactionId {
        self.of.1
    }
    /// What the proof of a part in this opening is bound to: `domain | chain | Open's id | id of the
    /// transaction that holds the ciphertext`.
    pub(super) fn context(&self) -> Vec<u8> {
        let (chain, open, target) = self.of;
        [b"veilgrid/partial-decryption/1\0".as_slice(), &chain.0, &open.0, &target.0].concat()
    }
}

impl Evidence {
    /// Checks both proofs, and gives the entry that may be opened. Errors: [`Error::Light`] where a
    /// proof does not hold, [`Error::NotOpened`] where the Open does not name what the other
    /// transaction holds, [`Error::NotAuditable`] where that transaction has nothing for audits.
    pub(super) fn check(&self, headers: &HeaderChain) -> Result<AuditableEntry, Error> {
        let target = self.target.verify(headers)?.transaction;
        let of = (headers.chain(), self.open.verify(headers)?.transaction.id(), target.id());
        let body = target.body;
        let (purpose, subject, c1) = auditable(&body).ok_or(Error::NotAuditable)?;
        if let Body::IssueMetered(issued) = &body {
            if self.reached_back(issued, headers)? {
                return Ok(AuditableEntry { c1, body, purpose: None, of });
            }
            // Of these, only what is owed has a purpose of its own.
            if !issued.sign.is_owed() {
                return Err(Error::NotOpened(format!("the metered record {}", issued.commitment)));
            }
        }
        let open = announced(&self.open, headers)?;
        let named = match open.purpose {
            Purpose::Lapse => lapses(&body, Handle(open.first)),
            other => (other, open.first) == (purpose, subject),
        };
        match named {
            true => Ok(AuditableEntry { c1, body, purpose: Some(open.purpose), of }),
            false => Err(Error::NotOpened(format!("{purpose:?} of {}", Handle(subject)))),
        }
    }

    /// Whether the announcement is a replacement of the issuer's keys that reaches back to the
    /// record's cycle, and the record was issued before it, under the former keys. The new holder has
    /// to know whose records there are, so that none is issued twice.
    fn reached_back(&self, issued: &IssueMetered, headers: &HeaderChain) -> Result<bool, Error> {
        let Body::RotateKey(b) = self.open.verify(headers)?.transaction.body else { return Ok(false) };
        let NewKeys::Issuer(issuer, keys) = b.of else { return Ok(false) };
        let named = keys.reaches_back != Cycle::ZERO && keys.reaches_back <= issued.cycle;
        Ok(named && issuer == issued.issuer && self.target.included.height <= self.open.included.height)
    }
}

/// Whether a transaction may be opened under the Open of a plan's lapse: the plan, or a match of it.
fn lapses(body: &Body, plan: Handle) -> bool {
    match body {
        Body::SellPlan(b) | Body::BuyPlan(b) => b.handle == plan,
        Body::Match(b) => [b.sell, b.buy].contains(&plan),
        _ => false,
    }
}
