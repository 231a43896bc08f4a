//! Openings of match and delivery records, which transactions carry encrypted to the keys of those
//! whom they concern (docs/protocol/10-records-and-keys.md, "Ciphertexts to the regulator, to plans
//! and to meters").
//!
//! Nobody proves that a match opens. So the reader of one checks the opening against the record, and
//! has a ground to complain where it does not fit. A delivery is proved to open.

use crate::seal::{ephemeral_scalar, small, DecryptionKey};
use ark_ed_on_bls12_381::Fr as Scalar;
use protocol::elgamal::{encrypt, ephemeral, Point, Role};
use protocol::encoding::{Canonical, Reader};
use protocol::record::delivery::Delivery;
use protocol::record::matching::{self, Opened};
use protocol::record::plan::Plan;
use protocol::record::{Handle, MatchId};
use protocol::transaction::body::{Deliver, Match};
use protocol::units::{Cycle, Energy, Price, Side};
use protocol::{Error, Fr};
use rand_core::{CryptoRng, RngCore};

/// The opening of a match record MR, as one side reads it. Not printable.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct MatchOpening {
    /// The other side's plan.
    pub other: Handle,
    /// v_m: the matched volume.
    pub volume: Energy,
    /// p_m: the price, per kWh.
    pub price: Price,
    /// The cycle.
    pub cycle: Cycle,
    /// r_m: the match record's blinding.
    pub blinding: Fr,
}

impl MatchOpening {
    /// The record, for the side whose own plan is `own`.
    pub fn record(&self, side: Side, own: Handle) -> matching::Match {
        let (sell, buy) = match side {
            Side::Sell => (own, self.other),
            Side::Buy => (self.other, own),
        };
        matching::Match::new(sell, buy, self.volume, self.price, self.cycle, self.blinding)
    }
    /// Whether the match is within a plan of this side, volume and price: `0 < v_m <= v`, at a price no
    /// worse than the plan's.
    pub fn is_within(&self, side: Side, volume: Energy, price: Price) -> bool {
        let fair = match side {
            Side::Sell => self.price >= price,
            Side::Buy => self.price <= price,
        };
        fair && self.volume > Energy::ZERO && self.volume <= volume
    }
}

impl Canonical for MatchOpening {
    const SIZE: usize = Handle::SIZE + Energy::SIZE + Price::SIZE + Cycle::SIZE + Fr::SIZE;
    fn write(&self, out: &mut Vec<u8>) {
        self.other.write(out);
        self.volume.write(out);
        self.price.write(out);
        self.cycle.write(out);
        self.blinding.write(out);
    }
    fn read(input: &mut Reader<'_>) -> Result<Self, Error> {
        Ok(MatchOpening {
            other: Canonical::read(input)?,
            volume: Canonical::read(input)?,
            price: Canonical::read(input)?,
            cycle: Canonical::read(input)?,
            blinding: Canonical::read(input)?,
        })
    }
}

/// The opening of a delivery record AR. Not printable.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct DeliveryOpening {
    /// The side whose meter was read.
    pub side: Side,
    /// a: the energy that the meter read for this trade.
    pub amount: Energy,
    /// r: the record's blinding.
    pub blinding: Fr,
}

impl DeliveryOpening {
    /// The record.
    pub fn record(&self, match_id: MatchId) -> Delivery {
        Delivery::new(match_id, self.side, self.amount, self.blinding)
    }
}

impl Canonical for DeliveryOpening {
    const SIZE: usize = Side::SIZE + Energy::SIZE + Fr::SIZE;
    fn write(&self, out: &mut Vec<u8>) {
        self.side.write(out);
        self.amount.write(out);
        self.blinding.write(out);
    }
    fn read(input: &mut Reader<'_>) -> Result<Self, Error> {
        let (side, amount) = (Canonical::read(input)?, Canonical::read(input)?);
        Ok(DeliveryOpening { side, amount, blinding: Canonical::read(input)? })
    }
}

/// What a household tells the new holder of its metering service's number of one of its trades. Not
/// printable.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct TradeTold {
    /// The opening of the household's plan.
    pub plan: Plan,
    /// The opening of the match.
    pub terms: MatchOpening,
    /// The openings of the halves that the ledger has: the seller's, the buyer's.
    pub halves: [Option<DeliveryOpening>; 2],
}

/// Why a side has no opening of its match.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BadMatch {
    /// The ciphertext's first half is no point of prime order, which no ledger accepts. The wallet
    /// cannot judge the match.
    #[error("the match cannot be read: let it lapse")]
    Unreadable,
    /// What the ciphertext says does not open MR, or is out of bounds: a ground to complain.
    #[error("the match does not open its record: complain")]
    WrongOpening,
}

impl BadMatch {
    /// A code that stays the same across versions, for machines.
    pub const fn code(&self) -> &'static str {
        match self {
            BadMatch::Unreadable => "unreadable-match",
            BadMatch::WrongOpening => "wrong-opening",
        }
    }
}

/// Opens one side's ciphertext of a match with its plan's key, and checks that it opens MR between
/// these two plans. The ledger judges a complaint by the same check.
pub fn open_match(key: &DecryptionKey, body: &Match, side: Side) -> Result<MatchOpening, BadMatch> {
    let (other, said) = match side {
        Side::Sell => (body.buy, &body.seller),
        Side::Buy => (body.sell, &body.buyer),
    };
    open_in(key, Role::in_match(side), body, said).map(|opened| opening(other, body.cycle, opened))
}

/// Opens the ciphertext that the regulator keeps for audits, as the seller would read it.
pub(crate) fn open_terms(key: &DecryptionKey, body: &Match) -> Result<MatchOpening, BadMatch> {
    open_in(key, Role::Terms, body, &body.terms).map(|opened| opening(body.buy, body.cycle, opened))
}

fn open_in(key: &DecryptionKey, role: Role, body: &Match, said: &[Fr; 3]) -> Result<Opened, BadMatch> {
    let said = key.decrypt(role, body.match_id.0, body.c1, said).map_err(|_| BadMatch::Unreadable)?;
    matching::Match::opened(body.match_id, body.sell, body.buy, body.cycle, said).ok_or(BadMatch::WrongOpening)
}

fn opening(other: Handle, cycle: Cycle, opened: Opened) -> MatchOpening {
    let Opened { volume, price, blinding } = opened;
    MatchOpening { other, volume, price, cycle, blinding }
}

/// The ciphertexts of a match.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SealedMatch {
    /// The match record MR.
    pub match_id: MatchId,
    /// First half of all three.
    pub c1: Point,
    /// To the key for terms.
    pub terms: [Fr; 3],
    /// To the seller's plan key.
    pub seller: [Fr; 3],
    /// To the buyer's plan key.
    pub buyer: [Fr; 3],
}

/// Encrypts the opening of a match, as the seller reads it, to the key for terms and to the plans'
/// keys (seller's, buyer's). `sell` is the sell plan.
pub fn seal_match<R: RngCore + CryptoRng>(
    rng: &mut R,
    terms_key: &Point,
    plan_keys: [&Point; 2],
    sell: Handle,
    opening: &MatchOpening,
) -> SealedMatch {
    let (e, match_id) = (ephemeral_scalar(rng), opening.record(Side::Sell, sell).id());
    let said = [Fr::from(opening.volume.get()), Fr::from(opening.price.get()), opening.blinding];
    let to = |role, key: &Point| encrypt(role, key, match_id.0, &e, &said);
    SealedMatch {
        match_id,
        c1: ephemeral(&e),
        terms: to(Role::Terms, terms_key),
        seller: to(Role::MatchSeller, plan_keys[0]),
        buyer: to(Role::MatchBuyer, plan_keys[1]),
    }
}

/// Opens a delivery with the key of one of its four readers, whom the role names, and checks that
/// the opening is the record's. None for a role that is no reader's.
pub fn open_delivery(key: &DecryptionKey, role: Role, body: &Deliver) -> Option<DeliveryOpening> {
    checked(body, key.decrypt(role, body.delivery.0, body.c1, pair(role, body)?).ok()?)
}

/// Opens a delivery of one's own with the scalar that it was made with.
pub(crate) fn reopen_delivery(e: &Scalar, terms_key: &Point, body: &Deliver) -> Option<DeliveryOpening> {
    if ephemeral(e) != body.c1 {
        return None;
    }
    // What was added is taken off again: the stream is that of zeros.
    let stream = encrypt(Role::DeliveryTerms, terms_key, body.delivery.0, e, &[Fr::from(0u64); 2]);
    checked(body, core::array::from_fn(|i| body.terms[i] - stream[i]))
}

fn pair(role: Role, body: &Deliver) -> Option<&[Fr; 2]> {
    match role {
        Role::DeliveryTerms => Some(&body.terms),
        Role::DeliverySeller => Some(&body.seller),
        Role::DeliveryBuyer => Some(&body.buyer),
        Role::DeliveryMeter => Some(&body.meter),
        _ => None,
    }
}

fn checked(body: &Deliver, [amount, blinding]: [Fr; 2]) -> Option<DeliveryOpening> {
    let amount = small(amount).and_then(|a| Energy::new(a).ok())?;
    let opening = DeliveryOpening { side: body.side, amount, blinding };
    (opening.record(body.match_id).id() == body.delivery).then_some(opening)
}

#[cfg(test)]
mod tests;
