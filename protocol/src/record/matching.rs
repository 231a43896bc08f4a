//! Match records MR.
use super::{Handle, MatchId};
use crate::poseidon::{hash, Tag};
use crate::units::{Cycle, Energy, Price};
use crate::Fr;

/// The opening of a match record, `H_MR(P_s, P_p, v_m, p_m, cycle, r_m)`.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Match {
    /// The sell plan's handle.
    pub sell: Fr,
    /// The buy plan's handle.
    pub buy: Fr,
    /// Matched volume v_m in Wh.
    pub volume: Fr,
    /// Matched price p_m, in micro-currency per kWh.
    pub price: Fr,
    /// The market cycle's number.
    pub cycle: Fr,
    /// The blinding r_m, uniform.
    pub blinding: Fr,
}

impl Match {
    /// The opening of these quantities.
    pub fn new(sell: Handle, buy: Handle, volume: Energy, price: Price, cycle: Cycle, blinding: Fr) -> Self {
        Match {
            sell: sell.0,
            buy: buy.0,
            volume: Fr::from(volume.get()),
            price: Fr::from(price.get()),
            cycle: Fr::from(cycle.get()),
            blinding,
        }
    }
    /// The commitment MR.
    pub fn id(&self) -> MatchId {
        MatchId(hash(Tag::Match, &[self.sell, self.buy, self.volume, self.price, self.cycle, self.blinding]))
    }
}
