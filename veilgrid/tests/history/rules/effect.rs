//! The effects of accepted transactions, in the clear.

use crate::action::*;
use crate::model::*;
use crate::tally::Met;
use ledger::stage::{Lock, PlanStage};
use protocol::transaction::body::{IssuerRole, Purpose};
use protocol::units::Side;

impl Model {
    pub(super) fn effect(&mut self, tx: &Tx) {
        let (now, name) = (self.time, tx.name);
        let mut action = tx.action;
        if let Some(serial) = action.serial_mut().copied() {
            self.serials.entry(action.operator()).or_default().insert(serial);
        }
        match tx.action {
            Action::Issue { issuer, owner, worth, leaf, .. } => {
                let count = self.counts.entry(issuer).or_default();
                match worth {
                    Worth::Energy { .. } => count.0 += 1,
                    Worth::Rest { sign, cycle, .. } => {
                        count.1 += 1;
                        self.record_serials.insert((issuer, owner, cycle, sign));
                        if sign.is_owed() {
                            self.obligations.insert(leaf, Obligation { cycle, sign, paid: false, struck: None });
                        }
                    }
                    _ => {}
                }
                self.leaf(name, owner, worth);
            }
            Action::Credential { owner, epoch, .. } => {
                self.trace_keys.insert((owner, epoch));
                self.leaf(name, owner, Worth::Credential { epoch });
            }
            Action::List(b) => {
                self.plan_tags.insert(b.tag_used());
                self.listings.push((b.handle, tx.same));
                self.list(name, &b);
            }
            Action::Scores { cycle, round, buy, right, .. } => {
                self.scores.insert((cycle, round, buy), Posted { by: tx.posted, right });
            }
            Action::Contest { cycle, round, buy, .. } => {
                self.scores.remove(&(cycle, round, buy));
                self.struck += 1;
            }
            Action::Transcript { cycle, round, .. } => {
                self.transcripts.insert((cycle, round), name);
            }
            Action::Mask { cycle, round, .. } => {
                self.masks.insert((cycle, round), name);
            }
            Action::Open { purpose, first, .. } => {
                if let (Purpose::Deviation, Opened::Trade(trade)) = (purpose, first) {
                    self.trades.get_mut(&trade).unwrap().deviation.announced = true;
                }
                self.openings.push(name);
            }
            Action::Match(b) => {
                let half = |plan| Half { plan, confirmed: None, delivered: None, lock: Lock::Held, within: None };
                let of = &self.cycles[&b.cycle];
                let trade = Trade {
                    cycle: b.cycle,
                    round: b.round,
                    terms: of.terms,
                    volume: b.volume,
                    price: b.price,
                    deadline: now + u64::from(of.times.confirm),
                    opens: [Side::Sell, Side::Buy].map(|side| b.volume > 0 && tells(b.match_id, side)),
                    off: false,
                    void: false,
                    sell: half(b.sell),
                    buy: half(b.buy),
                    deviation: Deviation::default(),
                };
                self.trades.insert(b.match_id, trade);
                for plan in [b.sell, b.buy] {
                    let plan = self.plans.get_mut(&plan).unwrap();
                    plan.stage = PlanStage::InTrade;
                    (plan.last_round, plan.match_id) = (Some(b.round), Some(b.match_id));
                }
            }
            Action::Confirm { side, match_id, meter, .. } => self.confirm(name, side, match_id, meter),
            Action::Refuse { match_id, plan } => {
                self.trades.get_mut(&match_id).unwrap().off = true;
                self.set_back(plan, PlanStage::Refused);
                self.happened.push(Happened::Refused(plan));
                self.lapse(plan);
                let trade = &self.trades[&match_id];
                let other = trade.half(trade.side_of(plan).unwrap().other()).plan;
                self.relist(other);
            }
            Action::Complain { match_id, .. } => {
                self.tally.met(Met::Complained);
                self.trades.get_mut(&match_id).unwrap().off = true;
                self.bad_matches += 1;
                let both = [self.trades[&match_id].sell.plan, self.trades[&match_id].buy.plan];
                both.into_iter().for_each(|plan| self.relist(plan));
            }
            Action::Deliver { match_id, side, amount, delivery, .. } => {
                self.deliveries.insert(delivery);
                let trade = self.trades.get_mut(&match_id).unwrap();
                trade.half_mut(side).delivered = Some((delivery, amount));
                if trade.is_delivered() {
                    self.happened.push(Happened::Delivered(match_id));
                }
            }
            Action::Settle { side, match_id, plan, purse, .. } => {
                let worth = self.settled(match_id, side, purse);
                let within = self.trades[&match_id].settlement().map(|(within, _)| within);
                match self.trades[&match_id].arrived().zip(within) {
                    Some((arrived, true)) if arrived < self.trades[&match_id].volume => {
                        self.tally.met(Met::ShortWithin)
                    }
                    Some((_, false)) => self.tally.met(Met::ShortBeyond),
                    _ => {}
                }
                let [seller, buyer] = self.trades[&match_id].owes().unwrap();
                if seller > 0 {
                    self.tally.met(Met::SellerOwes);
                }
                if buyer > 0 {
                    self.tally.met(Met::BuyerOwes);
                }
                self.locks_now.insert((match_id, side));
                let trade = self.trades.get_mut(&match_id).unwrap();
                let differed = trade.verdict_differs();
                let half = trade.half_mut(side);
                (half.lock, half.within) = (Lock::Settled, within);
                if trade.verdict_differs() && !differed {
                    self.happened.push(Happened::VerdictDiffers(match_id));
                }
                let owner = self.plans[&plan].owner;
                self.leaf(name, owner, Worth::Money(u64::try_from(worth).unwrap()));
            }
            Action::MatchThreshold { .. }
            | Action::DeliveryAmount { .. }
            | Action::Deviation { .. }
            | Action::Verdict { .. } => self.deviated(&tx.action),
            Action::Release { plan } => {
                self.plans.get_mut(&plan).unwrap().stage = PlanStage::Released;
                let plan = self.plans[&plan].clone();
                self.refund(name, &plan, plan.volume);
            }
            Action::Void { match_id, plan } => {
                let plan = self.plans[&plan].clone();
                let trade = self.trades.get_mut(&match_id).unwrap();
                trade.half_mut(plan.side).lock = Lock::Returned;
                self.locks_now.insert((match_id, plan.side));
                let volume = trade.volume;
                self.refund(name, &plan, volume);
            }
            Action::Merge { owner, money, records, .. } => {
                let sum = records.map(|r| self.value(r)).iter().sum::<u64>();
                let worth = match records[0].map(|one| self.records[&one].worth) {
                    Some(Worth::Energy { kind, cycle, .. }) if !money => Worth::Energy { wh: sum, kind, cycle },
                    Some(Worth::Money(_)) if money => Worth::Money(sum),
                    _ => panic!("not provable"),
                };
                self.leaf(name, owner, worth);
            }
            Action::Surplus { owner, cycle, rest, purse, .. } => {
                let Worth::Rest { sign, .. } = self.records[&rest].worth else { panic!("a rest") };
                let paid = self.value(Some(rest)) * TERMS[self.cycles[&cycle].terms].tariff(sign);
                self.leaf(name, owner, Worth::Money(self.value(purse) + paid));
            }
            Action::Shortfall { owner, rest, purse, .. } => {
                let owed = self.obligations.get_mut(&rest).unwrap();
                owed.paid = true;
                let due = TERMS[self.cycles[&owed.cycle].terms].tariff(owed.sign);
                let left = self.value(Some(purse)) - self.value(Some(rest)) * due;
                self.leaf(name, owner, Worth::Money(left));
            }
            Action::Withdraw { owner, epoch, current, tag, desk, amount, purse, .. } => {
                self.withdrawal_tags.insert((owner, epoch, current, tag));
                let left = self.value(Some(purse)) - amount;
                if amount > 0 {
                    self.tally.met(if left > 0 { Met::Withdrawal } else { Met::EmptyBalance });
                }
                *self.withdrawn.entry(desk).or_default() += u128::from(amount);
                self.payouts.insert(tx.same, (desk, false));
                self.leaf(name, owner, Worth::Money(left));
            }
            Action::ActivateKey { key, from, .. } => {
                let in_flight = |p: &Plan| match p.stage {
                    PlanStage::InTrade => self.trades[&p.match_id.unwrap()].half(p.side).lock == Lock::Held,
                    stage => stage != PlanStage::Released,
                };
                if self.plans.values().any(in_flight) {
                    self.tally.met(Met::KeyChange);
                }
                self.key_changes.push(KeyChange { key, from });
            }
            Action::Ruling { rest, struck, .. } => {
                self.obligations.get_mut(&rest).unwrap().struck = Some(struck);
            }
            Action::EpochStart { epoch, alarm, .. } => {
                if self.trades.values().any(Trade::is_under_way) {
                    self.tally.met(Met::NextEpoch);
                }
                self.epoch = Some(epoch);
                self.counts.clear();
                self.lapses.retain(|of, _| of + 1 >= epoch);
                self.lapses.insert(epoch, Lapses { alarm, ..Lapses::default() });
            }
            Action::CycleStart { cycle, epoch, terms, times, .. } => {
                if self.trades.values().any(|t| t.is_under_way() && t.terms != terms) {
                    self.tally.met(Met::OtherTerms);
                }
                self.cycles.insert(cycle, Cycle { epoch, terms, times });
                self.forget_old_anchors();
            }
            Action::Rotate { of, key, encryption, .. } => {
                self.keys.insert(key);
                if let Operator::Issuer(_) = operator_of(of) {
                    self.encryption_keys.insert(encryption);
                }
                let now = self.time;
                self.rotations.entry(operator_of(of)).or_default().push(now);
            }
            Action::Pay { issuer, withdrawal, .. } => {
                self.payouts.insert(withdrawal, (issuer, true));
            }
            Action::Suspend { issuer, suspended, .. } => {
                match suspended {
                    true => self.suspended.insert(issuer),
                    false => self.suspended.remove(&issuer),
                };
            }
            Action::Register { issuer, role, key, encryption, .. } => {
                self.keys.insert(key);
                self.encryption_keys.insert(encryption);
                self.issuers.insert(issuer, role);
                if role == IssuerRole::MeteringService {
                    self.caps.insert(issuer, CAP);
                }
            }
            Action::Cap { issuer, generation, metered, .. } => {
                self.caps.insert(issuer, (generation, metered));
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
            match_id: None,
        };
        self.plans.insert(b.handle, plan);
    }

    fn confirm(&mut self, name: Name, side: Side, match_id: Name, meter: u32) {
        let trade = self.trades.get_mut(&match_id).unwrap();
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
        self.happened.push(Happened::Binding(match_id));
    }

    /// The refund record of this volume of a plan.
    fn refund(&mut self, name: Name, plan: &Plan, volume: u64) {
        let worth = match plan.side {
            Side::Sell => Worth::Energy { wh: volume, kind: plan.kind, cycle: plan.cycle },
            Side::Buy => Worth::Money(volume * plan.price),
        };
        self.leaf(name, plan.owner, worth);
    }

    /// A record's value in its own unit; 0 for a dummy.
    pub fn value(&self, record: Option<Name>) -> u64 {
        match record.map(|r| self.records[&r].worth) {
            Some(Worth::Money(x) | Worth::Energy { wh: x, .. } | Worth::Rest { wh: x, .. }) => x,
            Some(Worth::Credential { .. }) | None => 0,
        }
    }
    /// The balance after one side of a delivered trade settles.
    pub fn settled(&self, match_id: Name, side: Side, purse: Option<Name>) -> u128 {
        let trade = &self.trades[&match_id];
        let (purse, moved) = (u128::from(self.value(purse)), trade.moved().unwrap());
        match side {
            Side::Sell => purse + moved,
            Side::Buy => purse + u128::from(trade.volume) * u128::from(self.plans[&trade.buy.plan].price) - moved,
        }
    }
}
