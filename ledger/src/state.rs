//! The ledger's state: everything that decides whether a transaction is accepted
//! (docs/protocol/40-ledger.md, "State"). All maps are ordered, and nothing in here is ever a
//! household's value, price, identity or opening.
//!
//! A copy of a state costs the same however much is in it: its tables and its tree share with the
//! copy what neither has changed. The state's digest follows its changes one by one. So a block
//! costs what it changes, and not what was before it.
//!
//! Only `changes` changes a state; each change is a function of a checked transaction or of a
//! deadline. What is no longer needed, `forget` takes out.

mod credentials;
mod cycle;
mod encode;
mod entries;
mod issuing;
mod keys;
mod lapses;
mod serials;
mod sum;
mod table;
#[macro_use]
mod tables;

pub(crate) use cycle::is_sane;
pub use cycle::CycleState;
pub use entries::{BadMatch, Obligation, Opening, PlanEntry, Strike, TradeDeviation, TradeEntry, TradeSide};
pub(crate) use issuing::Counted;
pub use issuing::IssueCount;
pub use keys::OperatorKey;
pub(crate) use keys::RetiredKey;
pub use lapses::LapseCount;
pub use protocol::header::StateRoot;
pub use serials::Serials;

use crate::verifier::ScoreClaim;
use crate::Refusal;
use protocol::encoding::{digest, Canonical};
use protocol::ids::{ChainId, Height, Time, TransactionId};
use protocol::key_schedule::{CircuitVersion, KeySchedule};
use protocol::keys::{TraceCommitment, TraceTag};
use protocol::record::metered::{RecordSerial, SerialKey};
use protocol::record::{Commitment, Handle, MatchId, Nullifier};
use protocol::transaction::body::{IssueCap, Operator, RegisterIssuer};
use protocol::transaction::genesis::Genesis;
use protocol::tree::{Root, Tree};
use protocol::units::{Cycle, Epoch, IssuerId, Side};
use sum::Sum;
use table::{Set, Single, Table};

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
    /// The halves of a round's trades are due.
    Delivery(Cycle, u8),
    /// No more metered records of the cycle are taken.
    Settled(Cycle),
}

tables! {
    /// The state after some block. `state/tables.rs` says how a table is added.
    pub struct State {
        genesis: Genesis,
        chain: ChainId,
        height: Height,
        time: Time,
        root: StateRoot,
        tree: Tree,
        /// The sum over all entries of the tables below, as it was when the last block ended.
        sum: Sum,
        ---
        1 nullifiers: Set<Nullifier>,
        2 plans: Table<Handle, PlanEntry>,
        /// The plans of each cycle, by their places in ledger order.
        3 listings: Table<(Cycle, u64), Handle>,
        /// Number of plans that were ever listed.
        4 listed: Single<u64>,
        5 trades: Table<MatchId, TradeEntry>,
        /// The trades of each cycle, in the order in which they were matched.
        6 matches: Table<(Cycle, u64), MatchId>,
        /// Number of trades that were ever matched.
        7 matched: Single<u64>,
        /// The matches that did not open, numbered from 0.
        8 bad_matches: Table<u64, BadMatch>,
        9 issuers: Table<IssuerId, RegisterIssuer>,
        /// The serials that each issuer has used, that the regulator has, and the matching node.
        10 issuer_serials: Table<IssuerId, Serials>,
        11 regulator_serials: Single<Serials>,
        12 matcher_serials: Single<Serials>,
        13 epoch: Single<Option<Epoch>>,
        14 cycles: Table<Cycle, CycleState>,
        /// The trace keys that credentials name, by the credentials' epochs, as long as such a
        /// credential may be shown.
        15 trace_keys: Set<(Epoch, TraceCommitment)>,
        16 obligations: Table<Commitment, Obligation>,
        /// Money that has left through each desk, in nano-currency.
        17 withdrawn: Table<IssuerId, u128>,
        18 keys: Single<KeySchedule>,
        /// The scores posted in open cycles.
        19 scores: Table<(Cycle, u8, Handle), [u8; 32]>,
        /// For each open cycle: the round whose cut-off passed last, and the sell plans that take
        /// part in it, in ledger order.
        20 offers: Table<Cycle, (u8, Vec<Handle>)>,
        /// The strikes, numbered from 0.
        21 strikes: Table<u64, Strike>,
        /// The transcripts posted in open cycles.
        22 transcripts: Table<(Cycle, u8), [u8; 32]>,
        /// The masks committed to in open cycles.
        23 masks: Table<(Cycle, u8), [u8; 32]>,
        /// The announced openings, numbered from 0.
        24 openings: Table<u64, Opening>,
        /// Roots at the ends of the last blocks.
        25 block_roots: Table<Height, Root>,
        /// Roots at cut-offs and (true) confirmation deadlines of the newest cycles' rounds.
        26 round_roots: Table<(Cycle, u8, bool), Root>,
        /// Accepted transactions that have not expired: only they could be sent again. Those that
        /// expire first come first.
        27 accepted: Set<(Height, TransactionId)>,
        28 deadlines: Set<(Time, Deadline)>,
        /// The issuers that the regulator has stopped.
        29 suspended: Set<IssuerId>,
        /// The public serial keys of each metering service, each with the time from which it is in
        /// force, and with the cycle to which it reaches back or 0; the oldest first.
        30 serial_keys: Table<IssuerId, Vec<(Time, Cycle, SerialKey)>>,
        /// How many records each metering service may issue in an epoch.
        31 issue_caps: Table<IssuerId, IssueCap>,
        /// How many records each metering service has issued in the current epoch.
        32 issue_counts: Table<IssuerId, IssueCount>,
        /// The serials of the metered records of cycles of which such records are taken.
        33 record_serials: Set<(Cycle, RecordSerial)>,
        /// The trace tags of the plans of cycles that are not closed.
        34 plan_tags: Set<(Cycle, TraceTag)>,
        /// The trace tags of the withdrawals of the current epoch.
        35 withdrawal_tags: Set<TraceTag>,
        /// The operators whose keys were replaced, each with its signing key.
        36 operator_keys: Table<Operator, OperatorKey>,
        /// Signing and encryption keys that were replaced. Nobody can take one again.
        37 retired_keys: Set<RetiredKey>,
        /// The withdrawals that their desks have not marked yet, each with its desk.
        38 unpaid: Table<TransactionId, IssuerId>,
        /// The plans that lapsed or refused a match in the current epoch and the one before.
        42 lapses: Set<(Epoch, Handle)>,
        /// How many they are, and may be, in these two epochs.
        43 lapse_counts: Table<Epoch, LapseCount>,
    }
}

impl State {
    /// The state before the first block.
    pub fn new(genesis: &Genesis) -> Self {
        let (chain, tree) = (genesis.chain(), Tree::new());
        let (root, empty) = (StateRoot::genesis(chain), tree.root());
        let mut state = State::empty(*genesis, chain, Height(0), genesis.time, root, tree, Sum::default());
        state.block_roots.insert(Height(0), empty);
        // After this no change is noted, and the sum can be taken of all that is there.
        state.update_sum();
        state.sum = state.sum_anew();
        state
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
    /// The digest of the state itself: of its tables, its tree, and its place in the chain. It was
    /// brought up to date when the last block ended (docs/protocol/40-ledger.md, "The state's
    /// digest").
    pub fn digest(&self) -> [u8; 32] {
        self.digest_of(&self.sum)
    }
    /// The same digest, computed from all that the state holds. Equal to [`State::digest`] unless a
    /// change passed the upkeep by.
    pub fn digest_anew(&self) -> [u8; 32] {
        self.digest_of(&self.sum_anew())
    }
    fn digest_of(&self, sum: &Sum) -> [u8; 32] {
        let mut parts = self.chain.to_bytes();
        self.height.write(&mut parts);
        self.time.write(&mut parts);
        self.tree.len().write(&mut parts);
        self.last_root().write(&mut parts);
        parts.extend(sum.to_bytes());
        digest("veilgrid/state-digest/1", &parts)
    }
    /// The root of the record tree at the end of the last block.
    pub(crate) fn last_root(&self) -> Root {
        self.block_roots.last().map_or_else(|| self.tree.root(), |(_, root)| *root)
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
    /// The plan with this handle; None if none was listed under it, or if it is forgotten, which it
    /// is once its cycle is closed and its lock is released.
    pub fn plan(&self, handle: &Handle) -> Option<&PlanEntry> {
        self.plans.get(handle)
    }
    /// The plans of a cycle that are not forgotten, in ledger order; none for a cycle that has not
    /// started.
    pub fn plans_of(&self, cycle: Cycle) -> impl Iterator<Item = &PlanEntry> {
        let handles = self.listings.range((cycle, 0)..=(cycle, u64::MAX));
        handles.filter_map(|(_, handle)| self.plans.get(handle))
    }
    /// The trade with this match record; None if no match made it, or if it is forgotten, which it
    /// is once its cycle is closed and each side has taken its own.
    pub fn trade(&self, match_id: &MatchId) -> Option<&TradeEntry> {
        self.trades.get(match_id)
    }
    /// The trades of a cycle that are not forgotten, in the order in which they were matched; none
    /// for a cycle that has not started.
    pub fn trades_of(&self, cycle: Cycle) -> impl Iterator<Item = &TradeEntry> {
        let ids = self.matches.range((cycle, 0)..=(cycle, u64::MAX));
        ids.filter_map(|(_, id)| self.trades.get(id))
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
        *self.epoch
    }
    /// The registration of an issuer, with the keys that it has now; None before it.
    pub fn issuer(&self, issuer: IssuerId) -> Option<&RegisterIssuer> {
        self.issuers.get(&issuer)
    }
    /// Whether the regulator has stopped an issuer.
    pub fn is_suspended(&self, issuer: IssuerId) -> bool {
        self.suspended.contains(&issuer)
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
    /// The obligation with this commitment; None if no record that is owed was issued with it.
    pub fn obligation(&self, commitment: &Commitment) -> Option<&Obligation> {
        self.obligations.get(commitment)
    }
    /// Money that has left through a desk, in nano-currency.
    pub fn withdrawn(&self, desk: IssuerId) -> u128 {
        self.withdrawn.get(&desk).copied().unwrap_or(0)
    }
    /// The desk that is to pay a withdrawal; None for one that is unknown, or marked already.
    pub fn unpaid(&self, withdrawal: TransactionId) -> Option<IssuerId> {
        self.unpaid.get(&withdrawal).copied()
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
        self.cycles.last().map(|(cycle, _)| *cycle)
    }
    /// The score digest that the matching node posted for a bid in a round. It is forgotten when the
    /// cycle closes.
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
    pub(crate) fn scored_cycles(&self) -> std::collections::BTreeSet<Cycle> {
        self.offers.keys().copied().collect()
    }
    /// The score vectors of the matching node that were found wrong, in the order in which they
    /// were struck out.
    pub fn strikes(&self) -> impl DoubleEndedIterator<Item = &Strike> + ExactSizeIterator {
        self.strikes.values()
    }
    /// The matches of the regulator that did not open, in the order of the complaints.
    pub fn bad_matches(&self) -> impl ExactSizeIterator<Item = &BadMatch> {
        self.bad_matches.values()
    }
    /// Digest of the document from which a round's pairs follow; None until the regulator posts it,
    /// and from gate closure on. The state does not keep the round's plans and pairs: they are in the blocks, from which
    /// readers keep an order book.
    pub fn transcript(&self, cycle: Cycle, round: u8) -> Option<[u8; 32]> {
        self.transcripts.get(&(cycle, round)).copied()
    }
    /// The matching node's commitment to the seed of a round's masks, in mode masked. It is forgotten
    /// when the cycle closes.
    pub fn mask(&self, cycle: Cycle, round: u8) -> Option<[u8; 32]> {
        self.masks.get(&(cycle, round)).copied()
    }
    /// Every opening that the regulator announced, in order.
    pub fn openings(&self) -> impl DoubleEndedIterator<Item = &Opening> + ExactSizeIterator {
        self.openings.values()
    }
    /// Whether a transaction is among the accepted ones that have not expired.
    pub fn is_accepted(&self, id: TransactionId, expiry: Height) -> bool {
        self.accepted.contains(&(expiry, id))
    }
    /// Whether a root is an anchor for transactions in the next block.
    pub fn is_anchor(&self, root: &Root) -> bool {
        self.block_roots.values().any(|r| r == root) || self.round_roots.values().any(|r| r == root)
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
