//! Checks of the transactions by which issuers put records into the tree, of the caps on them, and of
//! payouts. A signature over a serial seals them, and where a record is issued a proof of what it
//! holds.

use super::{Checked, Moment};
use crate::changes::{Change, Signer};
use crate::state::{Counted, Obligation, State};
use crate::Refusal;
use protocol::record::Commitment;
use protocol::relation::Statement;
use protocol::transaction::body::{Issue, IssueMetered, Issued, IssuerRole, Paid, SetIssueCap};
use protocol::transaction::obligation::{Ruled, Ruling};
use protocol::units::IssuerId;
use protocol::Fr;

impl State {
    pub(super) fn issue(&self, b: &Issue, binding: Fr) -> Checked {
        let role = match b.issued {
            Issued::Generation => IssuerRole::MeteringService,
            Issued::Balance => IssuerRole::Desk,
        };
        self.active_issuer(b.issuer)?;
        self.has_role(b.issuer, role)?;
        let mut changes = vec![self.serial(Signer::Issuer(b.issuer), b.serial)?];
        if b.issued == Issued::Generation {
            changes.push(self.count(b.issuer, Counted::Generation)?);
        }
        changes.push(Change::Leaf(b.commitment));
        Ok((changes, b.statement(self.genesis.limits.greatest_energy, binding).inputs()))
    }

    pub(super) fn issue_metered(&self, b: &IssueMetered, at: Moment, binding: Fr) -> Checked {
        self.active_issuer(b.issuer)?;
        self.has_role(b.issuer, IssuerRole::MeteringService)?;
        let serial = self.serial(Signer::Issuer(b.issuer), b.serial)?;
        let cycle = self.cycle(b.cycle).ok_or(Refusal::UnknownCycle)?;
        if !cycle.is_closed(at.time) {
            return Err(Refusal::CycleNotOver);
        }
        if at.time >= cycle.settled_from(self.genesis.limits.rest_window) {
            return Err(Refusal::CycleSettled);
        }
        if self.has_serial(b.cycle, &b.record_serial) {
            return Err(Refusal::SerialReused);
        }
        let mut changes =
            vec![serial, self.count(b.issuer, Counted::Metered)?, Change::RecordSerial(b.cycle, b.record_serial)];
        if b.sign.is_owed() {
            if self.obligations.contains_key(&b.commitment) {
                return Err(Refusal::ObligationReused);
            }
            let obligation = Obligation { cycle: b.cycle, sign: b.sign, issuer: b.issuer, paid: false, ruled: None };
            changes.push(Change::Obligation(b.commitment, obligation));
        }
        changes.push(Change::Leaf(b.commitment));
        let serial_key = self.serial_key(b.issuer, b.cycle).ok_or(Refusal::WrongRole)?;
        let (greatest, audit_key) = (self.genesis.limits.greatest_energy, &self.genesis.audit_key);
        Ok((changes, b.statement(serial_key, greatest, audit_key, binding).inputs()))
    }

    /// An obligation that somebody owes: it is neither paid nor struck.
    pub(super) fn owed(&self, commitment: &Commitment) -> Result<&Obligation, Refusal> {
        let obligation = self.obligation(commitment).ok_or(Refusal::UnknownObligation)?;
        match obligation {
            Obligation { paid: true, .. } => Err(Refusal::ObligationPaid),
            Obligation { ruled: Some(Ruled::Struck), .. } => Err(Refusal::ObligationStruck),
            _ => Ok(obligation),
        }
    }

    /// Checks that an obligation is owed still, when the epoch of its cycle has ended.
    pub(super) fn overdue(&self, commitment: &Commitment) -> Result<(), Refusal> {
        let epoch = self.cycle(self.owed(commitment)?.cycle).ok_or(Refusal::UnknownCycle)?.start.epoch;
        (self.epoch() > Some(epoch)).then_some(()).ok_or(Refusal::ObligationEarly)
    }

    /// The regulator rules about an obligation once, whatever it rules.
    pub(super) fn rule(&self, b: &Ruling) -> Checked {
        let serial = self.serial(Signer::Regulator, b.serial)?;
        let obligation = self.obligation(&b.obligation).ok_or(Refusal::UnknownObligation)?;
        if obligation.ruled.is_some() {
            return Err(Refusal::RulingReused);
        }
        if obligation.paid {
            return Err(Refusal::ObligationPaid);
        }
        Ok((vec![serial, Change::Ruled(b.obligation, b.ruled)], vec![]))
    }

    /// A desk marks a withdrawal that it is about to pay. A stopped desk may: the withdrawal is
    /// binding. Once marked, the withdrawal is forgotten, and is refused like an unknown one.
    pub(super) fn mark_paid(&self, b: &Paid) -> Checked {
        self.has_role(b.issuer, IssuerRole::Desk)?;
        let serial = self.serial(Signer::Issuer(b.issuer), b.serial)?;
        match self.unpaid(b.withdrawal) {
            None => Err(Refusal::NoPayout),
            Some(desk) if desk != b.issuer => Err(Refusal::OtherDesk),
            Some(_) => Ok((vec![serial, Change::PaidOut(b.withdrawal)], vec![])),
        }
    }

    pub(super) fn set_issue_cap(&self, b: &SetIssueCap) -> Checked {
        let serial = self.serial(Signer::Regulator, b.serial)?;
        self.has_role(b.issuer, IssuerRole::MeteringService)?;
        Ok((vec![serial, Change::Cap(b.issuer, b.cap)], vec![]))
    }

    /// Checks that an issuer is registered in this role.
    pub(super) fn has_role(&self, issuer: IssuerId, role: IssuerRole) -> Result<(), Refusal> {
        match self.issuer(issuer).ok_or(Refusal::UnregisteredIssuer)?.role == role {
            true => Ok(()),
            false => Err(Refusal::WrongRole),
        }
    }

    /// The change that counts another record of a service in the current epoch, if its cap allows
    /// one.
    fn count(&self, issuer: IssuerId, kind: Counted) -> Result<Change, Refusal> {
        match self.may_issue(issuer, kind) {
            true => Ok(Change::Issued(issuer, kind)),
            false => Err(Refusal::IssueCap),
        }
    }
}
