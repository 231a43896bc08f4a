//! The pairs of a round. They are a function of the rankings that the regulator found in the
//! round's scores and of the plans that were listed when it posted their digest. So the regulator
//! has no freedom in pairing, and an auditor who is given the rankings can name every deviation.
//!
//! The module is here, and not with the regulator, because it needs no key and decrypts nothing.
//! The regulator pairs with it, and an auditor or a validator checks with it. The order book of the
//! wallets crate reads a round from the ledger's blocks.
//!
//! The steps of a round: scores are opened -> [`Rankings`], whose digest the regulator posts ->
//! [`pairs`] -> matches. This check cannot show that a ranking does not follow from the scores; for
//! that somebody else must open them (docs/protocol/30-matching.md).

mod document;
#[cfg(test)]
mod tests;

pub use document::{document_digest, Rankings, MAX_DOCUMENT_BYTES};

use protocol::ids::ChainId;
use protocol::record::Handle;
use protocol::units::Cycle;
use std::collections::{BTreeMap, BTreeSet};

/// The ranking that the regulator found for one bid.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Ranking {
    /// Handle of the bid.
    pub bid: Handle,
    /// Places of its feasible offers among the round's, in ledger order from 0: least score first,
    /// of equals the one listed first. No scores. Empty where none is feasible or none could be
    /// opened.
    pub offers: Vec<u32>,
}

/// Two plans that are to be matched, or were.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Pair {
    /// Handle of the sell plan.
    pub sell: Handle,
    /// Handle of the buy plan.
    pub buy: Handle,
}

/// A round as the ledger shows it to everybody.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct PublicRound {
    /// The buy plans that were listed at the cut-off, in ledger order.
    pub bids: Vec<Handle>,
    /// The sell plans that were listed at the cut-off, in ledger order.
    pub offers: Vec<Handle>,
    /// The transcript, once the regulator has posted it.
    pub transcript: Option<Posted>,
    /// The round's matches.
    pub matches: Vec<Pair>,
}

/// A transcript on the ledger.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Posted {
    /// Digest of the document that holds the rankings.
    pub digest: [u8; 32],
    /// The round's plans that were listed at the transcript's place of the ledger. From there to
    /// the round's end the ledger lets nobody take them back.
    pub listed: BTreeSet<Handle>,
}

impl PublicRound {
    /// The round's pairs, once its transcript is posted.
    pub fn pairs(&self, rankings: &Rankings) -> Option<Vec<Pair>> {
        Some(pairs(rankings, &self.offers, &self.transcript.as_ref()?.listed))
    }
}

/// The pairs: each bid in its turn, if it is listed, takes the first of its offers that is listed
/// and not taken yet.
pub fn pairs(rankings: &Rankings, offers: &[Handle], listed: &BTreeSet<Handle>) -> Vec<Pair> {
    let mut free: BTreeSet<&Handle> = listed.iter().collect();
    let mut pairs = Vec::new();
    for Ranking { bid, offers: ranked } in &rankings.bids {
        if !free.remove(bid) {
            continue; // not listed, or it has had its turn
        }
        let mut ranked = ranked.iter().filter_map(|place| offers.get(usize::try_from(*place).ok()?));
        if let Some(sell) = ranked.find(|offer| free.remove(*offer)) {
            pairs.push(Pair { sell: *sell, buy: *bid });
        }
    }
    pairs
}

/// A fault of a round's pairing. Only the regulator can cause one, or, where something is missing on
/// the ledger, those who order blocks.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Fault {
    /// There were bids and offers, and the regulator posted no transcript, so it matched nobody.
    /// (Where all of them were left over from the round before and no pair followed there, this is
    /// no fault.)
    #[error("no transcript was posted")]
    NoTranscript,
    /// A transcript is posted, and the regulator does not give the document.
    #[error("the document behind the transcript was not given")]
    NoDocument,
    /// The document is not the one whose digest is posted. Nothing else is then checked.
    #[error("the document is not the one whose digest was posted")]
    WrongDocument,
    /// A bid of the round is not in the document.
    #[error("bid {0} is not ranked")]
    BidMissing(Handle),
    /// The document ranks a bid that is not the round's, or ranks a bid twice.
    #[error("bid {0} is ranked and has no place there")]
    BidStrange(Handle),
    /// The first bid whose turn comes too early.
    #[error("bid {0} is ranked out of its turn")]
    BidOutOfTurn(Handle),
    /// A bid's ranking names a place beyond the round's offers.
    #[error("the ranking of {bid} names place {place}, where there is no offer")]
    PlaceBeyond {
        /// Handle of the bid.
        bid: Handle,
        /// The place that the ranking names.
        place: u32,
    },
    /// A bid's ranking names a place again.
    #[error("the ranking of {bid} names place {place} twice")]
    PlaceTwice {
        /// Handle of the bid.
        bid: Handle,
        /// The place that the ranking names.
        place: u32,
    },
    /// A bid was matched with another offer than the one that follows.
    #[error("bid {} was matched with {made} and not with {}", .due.buy, .due.sell)]
    OtherSeller {
        /// The pair that follows.
        due: Pair,
        /// Handle of the sell plan that the bid was matched with.
        made: Handle,
    },
    /// A pair was not matched. That is the regulator's doing, or that of those who order blocks and
    /// left its match out: nobody else can keep a match of the round out of the ledger. This is
    /// also what the regulator's incident `contradiction` looks like: the terms of the two plans do
    /// not fit their scores, which relation 11 rules out. An audit of the two plans tells which of
    /// the two it is.
    #[error("{} and {} were not matched", .0.sell, .0.buy)]
    LeftOut(Pair),
    /// A match does not follow from the rankings: its bid could take nobody, or is not the round's.
    #[error("{} and {} were matched without reason", .0.sell, .0.buy)]
    Undue(Pair),
    /// A plan is in two matches of the round. (The ledger refuses that.)
    #[error("{0} was matched twice")]
    MatchedTwice(Handle),
}

impl Fault {
    /// A code that stays the same across versions, for machines.
    pub const fn code(&self) -> &'static str {
        match self {
            Fault::NoTranscript => "no-transcript",
            Fault::NoDocument => "no-document",
            Fault::WrongDocument => "wrong-document",
            Fault::BidMissing(_) => "bid-missing",
            Fault::BidStrange(_) => "bid-strange",
            Fault::BidOutOfTurn(_) => "bid-out-of-turn",
            Fault::PlaceBeyond { .. } => "place-beyond",
            Fault::PlaceTwice { .. } => "place-twice",
            Fault::OtherSeller { .. } => "other-seller",
            Fault::LeftOut(_) => "left-out",
            Fault::Undue(_) => "undue",
            Fault::MatchedTwice(_) => "matched-twice",
        }
    }
}

/// Everything wrong with a round's pairing, as the ledger stands: of a round that is not over,
/// matches still to come count as left out. `rankings` is the document that the regulator gave;
/// None if it gave none.
pub fn faults(of: (ChainId, Cycle, u8), round: &PublicRound, rankings: Option<&Rankings>) -> Vec<Fault> {
    let Some(posted) = &round.transcript else {
        let idle = round.bids.is_empty() || round.offers.is_empty();
        return if idle { Vec::new() } else { vec![Fault::NoTranscript] };
    };
    let Some(rankings) = rankings else { return vec![Fault::NoDocument] };
    if rankings.digest(of) != posted.digest {
        return vec![Fault::WrongDocument];
    }
    let mut faults = document_faults(round, rankings);
    let due = pairs(rankings, &round.offers, &posted.listed);
    faults.extend(pair_faults(round, &due));
    faults
}

/// Checks that the document ranks each bid once, in the ledger's order, and names offers that
/// exist, each once.
fn document_faults(round: &PublicRound, rankings: &Rankings) -> Vec<Fault> {
    let mut faults = Vec::new();
    let turns: BTreeMap<&Handle, usize> = round.bids.iter().zip(0..).collect();
    let (mut met, mut latest) = (BTreeSet::new(), None);
    for Ranking { bid, offers } in &rankings.bids {
        match turns.get(bid) {
            Some(turn) if met.insert(bid) => {
                if Some(turn) < latest {
                    faults.push(Fault::BidOutOfTurn(*bid));
                }
                latest = latest.max(Some(turn));
            }
            _ => faults.push(Fault::BidStrange(*bid)),
        }
        let mut places = BTreeSet::new();
        for place in offers {
            let (bid, place) = (*bid, *place);
            if usize::try_from(place).map_or(true, |place| place >= round.offers.len()) {
                faults.push(Fault::PlaceBeyond { bid, place });
            } else if !places.insert(place) {
                faults.push(Fault::PlaceTwice { bid, place });
            }
        }
    }
    faults.extend(round.bids.iter().filter(|bid| !met.contains(bid)).map(|bid| Fault::BidMissing(*bid)));
    faults
}

/// Checks that the round's matches are the pairs that follow.
fn pair_faults(round: &PublicRound, due: &[Pair]) -> Vec<Fault> {
    let mut faults = Vec::new();
    let mut matched = BTreeSet::new();
    for plan in round.matches.iter().flat_map(|pair| [pair.sell, pair.buy]) {
        if !matched.insert(plan) {
            faults.push(Fault::MatchedTwice(plan));
        }
    }
    for made in &round.matches {
        match due.iter().find(|pair| pair.buy == made.buy) {
            Some(pair) if pair == made => {}
            Some(pair) => faults.push(Fault::OtherSeller { due: *pair, made: made.sell }),
            None => faults.push(Fault::Undue(*made)),
        }
    }
    let left = due.iter().filter(|pair| !matched.contains(&pair.buy));
    faults.extend(left.map(|pair| Fault::LeftOut(*pair)));
    faults
}
