//! The quantised K-prototypes dissimilarity of a bid and an offer (`docs/protocol/30-matching.md`,
//! `docs/protocol/80-market-rules.md`; Ai 2021, formulas 3.1 to 3.4; `docs/sources.md`).

use protocol::market_parameters::{quantise_tick, MarketParameters, LEVELS};
use protocol::plan::{Bid, Offer};
use protocol::units::{Tick, TICKS};
use protocol::Error;
use rand_core::RngCore;

/// Cost of one unit of a type's weight: the greatest squared difference of two quantised
/// attributes, 63^2.
pub const TYPE_UNIT: u32 = ((LEVELS - 1) * (LEVELS - 1)) as u32;

/// Score of a pair whose ask is above the limit, in the encrypted computation: above every feasible
/// score (at most 6 * 15 * 63^2 = 357,210).
pub const BIG: u32 = 1 << 19;

/// The quantised attributes of an offer, from which a score is computed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct QuantisedOffer {
    /// Quantised volume, 0..64.
    pub volume: u8,
    /// Quantised reputation, 0..64.
    pub reputation: u8,
    /// Quantised east coordinate, 0..64.
    pub x: u8,
    /// Quantised north coordinate, 0..64.
    pub y: u8,
    /// Number of the energy type, 0..5.
    pub energy_type: u8,
    /// Tick of the ask.
    pub ask: Tick,
}

/// The quantised wishes and weights of a bid, from which a score is computed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct QuantisedBid {
    /// Quantised wanted price, 0..64.
    pub price: u8,
    /// Quantised wanted volume, 0..64.
    pub volume: u8,
    /// Quantised wanted reputation, 0..64.
    pub reputation: u8,
    /// Quantised wanted east coordinate, 0..64.
    pub x: u8,
    /// Quantised wanted north coordinate, 0..64.
    pub y: u8,
    /// Weights 0..=15 of price, volume, reputation and place.
    pub weights: [u8; 4],
    /// Weight of each energy type, 0..=15.
    pub types: [u8; 5],
    /// Tick of the limit.
    pub limit: Tick,
}

impl QuantisedOffer {
    /// Quantises an offer. Error: [`Error::OffGrid`] when its ask is off the grid.
    pub fn new(market: &MarketParameters, offer: &Offer) -> Result<Self, Error> {
        let ranges = &market.ranges;
        Ok(QuantisedOffer {
            volume: ranges.volume(offer.volume),
            reputation: ranges.reputation(offer.reputation),
            x: ranges.metres(offer.place.x),
            y: ranges.metres(offer.place.y),
            energy_type: offer.energy_type.number(),
            ask: market.grid.tick(offer.ask)?,
        })
    }

    /// A random offer for measurements: every level and tick is about equally likely.
    pub fn random(rng: &mut impl RngCore) -> Self {
        let [volume, reputation, x, y] = [0; 4].map(|_| below(rng, LEVELS));
        QuantisedOffer { volume, reputation, x, y, energy_type: below(rng, 5), ask: any_tick(rng) }
    }
}

impl QuantisedBid {
    /// Quantises a bid. Error: [`Error::OffGrid`] when limit or wanted price is off the grid.
    pub fn new(market: &MarketParameters, bid: &Bid) -> Result<Self, Error> {
        let (ranges, wanted, w) = (&market.ranges, &bid.wanted, &bid.weights);
        Ok(QuantisedBid {
            price: quantise_tick(market.grid.tick(wanted.price)?),
            volume: ranges.volume(wanted.volume),
            reputation: ranges.reputation(wanted.reputation),
            x: ranges.metres(wanted.place.x),
            y: ranges.metres(wanted.place.y),
            weights: [w.price.get(), w.volume.get(), w.reputation.get(), w.place.get()],
            types: w.types.map(|t| t.get()),
            limit: market.grid.tick(bid.limit)?,
        })
    }

    /// A random bid for measurements: every level, weight and tick is about equally likely.
    pub fn random(rng: &mut impl RngCore) -> Self {
        let [price, volume, reputation, x, y] = [0; 5].map(|_| below(rng, LEVELS));
        let (weights, types) = ([0; 4].map(|_| below(rng, 16)), [0; 5].map(|_| below(rng, 16)));
        QuantisedBid { price, volume, reputation, x, y, weights, types, limit: any_tick(rng) }
    }
}

fn below(rng: &mut impl RngCore, bound: u64) -> u8 {
    u8::try_from(u64::from(rng.next_u32()) % bound).expect("bounds here are at most 64")
}

fn any_tick(rng: &mut impl RngCore) -> Tick {
    Tick::new(below(rng, TICKS as u64)).expect("below the number of ticks")
}

fn squared(a: u8, b: u8) -> u32 {
    u32::from(a.abs_diff(b)).pow(2)
}

/// The dissimilarity, 0..=357,210; smaller is better. None when the ask is above the limit.
pub fn score(bid: &QuantisedBid, offer: &QuantisedOffer) -> Option<u32> {
    if offer.ask > bid.limit {
        return None;
    }
    let [price, volume, reputation, place] = bid.weights.map(u32::from);
    Some(
        price * squared(bid.price, quantise_tick(offer.ask))
            + volume * squared(bid.volume, offer.volume)
            + reputation * squared(bid.reputation, offer.reputation)
            + place * (squared(bid.x, offer.x) + squared(bid.y, offer.y))
            + TYPE_UNIT * u32::from(bid.types[usize::from(offer.energy_type)]),
    )
}
