//! The transactions that households prove.

use super::ciphertext::Contents;
use super::*;
use crate::action::Operator;
use fhe_matcher::block::Block;
use market::score::{QuantisedBid, QuantisedOffer};
use protocol::elgamal::{encrypt, Role};
use protocol::keys::{TraceKind, TraceTag};
use protocol::plan::{Bid, Offer, Wanted, Weights};
use protocol::record::balance::Balance;
use protocol::record::generation::Generation;
use protocol::record::plan::{offer_attributes, wanted_attributes, weight_attributes, Plan};
use protocol::record::Commitment;
use protocol::relation as r;
use protocol::relation::check::CredentialShown;
use protocol::relation::plan_ciphertext::{BidOpening, OfferOpening};
use protocol::transaction::body::*;

/// A balance record about to be spent: B, its path, its nullifier.
pub(super) struct BalanceInput(pub Balance, pub Path, pub Nullifier);

impl Forge {
    pub(super) fn household(&mut self, model: &Model, tx: &Tx) -> Transaction {
        match tx.action {
            Action::List(b) => self.list(model, tx, &b),
            Action::Confirm { side, match_id, plan, meter } => self.confirm(tx, side, match_id, plan, meter),
            Action::Refuse { match_id, plan } => self.object(tx, match_id, plan),
            Action::Complain { match_id, plan } => self.complain(tx, match_id, plan),
            Action::Settle { side, match_id, plan, anchor, purse } => {
                self.settle(model, tx, (side, match_id, plan), anchor, purse)
            }
            Action::Release { plan } => self.release(tx, plan),
            Action::Void { match_id, plan } => self.void(tx, match_id, plan),
            Action::Merge { owner, anchor, money, records } => self.merge(tx, owner, anchor, money, records),
            Action::Surplus { .. } => self.surplus(model, tx),
            Action::Shortfall { .. } => self.shortfall(model, tx),
            Action::Withdraw { .. } => self.withdraw(tx),
            _ => panic!("signed"),
        }
    }

    pub(super) fn balance_input(&mut self, name: Option<Name>, who: Who, anchor: u64) -> BalanceInput {
        let leaf = match name {
            Some(name) => self.openings.leaves[&name].clone(),
            None => {
                let (owner, blinding) = (self.households[who].owner.address(), self.fr());
                let opening = Opening::Balance(Balance { amount: Fr::from(0u64), owner, blinding });
                Leaf { commitment: opening.commitment(), opening, owner: who, placed: None }
            }
        };
        let Opening::Balance(balance) = leaf.opening else { panic!("a purse is a balance") };
        let (path, nullifier) = self.spend(&leaf, &self.households[who].owner, anchor);
        BalanceInput(balance, path, nullifier)
    }

    /// A credential shown, and the trace tag.
    pub(super) fn show(
        &mut self,
        credential: Name,
        who: Who,
        anchor: u64,
        e: u32,
        (kind, n): (TraceKind, u8),
        c: u32,
    ) -> (CredentialShown, TraceTag) {
        let leaf = self.openings.leaves[&credential].clone();
        let (path, _) = self.spend(&leaf, &self.households[who].owner, anchor);
        let Opening::Credential(credential) = leaf.opening else { panic!("a credential is shown") };
        let key = self.households[who].key.trace_key(self.genesis.chain(), epoch(e));
        let tag = key.tag(kind, cycle(c), n);
        (CredentialShown { credential, path, trace_key: key.expose(), counter: Fr::from(n) }, tag)
    }

    /// The opening of a plan; for a plan that was never listed, an opening of nothing.
    fn plan_opening(&self, plan: Name) -> PlanOpening {
        let nobodys = || {
            let blinding = Fr::from(plan as u64);
            let opening = Plan {
                side: Side::Sell,
                volume: blinding,
                price: blinding,
                attributes: blinding,
                preferences: blinding,
                meter: blinding,
                cycle: blinding,
                owner: blinding,
                blinding,
            };
            let listing = Listing {
                side: Side::Sell,
                owner: 0,
                cycle: 0,
                epoch: 0,
                anchor: 0,
                record: 0,
                credential: 0,
                volume: 0,
                tick: 0,
                tag: 0,
                handle: plan,
            };
            PlanOpening { listing, plan: opening, handle: self.handle(plan), energy_type: Fr::from(0u64) }
        };
        self.openings.plans.get(&plan).cloned().unwrap_or_else(nobodys)
    }
    pub(super) fn match_opening(&self, match_id: Name) -> protocol::record::matching::Match {
        let zero = Fr::from(0u64);
        let none = || protocol::record::matching::Match {
            sell: zero,
            buy: zero,
            volume: zero,
            price: zero,
            cycle: zero,
            blinding: zero,
        };
        self.openings.matches.get(&match_id).map_or_else(none, |(_, m)| *m)
    }

    fn plan(&mut self, terms: usize, b: &Listing) -> PlanOpening {
        let (grid, place) =
            (market(terms).grid, Place { x: Metres::new(100 * b.owner as u32).unwrap(), y: Metres::new(50).unwrap() });
        let (tick, volume, blinding) = (Tick::new(b.tick).unwrap(), wh(b.volume), self.fr());
        let (owner, meter) = (self.households[b.owner].key.address(), issuer(crate::provable::meter_of(b.owner)));
        let reputation = Reputation::new(60).unwrap();
        let plan = match b.side {
            Side::Sell => {
                let energy_type = match self.openings.leaves.get(&b.record).map(|l| &l.opening) {
                    Some(Opening::Generation(g)) => {
                        EnergyType::ALL.into_iter().find(|t| Fr::from(t.number()) == g.energy_type)
                    }
                    _ => None,
                };
                let energy_type = energy_type.unwrap_or(EnergyType::Wind);
                let offer = Offer { volume, ask: grid.price(tick), energy_type, place, reputation };
                Plan::sell(&offer, meter, cycle(b.cycle), owner, blinding)
            }
            Side::Buy => Plan::buy(&grid, &self.bid(terms, b), meter, cycle(b.cycle), owner, blinding).unwrap(),
        };
        let low = protocol::relation::check::in_bits(plan.attributes, 3);
        let energy_type = if low { plan.attributes } else { lowest_bits(plan.attributes) };
        PlanOpening { listing: *b, plan, handle: plan.handle(), energy_type }
    }
    fn bid(&self, terms: usize, b: &Listing) -> Bid {
        let (grid, weight) = (market(terms).grid, |n| Weight::new(n).unwrap());
        Bid {
            volume: wh(b.volume),
            limit: grid.price(Tick::new(b.tick).unwrap()),
            wanted: Wanted {
                price: grid.price(Tick::new(5).unwrap()),
                volume: wh(b.volume),
                reputation: Reputation::MAX,
                place: Place::default(),
            },
            weights: Weights {
                price: weight(15),
                volume: weight(1),
                reputation: weight(2),
                place: weight(3),
                types: [weight(4); 5],
            },
        }
    }

    fn list(&mut self, model: &Model, tx: &Tx, b: &Listing) -> Transaction {
        let terms = model.cycles.get(&b.cycle).map_or(0, |c| c.terms);
        // No proof can use parameters that are not known yet.
        let flaw = if model.cycles.contains_key(&b.cycle) { tx.flaw } else { Flaw::Seal };
        let tx = &Tx { flaw, ..tx.clone() };
        let fresh = self.plan(terms, b);
        let opening = self.openings.plans.entry(b.handle).or_insert(fresh).clone();
        self.openings.handles.insert(opening.handle, b.handle);
        let (plan, handle) = (opening.plan, opening.handle);
        let owner = self.owner(tx, b.owner);
        let leaf = self.openings.leaves[&b.record].clone();
        let (path, nullifier) = self.spend(&leaf, &self.households[b.owner].owner, b.anchor);
        let kind = if b.side == Side::Sell { TraceKind::Sell } else { TraceKind::Buy };
        let (shown, tag) = self.show(b.credential, b.owner, b.anchor, b.epoch, (kind, b.tag), b.cycle);
        let (change_blinding, ephemeral) = (self.fr(), self.ephemeral());
        let (terms_key, audit_key) = (self.genesis.terms_key.point(), self.genesis.audit_key.point());
        let change = match &leaf.opening {
            Opening::Generation(g) => Opening::Generation(Generation {
                volume: g.volume - plan.volume + Self::extra(tx),
                blinding: change_blinding,
                ..*g
            }),
            Opening::Balance(x) => Opening::Balance(Balance {
                amount: x.amount - plan.volume * plan.price + Self::extra(tx),
                blinding: change_blinding,
                ..*x
            }),
            _ => panic!("nothing to list"),
        };
        let change = self.keep(tx.name, b.owner, change);
        let (m, scale) = (market(terms), (&market(terms)).into());
        let place = Place { x: Metres::new(100 * b.owner as u32).unwrap(), y: Metres::new(50).unwrap() };
        let (block, contents) = match (b.side, &leaf.opening) {
            (Side::Sell, Opening::Generation(generation)) => {
                let energy_type = EnergyType::ALL.into_iter().find(|t| Fr::from(t.number()) == generation.energy_type);
                let (volume, ask) = (wh(b.volume), m.grid.price(Tick::new(b.tick).unwrap()));
                let (energy_type, reputation) = (energy_type.unwrap(), Reputation::new(60).unwrap());
                let offer = Offer { volume, ask, energy_type, place, reputation };
                let contents = OfferOpening::new(&scale, &plan, offer_attributes(&offer));
                (Block::offer(&QuantisedOffer::new(&m, &offer).unwrap()), Contents::Offer(Box::new(contents)))
            }
            (Side::Buy, Opening::Balance(_)) => {
                let bid = self.bid(terms, b);
                let wanted = wanted_attributes(&m.grid, &bid).unwrap();
                let contents = BidOpening::new(&scale, &plan, wanted, weight_attributes(&bid));
                (Block::bid(&QuantisedBid::new(&m, &bid).unwrap()), Contents::Bid(Box::new(contents)))
            }
            _ => panic!("energy is sold, money buys"),
        };
        let (ciphertext, encrypted) = self.blob(tx, block.unwrap());
        self.openings.blobs.insert(tx.name, ciphertext);
        let body = ListPlan {
            cycle: cycle(b.cycle),
            epoch: epoch(b.epoch),
            root: self.root(b.anchor),
            nullifier,
            handle,
            change,
            tag,
            c1: ephemeral.point(),
            terms: encrypt(Role::Terms, &terms_key, handle.0, &ephemeral.e, &[plan.volume, plan.price]),
            audit: encrypt(Role::Audit, &audit_key, handle.0, &ephemeral.e, &[plan.owner, plan.volume, plan.price]),
            plan_key: encryption(PLAN).point(),
            ciphertext,
            memo: NOTE,
        };
        let statement = |binding| r::list_plan::ListPlan {
            root: body.root,
            epoch: body.epoch,
            cycle: body.cycle,
            parameters: market(terms).digest(&terms_of(terms)),
            nullifier,
            handle,
            change,
            tag,
            terms_key,
            audit_key,
            c1: body.c1,
            terms: body.terms,
            audit: body.audit,
            binding,
        };
        let tick = Tick::new(b.tick).unwrap();
        let parameters = r::list_plan::ParametersOpening::new(&market(terms), &terms_of(terms), tick);
        match (leaf.opening, &contents) {
            (Opening::Generation(generation), Contents::Offer(offer)) => {
                let (attributes, body) = (offer.attributes, Body::SellPlan(body));
                let second = self.second(tx, &body, scale, contents, encrypted);
                self.proved_beside(tx, body, Some(second), |binding| {
                    let witness = r::list_plan::SellPlanWitness {
                        owner,
                        generation,
                        path,
                        shown,
                        plan,
                        attributes,
                        parameters,
                        change_blinding,
                        ephemeral,
                    };
                    Claim::SellPlan(statement(binding), witness)
                })
            }
            (Opening::Balance(balance), Contents::Bid(bid)) => {
                let (wanted, weights, body) = (bid.wanted, bid.weights, Body::BuyPlan(body));
                let second = self.second(tx, &body, scale, contents, encrypted);
                self.proved_beside(tx, body, Some(second), |binding| {
                    let witness = r::list_plan::BuyPlanWitness {
                        owner,
                        balance,
                        path,
                        shown,
                        plan,
                        wanted,
                        weights,
                        parameters,
                        change_blinding,
                        ephemeral,
                    };
                    Claim::BuyPlan(statement(binding), witness)
                })
            }
            _ => panic!("energy is sold, money buys"),
        }
    }

    fn confirm(&mut self, tx: &Tx, side: Side, match_id: Name, plan: Name, m: u32) -> Transaction {
        let (opening, record) = (self.plan_opening(plan), self.match_opening(match_id));
        let (owner, change_blinding, ephemeral) = (self.owner(tx, opening.listing.owner), self.fr(), self.ephemeral());
        let present = tx.service - u32::from(tx.flaw == Flaw::Stale);
        let meter_key = decryption_key(key_after(Operator::Issuer(m), present)).public().point();
        let (plan, handle, id) = (opening.plan, opening.handle, self.match_id(match_id));
        let left = plan.volume - record.volume;
        let (address, blinding) = (plan.owner, change_blinding);
        let change = match side {
            Side::Sell => Opening::Generation(Generation {
                volume: left + Self::extra(tx),
                energy_type: opening.energy_type,
                cycle: plan.cycle,
                owner: address,
                meter: plan.meter,
                blinding,
            }),
            Side::Buy => {
                Opening::Balance(Balance { amount: left * plan.price + Self::extra(tx), owner: address, blinding })
            }
        };
        let change = self.keep(tx.name, opening.listing.owner, change);
        let metering = encrypt(Role::Metering, &meter_key, handle.0, &ephemeral.e, &[address, record.volume]);
        let (c1, meter) = (ephemeral.point(), issuer(m));
        let generation = protocol::ids::Generation(tx.service);
        let body = Confirm { match_id: id, handle, meter, generation, c1, metering, change, memo: NOTE };
        let at = cycle(opening.listing.cycle);
        let claim = |binding| {
            let energy_type = opening.energy_type;
            let statement = r::confirm::Confirm {
                match_id: id,
                handle,
                cycle: at,
                meter,
                meter_key,
                c1,
                metering,
                change,
                binding,
            };
            let witness =
                r::confirm::ConfirmWitness { owner, match_id: record, plan, energy_type, change_blinding, ephemeral };
            match side {
                Side::Sell => Claim::ConfirmSell(statement, witness),
                Side::Buy => Claim::ConfirmBuy(statement, witness),
            }
        };
        let body = if side == Side::Sell { Body::ConfirmSell(body) } else { Body::ConfirmBuy(body) };
        self.proved(tx, body, claim)
    }

    fn object(&mut self, tx: &Tx, match_id: Name, plan: Name) -> Transaction {
        let (opening, record) = (self.plan_opening(plan), self.match_opening(match_id));
        let owner = self.owner(tx, opening.listing.owner);
        let (match_id, handle, plan) = (self.match_id(match_id), opening.handle, opening.plan);
        self.proved(tx, Body::Refuse(Objection { match_id, handle }), |binding| {
            let witness = r::refuse::RefuseWitness { owner, match_id: record, plan };
            Claim::Refuse(r::refuse::Refuse { match_id, handle, binding }, witness)
        })
    }

    fn complain(&mut self, tx: &Tx, match_id: Name, plan: Name) -> Transaction {
        let (name, match_id, handle) = (match_id, self.match_id(match_id), self.handle(plan));
        let (chain, expiry) = (self.chain(tx), Height(tx.expiry));
        let body = Body::Complain(Complaint { match_id, handle, shared: self.shared(name, PLAN, b"").0 });
        let id = transaction_id(chain, Self::sealed_expiry(tx), &body);
        let secret = PLAN + u64::from(tx.flaw == Flaw::Stranger);
        let mut proof = self.shared(name, secret, &id.0).1;
        if tx.flaw == Flaw::Seal {
            proof.response[5] ^= 1;
        }
        Transaction { chain, expiry, body, seal: Seal::Shared(proof) }
    }

    fn settle(
        &mut self,
        model: &Model,
        tx: &Tx,
        (side, match_id, plan): (Side, Name, Name),
        anchor: u64,
        purse: Option<Name>,
    ) -> Transaction {
        let opening = self.plan_opening(plan);
        let (id, record, plan) = (self.match_id(match_id), self.match_opening(match_id), opening.plan);
        let owner = self.owner(tx, opening.listing.owner);
        let BalanceInput(balance, path, nullifier) = self.balance_input(purse, opening.listing.owner, anchor);
        let trade = model.trades.get(&match_id);
        let half = |side| trade.and_then(|t| t.half(side).delivered);
        let delivery = |side| {
            let zero = Fr::from(0u64);
            let none =
                protocol::record::delivery::Delivery { match_id: zero, side: zero, amount: zero, blinding: zero };
            half(side).map_or(none, |(name, _)| self.openings.deliveries[&name])
        };
        let (delivery_sell, delivery_buy) = (delivery(Side::Sell), delivery(Side::Buy));
        let (within, final_volume) = trade.and_then(|t| t.settlement()).unwrap_or((false, 0));
        let counted =
            [Side::Sell, Side::Buy].map(|side| Fr::from(trade.and_then(|t| t.counted(side)).unwrap_or_default()));
        let delivered = Fr::from(trade.and_then(|t| t.arrived()).unwrap_or_default());
        let owes = trade.and_then(|t| t.owes()).unwrap_or_default().map(Fr::from);
        let (v_f, new_blinding) = (Fr::from(final_volume), self.fr());
        let moved = v_f * record.price - owes[0] + owes[1];
        let amount = match side {
            Side::Sell => balance.amount + moved,
            Side::Buy => balance.amount + record.volume * plan.price - moved,
        };
        let amount = amount + Self::extra(tx);
        let new = Opening::Balance(Balance { amount, owner: plan.owner, blinding: new_blinding });
        let new: Commitment = self.keep(tx.name, opening.listing.owner, new);
        let (root, handle) = (self.root(anchor), opening.handle);
        let terms = trade.map_or(0, |t| t.terms);
        let paid = trade.and_then(|t| t.moved()).unwrap_or_default();
        let paid = Money::new(u64::try_from(paid).unwrap()).unwrap();
        let body = Settle { match_id: id, handle, root, within, nullifier, balance: new, memo: NOTE };
        let claim = |binding| {
            let statement = r::settle::Settle {
                root,
                match_id: id,
                delivery_sell: delivery_sell.id(),
                delivery_buy: delivery_buy.id(),
                handle,
                within,
                tolerance: market(terms).tolerance,
                penalty: terms_of(terms).penalty,
                nullifier,
                balance: new,
                binding,
            };
            let witness = r::settle::SettleWitness {
                owner,
                plan,
                match_id: record,
                delivery_sell,
                delivery_buy,
                counted,
                delivered,
                final_volume: v_f,
                owes,
                balance,
                path,
                new_blinding,
            };
            match side {
                Side::Sell => Claim::SettleSell(statement, witness),
                Side::Buy => Claim::SettleBuy(statement, witness),
            }
        };
        let body = if side == Side::Sell { Body::SettleSell(body) } else { Body::SettleBuy(body) };
        let transaction = self.proved(tx, body, claim);
        self.announce(&transaction, Some(Flow::Settled(id, side, paid)));
        transaction
    }

    /// The refund of this volume of a plan, and 1 more if the wallet lies.
    fn refunded(&mut self, tx: &Tx, opening: &PlanOpening, volume: Fr) -> (Commitment, Fr) {
        let (plan, blinding) = (opening.plan, self.fr());
        let refund = match plan.side {
            Side::Sell => Opening::Generation(Generation {
                volume: volume + Self::extra(tx),
                energy_type: opening.energy_type,
                cycle: plan.cycle,
                owner: plan.owner,
                meter: plan.meter,
                blinding,
            }),
            Side::Buy => {
                Opening::Balance(Balance { amount: volume * plan.price + Self::extra(tx), owner: plan.owner, blinding })
            }
        };
        (self.keep(tx.name, opening.listing.owner, refund), blinding)
    }

    fn release(&mut self, tx: &Tx, plan: Name) -> Transaction {
        let opening = self.plan_opening(plan);
        let owner = self.owner(tx, opening.listing.owner);
        let (refund, blinding) = self.refunded(tx, &opening, opening.plan.volume);
        let (handle, side, at) = (opening.handle, opening.plan.side, cycle(opening.listing.cycle));
        self.proved(tx, Body::Release(Release { handle, refund, memo: NOTE }), |binding| {
            let (plan, energy_type) = (opening.plan, opening.energy_type);
            let statement = r::release::Release { handle, cycle: at, side, refund, binding };
            Claim::Release(statement, r::release::ReleaseWitness { owner, plan, energy_type, blinding })
        })
    }

    fn void(&mut self, tx: &Tx, match_id: Name, plan: Name) -> Transaction {
        let (opening, record) = (self.plan_opening(plan), self.match_opening(match_id));
        let owner = self.owner(tx, opening.listing.owner);
        let (refund, blinding) = self.refunded(tx, &opening, record.volume);
        let (match_id, handle, side) = (self.match_id(match_id), opening.handle, opening.plan.side);
        let at = cycle(opening.listing.cycle);
        self.proved(tx, Body::Void(Void { match_id, handle, refund, memo: NOTE }), |binding| {
            let (plan, energy_type) = (opening.plan, opening.energy_type);
            let statement = r::void::Void { match_id, handle, cycle: at, side, refund, binding };
            Claim::Void(statement, r::void::VoidWitness { owner, match_id: record, plan, energy_type, blinding })
        })
    }
}

/// The lowest three bits of packed attributes.
fn lowest_bits(x: Fr) -> Fr {
    use ark_ff::PrimeField;
    Fr::from(x.into_bigint().0[0] & 7)
}
