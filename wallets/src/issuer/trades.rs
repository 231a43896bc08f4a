//! Trades as a metering service sees them: their stages from the ledger, their volumes from
//! confirmations that name the service, and the halves of their deliveries.

use crate::opening::DeliveryOpening;
use protocol::keys::Address;
use protocol::record::{DeliveryId, Handle, MatchId};
use protocol::settlement::Settlement;
use protocol::transaction::body::Match;
use protocol::units::{Cycle, Energy, IssuerId, PerMille, Side};
use std::collections::BTreeMap;

/// Stage of a trade, as far as a metering service cares.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub enum TradeStage {
    /// The trade awaits confirmations.
    Matched = 0,
    /// The trade never became binding.
    Dissolved = 1,
    /// The trade is binding and to be delivered.
    Binding = 2,
    /// Both halves are on the ledger.
    Delivered = 3,
    /// A half was missing at the deadline of the trade's round.
    Void = 4,
}

/// The outcome of a delivered trade.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TradeOutcome {
    /// v_m: the matched volume.
    pub matched: Energy,
    /// a_s: the energy that the seller's meter counted for the trade.
    pub injected: Energy,
    /// a_b: the energy that the buyer's meter counted for the trade.
    pub consumed: Energy,
    /// v_a: the delivered volume, the smaller of a_s and a_b.
    pub delivered: Energy,
    /// Whether the deviation is within tolerance.
    pub within: bool,
    /// v_f: the settled volume.
    pub settled: Energy,
}

impl TradeOutcome {
    /// Whether this side's meter fell short of v_m.
    pub fn fell_short(&self, side: Side) -> bool {
        let own = match side {
            Side::Sell => self.injected,
            Side::Buy => self.consumed,
        };
        own < self.matched
    }
}

/// A trade, with one entry a side (seller's, buyer's).
#[derive(Clone)]
pub(super) struct MeteredTrade {
    pub id: MatchId,
    pub cycle: Cycle,
    pub round: u8,
    pub handles: [Handle; 2],
    pub stage: TradeStage,
    /// The sides' metering services, once they have confirmed.
    pub meters: [Option<IssuerId>; 2],
    /// The sides' households, where they are this service's.
    pub owners: [Option<Address>; 2],
    /// v_m, once a household of this service has confirmed.
    pub volume: Option<Energy>,
    /// Openings of the halves: those that this service made, and those that the ledger has.
    pub halves: [Option<DeliveryOpening>; 2],
    /// Delivery records on the ledger.
    pub posted: [Option<DeliveryId>; 2],
}

impl MeteredTrade {
    pub fn is_ours(&self) -> bool {
        self.owners.iter().any(Option::is_some)
    }
    /// v_a, the delivered volume, once both halves are known.
    pub fn delivered(&self) -> Option<Energy> {
        match self.halves {
            [Some(s), Some(b)] => Some(s.amount.min(b.amount)),
            _ => None,
        }
    }
    pub fn outcome(&self, tolerance: PerMille) -> Option<TradeOutcome> {
        if self.stage != TradeStage::Delivered {
            return None;
        }
        let [Some(s), Some(b)] = self.halves else { return None };
        let settlement = Settlement::new(self.volume?, [s.amount, b.amount], tolerance);
        let Settlement { matched, delivered, within, settled, .. } = settlement;
        Some(TradeOutcome { matched, injected: s.amount, consumed: b.amount, delivered, within, settled })
    }
}

/// All trades on the ledger, in its order.
#[derive(Default)]
pub(super) struct Trades {
    pub all: Vec<MeteredTrade>,
    index: BTreeMap<MatchId, usize>,
    /// The trade that each plan is in, while it may still be dissolved.
    pending: BTreeMap<Handle, usize>,
}

impl Trades {
    pub fn push(&mut self, trade: MeteredTrade) {
        let at = self.all.len();
        self.index.insert(trade.id, at);
        if trade.stage == TradeStage::Matched {
            self.pending.extend(trade.handles.map(|h| (h, at)));
        }
        self.all.push(trade);
    }
    pub fn matched(&mut self, body: &Match) {
        self.push(MeteredTrade {
            id: body.match_id,
            cycle: body.cycle,
            round: body.round,
            handles: [body.sell, body.buy],
            stage: TradeStage::Matched,
            meters: [None; 2],
            owners: [None; 2],
            volume: None,
            halves: [None; 2],
            posted: [None; 2],
        });
    }
    pub fn get(&self, id: MatchId) -> Option<&MeteredTrade> {
        self.index.get(&id).map(|at| &self.all[*at])
    }
    pub fn get_mut(&mut self, id: MatchId) -> Option<&mut MeteredTrade> {
        self.index.get(&id).map(|at| &mut self.all[*at])
    }
    pub fn of(&self, cycle: Cycle) -> impl Iterator<Item = &MeteredTrade> {
        self.all.iter().filter(move |t| t.cycle == cycle)
    }
    /// A side has confirmed, and named its metering service.
    pub fn confirmed(&mut self, id: MatchId, side: Side, meter: IssuerId) {
        if let Some(trade) = self.get_mut(id) {
            trade.meters[side as usize] = Some(meter);
        }
    }
    /// A side has confirmed and named this service.
    pub fn ours(&mut self, id: MatchId, side: Side, owner: Address, volume: Energy) {
        if let Some(trade) = self.get_mut(id) {
            trade.owners[side as usize] = Some(owner);
            trade.volume = Some(volume);
        }
    }
    /// A plan has left its trade before the trade was binding.
    pub fn dissolved(&mut self, handle: Handle) {
        if let Some(at) = self.pending.remove(&handle) {
            self.all[at].stage = TradeStage::Dissolved;
        }
    }
    pub fn move_to(&mut self, id: MatchId, stage: TradeStage) {
        let Some(&at) = self.index.get(&id) else { return };
        self.all[at].stage = stage;
        for handle in self.all[at].handles {
            self.pending.remove(&handle);
        }
    }
}
