//! The ledger's state beside the model's.

use super::*;
use ledger::state::TradeDeviation;
use protocol::transaction::body::{self, IssuerRole};
use protocol::transaction::obligation::Ruled;

impl World {
    /// Checks that the ledger's state is the model's, and that money and energy are conserved.
    pub(super) fn compare(&self) {
        let (m, s, o) = (&self.model, self.state(), &self.forge.openings);
        let issuer = |n: u32| IssuerId::new(n).unwrap();
        let cycle = |n: u32| CycleNumber::new(n).unwrap();
        assert_eq!((s.height().0, s.time().0), (m.height, m.time));
        assert_eq!(s.tree().len(), m.leaves);
        assert_eq!(s.digest(), s.digest_anew(), "every change enters the digest");
        assert_eq!(s.epoch(), m.epoch.map(|e| Epoch::new(e).unwrap()));
        assert_eq!(s.regulator_serials().highest().0, m.highest_serial(Operator::Regulator));
        assert_eq!(s.matcher_serials().highest().0, m.highest_serial(Operator::Matcher));
        let generation = |operator| s.generation(operator).0;
        assert_eq!(generation(body::Operator::Regulator), m.generation(Operator::Regulator));
        assert_eq!(generation(body::Operator::Matcher), m.generation(Operator::Matcher));
        for n in 0..9 {
            assert_eq!(generation(body::Operator::Issuer(issuer(n))), m.generation(Operator::Issuer(n)));
            let highest = s.issuer_serials(issuer(n)).map_or(0, |serials| serials.highest().0);
            assert_eq!(highest, m.highest_serial(Operator::Issuer(n)));
            assert_eq!(s.issuer(issuer(n)).map(|i| i.role), m.issuers.get(&n).copied());
            assert_eq!(s.is_suspended(issuer(n)), m.suspended.contains(&n));
            let service = m.issuers.get(&n) == Some(&IssuerRole::MeteringService);
            let cap = s.issue_cap(issuer(n)).map(|cap| (cap.generation, cap.metered));
            assert_eq!(cap, service.then(|| m.cap(n)), "of {n}");
            let count = s.issue_count(issuer(n));
            assert_eq!((count.generation, count.metered), if service { m.count(n) } else { (0, 0) }, "of {n}");
            assert_eq!(s.withdrawn(issuer(n)), m.withdrawn.get(&n).copied().unwrap_or(0), "through {n}");
        }
        assert_eq!(s.openings().len(), m.openings.len());
        assert_eq!(s.openings().last().map(|x| x.open), m.openings.last().map(|name| o.opens[name]));
        let changes: Vec<_> =
            m.key_changes.iter().map(|c| (c.key.of, self.forge.proofs.key_id(c.key), c.from)).collect();
        let known: Vec<_> = s.keys().changes().iter().map(|c| (c.relation, c.key, c.from.get())).collect();
        assert_eq!(known, changes);
        for (name, record) in &m.records {
            let (place, nullifier) = o.leaves[name].placed.unwrap();
            assert_eq!(u64::from(place.0), record.position);
            assert_eq!(s.is_spent(&nullifier), m.is_spent(*name), "record {name}");
        }
        for (id, name) in &o.ids {
            let waits = m.payouts.get(name).filter(|(_, marked)| !marked).map(|(desk, _)| *desk);
            assert_eq!(s.unpaid(*id).map(IssuerId::get), waits, "payout {name}");
        }
        for (name, owed) in &m.obligations {
            let known = s.obligation(&o.leaves[name].commitment).map(|x| {
                let struck = x.ruled.map(|ruled| ruled == Ruled::Struck);
                (x.cycle.get(), x.sign, x.paid, struck)
            });
            assert_eq!(known, Some((owed.cycle, owed.sign, owed.paid, owed.struck)), "obligation {name}");
        }
        for n in 1..=m.epoch.unwrap_or(0) + 1 {
            let known = s.lapse_count(Epoch::new(n).unwrap()).map(|count| (count.alarm, count.lapses as usize));
            let lapses = m.lapses.get(&n);
            assert_eq!(known, lapses.map(|lapses| (lapses.alarm, lapses.plans.len())), "lapses of epoch {n}");
            for (name, opening) in &o.plans {
                let lapsed = lapses.is_some_and(|lapses| lapses.plans.contains(name));
                assert_eq!(s.has_lapsed(Epoch::new(n).unwrap(), &opening.handle), lapsed, "plan {name}");
            }
        }
        let known_plans: Vec<Name> = m.plans.keys().copied().filter(|name| m.known_plan(*name).is_some()).collect();
        let known_trades: Vec<Name> = m.trades.keys().copied().filter(|name| m.known_trade(*name).is_some()).collect();
        for (number, of) in &m.cycles {
            let plans = s.plans_of(cycle(*number)).count();
            assert_eq!(plans, known_plans.iter().filter(|name| m.plans[name].cycle == *number).count());
            let trades = s.trades_of(cycle(*number)).count();
            assert_eq!(trades, known_trades.iter().filter(|name| m.trades[name].cycle == *number).count());
            for (round, confirmations) in of.rounds().flat_map(|r| [(r, false), (r, true)]) {
                let root = s.round_anchor(cycle(*number), round, confirmations).map(|r| self.forge.leaves_of(&r));
                assert_eq!(root, m.round_roots.get(&(*number, round, confirmations)).copied());
            }
        }
        assert_eq!((s.strikes().len(), s.bad_matches().len()), (m.struck, m.bad_matches));
        // What was posted in a round is forgotten when its cycle closes.
        for ((number, round), by) in &m.transcripts {
            let kept = (!m.is_closed(*number)).then_some(o.digests[by]);
            assert_eq!(s.transcript(cycle(*number), *round), kept);
        }
        for ((number, round), by) in &m.masks {
            let kept = (!m.is_closed(*number)).then_some(o.digests[by]);
            assert_eq!(s.mask(cycle(*number), *round), kept);
        }
        for (number, round, buy) in m.scores.keys() {
            let there = s.score_digest(cycle(*number), *round, &o.plans[buy].handle).is_some();
            assert_eq!(there, !m.is_closed(*number));
        }
        self.compare_plans_and_trades();
        if let Err(imbalance) = self.forge.books.check(self.holdings()) {
            panic!("{imbalance}");
        }
        let (mut money, mut energy) = (0i128, BTreeMap::<_, i128>::new());
        for holding in self.holdings() {
            match holding {
                Holding::Money(amount) => money += i128::from(amount.get()),
                Holding::Energy(c, kind, v) => {
                    *energy.entry((c.get(), kind.number())).or_default() += i128::from(v.get());
                }
            }
        }
        let (model_money, mut model_energy) = m.holdings();
        energy.retain(|_, v| *v != 0);
        model_energy.retain(|_, v| *v != 0);
        assert_eq!((money, energy), (model_money, model_energy), "the model's totals");
    }

    fn compare_plans_and_trades(&self) {
        let (m, s, o) = (&self.model, self.state(), &self.forge.openings);
        let known = |plan: Name| o.plans[&plan].handle;
        for (name, plan) in &m.plans {
            let there = s.plan(&known(*name));
            assert_eq!(there.is_some(), m.known_plan(*name).is_some(), "plan {name}");
            let Some(there) = there else { continue };
            assert_eq!(there.stage, plan.stage, "plan {name}");
            assert_eq!((there.side, there.cycle.get(), there.listed_time.0), (plan.side, plan.cycle, plan.listed));
            assert_eq!(there.last_round, plan.last_round, "plan {name}");
            let changes = m.key_changes.iter().filter(|c| c.from <= plan.cycle).count();
            assert_eq!(there.circuits.0 as usize, changes, "plan {name}");
            assert_eq!(there.match_id, plan.match_id.map(|t| o.matches[&t].1.id()), "plan {name}");
        }
        for (name, trade) in &m.trades {
            let there = s.trade(&o.matches[name].1.id());
            assert_eq!(there.is_some(), m.known_trade(*name).is_some(), "trade {name}");
            let Some(there) = there else { continue };
            assert_eq!(there.stage, trade.stage(), "trade {name}");
            assert_eq!((there.round, there.confirm_deadline.0), (trade.round, trade.deadline), "trade {name}");
            let (d, blobs) = (trade.deviation, &self.forge.ciphertexts);
            let deviation = TradeDeviation {
                threshold: d.threshold.then_some(blobs.threshold),
                sold: d.sold.then_some(blobs.deliveries[0]),
                bought: d.bought.then_some(blobs.deliveries[1]),
                result: d.result.then_some(blobs.result),
                announced: d.announced,
                verdict: d.verdict,
            };
            assert_eq!(there.deviation, deviation, "trade {name}");
            for side in [Side::Sell, Side::Buy] {
                let (half, known_half) = (trade.half(side), there.side(side));
                assert_eq!(known_half.handle, known(half.plan));
                assert_eq!(known_half.lock, half.lock, "{side:?} of trade {name}");
                assert_eq!(known_half.within, half.within, "{side:?} of trade {name}");
                assert_eq!(known_half.delivery, half.delivered.map(|(d, _)| o.deliveries[&d].id()));
                assert_eq!(known_half.meter.map(IssuerId::get), half.confirmed.map(|(_, meter)| meter));
            }
        }
    }

    /// All holdings, by the ledger's stages and the openings alone.
    fn holdings(&self) -> Vec<Holding> {
        use crate::openings::Opening;
        use protocol::relation::check::as_u64;
        let (s, o) = (self.state(), &self.forge.openings);
        let energy = |volume, kind, cycle| {
            let number = |x| as_u64(x).unwrap();
            let kind = EnergyType::from_u8(number(kind) as u8).unwrap();
            let cycle = CycleNumber::new(number(cycle) as u32).unwrap();
            Holding::Energy(cycle, kind, Energy::new(number(volume)).unwrap())
        };
        let money = |amount| Holding::Money(Money::new(as_u64(amount).unwrap()).unwrap());
        let mut all = Vec::new();
        for leaf in o.leaves.values() {
            let free = leaf.placed.is_some_and(|(_, nullifier)| !s.is_spent(&nullifier));
            match &leaf.opening {
                Opening::Balance(b) if free => all.push(money(b.amount)),
                Opening::Generation(g) if free => all.push(energy(g.volume, g.energy_type, g.cycle)),
                _ => {}
            }
        }
        for (name, opening) in &o.plans {
            let plan = &opening.plan;
            let Some(there) = s.plan(&opening.handle) else {
                // What a forgotten plan has sold still counts.
                let sold = self.model.plans.get(name).filter(|p| p.stage == PlanStage::InTrade && p.side == Side::Sell);
                let trade = sold.and_then(|p| p.match_id).filter(|trade| !self.model.trades[trade].void);
                let volume = trade.map(|trade| o.matches[&trade].1.volume);
                all.extend(volume.map(|volume| energy(volume, opening.energy_type, plan.cycle)));
                continue;
            };
            let trade = there.match_id.filter(|_| there.stage == PlanStage::InTrade).and_then(|id| s.trade(&id));
            let volume = match (there.stage, trade) {
                (PlanStage::Released, _) => None,
                (PlanStage::InTrade, Some(t)) => {
                    let undecided = [TradeStage::Matched, TradeStage::ConfirmedBySeller, TradeStage::ConfirmedByBuyer];
                    let matched = o.matches[&o.match_ids[&t.match_id]].1.volume;
                    match (t.side(plan.side).lock, plan.side) {
                        (Lock::Held, _) if undecided.contains(&t.stage) => Some(plan.volume),
                        // Sold energy still counts.
                        (Lock::Held, _) | (Lock::Settled, Side::Sell) => Some(matched),
                        _ => None,
                    }
                }
                _ => Some(plan.volume),
            };
            match (volume, plan.side) {
                (None, _) => {}
                (Some(v), Side::Sell) => all.push(energy(v, opening.energy_type, plan.cycle)),
                (Some(v), Side::Buy) => all.push(money(v * plan.price)),
            }
        }
        all
    }
}
