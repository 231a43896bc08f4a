//! The open offers, divided along chosen attributes: a few trees of falling size.

use super::attributes::Attributes;
use super::found::Found;
use super::tree::{Query, Tree};
use crate::score::{QuantisedBid, QuantisedOffer};
use std::collections::HashMap;

/// The open offers in trees.
#[derive(Clone, Debug)]
pub(super) struct View {
    pub(super) attributes: Attributes,
    /// From large to small, each less than half as full as the one before it when it was made, so
    /// that there are few.
    trees: Vec<Tree>,
    /// The place of each open position: the level of its tree in `trees`, and its slot in that
    /// tree.
    places: HashMap<u32, (usize, usize)>,
}

impl View {
    pub(super) fn new(attributes: Attributes) -> View {
        View { attributes, trees: Vec::new(), places: HashMap::new() }
    }

    pub(super) fn len(&self) -> usize {
        self.places.len()
    }

    pub(super) fn offers(&self) -> impl Iterator<Item = (u32, QuantisedOffer)> + '_ {
        self.trees.iter().flat_map(Tree::offers)
    }

    pub(super) fn insert(&mut self, mut offers: Vec<(u32, QuantisedOffer)>) {
        if offers.is_empty() {
            return;
        }
        // The logarithmic method: trees of like size are merged, so an offer is rebuilt O(log n)
        // times in all.
        while let Some(last) = self.trees.pop() {
            if last.len() > 2 * offers.len() {
                self.trees.push(last);
                break;
            }
            offers.extend(last.offers());
        }
        let tree = Tree::new(offers, self.attributes);
        let level = self.trees.len();
        self.places.extend(tree.positions().enumerate().map(|(slot, position)| (position, (level, slot))));
        self.trees.push(tree);
    }

    /// The feasible offer with the least (score, position) for `bid`, and how many leaves the
    /// search went through.
    pub(super) fn best(&self, bid: &QuantisedBid) -> (Option<Found>, usize) {
        let query = Query::new(bid);
        let mut leaves = 0;
        let best = self.trees.iter().fold(None, |best, tree| tree.best(&query, best, &mut leaves).or(best));
        (best, leaves)
    }

    /// Removes an open position.
    pub(super) fn remove(&mut self, position: u32) {
        let (level, slot) = self.places.remove(&position).expect("what was found is open in every view");
        self.trees[level].remove(slot);
    }
}
