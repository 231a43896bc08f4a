//! Moves that a party may make now.

use super::{pick, Chooser, Step, Wish};
use crate::action::*;
use crate::forge::{issuer_key, HOUSEHOLDS};
use crate::model::*;
use crate::provable::meter_of;
use ledger::stage::{Lock, PlanStage};
use protocol::record::metered::Sign;
use protocol::relation::RelationKind;
use protocol::terms::GREATEST_ENERGY;
use protocol::transaction::body::{IssuerRole, Purpose};
use protocol::units::Side;

impl Chooser<'_> {
    /// Unspent records that a side can back a plan of a cycle with.
    pub(super) fn money_or_energy(&self, side: Side, cycle: u32, owner: Option<Who>) -> Vec<Name> {
        let m = self.model;
        let fits = |r: &Record| match r.worth {
            Worth::Money(amount) => side == Side::Buy && amount > 0,
            Worth::Energy { wh, cycle: c, .. } => side == Side::Sell && wh > 0 && c == cycle,
            _ => false,
        };
        let mine = |r: &Record| owner.is_none_or(|o| o == r.owner) && r.position < m.leaves_before();
        m.records.iter().filter(|(n, r)| fits(r) && mine(r) && !m.is_spent(**n)).map(|(n, _)| *n).collect()
    }
    /// A household's credential of an epoch.
    pub(super) fn credential(&self, who: Who, epoch: u32) -> Option<Name> {
        let m = self.model;
        let fits =
            |r: &Record| r.owner == who && r.worth == Worth::Credential { epoch } && r.position < m.leaves_before();
        m.records.iter().find(|(_, r)| fits(r)).map(|(n, _)| *n)
    }
    /// The newest credential that a household may show for what belongs to the epoch `of`, and its
    /// epoch.
    pub(super) fn newest(&self, who: Who, of: u32) -> Option<(Name, u32)> {
        (self.model.oldest_shown()..=of).rev().find_map(|epoch| Some((self.credential(who, epoch)?, epoch)))
    }
    /// The counter of a tag that is not used. It does not begin with 0, since two transactions of a
    /// block may choose one.
    pub(super) fn free_tag(&self, most: usize, used: impl Fn(u8) -> bool) -> Option<u8> {
        (0..most).map(|n| ((self.sent.len() + n) % most) as u8).find(|n| !used(*n))
    }
    /// A purse, or none, for a move that needs no purse.
    pub(super) fn purse(&self, owner: Who, n: u16) -> Option<Name> {
        pick(&self.money_or_energy(Side::Buy, 0, Some(owner)), n).filter(|_| !n.is_multiple_of(3))
    }
    pub(super) fn open_cycle(&self) -> Option<u32> {
        self.model.cycles.keys().rev().copied().find(|c| self.model.is_open(*c))
    }

    pub(super) fn open_move(&self, step: Step) -> Action {
        let advanced = |wish| self.move_for(wish, step);
        let wished = advanced(step.wish);
        let trades = [Wish::Settle, Wish::Deliver, Wish::Confirm, Wish::Match, Wish::Deviation];
        let (first, idle) = (usize::from(step.a / 7) % trades.len(), step.c.is_multiple_of(4));
        let on = || trades.iter().cycle().skip(first).take(trades.len()).filter(|_| !idle).find_map(|w| advanced(*w));
        let cycle = || (self.open_cycle().is_none() && step.b % 3 < 2).then(|| advanced(Wish::CycleStart)).flatten();
        let others = [Wish::Surplus, Wish::Shortfall, Wish::Energy, Wish::Merge, Wish::Rest, Wish::Release, Wish::Void];
        let rest = || {
            let first = usize::from(step.a / 11) % others.len();
            others.iter().cycle().skip(first).take(others.len()).find_map(|w| advanced(*w))
        };
        let listed = || advanced(self.scarce());
        let found = wished.or_else(on).or_else(cycle).or_else(listed).or_else(rest);
        found.or_else(|| advanced(Wish::Money)).expect("money can always be issued")
    }
    /// The side of which fewer plans wait in the open cycle.
    fn scarce(&self) -> Wish {
        let cycle = self.open_cycle();
        let waiting = |side| {
            let waits = |p: &&Plan| p.side == side && Some(p.cycle) == cycle && p.stage == PlanStage::Listed;
            self.model.plans.values().filter(waits).count()
        };
        if waiting(Side::Sell) <= waiting(Side::Buy) {
            Wish::ListSell
        } else {
            Wish::ListBuy
        }
    }

    fn move_for(&self, wish: Wish, Step { a, b, c, .. }: Step) -> Option<Action> {
        let (m, name) = (self.model, self.sent.len());
        let (who, serial) = (usize::from(a) % HOUSEHOLDS, m.next_serial(Operator::Regulator));
        let anchor = m.leaves_before();
        match wish {
            Wish::Energy => {
                let cycle = self.open_cycle().or_else(|| m.cycles.keys().last().map(|c| c + u32::from(b % 2)))?;
                let wh = if c.is_multiple_of(97) {
                    GREATEST_ENERGY + u64::from(b % 2)
                } else {
                    u64::from(b % 5000) + u64::from(c % 2)
                };
                let (issuer, kind) = (meter_of(who), (c % 5) as u8);
                let worth = Worth::Energy { wh, kind, cycle };
                (!c.is_multiple_of(4) || self.money_or_energy(Side::Sell, cycle, None).len() < 6)
                    .then_some(Action::Issue { issuer, serial: self.of_issuer(issuer), owner: who, worth, leaf: name })
            }
            Wish::Money => {
                let amount = match c % 50 {
                    0 => u64::MAX - u64::from(b),
                    1 => 0,
                    _ => u64::from(b) * 100_000,
                };
                let worth = Worth::Money(amount);
                Some(Action::Issue { issuer: 2, serial: self.of_issuer(2), owner: who, worth, leaf: name })
            }
            Wish::Rest => {
                // Mostly of a cycle whose records are still taken.
                let late = a.is_multiple_of(9);
                let takes = |c: &u32| m.is_measured(*c) || (late && m.is_closed(*c));
                let over: Vec<u32> = m.cycles.keys().copied().filter(takes).collect();
                let (cycle, issuer) = (pick(&over, c)?, meter_of(who));
                // Mostly a sign of which the household has no record yet.
                let signs = Sign::ALL.into_iter().cycle().skip(usize::from(b) % 4).take(4);
                let free = |sign: &Sign| !m.record_serials.contains(&(issuer, who, cycle, *sign));
                let sign = signs.clone().find(free).filter(|_| !a.is_multiple_of(7)).or(signs.clone().next())?;
                let worth = Worth::Rest { sign, wh: u64::from(b % 3000), cycle };
                Some(Action::Issue { issuer, serial: self.of_issuer(issuer), owner: who, worth, leaf: name })
            }
            Wish::Credential => {
                let epoch = m.epoch.unwrap_or(0) + u32::from(b.is_multiple_of(3));
                let has = |who: &Who| m.trace_keys.contains(&(*who, epoch));
                let owner = pick(&(0..HOUSEHOLDS).filter(|who| !has(who)).collect::<Vec<_>>(), a)?;
                Some(Action::Credential { serial, owner, epoch })
            }
            Wish::ListSell | Wish::ListBuy => {
                let side = if wish == Wish::ListSell { Side::Sell } else { Side::Buy };
                self.listing(side, a, b, c).map(Action::List)
            }
            Wish::Advance => None,
            Wish::Scores => self.in_round(wish, a, b, c),
            Wish::Match => {
                let pairing = self.in_round(wish, a, b, c)?;
                Some(self.transcript_due(c).unwrap_or(pairing))
            }
            Wish::Transcript => self.transcript(),
            Wish::Mask => self.mask(),
            Wish::Contest => {
                let now = |cycle: &u32, round: &u8| m.cycles[cycle].round(m.time) == Some(*round);
                let posted: Vec<_> = m.scores.iter().filter(|((cycle, round, _), _)| now(cycle, round)).collect();
                match pick(&posted, a) {
                    Some(((cycle, round, buy), posted)) => {
                        Some(Action::Contest { cycle: *cycle, round: *round, buy: *buy, posted: posted.by })
                    }
                    None => self.in_round(Wish::Scores, a, b, c),
                }
            }
            Wish::Open => Some(self.mask_due(c).unwrap_or(self.opening(a, b, c)?)),
            Wish::Confirm | Wish::Refuse | Wish::Complain => {
                let waits = |t: &Trade, s| {
                    let ground = wish != Wish::Complain || !t.opens[s as usize];
                    !t.off && t.half(s).confirmed.is_none() && ground
                };
                let (match_id, side, plan) = self.halves(a, waits)?;
                let meter = meter_of(m.plans[&plan].owner);
                match wish {
                    Wish::Confirm => Some(Action::Confirm { side, match_id, plan, meter }),
                    Wish::Refuse => Some(Action::Refuse { match_id, plan }),
                    _ => Some(Action::Complain { match_id, plan }),
                }
            }
            Wish::Deliver => {
                let all = c.is_multiple_of(16);
                let waits = |name: Name, t: &Trade, s| {
                    let due = t.is_bound() && !t.void && t.half(s).delivered.is_none();
                    due && (all || !withholds(name, s))
                };
                let (match_id, side, _) = self.named_halves(a, waits)?;
                let trade = &m.trades[&match_id];
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
                let serial = self.of_issuer(issuer);
                Some(Action::Deliver {
                    issuer,
                    serial,
                    match_id,
                    side,
                    amount: amount.min((1 << 32) - 1),
                    delivery: name,
                })
            }
            Wish::Settle => {
                let waits = |t: &Trade, s| t.is_bound() && t.is_delivered() && t.half(s).lock == Lock::Held;
                let (match_id, side, plan) = self.halves(a, waits)?;
                let purse = self.purse(m.plans[&plan].owner, b);
                Some(Action::Settle { side, match_id, plan, anchor, purse })
            }
            Wish::Deviation => self.deviation(b, c),
            Wish::Void => {
                let waits = |t: &Trade, s| t.void && t.half(s).lock == Lock::Held;
                let (match_id, _, plan) = self.halves(a, waits)?;
                Some(Action::Void { match_id, plan })
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
                // Of records of one sort, if there are two.
                let alike = |one: Name| -> Vec<Name> {
                    let sort = |n: &Name| match m.records[n].worth {
                        Worth::Energy { kind, .. } => kind,
                        _ => 0,
                    };
                    records.iter().copied().filter(|n| *n != one && sort(n) == sort(&one)).collect()
                };
                let first: Vec<Name> = records.iter().copied().filter(|one| !alike(*one).is_empty()).collect();
                let one = pick(&first, c)?;
                Some(Action::Merge { owner: who, anchor, money, records: [Some(one), pick(&alike(one), a)] })
            }
            Wish::Surplus | Wish::Shortfall => self.grid(wish == Wish::Surplus, a, b, c),
            Wish::Withdraw => {
                let purse = pick(&self.money_or_energy(Side::Buy, 0, Some(who)), c)?;
                let (current, has) = (m.epoch?, m.value(Some(purse)));
                let (credential, epoch) = self.newest(who, current)?;
                let tag = self.free_tag(256, |n| m.withdrawal_tags.contains(&(who, epoch, current, n)))?;
                let amount = [has, has / 2, 0, has - has / 7][usize::from(b) % 4];
                let desks = m.issuers.iter().filter(|(_, role)| **role == IssuerRole::Desk).map(|(n, _)| *n);
                let desk = pick(&desks.collect::<Vec<_>>(), b / 4)?;
                Some(Action::Withdraw { owner: who, anchor, epoch, current, tag, desk, amount, credential, purse })
            }
            Wish::Pay => {
                let waiting = m.payouts.iter().filter(|(_, (_, marked))| !marked);
                let (withdrawal, issuer) =
                    pick(&waiting.map(|(name, (desk, _))| (*name, *desk)).collect::<Vec<_>>(), b)?;
                Some(Action::Pay { issuer, serial: self.of_issuer(issuer), withdrawal })
            }
            Wish::ActivateKey => {
                // Some relation's other version; of those, preferably one that open plans are
                // proved by.
                let newest = m.key_changes.last().map_or(0, |last| last.from);
                let from = m.newest_cycle().map_or(1, |c| c + 1).max(newest) + u32::from(c.is_multiple_of(5));
                use RelationKind::*;
                let often =
                    [ConfirmSell, ConfirmBuy, SettleBuy, SettleSell, Release, BuyPlan, SellPlan, Withdraw, Void];
                let fits = |key: &KeyName| b.is_multiple_of(4) || often.contains(&key.of);
                let fresh = |key: &&KeyName| m.version(key.of, Some(from)) != key.version && fits(key);
                let keys: Vec<KeyName> = m.known_keys.iter().filter(fresh).copied().collect();
                let key = pick(&keys, b)?;
                Some(Action::ActivateKey { serial, relation: key.of, key, from })
            }
            Wish::Ruling => {
                // Mostly of one that is still to be ruled about.
                let open = |o: &Obligation| a.is_multiple_of(4) || (!o.paid && o.struck.is_none());
                let owed: Vec<Name> = m.obligations.iter().filter(|(_, o)| open(o)).map(|(n, _)| *n).collect();
                Some(Action::Ruling { serial, rest: pick(&owed, b)?, struck: c.is_multiple_of(2) })
            }
            Wish::EpochStart => {
                let alarm = [0, 1, 3, 100][usize::from(b) % 4];
                Some(Action::EpochStart { serial, epoch: m.epoch.map_or(1, |e| e + 1), alarm })
            }
            Wish::CycleStart => {
                let cycle = m.cycles.keys().last().map_or(1, |c| c + 1 + u32::from(a % 2));
                let (round, confirm) = ([10, 10, 6, 2][usize::from(b % 4)], [4, 9, 3, 1][usize::from(b % 4)]);
                // After the newest cycle has opened, mostly.
                let newest = m.cycles.values().last().map_or(0, |c| c.times.opens + u64::from(!a.is_multiple_of(16)));
                let opens = (m.time + u64::from(a % 3) - u64::from(a % 2)).max(newest);
                let closes = opens + u64::from(round) * (2 + u64::from(c % 3)) + u64::from(b % 7);
                let due = closes + u64::from(confirm) + u64::from(a % 20);
                let (epoch, terms) = (m.epoch? + u32::from(b.is_multiple_of(11)), usize::from(c) % GOOD_TERMS);
                let times = Times { opens, round, confirm, closes, due };
                Some(Action::CycleStart { serial, cycle, epoch, terms, times })
            }
            // Mostly it lets one go on that was stopped, so that few are stopped at a time.
            Wish::Suspend => {
                let stopped: Vec<u32> = m.suspended.iter().copied().collect();
                let issuer = pick(&stopped, a).or(pick(&m.issuers.keys().copied().collect::<Vec<_>>(), a))?;
                let suspended = stopped.is_empty() || b.is_multiple_of(6);
                Some(Action::Suspend { serial, issuer, suspended })
            }
            Wish::Rotate => {
                let operators: Vec<u32> = [0, 1].into_iter().chain(m.issuers.keys().map(|n| n + 2)).collect();
                let of = pick(&operators, a)?;
                let (operator, generation) = (operator_of(of), m.generation(operator_of(of)));
                let serial = if of == 0 { m.next_serial(Operator::Recovery) } else { serial };
                let key = key_after(operator, generation + 1);
                let rotate = Action::Rotate { serial, of, key, encryption: key, possessed: true };
                (generation < GENERATIONS).then_some(rotate)
            }
            Wish::Cap => {
                let services = m.issuers.iter().filter(|(_, role)| **role == IssuerRole::MeteringService);
                let issuer = pick(&services.map(|(n, _)| *n).collect::<Vec<_>>(), a)?;
                let ((g, s), room) = (m.count(issuer), if b.is_multiple_of(3) { c % 2 } else { 1000 });
                let (generation, metered) = (g + u32::from(room), s + u32::from(room));
                Some(Action::Cap { serial, issuer, generation, metered })
            }
            Wish::Register => {
                let issuer = 3 + m.issuers.len() as u32;
                let role = if a.is_multiple_of(2) { IssuerRole::MeteringService } else { IssuerRole::Desk };
                let key = issuer_key(issuer);
                (issuer < 9).then_some(Action::Register { serial, issuer, role, key, encryption: key, possessed: true })
            }
        }
    }

    /// A side of a trade for which something holds: the trade, the side, its plan.
    pub(super) fn halves(&self, n: u16, holds: impl Fn(&Trade, Side) -> bool) -> Option<(Name, Side, Name)> {
        self.named_halves(n, |_, trade, side| holds(trade, side))
    }
    /// The same, of which the trade's name decides too.
    fn named_halves(&self, n: u16, holds: impl Fn(Name, &Trade, Side) -> bool) -> Option<(Name, Side, Name)> {
        let both = self.model.trades.iter().flat_map(|(name, t)| [(name, t, Side::Sell), (name, t, Side::Buy)]);
        let open = both.filter(|(name, t, s)| holds(**name, t, *s)).map(|(name, t, s)| (*name, s, t.half(s).plan));
        pick(&open.collect::<Vec<_>>(), n)
    }

    pub(super) fn listing(&self, side: Side, a: u16, b: u16, c: u16) -> Option<Listing> {
        let (m, cycle) = (self.model, self.open_cycle()?);
        let epoch = m.cycles[&cycle].epoch;
        let record = pick(&self.money_or_energy(side, cycle, None), a)?;
        let owner = m.records[&record].owner;
        let credential = self.credential(owner, epoch)?;
        let tag = self.free_tag(16, |n| m.plan_tags.contains(&(owner, side, cycle, epoch, n)))?;
        let (anchor, handle) = (m.leaves_before(), self.sent.len());
        // Asks are low and limits high, so that plans meet.
        let tick = if side == Side::Sell { (b % 20) as u8 } else { 20 + (b % 28) as u8 };
        let price = TERMS[m.cycles[&cycle].terms].price(tick).max(1);
        let most = match m.records[&record].worth {
            Worth::Money(amount) => (amount / price).min(4000),
            Worth::Energy { wh, .. } => wh,
            _ => 0,
        };
        let (most, least) = (most.min(GREATEST_ENERGY), TERMS[m.cycles[&cycle].terms].least_lot);
        let volume = if c.is_multiple_of(3) { most } else { u64::from(c) % (most + 1) }.max(least);
        Some(Listing { side, owner, cycle, epoch, anchor, record, credential, volume, tick, tag, handle })
    }

    pub(super) fn in_round(&self, wish: Wish, a: u16, b: u16, c: u16) -> Option<Action> {
        let m = self.model;
        let (cycle, round) = m.cycles.iter().rev().find_map(|(n, c)| Some((*n, c.round(m.time)?)))?;
        let cut_off = m.cycles[&cycle].cut_off(round);
        // Plans that are listed again meet more refusals: sometimes they are preferred.
        let again = c.is_multiple_of(3);
        let takes_part = |side: Side| -> Vec<Name> {
            let fits = |p: &Plan| {
                let here = p.side == side && p.cycle == cycle && p.listed < cut_off;
                here && p.stage == PlanStage::Listed && p.last_round != Some(round)
            };
            let all: Vec<Name> = m.plans.iter().filter(|(_, p)| fits(p)).map(|(n, _)| *n).collect();
            let back: Vec<Name> = all.iter().copied().filter(|n| again && m.plans[n].last_round.is_some()).collect();
            if back.is_empty() {
                all
            } else {
                back
            }
        };
        let buy = pick(&takes_part(Side::Buy), b)?;
        if wish == Wish::Scores {
            let right = c.is_multiple_of(3);
            return Some(Action::Scores { serial: m.next_serial(Operator::Matcher), cycle, round, buy, right });
        }
        let (serial, sell) = (m.next_serial(Operator::Regulator), pick(&takes_part(Side::Sell), a));
        let sell = sell?;
        let (s, p) = (&m.plans[&sell], &m.plans[&buy]);
        let most = s.volume.min(p.volume);
        let volume = if c.is_multiple_of(2) { most } else { u64::from(c) % (most + 1) }.max(1);
        let price = if b.is_multiple_of(2) { s.price } else { (s.price + p.price) / 2 };
        Some(Action::Match(Pairing { serial, cycle, round, sell, buy, volume, price, match_id: self.sent.len() }))
    }

    /// A transcript of the current round.
    fn transcript(&self) -> Option<Action> {
        let m = self.model;
        let (cycle, round) = m.cycles.iter().rev().find_map(|(n, c)| Some((*n, c.round(m.time)?)))?;
        Some(Action::Transcript { serial: m.next_serial(Operator::Regulator), cycle, round })
    }
    /// A transcript of the current round if there is none; mostly before a match.
    pub(super) fn transcript_due(&self, c: u16) -> Option<Action> {
        let there = |cycle, round| self.model.transcripts.contains_key(&(cycle, round));
        self.transcript().filter(
            |action| matches!(action, Action::Transcript { cycle, round, .. } if !there(*cycle, *round) && !c.is_multiple_of(9)),
        )
    }

    /// A mask of the current round.
    fn mask(&self) -> Option<Action> {
        let m = self.model;
        let (cycle, round) = m.cycles.iter().rev().find_map(|(n, c)| Some((*n, c.round(m.time)?)))?;
        Some(Action::Mask { serial: m.next_serial(Operator::Matcher), cycle, round })
    }
    /// A mask of the current round if it needs one; mostly before the first opening.
    fn mask_due(&self, c: u16) -> Option<Action> {
        let due = |cycle, round| self.model.masked && !self.model.masks.contains_key(&(cycle, round));
        let mask = self.mask().filter(|_| c % 4 < 2);
        mask.filter(|action| matches!(action, Action::Mask { cycle, round, .. } if due(*cycle, *round)))
    }

    fn opening(&self, a: u16, b: u16, c: u16) -> Option<Action> {
        let (m, serial) = (self.model, self.model.next_serial(Operator::Regulator));
        let open =
            |purpose, cycle, round, first, second| Some(Action::Open { serial, purpose, cycle, round, first, second });
        let any_plan = || pick(&m.plans.keys().copied().collect::<Vec<_>>(), b);
        let any_key = || pick(&m.trace_keys.iter().copied().collect::<Vec<_>>(), a);
        match c % 10 {
            0 | 1 => {
                let Action::Match(p) = self.in_round(Wish::Match, a, b, c)? else { return None };
                let (first, second) = (Opened::Plan(p.sell), Some(Second::Plan(p.buy)));
                if c.is_multiple_of(8) {
                    return open(Purpose::Terms, p.cycle, p.round, first, second);
                }
                open(Purpose::Scores, p.cycle, p.round, Opened::Plan(p.buy), None)
            }
            2 => {
                let plan = any_plan()?;
                open(Purpose::Audit, m.plans[&plan].cycle, 0, Opened::Plan(plan), None)
            }
            3 => {
                let (who, epoch) = any_key()?;
                open(Purpose::Trace, u32::from(b % 3), 0, Opened::TraceKey(who, epoch), None)
            }
            4 => {
                let placed = |n: &Name| m.records.get(n).is_some_and(|r| r.position < m.leaves_before());
                let spent = m.spent.iter().filter_map(|s| if let Spent::Record(n) = s { Some(*n) } else { None });
                let spent: Vec<Name> = spent.filter(placed).collect();
                open(Purpose::Payment, 0, 0, Opened::Payment(pick(&spent, b)?), None)
            }
            5 => {
                let trade = pick(&m.trades.keys().copied().collect::<Vec<_>>(), b)?;
                open(Purpose::Trade, m.trades[&trade].cycle, 0, Opened::Trade(trade), None)
            }
            6 => {
                let (who, epoch) = any_key()?;
                let issuer = pick(&m.issuers.keys().copied().collect::<Vec<_>>(), b)?;
                open(Purpose::Disclosure, 0, 0, Opened::TraceKey(who, epoch), Some(Second::Issuer(issuer)))
            }
            7 => {
                let services = m.issuers.iter().filter(|(_, role)| **role == IssuerRole::MeteringService);
                let issuer = pick(&services.map(|(n, _)| *n).collect::<Vec<_>>(), b)?;
                open(Purpose::Service, 0, 0, Opened::Epoch(m.epoch?), Some(Second::Issuer(issuer)))
            }
            8 => {
                let (epoch, lapses) = pick(&m.lapses.iter().collect::<Vec<_>>(), a)?;
                let lapsed = pick(&lapses.plans.iter().copied().collect::<Vec<_>>(), b);
                let plan = lapsed.filter(|_| !a.is_multiple_of(5)).or_else(any_plan)?;
                open(Purpose::Lapse, 0, 0, Opened::Plan(plan), Some(Second::Epoch(*epoch)))
            }
            _ => {
                let rest = pick(&m.obligations.keys().copied().collect::<Vec<_>>(), b)?;
                open(Purpose::Obligation, 0, 0, Opened::Obligation(rest), None)
            }
        }
    }

    pub(super) fn grid(&self, surplus: bool, a: u16, b: u16, c: u16) -> Option<Action> {
        let (m, anchor) = (self.model, self.model.leaves_before());
        let due = |n: &Name, r: &Record| match r.worth {
            Worth::Rest { sign, .. } if !sign.is_owed() => surplus && r.position < anchor && !m.is_spent(*n),
            Worth::Rest { .. } => {
                !surplus
                    && m.obligations.get(n).is_some_and(|o| !o.paid && (o.struck != Some(true) || c.is_multiple_of(4)))
            }
            _ => false,
        };
        let remainders: Vec<Name> = m.records.iter().filter(|(n, r)| due(n, r)).map(|(n, _)| *n).collect();
        let rest = pick(&remainders, a)?;
        let (owner, Worth::Rest { cycle, .. }) = (m.records[&rest].owner, m.records[&rest].worth) else { return None };
        let (credential, epoch) = self.newest(owner, m.cycles[&cycle].epoch)?;
        if surplus {
            let purse = self.purse(owner, b);
            return Some(Action::Surplus { owner, anchor, epoch, cycle, rest, credential, purse });
        }
        let owed = m.obligations.get(&rest)?;
        let tariff = TERMS[m.cycles.get(&owed.cycle)?.terms].tariff(owed.sign);
        let due = u128::from(m.value(Some(rest))) * u128::from(tariff);
        let covers = |n: &Name| c.is_multiple_of(5) || u128::from(m.value(Some(*n))) >= due;
        let purses: Vec<Name> = self.money_or_energy(Side::Buy, 0, Some(owner)).into_iter().filter(covers).collect();
        let purse = pick(&purses, c)?;
        Some(Action::Shortfall { owner, anchor, epoch, rest, credential, purse })
    }
}
