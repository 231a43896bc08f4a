//! The order book as anyone can see it: the listed plans, in the ledger's order, and the plans that
//! take part in each round. It needs no key. The regulator and the matching node follow the same
//! book, so that both score the same vectors.

use crate::Blobs;
use fhe_matcher::ciphertext::PlanCiphertext;
use fhe_matcher::matching_node::ListedPlan;
pub use fhe_matcher::pairing::{Pair, Posted, PublicRound};
use fhe_matcher::score::ScoreDigest;
use protocol::compact::Event;
use protocol::elgamal::Point;
use protocol::encoding::Canonical;
use protocol::ids::{BlobHash, ChainId, Height};
use protocol::light::VerifiedBlock;
use protocol::record::Handle;
use protocol::transaction::body::{CycleStart, ListPlan};
use protocol::transaction::Body;
use protocol::units::{Cycle, Side};
use std::collections::BTreeMap;

/// Why the book cannot give a round's ciphertexts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Error {
    /// A block of another chain than the blocks before it.
    #[error("a block of another chain")]
    OtherChain,
    /// Blocks are scanned in order, each once.
    #[error("expected block {}, got {}", expected.0, found.0)]
    OutOfOrder {
        /// The next height.
        expected: Height,
        /// The height of the block given.
        found: Height,
    },
    /// The round's cut-off has not come.
    #[error("the round has not begun")]
    UnknownRound,
    /// The round's mask is not on the ledger.
    #[error("no mask of this round on the ledger")]
    NoMask,
    /// No such plan on the ledger.
    #[error("unknown plan")]
    UnknownPlan,
    /// A ciphertext is not at hand, or its bytes have another hash.
    #[error("blob {0} is missing")]
    MissingBlob(BlobHash),
}

impl Error {
    /// A code that stays the same across versions, for machines.
    pub const fn code(&self) -> &'static str {
        match self {
            Error::OtherChain => "other-chain",
            Error::OutOfOrder { .. } => "out-of-order",
            Error::UnknownRound => "unknown-round",
            Error::NoMask => "no-mask",
            Error::UnknownPlan => "unknown-plan",
            Error::MissingBlob(_) => "missing-blob",
        }
    }
}

/// A plan as the book keeps it.
struct Entry {
    side: Side,
    listed: bool,
    ciphertext: BlobHash,
    plan_key: Point,
}

/// A round with its ciphertexts.
pub struct LoadedRound {
    /// Buy plans.
    pub bids: Vec<ListedPlan>,
    /// Sell plans.
    pub offers: Vec<ListedPlan>,
    /// Plans whose blobs are no ciphertexts: they take no part.
    pub malformed: Vec<Handle>,
}

/// The book of all cycles. Of each round it has the plans that take part and the transcript that
/// its pairing is checked by. A plan takes part that is listed when the round's cut-off passes. The
/// plans are in the ledger's order; a plan that is listed again keeps its place.
#[derive(Default)]
pub struct OrderBook {
    /// The chain, and the height of the next block; None before the first.
    next: Option<(ChainId, Height)>,
    cycles: BTreeMap<Cycle, CycleStart>,
    entries: BTreeMap<Handle, Entry>,
    order: BTreeMap<Cycle, Vec<Handle>>,
    rounds: BTreeMap<(Cycle, u8), PublicRound>,
    scores: BTreeMap<(Cycle, u8, Handle), ScoreDigest>,
    masked: BTreeMap<(Cycle, u8), Masked>,
}

/// A round in mode masked. The block that commits to the round's mask fixes its plans. So matching
/// node, validators and regulator have the same lists, whatever plans are withdrawn in the
/// meantime.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Masked {
    /// The commitment to the seed, as on the ledger.
    pub commitment: [u8; 32],
    /// The round's plans that were still listed then.
    pub plans: PublicRound,
    /// The digest of the regulator's answers that the round's transcript names; None before the
    /// transcript.
    pub answers: Option<[u8; 32]>,
}

/// A handle's bytes, by which the matcher knows a plan.
pub fn handle_bytes(handle: Handle) -> [u8; 32] {
    handle.to_bytes().try_into().expect("a handle has 32 bytes")
}

impl OrderBook {
    /// Follows the ledger. The first block may have any height. Errors, with nothing changed:
    /// [`Error::OtherChain`], [`Error::OutOfOrder`].
    pub fn scan(&mut self, block: &VerifiedBlock) -> Result<(), Error> {
        if let Some((chain, expected)) = self.next {
            if block.chain() != chain {
                return Err(Error::OtherChain);
            }
            if block.height != expected {
                return Err(Error::OutOfOrder { expected, found: block.height });
            }
        }
        self.next = Some((block.chain(), Height(block.height.0 + 1)));
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
                    if let Some(round) = self.rounds.get_mut(&(m.cycle, m.round)) {
                        round.matches.push(Pair { sell: m.sell, buy: m.buy });
                    }
                }
                Body::Release(r) => self.set(r.handle, false),
                // After the transcript, scores come too late for the round.
                Body::Scores(s) if self.transcript(s.cycle, s.round).is_none() => {
                    self.scores.insert((s.cycle, s.round, s.buy), ScoreDigest(s.digest));
                }
                Body::Transcript(t) => {
                    self.transcribe((t.cycle, t.round), t.digest);
                    if let Some(masked) = self.masked.get_mut(&(t.cycle, t.round)) {
                        masked.answers = Some(t.answers);
                    }
                }
                Body::Contest(c) => {
                    self.scores.remove(&(c.cycle, c.round, c.buy));
                }
                Body::Mask(m) => {
                    let listed = |handles: &[Handle]| handles.iter().copied().filter(|h| self.is_listed(*h)).collect();
                    let PublicRound { bids, offers, .. } = self.round(m.cycle, m.round).cloned().unwrap_or_default();
                    let plans = PublicRound { bids: listed(&bids), offers: listed(&offers), ..PublicRound::default() };
                    self.masked.insert((m.cycle, m.round), Masked { commitment: m.commitment, plans, answers: None });
                }
                _ => {}
            }
            transaction.events.iter().for_each(|event| self.event(event));
        }
        Ok(())
    }

    fn list(&mut self, p: &ListPlan, side: Side) {
        let entry = Entry { side, listed: true, ciphertext: p.ciphertext, plan_key: p.plan_key };
        self.entries.insert(p.handle, entry);
        self.order.entry(p.cycle).or_default().push(p.handle);
    }

    fn set(&mut self, handle: Handle, listed: bool) {
        if let Some(entry) = self.entries.get_mut(&handle) {
            entry.listed = listed;
        }
    }

    fn transcribe(&mut self, of: (Cycle, u8), digest: [u8; 32]) {
        let Some(round) = self.rounds.get_mut(&of) else { return };
        let plans = round.bids.iter().chain(&round.offers).copied();
        let listed = plans.filter(|plan| self.entries.get(plan).is_some_and(|entry| entry.listed)).collect();
        round.transcript = Some(Posted { digest, listed });
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
                let (bids, offers) = (taking_part(Side::Buy), taking_part(Side::Sell));
                let round_of = PublicRound { bids, offers, ..PublicRound::default() };
                self.rounds.insert((cycle, round), round_of);
            }
            Event::Anchor { .. } | Event::Binding(_) | Event::Delivered(_) | Event::Void { .. } => {}
            Event::VerdictDiffers(_) | Event::LapseAlarm(_) => {}
        }
    }

    /// The parameters and schedule of a cycle.
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
    /// The plans that take part in a round; None before its cut-off.
    pub fn round(&self, cycle: Cycle, round: u8) -> Option<&PublicRound> {
        self.rounds.get(&(cycle, round))
    }
    /// A round's transcript, once it is posted.
    pub fn transcript(&self, cycle: Cycle, round: u8) -> Option<&Posted> {
        self.rounds.get(&(cycle, round))?.transcript.as_ref()
    }
    /// Whether a plan is listed at the moment.
    pub fn is_listed(&self, handle: Handle) -> bool {
        self.entries.get(&handle).is_some_and(|e| e.listed)
    }
    /// A plan's key D, to which what concerns its trade is encrypted.
    pub fn plan_key(&self, handle: Handle) -> Option<&Point> {
        self.entries.get(&handle).map(|e| &e.plan_key)
    }
    /// The digest of scores that the matching node posted for a bid in a round.
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

    /// The ciphertexts of a round in mode masked. Errors: [`Error::NoMask`],
    /// [`Error::MissingBlob`].
    pub fn load_masked(&self, cycle: Cycle, round: u8, blobs: &impl Blobs) -> Result<LoadedRound, Error> {
        self.load_plans(&self.masked(cycle, round).ok_or(Error::NoMask)?.plans, blobs)
    }

    fn load_plans(&self, round: &PublicRound, blobs: &impl Blobs) -> Result<LoadedRound, Error> {
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
