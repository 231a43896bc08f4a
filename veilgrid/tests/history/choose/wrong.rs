//! Moves that nobody may make, or that may be wrong.

use super::{pick, Chooser, Step, Wish};
use crate::action::*;
use crate::forge::HOUSEHOLDS;
use crate::model::*;
use crate::provable::meter_of;
use ledger::stage::{Lock, TradeStage};
use protocol::relation::RelationKind;
use protocol::transaction::body::{IssuerRole, Purpose};
use protocol::units::Side;
use std::collections::BTreeMap;

impl Chooser<'_> {
    /// An earlier transaction, mostly of late.
    pub(super) fn recent(&self, n: u16) -> Name {
        let back = if n.is_multiple_of(3) { usize::from(n) } else { usize::from(n) % 12 };
        self.sent.len() - 1 - back % self.sent.len()
    }

    pub(super) fn again(&self, step: Step) -> Action {
        let name = self.sent.len();
        let mut action = self.sent[self.recent(step.a)].action;
        if step.b.is_multiple_of(2) {
            let next = self.model.next_serial(action.operator());
            if let Some(serial) = action.serial_mut() {
                *serial = next;
            }
        }
        if let Some(anchor) = action.anchor_mut().filter(|_| !step.b.is_multiple_of(3)) {
            *anchor = self.model.leaves_before();
        }
        match &mut action {
            // Its references must be its own, unless the earlier transaction was accepted.
            Action::Issue { leaf, .. } if !self.model.obligations.contains_key(leaf) => *leaf = name,
            // The commitment of an obligation beside the serial of another household's record.
            Action::Issue { issuer, owner, worth: Worth::Rest { sign, cycle, .. }, .. } => {
                let free = |who: &Who| !self.model.record_serials.contains(&(*issuer, *who, *cycle, *sign));
                let others: Vec<Who> = (0..HOUSEHOLDS).filter(free).collect();
                *owner = pick(&others, step.c).unwrap_or(*owner);
            }
            Action::List(b) if !self.model.plans.contains_key(&b.handle) => b.handle = name,
            // The same plan on another record.
            Action::List(b) if step.b % 4 < 2 => {
                let records = self.money_or_energy(b.side, b.cycle, Some(b.owner));
                b.record = pick(&records, step.c).unwrap_or(b.record);
            }
            // The same match record, or another with the same contents.
            Action::Match(b) if step.b.is_multiple_of(3) => b.match_id = name,
            Action::Deliver { delivery, .. } if step.b.is_multiple_of(3) => *delivery = name,
            _ => {}
        }
        action
    }

    /// Spends a record again that one of the last transactions spent.
    pub(super) fn double(&self, Step { a, b, c, .. }: Step) -> Option<Action> {
        let (m, anchor) = (self.model, self.model.leaves_before());
        if c.is_multiple_of(2) {
            let (match_id, side, plan) = self.halves(b, |t, s| t.half(s).lock != Lock::Held)?;
            return Some(match m.trades[&match_id].half(side).lock {
                Lock::Returned => Action::Void { match_id, plan },
                _ => Action::Settle { side, match_id, plan, anchor, purse: self.purse(m.plans[&plan].owner, a) },
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
        if let (0, Some(l)) = (b % 2, self.listing(side, a, b, c)) {
            if let Some(credential) = self.credential(owner, l.epoch) {
                return Some(Action::List(Listing { record, owner, credential, ..l }));
            }
        }
        if let (1, Some(current), Side::Buy) = (b % 4, m.epoch, side) {
            if let Some((credential, epoch)) = self.newest(owner, current) {
                let (amount, purse, desk, tag) = (m.value(Some(record)), record, 2, (c % 256) as u8);
                return Some(Action::Withdraw { owner, anchor, epoch, current, tag, desk, amount, credential, purse });
            }
        }
        let cycle = self.open_cycle().unwrap_or(1);
        let other = pick(&self.money_or_energy(side, cycle, Some(owner)), c);
        Some(Action::Merge { owner, anchor, money: side == Side::Buy, records: [Some(record), other] })
    }

    /// Any name of these, accepted or not.
    fn any(&self, fits: impl Fn(&Action) -> bool, n: u16) -> Option<Name> {
        let names: Vec<Name> = self.sent.iter().filter(|t| fits(&t.action)).map(|t| t.name).collect();
        pick(&names, n)
    }

    pub(super) fn other(&self, action: &mut Action, Step { a, b, c, .. }: Step) {
        let m = self.model;
        let plan_other = |was: Name| self.any(|x| matches!(x, Action::List(_)), b).unwrap_or(was);
        let trade_other = |was: Name| self.any(|x| matches!(x, Action::Match(_)), c).unwrap_or(was);
        let record_other = |was: Name| {
            let alike = |r: &Record| std::mem::discriminant(&r.worth) == std::mem::discriminant(&m.records[&was].worth);
            // A record that is not in the tree yet has no nullifier, so it cannot be spent.
            let placed = |r: &Record| r.position < m.leaves_before();
            let names = m.records.iter().filter(|(_, r)| alike(r) && placed(r)).map(|(n, _)| *n);
            pick(&names.collect::<Vec<_>>(), b).unwrap_or(was)
        };
        // A record that may not be spent, and whose commitment may be no obligation's.
        let record_named = |n| {
            let placed = m.records.iter().filter(|(_, r)| r.position < m.leaves_before()).map(|(n, _)| *n);
            pick(&placed.collect::<Vec<_>>(), n).unwrap_or(Name::MAX)
        };
        let near = |was: u32| [was.saturating_sub(1), was + 1, 0, 77][usize::from(c) % 4];
        match action {
            Action::Issue { issuer, worth, .. } => match (worth, c % 2) {
                (Worth::Rest { cycle, .. }, 0) => {
                    *cycle = m.cycles.keys().last().copied().unwrap_or(0) + u32::from(b % 2)
                }
                // A desk or nobody for what is a service's, a service or nobody for money. What one
                // service issues under another's number is tried elsewhere.
                (Worth::Money(_), _) => *issuer = [0, 1, 77][usize::from(b) % 3],
                _ => *issuer = [2, 77][usize::from(b) % 2],
            },
            Action::Credential { owner, epoch, .. } => {
                (*owner, *epoch) = (usize::from(b) % HOUSEHOLDS, near(*epoch));
            }
            Action::List(l) => match a % 5 {
                4 => {
                    let mine = |t: &&(Who, Side, u32, u32, u8)| (t.0, t.1, t.2) == (l.owner, l.side, l.cycle);
                    let used: Vec<u8> = m.plan_tags.iter().filter(mine).map(|t| t.4).collect();
                    l.tag = pick(&used, b).unwrap_or(l.tag);
                }
                0 => l.record = record_other(l.record),
                1 => l.cycle = m.cycles.keys().next().copied().filter(|_| b.is_multiple_of(2)).unwrap_or(near(l.cycle)),
                2 => l.epoch = near(l.epoch),
                _ => l.credential = record_other(l.credential),
            },
            Action::Scores { cycle, round, buy, .. } | Action::Contest { cycle, round, buy, .. } => match a % 3 {
                0 => *cycle = near(*cycle),
                1 => *round = (b % 4) as u8,
                _ => *buy = plan_other(*buy),
            },
            Action::Transcript { cycle, round, .. } | Action::Mask { cycle, round, .. } => match a % 2 {
                0 => *cycle = near(*cycle),
                _ => *round = (b % 4) as u8,
            },
            Action::Open { purpose, cycle, round, first, second, .. } => match a % 6 {
                0 => *cycle = near(*cycle),
                1 => *round = (b % 4) as u8,
                2 | 4 => {
                    let record = record_named(b);
                    let fitting = match purpose {
                        Purpose::Scores | Purpose::Terms | Purpose::Audit | Purpose::Lapse => 0,
                        Purpose::Trace | Purpose::Disclosure => 1,
                        Purpose::Payment => 2,
                        Purpose::Trade | Purpose::Deviation => 3,
                        Purpose::Obligation => 4,
                        Purpose::Service => 5,
                    };
                    // Another of its sort, or of another.
                    *first = match if a % 6 == 2 { fitting } else { c % 6 } {
                        0 => Opened::Plan(plan_other(0)),
                        1 => Opened::TraceKey(usize::from(b) % HOUSEHOLDS, near(1)),
                        2 => Opened::Payment(record),
                        3 => Opened::Trade(trade_other(0)),
                        4 => Opened::Obligation(record),
                        _ => Opened::Epoch(near(1)),
                    }
                }
                3 => {
                    let others = [
                        None,
                        Some(Second::Plan(plan_other(0))),
                        Some(Second::Issuer((b % 9).into())),
                        Some(Second::Epoch(near(m.epoch.unwrap_or(0)))),
                    ];
                    *second = others[usize::from(c) % 4]
                }
                _ => {
                    use Purpose::*;
                    let all = [
                        Scores, Terms, Audit, Trace, Payment, Trade, Disclosure, Obligation, Deviation, Service, Lapse,
                    ];
                    *purpose = all[usize::from(b) % all.len()];
                }
            },
            Action::Match(p) => match a % 6 {
                0 => p.cycle = near(p.cycle),
                1 => p.round = (b % 4) as u8,
                2 | 3 => p.sell = plan_other(p.sell),
                4 => p.buy = plan_other(p.buy),
                _ => (p.sell, p.buy) = (p.buy, p.sell),
            },
            Action::Confirm { side, match_id, plan, .. } => match a % 4 {
                0 => *match_id = trade_other(*match_id),
                1 => *plan = plan_other(*plan),
                2 => *side = side.other(),
                _ => (*match_id, *plan, *side) = self.any_half(b, c).unwrap_or((*match_id, *plan, *side)),
            },
            Action::Settle { side, match_id, plan, .. } => match a % 4 {
                0 => *match_id = trade_other(*match_id),
                1 => *plan = plan_other(*plan),
                2 => *side = side.other(),
                _ => (*match_id, *plan, *side) = self.any_half(b, c).unwrap_or((*match_id, *plan, *side)),
            },
            Action::Refuse { match_id, plan }
            | Action::Complain { match_id, plan }
            | Action::Void { match_id, plan } => match a % 3 {
                0 => *match_id = trade_other(*match_id),
                1 => *plan = plan_other(*plan),
                _ => (*match_id, *plan, _) = self.any_half(b, c).unwrap_or((*match_id, *plan, Side::Sell)),
            },
            Action::Deliver { issuer, match_id, side, delivery, .. } => match a % 5 {
                0 => *issuer = u32::from(b % 6),
                1 | 2 => *match_id = trade_other(*match_id),
                3 => *side = side.other(),
                _ => *delivery = pick(&m.deliveries.iter().copied().collect::<Vec<_>>(), b).unwrap_or(*delivery),
            },
            Action::DeliveryAmount { issuer, match_id, side, .. } => match a % 3 {
                0 => *issuer = u32::from(b % 6),
                1 => *match_id = trade_other(*match_id),
                _ => *side = side.other(),
            },
            Action::MatchThreshold { match_id, .. }
            | Action::Deviation { match_id, .. }
            | Action::Verdict { match_id, .. } => *match_id = trade_other(*match_id),
            Action::Release { plan } => *plan = plan_other(*plan),
            Action::Merge { records, .. } => match a % 4 {
                0 => records[1] = records[0],
                1 => records[1] = records[0].map(record_other),
                // With a dummy, which would fill the tree.
                2 => *records = [None, records[0]],
                _ => records[1] = None,
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
            Action::Withdraw { owner, epoch, current, tag, desk, credential, purse, .. } => match a % 6 {
                0 => *epoch = near(*epoch),
                4 => *current = near(*current),
                5 => {
                    let mine = |t: &&(Who, u32, u32, u8)| (t.0, t.1, t.2) == (*owner, *epoch, *current);
                    *tag = pick(&m.withdrawal_tags.iter().filter(mine).map(|t| t.3).collect::<Vec<_>>(), b)
                        .unwrap_or(*tag);
                }
                1 => *desk = u32::from(b % 9),
                2 => *credential = record_other(*credential),
                _ => *purse = record_other(*purse),
            },
            Action::ActivateKey { relation, key, from, .. } => match a % 4 {
                0 => key.version = 3 + (b % 3) as u8,
                1 => *relation = RelationKind::ALL[usize::from(b) % RelationKind::ALL.len()],
                _ => *from = [from.saturating_sub(1), from.saturating_sub(2), 0, *from + 1024][usize::from(c) % 4],
            },
            Action::Pay { issuer, withdrawal, .. } => match a % 3 {
                0 => *issuer = u32::from(b % 9),
                1 => {
                    let others = m.issuers.iter().filter(|(n, role)| **role == IssuerRole::Desk && **n != *issuer);
                    *issuer = pick(&others.map(|(n, _)| *n).collect::<Vec<_>>(), b).unwrap_or(77);
                }
                _ => *withdrawal = self.any(|x| matches!(x, Action::Withdraw { .. }), b).unwrap_or(*withdrawal),
            },
            Action::Cap { issuer, .. } => *issuer = [2, 77][usize::from(b) % 2],
            Action::Ruling { rest, .. } => *rest = record_named(b),
            Action::EpochStart { epoch, .. } => *epoch = [near(*epoch), *epoch + 1, u32::MAX >> 1][usize::from(a) % 3],
            Action::Suspend { issuer, .. } => *issuer = u32::from(b % 9),
            Action::Rotate { of, key, encryption, possessed, .. } => match a % 4 {
                // An issuer that is never registered. The keys would be another's of a number that is.
                0 => *of = 11,
                1 => *key = [1, 2, 4, 10, 11, 12][usize::from(b) % 6],
                2 => *encryption = [0, 1, 10, 11, 12][usize::from(b) % 5],
                _ => *possessed = false,
            },
            Action::CycleStart { cycle, epoch, terms, times, .. } => match a % 9 {
                6 => *cycle += 1024 + u32::from(b % 3),
                7 => times.due += 24 * 24 * 3600,
                0 => *cycle = near(*cycle),
                1 => *epoch = near(*epoch),
                2 => times.round = 1,
                3 => times.confirm = times.round,
                4 => times.due = times.closes + u64::from(times.confirm) - 1,
                5 => *terms = GOOD_TERMS + usize::from(b % 2),
                _ => times.opens = times.opens.saturating_sub(u64::from(times.round) + u64::from(b % 3)),
            },
            Action::Register { issuer, key, encryption, .. } => match a % 3 {
                0 => *issuer = u32::from(b % 4),
                1 => *key = [1, 2, 10, 11, 12][usize::from(b) % 5],
                _ => *encryption = [0, 1, 10, 11, 12][usize::from(b) % 5],
            },
        }
    }

    /// Any transaction about a plan or trade, in any stage: rare stages are as likely as frequent
    /// ones.
    pub(super) fn any_stage(&self, step: Step) -> Option<Action> {
        let (m, Step { a, b, c, .. }) = (self.model, step);
        if step.wish == Wish::Deviation && c.is_multiple_of(3) {
            return self.any_deviation(step);
        }
        // A complaint of a match that opens.
        let groundless = |t: &Trade, s: Side| !t.off && t.half(s).confirmed.is_none() && t.opens[s as usize];
        if let (0, Some((match_id, _, plan))) = (b % 3, self.halves(b, groundless)) {
            return Some(Action::Complain { match_id, plan });
        }
        if b % 3 == 1 && m.trades.values().any(|t| is_half_done(t.stage()) || t.void) {
            return self.in_any_trade(step);
        }
        match a % 12 {
            7 if b.is_multiple_of(8) => {
                let plan = pick(&m.plans.keys().copied().collect::<Vec<_>>(), b)?;
                Some(Action::Void { match_id: Name::MAX, plan })
            }
            0..=5 => self.in_any_trade(step),
            8 => Some(Action::Release { plan: one_of_any_sort(m.plans.iter().map(|(n, p)| (p.stage, *n)), b)? }),
            6 | 7 | 9 | 10 => self.match_any(step),
            _ => {
                let remainders = m.records.iter().filter_map(|(n, r)| match r.worth {
                    Worth::Rest { sign, .. } if r.position < m.leaves_before() => {
                        Some(((sign as u8, m.obligations.get(n).map(|o| (o.paid, o.struck))), *n))
                    }
                    _ => None,
                });
                let rest = one_of_any_sort(remainders, b)?;
                let owner = m.records[&rest].owner;
                let purse = pick(&self.money_or_energy(Side::Buy, 0, Some(owner)), c)?;
                let Worth::Rest { cycle: of, .. } = m.records[&rest].worth else { return None };
                let ((credential, epoch), anchor) = (self.newest(owner, m.cycles[&of].epoch)?, m.leaves_before());
                let owed = matches!(m.records[&rest].worth, Worth::Rest { sign, .. } if sign.is_owed());
                if let (Worth::Rest { cycle, .. }, true) = (m.records[&rest].worth, owed && c.is_multiple_of(3)) {
                    // Paid out, though it is owed.
                    return Some(Action::Surplus { owner, anchor, epoch, cycle, rest, credential, purse: None });
                }
                if !owed {
                    let serial = m.next_serial(Operator::Regulator);
                    let (purpose, first) = match c.is_multiple_of(2) {
                        true => (Purpose::Obligation, Opened::Obligation(rest)),
                        false => (Purpose::Payment, Opened::Payment(rest)),
                    };
                    return Some(Action::Open { serial, purpose, cycle: 0, round: 0, first, second: None });
                }
                Some(Action::Shortfall { owner, anchor, epoch, rest, credential, purse })
            }
        }
    }

    fn in_any_trade(&self, Step { a, b, c, .. }: Step) -> Option<Action> {
        let (m, anchor) = (self.model, self.model.leaves_before());
        // Of a trade that the ledger has forgotten, it knows no stage.
        let forgotten = a.is_multiple_of(7);
        let trades = |of: fn(TradeStage) -> bool| {
            let known = m.trades.iter().filter(move |(n, _)| forgotten || m.known_trade(**n).is_some());
            known.map(|(n, t)| (t.stage(), *n)).filter(move |(stage, _)| of(*stage))
        };
        let rare: [fn(TradeStage) -> bool; 4] =
            [is_half_done, |s| s == TradeStage::Binding, |s| s == TradeStage::Void, |_| true];
        let first = usize::from(a / 12) % rare.len();
        let match_id =
            rare.iter().cycle().skip(first).take(rare.len()).find_map(|of| one_of_any_sort(trades(*of), b))?;
        let (trade, side) = (&m.trades[&match_id], if c.is_multiple_of(2) { Side::Sell } else { Side::Buy });
        let half = trade.half(side);
        let (plan, owner) = (half.plan, m.plans[&half.plan].owner);
        Some(match c / 2 % 6 {
            0 => Action::Confirm { side, match_id, plan, meter: meter_of(owner) },
            1 => Action::Refuse { match_id, plan },
            2 => Action::Complain { match_id, plan },
            3 => {
                let issuer = half.confirmed.map_or(meter_of(owner), |(_, meter)| meter);
                let (serial, delivery) = (self.of_issuer(issuer), self.sent.len());
                Action::Deliver { issuer, serial, match_id, side, amount: trade.volume, delivery }
            }
            4 => Action::Settle { side, match_id, plan, anchor, purse: self.purse(owner, a) },
            _ => Action::Void { match_id, plan },
        })
    }

    /// Matches, or scores, a plan of the cycle in any stage.
    fn match_any(&self, Step { a, b, c, .. }: Step) -> Option<Action> {
        let m = self.model;
        let (cycle, round) = m.cycles.iter().rev().find_map(|(n, c)| Some((*n, c.round(m.time)?)))?;
        let of = |side: Side, n: u16| {
            // A plan that was matched in this round is refused in every stage: mostly others are
            // chosen.
            let here = |p: &Plan| p.side == side && p.cycle == cycle && (a % 5 == 0 || p.last_round != Some(round));
            let sort = |n: &Name, p: &Plan| (p.stage, m.scores.contains_key(&(cycle, round, *n)));
            one_of_any_sort(m.plans.iter().filter(|(_, p)| here(p)).map(|(n, p)| (sort(n, p), *n)), n)
        };
        let buy = of(Side::Buy, b)?;
        if a / 12 % 3 == 0 {
            return Some(match a / 36 % 2 {
                0 => Action::Scores { serial: m.next_serial(Operator::Matcher), cycle, round, buy, right: true },
                _ => Action::Contest {
                    cycle,
                    round,
                    buy,
                    posted: m.scores.get(&(cycle, round, buy)).map_or(Name::MAX, |s| s.by),
                },
            });
        }
        let sell = of(Side::Sell, c)?;
        if let Some(transcript) = self.transcript_due(c) {
            return Some(transcript);
        }
        let (volume, price) = (m.plans[&sell].volume.min(m.plans[&buy].volume), m.plans[&sell].price);
        let (serial, match_id) = (m.next_serial(Operator::Regulator), self.sent.len());
        Some(Action::Match(Pairing { serial, cycle, round, sell, buy, volume, price, match_id }))
    }

    /// Either side of any trade, whatever its stage.
    fn any_half(&self, n: u16, s: u16) -> Option<(Name, Name, Side)> {
        let trades: Vec<Name> = self.model.trades.keys().copied().collect();
        let match_id = pick(&trades, n)?;
        let side = if s.is_multiple_of(2) { Side::Sell } else { Side::Buy };
        Some((match_id, self.model.trades[&match_id].half(side).plan, side))
    }

    pub(super) fn greedy(&self, action: &mut Action, Step { b, c, .. }: Step) {
        match action {
            Action::List(l) => l.volume = [0, one_more(l.volume), 1 << 31][usize::from(b) % 3],
            Action::Match(p) => match b % 4 {
                0 => p.volume = 0,
                1 => p.volume = one_more(p.volume),
                2 => p.price += 1 + u64::from(c) * 100,
                _ => p.price = p.price.saturating_sub(1 + u64::from(c)),
            },
            Action::Confirm { meter, .. } => *meter = u32::from(b % 6),
            Action::Withdraw { amount, .. } => {
                *amount = amount.saturating_add(1 + u64::from(c) * u64::from(b % 2) * (1 << 40))
            }
            Action::Register { possessed, .. } => *possessed = false,
            Action::Pay { issuer, .. } => {
                let desks = self.model.issuers.iter().filter(|(n, role)| **role == IssuerRole::Desk && *n != issuer);
                *issuer = pick(&desks.map(|(n, _)| *n).collect::<Vec<_>>(), b).unwrap_or(*issuer);
            }
            Action::Verdict { within, .. } => *within ^= true,
            Action::Merge { owner, .. } => *owner = usize::from(b) % HOUSEHOLDS,
            _ => {}
        }
    }
}

/// One of these, where each sort is as likely as another, whatever their numbers.
fn one_of_any_sort<S: Ord>(things: impl Iterator<Item = (S, Name)>, n: u16) -> Option<Name> {
    let mut sorts: BTreeMap<S, Vec<Name>> = BTreeMap::new();
    things.for_each(|(sort, name)| sorts.entry(sort).or_default().push(name));
    let sorts: Vec<&Vec<Name>> = sorts.values().collect();
    pick(pick(&sorts, n)?, n / 16)
}

/// Whether one side has acted and the other has not: trades soon leave these stages.
fn is_half_done(stage: TradeStage) -> bool {
    use TradeStage::*;
    [ConfirmedBySeller, ConfirmedByBuyer, SellerDelivered, BuyerDelivered].contains(&stage)
}

/// One Wh more, up to the greatest volume, 2^32 - 1.
fn one_more(volume: u64) -> u64 {
    if volume < u64::from(u32::MAX) {
        volume + 1
    } else {
        0
    }
}
