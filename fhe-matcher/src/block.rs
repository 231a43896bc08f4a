//! A plan as a block of 64 coefficients, such that the product of a bid's and an offer's block has
//! the score of the pair as its coefficient 63.
//!
//! | position p | offer, coefficient p | bid, coefficient 63 - p |
//! |---|---|---|
//! | 0 | 1 | w_v V^2 + w_r R^2 + w_d (X^2 + Y^2) |
//! | 1..5 | v, r, x, y | -2 w_v V, -2 w_r R, -2 w_d X, -2 w_d Y |
//! | 5..8 | v^2, r^2, x^2 + y^2 | w_v, w_r, w_d |
//! | 8..13 | 1 at the energy type | 3969 w_k for each type k |
//! | 13..61 | 1 at the ask's tick | for each tick: w_p (q(wanted) - q(tick))^2 up to the limit, BIG above |
//! | 61..64 | 0 | 0 |
//!
//! Small letters are the offer's attributes, capitals the bid's wishes, w its weights. The
//! product's coefficient 63 is the sum over p of offer\[p\] bid\[63 - p\]: squares open up,
//! one-hots select. An ask above the limit gives a score of BIG or more, so nobody has to open
//! terms to see that.

use crate::parameters::BLOCK;
use crate::Error;
use market::score::{QuantisedBid, QuantisedOffer, BIG, TYPE_UNIT};
use protocol::market_parameters::{quantise_tick, LEVELS};
use protocol::units::{Tick, TICKS};
use zeroize::{Zeroize, ZeroizeOnDrop};

/// Position of the constant 1.
pub const ONE: usize = 0;
/// Position of volume, reputation, x, y.
pub const ATTRIBUTES: usize = 1;
/// Position of the squares of volume and reputation, and of x^2 + y^2.
pub const SQUARES: usize = 5;
/// Position of the energy type's one-hot.
pub const TYPES: usize = 8;
/// Position of the ask's one-hot.
pub const ASK: usize = 13;
/// Number of positions in use.
pub const USED: usize = ASK + TICKS;

/// Number of energy types.
const TYPE_COUNT: usize = 5;
/// Greatest weight.
const WEIGHT_MAX: u8 = 15;

const _: () = assert!(USED == 1 + 4 + 3 + 5 + 48 && USED <= BLOCK);

/// The polynomial of a plan, of degree below 64. It is secret and wiped on drop.
#[derive(Clone, Zeroize, ZeroizeOnDrop)]
pub struct Block([i32; BLOCK]);

fn check(what: &'static str, value: u8, max: u8) -> Result<(), Error> {
    if value > max {
        return Err(Error::OutOfBounds { what, max });
    }
    Ok(())
}

impl Block {
    /// An offer's block. Error: [`Error::OutOfBounds`].
    pub fn offer(offer: &QuantisedOffer) -> Result<Block, Error> {
        let attributes = [offer.volume, offer.reputation, offer.x, offer.y];
        for (what, value) in ["volume", "reputation", "x", "y"].into_iter().zip(attributes) {
            check(what, value, (LEVELS - 1) as u8)?;
        }
        check("energy type", offer.energy_type, (TYPE_COUNT - 1) as u8)?;

        let [volume, reputation, x, y] = attributes.map(i32::from);
        let mut block = [0; BLOCK];
        block[ONE] = 1;
        block[ATTRIBUTES..SQUARES].copy_from_slice(&[volume, reputation, x, y]);
        block[SQUARES..TYPES].copy_from_slice(&[volume * volume, reputation * reputation, x * x + y * y]);
        for (number, hot) in (0u8..).zip(&mut block[TYPES..ASK]) {
            *hot = i32::from(number == offer.energy_type);
        }
        for (tick, hot) in (0u8..).zip(&mut block[ASK..USED]) {
            *hot = i32::from(tick == offer.ask.get());
        }
        Ok(Block(block))
    }

    /// A bid's block, reversed. Error: [`Error::OutOfBounds`].
    pub fn bid(bid: &QuantisedBid) -> Result<Block, Error> {
        let wanted = [bid.volume, bid.reputation, bid.x, bid.y];
        for (what, value) in ["volume", "reputation", "x", "y"].into_iter().zip(wanted) {
            check(what, value, (LEVELS - 1) as u8)?;
        }
        check("price", bid.price, (LEVELS - 1) as u8)?;
        for weight in bid.weights.iter().chain(&bid.types) {
            check("weight", *weight, WEIGHT_MAX)?;
        }

        let [price, volume, reputation, place] = bid.weights.map(i32::from);
        let weights = [volume, reputation, place, place];
        let wanted = wanted.map(i32::from);
        let mut block = [0; BLOCK];
        block[ONE] = wanted.iter().zip(weights).map(|(value, weight)| weight * value * value).sum();
        for ((cost, value), weight) in block[ATTRIBUTES..SQUARES].iter_mut().zip(wanted).zip(weights) {
            *cost = -2 * weight * value;
        }
        block[SQUARES..TYPES].copy_from_slice(&[volume, reputation, place]);
        for (cost, weight) in block[TYPES..ASK].iter_mut().zip(bid.types) {
            *cost = TYPE_UNIT as i32 * i32::from(weight);
        }
        for (tick, cost) in (0u8..).zip(&mut block[ASK..USED]) {
            let tick = Tick::new(tick).expect("USED - ASK is the number of ticks");
            let difference = i32::from(bid.price) - i32::from(quantise_tick(tick));
            // The mask is all ones up to the limit. The limit is secret, so there is no branch.
            let feasible = -i32::from(tick <= bid.limit);
            *cost = (price * difference * difference) & feasible | BIG as i32 & !feasible;
        }
        block.reverse();
        Ok(Block(block))
    }

    /// The 64 coefficients, constant first.
    pub fn coefficients(&self) -> &[i32; BLOCK] {
        &self.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::parameters::{INFEASIBLE_MAX, OFFER_COEFFICIENT_MAX, PLAINTEXT_MODULUS};
    use market::score::score;
    use proptest::prelude::*;

    fn product_at_the_end(offer: &Block, bid: &Block) -> i64 {
        let mut product = [0i64; 2 * BLOCK - 1];
        for (j, x) in offer.coefficients().iter().enumerate() {
            for (k, y) in bid.coefficients().iter().enumerate() {
                product[j + k] += i64::from(*x) * i64::from(*y);
            }
        }
        product[BLOCK - 1]
    }

    fn agrees(offer: &QuantisedOffer, bid: &QuantisedBid) {
        let (offer_block, bid_block) = (Block::offer(offer).unwrap(), Block::bid(bid).unwrap());
        let found = product_at_the_end(&offer_block, &bid_block);
        match score(bid, offer) {
            Some(expected) => assert_eq!(found, i64::from(expected)),
            None => assert!(found >= i64::from(BIG)),
        }
        assert!((0..=i64::from(INFEASIBLE_MAX)).contains(&found));
        assert!(found < PLAINTEXT_MODULUS as i64 / 2);
        assert!(offer_block.0.iter().all(|x| u64::from(x.unsigned_abs()) <= OFFER_COEFFICIENT_MAX));
        assert!(bid_block.0.iter().all(|x| x.unsigned_abs() <= BIG));
    }

    /// Mostly the ends of a range, where mistakes show.
    fn up_to(max: u8) -> impl Strategy<Value = u8> + Clone {
        prop_oneof![Just(0), Just(max), 0..=max]
    }

    prop_compose! {
        fn offers()(attributes in prop::array::uniform4(up_to(63)), energy_type in 0u8..5, ask in up_to(47))
            -> QuantisedOffer {
            let [volume, reputation, x, y] = attributes;
            QuantisedOffer { volume, reputation, x, y, energy_type, ask: Tick::new(ask).unwrap() }
        }
    }

    prop_compose! {
        fn bids()(
            wanted in prop::array::uniform5(up_to(63)),
            weights in prop::array::uniform4(up_to(15)),
            types in prop::array::uniform5(up_to(15)),
            limit in up_to(47),
        ) -> QuantisedBid {
            let [price, volume, reputation, x, y] = wanted;
            QuantisedBid { price, volume, reputation, x, y, weights, types, limit: Tick::new(limit).unwrap() }
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(2000))]

        #[test]
        fn product_is_the_plaintext_score(offer in offers(), bid in bids()) {
            agrees(&offer, &bid);
        }
    }

    fn offer(level: u8, ask: u8) -> QuantisedOffer {
        let ask = Tick::new(ask).unwrap();
        QuantisedOffer { volume: level, reputation: level, x: level, y: level, energy_type: 4, ask }
    }

    fn bid(level: u8, weight: u8, limit: u8) -> QuantisedBid {
        let limit = Tick::new(limit).unwrap();
        let (weights, types) = ([weight; 4], [weight; 5]);
        QuantisedBid { price: level, volume: level, reputation: level, x: level, y: level, weights, types, limit }
    }

    #[test]
    fn extremes_agree() {
        for (o, b) in [(0, 0), (0, 63), (63, 0), (63, 63)] {
            for (ask, limit) in [(0, 0), (0, 47), (47, 47), (47, 46), (1, 0), (24, 24), (25, 24)] {
                for weight in [0, 1, 15] {
                    agrees(&offer(o, ask), &bid(b, weight, limit));
                }
            }
        }
        let worst = product_at_the_end(&Block::offer(&offer(0, 47)).unwrap(), &Block::bid(&bid(63, 15, 0)).unwrap());
        assert_eq!(worst, i64::from(INFEASIBLE_MAX));
    }

    #[test]
    fn values_out_of_range_are_refused() {
        let out = |what, max| Some(Error::OutOfBounds { what, max });
        assert_eq!(Block::offer(&offer(64, 0)).err(), out("volume", 63));
        assert_eq!(Block::offer(&QuantisedOffer { energy_type: 5, ..offer(0, 0) }).err(), out("energy type", 4));
        assert_eq!(Block::offer(&QuantisedOffer { y: 255, ..offer(0, 0) }).err(), out("y", 63));
        assert_eq!(Block::bid(&QuantisedBid { price: 64, ..bid(0, 0, 0) }).err(), out("price", 63));
        assert_eq!(Block::bid(&QuantisedBid { x: 64, ..bid(0, 0, 0) }).err(), out("x", 63));
        assert_eq!(Block::bid(&bid(0, 16, 0)).err(), out("weight", 15));
        assert_eq!(Block::bid(&QuantisedBid { types: [0, 0, 0, 0, 16], ..bid(0, 0, 0) }).err(), out("weight", 15));
    }
}
