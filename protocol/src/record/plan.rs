//! Plans P: a plan's commitment is its one-time handle.
//!
//! `H_P(v, p, attributes, preferences, m, cycle, addr, r)` with the side as the lowest bit of the
//! hash's tag ([`Tag::SellPlan`], [`Tag::BuyPlan`]). Attributes and preferences are packed, each
//! part at a fixed shift. The circuit that lists the plan checks the range of each part, so the
//! packing is injective:
//!
//! | side | attributes, from the lowest bit | preferences |
//! |---|---|---|
//! | sell | type 3, x 20, y 20, reputation 7 | 0 |
//! | buy | wanted price's tick 6, volume 32, reputation 7, x 20, y 20 | weights of 4 bits: price, volume, reputation, place, the five types |

use super::Handle;
use crate::keys::Address;
use crate::market_parameters::PriceGrid;
use crate::plan::{Bid, Offer};
use crate::poseidon::{hash, Tag};
use crate::units::{Cycle, IssuerId, Side};
use crate::{Error, Fr};

/// Bits of a sell plan's attributes: type, x, y, reputation.
pub const OFFER_BITS: [usize; 4] = [3, 20, 20, 7];
/// Bits of a buy plan's attributes: wanted tick, volume, reputation, x, y.
pub const WANTED_BITS: [usize; 5] = [6, 32, 7, 20, 20];
/// Bits of each of a buy plan's nine weights.
pub const WEIGHT_BITS: usize = 4;

/// Packs parts into one field element: `sum_i part_i * 2^(bits_0 + .. + bits_(i-1))`.
pub fn pack(parts: &[Fr], bits: &[usize]) -> Fr {
    let mut shift = 0;
    parts.iter().zip(bits).map(|(part, n)| (*part * Fr::from(1u128 << shift), shift += n).0).sum()
}

/// The opening of a plan.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Plan {
    /// The side, which is in the hash's tag.
    pub side: Side,
    /// Volume in Wh.
    pub volume: Fr,
    /// Ask or limit in micro-currency per kWh.
    pub price: Fr,
    /// The attributes, packed as the table above draws it.
    pub attributes: Fr,
    /// The preferences, packed as the table above draws it; 0 for a sell plan.
    pub preferences: Fr,
    /// Number of the household's metering service.
    pub meter: Fr,
    /// The market cycle's number.
    pub cycle: Fr,
    /// The owner's address.
    pub owner: Fr,
    /// The blinding r, uniform.
    pub blinding: Fr,
}

/// The four attributes of an offer as field elements, in the order of [`OFFER_BITS`].
pub fn offer_attributes(offer: &Offer) -> [Fr; 4] {
    [
        Fr::from(offer.energy_type.number()),
        Fr::from(offer.place.x.get()),
        Fr::from(offer.place.y.get()),
        Fr::from(offer.reputation.get()),
    ]
}

/// The five wanted attributes of a bid, in the order of [`WANTED_BITS`]. Error: [`Error::OffGrid`].
pub fn wanted_attributes(grid: &PriceGrid, bid: &Bid) -> Result<[Fr; 5], Error> {
    let w = &bid.wanted;
    Ok([
        Fr::from(grid.tick(w.price)?.get()),
        Fr::from(w.volume.get()),
        Fr::from(w.reputation.get()),
        Fr::from(w.place.x.get()),
        Fr::from(w.place.y.get()),
    ])
}

/// The nine weights of a bid: price, volume, reputation, place, types.
pub fn weight_attributes(bid: &Bid) -> [Fr; 9] {
    let w = &bid.weights;
    let [a, b, c, d, e] = w.types;
    [w.price, w.volume, w.reputation, w.place, a, b, c, d, e].map(|x| Fr::from(x.get()))
}

impl Plan {
    /// The opening of an offer's plan.
    pub fn sell(offer: &Offer, meter: IssuerId, cycle: Cycle, owner: Address, blinding: Fr) -> Self {
        Plan {
            side: Side::Sell,
            volume: Fr::from(offer.volume.get()),
            price: Fr::from(offer.ask.get()),
            attributes: pack(&offer_attributes(offer), &OFFER_BITS),
            preferences: Fr::from(0u64),
            meter: Fr::from(meter.get()),
            cycle: Fr::from(cycle.get()),
            owner: owner.0,
            blinding,
        }
    }
    /// The opening of a bid's plan. Error: [`Error::OffGrid`] when the wanted price is off the
    /// grid.
    pub fn buy(
        grid: &PriceGrid,
        bid: &Bid,
        meter: IssuerId,
        cycle: Cycle,
        owner: Address,
        blinding: Fr,
    ) -> Result<Self, Error> {
        Ok(Plan {
            side: Side::Buy,
            volume: Fr::from(bid.volume.get()),
            price: Fr::from(bid.limit.get()),
            attributes: pack(&wanted_attributes(grid, bid)?, &WANTED_BITS),
            preferences: pack(&weight_attributes(bid), &[WEIGHT_BITS; 9]),
            meter: Fr::from(meter.get()),
            cycle: Fr::from(cycle.get()),
            owner: owner.0,
            blinding,
        })
    }
    /// The handle P.
    pub fn handle(&self) -> Handle {
        let tag = match self.side {
            Side::Sell => Tag::SellPlan,
            Side::Buy => Tag::BuyPlan,
        };
        Handle(hash(
            tag,
            &[
                self.volume,
                self.price,
                self.attributes,
                self.preferences,
                self.meter,
                self.cycle,
                self.owner,
                self.blinding,
            ],
        ))
    }
}
