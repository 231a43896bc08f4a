//! The ledger as an audit reads it: the entries with a trace tag, the ciphertexts that can be
//! opened, and the transactions that hold them. It needs no key.

use super::Error;
use protocol::compact::Event;
use protocol::elgamal::Point;
use protocol::ids::{Height, TransactionId};
use protocol::keys::{TraceCommitment, TraceKey, TraceKind, TraceTag};
use protocol::light::VerifiedBlock;
use protocol::record::metered::Sign;
use protocol::record::{Commitment, Handle, MatchId, Nullifier};
use protocol::transaction::body::{CycleStart, Issue, IssueMetered, ListPlan, Match, Purpose};
use protocol::transaction::obligation::Ruled;
use protocol::transaction::Body;
use protocol::units::{Cycle, Epoch, Side};
use protocol::Fr;
use std::collections::{BTreeMap, BTreeSet};

/// A listed plan.
#[derive(Clone, Copy)]
pub(super) struct Listed {
    pub body: ListPlan,
    pub side: Side,
    pub id: TransactionId,
    /// How the plan ended, if it ended without a trade.
    pub end: Option<&'static str>,
}

/// A payment with a trace tag: of a metered record, by the grid or by the household, or a
/// withdrawal.
#[derive(Clone, Copy)]
pub(super) struct Payment {
    pub id: TransactionId,
    /// The epoch in which it was made.
    pub made: Epoch,
    /// The cycle and the sign of the metered record that is paid; None for a withdrawal.
    pub metered: Option<(Cycle, Sign)>,
}

/// The progress of a match.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Stage {
    Matched,
    Dissolved,
    Binding,
    Delivered,
    Void,
}

/// A match.
#[derive(Clone, Copy)]
pub(super) struct Matched {
    pub body: Match,
    pub id: TransactionId,
    pub stage: Stage,
    /// The transactions with the seller's half of the delivery and with the buyer's.
    pub deliveries: [Option<TransactionId>; 2],
}

/// The parts of the ledger that audits need.
#[derive(Default)]
pub struct Trail {
    pub(super) cycles: BTreeMap<Cycle, (CycleStart, Height)>,
    pub(super) plans: BTreeMap<Handle, Listed>,
    plan_tags: BTreeMap<TraceTag, Vec<Handle>>,
    pub(super) payments: BTreeMap<Nullifier, Payment>,
    payment_tags: BTreeMap<TraceTag, Vec<Nullifier>>,
    /// The tags that payments may have: the epoch in which they were made, that of the credential
    /// shown, and the cycle of the metered record; None for a withdrawal.
    periods: BTreeSet<(Epoch, Epoch, Option<Cycle>)>,
    pub(super) matches: BTreeMap<MatchId, Matched>,
    pub(super) matches_of: BTreeMap<Handle, Vec<MatchId>>,
    /// Settled plans, and whether each settled within tolerance.
    pub(super) settled: BTreeMap<Handle, bool>,
    /// The current epoch.
    epoch: Option<Epoch>,
    /// G and B, each with its block and the epoch in which it was issued.
    pub(super) issues: BTreeMap<Commitment, (Issue, Height, Option<Epoch>)>,
    /// S, each with the epoch in which it was issued.
    pub(super) metered: BTreeMap<Commitment, (IssueMetered, Option<Epoch>)>,
    /// Paid obligations, each with its payment.
    pub(super) paid: BTreeMap<Commitment, Nullifier>,
    rulings: BTreeMap<Commitment, Ruled>,
    /// The plans that lapsed or refused their match, each with the epoch in which it did.
    lapses: BTreeMap<Handle, Epoch>,
    /// The epochs in which more did than their alarm allows.
    pub(super) alarms: BTreeSet<Epoch>,
    /// The trace keys that credentials name, each with the transaction that holds it.
    pub(super) deposits: BTreeMap<TraceCommitment, TransactionId>,
}

/// A household's entries on the ledger.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Found {
    /// Its plans.
    pub plans: Vec<Handle>,
    /// Its payments, by their first nullifiers.
    pub payments: Vec<Nullifier>,
    /// The matches that its plans were in.
    pub matches: Vec<MatchId>,
    /// How many tags were computed and looked for.
    pub looked_for: u64,
}

/// The ciphertext of a transaction that an audit can open: the purpose of the Open that it needs,
/// the subject that the Open names, and c1.
pub(super) fn auditable(body: &Body) -> Option<(Purpose, Fr, Point)> {
    match body {
        Body::SellPlan(b) | Body::BuyPlan(b) => Some((Purpose::Audit, b.handle.0, b.c1)),
        Body::IssueCredential(b) => Some((Purpose::Trace, b.deposit.kappa.0, b.deposit.c1)),
        Body::Surplus(b) => Some((Purpose::Payment, b.nullifier_metered.0, b.c1)),
        Body::Shortfall(b) => Some((Purpose::Payment, b.nullifier.0, b.c1)),
        Body::Withdraw(b) => Some((Purpose::Payment, b.nullifier.0, b.c1)),
        Body::Match(b) => Some((Purpose::Trade, b.match_id.0, b.c1)),
        Body::Deliver(b) => Some((Purpose::Trade, b.match_id.0, b.c1)),
        Body::IssueMetered(b) => Some((Purpose::Obligation, b.commitment.0, b.c1)),
        _ => None,
    }
}

impl Trail {
    /// Follows the ledger.
    pub fn scan(&mut self, block: &VerifiedBlock) {
        block.events.iter().for_each(|event| self.event(event));
        for transaction in &block.transactions {
            let id = transaction.id;
            match &transaction.body {
                Body::EpochStart(e) => self.epoch = Some(e.epoch),
                Body::CycleStart(c) => {
                    self.cycles.insert(c.cycle, (*c, block.height));
                }
                Body::SellPlan(p) => self.list(p, Side::Sell, id),
                Body::BuyPlan(p) => self.list(p, Side::Buy, id),
                Body::IssueCredential(c) => {
                    self.deposits.insert(c.deposit.kappa, id);
                }
                Body::Issue(i) => {
                    self.issues.insert(i.commitment, (*i, block.height, self.epoch));
                }
                Body::IssueMetered(i) => {
                    self.metered.insert(i.commitment, (*i, self.epoch));
                }
                Body::Match(body) => {
                    let matched = Matched { body: *body, id, stage: Stage::Matched, deliveries: [None; 2] };
                    self.matches.insert(body.match_id, matched);
                    for handle in [body.sell, body.buy] {
                        self.matches_of.entry(handle).or_default().push(body.match_id);
                    }
                }
                Body::Deliver(d) => {
                    if let Some(matched) = self.matches.get_mut(&d.match_id) {
                        matched.deliveries[d.side as usize] = Some(id);
                    }
                }
                Body::SettleSell(s) | Body::SettleBuy(s) => {
                    self.settled.insert(s.handle, s.within);
                }
                Body::Release(r) => self.end(r.handle, "released"),
                Body::Surplus(s) => self.pay(id, s.epoch, Some((s.cycle, s.sign)), s.nullifier_metered, s.tag),
                Body::Shortfall(s) => {
                    let Some(metered) = self.obligation_of(&s.obligation) else { continue };
                    self.paid.insert(s.obligation, s.nullifier);
                    self.pay(id, s.epoch, Some(metered), s.nullifier, s.tag);
                }
                Body::Ruling(r) => {
                    self.rulings.insert(r.obligation, r.ruled);
                }
                Body::Withdraw(w) => self.pay(id, w.epoch, None, w.nullifier, w.tag),
                _ => {}
            }
            transaction.events.iter().for_each(|event| self.event(event));
        }
    }

    fn list(&mut self, body: &ListPlan, side: Side, id: TransactionId) {
        self.plans.insert(body.handle, Listed { body: *body, side, id, end: None });
        self.plan_tags.entry(body.tag).or_default().push(body.handle);
    }
    /// Notes a payment. None is accepted before the first epoch.
    fn pay(
        &mut self,
        id: TransactionId,
        shown: Epoch,
        metered: Option<(Cycle, Sign)>,
        nullifier: Nullifier,
        tag: TraceTag,
    ) {
        let made = self.epoch.unwrap_or(shown);
        self.payments.insert(nullifier, Payment { id, made, metered });
        self.payment_tags.entry(tag).or_default().push(nullifier);
        self.periods.insert((made, shown, metered.map(|(cycle, _)| cycle)));
    }
    fn end(&mut self, handle: Handle, how: &'static str) {
        if let Some(plan) = self.plans.get_mut(&handle) {
            plan.end = Some(how);
        }
    }
    /// The plan's last match never became binding.
    fn dissolve(&mut self, handle: Handle) {
        let last = self.matches_of.get(&handle).and_then(|all| all.last());
        if let Some(matched) = last.and_then(|id| self.matches.get_mut(id)).filter(|m| m.stage == Stage::Matched) {
            matched.stage = Stage::Dissolved;
        }
    }
    fn event(&mut self, event: &Event) {
        let mut stage = |id: &MatchId, stage| {
            if let Some(matched) = self.matches.get_mut(id) {
                matched.stage = stage;
            }
        };
        match event {
            Event::Binding(id) => stage(id, Stage::Binding),
            Event::Delivered(id) => stage(id, Stage::Delivered),
            Event::Void { match_id, .. } => stage(match_id, Stage::Void),
            Event::Relisted(handle) => self.dissolve(*handle),
            Event::Expired(handle) | Event::Lapsed(handle) | Event::Refused(handle) => {
                self.dissolve(*handle);
                let how = match event {
                    Event::Expired(_) => "expired",
                    Event::Lapsed(_) => "lapsed",
                    _ => "refused its match",
                };
                self.end(*handle, how);
                if let Some(epoch) = self.epoch.filter(|_| !matches!(event, Event::Expired(_))) {
                    self.lapses.insert(*handle, epoch);
                }
            }
            Event::LapseAlarm(epoch) => {
                self.alarms.insert(*epoch);
            }
            Event::Anchor { .. } | Event::VerdictDiffers(_) => {}
        }
    }
    /// The cycle and the sign of a metered record. None for a record of another kind.
    pub(super) fn obligation_of(&self, obligation: &Commitment) -> Option<(Cycle, Sign)> {
        self.metered.get(obligation).map(|(issue, _)| (issue.cycle, issue.sign))
    }

    /// The cycles of the ledger from one to another, both included, and the epochs from the first to
    /// the last that they belong to, those without a cycle of their own too.
    pub fn range(&self, from: Cycle, to: Cycle) -> (Vec<Cycle>, BTreeSet<Epoch>) {
        let inside = self.cycles.range(from..=to.max(from));
        let epochs = inside.clone().map(|(_, (start, _))| start.epoch.get());
        let all = epochs.clone().min().zip(epochs.max()).map(|(first, last)| first..=last);
        let all = all.into_iter().flatten().filter_map(|epoch| Epoch::new(epoch).ok());
        (inside.map(|(cycle, _)| *cycle).collect(), all.collect())
    }
    /// Whether a payment was made in one of these epochs.
    fn was_made(&self, payment: &Nullifier, epochs: &BTreeSet<Epoch>) -> bool {
        self.payments.get(payment).is_some_and(|payment| epochs.contains(&payment.made))
    }
    /// The epochs whose credentials the payments made in these epochs show.
    pub(super) fn shown(&self, epochs: &BTreeSet<Epoch>) -> BTreeSet<Epoch> {
        self.periods.iter().filter(|(made, ..)| epochs.contains(made)).map(|(_, shown, _)| *shown).collect()
    }
    /// The number of tagged ciphertexts on the ledger, of all households: plans of these epochs, and
    /// payments made in them.
    pub fn tagged(&self, epochs: &BTreeSet<Epoch>) -> u64 {
        let plans = self.plans.values().filter(|p| epochs.contains(&p.body.epoch)).count();
        let payments = self.payments.values().filter(|p| epochs.contains(&p.made)).count();
        (plans + payments) as u64
    }
    /// The transaction that listed a plan, the plan's cycle and its side. Error:
    /// [`Error::UnknownPlan`].
    pub fn plan(&self, handle: Handle) -> Result<(TransactionId, Cycle, Side), Error> {
        self.plans.get(&handle).map(|p| (p.id, p.body.cycle, p.side)).ok_or(Error::UnknownPlan)
    }
    /// All plans of the ledger: cycle, side, handle.
    pub fn plans(&self) -> impl Iterator<Item = (Cycle, Side, Handle)> + '_ {
        self.plans.iter().map(|(handle, p)| (p.body.cycle, p.side, *handle))
    }
    /// Obligations that are owed: nobody has paid them, and they are not struck.
    pub fn unpaid(&self) -> impl Iterator<Item = Commitment> + '_ {
        let owed = self.metered.iter().filter(|(_, (issue, _))| issue.sign.is_owed());
        owed.map(|(commitment, _)| *commitment).filter(|c| self.owes(c))
    }
    /// Whether an obligation is neither paid nor struck.
    pub(super) fn owes(&self, owed: &Commitment) -> bool {
        !self.paid.contains_key(owed) && self.ruling(owed) != Some(Ruled::Struck)
    }
    /// The ruling about an obligation; None until there is one.
    pub fn ruling(&self, owed: &Commitment) -> Option<Ruled> {
        self.rulings.get(owed).copied()
    }
    /// The plans that lapsed or refused their match in an epoch, by handle.
    pub fn lapsed(&self, epoch: Epoch) -> impl Iterator<Item = Handle> + '_ {
        self.lapses.iter().filter(move |(_, of)| **of == epoch).map(|(handle, _)| *handle)
    }
    /// The epoch in which a plan lapsed or refused its match; None if it did neither.
    pub(super) fn lapsed_in(&self, handle: &Handle) -> Option<Epoch> {
        self.lapses.get(handle).copied()
    }

    /// Finds a household's plans and payments by its trace keys: tags of every kind and every
    /// number, for plans of these cycles and payments made in these epochs. Nothing is decrypted.
    pub fn find(&self, keys: &BTreeMap<Epoch, TraceKey>, cycles: &[Cycle], epochs: &BTreeSet<Epoch>) -> Found {
        let mut found = Found::default();
        let mut periods: BTreeSet<_> =
            self.periods.iter().filter(|(made, ..)| epochs.contains(made)).copied().collect();
        periods.extend(epochs.iter().map(|epoch| (*epoch, *epoch, None)));
        for cycle in cycles {
            let Some((start, _)) = self.cycles.get(cycle) else { continue };
            periods.insert((start.epoch, start.epoch, Some(*cycle)));
            let Some(key) = keys.get(&start.epoch) else { continue };
            for kind in [TraceKind::Sell, TraceKind::Buy] {
                for n in kind.counters() {
                    found.looked_for += 1;
                    found.plans.extend(self.plan_tags.get(&key.tag(kind, *cycle, n)).into_iter().flatten());
                }
            }
        }
        // A tag of a metered record's payment does not say in which epoch it was made, so two periods may
        // have the same.
        let mut looked_for = BTreeSet::new();
        for (made, shown, cycle) in periods {
            let Some(key) = keys.get(&shown) else { continue };
            let tags: Vec<TraceTag> = match cycle {
                Some(cycle) => [TraceKind::Surplus, TraceKind::Shortfall]
                    .into_iter()
                    .flat_map(|kind| kind.counters().map(move |n| key.tag(kind, cycle, n)))
                    .collect(),
                None => TraceKind::Withdraw.counters().map(|n| key.withdrawal_tag(made, n)).collect(),
            };
            for tag in tags.into_iter().filter(|tag| looked_for.insert(*tag)) {
                found.looked_for += 1;
                let tagged = self.payment_tags.get(&tag).into_iter().flatten();
                found.payments.extend(tagged.filter(|paid| self.was_made(paid, epochs)));
            }
        }
        for handle in &found.plans {
            found.matches.extend(self.matches_of.get(handle).into_iter().flatten());
        }
        found
    }
}
