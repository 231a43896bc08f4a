//! What each transaction needs and does, in the clear: which refusal it meets first, and what it changes.

use crate::action::*;
use crate::model::*;
use ledger::stage::{Lock, LockTrigger, PlanStage, PlanTrigger, TradeTrigger};
use ledger::Refusal;
use protocol::record::metered::Sign;
use protocol::transaction::body::{IssuerRole, Purpose};
use protocol::transaction::Authority;
use protocol::units::Side;

type Allowed = Result<(), Refusal>;

fn need(holds: bool, refusal: Refusal) -> Allowed {
    holds.then_some(()).ok_or(refusal)
}

impl Model {
    /// What becomes of a transaction; only an accepted one changes anything.
    pub fn apply(&mut self, tx: &Tx) -> Allowed {
        let outcome = self.judge(tx);
        if outcome.is_ok() {
            self.spent.extend(tx.action.spends(tx.name));
            self.accepted.insert(tx.same);
            self.effect(tx);
        }
        self.tally.outcome(tx.action.kind(), outcome);
        outcome
    }

    fn judge(&mut self, tx: &Tx) -> Allowed {
        need(tx.flaw != Flaw::Long, Refusal::Oversized)?;
        need(tx.flaw != Flaw::Cut, Refusal::Encoding)?;
        need(tx.flaw != Flaw::Chain, Refusal::WrongChain)?;
        need(self.height <= tx.expiry, Refusal::ExpiredTransaction)?;
        need(!self.accepted.contains(&tx.same), Refusal::DuplicateTransaction)?;
        let spends = tx.action.spends(tx.name);
        let twice = matches!(spends[..], [a, b] if a == b);
        need(!twice && spends.iter().all(|s| !self.spent.contains(s)), Refusal::DoubleSpend)?;
        need(tx.action.anchor().is_none_or(|a| self.is_anchor(a)), Refusal::UnknownAnchor)?;
        self.allowed(&tx.action)?;
        need(tx.flaw != Flaw::Ciphertext, Refusal::MalformedCiphertext)?;
        match tx.action.kind().authority() {
            Authority::Relation(_) => need(tx.flaw == Flaw::None && tx.provable, Refusal::BadProof),
            _ => need(tx.flaw != Flaw::Seal, Refusal::BadSignature),
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
            Action::Scores { nonce, cycle, round, buy } => {
                need(nonce == self.matcher_nonce + 1, Refusal::BadNonce)?;
                let cut_off = self.current_round(cycle, round)?;
                let plan = self.plan_of(buy, Side::Buy, cycle)?;
                need(plan.stage == PlanStage::Listed, Refusal::WrongStage)?;
                need(plan.listed < cut_off, Refusal::WrongRound)?;
                need(!self.scores.contains(&(cycle, round, buy)), Refusal::ScoresReused)
            }
            Action::Open { nonce, purpose, cycle, round, first, second } => {
                need(nonce == self.regulator_nonce + 1, Refusal::BadNonce)?;
                self.may_open(purpose, cycle, round, first, second)
            }
            Action::Match(b) => self.may_match(&b),
            Action::Confirm { side, matching, plan, meter } => {
                need(self.party(matching, plan)? == side, Refusal::NotAParty)?;
                self.unconfirmed(matching, side, TradeTrigger::confirm(side))?;
                let role = *self.issuers.get(&meter).ok_or(Refusal::UnregisteredIssuer)?;
                need(role == IssuerRole::MeteringService, Refusal::WrongRole)
            }
            Action::Refuse { matching, plan } => {
                let side = self.party(matching, plan)?;
                self.unconfirmed(matching, side, TradeTrigger::refuse(side))
            }
            Action::Complain { matching, plan } => {
                let side = self.party(matching, plan)?;
                self.unconfirmed(matching, side, TradeTrigger::complain(side))?;
                need(!self.plans[&plan].complained, Refusal::AlreadyComplained)
            }
            Action::Deliver { issuer, nonce, matching, side, delivery, .. } => {
                need(self.issuers.contains_key(&issuer), Refusal::UnregisteredIssuer)?;
                let trade = self.trades.get(&matching).ok_or(Refusal::UnknownTrade)?;
                self.tally.trade(trade.stage(), TradeTrigger::deliver(side));
                need(trade.is_bound() && !trade.off && !trade.void, Refusal::WrongStage)?;
                let half = trade.half(side);
                need(half.delivered.is_none(), Refusal::AlreadyDelivered)?;
                need(half.confirmed.is_some_and(|(_, meter)| meter == issuer), Refusal::WrongIssuer)?;
                need(!self.deliveries.contains(&delivery), Refusal::HandleReused)?;
                self.issuer_nonce(issuer, nonce)
            }
            Action::Settle { side, matching, plan, .. } => {
                need(self.party(matching, plan)? == side, Refusal::NotAParty)?;
                let trade = &self.trades[&matching];
                self.tally.trade(trade.stage(), TradeTrigger::settle(side));
                need(trade.is_bound() && trade.is_delivered(), Refusal::WrongStage)?;
                self.tally.lock(trade.half(side).lock, LockTrigger::Settle);
                need(trade.half(side).lock == Lock::Held, Refusal::AlreadySettled)
            }
            Action::Release { plan } => {
                let stage = self.plans.get(&plan).ok_or(Refusal::UnknownPlan)?.stage;
                self.tally.plan(stage, PlanTrigger::Release);
                need(![PlanStage::Released, PlanStage::InTrade].contains(&stage), Refusal::WrongStage)
            }
            Action::Void { matching, plan } => {
                let side = self.party(matching, plan)?;
                let trade = &self.trades[&matching];
                self.tally.trade(trade.stage(), TradeTrigger::void(side));
                need(trade.void, Refusal::WrongStage)?;
                self.tally.lock(trade.half(side).lock, LockTrigger::Return);
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
            Action::Register { nonce, issuer, key, .. } => {
                need(nonce == self.regulator_nonce + 1, Refusal::BadNonce)?;
                need(!self.issuers.contains_key(&issuer), Refusal::IssuerReused)?;
                need(!self.keys.contains(&key), Refusal::KeyReused)
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
    fn party(&self, matching: Name, plan: Name) -> Result<Side, Refusal> {
        self.trades.get(&matching).ok_or(Refusal::UnknownTrade)?.side_of(plan).ok_or(Refusal::NotAParty)
    }
    /// A trade that is on, and that this side has not confirmed.
    fn unconfirmed(&mut self, matching: Name, side: Side, trigger: TradeTrigger) -> Allowed {
        let trade = &self.trades[&matching];
        self.tally.trade(trade.stage(), trigger);
        need(!trade.off, Refusal::WrongStage)?;
        need(trade.half(side).confirmed.is_none(), Refusal::AlreadyConfirmed)
    }

    fn may_open(&self, purpose: Purpose, cycle: u32, round: u8, first: Opened, second: Option<Name>) -> Allowed {
        // A name of one sort is nothing's name of the other.
        let (plan, key) = match first {
            Opened::Plan(plan) => (plan, None),
            Opened::TraceKey(who, epoch) => (Name::MAX, Some((who, epoch))),
        };
        match purpose {
            Purpose::Scores if second.is_none() => {
                let cut_off = self.current_round(cycle, round)?;
                need(self.plan_of(plan, Side::Buy, cycle)?.listed < cut_off, Refusal::WrongRound)
            }
            Purpose::Terms => {
                let cut_off = self.current_round(cycle, round)?;
                need(self.plan_of(plan, Side::Sell, cycle)?.listed < cut_off, Refusal::WrongRound)?;
                let buy = self.plan_of(second.unwrap_or(Name::MAX), Side::Buy, cycle)?;
                need(buy.listed < cut_off, Refusal::WrongRound)
            }
            Purpose::Audit if second.is_none() && round == 0 => {
                let plan = self.plans.get(&plan).ok_or(Refusal::UnknownPlan)?;
                need(plan.cycle == cycle, Refusal::WrongCycle)
            }
            Purpose::Trace if second.is_none() && round == 0 => {
                need(key.is_some_and(|k| self.trace_keys.contains_key(&k)), Refusal::UndepositedTraceKey)
            }
            _ => Err(Refusal::MisfitOpening),
        }
    }

    fn may_match(&mut self, b: &Pairing) -> Allowed {
        need(b.nonce == self.regulator_nonce + 1, Refusal::BadNonce)?;
        let cut_off = self.current_round(b.cycle, b.round)?;
        need(!self.trades.contains_key(&b.matching), Refusal::HandleReused)?;
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

    fn effect(&mut self, tx: &Tx) {
        let (now, name) = (self.time, tx.name);
        match tx.action {
            Action::Issue { issuer, owner, worth, leaf, .. } => {
                *self.issuer_nonces.entry(issuer).or_default() += 1;
                if let Worth::Rest { sign: Sign::Shortfall, cycle, .. } = worth {
                    self.obligations.insert(leaf, Obligation { cycle, paid: false });
                }
                self.leaf(name, owner, worth);
            }
            Action::Credential { owner, epoch, .. } => {
                self.regulator_nonce += 1;
                self.trace_keys.insert((owner, epoch), true);
                self.leaf(name, owner, Worth::Credential { epoch });
            }
            Action::Deposit { owner, epoch } => {
                self.trace_keys.insert((owner, epoch), false);
            }
            Action::List(b) => self.list(name, &b),
            Action::Scores { cycle, round, buy, .. } => {
                self.matcher_nonce += 1;
                self.scores.insert((cycle, round, buy));
            }
            Action::Open { .. } => {
                self.regulator_nonce += 1;
                self.openings += 1;
            }
            Action::Match(b) => {
                self.regulator_nonce += 1;
                let half = |plan| Half { plan, confirmed: None, delivered: None, lock: Lock::Held, within: None };
                let of = &self.cycles[&b.cycle];
                let trade = Trade {
                    cycle: b.cycle,
                    round: b.round,
                    terms: of.terms,
                    volume: b.volume,
                    price: b.price,
                    deadline: now + u64::from(of.times.confirm),
                    off: false,
                    void: false,
                    sell: half(b.sell),
                    buy: half(b.buy),
                };
                self.trades.insert(b.matching, trade);
                for plan in [b.sell, b.buy] {
                    let plan = self.plans.get_mut(&plan).unwrap();
                    plan.stage = PlanStage::InTrade;
                    (plan.last_round, plan.matching) = (Some(b.round), Some(b.matching));
                }
            }
            Action::Confirm { side, matching, meter, .. } => self.confirm(name, side, matching, meter),
            Action::Refuse { matching, plan } => {
                self.trades.get_mut(&matching).unwrap().off = true;
                self.set_back(plan, PlanStage::Refused);
                self.happened.push(Happened::Refused(plan));
                let trade = &self.trades[&matching];
                let other = trade.half(trade.side_of(plan).unwrap().other()).plan;
                self.relist(other);
            }
            Action::Complain { matching, plan } => {
                self.trades.get_mut(&matching).unwrap().off = true;
                self.plans.get_mut(&plan).unwrap().complained = true;
                let both = [self.trades[&matching].sell.plan, self.trades[&matching].buy.plan];
                both.into_iter().for_each(|plan| self.relist(plan));
            }
            Action::Deliver { issuer, matching, side, amount, delivery, .. } => {
                *self.issuer_nonces.entry(issuer).or_default() += 1;
                self.deliveries.insert(delivery);
                let trade = self.trades.get_mut(&matching).unwrap();
                trade.half_mut(side).delivered = Some((delivery, amount));
                if trade.is_delivered() {
                    self.happened.push(Happened::Delivered(matching));
                }
            }
            Action::Settle { side, matching, plan, purse, .. } => {
                let worth = self.settled(matching, side, purse);
                let within = self.trades[&matching].settlement().map(|(within, _)| within);
                let half = self.trades.get_mut(&matching).unwrap().half_mut(side);
                (half.lock, half.within) = (Lock::Settled, within);
                let owner = self.plans[&plan].owner;
                self.leaf(name, owner, Worth::Money(u64::try_from(worth).unwrap()));
            }
            Action::Release { plan } => {
                self.plans.get_mut(&plan).unwrap().stage = PlanStage::Released;
                let plan = self.plans[&plan].clone();
                self.refund(name, &plan, plan.volume);
            }
            Action::Void { matching, plan } => {
                let plan = self.plans[&plan].clone();
                let trade = self.trades.get_mut(&matching).unwrap();
                trade.half_mut(plan.side).lock = Lock::Returned;
                let volume = trade.volume;
                self.refund(name, &plan, volume);
            }
            Action::Merge { owner, money, records, .. } => {
                let sum = records.map(|r| self.value(r)).iter().sum::<u64>();
                let worth = match (money, records.iter().flatten().next()) {
                    (false, Some(one)) => match self.records[one].worth {
                        Worth::Energy { kind, cycle, .. } => Worth::Energy { wh: sum, kind, cycle },
                        _ => panic!("not provable"),
                    },
                    (false, None) => Worth::Energy { wh: 0, kind: 0, cycle: 0 },
                    (true, _) => Worth::Money(sum),
                };
                self.leaf(name, owner, worth);
            }
            Action::Surplus { owner, cycle, rest, purse, .. } => {
                let paid = self.value(Some(rest)) * TERMS[self.cycles[&cycle].terms].feed_in;
                self.leaf(name, owner, Worth::Money(self.value(purse) + paid));
            }
            Action::Shortfall { owner, rest, purse, .. } => {
                let owed = self.obligations.get_mut(&rest).unwrap();
                owed.paid = true;
                let due = TERMS[self.cycles[&owed.cycle].terms].retail;
                let left = self.value(Some(purse)) - self.value(Some(rest)) * due;
                self.leaf(name, owner, Worth::Money(left));
            }
            Action::EpochStart { epoch, .. } => {
                self.regulator_nonce += 1;
                self.epoch = Some(epoch);
            }
            Action::CycleStart { cycle, epoch, terms, times, .. } => {
                self.regulator_nonce += 1;
                self.cycles.insert(cycle, Cycle { epoch, terms, times });
                self.forget_old_anchors();
            }
            Action::Register { issuer, role, key, .. } => {
                self.regulator_nonce += 1;
                self.keys.insert(key);
                self.issuers.insert(issuer, role);
            }
        }
    }

    fn list(&mut self, name: Name, b: &Listing) {
        let (price, owner) = (TERMS[self.cycles[&b.cycle].terms].price(b.tick), b.owner);
        let (kind, left) = match self.records[&b.record].worth {
            Worth::Energy { wh, kind, cycle } => (kind, Worth::Energy { wh: wh - b.volume, kind, cycle }),
            Worth::Money(amount) => (0, Worth::Money(amount - b.volume * price)),
            _ => panic!("not provable"),
        };
        self.leaf(name, owner, left);
        let plan = Plan {
            side: b.side,
            owner,
            cycle: b.cycle,
            volume: b.volume,
            price,
            kind,
            stage: PlanStage::Listed,
            listed: self.time,
            last_round: None,
            complained: false,
            matching: None,
        };
        self.plans.insert(b.handle, plan);
    }

    fn confirm(&mut self, name: Name, side: Side, matching: Name, meter: u32) {
        let trade = self.trades.get_mut(&matching).unwrap();
        trade.half_mut(side).confirmed = Some((name, meter));
        if !trade.is_bound() {
            return;
        }
        let trade = trade.clone();
        for half in [&trade.sell, &trade.buy] {
            let plan = self.plans[&half.plan].clone();
            let (change, _) = half.confirmed.unwrap();
            self.refund(change, &plan, plan.volume - trade.volume);
        }
        self.happened.push(Happened::Binding(matching));
    }

    /// A record of what so much of a plan had locked.
    fn refund(&mut self, name: Name, plan: &Plan, volume: u64) {
        let worth = match plan.side {
            Side::Sell => Worth::Energy { wh: volume, kind: plan.kind, cycle: plan.cycle },
            Side::Buy => Worth::Money(volume * plan.price),
        };
        self.leaf(name, plan.owner, worth);
    }

    /// What a record is worth in its own unit; a dummy nothing.
    pub fn value(&self, record: Option<Name>) -> u64 {
        match record.map(|r| self.records[&r].worth) {
            Some(Worth::Money(x) | Worth::Energy { wh: x, .. } | Worth::Rest { wh: x, .. }) => x,
            Some(Worth::Credential { .. }) | None => 0,
        }
    }
    /// The balance after one side of a delivered trade settles.
    pub fn settled(&self, matching: Name, side: Side, purse: Option<Name>) -> u128 {
        let trade = &self.trades[&matching];
        let (_, paid_for) = trade.settlement().unwrap();
        let (purse, paid) = (u128::from(self.value(purse)), u128::from(paid_for) * u128::from(trade.price));
        match side {
            Side::Sell => purse + paid,
            Side::Buy => purse + u128::from(trade.volume) * u128::from(self.plans[&trade.buy.plan].price) - paid,
        }
    }
}
