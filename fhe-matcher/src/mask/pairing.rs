//! Pairs out of answers: whoever has the seed replays a round, and so sees whether the matching node passed on what the
//! openings said.

use super::{MaskSeed, Round, Slots};
use crate::matching_node::ListedPlan;
use crate::Error;

/// What came of opening one bid's masked scores.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Answer {
    /// Handle of the bid.
    pub bid: [u8; 32],
    /// All least slots, in order; none if what was opened is no vector of scores.
    pub least: Option<Vec<u16>>,
}

/// A pair by the handles of its plans.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct HandlePair {
    /// The sell plan.
    pub offer: [u8; 32],
    /// The buy plan.
    pub bid: [u8; 32],
}

/// The pairs of a round: each bid, in order, gets of the offers that are still free the first listed of those found least;
/// none if the reference is among them, or the vector was none. Bids and offers are in ledger order; answers in the bids'
/// order, one for each that was still listed while some offer was free. Errors: [`Error::Slots`] for an answer to another
/// bid's vector, one too many, or no answer of the vector; [`Error::VectorSize`].
pub fn pairs(
    seed: &MaskSeed,
    round: &Round,
    bids: &[ListedPlan],
    offers: &[ListedPlan],
    answers: &[Answer],
) -> Result<Vec<HandlePair>, Error> {
    let mut free: Vec<&ListedPlan> = offers.iter().collect();
    let mut answers = answers.iter();
    let mut pairs = Vec::new();
    for bid in bids {
        if free.is_empty() {
            break;
        }
        let answer = answers.next().filter(|answer| answer.bid == bid.handle);
        let answer = answer.ok_or(Error::Slots("one answer a bid, in order"))?;
        let Some(least) = &answer.least else { continue };
        if let Some(place) = Slots::of(seed, round, &bid.handle, &free)?.winner(least)? {
            pairs.push(HandlePair { offer: free.remove(place).handle, bid: bid.handle });
        }
    }
    match answers.next() {
        None => Ok(pairs),
        Some(_) => Err(Error::Slots("an answer that no bid was waiting for")),
    }
}

/// Whether `told` are the [`pairs`] that follow from the answers. Errors: those of [`pairs`]; [`Error::PairsMismatch`].
pub fn check_pairs(
    seed: &MaskSeed,
    round: &Round,
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
