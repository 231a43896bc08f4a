//! AR: one side's delivery record.
use super::{DeliveryId, MatchId};
use crate::poseidon::{hash, Tag};
use crate::units::{Energy, Side};
use crate::Fr;

/// `H_AR(MR, side, a, r)`.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Delivery {
    /// The match.
    pub matching: Fr,
    /// Whose meter, as a number: 0 the seller's, 1 the buyer's.
    pub side: Fr,
    /// Delivered or taken, in Wh.
    pub amount: Fr,
    /// Blinding r.
    pub blinding: Fr,
}

impl Delivery {
    /// From quantities.
    pub fn new(matching: MatchId, side: Side, amount: Energy, blinding: Fr) -> Self {
        Delivery { matching: matching.0, side: Fr::from(side as u8), amount: Fr::from(amount.get()), blinding }
    }
    /// The commitment.
    pub fn id(&self) -> DeliveryId {
        DeliveryId(hash(Tag::Delivery, &[self.matching, self.side, self.amount, self.blinding]))
    }
}
