//! The audit of one household by its trace tags (docs/protocol/10-records-and-keys.md). The
//! regulator opens the household's trace keys, computes its tags, looks for them, and opens the
//! ciphertexts that carry them. Each opening has its own entry on the ledger. No other household's
//! ciphertext is opened.
//!
//! The audit has three steps, each of which gives transactions to be put on the ledger before the
//! next step: [`HouseholdAudit::begin`] announces the trace keys and the requests to issuers;
//! [`HouseholdAudit::find`] opens the trace keys and announces the opening of the entries with the
//! household's tags; [`HouseholdAudit::state`] opens those entries, checks them against the ledger
//! and the issuers' disclosures, and gives the [`HouseholdAccount`].

mod account;
mod deliveries;

pub use account::{Checks, HouseholdAccount, Row};

#[cfg(test)]
mod tests;

use super::trail::Found;
use super::{Error, Evidence, Partial, Regulator};
use protocol::ids::{Height, TransactionId};
use protocol::keys::{Address, TraceCommitment, TraceKey};
use protocol::light::{AcceptanceProof, HeaderChain};
use protocol::record::Handle;
use protocol::transaction::body::Purpose;
use protocol::transaction::{Body, Transaction};
use protocol::units::{Cycle, Epoch, IssuerId};
use protocol::Fr;
use std::collections::BTreeMap;

/// A source of proofs of accepted transactions: a ledger's node. Its proofs are checked against
/// headers.
pub trait Proofs {
    /// The proof that a transaction was accepted.
    fn acceptance(&self, id: &TransactionId) -> Option<AcceptanceProof>;
}

/// The holders of the audit key, asked for their parts; each checks the evidence for itself.
pub type Quorum<'a> = dyn Fn(&Evidence) -> Result<Vec<Partial>, Error> + 'a;

/// An audit under way. Not printable: it holds trace keys from [`HouseholdAudit::find`] on.
pub struct HouseholdAudit {
    who: Address,
    from: Cycle,
    to: Cycle,
    reason: [u8; 32],
    /// The kappas of the household's credentials, of the range's epochs and of those that some payment
    /// in them shows.
    kappas: BTreeMap<Epoch, TraceCommitment>,
    without_credential: Vec<Epoch>,
    /// The announced Opens, by purpose, subject and second subject.
    opens: BTreeMap<(u8, Fr, Fr), TransactionId>,
    keys: BTreeMap<Epoch, TraceKey>,
    found: Found,
}

impl HouseholdAudit {
    /// Announces the opening of the household's trace keys of the epochs of these cycles, and of other
    /// epochs whose credentials some payment in these epochs shows, whoever paid; and the requests to
    /// `issuers`: its metering services and the desks. Errors: [`Error::NoCredential`] when it has none
    /// of any of these epochs, [`Error::NoReason`], [`Error::UnknownIssuer`].
    pub fn begin(
        regulator: &mut Regulator,
        who: Address,
        (from, to): (Cycle, Cycle),
        issuers: &[IssuerId],
        reason: [u8; 32],
        expiry: Height,
    ) -> Result<(Self, Vec<Transaction>), Error> {
        let (_, epochs) = regulator.trail.range(from, to);
        let mut audit = HouseholdAudit {
            who,
            from,
            to,
            reason,
            kappas: BTreeMap::new(),
            without_credential: Vec::new(),
            opens: BTreeMap::new(),
            keys: BTreeMap::new(),
            found: Found::default(),
        };
        for epoch in epochs.union(&regulator.trail.shown(&epochs)) {
            match regulator.register.credential_of(who, *epoch) {
                Some((kappa, _)) => {
                    audit.kappas.insert(*epoch, kappa);
                }
                None if epochs.contains(epoch) => audit.without_credential.push(*epoch),
                None => {}
            }
        }
        let kappa = *audit.kappas.values().next().ok_or(Error::NoCredential)?;
        let mut transactions = Vec::new();
        for kappa in audit.kappas.values() {
            transactions.push(regulator.open_trace(*kappa, reason, expiry)?);
        }
        for issuer in issuers {
            transactions.push(regulator.open_disclosure(kappa, *issuer, reason, expiry)?);
        }
        audit.note(&transactions);
        Ok((audit, transactions))
    }

    fn note(&mut self, transactions: &[Transaction]) {
        for transaction in transactions {
            if let Body::Open(open) = transaction.body {
                self.opens.insert((open.purpose as u8, open.first, open.second), transaction.id());
            }
        }
    }

    fn open(&self, purpose: Purpose, (first, second): (Fr, Fr), proofs: &dyn Proofs) -> Result<AcceptanceProof, Error> {
        let open = self.opens.get(&(purpose as u8, first, second));
        let missing = || Error::MissingProof(format!("the Open for {purpose:?} of {}", Handle(first)));
        open.and_then(|id| proofs.acceptance(id)).ok_or_else(missing)
    }

    /// The proof of the request, for an issuer. Error: [`Error::MissingProof`].
    pub fn request(&self, issuer: IssuerId, proofs: &dyn Proofs) -> Result<AcceptanceProof, Error> {
        let kappa = self.kappas.values().next().ok_or(Error::NoCredential)?;
        self.open(Purpose::Disclosure, (kappa.0, Fr::from(issuer.get())), proofs)
    }

    /// The evidence for the holders of the audit key. Error: [`Error::MissingProof`].
    pub fn evidence(
        &self,
        purpose: Purpose,
        subject: Fr,
        target: &TransactionId,
        proofs: &dyn Proofs,
    ) -> Result<Evidence, Error> {
        let open = self.open(purpose, (subject, Fr::from(0u64)), proofs)?;
        let missing = || Error::MissingProof(format!("the transaction with {}", Handle(subject)));
        Ok(Evidence { open, target: proofs.acceptance(target).ok_or_else(missing)? })
    }

    /// Opens the trace keys, looks for the household's tags, and announces the opening of the
    /// entries that carry them. Errors: [`Error::MissingProof`], those of [`Regulator::trace`].
    pub fn find(
        &mut self,
        regulator: &mut Regulator,
        proofs: &dyn Proofs,
        headers: &HeaderChain,
        quorum: &Quorum<'_>,
        expiry: Height,
    ) -> Result<Vec<Transaction>, Error> {
        for (epoch, kappa) in &self.kappas {
            let target = *regulator.trail.deposits.get(kappa).ok_or(Error::UnknownTraceKey)?;
            let evidence = self.evidence(Purpose::Trace, kappa.0, &target, proofs)?;
            let key = regulator.trace(&evidence, headers, &quorum(&evidence)?)?;
            self.keys.insert(*epoch, key);
        }
        let (cycles, epochs) = regulator.trail.range(self.from, self.to);
        self.found = regulator.trail.find(&self.keys, &cycles, &epochs);
        let (found, reason) = (self.found.clone(), self.reason);
        let mut transactions = Vec::new();
        for handle in &found.plans {
            transactions.push(regulator.open_audit(*handle, reason, expiry)?);
        }
        for payment in &found.payments {
            transactions.push(regulator.open_payment(*payment, reason, expiry)?);
        }
        for match_id in &found.matches {
            transactions.push(regulator.open_trade(*match_id, reason, expiry)?);
        }
        self.note(&transactions);
        Ok(transactions)
    }

    /// The entries that were found.
    pub fn found(&self) -> &Found {
        &self.found
    }
}
