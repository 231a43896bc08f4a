//! How much of a round's energy each pair gets: as much in all as possible, then so that buyers and
//! sellers are as satisfied as possible, each measured between the worst and the best that they
//! could have, and of all such ways the first in the order of the lists.

use super::scores::{Scores, FULL};
use crate::transport::{Shipment, Table, Transport};

/// A side's satisfaction: the sum over all pairs of score times Wh, what it is, and what it could be
/// if the side decided alone.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Spread {
    /// The worst.
    pub least: u128,
    /// The best.
    pub greatest: u128,
    /// What it is.
    pub got: u128,
}

/// What a round gives to whom.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Allocation {
    /// The energy that flows, in Wh.
    pub energy: u64,
    /// Rows are buyers, columns sellers, amounts Wh.
    pub shipments: Vec<Shipment>,
    /// The buyers' satisfaction.
    pub buyers: Spread,
    /// The sellers' satisfaction.
    pub sellers: Spread,
}

impl Spread {
    /// The range from the worst to the best.
    pub const fn range(&self) -> u128 {
        self.greatest - self.least
    }

    /// Where the satisfaction lies between the worst and the best, as a fraction; 1 where they are
    /// equal.
    const fn fraction(&self) -> (u128, u128) {
        match self.range() {
            0 => (1, 1),
            range => (self.got - self.least, range),
        }
    }

    /// How far the worth is from its least to its greatest, in millionths, rounded down.
    pub fn mu_ppm(&self) -> u32 {
        let (part, whole) = self.fraction();
        ppm(part, whole)
    }
}

impl Allocation {
    /// The allocation of a round. None where no energy flows. `needs` are the buyers', `supplies` the
    /// sellers', in Wh.
    pub(super) fn of(
        needs: &[u64],
        supplies: &[u64],
        allowed: Table<bool>,
        scores: &Scores,
        side_weights: [u8; 2],
    ) -> Option<Allocation> {
        const LARGE: &str = "a market has fewer than 2^24 plans, each below 2^32 Wh";
        let mut transport = Transport::new(needs, supplies, allowed).expect(LARGE);
        if transport.total() == 0 {
            return None;
        }
        // A score is below 2^20 and the energy below 2^55, where each side has fewer than 2^23
        // plans: a sum is below 2^75, and each of the two products below it in the mix is at most
        // 15 x 2^75 x 2^20. In a file the energy is below 2^40, and in a clearing rule both weights
        // are 1, so that no worth is beyond 2^96.
        let score = |of: &Table<u32>, cell: (usize, usize)| i128::from(of[cell]);
        let mut extremes = |of: &Table<u32>| {
            let least = transport.greatest(|row, column| -score(of, (row, column))).expect(LARGE);
            let greatest = transport.greatest(|row, column| score(of, (row, column))).expect(LARGE);
            (sum(of, &least), sum(of, &greatest))
        };
        let [buyers, sellers] = [extremes(&scores.buyers), extremes(&scores.sellers)];
        // A side that has no choice still counts with a factor of 1, so as not to erase the other.
        let range = |(least, greatest): (u128, u128)| (greatest - least).max(1) as i128;
        let [of_buyers, of_sellers] = side_weights.map(i128::from);
        let (of_buyers, of_sellers) = (of_buyers * range(sellers), of_sellers * range(buyers));
        let mix = |row, column| {
            of_buyers * score(&scores.buyers, (row, column)) + of_sellers * score(&scores.sellers, (row, column))
        };
        let shipments = transport.first_greatest(mix).expect(LARGE);
        let spread = |(least, greatest), of| Spread { least, greatest, got: sum(of, &shipments) };
        Some(Allocation {
            energy: transport.total(),
            buyers: spread(buyers, &scores.buyers),
            sellers: spread(sellers, &scores.sellers),
            shipments,
        })
    }

    /// The mean of both sides' places between worst and best, by their weights, in millionths: the
    /// exact mean is rounded down once. The energy is below 2^40, and the weights are those of the
    /// allocation.
    pub fn objective_ppm(&self, side_weights: [u8; 2]) -> u32 {
        let [of_buyers, of_sellers] = side_weights.map(u128::from);
        let ((buyers, all_buyers), (sellers, all_sellers)) = (self.buyers.fraction(), self.sellers.fraction());
        // Below 30 x 2^60 x 2^60.
        let sum = of_buyers * buyers * all_sellers + of_sellers * sellers * all_buyers;
        ppm(sum, (of_buyers + of_sellers) * all_buyers * all_sellers)
    }
}

/// The sum of score times Wh.
fn sum(scores: &Table<u32>, shipments: &[Shipment]) -> u128 {
    shipments.iter().map(|s| u128::from(scores[(s.row, s.column)]) * u128::from(s.amount)).sum()
}

/// A part of a whole in millionths, rounded down, for a whole below 2^126. The product of part and
/// million may not fit, so the million is multiplied bit by bit.
fn ppm(part: u128, whole: u128) -> u32 {
    let (mut quotient, mut rest) = (0, 0);
    for bit in (0..FULL.ilog2() + 1).rev() {
        rest = 2 * rest + if FULL >> bit & 1 == 1 { part } else { 0 };
        quotient = 2 * quotient + rest / whole;
        rest %= whole;
    }
    u32::try_from(quotient).expect("a part is at most the whole")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_are_rounded_down_once_and_never_overflow() {
        for (part, whole) in [(0, 1), (1, 1), (1, 3), (2, 3), (999_999, 1_000_000), (17, 1_000_003)] {
            assert_eq!(u128::from(ppm(part, whole)), part * 1_000_000 / whole);
        }
        let whole = (1 << 126) - 1;
        assert_eq!(ppm(whole, whole), 1_000_000);
        assert_eq!(ppm(whole - 1, whole), 999_999);
        assert_eq!(ppm(whole / 2, whole), 499_999);
        // Each rounded down, and then their mean, would be one less.
        let spread = |got| Spread { least: 0, greatest: 3, got };
        let shipments = Vec::new();
        let allocation = Allocation { energy: 1, shipments, buyers: spread(1), sellers: spread(2) };
        assert_eq!([allocation.buyers, allocation.sellers].map(|of| of.mu_ppm()), [333_333, 666_666]);
        assert_eq!(allocation.objective_ppm([1, 1]), 500_000);
        assert_eq!(allocation.objective_ppm([15, 0]), 333_333);
        let none = Allocation { buyers: Spread { least: 4, greatest: 4, got: 4 }, ..allocation };
        assert_eq!((none.buyers.mu_ppm(), none.objective_ppm([1, 1])), (1_000_000, 833_333));
        let most = (1u128 << 60) - 1;
        let spread = Spread { least: 0, greatest: most, got: most };
        let full = Allocation { buyers: spread, sellers: spread, ..none };
        assert_eq!(full.objective_ppm([15, 15]), 1_000_000);
    }
}
