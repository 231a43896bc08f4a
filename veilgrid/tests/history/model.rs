//! The market in the clear, written from the protocol's chapters without the ledger's code:
//! holdings, locks, the stage of every plan and trade, and the deadlines. Amounts stand here as
//! numbers, and there are no commitments.

use crate::action::*;
use crate::tally::{Met, Tally};
use ledger::stage::{Lock, PlanStage, TradeStage};
use protocol::record::metered::Sign;
use protocol::relation::RelationKind;
use protocol::transaction::body::IssuerRole;
use protocol::units::Side;
use std::collections::{BTreeMap, BTreeSet, VecDeque};
use testkit::fixture::START;

/// The length of a delivery slot in seconds.
pub const SLOT: u32 = 7;
/// So many seconds after the last delivery deadline of a cycle its metered records are taken.
pub const REST_WINDOW: u32 = 40;
/// Roots at the ends of so many blocks are anchors, and of so many cycles' rounds.
pub const ANCHOR_BLOCKS: usize = 4;
pub const ANCHOR_CYCLES: usize = 2;
pub const TICKS: u8 = 48;

/// The parameters and terms of cycles: a change of parameters is another entry.
pub struct Terms {
    pub first: u64,
    pub step: u64,
    pub tolerance: u64,
    pub rounds: u8,
    pub feed_in: u64,
    pub retail: u64,
    pub penalty: u64,
    pub least_lot: u64,
    pub greatest_energy: u64,
}

/// How many G and S a metering service may issue in an epoch when it is registered.
pub const CAP: (u32, u32) = (1000, 1000);
/// The step of expiries, and how far ahead one may be, in blocks.
pub const EXPIRY_STEP: u64 = 4;
pub const VALIDITY: u64 = 2000;

impl Terms {
    /// The tariff of a metered record.
    pub fn tariff(&self, sign: Sign) -> u64 {
        match sign {
            Sign::Surplus | Sign::SurplusBack => self.feed_in,
            Sign::Shortfall | Sign::ShortfallBack => self.retail,
        }
    }
}

/// The greatest energy that the genesis names.
pub const GREATEST_ENERGY: u64 = 12_500;

/// The last entry is refused: its greatest energy is not the genesis's.
pub const TERMS: [Terms; 5] = [
    Terms {
        first: 300_000,
        step: 7_500,
        tolerance: 50,
        rounds: 4,
        feed_in: 300_000,
        retail: 650_000,
        penalty: 100_000,
        least_lot: 1,
        greatest_energy: GREATEST_ENERGY,
    },
    Terms {
        first: 310_000,
        step: 5_000,
        tolerance: 0,
        rounds: 2,
        feed_in: 280_000,
        retail: 700_000,
        penalty: 0,
        least_lot: 40,
        greatest_energy: GREATEST_ENERGY,
    },
    Terms {
        first: 0,
        step: 1,
        tolerance: 999,
        rounds: 16,
        feed_in: 0,
        retail: 1,
        penalty: (1 << 32) - 1,
        least_lot: 1,
        greatest_energy: GREATEST_ENERGY,
    },
    Terms {
        first: 300_000,
        step: 7_500,
        tolerance: 50,
        rounds: 4,
        feed_in: 300_000,
        retail: 650_000,
        penalty: 0,
        least_lot: 1,
        greatest_energy: GREATEST_ENERGY + 1,
    },
    Terms {
        first: 300_000,
        step: 7_500,
        tolerance: 50,
        rounds: 17,
        feed_in: 300_000,
        retail: 650_000,
        penalty: 0,
        least_lot: 1,
        greatest_energy: GREATEST_ENERGY,
    },
];

/// So many of [`TERMS`] are good, the first ones.
pub const GOOD_TERMS: usize = 3;

/// For so many epochs after its own a credential counts for taking money out.
pub const EXIT_EPOCHS: u32 = 2;

impl Terms {
    pub fn price(&self, tick: u8) -> u64 {
        self.first + self.step * u64::from(tick)
    }
}

#[derive(Clone, Debug)]
pub struct Cycle {
    pub epoch: u32,
    pub terms: usize,
    pub times: Times,
}

impl Cycle {
    pub fn cut_off(&self, round: u8) -> u64 {
        self.times.opens + (u64::from(round) + 1) * u64::from(self.times.round)
    }
    /// When the deliveries of a round are due.
    pub fn delivery_due(&self, round: u8) -> u64 {
        self.times.due + (u64::from(round) + 1) * u64::from(SLOT)
    }
    /// When no more metered records of the cycle are taken.
    pub fn settled_from(&self) -> u64 {
        self.delivery_due(self.rounds().last().unwrap_or(0)) + u64::from(REST_WINDOW)
    }
    pub fn rounds(&self) -> impl Iterator<Item = u8> + '_ {
        (0..TERMS[self.terms].rounds).take_while(|r| self.cut_off(*r) < self.times.closes)
    }
    pub fn round(&self, now: u64) -> Option<u8> {
        self.rounds().find(|r| self.cut_off(*r) <= now && now < self.cut_off(*r) + u64::from(self.times.round))
    }
}

#[derive(Clone, Debug)]
pub struct Record {
    pub owner: Who,
    pub worth: Worth,
    pub position: u64,
}

#[derive(Clone, Debug)]
pub struct Plan {
    pub side: Side,
    pub owner: Who,
    pub cycle: u32,
    pub volume: u64,
    pub price: u64,
    pub kind: u8,
    pub stage: PlanStage,
    pub listed: u64,
    pub last_round: Option<u8>,
    pub match_id: Option<Name>,
}

/// One side of a trade.
#[derive(Clone, Debug)]
pub struct Half {
    pub plan: Name,
    /// The confirmation, and the metering service that it names.
    pub confirmed: Option<(Name, u32)>,
    pub delivered: Option<(Name, u64)>,
    pub lock: Lock,
    pub within: Option<bool>,
}

/// The progress of a trade's encrypted deviation.
#[derive(Clone, Copy, Debug, Default)]
pub struct Deviation {
    pub threshold: bool,
    pub sold: bool,
    pub bought: bool,
    pub result: bool,
    pub announced: bool,
    pub verdict: Option<bool>,
}

impl Deviation {
    pub fn delivery_mut(&mut self, side: Side) -> &mut bool {
        match side {
            Side::Sell => &mut self.sold,
            Side::Buy => &mut self.bought,
        }
    }
    pub fn delivery(mut self, side: Side) -> bool {
        *self.delivery_mut(side)
    }
}

#[derive(Clone, Debug)]
pub struct Trade {
    pub cycle: u32,
    pub round: u8,
    /// Its cycle's.
    pub terms: usize,
    pub volume: u64,
    pub price: u64,
    pub deadline: u64,
    /// Whether it opens for the seller and for the buyer.
    pub opens: [bool; 2],
    pub off: bool,
    pub void: bool,
    pub sell: Half,
    pub buy: Half,
    pub deviation: Deviation,
}

impl Trade {
    pub fn half(&self, side: Side) -> &Half {
        match side {
            Side::Sell => &self.sell,
            Side::Buy => &self.buy,
        }
    }
    pub fn half_mut(&mut self, side: Side) -> &mut Half {
        match side {
            Side::Sell => &mut self.sell,
            Side::Buy => &mut self.buy,
        }
    }
    pub fn is_bound(&self) -> bool {
        self.sell.confirmed.is_some() && self.buy.confirmed.is_some()
    }
    /// Undecided, or with a lock that is not used yet.
    pub fn is_under_way(&self) -> bool {
        !self.off && (self.sell.lock == Lock::Held || self.buy.lock == Lock::Held)
    }
    pub fn is_delivered(&self) -> bool {
        self.sell.delivered.is_some() && self.buy.delivered.is_some()
    }
    pub fn side_of(&self, plan: Name) -> Option<Side> {
        [Side::Sell, Side::Buy].into_iter().find(|s| self.half(*s).plan == plan)
    }
    /// Whether the verdict on its deviation differs from the one that a side settled with.
    pub fn verdict_differs(&self) -> bool {
        let settled = [self.sell.within, self.buy.within];
        self.deviation.verdict.is_some_and(|verdict| settled.contains(&Some(!verdict)))
    }
    /// The ledger's name for the stage.
    pub fn stage(&self) -> TradeStage {
        let (s, b) = (&self.sell, &self.buy);
        if self.off {
            return TradeStage::Dissolved;
        }
        if self.void {
            return TradeStage::Void;
        }
        match (s.confirmed.is_some(), b.confirmed.is_some(), s.delivered.is_some(), b.delivered.is_some()) {
            (false, false, ..) => TradeStage::Matched,
            (true, false, ..) => TradeStage::ConfirmedBySeller,
            (false, true, ..) => TradeStage::ConfirmedByBuyer,
            (true, true, false, false) => TradeStage::Binding,
            (true, true, true, false) => TradeStage::SellerDelivered,
            (true, true, false, true) => TradeStage::BuyerDelivered,
            (true, true, true, true) => TradeStage::Delivered,
        }
    }
    /// The volume that both sides' delivery records cover.
    pub fn arrived(&self) -> Option<u64> {
        Some(self.sell.delivered?.1.min(self.buy.delivered?.1).min(self.volume))
    }
    /// Whether within tolerance, and the volume that is paid for.
    pub fn settlement(&self) -> Option<(bool, u64)> {
        let arrived = self.arrived()?;
        let tolerance = u128::from(TERMS[self.terms].tolerance);
        let within = u128::from(self.volume - arrived) * 1000 <= tolerance * u128::from(self.volume);
        Some((within, if within { self.volume } else { arrived }))
    }
    /// What counts of a side's delivery record.
    pub fn counted(&self, side: Side) -> Option<u64> {
        Some(self.half(side).delivered?.1.min(self.volume))
    }
    /// What the seller and the buyer owe each other for a delivery beyond tolerance.
    pub fn owes(&self) -> Option<[u128; 2]> {
        let (within, paid_for) = self.settlement()?;
        let price = u128::from(self.price);
        let fine = if within { 0 } else { u128::from(TERMS[self.terms].penalty) };
        let most = [paid_for, self.volume - paid_for].map(|wh| u128::from(wh) * price);
        let lacked = |side| Some(u128::from(self.volume - self.counted(side)?) * fine);
        Some([lacked(Side::Sell)?.min(most[0]), lacked(Side::Buy)?.min(most[1])])
    }
    /// The money that goes from the buyer's lock to the seller.
    pub fn moved(&self) -> Option<u128> {
        let ((_, paid_for), [seller, buyer]) = (self.settlement()?, self.owes()?);
        Some(u128::from(paid_for) * u128::from(self.price) + buyer - seller)
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Obligation {
    pub cycle: u32,
    pub sign: Sign,
    pub paid: bool,
    /// Whether the regulator's ruling struck it; None without a ruling.
    pub struck: Option<bool>,
}

/// The plans that lapsed or refused a match in an epoch, and how many may.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Lapses {
    pub alarm: u32,
    pub plans: BTreeSet<Name>,
}

impl Lapses {
    pub fn is_alarming(&self) -> bool {
        self.plans.len() > self.alarm as usize
    }
}

/// A relation's key is another from a cycle on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct KeyChange {
    pub key: KeyName,
    pub from: u32,
}

/// An event of a plan or a trade, as wallets learn it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Happened {
    Expired(Name),
    Lapsed(Name),
    Refused(Name),
    Relisted(Name),
    Binding(Name),
    Delivered(Name),
    /// Void, and the services of the seller's and the buyer's half that are missing.
    Void(Name, [Option<u32>; 2]),
    VerdictDiffers(Name),
    LapseAlarm(u32),
    Anchor(u32, u8, bool, u64),
}

/// Scores of a bid.
#[derive(Clone, Copy, Debug)]
pub struct Posted {
    /// The first transaction that posted them.
    pub by: Name,
    /// Whether they follow from the ledger.
    pub right: bool,
}

/// The whole market in the clear.
#[derive(Clone, Debug, Default)]
pub struct Model {
    pub height: u64,
    pub time: u64,
    pub epoch: Option<u32>,
    /// The times at which each operator's keys were replaced.
    pub rotations: BTreeMap<Operator, Vec<u64>>,
    /// The serials that each operator has used.
    pub serials: BTreeMap<Operator, BTreeSet<u64>>,
    pub issuers: BTreeMap<u32, IssuerRole>,
    /// The issuers that the regulator has stopped.
    pub suspended: BTreeSet<u32>,
    /// How many G and how many S each metering service may issue in an epoch, and has issued in this
    /// one.
    pub caps: BTreeMap<u32, (u32, u32)>,
    pub counts: BTreeMap<u32, (u32, u32)>,
    /// The service, household, cycle and sign of each metered record.
    pub record_serials: BTreeSet<(u32, Who, u32, Sign)>,
    pub keys: BTreeSet<u8>,
    /// Encryption keys in use.
    pub encryption_keys: BTreeSet<u8>,
    /// Verifying keys that the program knows.
    pub known_keys: BTreeSet<KeyName>,
    pub key_changes: Vec<KeyChange>,
    /// Money that left through each desk.
    pub withdrawn: BTreeMap<u32, u128>,
    /// The withdrawals: the desk of each, and whether the desk has marked it.
    pub payouts: BTreeMap<Name, (u32, bool)>,
    pub cycles: BTreeMap<u32, Cycle>,
    pub records: BTreeMap<Name, Record>,
    pub leaves: u64,
    pub spent: BTreeSet<Spent>,
    pub plans: BTreeMap<Name, Plan>,
    pub trades: BTreeMap<Name, Trade>,
    pub deliveries: BTreeSet<Name>,
    /// The households and epochs of the credentials.
    pub trace_keys: BTreeSet<(Who, u32)>,
    /// The household, side, cycle, epoch and counter of each plan's tag, while the cycle takes
    /// listings.
    pub plan_tags: BTreeSet<(Who, Side, u32, u32, u8)>,
    /// The household, epoch of the credential, epoch and counter of each withdrawal's tag.
    pub withdrawal_tags: BTreeSet<(Who, u32, u32, u8)>,
    pub obligations: BTreeMap<Name, Obligation>,
    /// The lapses of the current epoch and the one before.
    pub lapses: BTreeMap<u32, Lapses>,
    pub scores: BTreeMap<(u32, u8, Name), Posted>,
    /// How many were struck out.
    pub struck: usize,
    /// How many matches did not open.
    pub bad_matches: usize,
    /// The transactions that posted transcripts.
    pub transcripts: BTreeMap<(u32, u8), Name>,
    /// Whether the chain matches in mode masked, and the transactions that committed to masks.
    pub masked: bool,
    /// Whether it has a key for encrypted deviations.
    pub deviating: bool,
    pub masks: BTreeMap<(u32, u8), Name>,
    /// Plans in the ledger's order, and the transactions that listed them.
    pub listings: Vec<(Name, Name)>,
    /// Of each cycle the latest round, and the listings of the sell plans that take part in it.
    pub offers: BTreeMap<u32, (u8, Vec<Name>)>,
    /// The transactions that announced an opening.
    pub openings: Vec<Name>,
    pub accepted: BTreeSet<Name>,
    pub block_roots: VecDeque<u64>,
    pub round_roots: BTreeMap<(u32, u8, bool), u64>,
    /// The events of this block, and the records and locks that it used up.
    pub happened: Vec<Happened>,
    pub spent_now: BTreeSet<Spent>,
    pub locks_now: BTreeSet<(Name, Side)>,
    pub tally: Tally,
}

impl Model {
    pub fn new(known_keys: BTreeSet<KeyName>, masked: bool, deviating: bool) -> Self {
        let block_roots = VecDeque::from([0]);
        // The regulator's key and the matching node's; those that terms and audits are encrypted
        // under.
        let (keys, encryption_keys) =
            (BTreeSet::from([1, 2, key_after(Operator::Recovery, 0)]), BTreeSet::from([0, 1]));
        Model { time: START, block_roots, keys, encryption_keys, known_keys, masked, deviating, ..Model::default() }
    }
    /// How often an operator's keys were replaced.
    pub fn generation(&self, operator: Operator) -> u32 {
        self.rotations.get(&operator).map_or(0, |times| times.len() as u32)
    }
    /// The generation of the keys that a service's metered records of a cycle are under.
    pub fn serial_generation(&self, issuer: u32, cycle: u32) -> u32 {
        let closes = self.cycles.get(&cycle).map_or(0, |c| c.times.closes);
        let times = self.rotations.get(&Operator::Issuer(issuer));
        times.map_or(0, |times| times.iter().filter(|time| **time <= closes).count() as u32)
    }
    /// The generation of the service that an action is encrypted to; 0 for other actions.
    pub fn service_of(&self, action: &Action) -> u32 {
        let service = match *action {
            Action::Confirm { meter, .. } => Some(meter),
            Action::Deliver { match_id, side, .. } => {
                self.trades.get(&match_id).and_then(|trade| trade.half(side.other()).confirmed).map(|(_, meter)| meter)
            }
            _ => None,
        };
        service.map_or(0, |meter| self.generation(Operator::Issuer(meter)))
    }
    /// The highest serial that an operator has used; 0 before its first.
    pub fn highest_serial(&self, by: Operator) -> u64 {
        self.serials.get(&by).and_then(|used| used.last().copied()).unwrap_or(0)
    }
    pub fn next_serial(&self, by: Operator) -> u64 {
        self.highest_serial(by) + 1
    }
    pub fn is_open(&self, cycle: u32) -> bool {
        self.cycles.get(&cycle).is_some_and(|c| c.times.opens <= self.time && self.time < c.times.closes)
    }
    pub fn is_closed(&self, cycle: u32) -> bool {
        self.cycles.get(&cycle).is_some_and(|c| self.time >= c.times.closes)
    }
    /// A plan that the ledger has not forgotten: its cycle is not closed, or its lock is not released
    /// yet, or its trade is known.
    pub fn known_plan(&self, name: Name) -> Option<&Plan> {
        self.plans.get(&name).filter(|plan| match plan.stage {
            PlanStage::Released => !self.is_closed(plan.cycle),
            PlanStage::InTrade => plan.match_id.is_some_and(|trade| self.known_trade(trade).is_some()),
            _ => true,
        })
    }
    /// A trade that the ledger has not forgotten: its cycle is not closed, or a side has not taken
    /// its own yet, or its verdict is still to come or differs from a settlement.
    pub fn known_trade(&self, name: Name) -> Option<&Trade> {
        self.trades.get(&name).filter(|trade| {
            let delivered = trade.stage() == TradeStage::Delivered;
            let judged = trade.deviation.verdict.is_some() && !trade.verdict_differs();
            !self.is_closed(trade.cycle) || trade.is_under_way() || (self.deviating && delivered && !judged)
        })
    }
    /// Whether metered records of the cycle are taken.
    pub fn is_measured(&self, cycle: u32) -> bool {
        self.is_closed(cycle) && self.cycles.get(&cycle).is_some_and(|c| self.time < c.settled_from())
    }
    pub fn is_anchor(&self, leaves: u64) -> bool {
        self.block_roots.contains(&leaves) || self.round_roots.values().any(|r| *r == leaves)
    }
    /// The version of a relation's key in a cycle: that of the last change in force; the genesis's
    /// before any change, and where there is no cycle.
    pub fn version(&self, relation: RelationKind, cycle: Option<u32>) -> u8 {
        let begun = |c: &&KeyChange| c.key.of == relation && cycle.is_some_and(|cycle| c.from <= cycle);
        self.key_changes.iter().rev().find(begun).map_or(0, |c| c.key.version)
    }
    /// The version under which a transaction of a relation is proved: a listing's cycle's, a plan's
    /// until its end, else the newest cycle's.
    pub fn version_for(&self, relation: RelationKind, action: &Action) -> u8 {
        let plan = action.plan().and_then(|plan| Some(self.plans.get(&plan)?.cycle));
        let named = match action {
            Action::List(b) => Some(b.cycle),
            Action::Deliver { match_id, .. } => self.trades.get(match_id).map(|t| t.cycle),
            _ => None,
        };
        self.version(relation, named.or(plan).or(self.newest_cycle()))
    }
    pub fn is_current_or_next(&self, epoch: u32) -> bool {
        self.epoch == Some(epoch) || epoch == self.epoch.unwrap_or(0) + 1
    }
    /// The oldest epoch whose credential a payment may show.
    pub fn oldest_shown(&self) -> u32 {
        self.epoch.unwrap_or(0).saturating_sub(EXIT_EPOCHS).max(1)
    }
    /// Whether a payment of what belongs to the epoch `of` may show a credential of this epoch.
    pub fn may_exit(&self, shown: u32, of: u32) -> bool {
        self.epoch.is_some() && self.oldest_shown() <= shown && shown <= of
    }
    pub fn newest_cycle(&self) -> Option<u32> {
        self.cycles.keys().next_back().copied()
    }
    /// Leaves at the end of the last block: what wallets prove against.
    pub fn leaves_before(&self) -> u64 {
        self.block_roots.back().copied().unwrap_or(0)
    }
    pub fn is_spent(&self, record: Name) -> bool {
        self.spent.contains(&Spent::Record(record))
    }
    pub(crate) fn leaf(&mut self, name: Name, owner: Who, worth: Worth) {
        self.records.insert(name, Record { owner, worth, position: self.leaves });
        self.leaves += 1;
    }
    /// The oldest cycle whose rounds' roots are anchors.
    fn oldest(&self) -> u32 {
        self.cycles.keys().rev().take(ANCHOR_CYCLES).next_back().copied().unwrap_or(0)
    }
    pub(crate) fn forget_old_anchors(&mut self) {
        let oldest = self.oldest();
        if self.cycles.len() >= ANCHOR_CYCLES {
            self.round_roots.retain(|(cycle, ..), _| *cycle >= oldest);
        }
    }

    /// The first deadline after now.
    pub fn next_deadline(&self) -> Option<u64> {
        let trades = self.trades.values().filter(|t| !t.off && !t.is_bound()).map(|t| t.deadline);
        let cycles = self.cycles.values().flat_map(|c| {
            let confirm = u64::from(c.times.confirm);
            let rounds = c.rounds().flat_map(|r| [c.cut_off(r), c.cut_off(r) + confirm, c.delivery_due(r)]);
            rounds.chain([c.times.closes, c.settled_from()]).collect::<Vec<_>>()
        });
        trades.chain(cycles).filter(|t| *t > self.time).min()
    }

    /// Begins a block at a time: the deadlines until then take effect, second by second.
    pub fn begin(&mut self, time: u64) {
        self.happened.clear();
        self.spent_now.clear();
        self.locks_now.clear();
        while self.time < time {
            self.time += 1;
            self.tick();
        }
        self.height += 1;
    }

    fn tick(&mut self) {
        let now = self.time;
        let due: Vec<Name> = self.trades.iter().filter(|(_, t)| t.deadline == now).map(|(n, _)| *n).collect();
        for name in due {
            self.confirmations_due(name);
        }
        let cycles: Vec<(u32, Cycle)> = self.cycles.iter().map(|(n, c)| (*n, c.clone())).collect();
        for (number, cycle) in &cycles {
            for round in cycle.rounds().filter(|round| cycle.cut_off(*round) == now) {
                let part = |p: &Plan| p.cycle == *number && p.side == Side::Sell && p.stage == PlanStage::Listed;
                let offers = self.listings.iter().filter(|(plan, _)| part(&self.plans[plan])).map(|(_, by)| *by);
                self.offers.insert(*number, (round, offers.collect()));
            }
        }
        for confirmations in [false, true] {
            for (number, cycle) in &cycles {
                for round in cycle.rounds() {
                    let after = if confirmations { u64::from(cycle.times.confirm) } else { 0 };
                    if cycle.cut_off(round) + after == now && *number >= self.oldest() {
                        self.round_roots.insert((*number, round, confirmations), self.leaves);
                        self.happened.push(Happened::Anchor(*number, round, confirmations, self.leaves));
                    }
                }
            }
        }
        for (number, _) in cycles.iter().filter(|(_, c)| c.times.closes == now) {
            for (name, plan) in self.plans.iter_mut().filter(|(_, p)| p.cycle == *number) {
                self.tally.plan_deadline(plan.stage);
                if plan.stage == PlanStage::Listed {
                    plan.stage = PlanStage::Expired;
                    self.happened.push(Happened::Expired(*name));
                }
            }
        }
        let due = |t: &Trade| cycles.iter().any(|(number, c)| *number == t.cycle && c.delivery_due(t.round) == now);
        for (name, trade) in self.trades.iter_mut().filter(|(_, t)| due(t)) {
            self.tally.trade_deadline(trade.stage(), false);
            if !trade.off && !trade.is_delivered() {
                let none = trade.sell.delivered.is_none() && trade.buy.delivered.is_none();
                self.tally.met(if none { Met::NoDelivery } else { Met::OneDelivery });
                trade.void = true;
                let missing = [&trade.sell, &trade.buy].map(|half| match half.delivered {
                    None => half.confirmed.map(|(_, meter)| meter),
                    Some(_) => None,
                });
                self.happened.push(Happened::Void(*name, missing));
            }
        }
    }

    fn confirmations_due(&mut self, name: Name) {
        let Some(trade) = self.trades.get_mut(&name) else { return };
        self.tally.trade_deadline(trade.stage(), true);
        if trade.off || trade.is_bound() {
            return;
        }
        trade.off = true;
        for half in [trade.sell.clone(), trade.buy.clone()] {
            if half.confirmed.is_some() {
                self.relist(half.plan);
            } else {
                self.set_back(half.plan, PlanStage::Lapsed);
                self.happened.push(Happened::Lapsed(half.plan));
                self.lapse(half.plan);
            }
        }
    }

    pub(crate) fn set_back(&mut self, plan: Name, stage: PlanStage) {
        self.plans.get_mut(&plan).unwrap().stage = stage;
        self.tally.plan_handed_back(stage);
    }
    /// Counts a plan that lapsed or refused its match.
    pub(crate) fn lapse(&mut self, plan: Name) {
        let Some(epoch) = self.epoch else { return };
        let lapses = self.lapses.entry(epoch).or_default();
        let before = lapses.is_alarming();
        lapses.plans.insert(plan);
        if lapses.is_alarming() && !before {
            self.happened.push(Happened::LapseAlarm(epoch));
        }
    }
    /// Listed again, or expired if the gate has closed.
    pub(crate) fn relist(&mut self, plan: Name) {
        if self.is_closed(self.plans[&plan].cycle) {
            self.set_back(plan, PlanStage::Expired);
            self.happened.push(Happened::Expired(plan));
        } else {
            self.set_back(plan, PlanStage::Listed);
            self.happened.push(Happened::Relisted(plan));
        }
    }

    /// Ends a block.
    pub fn end(&mut self) {
        for happened in &self.happened {
            self.tally.met(match happened {
                Happened::Expired(_) => Met::Expired,
                Happened::Lapsed(_) => Met::Lapsed,
                Happened::Refused(_) => Met::Refused,
                Happened::Relisted(_) => Met::Relisted,
                Happened::Binding(_) => Met::Binding,
                Happened::Delivered(_) => Met::Delivered,
                Happened::Void(..) => Met::Void,
                Happened::VerdictDiffers(_) => Met::VerdictDiffers,
                Happened::LapseAlarm(_) => Met::LapseAlarm,
                Happened::Anchor(..) => Met::Anchor,
            });
        }
        self.block_roots.push_back(self.leaves);
        if self.block_roots.len() > ANCHOR_BLOCKS {
            self.block_roots.pop_front();
        }
    }

    /// Money in records and locks, and energy by cycle and type, sold energy included: the sums
    /// that are conserved.
    pub fn holdings(&self) -> (i128, BTreeMap<(u32, u8), i128>) {
        let (mut money, mut energy) = (0i128, BTreeMap::new());
        for (_, record) in self.records.iter().filter(|(n, _)| !self.is_spent(**n)) {
            match record.worth {
                Worth::Money(amount) => money += i128::from(amount),
                Worth::Energy { wh, kind, cycle } => *energy.entry((cycle, kind)).or_default() += i128::from(wh),
                Worth::Rest { .. } | Worth::Credential { .. } => {}
            }
        }
        for plan in self.plans.values() {
            let volume = match plan.stage {
                PlanStage::Released => 0,
                PlanStage::InTrade => {
                    let trade = &self.trades[&plan.match_id.unwrap()];
                    let gone = match trade.half(plan.side).lock {
                        Lock::Held => false,
                        Lock::Settled => plan.side == Side::Buy,
                        Lock::Returned => true,
                    };
                    match (trade.is_bound(), gone) {
                        (_, true) => 0,
                        (true, false) => trade.volume,
                        (false, false) => plan.volume,
                    }
                }
                _ => plan.volume,
            };
            match plan.side {
                Side::Sell => *energy.entry((plan.cycle, plan.kind)).or_default() += i128::from(volume),
                Side::Buy => money += i128::from(volume) * i128::from(plan.price),
            }
        }
        (money, energy)
    }
}
