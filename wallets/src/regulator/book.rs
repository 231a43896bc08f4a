//! The order book as anyone can see it: which plans are listed, in the ledger's order, and who takes part in which round.
//! It needs no key; the matching node follows the same book, so that both score the same vectors.

use super::Error;
use crate::Blobs;
use fhe_matcher::ciphertext::PlanCiphertext;
use fhe_matcher::matching_node::ListedPlan;
use fhe_matcher::score::ScoreDigest;
use protocol::compact::{CompactBlock, Event};
use protocol::encoding::Canonical;
use protocol::keys::NoteKey;
use protocol::record::Handle;
use protocol::transaction::body::{CycleStart, ListPlan};
use protocol::transaction::{BlobHash, Body};
use protocol::units::{Cycle, Side};
use std::collections::BTreeMap;

struct Entry {
    side: Side,
    listed: bool,
    ciphertext: BlobHash,
    note_key: NoteKey,
}

/// Who takes part in a round: the plans that are listed when its cut-off passes, in the ledger's order. A plan that is
/// listed again keeps its place.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Round {
    /// Buy plans.
    pub bids: Vec<Handle>,
    /// Sell plans.
    pub offers: Vec<Handle>,
}

/// A round with its ciphertexts.
pub struct LoadedRound {
    /// Buy plans.
    pub bids: Vec<ListedPlan>,
    /// Sell plans.
    pub offers: Vec<ListedPlan>,
    /// Plans whose ciphertexts are none: they take no part.
    pub malformed: Vec<Handle>,
}

/// The book of all cycles.
#[derive(Default)]
pub struct Book {
    cycles: BTreeMap<Cycle, CycleStart>,
    entries: BTreeMap<Handle, Entry>,
    order: BTreeMap<Cycle, Vec<Handle>>,
    rounds: BTreeMap<(Cycle, u8), Round>,
    scores: BTreeMap<(Cycle, u8, Handle), ScoreDigest>,
    masked: BTreeMap<(Cycle, u8), Masked>,
}

/// A round in mode masked. Who takes part is settled by the block that commits to its mask: matching node, validators and
/// regulator then have the same lists, whatever is withdrawn while they talk.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Masked {
    /// To the seed.
    pub commitment: [u8; 32],
    /// The round's plans that were still listed then.
    pub plans: Round,
}

/// A handle as the matcher knows it.
pub fn handle_bytes(handle: Handle) -> [u8; 32] {
    handle.to_bytes().try_into().expect("a handle has 32 bytes")
}

impl Book {
    /// Follows the ledger; blocks come in order.
    pub fn scan(&mut self, block: &CompactBlock) {
        block.events.iter().for_each(|event| self.event(event));
        for transaction in &block.transactions {
            match &transaction.body {
                Body::CycleStart(c) => {
                    self.cycles.insert(c.cycle, *c);
                }
                Body::SellPlan(p) => self.list(p, Side::Sell),
                Body::BuyPlan(p) => self.list(p, Side::Buy),
                Body::Match(m) => {
                    self.set(m.sell, false);
                    self.set(m.buy, false);
                }
                Body::Release(r) => self.set(r.handle, false),
                Body::Scores(s) => {
                    self.scores.insert((s.cycle, s.round, s.buy), ScoreDigest(s.digest));
                }
                Body::Contest(c) => {
                    self.scores.remove(&(c.cycle, c.round, c.buy));
                }
                Body::Mask(m) => {
                    let listed = |handles: &[Handle]| handles.iter().copied().filter(|h| self.is_listed(*h)).collect();
                    let Round { bids, offers } = self.round(m.cycle, m.round).cloned().unwrap_or_default();
                    let plans = Round { bids: listed(&bids), offers: listed(&offers) };
                    self.masked.insert((m.cycle, m.round), Masked { commitment: m.commitment, plans });
                }
                _ => {}
            }
            transaction.events.iter().for_each(|event| self.event(event));
        }
    }

    fn list(&mut self, p: &ListPlan, side: Side) {
        let entry = Entry { side, listed: true, ciphertext: p.ciphertext, note_key: p.note_key };
        self.entries.insert(p.handle, entry);
        self.order.entry(p.cycle).or_default().push(p.handle);
    }

    fn set(&mut self, handle: Handle, listed: bool) {
        if let Some(entry) = self.entries.get_mut(&handle) {
            entry.listed = listed;
        }
    }

    fn event(&mut self, event: &Event) {
        match *event {
            Event::Expired(h) | Event::Lapsed(h) | Event::Refused(h) => self.set(h, false),
            Event::Relisted(h) => self.set(h, true),
            Event::Anchor { cycle, round, confirmations: false, .. } => {
                let taking_part = |side| {
                    let order = self.order.get(&cycle).into_iter().flatten();
                    let part = |h: &&Handle| self.entries.get(h).is_some_and(|e| e.listed && e.side == side);
                    order.filter(part).copied().collect()
                };
                let round_of = Round { bids: taking_part(Side::Buy), offers: taking_part(Side::Sell) };
                self.rounds.insert((cycle, round), round_of);
            }
            Event::Anchor { .. } | Event::Binding(_) | Event::Delivered(_) | Event::Void(_) => {}
        }
    }

    /// What a cycle is run by.
    pub fn cycle(&self, cycle: Cycle) -> Option<&CycleStart> {
        self.cycles.get(&cycle)
    }
    /// The latest cycle.
    pub fn last_cycle(&self) -> Option<Cycle> {
        self.cycles.last_key_value().map(|(cycle, _)| *cycle)
    }
    /// The latest round of a cycle whose cut-off has passed.
    pub fn last_round(&self, cycle: Cycle) -> Option<u8> {
        self.rounds.range((cycle, 0)..=(cycle, u8::MAX)).next_back().map(|((_, round), _)| *round)
    }
    /// Who takes part; None before the cut-off.
    pub fn round(&self, cycle: Cycle, round: u8) -> Option<&Round> {
        self.rounds.get(&(cycle, round))
    }
    /// Whether a plan is listed at the moment.
    pub fn is_listed(&self, handle: Handle) -> bool {
        self.entries.get(&handle).is_some_and(|e| e.listed)
    }
    /// Where notes about a plan go.
    pub fn note_key(&self, handle: Handle) -> Option<&NoteKey> {
        self.entries.get(&handle).map(|e| &e.note_key)
    }
    /// What the matching node posted for a bid in a round.
    pub fn scores(&self, cycle: Cycle, round: u8, bid: Handle) -> Option<&ScoreDigest> {
        self.scores.get(&(cycle, round, bid))
    }

    /// A round in mode masked; None before its mask is committed.
    pub fn masked(&self, cycle: Cycle, round: u8) -> Option<&Masked> {
        self.masked.get(&(cycle, round))
    }

    /// A round's ciphertexts. Errors: [`Error::UnknownRound`], [`Error::MissingBlob`].
    pub fn load(&self, cycle: Cycle, round: u8, blobs: &impl Blobs) -> Result<LoadedRound, Error> {
        self.load_plans(self.round(cycle, round).ok_or(Error::UnknownRound)?, blobs)
    }

    /// The ciphertexts of a round in mode masked. Errors: [`Error::NoMask`], [`Error::MissingBlob`].
    pub fn load_masked(&self, cycle: Cycle, round: u8, blobs: &impl Blobs) -> Result<LoadedRound, Error> {
        self.load_plans(&self.masked(cycle, round).ok_or(Error::NoMask)?.plans, blobs)
    }

    fn load_plans(&self, round: &Round, blobs: &impl Blobs) -> Result<LoadedRound, Error> {
        let mut malformed = Vec::new();
        let mut load = |handles: &[Handle]| -> Result<Vec<ListedPlan>, Error> {
            let mut plans = Vec::with_capacity(handles.len());
            for handle in handles {
                let hash = self.entries.get(handle).ok_or(Error::UnknownPlan)?.ciphertext;
                let bytes = blobs.blob(hash).filter(|b| BlobHash::of(b) == hash).ok_or(Error::MissingBlob(hash))?;
                match PlanCiphertext::from_bytes(&bytes) {
                    Ok(ciphertext) => plans.push(ListedPlan { handle: handle_bytes(*handle), ciphertext }),
                    Err(_) => malformed.push(*handle),
                }
            }
            Ok(plans)
        };
        Ok(LoadedRound { bids: load(&round.bids)?, offers: load(&round.offers)?, malformed })
    }
}
