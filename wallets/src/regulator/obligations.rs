//! Obligations that nobody has paid when their epoch has ended. The quorum opens whose each is, out of
//! the ciphertext that stands beside it on the ledger; its issuer is not asked. An obligation that is
//! not of the household's own metering service is struck. The household may dispute any other, once.
//!
//! It goes [`Regulator::open_obligation`] -> ledger -> [`Evidence`] -> the share holders ->
//! [`Regulator::take_obligation`] -> its ruling to the ledger, or the opening to the household; after a
//! [`Regulator::dispute`], [`Regulator::rule`] -> ledger.

use super::audit::NOTHING;
use super::evidence::{AuditableEntry, Evidence};
use super::quorum::Partial;
use super::{Error, Regulator};
use crate::note::Payload;
use crate::seal::{small, unmask};
use protocol::elgamal::Role;
use protocol::ids::Height;
use protocol::keys::Address;
use protocol::light::HeaderChain;
use protocol::record::Commitment;
use protocol::transaction::body::Purpose;
use protocol::transaction::obligation::{Dispute, Ruled, Ruling};
use protocol::transaction::{Body, Transaction};
use protocol::units::{Cycle, Energy, Epoch};

/// What the opening of an obligation has shown. Not printable.
pub enum OpenedObligation {
    /// The register has another metering service for that household in that cycle, or none: this ruling
    /// strikes the obligation. Send it to the ledger.
    Struck(Box<Transaction>),
    /// The household owes it, and gets no credential until it has paid. Store the register, and give
    /// the household the opening: it may have none.
    Owed {
        /// The household.
        household: Address,
        /// The metered record's opening.
        opening: Payload,
    },
}

impl Regulator {
    /// The obligations that are to be opened: unpaid though the epoch of their cycle has ended, not
    /// ruled about, and nobody's yet as far as the register knows.
    pub fn overdue(&self) -> impl Iterator<Item = Commitment> + '_ {
        let nobodys = |owed: &Commitment| self.register.debtor(owed).is_none() && self.trail.ruling(owed).is_none();
        self.trail.unpaid().filter(move |owed| nobodys(owed) && self.is_overdue(owed))
    }
    /// The epoch of an obligation's cycle.
    fn epoch_of(&self, owed: &Commitment) -> Option<Epoch> {
        let (cycle, _) = self.trail.obligation_of(owed)?;
        self.trail.cycles.get(&cycle).map(|(start, _)| start.epoch)
    }
    fn is_overdue(&self, owed: &Commitment) -> bool {
        self.epoch_of(owed).is_some_and(|of| self.epoch > Some(of))
    }

    /// Announces that an unpaid obligation is opened. Errors: [`Error::UnknownObligation`] for one that
    /// is paid, struck or none, [`Error::WrongPeriod`] before the epoch of its cycle has ended,
    /// [`Error::NoReason`].
    pub fn open_obligation(
        &mut self,
        owed: Commitment,
        reason: [u8; 32],
        expiry: Height,
    ) -> Result<Transaction, Error> {
        self.require_owed(&owed)?;
        if !self.is_overdue(&owed) {
            return Err(Error::WrongPeriod("the epoch of the obligation's cycle has not ended"));
        }
        self.announce_audit((Purpose::Obligation, Cycle::ZERO), (owed.0, NOTHING), reason, expiry)
    }
    fn require_owed(&self, owed: &Commitment) -> Result<(), Error> {
        self.trail.unpaid().find(|c| c == owed).map(|_| ()).ok_or(Error::UnknownObligation)
    }

    /// Opens an obligation with the holders' parts, and holds it against the register. It may be opened
    /// again: the register and the ruling stay the same. Errors: those of [`Regulator::audit`];
    /// [`Error::UnknownObligation`] for one that is paid or struck by now.
    pub fn take_obligation(
        &mut self,
        evidence: &Evidence,
        headers: &HeaderChain,
        partials: &[Partial],
        expiry: Height,
    ) -> Result<OpenedObligation, Error> {
        let entry = evidence.check(headers)?;
        let (Body::IssueMetered(issued), Some(Purpose::Obligation)) = (entry.body, entry.purpose) else {
            return Err(Error::NotAuditable);
        };
        let owed = issued.commitment;
        self.require_owed(&owed)?;
        let epoch = self.epoch_of(&owed).ok_or(Error::UnknownObligation)?;
        let (household, opening) = self.opened_record(&entry, partials)?;
        if self.register.service_of(household, epoch) != Some(issued.issuer) {
            return Ok(OpenedObligation::Struck(Box::new(self.seal_ruling(owed, Ruled::Struck, expiry))));
        }
        self.register.owe(owed, household);
        Ok(OpenedObligation::Owed { household, opening })
    }

    /// The household and the opening of a metered record, out of the holders' parts. Errors: those of
    /// [`Regulator::audit`].
    pub(super) fn opened_record(
        &mut self,
        entry: &AuditableEntry,
        partials: &[Partial],
    ) -> Result<(Address, Payload), Error> {
        let Body::IssueMetered(b) = entry.body else { return Err(Error::NotAuditable) };
        let shared = self.combined(entry, partials)?;
        let [owner, volume, blinding] = unmask(Role::Metered, b.commitment.0, entry.c1, shared, &b.audit);
        let volume = small(volume).and_then(|v| Energy::new(v).ok()).ok_or(Error::BadShares)?;
        let payload = Payload::Metered { volume, sign: b.sign, cycle: b.cycle, meter: b.issuer, blinding };
        if payload.leaf(Address(owner)) != Some(b.commitment) {
            return Err(Error::BadShares);
        }
        self.decryptions.audits += 1;
        Ok((Address(owner), payload))
    }

    /// Takes a household's dispute of an obligation. It bars no credential of the current epoch and the
    /// next until the regulator rules. Store the register. Errors: [`Error::OtherChain`];
    /// [`Error::UnknownObligation`] for one that the register names nobody for, or that is paid;
    /// [`Error::NotEnrolled`] for another household's; [`Error::Protocol`] for a bad signature;
    /// [`Error::Disputed`]; [`Error::Ruled`] after a ruling.
    pub fn dispute(&mut self, dispute: &Dispute) -> Result<(), Error> {
        if dispute.chain != self.chain {
            return Err(Error::OtherChain);
        }
        let owed = dispute.obligation;
        let debtor = self.register.debtor(&owed).ok_or(Error::UnknownObligation)?;
        if self.register.request_key(debtor) != Some(dispute.key) {
            return Err(Error::NotEnrolled);
        }
        dispute.verify()?;
        self.require_not_ruled(&owed)?;
        self.require_owed(&owed)?;
        self.register.dispute(owed, self.epoch.unwrap_or(Epoch::ZERO))
    }

    /// Rules about an obligation that the register names a household for, once. Errors:
    /// [`Error::UnknownObligation`] for another, or a paid one; [`Error::Ruled`];
    /// [`Error::NotDisputed`] where one is upheld that its household does not dispute.
    pub fn rule(&mut self, owed: Commitment, ruled: Ruled, expiry: Height) -> Result<Transaction, Error> {
        let disputed = self.register.disputed(&owed).ok_or(Error::UnknownObligation)?;
        self.require_not_ruled(&owed)?;
        self.require_owed(&owed)?;
        if ruled == Ruled::Upheld && disputed.is_none() {
            return Err(Error::NotDisputed);
        }
        Ok(self.seal_ruling(owed, ruled, expiry))
    }
    fn require_not_ruled(&self, owed: &Commitment) -> Result<(), Error> {
        self.trail.ruling(owed).map_or(Ok(()), |_| Err(Error::Ruled))
    }
    fn seal_ruling(&mut self, obligation: Commitment, ruled: Ruled, expiry: Height) -> Transaction {
        self.seal(expiry, |serial| Body::Ruling(Ruling { serial, obligation, ruled }))
    }

    /// Whether some obligation bars the household from the credential of an epoch: it is unpaid and not
    /// struck, and no dispute lets the household have this credential.
    pub(super) fn is_indebted(&self, who: Address, epoch: Epoch) -> bool {
        self.register.debts(&who).any(|owed| {
            let disputed = self.register.disputed(&owed).flatten();
            let waits = disputed.is_some_and(|at| epoch.get() <= at.get().saturating_add(1));
            self.trail.owes(&owed) && (self.trail.ruling(&owed) == Some(Ruled::Upheld) || !waits)
        })
    }
}
