//! The open offers of a cycle, from which bids take the best one.

use super::attributes::Attributes;
use super::found::Found;
use super::view::View;
use crate::score::{QuantisedBid, QuantisedOffer};

/// The open offers of a cycle. Between rounds, an offer that was taken and stays listed is inserted
/// again under its old position, and an offer that is listed again under a new position at the
/// tail. Nothing else is rebuilt.
#[derive(Clone, Debug)]
pub struct OfferBook {
    /// The first view divides its offers along every attribute, and always exists. The others
    /// divide them along fewer attributes, for bids that give the other attributes no weight.
    views: Vec<View>,
    /// For each set of attributes without a view: how many leaves its bids have searched in the
    /// first view.
    leaves_searched: Vec<(Attributes, usize)>,
}

impl Default for OfferBook {
    fn default() -> Self {
        OfferBook { views: vec![View::new(Attributes::ALL)], leaves_searched: Vec::new() }
    }
}

impl OfferBook {
    /// A book without offers.
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

    /// Lists offers under their positions. A position must not be open already, and must be below
    /// `u32::MAX`.
    pub fn insert(&mut self, batch: impl IntoIterator<Item = (u32, QuantisedOffer)>) {
        let batch: Vec<(u32, QuantisedOffer)> = batch.into_iter().collect();
        for view in &mut self.views {
            view.insert(batch.clone());
        }
    }

    /// Takes the offer that suits `bid` best: the feasible one with the least (score, position).
    /// None if none is feasible.
    pub fn take_best(&mut self, bid: &QuantisedBid) -> Option<Found> {
        let attributes = Attributes::of(bid);
        let own = self.views.iter().position(|view| view.attributes == attributes);
        let (found, leaves) = self.views[own.unwrap_or(0)].best(bid);
        if own.is_none() {
            self.count_search(attributes, leaves);
        }
        let found = found?;
        for view in &mut self.views {
            view.remove(found.position);
        }
        Some(found)
    }

    /// Many boxes of the first view are equally good for a bid to which only some attributes
    /// matter, so that its search is long. Once the bids with the same attributes have searched as
    /// many leaves as making a view for them costs, the view is made.
    fn count_search(&mut self, attributes: Attributes, leaves: usize) {
        let index = match self.leaves_searched.iter().position(|(kind, _)| *kind == attributes) {
            Some(index) => index,
            None => {
                self.leaves_searched.push((attributes, 0));
                self.leaves_searched.len() - 1
            }
        };
        self.leaves_searched[index].1 += leaves;
        if self.leaves_searched[index].1 > 2 * self.len() {
            let mut view = View::new(attributes);
            view.insert(self.views[0].offers().collect());
            self.views.push(view);
        }
    }
}
