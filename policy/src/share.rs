//! A part of a whole.

use protocol::units::{Energy, Price};

/// A part of a whole in per mille, 0 to 1000. It differs from `protocol::units::PerMille` in that
/// the whole itself is a share too.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Share(u16);

impl Share {
    /// The whole.
    pub const ALL: Share = Share(1000);

    /// The share of that many per mille. None above 1000.
    pub const fn new(per_mille: u16) -> Option<Share> {
        if per_mille <= 1000 {
            Some(Share(per_mille))
        } else {
            None
        }
    }

    /// The share in per mille.
    pub const fn get(self) -> u16 {
        self.0
    }

    /// This share of an amount of energy, rounded down.
    pub fn of(self, energy: Energy) -> Energy {
        Energy::new(energy.get() * u64::from(self.0) / 1000).expect("a part is at most the whole")
    }

    /// The price at this share of the way from `from` up to `to`, rounded up. `from` when `to` is
    /// not above it.
    pub fn way_up(self, from: Price, to: Price) -> Price {
        self.way(from, to, 999)
    }

    /// The price at this share of the way from `from` up to `to`, rounded down. `from` when `to` is
    /// not above it.
    pub fn way_down(self, from: Price, to: Price) -> Price {
        self.way(from, to, 0)
    }

    fn way(self, from: Price, to: Price, round: u64) -> Price {
        let gap = to.get().saturating_sub(from.get());
        let part = (gap * u64::from(self.0) + round) / 1000;
        Price::new(from.get() + part).expect("the result is at most the greater of two prices")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_share_is_at_most_the_whole() {
        assert_eq!(Share::new(1000), Some(Share::ALL));
        assert_eq!(Share::new(1001), None);
    }

    #[test]
    fn shares_round_as_they_say() {
        let share = |per_mille| Share::new(per_mille).unwrap();
        let price = |value| Price::new(value).unwrap();
        assert_eq!(share(999).of(Energy::new(1).unwrap()), Energy::ZERO);
        assert_eq!(Share::ALL.of(Energy::MAX), Energy::MAX);
        assert_eq!(share(500).way_up(price(10), price(13)), price(12));
        assert_eq!(share(500).way_down(price(10), price(13)), price(11));
        assert_eq!(share(500).way_up(price(13), price(10)), price(13));
        assert_eq!(Share::ALL.way_up(Price::ZERO, Price::MAX), Price::MAX);
        assert_eq!(share(0).way_up(price(7), Price::MAX), price(7));
    }
}
