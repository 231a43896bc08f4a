//! Audits: the announcements on the ledger, and what the opened ciphertexts say. Nothing is opened
//! without [`Evidence`].

use super::evidence::{AuditableEntry, Evidence};
use super::quorum::{combine, BadPart, Partial};
use super::{Error, Regulator};
use crate::note::Payload;
use crate::opening::{open_delivery, open_terms, DeliveryOpening, MatchOpening};
use crate::seal::{small, unmask};
use protocol::elgamal::{Point, Role};
use protocol::ids::Height;
use protocol::keys::{Address, TraceCommitment, TraceKey};
use protocol::light::HeaderChain;
use protocol::record::{Commitment, Handle, MatchId, Nullifier};
use protocol::transaction::body::{IssueCredential, Purpose, Shortfall, Surplus};
use protocol::transaction::{Body, Transaction};
use protocol::units::{Cycle, Energy, IssuerId, Money, Price};
use protocol::Fr;

/// What an audited plan says. Not printable.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct AuditedPlan {
    /// The household that owns the plan.
    pub owner: Address,
    /// The volume that the plan offers or wants.
    pub volume: Energy,
    /// The seller's ask or the buyer's limit.
    pub price: Price,
    /// The cycle.
    pub cycle: Cycle,
}

/// What an audited payment says. Not printable.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct AuditedPayment {
    /// The household that pays or is paid.
    pub owner: Address,
    /// The amount paid.
    pub amount: Money,
    /// The metered record that is paid; None for a withdrawal.
    pub metered: Option<Commitment>,
}

const NO_ROUND: u8 = 0;
pub(super) const NOTHING: Fr = ark_ff::MontFp!("0");

fn with_reason(reason: [u8; 32]) -> Result<(), Error> {
    if reason == [0; 32] {
        return Err(Error::NoReason);
    }
    Ok(())
}

impl Regulator {
    pub(super) fn announce_audit(
        &mut self,
        (purpose, cycle): (Purpose, Cycle),
        subject: (Fr, Fr),
        reason: [u8; 32],
        expiry: Height,
    ) -> Result<Transaction, Error> {
        with_reason(reason)?;
        Ok(self.announce(expiry, purpose, (cycle, NO_ROUND), subject, reason))
    }

    /// Announces the audit of one plan. Errors: [`Error::UnknownPlan`], [`Error::NoReason`] for a
    /// reason of zeros.
    pub fn open_audit(&mut self, handle: Handle, reason: [u8; 32], expiry: Height) -> Result<Transaction, Error> {
        let (_, cycle, _) = self.trail.plan(handle)?;
        self.announce_audit((Purpose::Audit, cycle), (handle.0, NOTHING), reason, expiry)
    }
    /// Announces the opening of a household's trace key. Errors: [`Error::UnknownTraceKey`],
    /// [`Error::NoReason`].
    pub fn open_trace(
        &mut self,
        kappa: TraceCommitment,
        reason: [u8; 32],
        expiry: Height,
    ) -> Result<Transaction, Error> {
        self.trail.deposits.get(&kappa).ok_or(Error::UnknownTraceKey)?;
        self.announce_audit((Purpose::Trace, Cycle::ZERO), (kappa.0, NOTHING), reason, expiry)
    }
    /// Announces the audit of one payment. Errors: [`Error::UnknownPayment`], [`Error::NoReason`].
    pub fn open_payment(&mut self, payment: Nullifier, reason: [u8; 32], expiry: Height) -> Result<Transaction, Error> {
        self.trail.payments.get(&payment).ok_or(Error::UnknownPayment)?;
        self.announce_audit((Purpose::Payment, Cycle::ZERO), (payment.0, NOTHING), reason, expiry)
    }
    /// Announces that a match's terms are opened again. Errors: [`Error::UnknownMatch`],
    /// [`Error::NoReason`].
    pub fn open_trade(&mut self, match_id: MatchId, reason: [u8; 32], expiry: Height) -> Result<Transaction, Error> {
        let cycle = self.trail.matches.get(&match_id).ok_or(Error::UnknownMatch)?.body.cycle;
        self.announce_audit((Purpose::Trade, cycle), (match_id.0, NOTHING), reason, expiry)
    }
    /// Announces that an issuer is asked what it issued to a household. Errors:
    /// [`Error::UnknownIssuer`], [`Error::UnknownTraceKey`], [`Error::NoReason`].
    pub fn open_disclosure(
        &mut self,
        kappa: TraceCommitment,
        issuer: IssuerId,
        reason: [u8; 32],
        expiry: Height,
    ) -> Result<Transaction, Error> {
        self.trail.deposits.get(&kappa).ok_or(Error::UnknownTraceKey)?;
        self.issuers.get(&issuer).ok_or(Error::UnknownIssuer)?;
        let subject = (kappa.0, Fr::from(issuer.get()));
        self.announce_audit((Purpose::Disclosure, Cycle::ZERO), subject, reason, expiry)
    }
    /// The point that the audit key shares with the entry's ciphertext, out of the holders' parts.
    /// Parts that are not by their holders' shares are noted, and left out. Errors:
    /// [`Error::NoPublicShares`], [`Error::BadShares`], [`Error::BadParts`].
    pub(super) fn combined(&mut self, entry: &AuditableEntry, partials: &[Partial]) -> Result<Point, Error> {
        let combined = combine(partials, entry, self.public_shares.as_ref().ok_or(Error::NoPublicShares)?);
        let bad = match &combined {
            Ok((_, bad)) | Err(Error::BadParts(bad)) => bad.clone(),
            Err(_) => Vec::new(),
        };
        self.bad_parts.extend(bad.into_iter().map(|holder| BadPart { holder, open: entry.open() }));
        combined.map(|(point, _)| point)
    }

    /// Opens a plan with the holders' parts. Errors: the evidence's ([`Error::Light`],
    /// [`Error::NotOpened`]); [`Error::BadShares`] for too few parts, [`Error::BadParts`] where too few
    /// are good, [`Error::NoPublicShares`].
    pub fn audit(
        &mut self,
        evidence: &Evidence,
        headers: &HeaderChain,
        partials: &[Partial],
    ) -> Result<AuditedPlan, Error> {
        let entry = evidence.check(headers)?;
        let (Body::SellPlan(plan) | Body::BuyPlan(plan)) = entry.body else {
            return Err(Error::NotAuditable);
        };
        let shared = self.combined(&entry, partials)?;
        let [owner, volume, price] = unmask(Role::Audit, plan.handle.0, entry.c1, shared, &plan.audit);
        // The plan's proof shows volume and price in range, and the parts are proved.
        let volume = small(volume).and_then(|v| Energy::new(v).ok()).ok_or(Error::OutOfBounds)?;
        let price = small(price).and_then(|p| Price::new(p).ok()).ok_or(Error::OutOfBounds)?;
        self.decryptions.audits += 1;
        Ok(AuditedPlan { owner: Address(owner), volume, price, cycle: plan.cycle })
    }

    /// Opens a trace key with the holders' parts. Errors: those of [`Self::audit`].
    pub fn trace(
        &mut self,
        evidence: &Evidence,
        headers: &HeaderChain,
        partials: &[Partial],
    ) -> Result<TraceKey, Error> {
        let entry = evidence.check(headers)?;
        let Body::IssueCredential(IssueCredential { deposit, .. }) = entry.body else {
            return Err(Error::NotAuditable);
        };
        let shared = self.combined(&entry, partials)?;
        let [k] = unmask(Role::Audit, deposit.kappa.0, entry.c1, shared, &deposit.ciphertext);
        let key = TraceKey::from_field(k);
        if key.commitment() != deposit.kappa {
            return Err(Error::OutOfBounds);
        }
        self.decryptions.traces += 1;
        Ok(key)
    }

    /// Opens a payment with the holders' parts. Errors: those of [`Self::audit`].
    pub fn payment(
        &mut self,
        evidence: &Evidence,
        headers: &HeaderChain,
        partials: &[Partial],
    ) -> Result<AuditedPayment, Error> {
        let entry = evidence.check(headers)?;
        let (shared, c1) = (self.combined(&entry, partials)?, entry.c1);
        let (owner, amount, metered) = match entry.body {
            Body::Surplus(Surplus { nullifier_metered: subject, audit, .. })
            | Body::Shortfall(Shortfall { nullifier: subject, audit, .. }) => {
                let [owner, amount, metered] = unmask(Role::Audit, subject.0, c1, shared, &audit);
                (owner, amount, Some(Commitment(metered)))
            }
            Body::Withdraw(b) => {
                let [owner, amount] = unmask(Role::Audit, b.nullifier.0, c1, shared, &b.audit);
                (owner, amount, None)
            }
            _ => return Err(Error::NotAuditable),
        };
        // As for a plan.
        let amount = small(amount).and_then(|a| Money::new(a).ok()).ok_or(Error::OutOfBounds)?;
        self.decryptions.payments += 1;
        Ok(AuditedPayment { owner: Address(owner), amount, metered })
    }

    /// Opens a metered record of a number's former holder with the holders' parts, for the number's new
    /// holder. Errors: those of [`Self::audit`].
    pub fn former_record(
        &mut self,
        evidence: &Evidence,
        headers: &HeaderChain,
        partials: &[Partial],
    ) -> Result<(Address, Payload), Error> {
        let entry = evidence.check(headers)?;
        match entry.purpose {
            None => self.opened_record(&entry, partials),
            Some(_) => Err(Error::NotAuditable),
        }
    }

    /// Opens a match's terms, as the seller reads them. They are encrypted to the regulator's
    /// own key, since the regulator set them. Errors: the evidence's, and [`Error::WrongTerms`]
    /// when they do not open MR.
    pub fn trade(&mut self, evidence: &Evidence, headers: &HeaderChain) -> Result<MatchOpening, Error> {
        let AuditableEntry { body: Body::Match(m), .. } = evidence.check(headers)? else {
            return Err(Error::NotAuditable);
        };
        self.decryptions.trades += 1;
        open_terms(&self.keys.terms, &m).map_err(|_| Error::WrongTerms)
    }

    /// Opens one half of a delivery of a trade whose opening is announced. It is encrypted to the
    /// regulator's own key, and its metering service has proved that it opens. Errors: the evidence's,
    /// and [`Error::WrongDelivery`] when it does not open its record.
    pub fn delivery(&mut self, evidence: &Evidence, headers: &HeaderChain) -> Result<DeliveryOpening, Error> {
        let AuditableEntry { body: Body::Deliver(half), .. } = evidence.check(headers)? else {
            return Err(Error::NotAuditable);
        };
        self.decryptions.deliveries += 1;
        open_delivery(&self.keys.terms, Role::DeliveryTerms, &half).ok_or(Error::WrongDelivery)
    }
}
