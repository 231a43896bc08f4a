//! The settlement of a delivered trade by relations 5 and 6, in integers
//! (docs/protocol/50-settlement-and-grid.md): what is paid for, and the deviation penalty.

use crate::units::{Energy, Money, PerMille, Price, Side};

/// The volumes of a delivered trade.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Settlement {
    /// The matched volume v_m.
    pub matched: Energy,
    /// What counts of the seller's and of the buyer's metered amount: the amount, or v_m if that is
    /// less.
    pub counted: [Energy; 2],
    /// The delivered volume v_a: the lesser of the two that count.
    pub delivered: Energy,
    /// Whether the deviation is within the tolerance.
    pub within: bool,
    /// The settled volume v_f: v_m within the tolerance, else v_a.
    pub settled: Energy,
}

/// The money that a delivered trade moves.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Payment {
    /// The settled volume at the match's price.
    pub amount: Money,
    /// The deviation penalty q_s, which the seller owes the buyer; at most `amount`.
    pub seller_owes: Money,
    /// The deviation penalty q_b, which the buyer owes the seller; at most the part of v_m that is
    /// not settled, at the match's price.
    pub buyer_owes: Money,
}

impl Settlement {
    /// Settles a match of a volume v_m by the amounts that the seller's and the buyer's meter count
    /// for it.
    pub fn new(matched: Energy, amounts: [Energy; 2], tolerance: PerMille) -> Self {
        let counted = amounts.map(|amount| amount.min(matched));
        let delivered = counted[0].min(counted[1]);
        // Both products stay below 2^42.
        let within = missing(matched, delivered).get() * 1000 <= u64::from(tolerance.get()) * matched.get();
        Settlement { matched, counted, delivered, within, settled: if within { matched } else { delivered } }
    }

    /// The money that moves at a match's price and a cycle's penalty.
    pub fn at(&self, price: Price, penalty: Price) -> Payment {
        let (amount, unpaid) = (self.settled.at(price), missing(self.matched, self.settled).at(price));
        let fine = if self.within { Price::ZERO } else { penalty };
        let lacked = |side: Side| missing(self.matched, self.counted[side as usize]).at(fine);
        let (seller_owes, buyer_owes) = (lacked(Side::Sell).min(amount), lacked(Side::Buy).min(unpaid));
        Payment { amount, seller_owes, buyer_owes }
    }
}

impl Payment {
    /// The money that goes from the buyer's lock to the seller, after both penalties: at least
    /// nothing, at most the matched volume at the match's price.
    pub fn moved(&self) -> Money {
        let paid = self.amount.plus(self.buyer_owes).and_then(|paid| paid.minus(self.seller_owes));
        paid.expect("each penalty is at most what the trade leaves for it")
    }
}

fn missing(from: Energy, part: Energy) -> Energy {
    from.minus(part).expect("it is a part")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn settle(matched: u64, amounts: [u64; 2], tolerance: u16) -> Settlement {
        let wh = |x| Energy::new(x).unwrap();
        Settlement::new(wh(matched), amounts.map(wh), PerMille::new(tolerance).unwrap())
    }

    #[test]
    fn the_tolerance_is_exact_and_products_go_to_their_limits() {
        const MAX: u64 = (1 << 32) - 1;
        let at = |matched, amounts, tolerance| {
            let s = settle(matched, amounts, tolerance);
            (s.within, s.settled.get())
        };
        assert_eq!(at(1000, [950, 1000], 50), (true, 1000));
        assert_eq!(at(1000, [2000, 949], 50), (false, 949));
        assert_eq!(at(1000, [1200, 1300], 0), (true, 1000));
        assert_eq!(at(1, [0, 1], 50), (false, 0));
        assert_eq!(at(MAX, [0, MAX], PerMille::MAX.get()), (false, 0));
        let (price, penalty) = (Price::MAX, Price::MAX);
        let nothing = settle(MAX, [0, 0], 0).at(price, penalty);
        assert_eq!((nothing.seller_owes, nothing.buyer_owes.get()), (Money::ZERO, MAX * MAX));
    }

    /// Every combination of small numbers, and so every order of the three caps.
    #[test]
    fn penalties_move_money_only_between_the_sides() {
        let some = [0u64, 1, 2, 3, 7];
        for (sold, bought) in some.into_iter().flat_map(|sold| some.map(|bought| (sold, bought))) {
            for (price, penalty) in some.into_iter().flat_map(|price| some.map(|penalty| (price, penalty))) {
                for tolerance in [0, 200, 999] {
                    let s = settle(5, [sold, bought], tolerance);
                    let p = s.at(Price::new(price).unwrap(), Price::new(penalty).unwrap());
                    assert!(p.moved() <= s.matched.at(Price::new(price).unwrap()));
                    let owes = [p.seller_owes.get(), p.buyer_owes.get()];
                    let due = [sold, bought].map(|a| penalty * (5 - a.min(5)));
                    let most = [p.amount.get(), 5 * price - p.amount.get()];
                    let expected = [0, 1].map(|i| if s.within { 0 } else { due[i].min(most[i]) });
                    assert_eq!(owes, expected, "{sold} {bought} {price} {penalty} {tolerance}");
                }
            }
        }
    }
}
