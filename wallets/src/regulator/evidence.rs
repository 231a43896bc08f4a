//! The evidence on which a ciphertext is opened: a proof that the ledger accepted an Open that
//! names it, and a proof that the ciphertext is in an accepted transaction, both against a chain of
//! headers. The holders of the audit key ask for the same evidence and check it themselves
//! ([`super::AuditShare::partial`]): they need headers, and believe no one.

use super::trail::auditable;
use super::Error;
use crate::announcement::announced;
use protocol::elgamal::Point;
use protocol::light::{AcceptanceProof, HeaderChain};
use protocol::record::Handle;
use protocol::transaction::body::{IssueMetered, NewKeys};
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
}

impl AuditableEntry {
    /// c1, unless the transaction is a Match. A Match's ciphertext is to K_t and comes without a
    /// proof: its c1 may be a copy of a plan's. Error: [`Error::NotAuditable`] for a Match.
    pub(super) fn for_the_quorum(&self) -> Result<Point, Error> {
        match self.body {
            Body::Match(_) => Err(Error::NotAuditable),
            _ => Ok(self.c1),
        }
    }
}

impl Evidence {
    /// Checks both proofs, and gives the entry that may be opened. Errors: [`Error::Light`] where a
    /// proof does not hold, [`Error::NotOpened`] where the Open does not name what the other
    /// transaction holds, [`Error::NotAuditable`] where that transaction has nothing for audits.
    pub(super) fn check(&self, headers: &HeaderChain) -> Result<AuditableEntry, Error> {
        let body = self.target.verify(headers)?.transaction.body;
        if let Body::IssueMetered(issued) = &body {
            return match self.reached_back(issued, headers)? {
                true => Ok(AuditableEntry { c1: issued.c1, body }),
                false => Err(Error::NotOpened(format!("the metered record {}", issued.commitment))),
            };
        }
        let open = announced(&self.open, headers)?;
        let (purpose, subject, c1) = auditable(&body).ok_or(Error::NotAuditable)?;
        if (open.purpose, open.first) != (purpose, subject) {
            return Err(Error::NotOpened(format!("{purpose:?} of {}", Handle(subject))));
        }
        Ok(AuditableEntry { c1, body })
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
