//! Audits: what may be opened, on what evidence, and what comes out.
//!
//! Nothing is opened without [`Evidence`]: a proof that an Open naming it was accepted by the
//! ledger, and a proof that the ciphertext is in an accepted transaction, both against a chain of
//! headers. The holders of the audit key ask for the same evidence and check it themselves
//! ([`super::AuditShare::partial`]): they need headers, and nobody's word.

use super::quorum::{combine, Partial};
use super::trail::auditable;
use super::{Error, Regulator};
use crate::note::MatchOpening;
use crate::seal::{small, unmask};
use protocol::elgamal::{Point, Role};
use protocol::ids::Height;
use protocol::keys::{Address, TraceCommitment, TraceKey};
use protocol::light::{AcceptanceProof, HeaderChain};
use protocol::record::{Commitment, Handle, MatchId, Nullifier};
use protocol::transaction::body::{Open, Purpose};
use protocol::transaction::{Body, Transaction};
use protocol::units::{Cycle, Energy, IssuerId, Money, Price, Side};
use protocol::Fr;

/// Why something may be opened: it is on the ledger, and so is the announcement.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Evidence {
    /// The Open.
    pub open: AcceptanceProof,
    /// The transaction with the ciphertext.
    pub target: AcceptanceProof,
}

/// What evidence has shown.
pub(super) struct AuditableEntry {
    c1: Point,
    body: Body,
}

/// The Open that a proof shows. Errors: [`Error::Light`]; [`Error::NotOpened`] for another
/// transaction.
pub(crate) fn announced(open: &AcceptanceProof, headers: &HeaderChain) -> Result<Open, Error> {
    match open.verify(headers)?.transaction.body {
        Body::Open(open) => Ok(open),
        _ => Err(Error::NotOpened("the proof shows another transaction".into())),
    }
}

impl AuditableEntry {
    /// c1, unless it is a match's: that one is to K_t, comes without a proof, and might be a copy
    /// of somebody's plan's.
    pub(super) fn for_the_quorum(&self) -> Result<Point, Error> {
        match self.body {
            Body::Match(_) => Err(Error::NotAuditable),
            _ => Ok(self.c1),
        }
    }
}

impl Evidence {
    /// Checks it. Errors: [`Error::Light`] where a proof does not hold, [`Error::NotOpened`] where
    /// the Open does not name what the other transaction holds.
    pub(super) fn check(&self, headers: &HeaderChain) -> Result<AuditableEntry, Error> {
        let open = announced(&self.open, headers)?;
        let body = self.target.verify(headers)?.transaction.body;
        let (purpose, subject, c1) = auditable(&body).ok_or(Error::NotAuditable)?;
        if (open.purpose, open.first) != (purpose, subject) {
            return Err(Error::NotOpened(format!("{purpose:?} of {}", Handle(subject))));
        }
        Ok(AuditableEntry { c1, body })
    }
}

/// What an audited plan says. Not printable.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct AuditedPlan {
    /// Whose it is.
    pub owner: Address,
    /// Volume.
    pub volume: Energy,
    /// Ask or limit.
    pub price: Price,
    /// The cycle.
    pub cycle: Cycle,
}

/// What an audited payment says. Not printable.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct AuditedPayment {
    /// Whose it is.
    pub owner: Address,
    /// How much.
    pub amount: Money,
}

const NO_ROUND: u8 = 0;
const NOTHING: Fr = ark_ff::MontFp!("0");

fn with_reason(reason: [u8; 32]) -> Result<(), Error> {
    if reason == [0; 32] {
        return Err(Error::NoReason);
    }
    Ok(())
}

impl Regulator {
    fn announce_audit(
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
    /// Announces the opening of a household's trace key. Errors: [`Error::NoDeposit`],
    /// [`Error::NoReason`].
    pub fn open_trace(
        &mut self,
        kappa: TraceCommitment,
        reason: [u8; 32],
        expiry: Height,
    ) -> Result<Transaction, Error> {
        self.trail.deposits.get(&kappa).ok_or(Error::NoDeposit)?;
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
    /// [`Error::UnknownIssuer`], [`Error::NoDeposit`], [`Error::NoReason`].
    pub fn open_disclosure(
        &mut self,
        kappa: TraceCommitment,
        issuer: IssuerId,
        reason: [u8; 32],
        expiry: Height,
    ) -> Result<Transaction, Error> {
        self.trail.deposits.get(&kappa).ok_or(Error::NoDeposit)?;
        self.issuers.get(&issuer).ok_or(Error::UnknownIssuer)?;
        let subject = (kappa.0, Fr::from(issuer.get()));
        self.announce_audit((Purpose::Disclosure, Cycle::ZERO), subject, reason, expiry)
    }
    /// Announces that a metering service is asked who owes an obligation. Errors:
    /// [`Error::UnknownObligation`] for one that is paid or none, [`Error::NoReason`].
    pub fn open_obligation(
        &mut self,
        owed: Commitment,
        reason: [u8; 32],
        expiry: Height,
    ) -> Result<Transaction, Error> {
        self.trail.unpaid().find(|c| *c == owed).ok_or(Error::UnknownObligation)?;
        self.announce_audit((Purpose::Obligation, Cycle::ZERO), (owed.0, NOTHING), reason, expiry)
    }

    /// Opens a plan with the holders' parts. Errors: the evidence's ([`Error::Light`],
    /// [`Error::NotOpened`]), [`Error::BadShares`].
    pub fn audit(
        &mut self,
        evidence: &Evidence,
        headers: &HeaderChain,
        partials: &[Partial],
    ) -> Result<AuditedPlan, Error> {
        let AuditableEntry { c1, body: Body::SellPlan(plan) | Body::BuyPlan(plan) } = evidence.check(headers)? else {
            return Err(Error::NotAuditable);
        };
        let [owner, volume, price] = unmask(Role::Audit, plan.handle.0, c1, combine(partials)?, &plan.audit);
        // the proof shows volume and price in range: anything else comes from wrong parts, but for
        // a chance of 2^-380
        let volume = small(volume).and_then(|v| Energy::new(v).ok()).ok_or(Error::BadShares)?;
        let price = small(price).and_then(|p| Price::new(p).ok()).ok_or(Error::BadShares)?;
        self.decryptions.audits += 1;
        Ok(AuditedPlan { owner: Address(owner), volume, price, cycle: plan.cycle })
    }

    /// Opens a trace key with the holders' parts. Errors: the evidence's, and [`Error::BadShares`].
    pub fn trace(
        &mut self,
        evidence: &Evidence,
        headers: &HeaderChain,
        partials: &[Partial],
    ) -> Result<TraceKey, Error> {
        let AuditableEntry { c1, body: Body::Deposit(deposit) } = evidence.check(headers)? else {
            return Err(Error::NotAuditable);
        };
        let [k] = unmask(Role::Audit, deposit.kappa.0, c1, combine(partials)?, &deposit.ciphertext);
        let key = TraceKey::from_field(k);
        if key.commitment() != deposit.kappa {
            return Err(Error::BadShares);
        }
        self.decryptions.traces += 1;
        Ok(key)
    }

    /// Opens a payment with the holders' parts. Errors: the evidence's, and [`Error::BadShares`].
    pub fn payment(
        &mut self,
        evidence: &Evidence,
        headers: &HeaderChain,
        partials: &[Partial],
    ) -> Result<AuditedPayment, Error> {
        let AuditableEntry { c1, body } = evidence.check(headers)?;
        let (subject, audit) = match body {
            Body::Surplus(b) => (b.nullifier_metered, b.audit),
            Body::Shortfall(b) => (b.nullifier, b.audit),
            Body::Withdraw(b) => (b.nullifier, b.audit),
            _ => return Err(Error::NotAuditable),
        };
        let [owner, amount] = unmask(Role::Audit, subject.0, c1, combine(partials)?, &audit);
        // as for a plan: the proof shows the amount in range, and wrong parts give one with a
        // chance of 2^-190
        let amount = small(amount).and_then(|a| Money::new(a).ok()).ok_or(Error::BadShares)?;
        self.decryptions.payments += 1;
        Ok(AuditedPayment { owner: Address(owner), amount })
    }

    /// Opens a match's terms, as the seller's note says them: to the regulator's own key, since it
    /// set them. Errors: the evidence's, and [`Error::WrongTerms`] when they do not open MR.
    pub fn trade(&mut self, evidence: &Evidence, headers: &HeaderChain) -> Result<MatchOpening, Error> {
        let AuditableEntry { c1, body: Body::Match(m) } = evidence.check(headers)? else {
            return Err(Error::NotAuditable);
        };
        self.decryptions.trades += 1;
        let [volume, price, blinding] = self.keys.terms.decrypt(Role::Terms, m.match_id.0, c1, &m.terms)?;
        let volume = small(volume).and_then(|v| Energy::new(v).ok()).ok_or(Error::WrongTerms)?;
        let price = small(price).and_then(|p| Price::new(p).ok()).ok_or(Error::WrongTerms)?;
        let opening = MatchOpening { other: m.buy, volume, price, cycle: m.cycle, blinding };
        if opening.record(Side::Sell, m.sell).id() != m.match_id {
            return Err(Error::WrongTerms);
        }
        Ok(opening)
    }
}
