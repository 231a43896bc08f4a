//! A trade between its match and its settlement: what was agreed, and what delivery makes of it.

use crate::scenario::{Scenario, Terms};
use protocol::units::{Energy, Money, PerMille, Price};

/// What a seller and a buyer have agreed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Agreed {
    /// The matched volume v_m.
    pub volume: Energy,
    /// What the seller gets per kWh.
    pub seller_price: Price,
    /// What the buyer pays per kWh. In the market's own mechanism both prices are p_m.
    pub buyer_price: Price,
}

/// A trade delivered and settled.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Delivered {
    /// The delivered volume v_a.
    pub delivered: Energy,
    /// Whether the deviation is within the tolerance.
    pub within: bool,
    /// The settled volume v_f: v_m within the tolerance, v_a outside.
    pub settled: Energy,
    /// What the settled volume costs the buyer.
    pub paid: Money,
    /// What the settled volume brings the seller.
    pub earned: Money,
    /// The deviation penalty q_s that the seller owes the buyer.
    pub seller_owes: Money,
    /// The deviation penalty q_b that the buyer owes the seller.
    pub buyer_owes: Money,
}

impl Agreed {
    /// Delivers and settles the trade. `injected` and `consumed` are what is left of the seller's
    /// and the buyer's readings.
    pub fn deliver(&self, scenario: &Scenario, injected: Energy, consumed: Energy) -> Delivered {
        let delivered = self.volume.min(injected).min(consumed);
        let (within, settled) = settled(scenario.market.tolerance, self.volume, delivered);
        let (paid, earned) = (settled.at(self.buyer_price), settled.at(self.seller_price));
        let (seller_owes, buyer_owes) = if within {
            (Money::ZERO, Money::ZERO)
        } else {
            // A seller can lose at most what the trade brings it, a buyer at most the rest of what
            // it has locked for the trade.
            let rest = less(self.volume, settled).at(self.buyer_price);
            let owes = |left, most| self.penalty(&scenario.terms, left).min(most);
            (owes(injected, earned.min(paid)), owes(consumed, rest))
        };
        Delivered { delivered, within, settled, paid, earned, seller_owes, buyer_owes }
    }

    /// The price of what a side with `left` of its reading fell short of the matched volume.
    fn penalty(&self, terms: &Terms, left: Energy) -> Money {
        less(self.volume, left.min(self.volume)).at(terms.penalty)
    }
}

impl Delivered {
    /// The money that the seller gets for the trade, after both penalties.
    pub fn seller_gets(&self) -> Money {
        after(self.earned, self.buyer_owes, self.seller_owes)
    }

    /// The money that the buyer gives for the trade, after both penalties.
    pub fn buyer_gives(&self) -> Money {
        after(self.paid, self.buyer_owes, self.seller_owes)
    }
}

fn after(amount: Money, buyer_owes: Money, seller_owes: Money) -> Money {
    const BOUNDED: &str = "a trade moves between nothing and its volume at its price";
    amount.plus(buyer_owes).and_then(|money| money.minus(seller_owes)).expect(BOUNDED)
}

/// Whether delivery is within tolerance, and the volume to settle: `(within, v_f)`. `delivered` is
/// at most `matched`.
fn settled(tolerance: PerMille, matched: Energy, delivered: Energy) -> (bool, Energy) {
    let deviation = matched.get() - delivered.get();
    let within = deviation * 1000 <= u64::from(tolerance.get()) * matched.get();
    (within, if within { matched } else { delivered })
}

fn less(from: Energy, energy: Energy) -> Energy {
    from.minus(energy).expect("the energy is a part of it")
}
