//! Delivery records: each side's metering service posts its half of every trade, round by round
//! (docs/protocol/50-settlement-and-grid.md, "Delivery, round by round").
//!
//! The halves of a round depend on the reading and on earlier rounds, all of whose trades are
//! delivered or void. A round's own deadline is a slot after that of the round before. So a service
//! can post its halves of a round a whole slot before they are due, whatever other services keep
//! back.

use super::generations::Keys;
use super::trades::MeteredTrade;
use super::{Error, MeteringService, TradeStage};
use crate::opening::{open_delivery, reopen_delivery, DeliveryOpening};
use crate::prover::{Instance, Prover};
use crate::service_keys::ServiceKey;
use ark_ed_on_bls12_381::Fr as Scalar;
use protocol::elgamal::Role;
use protocol::encoding::Canonical;
use protocol::ids::Height;
use protocol::keys::Address;
use protocol::record::MatchId;
use protocol::relation::check::Ephemeral;
use protocol::relation::deliver::{Deliver as Statement, DeliverWitness};
use protocol::relation::RelationKind;
use protocol::transaction::body::Deliver;
use protocol::transaction::{binding, transaction_id, Body, Transaction};
use protocol::units::{Cycle, Energy, Side};
use protocol::Fr;
use rand_core::{CryptoRng, RngCore};
use std::collections::BTreeMap;

const SIDES: [Side; 2] = [Side::Sell, Side::Buy];

/// Halves that can be posted, by the trade's place among all trades, and by side.
type Due = BTreeMap<(usize, usize), DeliveryOpening>;

impl MeteringService {
    /// The halves that can be posted now, in the ledger's order and each once. A household's trades
    /// wait while it has no reading. A half that the ledger has, but that this service's restored
    /// state lacks, was read from there and is not posted again. Errors: [`Error::UnknownCycle`];
    /// [`Error::CycleOpen`] while a trade may still become binding; [`Error::Prover`], with nothing
    /// given out.
    pub fn deliver<R: RngCore + CryptoRng>(
        &mut self,
        prover: &dyn Prover,
        rng: &mut R,
        cycle: Cycle,
        expiry: Height,
    ) -> Result<Vec<Transaction>, Error> {
        self.cycle(cycle)?;
        if self.trades.of(cycle).any(|trade| trade.stage == TradeStage::Matched) {
            return Err(Error::CycleOpen("a trade awaits its confirmations"));
        }
        let mut due = Due::new();
        for ((of, household), reading) in &self.readings {
            if *of == cycle {
                self.share(cycle, Side::Sell, *household, reading.injected, &mut due);
                self.share(cycle, Side::Buy, *household, reading.consumed, &mut due);
            }
        }
        let transactions = self.post(prover, rng, &due, expiry)?;
        for ((trade, side), opening) in due {
            self.trades.all[trade].halves[side] = Some(opening);
        }
        Ok(transactions)
    }

    /// Seals again, with fresh serials, the halves that were given out and are not on the ledger.
    /// Call this when their transactions have expired, or when a metering service has another key.
    /// Errors: [`Error::UnknownTrade`], of a trade whose plans
    /// this service has not seen listed; [`Error::Prover`], with nothing given out.
    pub fn deliver_again<R: RngCore + CryptoRng>(
        &mut self,
        prover: &dyn Prover,
        rng: &mut R,
        cycle: Cycle,
        expiry: Height,
    ) -> Result<Vec<Transaction>, Error> {
        let mut due = Due::new();
        for (i, trade) in self.trades.all.iter().enumerate() {
            if trade.cycle == cycle && trade.stage == TradeStage::Binding {
                for side in SIDES.map(|s| s as usize) {
                    let missing = trade.owners[side].is_some() && trade.posted[side].is_none();
                    due.extend(trade.halves[side].filter(|_| missing).map(|opening| ((i, side), opening)));
                }
            }
        }
        self.post(prover, rng, &due, expiry)
    }

    /// Shares what a household's meter counted on a side among its trades of that side. Those of one
    /// round share, in the ledger's order, what all earlier rounds have left, each taking
    /// `min(v_m, left)` off. What the other side did not take, and all of a void trade's share, is
    /// given back when the round is decided.
    fn share(&self, cycle: Cycle, side: Side, household: Address, metered: Energy, due: &mut Due) {
        let at = side as usize;
        let all = self.trades.all.iter().enumerate();
        let mut own: Vec<(usize, &MeteredTrade)> =
            all.filter(|(_, t)| t.cycle == cycle && t.owners[at] == Some(household)).collect();
        own.retain(|(_, trade)| trade.stage != TradeStage::Dissolved);
        own.sort_by_key(|(_, trade)| trade.round);
        let mut left = metered.get();
        for round in own.chunk_by(|(_, a), (_, b)| a.round == b.round) {
            let (mut rest, mut taken, mut decided) = (left, 0u64, true);
            for (i, trade) in round {
                let half = trade.halves[at].unwrap_or_else(|| {
                    let matched = trade.volume.expect("known with the owner");
                    self.half(trade.id, side, Energy::new(matched.get().min(rest)).expect("not above v_m"))
                });
                if trade.stage == TradeStage::Binding && trade.halves[at].is_none() && trade.posted[at].is_none() {
                    due.insert((*i, at), half);
                }
                rest = rest.saturating_sub(half.amount.get());
                match (trade.stage, trade.delivered()) {
                    (TradeStage::Delivered, Some(delivered)) => taken += delivered.get(),
                    (TradeStage::Void, _) => {}
                    _ => decided = false,
                }
            }
            if !decided {
                return;
            }
            left = left.saturating_sub(taken);
        }
    }

    /// Takes a half on the ledger: one of this service, which it can always read again, or one that
    /// the other side's service encrypted to it.
    pub(super) fn delivered(&mut self, body: &Deliver) {
        let Some(trade) = self.trades.get(body.match_id) else { return };
        let (side, other) = (body.side as usize, body.side.other() as usize);
        let own = trade.owners[side].and_then(|_| {
            self.identity.all_keys().find_map(|keys| {
                let e = self.ephemeral(keys, body.match_id, body.side);
                reopen_delivery(&e, &self.terms_key.point(), body)
            })
        });
        let told = || {
            let key = trade.owners[other].and_then(|_| self.identity.decryption_key(body.generation))?;
            open_delivery(key, Role::DeliveryMeter, body)
        };
        let opening = own.or_else(told);
        if let Some(trade) = self.trades.get_mut(body.match_id) {
            trade.posted[side] = Some(body.delivery);
            trade.halves[side] = opening;
        }
    }

    /// The opening of a half. It follows from the half, so that it is the same however often it is
    /// made.
    fn half(&self, match_id: MatchId, side: Side, amount: Energy) -> DeliveryOpening {
        let mut says = half_name(match_id, side);
        amount.write(&mut says);
        let secret = self.identity.keys.signer.expose();
        let blinding = self.identity.repeatable_blinding("veilgrid/delivery-blinding/1", secret, &says);
        DeliveryOpening { side, amount, blinding }
    }

    /// The scalar e of a half's ciphertexts, made with these keys. Their context is the record, so
    /// another amount gives other key streams.
    fn ephemeral(&self, keys: &Keys, match_id: MatchId, side: Side) -> Scalar {
        let (what, says) = ("veilgrid/delivery-ephemeral/1", half_name(match_id, side));
        self.identity.repeatable_scalar(what, keys.signer.expose(), &says)
    }

    /// Proves and signs these halves, all or none.
    fn post<R: RngCore + CryptoRng>(
        &mut self,
        prover: &dyn Prover,
        rng: &mut R,
        due: &Due,
        expiry: Height,
    ) -> Result<Vec<Transaction>, Error> {
        self.identity.in_force()?;
        let serials = self.identity.serials;
        let mut transactions = Vec::with_capacity(due.len());
        for ((trade, _), opening) in due {
            let trade = self.trades.all[*trade].clone();
            match self.half_transaction(prover, rng, &trade, opening, expiry) {
                Ok(transaction) => transactions.push(transaction),
                Err(error) => {
                    self.identity.serials = serials;
                    return Err(error);
                }
            }
        }
        Ok(transactions)
    }

    fn half_transaction<R: RngCore + CryptoRng>(
        &mut self,
        prover: &dyn Prover,
        rng: &mut R,
        trade: &MeteredTrade,
        opening: &DeliveryOpening,
        expiry: Height,
    ) -> Result<Transaction, Error> {
        let (match_id, side) = (trade.id, opening.side);
        let [Some(seller), Some(buyer)] = trade.handles.map(|handle| self.plans.get(&handle)) else {
            return Err(Error::UnknownTrade);
        };
        let other = trade.meters[side.other() as usize].and_then(|meter| self.issuers.get(&meter));
        let ServiceKey { generation, key } = *other.ok_or(Error::UnknownTrade)?;
        let meter = key.point();
        let keys = [self.terms_key.point(), *seller, *buyer, meter];
        let witness = DeliverWitness {
            amount: Fr::from(opening.amount.get()),
            blinding: opening.blinding,
            ephemeral: Ephemeral { e: self.ephemeral(&self.identity.keys, match_id, side) },
        };
        let (delivery, c1) = (opening.record(match_id).id(), witness.ephemeral.point());
        let pairs = Statement::encrypted(delivery, &keys, &witness);
        let [terms, seller, buyer, meter] = pairs;
        let (issuer, serial) = (self.identity.id, self.identity.serials.take(expiry));
        let ciphertexts =
            Deliver { issuer, serial, match_id, side, delivery, c1, terms, seller, buyer, meter, generation };
        let body = Body::Deliver(ciphertexts);
        let key = self.identity.proofs.key_at(prover, RelationKind::Deliver, Some(trade.cycle))?;
        let binding = binding(transaction_id(self.identity.chain, expiry, &body), key);
        let statement = Statement { match_id, side, delivery, c1, keys, pairs, binding };
        let instance = Instance::Deliver(&statement, &witness);
        instance.check().map_err(|broken| Error::Prover(broken.to_string()))?;
        let proof = prover.prove(key, &instance, rng)?;
        Ok(self.identity.keys.signer.seal_proved(self.identity.chain, expiry, body, key, proof))
    }
}

fn half_name(match_id: MatchId, side: Side) -> Vec<u8> {
    let mut says = Vec::new();
    match_id.write(&mut says);
    side.write(&mut says);
    says
}
