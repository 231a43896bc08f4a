//! The rules and the effects of each transaction, in the clear: the first refusal that it meets,
//! and its changes.

mod deviation;
mod effect;

use crate::action::*;
use crate::model::*;
use crate::tally::Met;
use ledger::stage::{Lock, LockTrigger, PlanStage, PlanTrigger, TradeTrigger};
use ledger::Refusal;
use protocol::relation::RelationKind;
use protocol::transaction::body::{IssuerRole, Purpose};
use protocol::transaction::Authority;
use protocol::units::Side;
use std::collections::BTreeSet;

type Allowed = Result<(), Refusal>;

fn need(holds: bool, refusal: Refusal) -> Allowed {
    holds.then_some(()).ok_or(refusal)
}

impl Model {
    /// Gives the outcome of a transaction; only an accepted one changes the model.
    pub fn apply(&mut self, tx: &Tx) -> Allowed {
        let outcome = self.judge(tx);
        if outcome.is_ok() {
            self.spent.extend(tx.action.spends(tx.name));
            self.spent_now.extend(tx.action.spends(tx.name));
            self.accepted.insert(tx.same);
            self.proved(tx);
            self.effect(tx);
        }
        self.tally.outcome(tx.action.kind(), outcome);
        outcome
    }

    /// Counts an accepted proof by the version of its key.
    fn proved(&mut self, tx: &Tx) {
        if let Some(relation) = tx.action.kind().relation() {
            if tx.version != 0 {
                self.tally.met(Met::NewKey);
            }
            if tx.version != self.version(relation, self.newest_cycle()) {
                self.tally.met(Met::OldKey);
            }
        }
    }

    /// Whether the genesis or an accepted change names the key.
    pub fn has_heard_of(&self, key: &KeyName) -> bool {
        key.version == 0 || self.key_changes.iter().any(|change| change.key == *key)
    }

    fn judge(&mut self, tx: &Tx) -> Allowed {
        need(tx.flaw != Flaw::Long, Refusal::Oversized)?;
        need(tx.flaw != Flaw::Cut, Refusal::Encoding)?;
        need(tx.flaw != Flaw::Chain, Refusal::WrongChain)?;
        need(self.height <= tx.expiry, Refusal::ExpiredTransaction)?;
        need(tx.expiry.is_multiple_of(EXPIRY_STEP), Refusal::ExpiryStep)?;
        need(tx.expiry <= self.height + VALIDITY, Refusal::FarExpiry)?;
        need(!self.accepted.contains(&tx.same), Refusal::DuplicateTransaction)?;
        let spends = tx.action.spends(tx.name);
        let twice = matches!(spends[..], [a, b] if a == b);
        if twice || spends.iter().any(|s| self.spent_now.contains(s)) {
            self.tally.met(Met::SpentAtOnce);
        }
        need(!twice && spends.iter().all(|s| !self.spent.contains(s)), Refusal::DoubleSpend)?;
        // What is weak of every other listing is its key, and every other match uses a point again.
        let odd = tx.flaw == Flaw::Weak && tx.name % 2 == 1;
        match tx.action {
            Action::List(_) if odd => return Err(Refusal::WeakKey),
            Action::Match(_) if odd => {}
            _ => need(tx.flaw != Flaw::Weak, Refusal::WeakCiphertext)?,
        }
        need(tx.action.anchor().is_none_or(|a| self.is_anchor(a)), Refusal::UnknownAnchor)?;
        self.allowed(tx)?;
        need(tx.flaw != Flaw::Weak, Refusal::PointReused)?;
        let kind = tx.action.kind();
        if let Some(of) = kind.relation() {
            let named = KeyName { of, version: tx.version };
            need(self.has_heard_of(&named), Refusal::UnknownKey)?;
            need(tx.version == self.version_for(of, &tx.action), Refusal::SupersededKey)?;
        }
        if let Action::Credential { .. } = tx.action {
            let named = KeyName { of: RelationKind::Deposit, version: tx.second };
            need(self.has_heard_of(&named), Refusal::UnknownKey)?;
            need(tx.second == self.version_for(named.of, &tx.action), Refusal::SupersededKey)?;
        }
        if let Action::List(b) = tx.action {
            let of = RelationKind::ciphertext(b.side);
            let named = KeyName { of, version: tx.second };
            need(self.has_heard_of(&named), Refusal::UnknownKey)?;
            need(tx.second == self.version_for(of, &tx.action), Refusal::SupersededKey)?;
        }
        need(tx.flaw != Flaw::Ciphertext, Refusal::MalformedCiphertext)?;
        need(tx.flaw != Flaw::Absent, Refusal::UnknownBlob)?;
        let proved = matches!(tx.flaw, Flaw::None | Flaw::Version(_) | Flaw::Superseded) && tx.provable;
        match kind.authority() {
            Authority::Relation(_) => need(proved, Refusal::BadProof),
            Authority::Plan => need(![Flaw::Seal, Flaw::Stranger, Flaw::Altered].contains(&tx.flaw), Refusal::BadProof),
            _ => {
                need(![Flaw::Seal, Flaw::Stranger, Flaw::Altered].contains(&tx.flaw), Refusal::BadSignature)?;
                // A key that was replaced since signs nothing more.
                let operator = matches!(kind.authority(), Authority::Challenger).then_some(tx.signed_by);
                let present = operator.unwrap_or_else(|| self.generation(tx.action.operator()));
                need(tx.signed_by == present, Refusal::BadSignature)?;
                match tx.action {
                    _ if kind.signed_relation().is_some() => need(proved, Refusal::BadProof),
                    Action::Contest { cycle, round, buy, .. } => {
                        need(!self.scores[&(cycle, round, buy)].right, Refusal::ScoresRight)
                    }
                    // the program must have the key to execute such a block
                    Action::ActivateKey { relation, key, .. } => {
                        need(key.of == relation && self.known_keys.contains(&key), Refusal::UnknownKey)
                    }
                    _ => Ok(()),
                }
            }
        }
    }

    fn allowed(&mut self, tx: &Tx) -> Allowed {
        let (now, action) = (self.time, &tx.action);
        match *action {
            Action::Issue { issuer, serial, owner, worth, leaf } => {
                let role = self.active(issuer)?;
                let desk = matches!(worth, Worth::Money(_));
                need(desk == (role == IssuerRole::Desk), Refusal::WrongRole)?;
                self.unused(Operator::Issuer(issuer), serial)?;
                if let Worth::Rest { sign, cycle, .. } = worth {
                    need(self.cycles.contains_key(&cycle), Refusal::UnknownCycle)?;
                    need(self.is_closed(cycle), Refusal::CycleNotOver)?;
                    need(self.is_measured(cycle), Refusal::CycleSettled)?;
                    need(!self.record_serials.contains(&(issuer, owner, cycle, sign)), Refusal::SerialReused)?;
                }
                let ((g, s), (most_g, most_s)) = (self.count(issuer), self.cap(issuer));
                match worth {
                    Worth::Energy { .. } => need(g < most_g, Refusal::IssueCap)?,
                    Worth::Rest { .. } => need(s < most_s, Refusal::IssueCap)?,
                    _ => {}
                }
                let owed = matches!(worth, Worth::Rest { sign, .. } if sign.is_owed());
                need(!(owed && self.obligations.contains_key(&leaf)), Refusal::ObligationReused)
            }
            Action::Credential { serial, owner, epoch } => {
                self.unused(Operator::Regulator, serial)?;
                need(self.is_current_or_next(epoch), Refusal::StaleEpoch)?;
                need(!self.trace_keys.contains(&(owner, epoch)), Refusal::TraceKeyReused)
            }
            Action::List(b) => {
                let of = self.cycles.get(&b.cycle).ok_or(Refusal::UnknownCycle)?.epoch;
                need(self.is_open(b.cycle), Refusal::CycleClosed)?;
                need(of == b.epoch, Refusal::StaleEpoch)?;
                need(!self.plans.contains_key(&b.handle), Refusal::HandleReused)?;
                need(!self.plan_tags.contains(&b.tag_used()), Refusal::TagReused)
            }
            Action::Scores { serial, cycle, round, buy, .. } => {
                need(!self.masked, Refusal::WrongMode)?;
                self.unused(Operator::Matcher, serial)?;
                let cut_off = self.current_round(cycle, round)?;
                let plan = self.plan_of(buy, Side::Buy, cycle)?;
                need(plan.stage == PlanStage::Listed, Refusal::WrongStage)?;
                need(plan.listed < cut_off, Refusal::WrongRound)?;
                need(!self.scores.contains_key(&(cycle, round, buy)), Refusal::ScoresReused)
            }
            Action::Contest { cycle, round, buy, posted } => {
                need(!self.masked, Refusal::WrongMode)?;
                self.current_round(cycle, round)?;
                need(self.scores.get(&(cycle, round, buy)).is_some_and(|s| s.by == posted), Refusal::NoScores)
            }
            Action::Transcript { serial, cycle, round } => {
                self.unused(Operator::Regulator, serial)?;
                self.current_round(cycle, round)?;
                need(!self.transcripts.contains_key(&(cycle, round)), Refusal::TranscriptReused)
            }
            Action::Mask { serial, cycle, round } => {
                need(self.masked, Refusal::WrongMode)?;
                self.unused(Operator::Matcher, serial)?;
                self.current_round(cycle, round)?;
                need(!self.masks.contains_key(&(cycle, round)), Refusal::MaskReused)
            }
            Action::Open { serial, purpose, cycle, round, first, second } => {
                self.unused(Operator::Regulator, serial)?;
                self.may_open(purpose, cycle, round, first, second)
            }
            Action::Match(b) => self.may_match(&b),
            Action::Confirm { side, match_id, plan, meter } => {
                need(self.party(match_id, plan)? == side, Refusal::NotAParty)?;
                self.unconfirmed(match_id, side, TradeTrigger::confirm(side))?;
                let role = self.active(meter)?;
                need(role == IssuerRole::MeteringService, Refusal::WrongRole)?;
                need(tx.service == self.service_of(action), Refusal::ReplacedKey)
            }
            Action::Refuse { match_id, plan } => {
                let side = self.party(match_id, plan)?;
                self.unconfirmed(match_id, side, TradeTrigger::refuse(side))
            }
            Action::Complain { match_id, plan } => {
                let side = self.party(match_id, plan)?;
                self.unconfirmed(match_id, side, TradeTrigger::complain(side))?;
                need(!self.trades[&match_id].opens[side as usize], Refusal::MatchOpens)
            }
            Action::Deliver { issuer, serial, match_id, side, .. } => {
                need(self.issuers.contains_key(&issuer), Refusal::UnregisteredIssuer)?;
                let trade = self.known_trade(match_id).ok_or(Refusal::UnknownTrade)?;
                let (stage, void) = (trade.stage(), trade.void);
                self.tally.trade(stage, TradeTrigger::deliver(side));
                if void {
                    self.tally.met(Met::LateDelivery);
                }
                let trade = &self.trades[&match_id];
                need(trade.is_bound() && !trade.off && !trade.void, Refusal::WrongStage)?;
                let half = trade.half(side);
                need(half.delivered.is_none(), Refusal::AlreadyDelivered)?;
                need(half.confirmed.is_some_and(|(_, meter)| meter == issuer), Refusal::WrongIssuer)?;
                need(tx.service == self.service_of(action), Refusal::ReplacedKey)?;
                self.unused(Operator::Issuer(issuer), serial)
            }
            Action::MatchThreshold { .. }
            | Action::DeliveryAmount { .. }
            | Action::Deviation { .. }
            | Action::Verdict { .. } => self.may_deviate(action),
            Action::Settle { side, match_id, plan, .. } => {
                need(self.party(match_id, plan)? == side, Refusal::NotAParty)?;
                let trade = &self.trades[&match_id];
                self.tally.trade(trade.stage(), TradeTrigger::settle(side));
                need(trade.is_bound() && trade.is_delivered(), Refusal::WrongStage)?;
                self.tally.lock(trade.half(side).lock, LockTrigger::Settle);
                if self.locks_now.contains(&(match_id, side)) {
                    self.tally.met(Met::UsedAtOnce);
                }
                need(trade.half(side).lock == Lock::Held, Refusal::AlreadySettled)
            }
            Action::Release { plan } => {
                let stage = self.known_plan(plan).ok_or(Refusal::UnknownPlan)?.stage;
                self.tally.plan(stage, PlanTrigger::Release);
                need(![PlanStage::Released, PlanStage::InTrade].contains(&stage), Refusal::WrongStage)?;
                need(!self.is_being_paired(plan), Refusal::InPairing)
            }
            Action::Void { match_id, plan } => {
                let side = self.party(match_id, plan)?;
                let trade = &self.trades[&match_id];
                self.tally.trade(trade.stage(), TradeTrigger::void(side));
                need(trade.void, Refusal::WrongStage)?;
                self.tally.lock(trade.half(side).lock, LockTrigger::Return);
                if self.locks_now.contains(&(match_id, side)) {
                    self.tally.met(Met::UsedAtOnce);
                }
                need(trade.half(side).lock == Lock::Held, Refusal::AlreadySettled)
            }
            Action::Merge { .. } => Ok(()),
            Action::Surplus { epoch, cycle, rest, .. } => {
                let owed = matches!(self.records.get(&rest).map(|r| r.worth), Some(Worth::Rest { sign, .. }) if sign.is_owed());
                need(!owed, Refusal::WrongSign)?;
                let of = self.cycles.get(&cycle).ok_or(Refusal::UnknownCycle)?.epoch;
                need(self.may_exit(epoch, of), Refusal::StaleEpoch)
            }
            Action::Shortfall { epoch, rest, .. } => {
                let of = self.owed(rest)?.cycle;
                need(self.may_exit(epoch, self.cycles[&of].epoch), Refusal::StaleEpoch)
            }
            Action::Withdraw { owner, epoch, current, tag, desk, .. } => {
                need(self.epoch == Some(current) && self.may_exit(epoch, current), Refusal::StaleEpoch)?;
                need(!self.withdrawal_tags.contains(&(owner, epoch, current, tag)), Refusal::TagReused)?;
                let role = self.active(desk)?;
                need(role == IssuerRole::Desk, Refusal::WrongRole)
            }
            Action::Pay { issuer, serial, withdrawal } => {
                let role = *self.issuers.get(&issuer).ok_or(Refusal::UnregisteredIssuer)?;
                need(role == IssuerRole::Desk, Refusal::WrongRole)?;
                self.unused(Operator::Issuer(issuer), serial)?;
                let waiting = self.payouts.get(&withdrawal).filter(|(_, marked)| !marked);
                let (desk, _) = waiting.ok_or(Refusal::NoPayout)?;
                need(*desk == issuer, Refusal::OtherDesk)
            }
            Action::Cap { serial, issuer, .. } => {
                self.unused(Operator::Regulator, serial)?;
                let role = *self.issuers.get(&issuer).ok_or(Refusal::UnregisteredIssuer)?;
                need(role == IssuerRole::MeteringService, Refusal::WrongRole)
            }
            Action::ActivateKey { serial, from, .. } => {
                self.unused(Operator::Regulator, serial)?;
                let started = self.newest_cycle().is_some_and(|newest| from <= newest);
                let before_another = self.key_changes.last().is_some_and(|last| from < last.from);
                need(!started && !before_another && !self.is_far(from), Refusal::CycleOrder)
            }
            Action::Ruling { serial, rest, .. } => {
                self.unused(Operator::Regulator, serial)?;
                let owed = self.obligations.get(&rest).ok_or(Refusal::UnknownObligation)?;
                need(owed.struck.is_none(), Refusal::RulingReused)?;
                need(!owed.paid, Refusal::ObligationPaid)
            }
            Action::EpochStart { serial, epoch, .. } => {
                self.unused(Operator::Regulator, serial)?;
                need(epoch == self.epoch.unwrap_or(0) + 1, Refusal::CycleOrder)
            }
            Action::CycleStart { serial, cycle, epoch, terms, times: t } => {
                self.unused(Operator::Regulator, serial)?;
                need(self.is_current_or_next(epoch), Refusal::StaleEpoch)?;
                need(self.cycles.keys().all(|c| *c < cycle) && !self.is_far(cycle), Refusal::CycleOrder)?;
                need(self.cycles.values().all(|c| c.times.opens < t.opens), Refusal::BadSchedule)?;
                let first = t.opens + u64::from(t.round);
                let sane = t.round >= 2
                    && (1..t.round).contains(&t.confirm)
                    && now < first
                    && first < t.closes
                    && t.closes + u64::from(t.confirm) <= t.due
                    && [t.opens, t.closes, t.due].iter().all(|time| *time <= now + 24 * 24 * 3600);
                need(sane, Refusal::BadSchedule)?;
                need(TERMS[terms].rounds <= 16, Refusal::TooManyRounds)?;
                need(TERMS[terms].greatest_energy == GREATEST_ENERGY, Refusal::WrongTerms)
            }
            Action::Rotate { serial, of, key, encryption, possessed } => {
                match of {
                    0 => {
                        let last = self.highest_serial(Operator::Recovery);
                        need(serial > last, Refusal::SerialUsed)?;
                        need(serial == last + 1, Refusal::SerialClosed)?;
                    }
                    _ => self.unused(Operator::Regulator, serial)?,
                }
                if let Operator::Issuer(n) = operator_of(of) {
                    need(self.issuers.contains_key(&n), Refusal::UnregisteredIssuer)?;
                    need(!self.encryption_keys.contains(&encryption), Refusal::KeyReused)?;
                    need(possessed, Refusal::BadPossession)?;
                }
                need(!self.keys.contains(&key), Refusal::KeyReused)
            }
            Action::Suspend { serial, issuer, .. } => {
                self.unused(Operator::Regulator, serial)?;
                need(self.issuers.contains_key(&issuer), Refusal::UnregisteredIssuer)
            }
            Action::Register { serial, issuer, key, encryption, possessed, .. } => {
                self.unused(Operator::Regulator, serial)?;
                need(!self.issuers.contains_key(&issuer), Refusal::IssuerReused)?;
                let used = self.keys.contains(&key) || self.encryption_keys.contains(&encryption);
                need(!used, Refusal::KeyReused)?;
                need(possessed, Refusal::BadPossession)
            }
        }
    }

    /// An obligation that somebody owes.
    fn owed(&self, rest: Name) -> Result<&Obligation, Refusal> {
        let owed = self.obligations.get(&rest).ok_or(Refusal::UnknownObligation)?;
        need(!owed.paid, Refusal::ObligationPaid)?;
        need(owed.struck != Some(true), Refusal::ObligationStruck)?;
        Ok(owed)
    }
    /// The role of an issuer that is registered and not suspended.
    fn active(&self, issuer: u32) -> Result<IssuerRole, Refusal> {
        let role = *self.issuers.get(&issuer).ok_or(Refusal::UnregisteredIssuer)?;
        need(!self.suspended.contains(&issuer), Refusal::SuspendedIssuer)?;
        Ok(role)
    }
    /// Whether an operator can use a serial: it has not used it, and it is within 4,096 of the
    /// highest that it has.
    fn unused(&self, by: Operator, serial: u64) -> Allowed {
        let none = BTreeSet::new();
        let used = self.serials.get(&by).unwrap_or(&none);
        let highest = used.last().copied().unwrap_or(0);
        need(serial <= highest.saturating_add(4096) && serial.saturating_add(4096) >= highest, Refusal::SerialClosed)?;
        need(serial != 0 && !used.contains(&serial), Refusal::SerialUsed)
    }
    fn is_far(&self, cycle: u32) -> bool {
        cycle > self.newest_cycle().unwrap_or(0) + 1024
    }
    /// Whether a match of the current round may still take the plan.
    fn is_being_paired(&self, plan: Name) -> bool {
        let plan = &self.plans[&plan];
        let cycle = &self.cycles[&plan.cycle];
        cycle.round(self.time).is_some_and(|round| {
            self.transcripts.contains_key(&(plan.cycle, round))
                && plan.stage == PlanStage::Listed
                && plan.listed < cycle.cut_off(round)
                && plan.last_round != Some(round)
        })
    }
    /// How many G and S a service may issue in an epoch, and has issued in this one.
    pub fn cap(&self, issuer: u32) -> (u32, u32) {
        self.caps.get(&issuer).copied().unwrap_or_default()
    }
    pub fn count(&self, issuer: u32) -> (u32, u32) {
        self.counts.get(&issuer).copied().unwrap_or_default()
    }
    /// The cut-off of a cycle's round, if it is the current one.
    fn current_round(&self, cycle: u32, round: u8) -> Result<u64, Refusal> {
        let of = self.cycles.get(&cycle).ok_or(Refusal::UnknownCycle)?;
        need(self.time < of.times.closes, Refusal::CycleClosed)?;
        need(of.round(self.time) == Some(round), Refusal::WrongRound)?;
        Ok(of.cut_off(round))
    }
    fn plan_of(&self, name: Name, side: Side, cycle: u32) -> Result<&Plan, Refusal> {
        let plan = self.known_plan(name).ok_or(Refusal::UnknownPlan)?;
        need(plan.side == side, Refusal::WrongSide)?;
        need(plan.cycle == cycle, Refusal::WrongCycle)?;
        Ok(plan)
    }
    fn party(&self, match_id: Name, plan: Name) -> Result<Side, Refusal> {
        self.known_trade(match_id).ok_or(Refusal::UnknownTrade)?.side_of(plan).ok_or(Refusal::NotAParty)
    }
    /// A trade under way that this side has not confirmed.
    fn unconfirmed(&mut self, match_id: Name, side: Side, trigger: TradeTrigger) -> Allowed {
        let trade = &self.trades[&match_id];
        self.tally.trade(trade.stage(), trigger);
        need(!trade.off, Refusal::WrongStage)?;
        need(trade.half(side).confirmed.is_none(), Refusal::AlreadyConfirmed)
    }

    fn may_open(&self, purpose: Purpose, cycle: u32, round: u8, first: Opened, second: Option<Second>) -> Allowed {
        // A name of one sort names nothing of another sort.
        let plan_named = |plan: Option<Name>| plan.unwrap_or(Name::MAX);
        let plan = plan_named(if let Opened::Plan(plan) = first { Some(plan) } else { None });
        // Number 0 is that of nothing.
        let one = Second::number(second) == Some(0);
        let roundless = round == 0
            && (cycle == 0 || matches!(purpose, Purpose::Audit | Purpose::Trace | Purpose::Trade | Purpose::Deviation));
        match purpose {
            Purpose::Scores if one => {
                let cut_off = self.current_round(cycle, round)?;
                need(self.plan_of(plan, Side::Buy, cycle)?.listed < cut_off, Refusal::WrongRound)?;
                self.masked_first(cycle, round)
            }
            Purpose::Terms => {
                let cut_off = self.current_round(cycle, round)?;
                need(self.plan_of(plan, Side::Sell, cycle)?.listed < cut_off, Refusal::WrongRound)?;
                let buy = plan_named(if let Some(Second::Plan(plan)) = second { Some(plan) } else { None });
                need(self.plan_of(buy, Side::Buy, cycle)?.listed < cut_off, Refusal::WrongRound)?;
                self.masked_first(cycle, round)
            }
            Purpose::Audit if one && roundless => match self.known_plan(plan) {
                Some(plan) => need(plan.cycle == cycle, Refusal::WrongCycle),
                // It may be forgotten.
                None => need(self.is_closed(cycle), Refusal::UnknownPlan),
            },
            Purpose::Trace if one && roundless => need(self.is_deposited(first), Refusal::UnknownTraceKey),
            Purpose::Payment if one && roundless => {
                let spent = matches!(first, Opened::Payment(record) if self.is_spent(record));
                need(spent, Refusal::UnknownPayment)
            }
            Purpose::Trade if one && roundless => {
                let trade = if let Opened::Trade(trade) = first { self.known_trade(trade) } else { None };
                match trade {
                    Some(trade) => need(trade.cycle == cycle, Refusal::WrongCycle),
                    None => need(self.is_closed(cycle), Refusal::UnknownTrade),
                }
            }
            Purpose::Deviation if one && roundless => {
                let match_id = if let Opened::Trade(trade) = first { trade } else { Name::MAX };
                let trade = self.deviating(match_id)?;
                need(trade.cycle == cycle, Refusal::WrongCycle)?;
                need(trade.deviation.result, Refusal::DeviationEarly)
            }
            Purpose::Disclosure if roundless => {
                need(self.is_deposited(first), Refusal::UnknownTraceKey)?;
                let issuer = Second::number(second);
                need(issuer.is_some_and(|n| self.issuers.contains_key(&n)), Refusal::UnregisteredIssuer)
            }
            Purpose::Obligation if one && roundless => {
                let rest = if let Opened::Obligation(rest) = first { rest } else { Name::MAX };
                let of = self.cycles[&self.owed(rest)?.cycle].epoch;
                need(self.epoch > Some(of), Refusal::ObligationEarly)
            }
            Purpose::Service if roundless => {
                let begun = matches!(first, Opened::Epoch(n) if self.epoch.is_some_and(|current| n <= current));
                need(begun, Refusal::UnknownEpoch)?;
                let issuer = Second::number(second);
                let role = issuer.and_then(|n| self.issuers.get(&n)).ok_or(Refusal::UnregisteredIssuer)?;
                need(*role == IssuerRole::MeteringService, Refusal::WrongRole)
            }
            Purpose::Lapse if roundless => {
                let begun = |n: &u32| self.epoch.is_some_and(|current| *n <= current);
                let epoch = Second::number(second).filter(begun).ok_or(Refusal::UnknownEpoch)?;
                let lapses = self.lapses.get(&epoch).filter(|lapses| lapses.is_alarming()).ok_or(Refusal::NoAlarm)?;
                need(lapses.plans.contains(&plan), Refusal::NotLapsed)
            }
            _ => Err(Refusal::MisfitOpening),
        }
    }
    fn masked_first(&self, cycle: u32, round: u8) -> Allowed {
        need(!self.masked || self.masks.contains_key(&(cycle, round)), Refusal::NoMask)
    }
    fn is_deposited(&self, key: Opened) -> bool {
        // One that may be forgotten is taken as well formed.
        self.oldest_shown() > 1
            || matches!(key, Opened::TraceKey(who, epoch) if self.trace_keys.contains(&(who, epoch)))
    }

    fn may_match(&mut self, b: &Pairing) -> Allowed {
        self.unused(Operator::Regulator, b.serial)?;
        let cut_off = self.current_round(b.cycle, b.round)?;
        need(self.transcripts.contains_key(&(b.cycle, b.round)), Refusal::NoTranscript)?;
        need(!self.trades.contains_key(&b.match_id), Refusal::HandleReused)?;
        for (name, side) in [(b.sell, Side::Sell), (b.buy, Side::Buy)] {
            let plan = self.plan_of(name, side, b.cycle)?;
            need(plan.last_round != Some(b.round), Refusal::AlreadyMatched)?;
            let (stage, listed) = (plan.stage, plan.listed);
            self.tally.plan(stage, PlanTrigger::Match);
            need(stage == PlanStage::Listed, Refusal::WrongStage)?;
            need(listed < cut_off, Refusal::WrongRound)?;
        }
        Ok(())
    }
}
