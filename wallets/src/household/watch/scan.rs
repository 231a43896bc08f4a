//! Scanning: one block at a time, all of it or nothing.

use super::super::keys::PlanSeed;
use super::super::plan::{DeliveryHalf, OwnPlan, OwnTrade, Stage};
use super::{CutOff, Error, Obligation, OwnRecord, Watch, ROOTS};
use crate::note::{self, Payload, PlanOpening};
use crate::opening::{open_delivery, open_match};
use crate::service_keys::follow;
use crate::trusted_keys::judge_change;
use protocol::compact::{CompactTransaction, Event};
use protocol::elgamal::Role;
use protocol::ids::Height;
use protocol::keys::TraceTag;
use protocol::light::VerifiedBlock;
use protocol::record::{nullifier, Commitment, Handle, MatchId, Nullifier};
use protocol::transaction::body::{
    Confirm, CycleStart, Deliver, Issue, IssueCredential, IssueMetered, Issued, ListPlan, Match, Note,
};
use protocol::transaction::obligation::{Ruled, Ruling};
use protocol::transaction::{Body, Kind};
use protocol::tree::Position;
use protocol::units::{Energy, Side};

/// The nullifiers that a transaction publishes.
pub(in crate::household) fn nullifiers(body: &Body) -> Vec<Nullifier> {
    match body {
        Body::SellPlan(b) | Body::BuyPlan(b) => vec![b.nullifier],
        Body::SettleSell(b) | Body::SettleBuy(b) => vec![b.nullifier],
        Body::Merge(b) => b.nullifiers.to_vec(),
        Body::Surplus(b) => vec![b.nullifier_metered, b.nullifier_balance],
        Body::Shortfall(b) => vec![b.nullifier],
        Body::Withdraw(b) => vec![b.nullifier],
        _ => vec![],
    }
}

/// The trace tag that it publishes.
fn tag(body: &Body) -> Option<TraceTag> {
    match body {
        Body::SellPlan(b) | Body::BuyPlan(b) => Some(b.tag),
        Body::Surplus(b) => Some(b.tag),
        Body::Shortfall(b) => Some(b.tag),
        Body::Withdraw(b) => Some(b.tag),
        _ => None,
    }
}

/// The record that it makes for its author, with the memo that opens it. A listing's change has
/// none of its own.
fn made(body: &Body) -> Option<(Commitment, &Note)> {
    match body {
        Body::ConfirmSell(b) | Body::ConfirmBuy(b) => Some((b.change, &b.memo)),
        Body::SettleSell(b) | Body::SettleBuy(b) => Some((b.balance, &b.memo)),
        Body::Release(b) => Some((b.refund, &b.memo)),
        Body::Void(b) => Some((b.refund, &b.memo)),
        Body::Merge(b) => Some((b.record, &b.memo)),
        Body::Surplus(b) => Some((b.balance, &b.memo)),
        Body::Shortfall(b) => Some((b.balance, &b.memo)),
        Body::Withdraw(b) => Some((b.balance, &b.memo)),
        _ => None,
    }
}

/// The plan that it is about, listings aside.
pub(in crate::household) fn about(body: &Body) -> Option<Handle> {
    match body {
        Body::ConfirmSell(b) | Body::ConfirmBuy(b) => Some(b.handle),
        Body::Refuse(b) => Some(b.handle),
        Body::Complain(b) => Some(b.handle),
        Body::SettleSell(b) | Body::SettleBuy(b) => Some(b.handle),
        Body::Release(b) => Some(b.handle),
        Body::Void(b) => Some(b.handle),
        _ => None,
    }
}

impl Watch {
    /// Takes the next block. Errors, with nothing changed: [`Error::OtherChain`],
    /// [`Error::OutOfOrder`], [`Error::Keys`], [`Error::RootMismatch`].
    pub fn scan(&mut self, block: &VerifiedBlock) -> Result<(), Error> {
        if block.chain() != self.parameters.chain() {
            return Err(Error::OtherChain);
        }
        // a chain begins at its genesis block or right after it
        let in_order = match self.last {
            None => block.height <= Height(1),
            Some((Height(last), time)) => block.height.0 == last + 1 && block.time >= time,
        };
        if !in_order {
            let expected = self.last.map_or(Height(0), |(Height(last), _)| Height(last + 1));
            return Err(Error::OutOfOrder { expected, found: block.height });
        }
        for transaction in &block.transactions {
            if let Body::ActivateKey(change) = &transaction.body {
                judge_change(self.parameters.genesis().network, change)?;
            }
        }
        let before = self.tree.clone();
        if !self.append(block) {
            self.tree = before;
            return Err(Error::RootMismatch);
        }
        block.events.iter().for_each(|e| self.event(e));
        block.transactions.iter().for_each(|t| self.transaction(block.height, t));
        if self.roots.len() == ROOTS {
            self.roots.pop_front();
        }
        self.roots.push_back((block.root, self.tree.len()));
        self.last = Some((block.height, block.time));
        Ok(())
    }

    /// Appends a block's leaves; says whether they stand where it says and lead to its root.
    fn append(&mut self, block: &VerifiedBlock) -> bool {
        let leaves = block.transactions.iter().flat_map(|t| &t.leaves);
        let placed = leaves.into_iter().all(|(position, leaf)| self.tree.append(leaf.0) == Ok(*position));
        placed && self.tree.root() == block.root
    }

    fn event(&mut self, event: &Event) {
        match *event {
            Event::Expired(handle) => self.dissolve(handle, Stage::Expired),
            Event::Lapsed(handle) => self.dissolve(handle, Stage::Lapsed),
            Event::Refused(handle) => self.dissolve(handle, Stage::Refused),
            Event::Relisted(handle) => self.dissolve(handle, Stage::Listed),
            Event::Binding(match_id) => self.in_stage(match_id, Stage::Binding),
            Event::Delivered(match_id) => self.in_stage(match_id, Stage::Delivered),
            Event::Void { match_id, .. } => self.in_stage(match_id, Stage::Void),
            Event::VerdictDiffers(_) | Event::LapseAlarm(_) => {}
            Event::Anchor { cycle, root, .. } => {
                // the cut-off's root is that of some block's end before it
                if let Some((root, leaves)) = self.roots.iter().rev().find(|(r, _)| *r == root).copied() {
                    self.cut_off = Some(CutOff { cycle, root, leaves });
                }
            }
        }
    }

    /// A plan leaves its match, if it is in one; the change that it confirmed with will not come.
    fn dissolve(&mut self, handle: Handle, stage: Stage) {
        if let Some(plan) = self.plans.get_mut(&handle) {
            plan.stage = stage;
            if let Some(change) = plan.trade.take().and_then(|t| t.change) {
                self.expected.remove(&change);
            }
        }
    }

    fn transaction(&mut self, height: Height, transaction: &CompactTransaction) {
        let body = &transaction.body;
        match body {
            Body::EpochStart(b) => self.epoch = Some(b.epoch),
            Body::CycleStart(b) => self.cycle_start(b),
            Body::ActivateKey(b) => self.keys.add(*b),
            Body::RegisterIssuer(_) | Body::RotateKey(_) => follow(&mut self.issuers, body),
            Body::Ruling(Ruling { obligation, ruled: Ruled::Struck, .. }) => {
                self.obligations.remove(obligation);
            }
            Body::Issue(b) if height >= self.birth => self.issue(b),
            Body::IssueMetered(b) if height >= self.birth => self.metered_issue(b),
            Body::IssueCredential(b) if height >= self.birth => self.credential_issue(b, &transaction.leaves),
            Body::SellPlan(b) => self.listing(b, Side::Sell),
            Body::BuyPlan(b) => self.listing(b, Side::Buy),
            Body::Match(b) => self.matched(b),
            Body::ConfirmSell(b) | Body::ConfirmBuy(b) => self.confirmed(b),
            Body::Deliver(b) => self.delivered(b),
            Body::SettleSell(b) | Body::SettleBuy(b) => self.ended(b.handle, Stage::Settled),
            Body::Release(b) => self.ended(b.handle, Stage::Released),
            Body::Void(b) => self.ended(b.handle, Stage::Voided),
            _ => {}
        }
        self.own_effects(body);
        for (position, leaf) in &transaction.leaves {
            self.leaf(*position, *leaf);
        }
        transaction.events.iter().for_each(|e| self.event(e));
    }

    fn cycle_start(&mut self, start: &CycleStart) {
        self.cycles.insert(start.cycle, *start);
    }

    /// An issuer's note, if it is for this household.
    fn issue(&mut self, issue: &Issue) {
        let (secret, chain) = (self.note_secret(), self.parameters.chain());
        let Some(payload) = note::open_record(&secret, chain, Kind::Issue, issue.commitment, self.address, &issue.note)
        else {
            return;
        };
        match (issue.issued, payload) {
            (Issued::Generation, Payload::Generation { .. }) | (Issued::Balance, Payload::Balance { .. }) => {
                self.expected.insert(issue.commitment, payload);
            }
            // the ledger says another kind than the opening: nothing can be done with it
            _ => {}
        }
    }

    /// A metering service's note about a metered record, if it is for this household. The ledger's
    /// proof has shown that the record has the sign and the cycle that the transaction says.
    fn metered_issue(&mut self, issue: &IssueMetered) {
        let (secret, chain, leaf) = (self.note_secret(), self.parameters.chain(), issue.commitment);
        let opened = note::open_record(&secret, chain, Kind::IssueMetered, leaf, self.address, &issue.note);
        let Some(payload @ Payload::Metered { sign, cycle, .. }) = opened else { return };
        if (sign, cycle) != (issue.sign, issue.cycle) {
            return;
        }
        if sign.is_owed() {
            self.obligations.insert(leaf, Obligation { payload, paid: false });
        } else {
            self.expected.insert(leaf, payload);
        }
    }

    fn credential_issue(&mut self, issue: &IssueCredential, leaves: &[(Position, Commitment)]) {
        let (secret, chain) = (self.note_secret(), self.parameters.chain());
        let leaf = issue.commitment;
        let opened = note::open_record(&secret, chain, Kind::IssueCredential, leaf, self.address, &issue.note);
        let position = leaves.iter().find(|(_, l)| *l == leaf).map(|(position, _)| *position);
        if let (Some(Payload::Credential(opening)), Some(position)) = (opened, position) {
            if opening.epoch == issue.epoch && opening.kappa == issue.deposit.kappa {
                self.credentials.insert(issue.epoch, (opening, position));
            }
        }
    }

    /// A plan of one's own, known by what it spends: its memo opens it.
    fn listing(&mut self, body: &ListPlan, side: Side) {
        let Some(position) = self.nullifiers.get(&body.nullifier) else { return };
        let spent = self.records[position].payload;
        let kind = match side {
            Side::Sell => Kind::SellPlan,
            Side::Buy => Kind::BuyPlan,
        };
        let memo = note::open(&self.note_secret(), self.parameters.chain(), kind, body.handle.0, &body.memo);
        let Some(Payload::Plan(opening)) = memo else { return };
        let seed = PlanSeed(opening.seed);
        let plan = opening.record(side, body.cycle, self.address, seed.blinding());
        if plan.handle() != body.handle {
            return;
        }
        if let Some(change) = change(&opening, &spent, seed.change_blinding()) {
            if change.leaf(self.address) == Some(body.change) {
                self.expected.insert(body.change, change);
            }
        }
        self.plans.insert(body.handle, OwnPlan { plan, seed, stage: Stage::Listed, trade: None });
    }

    fn matched(&mut self, body: &Match) {
        for (handle, side) in [(body.sell, Side::Sell), (body.buy, Side::Buy)] {
            if let Some(plan) = self.plans.get_mut(&handle) {
                let opening = open_match(&plan.seed.plan_key(&self.key.note_secret), body, side);
                let (id, c1) = (body.match_id, body.c1);
                plan.trade = Some(OwnTrade { id, c1, opening, change: None, deliveries: [None; 2] });
                plan.stage = Stage::Matched;
            }
        }
    }

    fn trade(&mut self, handle: Handle, match_id: MatchId) -> Option<&mut OwnPlan> {
        let plan = self.plans.get_mut(&handle)?;
        plan.trade.as_ref().is_some_and(|t| t.id == match_id).then_some(plan)
    }

    fn confirmed(&mut self, body: &Confirm) {
        if let Some(plan) = self.trade(body.handle, body.match_id) {
            plan.stage = Stage::Confirmed;
            if let Some(trade) = &mut plan.trade {
                trade.change = Some(body.change);
            }
        }
    }

    fn delivered(&mut self, body: &Deliver) {
        for plan in self.plans.values_mut() {
            let Some(trade) = plan.trade.as_mut().filter(|t| t.id == body.match_id) else { continue };
            let key = plan.seed.plan_key(&self.key.note_secret);
            let opening = open_delivery(&key, Role::in_delivery(plan.plan.side), body);
            trade.deliveries[body.side as usize] = Some(DeliveryHalf { id: body.delivery, opening });
        }
    }

    fn ended(&mut self, handle: Handle, stage: Stage) {
        if let Some(plan) = self.plans.get_mut(&handle) {
            plan.stage = stage;
        }
    }

    /// What a transaction of one's own spends, pays, uses up and makes.
    fn own_effects(&mut self, body: &Body) {
        let mut own = about(body).is_some_and(|handle| self.plans.contains_key(&handle));
        for spent in nullifiers(body) {
            if let Some(position) = self.nullifiers.get(&spent) {
                own = true;
                if let Some(record) = self.records.get_mut(position) {
                    record.spent = true;
                }
            }
        }
        if let Body::Shortfall(b) = body {
            if let Some(obligation) = self.obligations.get_mut(&b.obligation) {
                own = true;
                obligation.paid = true;
            }
        }
        if !own {
            return;
        }
        self.tags.extend(tag(body));
        if let Some((leaf, memo)) = made(body) {
            let (secret, chain) = (self.note_secret(), self.parameters.chain());
            if let Some(payload) = note::open_record(&secret, chain, body.kind(), leaf, self.address, memo) {
                self.expected.insert(leaf, payload);
            }
        }
    }

    /// A leaf, if its opening is known, becomes a record.
    fn leaf(&mut self, position: Position, commitment: Commitment) {
        if let Some(payload) = self.expected.remove(&commitment) {
            let nullifier = nullifier(self.key.nullifier_key.expose(), commitment, position);
            self.nullifiers.insert(nullifier, position);
            self.records.insert(position, OwnRecord { payload, commitment, position, nullifier, spent: false });
        }
    }
}

/// What is left of the record that a listing spends.
fn change(plan: &PlanOpening, spent: &Payload, blinding: protocol::Fr) -> Option<Payload> {
    match *spent {
        Payload::Generation { volume, energy_type, cycle, meter, .. } => {
            let volume: Energy = volume.minus(plan.volume).ok()?;
            Some(Payload::Generation { volume, energy_type, cycle, meter, blinding })
        }
        Payload::Balance { amount, .. } => {
            let amount = amount.minus(plan.volume.at(plan.price)).ok()?;
            Some(Payload::Balance { amount, blinding })
        }
        _ => None,
    }
}
