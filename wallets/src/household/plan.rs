//! A household's own plans and the trades they are in, as far as the ledger has taken them.

use super::keys::PlanSeed;
use crate::opening::{BadMatch, DeliveryOpening, MatchOpening};
use ark_ff::PrimeField;
use protocol::elgamal::Point;
use protocol::market_parameters::MarketParameters;
use protocol::plan::{Bid, Offer, Wanted, Weights};
use protocol::record::matching::Match;
use protocol::record::plan::{Plan, OFFER_BITS, WANTED_BITS, WEIGHT_BITS};
use protocol::record::{Commitment, DeliveryId, Handle, MatchId};
use protocol::units::{
    Cycle, Energy, EnergyType, IssuerId, Metres, Money, Place, Price, Reputation, Side, Tick, Weight,
};
use protocol::{Error, Fr};

/// How far a plan has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub enum Stage {
    /// The plan is on the book.
    Listed = 0,
    /// The plan is matched, and this side has not confirmed.
    Matched = 1,
    /// This side has confirmed.
    Confirmed = 2,
    /// Both sides have confirmed.
    Binding = 3,
    /// Both delivery records are there.
    Delivered = 4,
    /// The delivery deadline passed without both delivery records.
    Void = 5,
    /// Gate closure passed before the plan was matched.
    Expired = 6,
    /// This side let the confirmation deadline pass.
    Lapsed = 7,
    /// This side refused.
    Refused = 8,
    /// Ended: the lock was given back.
    Released = 9,
    /// Ended: the void trade's lock was given back.
    Voided = 10,
    /// Ended: settled.
    Settled = 11,
}

impl Stage {
    /// All, in the order of their numbers.
    pub const ALL: [Stage; 12] = [
        Stage::Listed,
        Stage::Matched,
        Stage::Confirmed,
        Stage::Binding,
        Stage::Delivered,
        Stage::Void,
        Stage::Expired,
        Stage::Lapsed,
        Stage::Refused,
        Stage::Released,
        Stage::Voided,
        Stage::Settled,
    ];
    /// The stage's name in messages.
    pub const fn name(self) -> &'static str {
        match self {
            Stage::Listed => "listed",
            Stage::Matched => "matched",
            Stage::Confirmed => "confirmed",
            Stage::Binding => "binding",
            Stage::Delivered => "delivered",
            Stage::Void => "void",
            Stage::Expired => "expired",
            Stage::Lapsed => "lapsed",
            Stage::Refused => "refused",
            Stage::Released => "released",
            Stage::Voided => "voided",
            Stage::Settled => "settled",
        }
    }
}

/// One side's half of a delivery, as the ledger brought it.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct DeliveryHalf {
    /// The delivery record AR.
    pub id: DeliveryId,
    /// The record's opening; None when it did not open, which no ledger accepts.
    pub opening: Option<DeliveryOpening>,
}

/// The match that a plan is in.
#[derive(Clone, PartialEq, Eq)]
pub struct OwnTrade {
    /// The match record MR.
    pub id: MatchId,
    /// First half of the match's ciphertexts.
    pub c1: Point,
    /// The match's opening, or why there is none.
    pub opening: Result<MatchOpening, BadMatch>,
    /// The change record G'' or B'', once this side has confirmed.
    pub change: Option<Commitment>,
    /// The delivery halves: the seller's, then the buyer's.
    pub deliveries: [Option<DeliveryHalf>; 2],
}

/// A plan of one's own. Not printable: it holds the opening.
#[derive(Clone)]
pub struct OwnPlan {
    pub(super) plan: Plan,
    pub(super) seed: PlanSeed,
    pub(super) stage: Stage,
    pub(super) trade: Option<OwnTrade>,
}

/// The integer, when it is below 2^64 (all quantities of an opened plan are).
fn integer(x: Fr) -> Result<u64, Error> {
    protocol::relation::check::as_u64(x).ok_or(Error::Encoding("a quantity of 64 bits or more"))
}

/// Splits a packed field element, from its lowest bits.
fn unpack<const N: usize>(packed: Fr, bits: [usize; N]) -> [u64; N] {
    let limbs = packed.into_bigint().0;
    let mut rest = u128::from(limbs[0]) | u128::from(limbs[1]) << 64;
    bits.map(|n| {
        let part = rest & ((1u128 << n) - 1);
        rest >>= n;
        part as u64
    })
}

impl OwnPlan {
    /// The opening.
    pub fn opening(&self) -> &Plan {
        &self.plan
    }
    /// The plan's handle P, which names it on the ledger.
    pub fn handle(&self) -> Handle {
        self.plan.handle()
    }
    /// The household's metering service m. Error: [`Error::Encoding`] for a plan of none, which a
    /// wallet never makes.
    pub fn meter(&self) -> Result<IssuerId, Error> {
        let number = integer(self.plan.meter)?;
        let number = u32::try_from(number).map_err(|_| Error::Encoding("a plan of no metering service"))?;
        IssuerId::new(number)
    }
    /// The side.
    pub fn side(&self) -> Side {
        self.plan.side
    }
    /// How far it has come.
    pub fn stage(&self) -> Stage {
        self.stage
    }
    /// The match that it is in.
    pub fn trade(&self) -> Option<&OwnTrade> {
        self.trade.as_ref()
    }
    /// The volume that the plan offers or wants.
    pub fn volume(&self) -> Energy {
        integer(self.plan.volume).and_then(Energy::new).expect("checked when the plan was made or read")
    }
    /// The seller's ask or the buyer's limit.
    pub fn price(&self) -> Price {
        integer(self.plan.price).and_then(Price::new).expect("checked when the plan was made or read")
    }
    /// The cycle.
    pub fn cycle(&self) -> Cycle {
        let cycle = integer(self.plan.cycle).expect("checked when the plan was made or read");
        Cycle::new(cycle as u32).expect("every u32 is a cycle")
    }
    /// The lowest three bits of the attributes, as relations 3, 7 and 7b name them.
    pub(super) fn type_bits(&self) -> u64 {
        unpack(self.plan.attributes, [3])[0]
    }
    /// A sell plan's energy type.
    pub fn energy_type(&self) -> Option<EnergyType> {
        match self.plan.side {
            Side::Sell => EnergyType::from_u8(self.type_bits() as u8).ok(),
            Side::Buy => None,
        }
    }
    /// The opening of the plan's match, when there is one.
    pub fn match_opening(&self) -> Option<Match> {
        let opening = self.trade.as_ref()?.opening.ok()?;
        Some(opening.record(self.plan.side, self.handle()))
    }
    /// Whether a match's terms are within the plan: `0 < v_m <= v` and a price no worse than the
    /// plan's.
    pub fn admits(&self, terms: &MatchOpening) -> bool {
        terms.is_within(self.plan.side, self.volume(), self.price())
    }
    /// The energy that is bound in this plan now: of a sell plan the locked energy, of a buy plan
    /// the energy that the locked money is for.
    fn bound(&self) -> Energy {
        match (self.stage, &self.trade) {
            (Stage::Released | Stage::Voided | Stage::Settled, _) => Energy::ZERO,
            (Stage::Binding | Stage::Delivered | Stage::Void, Some(OwnTrade { opening: Ok(opening), .. })) => {
                opening.volume
            }
            _ => self.volume(),
        }
    }
    /// Energy that a sell plan locks.
    pub fn locked_energy(&self) -> Energy {
        match self.plan.side {
            Side::Sell => self.bound(),
            Side::Buy => Energy::ZERO,
        }
    }
    /// Money that a buy plan locks.
    pub fn locked_money(&self) -> Money {
        match self.plan.side {
            Side::Sell => Money::ZERO,
            Side::Buy => self.bound().at(self.price()),
        }
    }
    /// A sell plan's contents, with another volume.
    pub fn offer(&self, volume: Energy) -> Result<Offer, Error> {
        let [energy_type, x, y, reputation] = unpack(self.plan.attributes, OFFER_BITS);
        Ok(Offer {
            volume,
            ask: self.price(),
            energy_type: EnergyType::from_u8(energy_type as u8)?,
            place: place(x, y)?,
            reputation: Reputation::new(reputation as u8)?,
        })
    }
    /// A buy plan's contents, with another volume; the wishes stay.
    pub fn bid(&self, market: &MarketParameters, volume: Energy) -> Result<Bid, Error> {
        let [tick, wanted, reputation, x, y] = unpack(self.plan.attributes, WANTED_BITS);
        let mut weights = [Weight::ZERO; 9];
        for (weight, bits) in weights.iter_mut().zip(unpack(self.plan.preferences, [WEIGHT_BITS; 9])) {
            *weight = Weight::new(bits as u8)?;
        }
        let [price, volume_weight, reputation_weight, place_weight, types @ ..] = weights;
        Ok(Bid {
            volume,
            limit: self.price(),
            wanted: Wanted {
                price: market.grid.price(Tick::new(tick as u8)?),
                volume: Energy::new(wanted)?,
                reputation: Reputation::new(reputation as u8)?,
                place: place(x, y)?,
            },
            weights: Weights {
                price,
                volume: volume_weight,
                reputation: reputation_weight,
                place: place_weight,
                types,
            },
        })
    }
}

fn place(x: u64, y: u64) -> Result<Place, Error> {
    Ok(Place { x: Metres::new(x as u32)?, y: Metres::new(y as u32)? })
}
