//! Delivery records: each side's metering service posts its half, trade by trade
//! (docs/protocol/50-settlement-and-grid.md).
//!
//! The remainder of a household's reading depends on its earlier trades. So a service takes trades
//! in the ledger's order, and a trade that waits for another service's half holds up its
//! household's later trades. The earliest trade of all never waits, so two services that exchange
//! halves never block each other.

use super::trades::MeteredTrade;
use super::{Error, MeteringService, TradeStage};
use crate::note::{self, DeliveryOpening, Payload};
use crate::seal::ephemeral_scalar;
use protocol::elgamal::{encrypt, ephemeral, Role};
use protocol::encoding::Canonical;
use protocol::ids::Height;
use protocol::keys::Address;
use protocol::record::MatchId;
use protocol::transaction::body::Deliver;
use protocol::transaction::{Body, Kind, Transaction};
use protocol::units::{Cycle, Energy, Side};
use rand_core::{CryptoRng, RngCore};
use std::collections::{BTreeMap, BTreeSet};

/// One side's half of a delivery, as services tell each other. Not printable.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Half {
    /// The match record MR.
    pub match_id: MatchId,
    /// The half's opening: side, amount, blinding.
    pub opening: DeliveryOpening,
}

/// A Deliver to be posted, and the same half in the clear for the other side's service.
pub struct Posting {
    /// The transaction, for the ledger.
    pub transaction: Transaction,
    /// The half, for the other side's service once the transaction is on the ledger.
    pub half: Half,
}

const SIDES: [Side; 2] = [Side::Sell, Side::Buy];

impl MeteringService {
    /// The halves that can be posted now, in order and each once. A trade waits while one of its
    /// households has no reading. A half that the ledger has, but that this service's restored
    /// state lacks, is taken up again and not posted. If the reading or an earlier trade now gives
    /// another half than the ledger's, the trade waits until a service that was sent the half gives
    /// it back ([`Self::receive_half`]). Errors: [`Error::UnknownCycle`], [`Error::CycleOpen`]
    /// while a trade may still become binding.
    pub fn deliver<R: RngCore + CryptoRng>(
        &mut self,
        rng: &mut R,
        cycle: Cycle,
        expiry: Height,
    ) -> Result<Vec<Posting>, Error> {
        self.cycle(cycle)?;
        let indices: Vec<usize> = (0..self.trades.all.len()).filter(|i| self.trades.all[*i].cycle == cycle).collect();
        if indices.iter().any(|i| self.trades.all[*i].stage == TradeStage::Matched) {
            return Err(Error::CycleOpen("a trade awaits its confirmations"));
        }
        let mut left: BTreeMap<(Side, Address), u64> = BTreeMap::new();
        for ((c, household), reading) in &self.readings {
            if *c == cycle {
                left.insert((Side::Sell, *household), reading.injected.get());
                left.insert((Side::Buy, *household), reading.consumed.get());
            }
        }
        let mut waiting = BTreeSet::new();
        let mut postings = Vec::new();
        for i in indices {
            let stage = self.trades.all[i].stage;
            if stage != TradeStage::Binding && stage != TradeStage::Delivered {
                continue;
            }
            let ours: Vec<(Side, Address)> =
                SIDES.iter().filter_map(|s| self.trades.all[i].owners[*s as usize].map(|owner| (*s, owner))).collect();
            for (side, owner) in &ours {
                let trade = &self.trades.all[i];
                if trade.halves[*side as usize].is_none() {
                    let Some(rest) = left.get(&(*side, *owner)).filter(|_| !waiting.contains(&(*side, *owner))) else {
                        continue;
                    };
                    let matched = trade.volume.expect("known with the owner");
                    let amount = Energy::new(matched.get().min(*rest)).expect("not above v_m");
                    let opening = self.half(trade.id, *side, amount);
                    match trade.posted[*side as usize] {
                        Some(there) if there != opening.record(trade.id).id() => continue,
                        Some(_) => {}
                        None => {
                            let trade = trade.clone();
                            let transaction = self.half_transaction(rng, &trade, &opening, expiry)?;
                            postings.push(Posting { transaction, half: Half { match_id: trade.id, opening } });
                        }
                    }
                    self.trades.all[i].halves[*side as usize] = Some(opening);
                }
            }
            match self.trades.all[i].delivered() {
                Some(delivered) => {
                    for key in &ours {
                        if let Some(rest) = left.get_mut(key) {
                            *rest = rest.saturating_sub(delivered.get());
                        }
                    }
                }
                None => waiting.extend(ours),
            }
        }
        Ok(postings)
    }

    /// Seals again, with fresh serials, the halves that were given out and are not on the ledger.
    /// Call this when their transactions have expired. Error: [`Error::UnknownTrade`], of a trade
    /// whose plans this service has not seen listed.
    pub fn deliver_again<R: RngCore + CryptoRng>(
        &mut self,
        rng: &mut R,
        cycle: Cycle,
        expiry: Height,
    ) -> Result<Vec<Transaction>, Error> {
        let open: Vec<MeteredTrade> =
            self.trades.of(cycle).filter(|t| t.stage == TradeStage::Binding && t.is_ours()).cloned().collect();
        let mut transactions = Vec::new();
        for trade in &open {
            for side in SIDES.map(|s| s as usize) {
                let missing = trade.owners[side].is_some() && trade.posted[side].is_none();
                if let Some(opening) = trade.halves[side].filter(|_| missing) {
                    transactions.push(self.half_transaction(rng, trade, &opening, expiry)?);
                }
            }
        }
        Ok(transactions)
    }

    /// Takes the other service's half of a shared trade, or this service's own half from a service
    /// that it was sent to; the half must open the delivery record on the ledger. Errors:
    /// [`Error::UnknownTrade`], [`Error::WrongHalf`].
    pub fn receive_half(&mut self, half: &Half) -> Result<(), Error> {
        let trade = self.trades.get_mut(half.match_id).filter(|t| t.is_ours()).ok_or(Error::UnknownTrade)?;
        let side = half.opening.side as usize;
        let on_ledger = trade.posted[side].ok_or(Error::WrongHalf)?;
        if half.opening.record(half.match_id).id() != on_ledger {
            return Err(Error::WrongHalf);
        }
        trade.halves[side] = Some(half.opening);
        Ok(())
    }

    /// The opening of a half. It follows from the half, so that it is the same however often it is
    /// made.
    fn half(&self, match_id: MatchId, side: Side, amount: Energy) -> DeliveryOpening {
        let mut says = Vec::new();
        match_id.write(&mut says);
        side.write(&mut says);
        amount.write(&mut says);
        let blinding = self.identity.repeatable_blinding("veilgrid/delivery-blinding/1", &says);
        DeliveryOpening { side, amount, blinding }
    }

    fn half_transaction<R: RngCore + CryptoRng>(
        &mut self,
        rng: &mut R,
        trade: &MeteredTrade,
        opening: &DeliveryOpening,
        expiry: Height,
    ) -> Result<Transaction, Error> {
        let keys = trade.handles.map(|handle| self.plans.get(&handle));
        let [Some(sell), Some(buy)] = keys else { return Err(Error::UnknownTrade) };
        let delivery = opening.record(trade.id).id();
        let chain = self.identity.chain;
        let payload = Payload::Delivery(*opening);
        let [note_sell, note_buy] =
            [sell, buy].map(|key| note::seal(rng, key, chain, Kind::Deliver, delivery.0, &payload));
        let e = ephemeral_scalar(rng);
        let messages = [protocol::Fr::from(opening.amount.get()), opening.blinding];
        let body = Deliver {
            issuer: self.identity.id,
            serial: self.identity.serials.take(expiry),
            match_id: trade.id,
            side: opening.side,
            delivery,
            note_sell,
            note_buy,
            c1: ephemeral(&e),
            terms: encrypt(Role::Terms, &self.terms_key.point(), delivery.0, &e, &messages),
        };
        Ok(self.identity.signer.seal(chain, expiry, Body::Deliver(body)))
    }
}
