//! How much each buyer likes each seller, and each seller each buyer, from 0 to a million (the
//! report's 10). Every division rounds down.

use super::pool::{Buyer, BuyerWeights, Pool, Seller, SellerWeights, Terms};
use crate::energy::is_clean;
use crate::transport::Table;

/// The best score.
pub const FULL: u32 = 1_000_000;
const M: u64 = FULL as u64;

/// The scores of the open plans of a round: rows are buyers, columns sellers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Scores {
    /// The buyer's of the seller.
    pub buyers: Table<u32>,
    /// The seller's of the buyer.
    pub sellers: Table<u32>,
}

impl Scores {
    /// The scores of these plans (indices into the pool). `needs` and `supplies` are what is open of
    /// each plan of the pool, in Wh.
    pub fn of(pool: &Pool, buyers: &[usize], sellers: &[usize], needs: &[u64], supplies: &[u64]) -> Scores {
        let pair = |row: usize, column: usize| {
            let (b, s) = (buyers[row], sellers[column]);
            let distance = pool.distances[(b, s)];
            Pair {
                terms: &pool.terms,
                buyer: &pool.buyers[b],
                seller: &pool.sellers[s],
                need: needs[b],
                supply: supplies[s],
                distance,
            }
        };
        Scores {
            buyers: Table::of(buyers.len(), sellers.len(), |row, column| pair(row, column).buyers()),
            sellers: Table::of(buyers.len(), sellers.len(), |row, column| pair(row, column).sellers()),
        }
    }
}

/// A buyer and a seller as they stand at the start of a round.
struct Pair<'a> {
    terms: &'a Terms,
    buyer: &'a Buyer,
    seller: &'a Seller,
    need: u64,
    supply: u64,
    distance: Option<u64>,
}

impl Pair<'_> {
    /// The buyer's score of the seller.
    fn buyers(&self) -> u32 {
        let BuyerWeights { price, supply, loss, energy_type, environment, reputation } = self.buyer.weights;
        weighted([
            (price, self.ask()),
            (supply, part(self.supply, self.need)),
            (loss, self.nearness()),
            (energy_type, all_or_nothing(self.buyer.wanted == Some(self.seller.energy_type))),
            (environment, all_or_nothing(is_clean(self.seller.energy_type))),
            (reputation, 10_000 * u64::from(self.seller.reputation.get())),
        ])
    }

    /// The seller's score of the buyer.
    fn sellers(&self) -> u32 {
        let SellerWeights { price, demand, loss, reputation } = self.seller.weights;
        weighted([
            (price, self.margin()),
            (demand, part(self.need, self.supply)),
            (loss, self.nearness()),
            (reputation, 10_000 * u64::from(self.buyer.reputation.get())),
        ])
    }

    /// How the buyer likes the ask.
    fn ask(&self) -> u64 {
        let (ask, limit) = (self.seller.ask.get(), self.buyer.limit.get());
        match ask {
            ask if ask < self.terms.price_min => 0,
            ask if ask <= limit => M,
            ask => limit * M / ask,
        }
    }

    /// How the seller likes the limit: by how much it is above the ask.
    fn margin(&self) -> u64 {
        let (ask, limit) = (self.seller.ask.get(), self.buyer.limit.get());
        match limit {
            // Equal to the ask includes a limit of zero.
            limit if limit <= ask || limit >= self.terms.price_max => 0,
            limit => (limit - ask) * M / limit,
        }
    }

    /// How near the other is.
    fn nearness(&self) -> u64 {
        let reach = self.terms.reach;
        match self.distance {
            Some(distance) if distance <= reach => (reach - distance) * M / reach,
            _ => 0,
        }
    }
}

/// How much of what is wanted is there; no more than all counts.
fn part(there: u64, wanted: u64) -> u64 {
    if wanted <= there {
        M
    } else {
        there * M / wanted
    }
}

fn all_or_nothing(holds: bool) -> u64 {
    if holds {
        M
    } else {
        0
    }
}

/// The mean of scores by weights that sum to 1000, rounded down once.
fn weighted<const N: usize>(scores: [(u16, u64); N]) -> u32 {
    let sum: u64 = scores.iter().map(|(weight, score)| u64::from(*weight) * score).sum();
    u32::try_from(sum / 1000).expect("a mean of scores is a score")
}
