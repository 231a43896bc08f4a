//! From random numbers to transactions: a step is a wish, what comes of it depends on where the market is. Most steps
//! are moves that somebody may make now; a twist makes the others wrong in one way or another.
//!
//! A new kind of transaction needs: an action, its rule and its effect in `rules`, its maker in `forge`, and here a wish
//! with the moves that are open to it.

use crate::action::*;
use crate::forge::{issuer_key, HOUSEHOLDS};
use crate::model::*;
use crate::provable::meter_of;
use ledger::stage::{Lock, PlanStage};
use protocol::record::metered::Sign;
use protocol::transaction::body::{IssuerRole, Purpose};
use protocol::transaction::{Authority, Kind};
use protocol::units::Side;

/// A wish and the numbers that decide between its moves.
#[derive(Clone, Copy, Debug)]
pub struct Step {
    pub wish: Wish,
    pub a: u16,
    pub b: u16,
    pub c: u16,
    pub twist: Twist,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Wish {
    Energy,
    Money,
    Rest,
    Deposit,
    Credential,
    ListSell,
    ListBuy,
    Scores,
    Open,
    Match,
    Confirm,
    Refuse,
    Complain,
    Deliver,
    Settle,
    Release,
    Void,
    Merge,
    Surplus,
    Shortfall,
    EpochStart,
    CycleStart,
    Register,
}

impl Wish {
    /// All, with how often each is wished.
    pub const ALL: [(u32, Wish); 23] = [
        (5, Wish::Energy),
        (3, Wish::Money),
        (3, Wish::Rest),
        (2, Wish::Deposit),
        (2, Wish::Credential),
        (9, Wish::ListSell),
        (9, Wish::ListBuy),
        (1, Wish::Scores),
        (2, Wish::Open),
        (14, Wish::Match),
        (18, Wish::Confirm),
        (2, Wish::Refuse),
        (2, Wish::Complain),
        (12, Wish::Deliver),
        (8, Wish::Settle),
        (4, Wish::Release),
        (3, Wish::Void),
        (3, Wish::Merge),
        (3, Wish::Surplus),
        (3, Wish::Shortfall),
        (1, Wish::EpochStart),
        (2, Wish::CycleStart),
        (1, Wish::Register),
    ];
    /// What is done instead when no move is open: whatever brings it nearer.
    fn instead(self) -> Wish {
        match self {
            Wish::Settle | Wish::Void => Wish::Deliver,
            Wish::Deliver => Wish::Confirm,
            Wish::Confirm | Wish::Refuse | Wish::Complain => Wish::Match,
            Wish::Match | Wish::Scores | Wish::Open | Wish::Release => Wish::ListBuy,
            Wish::ListBuy => Wish::ListSell,
            Wish::ListSell | Wish::Merge => Wish::Energy,
            Wish::Surplus | Wish::Shortfall => Wish::Rest,
            Wish::Energy | Wish::Rest => Wish::CycleStart,
            Wish::Credential => Wish::Deposit,
            _ => Wish::Money,
        }
    }
}

/// In which way a step goes wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Twist {
    None,
    Flawed(Flaw),
    /// It is too late already.
    Expired,
    /// Another nonce than the next.
    Nonce,
    /// An anchor that may be too old.
    OldAnchor,
    /// Another plan, trade, record, cycle, epoch, issuer or round than is right.
    Other,
    /// The very bytes of an earlier transaction.
    Resend,
    /// What an earlier transaction said, made anew.
    Again,
    /// A record that was just spent, maybe in this very block, or a lock that was used.
    Double,
    /// Terms outside a plan, a volume that is not covered, a wrong service.
    Greedy,
}

/// What a step asks for: something new, or bytes that were sent before.
pub enum Choice {
    New { action: Action, flaw: Flaw, expiry: u64 },
    Old(Name),
}

fn pick<T: Copy>(from: &[T], n: u16) -> Option<T> {
    (!from.is_empty()).then(|| from[usize::from(n) % from.len()])
}

/// Chooses for a model, when so many transactions have been made before.
pub struct Chooser<'a> {
    pub model: &'a Model,
    pub sent: &'a [Tx],
}

impl Chooser<'_> {
    pub fn choose(&self, step: Step) -> Choice {
        let name = self.sent.len();
        let expiry = self.model.height + if step.c.is_multiple_of(5) { u64::from(step.c % 3) } else { 1000 };
        if step.twist == Twist::Resend && name > 0 {
            return Choice::Old(self.recent(step.a));
        }
        let mut action = match step.twist {
            Twist::Again if name > 0 => self.again(step),
            Twist::Double => self.double(step).unwrap_or_else(|| self.open_move(step)),
            _ => self.open_move(step),
        };
        let (mut flaw, mut expiry) = (Flaw::None, expiry);
        match step.twist {
            Twist::Flawed(f) => flaw = fitting(f, action.kind()),
            Twist::Expired => expiry = self.model.height - 1,
            Twist::Nonce => {
                if let Some(nonce) = action.nonce_mut() {
                    *nonce = [*nonce - 1, *nonce + 1, 0, u64::MAX][usize::from(step.b) % 4];
                }
            }
            Twist::OldAnchor => {
                if let Some(anchor) = action.anchor_mut() {
                    *anchor = anchor.saturating_sub(u64::from(step.b % 12));
                }
            }
            Twist::Other => self.other(&mut action, step),
            Twist::Greedy => self.greedy(&mut action, step),
            Twist::None | Twist::Resend | Twist::Again | Twist::Double => {}
        }
        Choice::New { action, flaw, expiry }
    }

    /// An earlier transaction, mostly of late.
    fn recent(&self, n: u16) -> Name {
        let back = if n.is_multiple_of(3) { usize::from(n) } else { usize::from(n) % 12 };
        self.sent.len() - 1 - back % self.sent.len()
    }

    fn again(&self, step: Step) -> Action {
        let name = self.sent.len();
        let mut action = self.sent[self.recent(step.a)].action;
        if step.b.is_multiple_of(2) {
            let next = self.next_nonce(&action);
            if let Some(nonce) = action.nonce_mut() {
                *nonce = next;
            }
        }
        if let Some(anchor) = action.anchor_mut().filter(|_| !step.b.is_multiple_of(3)) {
            *anchor = self.model.leaves_before();
        }
        match &mut action {
            // What it refers to must be its own, unless the earlier one counts.
            Action::Issue { leaf, .. } if !self.model.obligations.contains_key(leaf) => *leaf = name,
            Action::List(b) if !self.model.plans.contains_key(&b.handle) => b.handle = name,
            // The same plan on another record.
            Action::List(b) if step.b % 4 < 2 => {
                let records = self.money_or_energy(b.side, b.cycle, Some(b.owner));
                b.record = pick(&records, step.c).unwrap_or(b.record);
            }
            // The same match record, or one that says the same.
            Action::Match(b) if step.b.is_multiple_of(3) => b.matching = name,
            Action::Deliver { delivery, .. } if step.b.is_multiple_of(3) => *delivery = name,
            _ => {}
        }
        action
    }

    /// Spends again what one of the last transactions spent.
    fn double(&self, Step { a, b, c, .. }: Step) -> Option<Action> {
        let (m, anchor) = (self.model, self.model.leaves_before());
        if c.is_multiple_of(2) {
            let (matching, side, plan) = self.halves(b, |t, s| t.half(s).lock != Lock::Held)?;
            return Some(match m.trades[&matching].half(side).lock {
                Lock::Returned => Action::Void { matching, plan },
                _ => Action::Settle { side, matching, plan, anchor, purse: self.purse(m.plans[&plan].owner, a) },
            });
        }
        let last = self.sent.iter().rev().take(5).flat_map(|t| t.action.spends(t.name));
        let spent: Vec<Name> = last
            .filter_map(|s| match s {
                Spent::Record(name) if m.is_spent(name) => Some(name),
                _ => None,
            })
            .collect();
        let record = pick(&spent, a)?;
        let owner = m.records[&record].owner;
        let side = match m.records[&record].worth {
            Worth::Money(_) => Side::Buy,
            Worth::Energy { .. } => Side::Sell,
            _ => return None,
        };
        if let (0, Some(credential), Some(l)) = (b % 2, self.credential(owner), self.listing(side, a, b, c)) {
            return Some(Action::List(Listing { record, owner, credential, ..l }));
        }
        Some(Action::Merge { owner, anchor, money: side == Side::Buy, records: [Some(record), None] })
    }

    fn next_nonce(&self, action: &Action) -> u64 {
        match (action.kind().authority(), action) {
            (Authority::Matcher, _) => self.model.matcher_nonce + 1,
            (_, Action::Issue { issuer, .. } | Action::Deliver { issuer, .. }) => self.issuer_nonce(*issuer),
            _ => self.model.regulator_nonce + 1,
        }
    }
    fn issuer_nonce(&self, issuer: u32) -> u64 {
        self.model.issuer_nonces.get(&issuer).copied().unwrap_or(0) + 1
    }

    /// Unspent records that a side can back a plan of a cycle with.
    fn money_or_energy(&self, side: Side, cycle: u32, owner: Option<Who>) -> Vec<Name> {
        let m = self.model;
        let fits = |r: &Record| match r.worth {
            Worth::Money(amount) => side == Side::Buy && amount > 0,
            Worth::Energy { wh, cycle: c, .. } => side == Side::Sell && wh > 0 && c == cycle,
            _ => false,
        };
        let mine = |r: &Record| owner.is_none_or(|o| o == r.owner) && r.position < m.leaves_before();
        m.records.iter().filter(|(n, r)| fits(r) && mine(r) && !m.is_spent(**n)).map(|(n, _)| *n).collect()
    }
    fn credential(&self, who: Who) -> Option<Name> {
        let m = self.model;
        let epoch = m.epoch?;
        let fits =
            |r: &Record| r.owner == who && r.worth == Worth::Credential { epoch } && r.position < m.leaves_before();
        m.records.iter().find(|(_, r)| fits(r)).map(|(n, _)| *n)
    }
    /// A purse for somebody who may do without.
    fn purse(&self, owner: Who, n: u16) -> Option<Name> {
        pick(&self.money_or_energy(Side::Buy, 0, Some(owner)), n).filter(|_| !n.is_multiple_of(3))
    }
    fn open_cycle(&self) -> Option<u32> {
        self.model.cycles.keys().rev().copied().find(|c| self.model.is_open(*c))
    }

    fn open_move(&self, step: Step) -> Action {
        let mut wish = step.wish;
        loop {
            if let Some(action) = self.move_for(wish, step) {
                return action;
            }
            wish = wish.instead();
        }
    }

    fn move_for(&self, wish: Wish, Step { a, b, c, .. }: Step) -> Option<Action> {
        let (m, name) = (self.model, self.sent.len());
        let (who, nonce) = (usize::from(a) % HOUSEHOLDS, m.regulator_nonce + 1);
        let anchor = m.leaves_before();
        match wish {
            Wish::Energy => {
                let cycle = self.open_cycle().or_else(|| m.cycles.keys().last().map(|c| c + u32::from(b % 2)))?;
                let wh = if c.is_multiple_of(97) { (1 << 32) - 1 } else { u64::from(b % 5000) + u64::from(c % 2) };
                let (issuer, kind) = (meter_of(who), (c % 5) as u8);
                let worth = Worth::Energy { wh, kind, cycle };
                (!c.is_multiple_of(4) || self.money_or_energy(Side::Sell, cycle, None).len() < 6).then_some(
                    Action::Issue { issuer, nonce: self.issuer_nonce(issuer), owner: who, worth, leaf: name },
                )
            }
            Wish::Money => {
                let amount = match c % 50 {
                    0 => u64::MAX - u64::from(b),
                    1 => 0,
                    _ => u64::from(b) * 100_000,
                };
                let worth = Worth::Money(amount);
                Some(Action::Issue { issuer: 2, nonce: self.issuer_nonce(2), owner: who, worth, leaf: name })
            }
            Wish::Rest => {
                let over: Vec<u32> = m.cycles.keys().copied().filter(|c| m.is_closed(*c)).collect();
                let (cycle, issuer) = (pick(&over, c)?, meter_of(who));
                let sign = if b.is_multiple_of(2) { Sign::Surplus } else { Sign::Shortfall };
                let worth = Worth::Rest { sign, wh: u64::from(b % 3000), cycle };
                Some(Action::Issue { issuer, nonce: self.issuer_nonce(issuer), owner: who, worth, leaf: name })
            }
            Wish::Deposit => {
                let epoch = m.epoch.unwrap_or(0) + u32::from(b % 2);
                (!m.trace_keys.contains_key(&(who, epoch))).then_some(Action::Deposit { owner: who, epoch })
            }
            Wish::Credential => {
                let waiting = m.trace_keys.iter().filter(|((_, e), named)| !**named && m.epoch <= Some(*e));
                let (owner, epoch) = pick(&waiting.map(|(k, _)| *k).collect::<Vec<_>>(), b)?;
                Some(Action::Credential { nonce, owner, epoch })
            }
            Wish::ListSell | Wish::ListBuy => {
                let side = if wish == Wish::ListSell { Side::Sell } else { Side::Buy };
                self.listing(side, a, b, c).map(Action::List)
            }
            Wish::Scores | Wish::Open | Wish::Match => self.in_round(wish, a, b, c),
            Wish::Confirm | Wish::Refuse | Wish::Complain => {
                let waits = |t: &Trade, s| !t.off && t.half(s).confirmed.is_none();
                let (matching, side, plan) = self.halves(a, waits)?;
                let meter = meter_of(m.plans[&plan].owner);
                match wish {
                    Wish::Confirm => Some(Action::Confirm { side, matching, plan, meter }),
                    Wish::Refuse => Some(Action::Refuse { matching, plan }),
                    _ => (!m.plans[&plan].complained).then_some(Action::Complain { matching, plan }),
                }
            }
            Wish::Deliver => {
                let waits = |t: &Trade, s| t.is_bound() && !t.void && t.half(s).delivered.is_none();
                let (matching, side, _) = self.halves(a, waits)?;
                let trade = &m.trades[&matching];
                let (_, issuer) = trade.half(side).confirmed?;
                let full = trade.volume;
                let amount = match b % 8 {
                    0 => 0,
                    1 => full / 2,
                    2 => full * 3 / 2,
                    // About the edge of the tolerance.
                    3 | 4 => full * 95 / 100 + u64::from(b / 8 % 3),
                    _ => full,
                };
                let nonce = self.issuer_nonce(issuer);
                Some(Action::Deliver {
                    issuer,
                    nonce,
                    matching,
                    side,
                    amount: amount.min((1 << 32) - 1),
                    delivery: name,
                })
            }
            Wish::Settle => {
                let waits = |t: &Trade, s| t.is_bound() && t.is_delivered() && t.half(s).lock == Lock::Held;
                let (matching, side, plan) = self.halves(a, waits)?;
                let purse = self.purse(m.plans[&plan].owner, b);
                Some(Action::Settle { side, matching, plan, anchor, purse })
            }
            Wish::Void => {
                let waits = |t: &Trade, s| t.void && t.half(s).lock == Lock::Held;
                let (matching, _, plan) = self.halves(a, waits)?;
                Some(Action::Void { matching, plan })
            }
            Wish::Release => {
                let free = |p: &Plan| ![PlanStage::InTrade, PlanStage::Released].contains(&p.stage);
                let rare = |p: &Plan| p.stage != PlanStage::Listed || c.is_multiple_of(4);
                let plans: Vec<Name> = m.plans.iter().filter(|(_, p)| free(p) && rare(p)).map(|(n, _)| *n).collect();
                Some(Action::Release { plan: pick(&plans, b)? })
            }
            Wish::Merge => {
                let money = b.is_multiple_of(2);
                let cycle = self.open_cycle().unwrap_or(1);
                let records = self.money_or_energy(if money { Side::Buy } else { Side::Sell }, cycle, Some(who));
                let one = pick(&records, c)?;
                let alike = |n: &Name| match (m.records[n].worth, m.records[&one].worth) {
                    (Worth::Energy { kind: k, .. }, Worth::Energy { kind: l, .. }) => *n != one && k == l,
                    _ => *n != one,
                };
                let others: Vec<Name> = records.into_iter().filter(alike).collect();
                Some(Action::Merge { owner: who, anchor, money, records: [Some(one), pick(&others, a)] })
            }
            Wish::Surplus | Wish::Shortfall => self.grid(wish == Wish::Surplus, a, b, c),
            Wish::EpochStart => Some(Action::EpochStart { nonce, epoch: m.epoch.map_or(1, |e| e + 1) }),
            Wish::CycleStart => {
                let cycle = m.cycles.keys().last().map_or(1, |c| c + 1 + u32::from(a % 2));
                let (round, confirm) = ([10, 10, 6, 2][usize::from(b % 4)], [4, 9, 3, 1][usize::from(b % 4)]);
                let opens = m.time + u64::from(a % 3) - u64::from(a % 2);
                let closes = opens + u64::from(round) * (2 + u64::from(c % 3)) + u64::from(b % 7);
                let due = closes + u64::from(confirm) + u64::from(a % 20);
                let (epoch, terms) = (m.epoch?, usize::from(c) % TERMS.len());
                let times = Times { opens, round, confirm, closes, due };
                Some(Action::CycleStart { nonce, cycle, epoch, terms, times })
            }
            Wish::Register => {
                let issuer = 3 + m.issuers.len() as u32;
                let role = if a.is_multiple_of(2) { IssuerRole::MeteringService } else { IssuerRole::Desk };
                (issuer < 9).then_some(Action::Register { nonce, issuer, role, key: issuer_key(issuer) })
            }
        }
    }

    /// A side of a trade for which something holds: the trade, the side, its plan.
    fn halves(&self, n: u16, holds: impl Fn(&Trade, Side) -> bool) -> Option<(Name, Side, Name)> {
        let both = self.model.trades.iter().flat_map(|(name, t)| [(name, t, Side::Sell), (name, t, Side::Buy)]);
        let open = both.filter(|(_, t, s)| holds(t, *s)).map(|(name, t, s)| (*name, s, t.half(s).plan));
        pick(&open.collect::<Vec<_>>(), n)
    }

    fn listing(&self, side: Side, a: u16, b: u16, c: u16) -> Option<Listing> {
        let (m, cycle) = (self.model, self.open_cycle()?);
        let epoch = m.epoch?;
        let record = pick(&self.money_or_energy(side, cycle, None), a)?;
        let owner = m.records[&record].owner;
        let credential = self.credential(owner)?;
        let (anchor, handle) = (m.leaves_before(), self.sent.len());
        // Asks are low and limits high, so that plans meet.
        let tick = if side == Side::Sell { (b % 20) as u8 } else { 20 + (b % 28) as u8 };
        let price = TERMS[m.cycles[&cycle].terms].price(tick).max(1);
        let most = match m.records[&record].worth {
            Worth::Money(amount) => (amount / price).min(4000),
            Worth::Energy { wh, .. } => wh,
            _ => 0,
        };
        let volume = if c.is_multiple_of(3) { most } else { u64::from(c) % (most + 1) }.max(1);
        Some(Listing { side, owner, cycle, epoch, anchor, record, credential, volume, tick, handle })
    }

    fn in_round(&self, wish: Wish, a: u16, b: u16, c: u16) -> Option<Action> {
        let m = self.model;
        let (cycle, round) = m.cycles.iter().rev().find_map(|(n, c)| Some((*n, c.round(m.time)?)))?;
        let cut_off = m.cycles[&cycle].cut_off(round);
        let takes_part = |side: Side| -> Vec<Name> {
            let fits = |p: &Plan| {
                let here = p.side == side && p.cycle == cycle && p.listed < cut_off;
                here && p.stage == PlanStage::Listed && p.last_round != Some(round)
            };
            m.plans.iter().filter(|(_, p)| fits(p)).map(|(n, _)| *n).collect()
        };
        let buy = pick(&takes_part(Side::Buy), b)?;
        if wish == Wish::Scores {
            return Some(Action::Scores { nonce: m.matcher_nonce + 1, cycle, round, buy });
        }
        let (nonce, sell) = (m.regulator_nonce + 1, pick(&takes_part(Side::Sell), a));
        if wish == Wish::Open {
            let (purpose, first, second) = match (c % 4, sell) {
                (0, Some(sell)) => (Purpose::Terms, Opened::Plan(sell), Some(buy)),
                (1, _) => (Purpose::Audit, Opened::Plan(buy), None),
                (2, _) => (Purpose::Trace, Opened::TraceKey(usize::from(a) % HOUSEHOLDS, m.epoch?), None),
                _ => (Purpose::Scores, Opened::Plan(buy), None),
            };
            let round = if c % 4 == 1 || c % 4 == 2 { 0 } else { round };
            return Some(Action::Open { nonce, purpose, cycle, round, first, second });
        }
        let sell = sell?;
        let (s, p) = (&m.plans[&sell], &m.plans[&buy]);
        let most = s.volume.min(p.volume);
        let volume = if c.is_multiple_of(2) { most } else { u64::from(c) % (most + 1) }.max(1);
        let price = if b.is_multiple_of(2) { s.price } else { (s.price + p.price) / 2 };
        Some(Action::Match(Pairing { nonce, cycle, round, sell, buy, volume, price, matching: self.sent.len() }))
    }

    fn grid(&self, surplus: bool, a: u16, b: u16, c: u16) -> Option<Action> {
        let (m, anchor) = (self.model, self.model.leaves_before());
        let due = |n: &Name, r: &Record| match r.worth {
            Worth::Rest { sign: Sign::Surplus, .. } => surplus && r.position < anchor && !m.is_spent(*n),
            Worth::Rest { .. } => !surplus && m.obligations.get(n).is_some_and(|o| !o.paid),
            _ => false,
        };
        let rests: Vec<Name> = m.records.iter().filter(|(n, r)| due(n, r)).map(|(n, _)| *n).collect();
        let rest = pick(&rests, a)?;
        let (owner, epoch) = (m.records[&rest].owner, m.epoch?);
        let credential = self.credential(owner)?;
        if surplus {
            let Worth::Rest { cycle, .. } = m.records[&rest].worth else { return None };
            let purse = self.purse(owner, b);
            return Some(Action::Surplus { owner, anchor, epoch, cycle, rest, credential, purse });
        }
        let purse = pick(&self.money_or_energy(Side::Buy, 0, Some(owner)), c)?;
        Some(Action::Shortfall { owner, anchor, epoch, rest, credential, purse })
    }

    /// Any name of these, accepted or not.
    fn any(&self, fits: impl Fn(&Action) -> bool, n: u16) -> Option<Name> {
        let names: Vec<Name> = self.sent.iter().filter(|t| fits(&t.action)).map(|t| t.name).collect();
        pick(&names, n)
    }

    fn other(&self, action: &mut Action, Step { a, b, c, .. }: Step) {
        let m = self.model;
        let plan_other = |was: Name| self.any(|x| matches!(x, Action::List(_)), b).unwrap_or(was);
        let trade_other = |was: Name| self.any(|x| matches!(x, Action::Match(_)), c).unwrap_or(was);
        let record_other = |was: Name| {
            let alike = |r: &Record| std::mem::discriminant(&r.worth) == std::mem::discriminant(&m.records[&was].worth);
            // What is not in the tree yet has no nullifier: nothing can be said about spending it.
            let placed = |r: &Record| r.position < m.leaves_before();
            let names = m.records.iter().filter(|(_, r)| alike(r) && placed(r)).map(|(n, _)| *n);
            pick(&names.collect::<Vec<_>>(), b).unwrap_or(was)
        };
        let near = |was: u32| [was.saturating_sub(1), was + 1, 0, 77][usize::from(c) % 4];
        match action {
            Action::Issue { issuer, worth, .. } => match (worth, c % 2) {
                (Worth::Rest { cycle, .. }, 0) => {
                    *cycle = m.cycles.keys().last().copied().unwrap_or(0) + u32::from(b % 2)
                }
                _ => *issuer = u32::from(b % 6),
            },
            Action::Credential { owner, epoch, .. } | Action::Deposit { owner, epoch } => {
                (*owner, *epoch) = (usize::from(b) % HOUSEHOLDS, near(*epoch));
            }
            Action::List(l) => match a % 4 {
                0 => l.record = record_other(l.record),
                1 => l.cycle = m.cycles.keys().next().copied().filter(|_| b.is_multiple_of(2)).unwrap_or(near(l.cycle)),
                2 => l.epoch = near(l.epoch),
                _ => l.credential = record_other(l.credential),
            },
            Action::Scores { cycle, round, buy, .. } => match a % 3 {
                0 => *cycle = near(*cycle),
                1 => *round = (b % 4) as u8,
                _ => *buy = plan_other(*buy),
            },
            Action::Open { purpose, cycle, round, first, second, .. } => match a % 6 {
                0 => *cycle = near(*cycle),
                1 => *round = (b % 4) as u8,
                2 => *first = Opened::Plan(plan_other(0)),
                3 => *second = Some(plan_other(0)),
                4 => *first = Opened::TraceKey(usize::from(b) % HOUSEHOLDS, near(1)),
                _ => *purpose = [Purpose::Scores, Purpose::Terms, Purpose::Audit, Purpose::Trace][usize::from(b) % 4],
            },
            Action::Match(p) => match a % 6 {
                0 => p.cycle = near(p.cycle),
                1 => p.round = (b % 4) as u8,
                2 | 3 => p.sell = plan_other(p.sell),
                4 => p.buy = plan_other(p.buy),
                _ => (p.sell, p.buy) = (p.buy, p.sell),
            },
            Action::Confirm { side, matching, plan, .. } => match a % 4 {
                0 => *matching = trade_other(*matching),
                1 => *plan = plan_other(*plan),
                2 => *side = side.other(),
                _ => (*matching, *plan, *side) = self.any_half(b, c).unwrap_or((*matching, *plan, *side)),
            },
            Action::Settle { side, matching, plan, .. } => match a % 4 {
                0 => *matching = trade_other(*matching),
                1 => *plan = plan_other(*plan),
                2 => *side = side.other(),
                _ => (*matching, *plan, *side) = self.any_half(b, c).unwrap_or((*matching, *plan, *side)),
            },
            Action::Refuse { matching, plan }
            | Action::Complain { matching, plan }
            | Action::Void { matching, plan } => match a % 3 {
                0 => *matching = trade_other(*matching),
                1 => *plan = plan_other(*plan),
                _ => (*matching, *plan, _) = self.any_half(b, c).unwrap_or((*matching, *plan, Side::Sell)),
            },
            Action::Deliver { issuer, matching, side, delivery, .. } => match a % 5 {
                0 => *issuer = u32::from(b % 6),
                1 | 2 => *matching = trade_other(*matching),
                3 => *side = side.other(),
                _ => *delivery = pick(&m.deliveries.iter().copied().collect::<Vec<_>>(), b).unwrap_or(*delivery),
            },
            Action::Release { plan } => *plan = plan_other(*plan),
            Action::Merge { records, .. } => match a % 3 {
                0 => records[1] = records[0],
                1 => records[1] = records[0].map(record_other),
                _ => *records = [None, records[0]],
            },
            Action::Surplus { epoch, cycle, rest, purse, .. } => match a % 4 {
                0 => *epoch = near(*epoch),
                1 => *cycle = near(*cycle),
                2 => *rest = record_other(*rest),
                _ => *purse = purse.map(record_other),
            },
            Action::Shortfall { epoch, rest, purse, .. } => match a % 3 {
                0 => *epoch = near(*epoch),
                1 => *rest = record_other(*rest),
                _ => *purse = record_other(*purse),
            },
            Action::EpochStart { epoch, .. } => *epoch = near(*epoch),
            Action::CycleStart { cycle, epoch, times, .. } => match a % 6 {
                0 => *cycle = near(*cycle),
                1 => *epoch = near(*epoch),
                2 => times.round = 1,
                3 => times.confirm = times.round,
                4 => times.due = times.closes + u64::from(times.confirm) - 1,
                _ => times.opens = times.opens.saturating_sub(u64::from(times.round) + u64::from(b % 3)),
            },
            Action::Register { issuer, key, .. } => match a % 2 {
                0 => *issuer = u32::from(b % 4),
                _ => *key = [1, 2, 10, 11, 12][usize::from(b) % 5],
            },
        }
    }

    /// Either side of any trade, whatever its stage.
    fn any_half(&self, n: u16, s: u16) -> Option<(Name, Name, Side)> {
        let trades: Vec<Name> = self.model.trades.keys().copied().collect();
        let matching = pick(&trades, n)?;
        let side = if s.is_multiple_of(2) { Side::Sell } else { Side::Buy };
        Some((matching, self.model.trades[&matching].half(side).plan, side))
    }

    fn greedy(&self, action: &mut Action, Step { b, c, .. }: Step) {
        match action {
            Action::List(l) => l.volume = [0, l.volume + 1, 1 << 31][usize::from(b) % 3],
            Action::Match(p) => match b % 4 {
                0 => p.volume = 0,
                1 => p.volume += 1,
                2 => p.price += 1 + u64::from(c) * 100,
                _ => p.price = p.price.saturating_sub(1 + u64::from(c)),
            },
            Action::Confirm { meter, .. } => *meter = u32::from(b % 6),
            Action::Merge { owner, .. } => *owner = usize::from(b) % HOUSEHOLDS,
            _ => {}
        }
    }
}

/// A flaw that this kind of transaction can have.
fn fitting(flaw: Flaw, kind: Kind) -> Flaw {
    let proved = matches!(kind.authority(), Authority::Relation(_));
    match flaw {
        Flaw::Stranger if !proved => Flaw::Seal,
        Flaw::Inflated if !proved || [Kind::Refuse, Kind::Complain].contains(&kind) => Flaw::Seal,
        Flaw::Ciphertext if ![Kind::SellPlan, Kind::BuyPlan].contains(&kind) => Flaw::Seal,
        flaw => flaw,
    }
}
