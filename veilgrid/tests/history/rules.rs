//! The rules and the effects of each transaction, in the clear: the first refusal that it meets,
//! and its changes.

mod deviation;
mod effect;

use crate::action::*;
use crate::model::*;
use crate::tally::Met;
use ledger::stage::{Lock, LockTrigger, PlanStage, PlanTrigger, TradeTrigger};
use ledger::Refusal;
use protocol::record::metered::Sign;
use protocol::relation::RelationKind;
use protocol::transaction::body::{IssuerRole, Purpose};
use protocol::transaction::Authority;
use protocol::units::Side;

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
        self.allowed(&tx.action)?;
        need(tx.flaw != Flaw::Weak, Refusal::PointReused)?;
        need(tx.flaw != Flaw::Ciphertext, Refusal::MalformedCiphertext)?;
        need(tx.flaw != Flaw::Absent, Refusal::UnknownBlob)?;
        let kind = tx.action.kind();
        if let Some(of) = kind.relation() {
            let named = KeyName { of, version: tx.version };
            need(self.has_heard_of(&named), Refusal::UnknownKey)?;
            need(tx.version == self.version_for(of, &tx.action), Refusal::SupersededKey)?;
        }
        let proved = matches!(tx.flaw, Flaw::None | Flaw::Version(_) | Flaw::Superseded) && tx.provable;
        match kind.authority() {
            Authority::Relation(_) => {
                if let Action::List(b) = tx.action {
                    let of = RelationKind::ciphertext(b.side);
                    let named = KeyName { of, version: tx.second };
                    need(self.has_heard_of(&named), Refusal::UnknownKey)?;
                    need(tx.second == self.version_for(of, &tx.action), Refusal::SupersededKey)?;
                }
                need(proved, Refusal::BadProof)
            }
            Authority::Plan => need(![Flaw::Seal, Flaw::Stranger, Flaw::Altered].contains(&tx.flaw), Refusal::BadProof),
            _ => {
                need(![Flaw::Seal, Flaw::Stranger, Flaw::Altered].contains(&tx.flaw), Refusal::BadSignature)?;
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

    fn allowed(&mut self, action: &Action) -> Allowed {
        let now = self.time;
        match *action {
            Action::Issue { issuer, nonce, worth, leaf, .. } => {
                let role = *self.issuers.get(&issuer).ok_or(Refusal::UnregisteredIssuer)?;
                let desk = matches!(worth, Worth::Money(_));
                need(desk == (role == IssuerRole::Desk), Refusal::WrongRole)?;
                self.issuer_nonce(issuer, nonce)?;
                if let Worth::Rest { sign, cycle, .. } = worth {
                    need(self.cycles.contains_key(&cycle), Refusal::UnknownCycle)?;
                    need(self.is_closed(cycle), Refusal::CycleNotOver)?;
                    let again = sign == Sign::Shortfall && self.obligations.contains_key(&leaf);
                    need(!again, Refusal::ObligationReused)?;
                }
                Ok(())
            }
            Action::Credential { nonce, owner, epoch } => {
                need(nonce == self.regulator_nonce + 1, Refusal::BadNonce)?;
                need(self.epoch.is_none_or(|e| epoch >= e), Refusal::StaleEpoch)?;
                let named = *self.trace_keys.get(&(owner, epoch)).ok_or(Refusal::UndepositedTraceKey)?;
                need(!named, Refusal::TraceKeyReused)
            }
            Action::Deposit { owner, epoch } => {
                need(!self.trace_keys.contains_key(&(owner, epoch)), Refusal::TraceKeyReused)
            }
            Action::List(b) => {
                let of = self.cycles.get(&b.cycle).ok_or(Refusal::UnknownCycle)?.epoch;
                need(self.is_open(b.cycle), Refusal::CycleClosed)?;
                need(self.epoch == Some(b.epoch) && of == b.epoch, Refusal::StaleEpoch)?;
                need(!self.plans.contains_key(&b.handle), Refusal::HandleReused)
            }
            Action::Scores { nonce, cycle, round, buy, .. } => {
                need(!self.masked, Refusal::WrongMode)?;
                need(nonce == self.matcher_nonce + 1, Refusal::BadNonce)?;
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
            Action::Transcript { nonce, cycle, round } => {
                need(nonce == self.regulator_nonce + 1, Refusal::BadNonce)?;
                self.current_round(cycle, round)?;
                need(!self.transcripts.contains_key(&(cycle, round)), Refusal::TranscriptReused)
            }
            Action::Mask { nonce, cycle, round } => {
                need(self.masked, Refusal::WrongMode)?;
                need(nonce == self.matcher_nonce + 1, Refusal::BadNonce)?;
                self.current_round(cycle, round)?;
                need(!self.masks.contains_key(&(cycle, round)), Refusal::MaskReused)
            }
            Action::Open { nonce, purpose, cycle, round, first, second } => {
                need(nonce == self.regulator_nonce + 1, Refusal::BadNonce)?;
                self.may_open(purpose, cycle, round, first, second)
            }
            Action::Match(b) => self.may_match(&b),
            Action::Confirm { side, match_id, plan, meter } => {
                need(self.party(match_id, plan)? == side, Refusal::NotAParty)?;
                self.unconfirmed(match_id, side, TradeTrigger::confirm(side))?;
                let role = *self.issuers.get(&meter).ok_or(Refusal::UnregisteredIssuer)?;
                need(role == IssuerRole::MeteringService, Refusal::WrongRole)
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
            Action::Deliver { issuer, nonce, match_id, side, .. } => {
                need(self.issuers.contains_key(&issuer), Refusal::UnregisteredIssuer)?;
                let trade = self.trades.get(&match_id).ok_or(Refusal::UnknownTrade)?;
                self.tally.trade(trade.stage(), TradeTrigger::deliver(side));
                if trade.void {
                    self.tally.met(Met::LateDelivery);
                }
                need(trade.is_bound() && !trade.off && !trade.void, Refusal::WrongStage)?;
                let half = trade.half(side);
                need(half.delivered.is_none(), Refusal::AlreadyDelivered)?;
                need(half.confirmed.is_some_and(|(_, meter)| meter == issuer), Refusal::WrongIssuer)?;
                self.issuer_nonce(issuer, nonce)
            }
            Action::MatchAmounts { .. }
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
                let stage = self.plans.get(&plan).ok_or(Refusal::UnknownPlan)?.stage;
                self.tally.plan(stage, PlanTrigger::Release);
                need(![PlanStage::Released, PlanStage::InTrade].contains(&stage), Refusal::WrongStage)
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
            Action::Surplus { epoch, cycle, .. } => {
                need(self.epoch == Some(epoch), Refusal::StaleEpoch)?;
                need(self.cycles.contains_key(&cycle), Refusal::UnknownCycle)
            }
            Action::Shortfall { epoch, rest, .. } => {
                need(self.epoch == Some(epoch), Refusal::StaleEpoch)?;
                let owed = self.obligations.get(&rest).ok_or(Refusal::UnknownObligation)?;
                need(!owed.paid, Refusal::ObligationPaid)
            }
            Action::Withdraw { epoch, desk, .. } => {
                need(self.epoch == Some(epoch), Refusal::StaleEpoch)?;
                let role = *self.issuers.get(&desk).ok_or(Refusal::UnregisteredIssuer)?;
                need(role == IssuerRole::Desk, Refusal::WrongRole)
            }
            Action::ActivateKey { nonce, from, .. } => {
                need(nonce == self.regulator_nonce + 1, Refusal::BadNonce)?;
                let started = self.newest_cycle().is_some_and(|newest| from <= newest);
                let before_another = self.key_changes.last().is_some_and(|last| from < last.from);
                need(!started && !before_another, Refusal::CycleOrder)
            }
            Action::EpochStart { nonce, epoch } => {
                need(nonce == self.regulator_nonce + 1, Refusal::BadNonce)?;
                need(self.epoch.is_none_or(|e| epoch > e), Refusal::CycleOrder)
            }
            Action::CycleStart { nonce, cycle, epoch, times: t, .. } => {
                need(nonce == self.regulator_nonce + 1, Refusal::BadNonce)?;
                need(self.epoch == Some(epoch), Refusal::StaleEpoch)?;
                need(self.cycles.keys().all(|c| *c < cycle), Refusal::CycleOrder)?;
                let first = t.opens + u64::from(t.round);
                let sane = t.round >= 2
                    && (1..t.round).contains(&t.confirm)
                    && now < first
                    && first < t.closes
                    && t.closes + u64::from(t.confirm) <= t.due;
                need(sane, Refusal::BadSchedule)
            }
            Action::Register { nonce, issuer, key, encryption, possessed, .. } => {
                need(nonce == self.regulator_nonce + 1, Refusal::BadNonce)?;
                need(!self.issuers.contains_key(&issuer), Refusal::IssuerReused)?;
                let used = self.keys.contains(&key) || self.encryption_keys.contains(&encryption);
                need(!used, Refusal::KeyReused)?;
                need(possessed, Refusal::BadPossession)
            }
        }
    }

    fn issuer_nonce(&self, issuer: u32, nonce: u64) -> Allowed {
        need(nonce == self.issuer_nonces.get(&issuer).copied().unwrap_or(0) + 1, Refusal::BadNonce)
    }
    /// The cut-off of a cycle's round, if it is the current one.
    fn current_round(&self, cycle: u32, round: u8) -> Result<u64, Refusal> {
        let of = self.cycles.get(&cycle).ok_or(Refusal::UnknownCycle)?;
        need(self.time < of.times.closes, Refusal::CycleClosed)?;
        need(of.round(self.time) == Some(round), Refusal::WrongRound)?;
        Ok(of.cut_off(round))
    }
    fn plan_of(&self, name: Name, side: Side, cycle: u32) -> Result<&Plan, Refusal> {
        let plan = self.plans.get(&name).ok_or(Refusal::UnknownPlan)?;
        need(plan.side == side, Refusal::WrongSide)?;
        need(plan.cycle == cycle, Refusal::WrongCycle)?;
        Ok(plan)
    }
    fn party(&self, match_id: Name, plan: Name) -> Result<Side, Refusal> {
        self.trades.get(&match_id).ok_or(Refusal::UnknownTrade)?.side_of(plan).ok_or(Refusal::NotAParty)
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
        // The number of issuer 0 is that of nothing.
        let one = matches!(second, None | Some(Second::Issuer(0)));
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
            Purpose::Audit if one && roundless => {
                let plan = self.plans.get(&plan).ok_or(Refusal::UnknownPlan)?;
                need(plan.cycle == cycle, Refusal::WrongCycle)
            }
            Purpose::Trace if one && roundless => need(self.is_deposited(first), Refusal::UndepositedTraceKey),
            Purpose::Payment if one && roundless => {
                let spent = matches!(first, Opened::Payment(record) if self.is_spent(record));
                need(spent, Refusal::UnknownPayment)
            }
            Purpose::Trade if one && roundless => {
                let trade = if let Opened::Trade(trade) = first { self.trades.get(&trade) } else { None };
                need(trade.ok_or(Refusal::UnknownTrade)?.cycle == cycle, Refusal::WrongCycle)
            }
            Purpose::Deviation if one && roundless => {
                let match_id = if let Opened::Trade(trade) = first { trade } else { Name::MAX };
                let trade = self.deviating(match_id)?;
                need(trade.cycle == cycle, Refusal::WrongCycle)?;
                need(trade.deviation.result, Refusal::DeviationEarly)
            }
            Purpose::Disclosure if roundless => {
                need(self.is_deposited(first), Refusal::UndepositedTraceKey)?;
                let issuer = match second {
                    None => Some(0),
                    Some(Second::Issuer(n)) => Some(n),
                    Some(Second::Plan(_)) => None,
                };
                need(issuer.is_some_and(|n| self.issuers.contains_key(&n)), Refusal::UnregisteredIssuer)
            }
            Purpose::Obligation if one && roundless => {
                let known = matches!(first, Opened::Obligation(rest) if self.obligations.contains_key(&rest));
                need(known, Refusal::UnknownObligation)
            }
            _ => Err(Refusal::MisfitOpening),
        }
    }
    fn masked_first(&self, cycle: u32, round: u8) -> Allowed {
        need(!self.masked || self.masks.contains_key(&(cycle, round)), Refusal::NoMask)
    }
    fn is_deposited(&self, key: Opened) -> bool {
        matches!(key, Opened::TraceKey(who, epoch) if self.trace_keys.contains_key(&(who, epoch)))
    }

    fn may_match(&mut self, b: &Pairing) -> Allowed {
        need(b.nonce == self.regulator_nonce + 1, Refusal::BadNonce)?;
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
