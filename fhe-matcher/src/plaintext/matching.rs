//! One round of matching in the clear (spec 80, "A round"): each open bid, in list order, takes among the open,
//! feasible offers not yet taken in this round the one with the least (score, list position).
//!
//! Two ways, equal to the last pair: [`match_round_naive`] scores every pair and is the oracle; [`OfferBook`] keeps the
//! open offers in bounding-box trees and finds the same offer by branch and bound, so that a book of 50,000 bids and
//! 50,000 offers takes seconds. Attributes are quantised, so equal scores are the rule rather than the exception: the
//! list position is part of what is compared, in the bound too.

mod tree;
mod view;

use super::score::{score, QuantisedBid, QuantisedOffer};
use view::{Attributes, View};

/// What a bid was given.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Found {
    /// Its dissimilarity.
    pub score: u32,
    /// The offer's list position.
    pub position: u32,
}

/// The oracle: for each bid, in order, the index of the offer it takes, by scoring every pair.
pub fn match_round_naive(bids: &[QuantisedBid], offers: &[QuantisedOffer]) -> Vec<Option<usize>> {
    let mut taken = vec![false; offers.len()];
    bids.iter()
        .map(|bid| {
            let open = offers.iter().enumerate().filter(|(index, _)| !taken[*index]);
            let (_, index) = open.filter_map(|(index, offer)| Some((score(bid, offer)?, index))).min()?;
            taken[index] = true;
            Some(index)
        })
        .collect()
}

/// The same as [`match_round_naive`], fast. Positions are the indices, which must be below `u32::MAX`.
pub fn match_round(bids: &[QuantisedBid], offers: &[QuantisedOffer]) -> Vec<Option<usize>> {
    let mut book = OfferBook::new();
    book.insert((0u32..).zip(offers.iter().copied()));
    bids.iter().map(|bid| book.take_best(bid).map(|found| found.position as usize)).collect()
}

/// The open offers of a cycle. Between rounds, what was taken and stays listed is inserted again under its old
/// position, and what is listed again under a new one at the tail: nothing else is rebuilt.
#[derive(Clone, Debug)]
pub struct OfferBook {
    /// The first parts its offers along every attribute and is always there. The others are parted along
    /// fewer, for bids that do not mind the rest.
    views: Vec<View>,
    /// Leaves that bids of a kind without a view have looked into.
    toil: Vec<(Attributes, usize)>,
}

impl Default for OfferBook {
    fn default() -> Self {
        OfferBook { views: vec![View::new(Attributes::ALL)], toil: Vec::new() }
    }
}

impl OfferBook {
    /// No offers.
    pub fn new() -> Self {
        OfferBook::default()
    }

    /// How many offers are open.
    pub fn len(&self) -> usize {
        self.views[0].len()
    }

    /// Whether no offer is open.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Lists offers under their positions. A position must not be open twice, and stays below `u32::MAX`.
    pub fn insert(&mut self, batch: impl IntoIterator<Item = (u32, QuantisedOffer)>) {
        let batch: Vec<(u32, QuantisedOffer)> = batch.into_iter().collect();
        for view in &mut self.views {
            view.insert(batch.clone());
        }
    }

    /// Takes the offer that suits `bid` best: the feasible one with the least (score, position). None if none is
    /// feasible.
    pub fn take_best(&mut self, bid: &QuantisedBid) -> Option<Found> {
        let attributes = Attributes::of(bid);
        let own = self.views.iter().position(|view| view.attributes == attributes);
        let (found, leaves) = self.views[own.unwrap_or(0)].best(bid);
        if own.is_none() {
            self.toil(attributes, leaves);
        }
        let found = found?;
        for view in &mut self.views {
            view.remove(found.position);
        }
        Some(found)
    }

    /// A bid that does not mind everything finds many boxes of the first view alike. Once bids of its kind have looked
    /// into as many leaves as a view of their own would cost to make, they get it.
    fn toil(&mut self, attributes: Attributes, leaves: usize) {
        let index = match self.toil.iter().position(|(kind, _)| *kind == attributes) {
            Some(index) => index,
            None => {
                self.toil.push((attributes, 0));
                self.toil.len() - 1
            }
        };
        self.toil[index].1 += leaves;
        if self.toil[index].1 > 2 * self.len() {
            let mut view = View::new(attributes);
            view.insert(self.views[0].offers().collect());
            self.views.push(view);
        }
    }
}

#[cfg(test)]
mod tests;
