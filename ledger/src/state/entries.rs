//! Plans, trades, obligations and openings as the ledger knows them.

use crate::stage::{Lock, PlanStage, TradeStage};
use protocol::elgamal::{decrypt, Point, Role};
use protocol::ids::{BlobHash, Height, Time, TransactionId};
use protocol::key_schedule::CircuitVersion;
use protocol::keys::TraceTag;
use protocol::record::matching::Match;
use protocol::record::metered::Sign;
use protocol::record::{Commitment, DeliveryId, Handle, MatchId};
use protocol::transaction::body::{Contest, ListPlan, Open};
use protocol::transaction::obligation::Ruled;
use protocol::units::{Cycle, IssuerId, Side};
use protocol::Fr;

/// A plan.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PlanEntry {
    /// The handle, which names it on the ledger.
    pub handle: Handle,
    /// The plan's side: sell or buy.
    pub side: Side,
    /// Its cycle.
    pub cycle: Cycle,
    /// Its own stage; in a trade the trade's stage counts.
    pub stage: PlanStage,
    /// Height of the block that listed it.
    pub listed_height: Height,
    /// Time of that block.
    pub listed_time: Time,
    /// Its place in ledger order, over all plans of the chain.
    pub order: u64,
    /// Its key D, of prime order: what concerns its trade is encrypted to it.
    pub plan_key: Point,
    /// Its trace tag.
    pub tag: TraceTag,
    /// `c1`, the first half of the terms and of the audit ciphertext.
    pub c1: Point,
    /// The terms, encrypted to the terms key in the context of the handle.
    pub terms: [Fr; 2],
    /// The audit ciphertext, encrypted to the audit key in the context of the handle.
    pub audit: [Fr; 3],
    /// The matching ciphertext.
    pub ciphertext: BlobHash,
    /// The last round in which it was matched.
    pub last_round: Option<u8>,
    /// The first halves of the matches that it was in. A complaint publishes the point that such a
    /// half shares with its key, so no half serves twice.
    pub match_points: Vec<Point>,
    /// The version of the circuits under which it was listed. Everything about it is proved under
    /// that version.
    pub circuits: CircuitVersion,
    /// Its match, the last one if it had several.
    pub match_id: Option<MatchId>,
}

impl PlanEntry {
    /// The plan of a listing.
    pub(crate) fn listed(
        body: &ListPlan,
        side: Side,
        height: Height,
        time: Time,
        order: u64,
        circuits: CircuitVersion,
    ) -> Self {
        PlanEntry {
            handle: body.handle,
            side,
            cycle: body.cycle,
            stage: PlanStage::Listed,
            listed_height: height,
            listed_time: time,
            order,
            plan_key: body.plan_key,
            tag: body.tag,
            c1: body.c1,
            terms: body.terms,
            audit: body.audit,
            ciphertext: body.ciphertext,
            last_round: None,
            match_points: Vec::new(),
            circuits,
            match_id: None,
        }
    }
    /// Whether this point, or its opposite, is the first half of a ciphertext of this plan already.
    /// The points that both share with a key are opposite, too, so one tells the other.
    pub(crate) fn has_point(&self, c1: &Point) -> bool {
        [&self.c1].into_iter().chain(&self.match_points).any(|used| used.y == c1.y)
    }
}

/// One side of a trade.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TradeSide {
    /// Its plan.
    pub handle: Handle,
    /// The match's opening (volume, price, blinding), encrypted to the plan's key in the context of
    /// the match record.
    pub terms: [Fr; 3],
    /// The change of the side's plan, from its confirmation until the trade is binding.
    pub change: Option<Commitment>,
    /// The side's metering service, from its confirmation on.
    pub meter: Option<IssuerId>,
    /// The side's delivery record, once it is posted.
    pub delivery: Option<DeliveryId>,
    /// The state of its lock.
    pub lock: Lock,
    /// Whether it settled within tolerance.
    pub within: Option<bool>,
}

impl TradeSide {
    pub(crate) fn new(handle: Handle, terms: [Fr; 3]) -> Self {
        TradeSide { handle, terms, change: None, meter: None, delivery: None, lock: Lock::Held, within: None }
    }
}

/// The parts of a trade's encrypted deviation that are on the ledger
/// (docs/protocol/32-deviation.md).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct TradeDeviation {
    /// The encrypted volume that was matched, and how much of it may be missing.
    pub threshold: Option<BlobHash>,
    /// The encrypted reading of the seller's meter.
    pub sold: Option<BlobHash>,
    /// The encrypted reading of the buyer's meter.
    pub bought: Option<BlobHash>,
    /// The encrypted bit that the matching node posted.
    pub result: Option<BlobHash>,
    /// Whether the regulator has announced that it opens the bit.
    pub announced: bool,
    /// The published bit: whether the delivery was within tolerance.
    pub verdict: Option<bool>,
}

impl TradeDeviation {
    pub(crate) fn delivery_mut(&mut self, side: Side) -> &mut Option<BlobHash> {
        match side {
            Side::Sell => &mut self.sold,
            Side::Buy => &mut self.bought,
        }
    }
    /// One side's ciphertext.
    pub fn delivery(mut self, side: Side) -> Option<BlobHash> {
        *self.delivery_mut(side)
    }
}

/// A trade.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TradeEntry {
    /// The match record, which names it on the ledger.
    pub match_id: MatchId,
    /// Its cycle.
    pub cycle: Cycle,
    /// The round that matched it.
    pub round: u8,
    /// Its place among all trades of the chain, in the order in which they were matched.
    pub order: u64,
    /// Its stage.
    pub stage: TradeStage,
    /// Time of the block that matched it.
    pub matched_time: Time,
    /// A confirmation counts in a block before this time.
    pub confirm_deadline: Time,
    /// First half of the match's ciphertexts.
    pub c1: Point,
    /// The sell side.
    pub sell: TradeSide,
    /// The buy side.
    pub buy: TradeSide,
    /// Its encrypted deviation.
    pub deviation: TradeDeviation,
}

impl TradeEntry {
    /// One side.
    pub fn side(&self, side: Side) -> &TradeSide {
        match side {
            Side::Sell => &self.sell,
            Side::Buy => &self.buy,
        }
    }
    pub(crate) fn side_mut(&mut self, side: Side) -> &mut TradeSide {
        match side {
            Side::Sell => &mut self.sell,
            Side::Buy => &mut self.buy,
        }
    }
    /// Whether the verdict on its encrypted deviation differs from the `within` that a side settled
    /// with. The settlement counts.
    pub fn verdict_differs(&self) -> bool {
        let verdict = self.deviation.verdict;
        verdict.is_some() && [&self.sell, &self.buy].iter().any(|side| side.within.is_some() && side.within != verdict)
    }
    /// Whether nothing can move it or its locks any more: it was dissolved before it was binding, or
    /// each side has taken its own.
    pub fn is_over(&self) -> bool {
        self.stage == TradeStage::Dissolved || [&self.sell, &self.buy].iter().all(|side| side.lock != Lock::Held)
    }
    /// Whether the match opens for a side whose key and `c1` share this point. Of another point than
    /// the key's holder can prove to be shared, the answer says nothing.
    pub(crate) fn opens(&self, side: Side, shared: Point) -> bool {
        let said = decrypt(Role::in_match(side), self.match_id.0, self.c1, shared, &self.side(side).terms);
        Match::opened(self.match_id, self.sell.handle, self.buy.handle, self.cycle, said).is_some()
    }
    /// The metering services that have not posted their half: the seller's, the buyer's.
    pub(crate) fn missing(&self) -> [Option<IssuerId>; 2] {
        [&self.sell, &self.buy].map(|side| side.meter.filter(|_| side.delivery.is_none()))
    }
    /// Which side a plan is on.
    pub fn side_of(&self, handle: &Handle) -> Option<Side> {
        [Side::Sell, Side::Buy].into_iter().find(|s| self.side(*s).handle == *handle)
    }
}

/// A metered record that a household owes the grid.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Obligation {
    /// Its cycle.
    pub cycle: Cycle,
    /// Its sign, 1 or 2, from which its tariff follows.
    pub sign: Sign,
    /// The metering service that issued it.
    pub issuer: IssuerId,
    /// Whether it is paid.
    pub paid: bool,
    /// The regulator's ruling about it; None until there is one.
    pub ruled: Option<Ruled>,
}

/// An announcement by the regulator of a decryption.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Opening {
    /// The transaction that announced it.
    pub transaction: TransactionId,
    /// Its block.
    pub height: Height,
    /// The announcement's contents: the subject and the reason.
    pub open: Open,
}

/// A mark against the regulator: it made a match that does not open for one of its sides.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct BadMatch {
    /// The block of the complaint that showed it.
    pub height: Height,
    /// The match record.
    pub match_id: MatchId,
    /// The plan that complained.
    pub handle: Handle,
}

/// A mark against the matching node: it posted scores that do not follow from the ledger's
/// ciphertexts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Strike {
    /// The block that struck them out.
    pub height: Height,
    /// The contest that struck them out.
    pub contest: Contest,
}
