//! The parts that the relations of a trade share: the match record, the refund of a plan, records
//! that may be dummies.

use super::parts::PlanVar;
use super::testing::World;
use super::{Builder, Synthesis};
use crate::gadget::{lin, poseidon::hash, range, Bit, Var};
use ark_bls12_381::Fr;
use ark_ff::{AdditiveGroup, Field};
use protocol::poseidon::Tag;
use protocol::record::matching::Match;
use protocol::record::plan::Plan;
use protocol::relation::check::Condition;
use protocol::units::Side;
use rand_core::{CryptoRng, RngCore};

/// Bits of a plan's attributes above the lowest three: enough for either side, so that the split is
/// unique.
const REST_BITS: usize = 82;

/// An opened match record.
pub struct MatchVar {
    /// The sell plan's handle.
    pub sell: Var,
    /// The buy plan's handle.
    pub buy: Var,
    /// Matched volume v_m.
    pub volume: Var,
    /// Matched price p_m.
    pub price: Var,
    /// The market cycle.
    pub cycle: Var,
    /// The commitment, computed from the other fields.
    pub id: Var,
}

impl MatchVar {
    /// Allocates the opening and computes the commitment.
    pub fn new(b: &mut Builder, m: &Match) -> Synthesis<Self> {
        let all = b.witnesses([m.sell, m.buy, m.volume, m.price, m.cycle, m.blinding])?;
        let id = hash(b.cs(), Tag::Match, &all)?;
        let [sell, buy, volume, price, cycle, _] = all;
        Ok(MatchVar { sell, buy, volume, price, cycle, id })
    }
    /// The handle of the plan that the match names on a side.
    pub fn named(&self, side: Side) -> &Var {
        match side {
            Side::Sell => &self.sell,
            Side::Buy => &self.buy,
        }
    }
    /// The handle of the plan that the match names on the side of the bit.
    pub fn named_by(&self, b: &Builder, buy: &Bit) -> Synthesis<Var> {
        range::select(b.cs(), buy, &self.buy, &self.sell)
    }
}

/// Condition: `energy_type` is the lowest three bits of the plan's attributes.
pub fn splits(b: &mut Builder, name: Condition, attributes: &Var, energy_type: &Var) -> Synthesis {
    if b.enforces(name) {
        let eighth = Fr::from(8u64).inverse().expect("8 is not zero modulo r");
        range::bits(b.cs(), energy_type, 3)?;
        range::bits(b.cs(), &((attributes - energy_type) * eighth), REST_BITS)?;
    }
    Ok(())
}

/// The commitment `H_G(volume, type, cycle, addr, m, r)` of a generation record.
pub fn generation(b: &Builder, opening: [&Var; 6]) -> Synthesis<Var> {
    hash(b.cs(), Tag::Generation, &opening.map(Var::clone))
}

/// The commitment `H_B(amount, addr, r)` of a balance record.
pub fn balance(b: &Builder, opening: [&Var; 3]) -> Synthesis<Var> {
    hash(b.cs(), Tag::Balance, &opening.map(Var::clone))
}

/// B of `amount` if the bit is set, else the G: both are computed, since they hash in different
/// widths.
pub fn either(b: &Builder, is_balance: &Bit, amount: &Var, g: [&Var; 6]) -> Synthesis<Var> {
    let [_, _, _, owner, _, blinding] = g;
    range::select(b.cs(), is_balance, &balance(b, [amount, owner, blinding])?, &generation(b, g)?)
}

/// The refund of `volume` of a plan: B of its worth at the plan's price (buy) or G of the volume
/// (sell).
pub fn refund(
    b: &Builder,
    buy: &Bit,
    plan: &PlanVar,
    energy_type: &Var,
    volume: &Var,
    blinding: &Var,
) -> Synthesis<Var> {
    let worth = volume * &plan.price;
    either(b, buy, &worth, [volume, energy_type, &plan.cycle, &plan.owner, &plan.meter, blinding])
}

/// Condition: a record of this value is under the root, or its value is 0:
/// `value (reached - root) = 0`.
pub fn spendable(b: &mut Builder, name: Condition, value: &Var, reached: &Var, root: &Var) -> Synthesis {
    if b.enforces(name) {
        let (value, reached, root) =
            (lin::Lin::of(b.cs(), value)?, lin::Lin::of(b.cs(), reached)?, lin::Lin::of(b.cs(), root)?);
        lin::enforce(b.cs(), &value, &reached.plus(-Fr::ONE, &root), &lin::Lin::constant(Fr::ZERO))?;
    }
    Ok(())
}

/// A match of 700 Wh at tick 21, a tick above the sample offer's ask, that names the plan and a
/// stranger's.
pub fn sample_match<R: RngCore + CryptoRng>(world: &mut World<'_, R>, plan: &Plan) -> Match {
    let (own, other) = (plan.handle().0, world.field());
    let (sell, buy) = match plan.side {
        Side::Sell => (own, other),
        Side::Buy => (other, own),
    };
    let (volume, price) = (Fr::from(700u64), Fr::from(457_500u64));
    Match { sell, buy, volume, price, cycle: plan.cycle, blinding: world.field() }
}
