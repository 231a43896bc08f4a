//! The pairs that follow from answers. A holder of the seed replays a round and so sees whether the
//! matching node passed the openings' answers on.

use super::{MaskSeed, MaskedScores, Masker, RoundId, Slots};
use crate::matching_node::ListedPlan;
use crate::Error;

/// The answer to one bid's masked scores.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Answer {
    /// Handle of the bid.
    pub bid: [u8; 32],
    /// All least slots, in order; None if the opened values are no vector of scores.
    pub least: Option<Vec<u16>>,
}

/// A pair by the handles of its plans.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct HandlePair {
    /// Handle of the sell plan.
    pub offer: [u8; 32],
    /// Handle of the buy plan.
    pub bid: [u8; 32],
}

/// A round as the matching node and validators follow it, bid by bid. Each bid, in order, gets the
/// first listed among the free offers that were found least. It gets none if the reference is among
/// them, or if the vector was refused.
#[derive(Clone)]
pub struct MaskedRound<'a> {
    seed: &'a MaskSeed,
    round: RoundId,
    bids: &'a [ListedPlan],
    free: Vec<&'a ListedPlan>,
    served: usize,
    pairs: Vec<HandlePair>,
}

impl<'a> MaskedRound<'a> {
    /// The round before its first bid. Bids and offers are in ledger order.
    pub fn new(seed: &'a MaskSeed, round: RoundId, bids: &'a [ListedPlan], offers: &'a [ListedPlan]) -> Self {
        MaskedRound { seed, round, bids, free: offers.iter().collect(), served: 0, pairs: Vec::new() }
    }

    /// The chain, cycle and number of the round.
    pub fn round(&self) -> &RoundId {
        &self.round
    }

    /// The commitment to the seed, which the ledger must show.
    pub fn commitment(&self) -> [u8; 32] {
        self.seed.commitment(&self.round)
    }

    /// The next bid. None once all are served, or no offer is free.
    pub fn next(&self) -> Option<&'a ListedPlan> {
        self.bids.get(self.served).filter(|_| !self.free.is_empty())
    }

    /// The offers that are free for it, in ledger order.
    pub fn free(&self) -> &[&'a ListedPlan] {
        &self.free
    }

    /// The next bid's masked scores. Errors: [`Error::VectorSize`]; [`Error::Slots`] if there is no
    /// next bid.
    pub fn mask(&self, masker: &Masker) -> Result<MaskedScores, Error> {
        let bid = self.next().ok_or(Error::Slots("no bid is left"))?;
        masker.mask(self.seed, &self.round, bid, &self.free)
    }

    /// Takes the answer to the next bid's vector. Errors: [`Error::Slots`] for one to another bid's
    /// vector, one that no bid waits for, or none of this vector; [`Error::VectorSize`]. Then
    /// nothing has changed.
    pub fn answer(&mut self, answer: &Answer) -> Result<(), Error> {
        let bid = self.next().filter(|bid| bid.handle == answer.bid);
        let bid = bid.ok_or(Error::Slots("one answer a bid, in order"))?;
        if let Some(least) = &answer.least {
            if let Some(place) = Slots::of(self.seed, &self.round, &bid.handle, &self.free)?.winner(least)? {
                self.pairs.push(HandlePair { offer: self.free.remove(place).handle, bid: bid.handle });
            }
        }
        self.served += 1;
        Ok(())
    }

    /// The pairs so far, in the bids' order.
    pub fn pairs(&self) -> &[HandlePair] {
        &self.pairs
    }
}

/// The pairs of a round out of its answers, one for each bid until no offer is free. Errors: those
/// of [`MaskedRound::answer`]; [`Error::Slots`] for an answer that is missing.
pub fn pairs(
    seed: &MaskSeed,
    round: &RoundId,
    bids: &[ListedPlan],
    offers: &[ListedPlan],
    answers: &[Answer],
) -> Result<Vec<HandlePair>, Error> {
    let mut replay = MaskedRound::new(seed, *round, bids, offers);
    answers.iter().try_for_each(|answer| replay.answer(answer))?;
    match replay.next() {
        None => Ok(replay.pairs),
        Some(_) => Err(Error::Slots("an answer is missing")),
    }
}

/// Whether `told` are the [`pairs`] that follow from the answers. Errors: those of [`pairs`];
/// [`Error::PairsMismatch`].
pub fn check_pairs(
    seed: &MaskSeed,
    round: &RoundId,
    bids: &[ListedPlan],
    offers: &[ListedPlan],
    answers: &[Answer],
    told: &[HandlePair],
) -> Result<(), Error> {
    match pairs(seed, round, bids, offers, answers)? == told {
        true => Ok(()),
        false => Err(Error::PairsMismatch),
    }
}
