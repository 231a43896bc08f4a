//! Delivery records AR: one side's meter reading of a trade.
use super::{DeliveryId, MatchId};
use crate::poseidon::{hash, Tag};
use crate::units::{Energy, Side};
use crate::Fr;

/// The opening of a delivery record, `H_AR(MR, side, a, r)`.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Delivery {
    /// The match record MR.
    pub match_id: Fr,
    /// The side whose meter was read, as a number: 0 for the seller's, 1 for the buyer's.
    pub side: Fr,
    /// Energy delivered (seller) or taken (buyer), in Wh.
    pub amount: Fr,
    /// The blinding r, uniform.
    pub blinding: Fr,
}

impl Delivery {
    /// The opening of these quantities.
    pub fn new(match_id: MatchId, side: Side, amount: Energy, blinding: Fr) -> Self {
        Delivery { match_id: match_id.0, side: Fr::from(side as u8), amount: Fr::from(amount.get()), blinding }
    }
    /// The commitment AR.
    pub fn id(&self) -> DeliveryId {
        DeliveryId(hash(Tag::Delivery, &[self.match_id, self.side, self.amount, self.blinding]))
    }
}
