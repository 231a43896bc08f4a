//! The view of a viewing key: the household's records, plans and trades, found by scanning compact
//! blocks.
//!
//! Everything here follows from the blocks alone, so that a wallet restored from its phrase and one
//! that never stopped are in the same state. A household knows a transaction of its own by the
//! nullifier, handle or obligation that it names; the memo then gives the openings of the records
//! that it made. Only issuers' notes are tried blindly.

mod scan;

pub(super) use scan::{about as handle, nullifiers};

use super::plan::{OwnPlan, Stage};
use super::Error;
use crate::note::{CredentialOpening, NoteSecret, Payload};
use crate::service_keys::ServiceKeys;
use crate::trusted_keys::judge_genesis;
use fhe_matcher::key::MatchingPublicKey;
use protocol::ids::{BlobHash, ChainId, Height, Time};
use protocol::key_schedule::KeySchedule;
use protocol::keys::{Address, TraceTag, ViewingKey};
use protocol::record::{Commitment, Handle, MatchId, Nullifier};
use protocol::transaction::body::CycleStart;
use protocol::transaction::genesis::Genesis;
use protocol::tree::{Path, Position, Root, Tree};
use protocol::units::{Cycle, Epoch, Money};
use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::sync::Arc;

/// How many roots at block ends are kept to know an anchor's tree by.
const ROOTS: usize = 256;

/// The parameters of a chain that a wallet must know beforehand.
#[derive(Clone)]
pub struct ChainParameters {
    genesis: Arc<Genesis>,
    chain: ChainId,
    matching_key: Arc<MatchingPublicKey>,
}

impl ChainParameters {
    /// The parameters of the chain of this genesis. Errors: [`Error::Protocol`] when the genesis
    /// contradicts itself, [`Error::MatchingKey`], [`Error::Keys`].
    pub fn new(genesis: Genesis, matching_key: MatchingPublicKey) -> Result<Self, Error> {
        genesis.check()?;
        judge_genesis(&genesis)?;
        if BlobHash::of(&matching_key.to_bytes()) != genesis.matching_key {
            return Err(Error::MatchingKey);
        }
        Ok(ChainParameters { chain: genesis.chain(), genesis: Arc::new(genesis), matching_key: Arc::new(matching_key) })
    }
    /// The chain's id.
    pub fn chain(&self) -> ChainId {
        self.chain
    }
    /// Its genesis.
    pub fn genesis(&self) -> &Genesis {
        &self.genesis
    }
    pub(super) fn matching_key(&self) -> &MatchingPublicKey {
        &self.matching_key
    }
}

/// A record of this household: G, B, or S that the grid pays for. Not printable: it holds the opening.
#[derive(Clone, PartialEq, Eq)]
pub struct OwnRecord {
    pub(super) payload: Payload,
    pub(super) commitment: Commitment,
    pub(super) position: Position,
    pub(super) nullifier: Nullifier,
    pub(super) spent: bool,
}

impl OwnRecord {
    /// The record's opening.
    pub fn payload(&self) -> &Payload {
        &self.payload
    }
    /// The record's leaf in the tree.
    pub fn commitment(&self) -> Commitment {
        self.commitment
    }
    /// The leaf's position in the tree.
    pub fn position(&self) -> Position {
        self.position
    }
    /// Whether the record's nullifier is on the ledger.
    pub fn spent(&self) -> bool {
        self.spent
    }
}

/// A metered record that is owed: a shortfall, or what is taken back of a surplus. Not printable: it holds the opening.
#[derive(Clone, PartialEq, Eq)]
pub struct Obligation {
    pub(super) payload: Payload,
    pub(super) paid: bool,
}

impl Obligation {
    /// The opening of the metered record S that states what is owed.
    pub fn payload(&self) -> &Payload {
        &self.payload
    }
    /// Whether it is paid.
    pub fn paid(&self) -> bool {
        self.paid
    }
}

/// The latest root at a round's cut-off, and the tree it belongs to.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) struct CutOff {
    pub(super) cycle: Cycle,
    pub(super) root: Root,
    pub(super) leaves: u64,
}

/// A household as its viewing key sees it.
pub struct Watch {
    pub(super) key: ViewingKey,
    pub(super) address: Address,
    pub(super) parameters: ChainParameters,
    pub(super) birth: Height,
    /// Height and time of the last block.
    pub(super) last: Option<(Height, Time)>,
    pub(super) tree: Tree,
    /// Roots at the ends of the latest blocks, with the number of leaves then; the latest at the
    /// back.
    pub(super) roots: VecDeque<(Root, u64)>,
    pub(super) cut_off: Option<CutOff>,
    pub(super) cycles: BTreeMap<Cycle, CycleStart>,
    /// Changes of verifying keys.
    pub(super) keys: KeySchedule,
    pub(super) issuers: ServiceKeys,
    pub(super) epoch: Option<Epoch>,
    pub(super) credentials: BTreeMap<Epoch, (CredentialOpening, Position)>,
    pub(super) records: BTreeMap<Position, OwnRecord>,
    pub(super) nullifiers: BTreeMap<Nullifier, Position>,
    /// Openings known of leaves that are not in the tree yet.
    pub(super) expected: BTreeMap<Commitment, Payload>,
    pub(super) obligations: BTreeMap<Commitment, Obligation>,
    pub(super) plans: BTreeMap<Handle, OwnPlan>,
    /// Trace tags that must not be used again.
    pub(super) tags: BTreeSet<TraceTag>,
}

impl Watch {
    /// A household that has seen nothing yet. Notes of blocks before `birth` are not tried.
    pub fn new(key: ViewingKey, birth: Height, parameters: ChainParameters) -> Self {
        Watch {
            address: key.nullifier_key.address(),
            key,
            parameters,
            birth,
            last: None,
            tree: Tree::new(),
            roots: VecDeque::new(),
            cut_off: None,
            cycles: BTreeMap::new(),
            keys: KeySchedule::default(),
            issuers: ServiceKeys::new(),
            epoch: None,
            credentials: BTreeMap::new(),
            records: BTreeMap::new(),
            nullifiers: BTreeMap::new(),
            expected: BTreeMap::new(),
            obligations: BTreeMap::new(),
            plans: BTreeMap::new(),
            tags: BTreeSet::new(),
        }
    }
    /// Height of the last block scanned.
    pub fn height(&self) -> Option<Height> {
        self.last.map(|(height, _)| height)
    }
    /// The address that owns this household's records.
    pub fn address(&self) -> Address {
        self.address
    }
    /// The current epoch.
    pub fn epoch(&self) -> Option<Epoch> {
        self.epoch
    }
    /// The parameters and schedule of a cycle. Error: [`Error::UnknownCycle`].
    pub fn cycle(&self, cycle: Cycle) -> Result<&CycleStart, Error> {
        self.cycles.get(&cycle).ok_or(Error::UnknownCycle(cycle))
    }
    /// The credential of an epoch.
    pub fn credential(&self, epoch: Epoch) -> Option<&CredentialOpening> {
        self.credentials.get(&epoch).map(|(opening, _)| opening)
    }
    /// The epoch of the credential to be shown for taking out what belongs to the epoch `of`: the newest
    /// that is not newer, and that still counts. An older one than that of `of` is public, and says
    /// that the household had none later. Errors: [`Error::NoEpoch`], [`Error::NoCredential`].
    pub fn exit_epoch(&self, of: Epoch) -> Result<Epoch, Error> {
        let current = self.epoch.ok_or(Error::NoEpoch)?.get();
        let oldest = current.saturating_sub(self.parameters.genesis().limits.exit_epochs);
        let fitting = self.credentials.range(..=of).next_back().map(|(epoch, _)| *epoch);
        fitting.filter(|epoch| epoch.get() >= oldest).ok_or(Error::NoCredential(of))
    }
    /// All credentials ever issued to it, by epoch.
    pub fn credentials(&self) -> impl Iterator<Item = &CredentialOpening> {
        self.credentials.values().map(|(opening, _)| opening)
    }
    /// All records ever found, in the order of the tree; those of value 0 too.
    pub fn records(&self) -> impl Iterator<Item = &OwnRecord> {
        self.records.values()
    }
    /// All metered records ever owed.
    pub fn obligations(&self) -> impl Iterator<Item = (&Commitment, &Obligation)> {
        self.obligations.iter()
    }
    /// All plans ever listed, by handle.
    pub fn plans(&self) -> impl Iterator<Item = (&Handle, &OwnPlan)> {
        self.plans.iter()
    }
    /// A plan. Error: [`Error::UnknownPlan`].
    pub fn plan(&self, handle: Handle) -> Result<&OwnPlan, Error> {
        self.plans.get(&handle).ok_or(Error::UnknownPlan)
    }
    /// The plans that are in a match: one, or both of them when a household was paired with itself.
    pub fn plans_in(&self, match_id: MatchId) -> impl Iterator<Item = &OwnPlan> {
        self.plans.values().filter(move |p| p.trade.as_ref().is_some_and(|t| t.id == match_id))
    }
    /// Money in unspent records.
    pub fn balance(&self) -> Money {
        let amounts = self.records.values().filter(|r| !r.spent).filter_map(|r| match r.payload {
            Payload::Balance { amount, .. } => Some(amount),
            _ => None,
        });
        sum(amounts)
    }
    /// Money and energy locked in plans and trades.
    pub fn locked(&self) -> Locked {
        let mut energy = BTreeMap::new();
        for plan in self.plans.values().filter(|p| p.locked_energy().get() > 0) {
            *energy.entry(plan.cycle()).or_insert(0) += plan.locked_energy().get();
        }
        Locked { money: sum(self.plans.values().map(OwnPlan::locked_money)), energy }
    }
    pub(super) fn note_secret(&self) -> NoteSecret {
        NoteSecret::from_bytes(self.key.note_secret)
    }
    /// The anchor for spending these leaves or using them as a credential, with its number of
    /// leaves: the latest cut-off's root if they are all in its tree (so that an anchor's age tells
    /// nothing), else the root at the last block's end.
    pub(super) fn anchor(&self, positions: &[Position]) -> Result<(Root, u64), Error> {
        // the ledger keeps the cut-offs' roots of the newest so many cycles
        let window = self.parameters.genesis().anchor_cycles as usize;
        let oldest = self.cycles.keys().rev().nth(window.saturating_sub(1)).copied().unwrap_or(Cycle::ZERO);
        let usable = |c: &CutOff| c.cycle >= oldest && positions.iter().all(|p| u64::from(p.0) < c.leaves);
        match self.cut_off.filter(usable) {
            Some(c) => Ok((c.root, c.leaves)),
            None => self.roots.back().copied().ok_or(Error::NoEpoch),
        }
    }
    /// A leaf's path under an anchor with so many leaves.
    pub(super) fn path(&self, position: Position, leaves: u64) -> Path {
        self.tree.path_at(position, leaves).expect("an anchor is chosen so that the leaf is below it")
    }
    fn in_stage(&mut self, match_id: MatchId, stage: Stage) {
        for plan in self.plans.values_mut() {
            if plan.trade.as_ref().is_some_and(|t| t.id == match_id) {
                plan.stage = stage;
            }
        }
    }
}

/// The money and energy locked in plans and trades.
#[derive(Clone, PartialEq, Eq)]
pub struct Locked {
    /// Locked money.
    pub money: Money,
    /// Locked energy in Wh, by cycle.
    pub energy: BTreeMap<Cycle, u64>,
}

/// A sum that stops at the greatest amount: there is never that much money.
fn sum(amounts: impl Iterator<Item = Money>) -> Money {
    amounts.fold(Money::ZERO, |total, amount| total.plus(amount).unwrap_or(Money::MAX))
}
