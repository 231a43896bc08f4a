//! One round of matching in the clear (`docs/protocol/80-market-rules.md`): each open bid, in list
//! order, takes among the open, feasible offers not yet taken in this round the one with the least
//! (score, list position).
//!
//! There are two ways, with the same pairs: [`match_round_naive`] scores every pair and is the
//! oracle; [`OfferBook`] keeps the open offers in bounding-box trees and finds the same offer by
//! branch and bound, so that a book of 50,000 bids and 50,000 offers takes seconds. Attributes are
//! quantised, so equal scores are the rule rather than the exception: the list position is part of
//! what is compared, in the bound too.

mod attributes;
mod found;
mod offer_book;
mod tree;
mod view;

pub use found::Found;
pub use offer_book::OfferBook;

use crate::score::{score, QuantisedBid, QuantisedOffer};

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

/// The same as [`match_round_naive`], fast. Positions are the indices, which must be below
/// `u32::MAX`.
pub fn match_round(bids: &[QuantisedBid], offers: &[QuantisedOffer]) -> Vec<Option<usize>> {
    let mut book = OfferBook::new();
    book.insert((0u32..).zip(offers.iter().copied()));
    bids.iter().map(|bid| book.take_best(bid).map(|found| found.position as usize)).collect()
}

#[cfg(test)]
mod tests;
