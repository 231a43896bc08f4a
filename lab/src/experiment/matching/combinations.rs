//! Every combination of readings, to see whether any of them gives all published figures. No
//! reading is chosen by the outcome.

use super::measure::spreads;
use super::published::PUBLISHED;
use super::reading::{Auction, Book, Geometry, LossFilter, Pricing, Reading};
use super::worlds::Worlds;
use rayon::prelude::*;
use terminal::Progress;

/// What all combinations of one mechanism reach.
#[derive(Clone, Debug, PartialEq)]
pub struct Reached {
    /// How many there are.
    pub combinations: usize,
    /// The least and the greatest mean of each measure.
    pub ranges: [(f64, f64); 4],
    /// For each measure, how many combinations are near its published figure.
    pub near: [usize; 4],
    /// How many combinations have none, one, two, three or all four measures near their published
    /// figures.
    pub together: [usize; 5],
    /// The first few combinations with the most measures near, in words, with their means.
    pub nearest: Vec<(String, [f64; 4])>,
}

/// What both mechanisms reach.
#[derive(Clone, Debug, PartialEq)]
pub struct Combinations {
    /// Of K-prototypes, then of the double auction.
    pub reached: [Reached; 2],
}

/// How many combinations [`Reached::nearest`] names at most.
const NAMED: usize = 6;

impl Combinations {
    /// Measures every combination of both mechanisms.
    pub(super) fn measure(worlds: &Worlds, progress: &Progress) -> Combinations {
        let readings = Reading::every_one();
        let auctions = every_auction();
        progress.over(readings.len() + auctions.len());
        let prototypes = readings.par_iter().map(|reading| {
            progress.step();
            (format!("{reading:?}"), spreads(&worlds.prototypes(reading)).map(|spread| spread.mean))
        });
        let prototypes: Vec<_> = prototypes.collect();
        let auctions = auctions.par_iter().map(|reading| {
            progress.step();
            (format!("{reading:?}"), spreads(&worlds.auction(reading)).map(|spread| spread.mean))
        });
        let auctions: Vec<_> = auctions.collect();
        Combinations { reached: [reached(&prototypes, 0), reached(&auctions, 1)] }
    }
}

fn reached(all: &[(String, [f64; 4])], mechanism: usize) -> Reached {
    let count = |near: &[bool; 4]| near.iter().filter(|near| **near).count();
    let near: Vec<[bool; 4]> = all.iter().map(|(_, means)| PUBLISHED[mechanism].near(means)).collect();
    let most = near.iter().map(count).max().unwrap_or(0);
    let range = |measure: usize| {
        let values = all.iter().map(|(_, means)| means[measure]);
        values.fold((f64::INFINITY, f64::NEG_INFINITY), |(least, most), v| (least.min(v), most.max(v)))
    };
    let named = all.iter().zip(&near).filter(|(_, near)| count(near) == most).take(NAMED);
    Reached {
        combinations: all.len(),
        ranges: [0, 1, 2, 3].map(range),
        near: [0, 1, 2, 3].map(|measure| near.iter().filter(|near| near[measure]).count()),
        together: [0, 1, 2, 3, 4].map(|together| near.iter().filter(|near| count(near) == together).count()),
        nearest: named.map(|((name, means), _)| (words(name), *means)).collect(),
    }
}

/// `Reading { geometry: Square, .. }` as `geometry: Square, ..`.
fn words(debug: &str) -> String {
    debug.split_once("{ ").and_then(|(_, rest)| rest.strip_suffix(" }")).unwrap_or(debug).to_string()
}

/// Each way of pairing with each price that fits it, each accepted loss where it can matter, each
/// geometry.
fn every_auction() -> Vec<Auction> {
    let mut all = Vec::new();
    for geometry in Geometry::ALL {
        for book in [Book::Call, Book::Once, Book::Continuous, Book::ContinuousOne] {
            let continuous = matches!(book, Book::Continuous | Book::ContinuousOne);
            for pricing in [Pricing::Uniform, Pricing::Midpoint, Pricing::Ask, Pricing::Bid] {
                for filter in [LossFilter::TenPercent, LossFilter::Drawn] {
                    if (continuous && pricing == Pricing::Uniform) || (!continuous && filter == LossFilter::Drawn) {
                        continue;
                    }
                    all.push(Auction { geometry, book, pricing, filter });
                }
            }
        }
    }
    all
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_combination_is_there_once() {
        let readings: std::collections::BTreeSet<_> =
            Reading::every_one().iter().map(|reading| format!("{reading:?}")).collect();
        assert_eq!(readings.len(), 1920);
        let auctions: std::collections::BTreeSet<_> =
            every_auction().iter().map(|reading| format!("{reading:?}")).collect();
        assert_eq!((auctions.len(), every_auction().len()), (100, 100));
        for (_, _, reading) in Reading::one_by_one() {
            assert!(readings.contains(&format!("{reading:?}")));
        }
        for (_, _, reading) in Auction::all() {
            assert!(auctions.contains(&format!("{reading:?}")));
        }
    }

    #[test]
    fn what_is_near_is_counted() {
        let all = [
            ("A { x: One }".to_string(), [80.0, 0.563, 7237.0, 2.07]),
            ("A { x: Two }".to_string(), [73.0, 0.563, 7237.0, 4.0]),
        ];
        let reached = reached(&all, 0);
        assert_eq!(reached.near, [1, 2, 2, 1]);
        assert_eq!(reached.together, [0, 0, 1, 0, 1]);
        assert_eq!(reached.nearest, [("x: One".to_string(), all[0].1)]);
        assert_eq!(reached.ranges[0], (73.0, 80.0));
        assert!(PUBLISHED[1].near(&[9.0, 0.526, 3946.7, 3.15])[0] && !PUBLISHED[1].near(&[10.0, 0.0, 0.0, 0.0])[0]);
    }
}
