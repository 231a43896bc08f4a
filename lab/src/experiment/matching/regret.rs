//! What quantisation costs: how often, and by how much, the choice on rounded numbers differs from
//! the choice on exact ones. Every buyer chooses from the whole book of its run, so that one
//! difference does not bring about others.
//!
//! This program's market rounds three things: attributes (6 bits), weights (4 bits) and prices (48
//! ticks). Each is measured alone, then all together. In the exact dissimilarity every attribute is
//! divided by its declared range and weights are from 0 to 1; it is a float, as the measures are.
//! The rounded dissimilarities are whole numbers below 2^53, which floats hold exactly.

use super::draw::{BuyRecord, Distances, Places, Records, SellRecord, MILLION, REACH};
use super::listed::{exact_weights, four_bits, tick_of_ask, tick_of_limit, FIRST, STEP, VOLUME};
use protocol::units::{Place, TICKS};
use rayon::prelude::*;

/// The numbers of bits of an attribute that are measured.
pub const BITS: [u32; 5] = [4, 5, 6, 7, 8];

/// What a choice rounds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Rounding {
    /// Attributes, to so many bits; None leaves them exact.
    pub attributes: Option<u32>,
    /// Weights, to 4 bits.
    pub weights: bool,
    /// Prices, to ticks.
    pub ticks: bool,
}

impl Rounding {
    /// Nothing is rounded.
    pub const EXACT: Rounding = Rounding { attributes: None, weights: false, ticks: false };

    /// Everything is rounded as the market rounds it, attributes to so many bits.
    pub const fn market(bits: u32) -> Rounding {
        Rounding { attributes: Some(bits), weights: true, ticks: true }
    }

    /// Attributes alone are rounded.
    pub const fn attributes(bits: u32) -> Rounding {
        Rounding { attributes: Some(bits), ..Rounding::EXACT }
    }
}

/// A record in a rounding: its attributes (price, volume, x, y), and its tick or price, which
/// decides what is feasible.
#[derive(Clone, Copy, Debug)]
struct Point {
    attributes: [f64; 4],
    price: u64,
    energy_type: usize,
}

/// A buyer's weights: price, volume, place, types.
#[derive(Clone, Copy, Debug)]
struct Wish {
    point: Point,
    weights: [f64; 4],
    types: [f64; 5],
}

impl Rounding {
    /// A value as a part of its range, or its level if attributes are rounded.
    fn attribute(&self, value: u64, lo: u64, hi: u64) -> f64 {
        let above = value.clamp(lo, hi) - lo;
        match self.attributes {
            None => above as f64 / (hi - lo) as f64,
            Some(bits) => (above * ((1 << bits) - 1) / (hi - lo)) as f64,
        }
    }

    fn point(&self, micro: u64, tick: u64, volume: u64, place: Place, energy_type: usize) -> Point {
        let (price, hi) = match self.ticks {
            true => (tick, TICKS as u64 - 1),
            false => (micro - FIRST, STEP * (TICKS as u64 - 1)),
        };
        let metres = |m: protocol::units::Metres| self.attribute(u64::from(m.get()), 0, REACH);
        let volume = self.attribute(volume, VOLUME.0.into(), VOLUME.1.into());
        Point {
            attributes: [self.attribute(price, 0, hi), volume, metres(place.x), metres(place.y)],
            price,
            energy_type,
        }
    }

    fn offer(&self, record: &SellRecord, place: Place) -> Point {
        let tick = u64::from(tick_of_ask(record.price).get());
        let energy_type = usize::from(record.energy_type.number());
        self.point(record.price.get(), tick, record.supply.get(), place, energy_type)
    }

    fn wish(&self, record: &BuyRecord, place: Place) -> Wish {
        let tick = u64::from(tick_of_limit(record.price).get());
        let point = self.point(record.price.get(), tick, record.demand.get(), place, 0);
        let exact = exact_weights(record);
        let [price, volume, _, loss, types @ ..] = match self.weights {
            true => four_bits(exact).map(f64::from),
            false => exact.map(|weight| weight as f64 / MILLION as f64),
        };
        // A type counts as much as the greatest squared difference of an attribute.
        let unit = self.attributes.map_or(1.0, |bits| f64::from(((1u32 << bits) - 1).pow(2)));
        Wish { point, weights: [price, volume, loss, loss], types: types.map(|cost| cost * unit) }
    }
}

/// The dissimilarity, None where the ask is above the limit.
fn score(wish: &Wish, offer: &Point) -> Option<f64> {
    if offer.price > wish.point.price {
        return None;
    }
    let mut sum = wish.types[offer.energy_type];
    for ((x, z), weight) in wish.point.attributes.iter().zip(offer.attributes).zip(wish.weights) {
        sum += weight * (x - z) * (x - z);
    }
    Some(sum)
}

/// The index of the least score, the first of equal ones.
fn choice(scores: &[Option<f64>]) -> Option<usize> {
    let mut best: Option<(usize, f64)> = None;
    for (place, score) in scores.iter().enumerate() {
        if let Some(score) = score {
            if best.is_none_or(|(_, least)| *score < least) {
                best = Some((place, *score));
            }
        }
    }
    best.map(|(place, _)| place)
}

/// Each buyer's choice from the whole book in a rounding. None where users have no places.
pub fn choices(records: &Records, distances: &Distances, rounding: Rounding) -> Option<Vec<Option<usize>>> {
    let (offers, wishes) = points(records, distances, rounding)?;
    Some(wishes.iter().map(|wish| choice(&scores(wish, &offers))).collect())
}

fn scores(wish: &Wish, offers: &[Point]) -> Vec<Option<f64>> {
    offers.iter().map(|offer| score(wish, offer)).collect()
}

fn points(records: &Records, distances: &Distances, rounding: Rounding) -> Option<(Vec<Point>, Vec<Wish>)> {
    let Places { sells, buys } = distances.places.as_ref()?;
    let offers = records.sells.iter().zip(sells).map(|(record, place)| rounding.offer(record, *place));
    let wishes = records.buys.iter().zip(buys).map(|(record, place)| rounding.wish(record, *place));
    Some((offers.collect(), wishes.collect()))
}

/// What a rounding costs, over all buyers of all runs that have a feasible offer.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Regret {
    /// Buyers that have a feasible offer.
    pub buyers: usize,
    /// How many of them choose otherwise than on exact numbers.
    pub differing: usize,
    /// How many of these have no offer left, since ticks put every ask above their limit.
    pub without: usize,
    /// Sum over those who chose otherwise of the excess: the exact dissimilarity of their choice
    /// less that of the best.
    pub excess: f64,
    /// The greatest such excess.
    pub most: f64,
    /// Sum over all who chose of the excess of an average candidate: what there was to lose.
    pub at_stake: f64,
    /// Sum over those who chose otherwise of how many candidates are better than theirs.
    pub ranks: usize,
    /// The greatest such number.
    pub worst_rank: usize,
}

impl Regret {
    /// The part of the buyers who choose otherwise, 0 to 1.
    pub fn share(&self) -> f64 {
        self.differing as f64 / self.buyers as f64
    }
    /// The mean excess over all buyers who chose, divided by the mean excess of an average
    /// candidate: 0 is the exact choice, 1 is no better than a choice at random.
    pub fn lost(&self) -> f64 {
        self.excess / self.at_stake
    }
    /// The mean excess of those who chose otherwise.
    pub fn mean_excess(&self) -> f64 {
        self.excess / (self.differing - self.without).max(1) as f64
    }
    /// The mean number of better candidates, for those who chose otherwise.
    pub fn mean_rank(&self) -> f64 {
        self.ranks as f64 / (self.differing - self.without).max(1) as f64
    }

    fn plus(self, other: Regret) -> Regret {
        Regret {
            buyers: self.buyers + other.buyers,
            differing: self.differing + other.differing,
            without: self.without + other.without,
            excess: self.excess + other.excess,
            most: self.most.max(other.most),
            at_stake: self.at_stake + other.at_stake,
            ranks: self.ranks + other.ranks,
            worst_rank: self.worst_rank.max(other.worst_rank),
        }
    }
}

/// The regret of a rounding on the market of one run. None where users have no places.
fn regret_of_run(records: &Records, distances: &Distances, rounding: Rounding) -> Option<Regret> {
    let (exact_offers, exact_wishes) = points(records, distances, Rounding::EXACT)?;
    let chosen = choices(records, distances, rounding)?;
    let mut regret = Regret::default();
    for (wish, chosen) in exact_wishes.iter().zip(chosen) {
        let scores = scores(wish, &exact_offers);
        let Some(best) = choice(&scores) else { continue };
        let score = |place: usize| scores[place].expect("asks are rounded up and limits down: it is feasible");
        regret.buyers += 1;
        let Some(chosen) = chosen else {
            regret.differing += 1;
            regret.without += 1;
            continue;
        };
        let feasible: Vec<f64> = scores.iter().copied().flatten().collect();
        regret.at_stake += feasible.iter().sum::<f64>() / feasible.len() as f64 - score(best);
        if chosen != best {
            let excess = score(chosen) - score(best);
            let rank = feasible.iter().filter(|other| **other < score(chosen)).count();
            regret.differing += 1;
            regret.excess += excess;
            regret.most = regret.most.max(excess);
            regret.ranks += rank;
            regret.worst_rank = regret.worst_rank.max(rank);
        }
    }
    Some(regret)
}

/// The regret of a rounding over several runs.
pub fn regret(runs: &[(&Records, &Distances)], rounding: Rounding) -> Regret {
    let each: Vec<Option<Regret>> = runs.par_iter().map(|(r, d)| regret_of_run(r, d, rounding)).collect();
    each.into_iter().flatten().fold(Regret::default(), Regret::plus)
}

#[cfg(test)]
mod tests {
    use super::super::draw::Geometry;
    use super::super::listed;
    use super::*;
    use market::score::{score as own_score, QuantisedBid, QuantisedOffer};

    fn run() -> (Records, Distances) {
        (Records::draw(3, 1), Distances::draw(Geometry::Square, 3, 1))
    }

    #[test]
    fn six_bits_are_the_markets_own_scores() {
        let (records, distances) = run();
        let plans = listed::market_of(&records, &distances).unwrap();
        let (offers, wishes) = points(&records, &distances, Rounding::market(6)).unwrap();
        let mut feasible = 0;
        for (buying, wish) in plans.bids().iter().zip(&wishes).step_by(17) {
            let bid = QuantisedBid::new(plans.parameters(), &buying.bid).unwrap();
            for (selling, offer) in plans.offers().iter().zip(&offers) {
                let own = own_score(&bid, &QuantisedOffer::new(plans.parameters(), &selling.offer).unwrap());
                assert_eq!(score(wish, offer), own.map(f64::from));
                feasible += usize::from(own.is_some());
            }
        }
        assert!(feasible > 1000);
    }

    #[test]
    fn exact_numbers_have_no_regret_and_rounded_ones_some_that_falls_with_the_bits() {
        let (records, distances) = run();
        let run = [(&records, &distances)];
        let exact = regret(&run, Rounding::EXACT);
        assert!(exact.buyers > 900 && exact.differing == 0 && exact.excess == 0.0 && exact.worst_rank == 0);
        assert!(exact.at_stake > 0.0);
        let shares = BITS.map(|bits| regret(&run, Rounding::attributes(bits)));
        assert!(shares.windows(2).all(|two| two[1].differing < two[0].differing && two[1].excess < two[0].excess));
        for of in shares {
            assert!(of.without == 0 && of.excess > 0.0 && of.most <= of.excess && of.lost() < 0.2);
        }
        let all = regret(&run, Rounding::market(6));
        assert!(all.differing > shares[2].differing);
    }

    #[test]
    fn ticks_never_make_a_pair_feasible_that_is_not() {
        let (records, distances) = run();
        for (buyer, chosen) in choices(&records, &distances, Rounding::market(4)).unwrap().into_iter().enumerate() {
            assert!(chosen.is_none_or(|seller| records.sells[seller].price <= records.buys[buyer].price));
        }
        assert!(choices(&records, &Distances::draw(Geometry::Pairs, 3, 1), Rounding::EXACT).is_none());
    }
}
