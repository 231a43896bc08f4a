//! The ledger's state: everything that decides whether a transaction is accepted
//! (docs/protocol/40-ledger.md, "State"). All maps are ordered, and nothing in here is ever a
//! household's value, price, identity or opening.
//!
//! Only `changes` changes a state; each change is a function of a checked transaction or of a
//! deadline.

mod cycle;
mod entries;
mod serials;

pub(crate) use cycle::is_sane;
pub use cycle::CycleState;
pub use entries::{Obligation, Opening, PlanEntry, Strike, TradeDeviation, TradeEntry, TradeSide};
pub use protocol::header::StateRoot;
pub use serials::Serials;

use crate::verifier::ScoreClaim;
use crate::Refusal;
use protocol::ids::{ChainId, Height, Time, TransactionId};
use protocol::key_schedule::{CircuitVersion, KeySchedule};
use protocol::keys::TraceCommitment;
use protocol::record::{Commitment, DeliveryId, Handle, MatchId, Nullifier};
use protocol::transaction::body::RegisterIssuer;
use protocol::transaction::genesis::Genesis;
use protocol::tree::{Root, Tree};
use protocol::units::{Cycle, Epoch, IssuerId, Side};
use std::collections::{BTreeMap, BTreeSet, VecDeque};

/// A deadline. Deadlines of the same time take effect in this order.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Deadline {
    /// The deadline of a match's confirmations.
    Confirmation(MatchId),
    /// A round's cut-off.
    CutOff(Cycle, u8),
    /// The deadline for the confirmations of matches that a round's cut-off made: the root then is
    /// an anchor.
    Confirmations(Cycle, u8),
    /// Gate closure.
    GateClosure(Cycle),
    /// Delivery records are due.
    Delivery(Cycle),
}

/// The state after some block.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct State {
    pub(crate) genesis: Genesis,
    pub(crate) chain: ChainId,
    pub(crate) height: Height,
    pub(crate) time: Time,
    pub(crate) root: StateRoot,
    pub(crate) tree: Tree,
    pub(crate) nullifiers: BTreeSet<Nullifier>,
    pub(crate) plans: BTreeMap<Handle, PlanEntry>,
    pub(crate) listed: u64,
    pub(crate) trades: BTreeMap<MatchId, TradeEntry>,
    pub(crate) deliveries: BTreeSet<DeliveryId>,
    pub(crate) issuers: BTreeMap<IssuerId, RegisterIssuer>,
    /// The serials that each issuer has used, that the regulator has, and the matching node.
    pub(crate) issuer_serials: BTreeMap<IssuerId, Serials>,
    pub(crate) regulator_serials: Serials,
    pub(crate) matcher_serials: Serials,
    pub(crate) epoch: Option<Epoch>,
    pub(crate) cycles: BTreeMap<Cycle, CycleState>,
    /// Deposited trace keys, and whether a credential names them.
    pub(crate) trace_keys: BTreeMap<TraceCommitment, bool>,
    pub(crate) obligations: BTreeMap<Commitment, Obligation>,
    /// Money that has left through each desk, in nano-currency.
    pub(crate) withdrawn: BTreeMap<IssuerId, u128>,
    pub(crate) keys: KeySchedule,
    pub(crate) scores: BTreeMap<(Cycle, u8, Handle), [u8; 32]>,
    /// For each open cycle: the round whose cut-off passed last, and the sell plans that take part
    /// in it, in ledger order.
    pub(crate) offers: BTreeMap<Cycle, (u8, Vec<Handle>)>,
    pub(crate) strikes: Vec<Strike>,
    pub(crate) transcripts: BTreeMap<(Cycle, u8), [u8; 32]>,
    pub(crate) masks: BTreeMap<(Cycle, u8), [u8; 32]>,
    pub(crate) openings: Vec<Opening>,
    /// Roots at the ends of the last blocks, the newest last.
    pub(crate) block_roots: VecDeque<Root>,
    /// Roots at cut-offs and (true) confirmation deadlines of the newest cycles' rounds.
    pub(crate) round_roots: BTreeMap<(Cycle, u8, bool), Root>,
    /// Accepted transactions that have not expired: only they could be sent again.
    pub(crate) accepted: BTreeMap<TransactionId, Height>,
    pub(crate) expiring: BTreeSet<(Height, TransactionId)>,
    pub(crate) deadlines: BTreeSet<(Time, Deadline)>,
}

impl State {
    /// The state before the first block.
    pub fn new(genesis: &Genesis) -> Self {
        let chain = genesis.chain();
        let tree = Tree::new();
        State {
            genesis: *genesis,
            chain,
            height: Height(0),
            time: genesis.time,
            root: StateRoot::genesis(chain),
            block_roots: VecDeque::from([tree.root()]),
            tree,
            nullifiers: BTreeSet::new(),
            plans: BTreeMap::new(),
            listed: 0,
            trades: BTreeMap::new(),
            deliveries: BTreeSet::new(),
            issuers: BTreeMap::new(),
            issuer_serials: BTreeMap::new(),
            regulator_serials: Serials::default(),
            matcher_serials: Serials::default(),
            epoch: None,
            cycles: BTreeMap::new(),
            trace_keys: BTreeMap::new(),
            obligations: BTreeMap::new(),
            withdrawn: BTreeMap::new(),
            keys: KeySchedule::default(),
            scores: BTreeMap::new(),
            offers: BTreeMap::new(),
            strikes: Vec::new(),
            transcripts: BTreeMap::new(),
            masks: BTreeMap::new(),
            openings: Vec::new(),
            round_roots: BTreeMap::new(),
            accepted: BTreeMap::new(),
            expiring: BTreeSet::new(),
            deadlines: BTreeSet::new(),
        }
    }
    /// The genesis, which fixes keys and parameters.
    pub fn genesis(&self) -> &Genesis {
        &self.genesis
    }
    /// The chain's id.
    pub fn chain(&self) -> ChainId {
        self.chain
    }
    /// Height of the last block; 0 before the first.
    pub fn height(&self) -> Height {
        self.height
    }
    /// Time of the last block, in seconds since 1970; the genesis's before the first.
    pub fn time(&self) -> Time {
        self.time
    }
    /// The state root after the last block.
    pub fn root(&self) -> StateRoot {
        self.root
    }
    /// The record tree after the last block.
    pub fn tree(&self) -> &Tree {
        &self.tree
    }
    /// Whether a nullifier has been published.
    pub fn is_spent(&self, nullifier: &Nullifier) -> bool {
        self.nullifiers.contains(nullifier)
    }
    /// The plan with this handle; None if none was ever listed under it.
    pub fn plan(&self, handle: &Handle) -> Option<&PlanEntry> {
        self.plans.get(handle)
    }
    /// All plans of a cycle, in ledger order; none for a cycle that has not started.
    pub fn plans_of(&self, cycle: Cycle) -> impl Iterator<Item = &PlanEntry> {
        let handles = self.cycles.get(&cycle).map(|c| c.plans.as_slice()).unwrap_or_default();
        handles.iter().filter_map(|h| self.plans.get(h))
    }
    /// The trade with this match record; None if no match made it.
    pub fn trade(&self, match_id: &MatchId) -> Option<&TradeEntry> {
        self.trades.get(match_id)
    }
    /// All trades of a cycle, in the order in which they were matched; none for a cycle that has
    /// not started.
    pub fn trades_of(&self, cycle: Cycle) -> impl Iterator<Item = &TradeEntry> {
        let ids = self.cycles.get(&cycle).map(|c| c.trades.as_slice()).unwrap_or_default();
        ids.iter().filter_map(|id| self.trades.get(id))
    }
    /// The trades whose verdict differs from their settlement, in the order of their records.
    pub fn differing_verdicts(&self) -> impl Iterator<Item = &TradeEntry> {
        self.trades.values().filter(|trade| trade.verdict_differs())
    }
    /// The cycle with this number; None before its start.
    pub fn cycle(&self, cycle: Cycle) -> Option<&CycleState> {
        self.cycles.get(&cycle)
    }
    /// All cycles that have started, by number.
    pub fn cycles(&self) -> impl Iterator<Item = &CycleState> {
        self.cycles.values()
    }
    /// The current epoch; None before the first.
    pub fn epoch(&self) -> Option<Epoch> {
        self.epoch
    }
    /// The registration of an issuer; None before it.
    pub fn issuer(&self, issuer: IssuerId) -> Option<&RegisterIssuer> {
        self.issuers.get(&issuer)
    }
    /// The serials that a registered issuer has used; None before its registration.
    pub fn issuer_serials(&self, issuer: IssuerId) -> Option<&Serials> {
        self.issuer_serials.get(&issuer)
    }
    /// The serials that the regulator has used.
    pub fn regulator_serials(&self) -> &Serials {
        &self.regulator_serials
    }
    /// The serials that the matching node has used.
    pub fn matcher_serials(&self) -> &Serials {
        &self.matcher_serials
    }
    /// Whether a trace key is deposited, and if so whether a credential names it.
    pub fn trace_key(&self, kappa: &TraceCommitment) -> Option<bool> {
        self.trace_keys.get(kappa).copied()
    }
    /// The obligation with this commitment; None if no shortfall with it was issued.
    pub fn obligation(&self, commitment: &Commitment) -> Option<&Obligation> {
        self.obligations.get(commitment)
    }
    /// Money that has left through a desk, in nano-currency.
    pub fn withdrawn(&self, desk: IssuerId) -> u128 {
        self.withdrawn.get(&desk).copied().unwrap_or(0)
    }
    /// The changes of verifying keys so far, each with the cycle from which it counts.
    pub fn keys(&self) -> &KeySchedule {
        &self.keys
    }
    /// The circuits in force: those of the newest cycle that has started.
    pub fn circuits(&self) -> CircuitVersion {
        self.keys.version(self.newest_cycle())
    }
    pub(crate) fn newest_cycle(&self) -> Option<Cycle> {
        self.cycles.keys().next_back().copied()
    }
    /// The score digest that the matching node posted for a bid in a round.
    pub fn score_digest(&self, cycle: Cycle, round: u8, buy: &Handle) -> Option<[u8; 32]> {
        self.scores.get(&(cycle, round, *buy)).copied()
    }
    /// The ciphertexts that the scores of a bid in its cycle's latest round follow from. None for
    /// an unknown bid, and for other rounds.
    pub fn score_claim(&self, cycle: Cycle, round: u8, buy: &Handle) -> Option<ScoreClaim> {
        let (latest, offers) = self.offers.get(&cycle)?;
        let bid = self.plan(buy).filter(|plan| plan.side == Side::Buy && plan.cycle == cycle)?.ciphertext;
        let ciphertext = |offer: &Handle| self.plan(offer).map(|plan| plan.ciphertext);
        let offers = offers.iter().filter_map(ciphertext).collect();
        (*latest == round).then_some(ScoreClaim { cycle, offers, bid })
    }
    /// The cycles whose scores can be posted and contested: those with a round whose cut-off has
    /// passed, up to gate closure.
    pub(crate) fn scored_cycles(&self) -> BTreeSet<Cycle> {
        self.offers.keys().copied().collect()
    }
    /// The score vectors of the matching node that were found wrong, in the order in which they
    /// were struck out.
    pub fn strikes(&self) -> &[Strike] {
        &self.strikes
    }
    /// Digest of the document from which a round's pairs follow; None until the regulator posts it.
    /// The state does not keep the round's plans and pairs: they are in the blocks, from which
    /// readers keep an order book.
    pub fn transcript(&self, cycle: Cycle, round: u8) -> Option<[u8; 32]> {
        self.transcripts.get(&(cycle, round)).copied()
    }
    /// The matching node's commitment to the seed of a round's masks, in mode masked.
    pub fn mask(&self, cycle: Cycle, round: u8) -> Option<[u8; 32]> {
        self.masks.get(&(cycle, round)).copied()
    }
    /// Every opening that the regulator announced, in order.
    pub fn openings(&self) -> &[Opening] {
        &self.openings
    }
    /// Whether a transaction is among the accepted ones that have not expired.
    pub fn is_accepted(&self, id: &TransactionId) -> bool {
        self.accepted.contains_key(id)
    }
    /// Whether a root is an anchor for transactions in the next block.
    pub fn is_anchor(&self, root: &Root) -> bool {
        self.block_roots.contains(root) || self.round_roots.values().any(|r| r == root)
    }
    /// The root at a round's cut-off, or (`confirmations`) at its confirmation deadline, while it
    /// is an anchor.
    pub fn round_anchor(&self, cycle: Cycle, round: u8, confirmations: bool) -> Option<Root> {
        self.round_roots.get(&(cycle, round, confirmations)).copied()
    }
    /// The state with its root left out, to compare the contents of two chains. Roots also depend
    /// on refused transactions.
    pub fn without_root(&self) -> State {
        State { root: StateRoot([0; 32]), ..self.clone() }
    }
    pub(crate) fn room_for(&self, leaves: u64) -> Result<(), Refusal> {
        if self.tree.len() + leaves > 1 << 32 {
            return Err(Refusal::TreeFull);
        }
        Ok(())
    }
}
